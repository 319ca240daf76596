//! Whatever people type is text.

use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::{at_work, callers};
use crate::support::data_dir;

/// Some that are meant for browsers, beside those of the list.
const OWN: [&str; 3] = [
    "<img src=x onerror=\"document.title='owned'\">",
    "</textarea><script>document.title='owned'</script>",
    "{{7*7}} ${7*7} <%= 7*7 %> &lt;b&gt; \u{202e}desrever\u{202c} 🏳️‍🌈 Ṫ̓̓̓ ﷽ ｆｕｌｌ",
];

/// Of the list: every eighth, and all that hold markup of another kind.
fn naughty() -> Vec<String> {
    let mut all: Vec<String> = OWN.iter().map(ToString::to_string).collect();
    if let Some(folder) = data_dir() {
        let list = std::fs::read(folder.join("awkward/naughty-strings/blns.json")).unwrap();
        let list: Vec<String> = serde_json::from_slice(&list).unwrap();
        let words = list.iter().map(|words| words.replace(['\0', '\r'], " "));
        all.extend(words.step_by(8).filter(|words| !words.trim().is_empty()));
    }
    all
}

fn folded(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Nothing that was typed became a part of the page, and no script of it ran.
async fn is_text(browser: &Browser, of: &str) {
    let strange = browser
        .run(
            "const own = [...document.scripts].filter(script => !script.src.startsWith(location.origin + '/assets/'));
            const bad = document.querySelectorAll('main :is(script, iframe, object, embed, img, video, audio, base, style, math, marquee)');
            const on = [...document.querySelectorAll('*')].filter(el => el.getAttributeNames().some(n => n.startsWith('on')));
            return [...own, ...bad, ...on].map(el => el.outerHTML.slice(0, 200)).concat(document.title === 'owned' ? ['owned'] : [])",
            Vec::new(),
        )
        .await;
    assert_eq!(strange, serde_json::json!([]), "{of:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn naughty_strings_are_shown_as_text() {
    let Some((app, browser)) = at_work(Role::Agent).await else { return };
    let all = naughty();
    let [caller] = callers(&app, 1).await.try_into().ok().unwrap();
    // in the customer's words, many in one
    browser.goto(&format!("/cases/new?customer={}", caller.id)).await;
    browser.paste("#nc-stated_reason", &all.join("\n")).await;
    browser.press("Create case").await;
    browser.wait_for("#composer").await;
    let shown = browser.text_of(".tl .words").await;
    for words in &all {
        assert!(folded(&shown).contains(&folded(words)), "{words:?} is not in\n{shown}");
    }
    is_text(&browser, "words").await;
    browser.is_accessible("a case with naughty words").await;
    let case = browser.path().await;

    // in notes, some in each, also where they come back with a mistake
    for some in all.chunks(20) {
        let words = some.join("\n");
        browser.press("Save attempt").await;
        browser.paste("#a-body", &words).await;
        browser.press("Log attempt").await;
        browser.wait_for("#attempt .note.sum").await;
        assert_eq!(folded(&browser.value("#a-body").await), folded(&words));
        browser.press("Note").await;
        browser.paste("#n-body", &words).await;
        browser.click("#n-body").await;
        browser.ctrl_enter().await;
        browser.wait_for_value("#n-body", "").await;
        browser.wait_for_text_in(".tl .words", &words).await;
        is_text(&browser, &words).await;
        browser.goto(&case).await;
    }

    // as names, one at a time, wherever names stand
    let customer = format!("/customers/{}", caller.id);
    for words in all.iter().step_by(6).chain(&all[..3]) {
        let name = folded(words).chars().take(200).collect::<String>();
        browser.goto(&format!("{customer}/edit")).await;
        browser.paste("#name", &name).await;
        browser.press("Save details").await;
        browser.wait_for_path(&customer).await;
        browser.wait_for_text_in("main h1", &name).await;
        is_text(&browser, &name).await;
        for place in [&case, "/queue?owner=me", &format!("/cases/new?customer={}", caller.id)] {
            browser.goto(place).await;
            is_text(&browser, &name).await;
        }
        browser.wait_for_value("#nc-customer", &name).await;
    }
    browser.goto("/customers").await;
    is_text(&browser, "the list").await;
    browser.close().await;
}
