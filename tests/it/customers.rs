//! Customers: what is kept of them, who may change it, and what the log says of that.

use std::collections::HashMap;

use chrono::NaiveDate;
use savedesk::auth::Role;
use savedesk::customers::{
    self, Changed, Edit, Edited, NewContact, NewCustomer, NewOrder, NewOrderLine, NewSubscription, Status,
};
use savedesk::error::Error;
use savedesk::ids::CustomerId;
use savedesk::money::{Currency, Money};

use crate::support::{Client, Page, TestApp, data_dir};

async fn given(app: &TestApp, name: &str) -> CustomerId {
    given_customer(app, NewCustomer { name: name.into(), ..NewCustomer::default() }).await
}

async fn given_customer(app: &TestApp, new: NewCustomer) -> CustomerId {
    let can = app.can(Role::Agent).await;
    let mut tx = app.begin().await;
    let id = customers::add(&mut tx, &can, new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn dollars(amount: i64) -> Money {
    Money::new(amount * 100, Currency::USD)
}

/// The fields of a form as a browser would send them back, with some typed over.
fn refill(page: &Page, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let names = page.attributes("main form[method=post] input:not([type=checkbox])", "name");
    let values = page.attributes("main form[method=post] input:not([type=checkbox])", "value");
    let mut fields: Vec<(String, String)> = names.into_iter().zip(values).collect();
    let options: Vec<String> = page.attributes("main form[method=post] select option[selected]", "value");
    let selects = page.attributes("main form[method=post] select", "name");
    fields.extend(selects.into_iter().zip(options));
    fields.extend(
        page.attributes("main form[method=post] input[checked]", "name")
            .into_iter()
            .map(|name| (name, "on".to_owned())),
    );
    fields.retain(|(name, _)| !typed.iter().any(|(other, _)| name == other));
    fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

async fn post(client: &Client, path: &str, fields: &[(String, String)]) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post_form(path, &fields).await
}

#[tokio::test]
async fn a_customer_is_added_by_page_found_and_shown() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let form = rep.get("/customers/new").await.expect(200);
    let refused = post(&rep, "/customers", &refill(&form, &[("name", ""), ("city", "Portland")])).await.expect(422);
    assert!(refused.has(".note.sum") && refused.field("city") == "Portland");
    let fields = refill(
        &form,
        &[
            ("name", "Harborview Dental"),
            ("account_number", "4410-2287"),
            ("phone", "(206) 555-0134"),
            ("contact", "Renee"),
        ],
    );
    let added = post(&rep, "/customers", &fields).await.expect(303);
    let again = post(&rep, "/customers", &fields).await.expect(303);
    assert_eq!(added.location(), again.location(), "sent twice, done once");
    let page = rep.follow(&added).await.expect(200);
    assert_eq!(page.text("main h1"), "Harborview Dental");
    assert!(page.text("#contacts").contains("Renee") && page.text("#contacts").contains("(206) 555-0134"));
    let list = rep.get("/customers").await.expect(200);
    assert_eq!(list.texts("main tbody a.open"), ["Harborview Dental"]);
    let options = rep.get_fragment("/customers/match?q=206+555", "options").await.expect(200);
    assert_eq!(options.attributes("li", "data-label"), ["Harborview Dental", "206 555"]);
    let fresh = rep.get("/customers/new").await;
    let taken = refill(&fresh, &[("name", "Another"), ("account_number", "4410-2287")]);
    let refused = post(&rep, "/customers", &taken).await.expect(422);
    assert!(refused.text(".note.sum").contains("account number"));
}

#[tokio::test]
async fn whoever_may_not_edit_is_shown_no_way_and_refused() {
    let app = TestApp::start().await;
    let id = given(&app, "Olivia Brandt").await;
    let rep = app.sign_in(Role::Rep).await;
    let page = rep.get(&format!("/customers/{id}")).await.expect(200);
    assert!(!page.body.contains("/edit") && !page.body.contains("/status\""));
    rep.get(&format!("/customers/{id}/edit")).await.expect(403);
    rep.get(&format!("/customers/{id}/status")).await.expect(403);
    rep.post_form(&format!("/customers/{id}"), &[("was_name", "x"), ("name", "y")]).await.expect(403);
    let officer = app.sign_in(Role::Privacy).await;
    let page = officer.get(&format!("/customers/{id}")).await.expect(200);
    assert!(!page.has("#cases") && !page.has("#log"), "cases are not theirs to see");
    officer.get("/customers/new").await.expect(403);
    app.sign_in(Role::Department).await.get("/customers").await.expect(403);
    app.sign_in(Role::Agent).await.get(&format!("/customers/{}", CustomerId::new())).await.expect(404);
}

#[tokio::test]
async fn r6_different_fields_both_win() {
    let app = TestApp::start().await;
    let id =
        given_customer(&app, NewCustomer { name: "Ada".into(), city: "Oslo".into(), ..NewCustomer::default() }).await;
    let (one, other) = (app.sign_in(Role::Agent).await, app.sign_in(Role::Agent).await);
    let path = format!("/customers/{id}");
    let form = one.get(&format!("{path}/edit")).await.expect(200);
    post(&one, &path, &refill(&form, &[("city", "Bergen"), ("key", KEYS[0])])).await.expect(303);
    post(&other, &path, &refill(&form, &[("name", "Ada L."), ("key", KEYS[1])])).await.expect(303);
    let page = one.get(&path).await;
    assert_eq!(page.text("main h1"), "Ada L.");
    assert!(page.text("main .head .sub").contains("Bergen"));
}

#[tokio::test]
async fn r6_the_same_field_is_asked_about_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    let id =
        given_customer(&app, NewCustomer { name: "Ada".into(), city: "Oslo".into(), ..NewCustomer::default() }).await;
    let agent = app.sign_in(Role::Agent).await;
    let path = format!("/customers/{id}");
    let form = agent.get(&format!("{path}/edit")).await.expect(200);
    post(&agent, &path, &refill(&form, &[("city", "Bergen"), ("key", KEYS[0])])).await.expect(303);
    let mine = refill(&form, &[("city", "Bodø"), ("street", "Storgata 1"), ("vip", "on"), ("key", KEYS[1])]);
    let asked = post(&agent, &path, &mine).await.expect(409);
    assert!(asked.text("[role=alert]").contains("You saved while you were editing."));
    let colleague = post(&app.sign_in(Role::Supervisor).await, &path, &mine).await.expect(409);
    assert!(colleague.text("[role=alert]").contains("Retention agent saved while you were editing."));
    assert_eq!(asked.attributes("input[type=radio][name=city]", "value"), ["Bergen", "Bodø"]);
    assert_eq!(asked.field("street"), "Storgata 1");
    let mut chosen = refill(&asked, &[("city", "Bodø")]);
    chosen.retain(|(name, _)| name != "key");
    chosen.push(("key".into(), asked.field("key")));
    post(&agent, &path, &chosen).await.expect(303);
    let customer = customers::find(&mut app.db.read().await.unwrap(), id).await.unwrap();
    assert_eq!((customer.city.as_str(), customer.street.as_str(), customer.flags.vip), ("Bodø", "Storgata 1", true));
}

const KEYS: [&str; 2] = ["0b7f3a0e-8f43-4f0e-9a53-2d2a5f2f6a11", "1b7f3a0e-8f43-4f0e-9a53-2d2a5f2f6a12"];

#[tokio::test]
async fn contacts_and_subscriptions_are_added_and_edited() {
    let app = TestApp::start().await;
    let id = given(&app, "Harborview").await;
    let agent = app.sign_in(Role::Agent).await;
    let form = agent.get(&format!("/customers/{id}/contacts/new")).await.expect(200);
    let path = format!("/customers/{id}/contacts");
    post(&agent, &path, &refill(&form, &[])).await.expect(422);
    post(&agent, &path, &refill(&form, &[("name", "Renee"), ("email", "renee@example.org")])).await.expect(303);
    let page = agent.get(&format!("/customers/{id}")).await.expect(200);
    let edit = page.attributes("#contacts a.btn", "href").remove(0);
    let form = agent.get(&edit).await.expect(200);
    let path = edit.trim_end_matches("/edit");
    post(&agent, path, &refill(&form, &[("phone", "(206) 555-0134")])).await.expect(303);
    let contacts = customers::contacts(&mut app.db.read().await.unwrap(), id).await.unwrap();
    assert_eq!(contacts[0].phone_e164.as_deref(), Some("+12065550134"));

    let form = agent.get(&format!("/customers/{id}/subscriptions/new")).await.expect(200);
    let typed = [("product", "Cloud voice"), ("quantity", "42"), ("monthly_price", "2,310.00")];
    let path = format!("/customers/{id}/subscriptions");
    post(&agent, &path, &refill(&form, &typed)).await.expect(303);
    let page = agent.get(&format!("/customers/{id}")).await.expect(200);
    assert!(page.text(".tiles").contains("$27,720"), "{}", page.text(".tiles"));
    let edit = page.attributes("#subscriptions a.btn", "href").remove(0);
    let form = agent.get(&edit).await.expect(200);
    let path = edit.trim_end_matches("/edit");
    let refused = post(&agent, path, &refill(&form, &[("status", "ended")])).await.expect(422);
    assert!(refused.has("#ended_on[aria-invalid]"));
    post(&agent, path, &refill(&form, &[("status", "ended"), ("ended_on", "2026-03-01"), ("key", KEYS[0])]))
        .await
        .expect(303);
}

#[tokio::test]
async fn the_status_changes_with_a_reason_and_keeps_its_history() {
    let app = TestApp::start().await;
    let id = given(&app, "Harborview").await;
    let agent = app.sign_in(Role::Agent).await;
    let path = format!("/customers/{id}/status");
    agent.get(&path).await.expect(200);
    agent.post_form(&path, &[("was_status", "active"), ("status", "at_risk")]).await.expect(422);
    let typed = [("was_status", "active"), ("status", "at_risk"), ("why", "Asked about leaving")];
    agent.post_form(&path, &typed).await.expect(303);
    let page = agent.get(&format!("/customers/{id}")).await;
    assert_eq!(page.texts("#changes .pill"), ["At risk", "Active"]);
    assert!(page.text("#changes").contains("Asked about leaving"));
    let stale =
        agent.post_form(&path, &[("was_status", "active"), ("status", "saved"), ("why", "Mine")]).await.expect(409);
    assert!(stale.text("[role=alert]").contains("Retention agent changed the status to At risk"));
    assert!(stale.text("textarea").contains("Mine") && stale.field("was_status") == "at_risk");
    let mut tx = app.begin().await;
    customers::set_status(&mut tx, id, Status::AtRisk, "SD-1 opened").await.unwrap();
    tx.commit().await.unwrap();
    let again = agent.get(&format!("/customers/{id}")).await;
    assert_eq!(again.texts("#changes .pill").len(), 2, "what is so already leaves no history");
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let app = TestApp::start().await;
    let can = app.can(Role::Agent).await;
    let import = app.can(Role::Agent).await;
    let id = given(&app, "Harborview").await;
    let mut tx = app.begin().await;
    let change = |details: &mut NewCustomer| {
        details.city = "Portland".into();
        details.paid_total = dollars(108_460);
    };
    assert_eq!(customers::update_from_import(&mut tx, &import, id, change).await.unwrap(), Changed::Yes);
    assert_eq!(customers::update_from_import(&mut tx, &import, id, change).await.unwrap(), Changed::No);
    let plan =
        NewSubscription { product: "Cloud voice".into(), monthly_price: dollars(10), ..NewSubscription::default() };
    let plan = customers::add_subscription(&mut tx, &can, id, plan).await.unwrap();
    let found = customers::find_subscription(&mut tx, id, None, "Cloud voice").await.unwrap();
    assert_eq!(found.map(|found| found.id), Some(plan));
    let price = |plan: &mut NewSubscription| plan.monthly_price = dollars(-4);
    assert_eq!(customers::update_subscription_from_import(&mut tx, &import, plan, price).await.unwrap(), Changed::Yes);
    assert_eq!(customers::update_subscription_from_import(&mut tx, &import, plan, price).await.unwrap(), Changed::No);
    let mut order = NewOrder {
        number: "536365".into(),
        ordered_at: app.clock.now(),
        total: dollars(20),
        lines: vec![line("85123A", 2, 10)],
        ..NewOrder::default()
    };
    let order_id = customers::add_order(&mut tx, &can, id, order.clone()).await.unwrap();
    assert_eq!(customers::find_order(&mut tx, "536365").await.unwrap().map(|found| found.id), Some(order_id));
    assert_eq!(
        customers::update_order_from_import(&mut tx, &import, order_id, order.clone()).await.unwrap(),
        Changed::No
    );
    order.lines.push(line("71053", 1, 5));
    order.total = dollars(25);
    assert_eq!(
        customers::update_order_from_import(&mut tx, &import, order_id, order.clone()).await.unwrap(),
        Changed::Yes
    );
    assert_eq!(customers::update_order_from_import(&mut tx, &import, order_id, order).await.unwrap(), Changed::No);
    let subjects = customers::subjects(&mut tx, id).await.unwrap();
    let worth: Vec<Money> = subjects.iter().map(|subject| subject.value_at_risk).collect();
    assert_eq!(worth, [dollars(0), dollars(25)], "a credit is no risk");
    tx.commit().await.unwrap();
    let page = app.sign_in(Role::Rep).await.get(&format!("/orders/{order_id}")).await.expect(200);
    assert_eq!(page.texts("tbody tr").len(), 2);
}

fn line(code: &str, quantity: i32, each: i64) -> NewOrderLine {
    NewOrderLine {
        stock_code: code.into(),
        description: format!("Item {code}"),
        quantity,
        unit_price: dollars(each),
        amount: dollars(each * i64::from(quantity)),
    }
}

#[tokio::test]
async fn an_account_number_belongs_to_one_customer() {
    let app = TestApp::start().await;
    let can = app.can(Role::Agent).await;
    let new =
        |name: &str| NewCustomer { name: name.into(), account_number: Some("7".into()), ..NewCustomer::default() };
    given_customer(&app, new("First")).await;
    let mut tx = app.begin().await;
    let refused = customers::add(&mut tx, &can, new("Second")).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let mixed = NewCustomer { paid_total: Money::new(1, Currency::EUR), ..new("Third") };
    assert!(matches!(customers::add(&mut tx, &can, mixed).await, Err(Error::Refused(_))));
}

#[tokio::test]
async fn the_audit_log_holds_no_personal_value() {
    let app = TestApp::start().await;
    let can = app.can(Role::Agent).await;
    let editor = app.can(Role::Agent).await;
    let mut tx = app.begin().await;
    let secret = |part: &str| format!("Zzyx{part}");
    let new = NewCustomer {
        name: secret("name"),
        account_number: Some(secret("account")),
        segment: secret("segment"),
        street: secret("street"),
        postcode: secret("post"),
        city: secret("city"),
        country: secret("country"),
        customer_since: NaiveDate::from_ymd_opt(2022, 8, 8),
        ..NewCustomer::default()
    };
    let id = customers::add(&mut tx, &can, new).await.unwrap();
    let contact = NewContact {
        name: secret("contact"),
        job: secret("job"),
        email: secret("@example.org"),
        phone: "555 0199 777".into(),
    };
    let contact = customers::add_contact(&mut tx, &can, id, contact).await.unwrap();
    let plan =
        NewSubscription { product: "Voice".into(), external_ref: Some(secret("ref")), ..NewSubscription::default() };
    customers::add_subscription(&mut tx, &can, id, plan).await.unwrap();
    let order = NewOrder { number: secret("order"), country: secret("land"), ..NewOrder::default() };
    customers::add_order(&mut tx, &can, id, order).await.unwrap();
    customers::change_status(&mut tx, &editor, id, Status::Saved, "Zzyx said so").await.unwrap();
    let edit = |pairs: &[(&str, &str)]| -> HashMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let typed = Edit::of::<NewCustomer>(&edit(&[("was_city", "Zzyxcity"), ("city", "Zzyxtown")]));
    let edited = customers::edit(&mut tx, &editor, id, &typed).await.unwrap();
    assert_eq!(edited, Edited::Saved);
    let typed = Edit::of::<NewContact>(&edit(&[("was_phone", "555 0199 777"), ("phone", "555 0199 778")]));
    customers::edit_contact(&mut tx, &editor, contact, &typed).await.unwrap();
    tx.commit().await.unwrap();
    app.sign_in(Role::Agent).await.get(&format!("/customers/{id}")).await.expect(200);
    let bodies: Vec<(String, String)> =
        sqlx::query_as("select action, body::text from audit_entries where customer_id = $1")
            .bind(id)
            .fetch_all(&mut app.owner().await)
            .await
            .unwrap();
    for action in ["customer.added", "contact.changed", "order.added", "customer.status_changed", "customer.viewed"] {
        assert!(bodies.iter().any(|(seen, _)| seen == action), "{action} in {bodies:?}");
    }
    for (action, body) in bodies {
        assert!(!body.contains("Zzyx") && !body.contains("0199"), "{action}: {body}");
    }
}

#[tokio::test]
async fn naughty_strings_come_back_as_text() {
    let Some(folder) = data_dir() else { return };
    let file = std::fs::read(folder.join("awkward/naughty-strings/blns.json")).unwrap();
    let strings: Vec<String> = serde_json::from_slice(&file).unwrap();
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let id = given(&app, "Plain").await;
    let path = format!("/customers/{id}");
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>().trim().to_owned();
    for (at, naughty) in strings.iter().enumerate() {
        let naughty = naughty.replace('\0', "\u{fffd}");
        let (name, short) = (cut(&naughty, 200), cut(&naughty, 19));
        if name.is_empty() {
            continue;
        }
        let account = cut(&format!("{at}-{naughty}"), 60);
        let form = agent.get(&format!("{path}/edit")).await.expect(200);
        let typed = [
            ("name", name.as_str()),
            ("account_number", &account),
            ("segment", &cut(&naughty, 80)),
            ("street", &name),
            ("postcode", &short),
            ("city", &cut(&naughty, 120)),
            ("country", &cut(&naughty, 60)),
        ];
        post(&agent, &path, &refill(&form, &typed)).await.expect(303);
        let customer = customers::find(&mut app.db.read().await.unwrap(), id).await.unwrap();
        assert_eq!(
            (customer.name.as_str(), customer.account_number.as_deref()),
            (name.as_str(), Some(account.as_str()))
        );
        let page = agent.get(&path).await.expect(200);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(page.text("main h1"), words(&name), "{name:?}");
        assert!(!page.has("main script") && !page.has("main img") && !page.has("main iframe"), "{name:?}");
        let search = agent.get(&format!("/search?{}", serde_html_form::to_string([("q", &naughty)]).unwrap())).await;
        assert_eq!(search.expect(200).field("q").trim(), naughty.trim());
    }
}

#[tokio::test]
async fn the_list_pages_by_name_both_ways() {
    let app = TestApp::start().await;
    let can = app.can(Role::Agent).await;
    let mut tx = app.begin().await;
    for number in 0..120 {
        let new = NewCustomer { name: format!("Customer {number:03}"), ..NewCustomer::default() };
        customers::add(&mut tx, &can, new).await.unwrap();
    }
    tx.commit().await.unwrap();
    let agent = app.sign_in(Role::Agent).await;
    let mut page = agent.get("/customers").await.expect(200);
    let mut seen = page.texts("tbody a.open");
    while let Some(next) = page.attributes("a[rel=next]", "href").into_iter().next() {
        assert!(!next.contains("Customer"), "no name stands in an address");
        page = agent.get(&next).await.expect(200);
        seen.extend(page.texts("tbody a.open"));
    }
    assert_eq!(seen, (0..120).map(|number| format!("Customer {number:03}")).collect::<Vec<_>>());
    let back = page.attributes("a[rel=prev]", "href").remove(0);
    let page = agent.get(&back).await.expect(200);
    assert_eq!(page.texts("tbody a.open").first().map(String::as_str), Some("Customer 050"));
    let none = agent.get("/customers?status=suspended").await.expect(200);
    assert!(none.has(".empty") && !none.has("tbody"));
}
