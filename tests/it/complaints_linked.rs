//! Whoever complained is found: the complaint, what it is found by, its log and its deadline go to the right customer; and
//! what stands in the way is said before anything is done.

use chrono::TimeDelta;
use savedesk::appointments::{self, NewAppointment, NewTime};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Can, EditCustomers, Role};
use savedesk::complaints::{self, Complainant, Details, Letter, Stage, TakenIn};
use savedesk::customers::{self, NewContact};
use savedesk::error::Result;
use savedesk::ids::{ComplaintId, CustomerId};
use savedesk::intake::mapping::Kind;
use savedesk::intake::{FileOptions, run_file};
use savedesk::processes;

use crate::complaints::{publish_words, refused};
use crate::imports::Written;
use crate::races::one_after_the_other;
use crate::support::{Answering, TestApp, new_complaint};

async fn link(desk: &Answering, complaint: ComplaintId, to: CustomerId) -> Result<()> {
    let mut tx = desk.app.begin_as(&desk.agent).await;
    complaints::link(&mut tx, &desk.agent, complaint, to).await?;
    tx.commit().await
}

/// Somebody who stands for whoever complained.
async fn stand_in(app: &TestApp) -> CustomerId {
    let mut tx = app.begin().await;
    let stands = customers::NewCustomer { name: "Unknown (FCC)".into(), identified: false, ..Default::default() };
    let stands = customers::add(&mut tx, &Can::desk(), stands).await.unwrap();
    tx.commit().await.unwrap();
    stands
}

/// A complaint of somebody nobody knows, with a word in its log.
async fn of_somebody_unknown(desk: &Answering, number: &str) -> TakenIn {
    let stands = stand_in(&desk.app).await;
    let taken_in = desk.take_in(stands, ("fcc", number), 5).await.unwrap();
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let note = savedesk::interactions::NewInteraction {
        kind: savedesk::interactions::Kind::Note,
        direction: None,
        body: "The number they gave is not in service.".to_owned(),
        next_step: None,
    };
    savedesk::interactions::log(&mut tx, &desk.agent.and().unwrap(), taken_in.case, note).await.unwrap();
    tx.commit().await.unwrap();
    taken_in
}

#[tokio::test]
async fn once_the_customer_is_found_the_complaint_its_log_and_its_deadline_are_theirs() {
    let desk = Answering::new().await;
    let taken_in = of_somebody_unknown(&desk, "1").await;
    let before = desk.due(taken_in.complaint).await.unwrap();
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    link(&desk, taken_in.complaint, ada).await.unwrap();
    let linked = desk.find(taken_in.complaint).await;
    assert_eq!((linked.customer, linked.case, linked.unknown), (ada, taken_in.case, false));
    assert_eq!(desk.due(taken_in.complaint).await.unwrap(), before, "it is due when it was");
    let mut owner = desk.app.owner().await;
    let theirs: i64 = sqlx::query_scalar(
        "select count(*) from interactions i join cases c on c.id = i.case_id and c.customer_id = i.customer_id
         where c.customer_id = $1",
    )
    .bind(ada)
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(theirs, 1, "the log went along");
    let status: String =
        sqlx::query_scalar("select status from customers where id = $1").bind(ada).fetch_one(&mut owner).await.unwrap();
    assert_eq!(status, "at_risk");
    assert_eq!(refused(link(&desk, taken_in.complaint, ada).await), "The customer of this complaint is known.");
}

#[tokio::test]
async fn r14_a_complaint_of_a_customer_who_has_one_is_added_to_it() {
    let desk = Answering::new().await;
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    let live = desk.take_in(ada, ("fcc", "1"), 1).await.unwrap();
    let taken_in = of_somebody_unknown(&desk, "2").await;
    link(&desk, taken_in.complaint, ada).await.unwrap();
    let linked = desk.find(taken_in.complaint).await;
    assert_eq!((linked.customer, linked.case), (ada, live.case));
    assert!(desk.due(taken_in.complaint).await.is_some());
    let outcome = desk.app.case_column(taken_in.case, "outcome").await;
    assert_eq!(outcome.as_deref(), Some("duplicate"), "what it was taken in with repeats the live case");
    let words: i64 =
        sqlx::query_scalar("select count(*) from interactions where case_id = $1 and body like 'They bill%'")
            .bind(live.case)
            .fetch_one(&mut desk.app.owner().await)
            .await
            .unwrap();
    assert_eq!(words, 1, "the live case tells what they wrote");
}

#[tokio::test]
async fn two_complaints_of_one_unknown_sender_come_in_as_unknown_and_are_linked_together() {
    let desk = Answering::new().await;
    let file = Written::new(
        "fcc.csv",
        "Reference,Received,Kind,Channel,E-mail,Reason\n\
         F1,2026-03-02,complaint,FCC,jo@example.org,billed twice\n\
         F2,2026-03-03,complaint,FCC,JO@example.org,and again\n",
    );
    let summary = run_file(&desk.app.db, FileOptions { kind: Some(Kind::Cases), ..file.options() }).await.unwrap();
    assert_eq!(summary.counts.created, 2, "{:?}", summary.refusals);
    let mut owner = desk.app.owner().await;
    let both: Vec<(ComplaintId, bool)> =
        sqlx::query_as("select id, unknown from complaints order by external_ref").fetch_all(&mut owner).await.unwrap();
    assert!(both.iter().all(|(_, unknown)| *unknown), "{both:?}");
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    link(&desk, both[1].0, ada).await.unwrap();
    for (id, _) in both {
        let linked = desk.find(id).await;
        assert_eq!((linked.customer, linked.unknown), (ada, false));
    }
}

#[tokio::test]
async fn whoever_is_identified_is_unknown_no_more() {
    let desk = Answering::new().await;
    let taken_in = of_somebody_unknown(&desk, "1").await;
    let can: Can<EditCustomers> = desk.app.can(Role::Agent).await;
    let mut tx = desk.app.begin_as(&can).await;
    let stands = desk.find(taken_in.complaint).await.customer;
    sqlx::query("update customers set identified = true, version = version + 1 where id = $1")
        .bind(stands)
        .execute(&mut *tx)
        .await
        .unwrap();
    audit::record(&mut tx, Entry::new(Action::CustomerChanged, Subject::Customer(stands))).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!desk.find(taken_in.complaint).await.unknown);
    let next = desk.take_in(stands, ("fcc", "2"), 0).await.unwrap();
    assert!(!desk.find(next.complaint).await.unknown);
}

#[tokio::test]
async fn a_complaint_is_linked_to_somebody_who_is_known_themselves() {
    let desk = Answering::new().await;
    let taken_in = of_somebody_unknown(&desk, "1").await;
    let other = stand_in(&desk.app).await;
    let why = refused(link(&desk, taken_in.complaint, other).await);
    assert!(why.starts_with("Unknown (FCC) is still to be identified as well."), "{why}");
}

#[tokio::test]
async fn a_case_with_a_process_or_a_call_stays_where_it_is_and_says_so() {
    let desk = Answering::new().await;
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    let stays = "Something was offered, promised, asked of a department, begun in steps or booked in this case already, \
                 so it stays where it is.";
    // whether there is a live case to join or not
    for (number, live, hours) in [("1", false, 24), ("2", true, 26)] {
        if live {
            desk.take_in(ada, ("fcc", "L"), 1).await.unwrap();
        }
        let begun = of_somebody_unknown(&desk, &format!("P{number}")).await;
        let works = desk.agent.and().unwrap();
        let support = processes::Kind::Support;
        desk.app.start_process(&works, begun.case, support, &["Calls drop"]).await.unwrap();
        assert_eq!(refused(link(&desk, begun.complaint, ada).await), stays);
        let booked = of_somebody_unknown(&desk, &format!("B{number}")).await;
        let time = NewTime {
            starts_at: desk.app.clock.now() + TimeDelta::hours(hours),
            minutes: 30,
            host: desk.agent.id.unwrap(),
            with: Vec::new(),
            despite: true,
        };
        let call = NewAppointment { what: "Why calls drop".to_owned(), time, phone: String::new(), invites: false };
        let mut tx = desk.app.begin_as(&desk.agent).await;
        appointments::book(&mut tx, &works, booked.case, call).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(refused(link(&desk, booked.complaint, ada).await), stays);
    }
}

#[tokio::test]
async fn r14_a_case_that_is_opened_meanwhile_is_joined() {
    let desk = Answering::new().await;
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    let taken_in = of_somebody_unknown(&desk, "1").await;
    let template = desk.terms("fcc").await;
    let details = Details {
        external_ref: Some("2".to_owned()),
        received_on: desk.days_ago(0),
        public: false,
        complainant: Complainant::default(),
        template,
    };
    let mut first = desk.app.begin_as(&desk.agent).await;
    let new = new_complaint(ada, desk.agent.id);
    let live = complaints::take_in(&mut first, &desk.agent, new, details).await.unwrap();
    Box::pin(one_after_the_other(&desk.app, first, link(&desk, taken_in.complaint, ada))).await.unwrap();
    assert_eq!(desk.find(taken_in.complaint).await.case, live.case);
}

#[tokio::test]
async fn a_complaint_is_found_by_its_number_wherever_it_goes() {
    let desk = Answering::new().await;
    let client = desk.client().await;
    let finds = async |number: &str, name: &str| {
        let found = client.get(&format!("/search?q={number}")).await.expect(200);
        assert!(found.text("main").contains(name), "{number}: {}", found.text("main"));
    };
    // a second one in the case of the first
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    desk.take_in(ada, ("fcc", "771001"), 1).await.unwrap();
    desk.take_in(ada, ("cfpb", "771002"), 1).await.unwrap();
    for number in ["771001", "771002"] {
        finds(number, "Ada Lindqvist").await;
    }
    // linked to somebody who has none, and to somebody who has one
    let bo = desk.app.given_customer("Bo Lindqvist").await;
    for (number, to, name) in [("771003", bo, "Bo Lindqvist"), ("771004", ada, "Ada Lindqvist")] {
        let taken_in = of_somebody_unknown(&desk, number).await;
        link(&desk, taken_in.complaint, to).await.unwrap();
        finds(number, name).await;
    }
    for number in ["771001", "771002"] {
        finds(number, "Ada Lindqvist").await;
    }
}

#[tokio::test]
async fn a_review_is_void_where_the_customer_who_is_found_stands_in_the_public_response() {
    let desk = Answering::new().await;
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    let mut tx = desk.app.begin().await;
    let contact = NewContact { phone: "+1 206 555 0134".to_owned(), ..NewContact::default() };
    customers::add_contact(&mut tx, &Can::desk(), ada, contact).await.unwrap();
    tx.commit().await.unwrap();
    let stands = stand_in(&desk.app).await;
    let taken_in = desk.take_in(stands, ("social_review", "R-1"), 0).await.unwrap();
    let id = taken_in.complaint;
    desk.answer(id).await;
    publish_words(&desk, id, "We called 206 555 0134 today.").await;
    desk.ask_review(id).await.unwrap();
    desk.sign(id, 1).await.unwrap();
    link(&desk, id, ada).await.unwrap();
    let now = desk.find(id).await;
    assert_eq!((now.stage, now.revision, now.customer), (Stage::Answering, 2, ada));
    assert!(refused(desk.send(id).await).starts_with("Nobody has signed"));
    let told = "select words from complaint_entries where complaint_id = $1 and what = 'returned'";
    let why: String = sqlx::query_scalar(told).bind(id).fetch_one(&mut desk.app.owner().await).await.unwrap();
    assert_eq!(why, "Take “+1 206 555 0134” out of the public response: everybody can read it.");
}

#[tokio::test]
async fn what_becomes_known_of_the_customer_later_is_not_sent() {
    let desk = Answering::new().await;
    let ada = desk.app.given_customer("Ada Lindqvist").await;
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let details = Details {
        external_ref: Some("R-1".to_owned()),
        received_on: desk.days_ago(0),
        public: true,
        complainant: Complainant { email: "ada@home.example".to_owned(), ..Complainant::default() },
        template: desk.terms("social_review").await,
    };
    let new = new_complaint(ada, desk.agent.id);
    let id = complaints::take_in(&mut tx, &desk.agent, new, details).await.unwrap().complaint;
    tx.commit().await.unwrap();
    desk.answer(id).await;
    let first = "We wrote to ada@home.example.";
    publish_words(&desk, id, first).await;
    let why = refused(desk.ask_review(id).await);
    assert_eq!(why, "Take “ada@home.example” out of the public response: everybody can read it.");
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let was = Letter { public_words: first.to_owned(), ..Letter::default() };
    let letter = Letter { public_words: "We called 206 555 0134.".to_owned(), ..Letter::default() };
    complaints::write_letter(&mut tx, &desk.agent, id, &was, &letter).await.unwrap();
    tx.commit().await.unwrap();
    let becomes_known = async |phone: &str| {
        let mut tx = desk.app.begin().await;
        let contact = NewContact { phone: phone.to_owned(), ..NewContact::default() };
        customers::add_contact(&mut tx, &Can::desk(), ada, contact).await.unwrap();
        tx.commit().await.unwrap();
    };
    desk.ask_review(id).await.unwrap();
    desk.sign(id, 1).await.unwrap();
    becomes_known("206-555-0134").await;
    let why = refused(desk.send(id).await);
    assert_eq!(why, "Take “206-555-0134” out of the public response: everybody can read it.");
}
