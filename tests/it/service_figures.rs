//! Whether we keep our word, as a property of histories that nobody chose: the counts of deadlines, promises and approvals
//! are what plain SQL over their tables says, whatever became of them, and so are the rows behind each count.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use savedesk::outcomes;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::reports::{any_seed, manager, opened};
use crate::support::{Client, Page, TestApp};

/// Of the triggers, those alone that keep the sums: histories here are not what the rules allow.
pub(crate) const COUNTED_ALONE: &str = "
    do $$
    declare
      t record;
    begin
      for t in select tgrelid::regclass as of, tgname from pg_trigger
        where tgfoid in ('service_changed'::regproc, 'case_services_changed'::regproc) loop
        execute format('alter table %s enable always trigger %I', t.of, t.tgname);
      end loop;
    end $$;
    set session_replication_role = replica;";

/// Whether the sums of what was due, decided and done say what the rows do, before and after they are added up.
pub(crate) async fn services_agree(app: &TestApp) {
    let differs = "
        with raw as (
            select e.figure, (e.at at time zone 'UTC')::date, service_team(e.figure, e.case_id), e.value, e.came_to, e.minutes,
                count(*), sum(e.passes)
            from service_events e
            group by 1, 2, 3, 4, 5, 6
        ), kept as (
            select k.figure, k.day, k.team, k.value, k.came_to, k.minutes, sum(k.counted), sum(k.passes)
            from (
                select figure, starts_on as day, team, value, came_to, minutes, counted, passes
                from service_sums where grain = 'day'
                union all
                select * from service_changes
            ) k
            group by 1, 2, 3, 4, 5, 6
            having sum(k.counted) <> 0 or sum(k.passes) <> 0
        ), months as (
            select figure, starts_on, sum(counted) from service_sums where grain = 'month' group by 1, 2 having sum(counted) <> 0
        ), of_days as (
            select figure, date_trunc('month', starts_on)::date, sum(counted)
            from service_sums where grain = 'day' group by 1, 2 having sum(counted) <> 0
        )
        select (select count(*) from ((table raw except table kept) union all (table kept except table raw)) x)
            + (select count(*) from ((table months except table of_days) union all (table of_days except table months)) x)";
    let mut owner = app.owner().await;
    for folded in [false, true] {
        if folded {
            outcomes::fold(&app.db).await.unwrap();
        }
        let many: i64 = sqlx::query_scalar(differs).fetch_one(&mut owner).await.unwrap();
        assert_eq!(many, 0, "the sums differ from the rows, folded: {folded}");
    }
}

/// What came about is changed again, and cases go to other teams and people.
async fn changed(app: &TestApp, seed: u64) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut owner = app.owner().await;
    let mut sql = COUNTED_ALONE.to_owned();
    for (table, set) in [
        ("deadlines", "stage = 'met', ended_at = due_at - interval '1 hour', paused_at = null, paused_minutes = null"),
        ("deadlines", "due_at = due_at + interval '31 hours'"),
        ("promises", "stage = 'late', ended_at = due_at + interval '1 hour', evidence = 'Seen'"),
        ("promises", "due_at = due_at + interval '29 days', ended_at = ended_at + interval '29 days'"),
        ("approvals", "stage = 'declined', ended_at = '2026-02-03', decided_revision = null, decision_minutes = 7"),
        ("cases", "team_id = (select id from teams order by name limit 1)"),
        ("cases", "owner_id = (select id from users order by name limit 1)"),
        ("cases", "first_action_at = '2026-02-05', first_action_minutes = 60"),
    ] {
        let residue = dice.random_range(0..3);
        write!(sql, "update {table} set {set} where abs(hashtext(id::text)) % 3 = {residue};").unwrap();
        if dice.random_bool(0.3) {
            sql.push_str("select fold_services();");
        }
    }
    owner.execute(AssertSqlSafe(sql)).await.unwrap();
}

/// So many deadlines, promises and approvals of few cases, in and about the days that are looked at; some of them end or
/// are due at the very midnight at which the days begin and end.
async fn happened(app: &TestApp, seed: u64, many: usize) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut owner = app.owner().await;
    let mut cases = Vec::new();
    for n in 0..6 {
        cases.push(app.given_case(app.given_customer(&format!("Waiting {n}")).await).await);
    }
    let user: String = sqlx::query_scalar("select id::text from users limit 1").fetch_one(&mut owner).await.unwrap();
    let midnight: DateTime<Utc> = "2026-02-01T05:00:00Z".parse().unwrap();
    let mut sql = format!("{COUNTED_ALONE} delete from deadlines; select sum_services();");
    for _ in 0..many {
        let case = cases[dice.random_range(0..cases.len())];
        let mut moment = || {
            let hours = if dice.random_bool(0.1) {
                [0, 28 * 24][dice.random_range(0..2)]
            } else {
                dice.random_range(-400..1_100)
            };
            midnight + TimeDelta::hours(hours)
        };
        let (due, ended, paused) = (moment(), moment(), moment());
        // it comes to stand still before it is taken off
        let paused = paused.min(ended);
        let stage = ["open", "met", "missed", "cleared"][dice.random_range(0..4)];
        let paused = if matches!(stage, "open" | "cleared") && dice.random_bool(0.4) {
            format!("'{paused}', 5")
        } else {
            "null, null".to_owned()
        };
        let ended_at = if stage == "open" { "null".to_owned() } else { format!("'{ended}'") };
        let kind = ["first_action", "cancel_request"][dice.random_range(0..2)];
        write!(
            sql,
            "insert into deadlines (id, case_id, kind, what, due_at, because, set_at, stage, ended_at, paused_at,
                paused_minutes)
            values (gen_random_uuid(), '{case}', '{kind}', 'Act', '{due}', 'x', '2026-01-01', '{stage}', {ended_at}, {paused})
            on conflict do nothing;"
        )
        .unwrap();
        let promise = ["open", "kept", "late", "broken", "waived"][dice.random_range(0..5)];
        let ended_at = match promise {
            "open" => "null".to_owned(),
            "kept" => format!("'{}'", due - TimeDelta::hours(1)),
            "late" => format!("'{}'", due + TimeDelta::hours(1)),
            _ => format!("'{ended}'"),
        };
        let evidence = if promise == "open" { "null" } else { "'Seen'" };
        write!(
            sql,
            "insert into promises (id, case_id, customer_id, what, owner_id, due_at, because, cost_minor, currency, made_at,
                stage, evidence, ended_at)
            select gen_random_uuid(), id, customer_id, 'A call', '{user}', '{due}', 'x', 0, 'USD', '2026-01-01', '{promise}',
                {evidence}, {ended_at} from cases where id = '{case}';"
        )
        .unwrap();
        let approval = ["pending", "approved", "declined", "withdrawn"][dice.random_range(0..4)];
        let (ended_at, minutes) = if approval == "pending" {
            ("null".to_owned(), "null".to_owned())
        } else {
            (format!("'{ended}'"), dice.random_range(0..3_000).to_string())
        };
        write!(
            sql,
            "insert into approvals (id, offer_id, revision, case_id, customer_id, asked_by_id, asked_at, words, because, level,
                approvers, exposure_minor, currency, customer_total_minor, due_at, due_because, stage, decided_revision,
                ended_at, offer_type, case_kind, decision_minutes)
            select gen_random_uuid(), gen_random_uuid(), 1, id, customer_id, '{user}', '2026-01-01', 'Please', 'Over the limit',
                'supervisor', 1, 100, 'USD', 100, '{due}', 'x', '{approval}', case when '{approval}' = 'approved' then 1 end,
                {ended_at}, 'percent_discount', 'cancellation', {minutes} from cases where id = '{case}';"
        )
        .unwrap();
    }
    owner.execute(AssertSqlSafe(sql)).await.unwrap();
}

async fn plain(app: &TestApp, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut app.owner().await).await.unwrap()
}

/// The number in a row of a card, by what stands in the row's first cell, opens as many rows.
async fn counted(client: &Client, page: &Page, (card, label, column): (&str, &str, usize), expected: i64) {
    let labels = page.texts(&format!("section[aria-labelledby={card}] tbody td:first-child"));
    let cell = format!("section[aria-labelledby={card}] tbody td:nth-child({column}) a");
    let Some(at) = labels.iter().position(|one| one == label) else {
        return assert_eq!(expected, 0, "{label} is not in {labels:?}");
    };
    assert_eq!(page.texts(&cell)[at], expected.to_string(), "{card}, {label}");
    let href = &page.attributes(&cell, "href")[at];
    let (said, sum) = opened(client, href, 2).await;
    assert_eq!((said.0, sum.0), (expected, expected), "{card}, {label}: {href}");
}

#[tokio::test]
async fn counts_of_what_was_due_are_what_plain_sql_says() {
    let app = TestApp::start().await;
    let helen = manager(&app).await;
    let seed = any_seed();
    happened(&app, seed, 160).await;
    services_agree(&app).await;
    changed(&app, seed).await;
    services_agree(&app).await;
    // whoever looks sits in New York
    let (from, until) = ("'2026-02-01 00:00 America/New_York'", "'2026-03-01 00:00 America/New_York'");
    let page = helen.get("/dashboard?range=custom&from=2026-02-01&to=2026-02-28").await.expect(200);
    for (kind, label) in [("first_action", "First action"), ("cancel_request", "Cancel request")] {
        let of = |which: &str| {
            format!(
                "select count(*) from deadlines where kind = '{kind}' and due_at >= {from} and due_at < {until} and ({which})"
            )
        };
        // done late, not done, or taken off late; what stands still is not late, and was not when it was taken off
        let missed = "stage = 'missed' or (stage = 'open' and paused_at is null)
            or (stage = 'cleared' and due_at < ended_at and (paused_at is null or paused_at > due_at))";
        counted(&helen, &page, ("met", label, 2), plain(&app, &of("stage = 'met'")).await).await;
        counted(&helen, &page, ("met", label, 3), plain(&app, &of(missed)).await).await;
    }
    for (stage, label) in [
        ("kept", "Kept on time"),
        ("late", "Kept late"),
        ("broken", "Broken"),
        ("waived", "Waived"),
        ("open", "Past due and open"),
    ] {
        let due =
            format!("select count(*) from promises where stage = '{stage}' and due_at >= {from} and due_at < {until}");
        counted(&helen, &page, ("kept", label, 2), plain(&app, &due).await).await;
    }
    let decided = format!(
        "select count(*) from approvals
        where stage in ('approved', 'approved_with_changes', 'declined') and ended_at >= {from} and ended_at < {until}"
    );
    let decided = plain(&app, &decided).await;
    assert_eq!(page.text("section[aria-labelledby=turn] footer a"), decided.to_string());
    let href = page.attributes("section[aria-labelledby=turn] footer a", "href").remove(0);
    assert_eq!(opened(&helen, &href, 2).await.0.0, decided);
    let median = format!(
        "select (percentile_disc(0.5) within group (order by decision_minutes))::bigint from approvals
        where stage in ('approved', 'approved_with_changes', 'declined') and ended_at >= {from} and ended_at < {until}"
    );
    let median = plain(&app, &median).await;
    let words = match (median / 60, median % 60) {
        (0, minutes) => format!("{minutes} m"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} m"),
    };
    assert_eq!(page.texts("section[aria-labelledby=turn] tbody td")[1], words);
}
