//! The page on which an answer is written: nothing is lost on it, neither a colleague's words nor one's own; whoever is
//! waited for hears of it; and what was closed by mistake is answered after all.

use chrono::NaiveTime;
use savedesk::auth::{CloseCases, EditPolicy, Role};
use savedesk::cases::{self, Closing, Outcome};
use savedesk::complaints::{self, How, Letter, NewAllegation, NewTemplate, Stage, Template};
use savedesk::error::Result;
use savedesk::ids::{ComplaintId, UserId};
use savedesk::money::{Currency, Money};

use crate::complaints::refused;
use crate::support::{Answering, Person, filled, said};

/// A complaint with one allegation that is answered.
async fn answered(desk: &Answering) -> ComplaintId {
    let id = desk.fcc("1").await.complaint;
    desk.answer(id).await;
    id
}

#[tokio::test]
async fn enter_in_a_form_saves_it_and_what_is_taken_away_was_seen() {
    let desk = Answering::new().await;
    let id = answered(&desk).await;
    let client = desk.client().await;
    let page = client.get(&format!("/complaints/{id}")).await.expect(200);
    assert!(!page.has("#allegation-1 [formaction]"), "the first button of a form is what Enter presses");
    assert!(page.texts("#allegation-1 form[action$='/allegations'] button").join("").contains("Save answer 1"));
    let removal = page.form("form[action$='/allegations/removal']");
    // a colleague writes on it meanwhile
    let seen = desk.find(id).await.allegations[0].clone();
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let newer = NewAllegation { answer: "Both were taken back.".to_owned(), ..said() };
    complaints::write_allegation(&mut tx, &desk.agent, id, seen.id, &said(), &newer).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/complaints/{id}/allegations/removal");
    let page = client.post_form(&path, &filled(&removal, &[])).await.expect(409);
    assert!(page.text("#allegation-1 .note.sum").contains("Somebody changed this complaint meanwhile."));
    assert_eq!(desk.find(id).await.allegations.len(), 1);
    let removal = page.form("form[action$='/allegations/removal']");
    client.post_form(&path, &filled(&removal, &[])).await.expect(303);
    assert!(desk.find(id).await.allegations.is_empty());
    // and then there is nothing left to take away: it says so, and so it does of words that have no place any more
    let of = seen.id.to_string();
    let page = client.post_form(&path, &[("of", of.as_str()), ("version", "2")]).await.expect(409);
    assert!(page.text("main > .stack .note.sum").contains("This is off the list already."));
    let typed = [("of", of.as_str()), ("words", "Billed twice"), ("answer", "It was taken back in March.")];
    let page = client.post_form(&format!("/complaints/{id}/allegations"), &typed).await.expect(409);
    assert!(page.text("main > .stack").contains("It was taken back in March."), "nothing typed is lost");
}

#[tokio::test]
async fn r6_a_form_that_did_not_pass_still_knows_what_its_author_had_seen() {
    let desk = Answering::new().await;
    let id = answered(&desk).await;
    let client = desk.client().await;
    let page = client.get(&format!("/complaints/{id}")).await.expect(200);
    let (allegation, letter) =
        (page.form("#allegation-1 form[action$='/allegations']"), page.form("form[action$='/text']"));
    // a colleague writes in the same fields
    let seen = desk.find(id).await.allegations[0].clone();
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let theirs = NewAllegation { answer: "Theirs.".to_owned(), ..said() };
    complaints::write_allegation(&mut tx, &desk.agent, id, seen.id, &said(), &theirs).await.unwrap();
    let words = Letter { opening: "Theirs.".to_owned(), ..Letter::default() };
    complaints::write_letter(&mut tx, &desk.agent, id, &Letter::default(), &words).await.unwrap();
    tx.commit().await.unwrap();
    // a mistake, and the same form sent again as it came back
    let path = format!("/complaints/{id}/allegations");
    let wrong = filled(&allegation, &[("words", ""), ("answer", "Mine.")]);
    let page = client.post_form(&path, &wrong).await.expect(422);
    let again = page.form("#allegation-1 form[action$='/allegations']");
    let page = client.post_form(&path, &filled(&again, &[("words", "Billed twice in February")])).await.expect(409);
    assert!(page.text("table").contains("Theirs.") && page.text("table").contains("Mine."));
    let path = format!("/complaints/{id}/text");
    let long = "a".repeat(4_001);
    let page = client.post_form(&path, &filled(&letter, &[("opening", "Mine."), ("closing", &long)])).await.expect(422);
    let again = page.form("form[action$='/text']");
    let page = client.post_form(&path, &filled(&again, &[("closing", "")])).await.expect(409);
    assert!(page.text("table").contains("Theirs.") && page.text("table").contains("Mine."));
    let now = desk.find(id).await;
    assert_eq!((now.allegations[0].answer.as_str(), now.current().unwrap().opening.as_str()), ("Theirs.", "Theirs."));
}

#[tokio::test]
async fn what_was_closed_by_mistake_is_answered_after_all_and_due_as_before() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    let id = taken_in.complaint;
    desk.answer(id).await;
    desk.ask_review(id).await.unwrap();
    desk.sign(id, 1).await.unwrap();
    let due = desk.due(id).await.unwrap();
    desk.close(id, How::Withdrawn).await;
    assert_eq!(desk.due(id).await, None);
    let client = desk.client().await;
    let path = format!("/complaints/{id}/reopening");
    let page = client.post_form(&path, &[("why", " ")]).await.expect(422);
    assert!(page.has("#ro-why-e"));
    let page = client.post_form(&path, &[("why", "It was another complaint they withdrew.")]).await.expect(303);
    let page = client.follow(&page).await;
    assert!(page.text("#sign-off").contains("Have it reviewed"));
    let now = desk.find(id).await;
    assert_eq!((now.stage, now.round, now.revision, now.ended.clone()), (Stage::Answering, 1, 2, None));
    assert_eq!(desk.due(id).await.unwrap(), due);
    let log = client.get(&format!("/cases/{}", taken_in.case)).await.expect(200);
    assert!(log.text("#case-log").contains("brought FCC 1 back, which is answered after all"));
    assert!(log.text("#case-log").contains("It was another complaint they withdrew."));
    // what was signed off before counts no more, and it can be signed off again
    assert!(refused(desk.send(id).await).starts_with("Nobody has signed this answer off"));
    assert_eq!(desk.ask_review(id).await.unwrap().revision, 2);
    desk.sign(id, 2).await.unwrap();
    desk.send(id).await.unwrap();
}

#[tokio::test]
async fn a_closed_case_is_reopened_before_its_complaint_is() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("1").await;
    desk.close(taken_in.complaint, How::NotOurs).await;
    let closes = desk.agent.and::<CloseCases>().unwrap();
    let closing = Closing {
        outcome: Outcome::NeverAtRisk,
        reason: Some("billing".to_owned()),
        note: "It is about another company.".to_owned(),
        kept: Money::zero(Currency::USD),
        duplicate_of: None,
    };
    let mut tx = desk.app.begin_as(&desk.agent).await;
    cases::close(&mut tx, &closes, taken_in.case, closing).await.unwrap();
    tx.commit().await.unwrap();
    let bring_back = async || -> Result<()> {
        let mut tx = desk.app.begin_as(&desk.agent).await;
        complaints::bring_back(&mut tx, &desk.agent, taken_in.complaint, "It is ours after all.").await?;
        tx.commit().await
    };
    assert_eq!(refused(bring_back().await), "This case is closed. Reopen it first.");
    let mut tx = desk.app.begin_as(&desk.agent).await;
    cases::reopen(&mut tx, &closes, taken_in.case, "It is ours.").await.unwrap();
    tx.commit().await.unwrap();
    bring_back().await.unwrap();
    assert!(desk.due(taken_in.complaint).await.is_some());
}

#[tokio::test]
async fn whoever_complained_at_the_fcc_may_answer_our_answer() {
    let desk = Answering::new().await;
    let id = desk.fcc("1").await.complaint;
    desk.answered(id).await;
    let mut tx = desk.app.begin_as(&desk.agent).await;
    complaints::rebut(&mut tx, &desk.agent, id, desk.days_ago(0), "That is no answer.").await.unwrap();
    tx.commit().await.unwrap();
    let (due, because) = desk.due(id).await.unwrap();
    assert_eq!(due.to_rfc3339(), "2026-04-03T21:00:00+00:00");
    assert_eq!(because, "30 days after their rebuttal was received on Wed 4 Mar");
}

/// What somebody was told of a complaint.
async fn told(desk: &Answering, user: UserId) -> Vec<String> {
    sqlx::query_scalar("select about from notices where to_id = $1 and key like 'complaint:%' order by at, id")
        .bind(user)
        .fetch_all(&mut desk.app.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn whoever_may_sign_off_and_whoever_wrote_hear_of_it() {
    let desk = Answering::new().await;
    let helen = Person { name: "Helen Strand", roles: &[Role::Manager], ..Person::default() };
    let helen = desk.app.given_person(helen).await.id.unwrap();
    let rep = Person { name: "Rae Moss", roles: &[Role::Rep], ..Person::default() };
    let rep = desk.app.given_person(rep).await.id.unwrap();
    let (agent, dana) = (desk.agent.id.unwrap(), desk.supervisor());
    let id = answered(&desk).await;
    // nobody owns the case: those who wrote are told all the same
    let mut tx = desk.app.begin_as(&desk.agent).await;
    let case = desk.find(id).await.case;
    cases::assign(&mut tx, &desk.agent.and().unwrap(), case, None).await.unwrap();
    complaints::ask_review(&mut tx, &desk.agent, id, None).await.unwrap();
    tx.commit().await.unwrap();
    for eyes in [dana, helen] {
        assert_eq!(told(&desk, eyes).await, ["Sign off the answer to FCC 1, whoever of you comes to it first"]);
    }
    assert!(told(&desk, rep).await.is_empty() && told(&desk, agent).await.is_empty());
    let mut tx = desk.app.begin_as(&desk.signs).await;
    complaints::return_to_authors(&mut tx, &desk.signs, id, "Say when it was taken back.").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(told(&desk, agent).await, ["The answer to FCC 1 came back from its review"]);
}

#[tokio::test]
async fn a_day_nobody_can_have_done_anything_on_is_said_beside_its_field() {
    let desk = Answering::new().await;
    let id = desk.fcc("1").await.complaint;
    let client = desk.client().await;
    for day in ["-9999-01-01", "+262142-12-31", "0026-05-03", "soon"] {
        let typed = [("what", "Refunded $48"), ("done_on", day)];
        let page = client.post_form(&format!("/complaints/{id}/actions"), &typed).await.expect(422);
        assert!(page.has("#act-done_on-e"), "{day}");
    }
}

#[tokio::test]
async fn a_time_that_the_clocks_leap_over_is_due_when_they_do() {
    let desk = Answering::new().await;
    let edits = desk.app.can::<EditPolicy>(Role::Manager).await;
    let terms = desk.terms("fcc").await;
    let seen = terms.number;
    let template = Template { due_time: NaiveTime::from_hms_opt(2, 30, 0).unwrap(), ..terms };
    let mut tx = desk.app.begin_as(&edits).await;
    complaints::publish(&mut tx, &edits, NewTemplate { template, seen }).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let customer = desk.app.given_customer("Bo Lindqvist").await;
    // thirty days later the clocks of New York go forward
    let taken_in = desk.take_in(customer, ("fcc", "2"), 26).await.unwrap();
    assert_eq!(desk.due(taken_in.complaint).await.unwrap().0.to_rfc3339(), "2026-03-08T07:00:00+00:00");
}
