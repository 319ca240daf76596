//! A browser with somebody in front of it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

/// How long a page may take to show what is waited for, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long until it is looked at again.
const GLANCE: Duration = Duration::from_millis(25);
/// After this a list has forgotten the keys that were pressed in it.
const FORGOTTEN: Duration = Duration::from_millis(1500);

/// What may be pressed: visible, and in the dialog if one is open. The words are those of the control, exactly if there
/// is such a one; what fits most closely comes first.
const PRESSABLE: &str = "
    const words = arguments[0].toLowerCase(), fold = text => text.replace(/\\s+/g, ' ').trim().toLowerCase();
    const top = document.querySelector('dialog:modal') ?? document;
    const said = el => fold(el.getAttribute('aria-label') ?? el.innerText);
    return [...top.querySelectorAll('button, a, label, summary, [role=option]')]
        .filter(el => el.checkVisibility({visibilityProperty: true}) && !el.disabled && said(el).includes(words))
        .sort((a, b) => said(a).length - said(b).length)[0]";

/// A window of headless Chromium.
pub(crate) struct Browser {
    pub(super) client: Client,
    base: String,
    /// Where files are put that are downloaded.
    pub(crate) downloads: PathBuf,
    driver: Child,
    strokes: AtomicUsize,
}

impl Browser {
    /// Opens a window on a server; none when there is no browser on this machine.
    pub(crate) async fn open(base: &str) -> Option<Self> {
        let (Some(driver), Some(chromium)) = (program(&["chromedriver"]), program(&["chromium", "google-chrome"]))
        else {
            assert!(std::env::var_os("CI").is_none(), "no chromium and chromedriver on this machine");
            eprintln!("skipped: chromium and chromedriver are needed to walk through the pages");
            return None;
        };
        let (driver, port) = drive(&driver).await;
        let downloads = std::env::temp_dir().join(format!("savedesk-downloads-{}", Uuid::new_v4().simple()));
        let mut capabilities = Capabilities::new();
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            json!({
                "binary": chromium,
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--hide-scrollbars", "--force-prefers-reduced-motion",
                    "--lang=en-US", "--window-size=1440,900",
                ],
                "prefs": {
                    "download.default_directory": downloads,
                    "download.prompt_for_download": false,
                },
            }),
        );
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self { client, base: base.to_owned(), downloads, driver, strokes: AtomicUsize::new(0) })
    }

    /// Opens an address.
    pub(crate) async fn goto(&self, path: &str) {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.client.goto(&url).await.unwrap();
    }

    /// Signs in the way people do.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) {
        self.goto("/sign-in").await;
        self.fill("#email", email).await;
        self.fill("#password", password).await;
        self.press("Sign in").await;
        self.wait_for("nav.nav").await;
    }

    /// Runs a script again and again until it gives something. A page that is on its way to another is no failure.
    pub(crate) async fn until(&self, what: &str, script: &str, arguments: Vec<Value>) -> Value {
        let start = Instant::now();
        loop {
            let found = self.client.execute(script, arguments.clone()).await;
            match &found {
                Ok(Value::Null | Value::Bool(false)) | Err(_) => {}
                Ok(_) => return found.unwrap(),
            }
            assert!(
                start.elapsed() <= PATIENCE,
                "waited for {what} on {} ({found:?})\n{}",
                self.path().await,
                self.text().await
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until something is there to be seen.
    pub(crate) async fn wait_for(&self, css: &str) {
        let script = "return [...document.querySelectorAll(arguments[0])].some(el => el.checkVisibility())";
        self.until(css, script, vec![json!(css)]).await;
    }

    /// Waits until something is in the page, be it to be seen or not.
    async fn wait_until_there(&self, css: &str) {
        self.until(css, "return document.querySelector(arguments[0]) !== null", vec![json!(css)]).await;
    }

    /// Waits until it is gone.
    pub(crate) async fn wait_until_gone(&self, css: &str) {
        self.until(&format!("no {css}"), "return !document.querySelector(arguments[0])", vec![json!(css)]).await;
    }

    /// Waits until the page says something; how many spaces are between the words is no matter.
    pub(crate) async fn wait_for_text(&self, words: &str) {
        self.wait_for_text_in("body", words).await;
    }

    /// Waits until a part of the page says something.
    pub(crate) async fn wait_for_text_in(&self, css: &str, words: &str) {
        let script = "const fold = text => text.replace(/\\s+/g, ' ').trim();
            return [...document.querySelectorAll(arguments[0])].some(el => fold(el.innerText).includes(fold(arguments[1])))";
        self.until(&format!("{words:?} in {css}"), script, vec![json!(css), json!(words)]).await;
    }

    /// Waits until the page hears of news as they are told.
    pub(crate) async fn wait_for_live(&self) {
        let script = "return document.querySelector('#live')?.textContent === 'Live'";
        self.until("news to be heard", script, Vec::new()).await;
    }

    /// Takes away what was said of what was done before, so that the same words are said of what is done next.
    pub(crate) async fn hush(&self) {
        let script = "document.querySelectorAll('#toasts > .toast').forEach(toast => toast.remove())";
        self.run(script, Vec::new()).await;
    }

    /// Waits until a field holds this.
    pub(crate) async fn wait_for_value(&self, css: &str, value: &str) {
        let script = "return document.querySelector(arguments[0])?.value === arguments[1]";
        self.until(&format!("{value:?} as value of {css}"), script, vec![json!(css), json!(value)]).await;
    }

    /// Waits until the address holds this.
    pub(crate) async fn wait_for_path(&self, part: &str) {
        let script = "return document.readyState === 'complete' && location.href.includes(arguments[0])";
        self.until(&format!("the address {part}"), script, vec![json!(part)]).await;
    }

    /// Clicks the first that can be seen.
    pub(crate) async fn click(&self, css: &str) {
        let script = "return [...document.querySelectorAll(arguments[0])].find(el => el.checkVisibility())";
        self.use_found(css, script, vec![json!(css)]).await;
    }

    /// Clicks what carries these words: a button, link, label or option.
    pub(crate) async fn press(&self, words: &str) {
        self.use_found(&format!("{words:?} to press"), PRESSABLE, vec![json!(words)]).await;
    }

    /// Whether something that can be pressed carries these words.
    pub(crate) async fn offers(&self, words: &str) -> bool {
        !self.run(PRESSABLE, vec![json!(words)]).await.is_null()
    }

    /// Waits until nothing that can be pressed carries these words.
    pub(crate) async fn wait_until_withheld(&self, words: &str) {
        let script = format!("return !(() => {{ {PRESSABLE} }})()");
        self.until(&format!("no {words:?} to press"), &script, vec![json!(words)]).await;
    }

    /// Clicks what a script finds. What moves away under the pointer is looked for again.
    async fn use_found(&self, what: &str, script: &str, arguments: Vec<Value>) {
        let script = format!(
            "const found = (() => {{ {script} }})();
            found?.scrollIntoView({{block: 'center', behavior: 'instant'}});
            return found"
        );
        let start = Instant::now();
        loop {
            let found = self.until(what, &script, arguments.clone()).await;
            let id = found.as_object().and_then(|reference| reference.values().next()).and_then(Value::as_str);
            let element = Element::from_element_id(self.client.clone(), ElementRef::from(id.unwrap().to_owned()));
            match element.click().await {
                Ok(()) => return,
                Err(error) if start.elapsed() > PATIENCE => panic!("{what} cannot be clicked: {error}"),
                Err(_) => tokio::time::sleep(GLANCE).await,
            }
        }
    }

    /// How often a key was pressed since the last time this was asked, beside the words that were filled in.
    pub(crate) fn strokes(&self) -> usize {
        self.strokes.swap(0, Ordering::Relaxed)
    }

    /// Types into a field, replacing what is there.
    pub(crate) async fn fill(&self, css: &str, words: &str) {
        self.wait_for(css).await;
        let pressed = self.strokes.load(Ordering::Relaxed);
        let focus = "const field = document.querySelector(arguments[0]); field.focus(); field.select()";
        self.run(focus, vec![json!(css)]).await;
        self.key(Key::Delete).await;
        self.keys(words).await;
        self.strokes.store(pressed, Ordering::Relaxed);
    }

    /// Puts words into a field as from the clipboard, whatever the characters, replacing what is there.
    pub(crate) async fn paste(&self, css: &str, words: &str) {
        self.wait_for(css).await;
        self.run(
            "const field = document.querySelector(arguments[0]);
            field.focus();
            field.select();
            if (arguments[1]) document.execCommand('insertText', false, arguments[1]);
            else document.execCommand('delete')",
            vec![json!(css), json!(words)],
        )
        .await;
    }

    /// Chooses a day, as the calendar of the field would.
    pub(crate) async fn choose_day(&self, css: &str, day: &str) {
        self.wait_until_there(css).await;
        self.run(
            "const field = document.querySelector(arguments[0]);
            field.value = arguments[1];
            field.dispatchEvent(new Event('input', {bubbles: true}));
            field.dispatchEvent(new Event('change', {bubbles: true}))",
            vec![json!(css), json!(day)],
        )
        .await;
    }

    /// Chooses an option of a list by the words it begins with, with the keyboard. Keys that come too slowly begin a word
    /// anew: they are pressed again then, once the list has forgotten those before.
    pub(crate) async fn select(&self, css: &str, words: &str) {
        let begun = Instant::now();
        loop {
            self.wait_for(css).await;
            self.run("document.querySelector(arguments[0])?.focus()", vec![json!(css)]).await;
            self.keys(words).await;
            let chosen = self.run("return document.activeElement.selectedOptions?.[0]?.text ?? ''", Vec::new()).await;
            if chosen.as_str().unwrap().starts_with(words) {
                return;
            }
            assert!(begun.elapsed() <= PATIENCE, "{css} has {chosen} chosen, not {words:?}");
            self.run("document.activeElement.blur()", Vec::new()).await;
            tokio::time::sleep(FORGOTTEN).await;
        }
    }

    /// Gives a file to a field.
    pub(crate) async fn attach(&self, css: &str, file: &Path) {
        self.wait_until_there(css).await;
        self.client.find(Locator::Css(css)).await.unwrap().send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Presses keys wherever the focus is. What has it while a page makes way for another takes none: the next does.
    pub(crate) async fn keys(&self, keys: &str) {
        // a key with one that is held down is one
        let held = [Key::Control, Key::Shift, Key::Null].map(char::from);
        self.strokes.fetch_add(keys.chars().filter(|key| !held.contains(key)).count(), Ordering::Relaxed);
        let start = Instant::now();
        loop {
            let pressed = match self.client.active_element().await {
                Ok(element) => element.send_keys(keys).await,
                Err(error) => Err(error),
            };
            match pressed {
                Ok(()) => return,
                Err(error) => assert!(start.elapsed() <= PATIENCE, "{keys:?} on {}: {error}", self.path().await),
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Presses one that has no character.
    pub(crate) async fn key(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    /// A key with Ctrl.
    pub(crate) async fn ctrl(&self, key: char) {
        self.keys(&format!("{}{key}{}", char::from(Key::Control), char::from(Key::Null))).await;
    }

    /// Ctrl and Enter, which sends the form in focus.
    pub(crate) async fn ctrl_enter(&self) {
        self.ctrl(char::from(Key::Enter)).await;
    }

    /// Goes on with Tab until the focus is there, as far as a hand would.
    pub(crate) async fn tab_to(&self, css: &str) {
        let mut passed = Vec::new();
        for _ in 0..30 {
            if self.run("return document.activeElement.matches(arguments[0])", vec![json!(css)]).await == json!(true) {
                return;
            }
            let here = "return document.activeElement.id || document.activeElement.outerHTML.slice(0, 80)";
            passed.push(self.run(here, Vec::new()).await);
            self.key(Key::Tab).await;
        }
        panic!("Tab does not come to {css}: {passed:?}");
    }

    /// Goes back with Shift and Tab until the focus is there.
    pub(crate) async fn back_to(&self, css: &str) {
        for _ in 0..10 {
            if self.run("return document.activeElement.matches(arguments[0])", vec![json!(css)]).await == json!(true) {
                return;
            }
            self.keys(&format!("{}{}{}", char::from(Key::Shift), char::from(Key::Tab), char::from(Key::Null))).await;
        }
        panic!("Shift and Tab do not come to {css}");
    }

    /// Runs a script.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// The words of a part of the page; none where it is not there.
    pub(crate) async fn text_of(&self, css: &str) -> String {
        let found = self.run("return document.querySelector(arguments[0])?.innerText.trim()", vec![json!(css)]).await;
        found.as_str().unwrap_or_default().to_owned()
    }

    /// The words of every part that matches.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(el => el.innerText.trim())";
        serde_json::from_value(self.run(script, vec![json!(css)]).await).unwrap()
    }

    /// An attribute of the first that matches.
    pub(crate) async fn attribute(&self, css: &str, name: &str) -> String {
        self.wait_for(css).await;
        let script = "return document.querySelector(arguments[0]).getAttribute(arguments[1])";
        self.run(script, vec![json!(css), json!(name)]).await.as_str().unwrap_or_default().to_owned()
    }

    /// What a field holds.
    pub(crate) async fn value(&self, css: &str) -> String {
        let found = self.run("return document.querySelector(arguments[0])?.value", vec![json!(css)]).await;
        found.as_str().unwrap_or_default().to_owned()
    }

    /// Whether something is there.
    pub(crate) async fn has(&self, css: &str) -> bool {
        self.run("return document.querySelector(arguments[0]) !== null", vec![json!(css)]).await == json!(true)
    }

    /// The words on the page; none while it is on its way to another.
    pub(crate) async fn text(&self) -> String {
        let found = self.client.execute("return document.body.innerText", Vec::new()).await;
        found.ok().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Where the browser is.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.base).to_owned()
    }

    /// Closes this tab and opens another, as people do by mistake and then again.
    pub(crate) async fn reopen(&self) {
        let closed: WindowHandle = self.client.window().await.unwrap();
        let opened = self.client.new_window(true).await.unwrap().handle;
        self.client.switch_to_window(closed).await.unwrap();
        self.client.close_window().await.unwrap();
        self.client.switch_to_window(opened).await.unwrap();
    }

    /// Closes the window.
    pub(crate) async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // with its windows, also where a walk ended early
        if let Some(pid) = self.driver.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
        let _ = std::fs::remove_dir_all(&self.downloads);
    }
}

/// Starts the driver, which takes a port that is free on one of the machine's addresses and ends where it is not free on
/// the others: it is started again then.
async fn drive(program: &Path) -> (Child, u16) {
    for _ in 0..5 {
        let mut driver = Command::new(program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // its windows are of the same group
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        if let Some(port) = port_of(&mut driver).await {
            return (driver, port);
        }
    }
    panic!("chromedriver did not start");
}

/// The port it listens on, once it does; none when it has ended.
async fn port_of(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(rest) = line.split("started successfully on port ").nth(1) {
            let port = rest.trim_end_matches('.').parse().unwrap();
            // whoever nobody reads from stops when its pipe is full
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(port);
        }
    }
    None
}

fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|program| program.is_file())
}
