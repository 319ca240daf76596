//! Offers on the case page: what each form does, what it says when it does not, and that nothing typed is lost.

use std::sync::Arc;

use chrono::NaiveDate;
use savedesk::approvals::Decision;
use savedesk::auth::{Actor, Can, DecideApprovals, MakeOffers, Role};
use savedesk::economics::{self, NewCost, Served};
use savedesk::ids::{CaseId, OfferId, SubscriptionId};
use savedesk::money::{Currency, Money};
use savedesk::offers::{self, Stage};

use crate::support::{Client, Page, TestApp, percent};

/// Somebody at a browser, and the proof that they make offers.
async fn at_work(app: &TestApp, role: Role) -> (Client, Can<MakeOffers>) {
    let client = app.sign_in(role).await;
    let actor = Actor { id: client.user, roles: vec![role], ..Actor::desk() };
    (client, Arc::new(actor).can().unwrap())
}

fn discount<'a>(value: &'a str, then: &'a str) -> [(&'a str, &'a str); 4] {
    [("type", "percent_discount"), ("value", value), ("months", "12"), ("then", then)]
}

async fn stages(app: &TestApp, case: CaseId) -> Vec<Stage> {
    let offers = offers::of_case(&mut app.db.read().await.unwrap(), case).await.unwrap();
    offers.iter().map(|offer| offer.stage).collect()
}

async fn newest(app: &TestApp, case: CaseId) -> offers::Offer {
    offers::of_case(&mut app.db.read().await.unwrap(), case).await.unwrap().remove(0)
}

async fn given(app: &TestApp) -> (CaseId, SubscriptionId) {
    app.given_case_to_save("Harborview Dental").await
}

fn says(page: &Page, words: &str) -> bool {
    page.texts("body").iter().any(|text| text.contains(words))
}

#[tokio::test]
async fn the_builder_says_how_far_one_may_go_alone() {
    let app = TestApp::start().await;
    let (case, _) = given(&app).await;
    let (agent, _) = at_work(&app, Role::Agent).await;
    let look = |value: &str| format!("/cases/{case}/offer?type=percent_discount&months=12&value={value}");
    let page = agent.get_fragment(&look("10"), "offer").await.expect(200);
    assert!(page.text("#o-note").contains("You may offer up to 15%. 10% is yours to give."), "{}", page.body);
    assert!(page.has("button[value=present]") && !page.has("button[value=ask]"));
    assert!(!page.has("main"), "a part of the page, not all of it");
    let page = agent.get_fragment(&look("20"), "offer").await.expect(200);
    assert!(page.text("#o-note").contains("20% needs supervisor approval."), "{}", page.body);
    assert!(page.text("#o-note").contains("20% is 5 points over the 15% that an agent may give."));
    assert!(page.has("button[value=ask]") && !page.has("button[value=present]"));
    assert_eq!(page.attributes("button[name=lower]", "value"), ["value:15"]);
    assert_eq!(page.texts(".nums dd").first().map(String::as_str), Some("$1,848−$462"));
    let page = agent.get_fragment(&look("45"), "offer").await.expect(200);
    assert!(page.text("#o-note").contains("Nobody may give 45%. The most is 35%."), "{}", page.body);
    assert!(!page.has("button[value=ask]") && !page.has("button[value=present]"));
    let (rep, _) = at_work(&app, Role::Rep).await;
    let page = rep.get_fragment(&look("10"), "offer").await.expect(200);
    assert!(page.text("#o-note").contains("10% needs"), "{}", page.text("#o-note"));
    // without script the same terms come as a page
    let page = agent.get(&look("20")).await.expect(200);
    assert!(page.has("main") && page.attributes("#o-value", "value") == ["20"]);
    // what is not open says why
    assert!(page.texts(".fold dt").iter().any(|name| name == "Swap product or setting"), "{}", page.body);
    assert!(says(&page, "It is not made in a case of the kind “Cancellation”."));
}

#[tokio::test]
async fn when_an_offer_pays_is_said_as_far_as_it_is_known() {
    let app = TestApp::start().await;
    let (case, subscription) = given(&app).await;
    let (agent, _) = at_work(&app, Role::Agent).await;
    let look = format!("/cases/{case}/offer?type=percent_discount&months=12&value=20");
    let page = agent.get_fragment(&look, "offer").await.expect(200);
    assert!(!says(&page, "Pays from"), "nothing is guessed");
    let mut tx = app.begin().await;
    let cost = NewCost {
        what: "Licences and trunks".to_owned(),
        amount: Money::new(113_100, Currency::USD),
        source: "Cost sheet".to_owned(),
        as_of: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
    };
    economics::add_cost(&mut tx, &Can::desk(), Served::Subscription(subscription), cost).await.unwrap();
    sqlx::query("update subscriptions set contract_ends_on = '2028-03-04', version = version + 1 where id = $1")
        .bind(subscription)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // $5,544 are earned back by 19.59 % of 24 months at $1,179
    let page = agent.get_fragment(&look, "offer").await.expect(200);
    assert!(page.texts(".nums dd").contains(&"+19.59%chance to stay".to_owned()), "{}", page.body);
    assert!(!page.texts(".nums dt").contains(&"ROI".to_owned()), "no case says what it brought");
    sqlx::query("insert into offer_results values ('percent_discount', 40, 30, 50, 20)")
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    // 75 % of 40 stayed with one, 40 % of 50 without
    let page = agent.get_fragment(&look, "offer").await.expect(200);
    let roi = page.texts(".nums dd").pop().unwrap();
    assert!(roi.starts_with("79%") && roi.ends_with(", 40 cases"), "{roi}");
}

#[tokio::test]
async fn an_offer_within_the_limit_is_made_and_presented_in_one_go_once() {
    let app = TestApp::start().await;
    let (case, _) = given(&app).await;
    let (agent, _) = at_work(&app, Role::Agent).await;
    let mut fields = discount("12", "present").to_vec();
    let key = uuid::Uuid::new_v4().to_string();
    fields.push(("key", &key));
    let path = format!("/cases/{case}/offers");
    let page = agent.post_form(&path, &fields).await.expect(303);
    assert_eq!(page.location(), format!("/cases/{case}"));
    agent.post_form(&path, &fields).await.expect(303);
    assert_eq!(stages(&app, case).await, [Stage::Presented]);
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text("#case-offers").contains("12% for 12 months"), "{}", page.body);
    assert!(says(&page, "presented 12% for 12 months by phone"), "the log tells it");
    assert!(page.texts(".seg a").contains(&"Offers 2".to_owned()), "{:?}", page.texts(".seg a"));
    let page = agent.get(&format!("/cases/{case}?show=offers")).await.expect(200);
    assert_eq!(page.texts("#tl > li:not(.day)").len(), 2);
    // the queue shows whose turn it is
    assert_eq!(app.case_column(case, "waiting_on").await.as_deref(), Some("customer"));
    let peek = agent.get_fragment(&format!("/queue/peek/{case}"), "peek").await.expect(200);
    assert!(says(&peek, "12% for 12 months, presented"));
}

#[tokio::test]
async fn what_does_not_do_is_said_beside_its_field_and_stays() {
    let app = TestApp::start().await;
    let (case, subscription) = given(&app).await;
    let (agent, can) = at_work(&app, Role::Agent).await;
    let path = format!("/cases/{case}/offers");
    let page = agent.post_form(&path, &discount("a lot", "present")).await.expect(422);
    assert_eq!(page.attributes("#o-value", "value"), ["a lot"]);
    assert!(page.has("#o-value[aria-invalid]") && page.has(".note.sum"));
    let page = agent.post_form(&path, &discount("20", "ask")).await.expect(422);
    assert!(page.has("#o-words[aria-invalid]"), "{}", page.body);
    // beyond the limit nothing is presented, and nothing is left behind
    let page = agent.post_form(&path, &discount("20", "present")).await.expect(409);
    assert!(page.text(".note.sum").contains("Ask a supervisor for approval."), "{}", page.body);
    let page = agent.post_form(&path, &discount("60", "present")).await.expect(409);
    assert!(page.text(".note.sum").contains("Nobody may give that."), "{}", page.body);
    assert_eq!(page.attributes("#o-value", "value"), ["60"]);
    assert_eq!(stages(&app, case).await, []);
    // a type that is not open
    let swap = [("type", "setting_swap"), ("value", "10"), ("what", "Gold for silver"), ("then", "draft")];
    let page = agent.post_form(&path, &swap).await.expect(409);
    assert!(page.text(".note.sum").contains("is not open here"), "{}", page.body);
    // two for the same thing
    let on = (case, subscription);
    let first = app.given_offer(&can, on, percent(10, 12)).await.unwrap();
    app.present(&can, first.id, 1).await.unwrap();
    let waiver = [("type", "fee_waiver"), ("value", "25"), ("what", "Late fee of May"), ("then", "present")];
    let page = agent.post_form(&path, &waiver).await.expect(409);
    assert!(page.text(".note.sum").contains("Settle that one first."), "{}", page.body);
    assert_eq!(page.attributes("#o-what", "value"), ["Late fee of May"]);
    // R10: nor one that a department has a say in, before it is asked
    let right_size = [("type", "right_size"), ("value", "2,000"), ("what", "38 seats"), ("then", "present")];
    let page = agent.post_form(&path, &right_size).await.expect(409);
    assert!(page.text(".note.sum").contains("Billing has not been asked."), "{}", page.body);
    agent.post_form(&path, &[("type", "right_size"), ("value", "2,000"), ("what", "38 seats")]).await.expect(303);
    assert_eq!(stages(&app, case).await, [Stage::Draft, Stage::Presented]);
}

#[tokio::test]
async fn beyond_the_limit_it_is_asked_answered_and_presented_as_approved() {
    let app = TestApp::start().await;
    let (case, _) = given(&app).await;
    let (agent, _) = at_work(&app, Role::Agent).await;
    let dana = app.can::<DecideApprovals>(Role::Supervisor).await;
    let mut fields = discount("20", "ask").to_vec();
    fields.push(("words", "Written quote of a rival."));
    agent.post_form(&format!("/cases/{case}/offers"), &fields).await.expect(303);
    let offer = newest(&app, case).await;
    assert_eq!(offer.stage, Stage::AwaitingApproval);
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text("#case-offers").contains("Waiting for a supervisor, asked"), "{}", page.text("#case-offers"));
    assert!(says(&page, "is under way for the same thing"));
    let request = {
        let mut connection = app.db.read().await.unwrap();
        savedesk::approvals::of_case(&mut connection, case).await.unwrap().remove(0)
    };
    let mut tx = app.begin_as(&dana).await;
    savedesk::approvals::ask_question(&mut tx, &dana, request.id, "Which rival?").await.unwrap();
    tx.commit().await.unwrap();
    let answer = format!("/approvals/{}/answer", request.id);
    let page = agent.post_form(&answer, &[("words", " ")]).await.expect(422);
    assert!(page.text("#case-offers").contains("Which rival?") && page.has("textarea[aria-invalid]"));
    agent.post_form(&answer, &[("words", "Voxly")]).await.expect(303);
    app.decide(&dana, request.id, 1, Decision::Counter(percent(18, 12))).await.unwrap();
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text("#case-offers").contains("18% for 12 months"), "{}", page.text("#case-offers"));
    assert!(page.text("#case-offers").contains("Worth it."), "the approver's reason is there");
    // the terms that were on screen before are not what is presented
    let present = format!("/offers/{}/presentation", offer.id);
    let page = agent.post_form(&present, &[("means", "phone"), ("seen", "1")]).await.expect(409);
    assert!(says(&page, "The terms were changed meanwhile."));
    let page = agent.post_form(&present, &[("means", "written"), ("seen", "2")]).await.expect(303);
    assert_eq!(page.location(), format!("/offers/{}/confirmation", offer.id));
    let page = agent.follow(&page).await.expect(200);
    assert!(says(&page, "You pay $1,894.20 a month instead of $2,310.00 until"), "{}", page.body);
    assert!(says(&page, "Harborview Dental") && says(&page, "This offer stands until"));
    let page = agent.get(&format!("/offers/{}", offer.id)).await.expect(200);
    assert_eq!(
        (page.texts("del").first(), page.texts("ins").first()),
        (Some(&"20%".to_owned()), Some(&"18%".to_owned()))
    );
}

#[tokio::test]
async fn terms_are_changed_while_approval_is_asked_and_a_stale_form_is_told() {
    let app = TestApp::start().await;
    let on = given(&app).await;
    let (agent, can) = at_work(&app, Role::Agent).await;
    let offer = app.given_offer(&can, on, percent(20, 12)).await.unwrap();
    app.ask(&can, offer.id, 1).await.unwrap();
    let page = agent.get(&format!("/cases/{}/offer?offer={}", on.0, offer.id)).await.expect(200);
    assert_eq!((page.attributes("#o-value", "value"), page.field("seen")), (vec!["20".to_owned()], "1".to_owned()));
    let revise = format!("/offers/{}/revisions", offer.id);
    let lower = [("value", "14"), ("months", "12"), ("seen", "1"), ("then", "present")];
    agent.post_form(&revise, &lower).await.expect(303);
    let now = newest(&app, on.0).await;
    assert_eq!((now.stage, now.revision.number), (Stage::Presented, 2));
    let page = agent.post_form(&revise, &[("value", "13"), ("months", "12"), ("seen", "1")]).await.expect(409);
    assert!(page.text(".note.sum").contains("The terms were changed meanwhile."), "{}", page.body);
    assert_eq!(page.attributes("#o-value", "value"), ["13"]);
    assert!(says(&page, "Now: 14% for 12 months."), "the new figures are shown");
}

#[tokio::test]
async fn an_answer_is_noted_and_what_is_owed_is_kept() {
    let app = TestApp::start().await;
    let on = given(&app).await;
    let (agent, can) = at_work(&app, Role::Agent).await;
    let offer = app.given_offer(&can, on, percent(12, 12)).await.unwrap();
    let act = |what: &str| format!("/offers/{}/{what}", offer.id);
    let page = agent.post_form(&act("acceptance"), &[("seen", "1")]).await.expect(409);
    assert!(says(&page, "This offer has not been presented yet."));
    app.present(&can, offer.id, 1).await.unwrap();
    agent.post_form(&act("acceptance"), &[("seen", "1")]).await.expect(303);
    let page = agent.get(&format!("/cases/{}", on.0)).await.expect(200);
    let promises = page.text("#case-promises");
    assert!(promises.contains("Enter the discount: 12% for 12 months"), "{promises}");
    let promise = savedesk::promises::of_case(&mut app.db.read().await.unwrap(), on.0).await.unwrap().remove(0);
    let keep = format!("/promises/{}/completion", promise.id);
    let page = agent.post_form(&keep, &[("why", "")]).await.expect(422);
    assert!(says(&page, "Say how you know that it was done"));
    agent.post_form(&keep, &[("why", "On invoice 4711")]).await.expect(303);
    assert_eq!(stages(&app, on.0).await, [Stage::Fulfilled]);
    let again = agent.post_form(&format!("/promises/{}/waiver", promise.id), &[("why", "No")]).await.expect(409);
    assert!(says(&again, "This promise is kept already."));
    // closing proposes a year at the new price
    let kept = agent.get(&format!("/cases/{}/close/kept?outcome=saved_with_offer", on.0)).await.expect(200);
    assert_eq!(kept.field("kept"), "24393.60");
    let customer = newest(&app, on.0).await.customer;
    let page = agent.get(&format!("/customers/{customer}")).await.expect(200);
    assert!(
        page.text("#offers").contains("12% for 12 months") && page.text("#promises").contains("Enter the discount")
    );
}

#[tokio::test]
async fn a_refusal_needs_its_objection_and_a_withdrawal_its_reason() {
    let app = TestApp::start().await;
    let on = given(&app).await;
    let (agent, can) = at_work(&app, Role::Agent).await;
    let offer = app.given_offer(&can, on, percent(12, 12)).await.unwrap();
    app.present(&can, offer.id, 1).await.unwrap();
    let refuse = format!("/offers/{}/refusal", offer.id);
    let page = agent.post_form(&refuse, &[("seen", "1"), ("why", "Too little")]).await.expect(422);
    assert!(says(&page, "Choose what stands between the customer and this offer."));
    assert!(page.attributes("#case-offers input[name=why]", "value").contains(&"Too little".to_owned()));
    let objection = page.attributes("#case-offers select[name=objection] option", "value").remove(1);
    let fields = [("seen", "1"), ("why", "Too little"), ("objection", objection.as_str())];
    agent.post_form(&refuse, &fields).await.expect(303);
    assert_eq!(newest(&app, on.0).await.ended_because.as_deref(), Some("Too little"));
    let other = app.given_offer(&can, on, percent(14, 12)).await.unwrap();
    let withdraw = format!("/offers/{}/withdrawal", other.id);
    agent.post_form(&withdraw, &[("why", "")]).await.expect(422);
    agent.post_form(&withdraw, &[("why", "A mistake")]).await.expect(303);
    assert_eq!(stages(&app, on.0).await, [Stage::Withdrawn, Stage::Declined]);
}

#[tokio::test]
async fn a_save_attempt_settles_the_offer_that_was_made_with_it() {
    let app = TestApp::start().await;
    let on = given(&app).await;
    let (agent, can) = at_work(&app, Role::Agent).await;
    let offer = app.given_offer(&can, on, percent(12, 12)).await.unwrap();
    let page = agent.get(&format!("/cases/{}", on.0)).await.expect(200);
    let objection = page.attributes("#a-objection option", "value").remove(1);
    let offered = page.attributes("#a-offer option", "value").remove(1);
    assert_eq!(offered, format!("{}:1", offer.id));
    let attempt = |response: &'static str| {
        vec![
            ("response", response),
            ("by", "phone:outbound"),
            ("objection", objection.as_str()),
            ("body", "She takes it."),
            ("offer", offered.as_str()),
        ]
    };
    let path = format!("/cases/{}/attempts", on.0);
    let page = agent.post_form(&path, &attempt("no_contact")).await.expect(422);
    assert!(page.has("#a-offer[aria-invalid]"), "{}", page.body);
    agent.post_form(&path, &attempt("saved")).await.expect(303);
    assert_eq!(stages(&app, on.0).await, [Stage::Accepted]);
    assert_eq!(app.case_column(on.0, "waiting_on").await.as_deref(), Some("fulfilment"));
    let page = agent.get(&format!("/cases/{}?show=attempts", on.0)).await.expect(200);
    assert!(page.text("#tl").contains("Offered12% for 12 months"), "{}", page.text("#tl"));
    let page = agent.post_form(&path, &attempt("declined")).await.expect(409);
    assert!(says(&page, "This offer is accepted already."));
}

#[tokio::test]
async fn a_request_taken_back_by_itself_is_told_and_one_that_goes_with_its_offer_is_not() {
    let app = TestApp::start().await;
    let on = given(&app).await;
    let (agent, can) = at_work(&app, Role::Agent).await;
    let offer = app.given_offer(&can, on, percent(20, 12)).await.unwrap();
    let first = app.ask(&can, offer.id, 1).await.unwrap();
    agent.post_form(&format!("/approvals/{}/withdrawal", first.id), &[]).await.expect(303);
    assert_eq!(stages(&app, on.0).await, [Stage::Draft]);
    let told = "took back the request for approval of 20% for 12 months";
    let log = async || agent.get(&format!("/cases/{}?show=offers", on.0)).await.expect(200).text("#tl");
    assert_eq!(log().await.matches(told).count(), 1);
    app.ask(&can, offer.id, 1).await.unwrap();
    agent.post_form(&format!("/offers/{}/withdrawal", offer.id), &[("why", "Not needed")]).await.expect(303);
    let log = log().await;
    assert_eq!(log.matches(told).count(), 1, "{log}");
    assert!(log.contains("took back 20% for 12 months"), "{log}");
}

#[tokio::test]
async fn closing_a_case_takes_back_what_is_open() {
    let app = TestApp::start().await;
    let on = given(&app).await;
    let (agent, can) = at_work(&app, Role::Agent).await;
    let offer = app.given_offer(&can, on, percent(20, 12)).await.unwrap();
    app.given_offer(&can, on, percent(5, 12)).await.unwrap();
    app.ask(&can, offer.id, 1).await.unwrap();
    let page = agent.get(&format!("/cases/{}/close", on.0)).await.expect(200);
    assert!(says(&page, "The offer of 5% for 12 months, not presented yet, is taken back."), "{}", page.body);
    let fields = [("outcome", "lost"), ("kept", "0"), ("note", "They left.")];
    app.given_confirmed(on.0).await;
    agent.post_form(&format!("/cases/{}/close", on.0), &fields).await.expect(303);
    assert_eq!(stages(&app, on.0).await, [Stage::Withdrawn; 2]);
    let page = agent.post_form(&format!("/cases/{}/offers", on.0), &discount("5", "draft")).await.expect(409);
    assert!(says(&page, "closed"));
}

#[tokio::test]
async fn time_alone_expires_offers_and_moves_requests_up() {
    let app = TestApp::start().await;
    let (one, two) = (given(&app).await, app.given_case_to_save("Ada").await);
    let (_, can) = at_work(&app, Role::Agent).await;
    let shown: OfferId = app.given_offer(&can, one, percent(5, 12)).await.unwrap().id;
    app.present(&can, shown, 1).await.unwrap();
    let asked = app.given_offer(&can, two, percent(20, 12)).await.unwrap();
    let request = app.ask(&can, asked.id, 1).await.unwrap();
    assert_eq!(app.sweep().await.done, 0);
    app.clock.advance(chrono::TimeDelta::days(14));
    assert_eq!(app.sweep().await.done, 2);
    assert_eq!(stages(&app, one.0).await, [Stage::Expired]);
    let moved = savedesk::approvals::find(&mut app.db.read().await.unwrap(), request.id).await.unwrap();
    assert_eq!(moved.level, Role::Manager);
    assert_eq!(app.sweep().await.done, 0);
}
