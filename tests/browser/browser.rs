//! A browser with somebody in front of it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sizes and themes that pages are looked at in.
pub(crate) const LOOKS: [(&str, u32, u32, &str); 4] = [
    ("", 1440, 900, "light"),
    ("-dark", 1440, 900, "dark"),
    ("-390", 390, 844, "light"),
    ("-390-dark", 390, 844, "dark"),
];

/// A window of headless Chromium.
pub(crate) struct Browser {
    client: Client,
    base: String,
    // gone with this value
    _driver: Child,
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
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let port = port_of(&mut driver).await;
        let mut capabilities = Capabilities::new();
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            json!({
                "binary": chromium,
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--hide-scrollbars", "--force-prefers-reduced-motion", "--window-size=1440,900",
                ],
            }),
        );
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self { client, base: base.to_owned(), _driver: driver })
    }

    /// Opens an address.
    pub(crate) async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// Signs in the way people do.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) {
        self.goto("/sign-in").await;
        self.fill("#email", email).await;
        self.fill("#password", password).await;
        self.click("form button.primary").await;
        self.wait_for("nav.nav").await;
    }

    /// Waits until something is there.
    pub(crate) async fn wait_for(&self, css: &str) {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        assert!(found.is_ok(), "no {css} on {}\n{}", self.path().await, self.text().await);
    }

    /// Waits until the page says something.
    pub(crate) async fn wait_for_text(&self, words: &str) {
        let start = Instant::now();
        while !self.text().await.contains(words) {
            assert!(start.elapsed() <= PATIENCE, "{words:?} is not on {}\n{}", self.path().await, self.text().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the address is this one.
    pub(crate) async fn wait_for_path(&self, part: &str) {
        let start = Instant::now();
        while !self.path().await.contains(part) {
            assert!(start.elapsed() <= PATIENCE, "still on {}, not {part}\n{}", self.path().await, self.text().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks the first that matches.
    pub(crate) async fn click(&self, css: &str) {
        self.wait_for(css).await;
        self.run(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})",
            vec![json!(css)],
        )
        .await;
        self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// Clicks what carries these words: a button, link, or label.
    pub(crate) async fn press(&self, words: &str) {
        let path = format!(
            "//*[self::button or self::a or self::label or self::summary][contains(normalize-space(.), \"{words}\")]"
        );
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
        let Ok(element) = found else { panic!("nothing to press says {words:?}\n{}", self.text().await) };
        element.click().await.unwrap();
    }

    /// Types into a field, replacing what is there.
    pub(crate) async fn fill(&self, css: &str, words: &str) {
        self.wait_for(css).await;
        let field = self.client.find(Locator::Css(css)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(words).await.unwrap();
    }

    /// Presses keys wherever the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Ctrl and Enter, which sends the form in focus.
    pub(crate) async fn ctrl_enter(&self) {
        let keys = format!("{}{}{}", char::from(Key::Control), char::from(Key::Enter), char::from(Key::Null));
        self.keys(&keys).await;
    }

    /// Runs a script.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// The words on the page.
    pub(crate) async fn text(&self) -> String {
        self.run("return document.body.innerText", Vec::new()).await.as_str().unwrap_or_default().to_owned()
    }

    /// Where the browser is.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.base).to_owned()
    }

    /// axe-core finds nothing wrong with the page, in the light and in the dark; and no script failed.
    pub(crate) async fn is_accessible(&self, what: &str) {
        let axe = axe().await;
        for theme in ["light", "dark"] {
            self.run("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
            // colours on their way from one theme to the other are no state of the page
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.run("document.getAnimations().forEach(animation => animation.finish())", Vec::new()).await;
            self.run(axe, Vec::new()).await;
            let found = self
                .client
                .execute_async(
                    "const done = arguments[arguments.length - 1];
                    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
                        .then(r => done(r.violations.map(v => v.id + ': ' + v.help + ' — '
                            + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(' | '))))
                        .catch(e => done([String(e)]))",
                    Vec::new(),
                )
                .await
                .unwrap();
            let found = found.as_array().cloned().unwrap_or_default();
            assert!(found.is_empty(), "axe-core on {what}, {theme}: {found:#?}");
        }
        self.run("delete document.documentElement.dataset.theme", Vec::new()).await;
    }

    /// Pictures of this page in every size and theme, in `target/screens`.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        std::fs::create_dir_all(&folder).unwrap();
        for (suffix, width, height, theme) in LOOKS {
            self.client.set_window_size(width, height).await.unwrap();
            self.run("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
            // one frame, so that what the size changes is drawn
            tokio::time::sleep(Duration::from_millis(150)).await;
            let png = self.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}{suffix}.png")), png).unwrap();
            let overflow = self
                .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth", Vec::new())
                .await;
            assert!(overflow.as_i64().unwrap_or_default() <= 0, "{name} is wider than a window of {width} px");
        }
        self.client.set_window_size(1440, 900).await.unwrap();
        self.run("delete document.documentElement.dataset.theme", Vec::new()).await;
    }

    /// Closes the window.
    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }
}

async fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(rest) = line.split("started successfully on port ").nth(1) {
            let port = rest.trim_end_matches('.').parse().unwrap();
            // whoever nobody reads from stops when its pipe is full
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port;
        }
    }
    panic!("chromedriver did not start");
}

fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|program| program.is_file())
}

/// The source of axe-core: from `target/axe`, fetched from npm the first time.
async fn axe() -> &'static str {
    static AXE: OnceCell<String> = OnceCell::const_new();
    AXE.get_or_init(async || {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe");
        let file = folder.join("node_modules/axe-core/axe.min.js");
        if !file.is_file() {
            std::fs::create_dir_all(&folder).unwrap();
            let npm = Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"])
                .arg(&folder)
                .arg("axe-core@4")
                .stdout(Stdio::null())
                .status()
                .await;
            assert!(npm.is_ok_and(|status| status.success()), "axe-core could not be fetched with npm");
        }
        std::fs::read_to_string(file).unwrap()
    })
    .await
}
