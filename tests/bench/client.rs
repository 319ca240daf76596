//! A client that costs little, since it shares the cores with what it measures.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HOST, HeaderMap, RETRY_AFTER};
use hyper::{Method, Request};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// What came back.
pub(crate) struct Answer {
    /// 0: nothing did.
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Whether it is what somebody hoped for: a page, or where to go on after a change.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.status, 200 | 303)
    }

    /// Whether the server was too busy, and said when to come back.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.status == 503 && self.headers.contains_key(RETRY_AFTER)
    }
}

/// Asks one server, over as many connections as it takes.
#[derive(Clone)]
pub(crate) struct Client {
    http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self { http, address }
    }

    /// Opens a page.
    pub(crate) async fn get(&self, path: &str, session: Option<&str>) -> Answer {
        self.send(Method::GET, path, session, None).await
    }

    /// As a browser does: compressed where that is smaller.
    pub(crate) async fn send(&self, method: Method, path: &str, session: Option<&str>, form: Option<String>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header(HOST, self.address.to_string())
            .header(ACCEPT_ENCODING, "gzip, deflate");
        if let Some(session) = session {
            request = request.header(COOKIE, format!("session={session}"));
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Full::from(form.unwrap_or_default())).unwrap();
        let nothing = Answer { status: 0, headers: HeaderMap::new(), body: Bytes::new() };
        let Ok(response) = self.http.request(request).await else { return nothing };
        let (parts, body) = response.into_parts();
        let Ok(body) = body.collect().await else { return nothing };
        Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.to_bytes() }
    }

    /// Listens to live updates for as long as the value lives; how much of them came is not looked at.
    pub(crate) async fn listen(&self, path: &str, session: &str) -> tokio::task::JoinHandle<()> {
        let request = Request::builder()
            .uri(format!("http://{}{path}", self.address))
            .header(HOST, self.address.to_string())
            .header(COOKIE, format!("session={session}"))
            .body(Full::default())
            .unwrap();
        let response = self.http.request(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        tokio::spawn(async move {
            let mut body = response.into_body();
            while let Some(Ok(_)) = body.frame().await {}
        })
    }
}
