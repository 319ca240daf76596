//! A form that may carry files: its fields, its files, and the key under which all of it is done once.

use std::time::Duration;

use axum::RequestExt as _;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::layers::LARGEST_FORM;
use super::{App, Form, forms};
use crate::db::Once;
use crate::error::{Error, Result};

/// How many files a form takes.
pub const MOST_FILES: usize = 10;
/// Together they may have so many times what one of them may.
const TOGETHER: usize = 3;
/// The time a form with files has to arrive whole.
const ARRIVAL: Duration = Duration::from_mins(2);

/// A file as a form sent it. Nothing of it is to be trusted.
#[derive(Clone, Debug)]
pub struct SentFile {
    /// What it is said to be called.
    pub name: String,
    /// What it holds; nothing when that was too much.
    pub bytes: Vec<u8>,
    /// The digest of what it holds.
    pub sha256: [u8; 32],
    /// It has more bytes than a file may have.
    pub too_large: bool,
}

/// The fields of a form, its files, and its key (R7). A form that was sent without any is read as [`Form`] is.
#[derive(Debug)]
pub struct FormWithFiles<T> {
    /// What was typed.
    pub fields: T,
    /// What was attached, at most [`MOST_FILES`].
    pub files: Vec<SentFile>,
    /// More files were sent than are taken.
    pub too_many: bool,
    /// A script sent it, which puts the chosen files back into the form that it is answered with.
    pub scripted: bool,
    /// For [`App::begin`]; its hash covers the files.
    pub once: Once,
}

impl<T: DeserializeOwned> FromRequest<App> for FormWithFiles<T> {
    type Rejection = Error;

    async fn from_request(mut request: Request, app: &App) -> Result<Self> {
        let headers = request.headers();
        let scripted = headers.contains_key("x-fragment");
        let kind = headers.get(header::CONTENT_TYPE);
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
            let Form { fields, once } = Form::from_request(request, app).await?;
            return Ok(Self { fields, files: Vec::new(), too_many: false, scripted, once });
        }
        let largest = app.config.largest_file;
        // one that has arrived already takes no more room
        let _turn = match length {
            Some(length) if LARGEST_FORM >= length => None,
            _ => Some(app.receiving.acquire().await.map_err(anyhow::Error::from)?),
        };
        DefaultBodyLimit::max(LARGEST_FORM + TOGETHER * largest).apply(&mut request);
        let form: Multipart = request.extract().await.map_err(|_| forms::incomplete())?;
        let read = tokio::time::timeout(ARRIVAL, receive(form, largest)).await;
        let Received { pairs, files, too_many } = read.map_err(|_| forms::incomplete())??;
        let (fields, mut once) = forms::read(pairs)?;
        if !files.is_empty() {
            let mut digest = Sha256::new_with_prefix(once.hash);
            for file in &files {
                digest.update(file.name.len().to_be_bytes());
                digest.update(&file.name);
                digest.update(file.sha256);
            }
            once.hash = digest.finalize().into();
        }
        Ok(Self { fields, files, too_many, scripted, once })
    }
}

#[derive(Default)]
struct Received {
    pairs: Vec<(String, String)>,
    files: Vec<SentFile>,
    too_many: bool,
}

async fn receive(mut form: Multipart, largest: usize) -> Result<Received> {
    let mut received = Received::default();
    let mut typed = 0;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error, largest))? {
        let Some(name) = field.name().map(str::to_owned) else { continue };
        if let Some(file_name) = field.file_name().map(str::to_owned) {
            let file = read_file(field, file_name, largest).await?;
            // a field in which nothing was chosen is sent as a file without a name
            if file.name.is_empty() && file.bytes.is_empty() && !file.too_large {
                continue;
            }
            if received.files.len() == MOST_FILES {
                received.too_many = true;
            } else {
                received.files.push(file);
            }
        } else {
            let text = field.text().await.map_err(|error| broken(&error, largest))?;
            typed += name.len() + text.len();
            if typed > LARGEST_FORM {
                return Err(Error::refused("The form holds more than 1 MB of text. Shorten it; nothing was changed."));
            }
            received.pairs.push((name, text));
        }
    }
    Ok(received)
}

/// What is beyond the limit is let go as it comes, so that what was typed is still read.
async fn read_file(mut field: Field<'_>, name: String, largest: usize) -> Result<SentFile> {
    let mut file = SentFile { name, bytes: Vec::new(), sha256: [0; 32], too_large: false };
    let mut digest = Sha256::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error, largest))? {
        digest.update(&chunk);
        file.too_large |= file.bytes.len() + chunk.len() > largest;
        if file.too_large {
            file.bytes = Vec::new();
        } else {
            file.bytes.extend_from_slice(&chunk);
        }
    }
    file.sha256 = digest.finalize().into();
    Ok(file)
}

fn broken(error: &MultipartError, largest: usize) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let most = (TOGETHER * largest) >> 20;
        Error::refused(format!("The files have more than {most} MB together. Attach them a few at a time."))
    } else {
        forms::incomplete()
    }
}
