//! What pages weigh on the demo company: a page stays under 60 kB compressed, the style under 15 kB, scripts under 30 kB.

use std::path::Path;

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
    let case: String = sqlx::query_scalar(
        "
            select i.case_id::text
            from interactions i
            join cases c on c.id = i.case_id
            where c.stage <> 'closed'
            group by 1
            order by count(*) desc
            limit 1
            ",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    let customer: String = sqlx::query_scalar("select customer_id::text from cases where id = $1::uuid")
        .bind(&case)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    let problem: String = sqlx::query_scalar("select id::text from problems where fixed_on is not null")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    for path in [
        "/queue?owner=any".to_owned(),
        format!("/queue?owner=any&peek={case}"),
        "/queue?owner=any&closed=1".to_owned(),
        format!("/cases/{case}"),
        format!("/cases/{case}/edit"),
        format!("/cases/{case}/close"),
        format!("/cases/new?customer={customer}"),
        "/customers".to_owned(),
        "/promises?whose=everyone".to_owned(),
        "/dashboard?range=quarter".to_owned(),
        "/dashboard?range=quarter&driver=price".to_owned(),
        "/reports/mail".to_owned(),
        "/reports/rows?figure=decided&from=2020-01-01".to_owned(),
        "/reports/missed?range=custom&from=2020-01-01".to_owned(),
        "/reports/coaching?range=custom&from=2020-01-01".to_owned(),
        "/people/me".to_owned(),
        "/targets".to_owned(),
        format!("/customers/{customer}"),
        "/follow_ups".to_owned(),
        "/follow_ups?layout=week".to_owned(),
        "/follow_ups?show=done".to_owned(),
        "/requests?view=all".to_owned(),
        "/requests?view=answered".to_owned(),
        "/lead_times".to_owned(),
        "/complaints".to_owned(),
        "/complaints?view=over".to_owned(),
        "/complaint_templates".to_owned(),
        "/processes".to_owned(),
        "/processes/cancellation".to_owned(),
        "/processes/cancellation/edit".to_owned(),
        format!("/cases/{case}/processes/new"),
        "/promise_types".to_owned(),
        "/appointments?view=all".to_owned(),
        format!("/cases/{case}/appointments/new"),
        "/problems".to_owned(),
        "/incidents".to_owned(),
        format!("/problems/{problem}"),
        "/recoding".to_owned(),
        "/users".to_owned(),
        "/teams".to_owned(),
        "/audit".to_owned(),
        "/imports".to_owned(),
        "/notifications".to_owned(),
        "/profile/notifications".to_owned(),
        "/outbox".to_owned(),
        "/search?q=an".to_owned(),
    ] {
        let weight = weight(&manager, &path).await;
        assert!(weight < 60_000, "{path} weighs {weight} bytes");
    }
    let style = weight(&manager, &ASSETS.css).await;
    assert!(style < 15_000, "the style weighs {style} bytes");
    let mut scripts = 0;
    for script in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("static/js")).unwrap() {
        let name = script.unwrap().file_name();
        scripts += weight(&manager, &ASSETS.js.replace("app.js", name.to_str().unwrap())).await;
    }
    assert!((1_000..30_000).contains(&scripts), "the scripts weigh {scripts} bytes");
}
