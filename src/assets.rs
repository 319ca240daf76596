//! Static files, in the binary. Their address holds a digest of their contents, so browsers may keep them for good.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The addresses of what every page links.
#[derive(Debug)]
pub struct Assets {
    /// All of `static/css`, joined in the order of their names.
    pub css: String,
    /// The first script; it imports the others by relative address.
    pub js: String,
    /// The sprite of icons.
    pub icons: String,
    digest: String,
    stylesheet: Vec<u8>,
}

/// Made once, at the first page.
pub static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hasher = Sha256::new();
    let mut stylesheet = Vec::new();
    for name in &names {
        let Some(file) = Files::get(name) else { continue };
        hasher.update(name.as_bytes());
        hasher.update(&file.data);
        if name.starts_with("css/") {
            stylesheet.extend_from_slice(&file.data);
            stylesheet.push(b'\n');
        }
    }
    let digest = hex::encode(&hasher.finalize()[..6]);
    Assets {
        css: format!("/assets/{digest}/app.css"),
        js: format!("/assets/{digest}/js/app.js"),
        icons: format!("/assets/{digest}/img/icons.svg"),
        digest,
        stylesheet,
    }
});

/// Serves `/assets/<digest>/…` and the favicon.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{digest}/{*file}", get(show)).route("/favicon.svg", get(favicon))
}

async fn show(Path((digest, file)): Path<(String, String)>) -> Response {
    // A page of the version before may still ask for its own files: it gets ours, unkept.
    let keep = digest == ASSETS.digest;
    if file == "app.css" {
        return serve(ASSETS.stylesheet.clone().into(), "text/css; charset=utf-8", keep);
    }
    match Files::get(&file) {
        Some(found) => {
            let kind = mime_guess::from_path(&file).first_or_octet_stream();
            serve(found.data, kind.as_ref(), keep)
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn favicon() -> Response {
    match Files::get("img/favicon.svg") {
        Some(found) => serve(found.data, "image/svg+xml", false),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn serve(data: std::borrow::Cow<'static, [u8]>, kind: &str, keep: bool) -> Response {
    let mut response = data.into_owned().into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    let cache = if keep { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
