//! What an address asks for behind its question mark.

use axum::extract::FromRequestParts;
use axum::extract::Query as Plain;
use axum::extract::rejection::QueryRejection;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The same as axum reads it; but a NUL, which PostgreSQL holds in no text, reads as a space.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = QueryRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, QueryRejection> {
        let clean = without_nul(&parts.uri);
        let Plain(read) = Plain::try_from_uri(clean.as_ref().unwrap_or(&parts.uri))?;
        Ok(Self(read))
    }
}

/// An address that holds a NUL, without it.
fn without_nul(uri: &Uri) -> Option<Uri> {
    let query = uri.query().filter(|query| query.contains("%00"))?;
    format!("/?{}", query.replace("%00", "+")).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_nul_comes_in_by_an_address() {
        let read = |address: &str| {
            let uri: Uri = address.parse().unwrap();
            let Plain(pairs): Plain<Vec<(String, String)>> =
                Plain::try_from_uri(&without_nul(&uri).unwrap_or(uri)).unwrap();
            pairs.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(read("/reports/rows?line=a%00b&team="), ["a b", ""]);
        assert_eq!(read("/reports/rows?line=a%2500"), ["a%00"], "that is no NUL");
        assert_eq!(read("/reports/rows?line=%0%000"), ["%0 0"]);
        assert_eq!(read("/reports/rows"), Vec::<String>::new());
    }
}
