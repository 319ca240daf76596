//! What the database refuses of offers and approvals, whatever the code above it does: each statement goes around the
//! application as its own role (R8, R9, R11).

use chrono::TimeDelta;
use savedesk::approvals::Decision;
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Can, MakeOffers, Permission, Role};
use savedesk::ids::OfferId;
use savedesk::offers::{self, NewTerms};
use sqlx::{AssertSqlSafe, Executor};

use crate::guarantees::{assert_refused, audited};
use crate::support::{Person, TestApp, percent};

/// A way around: what is tried, as a statement with names in braces, and the code and constraint it fails with.
type WayAround<'a> = (&'a str, &'a str, &'a str, &'a str);

/// People and offers to go around the application with, by the names that statements use.
struct Ground {
    app: TestApp,
    names: Vec<(&'static str, String)>,
}

impl Ground {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let mut ground = Self { names: vec![("now", app.clock.now().to_rfc3339())], app };
        ground.person("dana", Role::Supervisor).await;
        ground.person("helen", Role::Manager).await;
        ground
    }

    fn name(&mut self, name: &'static str, id: &impl ToString) {
        self.names.push((name, id.to_string()));
    }

    async fn person(&mut self, name: &'static str, role: Role) {
        let person = Person { name, roles: &[role], team: Some("North"), department: None };
        let id = self.app.given_person(person).await.id.unwrap();
        self.name(name, &id);
    }

    async fn can<P: Permission>(&mut self, name: &'static str, role: Role) -> Can<P> {
        let can = self.app.can::<P>(role).await;
        self.name(name, &can.id.unwrap());
        can
    }

    /// A drafted discount to a customer of its own.
    async fn draft(&mut self, name: &'static str, by: &Can<MakeOffers>, terms: NewTerms) -> OfferId {
        let on = self.app.given_case_to_save(name).await;
        let offer = self.app.given_offer(by, on, terms).await.unwrap().id;
        self.name(name, &offer);
        offer
    }

    fn fill(&self, sql: &str) -> String {
        let filled = self.names.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(&format!("{{{name}}}"), id));
        assert!(!filled.contains('{'), "a name is missing in {filled}");
        filled
    }

    /// Each is refused as it should be, and leaves nothing behind.
    async fn refuses(&self, ways: &[WayAround<'_>]) {
        let mut application = self.app.as_application().await;
        for (what, sql, code, constraint) in ways {
            println!("{what}");
            assert_refused(&mut application, &audited(&self.fill(sql)), code, constraint).await;
        }
    }

    /// What is no way around is done.
    async fn does(&self, sql: &str) {
        let mut application = self.app.as_application().await;
        application.execute(AssertSqlSafe(audited(&self.fill(sql)))).await.unwrap();
    }

    async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(self.fill(sql))).fetch_one(&mut self.app.owner().await).await.unwrap()
    }
}

/// A presentation by the one and of the other that these names stand for.
fn show(offer: &str, by: &str) -> String {
    format!(
        "insert into offer_presentations (offer_id, revision, by_id, means, at)
         values ('{{{offer}}}', 1, '{{{by}}}', 'phone', '{{now}}')"
    )
}

/// What follows a presentation: the offer counts.
fn count(offer: &str) -> String {
    format!(
        "update offers set stage = 'presented', presented_revision = 1, presented_at = '{{now}}',
            open_until = '2027-01-01', version = version + 1
         where id = '{{{offer}}}'"
    )
}

/// A decision on the request of this name.
fn decide(approval: &str, by: &str, decision: &str) -> String {
    format!(
        "insert into approval_decisions (approval_id, by_id, decision, revision, reason, at)
         values ('{{{approval}}}', '{{{by}}}', '{decision}', 1, 'So be it', '{{now}}')"
    )
}

/// A presentation that says more than it is asked.
fn forged(column: &str, value: &str) -> String {
    format!(
        "insert into offer_presentations (offer_id, revision, by_id, means, at, {column})
         select '{{over}}', 1, '{{agent}}', 'phone', '{{now}}', {value}"
    )
}

const DENIED: &str = "permission denied";

#[tokio::test]
async fn r8_an_offer_beyond_the_limit_is_not_presented() {
    let mut ground = Ground::new().await;
    let agent = ground.can("agent", Role::Agent).await;
    ground.can::<MakeOffers>("rep", Role::Rep).await;
    ground.draft("within", &agent, percent(15, 12)).await;
    ground.draft("over", &agent, percent(16, 12)).await;
    let asked = ground.draft("asked", &agent, percent(20, 12)).await;
    ground.app.ask(&agent, asked, 1).await.unwrap();
    let stage =
        |stage: &str| format!("update offers set stage = '{stage}', version = version + 1 where id = '{{asked}}'");
    let unlike = "update offers set revision = 2, version = version + 1 where id = '{over}';
        insert into offer_revisions (offer_id, revision, version_id, percent_bp, months, currency, at, by_id,
            exposure_minor)
        select offer_id, 2, version_id, 9000, 12, currency, at, by_id, 0 from offer_revisions where offer_id = '{over}'";
    ground
        .refuses(&[
            ("beyond the limit", &show("over", "agent"), "42501", "offer_presentations_allowed"),
            ("within the author's limit only", &show("within", "rep"), "42501", "offer_presentations_allowed"),
            ("while it awaits approval", &show("asked", "agent"), "23514", "offer_presentations_newest_terms"),
            ("thawed meanwhile", &stage("draft"), "23514", "offers_awaited"),
            ("released meanwhile", &stage("ready"), "23514", "offers_awaited"),
            ("forged: within the limit", &forged("own_limit", "true"), "42501", DENIED),
            ("forged: approved", &forged("approval_id", "(select id from approvals)"), "42501", DENIED),
            ("forged: free", &forged("exposure_minor", "0"), "42501", DENIED),
            ("forged: nothing before", &forged("customer_total_minor", "0"), "42501", DENIED),
            ("forged: nothing this week", &forged("week_total_minor", "0"), "42501", DENIED),
            ("forged: stands for ever", &forged("open_until", "'2099-01-01'"), "42501", DENIED),
            ("terms that say they are free", unlike, "42501", DENIED),
            ("a clock that is told", "update desk_clock set stopped = true", "42501", DENIED),
            ("forgetting what was conceded", "update concession_heads set rev = 0", "42501", DENIED),
        ])
        .await;
    assert_eq!(ground.number("select count(*) from offer_presentations").await, 0);
    ground.does(&format!("{}; {}", show("within", "agent"), count("within"))).await;
}

#[tokio::test]
async fn r8_two_that_fit_only_singly_never_both_count() {
    let mut ground = Ground::new().await;
    let agent = ground.can::<MakeOffers>("agent", Role::Agent).await;
    ground.app.publish_limits("update new_totals set customer_minor = 420000 where role = 'agent'").await;
    let on = ground.app.given_case_to_save("Clinic").await;
    let discount = ground.app.given_offer(&agent, on, percent(15, 12)).await.unwrap();
    let credit = ground.app.given_credit(&agent, on.0, 200).await.unwrap();
    ground.name("discount", &discount.id);
    ground.name("credit", &credit.id);
    let (first, second) = (show("discount", "agent"), show("credit", "agent"));
    let both = format!("{first}; {second}; {}; {}", count("discount"), count("credit"));
    let after = format!("{first}; {}; {second}; {}", count("discount"), count("credit"));
    ground
        .refuses(&[
            ("one after the other", &after, "42501", "offer_presentations_allowed"),
            ("side by side", &both, "42501", "offer_presentations_allowed"),
            ("one in advance", &first, "23514", "offer_presentations_count"),
        ])
        .await;
    ground.does(&format!("{first}; {}", count("discount"))).await;
    let stands = "select extract(days from open_until - presented_at)::bigint from offers where id = '{discount}'";
    assert_eq!(ground.number(stands).await, 14, "until when it stands is not for the application to say");
    let later = "update offers set open_until = '2099-01-01', version = version + 1 where id = '{discount}'";
    ground.does(later).await;
    assert_eq!(ground.number(stands).await, 14);
    let aside = "update offers set stage = 'draft', version = version + 1 where id = '{discount}'";
    ground.refuses(&[("put aside to make room", aside, "23514", "offers_revision_rises")]).await;
}

#[tokio::test]
async fn r8_below_the_margin_floor_it_is_neither_asked_nor_presented() {
    let mut ground = Ground::new().await;
    let agent = ground.can::<MakeOffers>("agent", Role::Agent).await;
    let (case, subscription) = ground.app.given_case_to_save("Clinic").await;
    let mut tx = ground.app.begin().await;
    let cost = format!(
        "insert into service_costs (id, customer_id, subscription_id, what, amount_minor, currency, source, as_of)
         select gen_random_uuid(), customer_id, id, 'Lines', 150000, 'USD', 'Ledger', '2026-03-01'
         from subscriptions where id = '{subscription}'"
    );
    tx.execute(AssertSqlSafe(cost)).await.unwrap();
    audit::record(&mut tx, Entry::new(Action::ServiceCostChanged, Subject::Desk)).await.unwrap();
    tx.commit().await.unwrap();
    // 1,963.50 a month of which 1,500.00 go into serving it leave 23.6%, under the floor of 35%
    let offer = ground.app.given_offer(&agent, (case, subscription), percent(15, 12)).await.unwrap();
    ground.name("offer", &offer.id);
    let ask =
        "insert into approvals (id, offer_id, revision, asked_by_id, asked_at, words, because, due_at, due_because)
        values (gen_random_uuid(), '{offer}', 1, '{agent}', '{now}', 'Please', 'x', '{now}', 'x')";
    ground
        .refuses(&[
            ("presented", &show("offer", "agent"), "42501", "offer_presentations_margin"),
            ("asked", ask, "23514", "approvals_possible"),
        ])
        .await;
}

#[tokio::test]
async fn r9_a_decision_counts_for_its_revision_and_within_the_limit_of_who_decides() {
    let mut ground = Ground::new().await;
    let agent = ground.can::<MakeOffers>("agent", Role::Agent).await;
    ground.can::<MakeOffers>("rep", Role::Rep).await;
    for (name, of, terms) in [("small", "asked small", percent(20, 12)), ("large", "asked large", percent(30, 24))] {
        let offer = ground.draft(of, &agent, terms).await;
        let approval = ground.app.ask(&agent, offer, 1).await.unwrap().id;
        ground.name(name, &approval);
    }
    let for_other = decide("small", "dana", "approved").replace(", 1, 'So", ", 2, 'So");
    let in_place = decide("large", "dana", "approved")
        .replace("(approval_id,", "(on_behalf_of_id, approval_id,")
        .replace("values (", "values ('{helen}', ");
    let ready =
        "update approvals set stage = 'approved', decided_revision = 1, ended_at = '{now}', version = version + 1
        where id = '{small}'";
    let born = "insert into approvals (id, offer_id, revision, asked_by_id, asked_at, words, because, due_at,
            due_because, stage, decided_revision, ended_at)
        select gen_random_uuid(), offer_id, 1, asked_by_id, '{now}', 'Please', 'x', '{now}', 'x', 'approved', 1, '{now}'
        from approvals where id = '{small}'";
    let cheaper = "update approvals set exposure_minor = 1, version = version + 1 where id = '{small}'";
    let roomier = "update approvals set customer_total_minor = 99999999, version = version + 1 where id = '{small}'";
    let alone = "update approvals set approvers = 1, version = version + 1 where id = '{small}'";
    let lower = "update approvals set level = 'supervisor', version = version + 1 where id = '{large}'";
    let revised = "update offers set revision = 2, stage = 'draft', version = version + 1 where id = '{asked small}';
        insert into offer_revisions (offer_id, revision, version_id, percent_bp, months, currency, at, by_id)
        select offer_id, 2, version_id, 2500, 12, currency, at, by_id from offer_revisions
        where offer_id = '{asked small}'";
    ground
        .refuses(&[
            ("for another revision", &for_other, "40001", "approval_decisions_revision"),
            (
                "beyond the approver's limit",
                &decide("large", "dana", "approved"),
                "42501",
                "approval_decisions_within_limit",
            ),
            (
                "by who may not approve at all",
                &decide("small", "rep", "declined"),
                "42501",
                "approval_decisions_within_limit",
            ),
            ("in the place of who did not ask for it", &in_place, "42501", "approval_decisions_delegate"),
            ("approved by nobody", ready, "23514", "approvals_have_decisions"),
            ("born approved", born, "42501", DENIED),
            ("said to cost less", cheaper, "42501", DENIED),
            ("said to leave more room", roomier, "42501", DENIED),
            ("said to need fewer", alone, "42501", DENIED),
            ("moved down", lower, "23514", "moves up only"),
            ("terms changed meanwhile", revised, "23514", "offer_revisions_frozen"),
            ("a counter nobody was asked for", &counter("asked small"), "23514", "approval_decisions_counter"),
        ])
        .await;
}

/// An approver's counter that concedes more than was asked for.
fn counter(offer: &str) -> String {
    format!(
        "update offers set revision = 2, stage = 'draft', version = version + 1 where id = '{{{offer}}}';
         insert into offer_revisions (offer_id, revision, version_id, percent_bp, months, currency, at, by_id, counter)
         select offer_id, 2, version_id, 2500, 12, currency, at, '{{dana}}', true from offer_revisions
         where offer_id = '{{{offer}}}';
         insert into approval_decisions (approval_id, by_id, decision, revision, reason, at)
         values ('{{small}}', '{{dana}}', 'approved_with_changes', 2, 'More is better', '{{now}}')"
    )
}

#[tokio::test]
async fn r9_nobody_decides_what_they_asked_for_wrote_or_work_on() {
    let mut ground = Ground::new().await;
    let author = ground.can::<MakeOffers>("author", Role::Manager).await;
    let reviser = ground.can::<MakeOffers>("reviser", Role::Manager).await;
    let asker = ground.can::<MakeOffers>("asker", Role::Supervisor).await;
    ground.person("owner", Role::Manager).await;
    let offer = ground.draft("offer", &author, percent(30, 24)).await;
    let mut tx = ground.app.begin_as(&reviser).await;
    offers::revise(&mut tx, &reviser, offer, 1, percent(29, 24)).await.unwrap();
    tx.commit().await.unwrap();
    let approval = ground.app.ask(&asker, offer, 2).await.unwrap();
    ground.name("approval", &approval.id);
    ground.name("case", &approval.case);
    ground.does("update cases set owner_id = '{owner}', version = version + 1 where id = '{case}'").await;
    let by = |who: &str, decision| decide("approval", who, decision).replace(", 1, 'So", ", 2, 'So");
    let in_place = by("helen", "approved")
        .replace("(approval_id,", "(on_behalf_of_id, approval_id,")
        .replace("values (", "values ('{author}', ");
    ground
        .does(
            "insert into absences (id, user_id, from_at, until_at, delegate_id)
             values (gen_random_uuid(), '{author}', '2026-03-01', '2026-03-31', '{helen}')",
        )
        .await;
    for decision in ["approved", "declined"] {
        for who in ["author", "reviser", "asker", "owner"] {
            ground.refuses(&[(who, &by(who, decision), "42501", "approval_decisions_not_own")]).await;
        }
    }
    ground.refuses(&[("in an author's place", &in_place, "42501", "approval_decisions_not_own")]).await;
    ground.does(&by("helen", "approved")).await;
}

#[tokio::test]
async fn r9_two_do_not_approve_each_others_offers_to_one_customer() {
    let mut ground = Ground::new().await;
    // everybody has to ask
    ground.app.publish_limits("update new_weeks set week_minor = 0").await;
    let dana = ground.can::<MakeOffers>("one", Role::Supervisor).await;
    let victor = ground.can::<MakeOffers>("other", Role::Supervisor).await;
    let on = ground.app.given_case_to_save("Clinic").await;
    let discount = ground.app.given_offer(&dana, on, percent(10, 12)).await.unwrap();
    let credit = ground.app.given_credit(&victor, on.0, 100).await.unwrap();
    let first = ground.app.ask(&dana, discount.id, 1).await.unwrap();
    ground.app.decide(&victor.and().unwrap(), first.id, 1, Decision::Approve).await.unwrap();
    let second = ground.app.ask(&victor, credit.id, 1).await.unwrap();
    ground.name("second", &second.id);
    let circle = decide("second", "one", "approved");
    ground.refuses(&[("back and forth", &circle, "42501", "approval_decisions_no_circle")]).await;
    ground.does(&decide("second", "dana", "approved")).await;
}

#[tokio::test]
async fn r11_a_request_is_decided_once_and_stays_so() {
    let mut ground = Ground::new().await;
    let agent = ground.can::<MakeOffers>("agent", Role::Agent).await;
    let offer = ground.draft("offer", &agent, percent(20, 12)).await;
    let approval = ground.app.ask(&agent, offer, 1).await.unwrap().id;
    ground.name("approval", &approval);
    let twice = format!("{}; {}", decide("approval", "dana", "declined"), decide("approval", "helen", "approved"));
    let same = format!("{}; {}", decide("approval", "dana", "approved"), decide("approval", "dana", "approved"));
    let taken_back = "update approvals set withdrawn_by_id = '{agent}', version = version + 1 where id = '{approval}'";
    ground
        .refuses(&[
            ("taken back and still open", taken_back, "23514", "approvals_withdrawn_by"),
            ("no and yes", &twice, "23514", "approval_decisions_once"),
            ("yes and yes", &same, "23514", "approval_decisions_once"),
        ])
        .await;
    let dana = ground.app.can(Role::Supervisor).await;
    ground.app.decide(&dana, approval, 1, Decision::Approve).await.unwrap();
    let other = "update approvals set decided_revision = 2, version = version + 1 where id = '{approval}'";
    let undone =
        "update approvals set stage = 'pending', decided_revision = null, ended_at = null, version = version + 1
        where id = '{approval}'";
    let reworded = "update approval_decisions set reason = 'Never said'";
    let back = "update offers set revision = 2, stage = 'draft', version = version + 1 where id = '{offer}';
        insert into offer_revisions (offer_id, revision, version_id, percent_bp, months, currency, at, by_id)
        select offer_id, 2, version_id, 2500, 12, currency, at, by_id from offer_revisions where offer_id = '{offer}';
        update offers set revision = 1, stage = 'ready', version = version + 1 where id = '{offer}'";
    ground
        .refuses(&[
            ("once more", &decide("approval", "helen", "declined"), "23514", "approval_decisions_once"),
            ("for other terms", other, "23514", "approvals_once"),
            ("undone", undone, "23514", "approvals_once"),
            ("taken back after all", taken_back, "23514", "approvals_once"),
            ("reworded", reworded, "42501", DENIED),
            ("unsaid", "delete from approval_decisions", "42501", DENIED),
            ("back to what was approved", back, "23514", "offers_revision_rises"),
            ("deleted", "delete from approvals", "42501", DENIED),
        ])
        .await;
}

#[tokio::test]
async fn r11_an_offer_is_answered_once_in_time_and_only_when_it_was_shown() {
    let mut ground = Ground::new().await;
    let agent = ground.can::<MakeOffers>("agent", Role::Agent).await;
    ground.draft("draft", &agent, percent(10, 12)).await;
    let shown = ground.draft("shown", &agent, percent(10, 12)).await;
    ground.app.present(&agent, shown, 1).await.unwrap();
    let to = |offer: &str, stage: &str, at: &str| {
        format!(
            "update offers set stage = '{stage}', ended_at = '{at}', version = version + 1 where id = '{{{offer}}}'"
        )
    };
    let now = ground.app.clock.now().to_rfc3339();
    let born = "insert into offers (id, case_id, customer_id, offer_type, stage, made_at, made_by_id)
        select gen_random_uuid(), case_id, customer_id, 'extension', 'ready', made_at, made_by_id from offers limit 1";
    ground
        .refuses(&[
            ("accepted, never shown", &to("draft", "accepted", &now), "23514", "offers_stage_moves"),
            ("fulfilled, never shown", &to("draft", "fulfilled", &now), "23514", "offers_stage_moves"),
            ("fulfilled, never accepted", &to("shown", "fulfilled", &now), "23514", "offers_stage_moves"),
            ("shown, with nothing to show", &count("draft"), "23503", "offers_presented"),
            ("born ready", born, "23514", "begins as a draft"),
            ("accepted without a promise", &to("shown", "accepted", &now), "23514", "offers_promised"),
            ("expired too early", &to("shown", "expired", &now), "23514", "offers_expired_in_time"),
            ("terms reworded", "update offer_revisions set percent_bp = 500", "42501", DENIED),
            ("terms deleted", "delete from offer_revisions", "42501", DENIED),
            ("what was shown reworded", "update offer_presentations set exposure_minor = 1", "42501", DENIED),
            ("what was shown deleted", "delete from offer_presentations", "42501", DENIED),
            ("deleted", "delete from offers where id = '{draft}'", "42501", DENIED),
        ])
        .await;
    ground.app.clock.advance(TimeDelta::days(14));
    let late = ground.app.clock.now().to_rfc3339();
    ground.refuses(&[("accepted too late", &to("shown", "accepted", &late), "23514", "offers_answered_in_time")]).await;
    // a desk whose clock goes takes the moment from nobody
    ground.app.db.trust_clock(false).await.unwrap();
    ground.refuses(&[("accepted in a past", &to("shown", "accepted", &now), "23514", "offers_answered_in_time")]).await;
    ground.does(&format!("{}; {}", show("draft", "agent").replace("{now}", "2020-01-01"), count("draft"))).await;
    let lied = "select count(*) from offer_presentations where at < '2026-01-01'";
    assert_eq!(ground.number(lied).await, 0);
}
