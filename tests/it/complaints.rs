//! Complaints of regulators, bureaus and reviews: due by their terms, answered allegation by allegation, signed off by
//! somebody else, sent in time.

use savedesk::auth::{CloseCases, EditPolicy, Role, WorkComplaints};
use savedesk::cases::{self, Channel, Closing, Outcome};
use savedesk::complaints::{self, How, Letter, NewAllegation, NewTemplate, NotPublished, Stage, Template, Written};
use savedesk::customers;
use savedesk::db::Tx;
use savedesk::error::{Error, Result};
use savedesk::ids::{CaseId, ComplaintId};
use savedesk::money::{Currency, Money};

use crate::races::one_after_the_other;
use crate::support::{Answering, said};

#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn close_case(desk: &Answering, case: CaseId) -> Result<()> {
    let closes = desk.agent.and::<CloseCases>()?;
    let closing = Closing {
        outcome: Outcome::Unreachable,
        reason: Some("billing".to_owned()),
        note: "Nobody answers.".to_owned(),
        kept: Money::zero(Currency::USD),
        duplicate_of: None,
    };
    let mut tx = desk.app.begin_as(&desk.agent).await;
    cases::close(&mut tx, &closes, case, closing).await?;
    tx.commit().await
}

async fn extend(desk: &Answering, complaint: ComplaintId) -> Result<()> {
    let mut tx = desk.app.begin_as(&desk.agent).await;
    complaints::extend(&mut tx, &desk.agent, complaint, "The records lie with a supplier.").await?;
    tx.commit().await
}

#[tokio::test]
async fn it_is_due_by_its_terms_from_the_day_it_was_received() {
    let desk = Answering::new().await;
    let customer = desk.app.given_customer("Ada Lindqvist").await;
    let taken_in = desk.take_in(customer, ("fcc", "250635"), 12).await.unwrap();
    let (due, because) = desk.due(taken_in.complaint).await.unwrap();
    assert_eq!(due.to_rfc3339(), "2026-03-22T21:00:00+00:00", "thirty days from the day it was received");
    assert_eq!(because, "30 days after the FCC complaint was received on Fri 20 Feb");
    let next = desk.app.case_column(taken_in.case, "next_due_because").await;
    assert!(next.is_some(), "the queue shows what is due in the case");
    // received before anybody took it in
    let late = desk.take_in(customer, ("bbb_14", "B-1"), 30).await.unwrap();
    assert!(late.joined, "the same customer has a live complaint: it is added to that one (R14)");
    assert_eq!(late.case, taken_in.case);
    assert!(desk.due(late.complaint).await.unwrap().0 < desk.app.clock.now(), "it is late");
    let deadlines: i64 = sqlx::query_scalar("select count(*) from deadlines where case_id = $1 and stage = 'open'")
        .bind(taken_in.case)
        .fetch_one(&mut desk.app.owner().await)
        .await
        .unwrap();
    assert_eq!(deadlines, 3, "the first action, and an answer to each");
}

#[tokio::test]
async fn a_month_is_a_month_of_the_calendar() {
    let desk = Answering::new().await;
    let customer = desk.app.given_customer("Ada Lindqvist").await;
    let taken_in = desk.take_in(customer, ("data_protection", "DP-1"), 32).await.unwrap();
    let (due, because) = desk.due(taken_in.complaint).await.unwrap();
    assert_eq!(due.to_rfc3339(), "2026-02-28T16:00:00+00:00", "received on 31 January");
    assert_eq!(because, "1 month after the data protection complaint was received on Sat 31 Jan");
}

#[tokio::test]
async fn the_same_complaint_is_not_taken_in_twice() {
    let desk = Answering::new().await;
    desk.fcc("FX-250635").await;
    let other = desk.app.given_customer("Bo Lindqvist").await;
    let why = refused(desk.take_in(other, ("fcc", "fx-250635"), 0).await);
    assert!(why.starts_with("FCC fx-250635 was taken in already, in SD-"), "{why}");
    desk.take_in(other, ("cfpb", "FX-250635"), 0).await.expect("another source counts for itself");
}

#[tokio::test]
async fn an_answer_is_signed_off_by_somebody_who_wrote_nothing_of_it() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    let id = taken_in.complaint;
    let why = refused(desk.ask_review(id).await);
    assert_eq!(why, "List every allegation of the complaint.");
    desk.answer(id).await;
    assert_eq!(desk.find(id).await.stage, Stage::Answering);
    assert_eq!(refused(desk.send(id).await), "Nobody has signed this answer off as it is now. Have it reviewed first.");
    desk.ask_review(id).await.unwrap();
    desk.sign(id, 1).await.unwrap();
    // what is written then voids the sign-off
    let writes = desk.agent.clone();
    let mut tx = desk.app.begin_as(&writes).await;
    let letter = Letter { closing: "We are sorry.".to_owned(), ..Letter::default() };
    let written = complaints::write_letter(&mut tx, &writes, id, &Letter::default(), &letter).await.unwrap();
    assert_eq!(written, Written::Saved { voided: true });
    tx.commit().await.unwrap();
    let now = desk.find(id).await;
    assert_eq!((now.stage, now.revision), (Stage::Answering, 2));
    assert!(now.current().unwrap().signed_by.is_none(), "nobody signed this revision");
    assert!(refused(desk.send(id).await).starts_with("Nobody has signed"));
    // a supervisor who wrote on it is no other pair of eyes
    let signs_too = desk.signs.and::<WorkComplaints>().unwrap();
    let mut tx = desk.app.begin_as(&signs_too).await;
    complaints::add_allegation(&mut tx, &signs_too, id, said()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(refused(desk.ask_review(id).await), "Dana Okafor wrote on this answer. Choose somebody who did not.");
    let mut tx = desk.app.begin_as(&desk.agent).await;
    complaints::ask_review(&mut tx, &desk.agent, id, None).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refused(desk.sign(id, 2).await).starts_with("You wrote on this answer yourself."));
}

#[tokio::test]
async fn an_answer_that_was_sent_meets_its_deadline_and_lets_the_case_close() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    let why = refused(close_case(&desk, taken_in.case).await);
    assert_eq!(why, "Answer FCC 1 first: it is still owed. Send the answer, or note on the complaint why none is due.");
    desk.answered(taken_in.complaint).await;
    assert_eq!(desk.find(taken_in.complaint).await.stage, Stage::Sent);
    assert_eq!(desk.due(taken_in.complaint).await, None);
    let how: String = sqlx::query_scalar("select stage from deadlines where subject_id = $1")
        .bind(taken_in.complaint)
        .fetch_one(&mut desk.app.owner().await)
        .await
        .unwrap();
    assert_eq!(how, "met");
    close_case(&desk, taken_in.case).await.unwrap();
    assert_eq!(desk.app.audited(taken_in.case, "case.closed").await, 1);
}

#[tokio::test]
async fn no_answer_is_due_for_a_reason_only() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    let close = async |how, why: &str| -> Result<()> {
        let mut tx = desk.app.begin_as(&desk.agent).await;
        complaints::close(&mut tx, &desk.agent, taken_in.complaint, how, why).await?;
        tx.commit().await
    };
    assert!(refused(close(How::Answered, "").await).starts_with("An answer is still owed"));
    close(How::Withdrawn, "Letter of the office of 3 March").await.unwrap();
    assert_eq!(desk.due(taken_in.complaint).await, None);
    assert_eq!(refused(close(How::Withdrawn, "again").await), "This complaint is closed.");
    close_case(&desk, taken_in.case).await.unwrap();
}

#[tokio::test]
async fn the_deadline_of_the_fcc_stays_and_that_of_a_data_request_is_extended_once() {
    let desk = Answering::new().await;
    let fcc = desk.fcc("1").await;
    let why = refused(extend(&desk, fcc.complaint).await);
    assert!(why.starts_with("This deadline cannot be extended: FCC informal complaints"), "{why}");
    let customer = desk.app.given_customer("Bo Lindqvist").await;
    let gdpr = desk.take_in(customer, ("data_protection", "DP-1"), 3).await.unwrap();
    extend(&desk, gdpr.complaint).await.unwrap();
    let (due, because) = desk.due(gdpr.complaint).await.unwrap();
    assert_eq!(due.to_rfc3339(), "2026-06-01T15:00:00+00:00", "three months in all");
    assert!(because.starts_with("extended: 3 months after"), "{because}");
    assert!(refused(extend(&desk, gdpr.complaint).await).starts_with("This deadline was extended already."));
    let other = desk.app.given_customer("Cy Lindqvist").await;
    let late = desk.take_in(other, ("data_protection", "DP-2"), 40).await.unwrap();
    assert!(refused(extend(&desk, late.complaint).await).starts_with("This deadline has passed."));
}

#[tokio::test]
async fn a_bureau_comes_back_once_with_a_deadline_of_its_own() {
    let desk = Answering::new().await;
    let customer = desk.app.given_customer("Ada Lindqvist").await;
    let taken_in = desk.take_in(customer, ("bbb_14", "B-1"), 2).await.unwrap();
    let id = taken_in.complaint;
    let rebut = async || -> Result<()> {
        let mut tx = desk.app.begin_as(&desk.agent).await;
        complaints::rebut(&mut tx, &desk.agent, id, desk.days_ago(0), "That is no answer.").await?;
        tx.commit().await
    };
    assert_eq!(refused(rebut().await), "Nothing was sent yet that they could answer to.");
    desk.answer(id).await;
    assert_eq!(refused(desk.ask_review(id).await), "Write the public response: everybody can read it.");
    publish_words(&desk, id, "We are sorry, and have put it right.").await;
    desk.ask_review(id).await.unwrap();
    desk.sign(id, 1).await.unwrap();
    desk.send(id).await.unwrap();
    rebut().await.unwrap();
    let again = desk.find(id).await;
    assert_eq!((again.stage, again.round, again.revision), (Stage::Answering, 2, 1));
    let (due, because) = desk.due(id).await.unwrap();
    assert_eq!(due.to_rfc3339(), "2026-03-18T21:00:00+00:00");
    assert_eq!(because, "14 days after their rebuttal was received on Wed 4 Mar");
    desk.answer(id).await;
    publish_words(&desk, id, "We have written again.").await;
    desk.ask_review(id).await.unwrap();
    desk.sign(id, 1).await.unwrap();
    desk.send(id).await.unwrap();
    let why = refused(rebut().await);
    assert!(why.starts_with("By the terms it was taken in under (BBB office, 14 days) there is no further"), "{why}");
}

pub(crate) async fn publish_words(desk: &Answering, complaint: ComplaintId, words: &str) {
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let letter = Letter { public_words: words.to_owned(), ..Letter::default() };
    complaints::write_letter(&mut tx, &desk.agent, complaint, &Letter::default(), &letter).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_everybody_can_read_holds_nothing_of_the_account() {
    let desk = Answering::new().await;
    let customer = desk.app.given_customer("Ada Lindqvist").await;
    let mut tx = desk.app.begin().await;
    let contact = customers::NewContact { email: "ada@example.com".to_owned(), ..customers::NewContact::default() };
    customers::add_contact(&mut tx, &savedesk::auth::Can::desk(), customer, contact).await.unwrap();
    tx.commit().await.unwrap();
    let taken_in = desk.take_in(customer, ("social_review", "R-1"), 0).await.unwrap();
    desk.answer(taken_in.complaint).await;
    publish_words(&desk, taken_in.complaint, "We wrote to Ada@Example.com.").await;
    let why = refused(desk.ask_review(taken_in.complaint).await);
    assert_eq!(why, "Take “ada@example.com” out of the public response: everybody can read it.");
}

#[tokio::test]
async fn r6_two_who_write_on_different_fields_both_win_and_on_the_same_are_asked() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let start = NewAllegation { words: "Billed twice".to_owned(), ..NewAllegation::default() };
    let (id, _) = complaints::add_allegation(&mut tx, &desk.agent, taken_in.complaint, start.clone()).await.unwrap();
    tx.commit().await.unwrap();
    let write = async |new: NewAllegation| -> Written {
        let mut tx = desk.app.begin_as(&desk.agent).await;
        let written =
            complaints::write_allegation(&mut tx, &desk.agent, taken_in.complaint, id, &start, &new).await.unwrap();
        tx.commit().await.unwrap();
        written
    };
    write(NewAllegation { answer: "It was taken back.".to_owned(), ..start.clone() }).await;
    write(NewAllegation { finding: said().finding, ..start.clone() }).await;
    let both = desk.find(taken_in.complaint).await.allegations[0].clone();
    assert_eq!((both.answer.as_str(), both.finding), ("It was taken back.", said().finding));
    let clash = write(NewAllegation { answer: "It was right.".to_owned(), ..start.clone() }).await;
    let Written::Conflicts(conflicts) = clash else { panic!("{clash:?}") };
    assert_eq!((conflicts[0].theirs.as_str(), conflicts[0].yours.as_str()), ("It was taken back.", "It was right."));

    // on the page nothing that was typed is lost, and the choice is saved
    let client = desk.client().await;
    let path = format!("/complaints/{}/allegations", taken_in.complaint);
    let of = id.to_string();
    let typed = [("of", of.as_str()), ("words", "Billed twice"), ("answer", "It was right."), ("finding", "partly")];
    let seen = [("was_words", "Billed twice"), ("was_answer", ""), ("was_finding", "upheld")];
    let page = client.post_form(&path, &[&typed[..], &seen[..]].concat()).await.expect(409);
    let form = page.form("form[action$=allegations]");
    let page = client.post_form(&path, &crate::support::filled(&form, &[("answer", "It was right.")])).await;
    page.expect(303);
    let now = desk.find(taken_in.complaint).await.allegations[0].clone();
    assert_eq!((now.answer.as_str(), now.finding), ("It was right.", Some(complaints::Finding::Partly)));
}

#[tokio::test]
async fn a_change_and_a_sign_off_do_not_cross() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    desk.answer(taken_in.complaint).await;
    desk.ask_review(taken_in.complaint).await.unwrap();
    let mut first: Tx = desk.app.begin_as(&desk.agent).await;
    complaints::add_allegation(&mut first, &desk.agent, taken_in.complaint, said()).await.unwrap();
    let second = one_after_the_other(&desk.app, first, desk.sign(taken_in.complaint, 1));
    assert_eq!(refused(second.await), "This answer is not in review.");
    assert_eq!(desk.find(taken_in.complaint).await.stage, Stage::Answering);
}

#[tokio::test]
async fn terms_are_published_in_versions_and_a_complaint_keeps_its_own() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    let edits = desk.app.can::<EditPolicy>(Role::Manager).await;
    let terms = desk.terms("fcc").await;
    let publish = async |template: Template, seen| -> Result<Template, NotPublished> {
        let mut tx = desk.app.begin_as(&edits).await;
        let done = complaints::publish(&mut tx, &edits, NewTemplate { template, seen }).await.unwrap();
        tx.commit().await.unwrap();
        done
    };
    assert_eq!(publish(terms.clone(), 2).await, Err(NotPublished::Same));
    let longer = Template { span: 45, ..terms.clone() };
    assert_eq!(publish(longer.clone(), 2).await.unwrap().number, 3);
    assert_eq!(publish(longer.clone(), 2).await, Err(NotPublished::Changed));
    assert_eq!(publish(longer, 0).await, Err(NotPublished::Taken));
    assert_eq!(desk.find(taken_in.complaint).await.template.span, 30);
    let other = desk.app.given_customer("Bo Lindqvist").await;
    let newer = desk.take_in(other, ("fcc", "2"), 0).await.unwrap();
    assert!(desk.due(newer.complaint).await.unwrap().1.starts_with("45 days after"));
    let gone = Template { active: false, ..desk.terms("fcc").await };
    publish(gone, 3).await.unwrap();
    let why = refused(desk.take_in(other, ("fcc", "3"), 0).await);
    assert!(why.starts_with("Complaints are not taken in under these terms any more."), "{why}");
}

#[tokio::test]
async fn a_case_is_not_opened_past_its_complaint() {
    let desk = Answering::new().await;
    let agent = desk.app.sign_in(Role::Agent).await;
    let customer = desk.app.given_customer("Ada Lindqvist").await.to_string();
    let page = agent.get("/cases/new").await.expect(200);
    for source in Channel::OF_COMPLAINTS {
        assert!(!page.has(&format!("input[name=channel][value={}]", source.name())), "{source:?}");
    }
    let fields = [("customer_id", customer.as_str()), ("kind", "complaint"), ("channel", "fcc"), ("priority", "2")];
    let page = agent.post_form("/cases", &fields).await.expect(422);
    assert!(page.text(".note.sum").contains("are taken in with their number"));
}

#[tokio::test]
async fn taking_in_over_the_page_asks_for_what_it_needs() {
    let desk = Answering::new().await;
    let agent = desk.app.sign_in(Role::Agent).await;
    let page = agent.post_form("/complaints/new", &[]).await.expect(422);
    for field in ["template", "received_on", "words", "customer"] {
        assert!(page.has(&format!("#cp-{field}-e")), "{field}");
    }
    let today = desk.days_ago(0).to_string();
    let ahead = desk.days_ago(0).succ_opt().unwrap().to_string();
    let typed = [("template", "fcc"), ("words", "They bill me twice."), ("unknown", "on"), ("place", "Abingdon")];
    let wrong = [("external_ref", ""), ("received_on", ahead.as_str())];
    let page = agent.post_form("/complaints/new", &[&typed[..], &wrong[..]].concat()).await.expect(422);
    assert!(page.has("#cp-received_on-e") && page.has("#cp-external_ref-e"));
    let right = [("external_ref", "250635"), ("received_on", today.as_str())];
    let page = agent.post_form("/complaints/new", &[&typed[..], &right[..]].concat()).await.expect(303);
    let page = agent.follow(&page).await;
    assert_eq!(page.text("h1"), "FCC 250635");
    assert!(page.text("#whose").contains("Unknown yet"));
    let again = agent.post_form("/complaints/new", &[&typed[..], &right[..]].concat()).await.expect(422);
    assert!(again.text(".note.sum").contains("was taken in already"), "{}", again.text(".note.sum"));
    let found = agent.get("/search?q=250635").await.expect(200);
    assert!(found.text("main").contains("Unknown customer, Abingdon (FCC 250635)"), "{}", found.text("main"));
}
