//! A case from intake to outcome, as the pages lead it.

use chrono::TimeDelta;
use savedesk::auth::Role;
use savedesk::customers::{self, Status};
use savedesk::ids::{CaseId, CustomerId};

use crate::support::{Client, Page, Person, TestApp};

const KEY: &str = "7b7f3a0e-8f43-4f0e-9a53-2d2a5f2f6a11";

async fn open(client: &Client, fields: &[(&str, &str)]) -> Page {
    let mut all = vec![("kind", "cancellation"), ("channel", "phone"), ("priority", "2")];
    all.extend_from_slice(fields);
    client.post_form("/cases", &all).await
}

fn case_of(page: &Page) -> CaseId {
    let path = page.location().split('?').next().unwrap();
    path.rsplit('/').next().unwrap().parse().unwrap()
}

fn attempt<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("response", "declined"),
        ("by", "phone:outbound"),
        ("objection", "price"),
        ("lever", "explain_value"),
        ("lever", "right_size"),
        ("body", "She has a written quote."),
    ];
    for field in fields {
        all.retain(|(name, _)| name != &field.0);
        all.push(*field);
    }
    all
}

#[tokio::test]
async fn a_case_goes_from_intake_to_outcome_and_back_with_its_history() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental Group").await;
    let subscription = app.given_subscription(customer).await;
    let agent = app.sign_in(Role::Agent).await;

    let form = agent.get(&format!("/cases/new?customer={customer}")).await.expect(200);
    assert_eq!(form.field("value_at_risk"), "27720.00");
    let at_stake = format!("subscription:{subscription}");
    let words = "Voxly quoted us $39 a seat.";
    let (id, value) = (customer.to_string(), form.field("value_at_risk"));
    let fields =
        [("customer_id", id.as_str()), ("at_stake", &at_stake), ("value_at_risk", &value), ("stated_reason", words)];
    let opened = open(&agent, &fields).await.expect(303);
    let case = case_of(&opened);
    let page = agent.follow(&opened).await.expect(200);
    assert_eq!(page.text("h1"), "Harborview Dental Group");
    assert_eq!(page.text(".casehead .pill"), "New");
    assert!(page.text(".tl").contains(words));
    assert!(page.text("#know").contains("Cloud voice"));
    assert_eq!(app.case_column(case, "owner_id").await, agent.user.map(|user| user.to_string()));

    // the customer thinks it over: the case waits, and nobody typed that
    let considering = attempt(&[("response", "considering"), ("next", "pick"), ("next_at", "2026-03-05T11:00")]);
    agent.post_form(&format!("/cases/{case}/attempts"), &considering).await.expect(303);
    assert_eq!(app.case_column(case, "waiting_on").await.as_deref(), Some("customer"));
    let page = agent.get(&format!("/cases/{case}")).await;
    assert_eq!(page.text(".casehead .pill"), "Waiting on the customer");
    assert!(page.text("#case-todo").contains("Due Thu 5 Mar 11:00: agreed on"), "{}", page.text("#case-todo"));

    // she calls: our turn again
    app.clock.advance(TimeDelta::minutes(20));
    let call = [("by", "call:inbound"), ("body", "She asks for one number.")];
    agent.post_form(&format!("/cases/{case}/interactions"), &call).await.expect(303);
    assert_eq!(app.case_column(case, "stage").await.as_deref(), Some("working"));
    let next = app.open_follow_up(case).await;
    agent.post_form(&format!("/follow_ups/{next}/completion"), &[]).await.expect(303);

    // closing needs outcome, reason, note; then the account status follows
    let page = agent.post_form(&format!("/cases/{case}/close"), &[]).await.expect(422);
    for field in ["outcome", "reason", "note"] {
        assert!(page.has(&format!("#end-{field}-e")), "{field}");
    }
    let close = [("outcome", "saved_without_offer"), ("reason", "price"), ("note", "Right-sized.")];
    agent.post_form(&format!("/cases/{case}/close"), &close).await.expect(303);
    assert_eq!(app.case_column(case, "value_kept_minor").await.as_deref(), Some("2772000"));
    let status = customers::find(&mut app.db.read().await.unwrap(), customer).await.unwrap().status;
    assert_eq!(status, Status::Saved);
    let page = agent.get(&format!("/cases/{case}")).await;
    assert_eq!(page.text(".casehead .pill"), "Saved without offer");
    assert!(!page.has("#attempt") && page.has("#note"));
    agent.post_form(&format!("/cases/{case}/attempts"), &attempt(&[])).await.expect(409);

    agent.post_form(&format!("/cases/{case}/reopening"), &[]).await.expect(422);
    agent.post_form(&format!("/cases/{case}/reopening"), &[("why", "Voxly came back.")]).await.expect(303);
    let page = agent.get(&format!("/cases/{case}?show=changes")).await;
    let log = page.text(".tl");
    for entry in ["closed the case", "Right-sized.", "reopened the case", "Voxly came back.", "opened the case"] {
        assert!(log.contains(entry), "{entry} is not in {log}");
    }
    for (action, times) in [
        ("case.opened", 1),
        ("case.closed", 1),
        ("case.reopened", 1),
        ("save_attempt.logged", 1),
        ("interaction.logged", 1),
    ] {
        assert_eq!(app.audited(case, action).await, times, "{action}");
    }
    assert!(app.audited(case, "case.viewed").await >= 4);
}

#[tokio::test]
async fn r4_a_view_is_noted_once_however_often_its_parts_are_fetched_again() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Harborview Dental Group").await).await;
    let agent = app.sign_in(Role::Agent).await;
    let address = format!("/cases/{case}");
    // a part without its page is a view too
    agent.get_fragment(&address, "case-head").await.expect(200);
    assert_eq!(app.audited(case, "case.viewed").await, 1);
    agent.get(&address).await.expect(200);
    for part in ["case-head", "case-log", "case-todo", "made-up"] {
        agent.get_fragment(&address, part).await.expect(200);
    }
    agent.get_fragment(&format!("{address}/close"), "dialog").await.expect(200);
    agent.get_fragment(&format!("/queue/peek/{case}"), "peek").await.expect(200);
    agent.post_form(&format!("{address}/interactions"), &[("body", "")]).await.expect(422);
    assert_eq!(app.audited(case, "case.viewed").await, 2);
    // a colleague's is another, and so is one that goes on for long
    app.sign_in(Role::Supervisor).await.get_fragment(&address, "case-log").await.expect(200);
    assert_eq!(app.audited(case, "case.viewed").await, 3);
    app.clock.advance(TimeDelta::minutes(11));
    agent.get_fragment(&address, "case-log").await.expect(200);
    assert_eq!(app.audited(case, "case.viewed").await, 4);
    // every entry says whose data it was
    let whose: i64 = sqlx::query_scalar(
        "select count(*) from audit_entries where action = 'case.viewed' and customer_id is not null",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(whose, 4);
    // what is not there was not looked at
    agent.get(&format!("/cases/{}", CaseId::new())).await.expect(404);
    agent.get(&format!("/customers/{}", CustomerId::new())).await.expect(404);
    let views: i64 = sqlx::query_scalar("select count(*) from audit_entries where action like '%.viewed'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(views, 4);
}

#[tokio::test]
async fn a_case_is_found_by_the_number_people_say() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let number = app.case_column(case, "number").await.unwrap();
    let rep = app.sign_in(Role::Rep).await;
    for name in [format!("SD-{number}"), format!("sd{number}"), number] {
        assert_eq!(rep.get(&format!("/cases/{name}")).await.expect(303).location(), format!("/cases/{case}"));
    }
    rep.get("/cases/SD-1").await.expect(404);
    rep.get("/cases/nothing").await.expect(404);
}

#[tokio::test]
async fn r14_a_second_live_case_is_caught_and_the_contact_is_added() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview").await;
    let live = app.given_case(customer).await;
    let rep = app.sign_in(Role::Rep).await;
    let id = customer.to_string();
    let form = rep.get(&format!("/cases/new?customer={id}")).await;
    assert!(form.text("#subjects").contains("A case is open for Harborview."));
    let again = open(&rep, &[("customer_id", &id), ("stated_reason", "I called on Monday already.")]).await.expect(303);
    assert_eq!(case_of(&again), live);
    let page = rep.follow(&again).await;
    assert!(page.text("#toasts").contains("so this contact was added to it"));
    assert!(page.text(".tl").contains("I called on Monday already."));
    assert!(page.text("#log").contains("open a second one"));

    let because = [("customer_id", id.as_str()), ("second_because", "The other office cancels on its own.")];
    let second = open(&rep, &because).await.expect(303);
    assert_ne!(case_of(&second), live);
    assert!(rep.follow(&second).await.text("#know").contains("The other office cancels on its own."));
}

#[tokio::test]
async fn r7_a_form_sent_twice_opens_one_case() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let fields = [("new_name", "Renee Caldwell"), ("new_phone", "(206) 555-0134"), ("key", KEY)];
    let first = open(&rep, &fields).await.expect(303);
    let second = open(&rep, &fields).await.expect(303);
    assert_eq!(first.location(), second.location());
    let count: i64 = sqlx::query_scalar("select count(*) from cases").fetch_one(&mut app.owner().await).await.unwrap();
    assert_eq!(count, 1);
    let page = rep.follow(&first).await;
    assert!(page.text("#know").contains("(206) 555-0134"));
    // a rep works what a rep opens
    assert_eq!(app.case_column(case_of(&first), "owner_id").await, rep.user.map(|user| user.to_string()));
}

#[tokio::test]
async fn a_name_alone_is_asked_about() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Tidewater Legal").await;
    let agent = app.sign_in(Role::Agent).await;
    let page = open(&agent, &[("customer", "tidewater"), ("stated_reason", "Too dear.")]).await.expect(422);
    assert_eq!(page.attributes("input[type=radio][name=candidate]", "value"), [customer.to_string()]);
    assert!(page.text("#nc-stated_reason").contains("Too dear."));
    let page = open(&agent, &[("customer", "zzzzqqqq")]).await.expect(422);
    assert!(page.text("#nc-customer-e").contains("Nobody is found by that."));
    open(&agent, &[]).await.expect(422);
}

fn was<'a>(case: &'a [(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = case.to_vec();
    for change in changes {
        fields.retain(|(name, _)| *name != change.0);
        fields.push(*change);
    }
    fields
}

const AS_OPENED: [(&str, &str); 12] = [
    ("reason", "price"),
    ("was_reason", "price"),
    ("priority", "2"),
    ("was_priority", "2"),
    ("value_at_risk", "27,720"),
    ("was_value_at_risk", "27720.00"),
    ("leaves_on", ""),
    ("was_leaves_on", ""),
    ("at_stake", ""),
    ("was_at_stake", ""),
    ("just_cancel", ""),
    ("was_just_cancel", ""),
];

#[tokio::test]
async fn r6_two_people_edit_different_fields_and_both_win() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let (rep, agent) = (app.sign_in(Role::Rep).await, app.sign_in(Role::Agent).await);
    let edit = format!("/cases/{case}/edit");
    agent.get(&edit).await.expect(200);
    rep.post_form(&edit, &was(&AS_OPENED, &[("priority", "4")])).await.expect(303);
    agent.post_form(&edit, &was(&AS_OPENED, &[("leaves_on", "2026-12-31")])).await.expect(303);
    assert_eq!(app.case_column(case, "priority").await.as_deref(), Some("4"));
    assert_eq!(app.case_column(case, "leaves_on").await.as_deref(), Some("2026-12-31"));
    let log = agent.get(&format!("/cases/{case}?show=changes")).await.text(".tl");
    assert!(log.contains("changed the priority") && log.contains("Urgent"), "{log}");
    assert_eq!(app.audited(case, "case.changed").await, 2);
}

#[tokio::test]
async fn r6_the_same_field_gives_a_conflict_page_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let (rep, agent) = (app.sign_in(Role::Rep).await, app.sign_in(Role::Agent).await);
    let edit = format!("/cases/{case}/edit");
    rep.post_form(&edit, &was(&AS_OPENED, &[("value_at_risk", "20000")])).await.expect(303);
    let yours = was(&AS_OPENED, &[("value_at_risk", "12,000.50"), ("priority", "3")]);
    let page = agent.post_form(&edit, &yours).await.expect(409);
    assert_eq!(app.case_column(case, "priority").await.as_deref(), Some("2"), "nothing is saved yet");
    assert!(page.text("[role=alert]").contains("Retention rep saved this case while you were editing."));
    let row = page.text("tbody tr");
    for value in ["$27,720.00", "$20,000.00", "$12,000.50"] {
        assert!(row.contains(value), "{value} is not in {row}");
    }
    // the page's own form, with the choice it comes with: yours
    let names = page.attributes("form[action$='/edit'] input:not([type=radio])", "name");
    let values = page.attributes("form[action$='/edit'] input:not([type=radio])", "value");
    let mut fields: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
    let chosen = page.attributes("input[type=radio][name=value_at_risk][checked]", "value");
    fields.push(("value_at_risk", &chosen[0]));
    agent.post_form(&edit, &fields).await.expect(303);
    assert_eq!(app.case_column(case, "value_at_risk_minor").await.as_deref(), Some("1200050"));
    assert_eq!(app.case_column(case, "priority").await.as_deref(), Some("3"));
}

#[tokio::test]
async fn what_is_wrong_with_an_edit_stands_beside_its_field() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let agent = app.sign_in(Role::Agent).await;
    let wrong = [("value_at_risk", "lots"), ("leaves_on", "31.12."), ("reason", ""), ("at_stake", "order:x")];
    let page = agent.post_form(&format!("/cases/{case}/edit"), &was(&AS_OPENED, &wrong)).await.expect(422);
    for field in ["value_at_risk", "leaves_on", "reason", "at_stake"] {
        assert!(page.has(&format!("#{field}-e")), "{field}");
    }
    assert_eq!(page.field("value_at_risk"), "lots");
}

#[tokio::test]
async fn closing_follows_the_money_and_names_what_is_repeated() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Ada").await;
    let case = app.given_case(customer).await;
    let agent = app.sign_in(Role::Agent).await;
    let close = format!("/cases/{case}/close");
    let page = agent.get(&close).await.expect(200);
    assert!(page.text(".note.warn").contains("still open"));
    let dialog = agent.get_fragment(&close, "dialog").await.expect(200);
    assert!(dialog.has("dialog form#close-case") && !dialog.has("main"));
    let kept = agent.get_fragment(&format!("{close}/kept?outcome=lost"), "close-kept").await.expect(200);
    assert_eq!(kept.field("kept"), "0.00");

    let base = [("reason", "price"), ("note", "x")];
    let send = |more: &[(&'static str, &'static str)]| {
        let mut fields = base.to_vec();
        fields.extend_from_slice(more);
        let (agent, close) = (agent.clone(), close.clone());
        async move { agent.post_form(&close, &fields).await }
    };
    assert!(send(&[("outcome", "lost"), ("kept", "1")]).await.expect(422).has("#end-kept-e"));
    assert!(send(&[("outcome", "partly_saved")]).await.expect(422).has("#end-kept-e"));
    assert!(send(&[("outcome", "partly_saved"), ("kept", "99999")]).await.expect(422).has("#end-kept-e"));
    assert!(send(&[("outcome", "duplicate")]).await.expect(422).has("#end-duplicate_of-e"));
    assert!(send(&[("outcome", "duplicate"), ("duplicate_of", "SD-1")]).await.expect(422).has("#end-duplicate_of-e"));
    let own: &'static str = app.case_column(case, "number").await.unwrap().leak();
    send(&[("outcome", "duplicate"), ("duplicate_of", own)]).await.expect(409);
    assert_eq!(app.case_column(case, "stage").await.as_deref(), Some("new"));
    send(&[("outcome", "lost")]).await.expect(409);
    app.given_confirmed(case).await;
    send(&[("outcome", "lost")]).await.expect(303);
    let status = customers::find(&mut app.db.read().await.unwrap(), customer).await.unwrap().status;
    assert_eq!(status, Status::Cancelled);
}

#[tokio::test]
async fn reps_do_not_close_and_the_page_says_who_does() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let rep = app.sign_in(Role::Rep).await;
    let page = rep.get(&format!("/cases/{case}")).await.expect(200);
    assert!(!page.has("a[href$='/close']"));
    assert!(page.text("#know").contains("An agent, supervisor or manager can close it."));
    rep.get(&format!("/cases/{case}/close")).await.expect(403);
    rep.post_form(&format!("/cases/{case}/close"), &[("outcome", "lost")]).await.expect(403);
    rep.post_form(&format!("/cases/{case}/reopening"), &[("why", "x")]).await.expect(403);
    let privacy = app.sign_in(Role::Privacy).await;
    privacy.get(&format!("/cases/{case}")).await.expect(403);
}

#[tokio::test]
async fn where_no_attempt_is_to_be_made_the_page_says_so() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let just_cancel = app.given_case_with(app.given_customer("Ada").await, |new| new.just_cancel = true).await;
    let deceased = {
        let code: String = sqlx::query_scalar("select code from reasons where not takes_save_attempt limit 1")
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        app.given_case_with(app.given_customer("Bea").await, |new| new.reason = Some(code)).await
    };
    let left = app.given_customer("Cem").await;
    let first = app.given_case(left).await;
    let lost = [("outcome", "lost"), ("reason", "price"), ("note", "Gone.")];
    app.given_confirmed(first).await;
    agent.post_form(&format!("/cases/{first}/close"), &lost).await.expect(303);
    let gone = app.given_case(left).await;
    for case in [just_cancel, deceased, gone] {
        let page = agent.get(&format!("/cases/{case}")).await.expect(200);
        assert!(page.text("#attempt").contains("No save attempt here."));
        assert!(!page.has("#attempt form"));
        agent.post_form(&format!("/cases/{case}/attempts"), &attempt(&[])).await.expect(409);
        let note = [("body", "Sent the condolences.")];
        agent.post_form(&format!("/cases/{case}/interactions"), &note).await.expect(303);
        assert_eq!(app.audited(case, "save_attempt.logged").await, 0);
    }
    let form = agent.get(&format!("/cases/new?customer={left}")).await;
    assert!(form.text("#subjects").contains("has left already"));
}

#[tokio::test]
async fn the_parts_of_the_page_come_alone_when_scripts_ask() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let colleague = Person { name: "Dana Okafor", roles: &[Role::Supervisor], team: Some("North"), department: None };
    app.given_person(colleague).await;
    let agent = app.sign_in(Role::Agent).await;
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(page.attributes("body", "data-live"), [format!("/live?topic=case:{case}")]);
    assert!(page.text("#owner").contains("Dana Okafor"));
    for part in ["case-head", "case-log", "case-todo"] {
        let alone = agent.get_fragment(&format!("/cases/{case}"), part).await.expect(200);
        assert!(alone.has(&format!("#{part}")) && !alone.has("main"), "{part}");
        assert!(page.has(&format!("#{part}[data-live-href]")), "{part}");
    }
}
