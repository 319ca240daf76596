//! Targets: set, changed by two at once, seen beside the figures.

use chrono::TimeDelta;
use savedesk::auth::Role;
use savedesk::cases::Outcome;

use crate::outcomes::close;
use crate::support::{Client, Person, TestApp};

async fn helen(app: &TestApp) -> Client {
    app.sign_in_as(Person { name: "Helen Strand", roles: &[Role::Manager], team: Some("North"), department: None })
        .await
}

async fn set(client: &Client, whose: &str, figure: &str, from: &str, value: &str) -> u16 {
    let fields = [("whose", whose), ("figure", figure), ("from", from), ("value", value), ("currency", "USD")];
    let key = uuid::Uuid::new_v4().to_string();
    let mut fields = fields.to_vec();
    fields.push(("key", &key));
    client.post_form("/targets", &fields).await.status.as_u16()
}

async fn team(app: &TestApp) -> String {
    sqlx::query_scalar("select id::text from teams where name = 'North'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_target_counts_from_its_month_on_until_another_is_set() {
    let app = TestApp::start().await;
    let helen = helen(&app).await;
    let me = format!("person:{}", helen.user.unwrap());
    assert_eq!(set(&helen, &me, "save_rate", "2026-02", "60").await, 303);
    assert_eq!(set(&helen, &me, "save_rate", "2026-04", "70.5").await, 303);
    assert_eq!(set(&helen, &me, "net_saved", "2026-01", "12,000").await, 303);
    assert_eq!(set(&helen, &me, "save_rate", "2026-04", "71").await, 422, "there is one from that month");
    for (whose, figure, from, value) in [
        ("nobody", "save_rate", "2026-02", "60"),
        (&*me, "saves", "2026-02", "60"),
        (&*me, "save_rate", "soon", "60"),
        (&*me, "save_rate", "2026-02", "160"),
        (&*me, "save_rate", "2026-03", ""),
    ] {
        assert_eq!(set(&helen, whose, figure, from, value).await, 422, "{whose} {figure} {from} {value}");
    }
    // a case of hers, so that there are figures
    let (case, _) = app.given_case_to_save("Ada").await;
    let own =
        format!("update cases set owner_id = '{}', version = version + 1 where id = '{case}'", helen.user.unwrap());
    let own = crate::guarantees::audited(&own);
    sqlx::Executor::execute(&mut app.owner().await, sqlx::AssertSqlSafe(own)).await.unwrap();
    close(&app, case, Outcome::SavedWithoutOffer, 2_772_000).await;
    let aims = |page: &crate::support::Page| page.texts("tbody tr td:nth-child(4)");
    let page = helen.get("/people/me").await.expect(200);
    assert!(aims(&page).iter().any(|aim| aim.starts_with("60%")), "{:?}", aims(&page));
    assert!(aims(&page).iter().any(|aim| aim.starts_with("$12,000.00")), "{:?}", aims(&page));
    app.clock.advance(TimeDelta::days(40));
    let helen = Client::signed_in(&app, helen.user.unwrap(), app.session_of(helen.user.unwrap()).await);
    let (case, _) = app.given_case_to_save("Bea").await;
    let own =
        format!("update cases set owner_id = '{}', version = version + 1 where id = '{case}'", helen.user.unwrap());
    let own = crate::guarantees::audited(&own);
    sqlx::Executor::execute(&mut app.owner().await, sqlx::AssertSqlSafe(own)).await.unwrap();
    close(&app, case, Outcome::Lost, 0).await;
    let page = helen.get("/people/me").await.expect(200);
    assert!(aims(&page).iter().any(|aim| aim.starts_with("70.5%")), "{:?}", aims(&page));
}

#[tokio::test]
async fn r6_two_who_change_one_target_are_asked() {
    let app = TestApp::start().await;
    let helen = helen(&app).await;
    let whose = format!("team:{}", team(&app).await);
    assert_eq!(set(&helen, &whose, "save_rate", "2026-03", "60").await, 303);
    let list = helen.get("/targets").await.expect(200);
    let href = list.attributes("tbody a", "href").remove(0);
    let jo = app.sign_in_as(Person { name: "Jo Marsh", roles: &[Role::Manager], ..Person::default() }).await;
    let change = |client: Client, value: &'static str, was: &'static str, pick: &'static str| {
        let href = href.clone();
        async move {
            let key = uuid::Uuid::new_v4().to_string();
            let fields = [("value", value), ("was_value", was), ("pick_value", pick), ("key", &key)];
            client.post_form(&href, &fields).await
        }
    };
    change(jo.clone(), "62", "60%", "").await.expect(303);
    let asked = change(helen.clone(), "65", "60%", "").await.expect(409);
    assert!(asked.body.contains("Jo Marsh") && asked.body.contains("62%") && asked.body.contains("65"));
    assert_eq!((asked.field("value"), asked.field("was_value")), ("65".to_owned(), "62%".to_owned()));
    let value = async || helen.get("/targets").await.expect(200).texts("tbody a").remove(0);
    assert!(value().await.starts_with("62%"));
    change(helen.clone(), "65", "62%", "theirs").await.expect(303);
    assert!(value().await.starts_with("62%"));
    change(helen.clone(), "65", "62%", "yours").await.expect(303);
    assert!(value().await.starts_with("65%"));
    // the same again is no change, and none is the end of it
    change(helen.clone(), "65", "65%", "").await.expect(303);
    change(helen.clone(), "", "65%", "").await.expect(303);
    assert!(value().await.starts_with("No target"));
    let noted: i64 = sqlx::query_scalar("select count(*) from audit_entries where action = 'target.changed'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(noted, 3);
}

/// What a team is to reach is a line of its own in the chart of the weeks, and a column of the table behind it.
async fn stands_in_the_chart(app: &TestApp, helen: &Client, north: &str) {
    let customer = app.given_customer("Ada").await;
    let case = app.given_case_with(customer, |new| new.team = north.parse().ok()).await;
    close(app, case, Outcome::SavedWithoutOffer, 2_772_000).await;
    let page = helen.get(&format!("/dashboard?team={north}")).await.expect(200);
    let weeks = "section[aria-labelledby=weeks]";
    assert_eq!(page.attributes(&format!("{weeks} path.l3"), "d").len(), 2, "of the net and of the save rate");
    assert!(page.text(&format!("{weeks} #rate-t")).ends_with("with a target of 62.5%."));
    assert!(page.text(&format!("{weeks} #weeks-t")).contains("with a target of $4,839 for the newest"));
    let newest = page.texts(&format!("{weeks} tbody tr:first-child td"));
    // Monday to Wednesday: three of the 31 days of March
    assert_eq!(newest[1..], ["$27,720", "$27,720", "$4,839", "100.0%", "62.5%"]);
    let before = page.texts(&format!("{weeks} tbody tr:nth-child(3) td"));
    assert_eq!(before[3..], ["", "–", ""], "there was none in February");
    // of one line, and of all teams, nobody is to reach anything
    for other in [format!("/dashboard?team={north}&line=Whole+account"), "/dashboard".to_owned()] {
        let page = helen.get(&other).await.expect(200);
        assert!(page.has(&format!("{weeks} svg")) && !page.has(&format!("{weeks} path.l3")), "{other}");
    }
}

#[tokio::test]
async fn a_teams_targets_stand_on_its_dashboard_and_supervisors_see_no_other_teams() {
    let app = TestApp::start().await;
    let helen = helen(&app).await;
    let north = team(&app).await;
    set(&helen, &format!("team:{north}"), "save_rate", "2026-03", "62.5").await;
    set(&helen, &format!("team:{north}"), "net_saved", "2026-03", "50000").await;
    let tiles = helen.get(&format!("/dashboard?team={north}")).await.expect(200).texts(".tile .d");
    assert!(tiles[1].ends_with("target $50,000 a month") && tiles[2].ends_with("target 62.5%"), "{tiles:?}");
    stands_in_the_chart(&app, &helen, &north).await;
    let all = helen.get("/dashboard").await.expect(200);
    assert!(!all.texts(".tile .d").concat().contains("target"));
    let of = |team| Person { name: "Sam Whitlock", roles: &[Role::Supervisor], team: Some(team), department: None };
    let page = app.sign_in_as(of("North")).await.get("/targets").await.expect(200);
    assert_eq!(page.texts("tbody tr").len(), 2);
    assert!(!page.has("a[href='/targets/new']"));
    assert!(app.sign_in_as(of("South")).await.get("/targets").await.expect(200).texts("tbody tr").is_empty());
}
