//! Requests to departments: asked, accepted, handed over, answered once; and the gate that offers pass only with the yes of
//! each department they need (R10), whatever path they come by.

use chrono::TimeDelta;
use savedesk::auth::{AnswerRequests, Can, Role};
use savedesk::cases::{self, Closing, Outcome};
use savedesk::error::{Error, Result};
use savedesk::ids::{RequestId, UserId};
use savedesk::money::{Currency, Money};
use savedesk::offers::{self, Means, Stage as OfferStage};
use savedesk::promises;
use savedesk::requests::{self, NewAnswer, Stage, Standing};
use sqlx::AssertSqlSafe;

use crate::guarantees::{assert_refused, audited};
use crate::support::{Client, Person, Ring, TestApp, no, yes, yes_if};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn present(ring: &Ring) -> Result<offers::Offer> {
    let mut tx = ring.app.begin_as(&ring.agent).await;
    let seen = offers::find(&mut tx, ring.offer).await?.revision.number;
    let offer = offers::present(&mut tx, &ring.agent, ring.offer, seen, Means::Phone).await?;
    tx.commit().await?;
    Ok(offer)
}

async fn accept_conditions(ring: &Ring, request: RequestId) -> Result<()> {
    let mut tx = ring.app.begin_as(&ring.asks).await;
    requests::accept_conditions(&mut tx, &ring.asks, request).await?;
    tx.commit().await
}

async fn withdraw(ring: &Ring, by: &Can<AnswerRequests>, request: RequestId) -> Result<()> {
    let mut tx = ring.app.begin_as(by).await;
    requests::withdraw_answer(&mut tx, by, request, "The bench is down.").await?;
    tx.commit().await
}

async fn waiting_on(ring: &Ring) -> Option<String> {
    ring.app.case_column(ring.case, "waiting_on").await
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut app.owner().await).await.unwrap()
}

#[tokio::test]
async fn r10_an_offer_waits_for_the_yes_of_every_department_it_needs() {
    let ring = Ring::new().await;
    let now = ring.app.clock.now();
    let why = refused(present(&ring).await);
    assert_eq!(why, "Logistics has not been asked. Manufacturing has not been asked. Promise nothing before it does.");
    assert_eq!(ring.ask().await.unwrap().len(), 2);
    assert_eq!(waiting_on(&ring).await.as_deref(), Some("department"));
    assert_eq!(refused(ring.ask().await), "Every department that has a say in this has been asked already.");
    ring.answer(&ring.moving, yes(now)).await;
    assert!(refused(present(&ring).await).starts_with("Manufacturing has not answered yet."));
    let check = ring.answer(&ring.making, yes_if(now)).await;
    assert_eq!(waiting_on(&ring).await, None, "it is our turn again");
    assert!(refused(present(&ring).await).starts_with("Manufacturing said yes if …"));
    accept_conditions(&ring, check).await.unwrap();
    assert!(refused(accept_conditions(&ring, check).await).ends_with("accepted these conditions already."));
    assert_eq!(present(&ring).await.unwrap().stage, OfferStage::Presented);
    let mut tx = ring.app.begin_as(&ring.agent).await;
    let answered = offers::accept(&mut tx, &ring.agent, ring.offer, 1).await.unwrap();
    promises::make_for_offer(&mut tx, &answered).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refused(withdraw(&ring, &ring.making, check).await).starts_with("The customer has accepted the offer"));
}

#[tokio::test]
async fn r10_a_yes_is_to_the_terms_it_was_given_for() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    ring.both_say_yes().await;
    let mut tx = ring.app.begin_as(&ring.agent).await;
    let terms = crate::support::expedite(ring.order).terms;
    offers::revise(&mut tx, &ring.agent, ring.offer, 1, terms).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refused(present(&ring).await).starts_with("Logistics has not been asked."));
    ring.ask().await.unwrap();
    let open = ring.open_of(&ring.making).await;
    let mut tx = ring.app.begin_as(&ring.agent).await;
    let terms = crate::support::expedite(ring.order).terms;
    offers::revise(&mut tx, &ring.agent, ring.offer, 2, terms).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ring.app.request(open).await.stage, Stage::Cancelled, "nobody answers about terms that are gone");
}

/// Showing the newest terms to the customer, around the application.
const PRESENT: &str = "insert into offer_presentations (offer_id, revision, by_id, means, at)
    select id, revision, made_by_id, 'phone', '{now}' from offers where id = '{offer}'";

#[tokio::test]
async fn r10_nothing_goes_around_the_gate() {
    let ring = Ring::new().await;
    let app = &ring.app;
    let mut application = app.as_application().await;
    let fill =
        |sql: &str| sql.replace("{now}", &app.clock.now().to_rfc3339()).replace("{offer}", &ring.offer.to_string());
    macro_rules! is_kept {
        ($what:literal) => {
            println!($what);
            assert_refused(&mut application, &audited(&fill(PRESENT)), "42501", "offer_presentations_feasible").await;
        };
    }
    is_kept!("nobody was asked");
    ring.ask().await.unwrap();
    is_kept!("nobody has answered");
    let now = app.clock.now();
    ring.answer(&ring.moving, yes(now)).await;
    is_kept!("one of two has answered");
    let check = ring.answer(&ring.making, yes_if(now)).await;
    is_kept!("nobody accepted the conditions");
    accept_conditions(&ring, check).await.unwrap();
    app.clock.advance(TimeDelta::days(3));
    is_kept!("the yes has run out");
    ring.ask().await.unwrap();
    ring.answer(&ring.moving, yes(app.clock.now())).await;
    ring.answer(&ring.making, no()).await;
    is_kept!("the newest answer is no");
    // a yes that is taken back
    let other = Ring::at(TestApp::start().await).await;
    other.ask().await.unwrap();
    let [making, _] = other.both_say_yes().await;
    withdraw(&other, &other.making, making).await.unwrap();
    let sql =
        PRESENT.replace("{now}", &other.app.clock.now().to_rfc3339()).replace("{offer}", &other.offer.to_string());
    let mut around = other.app.as_application().await;
    assert_refused(&mut around, &audited(&sql), "42501", "offer_presentations_feasible").await;
}

#[tokio::test]
async fn what_the_database_refuses_of_requests_whatever_the_code_above_it_does() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    let (app, now) = (&ring.app, ring.app.clock.now());
    let check = ring.answer(&ring.making, yes_if(now)).await;
    let open = ring.open_of(&ring.moving).await;
    let question = app.given_request(ring.case, "Billing").await.0;
    let names = [
        ("{check}", check.to_string()),
        ("{open}", open.to_string()),
        ("{question}", question.to_string()),
        ("{paolo}", ring.making.id.unwrap().to_string()),
        ("{ada}", ring.moving.id.unwrap().to_string()),
        ("{agent}", ring.agent.id.unwrap().to_string()),
        ("{now}", now.to_rfc3339()),
        ("{later}", (now + TimeDelta::days(2)).to_rfc3339()),
        ("{offer}", ring.offer.to_string()),
        ("{case}", ring.case.to_string()),
    ];
    let fill = |sql: &str| names.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(name, id));
    let mut application = app.as_application().await;
    let take =
        "update requests set stage = 'accepted', accepted_by_id = '{ada}', version = version + 1 where id = '{open}'";
    let give = "insert into request_answers (request_id, department_id, verdict, words, valid_until, at, by_id)
        select id, department_id, 'yes', '', '{later}', '{now}', '{ada}' from requests where id = '{open}'";
    for (what, sql, code, constraint) in [
        ("answered without an answer", "update requests set stage = 'answered', ended_at = '{now}', version = version + 1 where id = '{open}'".to_owned(), "23514", "requests_stage_moves"),
        ("an answer to what nobody accepted", give.to_owned(), "23514", "request_answers_accepted_request"),
        ("an answer and the request goes on", format!("{take}; {give}"), "23514", "requests_answered"),
        ("somebody else's department answers", format!("{take}; {}", give.replace("{ada}", "{paolo}")), "42501", "request_answers_own_department"),
        ("somebody of the desk answers", format!("{take}; {}", give.replace("'{ada}'", "'{agent}'")), "42501", "request_answers_own_department"),
        ("a yes without an end", format!("{take}; {}", give.replace("'{later}'", "null")), "23514", "request_answers_valid_until"),
        ("a yes that is over", format!("{take}; {}", give.replace("{later}", "{now}")), "23514", "request_answers_valid_until"),
        ("a check without a verdict", format!("{take}; {}", give.replace("'yes', ''", "null, 'x'").replace("'{later}'", "null")), "23514", "request_answers_verdict"),
        ("a second answer", give.replace("{open}", "{check}"), "23514", "request_answers_accepted_request"),
        ("no from yes if", "update request_answers set verdict = 'yes' where request_id = '{check}'".to_owned(), "42501", "permission denied"),
        ("a department accepts its own conditions", "update request_answers set conditions_accepted_at = '{now}', conditions_accepted_by_id = '{paolo}', version = version + 1 where request_id = '{check}'".to_owned(), "42501", "request_answers_accepted_by"),
        ("nobody accepts the conditions", "update request_answers set conditions_accepted_at = '{now}', version = version + 1 where request_id = '{check}'".to_owned(), "42501", "request_answers_accepted_by"),
        ("an answer of another version", "update request_answers set withdrawn_at = '{now}', withdrawn_because = 'x' where request_id = '{check}'".to_owned(), "40001", "row version"),
        ("an answer goes away", "delete from request_answers where request_id = '{check}'".to_owned(), "42501", "permission denied"),
        ("what was answered is asked again", "update requests set stage = 'open', ended_at = null, version = version + 1 where id = '{check}'".to_owned(), "23514", "requests_once"),
        ("a check is handed over", "update requests set department_id = (select id from departments where name = 'Legal'), passes = 1, version = version + 1 where id = '{open}'".to_owned(), "23514", "requests_own_check"),
        ("a pass that is not counted", "update requests set department_id = (select id from departments where name = 'Legal'), version = version + 1 where id = '{question}'".to_owned(), "23514", "requests_passes"),
        ("a pass that was none", "update requests set passes = 1, version = version + 1 where id = '{question}'".to_owned(), "23514", "requests_passes"),
        ("another question", "update requests set what = 'Other', version = version + 1 where id = '{question}'".to_owned(), "23514", "requests_stay"),
        ("a request of another version", "update requests set due_at = '{later}' where id = '{question}'".to_owned(), "40001", "row version"),
        ("a request goes away", "delete from requests where id = '{question}'".to_owned(), "42501", "permission denied"),
        ("what was said is changed", "update request_entries set body = 'x'".to_owned(), "42501", "permission denied"),
        ("what was said goes away", "delete from request_entries".to_owned(), "42501", "permission denied"),
        ("a second check of the same terms", "insert into requests (id, case_id, customer_id, department_id, kind, what, offer_id, offer_revision, terms, asked_at, due_at, because) select gen_random_uuid(), case_id, customer_id, department_id, kind, what, offer_id, offer_revision, terms, '{now}', '{now}', 'x' from requests where id = '{open}'".to_owned(), "23505", "requests_one_check"),
        ("a check of terms that are not the newest", "insert into requests (id, case_id, customer_id, department_id, kind, what, offer_id, offer_revision, terms, asked_at, due_at, because) select gen_random_uuid(), case_id, customer_id, department_id, kind, what, offer_id, 7, terms, '{now}', '{now}', 'x' from requests where id = '{open}'".to_owned(), "23514", "requests_newest_terms"),
        ("the case closes over it", "update offers set stage = 'withdrawn', ended_at = '{now}', version = version + 1 where id = '{offer}'; update deadlines set stage = 'cleared', ended_at = '{now}' where case_id = '{case}' and stage = 'open'; update cases set stage = 'closed', waiting_on = null, outcome = 'lost', value_kept_minor = 0, closed_at = '{now}', version = version + 1 where id = '{case}'".to_owned(), "23514", "cases_closed_requests"),
    ] {
        println!("{what}");
        assert_refused(&mut application, &audited(&fill(&sql)), code, constraint).await;
    }
    // without an audit entry nothing is changed at all (R4)
    let silent =
        fill("begin; update requests set stage = 'returned', version = version + 1 where id = '{question}'; commit");
    assert_refused(&mut application, &silent, "23514", "audit entry").await;
}

#[tokio::test]
async fn a_chat_like_exchange_stays_one_request_and_passes_are_counted() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Harborview Dental Group").await).await;
    let (request, _) = app.given_request(case, "Billing").await;
    let aaron: Can<AnswerRequests> = app.of_department("Aaron Pike", "Billing").await;
    let ines: Can<AnswerRequests> = app.of_department("Ines Duarte", "Technical support").await;
    let agent = app.can::<savedesk::auth::AskDepartments>(Role::Agent).await;
    let support = app.department("Technical support").await;
    let mut tx = app.begin_as(&aaron).await;
    requests::accept(&mut tx, &aaron, request).await.unwrap();
    requests::said(&mut tx, &aaron.and().unwrap(), request, "Which line?").await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance(TimeDelta::minutes(5));
    let mut tx = app.begin_as(&agent).await;
    requests::said(&mut tx, &agent.and().unwrap(), request, "The second.").await.unwrap();
    tx.commit().await.unwrap();
    let before = app.request(request).await.due_at;
    app.clock.advance(TimeDelta::hours(1));
    let mut tx = app.begin_as(&aaron).await;
    requests::hand_over(&mut tx, &aaron, request, support, "It is the line.").await.unwrap();
    tx.commit().await.unwrap();
    let handed = app.request(request).await;
    assert_eq!((handed.passes, handed.stage, handed.department), (1, Stage::Open, support));
    assert!(handed.due_at > before, "the other department has its own time");
    let mut tx = app.begin_as(&aaron).await;
    assert!(matches!(requests::accept(&mut tx, &aaron, request).await, Err(Error::NotFound)), "no longer theirs");
    drop(tx);
    let mut tx = app.begin_as(&ines).await;
    requests::return_it(&mut tx, &ines, request, "Since when?").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.case_column(case, "stage").await.as_deref(), Some("working"), "it is our turn");
    app.clock.advance(TimeDelta::minutes(5));
    let mut tx = app.begin_as(&agent).await;
    requests::supply(&mut tx, &agent, request, "Since Monday.").await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance(TimeDelta::minutes(5));
    let mut tx = app.begin_as(&ines).await;
    let new = NewAnswer { words: "A broken cable.".to_owned(), ..NewAnswer::default() };
    requests::answer(&mut tx, &ines, request, new.clone()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.begin_as(&ines).await;
    assert_eq!(refused(requests::answer(&mut tx, &ines, request, new).await), "This request is answered already.");
    drop(tx);
    let entries: Vec<String> =
        sqlx::query_scalar("select what from request_entries where request_id = $1 order by at, id")
            .bind(request)
            .fetch_all(&mut app.owner().await)
            .await
            .unwrap();
    assert_eq!(
        entries,
        ["asked", "accepted", "said", "said", "handed", "returned", "asked_again", "accepted", "answered"]
    );
    assert_eq!(number(&app, "select count(*) from requests").await, 1);
    let page = app.sign_in(Role::Agent).await.get(&format!("/cases/{case}?show=departments")).await.expect(200);
    assert_eq!(page.texts("#tl li .who").len(), 9, "the thread is part of the case's log");
    assert!(page.text("#case-requests").contains("1 pass"));
}

async fn member(app: &TestApp, name: &str, department: &str) -> Client {
    let person = Person { name, roles: &[Role::Department], team: None, department: Some(department) };
    app.sign_in_as(person).await
}

#[tokio::test]
async fn a_department_sees_the_part_of_a_case_that_it_needs_and_nothing_beside_it() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    let (check, other) = (ring.open_of(&ring.making).await, ring.app.given_request(ring.case, "Billing").await.0);
    let paolo = member(&ring.app, "Paolo Rossi", "Manufacturing").await;
    for path in [format!("/requests/{check}"), format!("/requests?peek={check}"), "/requests".to_owned()] {
        let page = paolo.get(&path).await.expect(200);
        assert!(page.body.contains("Oval setting finished by Wed 9 Dec"), "{path}");
        assert!(page.body.contains("Olivia B."), "the customer by as little as is needed: {path}");
        for hidden in ["Olivia Brandt", "9,480", "$86", "86.00", "After the proposal", "comes after the proposal"] {
            assert!(!page.body.contains(hidden), "{path} tells {hidden}");
        }
        assert!(!page.body.contains(&format!("/cases/{}", ring.case)), "{path} leads to the case");
        assert!(!page.body.contains("Cause of the dropped calls"), "{path} tells of another department's");
    }
    let page = paolo.get(&format!("/requests/{check}")).await.expect(200);
    assert!(page.body.contains("Platinum ring, oval setting"), "what is at stake is needed");
    for path in [format!("/requests/{other}"), format!("/requests/{}", RequestId::new())] {
        paolo.get(&path).await.expect(404);
    }
    assert!(!paolo.get(&format!("/requests?peek={other}")).await.expect(200).has("#peek"));
    for path in [
        format!("/cases/{}", ring.case),
        format!("/offers/{}", ring.offer),
        "/queue".to_owned(),
        "/customers".to_owned(),
        "/search?q=olivia".to_owned(),
    ] {
        paolo.get(&path).await.expect(403);
    }
    for act in ["acceptance", "answer", "return", "words", "withdrawal", "failure"] {
        paolo.post_form(&format!("/requests/{other}/{act}"), &[("words", "x")]).await.expect(404);
    }
    // nor do notices tell whose case it is
    let told: Vec<(String, bool)> = sqlx::query_as("select about, case_id is null from notices where to_id = $1")
        .bind(ring.making.id)
        .fetch_all(&mut ring.app.owner().await)
        .await
        .unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].1 && !told[0].0.contains("Olivia"), "{told:?}");
    // the desk sees all of it
    let agent = ring.app.sign_in(Role::Agent).await;
    let page = agent.get(&format!("/requests/{check}")).await.expect(200);
    assert!(page.body.contains("Olivia Brandt") && page.body.contains("$9,480"));
}

#[tokio::test]
async fn a_department_answers_on_its_page_and_the_agent_goes_on_from_the_case() {
    let ring = Ring::new().await;
    let agent = ring.app.sign_in(Role::Agent).await;
    let case = format!("/cases/{}", ring.case);
    let page = agent.get(&case).await.expect(200);
    assert!(page.text("#case-offers").contains("Ask Logistics and Manufacturing"));
    assert!(!page.text("#case-offers").contains("Present by phone"), "nothing is presented without a yes");
    agent.post_form(&format!("/offers/{}/feasibility", ring.offer), &[("seen", "1")]).await.expect(303);
    let page = agent.get(&case).await.expect(200);
    assert!(page.text("#case-requests").contains("Waits on Manufacturing since"));
    let paolo = member(&ring.app, "Paolo Rossi", "Manufacturing").await;
    let check = ring.open_of(&ring.making).await;
    let wrong = paolo.post_form(&format!("/requests/{check}/answer"), &[("verdict", "yes_if")]).await.expect(422);
    assert!(wrong.text("#peek [role=alert]").contains("Write what your yes depends on."));
    let fields = [
        ("verdict", "yes_if"),
        ("conditions", "One polish slot moves"),
        ("possible_on", "2026-03-09"),
        ("cost", "145.00"),
        ("expedited", "on"),
        ("valid_until", "2026-03-11"),
    ];
    paolo.post_form(&format!("/requests/{check}/answer"), &fields).await.expect(303);
    let page = agent.get(&case).await.expect(200);
    let card = page.text("#case-offers");
    for words in
        ["Only if: One polish slot moves", "possible on Mon 9 Mar", "expedited for $145.00", "Accept the conditions"]
    {
        assert!(card.contains(words), "{words} in {card}");
    }
    agent.post_form(&format!("/requests/{check}/conditions"), &[("back", &case)]).await.expect(303);
    let answer = ring.app.request(check).await.answer.unwrap();
    assert_eq!(answer.standing(ring.app.clock.now()), Standing::Yes);
    assert_eq!(answer.cost, Some(Money::new(14_500, Currency::USD)));
    ring.answer(&ring.moving, yes(ring.app.clock.now())).await;
    let page = agent.get(&case).await.expect(200);
    assert!(page.text("#case-offers").contains("Present by phone"));
    agent
        .post_form(&format!("/offers/{}/presentation", ring.offer), &[("means", "phone"), ("seen", "1")])
        .await
        .expect(303);
    assert_eq!(number(&ring.app, "select count(*) from offer_presentations").await, 1);
}

async fn told(app: &TestApp, to: Option<UserId>, kind: &str) -> i64 {
    sqlx::query_scalar("select count(*) from notices where to_id = $1 and kind = $2")
        .bind(to)
        .bind(kind)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn r12_a_late_request_reaches_the_lead_or_where_nobody_leads_the_whole_department() {
    for led in [true, false] {
        let app = TestApp::start().await;
        let case = app.given_case(app.given_customer("Harborview Dental Group").await).await;
        let aaron: Can<AnswerRequests> = app.of_department("Aaron Pike", "Billing").await;
        let camila: Can<AnswerRequests> = app.of_department("Camila Torres", "Billing").await;
        if led {
            let mut tx = app.begin().await;
            let lead = Some((camila.id.unwrap(), "Camila Torres".to_owned()));
            requests::set_up(&mut tx, app.department("Billing").await, lead, vec![], vec![]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let (request, _) = app.given_request(case, "Billing").await;
        let mut tx = app.begin_as(&aaron).await;
        requests::accept(&mut tx, &aaron, request).await.unwrap();
        tx.commit().await.unwrap();
        // Wednesday 10:00 and 8 working hours of a day that ends at 17:30: Thursday 9:30
        let due = app.request(request).await.due_at;
        assert_eq!(due, app.clock.now() + TimeDelta::hours(24) - TimeDelta::minutes(30));
        app.clock.advance(TimeDelta::hours(23));
        app.sweep().await;
        assert_eq!(told(&app, aaron.id, "reminder").await, 1, "whoever has it is reminded");
        assert_eq!(told(&app, camila.id, "reminder").await, 0);
        app.clock.advance(TimeDelta::hours(1));
        app.sweep().await;
        app.sweep().await;
        assert_eq!(told(&app, camila.id, "escalated").await, 1, "led: {led}");
        assert_eq!(told(&app, aaron.id, "escalated").await, i64::from(!led), "led: {led}");
        let mut tx = app.begin_as(&aaron).await;
        let new = NewAnswer { words: "Done.".to_owned(), ..NewAnswer::default() };
        requests::answer(&mut tx, &aaron, request, new).await.unwrap();
        tx.commit().await.unwrap();
        let missed = "select count(*) from deadlines where kind = 'request' and stage = 'missed'";
        assert_eq!(number(&app, missed).await, 1, "it was late");
    }
}

#[tokio::test]
async fn r10_a_yes_that_runs_out_before_the_customer_answers_is_asked_for_again_once() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    let now = ring.app.clock.now();
    ring.answer(&ring.moving, yes(now + TimeDelta::days(30))).await;
    let soon = NewAnswer { valid_until: Some(now + TimeDelta::days(2)), ..yes(now) };
    let first = ring.answer(&ring.making, soon).await;
    present(&ring).await.unwrap();
    ring.app.clock.advance(TimeDelta::days(2) + TimeDelta::minutes(1));
    ring.app.sweep().await;
    ring.app.sweep().await;
    let checks = "select count(*) from requests where kind = 'feasibility'";
    assert_eq!(number(&ring.app, checks).await, 3, "asked again, once");
    assert!(ring.app.request(first).await.answer.unwrap().asked_again);
    assert_eq!(waiting_on(&ring).await.as_deref(), Some("department"));
    // what the customer accepts makes promises: not before the department says yes again
    let mut tx = ring.app.begin_as(&ring.agent).await;
    let why = refused(offers::accept(&mut tx, &ring.agent, ring.offer, 1).await);
    assert!(why.starts_with("Manufacturing has not answered yet."), "{why}");
    drop(tx);
    let mut around = ring.app.as_application().await;
    let accept = format!(
        "update offers set stage = 'accepted', ended_at = '{}', version = version + 1 where id = '{}'",
        ring.app.clock.now().to_rfc3339(),
        ring.offer
    );
    assert_refused(&mut around, &audited(&accept), "42501", "offers_feasible").await;
    ring.answer(&ring.making, yes(ring.app.clock.now())).await;
    let mut tx = ring.app.begin_as(&ring.agent).await;
    let answered = offers::accept(&mut tx, &ring.agent, ring.offer, 1).await.unwrap();
    promises::make_for_offer(&mut tx, &answered).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        number(&ring.app, "select count(*) from deadlines where kind = 'feasibility' and stage = 'open'").await,
        0
    );
}

#[tokio::test]
async fn closing_a_case_says_what_departments_are_asked_and_cancels_it() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    let question = ring.app.given_request(ring.case, "Billing").await.0;
    let aaron: Can<AnswerRequests> = ring.app.of_department("Aaron Pike", "Billing").await;
    let mut tx = ring.app.begin_as(&aaron).await;
    requests::return_it(&mut tx, &aaron, question, "Which line?").await.unwrap();
    tx.commit().await.unwrap();
    let agent = ring.app.sign_in(Role::Agent).await;
    let path = format!("/cases/{}/close", ring.case);
    let page = agent.get(&path).await.expect(200);
    assert!(page.body.contains("is cancelled") && page.body.contains("returned by Billing, is cancelled."));
    let fields = [("outcome", "lost"), ("reason", "price"), ("kept", "0"), ("note", "They bought elsewhere.")];
    ring.app.given_confirmed(ring.case).await;
    agent.post_form(&path, &fields).await.expect(303);
    assert_eq!(number(&ring.app, "select count(*) from requests where stage = 'cancelled'").await, 3);
    // around the page the case stays open as long as something is asked
    let other = ring.app.given_case(ring.app.given_customer("Other").await).await;
    ring.app.given_request(other, "Billing").await;
    let mut tx = ring.app.begin().await;
    let closing = Closing {
        outcome: Outcome::Lost,
        reason: Some("price".to_owned()),
        note: "Gone.".to_owned(),
        kept: Money::zero(Currency::USD),
        duplicate_of: None,
    };
    assert!(cases::close(&mut tx, &Can::desk(), other, closing).await.is_err());
}

#[tokio::test]
async fn a_department_that_said_yes_and_could_not_is_on_record() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    let [check, _] = ring.both_say_yes().await;
    present(&ring).await.unwrap();
    let agent = ring.app.sign_in(Role::Agent).await;
    let page = agent.post_form(&format!("/requests/{check}/failure"), &[("words", "")]).await.expect(422);
    assert!(page.body.contains("Write why it could not be done."));
    agent.post_form(&format!("/requests/{check}/failure"), &[("words", "The kiln broke.")]).await.expect(303);
    let answer = ring.app.request(check).await.answer.unwrap();
    assert_eq!(answer.could_not.as_ref().map(|(_, why)| why.as_str()), Some("The kiln broke."));
    assert_eq!(answer.standing(ring.app.clock.now()), Standing::CouldNot);
    let page = agent.post_form(&format!("/requests/{check}/failure"), &[("words", "Again")]).await.expect(409);
    assert!(page.body.contains("It is on record already"));
}

#[tokio::test]
async fn lead_times_warn_before_the_question_and_are_set_by_those_who_may() {
    let app = TestApp::start().await;
    let manufacturing = app.department("Manufacturing").await;
    let paolo: Can<AnswerRequests> = app.of_department("Paolo Greco", "Manufacturing").await;
    let path = format!("/lead_times/{manufacturing}");
    let manager = app.sign_in(Role::Manager).await;
    let lead = paolo.id.unwrap().to_string();
    let fields = [
        ("version", "0"),
        ("question", "8"),
        ("job", "16"),
        ("feasibility", "4"),
        ("lead", lead.as_str()),
        ("what", "Change of setting"),
        ("days", "10"),
        ("per_day", "4"),
        ("fast_days", "4"),
        ("fast_price", "145.00"),
        ("currency", "eur"),
        ("closed", "2026-03-09 2026-03-10 Kiln maintenance"),
    ];
    manager.post_form(&path, &fields).await.expect(303);
    let stale = manager.post_form(&path, &fields).await.expect(409);
    assert!(stale.text("[role=alert]").contains("Somebody else changed these meanwhile."));
    let agent = app.sign_in(Role::Agent).await;
    let page = agent.get(&format!("/requests/forecast?department={manufacturing}")).await.expect(200);
    let said = page.text("#rq-forecast");
    // Wednesday 4 March, two closed days: ten working days on is Friday 20 March
    assert!(
        said.contains("10 working days, so Fri 20 Mar at the earliest. Expedited: Thu 12 Mar for €145.00."),
        "{said}"
    );
    assert!(said.contains("Closed Mon 9 Mar to Tue 10 Mar: Kiln maintenance."), "{said}");
    agent.post_form(&path, &fields).await.expect(409);
    // its lead sets them as well, and no other member
    let session = app.session_of(paolo.id.unwrap()).await;
    let at_work = Client::signed_in(&app, paolo.id.unwrap(), session);
    let mut again = fields.to_vec();
    again[0] = ("version", "1");
    at_work.post_form(&path, &again).await.expect(303);
    member(&app, "Rosa", "Manufacturing").await.post_form(&path, &again).await.expect(409);
    member(&app, "Aaron", "Billing").await.get(&path).await.expect(404);
}

#[tokio::test]
async fn what_concerns_somebody_is_what_they_asked_and_what_is_asked_about_their_cases() {
    let app = TestApp::start().await;
    let (dana, omar) = (app.sign_in(Role::Agent).await, app.sign_in(Role::Agent).await);
    let case = app.given_case_with(app.given_customer("Harbor Oak").await, |new| new.owner = dana.user).await;
    let (request, billing) = app.given_request(case, "Billing").await;
    // the sidebar counts what the list shows
    let counted = |page: &crate::support::Page| page.texts("nav a[href='/requests'] .count");
    let page = dana.get("/requests").await.expect(200);
    assert!(page.text("#requests-list").contains("Cause of the dropped calls"), "it is about a case of theirs");
    assert_eq!(counted(&page), ["1"]);
    let other = omar.get("/requests").await.expect(200);
    assert!(!other.text("#requests-list").contains("Cause of the dropped calls"));
    let fields = [
        ("about_id", &*case.to_string()),
        ("department", &*billing.to_string()),
        ("kind", "question"),
        ("what", "When the invoice goes out"),
    ];
    omar.post_form("/requests/new", &fields).await.expect(303);
    assert!(omar.get("/requests").await.expect(200).text("#requests-list").contains("When the invoice goes out"));
    assert_eq!(counted(&dana.get("/requests").await.expect(200)), ["2"]);
    // in a department: what somebody has taken on
    let aaron = member(&app, "Aaron Feld", "Billing").await;
    let taken = "/requests?view=taken";
    assert!(aaron.get(taken).await.expect(200).text("#requests-list").contains("You have taken nothing on"));
    aaron.post_form(&format!("/requests/{request}/acceptance"), &[]).await.expect(303);
    let page = aaron.get(taken).await.expect(200).text("#requests-list");
    assert!(page.contains("Cause of the dropped calls") && !page.contains("When the invoice goes out"), "{page}");
}
