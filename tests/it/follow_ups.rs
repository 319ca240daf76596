//! Follow-ups: from what was said to what was done, through snooze and wake; checks after a save; the list, its weeks and
//! the calendar feed; and what the database refuses about them.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use savedesk::auth::{Can, Role, WorkCases};
use savedesk::calendar::Due;
use savedesk::follow_ups::{self, FollowUp, Kind, NewFollowUp, Snooze, Stage, StillHere, Wake};
use savedesk::ids::{CaseId, CustomerId, FollowUpId, UserId};
use sqlx::{AssertSqlSafe, Executor};

use crate::guarantees::{assert_refused, audited};
use crate::support::{Client, Person, TestApp};

/// A live case of this person's.
async fn case_of(app: &TestApp, owner: Option<UserId>) -> (CustomerId, CaseId) {
    let customer = app.given_customer("Harborview Dental Group").await;
    (customer, app.given_case_with(customer, |new| new.owner = owner).await)
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn made(app: &TestApp, case: CaseId, kind: Kind, due: &str, owner: Option<UserId>) -> FollowUp {
    let due = Due { at: moment(due), because: "agreed".to_owned() };
    let mut tx = app.begin().await;
    let new = NewFollowUp { owner, ..NewFollowUp::new(case, kind, "Call with one number", due) };
    let made = follow_ups::make(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    made
}

async fn find(app: &TestApp, id: FollowUpId) -> FollowUp {
    follow_ups::find(&mut app.db.read().await.unwrap(), id).await.unwrap()
}

/// When the open deadline of a follow-up is, and whose; there is one or none.
async fn deadline(app: &TestApp, id: FollowUpId) -> Option<(DateTime<Utc>, Option<UserId>)> {
    sqlx::query_as("select due_at, owner_id from deadlines where subject_id = $1 and stage = 'open'")
        .bind(id)
        .fetch_optional(&mut app.owner().await)
        .await
        .unwrap()
}

async fn wake(app: &TestApp, case: CaseId, by: Wake) {
    let mut tx = app.begin().await;
    follow_ups::wake(&mut tx, case, by).await.unwrap();
    tx.commit().await.unwrap();
}

async fn agent(app: &TestApp) -> Client {
    app.sign_in(Role::Agent).await
}

#[tokio::test]
async fn what_comes_next_becomes_a_follow_up_and_takes_the_place_of_the_one_before() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    let path = format!("/cases/{case}/attempts");
    let attempt = |at: &'static str, what: &'static str| {
        [("response", "no_contact"), ("by", "phone:outbound"), ("next", "pick"), ("next_at", at), ("next_what", what)]
    };
    agent.post_form(&path, &attempt("2026-03-05T11:00", "")).await.expect(303);
    let first = app.open_follow_up(case).await;
    let follow_up = find(&app, first).await;
    assert_eq!((follow_up.kind, follow_up.owner), (Kind::Callback, agent.user));
    assert_eq!(follow_up.what, "Call the customer");
    assert_eq!(deadline(&app, first).await, Some((moment("2026-03-05T16:00:00Z"), agent.user)));
    assert_eq!(app.case_column(case, "waiting_on").await.as_deref(), Some("date"));
    assert_eq!(app.case_column(case, "next_action").await.as_deref(), Some("Call the customer"));
    app.clock.advance(TimeDelta::minutes(5));
    agent.post_form(&path, &attempt("2026-03-06T11:00", "E-mail the comparison")).await.expect(303);
    assert_eq!(find(&app, first).await.stage, Stage::Done);
    assert_eq!(deadline(&app, first).await, None);
    let second = find(&app, app.open_follow_up(case).await).await;
    assert_eq!(second.kind, Kind::Message);
    assert_eq!(app.case_column(case, "waiting_on").await.as_deref(), Some("date"));
    // done: nothing is to come, so it is our turn
    let path = format!("/follow_ups/{}/completion", second.id);
    agent.post_form(&path, &[("note", "Sent")]).await.expect(303);
    assert_eq!(app.case_column(case, "stage").await.as_deref(), Some("working"));
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text("#case-log").contains("did a follow-up: E-mail the comparison"), "{}", page.text("#case-log"));
}

#[tokio::test]
async fn a_callback_at_night_is_moved_and_says_so() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (customer, case) = case_of(&app, agent.user).await;
    let sql = format!(
        "update customers set time_zone = 'America/Los_Angeles', version = version + 1 where id = '{customer}'"
    );
    app.owner().await.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
    let about = case.to_string();
    let fields = [
        ("about_id", about.as_str()),
        ("kind", "callback"),
        ("what", "Call Renee"),
        ("when", "pick"),
        ("at", "2026-03-05T09:00"),
    ];
    let owner = agent.user.unwrap().to_string();
    let mut fields = fields.to_vec();
    fields.push(("owner", &owner));
    let answer = agent.post_form("/follow_ups/new", &fields).await.expect(303);
    let page = agent.follow(&answer).await.expect(200);
    assert!(
        page.text("#toasts").contains("Follow-up set for Thu 5 Mar 11:00, the next moment in which this customer"),
        "{}",
        page.text("#toasts")
    );
    let made = find(&app, app.open_follow_up(case).await).await;
    assert_eq!(made.due.at, moment("2026-03-05T16:00:00Z"));
    assert!(made.due.because.contains("moved from Thu 5 Mar 06:00 to Thu 5 Mar 08:00"), "{}", made.due.because);
    // a message is read when they wake up
    fields[1] = ("kind", "message");
    agent.post_form("/follow_ups/new", &fields).await.expect(303);
    let message = find(&app, app.open_follow_up(case).await).await;
    assert_eq!(message.due.at, moment("2026-03-05T14:00:00Z"));
    // what is missing is said beside its field
    let page = agent.post_form("/follow_ups/new", &[("kind", "reminder")]).await.expect(422);
    for field in ["about", "what", "when", "owner"] {
        assert!(page.has(&format!("#fu-{field}-e")), "{field}");
    }
}

#[tokio::test]
async fn a_snoozed_one_wakes_by_what_it_waits_for_and_by_nothing_else() {
    let app = TestApp::start().await;
    let can = app.can::<WorkCases>(Role::Agent).await;
    let (_, case) = case_of(&app, can.id).await;
    let one = made(&app, case, Kind::Reminder, "2026-03-04T18:00:00Z", can.id).await;
    let latest = moment("2026-03-09T15:00:00Z");
    let mut tx = app.begin_as(&can).await;
    let snooze = Snooze { until: Some(Wake::Reply), latest };
    let snoozed = follow_ups::snooze(&mut tx, &can, one.id, snooze, one.due.at).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((snoozed.due.at, deadline(&app, one.id).await), (latest, Some((latest, can.id))));
    for by in [Wake::Answer, Wake::Decision] {
        wake(&app, case, by).await;
        assert_eq!(find(&app, one.id).await.due.at, latest);
    }
    app.clock.advance(TimeDelta::hours(2));
    let agent = app.sign_in(Role::Agent).await;
    let call = [("by", "call:inbound"), ("body", "She asks for one number.")];
    agent.post_form(&format!("/cases/{case}/interactions"), &call).await.expect(303);
    let woken = find(&app, one.id).await;
    // ten in New York and two hours, and one more that is worked
    assert_eq!((woken.due.at, woken.snoozed), (moment("2026-03-04T18:00:00Z"), None));
    assert!(woken.due.because.starts_with("the customer replied: 1 working hour after"), "{}", woken.due.because);
    assert_eq!(deadline(&app, one.id).await.unwrap().0, woken.due.at);
    let page = agent.get(&format!("/cases/{case}?show=changes")).await.expect(200);
    assert!(page.text("#case-log").contains("woke a follow-up by the customer’s reply"));
}

#[tokio::test]
async fn an_answered_offer_and_a_decided_approval_wake_too() {
    let app = TestApp::start().await;
    let can = app.can::<savedesk::auth::MakeOffers>(Role::Agent).await;
    let work: Can<WorkCases> = can.and().unwrap();
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let case = on.0;
    let mut waiting = Vec::new();
    for until in [Wake::Answer, Wake::Decision] {
        let one = made(&app, case, Kind::Reminder, "2026-03-04T18:00:00Z", can.id).await;
        let mut tx = app.begin_as(&can).await;
        let snooze = Snooze { until: Some(until), latest: moment("2026-03-20T15:00:00Z") };
        follow_ups::snooze(&mut tx, &work, one.id, snooze, one.due.at).await.unwrap();
        tx.commit().await.unwrap();
        waiting.push(one.id);
    }
    let offer = app.given_offer(&can, on, crate::support::percent(20, 12)).await.unwrap();
    let approval = app.ask(&can, offer.id, 1).await.unwrap();
    let mut tx = app.begin_as(&can).await;
    savedesk::approvals::withdraw(&mut tx, &can, approval.id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(find(&app, waiting[1]).await.snoozed.is_none());
    assert!(find(&app, waiting[0]).await.snoozed.is_some());
    let mut tx = app.begin_as(&can).await;
    savedesk::offers::withdraw(&mut tx, &can, offer.id, "Not needed").await.unwrap();
    tx.commit().await.unwrap();
    assert!(find(&app, waiting[0]).await.snoozed.is_none());
}

#[tokio::test]
async fn done_and_snoozed_can_be_taken_back_and_the_log_says_both() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    let one = made(&app, case, Kind::Callback, "2026-03-04T18:00:00Z", agent.user).await;
    let path = |what: &str| format!("/follow_ups/{}/{what}", one.id);
    let answer = agent.post_form(&path("completion"), &[("back", "/follow_ups")]).await.expect(303);
    let page = agent.follow(&answer).await.expect(200);
    assert!(page.text("#toasts").contains("Follow-up done.") && page.text("#toasts").contains("Undo"));
    agent.post_form(&path("reopening"), &[("back", "/follow_ups")]).await.expect(303);
    assert_eq!((find(&app, one.id).await.stage, deadline(&app, one.id).await.unwrap().0), (Stage::Open, one.due.at));
    // somebody else moves it: who still sees the old time is told
    let seen = one.due.at.to_rfc3339();
    let snooze = [("when", "2026-03-05T15:00:00Z"), ("seen", seen.as_str()), ("back", "/follow_ups")];
    agent.post_form(&path("snooze"), &snooze).await.expect(303);
    let page = agent.post_form(&path("snooze"), &snooze).await.expect(409);
    assert!(page.text("#follow-up").contains("Somebody moved this follow-up meanwhile"), "{}", page.text("#follow-up"));
    agent.post_form(&path("waking"), &[]).await.expect(303);
    assert_eq!(find(&app, one.id).await.due.at, one.due.at);
    agent.post_form(&path("time"), &[("at", "2026-03-06T11:00"), ("seen", &seen)]).await.expect(422);
    let moved = [("at", "2026-03-06T11:00"), ("why", "She is away"), ("seen", seen.as_str())];
    agent.post_form(&path("time"), &moved).await.expect(303);
    assert_eq!(find(&app, one.id).await.due.at, moment("2026-03-06T16:00:00Z"));
    agent.post_form(&path("dropping"), &[("why", "")]).await.expect(422);
    agent.post_form(&path("dropping"), &[("why", "She stays anyway")]).await.expect(303);
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    let log = page.text("#case-log");
    for words in [
        "did a follow-up",
        "took a follow-up up again",
        "snoozed a follow-up",
        "out of its snooze",
        "moved a follow-up to Fri 6 Mar 11:00",
        "dropped a follow-up",
        "She stays anyway",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    for action in ["made", "done", "reopened", "snoozed", "woken", "moved", "dropped"] {
        let found: i64 = sqlx::query_scalar("select count(*) from audit_entries where subject_id = $1 and action = $2")
            .bind(one.id)
            .bind(format!("follow_up.{action}"))
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        assert_eq!(found, 1, "{action}");
    }
    // an hour later it is too late
    app.clock.advance(TimeDelta::minutes(61));
    agent.post_form(&path("reopening"), &[]).await.expect(409);
}

#[tokio::test]
async fn a_save_is_checked_and_the_checks_outlive_the_case() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    let callback = made(&app, case, Kind::Callback, "2026-03-04T18:00:00Z", agent.user).await;
    let close =
        [("outcome", "saved_without_offer"), ("reason", "price"), ("note", "Right-sized."), ("kept", "27720.00")];
    agent.post_form(&format!("/cases/{case}/close"), &close).await.expect(303);
    assert_eq!(find(&app, callback.id).await.stage, Stage::Dropped);
    let days: Vec<i16> = sqlx::query_scalar(
        "select check_day from follow_ups where case_id = $1 and stage = 'open' and kind = 'check' order by due_at",
    )
    .bind(case)
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(days, [7, 30, 60, 90]);
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text("#case-todo").contains("Check after 7 days"), "{}", page.text("#case-todo"));
    let week = app.open_follow_up(case).await;
    // 11 March is seven days after; the clocks went forward between
    assert_eq!(find(&app, week).await.due.at, Utc.with_ymd_and_hms(2026, 3, 11, 17, 0, 0).unwrap());
    agent.post_form(&format!("/follow_ups/{week}/completion"), &[]).await.expect(409);
    agent.post_form(&format!("/follow_ups/{week}/completion"), &[("still_here", "yes")]).await.expect(303);
    let found = find(&app, week).await;
    assert_eq!((found.stage, found.still_here), (Stage::Done, Some(StillHere::Yes)));
    // nothing else is added to a closed case
    let (about, owner) = (case.to_string(), agent.user.unwrap().to_string());
    let add = [
        ("about_id", about.as_str()),
        ("kind", "reminder"),
        ("what", "Look"),
        ("when", "2026-03-06T15:00:00Z"),
        ("owner", &owner),
    ];
    agent.post_form("/follow_ups/new", &add).await.expect(409);
    // reopened, its checks go away and there is work; saved again, it is checked again
    agent.post_form(&format!("/cases/{case}/reopening"), &[("why", "Voxly came back.")]).await.expect(303);
    let open = find(&app, app.open_follow_up(case).await).await;
    assert_eq!((open.kind, open.what.as_str()), (Kind::Reminder, "Work the reopened case"));
    app.clock.advance(TimeDelta::minutes(90));
    agent.post_form(&format!("/cases/{case}/close"), &close).await.expect(303);
    let open: i64 = sqlx::query_scalar("select count(*) from follow_ups where case_id = $1 and stage = 'open'")
        .bind(case)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(open, 4);
    // a lost case is not checked
    let (_, lost) = case_of(&app, agent.user).await;
    let close = [("outcome", "lost"), ("reason", "price"), ("note", "Gone.")];
    app.given_confirmed(lost).await;
    agent.post_form(&format!("/cases/{lost}/close"), &close).await.expect(303);
    assert_eq!(app.case_column(lost, "next_action").await, None);
}

#[tokio::test]
async fn a_case_that_is_given_away_takes_its_owners_follow_ups_along() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let colleague = app.sign_in(Role::Agent).await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let (_, case) = case_of(&app, agent.user).await;
    let mine = made(&app, case, Kind::Callback, "2026-03-04T18:00:00Z", agent.user).await;
    let theirs = made(&app, case, Kind::Reminder, "2026-03-05T18:00:00Z", supervisor.user).await;
    let to = colleague.user.unwrap().to_string();
    agent.post_form(&format!("/cases/{case}/assignment"), &[("owner", &to)]).await.expect(303);
    assert_eq!(find(&app, mine.id).await.owner, colleague.user);
    assert_eq!(deadline(&app, mine.id).await.unwrap().1, colleague.user);
    assert_eq!(find(&app, theirs.id).await.owner, supervisor.user);
    // returned by the desk, the queue has it; whoever takes the case takes it too
    let mut tx = app.begin().await;
    assert!(follow_ups::return_to_queue(&mut tx, mine.id).await.unwrap());
    assert!(!follow_ups::return_to_queue(&mut tx, mine.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(find(&app, mine.id).await.owner, None);
    let page = supervisor.get("/follow_ups?owner=none").await.expect(200);
    assert_eq!(page.texts("a.open"), ["Call with one number"]);
    agent.get("/follow_ups?owner=none").await.expect(404);
    // handing over tells whoever saw another owner
    let path = format!("/follow_ups/{}/owner", mine.id);
    agent.post_form(&path, &[("owner", &to), ("was_owner", &to)]).await.expect(409);
    agent.post_form(&path, &[("owner", &to), ("was_owner", "")]).await.expect(303);
    assert_eq!(find(&app, mine.id).await.owner, colleague.user);
}

#[tokio::test]
async fn whoever_is_handed_something_late_is_told_and_reminded() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    let one = made(&app, case, Kind::Reminder, "2026-03-04T16:00:00Z", agent.user).await;
    // its ladder is climbed, the desk has no more to say
    app.clock.set(moment("2026-03-09T15:00:00Z"));
    app.sweep().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let colleague = app.given_person(Person { name: "Mia", roles: &[Role::Agent], ..Person::default() }).await;
    let to = colleague.id.unwrap();
    let was = find(&app, one.id).await.owner.map(|owner| owner.to_string()).unwrap_or_default();
    let fields = [("owner", &*to.to_string()), ("was_owner", &*was)];
    supervisor.post_form(&format!("/follow_ups/{}/owner", one.id), &fields).await.expect(303);
    let told = async || -> Vec<String> {
        sqlx::query_scalar("select kind from notices where to_id = $1 order by at, kind")
            .bind(to)
            .fetch_all(&mut app.owner().await)
            .await
            .unwrap()
    };
    assert_eq!(told().await, ["assigned"]);
    app.clock.advance(TimeDelta::hours(3));
    app.sweep().await;
    assert_eq!(told().await, ["assigned", "overdue"]);
    // whoever takes it is not told of it
    let fields = [("owner", &*supervisor.user.unwrap().to_string()), ("was_owner", &*to.to_string())];
    supervisor.post_form(&format!("/follow_ups/{}/owner", one.id), &fields).await.expect(303);
    let own: i64 = sqlx::query_scalar("select count(*) from notices where to_id = $1 and kind = 'assigned'")
        .bind(supervisor.user)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(own, 0);
}

#[tokio::test]
async fn there_is_one_open_follow_up_per_promise() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (customer, case) = case_of(&app, agent.user).await;
    let promise = savedesk::ids::PromiseId::new();
    let owner = agent.user.unwrap();
    let sql = format!(
        "insert into promises (id, case_id, customer_id, what, owner_id, due_at, because, cost_minor, currency, made_at)
         values ('{promise}', '{case}', '{customer}', 'Credit', '{owner}', '2026-03-05', 'Agreed', 0, 'USD', '2026-03-04')"
    );
    app.owner().await.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
    let tell = async || {
        let due = Due { at: moment("2026-03-05T15:00:00Z"), because: "the promise is at risk".to_owned() };
        let new = NewFollowUp::new(case, Kind::TellCustomer, "Tell the customer that the credit is late", due);
        let mut tx = app.begin().await;
        let made = follow_ups::make(&mut tx, NewFollowUp { promise: Some(promise), ..new }).await.unwrap();
        tx.commit().await.unwrap();
        made.id
    };
    let first = tell().await;
    assert_eq!(tell().await, first);
    agent.post_form(&format!("/follow_ups/{first}/completion"), &[]).await.expect(303);
    let second = tell().await;
    assert_ne!(second, first);
    // the first cannot be taken up again beside it
    agent.post_form(&format!("/follow_ups/{first}/reopening"), &[]).await.expect(409);
    let sql = audited(&format!(
        "insert into follow_ups (id, case_id, kind, what, due_at, because, promise_id, made_at)
         values (gen_random_uuid(), '{case}', 'tell_customer', 'Tell', '2026-03-05', 'late', '{promise}', '2026-03-04')"
    ));
    assert_refused(&mut app.as_application().await, &sql, "23505", "follow_ups_one_per_promise").await;
}

#[tokio::test]
async fn the_list_shows_all_that_is_mine_under_its_day() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    for due in [
        "2026-03-04T14:00:00Z",
        "2026-03-04T16:00:00Z",
        "2026-03-04T19:00:00Z",
        "2026-03-06T16:00:00Z",
        "2026-03-20T16:00:00Z",
    ] {
        made(&app, case, Kind::Reminder, due, agent.user).await;
    }
    let page = agent.get("/follow_ups").await.expect(200);
    assert_eq!(page.texts(".grp th"), ["Overdue", "This morning", "This afternoon"]);
    // the case's first action and its cancel request are due as well
    assert_eq!(page.text(".head p"), "Wed 4 Mar. 2 today, 1 overdue, 0 open promises");
    assert_eq!(page.texts("a.open").len(), 3);
    assert_eq!(page.texts(".views a"), ["Today 2", "Overdue 1", "Next 7 days 5", "Promises 0", "Done"]);
    assert!(page.text(".nav [href='/follow_ups']").contains('1'));
    assert_eq!(agent.get("/follow_ups?show=overdue").await.texts("a.open").len(), 1);
    let week = agent.get("/follow_ups?layout=week").await.expect(200);
    assert_eq!(week.texts(".week h2"), ["Overdue", "Today, Wed 4 Mar", "Thu 5 Mar", "Fri 6 Mar"]);
    // the first action is no follow-up: it has no tick, and links to its case
    let row = agent.get("/follow_ups?show=week").await;
    assert!(row.text("table").contains("First action"));
    agent.post_form(&format!("/follow_ups/{}/completion", app.open_follow_up(case).await), &[]).await.expect(303);
    assert_eq!(agent.get("/follow_ups?show=done").await.texts("a.open"), ["Call with one number"]);
    assert_eq!(agent.get("/follow_ups?show=overdue").await.texts("a.open").len(), 0);
}

#[tokio::test]
async fn a_long_list_pages_by_key_and_each_row_comes_once() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    for at in 0..60 {
        // some at the same moment
        made(&app, case, Kind::Reminder, &format!("2026-03-04T14:{:02}:00Z", at / 2), agent.user).await;
    }
    let first = agent.get("/follow_ups?show=overdue").await.expect(200);
    let next = first.attributes(".pager a[rel=next]", "href");
    let second = agent.get(&next[0]).await.expect(200);
    let mut rows = first.attributes("a.open", "id");
    assert_eq!(rows.len(), 50);
    rows.extend(second.attributes("a.open", "id"));
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), 60);
    assert!(!second.has(".pager"));
}

#[tokio::test]
async fn supervisors_see_their_team_and_nobody_else_sees_others() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let other = Person { name: "Sol", roles: &[Role::Supervisor], team: Some("South"), department: None };
    let other = app.sign_in_as(other).await;
    let manager = app.sign_in(Role::Manager).await;
    let (_, case) = case_of(&app, agent.user).await;
    made(&app, case, Kind::Reminder, "2026-03-04T14:00:00Z", agent.user).await;
    let path = format!("/follow_ups?show=overdue&owner={}", agent.user.unwrap());
    for (client, status) in [(&supervisor, 200), (&manager, 200), (&other, 404)] {
        client.get(&path).await.expect(status);
    }
    agent.get(&format!("/follow_ups?owner={}", supervisor.user.unwrap())).await.expect(404);
    // of no team, one watches nobody
    let alone = Person { name: "Lee", roles: &[Role::Supervisor], team: None, department: None };
    let alone = app.sign_in_as(alone).await;
    alone.get(&path).await.expect(404);
    alone.get("/follow_ups?owner=none").await.expect(404);
    assert!(!alone.get("/follow_ups").await.expect(200).has("#whose"));
    let page = supervisor.get(&path).await;
    assert_eq!(page.text("h1"), "Follow-ups of Retention agent");
    assert!(page.text("#whose").contains("Retention agent, 1 overdue"), "{}", page.text("#whose"));
}

#[tokio::test]
async fn a_calendar_program_reads_numbers_and_kinds_and_no_names() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    let one = made(&app, case, Kind::Callback, "2026-03-05T16:00:00Z", agent.user).await;
    let page = agent.post_form("/profile/calendar", &[]).await.expect(200);
    let url = page.attributes("#calendar_url", "value").remove(0);
    let path = url[url.find("/calendar/").unwrap()..].to_owned();
    // shown once
    assert!(!agent.get("/profile").await.has("#calendar_url"));
    let visitor = app.visitor();
    let feed = visitor.get(&path).await.expect(200);
    assert!(feed.headers["content-type"].to_str().unwrap().starts_with("text/calendar"));
    let unfolded = feed.body.replace("\r\n ", "");
    assert!(unfolded.contains(&format!("UID:{}@savedesk", one.id)), "{unfolded}");
    assert!(
        unfolded.contains("SUMMARY:Callback\\, SD-") && unfolded.contains("DTSTART:20260305T160000Z"),
        "{unfolded}"
    );
    for words in ["Harborview", "number", "Voxly"] {
        assert!(!unfolded.contains(words), "{words}: {unfolded}");
    }
    // moved, it is the same event
    let seen = one.due.at.to_rfc3339();
    let moved = [("at", "2026-03-06T11:00"), ("why", "She is away"), ("seen", seen.as_str())];
    agent.post_form(&format!("/follow_ups/{}/time", one.id), &moved).await.expect(303);
    let feed = visitor.get(&path).await.expect(200).body.replace("\r\n ", "");
    assert!(feed.contains(&format!("UID:{}@savedesk", one.id)) && feed.contains("DTSTART:20260306T160000Z"));
    // only its digest is kept
    let kept: String = sqlx::query_scalar("select calendar_links::text from calendar_links")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert!(!kept.contains(path.trim_start_matches("/calendar/").trim_end_matches(".ics")));
    // replaced and revoked, a link is nobody's
    agent.post_form("/profile/calendar", &[]).await.expect(200);
    visitor.get(&path).await.expect(404);
    agent.post_form("/profile/calendar/removal", &[]).await.expect(303);
    for wrong in ["/calendar/x.ics", "/calendar/x", &format!("/calendar/{}.ics", "A".repeat(43))] {
        visitor.get(wrong).await.expect(404);
    }
}

#[tokio::test]
async fn a_feed_that_is_asked_for_too_often_waits() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let page = agent.post_form("/profile/calendar", &[]).await.expect(200);
    let url = page.attributes("#calendar_url", "value").remove(0);
    let path = url[url.find("/calendar/").unwrap()..].to_owned();
    let visitor = app.visitor();
    for _ in 0..60 {
        visitor.get(&path).await.expect(200);
    }
    visitor.get(&path).await.expect(429);
    app.clock.advance(TimeDelta::minutes(16));
    visitor.get(&path).await.expect(200);
    // guessing as well, and signing in is not hindered by it
    let wrong = |n: usize| format!("/calendar/{}{n:02}A.ics", "B".repeat(40));
    for n in 0..30 {
        visitor.get(&wrong(n)).await.expect(404);
    }
    visitor.get(&wrong(40)).await.expect(429);
    visitor.get(&path).await.expect(200);
    visitor.get("/sign-in").await.expect(200);
}

#[tokio::test]
async fn managers_set_the_hours_at_which_customers_are_called() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let page = manager.get("/calling_hours").await.expect(200);
    assert_eq!(page.attributes("#monday", "value"), ["08:00–20:00"]);
    let hours = [("monday", "10:00-11:00"), ("tuesday", "25:00"), ("version", "1")];
    let page = manager.post_form("/calling_hours", &hours).await.expect(422);
    assert!(page.has("#tuesday-e") && !page.has("#monday-e"));
    manager.post_form("/calling_hours", &[("monday", "10:00-11:00"), ("version", "1")]).await.expect(303);
    manager.post_form("/calling_hours", &[("monday", "12:00-13:00"), ("version", "1")]).await.expect(409);
    let (_, case) = case_of(&app, manager.user).await;
    let one = made(&app, case, Kind::Callback, "2026-03-05T16:00:00Z", manager.user).await;
    assert_eq!(one.due.at, moment("2026-03-09T14:00:00Z"));
}

#[tokio::test]
async fn the_database_keeps_a_follow_up_and_its_deadline_together() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let (_, case) = case_of(&app, agent.user).await;
    let one = made(&app, case, Kind::Callback, "2026-03-05T16:00:00Z", agent.user).await;
    let mut application = app.as_application().await;
    let insert = |columns: &str, values: &str| {
        audited(&format!(
            "insert into follow_ups (id, case_id, what, due_at, because, made_at, {columns})
             values (gen_random_uuid(), '{case}', 'Look', '2026-03-05', 'x', '2026-03-04', {values})"
        ))
    };
    let update =
        |set: &str| audited(&format!("update follow_ups set {set}, version = version + 1 where id = '{}'", one.id));
    for (sql, code, words) in [
        (insert("kind", "'reminder'"), "23514", "follow_ups_due"),
        (insert("kind, check_day", "'check', 7"), "23514", "follow_ups_check"),
        (insert("kind, check_day, saved_at", "'check', 8, '2026-03-04'"), "23514", "check_day"),
        (insert("kind", "'tell_customer'"), "23514", "follow_ups_tells_of_promise"),
        (insert("kind, stage", "'reminder', 'done'"), "23514", "follow_ups_ended"),
        (insert("kind, stage, ended_at", "'reminder', 'dropped', '2026-03-04'"), "23514", "follow_ups_dropped_because"),
        (
            insert("kind, stage, ended_at, check_day, saved_at", "'check', 'done', '2026-03-04', 7, '2026-03-04'"),
            "23514",
            "follow_ups_check_found",
        ),
        (insert("kind, snoozed_for", "'reminder', 'reply'"), "23514", "follow_ups_snoozed"),
        (update("due_at = '2026-03-09'"), "23514", "follow_ups_due"),
        (update("owner_id = null"), "23514", "follow_ups_due"),
        (update("stage = 'done', ended_at = '2026-03-05'"), "23514", "follow_ups_due"),
        (update("kind = 'message'"), "23514", "follow_ups_stays"),
        (
            audited("update deadlines set stage = 'cleared', ended_at = '2026-03-05' where kind = 'follow_up'"),
            "23514",
            "follow_ups_due",
        ),
        (format!("update follow_ups set note = 'x' where id = '{}'", one.id), "40001", "version"),
        ("update follow_ups set what = 'x', version = version + 1".to_owned(), "23514", "audit entry"),
        ("delete from follow_ups".to_owned(), "42501", "permission denied"),
        ("update follow_up_changes set note = 'x'".to_owned(), "42501", "permission denied"),
        ("delete from calling_hours".to_owned(), "42501", "permission denied"),
        (
            audited(
                "update cases set stage = 'working', version = version + 1; update cases set stage = 'closed', outcome = 'lost', reason = 'price', value_kept_minor = 0, closed_at = '2026-03-05', version = version + 1",
            ),
            "23514",
            "open deadlines",
        ),
    ] {
        assert_refused(&mut application, &sql, code, words).await;
    }
    let mut owner = app.owner().await;
    assert_refused(&mut owner, "update follow_up_changes set note = 'x'", "42501", "append-only").await;
    // done once, it is not dropped as well
    agent.post_form(&format!("/follow_ups/{}/completion", one.id), &[]).await.expect(303);
    assert_refused(&mut application, &update("stage = 'dropped', note = 'x'"), "23514", "follow_ups_once").await;
    // one check per case, save and day
    let check = "insert into follow_ups (id, case_id, kind, what, due_at, because, made_at, check_day, saved_at, stage,
        ended_at, still_here)
        select gen_random_uuid(), id, 'check', 'Look', '2026-03-11', 'x', '2026-03-04', 7, '2026-03-04', 'done', '2026-03-11',
            'yes' from cases";
    assert_refused(&mut application, &audited(&format!("{check}; {check}")), "23505", "follow_ups_one_check").await;
}

#[tokio::test]
async fn two_who_complete_it_at_once_do_it_once() {
    let app = TestApp::start().await;
    let can = app.can::<WorkCases>(Role::Agent).await;
    let (_, case) = case_of(&app, can.id).await;
    let one = made(&app, case, Kind::Callback, "2026-03-05T16:00:00Z", can.id).await;
    let mut first = app.begin_as(&can).await;
    follow_ups::complete(&mut first, &can, one.id, None, None).await.unwrap();
    let second = tokio::spawn({
        let (db, can) = (app.db.clone(), can.clone());
        async move {
            let mut tx = db.begin(can.origin(savedesk::db::Via::Page)).await.unwrap();
            follow_ups::complete(&mut tx, &can, one.id, None, None).await.map(|done| done.stage)
        }
    });
    app.wait_for_locks(1).await;
    first.commit().await.unwrap();
    let refused = second.await.unwrap().unwrap_err();
    assert_eq!(refused.to_string(), "This follow-up is done already.");
}
