//! What customers bring in and cost us, which accounts belong together, and what past offers did.

use std::time::Duration;

use chrono::{Months, NaiveDate};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Can, Role};
use savedesk::customers::{self, NewSubscription, SubscriptionStatus};
use savedesk::db::Tx;
use savedesk::economics::{self, Lifetime, NewCost, Served};
use savedesk::error::Error;
use savedesk::ids::{CaseId, CustomerId, OfferId, SubscriptionId, UserId};
use savedesk::limits;
use savedesk::money::{Currency, Money, Percent};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::support::{Client, Page, Person, TestApp};

const KEYS: [&str; 2] = ["0c7f3a0e-8f43-4f0e-9a53-2d2a5f2f6a11", "1c7f3a0e-8f43-4f0e-9a53-2d2a5f2f6a12"];

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn line(what: &str, minor: i64) -> NewCost {
    NewCost { what: what.into(), amount: usd(minor), source: "Finance".into(), as_of: day("2026-01-01") }
}

async fn given_costs(app: &TestApp, of: SubscriptionId, lines: &[NewCost]) {
    let mut tx = app.begin().await;
    economics::add_costs(&mut tx, &Can::desk(), Served::Subscription(of), lines).await.unwrap();
    tx.commit().await.unwrap();
}

async fn link(app: &TestApp, account: CustomerId, main: CustomerId) -> Result<(), Error> {
    let mut tx = app.begin().await;
    customers::link(&mut tx, &Can::desk(), account, main).await?;
    tx.commit().await
}

async fn economics_of(app: &TestApp, customer: CustomerId) -> economics::Economics {
    economics::of_customer(&mut app.db.read().await.unwrap(), customer, app.clock.now()).await.unwrap()
}

async fn add(client: &Client, of: SubscriptionId, fields: [&str; 4]) -> Page {
    let [what, amount, source, as_of] = fields;
    let fields = [("what", what), ("amount", amount), ("source", source), ("as_of", as_of)];
    client.post_form(&format!("/subscriptions/{of}/costs"), &fields).await
}

#[tokio::test]
async fn what_it_costs_to_serve_is_said_line_by_line() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental").await;
    let voice = app.given_subscription(customer).await;
    let agent = app.sign_in(Role::Agent).await;
    let page = agent.get(&format!("/customers/{customer}")).await.expect(200);
    assert!(page.text("#economics").contains("Nobody has said what it costs to serve, so the margin is unknown."));
    assert!(page.text("#costs").contains("Nobody has said"));

    agent.get(&format!("/subscriptions/{voice}/costs/new")).await.expect(200);
    let refused = add(&agent, voice, ["", "a lot", "", "soon"]).await.expect(422);
    assert_eq!(refused.texts(".note.sum li").len(), 4);
    for (what, amount) in [("Licences and trunks", "743.00"), ("Support", "388")] {
        let added = add(&agent, voice, [what, amount, "Finance, cost model", "2026-01-01"]).await.expect(303);
        assert!(agent.follow(&added).await.text("main table").contains(what));
    }
    let twice = add(&agent, voice, ["support", "1", "Finance", "2026-01-01"]).await.expect(422);
    assert!(twice.text(".note.sum").contains("There is a line for this already"));

    let page = agent.get(&format!("/customers/{customer}")).await.expect(200);
    let shown = page.text("#economics");
    for words in ["$2,310.00", "\u{2212}$1,131.00", "$1,179.00", "51.03% margin", "Lifetime value leftUnknown"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(page.text("#costs").contains("Finance, cost model, Thu 1 Jan"));

    let list = agent.get(&format!("/subscriptions/{voice}/costs")).await.expect(200);
    let removals = list.attributes("main tbody form", "action");
    let removed = agent.post_form(&removals[1], &[("version", "1")]).await.expect(303);
    assert!(!agent.follow(&removed).await.text("main table").contains("Support"));
    agent.post_form(&removals[1], &[("version", "1")]).await.expect(404);
    let audited: i64 = sqlx::query_scalar("select count(*) from audit_entries where action = 'service_cost.changed'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(audited, 3);
}

#[tokio::test]
async fn r6_a_line_that_two_people_change_is_asked_about() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental").await;
    let voice = app.given_subscription(customer).await;
    given_costs(&app, voice, &[line("Licences", 74_300)]).await;
    let agent = app.sign_in(Role::Agent).await;
    let list = agent.get(&format!("/subscriptions/{voice}/costs")).await.expect(200);
    let removal = list.attributes("main tbody form", "action")[0].clone();
    let path = removal.strip_suffix("/removal").unwrap();
    let was = [("was_amount", "743.00"), ("was_source", "Finance")];
    let edit = |amount, source, key| [was[0], was[1], ("amount", amount), ("source", source), ("key", key)];
    agent.post_form(path, &edit("750", "Finance", KEYS[0])).await.expect(303);
    let asked = agent.post_form(path, &edit("760", "Invoice 77", KEYS[1])).await.expect(409);
    assert_eq!(asked.attributes("input[type=radio][name=amount]", "value"), ["750.00", "760"]);
    assert_eq!(asked.field("source"), "Invoice 77");
    agent.post_form(path, &[was[1], ("source", "Invoice 77")]).await.expect(303);
    let stale = agent.post_form(&removal, &[("version", "1")]).await.expect(409);
    assert!(stale.body.contains("Somebody changed this line"));
    let costs = economics::costs_of(&mut app.db.read().await.unwrap(), Served::Subscription(voice)).await.unwrap();
    assert_eq!((costs[0].amount, costs[0].source.as_str()), (usd(75_000), "Invoice 77"));
}

#[tokio::test]
async fn whoever_may_not_change_figures_sees_them_or_not() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental").await;
    let voice = app.given_subscription(customer).await;
    given_costs(&app, voice, &[line("Licences", 74_300)]).await;
    let case = app.given_case(customer).await;
    let rep = app.sign_in(Role::Rep).await;
    let page = rep.get(&format!("/customers/{customer}")).await.expect(200);
    assert!(page.has("#economics") && !page.body.contains("/costs\"") && !page.body.contains("/link\""));
    let page = rep.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text("#know").contains("Margin a month"));
    assert!(!page.body.contains("/costs\""));
    let officer = app.sign_in(Role::Privacy).await;
    let page = officer.get(&format!("/customers/{customer}")).await.expect(200);
    assert!(!page.has("#economics") && !page.has("#costs"), "margins are no data of the person's");
    let agent = app.sign_in(Role::Agent).await;
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.body.contains(&format!("/subscriptions/{voice}/costs")));
}

#[tokio::test]
async fn currencies_stand_apart_and_an_unknown_cost_is_no_zero() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental").await;
    let voice = app.given_subscription(customer).await;
    given_costs(&app, voice, &[line("Licences", 113_100)]).await;
    let mut tx = app.begin().await;
    let euros = NewSubscription {
        product: "Cloud fax".into(),
        monthly_price: Money::new(4_900, Currency::EUR),
        ..NewSubscription::default()
    };
    let fax = customers::add_subscription(&mut tx, &Can::desk(), customer, euros).await.unwrap();
    let refused = economics::add_cost(&mut tx, &Can::desk(), Served::Subscription(fax), line("Licences", 1)).await;
    assert!(matches!(refused, Err(Error::Refused(why)) if why.contains("EUR")));
    tx.commit().await.unwrap();

    let figures = economics_of(&app, customer).await;
    let codes: Vec<_> = figures.blocks.iter().map(|block| block.currency.code()).collect();
    assert_eq!(codes, ["USD", "EUR"], "their own first");
    assert_eq!(figures.blocks[0].margin(), Some(usd(117_900)));
    let other = figures.block(Currency::EUR).unwrap();
    assert_eq!((other.revenue().minor, other.cost_to_serve(), other.margin()), (4_900, None, None));
    assert_eq!(figures.floor(), Some((Percent::whole(20), Percent::whole(35))));
    assert!(figures.running(fax).is_some());
    let agent = app.sign_in(Role::Agent).await;
    let shown = agent.get(&format!("/customers/{customer}")).await.expect(200).text("#economics");
    assert!(shown.contains("In USD") && shown.contains("In EUR") && shown.contains("€49.00"), "{shown}");
}

#[tokio::test]
async fn accounts_are_linked_by_number_or_name_one_level_deep() {
    let app = TestApp::start().await;
    let mut tx = app.begin().await;
    let new = customers::Details {
        name: "Harborview Group".into(),
        account_number: Some("4410-1000".into()),
        ..customers::Details::default()
    };
    let head = customers::add(&mut tx, &Can::desk(), new).await.unwrap();
    tx.commit().await.unwrap();
    let clinic = app.given_customer("Harborview Dental Portland").await;
    let other = app.given_customer("Harborview Dental Bangor").await;
    let agent = app.sign_in(Role::Agent).await;
    let path = format!("/customers/{clinic}/link");
    agent.get(&path).await.expect(200);
    let refused = agent.post_form(&path, &[("main", "Harborview")]).await.expect(422);
    assert!(refused.text(".note.sum").contains("Several customers"));
    assert!(agent.post_form(&path, &[("main", "")]).await.expect(422).has(".note.sum"));
    assert!(agent.post_form(&path, &[("main", "Nobody Inc")]).await.expect(422).text(".note.sum").contains("Nobody"));
    let linked = agent.post_form(&path, &[("main", "4410-1000")]).await.expect(303);
    let page = agent.follow(&linked).await.expect(200);
    assert!(page.text("#linked").contains("Harborview GroupMain account, 4410-1000"));
    let chain = agent.post_form(&format!("/customers/{other}/link"), &[("main", "Harborview Dental Portland")]).await;
    assert!(chain.expect(422).text(".note.sum").contains("is itself linked to Harborview Group"));
    let upward = agent.post_form(&format!("/customers/{head}/link"), &[("main_id", &other.to_string())]).await;
    assert!(upward.expect(422).text(".note.sum").contains("is a main account"));
    agent
        .post_form(&format!("/customers/{other}/link"), &[("main", "x"), ("main_id", &head.to_string())])
        .await
        .expect(303);
    let page = agent.get(&format!("/customers/{clinic}")).await.expect(200);
    assert_eq!(page.texts("#linked li a.link"), ["Harborview Group", "Harborview Dental Bangor"]);
    let unlink = [("main", head.to_string())];
    let unlink = [("main", unlink[0].1.as_str())];
    agent.post_form(&format!("/customers/{clinic}/link/removal"), &unlink).await.expect(303);
    agent.post_form(&format!("/customers/{clinic}/link/removal"), &unlink).await.expect(409);
    let actions: Vec<String> = sqlx::query_scalar(
        "select action from audit_entries where subject_id = $1 and action like 'accounts.%' order by action",
    )
    .bind(clinic)
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(actions, ["accounts.linked", "accounts.unlinked"]);
    let rep = app.sign_in(Role::Rep).await;
    rep.get(&path).await.expect(403);
    let options = agent.get_fragment("/customers/choice?q=bangor", "options").await.expect(200);
    assert_eq!(options.attributes("li", "data-label"), ["Harborview Dental Bangor"], "nobody new is offered");
}

#[tokio::test]
async fn two_links_at_once_make_no_chain() {
    let app = TestApp::start().await;
    let [a, b, c] = [app.given_customer("A").await, app.given_customer("B").await, app.given_customer("C").await];
    let mut first = app.begin().await;
    customers::link(&mut first, &Can::desk(), a, b).await.unwrap();
    let second = link(&app, b, c);
    tokio::pin!(second);
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut second).await;
    assert!(waits.is_err(), "the second waits for the first");
    first.commit().await.unwrap();
    assert!(matches!(second.await, Err(Error::Refused(why)) if why.contains("is a main account")));
    // and around the application
    let mut around = app.as_application().await;
    let chain = sqlx::query("update customers set linked_to_id = $2, version = version + 1 where id = $1")
        .bind(b)
        .bind(c)
        .execute(&mut around)
        .await;
    assert_eq!(chain.unwrap_err().as_database_error().unwrap().code().as_deref(), Some("23514"));
}

#[tokio::test]
async fn concessions_count_for_the_group_and_lower_the_margin_while_they_run() {
    let app = TestApp::start().await;
    stop_the_desk(&app).await;
    let [head, clinic] = [app.given_customer("Head").await, app.given_customer("Clinic").await];
    let voice = app.given_subscription(clinic).await;
    given_costs(&app, voice, &[line("All of it", 113_100)]).await;
    let case = app.given_case(clinic).await;
    let manager =
        app.given_person(Person { name: "Mo", roles: &[Role::Manager], ..Person::default() }).await.id.unwrap();
    let now = app.clock.now();
    let mut tx = app.begin().await;
    let offer = present(&mut tx, case, clinic, Some(voice), manager, "percent_discount", "1500, null, 12").await;
    accept(&mut tx, offer, case, clinic, manager).await;
    tx.commit().await.unwrap();

    let conceded = usd(12 * 34_650);
    let of_head = economics_of(&app, head).await;
    assert_eq!(of_head.blocks[0].conceded, usd(0), "not linked yet");
    link(&app, clinic, head).await.unwrap();
    for customer in [head, clinic] {
        let figures = economics_of(&app, customer).await;
        assert_eq!(figures.block(Currency::USD).unwrap().conceded, conceded);
        let mut connection = app.db.read().await.unwrap();
        let limits = limits::concessions_to(&mut connection, customer, Currency::USD, now, None).await.unwrap();
        assert_eq!(limits, conceded, "as limits count it");
    }
    let block = |figures: economics::Economics| figures.block(Currency::USD).unwrap().clone();
    let figures = block(economics_of(&app, clinic).await);
    assert_eq!((figures.concessions(), figures.margin()), (usd(34_650), Some(usd(83_250))));
    assert_eq!(figures.in_force[0].months_left, 12);
    assert!(block(economics_of(&app, head).await).in_force.is_empty(), "only its own subscriptions pay less");
    let agent = app.sign_in(Role::Agent).await;
    let shown = agent.get(&format!("/cases/{case}")).await.expect(200).text("#know");
    assert!(shown.contains("Concessions in force") && shown.contains("$4,158.00"), "{shown}");

    app.clock.set(now.checked_add_months(Months::new(12)).unwrap());
    let after = block(economics_of(&app, clinic).await);
    assert_eq!((after.concessions(), after.margin(), after.conceded), (usd(0), Some(usd(117_900)), usd(0)));
}

#[tokio::test]
async fn how_long_they_stay_is_what_the_contract_or_others_say() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental").await;
    let mut tx = app.begin().await;
    let running = |product: &str, started: &str, contract: Option<&str>| NewSubscription {
        product: product.into(),
        monthly_price: usd(10_000),
        started_on: Some(day(started)),
        contract_ends_on: contract.map(day),
        ..NewSubscription::default()
    };
    for months in 1..=12_u32 {
        let ended = NewSubscription {
            ended_on: day("2020-01-15").checked_add_months(Months::new(3 * months)),
            status: SubscriptionStatus::Ended,
            ..running("Voice", "2020-01-15", None)
        };
        customers::add_subscription(&mut tx, &Can::desk(), customer, ended).await.unwrap();
    }
    let mut ids = Vec::new();
    for new in [
        running("Voice", "2026-01-01", None),
        running("Voice", "2026-01-01", Some("2026-09-30")),
        running("Voice", "2026-01-01", Some("2027-09-30")),
        running("Voice", "2020-01-01", None),
        running("Fax", "2026-01-01", None),
    ] {
        ids.push(customers::add_subscription(&mut tx, &Can::desk(), customer, new).await.unwrap());
    }
    tx.commit().await.unwrap();
    economics::refresh_if_old(&app.db).await.unwrap();
    let figures = economics_of(&app, customer).await;
    let lifetimes: Vec<Lifetime> = ids.iter().map(|id| figures.running(*id).unwrap().lifetime).collect();
    // today is 4 March 2026: two whole months
    assert_eq!(lifetimes[0], Lifetime::Median { months: 16, n: 12 });
    assert_eq!(lifetimes[1], lifetimes[0], "the contract ends sooner");
    assert_eq!(lifetimes[2], Lifetime::Contract { months: 19, until: day("2027-09-30") });
    assert_eq!(lifetimes[3..], [Lifetime::Unknown, Lifetime::Unknown], "too few stayed as long, or ended at all");

    // nothing is reckoned again within the hour
    let refreshed = async || -> chrono::DateTime<chrono::Utc> {
        sqlx::query_scalar("select at from economics_refreshed").fetch_one(&mut app.owner().await).await.unwrap()
    };
    let first = refreshed().await;
    economics::refresh_if_old(&app.db).await.unwrap();
    assert_eq!(refreshed().await, first);
    app.clock.advance(chrono::TimeDelta::hours(1));
    economics::refresh_if_old(&app.db).await.unwrap();
    assert!(refreshed().await > first);
}

#[tokio::test]
async fn the_gain_of_an_offer_is_who_stayed_against_who_would_have() {
    let app = TestApp::start().await;
    stop_the_desk(&app).await;
    let manager =
        app.given_person(Person { name: "Mo", roles: &[Role::Manager], ..Person::default() }).await.id.unwrap();
    for n in 0..60 {
        let customer = app.given_customer(&format!("Customer {n}")).await;
        let case = app.given_case(customer).await;
        let mut tx = app.begin().await;
        let offered = n < 30;
        if offered {
            let offer = present(&mut tx, case, customer, None, manager, "one_off_credit", "null, 100, null").await;
            let sql = format!(
                "update offers set stage = 'declined', ended_at = presented_at, version = version + 1 where id = '{offer}'"
            );
            tx.execute(AssertSqlSafe(sql)).await.unwrap();
        }
        let stayed = if offered { n < 24 } else { n < 45 };
        let outcome = if stayed { "saved_with_offer" } else { "lost" };
        let sql = format!(
            "update deadlines set stage = 'cleared', ended_at = set_at
             where case_id = '{case}' and stage = 'open';
             update cases set stage = 'working', version = version + 1 where id = '{case}';
             update cases set stage = 'closed', outcome = '{outcome}', closed_at = opened_at, value_kept_minor = 0,
                version = version + 1 where id = '{case}'"
        );
        tx.execute(AssertSqlSafe(sql)).await.unwrap();
        audit::record(&mut tx, Entry::new(Action::CaseClosed, Subject::Case(case)).of(customer)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut connection = app.db.read().await.unwrap();
    assert_eq!(economics::gains(&mut connection).await.unwrap().get("one_off_credit"), None, "never reckoned yet");
    economics::refresh(&app.db).await.unwrap();
    let gain = economics::gains(&mut connection).await.unwrap().remove("one_off_credit").unwrap();
    assert_eq!((gain.with.n, gain.with.stayed, gain.without.n, gain.without.stayed), (30, 24, 30, 15));
    assert_eq!(gain.percent(), Percent::whole(30));
    let (low, high) = gain.range();
    assert!(low > Percent::ZERO && high < Percent::whole(60), "{low} to {high}");
    assert_eq!(economics::gains(&mut connection).await.unwrap().get("percent_discount"), None, "nobody was shown one");
}

/// Lets moments be told, as histories of tests need.
async fn stop_the_desk(app: &TestApp) {
    app.owner().await.execute("update desk_clock set stopped = true").await.unwrap();
}

/// An offer that stands before the customer; `terms` are percent, amount and months.
async fn present(
    tx: &mut Tx,
    case: CaseId,
    customer: CustomerId,
    subscription: Option<SubscriptionId>,
    by: UserId,
    offer_type: &str,
    terms: &str,
) -> OfferId {
    let (offer, at) = (OfferId::new(), tx.now().to_rfc3339());
    let subscription = subscription.map_or("null".to_owned(), |id| format!("'{id}'"));
    let sql = format!(
        "insert into offers (id, case_id, customer_id, subscription_id, offer_type, made_at, made_by_id)
         values ('{offer}', '{case}', '{customer}', {subscription}, '{offer_type}', '{at}', '{by}');
         insert into offer_revisions (offer_id, revision, version_id, percent_bp, amount_minor, months, currency, at, by_id)
         values ('{offer}', 1, offer_type_version_at('{offer_type}', '{at}'), {terms}, 'USD', '{at}', '{by}');
         insert into offer_presentations (offer_id, revision, by_id, means, at) values ('{offer}', 1, '{by}', 'phone', '{at}');
         update offers o set stage = 'presented', presented_revision = 1, presented_at = p.at, open_until = p.open_until,
            version = version + 1
         from offer_presentations p where p.offer_id = o.id and o.id = '{offer}'"
    );
    tx.execute(AssertSqlSafe(sql)).await.unwrap();
    audit::record(tx, Entry::new(Action::OfferPresented, Subject::Offer(offer)).of(customer)).await.unwrap();
    offer
}

/// The customer takes it.
async fn accept(tx: &mut Tx, offer: OfferId, case: CaseId, customer: CustomerId, owner: UserId) {
    let (promise, at) = (uuid::Uuid::now_v7(), tx.now().to_rfc3339());
    let sql = format!(
        "insert into promises (id, case_id, customer_id, offer_id, what, owner_id, due_at, because, cost_minor, currency, made_at)
         values ('{promise}', '{case}', '{customer}', '{offer}', 'Enter the discount', '{owner}', '{at}', 'Soon', 0, 'USD', '{at}');
         update offers set stage = 'accepted', ended_at = '{at}', version = version + 1 where id = '{offer}'"
    );
    tx.execute(AssertSqlSafe(sql)).await.unwrap();
}
