//! Missed opportunities: what a lost case had left untried is noted as it is closed, and each number of the report is what
//! its rows come to and what plain SQL over the log says.

use chrono::TimeDelta;
use savedesk::approvals::Decision;
use savedesk::auth::{Can, DecideApprovals, MakeOffers, Role};
use savedesk::cases::Outcome;
use savedesk::catalogue::Catalogue;
use savedesk::customers::Tier;
use savedesk::ids::CaseId;
use savedesk::interactions::{self, Direction, Kind, NewInteraction};
use savedesk::offers;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::guarantees_promises::given_promise;
use crate::outcomes::close;
use crate::people_figures::{numbers_agree, two_worked};
use crate::reports::{manager, opened};
use crate::support::{TestApp, percent};

async fn missed(app: &TestApp, case: CaseId) -> Vec<String> {
    let sql = "select missed from outcomes where id = $1 and own";
    sqlx::query_scalar(sql).bind(case).fetch_one(&mut app.owner().await).await.unwrap()
}

/// Called at once, so that the first action is in time.
async fn called(app: &TestApp, case: CaseId) {
    let mut tx = app.begin().await;
    let call = NewInteraction {
        kind: Kind::Call,
        direction: Some(Direction::Outbound),
        body: "Told them we look into it".to_owned(),
        next_step: None,
    };
    interactions::log(&mut tx, &Can::desk(), case, call).await.unwrap();
    tx.commit().await.unwrap();
}

/// Lost, with the offers in it withdrawn.
async fn lost(app: &TestApp, case: CaseId) {
    let mut tx = app.begin().await;
    offers::withdraw_open(&mut tx, case, "They left").await.unwrap();
    tx.commit().await.unwrap();
    close(app, case, Outcome::Lost, 0).await;
}

#[tokio::test]
async fn what_was_missed_is_noted_as_a_case_is_lost() {
    let app = TestApp::start().await;
    let (at_once, _) = app.given_case_to_save("Ada").await;
    close(&app, at_once, Outcome::Lost, 0).await;
    assert_eq!(missed(&app, at_once).await, ["offer"]);
    let (saved, _) = app.given_case_to_save("Bea").await;
    close(&app, saved, Outcome::SavedWithoutOffer, 2_772_000).await;
    assert!(missed(&app, saved).await.is_empty());
    let (promised, _) = app.given_case_to_save("Cid").await;
    called(&app, promised).await;
    given_promise(&app, promised, 4).await;
    let (late, _) = app.given_case_to_save("Dee").await;
    app.clock.advance(TimeDelta::days(10));
    close(&app, promised, Outcome::Lost, 0).await;
    close(&app, late, Outcome::Lost, 0).await;
    assert_eq!(missed(&app, promised).await, ["offer", "promise"]);
    assert_eq!(missed(&app, late).await, ["offer", "first_action"]);
}

#[tokio::test]
async fn offers_below_the_limit_and_late_approvals_are_noted() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let decider = app.can::<DecideApprovals>(Role::Manager).await;
    let kinds = |case| missed(&app, case);
    // an agent may give 15 percent for a year
    for (name, off, kind) in [("Ada", 5, true), ("Bea", 15, false)] {
        let on = app.given_case_to_save(name).await;
        let offer = app.given_offer(&agent, on, percent(off, 12)).await.unwrap();
        app.present(&agent, offer.id, 1).await.unwrap();
        lost(&app, on.0).await;
        assert_eq!(kinds(on.0).await.contains(&"limit".to_owned()), kind, "{off} percent");
        let unshown: Vec<String> = sqlx::query_scalar("select missed_offers from outcomes where id = $1 and own")
            .bind(on.0)
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        assert!(!unshown.contains(&"percent_discount".to_owned()) && unshown.contains(&"pause".to_owned()));
    }
    for (name, days, kind) in [("Cid", 0, false), ("Dee", 9, true)] {
        let on = app.given_case_to_save(name).await;
        let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap();
        let approval = app.ask(&agent, offer.id, 1).await.unwrap();
        app.clock.advance(TimeDelta::days(days));
        app.decide(&decider, approval.id, 1, Decision::Decline).await.unwrap();
        let waited: i32 = sqlx::query_scalar("select decision_minutes from approvals where id = $1")
            .bind(approval.id)
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        assert_eq!(waited > 0, days > 0, "{waited} working minutes in {days} days");
        lost(&app, on.0).await;
        assert_eq!(kinds(on.0).await.contains(&"approval".to_owned()), kind, "after {days} days");
        assert!(!kinds(on.0).await.contains(&"limit".to_owned()), "more was asked for");
    }
}

#[tokio::test]
async fn the_database_and_the_catalogue_agree_on_what_is_open() {
    let app = TestApp::start().await;
    let scopes = "
        insert into offer_type_versions (id, offer_type, number, name, guidance, lever, valid_from, valid_until, tiers,
            segments, products, case_kinds, min_tenure_months, once_per_months, not_with, published_at, why)
        select gen_random_uuid(), v.offer_type, v.number + 1, v.name, v.guidance, v.lever, '2026-01-01', s.until, s.tiers,
            s.segments, s.products, s.kinds, s.tenure, 0, '{}', '2026-01-01', 'A test'
        from offer_type_versions v
        join (values
            ('pause', null::timestamptz, '{top}'::text[], '{}'::text[], '{}'::text[], '{}'::text[], 0),
            ('one_off_credit', '2026-02-01', '{}', '{}', '{}', '{}', 0),
            ('free_months', null, '{}', '{Dental}', '{}', '{}', 0),
            ('right_size', null, '{}', '{}', '{\"cloud VOICE\"}', '{}', 0),
            ('fee_waiver', null, '{}', '{}', '{}', '{downgrade}', 0),
            ('refund', null, '{}', '{}', '{}', '{}', 43),
            ('equipment', null, '{}', '{}', '{}', '{}', 42)
        ) s (type, until, tiers, segments, products, kinds, tenure) on s.type = v.offer_type
        where v.number = (select max(number) from offer_type_versions l where l.offer_type = v.offer_type)";
    app.owner().await.execute(AssertSqlSafe(crate::guarantees::audited(scopes))).await.unwrap();
    let (case, subscription) = app.given_case_to_save("Ada").await;
    let now = app.clock.now();
    let mut owner = app.owner().await;
    let open: Vec<String> =
        sqlx::query_scalar("select offer_types_open_to(c, $2) from cases c where c.id = $1 order by 1")
            .bind(case)
            .bind(now)
            .fetch_all(&mut owner)
            .await
            .unwrap();
    let customer = app.case_column(case, "customer_id").await.unwrap().parse().unwrap();
    let about = savedesk::cases::AtStake::Subscription(subscription);
    let kind = Some(savedesk::cases::Kind::Cancellation);
    let asker = savedesk::catalogue::asker(&mut owner, customer, about, kind, None, now).await.unwrap();
    assert_eq!(asker.tier, Tier::Next);
    let catalogue = app.state.kept::<Catalogue>(&mut owner, &savedesk::auth::Actor::desk()).await.unwrap();
    let mut by_catalogue: Vec<String> = catalogue
        .all(now)
        .into_iter()
        .filter(|one| one.closed_to(&asker, now, ToString::to_string).is_empty())
        .map(|one| one.code)
        .collect();
    by_catalogue.sort();
    assert_eq!(open, by_catalogue);
    for (code, is_open) in [("right_size", true), ("equipment", true), ("refund", false), ("pause", false)] {
        assert_eq!(open.contains(&code.to_owned()), is_open, "{code}");
    }
}

/// Of each kind that is not about offers: which cases plain SQL finds.
const PLAIN: [(&str, &str); 3] = [
    ("missed_promise", "exists (select from promises p where p.case_id = c.id and p.due_at < c.closed_at)"),
    (
        "missed_first_action",
        "exists (select from deadlines d where d.case_id = c.id and d.kind = 'first_action' and d.stage = 'missed')",
    ),
    ("lost", "true"),
];

#[tokio::test]
async fn each_number_of_the_report_is_what_its_rows_come_to_and_what_plain_sql_says() {
    let app = TestApp::start().await;
    two_worked(&app).await;
    let helen = manager(&app).await;
    for (currency, digits) in [("USD", 2), ("JPY", 0)] {
        let span = format!("from=2026-01-01&to=2026-02-28&currency={currency}");
        let page = helen.get(&format!("/reports/missed?range=custom&{span}")).await.expect(200);
        assert!(numbers_agree(&helen, &page, digits).await > 12);
        assert!(page.text("footer").contains("adds up") || page.text("footer").contains("add up"));
        for (figure, which) in PLAIN {
            let sql = format!(
                "select count(*), coalesce(sum(value_at_risk_minor), 0)::bigint from cases c
                 where c.outcome = 'lost' and c.currency = '{currency}' and {which}"
            );
            let plain: (i64, i64) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut app.owner().await).await.unwrap();
            let (said, rows) = opened(&helen, &format!("/reports/rows?figure={figure}&{span}"), digits).await;
            assert_eq!((said, rows), (plain, plain), "{figure} in {currency}");
        }
        let missed = helen.get(&format!("/reports/rows?figure=missed&{span}")).await.expect(200).text("#count");
        assert_eq!(page.texts(".tile .v")[1], missed);
    }
    // the money of what was missed stays without the customers (R5)
    let before = helen.get("/reports/missed?range=custom&from=2026-01-01&to=2026-02-28&currency=USD").await.expect(200);
    let erased = "update outcomes set case_id = null, customer_id = null";
    app.owner().await.execute(erased).await.unwrap();
    let after = helen.get("/reports/missed?range=custom&from=2026-01-01&to=2026-02-28&currency=USD").await.expect(200);
    assert_eq!(before.texts("tbody td"), after.texts("tbody td"));
}
