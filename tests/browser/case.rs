//! Working a case: attempts, conversations, notes, corrections, drafts, changes, the end and the beginning again.

use fantoccini::key::Key;
use savedesk::auth::Role;

use crate::desk::{at_work, own_case};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_logs_a_save_attempt_with_the_keyboard_alone_and_corrects_it() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    let case = own_case(&browser).await;
    browser.goto(&case).await;
    browser.looks_well("case").await;
    browser.keys("l").await;
    browser.until("the focus in the attempt", "return document.activeElement.id === 'a-response'", Vec::new()).await;
    browser.keys(" ").await;
    browser.key(Key::Right).await;
    browser.key(Key::Right).await;
    browser.tab_to("#a-by").await;
    browser.keys("Phone, to the customer").await;
    browser.tab_to("#a-objection").await;
    browser.keys("Price").await;
    browser.tab_to("#a-body").await;
    browser.keys("Too dear for what we use. Offered to look at the seats that nobody uses.").await;
    browser.tab_to("[name=lever]").await;
    browser.key(Key::Tab).await;
    browser.keys(" ").await;
    browser.key(Key::Tab).await;
    browser.keys(" ").await;
    browser.tab_to("#a-next").await;
    browser.key(Key::Right).await;
    browser.key(Key::Right).await;
    browser.is_accessible("an attempt that is written").await;
    browser.ctrl_enter().await;
    browser.wait_for_text_in("#case-log", "Offered to look at the seats that nobody uses.").await;
    let entries = browser.texts("#tl li").await;
    let entry = entries.iter().find(|entry| entry.contains("seats that nobody uses")).unwrap();
    for part in ["Considering", "Price", "Explain value", "Right-size the plan"] {
        assert!(entry.contains(part), "{part} is not in\n{entry}");
    }
    // the next step is due, and the form is empty again
    browser.wait_for_text_in("#case-todo", "Mark as done").await;
    browser.wait_for_value("#a-body", "").await;
    browser.is_accessible("an attempt that is logged").await;

    browser.press("Correct this entry of").await;
    browser.wait_for("dialog #body").await;
    browser.is_accessible("correcting an entry").await;
    browser.paste("dialog #body", "Too dear for what we use. Offered to drop the six seats that nobody uses.").await;
    browser.press("Save correction").await;
    browser.wait_for_text_in("#case-log", "Offered to drop the six seats that nobody uses.").await;
    browser.wait_for_text_in("#case-log", "Corrected by Priya Raman").await;
    browser.wait_for_text_in("#case-log del", "Offered to look at the seats that nobody uses.").await;
    browser.is_accessible("an entry that is corrected").await;

    browser.press("Mark as done").await;
    browser.wait_for_text("Follow-up done.").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_logs_a_call_and_a_note_whose_draft_outlives_the_tab() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    let case = own_case(&browser).await;
    browser.goto(&case).await;
    browser.press("Call, e-mail, chat, letter").await;
    browser.wait_for("#t-body").await;
    browser.is_accessible("the form for conversations").await;
    browser.press("Log conversation").await;
    browser.wait_for("#talk .note.sum").await;
    browser.is_accessible("a conversation without words").await;
    browser.select("#t-by", "E-mail, from the customer").await;
    browser.fill("#t-body", "They ask for the invoice of January again.").await;
    browser.ctrl_enter().await;
    browser.wait_for_text_in("#case-log", "They ask for the invoice of January again.").await;

    browser.press("Note").await;
    browser.fill("#n-body", "Half a thought <b>not markup</b>").await;
    browser.wait_for_text_in("#note [data-draft-state]", "Draft kept").await;
    browser.reopen().await;
    browser.goto(&case).await;
    browser.press("Note").await;
    browser.wait_for_value("#n-body", "Half a thought <b>not markup</b>").await;
    browser.wait_for_text_in("#note [data-draft-state]", "Draft from").await;
    browser.click("#n-body").await;
    browser.is_accessible("a draft of yesterday").await;
    browser.key(Key::End).await;
    browser.keys(", and the rest of it").await;
    browser.ctrl_enter().await;
    browser.wait_for_text_in("#case-log", "Half a thought <b>not markup</b>, and the rest of it").await;
    // what was sent is no draft any more
    browser.goto("/queue").await;
    browser.goto(&case).await;
    browser.press("Note").await;
    browser.wait_for_value("#n-body", "").await;

    // what the timeline shows can be narrowed
    browser.press("Changes").await;
    browser.wait_for_path("show=changes").await;
    let narrowed = "const log = document.querySelector('#case-log');
        return log !== null && !log.innerText.includes('Half a thought')";
    browser.until("a timeline without notes", narrowed, Vec::new()).await;
    browser.is_accessible("changes only").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_closes_a_case_with_things_left_open_and_opens_it_again() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    let case = own_case(&browser).await;
    browser.goto(&case).await;
    // promise to call again
    browser.press("Note").await;
    browser.fill("#n-body", "They will think about it.").await;
    browser.press("Tomorrow").await;
    browser.press("Add note").await;
    browser.wait_for_text_in("#case-log", "They will think about it.").await;
    browser.wait_for_text_in("#case-todo", "Mark as done").await;

    browser.key(Key::Escape).await;
    browser.keys("e").await;
    browser.wait_for("dialog #close-case").await;
    browser.wait_for_text_in("dialog .note.warn", "still open").await;
    browser.looks_well("close-case").await;
    browser.press("Close case").await;
    browser.wait_for("dialog .note.sum").await;
    browser.is_accessible("a case that cannot be closed yet").await;
    browser.press("Saved without offer").await;
    browser.wait_for("#close-kept #end-kept").await;
    if browser.value("#end-reason").await.is_empty() {
        browser.select("#end-reason", "Price too high").await;
    }
    browser.fill("#end-note", "They stay: six seats fewer from April.").await;
    browser.press("Close case").await;
    browser.wait_for_text_in("#todo", "How it ended").await;
    browser.wait_for_text_in(".casehead", "Saved without offer").await;
    browser.wait_for_text_in("#todo", "They stay: six seats fewer from April.").await;
    // what was open is gone; whether the save holds is looked at later
    browser.wait_for_text_in("#case-todo", "Check after 90 days").await;
    browser.looks_well("case-closed").await;

    browser.press("Reopen case").await;
    browser.wait_for(".note.sum").await;
    browser.is_accessible("reopening without a reason").await;
    browser.fill("#r-why", "They called: the seats are still billed.").await;
    browser.press("Reopen case").await;
    browser.wait_for_text("is open again.").await;
    browser.wait_for_text_in("#case-log", "They called: the seats are still billed.").await;
    browser.wait_for("#a-response").await;
    browser.is_accessible("a case that is open again").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_changes_what_is_known_and_the_change_keeps_its_history() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    let case = own_case(&browser).await;
    browser.goto(&case).await;
    browser.press("Edit case").await;
    browser.wait_for("#edit-case").await;
    browser.looks_well("edit-case").await;
    browser.fill("#value_at_risk", "a lot").await;
    browser.press("Save case").await;
    browser.wait_for(".note.sum").await;
    browser.is_accessible("a value that is no amount").await;
    browser.fill("#value_at_risk", "12,345.60").await;
    browser.press("Urgent").await;
    browser.select("#reason", "Outage").await;
    browser.press("Save case").await;
    browser.wait_for_text("Case saved.").await;
    browser.wait_for_text_in("#know", "$12,345.60").await;
    browser.wait_for_text_in("#case-log ins", "Urgent").await;
    browser.wait_for_text_in("#case-log ins", "Outage").await;
    // given away and taken back
    browser.select("#owner", "Noah Kim").await;
    browser.press("Assign").await;
    browser.wait_for_text("is with Noah Kim now.").await;
    browser.press("Undo").await;
    browser.wait_for_text_in(".casehead", "Priya Raman").await;
    browser.press("Back to the queue").await;
    browser.wait_for_text_in(".casehead", "Nobody yet").await;
    browser.press("Take it").await;
    browser.wait_for_text_in(".casehead", "Priya Raman").await;
    browser.close().await;
}
