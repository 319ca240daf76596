//! The frame that every slice hangs in: health, pages that are not there, the way in.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::support::{TestApp, send};

#[tokio::test]
async fn health_answers_without_anybody_signed_in() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    assert_eq!(visitor.get("/health/live").await.expect(200).body, "live\n");
    assert_eq!(visitor.get("/health/ready").await.expect(200).body, "ready\n");
    app.state.no_longer_ready();
    visitor.get("/health/live").await.expect(200);
    visitor.get("/health/ready").await.expect(503);
}

#[tokio::test]
async fn only_ready_depends_on_the_database() {
    let app = TestApp::start().await;
    app.db.close().await;
    let visitor = app.visitor();
    visitor.get("/health/live").await.expect(200);
    assert_eq!(visitor.get("/health/ready").await.expect(503).body, "not ready\n");
}

#[tokio::test]
async fn a_visitor_is_sent_to_sign_in_and_back() {
    let app = TestApp::start().await;
    assert_eq!(app.visitor().get("/").await.expect(303).location(), "/sign-in?back=%2F");
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let app = TestApp::start().await;
    let page = app.visitor().get("/nothing/here").await.expect(404);
    assert_eq!(page.text("h1"), "Not found");
    let page = send(app.visitor().request(Method::POST, "/health/live")).await;
    assert_eq!(page.status, 405);
}

#[tokio::test]
async fn every_response_carries_the_headers_that_keep_a_browser_safe() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let style = visitor.get("/nothing").await.attributes("link[rel=stylesheet]", "href").remove(0);
    for path in ["/", "/nothing", "/health/live", "/health/ready", "/favicon.svg", &style] {
        let page = visitor.get(path).await;
        assert_safe(path, &page.headers);
    }
    let kept = visitor.get(&style).await.expect(200);
    assert!(kept.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(visitor.get("/").await.headers["cache-control"], "no-store");
    for path in ["/", "/nothing", "/health/live"] {
        let page = send(visitor.request(Method::POST, path).header("sec-fetch-site", "cross-site")).await;
        assert_safe(path, &page.headers);
    }
}

#[tokio::test]
async fn browsers_are_told_to_stay_with_https() {
    let app = TestApp::start_with(
        |config| config.public_url = Some("https://desk.example.com".to_owned()),
        savedesk::router::router,
    )
    .await;
    let page = app.visitor().get("/health/live").await;
    assert_eq!(page.headers["strict-transport-security"], "max-age=31536000");
}

/// For other tests of responses as well.
#[track_caller]
pub(crate) fn assert_safe(what: &str, headers: &HeaderMap) {
    let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let policy = header("content-security-policy");
    // a file that people sent may load nothing at all
    let only_ours = policy.contains("default-src 'self'") || policy.contains("default-src 'none'; sandbox");
    assert!(only_ours && !policy.contains("unsafe"), "{what}: {policy:?}");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy:?}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("x-frame-options"), "DENY", "{what}");
    assert_eq!(header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert!(!header("cache-control").is_empty(), "{what}");
}
