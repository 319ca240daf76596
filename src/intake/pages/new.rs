use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::mapping::Kind;
use super::super::{Upload, actions};
use super::{Choice, LARGEST, Step, steps};
use crate::answer::Answer;
use crate::auth::{Can, ImportData};
use crate::db::Once;
use crate::error::{Error, FormErrors, Result};
use crate::web::{App, Frame, fresh_key, html};

#[derive(Template)]
#[template(path = "imports/new.html")]
struct NewPage {
    frame: Frame,
    once: Uuid,
    steps: [Step; 4],
    errors: FormErrors,
    kinds: Vec<Choice>,
    kind: String,
}

fn page(frame: Frame, errors: FormErrors, kind: String) -> NewPage {
    let kinds = Kind::ALL.map(|kind| Choice::new(kind.name(), format!("{}. {}", kind.label(), kind.hint())));
    NewPage { frame, once: fresh_key(), steps: steps(0), errors, kinds: kinds.to_vec(), kind }
}

pub(super) async fn show(_: Can<ImportData>, frame: Frame) -> Result<Response> {
    Ok(html(&page(frame, FormErrors::new(), String::new()))?.into_response())
}

/// A file as a form sends it.
#[derive(Default)]
struct Sent {
    key: Option<Uuid>,
    kind: String,
    file_name: String,
    bytes: Vec<u8>,
}

impl Sent {
    /// What it is done once by.
    fn once(&self) -> Result<Once> {
        let incomplete = || Error::refused("The form did not arrive whole. Open the page anew and try again.");
        let mut digest = Sha256::new();
        for part in [self.kind.as_bytes(), self.file_name.as_bytes(), &self.bytes] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        Ok(Once { key: self.key.ok_or_else(incomplete)?, hash: digest.finalize().into() })
    }
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<ImportData>,
    frame: Frame,
    form: Multipart,
) -> Result<Response> {
    let sent = match receive(form).await {
        Ok(sent) => sent,
        Err(sentence) => return again(frame, String::new(), &sentence),
    };
    let once = sent.once()?;
    if sent.bytes.is_empty() {
        let sentence = if sent.file_name.is_empty() { "Choose a file." } else { "The file is empty." };
        return again(frame, sent.kind, sentence);
    }
    let upload = Upload { file_name: sent.file_name, bytes: sent.bytes, kind: Kind::parse(&sent.kind) };
    let opened = {
        // files are large: only so many are read at once
        let _turn = app.exporting.acquire().await.map_err(anyhow::Error::from)?;
        tokio::task::spawn_blocking(move || upload.open()).await.map_err(anyhow::Error::from)?
    };
    let opened = match opened {
        Ok((opened, _)) => opened,
        Err(sentence) => return again(frame, sent.kind, &sentence),
    };
    let mut tx = app.begin(&can, &once).await?;
    let import = actions::upload(&mut tx, &can, opened).await?;
    Ok(tx.finish(Answer::to(format!("/imports/{import}"))).await?.into_response())
}

fn again(frame: Frame, kind: String, sentence: &str) -> Result<Response> {
    let page = page(frame, FormErrors::of("file", sentence), kind);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
}

async fn receive(mut form: Multipart) -> Result<Sent, String> {
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("key") => sent.key = text(field).await?.parse().ok(),
            Some("kind") => sent.kind = text(field).await?,
            Some("file") => {
                sent.file_name = field.file_name().unwrap_or_default().to_owned();
                sent.bytes = field.bytes().await.map_err(|error| broken(&error))?.to_vec();
            }
            _ => {}
        }
    }
    Ok(sent)
}

async fn text(field: Field<'_>) -> Result<String, String> {
    field.text().await.map_err(|error| broken(&error))
}

fn broken(error: &MultipartError) -> String {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        format!("The file has more than {} MB. Split it and send the parts.", LARGEST >> 20)
    } else {
        "The file did not arrive whole. Send it again.".to_owned()
    }
}
