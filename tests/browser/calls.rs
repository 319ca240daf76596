//! A joint call with Technical support, in two zones: booked by the times that all share, moved, cancelled, with its mails.

use savedesk::auth::{AnswerRequests, Can, Role};
use savedesk::customers::{self, ConsentChannel, NewConsent, NewContact, Purpose};

use crate::desk::{a_browser, seated, sit_down};
use crate::support::TestApp;

/// The customer is in Berlin, and may be written to about our service.
async fn in_berlin(app: &TestApp, customer: savedesk::ids::CustomerId) {
    let mut tx = app.begin().await;
    let contact = NewContact {
        name: "Renée Caldwell".to_owned(),
        email: "renee@harborview.example".to_owned(),
        phone: "+49 30 1234567".to_owned(),
        ..NewContact::default()
    };
    customers::add_contact(&mut tx, &Can::desk(), customer, contact).await.unwrap();
    let consent = NewConsent {
        channel: ConsentChannel::Email,
        purpose: Purpose::Service,
        given: true,
        source: "On the phone".to_owned(),
    };
    customers::note_consent(&mut tx, &Can::desk(), customer, &consent).await.unwrap();
    tx.commit().await.unwrap();
    sqlx::raw_sql("set session_replication_role = replica; update customers set time_zone = 'Europe/Berlin'")
        .execute(&mut app.owner().await)
        .await
        .unwrap();
}

/// What the outbox holds: the address, the method and the sequence of each invitation.
async fn invitations(app: &TestApp) -> Vec<(String, String, i32)> {
    sqlx::query_as(
        "select to_address, substring(calendar from 'METHOD:([A-Z]+)'), sequence
         from mails where calendar is not null and stage = 'waiting' order by sequence, to_address",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_books_a_joint_call_in_two_zones_moves_and_cancels_it() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental Group").await;
    in_berlin(&app, customer).await;
    let case = format!("/cases/{}", app.given_case(customer).await);
    let ines: Can<AnswerRequests> = app.of_department("Ines Duarte", "Technical support").await;
    let Some((_, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    priya.goto(&case).await;
    priya.wait_for("#book-call").await;
    priya.keys("b").await;
    priya.wait_for("#book-call input[name=at]").await;
    priya.looks_well("call-times").await;
    priya.press("Book the call").await;
    priya.wait_for("#book-call .note.sum").await;
    priya.is_accessible("a call without a time").await;
    priya.fill("#what", "Why calls drop after ten minutes").await;
    let tick = "[...document.querySelectorAll('#book-call label')]
        .find(l => l.textContent.trim() === 'Technical support').querySelector('input').click()";
    priya.run(tick, Vec::new()).await;
    priya.press("Show free times").await;
    priya.wait_for("#book-call label[title='With Ines Duarte']").await;
    assert_eq!(priya.value("#what").await, "Why calls drop after ten minutes", "what was typed stays");
    // both clocks: ten o'clock here is four in the afternoon there
    let slots = priya.texts("#book-call .slot").await;
    assert!(slots.iter().any(|slot| slot.contains("10:00") && slot.contains("16:00")), "{slots:?}");
    priya.looks_well("call-joint-times").await;
    let pick =
        "const slot = [...document.querySelectorAll('#book-call .slot')].filter(l => l.textContent.includes('10:00'));
        slot.at(-1).querySelector('input').click()";
    priya.run(pick, Vec::new()).await;
    priya.press("Book the call").await;
    priya.wait_for_text("For the customer").await;
    priya.wait_for_text("Ines Duarte, Technical support").await;
    priya.looks_well("call-booked").await;
    let mails = invitations(&app).await;
    assert_eq!(mails.len(), 3, "{mails:?}");
    assert!(mails.iter().all(|(_, method, sequence)| method == "REQUEST" && *sequence == 0), "{mails:?}");
    priya.keys("m").await;
    priya.wait_for("#book-call input[name=at]").await;
    // a later time of the same day, so that it stays within the week
    priya.click("#book-call fieldset.times:first-of-type .slot:last-of-type").await;
    priya.fill("#why", "They asked for a later day").await;
    priya.press("Move the call").await;
    priya.wait_for_text("moved it to").await;
    let mails = invitations(&app).await;
    assert!(mails.len() == 3 && mails.iter().all(|(.., sequence)| *sequence == 1), "{mails:?}");
    // the engineer sees it, and what belongs to it
    let Some(other) = a_browser(&app).await else { return };
    sit_down(&app, ines.id.unwrap(), &other).await;
    other.goto("/appointments").await;
    other.wait_for_text("Why calls drop after ten minutes").await;
    other.looks_well("calls-department").await;
    other.click("#calls a.open").await;
    other.wait_for_text("Harborview D. G.").await;
    other.looks_well("call-department").await;
    other.close().await;
    // it is due in the week, on the case, and off when cancelled
    priya.goto("/follow_ups?show=week").await;
    priya.wait_for_text("Joint call: Why calls drop after ten minutes").await;
    priya.press("Joint call: Why calls drop after ten minutes").await;
    priya.wait_for_text("Cancel the call").await;
    priya.click("details:has(form[action$=cancellation]) summary").await;
    priya.fill("#c-note", "They mended it themselves").await;
    priya.click("form[action$=cancellation] button").await;
    priya.wait_for_text_in("#case-log", "cancelled a joint call: Why calls drop after ten minutes").await;
    priya.looks_well("case-call-cancelled").await;
    priya.goto("/appointments?view=over").await;
    priya.wait_for_text("Cancelled").await;
    priya.looks_well("calls-over").await;
    priya.close().await;
}
