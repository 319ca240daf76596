//! Two people at the same desk at the same time.

use savedesk::auth::Role;

use crate::desk::{another, at_work, own_case};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_does_appears_and_who_looks_is_shown() {
    let Some((app, priya)) = at_work(Role::Agent).await else { return };
    let Some(dana) = another(&app, Role::Supervisor).await else { return };
    app.wait_for_live().await;
    let case = own_case(&priya).await;
    priya.goto(&case).await;
    dana.goto(&case).await;
    dana.wait_for_text_in("[data-viewers]", "Priya Raman is viewing").await;
    priya.wait_for_text_in("[data-viewers]", "Dana Okafor is viewing").await;
    priya.is_accessible("a case that somebody else looks at").await;

    // Priya is in the middle of a sentence when Dana's note comes in
    priya.fill("#a-body", "I was just saying").await;
    dana.press("Note").await;
    dana.fill("#n-body", "Their director called me about this.").await;
    dana.press("Add note").await;
    priya.wait_for_text_in("#case-log", "Their director called me about this.").await;
    assert_eq!(priya.value("#a-body").await, "I was just saying");

    dana.goto("/queue?owner=any").await;
    dana.wait_for_live().await;
    priya.until("nobody else", "return !document.querySelector('[data-viewers]').innerText", Vec::new()).await;

    // and in the list, where it stands, while nothing moves
    let row = format!("#case-{}", case.rsplit('/').next().unwrap());
    dana.wait_for(&row).await;
    let places = dana.texts("tbody a.open").await;
    priya.press("Edit case").await;
    priya.wait_for("#edit-case").await;
    let was = dana.text_of(&format!("{row} .c-var")).await;
    assert_ne!(was, "$777");
    priya.fill("#value_at_risk", "777").await;
    priya.press("Save case").await;
    dana.wait_for_text_in(&format!("{row} .c-var"), "$777").await;
    assert_eq!(dana.texts("tbody a.open").await, places);

    // a new one waits above the list until it is asked for
    let caller = crate::desk::callers(&app, 1).await.remove(0);
    priya.goto(&format!("/cases/new?customer={}", caller.id)).await;
    priya.press("Create case").await;
    priya.wait_for("#composer").await;
    dana.wait_for_text_in(".fresh", "1 new case since").await;
    dana.is_accessible("a list with news").await;
    assert_eq!(dana.texts("tbody a.open").await, places);
    dana.click(".fresh").await;
    dana.until("the list anew", "return !document.querySelector('.fresh')", Vec::new()).await;
    dana.wait_for("tbody a.open").await;
    priya.close().await;
    dana.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_a_case_nobody_loses_a_word() {
    let Some((app, priya)) = at_work(Role::Agent).await else { return };
    let Some(dana) = another(&app, Role::Supervisor).await else { return };
    let case = own_case(&priya).await;
    let edit = format!("{case}/edit");
    priya.goto(&edit).await;
    let was = priya.value("#value_at_risk").await;
    // different fields: both win
    dana.goto(&edit).await;
    dana.choose_day("#leaves_on", "2026-05-31").await;
    dana.press("Save case").await;
    dana.wait_for_text("Case saved.").await;
    priya.fill("#value_at_risk", "1111").await;
    priya.press("Save case").await;
    priya.wait_for_text("Case saved.").await;
    priya.wait_for_text_in(".casehead", "Sun 31 May").await;
    priya.wait_for_text_in("#know", "$1,111.00").await;

    // the same field: whoever comes later is asked
    priya.goto(&edit).await;
    dana.goto(&edit).await;
    dana.fill("#value_at_risk", "2222").await;
    dana.press("Save case").await;
    dana.wait_for_text("Case saved.").await;
    priya.fill("#value_at_risk", "3333").await;
    priya.press("Urgent").await;
    priya.press("Save case").await;
    priya.wait_for_text("Your changes were not saved yet").await;
    let page = priya.text().await;
    for value in ["1,111", "2,222", "3,333"] {
        assert!(page.contains(value), "{value} of {was} is not on\n{page}");
    }
    priya.looks_well("conflict").await;
    priya.press("$2,222.00").await;
    priya.press("Save merged case").await;
    priya.wait_for_text("Case saved.").await;
    priya.wait_for_text_in("#know", "$2,222.00").await;
    // what was not in question is kept with it
    priya.wait_for_text_in("#case-log ins", "Urgent").await;

    // the same with a customer
    let customer = priya.attribute(".casehead h1 a", "href").await;
    let edit = format!("{customer}/edit");
    for browser in [&priya, &dana] {
        browser.goto(&edit).await;
    }
    dana.fill("#city", "Dayton").await;
    dana.press("Save").await;
    dana.wait_for_text_in("#contacts", "Dayton").await;
    priya.fill("#city", "Akron").await;
    priya.fill("#postcode", "44301").await;
    priya.press("Save").await;
    priya.wait_for_text("Two people changed the same field").await;
    priya.looks_well("customer-conflict").await;
    priya.press("Save what is chosen").await;
    priya.wait_for_text_in("#contacts", "44301 Akron").await;
    priya.close().await;
    dana.close().await;
}
