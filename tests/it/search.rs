//! Finding anyone by how people say it.

use savedesk::auth::{Actor, Role};
use savedesk::customers::{self, NewContact, NewCustomer, NewOrder};
use savedesk::ids::{CustomerId, OrderId};
use savedesk::search::{self, Field, Hit, Kind, Subject};

use crate::support::{Person, TestApp};

struct Desk {
    app: TestApp,
    viewer: Actor,
}

impl Desk {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let viewer = app.given_person(Person { name: "Priya Raman", roles: &[Role::Agent], ..Person::default() }).await;
        Self { app, viewer }
    }

    async fn customer(&self, name: &str, account: &str, contacts: &[NewContact]) -> CustomerId {
        let can = self.app.can(Role::Agent).await;
        let mut tx = self.app.begin().await;
        let new = NewCustomer {
            name: name.into(),
            account_number: (!account.is_empty()).then(|| account.into()),
            ..NewCustomer::default()
        };
        let id = customers::add(&mut tx, &can, new).await.unwrap();
        for contact in contacts {
            customers::add_contact(&mut tx, &can, id, contact.clone()).await.unwrap();
        }
        tx.commit().await.unwrap();
        id
    }

    async fn order(&self, customer: CustomerId, number: &str) -> OrderId {
        let can = self.app.can(Role::Agent).await;
        let mut tx = self.app.begin().await;
        let new = NewOrder { number: number.into(), ..NewOrder::default() };
        let id = customers::add_order(&mut tx, &can, customer, new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn find(&self, query: &str) -> Vec<Hit> {
        search::find(&mut self.app.db.read().await.unwrap(), &self.viewer, query, 20).await.unwrap()
    }

    #[track_caller]
    fn first(hits: &[Hit], query: &str) -> Subject {
        hits.first().unwrap_or_else(|| panic!("nothing found for {query}")).id
    }

    /// Whether each of these finds it, before anything else.
    async fn finds(&self, customer: CustomerId, queries: &[&str]) {
        for query in queries {
            let hits = self.find(query).await;
            assert_eq!(Self::first(&hits, query), Subject::Customer(customer), "{query}: {hits:?}");
        }
    }
}

fn phone(number: &str) -> NewContact {
    NewContact { phone: number.into(), ..NewContact::default() }
}

#[tokio::test]
async fn every_spelling_of_a_phone_finds_its_owner() {
    let desk = Desk::open().await;
    let id = desk.customer("Harborview Dental Group", "", &[phone("+1 206 555 0134")]).await;
    desk.customer("Somebody Else", "", &[phone("(206) 555-0199")]).await;
    desk.finds(
        id,
        &[
            "(206) 555-0134",
            "0206 5550134",
            "+1 206 555-0134",
            "12065550134",
            "206.555.0134",
            "001 206 555 0134",
            "011 1 206 555 0134",
            "206 555 0134 x 12",
            "5550134",
            "0134",
            "+1 206 555 013",
        ],
    )
    .await;
    let other = desk.customer("Acme Ltd", "", &[phone("020 7946 0018")]).await;
    desk.finds(other, &["020 7946 0018", "2079460018", "7946 0018"]).await;
}

#[tokio::test]
async fn names_are_found_in_any_order_script_and_with_typing_errors() {
    let desk = Desk::open().await;
    let renee = desk.customer("Renée Caldwell", "", &[]).await;
    let ivanova = desk.customer("Анна Иванова", "", &[]).await;
    let group = desk.customer("Harborview Dental Group of Portland", "", &[]).await;
    let john = desk.customer("John Smith", "", &[]).await;
    desk.finds(renee, &["renee", "RENÉE CALD", "caldwell ren", "cald ren", "Renee Caldwel", "Caldwlel", "caldwell"])
        .await;
    desk.finds(ivanova, &["Иванова", "ivanova", "anna ivan", "иванова анна"]).await;
    desk.finds(group, &["harborview", "dental harborview", "portland dental", "Harborveiw", "group portland harb"])
        .await;
    desk.finds(john, &["Jhon", "jonh smith", "smith j"]).await;
    assert!(desk.find("zzzzqq").await.is_empty());
}

#[tokio::test]
async fn contacts_addresses_and_numbers_find_their_customer() {
    let desk = Desk::open().await;
    let contact = NewContact {
        name: "Elena Vasquez".into(),
        email: "elena.vasquez@harborview.example".into(),
        ..NewContact::default()
    };
    let id = desk.customer("Harborview Dental Group", "4410-2287", &[contact]).await;
    desk.finds(
        id,
        &["vasquez", "elena.vas", "vasquez@harbor", "harborview.example", "4410-2287", "44102287", "4410 22"],
    )
    .await;
    let order = desk.order(id, "AR-88213").await;
    for query in ["AR-88213", "ar88213", "88213", "AR 882"] {
        let hits = desk.find(query).await;
        assert_eq!(Desk::first(&hits, query), Subject::Order(order), "{query}");
        assert_eq!((hits[0].kind, hits[0].field, hits[0].customer), (Kind::Order, Field::Order, id));
    }
}

#[tokio::test]
async fn the_exact_number_comes_before_what_begins_with_it() {
    let desk = Desk::open().await;
    let longer = desk.customer("Longer", "10010", &[]).await;
    let exact = desk.customer("Exact", "1001", &[]).await;
    let named = desk.customer("1001 Nights", "", &[]).await;
    let found: Vec<_> = desk.find("1001").await.into_iter().map(|hit| hit.id).collect();
    assert_eq!(found[0], Subject::Customer(exact));
    assert!(found.contains(&Subject::Customer(longer)) && found.contains(&Subject::Customer(named)));
}

#[tokio::test]
async fn a_changed_name_is_found_and_the_old_one_is_not() {
    let desk = Desk::open().await;
    let id = desk.customer("Before", "", &[]).await;
    let can = desk.app.can(Role::Agent).await;
    let mut tx = desk.app.begin().await;
    customers::update_from_import(&mut tx, &can, id, |details| details.name = "Afterwards".into()).await.unwrap();
    tx.commit().await.unwrap();
    desk.finds(id, &["afterw"]).await;
    assert!(desk.find("before").await.is_empty());
}

#[tokio::test]
async fn case_numbers_are_found_by_who_may_see_cases_only() {
    let desk = Desk::open().await;
    let id = desk.customer("Olivia Brandt", "", &[]).await;
    let mut owner = desk.app.owner().await;
    let case = given_case(&mut owner, id, 20418).await;
    for query in ["SD-20418", "sd20418", "20418", "SD 204"] {
        assert_eq!(Desk::first(&desk.find(query).await, query), case, "{query}");
    }
    let officer = Actor { roles: vec![Role::Privacy], ..Actor::desk() };
    let hits = search::find(&mut desk.app.db.read().await.unwrap(), &officer, "SD-20418", 20).await.unwrap();
    assert!(hits.is_empty(), "{hits:?}");
}

async fn given_case(owner: &mut sqlx::PgConnection, customer: CustomerId, number: i64) -> Subject {
    let case = savedesk::ids::CaseId::new();
    for statement in [
        "set session_replication_role = replica",
        "insert into cases (id, number, customer_id, kind, channel, value_at_risk_minor, currency, opened_at)
         values ($1, $2, $3, 'cancellation', 'phone', 0, 'USD', '2026-03-04')",
        "insert into search_terms (subject_id, subject_kind, customer_id, field, term, whole)
         select $1, 'case', $3, 'case', term, true from unnest(array['sd-' || $2, 'sd' || $2, $2::bigint::text]) as term",
    ] {
        let mut query = sqlx::query(statement);
        if statement.contains("$1") {
            query = query.bind(case).bind(number).bind(customer);
        }
        query.execute(&mut *owner).await.unwrap();
    }
    Subject::Case(case)
}

#[tokio::test]
async fn the_page_groups_and_the_palette_lists_what_is_found() {
    let desk = Desk::open().await;
    let id = desk.customer("Harborview <b>Dental</b>", "4410-2287", &[]).await;
    desk.order(id, "4410").await;
    let client = desk.app.sign_in(Role::Agent).await;
    let page = client.get("/search?q=4410").await.expect(200);
    assert_eq!(page.texts("main h2"), ["Customers 1", "Orders 1"]);
    let list = client.get_fragment("/search?q=harb", "search").await.expect(200);
    assert!(list.body.starts_with("<li><a role=\"option\""), "{}", list.body);
    assert_eq!(list.attributes("a", "href"), [format!("/customers/{id}")]);
    assert!(list.text("a").contains("Harborview <b>Dental</b>"));
    assert!(client.get("/search").await.expect(200).has("main input[name=q]"));
    desk.app.sign_in(Role::Department).await.get("/search?q=harb").await.expect(403);
    let officer = desk.app.sign_in(Role::Privacy).await.get("/search?q=4410").await.expect(200);
    assert!(officer.has("main h2"));
}

#[tokio::test]
async fn every_lookup_stands_on_an_index() {
    let desk = Desk::open().await;
    let id = desk.customer("Seed", "", &[]).await;
    let mut owner = desk.app.owner().await;
    sqlx::query("set session_replication_role = replica").execute(&mut owner).await.unwrap();
    sqlx::query(
        "insert into search_terms (subject_id, subject_kind, customer_id, field, term, whole)
         select gen_random_uuid(), 'customer', $1, 'name', 'a' || md5(n::text) || ' ' || md5((n * 7)::text), true
         from generate_series(1, 30000) as n",
    )
    .bind(id)
    .execute(&mut owner)
    .await
    .unwrap();
    sqlx::query("analyze search_terms").execute(&mut owner).await.unwrap();
    let prefix = plan(
        &mut owner,
        "select t.term from unnest(array['customer', 'order'], array['a', 'ab']) as p (kind, prefix)
         cross join lateral (select s.term from search_terms s
            where s.subject_kind = p.kind and s.term >= p.prefix and s.term < p.prefix || chr(1114111)
            order by s.term limit 60) t",
    )
    .await;
    assert!(
        prefix.contains("search_terms_prefix") && !prefix.contains("Seq Scan") && !prefix.contains("Sort"),
        "{prefix}"
    );
    // so few terms are read as fast one by one
    sqlx::query("set enable_seqscan = off").execute(&mut owner).await.unwrap();
    let likeness = plan(
        &mut owner,
        "select term from search_terms
         where whole and field in ('name', 'contact', 'email') and 'harborveiw' <% term limit 400",
    )
    .await;
    assert!(likeness.contains("search_terms_fuzzy") && !likeness.contains("Seq Scan"), "{likeness}");
}

async fn plan(owner: &mut sqlx::PgConnection, query: &str) -> String {
    let lines: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("explain {query}"))).fetch_all(owner).await.unwrap();
    lines.join("\n")
}
