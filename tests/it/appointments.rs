//! Booked calls: found by the hours that all share, told by mail with a calendar file, moved and cancelled cleanly; nobody is
//! booked twice, whatever path it comes by.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use savedesk::accounts::{self, NewAbsence};
use savedesk::appointments::{self, Appointment, NewAppointment, NewTime, Party, Stage};
use savedesk::auth::{Actor, AnswerRequests, Can, Role, WorkCases};
use savedesk::customers::{self, ConsentChannel, NewConsent, NewContact, Purpose};
use savedesk::error::{Error, Result};
use savedesk::ids::{AppointmentId, CaseId, CustomerId, UserId};
use savedesk::poster;
use sqlx::AssertSqlSafe;

use crate::guarantees::{assert_refused, audited};
use crate::mails::mailer;
use crate::races::one_after_the_other;
use crate::support::{Client, MailServer, Person, Received, TestApp};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

/// A case, an agent in New York, and an engineer of Technical support.
struct Ground {
    app: TestApp,
    case: CaseId,
    customer: CustomerId,
    agent: Can<WorkCases>,
    ines: Can<AnswerRequests>,
}

impl Ground {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let agent = app.can(Role::Agent).await;
        let ines = app.of_department("Ines Duarte", "Technical support").await;
        let customer = app.given_customer("Harborview Dental Group").await;
        let case = app.given_case(customer).await;
        Self { app, case, customer, agent, ines }
    }

    /// Wednesday 4 March, so many hours after ten in New York.
    fn at(hours: i64) -> DateTime<Utc> {
        "2026-03-04T15:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
    }

    fn time(&self, starts_at: DateTime<Utc>) -> NewTime {
        let with = vec![Party::Department(self.ines.department.unwrap())];
        NewTime { starts_at, minutes: 30, host: self.agent.id.unwrap(), with, despite: false }
    }

    fn joint(&self, starts_at: DateTime<Utc>) -> NewAppointment {
        NewAppointment {
            what: "Why calls drop".to_owned(),
            time: self.time(starts_at),
            phone: "+1 206 555 0101".to_owned(),
            invites: true,
        }
    }

    async fn book(&self, new: NewAppointment) -> Result<Appointment> {
        let mut tx = self.app.begin_as(&self.agent).await;
        let booked = appointments::book(&mut tx, &self.agent, self.case, new).await?;
        tx.commit().await?;
        Ok(booked)
    }

    async fn move_to(&self, call: &Appointment, time: &NewTime) -> Result<Appointment> {
        let mut tx = self.app.begin_as(&self.agent).await;
        let moved =
            appointments::move_to(&mut tx, &self.agent, call.id, time, call.version, Some("They asked")).await?;
        tx.commit().await?;
        Ok(moved)
    }

    async fn cancel(&self, call: AppointmentId) {
        let mut tx = self.app.begin_as(&self.agent).await;
        appointments::cancel(&mut tx, &self.agent, call, "They are away".to_owned()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn find(&self, call: AppointmentId) -> Appointment {
        appointments::find(&mut self.app.db.read().await.unwrap(), call).await.unwrap()
    }

    /// The customer may be written to, and reads the clock in Berlin.
    async fn reachable(&self) {
        let mut tx = self.app.begin().await;
        let contact = NewContact {
            name: "Renée".to_owned(),
            email: "renee@harborview.example".to_owned(),
            ..NewContact::default()
        };
        customers::add_contact(&mut tx, &Can::desk(), self.customer, contact).await.unwrap();
        let consent = NewConsent {
            channel: ConsentChannel::Email,
            purpose: Purpose::Service,
            given: true,
            source: "On the phone".to_owned(),
        };
        customers::note_consent(&mut tx, &Can::desk(), self.customer, &consent).await.unwrap();
        tx.commit().await.unwrap();
        sqlx::raw_sql("set session_replication_role = replica; update customers set time_zone = 'Europe/Berlin'")
            .execute(&mut self.app.owner().await)
            .await
            .unwrap();
    }

    /// Whom the outbox has mails for about a call, with their method and sequence and whether they still wait.
    async fn mails(&self, call: AppointmentId) -> Vec<(String, String, i32, String)> {
        sqlx::query_as(
            "select to_address, substring(calendar from 'METHOD:([A-Z]+)'), sequence, stage
             from mails where appointment_id = $1 order by sequence, to_address, stage",
        )
        .bind(call)
        .fetch_all(&mut self.app.owner().await)
        .await
        .unwrap()
    }
}

/// The properties of the calendar file that came with a mail, its lines unfolded; those of an alarm come last and do not
/// count.
fn calendar(text: &str) -> BTreeMap<String, String> {
    let from = text.find("BEGIN:VCALENDAR").unwrap();
    let until = text[from..].find("END:VCALENDAR").unwrap();
    let text = text[from..from + until].replace("\r\n ", "").replace("\n ", "");
    let mut properties = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, value)) = line.trim_end().split_once([':', ';']) {
            properties.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    properties
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_takes_part_is_invited_and_follows_every_move() {
    let ground = Ground::new().await;
    ground.reachable().await;
    let server = MailServer::start();
    let mailer = mailer(server.url());
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    assert_eq!(call.kind, appointments::Kind::Joint);
    assert_eq!(poster::post(&ground.app.db, &mailer).await.unwrap().sent, 3);
    let mails = server.mails();
    let to = |address: &str| mails.iter().find(|mail| mail.to.contains(address)).unwrap();
    let hers = call.people.iter().find(|one| !one.host).unwrap().email.clone();
    let ours = to(&hers);
    let file = calendar(&ours.text);
    assert_eq!((file["METHOD"].as_str(), file["SEQUENCE"].as_str()), ("REQUEST", "0"));
    assert_eq!(file["UID"], format!("{}@savedesk", call.id));
    assert_eq!((file["DTSTART"].as_str(), file["DTEND"].as_str()), ("20260305T150000Z", "20260305T153000Z"));
    assert_eq!(file["ORGANIZER"], "mailto:desk@brightline.example");
    assert!(ours.text.contains("text/calendar; charset=utf-8; method=REQUEST"), "{}", ours.text);
    assert!(ours.text.contains("filename=\"invite.ics\""));
    assert!(!ours.text.contains("Harborview") && !ours.text.contains("206 555"), "{}", ours.text);
    let theirs = to("renee");
    assert!(theirs.text.contains("16:00 to 16:30 (Europe/Berlin)"), "their clock comes first: {}", theirs.text);
    for inside in ["Why calls drop", "Ines", "appointments/"] {
        assert!(!theirs.text.contains(inside), "{inside} is in {}", theirs.text);
    }
    // moved twice: what was not sent by then is dropped, and the newest has the same name and the highest sequence
    let once = ground.move_to(&call, &ground.time(Ground::at(25))).await.unwrap();
    let twice = ground.move_to(&once, &ground.time(Ground::at(26))).await.unwrap();
    assert_eq!(
        refused(ground.move_to(&call, &ground.time(Ground::at(27))).await),
        appointments::Refusal::Changed.to_string()
    );
    let stages: Vec<_> =
        ground.mails(call.id).await.into_iter().map(|(_, _, sequence, stage)| (sequence, stage)).collect();
    assert_eq!(stages.iter().filter(|(sequence, stage)| *sequence == 1 && stage == "dropped").count(), 3);
    assert_eq!(poster::post(&ground.app.db, &mailer).await.unwrap().sent, 3);
    let moved = server.mails().into_iter().rev().find(|mail| mail.to == hers).unwrap();
    let file = calendar(&moved.text);
    assert_eq!((file["SEQUENCE"].as_str(), file["DTSTART"].as_str()), ("2", "20260305T170000Z"));
    assert_eq!(file["UID"], format!("{}@savedesk", call.id));
    ground.cancel(twice.id).await;
    assert_eq!(poster::post(&ground.app.db, &mailer).await.unwrap().sent, 3);
    let off = server.mails().into_iter().rev().find(|mail| mail.to.contains("renee")).unwrap();
    let file = calendar(&off.text);
    assert_eq!(
        (file["METHOD"].as_str(), file["STATUS"].as_str(), file["SEQUENCE"].as_str()),
        ("CANCEL", "CANCELLED", "3")
    );
    assert_eq!(ground.find(call.id).await.stage, Stage::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_no_more_is_not_sent_and_who_never_heard_of_a_call_hears_of_no_end() {
    let ground = Ground::new().await;
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    // the customer has allowed nothing: our two alone
    assert_eq!(ground.mails(call.id).await.len(), 2);
    ground.cancel(call.id).await;
    let mails = ground.mails(call.id).await;
    assert!(mails.iter().all(|(.., stage)| stage == "dropped") && mails.len() == 2, "{mails:?}");
    // one that lay in the outbox until the call had begun
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    ground.app.clock.advance(TimeDelta::hours(30));
    let server = MailServer::start();
    let posted = poster::post(&ground.app.db, &mailer(server.url())).await.unwrap();
    assert_eq!((posted.sent, server.mails().len()), (0, 0));
    assert!(ground.mails(call.id).await.iter().all(|(.., stage)| stage == "dropped"));
}

#[tokio::test]
async fn nobody_is_booked_twice_unless_somebody_says_so_and_no_host_ever() {
    let ground = Ground::new().await;
    ground.book(ground.joint(Ground::at(24))).await.unwrap();
    let me = ground.agent.id.unwrap();
    let again = ground.joint(Ground::at(24));
    assert!(refused(ground.book(again.clone()).await).contains("has another call then, and cannot host two at once."));
    // another host, the same engineer
    let dana =
        ground.app.given_person(Person { name: "Dana Okafor", roles: &[Role::Agent], ..Person::default() }).await;
    let mut other = again;
    other.time.host = dana.id.unwrap();
    let why = refused(ground.book(other.clone()).await);
    assert!(why.starts_with("Ines Duarte has another call then."), "{why}");
    other.time.despite = true;
    let booked = ground.book(other).await.unwrap();
    assert!(booked.people.iter().any(|one| one.name == "Ines Duarte" && one.despite));
    // outside hours, absent, and where the customer sleeps
    let mut early = ground.joint(Ground::at(24 - 6));
    let why = refused(ground.book(early.clone()).await);
    assert!(
        why.contains("does not work then") && why.contains("The customer may not be called then: it is 04:00"),
        "{why}"
    );
    early.time.despite = true;
    ground.book(early).await.unwrap();
    let away = NewAbsence { user: me, from: Ground::at(47), until: Ground::at(60), delegate: None };
    let mut tx = ground.app.begin().await;
    accounts::note_absence(&mut tx, &Actor::desk(), &away).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refused(ground.book(ground.joint(Ground::at(48))).await).contains("is away then"));
    assert_eq!(refused(ground.book(ground.joint(Ground::at(-1))).await), "Choose a time that is still ahead.");
}

#[tokio::test]
async fn of_two_who_book_the_same_time_at_once_one_is_told() {
    let ground = Ground::new().await;
    let dana =
        ground.app.given_person(Person { name: "Dana Okafor", roles: &[Role::Agent], ..Person::default() }).await;
    let elsewhere = ground.app.given_case(ground.app.given_customer("Harbor Glass").await).await;
    let mut first = ground.app.begin_as(&ground.agent).await;
    let new = ground.joint(Ground::at(24));
    appointments::book(&mut first, &ground.agent, ground.case, new.clone()).await.unwrap();
    // another case, another host: the engineer is what both want
    let second = one_after_the_other(&ground.app, first, async {
        let mut tx = ground.app.begin_as(&ground.agent).await;
        let theirs = NewAppointment { time: NewTime { host: dana.id.unwrap(), ..new.time.clone() }, ..new.clone() };
        appointments::book(&mut tx, &ground.agent, elsewhere, theirs).await?;
        tx.commit().await
    });
    assert_eq!(refused(second.await), appointments::Refusal::Taken.to_string());
    let booked: i64 =
        sqlx::query_scalar("select count(*) from appointments").fetch_one(&mut ground.app.owner().await).await.unwrap();
    assert_eq!(booked, 1);
}

#[tokio::test]
async fn the_database_refuses_what_no_call_may_be() {
    let ground = Ground::new().await;
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    let elsewhere = ground.app.given_case(ground.app.given_customer("Harbor Glass").await).await;
    let host = ground.agent.id.unwrap();
    let (now, starts) = (ground.app.clock.now().to_rfc3339(), Ground::at(24).to_rfc3339());
    let fill = |sql: &str| {
        sql.replace("{call}", &call.id.to_string())
            .replace("{host}", &host.to_string())
            .replace("{case}", &elsewhere.to_string())
            .replace("{now}", &now)
            .replace("{starts}", &starts)
    };
    let another = "insert into appointments (id, case_id, customer_id, kind, what, starts_at, minutes, host_id, time_zone,
            invites, booked_at)
        select 'aaaaaaaa-0000-7000-8000-000000000001', id, customer_id, 'callback', 'Around', '{starts}', 30, '{host}', 'UTC',
            false, '{now}'
        from cases where id = '{case}';";
    let hosted = "insert into appointment_people (appointment_id, user_id, host, during)
        values ('aaaaaaaa-0000-7000-8000-000000000001', '{host}', true, 'empty');";
    let twice = format!("{another}{hosted}");
    let mut around = ground.app.as_application().await;
    for (what, sql, code, constraint) in [
        ("a host in two calls", twice.as_str(), "23P01", "appointment_people_once"),
        (
            "a host in two on purpose",
            "update appointment_people set despite = true where host",
            "23514",
            "appointment_people_host",
        ),
        (
            "nobody hosts it",
            "delete from appointment_people where appointment_id = '{call}' and host",
            "23514",
            "appointments_hosted",
        ),
        (
            "without its deadline",
            "update deadlines set stage = 'cleared', ended_at = '{now}' where kind = 'appointment'",
            "23514",
            "appointments_due",
        ),
        (
            "moved and not told",
            "update appointments set starts_at = starts_at + interval '1 hour', version = version + 1",
            "23514",
            "appointments_sequence",
        ),
        (
            "held before it began",
            "update appointments set stage = 'held', ended_at = '{now}', version = version + 1",
            "23514",
            "appointments_began",
        ),
        (
            "about something else",
            "update appointments set what = 'Other', version = version + 1",
            "23514",
            "appointments_stay",
        ),
        ("an old version", "update appointments set note = 'x'", "40001", "row version"),
        ("gone", "delete from appointments", "42501", "permission denied"),
        ("another history", "update appointment_changes set note = 'x'", "42501", "permission denied"),
        (
            "a case closed over it",
            "update cases set stage = 'closed', waiting_on = null, outcome = 'lost', value_kept_minor = 0, closed_at = '{now}', version = version + 1 where id = (select case_id from appointments)",
            "23514",
            "",
        ),
    ] {
        println!("{what}");
        assert_refused(&mut around, &audited(&fill(sql)), code, constraint).await;
    }
    // what takes part follows what it takes part in
    let sql = "update appointments set stage = 'cancelled', note = 'x', ended_at = '{now}', version = version + 1;
        update deadlines set stage = 'cleared', ended_at = '{now}' where kind = 'appointment'";
    sqlx::raw_sql(AssertSqlSafe(audited(&fill(sql)))).execute(&mut around).await.unwrap();
    let live: i64 = sqlx::query_scalar("select count(*) from appointment_people where live")
        .fetch_one(&mut ground.app.owner().await)
        .await
        .unwrap();
    assert_eq!(live, 0);
    assert_refused(
        &mut around,
        &audited(&fill(
            "update appointments set stage = 'booked', note = null, ended_at = null, version = version + 1",
        )),
        "23514",
        "appointments_once",
    )
    .await;
}

#[tokio::test]
async fn a_call_is_due_for_all_who_take_part_and_ends_with_its_case() {
    let ground = Ground::new().await;
    let agent =
        Client::signed_in(&ground.app, ground.agent.id.unwrap(), ground.app.session_of(ground.agent.id.unwrap()).await);
    let dana =
        ground.app.given_person(Person { name: "Dana Okafor", roles: &[Role::Agent], ..Person::default() }).await;
    let dana_id = dana.id.unwrap();
    let dana = Client::signed_in(&ground.app, dana_id, ground.app.session_of(dana_id).await);
    let mut new = ground.joint(Ground::at(24));
    new.time.with.push(Party::Person(dana_id));
    let call = ground.book(new).await.unwrap();
    for who in [&agent, &dana] {
        let page = who.get("/follow_ups?layout=week").await.expect(200);
        assert!(page.text("main").contains("Joint call: Why calls drop"), "{}", page.text("main"));
        assert!(page.has(&format!("main a[href='/appointments/{}']", call.id)));
        assert!(who.get("/appointments").await.expect(200).text("#calls").contains("Why calls drop"));
    }
    let page = agent.get(&format!("/cases/{}", ground.case)).await.expect(200);
    assert!(page.text("#case-todo").contains("Joint call: Why calls drop"));
    assert!(page.text("#tl").contains("booked a joint call for Thu 5 Mar 10:00"), "{}", page.text("#tl"));
    // the host is reminded, once
    ground.app.clock.advance(TimeDelta::hours(24) - TimeDelta::minutes(10));
    ground.app.sweep().await;
    let reminded = "select count(*) from notices where to_id = $1 and kind = 'reminder' and about like 'Joint call%'";
    let count = async |who: UserId| -> i64 {
        sqlx::query_scalar(reminded).bind(who).fetch_one(&mut ground.app.owner().await).await.unwrap()
    };
    assert_eq!((count(ground.agent.id.unwrap()).await, count(dana_id).await), (1, 0));
    // closing says so and cancels it
    let agent =
        Client::signed_in(&ground.app, ground.agent.id.unwrap(), ground.app.session_of(ground.agent.id.unwrap()).await);
    let page = agent.get(&format!("/cases/{}/close", ground.case)).await.expect(200);
    assert!(page.text("main").contains("is cancelled, and those who take part are told"), "{}", page.text("main"));
    let mut tx = ground.app.begin_as(&ground.agent).await;
    assert_eq!(appointments::cancel_open(&mut tx, ground.case, "The case was closed.").await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(ground.find(call.id).await.stage, Stage::Cancelled);
}

/// The newest mail that a server was given for somebody.
fn newest_to(server: &MailServer, address: &str) -> Option<Received> {
    server.mails().into_iter().rev().find(|mail| mail.to.contains(address))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_hears_of_another_time_and_of_nothing_else() {
    let ground = Ground::new().await;
    ground.reachable().await;
    let server = MailServer::start();
    let mailer = mailer(server.url());
    let post = async || poster::post(&ground.app.db, &mailer).await.unwrap().sent;
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    assert_eq!(post().await, 3);
    // an engineer less, at the same time: theirs is off, and the customer hears nothing
    let alone = ground.move_to(&call, &NewTime { with: Vec::new(), ..ground.time(Ground::at(24)) }).await.unwrap();
    assert_eq!(post().await, 2);
    let theirs = newest_to(&server, "renee").unwrap();
    assert_eq!(calendar(&theirs.text)["SEQUENCE"], "0");
    let host = alone.people[0].email.clone();
    assert!(newest_to(&server, &host).unwrap().header("Subject").starts_with("Changed: "));
    let later = ground.move_to(&alone, &ground.time(Ground::at(26))).await.unwrap();
    assert_eq!(post().await, 3);
    assert!(newest_to(&server, "renee").unwrap().header("Subject").starts_with("Moved: our call, now on"));
    // an engineer who is new to it was moved nowhere
    let hers = later.people.iter().find(|one| !one.host).unwrap().email.clone();
    assert!(!newest_to(&server, &hers).unwrap().header("Subject").starts_with("Moved"));
    // one that was still to go is written anew, as it would have been
    let other = ground.book(ground.joint(Ground::at(25))).await.unwrap();
    ground.move_to(&other, &NewTime { with: Vec::new(), ..ground.time(Ground::at(25)) }).await.unwrap();
    assert_eq!(post().await, 2);
    assert!(newest_to(&server, "renee").unwrap().header("Subject").starts_with("Our call on "));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_invited_is_told_that_a_call_is_off_whatever_they_allow_by_now() {
    let ground = Ground::new().await;
    ground.reachable().await;
    let server = MailServer::start();
    let mailer = mailer(server.url());
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    assert_eq!(poster::post(&ground.app.db, &mailer).await.unwrap().sent, 3);
    let mut tx = ground.app.begin().await;
    let consent = NewConsent {
        channel: ConsentChannel::Email,
        purpose: Purpose::Service,
        given: false,
        source: "By mail".to_owned(),
    };
    customers::note_consent(&mut tx, &Can::desk(), ground.customer, &consent).await.unwrap();
    tx.commit().await.unwrap();
    ground.cancel(call.id).await;
    assert_eq!(poster::post(&ground.app.db, &mailer).await.unwrap().sent, 3);
    assert_eq!(calendar(&newest_to(&server, "renee").unwrap().text)["METHOD"], "CANCEL");
}

#[tokio::test]
async fn of_what_was_known_as_a_call_was_booked_nobody_is_told_again() {
    let ground = Ground::new().await;
    let away =
        NewAbsence { user: ground.ines.id.unwrap(), from: Ground::at(20), until: Ground::at(60), delegate: None };
    let mut tx = ground.app.begin().await;
    accounts::note_absence(&mut tx, &Actor::desk(), &away).await.unwrap();
    tx.commit().await.unwrap();
    ground.app.clock.advance(TimeDelta::minutes(5));
    let mut new = ground.joint(Ground::at(24));
    new.time.despite = true;
    ground.book(new).await.unwrap();
    ground.app.sweep().await;
    let told: i64 = sqlx::query_scalar("select count(*) from notices where key like '%:away:%'")
        .fetch_one(&mut ground.app.owner().await)
        .await
        .unwrap();
    assert_eq!(told, 0);
}

#[tokio::test]
async fn the_lists_of_a_department_hear_of_its_own_calls() {
    let ground = Ground::new().await;
    let (ines, agent) = (ground.ines.id.unwrap(), ground.agent.id.unwrap());
    let hers = Client::signed_in(&ground.app, ines, ground.app.session_of(ines).await);
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    ground.cancel(call.id).await;
    let own = format!("/live?topic=appointments:{ines}");
    for list in ["/appointments", "/appointments?view=over"] {
        assert_eq!(hers.get(list).await.expect(200).attributes("body", "data-live"), std::slice::from_ref(&own));
    }
    assert!(hers.get("/appointments?view=over").await.expect(200).text("#calls").contains("Why calls drop"));
    let open = async |path: &str| hers.request(reqwest::Method::GET, path).send().await.unwrap().status().as_u16();
    assert_eq!(open(&own).await, 200);
    assert_eq!(open(&format!("/live?topic=appointments:{agent}")).await, 404, "another’s is not theirs");
    let agent = Client::signed_in(&ground.app, agent, ground.app.session_of(agent).await);
    let processes = agent.request(reqwest::Method::GET, "/live?topic=processes").send().await.unwrap();
    assert_eq!(processes.status().as_u16(), 200);
}

#[tokio::test]
async fn who_cannot_come_any_more_is_told_to_the_host_once() {
    let ground = Ground::new().await;
    ground.book(ground.joint(Ground::at(24))).await.unwrap();
    let away =
        NewAbsence { user: ground.ines.id.unwrap(), from: Ground::at(20), until: Ground::at(60), delegate: None };
    let mut tx = ground.app.begin().await;
    accounts::note_absence(&mut tx, &Actor::desk(), &away).await.unwrap();
    tx.commit().await.unwrap();
    let told = async || -> Vec<String> {
        sqlx::query_scalar("select about from notices where to_id = $1 and key like '%:away:%'")
            .bind(ground.agent.id.unwrap())
            .fetch_all(&mut ground.app.owner().await)
            .await
            .unwrap()
    };
    for _ in 0..3 {
        ground.app.sweep().await;
    }
    let about = told().await;
    assert_eq!(about.len(), 1, "{about:?}");
    assert!(about[0].starts_with("Ines Duarte is away when the call of SD-"), "{about:?}");
}

#[tokio::test]
async fn calls_go_along_with_the_case_to_whoever_is_free() {
    let ground = Ground::new().await;
    let me = ground.agent.id;
    let dana =
        ground.app.given_person(Person { name: "Dana Okafor", roles: &[Role::Agent], ..Person::default() }).await.id;
    let [first, second] = [
        ground.book(ground.joint(Ground::at(24))).await.unwrap(),
        ground.book(ground.joint(Ground::at(26))).await.unwrap(),
    ];
    let away = NewAbsence { user: dana.unwrap(), from: Ground::at(26), until: Ground::at(60), delegate: None };
    let mut tx = ground.app.begin().await;
    accounts::note_absence(&mut tx, &Actor::desk(), &away).await.unwrap();
    appointments::case_given(&mut tx, ground.case, me, dana).await.unwrap();
    tx.commit().await.unwrap();
    let (first, second) = (ground.find(first.id).await, ground.find(second.id).await);
    assert_eq!((Some(first.host), first.sequence), (dana, 1));
    assert_eq!((Some(second.host), second.sequence), (me, 0), "they are away then");
}

#[tokio::test]
async fn a_department_sees_the_calls_it_takes_part_in_and_the_part_of_the_case_it_needs() {
    let ground = Ground::new().await;
    let call = ground.book(ground.joint(Ground::at(24))).await.unwrap();
    let alone = NewAppointment {
        time: NewTime { with: Vec::new(), ..ground.time(Ground::at(27)) },
        ..ground.joint(Ground::at(27))
    };
    let alone = ground.book(alone).await.unwrap();
    let ines = ground.ines.id.unwrap();
    let ines = Client::signed_in(&ground.app, ines, ground.app.session_of(ines).await);
    let page = ines.get(&format!("/appointments/{}", call.id)).await.expect(200);
    let text = page.text("main");
    assert!(text.contains("Harborview D. G.") && text.contains("Why calls drop"), "{text}");
    for hidden in ["Harborview Dental Group", "206 555", "2,772"] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
    assert!(!page.has("main a[href^='/cases/']") && !page.has("main form"));
    ines.get(&format!("/appointments/{}", alone.id)).await.expect(404);
    let list = ines.get("/appointments").await.expect(200);
    assert!(list.text("#calls").contains("Harborview D. G.") && !list.body.contains("Dental"));
    assert_eq!(list.texts("#calls tbody tr:not(.grp)").len(), 1);
    assert_eq!(ines.get("/appointments?view=all").await.expect(200).texts("#calls tbody tr:not(.grp)").len(), 1);
    for path in [format!("/cases/{}", ground.case), format!("/appointments/{}/time", call.id)] {
        ines.get(&path).await.expect(403);
    }
    // the notice leads there
    let notice: String = sqlx::query_scalar("select id::text from notices where to_id = $1 and kind = 'appointment'")
        .bind(ground.ines.id.unwrap())
        .fetch_one(&mut ground.app.owner().await)
        .await
        .unwrap();
    let opened = ines.get(&format!("/notifications/{notice}")).await.expect(303);
    assert_eq!(opened.location(), format!("/appointments/{}", call.id));
}

#[tokio::test]
async fn a_call_is_booked_moved_and_held_on_its_pages() {
    let ground = Ground::new().await;
    let me = ground.agent.id.unwrap();
    let agent = Client::signed_in(&ground.app, me, ground.app.session_of(me).await);
    let page = agent.get(&format!("/cases/{}/appointments/new", ground.case)).await.expect(200);
    // Wednesday ten o'clock, half hours from then on; the calling hours and both clocks are kept
    let times = page.attributes("#book-call input[name=at]", "value");
    assert!(times.len() > 40 && times.iter().all(|at| at.ends_with(":00:00Z") || at.ends_with(":30:00Z")), "{times:?}");
    let case = ground.case.to_string();
    let support = ground.ines.department.unwrap().to_string();
    let host = me.to_string();
    let to = format!("/cases/{case}/appointments");
    let mut fields =
        vec![("what", "Why calls drop"), ("minutes", "45"), ("host", &host), ("with", &support), ("then", "look")];
    let looked = agent.post_form(&to, &fields).await.expect(200);
    assert_eq!(looked.attributes("#what", "value"), ["Why calls drop"]);
    assert!(looked.text("#book-call").contains("with Ines Duarte"), "{}", looked.text("#book-call"));
    fields[4].1 = "book";
    let wrong = agent.post_form(&to, &fields).await.expect(422);
    assert!(wrong.text("#at-e").contains("Choose one of the times"));
    let at = looked.attributes("#book-call input[name=at]", "value")[20].clone();
    fields.push(("at", &at));
    let booked = agent.post_form(&to, &fields).await.expect(303);
    let page = agent.follow(&booked).await.expect(200);
    assert!(page.body.contains("Booked: Thu 5 Mar") && page.text("main").contains("Ines Duarte, Technical support"));
    let path = booked.location().to_owned();
    let taken = agent.post_form(&to, &fields).await.expect(409);
    assert!(taken.text("[role=alert]").contains("cannot host two at once"));
    // moved by a typed time, which needs a word where somebody is not free
    let form = agent.get(&format!("{path}/time")).await.expect(200);
    assert_eq!(form.attributes("select[name=person] option[selected]", "value").len(), 1, "the same engineer");
    let person = ground.ines.id.unwrap().to_string();
    let mut fields = vec![
        ("minutes", "30"),
        ("host", host.as_str()),
        ("person", &person),
        ("typed", "2026-03-07T10:00"),
        ("version", "1"),
        ("then", "book"),
    ];
    let closed = agent.post_form(&format!("{path}/time"), &fields).await.expect(409);
    assert!(closed.text("[role=alert]").contains("does not work then"), "{}", closed.text("[role=alert]"));
    fields.push(("despite", "on"));
    agent.post_form(&format!("{path}/time"), &fields).await.expect(303);
    assert!(agent.post_form(&format!("{path}/holding"), &[]).await.expect(409).text("main").contains("still to come"));
    ground.app.clock.advance(TimeDelta::days(3));
    let agent = Client::signed_in(&ground.app, me, ground.app.session_of(me).await);
    agent.post_form(&format!("{path}/holding"), &[("note", "The cable is mended.")]).await.expect(303);
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text("#tl").contains("Why calls drop. The cable is mended."), "{}", page.text("#tl"));
    let stage: String =
        sqlx::query_scalar("select stage from deadlines where kind = 'appointment' and stage <> 'cleared'")
            .fetch_one(&mut ground.app.owner().await)
            .await
            .unwrap();
    assert_eq!(stage, "met");
    assert!(
        agent
            .post_form(&format!("{path}/cancellation"), &[("note", "x")])
            .await
            .expect(409)
            .body
            .contains("held already")
    );
}
