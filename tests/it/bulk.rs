//! The demo company made larger: what is written holds together as what the product writes does, and is worked like it.

use reqwest::Method;
use savedesk::audit;
use savedesk::auth::Role;
use savedesk::demo::{Grown, Size, grow};
use sqlx::AssertSqlSafe;

use crate::outcomes::sums_agree;
use crate::service_figures::services_agree;
use crate::support::TestApp;

const CASES: usize = 2_500;
/// The cases that were written.
const NEW: &str = "(select * from cases where external_ref like 'B-%')";

async fn grown(seed: u64) -> TestApp {
    let app = TestApp::start_demo().await;
    let Grown::Done { written, .. } = grow(&app.db, Size { cases: CASES, seed }).await.unwrap() else {
        panic!("there is more to come");
    };
    assert!(written.iter().all(|one| one.rows > 0) && written.len() > 25, "{written:?}");
    app
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let sql = sql.replace("{NEW}", NEW);
    sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(&mut app.owner().await).await.expect(&sql)
}

async fn text(app: &TestApp, sql: &str) -> String {
    let sql = sql.replace("{NEW}", NEW);
    sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(&mut app.owner().await).await.expect(&sql)
}

/// All that guards the tables.
const GUARDS: &str = "
    select string_agg(x.what, E'\\n' order by x.what)
    from (
        select pg_get_triggerdef(t.oid) || t.tgenabled::text as what from pg_trigger t where not t.tgisinternal
        union all
        select c.conrelid::regclass || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid) || c.convalidated::text
        from pg_constraint c
        where c.connamespace = 'public'::regnamespace
        union all
        select indexdef from pg_indexes where schemaname = 'public'
    ) x";

/// What never stands on a desk, and how many of it there are.
const WRONG: [(&str, &str); 23] = [
    ("live cases without a deadline", "select count(*) from cases where stage <> 'closed' and next_due_at is null"),
    (
        "open deadlines that nothing chases",
        "select count(*) from deadlines d where d.stage = 'open'
            and not exists (select from chases c where c.deadline_id = d.id)",
    ),
    (
        "ended deadlines that are chased",
        "select count(*) from chases c join deadlines d on d.id = c.deadline_id where d.stage <> 'open'",
    ),
    ("parked deadlines", "select count(*) from chases where parked_at is not null"),
    (
        "first acts that are owed in closed cases",
        "select count(*) from deadlines d join {NEW} c on c.id = d.case_id
        where c.stage = 'closed' and d.stage = 'open' and d.kind in ('first_action', 'cancel_request')",
    ),
    (
        "closed cases of which nothing became",
        "select count(*) from cases c where c.stage = 'closed'
            and not exists (select from outcomes o where o.id = c.id and o.own)",
    ),
    ("outcomes of live cases", "select count(*) from cases c join outcomes o on o.id = c.id where c.stage <> 'closed'"),
    (
        "approvals that nobody decided",
        "select count(*) from approvals a where a.stage in ('approved', 'declined')
            and not exists (select from approval_decisions d where d.approval_id = a.id)",
    ),
    (
        "approvals of somebody's own wish",
        "select count(*) from approvals a join approval_decisions d on d.approval_id = a.id where d.by_id = a.asked_by_id",
    ),
    (
        "answered offers that were not shown",
        "select count(*) from offers o where o.stage in ('accepted', 'declined', 'fulfilled')
            and not exists (select from offer_presentations p where p.offer_id = o.id and p.revision = o.presented_revision)",
    ),
    (
        "offers that stand in closed cases that went on",
        "select count(*) from offers o join {NEW} c on c.id = o.case_id
        where c.stage = 'closed' and c.closed_at < now() - interval '400 days'
            and o.stage in ('draft', 'awaiting_approval', 'ready', 'presented')",
    ),
    (
        "accounts whose status is another than noted",
        "select count(*) from customers c
        cross join lateral (select s.now from status_changes s where s.customer_id = c.id order by s.at desc, s.id desc limit 1) s
        where s.now <> c.status",
    ),
    (
        "changes of a status from another one",
        "select count(*) from (
            select was, lag(now) over (partition by customer_id order by at, id) as before from status_changes
        ) x where x.was is distinct from x.before",
    ),
    (
        "entries of another customer",
        "select count(*) from interactions i join cases c on c.id = i.case_id where i.customer_id <> c.customer_id",
    ),
    ("entries before their case", "select count(*) from interactions i join {NEW} c on c.id = i.case_id where i.at < c.opened_at"),
    (
        "attempts where none is wanted",
        "select count(*) from interactions i join {NEW} c on c.id = i.case_id where c.just_cancel and i.kind = 'save_attempt'",
    ),
    (
        "subjects of another customer",
        "select count(*) from cases c left join subscriptions s on s.id = c.subscription_id
            left join orders o on o.id = c.order_id
        where coalesce(s.customer_id, o.customer_id, c.customer_id) <> c.customer_id",
    ),
    (
        "orders that do not add up",
        "select count(*) from orders o
        where o.total_minor <> (select sum(l.amount_minor) from order_lines l where l.order_id = o.id)",
    ),
    (
        "cases that are not found",
        "select count(*) from cases c where not exists (
            select from search_terms t where t.subject_id = c.id and t.customer_id = c.customer_id and t.term = 'sd' || c.number)",
    ),
    ("customers that are not found", "select count(*) from customers c where not exists (select from search_terms t where t.subject_id = c.id)"),
    ("orders that are not found", "select count(*) from orders c where not exists (select from search_terms t where t.subject_id = c.id)"),
    ("offers that are not found", "select count(*) from offers c where not exists (select from search_terms t where t.subject_id = c.id)"),
    ("numbers that come again", "select count(*) from cases where number >= (select nextval('case_numbers'))"),
];

#[tokio::test]
async fn what_is_written_holds_together() {
    let app = TestApp::start_demo().await;
    let guards = text(&app, GUARDS).await;
    let before = number(&app, "select count(*) from audit_entries").await;
    let size = Size { cases: CASES, seed: 1 };
    let Grown::Done { written, .. } = grow(&app.db, size).await.unwrap() else { panic!("there is more to come") };
    assert_eq!(text(&app, GUARDS).await, guards);
    assert_eq!(number(&app, "select count(*) from cases").await, 2_500);
    let new = number(&app, "select count(*) from {NEW} c").await.cast_unsigned();
    let rows = |table: &str| written.iter().find(|one| one.table == table).map_or(0, |one| one.rows * 100 / new);
    for (table, least, most) in [
        ("customers", 20, 45),
        ("interactions", 700, 1300),
        ("offers", 35, 90),
        ("approvals", 6, 35),
        ("deadlines", 200, 700),
        ("cases", 100, 100),
    ] {
        assert!((least..=most).contains(&rows(table)), "{} {table} for 100 cases", rows(table));
    }
    for (what, sql) in WRONG {
        assert_eq!(number(&app, sql).await, 0, "{what}");
    }
    let now = app.db.now();
    for (table, column) in [
        ("interactions", "at"),
        ("cases", "opened_at"),
        ("cases", "closed_at"),
        ("deadlines", "set_at"),
        ("customers", "created_at"),
    ] {
        let sql = format!("select count(*) from {table} where {column} > '{}'", now.to_rfc3339());
        assert_eq!(number(&app, &sql).await, 0, "{table}.{column} is ahead");
    }
    let oldest = "select extract(day from max(x.opened_at) - min(x.opened_at))::bigint from {NEW} x";
    assert!((1000..1200).contains(&number(&app, oldest).await));
    assert!(number(&app, "select max(n) from (select count(*) n from {NEW} c group by c.customer_id) x").await >= 15);
    let talk = "select max(n) from (select count(*) n from interactions i group by i.case_id) x";
    assert!(number(&app, talk).await > 100);
    // a decision takes hours, so few wait for one at a time
    let pending = "select count(*) from approvals a join {NEW} c on c.id = a.case_id where a.ended_at is null";
    assert!(number(&app, pending).await <= 4);
    sums_agree(&app).await;
    services_agree(&app).await;
    assert_eq!(number(&app, "select count(*) from audit_entries").await, before + 1);
    let (_, broken) = audit::verify(&mut app.db.read().await.unwrap()).await.unwrap();
    assert!(broken.is_empty());

    // whether saves lasted is what the product itself finds out
    let stays = "select md5(string_agg(o.id::text || coalesce(o.gone_on::text, '') || coalesce(o.seen_on::text, '') || o.rechurn_minor, ',' order by o.id, o.currency)) from outcomes o";
    let found = text(&app, stays).await;
    number(&app, "select count(reckon_stay(c.id)) from customers c").await;
    assert_eq!(text(&app, stays).await, found);

    assert_eq!(grow(&app.db, size).await.unwrap(), Grown::Already(2_500));
    // it grows on from there
    let Grown::Done { .. } = grow(&app.db, Size { cases: 2_700, seed: 1 }).await.unwrap() else { panic!("200 more") };
    assert_eq!(number(&app, "select count(*) from cases").await, 2_700);
    sums_agree(&app).await;
}

#[tokio::test]
async fn the_same_seed_writes_the_same() {
    let (one, same, other) = tokio::join!(grown(7), grown(7), grown(8));
    for (table, order) in [
        ("cases", "id"),
        ("customers", "id"),
        ("contacts", "id"),
        ("interactions", "id"),
        ("offers", "id"),
        ("deadlines", "id"),
        ("outcomes", "id, currency"),
        ("search_terms", "subject_id, field, term"),
    ] {
        let sql = format!("select md5(string_agg(t::text, ';' order by {order})) from {table} t");
        let found = text(&one, &sql).await;
        assert_eq!(text(&same, &sql).await, found, "{table}");
        assert_ne!(text(&other, &sql).await, found, "{table}");
    }
}

#[tokio::test]
async fn only_the_demo_company_is_made_larger() {
    let app = TestApp::start().await;
    app.sign_in(Role::Admin).await;
    let error = grow(&app.db, Size { cases: CASES, seed: 1 }).await.unwrap_err();
    assert!(error.to_string().contains("not the demo company"), "{error}");
    assert_eq!(number(&app, "select count(*) from cases").await, 0);
}

#[tokio::test]
async fn what_was_written_is_seen_and_worked_like_the_rest() {
    let app = grown(3).await;
    let workable = "
        select c.id::text from {NEW} c join customers u on u.id = c.customer_id
        where c.stage <> 'closed' and c.subscription_id is not null and not c.just_cancel and c.currency = 'USD'
            and not u.cpni and not u.legal_hold and not u.fraud_suspected and not u.vulnerable
            and not exists (select from offers o where o.case_id = c.id)
            and not exists (select from requests r where r.case_id = c.id)
            and not exists (select from promises p where p.case_id = c.id)
        order by c.id limit 1";
    let case = text(&app, workable).await;
    let customer = text(&app, &format!("select customer_id::text from cases where id = '{case}'")).await;
    let name = text(&app, &format!("select name from customers where id = '{customer}'")).await;
    let case_number = text(&app, &format!("select number::text from cases where id = '{case}'")).await;
    let order =
        text(&app, "select o.id::text from orders o join {NEW} c on c.order_id = o.id order by o.id limit 1").await;
    let offer =
        text(&app, "select o.id::text from offers o join {NEW} c on c.id = o.case_id order by o.id limit 1").await;
    let manager = app.sign_in(Role::Manager).await;
    for path in [
        "/queue".to_owned(),
        "/queue?due=late".to_owned(),
        format!("/cases/{case}"),
        format!("/customers/{customer}"),
        format!("/orders/{order}"),
        format!("/offers/{offer}"),
        "/customers".to_owned(),
        "/approvals".to_owned(),
        "/dashboard".to_owned(),
        "/reports/missed".to_owned(),
    ] {
        let page = manager.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text("main").len() > 200, "{path}");
    }
    assert!(manager.get(&format!("/cases/{case}")).await.text("h1").contains(&name));
    for (said, wanted) in [(format!("SD-{case_number}"), &case), (name.clone(), &customer)] {
        let found = manager.request(Method::GET, "/search").query(&[("q", &said)]).send().await.unwrap();
        assert!(found.text().await.unwrap().contains(wanted), "{said}");
    }

    let agent = app.sign_in(Role::Agent).await;
    let attempt = [
        ("response", "declined"),
        ("by", "phone:outbound"),
        ("objection", "price"),
        ("lever", "explain_value"),
        ("body", "She has a written quote."),
    ];
    agent.post_form(&format!("/cases/{case}/attempts"), &attempt).await.expect(303);
    let waiver = [("type", "fee_waiver"), ("value", "25"), ("what", "Late fee of May"), ("then", "draft")];
    agent.post_form(&format!("/cases/{case}/offers"), &waiver).await.expect(303);
    let close = [("outcome", "lost"), ("reason", "price"), ("note", "Went elsewhere.")];
    agent.post_form(&format!("/cases/{case}/close"), &close).await.expect(303);
    assert_eq!(app.case_column(case.parse().unwrap(), "outcome").await.as_deref(), Some("lost"));
    assert_eq!(number(&app, &format!("select count(*) from outcomes where id = '{case}' and own")).await, 1);
    sums_agree(&app).await;

    let sweep = app.sweep().await;
    assert!(sweep.told + sweep.done > 0 && sweep.failed == 0, "{sweep:?}");
    assert_eq!(number(&app, "select count(*) from chases where parked_at is not null").await, 0);
}
