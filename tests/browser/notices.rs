//! What somebody is told: the bell rings by itself, the inbox is read, choices are made, and an admin reads the mails.

use savedesk::auth::Role;
use savedesk::ids::UserId;
use savedesk::notifications::{self, Kind, Notice};

use crate::desk::{another, at_work};
use crate::support::TestApp;

async fn user_of(app: &TestApp, role: Role) -> UserId {
    let email = savedesk::demo::sign_ins().people.iter().find(|one| one.role == role).unwrap().email.clone();
    sqlx::query_scalar("select id from users where email = $1")
        .bind(email)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

async fn tell(app: &TestApp, to: UserId, about: &str, urgent: bool) {
    let case = sqlx::query_scalar("select id from cases where stage <> 'closed' order by number limit 1")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    let notice =
        Notice { to, kind: Kind::Overdue, case: Some(case), about: about.to_owned(), urgent, key: about.to_owned() };
    let mut tx = app.begin().await;
    notifications::tell(&mut tx, &[notice]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_told_and_reads_it() {
    let Some((app, agent)) = at_work(Role::Agent).await else { return };
    let me = user_of(&app, Role::Agent).await;
    app.wait_for_live().await;
    agent.goto("/notifications").await;
    agent.wait_for("h1").await;
    agent.wait_for_live().await;
    tell(&app, me, "Credit on the November invoice was due", false).await;
    // it comes by itself
    agent.wait_for_text("Credit on the November invoice was due").await;
    let rings = "return document.querySelector('#bell').ariaLabel.includes('unread')";
    agent.until("a bell that rings", rings, Vec::new()).await;
    tell(&app, me, "Answer the regulator", true).await;
    agent.wait_for_text("Answer the regulator").await;
    agent.looks_well("notifications").await;
    agent.press("Mark all as read").await;
    agent.wait_for_text("marked as read").await;
    agent
        .until("a quiet bell", "return document.querySelector('#bell').ariaLabel === 'Notifications'", Vec::new())
        .await;
    agent.press("Undo").await;
    agent.wait_for_text("They are unread again").await;
    agent.press("Answer the regulator").await;
    agent.wait_for_path("/cases/").await;
    agent.goto("/profile").await;
    agent.press("Choose how you are told").await;
    agent.wait_for_path("/profile/notifications").await;
    agent.looks_well("notification-choices").await;
    agent.select("#assigned", "By mail at once").await;
    agent.press("Save").await;
    agent.wait_for_text("It holds for what you are told from now on").await;
    agent.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_reads_mails_as_they_would_go() {
    let Some((app, admin)) = at_work(Role::Admin).await else { return };
    tell(&app, user_of(&app, Role::Agent).await, "Answer the regulator", true).await;
    admin.goto("/outbox").await;
    admin.wait_for_text("No mail server is set").await;
    admin.looks_well("outbox").await;
    // somebody's digest
    let digest: String = sqlx::query_scalar("select id::text from mails where key like 'digest:%' limit 1")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    admin.goto(&format!("/outbox/{digest}")).await;
    admin.wait_for_text("this is what waits for you").await;
    admin.looks_well("digest").await;
    sqlx::query("update mails set stage = 'parked', error = 'permanent error (550): nobody here', ended_at = queued_at where id = $1::uuid")
        .bind(&digest)
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    admin.goto("/outbox?stage=parked").await;
    admin.wait_for_text("nobody here").await;
    admin.is_accessible("a parked mail").await;
    admin.click("tbody a.open").await;
    admin.wait_for_path("/outbox/").await;
    admin.press("Try again").await;
    admin.wait_for_text("It will be tried again at once").await;
    let Some(agent) = another(&app, Role::Agent).await else { return };
    let customer: String = sqlx::query_scalar("select customer_id::text from consents limit 1")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    agent.goto(&format!("/customers/{customer}")).await;
    agent.press("Note a consent").await;
    agent.wait_for_path("/consents").await;
    agent.looks_well("consent").await;
    agent.press("Phone").await;
    agent.press("Service").await;
    agent.press("They allow it").await;
    agent.fill("#source", "On the phone").await;
    agent.press("Note it").await;
    agent.wait_for_text("Consent noted.").await;
    agent.wait_for_text("Phone, service").await;
    agent.close().await;
    admin.close().await;
}
