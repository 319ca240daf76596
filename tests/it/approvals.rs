//! The inbox of those who decide approvals, as they use it.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use savedesk::approvals::{self, Approval};
use savedesk::auth::{Actor, Can, MakeOffers, Role};
use savedesk::economics::{self, NewCost, Served};
use savedesk::ids::CaseId;
use savedesk::money::{Currency, Money};
use savedesk::offers::{self, Stage};
use sqlx::Executor as _;

use crate::support::{Client, Page, Person, TestApp, percent};

async fn person(app: &TestApp, name: &str, role: Role) -> Client {
    app.sign_in_as(Person { name, roles: &[role], team: Some("North"), department: None }).await
}

/// A request for so many percent off for a year, of an agent.
async fn asked(app: &TestApp, agent: &Can<MakeOffers>, name: &str, off: i16, months: u16) -> Approval {
    let on = app.given_case_to_save(name).await;
    let offer = app.given_offer(agent, on, percent(off, months)).await.unwrap().id;
    app.ask(agent, offer, 1).await.unwrap()
}

async fn decide(client: &Client, approval: &Approval, fields: &[(&str, &str)]) -> Page {
    let mut all = vec![("seen", "1"), ("because", "worth")];
    all.extend(fields);
    client.post_form(&format!("/approvals/{}/decision", approval.id), &all).await
}

async fn offer_of(app: &TestApp, approval: &Approval) -> offers::Offer {
    offers::find(&mut app.db.read().await.unwrap(), approval.offer).await.unwrap()
}

#[tokio::test]
async fn requests_wait_for_everyone_whose_limit_covers_them_due_first() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let (dana, victor) = (person(&app, "Dana", Role::Supervisor).await, person(&app, "Victor", Role::Supervisor).await);
    let helen = person(&app, "Helen", Role::Manager).await;
    asked(&app, &agent, "First", 20, 12).await;
    app.clock.advance(TimeDelta::minutes(5));
    asked(&app, &agent, "Large", 30, 24).await;
    app.clock.advance(TimeDelta::minutes(5));
    asked(&app, &agent, "Second", 18, 12).await;
    for supervisor in [&dana, &victor] {
        let page = supervisor.get("/approvals").await.expect(200);
        assert_eq!(page.texts(".picks .open b"), ["First", "Second"]);
        assert_eq!(page.text("nav.nav a[href='/approvals'] .ct"), "2 open");
        assert_eq!(page.text("#ap-h"), "20% for 12 months", "the first is open");
    }
    let page = helen.get("/approvals").await.expect(200);
    assert_eq!(page.texts(".picks .open b"), ["First", "Large", "Second"]);
    app.clock.advance(TimeDelta::minutes(25));
    assert_eq!(dana.get("/approvals").await.text("nav.nav a[href='/approvals'] .ct.hot"), "2 overdue");
    app.sign_in(Role::Agent).await.get("/approvals").await.expect(403);
}

#[tokio::test]
async fn why_it_is_asked_is_said_to_the_requester_and_of_them_to_everybody_else() {
    let app = TestApp::start().await;
    let mut owner = app.owner().await;
    for statement in [
        "set session_replication_role = replica",
        "update limit_weeks set week_minor = 100000 where role = 'agent'",
        "set session_replication_role = origin",
    ] {
        owner.execute(statement).await.unwrap();
    }
    let requester = person(&app, "Ana Silva", Role::Agent).await;
    let ana = Arc::new(Actor { id: requester.user, roles: vec![Role::Agent], ..Actor::desk() });
    let colleague = person(&app, "Bo Lind", Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let approval = asked(&app, &ana.can().unwrap(), "Clinic", 10, 12).await;
    let case = format!("/cases/{}", approval.case);
    let (own, other) = ("With it you have given", "With it Ana Silva has given");
    let page = requester.get(&case).await.expect(200);
    assert!(page.body.contains(own) && !page.body.contains(other));
    for (reader, path) in [(&colleague, &case), (&dana, &case), (&dana, &format!("/approvals/{}", approval.id))] {
        let page = reader.get(path).await.expect(200);
        assert!(page.body.contains(other) && !page.body.contains("you have given"), "{path}: {}", page.text("main"));
    }
    // requests from before are kept in words
    for statement in [
        "set session_replication_role = replica",
        "update approvals set exceeded = null, because = 'With it you have given $1.00 in 7 days, $1.00 over.'",
        "set session_replication_role = origin",
    ] {
        owner.execute(statement).await.unwrap();
    }
    assert!(requester.get(&case).await.expect(200).body.contains("With it you have given $1.00"));
    let page = dana.get(&format!("/approvals/{}", approval.id)).await.expect(200);
    assert!(page.body.contains("With it Ana Silva has given $1.00"));
}

#[tokio::test]
async fn the_packet_holds_what_a_decision_takes() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let approval = asked(&app, &agent, "Harborview", 20, 12).await;
    let page = dana.get(&format!("/approvals/{}", approval.id)).await.expect(200);
    assert!(page.text("article .facts").contains("$27,720"), "{}", page.text("article .facts"));
    assert!(page.body.contains("20% is 5 points over the 15% that an agent may give."));
    assert_eq!(page.texts("#econ thead th")[1..], ["Today", "15%, their limit", "20%, asked"]);
    assert_eq!(page.texts("#econ tbody tr:first-of-type td"), ["$2,310.00", "$1,963.50", "$1,848.00"]);
    assert_eq!(page.texts("#econ tbody tr:last-of-type td"), ["None", "$4,158.00", "$5,544.00"]);
    let checks = page.texts("section[aria-labelledby=po-h] li");
    assert_eq!(checks[0], "Within your limit of 25%, 24 months, $15,000");
    assert_eq!((page.field("percent"), page.field("months")), ("15".to_owned(), "12".to_owned()));
    let tried = dana.get_fragment(&format!("/approvals/{}?percent=17&months=12", approval.id), "econ").await;
    assert_eq!(tried.texts("#econ thead th")[4], "17%, your counter");
    assert_eq!(tried.texts("#econ tbody tr:last-of-type td")[3], "$4,712.40");
    let viewed: i64 = sqlx::query_scalar("select count(*) from audit_entries where action = 'approval.viewed'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(viewed, 1, "the page is a look at customer data, its parts are not");
}

#[tokio::test]
async fn the_packet_says_when_each_choice_pays_for_itself_as_far_as_cases_tell() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let on = app.given_case_to_save("Harborview").await;
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap().id;
    let approval = app.ask(&agent, offer, 1).await.unwrap();
    let packet = async || dana.get(&format!("/approvals/{}", approval.id)).await.expect(200);
    let row = |page: &Page, heading: &str| {
        let at = page.texts("#econ tbody th").iter().position(|one| one == heading)?;
        Some(page.texts(&format!("#econ tbody tr:nth-of-type({}) td", at + 1)))
    };
    let page = packet().await;
    assert_eq!(row(&page, "Pays from, chance to stay"), None, "nothing is guessed");
    let mut tx = app.begin().await;
    let cost = NewCost {
        what: "Licences and trunks".to_owned(),
        amount: Money::new(113_100, Currency::USD),
        source: "Cost sheet".to_owned(),
        as_of: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
    };
    economics::add_cost(&mut tx, &Can::desk(), Served::Subscription(on.1), cost).await.unwrap();
    sqlx::query("update subscriptions set contract_ends_on = '2028-03-04', version = version + 1 where id = $1")
        .bind(on.1)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = packet().await;
    // $4,158 and $5,544 against 24 months at $1,179
    let pays = row(&page, "Pays from, chance to stay").unwrap();
    assert_eq!(pays, ["None", "+14.69%", "+19.59%"]);
    assert_eq!((row(&page, "ROI"), row(&page, "Chance to stay")), (None, None), "no case says what it brought");
    for (with, shown) in [(29, false), (40, true)] {
        sqlx::query(
            "insert into offer_results values ('percent_discount', $1, $1 * 3 / 4, 50, 20)
            on conflict (offer_type) do update set with_n = excluded.with_n, with_stayed = excluded.with_stayed",
        )
        .bind(with)
        .execute(&mut app.owner().await)
        .await
        .unwrap();
        assert_eq!(row(&packet().await, "ROI").is_some(), shown, "{with} cases");
    }
    // 75 % of 40 stayed with one, 40 % of 50 without
    let page = packet().await;
    let roi = row(&page, "ROI").unwrap();
    assert!(roi[0] == "None" && roi[2].starts_with("79% −") && roi[2].contains(" to "), "{roi:?}");
    assert_eq!(row(&page, "Chance to stay").unwrap(), ["40% of 50", "75% of 40", "75% of 40"]);
    assert!(page.body.contains("50 without an offer and 40 with one of this type. The difference is 35%"));
}

#[tokio::test]
async fn approving_takes_one_choice_and_the_next_one_follows() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let first = asked(&app, &agent, "First", 20, 12).await;
    app.clock.advance(TimeDelta::minutes(1));
    asked(&app, &agent, "Second", 18, 12).await;
    let page = dana.get("/approvals").await.expect(200);
    assert_eq!(page.attributes("form.dock [data-key]", "data-key"), ["a", "o", "d"]);
    // the form as it opens is complete
    let because = page.attributes("form.dock [name=because][checked]", "value").remove(0);
    let decision = page.attributes("form.dock [name=decision][checked]", "value").remove(0);
    assert_eq!((because.as_str(), decision.as_str()), ("worth", "approve"));
    let done = decide(&dana, &first, &[("decision", "approve")]).await.expect(303);
    let next = dana.follow(&done).await.expect(200);
    assert_eq!(next.text("#ap-h"), "18% for 12 months");
    assert!(next.text(".toasts").starts_with("Approved: 20% for 12 months."));
    assert_eq!(next.text(".side > #approvals-list > .head.sub"), "Median answer today: 1 m");
    assert_eq!(offer_of(&app, &first).await.stage, Stage::Ready);
    let decided = dana.get("/approvals?view=decided").await.expect(200);
    assert!(decided.text(".picks .open").contains("Approved"));
    assert!(decided.text("article").contains("What is at risk is worth it."));
    assert!(!decided.has("form.dock"));
}

#[tokio::test]
async fn a_counter_is_less_and_a_no_says_why() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let approval = asked(&app, &agent, "Harborview", 20, 12).await;
    let more = [("decision", "counter"), ("percent", "21"), ("months", "12"), ("reason", "Because")];
    let page = decide(&dana, &approval, &more).await.expect(409);
    assert!(page.text("[role=alert]").starts_with("A counter concedes less than was asked."));
    assert_eq!(page.text("#reason"), "Because", "nothing typed is lost");
    assert_eq!(page.field("percent"), "21");
    let odd = [("decision", "counter"), ("percent", "lots"), ("months", "12")];
    assert!(decide(&dana, &approval, &odd).await.expect(422).has(".note.sum a[href='#percent']"));
    let page = decide(&dana, &approval, &[("decision", "decline")]).await.expect(422);
    assert_eq!(page.text("#reason-e"), "Say why, so that the customer can be told.");
    decide(&dana, &approval, &[("decision", "counter"), ("percent", "17"), ("months", "12")]).await.expect(303);
    let offer = offer_of(&app, &approval).await;
    assert_eq!((offer.stage, offer.summary().as_str()), (Stage::Ready, "17% for 12 months"));
    let late = decide(&dana, &approval, &[("decision", "decline"), ("reason", "No")]).await.expect(409);
    assert!(late.text("[role=alert]").contains("Dana approved less of it on"), "{}", late.text("[role=alert]"));
    let other = asked(&app, &agent, "Northgate", 20, 12).await;
    decide(&dana, &other, &[("decision", "decline"), ("reason", "Offer the smaller plan first.")]).await.expect(303);
    assert_eq!(offer_of(&app, &other).await.stage, Stage::Draft);
}

#[tokio::test]
async fn terms_that_were_not_on_screen_are_not_decided() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let approval = asked(&app, &agent, "Harborview", 20, 12).await;
    let fields = [("seen", "2"), ("decision", "approve"), ("because", "worth")];
    let page = dana.post_form(&format!("/approvals/{}/decision", approval.id), &fields).await.expect(409);
    assert!(page.text("[role=alert]").starts_with("The terms were changed meanwhile."));
    assert!(page.has("form.dock"), "it can be decided as it is now");
}

#[tokio::test]
async fn a_question_is_asked_and_answered_while_it_stays_open() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let approval = asked(&app, &agent, "Harborview", 20, 12).await;
    let path = format!("/approvals/{}/question", approval.id);
    dana.post_form(&path, &[("reason", " ")]).await.expect(422);
    let done = dana.post_form(&path, &[("reason", "Is the quote dated?")]).await.expect(303);
    let page = dana.follow(&done).await.expect(200);
    assert!(page.text("article").contains("Dana asked,"));
    assert!(page.text(".picks .open").contains("Question asked."));
    let mut tx = app.begin_as(&agent).await;
    approvals::answer_question(&mut tx, &agent, approval.id, "Of Monday.").await.unwrap();
    tx.commit().await.unwrap();
    assert!(dana.get("/approvals").await.text("article").contains("Of Monday."));
    decide(&dana, &approval, &[("decision", "approve")]).await.expect(303);
}

#[tokio::test]
async fn ones_own_requests_stand_apart_with_who_decides() {
    let app = TestApp::start().await;
    let dana = app.sign_in(Role::Supervisor).await;
    person(&app, "Helen Brandt", Role::Manager).await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let approval = asked(&app, &agent, "Harborview", 20, 12).await;
    let mut tx = app.begin().await;
    sqlx::query("update cases set owner_id = $1, version = version + 1 where id = $2")
        .bind(dana.user)
        .bind(approval.case)
        .execute(&mut *tx)
        .await
        .unwrap();
    let entry = savedesk::audit::Entry::new(
        savedesk::audit::Action::CaseAssigned,
        savedesk::audit::Subject::Case(approval.case),
    );
    savedesk::audit::record(&mut tx, entry).await.unwrap();
    tx.commit().await.unwrap();
    let page = dana.get("/approvals").await.expect(200);
    assert!(page.text("#approvals-list h2 + .picks .open").ends_with("Helen Brandt decides."));
    assert!(!page.has("form.dock"));
    let page = dana.get(&format!("/approvals/{}", approval.id)).await.expect(200);
    assert!(page.text("article").contains("so somebody else decides. Helen Brandt can decide it."));
    let page = decide(&dana, &approval, &[("decision", "approve")]).await.expect(409);
    assert!(page.text("[role=alert]").starts_with("Nobody approves their own"));
}

#[tokio::test]
async fn a_second_discount_takes_a_written_reason() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Harborview").await;
    let first = app.given_offer(&agent, on, percent(5, 1)).await.unwrap();
    app.present(&agent, first.id, 1).await.unwrap();
    let mut tx = app.begin_as(&agent).await;
    let answered = offers::accept(&mut tx, &agent, first.id, 1).await.unwrap();
    savedesk::promises::make_for_offer(&mut tx, &answered).await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance(TimeDelta::days(400));
    let second = app.given_offer(&agent, on, percent(20, 12)).await.unwrap();
    let approval = app.ask(&agent, second.id, 1).await.unwrap();
    // a session lasts no year
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let page = dana.get("/approvals").await.expect(200);
    assert!(page.text("section[aria-labelledby=po-h]").contains("Second discount in 24 months"));
    assert!(page.text("section[aria-labelledby=hi-h] li").starts_with("5% for 1 month"));
    assert!(!page.has("form.dock [name=because]"));
    decide(&dana, &approval, &[("decision", "approve"), ("reason", "Why not")]).await.expect(422);
    let reason = "Second clinic opens in March, so volume grows.";
    decide(&dana, &approval, &[("decision", "approve"), ("reason", reason)]).await.expect(303);
}

#[tokio::test]
async fn two_approvers_in_parallel_say_how_far_they_are() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let (dana, helen) = (person(&app, "Dana", Role::Supervisor).await, person(&app, "Helen", Role::Manager).await);
    let (case, subscription) = app.given_case_to_save("Harborview").await;
    let new = offers::NewOffer {
        at_stake: savedesk::cases::AtStake::Subscription(subscription),
        offer_type: "plan_price".to_owned(),
        terms: offers::NewTerms {
            terms: savedesk::catalogue::Terms::NewPrice {
                price: savedesk::money::Money::new(200_000, savedesk::money::Currency::USD),
                months: Some(12),
            },
            what: "42 seats".to_owned(),
        },
    };
    let mut tx = app.begin_as(&agent).await;
    let offer = offers::make(&mut tx, &agent, case, new).await.unwrap();
    tx.commit().await.unwrap();
    let approval = app.ask(&agent, offer.id, 1).await.unwrap();
    let page = dana.get("/approvals").await.expect(200);
    assert_eq!(page.text("#ap-state .tag"), "0 of 2 approved");
    assert!(!page.has("[name=decision][value=counter]"), "two people do not counter");
    decide(&dana, &approval, &[("decision", "approve")]).await.expect(303);
    let page = dana.get(&format!("/approvals/{}", approval.id)).await.expect(200);
    assert_eq!(page.text("#ap-state .tag"), "1 of 2 approved");
    assert!(
        page.text("article").contains("You have approved it; it takes somebody else as well. Helen can decide it.")
    );
    decide(&helen, &approval, &[("decision", "approve")]).await.expect(303);
    assert_eq!(offer_of(&app, &approval).await.stage, Stage::Ready);
}

#[tokio::test]
async fn requests_like_it_and_those_of_the_requester_are_told() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    for (name, off, yes) in [("A", 16, true), ("B", 17, false), ("C", 18, true), ("D", 23, true), ("E", 24, true)] {
        let approval = asked(&app, &agent, name, off, 12).await;
        let how = if yes { "approve" } else { "decline" };
        decide(&dana, &approval, &[("decision", how), ("reason", "As discussed.")]).await.expect(303);
    }
    asked(&app, &agent, "F", 25, 12).await;
    let in_hand = asked(&app, &agent, "Harborview", 19, 12).await;
    let page = dana.get(&format!("/approvals/{}", in_hand.id)).await.expect(200);
    let like = page.texts("section[aria-labelledby=li-h] li a");
    // the nearest costs first
    let nearest = [(18, 'C'), (17, 'B'), (16, 'A'), (23, 'D'), (24, 'E')];
    assert_eq!(like, nearest.map(|(off, name)| format!("{off}% for 12 months, {name}")));
    let history = page.texts("section[aria-labelledby=hi-h] li");
    assert_eq!(history[0], "Nothing was offered to this customer in 24 months");
    assert!(history[1].contains("6 requests in 90 days, 4 approved, 1 declined"), "{}", history[1]);
}

#[tokio::test]
async fn ones_own_limits_are_told_with_what_the_week_has_used() {
    let app = TestApp::start().await;
    let helen = person(&app, "Helen", Role::Manager).await;
    let page = helen.get("/approvals?view=limits").await.expect(200);
    assert!(page.text("article").contains("$0.00 of $200,000"));
    let row = page.texts("article tbody tr").into_iter().find(|row| row.starts_with("Percent discount")).unwrap();
    assert_eq!(row, "Percent discount35%, 36 months35%, 36 months35%, 36 months");
    assert!(page.has("a[href='/approvals?view=limits&currency=EUR']"));
}

#[tokio::test]
async fn splitting_repeated_credits_and_changes_after_approval_are_seen() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana Okafor", Role::Supervisor).await;
    let page = dana.get("/approvals?view=patterns").await.expect(200);
    assert_eq!(page.texts("article h3 .count"), ["0", "0", "0"]);
    app.publish_limits(
        "update new_cells set max_amount_minor = 300000 where offer_type = 'percent_discount' and role = 'agent'",
    )
    .await;
    let on = app.given_case_to_save("Harborview").await;
    let discount = app.given_offer(&agent, on, percent(10, 10)).await.unwrap();
    app.present(&agent, discount.id, 1).await.unwrap();
    for (kind, amount) in [("one_off_credit", 15_000), ("fee_waiver", 9_000), ("refund", 19_000), ("extension", 9_000)]
    {
        given_once(&app, &agent, on.0, kind, amount).await;
    }
    let approval = asked(&app, &agent, "Northgate", 18, 12).await;
    decide(&dana, &approval, &[("decision", "approve")]).await.expect(303);
    let mut tx = app.begin_as(&agent).await;
    offers::revise(&mut tx, &agent, approval.offer, 1, percent(24, 12)).await.unwrap();
    tx.commit().await.unwrap();
    let page = dana.get("/approvals?view=patterns").await.expect(200);
    assert_eq!(page.texts("article h3 .count"), ["1", "1", "1"]);
    assert_eq!(page.texts("#split tbody tr").len(), 5, "the rows that show it");
    assert!(page.text("#split caption").contains("Retention agent to Harborview"), "{}", page.text("#split caption"));
    assert_eq!(page.texts("#credits tbody tr").len(), 3);
    assert!(page.text("#revised caption").contains("Approved at a cost of $4,989.60, changed to $6,652.80"));
    assert!(page.attributes("#split a", "href").iter().all(|href| *href == format!("/cases/{}", on.0)));
}

/// Presents something that is given once.
async fn given_once(app: &TestApp, can: &Can<MakeOffers>, case: CaseId, offer_type: &str, minor: i64) {
    let new = offers::NewOffer {
        at_stake: savedesk::cases::AtStake::Everything,
        offer_type: offer_type.to_owned(),
        terms: offers::NewTerms {
            terms: savedesk::catalogue::Terms::Once {
                amount: savedesk::money::Money::new(minor, savedesk::money::Currency::USD),
            },
            what: "As agreed".to_owned(),
        },
    };
    let mut tx = app.begin_as(can).await;
    let offer = offers::make(&mut tx, can, case, new).await.unwrap();
    tx.commit().await.unwrap();
    app.present(can, offer.id, 1).await.unwrap();
    let mut tx = app.begin_as(can).await;
    let answered = offers::accept(&mut tx, can, offer.id, 1).await.unwrap();
    savedesk::promises::make_for_offer(&mut tx, &answered).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_inbox_asks_as_little_for_many_requests_as_for_few() {
    let (app, wire) = TestApp::start_counted().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = person(&app, "Dana", Role::Supervisor).await;
    let count = async || {
        let mut least = usize::MAX;
        for _ in 0..4 {
            let before = wire.ran();
            dana.get("/approvals").await.expect(200);
            least = least.min(wire.ran() - before);
        }
        least
    };
    for name in ["A", "B", "C"] {
        asked(&app, &agent, name, 20, 12).await;
    }
    let few = count().await;
    for at in 0..15 {
        asked(&app, &agent, &format!("Customer {at}"), 20, 12).await;
    }
    let many = count().await;
    assert!(many <= few && few <= 34, "{few} statements with few requests, {many} with many");
}
