//! Who is away: everybody notes their own, supervisors and managers those of others; nobody is left waiting on somebody
//! absent (R12).

use chrono::TimeDelta;
use savedesk::accounts::{self, NewAbsence};
use savedesk::approvals::{self, Decision};
use savedesk::auth::{Can, DecideApprovals, MakeOffers, Role};
use savedesk::ids::UserId;

use crate::support::{Client, Person, TestApp, percent};

const FROM: &str = "2026-03-04T09:00";
const UNTIL: &str = "2026-03-06T17:30";

async fn note(client: &Client, fields: &[(&str, &str)]) -> crate::support::Page {
    let mut all = fields.to_vec();
    for (name, usual) in [("from", FROM), ("until", UNTIL)] {
        if !all.iter().any(|(given, _)| *given == name) {
            all.push((name, usual));
        }
    }
    client.post_form("/absences", &all).await
}

/// Somebody is away from an hour ago for two days.
async fn away(app: &TestApp, user: UserId, delegate: Option<UserId>) {
    let mut tx = app.begin().await;
    let now = tx.now();
    let new = NewAbsence { user, from: now - TimeDelta::hours(1), until: now + TimeDelta::days(2), delegate };
    accounts::note_absence(&mut tx, &savedesk::auth::Actor::desk(), &new).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn everybody_notes_their_own_absence_and_ends_it() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let said = note(&rep, &[]).await.expect(303);
    let page = rep.follow(&said).await.expect(200);
    assert_eq!(page.text("tbody td:nth-of-type(2)"), "Fri 6 Mar 17:30");
    assert!(page.has(".tag.warn"), "they are away now");
    assert!(rep.get("/profile").await.body.contains("Away from Wed 4 Mar 09:00 to Fri 6 Mar 17:30"));
    let again = note(&rep, &[]).await.expect(422);
    assert!(again.text("#from-e").contains("is away from Wed 4 Mar 09:00"), "{}", again.body);
    app.clock.advance(TimeDelta::hours(3));
    let action = page.attributes("td form", "action").remove(0);
    rep.post_form(&action, &[]).await.expect(303);
    assert!(!rep.get("/absences").await.has("tbody tr"));
    note(&rep, &[("from", "2026-03-05T09:00")]).await.expect(303);
}

#[tokio::test]
async fn others_are_noted_by_those_who_may_and_delegates_decide_approvals() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let (dana, victor) = (app.sign_in(Role::Supervisor).await, app.sign_in(Role::Supervisor).await);
    let [dana_id, victor_id, rep_id] = [&dana, &victor, &rep].map(|client| client.user.unwrap().to_string());
    note(&rep, &[("user", &dana_id)]).await.expect(403);
    let wrong = note(&dana, &[("delegate", &rep_id)]).await.expect(422);
    assert_eq!(wrong.text("#delegate-e"), "Choose somebody who decides approvals.");
    let wrong = note(&dana, &[("delegate", &dana_id)]).await.expect(422);
    assert!(wrong.text("#delegate-e").starts_with("Choose somebody else"));
    let wrong = note(&dana, &[("user", &rep_id), ("delegate", &victor_id)]).await.expect(422);
    assert!(wrong.text("#delegate-e").contains("does not decide approvals"));
    let wrong = note(&dana, &[("until", "2026-03-01T09:00"), ("from", "2026-03-05T09:00")]).await.expect(422);
    assert!(wrong.has("#until-e"));
    note(&dana, &[("user", &victor_id)]).await.expect(303);
    let wrong = note(&dana, &[("delegate", &victor_id)]).await.expect(422);
    assert!(wrong.text("#delegate-e").contains("is away from Wed 4 Mar 09:00 to Fri 6 Mar 17:30 as well"));
}

#[tokio::test]
async fn r12_a_delegate_decides_in_the_place_of_who_is_away_within_their_limits() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app
        .sign_in_as(Person { name: "Dana Okafor", roles: &[Role::Supervisor], team: Some("North"), department: None })
        .await;
    let helen = app
        .given_person(Person { name: "Helen Brandt", roles: &[Role::Manager], team: Some("North"), department: None })
        .await;
    let on = app.given_case_to_save("Clinic").await;
    let offer = app.given_offer(&agent, on, percent(30, 24)).await.unwrap().id;
    let approval = app.ask(&agent, offer, 1).await.unwrap();
    assert_eq!(approval.level, Role::Manager);
    assert!(!dana.get("/approvals").await.expect(200).has(".picks .open"), "beyond a supervisor");
    away(&app, helen.id.unwrap(), dana.user).await;
    let page = dana.get("/approvals").await.expect(200);
    assert!(page.text(".picks .open").ends_with("In Helen Brandt’s place."));
    assert!(page.text("form.dock").contains("In Helen Brandt’s place, who is away"));
    assert!(page.text("main").contains("Within Helen Brandt’s limit"), "{}", page.text("main"));
    assert!(!page.text("main").contains("your limit"), "it is not hers");
    let place = page.field("on_behalf_of");
    let fields = [("decision", "approve"), ("seen", "1"), ("because", "worth"), ("on_behalf_of", &place)];
    dana.post_form(&format!("/approvals/{}/decision", approval.id), &fields).await.expect(303);
    let mut connection = app.db.read().await.unwrap();
    let decided = approvals::decisions(&mut connection, approval.id).await.unwrap();
    assert_eq!(decided[0].by_name, "Dana Okafor");
    assert_eq!(decided[0].on_behalf_of.as_deref(), Some("Helen Brandt"));
}

#[tokio::test]
async fn r12_when_every_supervisor_is_away_the_managers_are_asked_at_once() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let [dana, victor]: [Can<DecideApprovals>; 2] = [app.can(Role::Supervisor).await, app.can(Role::Supervisor).await];
    let helen = app.can::<DecideApprovals>(Role::Manager).await;
    away(&app, dana.id.unwrap(), None).await;
    let ask = async |name: &str| {
        let on = app.given_case_to_save(name).await;
        let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap().id;
        app.ask(&agent, offer, 1).await.unwrap()
    };
    assert_eq!(ask("one is there").await.level, Role::Supervisor);
    away(&app, victor.id.unwrap(), None).await;
    let approval = ask("nobody is there").await;
    assert_eq!(approval.level, Role::Manager);
    assert!(approval.due_because.ends_with("no supervisor is there, so the managers decide at once"));
    let mut connection = app.db.read().await.unwrap();
    let who = approvals::deciders(&mut connection, approval.id, app.clock.now()).await.unwrap();
    assert_eq!(who, ["Manager"]);
    drop(connection);
    app.decide(&helen, approval.id, 1, Decision::Approve).await.unwrap();
}

/// Who may decide what by the rules, request by request, and whoever is told so from their own side only or not told.
async fn told(app: &TestApp) -> (i64, i64) {
    sqlx::query_as(
        "
        with rule as (select approval_id, user_id, on_behalf_of_id from approval_deciders($1)),
            side as (
                select r.approval_id, u.id as user_id, r.on_behalf_of_id
                from users u
                cross join requests_for(u.id, $1) r
            )
        select (select count(*) from rule),
            (select count(*) from (select * from rule except all select * from side) missed)
                + (select count(*) from (select * from side except all select * from rule) surplus)
        ",
    )
    .bind(app.clock.now())
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn r12_what_waits_for_somebody_is_what_the_rules_let_them_decide() {
    let app = TestApp::start().await;
    // everybody has to ask
    app.publish_limits("update new_weeks set week_minor = 0").await;
    let [agent, dana, victor, helen]: [Can<MakeOffers>; 4] = [
        app.can(Role::Agent).await,
        app.can(Role::Supervisor).await,
        app.can(Role::Supervisor).await,
        app.can(Role::Manager).await,
    ];
    let both = Person { name: "Rowan", roles: &[Role::Supervisor, Role::Manager], team: None, department: None };
    app.given_person(both).await;
    // Victor approved Dana's for this customer, so she does not decide his
    let on = app.given_case_to_save("Clinic").await;
    let discount = app.given_offer(&dana, on, percent(10, 12)).await.unwrap();
    let first = app.ask(&dana, discount.id, 1).await.unwrap();
    app.decide(&victor.and().unwrap(), first.id, 1, Decision::Approve).await.unwrap();
    let credit = app.given_credit(&victor, on.0, 100).await.unwrap();
    app.ask(&victor, credit.id, 1).await.unwrap();
    // of each level, one that a manager wrote and a supervisor asks about, and one that was changed
    for (by, name, off, asks) in
        [(&agent, "A", 20, &agent), (&agent, "B", 30, &agent), (&helen, "C", 12, &dana), (&victor, "D", 22, &agent)]
    {
        let on = app.given_case_to_save(name).await;
        let offer = app.given_offer(by, on, percent(off, 24)).await.unwrap().id;
        app.ask(asks, offer, 1).await.unwrap();
    }
    let on = app.given_case_to_save("E").await;
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap().id;
    let mut tx = app.begin_as(&dana).await;
    savedesk::offers::revise(&mut tx, &dana, offer, 1, percent(21, 12)).await.unwrap();
    tx.commit().await.unwrap();
    app.ask(&agent, offer, 2).await.unwrap();
    let (there, apart) = told(&app).await;
    assert!(there >= 12 && apart == 0, "{there} decisions may be taken, {apart} are told otherwise");
    away(&app, dana.id.unwrap(), victor.id).await;
    away(&app, helen.id.unwrap(), victor.id).await;
    let (with_delegates, apart) = told(&app).await;
    assert!(
        with_delegates > there && apart == 0,
        "{with_delegates} decisions may be taken, {apart} are told otherwise"
    );
    app.publish_limits("update new_cells set max_percent_bp = 2000 where role = 'supervisor'").await;
    let (lowered, apart) = told(&app).await;
    assert!(lowered < with_delegates && apart == 0, "{lowered} decisions may be taken, {apart} are told otherwise");
}
