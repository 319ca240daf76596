//! The log of a case: what is written stays, what is wrong with a form stands beside its fields.

use savedesk::auth::Role;
use savedesk::ids::InteractionId;

use crate::support::{Client, Page, TestApp, data_dir};

const NAUGHTY: [&str; 8] = [
    "<script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "'; drop table cases; --",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "الله أكبر \u{202e}txet desrever\u{202c} 田中さん 😀👩\u{200d}👩\u{200d}👧",
    "</textarea><b>out</b>",
    "&lt;not a tag&gt; &amp;",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
];

async fn note(client: &Client, case: impl std::fmt::Display, body: &str) -> Page {
    client.post_form(&format!("/cases/{case}/interactions"), &[("body", body)]).await
}

#[tokio::test]
async fn an_attempt_says_at_each_field_what_is_missing_and_keeps_the_rest() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let rep = app.sign_in(Role::Rep).await;
    let typed =
        [("response", "declined"), ("by", "telepathy"), ("lever", "pause"), ("next", "pick"), ("next_at", "soon")];
    let page = rep.post_form(&format!("/cases/{case}/attempts"), &typed).await.expect(422);
    for field in ["a-by", "a-objection", "a-body", "a-next_at"] {
        assert!(page.has(&format!("#{field}-e")), "{field}");
    }
    assert_eq!(page.attributes("#attempt input[name=response][checked]", "value"), ["declined"]);
    assert_eq!(page.attributes("#attempt input[name=lever][checked]", "value"), ["pause"]);
    assert_eq!(page.attributes("#a-next_at", "value"), ["soon"]);
    assert_eq!(page.attributes("#attempt form", "data-draft"), [format!("case-{case}-attempt")]);
    assert_eq!(app.audited(case, "save_attempt.logged").await, 0);
}

#[tokio::test]
async fn nobody_reached_needs_no_objection_and_waits_for_its_date() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let rep = app.sign_in(Role::Rep).await;
    let page = rep.get(&format!("/cases/{case}")).await;
    let times = page.texts("#attempt fieldset:last-of-type .choice");
    assert_eq!(times[1..], ["Today 16:00", "Tomorrow 10:00", "Pick a time"]);
    let chip = page.attributes("#attempt input[name=next]", "value").remove(2);
    let fields = [("response", "no_contact"), ("by", "phone:outbound"), ("next", chip.as_str())];
    rep.post_form(&format!("/cases/{case}/attempts"), &fields).await.expect(303);
    assert_eq!(app.case_column(case, "waiting_on").await.as_deref(), Some("date"));
    assert!(rep.get(&format!("/cases/{case}")).await.text("#case-todo").contains("Due Thu 5 Mar 10:00"));
}

#[tokio::test]
async fn r3_a_correction_points_at_what_it_corrects_and_both_stay() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let (rep, agent) = (app.sign_in(Role::Rep).await, app.sign_in(Role::Agent).await);
    note(&rep, case, "She pays $39.").await.expect(303);
    let page = rep.get(&format!("/cases/{case}")).await;
    let correct = page.attributes(".tl a[href$='/correction']", "href").remove(0);
    assert!(agent.get(&correct).await.expect(200).text("#body").contains("She pays $39."));
    assert!(agent.get_fragment(&correct, "dialog").await.has("dialog #correct-entry"));
    agent.post_form(&correct, &[("body", "")]).await.expect(422);
    agent.post_form(&correct, &[("body", "She pays $93.")]).await.expect(303);
    let page = rep.get(&format!("/cases/{case}")).await;
    assert_eq!(page.text(".tl .words del"), "She pays $39.");
    assert!(page.text(".tl").contains("Corrected by Retention agent"));
    assert!(page.text("#case-log .seg").contains("Conversations 1"), "{}", page.text("#case-log .seg"));

    // who was slower is shown the newer words and keeps their own
    let slower = rep.post_form(&correct, &[("body", "She pays $95.")]).await.expect(409);
    assert!(slower.text("#correct-entry .words").contains("$93"));
    assert_eq!(slower.text("#body"), "She pays $95.");
    let newest = slower.attributes("#correct-entry", "action").remove(0);
    assert_ne!(newest, correct);
    rep.post_form(&newest, &[("body", "She pays $95.")]).await.expect(303);
    let page = rep.get(&format!("/cases/{case}")).await;
    assert_eq!(page.texts(".tl .words del"), ["She pays $39.", "She pays $93."]);
    assert_eq!(app.audited(case, "interaction.corrected").await, 2);
    rep.get(&format!("/interactions/{}/correction", InteractionId::new())).await.expect(404);
}

#[tokio::test]
async fn the_log_pages_by_key_and_filters() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let rep = app.sign_in(Role::Rep).await;
    for number in 0..35 {
        app.clock.advance(chrono::TimeDelta::minutes(1));
        note(&rep, case, &format!("Note number {number}.")).await.expect(303);
    }
    let first = rep.get(&format!("/cases/{case}?show=conversations")).await;
    assert_eq!(first.texts(".tl .words").len(), 30);
    assert!(first.text(".tl .words").contains("number 34"));
    let earlier = first.attributes("a[rel=next]", "href").remove(0);
    let second = rep.get(earlier.split('#').next().unwrap()).await.expect(200);
    assert_eq!(second.texts(".tl .words"), (0..5).rev().map(|n| format!("Note number {n}.")).collect::<Vec<_>>());
    assert!(second.has(".btns a[href*='show=conversations']") && !second.has("a[rel=next]"));
    assert!(!rep.get(&format!("/cases/{case}?show=attempts")).await.has("#tl"));
}

#[tokio::test]
async fn whatever_is_typed_comes_back_as_text() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let mut all: Vec<String> = NAUGHTY.iter().map(ToString::to_string).collect();
    if let Some(dir) = data_dir() {
        let list = std::fs::read_to_string(dir.join("awkward/naughty-strings/blns.json")).unwrap();
        let list: Vec<String> = serde_json::from_str(&list).unwrap();
        // as many to an entry as are still quick to read
        all.extend(list.chunks(60).map(|some| some.join("\n")));
    }
    for words in all {
        let folded = |text: &str| text.replace('\0', "\u{fffd}").split_whitespace().collect::<Vec<_>>().join(" ");
        let customer = app.given_customer("Naughty").await;
        let case = app.given_case_with(customer, |new| new.stated_reason = words.replace('\0', "\u{fffd}")).await;
        note(&rep, case, &words).await.expect(303);
        let page = rep.get(&format!("/cases/{case}")).await.expect(200);
        let shown = page.texts(".tl .words");
        assert_eq!(shown, [folded(words.trim()), folded(&words)]);
        assert!(!page.has(".tl script, .tl .words *"));
        let wrong = [("body", words.as_str()), ("response", "saved")];
        let page = rep.post_form(&format!("/cases/{case}/attempts"), &wrong).await.expect(422);
        assert_eq!(folded(&page.text("#a-body")), folded(&words));
    }
}
