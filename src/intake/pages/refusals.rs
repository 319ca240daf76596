use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::super::{command, reader, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ImportData};
use crate::error::{Error, Result};
use crate::ids::ImportId;
use crate::web::App;

/// The refused rows as a file to be mended and sent again.
pub(super) async fn download(
    State(app): State<App>,
    can: Can<ImportData>,
    Path(import): Path<ImportId>,
) -> Result<Response> {
    let _turn = app.exporting.acquire().await.map_err(anyhow::Error::from)?;
    let mut connection = app.db.read().await?;
    let rows = store::count_refusals(&mut connection, import).await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    let found = store::find(&mut connection, import).await?;
    let bytes = store::file(&mut connection, import).await?;
    let sheet = tokio::task::spawn_blocking(move || reader::read(&bytes)).await.map_err(anyhow::Error::from)?;
    let sheet = sheet.map_err(|unreadable| Error::refused(unreadable.to_string()))?;
    let file = command::refused_file(&mut connection, import, &sheet).await?;
    drop(connection);
    let entry = Entry::new(Action::ImportRefusalsExported, Subject::Import(import)).fact("rows", rows);
    audit::view(&app.db, &can, entry).await?;
    let mut response = file.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = disposition(&found.file_name);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(anyhow::Error::from)?);
    Ok(response)
}

/// A name that every browser takes: plain letters beside the name itself.
fn disposition(file_name: &str) -> String {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let name = format!("{stem}, refused.csv");
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " .,-_".contains(c) { c } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_cannot_break_out_of_its_header() {
        let header = disposition("Kündi\"gung\r\n.csv");
        assert_eq!(
            header,
            "attachment; filename=\"K_ndi_gung__, refused.csv\"; filename*=UTF-8''K%C3%BCndi%22gung%0D%0A%2C%20refused.csv"
        );
        assert!(HeaderValue::from_str(&header).is_ok());
    }
}
