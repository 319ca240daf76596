//! Opening a case while somebody is on the phone.

use fantoccini::key::Key;
use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::{Caller, at_work, callers};

/// From anywhere: the key, the name, the one who is meant.
async fn begin(browser: &Browser, caller: &Caller) {
    browser.goto("/queue").await;
    browser.keys("c").await;
    browser.wait_for("#newcase #new-case").await;
    browser
        .until("the focus in the first field", "return document.activeElement.id === 'nc-customer'", Vec::new())
        .await;
    // as far as one gets while they spell it
    let heard: String = caller.name.chars().take(caller.name.chars().count() * 2 / 3).collect();
    browser.keys(&heard).await;
    browser.wait_for_text_in("[role=option]", &caller.name).await;
    let chosen = "#newcase [role=option][aria-selected=true]";
    while !browser.text_of(chosen).await.starts_with(&caller.name) {
        browser.key(Key::Down).await;
        browser.wait_for(chosen).await;
    }
    browser.key(Key::Enter).await;
    browser.wait_for_value("#nc-customer", &caller.name).await;
    browser.wait_for("#subjects #nc-at_stake").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_opens_a_case_with_the_keyboard_alone_and_a_repeat_is_added_to_it() {
    let Some((app, browser)) = at_work(Role::Rep).await else { return };
    let [caller] = callers(&app, 1).await.try_into().ok().unwrap();
    begin(&browser, &caller).await;
    browser.looks_well("new-case").await;
    // the only thing they have is at stake already, and what it is worth is filled in
    let stake = browser.run("return document.querySelector('#nc-at_stake').selectedOptions[0].text", Vec::new()).await;
    assert!(stake.as_str().unwrap().contains(&caller.product), "{stake}");
    assert_eq!(browser.value("#nc-value_at_risk").await, caller.year);
    browser.tab_to("[name=channel]").await;
    browser.key(Key::Right).await;
    browser.key(Key::Left).await;
    browser.tab_to("#nc-kind").await;
    browser.keys("Cancellation").await;
    browser.tab_to("#nc-reason").await;
    browser.keys("Price too high").await;
    browser.tab_to("#nc-stated_reason").await;
    browser.keys("You are twice as dear as the others. I want out by the end of the month.").await;
    browser.ctrl_enter().await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for("#composer").await;
    let case = browser.path().await;
    browser.wait_for_text("opened.").await;
    browser.wait_for_text_in("h1", &caller.name).await;
    browser.wait_for_text_in("#know", "Price too high").await;
    browser.wait_for_text_in("#know", &caller.product).await;
    browser.wait_for_text_in("#case-log", "You are twice as dear as the others.").await;
    browser.is_accessible("the case that was opened").await;

    // they call again about the same
    begin(&browser, &caller).await;
    browser.wait_for_text_in("#subjects", &format!("A case is open for {}.", caller.name)).await;
    browser.is_accessible("a new case for whom one is open").await;
    browser.tab_to("#nc-stated_reason").await;
    browser.keys("Me again: has anybody looked at it?").await;
    browser.ctrl_enter().await;
    browser.wait_for_path(&format!("{case}?again=yes")).await;
    browser.wait_for_text("This case was open already.").await;
    browser.wait_for_text_in("#case-log", "Me again: has anybody looked at it?").await;
    browser.is_accessible("a contact added to the case").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attempt_is_made_to_keep_whom_none_would_keep() {
    let Some((app, browser)) = at_work(Role::Agent).await else { return };
    let [one, other] = callers(&app, 2).await.try_into().ok().unwrap();
    begin(&browser, &one).await;
    browser.select("#nc-reason", "Deceased (no save attempt)").await;
    browser.ctrl_enter().await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for_text_in("#composer", "No save attempt here.").await;
    browser.is_accessible("a case of somebody who died").await;
    assert!(!browser.offers("Log save attempt").await);

    begin(&browser, &other).await;
    browser.wait_for_text("No save attempt is made then").await;
    browser.tab_to("#nc-just_cancel").await;
    browser.keys(" ").await;
    browser.ctrl_enter().await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for_text_in("#composer", "No save attempt here.").await;
    browser.wait_for_text_in("#case-todo", "Cancel and confirm").await;
    assert!(!browser.offers("Log save attempt").await);
    browser.looks_well("case-just-cancel").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_opens_a_case_for_somebody_new_and_is_told_what_is_missing() {
    let Some((app, browser)) = at_work(Role::Rep).await else { return };
    browser.goto("/cases/new").await;
    browser.press("Create case").await;
    browser.wait_for_text_in(".note.sum", "Find the customer by name").await;
    browser.looks_well("new-case-wrong").await;
    // a name nobody chose from the list: who may be meant is asked
    let [caller] = callers(&app, 1).await.try_into().ok().unwrap();
    browser.fill("#nc-customer", &caller.name).await;
    browser.ctrl_enter().await;
    browser.wait_for_text_in(".note.sum", "Choose which customer you mean.").await;
    browser.is_accessible("a case for one of several").await;
    browser.press(&caller.name).await;
    browser.press("Create case").await;
    browser.wait_for_text_in("h1", &caller.name).await;
    browser.wait_for_path("/cases/").await;

    browser.goto("/queue").await;
    browser.press("New case").await;
    browser.wait_for("#newcase #nc-customer").await;
    browser.keys("Wilhelmina Onbekend").await;
    browser.wait_for_text_in("[role=option]", "Add Wilhelmina Onbekend").await;
    browser.press("Add Wilhelmina Onbekend").await;
    browser.wait_for("#nc-new_name").await;
    browser.is_accessible("a case for somebody new").await;
    assert_eq!(browser.value("#nc-new_name").await, "Wilhelmina Onbekend");
    browser.fill("#nc-new_phone", "+31 20 555 0123").await;
    browser.fill("#nc-value_at_risk", "480").await;
    browser.select("#nc-kind", "Complaint").await;
    browser.fill("#nc-stated_reason", "Nobody ever calls me back.").await;
    browser.press("Create case").await;
    browser.wait_for_text_in("h1", "Wilhelmina Onbekend").await;
    browser.wait_for_text_in("#know", "$480.00").await;
    browser.wait_for_text_in("#know", "+31 20 555 0123").await;
    browser.close().await;
}
