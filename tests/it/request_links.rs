//! Answering by a link, without an account: it works once, until then, and nothing but its digest is kept.

use chrono::TimeDelta;
use savedesk::accounts::Email;
use savedesk::auth::{AskDepartments, Can, Role};
use savedesk::ids::RequestId;
use savedesk::requests::{self, Stage};
use sha2::{Digest as _, Sha256};

use crate::support::{Page, TestApp, send};

/// A question to Billing, and whoever asks.
async fn asked() -> (TestApp, RequestId, Can<AskDepartments>) {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Harborview Dental Group").await).await;
    let (request, _) = app.given_request(case, "Billing").await;
    let agent = app.can(Role::Agent).await;
    (app, request, agent)
}

async fn link(app: &TestApp, request: RequestId, agent: &Can<AskDepartments>) -> String {
    let mut tx = app.begin_as(agent).await;
    let link = requests::make_link(&mut tx, agent, request, None).await.unwrap();
    tx.commit().await.unwrap();
    link.path
}

async fn answer(app: &TestApp, path: &str) -> Page {
    let fields = [("words", "A credit of three days is due."), ("name", "Kim of Billing")];
    send(app.visitor().form(path, &fields)).await
}

async fn audited(app: &TestApp, request: RequestId, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from audit_entries where subject_id = $1 and action = $2")
        .bind(request)
        .bind(action)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_link_answers_once_and_each_use_is_logged() {
    let (app, request, agent) = asked().await;
    let path = link(&app, request, &agent).await;
    let visitor = app.visitor();
    for seen in 1..=2 {
        let page = visitor.get(&path).await.expect(200);
        assert!(page.body.contains("Cause of the dropped calls") && page.body.contains("Harborview D. G."));
        assert!(
            !page.body.contains("Harborview Dental") && !page.body.contains("27,720") && !page.body.contains("Voxly")
        );
        assert!(!page.has("nav"), "there is no desk behind it");
        assert_eq!(audited(&app, request, "request.link_opened").await, seen, "looking uses nothing up");
    }
    let nameless = send(visitor.form(&path, &[("words", "Yes")])).await.expect(422);
    assert!(nameless.text("[role=alert]").contains("Enter your name"));
    assert!(answer(&app, &path).await.expect(200).body.contains("The link is used up now"));
    let found = app.request(request).await;
    assert_eq!(found.stage, Stage::Answered);
    let given = found.answer.unwrap();
    assert_eq!((given.by_name.as_str(), given.by_link), ("Kim of Billing", true));
    assert_eq!(audited(&app, request, "request.answered").await, 1);
    // sent again, opened again: it is used up
    assert!(answer(&app, &path).await.expect(410).body.contains("This link was used, has expired"));
    visitor.get(&path).await.expect(410);
    assert_eq!(audited(&app, request, "request.answered").await, 1);
}

#[tokio::test]
async fn a_link_that_has_expired_or_whose_request_is_settled_says_so() {
    let (app, request, agent) = asked().await;
    let first = link(&app, request, &agent).await;
    app.clock.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    app.visitor().get(&first).await.expect(410);
    answer(&app, &first).await.expect(410);
    assert_eq!(app.request(request).await.stage, Stage::Open);
    let second = link(&app, request, &agent).await;
    let mut tx = app.begin_as(&agent).await;
    requests::cancel(&mut tx, &agent, request, "Settled").await.unwrap();
    tx.commit().await.unwrap();
    answer(&app, &second).await.expect(410);
    assert_eq!(app.request(request).await.stage, Stage::Cancelled);
}

#[tokio::test]
async fn a_link_cannot_be_guessed_and_trying_is_throttled_by_address() {
    let (app, request, agent) = asked().await;
    let path = link(&app, request, &agent).await;
    let secret = path.strip_prefix("/answer/").unwrap();
    assert_eq!(secret.len(), 43, "32 random bytes");
    let kept: Vec<Vec<u8>> =
        sqlx::query_scalar("select token_hash from request_links").fetch_all(&mut app.owner().await).await.unwrap();
    let secret_bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, secret).unwrap();
    assert_eq!(kept, [Sha256::digest(&secret_bytes).to_vec()], "only its digest is kept");
    let visitor = app.visitor();
    for text in ["", "x", "01890000-0000-7000-8000-000000000000", &"A".repeat(42)] {
        let status = visitor.get(&format!("/answer/{text}")).await.status.as_u16();
        assert!(matches!(status, 404 | 410), "{text}: {status}");
    }
    let mut gone = 0;
    for n in 0..40_u8 {
        let guess = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, [n; 32]);
        match visitor.get(&format!("/answer/{guess}")).await.status.as_u16() {
            410 => gone += 1,
            429 => break,
            other => panic!("{other}"),
        }
    }
    assert_eq!(gone, 30, "an address has so many tries");
    // whoever holds a real one is not kept from it
    visitor.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_link_is_shown_once_and_goes_by_mail_where_an_address_is_given() {
    let (app, request, _) = asked().await;
    let agent = app.sign_in(Role::Agent).await;
    let path = format!("/requests/{request}/links");
    let key = uuid::Uuid::new_v4().to_string();
    let fields = [("to", "kim@billing.example"), ("key", key.as_str())];
    let page = agent.post_form(&path, &fields).await.expect(200);
    let shown = page.field_of("#rl-link");
    assert!(shown.contains("/answer/"), "{shown}");
    let again = agent.post_form(&path, &fields).await.expect(303);
    assert!(!again.body.contains("/answer/"));
    assert!(!agent.get(&format!("/requests/{request}")).await.expect(200).body.contains("/answer/"));
    let (address, body): (String, String) = sqlx::query_as("select to_address, body from mails where request_id = $1")
        .bind(request)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(address, "kim@billing.example");
    let secret = shown.split("/answer/").nth(1).unwrap();
    assert!(body.contains(secret) && !body.contains("Harborview"), "{body}");
    assert!(Email::parse("kim@billing.example").is_ok());
    let wrong = agent.post_form(&path, &[("to", "nobody")]).await.expect(422);
    assert!(wrong.text("#peek [role=alert]").contains("Enter an e-mail address"));
}
