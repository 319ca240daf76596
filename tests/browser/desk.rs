//! The demo company and its people, each at a browser of their own.

use savedesk::auth::Role;
use savedesk::ids::UserId;
use sqlx::{FromRow, PgConnection};

use crate::browser::Browser;
use crate::support::{Person, TestApp};

/// Somebody of this role at a browser; none where there is no browser.
pub(crate) async fn at_work(role: Role) -> Option<(TestApp, Browser)> {
    let app = TestApp::start_demo().await;
    let browser = another(&app, role).await?;
    Some((app, browser))
}

/// Somebody else at the same desk.
pub(crate) async fn another(app: &TestApp, role: Role) -> Option<Browser> {
    let sign_ins = savedesk::demo::sign_ins();
    let person = sign_ins.people.iter().find(|person| person.role == role).unwrap();
    let browser = a_browser(app).await?;
    browser.sign_in(&person.email, sign_ins.password).await;
    Some(browser)
}

/// Somebody of this name and role in the team North at a browser of their own, on a desk that is no demo.
pub(crate) async fn seated(app: &TestApp, name: &str, role: Role) -> Option<(UserId, Browser)> {
    let browser = a_browser(app).await?;
    let person = app.given_person(Person { name, roles: &[role], team: Some("North"), department: None }).await;
    let user = person.id.unwrap();
    sit_down(app, user, &browser).await;
    Some((user, browser))
}

/// Signs somebody in at their browser, again after a while.
pub(crate) async fn sit_down(app: &TestApp, user: UserId, browser: &Browser) {
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(user).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
}

/// A browser in which nobody is signed in.
pub(crate) async fn a_browser(app: &TestApp) -> Option<Browser> {
    Browser::open(&format!("http://{}", app.address)).await
}

/// Somebody who pays for one thing and has no case, as they would tell it on the phone.
#[derive(FromRow)]
pub(crate) struct Caller {
    pub(crate) id: uuid::Uuid,
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) product: String,
    /// What a year of it brings, as written in a field: `2736.00`.
    pub(crate) year: String,
}

/// Some of them, each with a name of their own.
pub(crate) async fn callers(app: &TestApp, how_many: i64) -> Vec<Caller> {
    let mut owner: PgConnection = app.owner().await;
    sqlx::query_as(
        "select c.id, c.name, min(p.phone) as phone, min(s.product) as product,
            to_char(sum(s.monthly_price_minor) * 12 / 100.0, 'FM999999990.00') as year
        from customers c
        join contacts p on p.customer_id = c.id and p.phone <> ''
        join subscriptions s on s.customer_id = c.id and s.status = 'active' and s.currency = 'USD'
        where c.status = 'active'
            and not exists (select from cases k where k.customer_id = c.id)
            and not exists (select from customers o where o.name = c.name and o.id <> c.id)
        group by c.id
        having count(distinct s.id) = 1 and count(distinct p.id) = 1
        order by c.name desc
        limit $1",
    )
    .bind(how_many)
    .fetch_all(&mut owner)
    .await
    .unwrap()
}

/// The address of a live case of one's own that takes a save attempt.
pub(crate) async fn own_case(browser: &Browser) -> String {
    case_to_save(browser, "/queue?owner=me").await
}

/// The address of the first case of a list that takes a save attempt; it is open then.
pub(crate) async fn case_to_save(browser: &Browser, list: &str) -> String {
    browser.goto(list).await;
    browser.wait_for("tbody a.open").await;
    let script = "return [...document.querySelectorAll('tbody a.open')].map(link => link.getAttribute('href'))";
    let cases: Vec<String> = serde_json::from_value(browser.run(script, Vec::new()).await).unwrap();
    for case in cases {
        browser.goto(&case).await;
        if browser.has("#a-response").await {
            return case;
        }
    }
    panic!("no case of {list} takes a save attempt");
}
