//! Account details under CPNI rules (R19): masked on every page until the customer authenticated for this contact, or
//! whoever looks said why.

use chrono::{NaiveDate, TimeDelta};
use savedesk::auth::{Can, MakeOffers, Role};
use savedesk::customers::{self, Details, Flags, NewBillingLine, Tier, masked_account};
use savedesk::ids::{CaseId, CustomerId, SubscriptionId};
use savedesk::interactions::{self, Direction, Kind, NewInteraction};
use savedesk::money::{Currency, Money};
use savedesk::offers;
use savedesk::promises;

use crate::support::{Client, Person, TestApp, filled, percent};

const ACCOUNT: &str = "4410-2287";
/// What must not be seen: the account number, what they pay a month and a year, their plan, what was billed.
const SECRETS: [&str; 5] = [ACCOUNT, "2,310.00", "$27,720", "Business Pro", "INV-77"];

struct Scene {
    app: TestApp,
    customer: CustomerId,
    subscription: SubscriptionId,
    case: CaseId,
}

/// A customer under CPNI rules with a subscription, a bill and a case.
async fn given_protected() -> Scene {
    let app = TestApp::start().await;
    let flags = Flags { cpni: true, ..Flags::default() };
    let details = Details {
        name: "Harborview Dental".into(),
        account_number: Some(ACCOUNT.into()),
        tier: Tier::Next,
        customer_since: NaiveDate::from_ymd_opt(2022, 8, 8),
        flags,
        ..Details::default()
    };
    let mut tx = app.begin().await;
    let customer = customers::add(&mut tx, &Can::desk(), details).await.unwrap();
    tx.commit().await.unwrap();
    let subscription = app.given_subscription(customer).await;
    let mut tx = app.begin().await;
    let line = NewBillingLine {
        invoice: "INV-77".into(),
        billed_on: NaiveDate::from_ymd_opt(2026, 2, 1).unwrap(),
        description: "Cloud voice, February".into(),
        amount: Money::new(231_000, Currency::USD),
        subscription: Some(subscription),
        copy: 1,
    };
    customers::add_billing_line(&mut tx, &Can::desk(), customer, &line).await.unwrap();
    tx.commit().await.unwrap();
    let case = app
        .given_case_with(customer, |new| {
            new.at_stake = savedesk::cases::AtStake::Subscription(subscription);
            new.value_at_risk = Money::new(1_234_500, Currency::USD);
        })
        .await;
    Scene { app, customer, subscription, case }
}

impl Scene {
    fn pages(&self) -> [String; 2] {
        [format!("/customers/{}", self.customer), format!("/cases/{}", self.case)]
    }

    async fn sees(&self, client: &Client) -> Vec<&'static str> {
        let mut seen = Vec::new();
        for path in self.pages() {
            let page = client.get(&path).await.expect(200);
            seen.extend(SECRETS.iter().filter(|secret| page.body.contains(**secret)));
        }
        seen
    }

    async fn authenticate(&self, client: &Client, contact: &str) {
        let path = format!("/customers/{}/authentication?case={}", self.customer, self.case);
        let fields = [("contact", contact), ("method", "password")];
        let page = client.post_form(&path, &fields).await.expect(303);
        assert_eq!(page.headers["location"], format!("/cases/{}", self.case));
    }

    async fn log_call(&self, by: savedesk::ids::UserId) {
        let mut tx = self.app.begin().await;
        tx.set_actor(Some(by));
        let call = NewInteraction {
            kind: Kind::Call,
            direction: Some(Direction::Inbound),
            body: "Asked what the contract costs.".into(),
            next_step: None,
        };
        interactions::log(&mut tx, &Can::desk(), self.case, call).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn audited(&self, action: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_entries where subject_id = $1 and action = $2")
            .bind(self.customer)
            .bind(action)
            .fetch_one(&mut self.app.owner().await)
            .await
            .unwrap()
    }
}

fn agent() -> Person<'static> {
    Person { name: "Priya Raman", roles: &[Role::Agent], team: Some("North"), department: None }
}

#[tokio::test]
async fn r19_account_details_are_masked_until_the_customer_authenticated_for_this_contact() {
    let scene = given_protected().await;
    let client = scene.app.sign_in_as(agent()).await;
    assert_eq!(scene.sees(&client).await, Vec::<&str>::new());
    let page = client.get(&scene.pages()[0]).await.expect(200);
    assert!(page.body.contains("•••• 2287") && page.body.contains("Account details are masked."));
    // nor does any form that shows nothing else
    for path in [
        format!("/customers/{}/edit", scene.customer),
        format!("/customers/{}/link", scene.customer),
        format!("/subscriptions/{}/edit", scene.subscription),
        format!("/subscriptions/{}/costs", scene.subscription),
        format!("/offer_types/test?customer={}", scene.customer),
    ] {
        let page = client.get(&path).await.expect(303);
        assert_eq!(page.headers["location"], format!("/customers/{}/authentication", scene.customer), "{path}");
    }

    scene.authenticate(&client, "writing").await;
    let seen = scene.sees(&client).await;
    assert!(SECRETS.iter().all(|secret| seen.contains(secret)), "{seen:?}");
    assert_eq!(scene.audited("customer.authenticated").await, 1);
    // the contact, not who noted it: a colleague who takes over sees them too
    let colleague = scene.app.sign_in(Role::Rep).await;
    assert!(!scene.sees(&colleague).await.is_empty());
    scene.app.clock.advance(TimeDelta::hours(8));
    let later = scene.app.sign_in_as(Person { name: "Noah Kim", ..agent() }).await;
    assert_eq!(scene.sees(&later).await, Vec::<&str>::new());
}

#[tokio::test]
async fn r19_forms_and_offers_of_a_case_name_no_plan_and_no_price_while_they_are_masked() {
    let scene = given_protected().await;
    let (app, case) = (&scene.app, scene.case);
    let mut owner = app.owner().await;
    sqlx::raw_sql("set session_replication_role = replica; update subscriptions set external_ref = 'S-99-7741'")
        .execute(&mut owner)
        .await
        .unwrap();
    let can = app.can::<MakeOffers>(Role::Agent).await;
    let offer = app.given_offer(&can, (case, scene.subscription), percent(5, 12)).await.unwrap().id;
    app.present(&can, offer, 1).await.unwrap();
    let mut tx = app.begin_as(&can).await;
    let answered = offers::accept(&mut tx, &can, offer, 1).await.unwrap();
    promises::make_for_offer(&mut tx, &answered).await.unwrap();
    tx.commit().await.unwrap();
    let client = app.sign_in_as(agent()).await;

    let new = format!("/cases/new?customer={}", scene.customer);
    let chosen =
        format!("/cases/new/subjects?customer={}&at_stake=subscription:{}", scene.customer, scene.subscription);
    let kept = format!("/cases/{case}/close/kept?outcome=saved_with_offer");
    let page = format!("/offers/{offer}");
    // each with what is told of the account while it is shown: plan, what they pay a month and a year, what 5% are worth
    let told = [
        (format!("/cases/{case}/edit"), &["Business Pro"][..]),
        (format!("/cases/{case}/close"), &[]),
        (kept, &["26334.00", "26,334.00"]),
        (new, &["Business Pro", "27720.00", "27,720"]),
        (chosen, &["Business Pro", "27720.00", "27,720"]),
        (page.clone(), &["2,310.00", "1,386.00"]),
        (format!("/cases/{case}"), &["Cost $1,386.00", "Costs $1,386.00"]),
        (format!("/customers/{}", scene.customer), &["Business Pro", "1,386.00"]),
    ];
    let secrets = ["Business Pro", "2,310.00", "27720", "27,720", "1,386.00", "26334", "26,334"];
    for (path, _) in &told {
        let page = client.get(path).await.expect(200);
        let seen: Vec<&&str> = secrets.iter().filter(|secret| page.body.contains(**secret)).collect();
        assert!(seen.is_empty(), "{path}: {seen:?}");
    }
    for (path, _) in [&told[0], &told[3], &told[4]] {
        let page = client.get(path).await.expect(200);
        assert!(page.body.contains("Cloud voice, •••• 7741"), "{path}");
    }
    // what we propose is told
    let masked = client.get(&page).await.expect(200);
    assert!(masked.body.contains("5% for 12 months") && masked.body.contains("Account details are masked."));
    // what is written to the customer states what they pay
    let confirmation = format!("{page}/confirmation");
    let away = client.get(&confirmation).await.expect(303);
    assert_eq!(away.headers["location"], format!("/customers/{}/authentication", scene.customer));

    scene.authenticate(&client, "writing").await;
    for (path, seen) in &told {
        let page = client.get(path).await.expect(200);
        for one in *seen {
            assert!(page.body.contains(one), "{path}: {one}");
        }
    }
    let letter = client.get(&confirmation).await.expect(200);
    assert!(letter.body.contains("Cloud voice, Business Pro"));
}

#[tokio::test]
async fn r19_a_case_opened_while_details_are_masked_is_worth_what_they_pay() {
    let scene = given_protected().await;
    let client = scene.app.sign_in_as(agent()).await;
    let page = client.get(&format!("/cases/new?customer={}", scene.customer)).await.expect(200);
    let form = page.form("form[action='/cases']");
    let typed = [("value_at_risk", ""), ("second_because", "About their fax line"), ("kind", "complaint")];
    client.post_form("/cases", &filled(&form, &typed)).await.expect(303);
    let worth: i64 = sqlx::query_scalar(
        "select value_at_risk_minor from cases where customer_id = $1 and id <> $2 order by opened_at desc limit 1",
    )
    .bind(scene.customer)
    .bind(scene.case)
    .fetch_one(&mut scene.app.owner().await)
    .await
    .unwrap();
    assert_eq!(worth, 2_772_000);
}

#[tokio::test]
async fn r19_a_call_is_over_once_it_is_logged() {
    let scene = given_protected().await;
    let client = scene.app.sign_in_as(agent()).await;
    scene.authenticate(&client, "call").await;
    scene.app.clock.advance(TimeDelta::minutes(1));
    assert!(!scene.sees(&client).await.is_empty());
    // what a colleague says on another line ends nothing
    let colleague = scene.app.given_person(Person { name: "Noah Kim", ..agent() }).await;
    scene.log_call(colleague.id.unwrap()).await;
    assert!(!scene.sees(&client).await.is_empty());
    scene.log_call(client.user.unwrap()).await;
    assert_eq!(scene.sees(&client).await, Vec::<&str>::new());
}

#[tokio::test]
async fn r19_whoever_says_why_sees_them_alone_and_for_half_an_hour() {
    let scene = given_protected().await;
    let client = scene.app.sign_in_as(agent()).await;
    let path = format!("/customers/{}/revelation", scene.customer);
    let page = client.post_form(&path, &[("why", " ")]).await.expect(422);
    assert!(page.body.contains("Say why you have to see them"));
    assert_eq!((scene.sees(&client).await.len(), scene.audited("customer.account_details_revealed").await), (0, 0));
    client.post_form(&path, &[("why", "Preparing the written answer")]).await.expect(303);
    assert!(!scene.sees(&client).await.is_empty());
    assert_eq!(scene.audited("customer.account_details_revealed").await, 1);
    assert_eq!(scene.sees(&scene.app.sign_in(Role::Supervisor).await).await, Vec::<&str>::new());
    scene.app.clock.advance(TimeDelta::minutes(30));
    assert_eq!(scene.sees(&client).await, Vec::<&str>::new());
}

#[tokio::test]
async fn r19_lists_show_the_end_of_an_account_number_only() {
    let scene = given_protected().await;
    let client = scene.app.sign_in_as(agent()).await;
    for path in ["/customers", "/search?q=Harborview", "/queue.csv?owner=any"] {
        let page = client.get(path).await.expect(200);
        assert!(!page.body.contains(ACCOUNT) && page.body.contains("•••• 2287"), "{path}: {}", page.body);
    }
    // as in Rust, so in the database
    let mut owner = scene.app.owner().await;
    for number in ["4410-2287", "2287", "7", "BV-ÄÖÜß"] {
        let listed: String =
            sqlx::query_scalar("select listed_account($1, true)").bind(number).fetch_one(&mut owner).await.unwrap();
        assert_eq!(listed, masked_account(number));
    }
}

#[tokio::test]
async fn what_was_noted_of_an_authentication_stays() {
    let scene = given_protected().await;
    let client = scene.app.sign_in_as(agent()).await;
    scene.authenticate(&client, "call").await;
    let mut application = scene.app.as_application().await;
    for statement in [
        "update authentications set until = until + interval '1 hour'",
        "delete from authentications",
        "insert into authentications (id, customer_id, contact, method, at, until, by_id)
            select gen_random_uuid(), customer_id, contact, method, at, at + interval '9 hours', by_id from authentications",
        "insert into authentications (id, customer_id, contact, method, at, until, by_id)
            select gen_random_uuid(), customer_id, contact, 'birthday', at, until, by_id from authentications",
    ] {
        assert!(sqlx::query(statement).execute(&mut application).await.is_err(), "{statement}");
    }
    // one who is under no such rules needs none
    let free = scene.app.given_customer("Aurelle Guest").await;
    let fields = [("contact", "call"), ("method", "password")];
    client.post_form(&format!("/customers/{free}/authentication"), &fields).await.expect(409);
}
