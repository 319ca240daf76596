//! The limits: who reads them, who changes them, what a change would have meant, from when it counts.

use chrono::TimeDelta;
use savedesk::auth::{Can, EditPolicy, Role};
use savedesk::customers::Tier;
use savedesk::limits::{self, Published};
use savedesk::money::{Currency, Money, Percent};
use sqlx::Executor;

use crate::races::one_after_the_other;
use crate::support::{Client, Page, TestApp, filled};

const AGENT_PERCENT: &str = "percent_discount-agent-percent";

/// The form of one tier and currency, as a manager finds it.
async fn opened(manager: &Client, query: &str) -> Vec<(String, String)> {
    manager.get(&format!("/limits{query}")).await.expect(200).form("#limits")
}

/// Looks at changes.
async fn review(manager: &Client, form: &[(String, String)], with: &[(&str, &str)]) -> Page {
    manager.post_form("/limits/review", &filled(form, with)).await
}

/// Publishes changes, by way of the review.
async fn publish(manager: &Client, form: &[(String, String)], with: &[(&str, &str)], own: &[(&str, &str)]) -> Page {
    let reviewed = review(manager, form, with).await.expect(200).form("form[action='/limits']");
    let own: Vec<_> = [("why", "Fewer waits")]
        .into_iter()
        .filter(|(name, _)| own.iter().all(|(o, _)| o != name))
        .chain(own.iter().copied())
        .collect();
    manager.post_form("/limits", &filled(&reviewed, &own)).await
}

async fn versions(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from limit_versions").fetch_one(&mut app.owner().await).await.unwrap()
}

/// What an agent may give by percent to customers of a tier now.
async fn agent_percent(app: &TestApp, tier: Tier) -> Option<Percent> {
    let mut connection = app.db.read().await.unwrap();
    let limits = limits::of(&mut connection, tier, Currency::USD, app.clock.now()).await.unwrap();
    limits.cell(Role::Agent, "percent_discount").and_then(|cell| cell.max_percent)
}

#[tokio::test]
async fn everyone_on_the_desk_reads_them_and_only_managers_change_them() {
    let app = TestApp::start().await;
    for role in [Role::Rep, Role::Agent, Role::Supervisor] {
        let client = app.sign_in(role).await;
        let page = client.get("/limits").await.expect(200);
        assert!(!page.has("#limits") && page.body.contains("15%") && page.body.contains("$5,000.00"), "{}", page.body);
        assert!(page.has("nav a[href='/limits'][aria-current]"));
        client.post_form("/limits/review", &[]).await.expect(403);
        client.post_form("/limits", &[]).await.expect(403);
    }
    let manager = app.sign_in(Role::Manager).await;
    let page = manager.get("/limits?tier=top&currency=EUR").await.expect(200);
    assert!(page.text("h2").contains("Top") && page.text("h2").contains("EUR"));
    assert_eq!(page.field(AGENT_PERCENT), "15");
    assert_eq!(page.field("percent_discount-manager-amount"), "any");
    assert_eq!(page.field("free_months-rep-months"), "");
    assert_eq!((page.field("customer-agent"), page.field("week-agent")), ("7500".to_owned(), "15000".to_owned()));
    assert_eq!(page.field("floor-percent_discount"), "35");
    app.sign_in(Role::Department).await.get("/limits").await.expect(403);
}

#[tokio::test]
async fn a_review_shows_what_changes_and_what_it_would_have_meant() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let customer = app.given_customer("Harborview Dental").await;
    let subscription = app.given_subscription(customer).await;
    let case = app.given_case(customer).await;
    app.given_presented_discount((customer, case, subscription), agent.user.unwrap(), 10, 6).await;
    app.clock.advance(TimeDelta::days(20));
    let other = app.given_customer("Long ago").await;
    let (its, its_case) = (app.given_subscription(other).await, app.given_case(other).await);
    app.given_presented_discount((other, its_case, its), agent.user.unwrap(), 5, 6).await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, "?tier=rest").await;
    let page =
        review(&manager, &form, &[(AGENT_PERCENT, "9"), ("percent_discount-rep-percent", "4")]).await.expect(200);
    assert_eq!(
        page.texts("#changes tbody th"),
        ["Percent discount, rep: percent off (Rest, USD)", "Percent discount, agent: percent off (Rest, USD)"]
    );
    assert_eq!(page.texts("#changes td"), ["8% 4%", "15% 9%"]);
    assert_eq!(
        page.texts("#effect tbody tr"),
        ["Within own limits21$2,079$693", "Needs a supervisor01–$1,386", "Needs a manager00––", "Not possible00––",]
    );
    let number: i64 = app.case_column(case, "number").await.unwrap().parse().unwrap();
    assert_eq!(
        page.texts("#changed tbody tr"),
        [format!(
            "SD-{number}Percent discount10%, 6 monthsRetention agent$1,386.00Within own limitsNeeds a supervisor"
        )]
    );
    assert_eq!(page.attributes("#changed a.open", "href"), [format!("/cases/{case}")]);
    // nothing is saved, and everything typed goes back to the form
    assert_eq!(versions(&app).await, 1);
    let reviewed = page.form("form[action='/limits']");
    let back = manager.post_form("/limits/review", &filled(&reviewed, &[("back", "yes")])).await.expect(200);
    assert_eq!(back.field(AGENT_PERCENT), "9");
    // what was presented longer ago does not count
    app.clock.advance(TimeDelta::days(11));
    let manager = app.sign_in(Role::Manager).await;
    let page = review(&manager, &form, &[(AGENT_PERCENT, "9")]).await.expect(200);
    assert_eq!(page.texts("#effect tbody tr")[0], "Within own limits11$693$693");
    assert!(!page.has("#changed"));
}

#[tokio::test]
async fn a_week_and_a_floor_are_replayed_over_every_tier() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let customer = app.given_customer("Harborview Dental").await;
    let (subscription, case) = (app.given_subscription(customer).await, app.given_case(customer).await);
    app.given_presented_discount((customer, case, subscription), agent.user.unwrap(), 10, 6).await;
    let manager = app.sign_in(Role::Manager).await;
    // the customer is of another tier than the form
    let form = opened(&manager, "?tier=top").await;
    let page = review(&manager, &form, &[("week-rep", "0"), ("week-agent", "1000")]).await.expect(200);
    assert_eq!(page.texts("#effect tbody tr")[1], "Needs a supervisor01–$1,386");
    let page = review(&manager, &form, &[("floor-percent_discount", "100")]).await.expect(200);
    // nobody knows what it costs to serve, so no floor binds
    assert_eq!(page.texts("#effect tbody tr")[0], "Within own limits11$1,386$1,386");
}

#[tokio::test]
async fn publishing_keeps_everything_else_and_counts_from_its_moment_on() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, "?tier=next").await;
    let page = publish(
        &manager,
        &form,
        &[(AGENT_PERCENT, "18"), ("free_months-rep-months", "1"), ("free_months-rep-amount", "250")],
        // the team's clock is New York's, where it is Wednesday, ten in the morning
        &[("in_force_from", "2026-03-05T08:00"), ("why", "Fewer waits before the holidays")],
    )
    .await
    .expect(303);
    assert_eq!(page.location(), "/limits?tier=next&currency=USD");
    let changed: i64 = sqlx::query_scalar(
        "with a as (select * from limit_cells join limit_versions v on v.id = version_id and v.number = 1),
            b as (select * from limit_cells join limit_versions v on v.id = version_id and v.number = 2)
         select count(*) from a full join b using (role, tier, offer_type, currency)
         where (a.max_percent_bp, a.max_months, a.max_amount_minor) is distinct from
            (b.max_percent_bp, b.max_months, b.max_amount_minor)",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(changed, 2);
    let kept: bool = sqlx::query_scalar(
        "select (select count(*) from limit_totals) = 2 * 36 and (select count(*) from limit_weeks) = 2 * 12
            and (select count(*) from limit_margins) = 2 * 8",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert!(kept);
    assert_eq!(agent_percent(&app, Tier::Next).await, Some(Percent::whole(15)));
    let agent = app.sign_in(Role::Agent).await;
    let page = agent.get("/limits").await.expect(200);
    assert!(page.body.contains("Version 2 comes into force on Thu 5 Mar 08:00.") && !page.body.contains("18%"));
    app.clock.advance(TimeDelta::hours(22) - TimeDelta::seconds(1));
    assert_eq!(agent_percent(&app, Tier::Next).await, Some(Percent::whole(15)));
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(agent_percent(&app, Tier::Next).await, Some(Percent::whole(18)));
    assert_eq!(agent_percent(&app, Tier::Top).await, Some(Percent::whole(15)));
    let agent = app.sign_in(Role::Agent).await;
    assert!(agent.get("/limits").await.expect(200).body.contains("18%"));
    let page = agent.get("/limits/versions").await.expect(200);
    assert_eq!(page.texts("section h2"), ["Version 2", "Version 1"]);
    assert_eq!(page.texts("main td"), ["not at all 1 month", "not at all $250.00", "15% 18%"]);
    assert!(page.body.contains("Fewer waits before the holidays"));
    let audited: i64 = sqlx::query_scalar("select count(*) from audit_entries where action = 'limits.published'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn the_version_published_last_counts_and_contains_what_was_still_to_come() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, "").await;
    publish(&manager, &form, &[(AGENT_PERCENT, "18")], &[("in_force_from", "2026-03-09T08:00")]).await.expect(303);
    let form = opened(&manager, "").await;
    assert!(form.contains(&(AGENT_PERCENT.to_owned(), "18".to_owned())));
    let page = review(&manager, &form, &[("one_off_credit-agent-amount", "100")]).await.expect(200);
    assert!(page.body.contains("Version 2 comes into force on Mon 9 Mar 08:00."));
    publish(&manager, &form, &[("one_off_credit-agent-amount", "100")], &[]).await.expect(303);
    assert_eq!(agent_percent(&app, Tier::Next).await, Some(Percent::whole(18)));
    app.clock.advance(TimeDelta::days(10));
    let mut connection = app.db.read().await.unwrap();
    let limits = limits::of(&mut connection, Tier::Next, Currency::USD, app.clock.now()).await.unwrap();
    assert_eq!(limits.number, 3);
    let credit = limits.cell(Role::Agent, "one_off_credit").unwrap();
    assert_eq!(credit.max_amount, Some(Money::new(10_000, Currency::USD)));
}

#[tokio::test]
async fn r6_of_two_who_publish_the_second_is_told_and_loses_nothing() {
    let app = TestApp::start().await;
    let [first, second] = [app.sign_in(Role::Manager).await, app.sign_in(Role::Manager).await];
    let (theirs, yours) = (opened(&first, "").await, opened(&second, "").await);
    let typed = [(AGENT_PERCENT, "20"), ("one_off_credit-agent-amount", "150")];
    let reviewed = review(&second, &yours, &typed).await.expect(200).form("form[action='/limits']");
    publish(&first, &theirs, &[(AGENT_PERCENT, "18"), ("week-agent", "16000")], &[("why", "The holidays")])
        .await
        .expect(303);
    let page = second.post_form("/limits", &filled(&reviewed, &[("why", "Less")])).await.expect(409);
    let told = page.text(".note.warn");
    assert!(told.contains("published version 2") && told.contains("The holidays"), "{told}");
    assert!(told.contains("version 2 says 18; the form keeps 20"), "{told}");
    // what only they changed is taken over, what was typed stays
    let form = page.form("#limits");
    for (name, value) in
        [(AGENT_PERCENT, "20"), ("one_off_credit-agent-amount", "150"), ("week-agent", "16000"), ("based_on", "2")]
    {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    // the review is told as well
    review(&second, &yours, &typed).await.expect(409);
    assert_eq!(versions(&app).await, 2);
    publish(&second, &form, &[], &[]).await.expect(303);
    assert_eq!(versions(&app).await, 3);
}

#[tokio::test]
async fn of_two_at_once_one_is_published() {
    let app = TestApp::start().await;
    let (one, other): (Can<EditPolicy>, Can<EditPolicy>) = (app.can(Role::Manager).await, app.can(Role::Manager).await);
    let matrix = {
        let mut connection = app.db.read().await.unwrap();
        let newest = limits::newest(&mut connection).await.unwrap();
        limits::matrix(&mut connection, newest.id).await.unwrap()
    };
    let mut first = app.begin().await;
    let mut second = app.begin().await;
    assert_eq!(limits::publish(&mut first, &one, 1, &matrix, None, "A").await.unwrap(), Published::As(2));
    let waits = limits::publish(&mut second, &other, 1, &matrix, None, "B");
    let published = one_after_the_other(&app, first, waits).await.unwrap();
    drop(second);
    assert_eq!(published, Published::Overtaken);
    assert_eq!(versions(&app).await, 2);
}

#[tokio::test]
async fn what_is_typed_wrongly_is_told_at_its_field() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, "").await;
    let page = review(
        &manager,
        &form,
        &[
            (AGENT_PERCENT, "much"),
            ("percent_discount-rep-months", ""),
            ("one_off_credit-agent-amount", "1.2345"),
            ("free_months-agent-months", "999"),
            ("customer-agent", ""),
            ("floor-refund", "-101"),
        ],
    )
    .await
    .expect(422);
    for field in [
        AGENT_PERCENT,
        "percent_discount-rep-months",
        "one_off_credit-agent-amount",
        "free_months-agent-months",
        "customer-agent",
        "floor-refund",
    ] {
        assert!(page.has(&format!("#{field}-e")), "{field}");
    }
    assert_eq!(page.field(AGENT_PERCENT), "much");
    // a higher role may not do less
    let page = review(&manager, &form, &[("percent_discount-supervisor-percent", "12")]).await.expect(422);
    assert_eq!(
        page.text("#percent_discount-supervisor-percent-e"),
        "Enter at least 15%, or any: an agent may give as much."
    );
    let page = review(&manager, &form, &[("refund-manager-amount", "")]).await.expect(422);
    assert_eq!(
        page.text("#refund-manager-amount-e"),
        "A supervisor may make this offer: enter what a higher role may."
    );
    // nothing changed, no reason, a moment that is past
    assert!(review(&manager, &form, &[]).await.expect(422).body.contains("Nothing is changed yet."));
    let page =
        publish(&manager, &form, &[(AGENT_PERCENT, "16")], &[("why", ""), ("in_force_from", "2026-03-04T09:59")]).await;
    let page = page.expect(422);
    assert!(page.has("#why-e") && page.has("#in_force_from-e"));
    assert_eq!(versions(&app).await, 1);
}

#[tokio::test]
async fn r7_a_form_sent_twice_publishes_once() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, "").await;
    let reviewed = review(&manager, &form, &[(AGENT_PERCENT, "16")]).await.expect(200).form("form[action='/limits']");
    let fields = filled(&reviewed, &[("why", "Once")]);
    for _ in 0..2 {
        assert_eq!(
            manager.post_form("/limits", &fields).await.expect(303).location(),
            "/limits?tier=next&currency=USD"
        );
    }
    assert_eq!(versions(&app).await, 2);
}

#[tokio::test]
async fn another_currency_begins_with_nothing_allowed() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, "?currency=JPY").await;
    assert!(form.contains(&("customer-agent".to_owned(), String::new())));
    let refund = ["agent", "supervisor", "manager"].map(|role| format!("refund-{role}-amount"));
    let mut typed: Vec<(&str, &str)> = refund.iter().map(|name| (name.as_str(), "10000")).collect();
    for name in
        ["customer-agent", "customer-supervisor", "customer-manager", "week-agent", "week-supervisor", "week-manager"]
    {
        typed.push((name, "50,000"));
    }
    publish(&manager, &form, &typed, &[]).await.expect(303);
    let page = manager.get("/limits?tier=next&currency=JPY").await.expect(200);
    assert_eq!(page.field("refund-agent-amount"), "10000");
    let yen = Currency::JPY;
    let mut connection = app.db.read().await.unwrap();
    let limits = limits::of(&mut connection, Tier::Next, yen, app.clock.now()).await.unwrap();
    assert_eq!(limits.customer[0], (Role::Agent, Money::new(50_000, yen)));
}

#[tokio::test]
async fn nothing_is_slipped_into_a_version_that_is_published() {
    let app = TestApp::start().await;
    let mut application = app.as_application().await;
    for sql in [
        "insert into limit_cells (version_id, role, tier, offer_type, currency)
         select id, 'rep', 'next', 'plan_price', 'USD' from limit_versions",
        "insert into limit_totals select id, 'rep', 'next', 'JPY', 1 from limit_versions",
        "insert into limit_weeks select id, 'rep', 'JPY', 1 from limit_versions",
        "insert into limit_margins select id, 'refund', -10000 from limit_versions",
        "insert into offer_type_promises select id, 9, 'Nothing', null, 1 from offer_type_versions limit 1",
        "insert into offer_type_departments select v.id, d.id from offer_type_versions v, departments d
         where v.offer_type = 'pause' and d.name = 'Legal'",
    ] {
        let refused = application.execute(sql).await.unwrap_err();
        assert!(refused.to_string().contains("published already"), "{sql}: {refused}");
    }
    for sql in [
        "update limit_cells set max_percent_bp = null",
        "delete from limit_margins",
        "update limit_versions set number = 9",
    ] {
        assert!(application.execute(sql).await.unwrap_err().to_string().contains("permission denied"), "{sql}");
    }
    // and none is published without an entry in the log
    let refused = application
        .execute(
            "insert into limit_versions (id, number, in_force_from, published_at, why)
             values (gen_random_uuid(), 2, '2026-01-01', '2026-01-01', 'Quietly')",
        )
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("needs an audit entry"), "{refused}");
}
