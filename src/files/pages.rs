//! Giving a file back: to be saved, never to be shown by the browser as a page of ours.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{saved_as, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeCases};
use crate::error::Result;
use crate::ids::FileId;
use crate::web::App;

/// Nothing that is in a file runs, whatever opens it.
const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// The routes of files.
pub fn routes() -> Router<App> {
    Router::new().route("/files/{file}", get(download))
}

/// Whoever may see the case may have the file; who had it is noted before it leaves.
async fn download(State(app): State<App>, can: Can<SeeCases>, Path(file): Path<FileId>) -> Result<Response> {
    let found = store::find(&mut *app.db.read().await?, file).await?;
    let entry =
        Entry::new(Action::FileDownloaded, Subject::File(file)).of(found.customer).fact("case", found.case.to_string());
    audit::view(&app.db, &can, entry).await?;
    let headers = [
        (header::CONTENT_TYPE, found.kind.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&saved_as(&found.name, found.kind))),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (HeaderName::from_static("x-download-options"), "noopen".to_owned()),
    ];
    Ok((headers, found.bytes).into_response())
}

/// A name for old programs, in letters that need no quoting, and the whole name as RFC 6266 has it.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    let mut whole = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            whole.push(char::from(byte));
        } else {
            // writing to a string does not fail
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_its_quotes() {
        assert_eq!(
            disposition("a\"; x=\r\n.pdf"),
            "attachment; filename=\"a__ x___.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A.pdf"
        );
        assert_eq!(
            disposition("Gutschrift Köln.pdf"),
            "attachment; filename=\"Gutschrift K_ln.pdf\"; filename*=UTF-8''Gutschrift%20K%C3%B6ln.pdf"
        );
    }
}
