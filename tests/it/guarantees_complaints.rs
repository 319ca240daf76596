//! What the database refuses of complaints, whatever the code above it does: each statement goes around the application as
//! its own role.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use savedesk::calendar::wall_clock;
use savedesk::complaints::How;

use crate::guarantees::{assert_refused, audited};
use crate::support::{Answering, TestApp};

struct Ground {
    desk: Answering,
    names: Vec<(&'static str, String)>,
}

impl Ground {
    async fn new() -> Self {
        let desk = Answering::new().await;
        let names = vec![
            ("now", desk.app.clock.now().to_rfc3339()),
            ("agent", desk.agent.id.unwrap().to_string()),
            ("supervisor", desk.supervisor().to_string()),
        ];
        Self { desk, names }
    }

    /// An FCC complaint; it and its case get names.
    async fn fcc(&mut self, complaint: &'static str, case: &'static str) -> savedesk::ids::ComplaintId {
        let taken_in = self.desk.fcc(complaint).await;
        self.names.extend([(complaint, taken_in.complaint.to_string()), (case, taken_in.case.to_string())]);
        taken_in.complaint
    }

    async fn refuses(&self, ways: &[(&str, &str, &str, &str)]) {
        let mut application = self.desk.app.as_application().await;
        for (what, sql, code, constraint) in ways {
            println!("{what}");
            let filled =
                self.names.iter().fold((*sql).to_owned(), |sql, (name, id)| sql.replace(&format!("{{{name}}}"), id));
            assert!(!filled.contains('{'), "a name is missing in {filled}");
            assert_refused(&mut application, &audited(&filled), code, constraint).await;
        }
    }
}

#[tokio::test]
async fn a_statutory_deadline_cannot_be_moved() {
    let mut ground = Ground::new().await;
    ground.fcc("one", "case").await;
    let customer = ground.desk.app.given_customer("Bo Lindqvist").await;
    let gdpr = ground.desk.take_in(customer, ("data_protection", "DP-1"), 0).await.unwrap();
    ground.names.push(("gdpr", gdpr.complaint.to_string()));
    ground
        .refuses(&[
            (
                "the deadline is moved",
                "update deadlines set due_at = due_at + interval '1 day' where subject_id = '{one}'",
                "23514",
                "deadlines_statutory",
            ),
            (
                "the deadline is ended",
                "update deadlines set stage = 'cleared', ended_at = '{now}' where subject_id = '{one}'",
                "23514",
                "complaints_deadline",
            ),
            (
                "the deadline is another case's",
                "update deadlines set case_id = (select case_id from complaints where id = '{gdpr}')
                 where subject_id = '{one}'",
                "23514",
                "complaints_deadline",
            ),
            (
                "the round is due later",
                "update complaint_rounds set due_at = due_at + interval '1 day', version = version + 1
                 where complaint_id = '{one}'",
                "23514",
                "complaint_rounds_due",
            ),
            (
                "it was received later",
                "update complaint_rounds set received_on = received_on + 1, version = version + 1
                 where complaint_id = '{one}'",
                "23514",
                "complaint_rounds_stay",
            ),
            (
                "other terms",
                "update complaints set template_id = (select template_id from complaints where id = '{gdpr}'),
                    version = version + 1 where id = '{one}'",
                "23514",
                "complaints_stay",
            ),
            (
                "an extension that its terms do not allow",
                "insert into complaint_extensions (complaint_id, round, at, by_id, why, was_due_at, due_at)
                 select complaint_id, 1, '{now}', '{agent}', 'So', due_at, due_at + interval '30 days'
                 from complaint_rounds where complaint_id = '{one}'",
                "23514",
                "complaint_extensions_allowed",
            ),
            (
                "a longer extension than its terms allow",
                "insert into complaint_extensions (complaint_id, round, at, by_id, why, was_due_at, due_at)
                 select complaint_id, 1, '{now}', '{agent}', 'So', due_at, due_at + interval '4 months'
                 from complaint_rounds where complaint_id = '{gdpr}'",
                "23514",
                "complaint_extensions_due",
            ),
            (
                "a case is closed under it",
                "update cases set stage = 'working', version = version + 1 where id = '{case}';
                 update cases set stage = 'closed', outcome = 'unknown', closed_at = '{now}', value_kept_minor = 0,
                    reason = 'price', version = version + 1 where id = '{case}'",
                "23514",
                "open deadlines",
            ),
            (
                "terms are changed",
                "update complaint_templates set span = 300 where code = 'fcc'",
                "42501",
                "permission denied",
            ),
            ("a complaint is taken away", "delete from complaints where id = '{one}'", "42501", "permission denied"),
        ])
        .await;
}

#[tokio::test]
async fn nobody_signs_off_what_they_wrote_and_nothing_is_sent_unsigned() {
    let mut ground = Ground::new().await;
    ground.fcc("empty", "case").await;
    let one = ground.fcc("one", "other").await;
    ground.desk.answer(one).await;
    ground.desk.ask_review(one).await.unwrap();
    let rep = ground.desk.app.can::<savedesk::auth::SeeCases>(savedesk::auth::Role::Rep).await;
    ground.names.push(("rep", rep.id.unwrap().to_string()));
    ground
        .refuses(&[
            (
                "a review of nothing",
                "update complaints set stage = 'answering', version = version + 1 where id = '{empty}';
                 update complaints set stage = 'in_review', version = version + 1 where id = '{empty}'",
                "23514",
                "complaints_answered",
            ),
            (
                "whoever wrote signs off",
                "insert into complaint_signatures values ('{one}', 1, 1, '{now}', '{agent}')",
                "42501",
                "complaint_signatures_",
            ),
            (
                "somebody signs off who may not",
                "insert into complaint_signatures values ('{one}', 1, 1, '{now}', '{rep}')",
                "42501",
                "complaint_signatures_may",
            ),
            (
                "another revision is signed off",
                "insert into complaint_signatures values ('{one}', 1, 2, '{now}', '{supervisor}')",
                "23514",
                "complaint_signatures_in_review",
            ),
            (
                "it is signed without a signature",
                "update complaints set stage = 'signed', version = version + 1 where id = '{one}'",
                "23514",
                "complaints_signed",
            ),
            (
                "it is written under review",
                "insert into complaint_allegations (id, complaint_id, round, position, words)
                 values (gen_random_uuid(), '{one}', 1, 2, 'And they were rude')",
                "23514",
                "complaints_written",
            ),
            (
                "an answer is changed under review",
                "update complaint_allegations set answer = 'No', version = version + 1 where complaint_id = '{one}'",
                "23514",
                "complaints_written",
            ),
            (
                "it comes back as the same revision",
                "update complaints set stage = 'answering', version = version + 1 where id = '{one}'",
                "23514",
                "complaints_revision",
            ),
            (
                "it is sent unsigned",
                "update complaint_rounds set sent_at = '{now}', sent_how = 'portal', signed_revision = 1,
                    version = version + 1 where complaint_id = '{one}'",
                "23514",
                "complaint_rounds_sent_signed",
            ),
            (
                "it is answered without an answer",
                "update complaints set stage = 'closed', ended_at = '{now}', ended_how = 'answered', version = version + 1
                 where id = '{one}'",
                "23514",
                "complaints_ended_how",
            ),
            (
                "what happened is taken back",
                "delete from complaint_entries where complaint_id = '{one}'",
                "42501",
                "permission denied",
            ),
        ])
        .await;
    ground.desk.sign(one, 1).await.unwrap();
    ground.desk.send(one).await.unwrap();
    ground
        .refuses(&[
            (
                "it was sent another way",
                "update complaint_rounds set sent_how = 'letter', version = version + 1 where complaint_id = '{one}'",
                "23514",
                "complaint_rounds_sent_once",
            ),
            (
                "the FCC comes back twice",
                "update complaints set stage = 'answering', round = 3, revision = 1, version = version + 1
                 where id = '{one}'",
                "23514",
                "complaints_rounds",
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_complaint_is_one_and_stays_with_its_customer() {
    let mut ground = Ground::new().await;
    ground.fcc("one", "case").await;
    let other = ground.desk.app.given_customer("Bo Lindqvist").await;
    ground.names.push(("other", other.to_string()));
    ground
        .refuses(&[
            (
                "the same number again",
                "insert into complaints (id, case_id, customer_id, unknown, template_id, source, external_ref, public,
                    taken_in_at)
                 select gen_random_uuid(), case_id, customer_id, false, template_id, source, upper(external_ref), false,
                    '{now}' from complaints where id = '{one}'",
                "23505",
                "complaints_external",
            ),
            (
                "a complaint goes to another customer",
                "update complaints set customer_id = '{other}', version = version + 1 where id = '{one}'",
                "23514",
                "complaints_linked_once",
            ),
            (
                "a case goes to another customer",
                "update cases set customer_id = '{other}', version = version + 1 where id = '{case}'",
                "23514",
                "cases_customer_stays",
            ),
            (
                "a case that came by the FCC without its complaint",
                "insert into cases (id, customer_id, kind, channel, value_at_risk_minor, currency, opened_at)
                 values (gen_random_uuid(), '{other}', 'cancellation', 'fcc', 0, 'USD', '{now}')",
                "23514",
                "cases_complaint",
            ),
            (
                "a complaint that nobody has to answer",
                "insert into complaints (id, case_id, customer_id, unknown, template_id, source, public, taken_in_at)
                 select gen_random_uuid(), case_id, customer_id, false, template_id, source, false, '{now}'
                 from complaints where id = '{one}'",
                "23514",
                "complaints_",
            ),
        ])
        .await;
}

#[tokio::test]
async fn what_was_closed_comes_back_for_a_reason_only() {
    let mut ground = Ground::new().await;
    let one = ground.fcc("one", "case").await;
    let answered = ground.fcc("answered", "other").await;
    ground.desk.answered(answered).await;
    ground.desk.close(answered, How::Answered).await;
    ground.desk.close(one, How::Withdrawn).await;
    let back = "update complaints set stage = 'answering', revision = revision + 1, ended_at = null, ended_how = null,
        ended_because = '', ended_by_id = null, version = version + 1 where id = '{one}'";
    let noted = "insert into complaint_entries (id, complaint_id, at, by_id, what, round, revision, words)
        values (gen_random_uuid(), '{one}', '{now}', '{agent}', 'brought_back', 1, 2, 'By mistake');";
    ground
        .refuses(&[
            ("without a reason", back, "23514", "complaints_brought_back"),
            ("without its deadline", &format!("{noted}{back}"), "23514", "complaints_deadline"),
            (
                "as the revision that was signed off",
                &format!("{noted}{}", back.replace("revision = revision + 1, ", "")),
                "23514",
                "complaints_brought_back",
            ),
            (
                "what was answered",
                &format!("{noted}{back}").replace("{one}", "{answered}"),
                "23514",
                "complaints_brought_back",
            ),
        ])
        .await;
}

#[tokio::test]
async fn the_database_and_the_desk_read_the_same_clock() {
    let app = TestApp::start().await;
    let mut owner = app.owner().await;
    let zones = [
        chrono_tz::America::New_York,
        chrono_tz::Europe::Berlin,
        chrono_tz::Europe::Dublin,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::America::Santiago,
        chrono_tz::UTC,
    ];
    for zone in zones {
        // every day of a year, so that both changes of the clocks are among them wherever they fall
        let days = "2026-01-01".parse::<NaiveDate>().unwrap().iter_days().take(365);
        let times = [(0, 0), (0, 30), (1, 30), (2, 0), (2, 30), (17, 0)];
        let shown: Vec<NaiveDateTime> =
            days.flat_map(|day| times.map(|(hour, minute)| day.and_hms_opt(hour, minute, 0).unwrap())).collect();
        let moments: Vec<DateTime<Utc>> =
            sqlx::query_scalar("select wall_clock(shown, $2) from unnest($1) with ordinality u (shown, n) order by n")
                .bind(&shown)
                .bind(zone.name())
                .fetch_all(&mut owner)
                .await
                .unwrap();
        for (shown, moment) in shown.into_iter().zip(moments) {
            assert_eq!(moment, wall_clock(zone, shown), "{shown} in {zone}");
        }
    }
}

#[tokio::test]
async fn the_database_and_the_desk_count_alike() {
    let app = TestApp::start().await;
    let mut owner = app.owner().await;
    for counted in savedesk::complaints::Counted::ALL {
        for received in
            ["2026-01-29", "2026-01-31", "2026-02-28", "2026-11-20", "2026-11-21", "2027-12-31", "2028-01-31"]
        {
            for span in [1_u16, 2, 3, 5, 14, 30, 60] {
                let day: chrono::NaiveDate = sqlx::query_scalar("select complaint_day($1::date, $2, $3)")
                    .bind(received.parse::<chrono::NaiveDate>().unwrap())
                    .bind(i32::from(span))
                    .bind(counted.name())
                    .fetch_one(&mut owner)
                    .await
                    .unwrap();
                let desk = counted.last_day(received.parse().unwrap(), span);
                assert_eq!(day, desk, "{span} {} after {received}", counted.label());
            }
        }
    }
}
