//! Ladders: what happens when, as managers change it, and clocks that stand still on the customer's turn.

use chrono::TimeDelta;
use savedesk::auth::{MakeOffers, Role};
use savedesk::calendar::Due;
use savedesk::deadlines::{self, End, Kind};
use savedesk::follow_ups::{self, NewFollowUp};
use savedesk::offers;

use crate::support::{TestApp, filled, percent};

#[tokio::test]
async fn everyone_on_the_desk_reads_ladders_and_only_managers_change_them() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let page = agent.get("/ladders").await.expect(200);
    assert!(page.text("main").contains("8 working hours before it is due"), "{}", page.text("main"));
    agent.get("/ladders/promise").await.expect(403);
    let manager = app.sign_in(Role::Manager).await;
    let form = manager.get("/ladders/promise").await.expect(200).form("main form");
    // nothing typed, nothing changed
    manager.post_form("/ladders/promise", &filled(&form, &[])).await.expect(303);
    let versions: i64 =
        sqlx::query_scalar("select sum(version)::bigint from ladders").fetch_one(&mut app.owner().await).await.unwrap();
    assert_eq!(versions, 10);
}

#[tokio::test]
async fn a_changed_ladder_counts_for_what_is_open_and_repeats_nothing() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Clinic").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap();
    app.present(&agent, offer.id, 1).await.unwrap();
    app.sweep().await;
    let manager = app.sign_in(Role::Manager).await;
    let page = manager.get("/ladders/offer").await.expect(200);
    let mut form = page.form("main form");
    // the second rung, four working hours before, comes ten days before instead; the empty row becomes a rung of its own
    let nth = |form: &[(String, String)], name: &str, n: usize| {
        form.iter().enumerate().filter(|(_, (one, _))| one == name).nth(n).unwrap().0
    };
    for (name, n, value) in
        [("amount", 1, "10"), ("unit", 1, "days"), ("amount", 3, "3"), ("unit", 3, "days"), ("act", 3, "escalate")]
    {
        let at = nth(&form, name, n);
        value.clone_into(&mut form[at].1);
    }
    let preview = manager.post_form("/ladders/offer/review", &filled(&form, &[])).await.expect(200);
    assert!(preview.has("#preview"));
    manager.post_form("/ladders/offer", &filled(&form, &[])).await.expect(303);
    let page = manager.get("/ladders").await.expect(200);
    assert!(page.text("main").contains("10 d before it is due"), "{}", page.text("main"));
    let due: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("select due_at from deadlines where kind = 'offer'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    for (before, so_far, why) in [
        (TimeDelta::days(9), vec![2], "the rung that was moved"),
        (TimeDelta::days(2), vec![2, 4], "the rung that was added"),
        (TimeDelta::hours(1), vec![1, 2, 4], "the rung that was moved does not come again"),
    ] {
        app.clock.set(due - before);
        app.sweep().await;
        let taken: Vec<i16> = sqlx::query_scalar(
            "select e.rung from rung_effects e join deadlines d on d.id = e.deadline_id
            where d.kind = 'offer' and e.taken order by e.rung",
        )
        .fetch_all(&mut app.owner().await)
        .await
        .unwrap();
        assert_eq!(taken, so_far, "{why}");
    }
}

#[tokio::test]
async fn what_does_not_do_is_told_beside_its_row_and_changes_nothing() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let mut form = manager.get("/ladders/offer").await.expect(200).form("main form");
    for (name, value) in &mut form {
        if name == "amount" {
            "soon".clone_into(value);
        }
    }
    let page = manager.post_form("/ladders/offer", &filled(&form, &[])).await.expect(422);
    assert!(page.text(".err").contains("whole number"));
    assert_eq!(page.field("amount"), "soon");
    // an offer always expires
    let mut form = manager.get("/ladders/offer").await.expect(200).form("main form");
    form.push(("remove".to_owned(), "2".to_owned()));
    let page = manager.post_form("/ladders/offer", &filled(&form, &[])).await.expect(422);
    assert!(page.text("main").contains("needs a rung"), "{}", page.text("main"));
}

#[tokio::test]
async fn r6_whoever_changes_a_ladder_that_changed_meanwhile_sees_both() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let first = manager.get("/ladders/follow_up").await.expect(200).form("main form");
    let second = manager.get("/ladders/follow_up").await.expect(200).form("main form");
    manager.post_form("/ladders/follow_up", &filled(&first, &[("urgent", "on")])).await.expect(303);
    let with = [("pauses", "on")];
    let page = manager.post_form("/ladders/follow_up", &filled(&second, &with)).await.expect(409);
    assert!(page.text("main").contains("Somebody changed this ladder meanwhile"));
    assert_eq!(page.attributes("input[name=pauses]", "checked").len(), 1, "what was typed is kept");
    manager.post_form("/ladders/follow_up", &filled(&page.form("main form"), &[])).await.expect(303);
    // a rung that somebody took away meanwhile is typed anew, not lost
    let mut first = manager.get("/ladders/follow_up").await.expect(200).form("main form");
    let second = manager.get("/ladders/follow_up").await.expect(200).form("main form");
    first.push(("remove".to_owned(), "1".to_owned()));
    manager.post_form("/ladders/follow_up", &filled(&first, &[])).await.expect(303);
    let page = manager.post_form("/ladders/follow_up", &filled(&second, &[("urgent", "")])).await.expect(409);
    manager.post_form("/ladders/follow_up", &filled(&page.form("main form"), &[])).await.expect(303);
    let page = manager.get("/ladders").await.expect(200);
    assert_eq!(page.texts("section[aria-labelledby=l-follow_up] dt").len(), 4, "{}", page.body);
}

#[tokio::test]
async fn the_database_keeps_the_rungs_that_must_be() {
    let app = TestApp::start().await;
    let mut application = app.as_application().await;
    for around in [
        "update ladder_rungs set retired = true where kind = 'offer' and act = 'expire'",
        "update ladder_rungs set minutes = 60 where kind = 'offer' and act = 'expire'",
        "update ladders set pauses = true, version = version + 1 where kind = 'cancel_request'",
        "update ladders set pauses = true, version = version + 1 where kind = 'promise'",
        "delete from ladder_rungs where kind = 'promise'",
        "delete from ladders where kind = 'promise'",
        "delete from deadlines",
        "delete from chases",
        "update rung_effects set taken = false",
        "delete from rung_effects",
    ] {
        assert!(sqlx::query(around).execute(&mut application).await.is_err(), "{around}");
    }
}

#[tokio::test]
async fn the_clock_stands_still_while_it_is_the_customers_turn() {
    let app = TestApp::start().await;
    let (agent, on) = (app.can::<MakeOffers>(Role::Agent).await, app.given_case_to_save("Clinic").await);
    let manager = app.sign_in(Role::Manager).await;
    let form = manager.get("/ladders/follow_up").await.expect(200).form("main form");
    manager.post_form("/ladders/follow_up", &filled(&form, &[("pauses", "on")])).await.expect(303);
    let due = Due { at: app.clock.now() + TimeDelta::hours(5), because: "so planned".to_owned() };
    let mut tx = app.begin_as(&agent).await;
    let new =
        NewFollowUp { owner: agent.id, ..NewFollowUp::new(on.0, follow_ups::Kind::Reminder, "Compare plans", due) };
    let id = follow_ups::make(&mut tx, new).await.unwrap().id;
    tx.commit().await.unwrap();
    let of_case = async || {
        let mut connection = app.db.read().await.unwrap();
        let open = deadlines::of_case(&mut connection, on.0).await.unwrap();
        open.into_iter().find(|one| one.kind == Kind::FollowUp).unwrap()
    };
    let before = of_case().await;
    assert_eq!(before.paused_at, None);
    // an offer before the customer: their turn
    app.clock.advance(TimeDelta::hours(1));
    let offer = app.given_credit(&agent, on.0, 20).await.unwrap();
    app.present(&agent, offer.id, 1).await.unwrap();
    let paused = of_case().await;
    assert_eq!(paused.paused_at, Some(app.clock.now()));
    let page = manager.get(&format!("/cases/{}", on.0)).await.expect(200);
    let card = page.text("#case-todo");
    // 11:00 in New York, four hours before it is due
    let why =
        "Paused since Wed 4 Mar 11:00, when it became the customer’s turn. Due 4 working hours after it is our turn";
    assert!(card.contains("paused, 4 h left") && card.contains(why), "{card}");
    assert!(page.attributes("#case-todo .end", "title").iter().any(|title| title.starts_with(why)), "{card}");
    assert!(page.texts("#case-todo .end .sr").iter().any(|words| words.contains(why)), "for those who cannot hover");
    // what stands still is not chased, not looked at, and not overdue on anybody's list
    app.clock.advance(TimeDelta::days(2));
    app.sweep().await;
    let mut owner = app.owner().await;
    let (looked, taken): (i64, i64) = sqlx::query_as(
        "select (select count(*) from chases h join deadlines d on d.id = h.deadline_id
            where d.kind = 'follow_up' and h.next_at is not null),
            (select count(*) from rung_effects e join deadlines d on d.id = e.deadline_id where d.kind = 'follow_up')",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!((looked, taken), (0, 0));
    let watched: i64 = sqlx::query_scalar("select count(*) from watched_deadlines where kind = 'follow_up'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(watched, 0);
    // past its time, and not late: taken off it counts neither way, done it is met
    for (end, came_to) in [(End::Cleared, None), (End::Done, Some("met"))] {
        let mut tx = app.begin_as(&agent).await;
        deadlines::end_for(&mut tx, id.uuid(), Kind::FollowUp, end).await.unwrap();
        let found: Option<String> =
            sqlx::query_scalar("select deadline_came_to(d) from deadlines d where subject_id = $1 and due_at < $2")
                .bind(id)
                .bind(app.clock.now())
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        assert_eq!(found.as_deref(), came_to, "{end:?}");
        drop(tx);
    }
    // our turn again: what was left then is left now, for the follow-up as for its deadline
    let mut tx = app.begin_as(&agent).await;
    offers::decline(&mut tx, &agent, offer.id, 1, "price", None).await.unwrap();
    tx.commit().await.unwrap();
    let resumed = of_case().await;
    assert_eq!(resumed.paused_at, None);
    // a session does not last for days
    let page = app.sign_in(Role::Manager).await.get(&format!("/cases/{}", on.0)).await.expect(200);
    assert!(!page.text("#case-todo").contains("paused"), "it runs again");
    // two working days later than Wednesday
    assert_eq!(before.due_at.to_rfc3339(), "2026-03-04T20:00:00+00:00");
    assert_eq!(resumed.due_at.to_rfc3339(), "2026-03-06T20:00:00+00:00");
    assert!(resumed.because.contains("were left when it became the customer's turn"), "{}", resumed.because);
    let follow_up = follow_ups::find(&mut app.db.read().await.unwrap(), id).await.unwrap();
    assert_eq!((follow_up.due.at, follow_up.due.because), (resumed.due_at, resumed.because));
    app.clock.advance(TimeDelta::days(1));
    app.sweep().await;
    let taken: i64 = sqlx::query_scalar(
        "select count(*) from rung_effects e join deadlines d on d.id = e.deadline_id where d.kind = 'follow_up' and e.taken",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(taken, 1, "it is chased again");
}
