//! What became of cases, as the database notes it by whatever way they end, and what it refuses.

use chrono::{NaiveDate, TimeDelta};
use savedesk::auth::{Can, CloseCases, MakeOffers, Role};
use savedesk::cases::{self, AtStake, Closing, Outcome};
use savedesk::customers::{self, NewBillingLine, Status};
use savedesk::ids::{CaseId, CustomerId, SubscriptionId};
use savedesk::money::{Currency, Money};
use savedesk::{offers, outcomes};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::guarantees::{assert_refused, audited};
use crate::support::{TestApp, percent};

/// Closes a case as the desk would.
pub(crate) async fn close(app: &TestApp, case: CaseId, outcome: Outcome, kept: i64) {
    let closing = Closing {
        outcome,
        reason: Some("price.too_high".to_owned()),
        note: "They told us so.".to_owned(),
        kept: Money::new(kept, Currency::USD),
        duplicate_of: None,
    };
    let mut tx = app.begin().await;
    cases::close(&mut tx, &Can::desk(), case, closing).await.unwrap();
    tx.commit().await.unwrap();
}

/// A column of what became of a case, as text.
async fn noted(app: &TestApp, case: CaseId, column: &str) -> Option<String> {
    let sql = format!("select ({column})::text from outcomes o where o.id = $1 and o.own");
    let found: Option<Option<String>> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(case).fetch_optional(&mut app.owner().await).await.unwrap();
    found.flatten()
}

/// Whether the sums say what the rows do, before and after they are added up.
pub(crate) async fn sums_agree(app: &TestApp) {
    let differs = "
        with raw as (
            select closed_on, currency, sum(own::integer) as closed, sum((own and saved)::integer) as saves,
                sum(kept_minor) as kept, sum(concession_minor) as conceded, sum(downgrade_minor) as downgrade,
                sum(left_out_minor) as left_out, sum(rechurn_minor) as rechurn,
                coalesce(sum(outcome_net(o)) filter (where outcome_stuck(o, 30)), 0) as verified,
                count(*) filter (where own and outcome_stuck(o, 30)) as yes30,
                count(*) filter (where own and not outcome_stuck(o, 90)) as no90
            from outcomes o
            group by closed_on, currency
        ), kept as (
            select starts_on, currency, sum(closed) as closed, sum(saves) as saves,
                sum(recurring_minor + one_off_minor) as kept, sum(concession_minor) as conceded,
                sum(downgrade_minor) as downgrade, sum(left_out_minor) as left_out, sum(rechurn_minor) as rechurn,
                sum(verified_minor) as verified, sum(yes30) as yes30, sum(no90) as no90
            from outcome_totals
            where dimension like $1 and grain = 'day'
            group by starts_on, currency
            having sum(closed) <> 0 or sum(concession_minor) <> 0
        )
        select count(*) from ((select * from raw except select * from kept) union all (select * from kept except select * from raw)) x";
    let mut owner = app.owner().await;
    for folded in [false, true] {
        if folded {
            outcomes::fold(&app.db).await.unwrap();
        }
        for dimension in ["all", "reason", "reason.%", "channel", "offer"] {
            let many: i64 = sqlx::query_scalar(differs).bind(dimension).fetch_one(&mut owner).await.unwrap();
            assert_eq!(many, 0, "the sums by {dimension} differ from the rows, folded: {folded}");
        }
        for (by, differs) in [("reasons of every level", DEEPER), ("people", OWNERS), ("what was missed", MISSED)] {
            let many: i64 = sqlx::query_scalar(differs).fetch_one(&mut owner).await.unwrap();
            assert_eq!(many, 0, "the sums by {by} differ from the rows, folded: {folded}");
        }
    }
}

/// Sums of a month by the very reason that do not say what the rows do.
const DEEPER: &str = "
    with raw as (
        select 'reason.' || split_part(reason, '.', 1), reason, date_trunc('month', closed_on)::date, currency,
            sum(own::integer), sum((own and decided)::integer), sum(case when decided then risk_minor else 0 end)
        from outcomes
        group by 1, 2, 3, 4
    ), kept as (
        select dimension, value, starts_on, currency, sum(closed), sum(decided), sum(risk_minor)
        from outcome_totals
        where dimension like 'reason.%' and grain = 'month'
        group by 1, 2, 3, 4
        having sum(closed) <> 0 or sum(concession_minor) <> 0
    )
    select count(*) from ((select * from raw except select * from kept) union all (select * from kept except select * from raw)) x";

/// Sums of a month by person that do not say what the rows do.
const OWNERS: &str = "
    with raw as (
        select owner_id::text, date_trunc('month', closed_on)::date, currency, sum((own and decided)::integer),
            sum(outcome_net(o)) filter (where saved or concession_minor + downgrade_minor <> 0),
            count(*) filter (where own and outcome = 'saved_without_offer' and gone_on <= closed_on + 30),
            count(*) filter (where own and case when outcome = 'lost' then last_response in ('saved', 'partly_saved')
                else saved and (last_response in ('declined', 'no_contact') or (last_response is not null
                    and outcome = 'saved_with_offer' and offer_accepted is not true)) end)
        from outcomes o
        where owner_id is not null
        group by 1, 2, 3
    ), kept as (
        select value, starts_on, currency, sum(decided) filter (where dimension = 'owner'),
            nullif(sum(recurring_minor + one_off_minor - concession_minor - downgrade_minor + left_out_minor - rechurn_minor)
                filter (where dimension = 'owner'), 0),
            coalesce(sum(closed) filter (where dimension = 'false_save'), 0),
            coalesce(sum(closed) filter (where dimension = 'contradicted'), 0)
        from outcome_totals
        where dimension in ('owner', 'false_save', 'contradicted') and grain = 'month'
        group by 1, 2, 3
        having sum(closed) <> 0 or sum(concession_minor) <> 0
    ), plain as (select value, m, currency, d, nullif(n, 0), f, c from raw r (value, m, currency, d, n, f, c))
    select count(*) from ((table plain except table kept) union all (table kept except table plain)) x";

/// Sums of a month by what lost cases had missed that do not say what the rows do.
const MISSED: &str = "
    with raw as (
        select 'missed', w.what, date_trunc('month', closed_on)::date, currency, count(*), sum(risk_minor)
        from outcomes o
        cross join lateral (
            select 'lost' where own and decided and not saved
            union all select 'any' where missed <> '{}'
            union all select unnest(missed)) w (what)
        group by 1, 2, 3, 4
        union all
        select 'unshown', w.what, date_trunc('month', closed_on)::date, currency, count(*), sum(risk_minor)
        from outcomes o
        cross join lateral unnest(missed_offers) w (what)
        group by 1, 2, 3, 4
    ), kept as (
        select dimension, value, starts_on, currency, sum(closed), sum(risk_minor)
        from outcome_totals
        where dimension in ('missed', 'unshown') and grain = 'month'
        group by 1, 2, 3, 4
        having sum(closed) <> 0
    )
    select count(*) from ((table raw except table kept) union all (table kept except table raw)) x";

#[tokio::test]
async fn closing_notes_what_became_of_a_case_and_reopening_takes_it_back() {
    let app = TestApp::start().await;
    let (case, _) = app.given_case_to_save("Ada").await;
    close(&app, case, Outcome::SavedWithoutOffer, 2_772_000).await;
    for (column, value) in [
        ("outcome", "saved_without_offer"),
        ("decided and saved and not one_off", "true"),
        ("reason", "price.too_high"),
        ("line", "Cloud voice"),
        ("risk_minor", "2772000"),
        ("kept_minor", "2772000"),
        ("outcome_net(o)", "2772000"),
        // 15:00 in London is 10:00 in New York
        ("closed_on", "2026-03-04"),
    ] {
        assert_eq!(noted(&app, case, column).await.as_deref(), Some(value), "{column}");
    }
    sums_agree(&app).await;
    let mut tx = app.begin().await;
    cases::reopen(&mut tx, &Can::desk(), case, "They called again").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(noted(&app, case, "outcome").await, None);
    sums_agree(&app).await;
}

#[tokio::test]
async fn a_discount_in_the_price_is_taken_off_once() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let closer: Can<CloseCases> = agent.and().unwrap();
    let offer = app.given_offer(&agent, on, percent(10, 12)).await.unwrap();
    app.present(&agent, offer.id, 1).await.unwrap();
    let mut tx = app.begin_as(&agent).await;
    let answered = offers::accept(&mut tx, &agent, offer.id, 1).await.unwrap();
    savedesk::promises::make_for_offer(&mut tx, &answered).await.unwrap();
    // a year at nine tenths of 2,310.00 a month
    let kept = Money::new(2_494_800, Currency::USD);
    let closing = Closing {
        outcome: Outcome::SavedWithOffer,
        reason: None,
        note: "Ten percent for a year".to_owned(),
        kept,
        duplicate_of: None,
    };
    cases::close(&mut tx, &closer, on.0, closing).await.unwrap();
    tx.commit().await.unwrap();
    for (column, value) in [
        ("kept_minor", "2494800"),
        ("concession_minor", "277200"),
        ("left_out_minor", "277200"),
        ("outcome_net(o)", "2494800"),
        ("offer_type", "percent_discount"),
        ("offer_accepted", "true"),
    ] {
        assert_eq!(noted(&app, on.0, column).await.as_deref(), Some(value), "{column}");
    }
    sums_agree(&app).await;
}

async fn saved(app: &TestApp, name: &str) -> (CaseId, CustomerId) {
    let (case, _) = app.given_case_to_save(name).await;
    close(app, case, Outcome::SavedWithoutOffer, 2_772_000).await;
    let customer = app.case_column(case, "customer_id").await.unwrap().parse().unwrap();
    (case, customer)
}

#[tokio::test]
async fn a_loss_within_ninety_days_undoes_the_save_of_the_same_thing() {
    let app = TestApp::start().await;
    let (case, customer) = saved(&app, "Ada").await;
    let (other, _) = saved(&app, "Bea").await;
    app.clock.advance(TimeDelta::days(60));
    let subject = AtStake::Subscription(app.case_column(case, "subscription_id").await.unwrap().parse().unwrap());
    let again = app.given_case_with(customer, |new| new.at_stake = subject).await;
    close(&app, again, Outcome::Lost, 0).await;
    assert_eq!(noted(&app, case, "undone_by").await, Some(again.to_string()));
    assert_eq!(noted(&app, case, "rechurn_minor").await.as_deref(), Some("2772000"));
    assert_eq!(noted(&app, case, "outcome_stuck(o, 90)").await.as_deref(), Some("false"));
    assert_eq!(noted(&app, case, "outcome_stuck(o, 30)").await, None, "nobody looked at 30 days");
    assert_eq!(noted(&app, other, "rechurn_minor").await.as_deref(), Some("0"));
    sums_agree(&app).await;
    // the loss was none
    let mut tx = app.begin().await;
    cases::reopen(&mut tx, &Can::desk(), again, "Closed by mistake").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(noted(&app, case, "undone_by").await, None);
    assert_eq!(noted(&app, case, "rechurn_minor").await.as_deref(), Some("0"));
    sums_agree(&app).await;
}

#[tokio::test]
async fn a_loss_of_something_else_or_too_late_undoes_nothing() {
    let app = TestApp::start().await;
    let (case, customer) = saved(&app, "Ada").await;
    let other = AtStake::Subscription(app.given_subscription(customer).await);
    let else_lost = app.given_case_with(customer, |new| new.at_stake = other).await;
    app.clock.advance(TimeDelta::days(5));
    close(&app, else_lost, Outcome::Lost, 0).await;
    assert_eq!(noted(&app, case, "gone_on").await, None, "the status that followed is that case’s");
    app.clock.advance(TimeDelta::days(90));
    let late = app.given_case(customer).await;
    close(&app, late, Outcome::Lost, 0).await;
    assert_eq!(noted(&app, case, "rechurn_minor").await.as_deref(), Some("0"));
    sums_agree(&app).await;
}

#[tokio::test]
async fn checks_bills_and_the_account_say_whether_a_save_lasts() {
    let app = TestApp::start().await;
    let (checked, _) = saved(&app, "Ada").await;
    let (billed, customer) = saved(&app, "Bea").await;
    let (cancelled, leaver) = saved(&app, "Cid").await;
    app.clock.advance(TimeDelta::days(31));
    let check = |found: &str, day: i32| {
        audited(&format!(
            "insert into follow_ups (id, case_id, kind, what, due_at, because, made_at, check_day, saved_at, stage,
                ended_at, still_here)
            select gen_random_uuid(), id, 'check', 'Look', closed_at + interval '{day} days', 'x', closed_at, {day},
                closed_at, 'done', closed_at + interval '{day} days', '{found}' from cases where id = '{checked}'"
        ))
    };
    app.owner().await.execute(AssertSqlSafe(check("yes", 30))).await.unwrap();
    assert_eq!(noted(&app, checked, "outcome_stuck(o, 30)").await.as_deref(), Some("true"));
    assert_eq!(noted(&app, checked, "outcome_stuck(o, 60)").await, None);
    app.owner().await.execute(AssertSqlSafe(check("no", 60))).await.unwrap();
    assert_eq!(noted(&app, checked, "outcome_stuck(o, 30)").await.as_deref(), Some("true"));
    assert_eq!(noted(&app, checked, "outcome_stuck(o, 60)").await.as_deref(), Some("false"));
    assert_eq!(noted(&app, checked, "rechurn_minor").await.as_deref(), Some("2772000"));
    let subscription = app.case_column(billed, "subscription_id").await.unwrap().parse().unwrap();
    let line = NewBillingLine {
        subscription: Some(subscription),
        invoice: "4711".to_owned(),
        billed_on: NaiveDate::from_ymd_opt(2026, 5, 5).unwrap(),
        description: "Cloud voice, May".to_owned(),
        amount: Money::new(231_000, Currency::USD),
        copy: 1,
    };
    let mut tx = app.begin().await;
    customers::add_billing_line(&mut tx, &Can::desk(), customer, &line).await.unwrap();
    customers::set_status(&mut tx, leaver, Status::Cancelled, "Closed by billing").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(noted(&app, billed, "outcome_stuck(o, 60)").await.as_deref(), Some("true"));
    assert_eq!(noted(&app, billed, "outcome_stuck(o, 90)").await, None);
    assert_eq!(noted(&app, cancelled, "gone_on").await.as_deref(), Some("2026-04-04"));
    sums_agree(&app).await;
}

#[tokio::test]
async fn sums_of_what_was_closed_before_are_filled_in() {
    let app = TestApp::start().await;
    crate::reports::happened(&app, 23, 60).await;
    outcomes::fold(&app.db).await.unwrap();
    // some wait to be added up
    let (case, _) = app.given_case_to_save("Ada").await;
    close(&app, case, Outcome::SavedWithoutOffer, 2_772_000).await;
    let mut owner = app.owner().await;
    owner.execute("delete from outcome_sums where dimension in ('owner', 'missed', 'unshown')").await.unwrap();
    let migration = include_str!("../../migrations/20261123110100_sum_people_and_chances.sql");
    let filling = &migration[migration.find("lock table").expect("it fills what was closed before")..];
    let filling = format!("begin; {filling} commit");
    owner.execute(AssertSqlSafe(filling)).await.unwrap();
    sums_agree(&app).await;
}

/// A save of the whole account of a customer with these subscriptions.
async fn account_saved(app: &TestApp, name: &str, subscriptions: usize) -> (CaseId, CustomerId, Vec<SubscriptionId>) {
    let customer = app.given_customer(name).await;
    let mut all = Vec::new();
    for _ in 0..subscriptions {
        all.push(app.given_subscription(customer).await);
    }
    let case = app.given_case_with(customer, |new| new.at_stake = AtStake::Everything).await;
    close(app, case, Outcome::SavedWithoutOffer, 100_000).await;
    (case, customer, all)
}

async fn ends(app: &TestApp, subscription: SubscriptionId, day: &str) {
    let sql = format!(
        "update subscriptions set status = 'ended', ended_on = '{day}', version = version + 1 where id = '{subscription}'"
    );
    app.owner().await.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
}

#[tokio::test]
async fn the_last_subscription_that_is_lost_undoes_the_save_of_the_whole_account() {
    let app = TestApp::start().await;
    let (case, customer, all) = account_saved(&app, "Ada", 2).await;
    let (other, _, _) = account_saved(&app, "Bea", 1).await;
    app.clock.advance(TimeDelta::days(10));
    ends(&app, all[0], "2026-03-14").await;
    assert_eq!(noted(&app, case, "gone_on").await, None, "the other still runs");
    app.clock.advance(TimeDelta::days(20));
    let last = app.given_case_with(customer, |new| new.at_stake = AtStake::Subscription(all[1])).await;
    close(&app, last, Outcome::Lost, 0).await;
    for (column, value) in
        [("gone_on", "2026-04-03"), ("undone_by", last.to_string().as_str()), ("rechurn_minor", "100000")]
    {
        assert_eq!(noted(&app, case, column).await.as_deref(), Some(value), "{column}");
    }
    assert_eq!(noted(&app, other, "gone_on").await, None);
    sums_agree(&app).await;
    // who comes back had left; one that ran all the while, known only now, is what they stayed with
    let new = |since: &str| {
        audited(&format!(
            "insert into subscriptions (id, customer_id, product, monthly_price_minor, currency, started_on)
            values (gen_random_uuid(), '{customer}', 'Cloud fax', 100, 'USD', '{since}')"
        ))
    };
    app.owner().await.execute(AssertSqlSafe(new("2026-05-01"))).await.unwrap();
    assert_eq!(noted(&app, case, "gone_on").await.as_deref(), Some("2026-04-03"));
    app.owner().await.execute(AssertSqlSafe(new("2026-02-01"))).await.unwrap();
    assert_eq!(noted(&app, case, "gone_on").await, None);
    assert_eq!(noted(&app, case, "rechurn_minor").await.as_deref(), Some("0"));
    sums_agree(&app).await;
}

#[tokio::test]
async fn an_account_that_was_cancelled_by_mistake_is_no_loss() {
    let app = TestApp::start().await;
    let (mistaken, customer) = saved(&app, "Ada").await;
    let (left, leaver) = saved(&app, "Bea").await;
    let (won_back, returner) = saved(&app, "Cid").await;
    app.clock.advance(TimeDelta::days(20));
    let set = async |customer, status, why| {
        let mut tx = app.begin().await;
        customers::set_status(&mut tx, customer, status, why).await.unwrap();
        tx.commit().await.unwrap();
    };
    for customer in [customer, leaver, returner] {
        set(customer, Status::Cancelled, "Closed by billing").await;
    }
    assert_eq!(noted(&app, mistaken, "rechurn_minor").await.as_deref(), Some("2772000"));
    app.clock.advance(TimeDelta::days(2));
    set(customer, Status::Active, "Billing took the wrong account").await;
    assert_eq!(noted(&app, mistaken, "gone_on").await, None);
    assert_eq!(noted(&app, mistaken, "rechurn_minor").await.as_deref(), Some("0"));
    // what a case changed is no correction: the customer had left, and was won back
    let again = app.given_case(returner).await;
    close(&app, again, Outcome::SavedWithoutOffer, 100).await;
    assert_eq!(noted(&app, won_back, "gone_on").await.as_deref(), Some("2026-03-24"));
    // nor is what comes later than a week
    app.clock.advance(TimeDelta::days(6));
    set(leaver, Status::Active, "They came back").await;
    assert_eq!(noted(&app, left, "gone_on").await.as_deref(), Some("2026-03-24"));
    // and then for good
    set(customer, Status::Cancelled, "They left").await;
    assert_eq!(noted(&app, mistaken, "gone_on").await.as_deref(), Some("2026-04-01"));
    sums_agree(&app).await;
}

#[tokio::test]
async fn a_case_that_is_another_customers_is_reckoned_by_what_is_theirs() {
    let app = TestApp::start().await;
    let (unknown, known) = (app.given_customer("Somebody").await, app.given_customer("Ada").await);
    let case = app.given_case(unknown).await;
    close(&app, case, Outcome::SavedWithoutOffer, 100_000).await;
    app.clock.advance(TimeDelta::days(10));
    // of both an account was cancelled since, of one of them by a later day
    let mut tx = app.begin().await;
    customers::set_status(&mut tx, unknown, Status::Cancelled, "Closed by billing").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(noted(&app, case, "gone_on").await.as_deref(), Some("2026-03-14"));
    let given = |to: CustomerId| {
        audited(&format!("update cases set customer_id = '{to}', version = version + 1 where id = '{case}'"))
    };
    let mut owner = app.owner().await;
    owner.execute("alter table cases disable trigger cases_customer_stays").await.unwrap();
    owner.execute(AssertSqlSafe(given(known))).await.unwrap();
    assert_eq!(noted(&app, case, "gone_on").await, None, "Ada is still here");
    assert_eq!(noted(&app, case, "customer_id").await, Some(known.to_string()));
    let lost = app.given_case(known).await;
    close(&app, lost, Outcome::Lost, 0).await;
    assert_eq!(noted(&app, case, "undone_by").await, Some(lost.to_string()));
    // that loss was somebody else's
    let away = format!("update cases set customer_id = '{unknown}', version = version + 1 where id = '{lost}'");
    owner.execute(AssertSqlSafe(audited(&away))).await.unwrap();
    assert_eq!(noted(&app, case, "undone_by").await, None);
    sums_agree(&app).await;
}

#[tokio::test]
async fn what_was_saved_stays_when_the_customer_is_gone() {
    let app = TestApp::start().await;
    let (case, customer) = saved(&app, "Ada").await;
    let mut owner = app.owner().await;
    // append-only logs keep a customer from being deleted; the row is no part of that
    let sql = format!("update outcomes set case_id = null, customer_id = null where customer_id = '{customer}'");
    owner.execute(AssertSqlSafe(sql)).await.unwrap();
    assert_eq!(noted(&app, case, "kept_minor").await.as_deref(), Some("2772000"));
    sums_agree(&app).await;
}

#[tokio::test]
async fn nobody_but_the_database_notes_what_became_of_a_case() {
    let app = TestApp::start().await;
    saved(&app, "Ada").await;
    let mut application = app.as_application().await;
    for sql in [
        "update outcomes set kept_minor = 1",
        "delete from outcomes",
        "delete from outcome_sums",
        "delete from outcome_changes",
        "insert into outcome_changes select * from outcome_changes",
    ] {
        assert_refused(&mut application, sql, "42501", "permission denied").await;
    }
}
