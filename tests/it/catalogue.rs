//! The catalogue: publishing versions of offer types, and which are open to whom.

use chrono::TimeDelta;
use savedesk::auth::Role;
use savedesk::cases::{AtStake, Kind as CaseKind};
use savedesk::catalogue;
use savedesk::ids::CustomerId;
use sqlx::Executor;

use crate::support::{Client, Page, TestApp, filled};

pub(crate) const NEW: &str = "/offer_types/percent_discount/versions/new";
const PUBLISH: &str = "/offer_types/percent_discount/versions";

pub(crate) async fn opened(manager: &Client, path: &str) -> Vec<(String, String)> {
    manager.get(path).await.expect(200).form("main form")
}

pub(crate) async fn publish(manager: &Client, form: &[(String, String)], with: &[(&str, &str)]) -> Page {
    let mut with = with.to_vec();
    if with.iter().all(|(name, _)| *name != "why") {
        with.push(("why", "Asked for"));
    }
    manager.post_form(PUBLISH, &filled(form, &with)).await
}

/// The number and name of the version that counts now.
async fn counting(app: &TestApp, code: &str) -> (i32, String) {
    let mut connection = app.db.read().await.unwrap();
    let types = catalogue::current(&mut connection, app.clock.now()).await.unwrap();
    let one = types.into_iter().find(|one| one.code == code).unwrap();
    (one.number, one.name)
}

#[tokio::test]
async fn everyone_on_the_desk_reads_it_and_only_managers_publish() {
    let app = TestApp::start().await;
    for role in [Role::Rep, Role::Agent, Role::Supervisor] {
        let client = app.sign_in(role).await;
        let page = client.get("/offer_types").await.expect(200);
        assert_eq!(page.texts("tbody a.open").len(), 14);
        // the cheapest lever comes first
        assert_eq!(page.texts("tr.grp")[0], "Fix the fault");
        assert!(!page.has("a[href='/offer_types/new']"));
        assert!(page.has("nav a[href='/offer_types'][aria-current]"));
        let page = client.get("/offer_types/plan_price").await.expect(200);
        assert!(
            page.body.contains("2 people") && page.body.contains("Billing, Finance") && !page.has(".head .primary")
        );
        client.get(NEW).await.expect(403);
        client.get("/offer_types/new").await.expect(403);
        client.post_form(PUBLISH, &[]).await.expect(403);
        client.post_form("/offer_types", &[]).await.expect(403);
    }
    let manager = app.sign_in(Role::Manager).await;
    assert!(manager.get("/offer_types").await.expect(200).has("a[href='/offer_types/new']"));
    assert!(manager.get("/offer_types/percent_discount").await.expect(200).has(&format!("a[href='{NEW}']")));
    manager.get("/offer_types/nothing").await.expect(404);
}

#[tokio::test]
async fn a_version_is_published_and_what_changed_is_told() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let mut form = opened(&manager, NEW).await;
    form.push(("tiers".to_owned(), "top".to_owned()));
    form.push(("tiers".to_owned(), "next".to_owned()));
    let page = publish(
        &manager,
        &form,
        &[
            ("open_days", "7"),
            ("segments", "Hotels\nRetail"),
            ("promise_2_what", "Call them"),
            ("promise_2_hours", "4"),
        ],
    )
    .await
    .expect(303);
    let page = manager.follow(&page).await.expect(200);
    assert!(page.text(".toast").contains("Version 2 of Percent discount published."));
    assert_eq!(page.texts(".todo .kv dt"), ["In force from", "Stands", "Tiers", "Segments", "What it makes us owe"]);
    let told = page.texts(".todo .kv dd");
    assert_eq!(&told[1..4], ["14 days once presented 7 days once presented", "Any Top, Next", "Any Hotels, Retail"]);
    assert!(told[4].ends_with(
        "Enter the discount (Billing, within 16 working hours); Call them (the case’s owner, within 4 working hours)"
    ));
    let mut connection = app.db.read().await.unwrap();
    let types = catalogue::current(&mut connection, app.clock.now()).await.unwrap();
    let discount = types.iter().find(|one| one.code == "percent_discount").unwrap();
    assert_eq!((discount.number, discount.promises.len(), discount.open_days), (2, 2, 7));
    assert_eq!(
        (discount.segments.as_slice(), discount.not_with.len()),
        (&["Hotels".to_owned(), "Retail".to_owned()][..], 2)
    );
    let audited: (i64, bool) = sqlx::query_as(
        "select count(*), bool_and(body @> '{\"offer_type\": \"percent_discount\", \"number\": 2}')
         from audit_entries where action = 'offer_type.published'",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(audited, (1, true));
    // the one before is there still, as it was
    let was: i16 = sqlx::query_scalar(
        "select open_days from offer_type_versions where offer_type = 'percent_discount' and number = 1",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(was, 14);
}

#[tokio::test]
async fn a_version_counts_from_its_moment_on_and_an_end_ends_the_type() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, NEW).await;
    let name = [("name", "Loyalty discount"), ("valid_from", "2026-03-05T08:00"), ("valid_until", "2026-03-06T08:00")];
    publish(&manager, &form, &name).await.expect(303);
    assert_eq!(counting(&app, "percent_discount").await, (1, "Percent discount".to_owned()));
    let page = manager.get("/offer_types/percent_discount").await.expect(200);
    assert_eq!(page.texts(".todo .pill"), ["Not yet", "Counts now"]);
    app.clock.advance(TimeDelta::hours(22));
    assert_eq!(counting(&app, "percent_discount").await, (2, "Loyalty discount".to_owned()));
    app.clock.advance(TimeDelta::days(1));
    let manager = app.sign_in(Role::Manager).await;
    let page = manager.get("/offer_types/percent_discount").await.expect(200);
    assert_eq!(page.texts(".todo .pill"), ["Ended", "Replaced"]);
    let customer = app.given_customer("Harborview Dental").await;
    let subscription = app.given_subscription(customer).await;
    let asked = format!("/offer_types/test?customer={customer}&about=subscription:{subscription}");
    let page = manager.get(&asked).await.expect(200);
    let closed = page.texts("#closed li");
    assert!(
        closed.iter().any(|line| line.contains("Loyalty discount") && line.contains("It ended on Fri 6 Mar.")),
        "{closed:?}"
    );
    // an ended type has no limits to set any more
    assert!(!manager.get("/limits").await.expect(200).body.contains("Loyalty discount"));
}

#[tokio::test]
async fn what_is_typed_wrongly_is_told_at_its_field() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, NEW).await;
    let wrong = [("name", ""), ("why", ""), ("cost_share", "101"), ("promise_1_hours", "0"), ("valid_until", "never")];
    let page = publish(&manager, &form, &wrong).await.expect(422);
    for field in ["name", "why", "cost_share", "promise_1_hours", "valid_until"] {
        assert!(page.has(&format!("#{field}-e")), "{field}");
    }
    for (with, field) in [
        (("valid_from", "2026-03-04T09:00"), "valid_from"),
        (("valid_until", "2026-03-04T09:00"), "valid_until"),
        (("name", "one-off CREDIT"), "name"),
        (("promise_1_what", ""), "promise_1_what"),
    ] {
        let page = publish(&manager, &form, &[with]).await.expect(422);
        assert!(page.has(&format!("#{field}-e")), "{field}");
        assert!(page.body.contains(with.1), "{field}");
    }
    assert_eq!(counting(&app, "percent_discount").await.0, 1);
}

#[tokio::test]
async fn r6_of_two_who_publish_the_second_is_told_and_loses_nothing() {
    let app = TestApp::start().await;
    let [first, second] = [app.sign_in(Role::Manager).await, app.sign_in(Role::Manager).await];
    let (theirs, yours) = (opened(&first, NEW).await, opened(&second, NEW).await);
    let their_words = [("open_days", "7"), ("guidance", "Only in winter"), ("why", "The season")];
    publish(&first, &theirs, &their_words).await.expect(303);
    let typed = [("guidance", "Only in summer"), ("once_per_months", "24")];
    let page = publish(&second, &yours, &typed).await.expect(409);
    let told = page.text(".note.warn");
    assert!(told.contains("published version 2") && told.contains("The season"), "{told}");
    assert!(told.contains("Guidance: version 2 says “Only in winter”; the form keeps “Only in summer”."), "{told}");
    let form = page.form("main form");
    for (name, value) in [
        ("open_days", "7"),
        ("guidance", "Only in summer"),
        ("once_per_months", "24"),
        ("based_on", "2"),
        ("why", "Asked for"),
    ] {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    assert_eq!(counting(&app, "percent_discount").await.0, 2);
    publish(&second, &form, &[]).await.expect(303);
    assert_eq!(counting(&app, "percent_discount").await.0, 3);
}

#[tokio::test]
async fn a_type_is_added_and_nobody_may_make_it_before_it_has_limits() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let form = opened(&manager, "/offer_types/new").await;
    let typed = [
        ("name", "Loyalty credit, 2nd year"),
        ("kind", "credit"),
        ("lever", "one_off_credit"),
        ("promise_1_what", "Put it on the invoice"),
        ("promise_1_hours", "16"),
        ("why", "A new idea"),
    ];
    let page = manager.post_form("/offer_types", &filled(&form, &[("name", ""), ("kind", "")])).await.expect(422);
    assert!(page.has("#kind-e") && page.has("#name-e"));
    let page = manager.post_form("/offer_types", &filled(&form, &typed)).await.expect(303);
    assert_eq!(page.location(), "/offer_types/loyalty_credit_2nd_year");
    let page = manager.follow(&page).await.expect(200);
    assert!(page.body.contains("$600.00 once to who pays $2,310.00 a month: saves the customer $600.00"));
    let limits = manager.get("/limits").await.expect(200);
    assert_eq!(limits.field("loyalty_credit_2nd_year-manager-amount"), "");
    // the name is taken now
    let form = opened(&manager, "/offer_types/new").await;
    assert!(manager.post_form("/offer_types", &filled(&form, &typed)).await.expect(422).has("#name-e"));
}

#[tokio::test]
async fn the_tester_says_what_is_open_and_why_the_rest_is_not() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let agent = app.sign_in(Role::Agent).await;
    let customer = app.given_customer("Harborview Dental").await;
    let (subscription, case) = (app.given_subscription(customer).await, app.given_case(customer).await);
    let linked = app.given_customer("Harborview Kids").await;
    let theirs = app.given_subscription(linked).await;
    link(&app, linked, customer).await;
    // found as elsewhere
    let page = rep.get("/offer_types/test?q=harborview+kids").await.expect(200);
    assert_eq!(page.attributes("main .todo a", "href")[0], format!("/offer_types/test?customer={linked}"));
    let about = format!("/offer_types/test?customer={linked}&about=subscription:{theirs}");
    let page = rep.get(&about).await.expect(200);
    assert!(page.texts("#open li").iter().any(|line| line.starts_with("Percent discount")));
    // a discount to one account counts for those linked to it
    app.given_presented_discount((customer, case, subscription), agent.user.unwrap(), 10, 6).await;
    app.clock.advance(TimeDelta::days(3));
    let rep = app.sign_in(Role::Rep).await;
    let page = rep.get(&format!("{about}&kind=complaint")).await.expect(200);
    let closed = page.texts("#closed li");
    let why = |name: &str| closed.iter().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{closed:?}"));
    assert!(why("Percent discount").contains("Once in 12 months: the last one was presented on Wed 4 Mar."));
    assert!(why("Upgrade").contains("Not together with Percent discount, presented on Wed 4 Mar."));
    assert!(why("Same plan").contains("It is not made in a case of the kind “Complaint”."));
    let page = rep.get(&format!("/offer_types/test?customer={linked}&about=none")).await.expect(200);
    assert!(page.texts("#closed li").iter().any(|line| line.contains("It needs a subscription or an order.")));
    // looking at a customer is logged, and one may look at one's own things only
    let seen: i64 =
        sqlx::query_scalar("select count(*) from audit_entries where action = 'customer.viewed' and customer_id = $1")
            .bind(linked)
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
    assert_eq!(seen, 3);
    let others = format!("/offer_types/test?customer={linked}&about=subscription:{subscription}");
    rep.get(&others).await.expect(404);
    rep.get("/offer_types/test?customer=nobody").await.expect(404);
    assert!(
        rep.get(&format!("/customers/{linked}"))
            .await
            .expect(200)
            .has(&format!("a[href='/offer_types/test?customer={linked}']"))
    );
}

#[tokio::test]
async fn who_asks_is_read_with_what_linked_accounts_were_given() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let [main, one, other] =
        [app.given_customer("Main").await, app.given_customer("One").await, app.given_customer("Stranger").await];
    link(&app, one, main).await;
    let (of_one, case) = (app.given_subscription(one).await, app.given_case(one).await);
    let offer = app.given_presented_discount((one, case, of_one), agent.user.unwrap(), 10, 6).await;
    let at = app.clock.now() + TimeDelta::hours(1);
    let mut connection = app.db.read().await.unwrap();
    let about = AtStake::Subscription(of_one);
    let asker = catalogue::asker(&mut connection, one, about, Some(CaseKind::Complaint), None, at).await.unwrap();
    assert_eq!((asker.product.as_deref(), asker.is_subscription), (Some("Cloud voice"), true));
    // nobody entered since when they are a customer; the subscription began in 2022
    assert_eq!(asker.since.unwrap().to_string(), "2022-08-08");
    for (customer, given) in [(main, 1), (one, 1), (other, 0)] {
        let asker = catalogue::asker(&mut connection, customer, AtStake::Everything, None, None, at).await.unwrap();
        assert_eq!(asker.given.len(), given);
    }
    // what was withdrawn was not given
    let mut tx = app.begin().await;
    tx.execute(sqlx::AssertSqlSafe(format!(
        "update offers set stage = 'withdrawn', ended_at = '2026-03-04', version = version + 1 where id = '{offer}'"
    )))
    .await
    .unwrap();
    audited(&mut tx).await;
    tx.commit().await.unwrap();
    let asker = catalogue::asker(&mut connection, one, AtStake::Everything, None, None, at).await.unwrap();
    assert_eq!(asker.given, []);
}

async fn link(app: &TestApp, account: CustomerId, to: CustomerId) {
    let mut tx = app.begin().await;
    sqlx::query("update customers set linked_to_id = $2, version = version + 1 where id = $1")
        .bind(account)
        .bind(to)
        .execute(&mut *tx)
        .await
        .unwrap();
    audited(&mut tx).await;
    tx.commit().await.unwrap();
}

async fn audited(tx: &mut savedesk::db::Tx) {
    use savedesk::audit::{self, Action, Entry, Subject};
    audit::record(tx, Entry::new(Action::AccountsLinked, Subject::Desk)).await.unwrap();
}
