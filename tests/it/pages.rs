//! What pages weigh on the demo company: a page stays under 60 kB compressed, the style under 15 kB, scripts under 30 kB.

use reqwest::Method;
use savedesk::assets::ASSETS;
use savedesk::auth::Role;

use crate::support::{Client, Person, TestApp};

async fn weight(client: &Client, path: &str) -> usize {
    let answer = client.request(Method::GET, path).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.unwrap().len()
}

#[tokio::test]
async fn pages_are_light() {
    let app = TestApp::start_demo().await;
    let manager =
        app.sign_in_as(Person { name: "Mia", roles: &[Role::Manager, Role::Admin], ..Person::default() }).await;
    let case: String =
        sqlx::query_scalar("select case_id::text from interactions group by 1 order by count(*) desc limit 1")
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
    for path in ["/queue?owner=any", &format!("/cases/{case}"), "/customers", "/users", "/audit", "/search?q=an"] {
        let weight = weight(&manager, path).await;
        assert!(weight < 60_000, "{path} weighs {weight} bytes");
    }
    let style = weight(&manager, &ASSETS.css).await;
    assert!(style < 15_000, "the style weighs {style} bytes");
}
