//! What people are told: in their inbox, by their choices, in one digest a day.

use chrono::{DateTime, TimeDelta, Utc};
use savedesk::accounts::{self, NewAbsence};
use savedesk::approvals::{self, Decision};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Actor, AssignCases, Can, DecideApprovals, MakeOffers, Role};
use savedesk::calendar::Due;
use savedesk::cases;
use savedesk::customers::{self, ConsentChannel, NewConsent, NewContact, Purpose};
use savedesk::deadlines::{self, NewDeadline};
use savedesk::ids::{CaseId, UserId};
use savedesk::notifications::{self, Kind, Notice};
use savedesk::offers::{self, Reminded};
use savedesk::poster;

use crate::mails::mailer;
use crate::support::{Client, MailServer, Person, TestApp, filled, percent};

fn notice(to: UserId, kind: Kind, case: Option<CaseId>, key: &str) -> Notice {
    Notice { to, kind, case, about: "Call back about the router".to_owned(), urgent: false, key: key.to_owned() }
}

async fn tell(app: &TestApp, notices: &[Notice]) -> u64 {
    let mut tx = app.begin().await;
    let told = notifications::tell(&mut tx, notices).await.unwrap();
    tx.commit().await.unwrap();
    told
}

async fn agent(app: &TestApp) -> Client {
    app.sign_in(Role::Agent).await
}

/// Subject and body of the mails to somebody, and from when on each may go.
async fn mails(app: &TestApp, to: UserId) -> Vec<(String, String, DateTime<Utc>)> {
    sqlx::query_as("select subject, body, next_at from mails where user_id = $1 order by queued_at, id")
        .bind(to)
        .fetch_all(&mut app.owner().await)
        .await
        .unwrap()
}

async fn digests(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from mails where key like 'digest:%'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

/// Something of theirs that is due.
async fn given_due(app: &TestApp, case: CaseId, owner: UserId, what: &str, at: DateTime<Utc>) {
    let mut tx = app.begin().await;
    cases::assign(&mut tx, &Can::desk(), case, Some(owner)).await.unwrap();
    let due = Due { at, because: "agreed".to_owned() };
    let new = NewDeadline { kind: deadlines::Kind::Promise, what: what.to_owned(), due, owner: Some(owner) };
    deadlines::set_for(&mut tx, case, uuid::Uuid::new_v4(), new).await.unwrap();
    audit::record(&mut tx, Entry::new(Action::DeadlineSet, Subject::Case(case))).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn somebody_is_told_once_for_each_key_and_reads_it_by_opening_it() {
    let app = TestApp::start().await;
    let (ana, ben) = (agent(&app).await, agent(&app).await);
    let case = app.given_case(app.given_customer("Harborview Dental Group").await).await;
    let (a, b) = (ana.user.unwrap(), ben.user.unwrap());
    let both = [notice(a, Kind::OfferExpired, Some(case), "x"), notice(b, Kind::OfferExpired, Some(case), "x")];
    assert_eq!(tell(&app, &both).await, 2);
    assert_eq!(tell(&app, &both).await, 0, "the same key again tells nobody");
    let twice = [notice(a, Kind::OfferExpired, None, "y"), notice(a, Kind::OfferExpired, None, "y")];
    assert_eq!(tell(&app, &twice).await, 1);

    let page = ana.get("/notifications").await.expect(200);
    assert_eq!(page.attributes("#bell", "aria-label"), ["Notifications, 2 unread"]);
    assert!(page.body.contains("Harborview Dental Group"), "{}", page.body);
    let hrefs = page.attributes(".todo a.link", "href");
    assert_eq!(hrefs.len(), 2);
    // newest first
    let opened = ana.get(&hrefs[1]).await.expect(303);
    assert_eq!(opened.location(), format!("/cases/{case}"));
    assert_eq!(ana.get("/notifications").await.attributes("#bell", "aria-label"), ["Notifications, 1 unread"]);
    // nobody reads another's
    ben.get(&hrefs[0]).await.expect(404);
    let bell = ben.get_fragment("/notifications/bell", "bell").await.expect(200);
    assert_eq!(bell.attributes("#bell", "aria-label"), ["Notifications, 1 unread"]);
}

#[tokio::test]
async fn notices_are_marked_read_one_by_one_or_all_and_back() {
    let app = TestApp::start().await;
    let ana = agent(&app).await;
    let me = ana.user.unwrap();
    let some: Vec<Notice> = (0..60).map(|n| notice(me, Kind::OfferExpired, None, &format!("{n}"))).collect();
    tell(&app, &some).await;
    let unread = async || ana.get("/notifications").await.attributes("#bell", "aria-label").remove(0);
    let page = ana.get("/notifications").await.expect(200);
    assert_eq!(page.attributes(".todo li form", "action").len(), 50, "a page of them");
    let older = page.attributes("a[rel=next]", "href").remove(0);
    assert_eq!(ana.get(&older).await.expect(200).attributes(".todo li form", "action").len(), 10);
    let one = page.attributes(".todo li form", "action").remove(0);
    ana.post_form(&one, &[("read", "1")]).await.expect(303);
    assert_eq!(unread().await, "Notifications, 59 unread");
    ana.post_form(&one, &[("read", "")]).await.expect(303);
    assert_eq!(unread().await, "Notifications, 60 unread");
    // one that comes after the page was made stays unread
    let form = page.form("form[action='/notifications/reading']");
    app.clock.advance(TimeDelta::seconds(1));
    tell(&app, &[notice(me, Kind::OfferExpired, None, "new")]).await;
    app.clock.advance(TimeDelta::seconds(1));
    let done = ana.post_form("/notifications/reading", &filled(&form, &[])).await.expect(303);
    assert_eq!(done.location(), "/notifications");
    assert_eq!(unread().await, "Notifications, 1 unread");
    let undo = app.clock.now().timestamp_micros().to_string();
    ana.post_form("/notifications/reading", &[("undo", &undo)]).await.expect(303);
    assert_eq!(unread().await, "Notifications, 61 unread");
}

#[tokio::test]
async fn who_is_given_a_case_is_told_unless_they_took_it() {
    let app = TestApp::start().await;
    let (boss, ana) = (app.can::<AssignCases>(Role::Supervisor).await, agent(&app).await);
    let case = app.given_case(app.given_customer("Harborview").await).await;
    let mut tx = app.begin_as(&boss).await;
    cases::assign(&mut tx, &boss, case, ana.user).await.unwrap();
    tx.commit().await.unwrap();
    let page = ana.get("/notifications").await.expect(200);
    assert!(page.body.contains("is yours now") && page.body.contains("Supervisor"), "{}", page.body);
    let mut tx = app.begin_as(&boss).await;
    cases::assign(&mut tx, &boss, case, boss.id).await.unwrap();
    tx.commit().await.unwrap();
    let told: i64 = sqlx::query_scalar("select count(*) from notices where to_id = $1")
        .bind(boss.id)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(told, 0);
}

#[tokio::test]
async fn deciders_and_requesters_are_told_of_approvals() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let boss = app.sign_in(Role::Supervisor).await;
    let on = app.given_case_to_save("Harborview").await;
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap().id;
    let approval = app.ask(&agent, offer, 1).await.unwrap();
    let kinds = async |of: UserId| -> Vec<(String, String)> {
        sqlx::query_as("select kind, about from notices where to_id = $1 order by id")
            .bind(of)
            .fetch_all(&mut app.owner().await)
            .await
            .unwrap()
    };
    let supervisor = boss.user.unwrap();
    assert_eq!(kinds(supervisor).await, [("approval_asked".to_owned(), "20% for 12 months".to_owned())]);
    let href = boss.get("/notifications").await.attributes(".todo a.link", "href").remove(0);
    assert_eq!(boss.get(&href).await.expect(303).location(), format!("/approvals/{}", approval.id));

    let roles = vec![Role::Supervisor];
    let can: Can<DecideApprovals> =
        std::sync::Arc::new(Actor { id: Some(supervisor), roles, ..Actor::desk() }).can().unwrap();
    let mut tx = app.begin_as(&can).await;
    approvals::ask_question(&mut tx, &can, approval.id, "Since when are they with us?").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.begin_as(&agent).await;
    approvals::answer_question(&mut tx, &agent, approval.id, "Since 2022.").await.unwrap();
    tx.commit().await.unwrap();
    app.decide(&can, approval.id, 1, Decision::Approve).await.unwrap();
    let told = kinds(agent.id.unwrap()).await;
    let told: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(told, ["question_asked", "approval_decided"]);
    assert_eq!(kinds(supervisor).await[1].1, "An answer about 20% for 12 months");
}

#[tokio::test]
async fn r18_mail_goes_as_people_choose_and_keeps_to_quiet_hours_unless_it_is_urgent() {
    let app = TestApp::start().await;
    let ana = agent(&app).await;
    let me = ana.user.unwrap();
    let case = app.given_case(app.given_customer("Harborview").await).await;
    let form = ana.get("/profile/notifications").await.expect(200).form("main form");
    let wrong = filled(&form, &[("quiet_from", "late")]);
    let page = ana.post_form("/profile/notifications", &wrong).await.expect(422);
    assert!(page.body.contains("Enter both times"), "{}", page.body);
    let fields = filled(&form, &[("offer_expired", "at_once"), ("quiet_from", "17:00")]);
    ana.post_form("/profile/notifications", &fields).await.expect(303);
    assert_eq!(app.audited_of(me, "notice_choices.changed").await, 1);
    // ten in the morning
    tell(&app, &[notice(me, Kind::OfferExpired, Some(case), "day"), notice(me, Kind::Assigned, Some(case), "quiet")])
        .await;
    // 17:30
    app.clock.advance(TimeDelta::minutes(450));
    let urgent = Notice { urgent: true, ..notice(me, Kind::Overdue, Some(case), "urgent") };
    tell(&app, &[notice(me, Kind::OfferExpired, Some(case), "evening"), urgent]).await;
    let sent = mails(&app, me).await;
    let opening = app.clock.now() - TimeDelta::minutes(450);
    let mut told: Vec<(String, TimeDelta)> =
        sent.iter().map(|(subject, _, at)| (subject.split(',').next().unwrap().to_owned(), *at - opening)).collect();
    told.sort();
    let morning = TimeDelta::hours(22);
    let evening = TimeDelta::minutes(450);
    assert_eq!(
        told,
        [
            ("Offer expired".to_owned(), TimeDelta::zero()),
            ("Offer expired".to_owned(), morning),
            ("Urgent. Overdue".to_owned(), evening),
        ]
    );
    assert!(sent[0].1.contains("Harborview") && sent[0].1.contains("{desk}/notifications/"), "{}", sent[0].1);
}

#[tokio::test]
async fn r18_ordinary_mail_never_holds_up_what_is_urgent_and_a_flood_of_that_is_gathered_within_minutes() {
    let app = TestApp::start().await;
    let me = agent(&app).await.user.unwrap();
    let some = |kind: Kind, urgent: bool, keys: std::ops::Range<u32>| -> Vec<Notice> {
        keys.map(|n| Notice { urgent, ..notice(me, kind, None, &format!("{urgent}:{n}")) }).collect()
    };
    let left_to_digest = async || -> i64 {
        sqlx::query_scalar("select count(*) from notices where to_id = $1 and for_digest")
            .bind(me)
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap()
    };
    tell(&app, &some(Kind::Escalated, false, 0..8)).await;
    assert_eq!((mails(&app, me).await.len(), left_to_digest().await), (5, 3), "the ordinary are limited");

    app.clock.advance(TimeDelta::minutes(1));
    tell(&app, &some(Kind::Escalated, true, 0..1)).await;
    let (subject, _, at) = mails(&app, me).await.pop().unwrap();
    assert_eq!((subject.as_str(), at), ("Urgent. Escalated", app.clock.now()), "it counts apart");
    for n in 0..4 {
        tell(&app, &some(Kind::Escalated, true, 1 + 10 * n..11 + 10 * n)).await;
    }
    let sent = mails(&app, me).await;
    assert_eq!(sent.len(), 5 + 5 + 1, "five by themselves, the rest in one");
    let (subject, body, at) = sent.iter().find(|(subject, ..)| subject.contains("More")).unwrap();
    assert!(subject.starts_with("Urgent."), "{subject}");
    assert!(*at > app.clock.now() && *at <= app.clock.now() + TimeDelta::minutes(5), "{at}");
    assert_eq!(body.matches("\n  {desk}/notifications/").count(), 36, "{body}");
    assert_eq!(left_to_digest().await, 3, "nothing urgent waits for tomorrow");

    // that one is on its way: nothing is added to it, and nothing is lost
    let (db, server) = (app.db.clone(), MailServer::start());
    app.clock.advance(TimeDelta::minutes(6));
    sqlx::query("update mails set attempts = 1, next_at = $1 where subject like '%More%'")
        .bind(app.clock.now() + TimeDelta::minutes(2))
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    tell(&app, &some(Kind::Escalated, true, 50..51)).await;
    sqlx::query("update mails set attempts = 1 where subject like '%More%'")
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    tell(&app, &some(Kind::Escalated, true, 51..53)).await;
    assert_eq!(mails(&app, me).await.len(), 11 + 1 + 1);
    // and what is gathered goes while quiet hours hold the rest
    app.clock.advance(TimeDelta::minutes(6));
    poster::post(&db, &mailer(server.url())).await.unwrap();
    assert_eq!(server.mails().len(), 13);
}

#[tokio::test]
async fn a_team_that_works_at_night_has_its_digest_as_the_shift_begins_with_what_is_due_until_its_end() {
    let app = TestApp::start().await;
    let ana = agent(&app).await;
    let me = ana.user.unwrap();
    let mut owner = app.owner().await;
    let night = r#"[["22:00-06:00"],["22:00-06:00"],["22:00-06:00"],["22:00-06:00"],["22:00-06:00"],[],[]]"#;
    for statement in [
        "alter table teams disable trigger user",
        "alter table users disable trigger user",
        &format!(
            "insert into teams (id, name, time_zone, working_week)
            values ('01930000-0000-7000-8000-000000000001', 'Night', 'America/New_York', '{night}')"
        ),
        &format!("update users set team_id = '01930000-0000-7000-8000-000000000001' where id = '{me}'"),
        "alter table teams enable trigger user",
        "alter table users enable trigger user",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut owner).await.unwrap();
    }
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let case = app.given_case(app.given_customer("Harborview").await).await;
    // Thursday 05:00 in Wednesday's shift, and Thursday 23:00 in the next
    given_due(&app, case, me, "Call before dawn", at("2026-03-05T10:00:00Z")).await;
    given_due(&app, case, me, "Call next night", at("2026-03-06T04:00:00Z")).await;
    let digest_at = async |moment: &str| {
        app.clock.advance(at(moment) - app.clock.now());
        sqlx::query("update digest_times set next_at = 'epoch'").execute(&mut app.owner().await).await.unwrap();
        notifications::digest(&app.db, 100).await.unwrap();
        digests(&app).await
    };
    assert_eq!(digest_at("2026-03-05T02:00:00Z").await, 0, "Wednesday 21:00: not yet");
    assert_eq!(digest_at("2026-03-05T03:00:00Z").await, 1, "Wednesday 22:00");
    let (_, body, _) = mails(&app, me).await.remove(0);
    assert!(body.contains("Call before dawn") && !body.contains("Call next night"), "{body}");
    assert_eq!(digest_at("2026-03-05T05:00:00Z").await, 1, "midnight is no new day to them");
    assert_eq!(digest_at("2026-03-05T10:59:00Z").await, 1);
    assert_eq!(digest_at("2026-03-06T03:00:00Z").await, 2, "Thursday 22:00");
}

#[tokio::test]
async fn whoever_is_away_finds_it_in_their_first_digest() {
    let app = TestApp::start().await;
    let ana = agent(&app).await;
    let me = ana.user.unwrap();
    let now = app.clock.now();
    let mut tx = app.begin().await;
    let away =
        NewAbsence { user: me, from: now - TimeDelta::hours(1), until: now + TimeDelta::days(2), delegate: None };
    accounts::note_absence(&mut tx, &Actor::desk(), &away).await.unwrap();
    tx.commit().await.unwrap();
    let case = app.given_case(app.given_customer("Harborview").await).await;
    tell(&app, &[notice(me, Kind::Escalated, Some(case), "x")]).await;
    assert_eq!(mails(&app, me).await.len(), 0);
    notifications::digest(&app.db, 100).await.unwrap();
    app.clock.advance(TimeDelta::days(1));
    notifications::digest(&app.db, 100).await.unwrap();
    assert_eq!(digests(&app).await, 0, "they are away");
    // Friday at ten they are back
    app.clock.advance(TimeDelta::days(1));
    notifications::digest(&app.db, 100).await.unwrap();
    let sent = mails(&app, me).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "Fri 6 Mar: 1 other piece of news");
    assert!(sent[0].1.contains("Escalated. Call back about the router"), "{}", sent[0].1);
}

#[tokio::test]
async fn r18_a_digest_lists_what_to_act_on_once_a_day() {
    let app = TestApp::start().await;
    let ana = agent(&app).await;
    let me = ana.user.unwrap();
    let now = app.clock.now();
    let case = app.given_case(app.given_customer("Harborview Dental Group").await).await;
    given_due(&app, case, me, "Credit on the invoice", now - TimeDelta::hours(20)).await;
    given_due(&app, case, me, "Send the new router", now + TimeDelta::hours(4)).await;
    given_due(&app, case, me, "Next week's call", now + TimeDelta::days(6)).await;
    tell(&app, &[notice(me, Kind::OfferExpired, Some(case), "x")]).await;
    let boss = app.sign_in(Role::Supervisor).await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Northgate Property").await;
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap().id;
    app.ask(&agent, offer, 1).await.unwrap();

    assert!(notifications::digest(&app.db, 100).await.unwrap().0 >= 3);
    let (subject, body, _) = mails(&app, me).await.remove(0);
    assert!(subject.starts_with("Wed 4 Mar: 1 overdue, ") && subject.contains("due today"), "{subject}");
    let late = body.find("Credit on the invoice").unwrap();
    assert!(body.find("Overdue").unwrap() < late && late < body.find("Due today").unwrap(), "{body}");
    assert!(body.contains("Send the new router") && !body.contains("Next week's call"), "{body}");
    assert!(body.contains("Harborview Dental Group") && body.contains("Offer expired."), "{body}");
    let (subject, body, _) = mails(&app, boss.user.unwrap()).await.remove(0);
    assert_eq!(subject, "Wed 4 Mar: 1 approval");
    let body = body.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(body.contains("Northgate Property") && body.contains("asked by Retention agent"), "{body}");

    // whatever happens, one a day
    let made = digests(&app).await;
    for _ in 0..3 {
        app.clock.advance(TimeDelta::hours(1));
        notifications::digest(&app.db, 100).await.unwrap();
        sqlx::query("update digest_times set next_at = 'epoch'").execute(&mut app.owner().await).await.unwrap();
        notifications::digest(&app.db, 100).await.unwrap();
    }
    assert_eq!(digests(&app).await, made);
    // and what was news is none the next day
    app.clock.advance(TimeDelta::days(1));
    notifications::digest(&app.db, 100).await.unwrap();
    let (_, body, _) = mails(&app, me).await.pop().unwrap();
    assert_eq!(digests(&app).await, 2 * made, "both still have something due");
    assert!(!body.contains("Offer expired."), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_week_of_downtime_four_instances_make_one_digest_for_each_person() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview").await;
    let case = app.given_case(customer).await;
    let mut people = Vec::new();
    for _ in 0..25 {
        people.push(app.given_person(Person { name: "Ana", roles: &[Role::Agent], ..Person::default() }).await);
    }
    let told: Vec<Notice> =
        people.iter().map(|person| notice(person.id.unwrap(), Kind::OfferExpired, Some(case), "x")).collect();
    tell(&app, &told).await;
    app.clock.advance(TimeDelta::days(7));
    let instances = (0..4).map(|_| {
        let db = app.db.clone();
        tokio::spawn(async move { notifications::digest(&db, 1000).await.unwrap().0 })
    });
    let looked: Vec<usize> = futures_util::future::join_all(instances).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(looked.iter().sum::<usize>(), 25, "{looked:?}");
    assert_eq!(digests(&app).await, 25);
    let twice: i64 =
        sqlx::query_scalar("select count(*) from (select user_id from mails group by 1 having count(*) > 1) m")
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
    assert_eq!(twice, 0);
    assert_eq!(notifications::digest(&app.db, 1000).await.unwrap().0, 0);
}

#[tokio::test]
async fn a_digest_that_fails_stops_nobody_and_is_tried_again() {
    let app = TestApp::start().await;
    let (poison, ana) = (agent(&app).await, agent(&app).await);
    let some = [poison.user, ana.user].map(|to| notice(to.unwrap(), Kind::OfferExpired, None, "x"));
    tell(&app, &some).await;
    let mut owner = app.owner().await;
    sqlx::query("update digest_times set next_at = 'epoch'::timestamptz - interval '1 day' where user_id = $1")
        .bind(poison.user)
        .execute(&mut owner)
        .await
        .unwrap();
    let refuse = format!("alter table mails add constraint poison check (user_id <> '{}')", poison.user.unwrap());
    sqlx::query(sqlx::AssertSqlSafe(refuse)).execute(&mut owner).await.unwrap();
    assert_eq!(notifications::digest(&app.db, 100).await.unwrap().0, 2);
    assert_eq!(mails(&app, ana.user.unwrap()).await.len(), 1);
    assert_eq!(notifications::digest(&app.db, 100).await.unwrap().0, 0, "not at once");
    sqlx::query("alter table mails drop constraint poison").execute(&mut owner).await.unwrap();
    app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(notifications::digest(&app.db, 100).await.unwrap().0, 1);
    assert_eq!(mails(&app, poison.user.unwrap()).await.len(), 1);
}

#[tokio::test]
async fn whoever_wants_no_digest_gets_none_until_they_want_one() {
    let app = TestApp::start().await;
    let ana = agent(&app).await;
    let me = ana.user.unwrap();
    let form = ana.get("/profile/notifications").await.expect(200).form("main form");
    let off: Vec<(&str, &str)> = filled(&form, &[]).into_iter().filter(|(name, _)| *name != "digest").collect();
    ana.post_form("/profile/notifications", &off).await.expect(303);
    let case = app.given_case(app.given_customer("Harborview").await).await;
    given_due(&app, case, me, "Credit", app.clock.now()).await;
    notifications::digest(&app.db, 100).await.unwrap();
    assert_eq!(digests(&app).await, 0);
    let form = ana.get("/profile/notifications").await.expect(200).form("main form");
    ana.post_form("/profile/notifications", &filled(&form, &[("digest", "on")])).await.expect(303);
    notifications::digest(&app.db, 100).await.unwrap();
    assert_eq!(digests(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_reminded_of_an_offer_once_and_only_where_they_allow_it() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Renée Dubois").await;
    let customer = customers_of(&app, on.0).await;
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    let remind = async || {
        let mut tx = app.begin().await;
        let reminded = offers::remind_customer_of_offer(&mut tx, offer).await.unwrap();
        tx.commit().await.unwrap();
        reminded
    };
    assert_eq!(remind().await, Reminded::NotPending, "it is a draft");
    app.present(&agent, offer, 1).await.unwrap();
    assert_eq!(remind().await, Reminded::NoConsent);
    let client = app.sign_in(Role::Rep).await;
    let path = format!("/customers/{customer}/consents");
    client.post_form(&path, &[("channel", "email")]).await.expect(422);
    let word = [("channel", "email"), ("purpose", "offers"), ("given", "given"), ("source", "On the phone")];
    client.post_form(&path, &word).await.expect(303);
    assert!(client.get(&format!("/customers/{customer}")).await.expect(200).body.contains("E-mail, offers"));
    assert_eq!(remind().await, Reminded::NoAddress);
    let mut tx = app.begin().await;
    let contact = NewContact { email: "renee@example.org".to_owned(), ..NewContact::default() };
    customers::add_contact(&mut tx, &Can::desk(), customer, contact).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(remind().await, Reminded::Queued);
    assert_eq!(remind().await, Reminded::Before);
    let (body, to): (String, String) = sqlx::query_as("select body, to_address from mails where customer_id = $1")
        .bind(customer)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(to, "renee@example.org");
    for part in ["You pay $2,194.50 a month instead of $2,310.00 until", "From then on", "stands until", "To say no"] {
        assert!(body.contains(part), "{part} is missing in\n{body}");
    }
    let case = client.get(&format!("/cases/{}", on.0)).await.expect(200);
    assert!(!case.body.contains("have no answer yet"), "nothing was sent yet: {}", case.body);
    let server = MailServer::start();
    assert_eq!(poster::post(&app.db, &mailer(server.url())).await.unwrap().sent, 1);
    let case = client.get(&format!("/cases/{}", on.0)).await.expect(200);
    assert!(case.body.contains("have no answer yet") && case.body.contains("Savedesk"), "{}", case.body);
    // what was given can be taken back
    let mut tx = app.begin().await;
    let no = NewConsent {
        channel: ConsentChannel::Email,
        purpose: Purpose::Offers,
        given: false,
        source: "By mail".to_owned(),
    };
    app.clock.advance(TimeDelta::minutes(1));
    customers::note_consent(&mut tx, &Can::desk(), customer, &no).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(remind().await, Reminded::NoConsent);
}

async fn customers_of(app: &TestApp, case: CaseId) -> savedesk::ids::CustomerId {
    sqlx::query_scalar("select customer_id from cases where id = $1")
        .bind(case)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_open_page_hears_of_a_notice() {
    let app = TestApp::start().await;
    let officer = app.sign_in(Role::Privacy).await;
    app.wait_for_live().await;
    let stream = officer.request(reqwest::Method::GET, "/live?topic=notices");
    let mut stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    tell(&app, &[notice(officer.user.unwrap(), Kind::OfferExpired, None, "x")]).await;
    let topic = format!("notices:{}", officer.user.unwrap());
    let heard = async {
        let (mut said, mut times) = (String::new(), 0);
        // once as the stream begins, once for the notice
        while times < 2 {
            let Some(chunk) = stream.chunk().await.unwrap() else { break };
            said.push_str(&String::from_utf8_lossy(&chunk));
            times = said.matches(&topic).count();
        }
        times
    };
    assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(30), heard).await.unwrap(), 2);
    // of cases it hears nothing
    assert_eq!(officer.get("/live?topic=queue").await.status, 403);
}
