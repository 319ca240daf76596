//! What the database refuses of processes, frozen offers and legal holds, whatever the code above it does: each statement
//! goes around the application.

use savedesk::auth::{MakeOffers, Role, WorkCases};
use savedesk::ids::CustomerId;
use savedesk::processes::{Kind, Made, Process};
use sqlx::{AssertSqlSafe, Executor};

use crate::guarantees::{assert_refused, audited};
use crate::support::{TestApp, made, percent};

struct Ground {
    app: TestApp,
    names: Vec<(&'static str, String)>,
}

impl Ground {
    async fn new() -> (Self, Process) {
        let app = TestApp::start().await;
        let works = app.can::<WorkCases>(Role::Agent).await;
        let case = app.given_case(app.given_customer("Clinic").await).await;
        let process = app.start_process(&works, case, Kind::Support, &["Calls drop"]).await.unwrap();
        let other = app.given_case(app.given_customer("Other").await).await;
        let (elsewhere, _) = app.given_request(other, "Billing").await;
        let Some(Made::Request(request)) = made(&process, 1) else { panic!("a request") };
        let names = vec![
            ("now", app.clock.now().to_rfc3339()),
            ("case", case.to_string()),
            ("process", process.id.to_string()),
            ("first", process.steps[0].id.to_string()),
            ("second", process.steps[1].id.to_string()),
            ("request", request.to_string()),
            ("elsewhere", elsewhere.to_string()),
        ];
        (Self { app, names }, process)
    }

    fn fill(&self, sql: &str) -> String {
        let filled = self.names.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(&format!("{{{name}}}"), id));
        assert!(!filled.contains('{'), "a name is missing in {filled}");
        filled
    }

    async fn refuses(&self, ways: &[(&str, &str, &str, &str)]) {
        let mut application = self.app.as_application().await;
        for (what, sql, code, constraint) in ways {
            println!("{what}");
            assert_refused(&mut application, &audited(&self.fill(sql)), code, constraint).await;
        }
    }
}

const START: &str =
    "insert into processes (id, case_id, template_id, customer_id, kind, freezes_offers, holds, confidential,
        started_at)
    select gen_random_uuid(), c.id, t.id, c.customer_id, t.kind, false, false, false, '{now}'
    from cases c, process_templates t where c.id = '{case}' and t.kind = ";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one way around after the other")]
async fn steps_of_a_process_move_legally() {
    let (ground, _) = Ground::new().await;
    let (second_of_kind, done) = (format!("{START} 'support'"), format!("{START} 'finance'"));
    let done = done
        .replace("confidential,\n        started_at)", "confidential,\n        started_at, stage, ended_at)")
        .replace("'{now}'\n", "'{now}', 'done', '{now}'\n");
    ground
        .refuses(&[
            ("two of a kind", &second_of_kind, "23505", "processes_one_live"),
            ("one that begins done", &done, "23514", "processes_begin"),
            (
                "a step done whose request is not answered",
                "update process_steps set stage = 'done', ended_at = '{now}', version = version + 1 where id = '{first}'",
                "23514",
                "process_steps_done",
            ),
            (
                "a step done that made nothing",
                "update process_steps set stage = 'done', ended_at = '{now}', version = version + 1 where id = '{second}'",
                "23514",
                "process_steps",
            ),
            (
                "a step before its turn, with somebody else's request",
                "update process_steps set stage = 'begun', request_id = '{elsewhere}', tries = 1, version = version + 1
                 where id = '{second}'",
                "23514",
                "process_steps",
            ),
            (
                "a second thing where the first goes its way",
                "update process_steps set request_id = '{elsewhere}', tries = 2, version = version + 1 where id = '{first}'",
                "23514",
                "process_steps_make_once",
            ),
            (
                "another step than the template has",
                "update process_steps set what = 'Nothing', version = version + 1 where id = '{second}'",
                "23514",
                "process_steps_stay",
            ),
            (
                "a step skipped without a reason",
                "update process_steps set stage = 'skipped', ended_at = '{now}', version = version + 1 where id = '{second}'",
                "23514",
                "process_steps_skipped",
            ),
            (
                "a process done whose steps are not",
                "update processes set stage = 'done', ended_at = '{now}', version = version + 1 where id = '{process}'",
                "23514",
                "processes_done",
            ),
            (
                "a process that no longer freezes",
                "update processes set freezes_offers = true, version = version + 1 where id = '{process}'",
                "23514",
                "processes_stay",
            ),
            (
                "a case closed while it runs",
                "update requests set stage = 'cancelled', ended_at = '{now}', version = version + 1 where id = '{request}';
                 update cases set stage = 'closed', outcome = 'unknown', value_kept_minor = 0, closed_at = '{now}',
                    waiting_on = null, version = version + 1 where id = '{case}'",
                "23514",
                "cases_closed_processes",
            ),
            (
                "a step added to a version that is published",
                "insert into process_template_steps (template_id, position, place, what, makes, hours, working, tells)
                 select id, 9, 9, 'More', 'follow_up', 8, true, '{}' from process_templates where kind = 'support'"
                    .replace("'{}'", "array[]::text[]")
                    .leak(),
                "42501",
                "process_templates_published",
            ),
            (
                "a cancellation that is never confirmed",
                "insert into process_templates (id, kind, number, purpose, freezes_offers, holds, confidential, tells,
                    published_at, why)
                 values ('{case}', 'cancellation', 2, 'x', false, false, false, array[]::text[], '{now}', 'x');
                 insert into process_template_steps (template_id, position, place, what, makes, hours, working, tells)
                 values ('{case}', 1, 1, 'x', 'follow_up', 8, true, array[]::text[])",
                "23514",
                "process_templates_whole",
            ),
            (
                "a confidential one that promises",
                "insert into process_templates (id, kind, number, purpose, freezes_offers, holds, confidential, tells,
                    published_at, why)
                 values ('{case}', 'red_flag', 2, 'x', false, false, true, array[]::text[], '{now}', 'x');
                 insert into process_template_steps (template_id, position, place, what, makes, hours, working, tells)
                 values ('{case}', 1, 1, 'x', 'promise', 8, true, array[]::text[])",
                "23514",
                "process_template_steps_confidential",
            ),
            (
                "a confidential request told to everybody",
                "update requests set confidential = true, version = version + 1 where id = '{request}'",
                "23514",
                "requests_confidential",
            ),
        ])
        .await;
    let mut application = ground.app.as_application().await;
    for sql in ["delete from processes", "delete from process_steps", "update process_events set words = 'never'"] {
        assert_refused(&mut application, sql, "42501", "permission denied").await;
    }
}

#[tokio::test]
async fn nothing_is_offered_around_a_freeze_or_to_whoever_said_just_cancel() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app.can::<WorkCases>(Role::Supervisor).await;
    let on = app.given_case_to_save("Clinic").await;
    let (shown, draft) = (
        app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id,
        app.given_credit(&agent, on.0, 20).await.unwrap().id,
    );
    app.present(&agent, shown, 1).await.unwrap();
    app.start_process(&dana, on.0, Kind::RedFlag, &["Three names, one card"]).await.unwrap();
    let now = app.clock.now().to_rfc3339();
    let present = |offer: String| {
        audited(&format!(
            "insert into offer_presentations (offer_id, revision, by_id, means, at)
             select id, revision, made_by_id, 'phone', '{now}' from offers where id = '{offer}'"
        ))
    };
    let mut application = app.as_application().await;
    assert_refused(&mut application, &present(draft.to_string()), "42501", "offer_presentations_frozen").await;
    let accept =
        format!("update offers set stage = 'accepted', ended_at = '{now}', version = version + 1 where id = '{shown}'");
    assert_refused(&mut application, &audited(&accept), "42501", "offers_frozen").await;
    // “just cancel”
    let other = app.given_case_to_save("Other").await;
    let offer = app.given_offer(&agent, other, percent(5, 12)).await.unwrap().id;
    let sql = format!("update cases set just_cancel = true, version = version + 1 where id = '{}'", other.0);
    application.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
    assert_refused(&mut application, &present(offer.to_string()), "42501", "offer_presentations_just_cancel").await;
    let attempt = format!(
        "insert into interactions (id, case_id, customer_id, at, kind, body, response)
         select gen_random_uuid(), id, customer_id, '{now}', 'save_attempt', 'One more try', 'no_contact'
         from cases where id = '{}'",
        other.0
    );
    assert_refused(&mut application, &audited(&attempt), "42501", "interactions_just_cancel").await;
}

#[tokio::test]
async fn r20_a_legal_hold_keeps_the_customer_and_all_that_is_theirs() {
    let app = TestApp::start().await;
    let dana = app.can::<WorkCases>(Role::Supervisor).await;
    let customer: CustomerId = app.given_customer("Clinic").await;
    app.given_subscription(customer).await;
    let case = app.given_case(customer).await;
    app.start_process(&dana, case, Kind::Legal, &["A suit", "Stone & Partners"]).await.unwrap();
    // the owner may delete, as erasure will: a hold stops that too
    let mut owner = app.owner().await;
    for sql in [
        format!("delete from customers where id = '{customer}'"),
        format!("delete from subscriptions where customer_id = '{customer}'"),
        format!("delete from cases where id = '{case}'"),
    ] {
        assert_refused(&mut owner, &audited(&sql), "42501", "customers_legal_hold").await;
    }
    let lift = format!("update customers set legal_hold = false, version = version + 1 where id = '{customer}'");
    assert_refused(&mut app.as_application().await, &audited(&lift), "42501", "customers_hold_runs").await;
}
