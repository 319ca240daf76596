//! A browser without a screen: cookies are kept, redirects are not followed, pages can be looked into.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::cookie::Jar;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use savedesk::ids::UserId;
use scraper::{Html, Selector};
use uuid::Uuid;

/// Somebody at a browser.
#[derive(Clone)]
pub(crate) struct Client {
    /// Who it is, if anybody is signed in.
    pub(crate) user: Option<UserId>,
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub(super) fn new(address: SocketAddr, session: Option<(UserId, String)>) -> Self {
        let base = format!("http://{address}");
        let jar = Jar::default();
        if let Some((_, token)) = &session {
            jar.add_cookie_str(&format!("session={token}; Path=/"), &base.parse().unwrap());
        }
        // reqwest wants one even where nothing is encrypted; a second one is no matter
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .cookie_provider(Arc::new(jar))
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { user: session.map(|(user, _)| user), http, base }
    }

    /// Somebody's browser, by what its cookie holds.
    pub(crate) fn signed_in(app: &super::TestApp, user: UserId, session: String) -> Self {
        Self::new(app.address, Some((user, session)))
    }

    /// The same browser, sent to another server by whatever stands before both.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { base: format!("http://{address}"), ..self.clone() }
    }

    /// A request of any kind, to be sent with [`send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Opens a page.
    pub(crate) async fn get(&self, path: &str) -> Page {
        send(self.request(Method::GET, path)).await
    }

    /// Asks for a part of a page, as scripts do.
    pub(crate) async fn get_fragment(&self, path: &str, part: &str) -> Page {
        send(self.request(Method::GET, path).header("x-fragment", part)).await
    }

    /// Sends a form, with a fresh key unless one is given.
    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        send(self.form(path, fields)).await
    }

    /// The same, not sent yet.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let key = Uuid::new_v4().to_string();
        let mut fields = fields.to_vec();
        if !fields.iter().any(|(name, _)| *name == "key") {
            fields.push(("key", &key));
        }
        self.request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(serde_html_form::to_string(&fields).unwrap())
    }

    /// Goes where a redirect leads.
    pub(crate) async fn follow(&self, page: &Page) -> Page {
        self.get(page.location()).await
    }
}

/// Sends a request and reads the answer.
pub(crate) async fn send(request: RequestBuilder) -> Page {
    Page::read(request.send().await.unwrap()).await
}

/// An answer.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    async fn read(response: Response) -> Self {
        Self { status: response.status(), headers: response.headers().clone(), body: response.text().await.unwrap() }
    }

    /// Fails the test, showing the page, unless it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "\n{}", self.body);
        self
    }

    /// Where it redirects to.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        let location = self.headers.get(LOCATION);
        location.unwrap_or_else(|| panic!("{} leads nowhere\n{}", self.status, self.body)).to_str().unwrap()
    }

    /// The text of every element that matches, its white space folded.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let html = Html::parse_document(&self.body);
        html.select(&selector)
            .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The text of the first element that matches.
    #[track_caller]
    pub(crate) fn text(&self, selector: &str) -> String {
        let first = self.texts(selector).into_iter().next();
        first.unwrap_or_else(|| panic!("no {selector} on\n{}", self.body))
    }

    /// Whether an element matches.
    pub(crate) fn has(&self, selector: &str) -> bool {
        !self.texts(selector).is_empty()
    }

    /// An attribute of every element that matches and has it.
    pub(crate) fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let html = Html::parse_document(&self.body);
        html.select(&selector).filter_map(|element| element.attr(name).map(str::to_owned)).collect()
    }

    /// The value of the first field of this name.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> String {
        let values = self.attributes(&format!("input[name='{name}']"), "value").into_iter().next();
        values.unwrap_or_else(|| panic!("no field {name} on\n{}", self.body))
    }

    /// The value of the field that matches.
    #[track_caller]
    pub(crate) fn field_of(&self, selector: &str) -> String {
        let value = self.attributes(selector, "value").into_iter().next();
        value.unwrap_or_else(|| panic!("no {selector} on\n{}", self.body))
    }

    /// What a form would send as it stands: its fields with their values, boxes that are ticked, choices that are made.
    #[track_caller]
    pub(crate) fn form(&self, selector: &str) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.body);
        let form = html.select(&Selector::parse(selector).unwrap()).next();
        let form = form.unwrap_or_else(|| panic!("no {selector} on\n{}", self.body));
        let controls = Selector::parse("input[name], select[name], textarea[name]").unwrap();
        let options = Selector::parse("option").unwrap();
        let mut sent = Vec::new();
        for control in form.select(&controls) {
            let ticks = matches!(control.attr("type"), Some("checkbox" | "radio"));
            let value = match control.value().name() {
                "select" => {
                    let all: Vec<_> = control.select(&options).collect();
                    let chosen = all.iter().find(|option| option.attr("selected").is_some()).or(all.first());
                    chosen.and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
                }
                // a browser drops the line end after the opening tag
                "textarea" => control.text().collect::<String>().trim_start_matches('\n').to_owned(),
                _ => control.attr("value").unwrap_or_default().to_owned(),
            };
            if !ticks || control.attr("checked").is_some() {
                sent.push((control.attr("name").unwrap_or_default().to_owned(), value));
            }
        }
        sent
    }
}

/// The fields of a form with some filled in anew.
pub(crate) fn filled<'a>(form: &'a [(String, String)], with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = form.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    kept.filter(|(name, _)| with.iter().all(|(other, _)| other != name)).chain(with.iter().copied()).collect()
}
