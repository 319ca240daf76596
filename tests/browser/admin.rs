//! People and trust: who works here, and what they did.

use savedesk::auth::Role;

use crate::desk::{a_browser, at_work};

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_somebody_who_signs_in_by_a_link_and_shuts_them_out() {
    let Some((app, admin)) = at_work(Role::Admin).await else { return };
    admin.goto("/users").await;
    admin.wait_for("tbody a.open").await;
    admin.looks_well("users").await;
    admin.press("Add a person").await;
    admin.wait_for_path("/users/new").await;
    admin.press("Add person").await;
    admin.wait_for(".note.sum").await;
    admin.looks_well("new-user").await;
    admin.fill("#name", "Zoë Ferreira").await;
    admin.fill("#email", "zoe@brightline.example").await;
    admin.press("Retention rep").await;
    admin.select("#team", "Subscriptions East").await;
    admin.press("Add person").await;
    admin.wait_for("#link").await;
    admin.looks_well("user-link").await;
    let link = admin.value("#link").await;
    admin.press("Go to Zoë Ferreira").await;
    admin.wait_for_text("No password yet").await;

    // in another browser
    let Some(zoe) = a_browser(&app).await else { return };
    zoe.goto(&link).await;
    zoe.wait_for_text("For Zoë Ferreira.").await;
    zoe.looks_well("set-password").await;
    zoe.fill("#password", "short").await;
    zoe.press("Set password").await;
    zoe.wait_for(".note.sum").await;
    zoe.is_accessible("a password that is too short").await;
    zoe.fill("#password", "copper violin quiet harbour").await;
    zoe.press("Set password").await;
    zoe.wait_for_text("Your password is set. Sign in with it.").await;
    zoe.is_accessible("a password that is set").await;
    zoe.fill("#email", "zoe@brightline.example").await;
    zoe.fill("#password", "copper violin quiet harbour").await;
    zoe.press("Sign in").await;
    zoe.wait_for_text_in("h1", "My queue").await;
    zoe.wait_for_text("Your queue is clear").await;
    zoe.looks_well("queue-empty").await;
    // the link is used up
    zoe.goto(&link).await;
    zoe.wait_until_gone("#password").await;
    zoe.wait_for_text("link").await;
    zoe.is_accessible("a link that is used up").await;
    zoe.goto("/customers").await;
    zoe.wait_for("tbody a.open").await;

    admin.goto("/users?q=zoe%40").await;
    admin.press("Zoë Ferreira").await;
    admin.wait_for_text("In 1 place").await;
    admin.looks_well("user").await;
    admin.press("Deactivate Zoë Ferreira").await;
    admin.wait_for_text("Deactivated, and signed out everywhere.").await;
    admin.is_accessible("somebody who is deactivated").await;
    zoe.click("tbody a.open").await;
    zoe.wait_for_path("/sign-in").await;

    // it stands in the log
    admin.goto("/audit").await;
    admin.select("#who", "Joel Pereira").await;
    admin.press("Filter").await;
    admin.wait_for_path("who=").await;
    admin.wait_for("tbody tr").await;
    // whatever else the desk did in the same moment stands elsewhere
    let his = admin.texts("tbody tr").await;
    assert!(his.iter().all(|row| row.contains("Joel Pereira")), "{his:?}");
    assert!(his.iter().any(|row| row.to_lowercase().contains("deactivated")), "{his:?}");
    zoe.close().await;
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sets_up_teams_and_departments() {
    let Some((_app, admin)) = at_work(Role::Admin).await else { return };
    admin.goto("/users").await;
    admin.press("Teams and departments").await;
    admin.wait_for_path("/teams").await;
    admin.wait_for_text("Subscriptions East").await;
    admin.looks_well("teams").await;
    admin.press("Add a team").await;
    admin.wait_for_path("/teams/new").await;
    admin.press("Add team").await;
    admin.wait_for(".note.sum").await;
    admin.is_accessible("a team without a name").await;
    admin.fill("#name", "Subscriptions West").await;
    admin.fill("#time_zone", "America/Los_Angeles").await;
    admin.press("Add team").await;
    admin.wait_for_text("Team added.").await;
    admin.press("Subscriptions West").await;
    admin.wait_for_value("#time_zone", "America/Los_Angeles").await;
    admin.looks_well("team").await;
    admin.goto("/teams").await;
    admin.fill("#name", "Field service").await;
    admin.press("Add department").await;
    admin.wait_for_text("Department added.").await;
    admin.wait_for_text("Field service").await;
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_privacy_officer_reads_the_log_and_proves_it() {
    let Some((_app, browser)) = at_work(Role::Privacy).await else { return };
    browser.wait_for_path("/customers").await;
    browser.press("Audit log").await;
    browser.wait_for_path("/audit").await;
    browser.wait_for("tbody tr").await;
    browser.looks_well("audit").await;
    browser.press("Older").await;
    browser.wait_for("a[rel=prev]").await;
    browser.is_accessible("an older page of the log").await;
    // who did what, when
    browser.select("#who", "Dana Okafor").await;
    browser.select("#what", "Signed in").await;
    browser.choose_day("#from", "2025-01-01").await;
    browser.press("Filter").await;
    browser.wait_for_path("who=").await;
    browser.wait_for("tbody tr, .empty").await;
    browser.is_accessible("the log of one person").await;
    for who in browser.texts("tbody tr td:nth-of-type(2)").await {
        assert!(who.contains("Dana Okafor"), "{who}");
    }
    browser.press("Clear").await;
    browser.until("no filter", "return !location.search", Vec::new()).await;
    // a look at a customer is written down at once
    browser.goto("/customers").await;
    let name = browser.text_of("tbody a.open").await;
    browser.click("tbody a.open").await;
    browser.wait_for_text_in("h1", &name).await;
    assert!(!browser.offers("Edit details").await && !browser.offers("Case for them").await);
    browser.goto("/audit?what=customer.viewed").await;
    browser.wait_for("tbody tr").await;
    let newest = browser.texts("tbody tr").await;
    assert!(newest.iter().take(6).any(|row| row.contains("Yara Haddad") && row.contains(&name)), "{newest:?}");
    browser.press("Check the chains").await;
    browser.wait_for_text("The chains hold").await;
    browser.is_accessible("a log that holds").await;
    browser.close().await;
}
