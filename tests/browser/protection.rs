//! Account details under CPNI rules: masked until the customer on the line has shown who they are (R19).

use savedesk::auth::Role;

use crate::desk::seated;
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn account_details_are_shown_once_the_caller_authenticated_or_somebody_said_why() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let (case, customer) = (format!("/cases/{}", on.0), format!("/customers/{}", customer_of(&app, on.0).await));
    let Some((_, marcus)) = seated(&app, "Marcus Webb", Role::Rep).await else { return };
    marcus.goto(&case).await;
    marcus.wait_for_text_in("#know", "Account details are masked.").await;
    marcus.wait_for_text_in("#offer", "No offer here.").await;
    assert!(!marcus.text_of("#know").await.contains("Business Pro"));
    marcus.looks_well("case-masked").await;
    marcus.press("Show account details").await;
    marcus.wait_for_text_in("h1", "Account details").await;
    marcus.press("Note authentication").await;
    marcus.wait_for_text("Choose how they showed who they are.").await;
    marcus.is_accessible("the forms with what is missing").await;
    marcus.click("input[name=contact][value=call]").await;
    marcus.click("input[name=method][value=password]").await;
    marcus.looks_well("authentication").await;
    marcus.press("Note authentication").await;
    marcus.wait_for_path(&case).await;
    marcus.wait_for_text_in(".casehead", "CPNI verified").await;
    marcus.wait_for_text_in("#know", "You may speak of the account.").await;
    marcus.wait_for_text_in("#know", "Business Pro").await;
    marcus.wait_for("#offer-form").await;
    marcus.is_accessible("a case whose customer authenticated").await;
    marcus.close().await;

    // a colleague works on it while nobody is on the line
    sqlx::raw_sql("set session_replication_role = replica; delete from authentications")
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    let Some((_, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    priya.goto(&customer).await;
    priya.wait_for_text_in("#subscriptions", "Masked, like what it costs and what is billed.").await;
    priya.looks_well("customer-masked").await;
    priya.press("Show account details").await;
    priya.press("Show them to me").await;
    priya.wait_for_text("Say why you have to see them").await;
    priya.fill("#why", "Preparing the written answer").await;
    priya.press("Show them to me").await;
    priya.wait_for_path(&customer).await;
    priya.wait_for_text("Nobody has authenticated: do not tell them.").await;
    priya.wait_for_text_in("#subscriptions", "Cloud voice").await;
    priya.looks_well("customer-revealed").await;
    priya.close().await;
}

/// The case's customer, who is under CPNI rules from now on.
async fn customer_of(app: &TestApp, case: savedesk::ids::CaseId) -> uuid::Uuid {
    let mut owner = app.owner().await;
    sqlx::query("set session_replication_role = replica").execute(&mut owner).await.unwrap();
    sqlx::query_scalar(
        "update customers set cpni = true, account_number = '4410-2287'
        where id = (select customer_id from cases where id = $1)
        returning id",
    )
    .bind(case)
    .fetch_one(&mut owner)
    .await
    .unwrap()
}
