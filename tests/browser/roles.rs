//! What each role sees of the desk, and what it does not.

use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::{another, case_to_save, own_case};
use crate::support::TestApp;

/// The places of the main navigation, each of which opens.
async fn goes_to(browser: &Browser, places: &[&str]) {
    let shown = browser.texts("nav.nav li .lbl").await;
    assert_eq!(shown, places, "what is offered to {}", browser.text_of("nav.nav .foot").await);
    for place in places {
        browser.click(&format!("nav.nav a[href='{}']", href(place))).await;
        browser.wait_for_path(href(place)).await;
        browser.wait_for("h1").await;
        assert_eq!(browser.attribute("nav.nav [aria-current]", "href").await, href(place));
        browser.is_accessible(place).await;
    }
}

fn href(place: &str) -> &str {
    match place {
        "Queue" => "/queue",
        "Customers" => "/customers",
        "Problems" => "/problems",
        "Recoding" => "/recoding",
        "Dashboard" => "/dashboard",
        "Imports" => "/imports",
        "Your figures" => "/people/me",
        "People" => "/users",
        "Approvals" => "/approvals",
        "Promises" => "/promises",
        "Complaints" => "/complaints",
        "Offer types" => "/offer_types",
        "Limits" => "/limits",
        "Follow-ups" => "/follow_ups",
        "Calls" => "/appointments",
        "Processes" => "/processes",
        "Requests" => "/requests",
        "Ladders" => "/ladders",
        "Chaser" => "/chaser",
        "Audit log" => "/audit",
        "Outbox" => "/outbox",
        other => panic!("{other}"),
    }
}

/// What an admin sees.
const ADMIN: &[&str] = &[
    "Queue",
    "Follow-ups",
    "Calls",
    "Requests",
    "Promises",
    "Complaints",
    "Customers",
    "Problems",
    "Recoding",
    "Dashboard",
    "Your figures",
    "Imports",
    "Offer types",
    "Limits",
    "Processes",
    "Ladders",
    "People",
    "Chaser",
    "Outbox",
    "Audit log",
];

/// Addresses that somebody may know and has no business with.
async fn is_kept_from(browser: &Browser, paths: &[&str]) {
    for path in paths {
        browser.goto(path).await;
        browser.wait_for_text_in("h1", "Not for").await;
    }
    browser.is_accessible("a page that is for others").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_work_cases_see_their_desk() {
    let app = TestApp::start_demo().await;
    let Some(rep) = another(&app, Role::Rep).await else { return };
    rep.wait_for_text_in("h1", "My queue").await;
    goes_to(
        &rep,
        &[
            "Queue",
            "Follow-ups",
            "Calls",
            "Requests",
            "Promises",
            "Complaints",
            "Customers",
            "Problems",
            "Your figures",
            "Offer types",
            "Limits",
            "Processes",
            "Ladders",
        ],
    )
    .await;
    is_kept_from(&rep, &["/approvals", "/offer_types/new", "/imports", "/users", "/teams", "/audit", "/queue.csv"])
        .await;
    let case = own_case(&rep).await;
    rep.goto(&case).await;
    assert!(rep.offers("Log save attempt").await && rep.offers("Edit case").await && !rep.offers("Close case").await);
    rep.wait_for_text("An agent, supervisor or manager can close it.").await;
    rep.press("Customer page").await;
    rep.wait_for_path("/customers/").await;
    assert!(rep.offers("Case for them").await && !rep.offers("Edit details").await);
    rep.goto("/queue?owner=any").await;
    assert!(!rep.offers("Export").await && rep.offers("Take next").await);
    rep.close().await;

    for role in [Role::Agent, Role::Supervisor, Role::Manager] {
        let Some(browser) = another(&app, role).await else { return };
        let places = [
            "Queue",
            "Follow-ups",
            "Calls",
            "Requests",
            "Approvals",
            "Promises",
            "Complaints",
            "Customers",
            "Problems",
            "Recoding",
            "Dashboard",
            "Your figures",
            "Imports",
            "Offer types",
            "Limits",
            "Processes",
            "Ladders",
        ];
        let decides = role != Role::Agent;
        let of_those = ["Approvals", "Recoding", "Dashboard"];
        let places: Vec<&str> = places.into_iter().filter(|place| decides || !of_those.contains(place)).collect();
        goes_to(&browser, &places).await;
        is_kept_from(&browser, &["/users", "/audit"]).await;
        if role == Role::Manager {
            browser.goto("/dashboard?range=quarter").await;
            browser.wait_for("h1").await;
            browser.looks_well("dashboard-of-the-demo").await;
        }
        browser.goto("/queue?owner=any").await;
        assert!(browser.offers("Export").await);
        case_to_save(&browser, "/queue?owner=any").await;
        browser.wait_for(".casehead").await;
        assert!(browser.offers("Close case").await && browser.offers("Log save attempt").await);
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn those_around_the_desk_see_what_is_theirs() {
    let app = TestApp::start_demo().await;
    let Some(privacy) = another(&app, Role::Privacy).await else { return };
    goes_to(&privacy, &["Customers", "Audit log"]).await;
    assert!(!privacy.offers("New case").await);
    is_kept_from(&privacy, &["/queue", "/cases/new", "/imports", "/users"]).await;
    privacy.close().await;

    let Some(billing) = another(&app, Role::Department).await else { return };
    goes_to(&billing, &["Calls", "Requests", "Promises"]).await;
    billing.looks_well("promises-of-a-department").await;
    billing.goto("/").await;
    billing.wait_for_text("What Billing is asked for").await;
    billing.looks_well("department").await;
    assert!(!billing.offers("New case").await && !billing.has("#find").await);
    is_kept_from(
        &billing,
        &["/queue", "/approvals", "/limits", "/customers", "/search", "/imports", "/users", "/audit"],
    )
    .await;
    billing.close().await;

    let Some(admin) = another(&app, Role::Admin).await else { return };
    goes_to(&admin, ADMIN).await;
    admin.close().await;
}
