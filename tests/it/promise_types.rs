//! Promises made by hand whose type needs the yes of departments: none is made before each said so (R10), whatever path it
//! comes by, and a yes carries one promise.

use chrono::TimeDelta;
use savedesk::auth::{AnswerRequests, AskDepartments, Can, KeepPromises, MakePromises, Role};
use savedesk::calendar::Due;
use savedesk::db::Tx;
use savedesk::error::{Error, Result};
use savedesk::ids::{CaseId, PromiseTypeId, RequestId};
use savedesk::money::{Currency, Money};
use savedesk::promises::{self, NewPromise, Promise};
use savedesk::requests::{self, NewAnswer, Stage};

use crate::guarantees::{assert_refused, audited};
use crate::races::one_after_the_other;
use crate::support::{Client, Page, Person, TestApp, no, yes, yes_if};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

/// The type of this name.
pub(crate) async fn promise_type(app: &TestApp, name: &str) -> PromiseTypeId {
    sqlx::query_scalar("select id from promise_types where name = $1")
        .bind(name)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

/// A case in which somebody wants to promise a technician's visit, which Technical support has a say in.
struct Visit {
    app: TestApp,
    case: CaseId,
    kind: PromiseTypeId,
    agent: Can<MakePromises>,
    support: Can<AnswerRequests>,
}

impl Visit {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let agent = app.can(Role::Agent).await;
        let support = app.of_department("Ines Duarte", "Technical support").await;
        let customer = app.given_customer("Harborview Dental Group").await;
        let case = app.given_case(customer).await;
        let kind = promise_type(&app, "Technician visit").await;
        Self { app, case, kind, agent, support }
    }

    fn visit(&self, tx: &Tx) -> NewPromise {
        NewPromise {
            kind: Some(self.kind),
            what: "A technician comes on Tuesday morning".to_owned(),
            due: Due { at: tx.now() + TimeDelta::hours(30), because: "So agreed".to_owned() },
            owner: self.agent.id.unwrap(),
            department: None,
            cost: Money::zero(Currency::USD),
        }
    }

    async fn make_in(&self, tx: &mut Tx) -> Result<Promise> {
        let new = self.visit(tx);
        promises::make(tx, &self.agent, self.case, new).await
    }

    async fn make(&self) -> Result<Promise> {
        let mut tx = self.app.begin_as(&self.agent).await;
        let made = self.make_in(&mut tx).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn ask(&self) -> Result<RequestId> {
        let can = self.agent.and::<AskDepartments>()?;
        let mut tx = self.app.begin_as(&can).await;
        let asked = promises::ask_for_yes(&mut tx, &can, self.case, self.kind, "On Tuesday morning", "").await?;
        tx.commit().await?;
        Ok(asked[0].id)
    }

    async fn answer(&self, request: RequestId, new: NewAnswer) {
        let mut tx = self.app.begin_as(&self.support).await;
        requests::answer(&mut tx, &self.support, request, new).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn withdraw_in(&self, tx: &mut Tx, request: RequestId) -> Result<()> {
        requests::withdraw_answer(tx, &self.support, request, "Everybody is ill.").await.map(drop)
    }
}

#[tokio::test]
async fn r10_a_promise_waits_for_the_yes_of_the_department_that_its_type_needs() {
    let visit = Visit::new().await;
    let needs = "Technician visit needs a yes first.";
    assert_eq!(refused(visit.make().await), format!("{needs} Technical support has not been asked."));
    let request = visit.ask().await.unwrap();
    assert_eq!(refused(visit.make().await), format!("{needs} Technical support has not answered yet."));
    assert!(refused(visit.ask().await).starts_with("Every department that has a say"));
    visit.answer(request, no()).await;
    assert_eq!(refused(visit.make().await), format!("{needs} Technical support said no."));
    // another day is another question
    let request = visit.ask().await.unwrap();
    let now = visit.app.clock.now();
    visit.answer(request, yes_if(now)).await;
    assert!(refused(visit.make().await).ends_with("accept the conditions first."));
    let can = visit.agent.and::<AskDepartments>().unwrap();
    let mut tx = visit.app.begin_as(&can).await;
    requests::accept_conditions(&mut tx, &can, request).await.unwrap();
    tx.commit().await.unwrap();
    visit.app.clock.advance(TimeDelta::days(4));
    assert_eq!(refused(visit.make().await), format!("{needs} The yes of Technical support has run out."));
    let request = visit.ask().await.unwrap();
    visit.answer(request, yes(visit.app.clock.now())).await;
    let promise = visit.make().await.unwrap();
    assert_eq!(promise.kind, Some(visit.kind));
    assert_eq!(visit.app.request(request).await.answer.unwrap().promise, Some(promise.id));
    // that yes carries one promise, and is not taken back any more
    assert!(refused(visit.make().await).starts_with(needs));
    let mut tx = visit.app.begin_as(&visit.support).await;
    let why = refused(visit.withdraw_in(&mut tx, request).await);
    assert!(why.starts_with("The desk has promised it to the customer"), "{why}");
    drop(tx);
    // a department does not hand on a question about its own work
    let again = visit.ask().await.unwrap();
    let billing = visit.app.department("Billing").await;
    let mut tx = visit.app.begin_as(&visit.support).await;
    let why = refused(requests::hand_over(&mut tx, &visit.support, again, billing, "Theirs").await);
    assert!(why.starts_with("Each department answers for itself"), "{why}");
}

#[tokio::test]
async fn a_department_that_said_yes_and_breaks_the_promise_is_on_record() {
    let visit = Visit::new().await;
    let request = visit.ask().await.unwrap();
    visit.answer(request, yes(visit.app.clock.now())).await;
    let can = visit.agent.and::<KeepPromises>().unwrap();
    let mut tx = visit.app.begin_as(&visit.agent).await;
    let theirs = NewPromise { department: visit.support.department, ..visit.visit(&tx) };
    let promise = promises::make(&mut tx, &visit.agent, visit.case, theirs).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = visit.app.begin_as(&can).await;
    promises::break_promise(&mut tx, &can, promise.id, "No van was free".to_owned()).await.unwrap();
    tx.commit().await.unwrap();
    let answer = visit.app.request(request).await.answer.unwrap();
    assert_eq!(answer.could_not.map(|(_, why)| why).as_deref(), Some("No van was free"));
}

#[tokio::test]
async fn r10_no_promise_goes_around_the_gate() {
    let visit = Visit::new().await;
    let app = &visit.app;
    let mut around = app.as_application().await;
    let other_case = app.given_case(app.given_customer("Harbor Glass").await).await;
    let other_type = promise_type(app, "Replacement shipped").await;
    let request = visit.ask().await.unwrap();
    let fill = |sql: &str| {
        sql.replace("{now}", &app.clock.now().to_rfc3339())
            .replace("{case}", &visit.case.to_string())
            .replace("{other}", &other_case.to_string())
            .replace("{type}", &visit.kind.to_string())
            .replace("{shipped}", &other_type.to_string())
            .replace("{owner}", &visit.agent.id.unwrap().to_string())
            .replace("{request}", &request.to_string())
    };
    let promised = |case: &str, kind: &str, rests: bool| {
        let rests = if rests {
            "; insert into promise_grounds (promise_id, request_id)
                select p.id, '{request}' from promises p where p.what = 'Around'"
        } else {
            ""
        };
        audited(&fill(&format!(
            "insert into promises (id, case_id, customer_id, what, type_id, owner_id, due_at, because, cost_minor,
                currency, made_at)
             select gen_random_uuid(), id, customer_id, 'Around', '{kind}', '{{owner}}', '{{now}}', 'So', 0, 'USD', '{{now}}'
             from cases where id = '{case}'{rests}"
        )))
    };
    let without = promised("{case}", "{type}", false);
    assert_refused(&mut around, &without, "42501", "promises_feasible").await;
    visit.answer(request, yes_if(app.clock.now())).await;
    let resting = promised("{case}", "{type}", true);
    assert_refused(&mut around, &resting, "42501", "promise_grounds_stand").await;
    let can = visit.agent.and::<AskDepartments>().unwrap();
    let mut tx = app.begin_as(&can).await;
    requests::accept_conditions(&mut tx, &can, request).await.unwrap();
    tx.commit().await.unwrap();
    assert_refused(&mut around, &promised("{other}", "{type}", true), "42501", "promise_grounds_same").await;
    assert_refused(&mut around, &promised("{case}", "{shipped}", true), "42501", "promise_grounds_same").await;
    visit.make().await.unwrap();
    visit.ask().await.unwrap();
    assert_refused(&mut around, &resting, "23505", "promise_grounds_once").await;
    for (what, sql, code, constraint) in [
        (
            "taken back",
            "update request_answers set withdrawn_at = '{now}', withdrawn_because = 'x', version = version + 1",
            "23514",
            "request_answers_withdrawn_in_time",
        ),
        ("resting no more", "delete from promise_grounds", "42501", "permission denied"),
        (
            "of another type",
            "update promises set type_id = '{shipped}', version = version + 1",
            "23514",
            "promises_stay",
        ),
        (
            "about another",
            "update requests set promise_type_id = null, version = version + 1 where stage = 'open'",
            "23514",
            "requests_stay",
        ),
        ("a type that is gone", "delete from promise_types", "42501", "permission denied"),
    ] {
        println!("{what}");
        assert_refused(&mut around, &audited(&fill(sql)), code, constraint).await;
    }
}

#[tokio::test]
async fn r10_an_answer_is_withdrawn_while_the_promise_is_made() {
    for department_first in [true, false] {
        let visit = Visit::new().await;
        let request = visit.ask().await.unwrap();
        visit.answer(request, yes(visit.app.clock.now())).await;
        if department_first {
            let mut first = visit.app.begin_as(&visit.support).await;
            visit.withdraw_in(&mut first, request).await.unwrap();
            let why = refused(one_after_the_other(&visit.app, first, visit.make()).await);
            assert!(why.ends_with("Technical support took its yes back."), "{why}");
        } else {
            let mut first = visit.app.begin_as(&visit.agent).await;
            visit.make_in(&mut first).await.unwrap();
            let second = one_after_the_other(&visit.app, first, async {
                let mut tx = visit.app.begin_as(&visit.support).await;
                visit.withdraw_in(&mut tx, request).await?;
                tx.commit().await
            });
            let why = refused(second.await);
            assert!(why.starts_with("The desk has promised it to the customer"), "{why}");
        }
    }
}

#[tokio::test]
async fn r10_the_database_itself_lets_a_promise_wait_for_a_withdrawal() {
    let visit = Visit::new().await;
    let request = visit.ask().await.unwrap();
    visit.answer(request, yes(visit.app.clock.now())).await;
    let now = visit.app.clock.now().to_rfc3339();
    // around the actions, without the case's row: the answer's own is what both write
    let mut first = visit.app.begin_as(&visit.support).await;
    let sql = format!(
        "update request_answers set withdrawn_at = '{now}', withdrawn_because = 'Ill', version = version + 1
         where request_id = '{request}'"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *first).await.unwrap();
    let entry = savedesk::audit::Entry::new(
        savedesk::audit::Action::AnswerWithdrawn,
        savedesk::audit::Subject::Request(request),
    );
    savedesk::audit::record(&mut first, entry).await.unwrap();
    match one_after_the_other(&visit.app, first, visit.make()).await {
        Err(Error::Internal(error)) => assert!(error.to_string().contains("has not said yes"), "{error}"),
        other => panic!("{other:?}"),
    }
}

fn says(page: &Page, css: &str, words: &str) -> bool {
    page.text(css).contains(words)
}

#[tokio::test]
async fn the_form_says_who_must_say_yes_and_asks_them() {
    let visit = Visit::new().await;
    let agent = visit.app.sign_in(Role::Agent).await;
    let case = format!("/cases/{}", visit.case);
    let kind = visit.kind.to_string();
    let part = agent.get(&format!("{case}/promises/needs?kind={kind}")).await.expect(200);
    assert!(says(&part, "#pm-needs", "Technical support has not been asked."), "{}", part.body);
    assert!(says(&part, "#pm-needs", "Kept within 40 working hours as a rule: Tue 10 Mar 16:00"), "{}", part.body);
    assert_eq!(part.text("button"), "Ask Technical support");
    assert_eq!(agent.get(&format!("{case}/promises/needs?kind=none")).await.expect(200).text("#pm-needs"), "");
    let me = agent.user.unwrap().to_string();
    let ask = format!("{case}/promises/feasibility");
    let wordless = agent.post_form(&ask, &[("kind", &kind)]).await.expect(422);
    assert!(says(&wordless, "#pm-what-e", "Write what the customer would be promised"));
    let fields = [("kind", &*kind), ("what", "A technician comes on Tuesday"), ("owner", &*me)];
    let early = agent.post_form(&format!("{case}/promises"), &fields).await.expect(409);
    assert!(says(&early, "#case-promises", "Technician visit needs a yes first."));
    assert_eq!(early.attributes("#pm-what", "value"), ["A technician comes on Tuesday"]);
    assert!(early.has("#pm-needs button"), "and asks them from there");
    let page = agent.follow(&agent.post_form(&ask, &fields).await.expect(303)).await;
    assert!(says(&page, "#case-requests", "Technician visit: A technician comes on Tuesday"));
    // the department sees it as any check of its own
    let session = visit.app.session_of(visit.support.id.unwrap()).await;
    let theirs = Client::signed_in(&visit.app, visit.support.id.unwrap(), session);
    assert!(says(&theirs.get("/requests").await.expect(200), "main", "Technician visit: A technician comes"));
    let request: RequestId = sqlx::query_scalar("select id from requests where promise_type_id is not null")
        .fetch_one(&mut visit.app.owner().await)
        .await
        .unwrap();
    visit.answer(request, yes(visit.app.clock.now())).await;
    assert_eq!(visit.app.request(request).await.stage, Stage::Answered);
    // without a time of its own it is due as such promises are, and the department of its type does it
    let page = agent.follow(&agent.post_form(&format!("{case}/promises"), &fields).await.expect(303)).await;
    let card = page.text("#case-promises .todo li");
    for words in ["Technician visit. Technical support does it", "40 working hours after Wed 4 Mar 10:00"] {
        assert!(card.contains(words), "{words} is not in {card}");
    }
}

#[tokio::test]
async fn managers_edit_the_types_and_nobody_overwrites_another() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let page = manager.get("/promise_types").await.expect(200);
    for words in ["Credit on the invoice", "Technician visit", "Callback by a supervisor"] {
        assert!(says(&page, "main", words), "{words}");
    }
    let billing = app.department("Billing").await.to_string();
    let fields =
        [("name", "Goodwill credit"), ("hours", "24"), ("needs", &*billing), ("by_bill", "on"), ("version", "0")];
    manager.post_form("/promise_types", &fields[1..]).await.expect(422);
    manager.post_form("/promise_types", &fields).await.expect(303);
    let taken = manager.post_form("/promise_types", &[("name", "Goodwill Credit"), ("hours", "2"), ("version", "0")]);
    assert!(says(&taken.await.expect(409), "#name-e", "has this name already"));
    let path = format!("/promise_types/{}", promise_type(&app, "Goodwill credit").await);
    let page = manager.get(&path).await.expect(200);
    assert_eq!(page.attributes("input[name=needs][checked]", "value"), std::slice::from_ref(&billing));
    let mut later = fields;
    (later[1].1, later[4].1) = ("16", "1");
    manager.post_form(&path, &later).await.expect(303);
    let stale = manager.post_form(&path, &later).await.expect(409);
    assert!(says(&stale, "[role=alert]", "Somebody else changed this type meanwhile."));
    // one that is no longer made is not offered, and stays where it was promised
    let retired = [("name", "Goodwill credit"), ("hours", "16"), ("retired", "on"), ("version", "2")];
    manager.post_form(&path, &retired).await.expect(303);
    let case = app.given_case(app.given_customer("Harbor Glass").await).await;
    let page = manager.get(&format!("/cases/{case}")).await.expect(200);
    let offered = page.texts("#pm-kind option");
    assert!(offered.contains(&"Other".to_owned()) && !offered.contains(&"Goodwill credit".to_owned()), "{offered:?}");
    let agent = app.sign_in_as(Person { name: "Dana", roles: &[Role::Agent], ..Person::default() }).await;
    assert!(!agent.get(&path).await.expect(200).has("form.stack button.primary"));
    agent.post_form(&path, &later).await.expect(403);
}

#[tokio::test]
async fn r10_nothing_is_promised_for_sooner_than_the_department_can() {
    let visit = Visit::new().await;
    let request = visit.ask().await.unwrap();
    let now = visit.app.clock.now();
    let in_days = |days| Some((now + TimeDelta::days(days)).date_naive());
    visit.answer(request, NewAnswer { possible_on: in_days(5), ..yes(now) }).await;
    let why = refused(visit.make().await);
    assert!(why.starts_with("Technical support can do it on Mon 9 Mar at the soonest."), "{why}");
    // nor around the application
    let mut around = visit.app.as_application().await;
    let sql = format!(
        "insert into promises (id, case_id, customer_id, what, due_at, because, owner_id, cost_minor, currency, made_at, type_id)
         select 'aaaaaaaa-0000-7000-8000-000000000001', id, customer_id, 'Tomorrow at nine', '{}', 'x', '{}', 0, 'USD', '{}', '{}'
         from cases where id = '{}';
         insert into promise_grounds (promise_id, request_id)
         values ('aaaaaaaa-0000-7000-8000-000000000001', '{request}')",
        (now + TimeDelta::hours(30)).to_rfc3339(),
        visit.agent.id.unwrap(),
        now.to_rfc3339(),
        visit.kind,
        visit.case,
    );
    assert_refused(&mut around, &audited(&sql), "42501", "promise_grounds_no_sooner").await;
    let mut tx = visit.app.begin_as(&visit.agent).await;
    let due = Due { at: now + TimeDelta::days(5), because: "So agreed".to_owned() };
    let new = NewPromise { due, ..visit.visit(&tx) };
    promises::make(&mut tx, &visit.agent, visit.case, new).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_yes_that_runs_out_before_it_was_promised_is_asked_for_again() {
    let visit = Visit::new().await;
    let request = visit.ask().await.unwrap();
    visit.answer(request, yes(visit.app.clock.now())).await;
    visit.app.clock.advance(TimeDelta::days(4));
    for _ in 0..2 {
        visit.app.sweep().await;
    }
    let all = requests::of_case(&mut visit.app.db.read().await.unwrap(), visit.case).await.unwrap();
    let open: Vec<_> = all.iter().filter(|one| one.stage == Stage::Open).collect();
    assert_eq!((open.len(), open[0].promise_type), (1, Some(visit.kind)), "once per answer");
    let again = open[0].id;
    visit.answer(again, yes(visit.app.clock.now())).await;
    visit.make().await.unwrap();
    // what carries a promise is not asked for any more
    visit.app.clock.advance(TimeDelta::days(4));
    visit.app.sweep().await;
    assert_eq!(requests::of_case(&mut visit.app.db.read().await.unwrap(), visit.case).await.unwrap().len(), 2);
}
