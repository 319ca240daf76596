//! Finding anyone at once, from the keyboard.

use fantoccini::key::Key;
use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::{at_work, callers};

/// Types into the palette and waits for the first one found to be this.
async fn find(browser: &Browser, words: &str, first: &str) {
    browser.wait_for("#cmdk[open]").await;
    browser.keys(words).await;
    browser.wait_for_text_in("[data-found] li:first-child [role=option][aria-selected=true]", first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_finds_people_by_what_they_say() {
    let Some((app, browser)) = at_work(Role::Rep).await else { return };
    let [caller] = callers(&app, 1).await.try_into().ok().unwrap();
    browser.goto("/queue?owner=any").await;
    browser.wait_for("tbody a.open").await;
    // by name, with a letter that is not in it
    browser.ctrl('k').await;
    let mut misspelt: Vec<char> = caller.name.to_lowercase().chars().collect();
    misspelt.swap(3, 4);
    let misspelt: String = misspelt.into_iter().collect();
    find(&browser, &misspelt, &caller.name).await;
    browser.looks_well("search").await;
    browser.key(Key::Enter).await;
    browser.wait_for_text_in("h1", &caller.name).await;
    browser.wait_for_text_in("#contacts", &caller.phone).await;
    browser.wait_for_text_in("#subscriptions", &caller.product).await;
    browser.wait_for_text_in("#cases", "No case yet.").await;
    browser.looks_well("customer-without-case").await;

    // by phone, as it is read out
    browser.goto("/queue").await;
    browser.keys("/").await;
    let digits: String = caller.phone.chars().filter(char::is_ascii_digit).collect();
    let spoken = digits.trim_start_matches('1').as_bytes().chunks(3).map(|part| std::str::from_utf8(part).unwrap());
    find(&browser, &spoken.collect::<Vec<_>>().join("."), &caller.name).await;
    browser.key(Key::Escape).await;
    browser.wait_until_gone("#cmdk[open]").await;

    // by the number of a case
    browser.goto("/queue?owner=any").await;
    let code = browser.text_of("tbody a.open ~ .sub .num").await;
    let name = browser.text_of("tbody a.open").await;
    browser.keys("/").await;
    find(&browser, &code.to_lowercase().replace('-', " "), &code).await;
    browser.key(Key::Enter).await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for_text_in("h1", &name).await;

    // whose customer page tells the rest
    browser.press("Customer page").await;
    browser.wait_for_path("/customers/").await;
    browser.wait_for_text_in("#cases", &code).await;
    browser.looks_well("customer").await;

    // nothing is found without a word, and the page of results works like the palette
    browser.goto("/search").await;
    browser.fill("#q", "zzzzqqqq").await;
    browser.key(Key::Enter).await;
    browser.wait_for_text("Nothing matches").await;
    browser.is_accessible("a search that finds nothing").await;
    browser.fill("#q", &misspelt).await;
    browser.key(Key::Enter).await;
    browser.wait_for("tbody a.open").await;
    browser.looks_well("search-results").await;
    browser.key(Key::Escape).await;
    browser.keys("j").await;
    browser.key(Key::Enter).await;
    browser.wait_for_path("/customers/").await;
    // commands are in the palette as well
    browser.ctrl('k').await;
    browser.keys("customers").await;
    browser.wait_for("#cmdk [role=option][aria-selected=true]").await;
    browser.is_accessible("commands").await;
    browser.goto("/customers").await;
    browser.wait_for("tbody a.open").await;
    browser.looks_well("customers").await;
    browser.close().await;
}
