//! The dashboard by mail: chosen and ended on its page, made once for each period, and not for whoever may not see it.

use savedesk::auth::Role;
use savedesk::ids::UserId;
use savedesk::reports;
use sqlx::Executor as _;

use crate::guarantees::audited;
use crate::reports::{happened, manager};
use crate::support::{Client, Person, TestApp};

/// The mails of reports that somebody was written: key, subject, body.
async fn mails(app: &TestApp, of: UserId) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select key, subject, body from mails where user_id = $1 and key like 'report:%' order by queued_at, key",
    )
    .bind(of)
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap()
}

async fn subscribed(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from report_mails").fetch_one(&mut app.owner().await).await.unwrap()
}

/// Moves the clock to a moment.
fn at(app: &TestApp, moment: &str) {
    let moment: chrono::DateTime<chrono::Utc> = moment.parse().unwrap();
    app.clock.advance(moment - app.clock.now());
}

async fn weekly(helen: &Client) {
    helen.post_form("/reports/mail", &[("every", "week"), ("currency", "USD")]).await.expect(303);
}

#[tokio::test]
async fn a_manager_gets_the_week_on_monday_morning_once() {
    let app = TestApp::start().await;
    happened(&app, 8, 60).await;
    let helen = manager(&app).await;
    let me = helen.user.unwrap();
    assert_eq!(helen.get("/reports/mail").await.expect(200).text("#next"), "None is to come.");
    weekly(&helen).await;
    // the desk's clock stands on Wednesday 4 March; the clocks leap on Sunday
    let next = helen.get("/reports/mail").await.expect(200).text("#next");
    assert!(next.contains("Mon 9 Mar") && next.contains("09:00"), "{next}");
    app.sweep().await;
    at(&app, "2026-03-09T12:59:00Z");
    app.sweep().await;
    assert_eq!(mails(&app, me).await.len(), 0, "an hour early");
    at(&app, "2026-03-09T13:00:00Z");
    let (one, two, three) = tokio::join!(
        reports::make_mails(&app.db, 10),
        reports::make_mails(&app.db, 10),
        reports::make_mails(&app.db, 10),
    );
    assert_eq!(one.unwrap().1 + two.unwrap().1 + three.unwrap().1, 1);
    app.sweep().await;
    let sent = mails(&app, me).await;
    assert_eq!(sent.len(), 1);
    let (_, subject, body) = &sent[0];
    assert_eq!(subject, "Saves, 2 to 8 Mar 2026");
    assert!(
        body.starts_with(
            "Saves, 2 to 8 Mar 2026\nCompared with 23 Feb to 1 Mar 2026. All teams, all lines, amounts in USD."
        ),
        "{body}"
    );
    for words in
        ["Gross saved: ", "Net saved: ", "Save rate: ", "Gross saved revenue: What is in force", "{desk}/reports/mail"]
    {
        assert!(body.contains(words), "no {words} in {body}");
    }
    assert!(body.contains("{desk}/dashboard?range=custom&from=2026-03-02&to=2026-03-08&currency=USD"), "{body}");
    assert_eq!(app.audited_of(me, "report_mail.made").await, 1);
    // days later: whoever was signed in is not any more
    let helen = Client::signed_in(&app, me, app.session_of(me).await);
    let next = helen.get("/reports/mail").await.expect(200).text("#next");
    assert!(next.contains("16 Mar"), "{next}");
    // after three weeks down there is one, about the newest week
    at(&app, "2026-04-01T15:00:00Z");
    app.sweep().await;
    app.sweep().await;
    let sent = mails(&app, me).await;
    assert_eq!(
        sent.iter().map(|mail| mail.1.as_str()).collect::<Vec<_>>(),
        ["Saves, 2 to 8 Mar 2026", "Saves, 23 to 29 Mar 2026"]
    );
}

#[tokio::test]
async fn the_figures_of_a_mail_are_the_page_s() {
    let app = TestApp::start().await;
    happened(&app, 9, 90).await;
    let helen = manager(&app).await;
    helen.post_form("/reports/mail", &[("every", "month"), ("currency", "EUR")]).await.expect(303);
    sqlx::query("update report_mails set next_at = 'epoch'").execute(&mut app.owner().await).await.unwrap();
    app.sweep().await;
    let sent = mails(&app, helen.user.unwrap()).await;
    let body = &sent[0].2;
    assert!(body.starts_with("Saves, 1 to 28 Feb 2026\nCompared with 1 to 31 Jan 2026."), "{body}");
    let page = helen.get("/dashboard?range=custom&from=2026-02-01&to=2026-02-28&currency=EUR").await.expect(200);
    for (label, value) in page.texts(".tile .k").iter().zip(page.texts(".tile .v")) {
        assert!(body.contains(&format!("{label}: {value}")), "{label}: {value} is not in {body}");
    }
}

#[tokio::test]
async fn a_supervisor_s_mail_is_about_their_team_whatever_they_ask_for() {
    let app = TestApp::start().await;
    happened(&app, 5, 60).await;
    let of_west = Person { name: "Sam Whitlock", roles: &[Role::Supervisor], team: Some("West"), department: None };
    let sam = app.sign_in_as(of_west).await;
    let east = "00000000-0000-0000-0000-0000000000a2";
    sam.post_form("/reports/mail", &[("every", "week"), ("team", east)]).await.expect(303);
    sqlx::query("update report_mails set next_at = 'epoch'").execute(&mut app.owner().await).await.unwrap();
    app.sweep().await;
    let sent = mails(&app, sam.user.unwrap()).await;
    assert!(sent[0].2.contains(". West, all lines"), "{}", sent[0].2);
}

#[tokio::test]
async fn it_ends_on_the_page_and_with_the_permission() {
    let app = TestApp::start().await;
    let helen = manager(&app).await;
    let me = helen.user.unwrap();
    let wrong = helen.post_form("/reports/mail", &[("every", "hour")]).await.expect(422);
    assert!(wrong.text(".note.sum").contains("Choose how often it comes."));
    weekly(&helen).await;
    helen.post_form("/reports/mail/end", &[]).await.expect(303);
    assert_eq!((subscribed(&app).await, app.audited_of(me, "report_mail.ended").await), (0, 1));
    weekly(&helen).await;
    at(&app, "2026-03-09T13:00:00Z");
    app.sweep().await;
    assert_eq!(mails(&app, me).await.len(), 1);
    let mut tx = app.begin().await;
    let key = mails(&app, me).await[0].0.clone();
    assert_eq!(reports::mail_dropped_because(&mut tx, &key).await.unwrap(), None);
    drop(tx);
    let demoted = audited(&format!("update user_roles set role = 'rep' where user_id = '{me}'"));
    app.owner().await.execute(sqlx::AssertSqlSafe(demoted)).await.unwrap();
    // what lies in the outbox does not go either
    let mut tx = app.begin().await;
    assert!(reports::mail_dropped_because(&mut tx, &key).await.unwrap().is_some());
    drop(tx);
    at(&app, "2026-03-16T13:00:00Z");
    app.sweep().await;
    assert_eq!((mails(&app, me).await.len(), subscribed(&app).await), (1, 0));
}
