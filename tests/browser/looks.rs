//! What a page looks like: to axe-core, and in pictures.

use std::path::Path;
use std::process::Stdio;
use std::str::FromStr;

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::browser::Browser;

/// Sizes and themes that pages are looked at in.
const LOOKS: [(&str, u32, &str); 4] =
    [("", 1440, "light"), ("-dark", 1440, "dark"), ("-390-dark", 390, "dark"), ("-390", 390, "light")];

/// Pins a theme. Colours on their way from one theme to the other are no state of the page.
const SET_THEME: &str = "
    if (arguments[0]) document.documentElement.dataset.theme = arguments[0];
    else delete document.documentElement.dataset.theme;
    getComputedStyle(document.body).color;
    for (const animation of document.getAnimations()) try { animation.finish() } catch {}";

/// Waits until what was changed is drawn.
const DRAWN: &str = "
    const done = arguments[arguments.length - 1];
    requestAnimationFrame(() => requestAnimationFrame(() => {
        for (const animation of document.getAnimations()) try { animation.finish() } catch {}
        requestAnimationFrame(() => done());
    }))";

/// All rules, or only those that a theme makes a difference to.
const RUN_AXE: &str = "
    const done = arguments[arguments.length - 1];
    const all = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const over = document.querySelector('[popover]:popover-open');
    // what a bar covers depends on how far the page happens to be scrolled
    window.scrollTo({top: 0, behavior: 'instant'});
    const rules = arguments[0] ? all : {type: 'rule', values: ['color-contrast']};
    axe.run(over ?? document, {runOnly: rules, resultTypes: ['violations'], preload: false})
        .then(r => done(r.violations.map(v => v.id + ': ' + v.help + ' — '
            + v.nodes.slice(0, 3).map(n => n.html.slice(0, 300) + ' ' + n.failureSummary).join(' | '))))
        .catch(e => done([String(e)]))";

impl Browser {
    /// axe-core finds nothing wrong with the page, in the light and in the dark.
    pub(crate) async fn is_accessible(&self, what: &str) {
        if self.run("return !window.axe", Vec::new()).await == json!(true) {
            self.run(axe().await, Vec::new()).await;
        }
        for (theme, all) in [("light", true), ("dark", false)] {
            self.run(SET_THEME, vec![json!(theme)]).await;
            let found = self.client.execute_async(RUN_AXE, vec![json!(all)]).await.unwrap();
            let found = found.as_array().cloned().unwrap_or_default();
            assert!(found.is_empty(), "axe-core on {what}, {theme}: {found:#?}");
        }
        self.run(SET_THEME, vec![Value::Null]).await;
    }

    /// Another width of the window.
    pub(crate) async fn resize(&self, width: u32) {
        self.client.set_window_size(width, 900).await.unwrap();
        self.until("the window", "return innerWidth === arguments[0]", vec![json!(width)]).await;
    }

    /// The same, and pictures of it in every size and theme, in `target/screens`; none is wider than its window.
    pub(crate) async fn looks_well(&self, name: &str) {
        self.is_accessible(name).await;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        std::fs::create_dir_all(&folder).unwrap();
        let mut shown = 1440;
        for (suffix, width, theme) in LOOKS {
            if width != shown {
                self.client.set_window_size(width, 900).await.unwrap();
                self.until("the window", "return innerWidth === arguments[0]", vec![json!(width)]).await;
                shown = width;
            }
            self.run(SET_THEME, vec![json!(theme)]).await;
            self.client.execute_async(DRAWN, Vec::new()).await.unwrap();
            let png = self.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}{suffix}.png")), png).unwrap();
            let wide = self.run("return document.scrollingElement.scrollWidth - innerWidth", Vec::new()).await;
            assert!(wide.as_i64().unwrap() <= 0, "{name} is {wide} px wider than a window of {width} px");
        }
        self.client.set_window_size(1440, 900).await.unwrap();
        self.until("the window", "return innerWidth === 1440", Vec::new()).await;
        self.run(SET_THEME, vec![Value::Null]).await;
    }
}

/// Has the page drawn for paper, or for the screen again.
#[derive(Debug)]
struct Media(&'static str);

impl WebDriverCompatibleCommand for Media {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "media": self.0 } });
        (Method::POST, Some(body.to_string()))
    }
}

impl Browser {
    /// The page as it is printed on A4, with a picture of its beginning in `target/screens`; what is asked of it is found
    /// by a script on the page. It is on the screen again after.
    pub(crate) async fn on_paper(&self, name: &str, script: &str) -> Value {
        self.client.issue_cmd(Media("print")).await.unwrap();
        self.client.set_window_size(794, 3000).await.unwrap();
        self.run("dispatchEvent(new Event('beforeprint'))", Vec::new()).await;
        self.client.execute_async(DRAWN, Vec::new()).await.unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        std::fs::write(folder.join(format!("{name}-paper.png")), self.client.screenshot().await.unwrap()).unwrap();
        let found = self.run(script, Vec::new()).await;
        self.run("dispatchEvent(new Event('afterprint'))", Vec::new()).await;
        self.client.issue_cmd(Media("")).await.unwrap();
        self.client.set_window_size(1440, 900).await.unwrap();
        found
    }
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
