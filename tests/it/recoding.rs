//! Coding a sample again: the same seed draws the same cases, nobody codes their own, nobody sees the code, and what both
//! find differently can become the verified cause.

use std::sync::Arc;

use chrono::{Duration, NaiveDate};
use savedesk::auth::{Can, Recode, Role, WorkCases};
use savedesk::cases::{self, Changes};
use savedesk::ids::{CaseId, SampleId};
use savedesk::recoding::{self, NewSample};
use sqlx::{AssertSqlSafe, Executor};

use crate::guarantees::{assert_refused, audited};
use crate::support::{Client, Person, TestApp};

/// Closed cases, coded by Priya.
async fn closed(app: &TestApp, many: usize) -> Vec<CaseId> {
    let priya: Can<WorkCases> = app.can(Role::Agent).await;
    let mut all = Vec::new();
    for n in 0..many {
        let customer = app.given_customer(&format!("Harbor Dental {n}")).await;
        let case = app.given_case_with(customer, |new| new.reason = None).await;
        let mut tx = app.begin_as(&priya).await;
        let reason = Some(if n % 2 == 0 { "price.too_high" } else { "other.not_stated" }.to_owned());
        cases::change(&mut tx, &priya, case, Changes { reason, ..Changes::default() }).await.unwrap();
        tx.commit().await.unwrap();
        all.push(case);
    }
    let mut owner = app.owner().await;
    owner.execute("set session_replication_role = replica").await.unwrap();
    owner
        .execute(
            "update cases set stage = 'closed', outcome = 'lost', value_kept_minor = 0, closed_at = opened_at,
                version = version + 1",
        )
        .await
        .unwrap();
    all
}

fn of_march(app: &TestApp, asked: i16, seed: i64) -> NewSample {
    let day = |day: u32| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
    let now = app.clock.now();
    let span = (now - Duration::days(2), now + Duration::days(1));
    NewSample { from_day: day(1), until_day: day(6), zone: chrono_tz::UTC, span, asked, seed }
}

async fn drawn(app: &TestApp, asked: i16, seed: i64) -> (SampleId, Vec<CaseId>) {
    let mut tx = app.begin().await;
    let (sample, _) = recoding::draw(&mut tx, &Can::desk(), of_march(app, asked, seed)).await.unwrap();
    tx.commit().await.unwrap();
    let cases = sqlx::query_scalar("select case_id from recodings where sample_id = $1 order by position")
        .bind(sample)
        .fetch_all(&mut app.owner().await)
        .await
        .unwrap();
    (sample, cases)
}

async fn dana(app: &TestApp) -> Client {
    app.sign_in(Role::Supervisor).await
}

#[tokio::test]
async fn the_same_seed_draws_the_same_sample() {
    let app = TestApp::start().await;
    closed(&app, 12).await;
    let (_, one) = drawn(&app, 6, 42).await;
    let (_, again) = drawn(&app, 6, 42).await;
    let (_, other) = drawn(&app, 6, 43).await;
    assert_eq!((one.len(), &one), (6, &again));
    assert_ne!(one, other);
}

#[tokio::test]
async fn somebody_else_codes_it_again_without_seeing_the_code() {
    let app = TestApp::start().await;
    closed(&app, 6).await;
    let dana = dana(&app).await;
    let (sample, _) = drawn(&app, 6, 1).await;
    let next = dana.get(&format!("/recoding/{sample}/next")).await.expect(303);
    let here = next.location().to_owned();
    // nor do the rows of what is left: they lead to where it is coded again
    let left = dana.get(&format!("/recoding/{sample}/cases?which=left")).await.expect(200);
    assert!(!left.text("main").contains("Price") && !left.text("main").contains("Other"), "{}", left.text("main"));
    assert!(left.attributes("a.open", "href").iter().all(|href| href.starts_with(&format!("/recoding/{sample}/"))));
    let page = dana.get(&here).await.expect(200);
    assert!(page.body.contains("Voxly quoted us"), "what the customer said is shown");
    assert!(!page.has("option[selected]"), "nothing is chosen");
    assert!(!page.text("main").contains("price.too_high") && !page.has(".kv"), "and the code is not");
    dana.post_form(&here, &[("reason", "")]).await.expect(422);
    let mut at = here;
    for _ in 0..6 {
        at = dana.post_form(&at, &[("reason", "price.too_high")]).await.expect(303).location().to_owned();
    }
    assert_eq!(at, format!("/recoding/{sample}"), "that was the last");
    let page = dana.get(&at).await.expect(200);
    assert!(page.text(".kv").contains("50.0% (95%: 18.8 to 81.2)"), "{}", page.text(".kv"));
    assert_eq!(page.texts("a.open").len(), 3, "where they differ");
    every_number_opens_its_rows(&app, &dana, sample).await;
    // which of both is right becomes the third fact; the code stays
    let form = &page.attributes("table form", "action")[0];
    dana.post_form(form, &[("cause", "price.too_high")]).await.expect(303);
    let case = form.split('/').nth(3).unwrap().parse::<CaseId>().unwrap();
    assert_eq!(app.case_column(case, "verified_cause").await.as_deref(), Some("price.too_high"));
    assert_eq!(app.case_column(case, "reason").await.as_deref(), Some("other.not_stated"));
}

/// Each number of a sample, on its page and in the list, and how many rows it opens.
async fn every_number_opens_its_rows(app: &TestApp, dana: &Client, sample: SampleId) {
    let mut seen = 0;
    for address in [format!("/recoding/{sample}"), "/recoding".to_owned()] {
        let page = dana.get(&address).await.expect(200);
        let links = "main a[href*='/cases'], main a[href*='which=coded']";
        for (text, href) in page.texts(links).into_iter().zip(page.attributes(links, "href")) {
            let Ok(count) = text.split(' ').next().unwrap_or_default().parse::<usize>() else { continue };
            assert_eq!(dana.get(&href).await.expect(200).texts("tbody tr").len(), count, "{text} opens {href}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} numbers");
    // what agreement is the share of, by plain SQL
    for (which, plain) in [
        ("done", "recoded is not null"),
        ("left", "recoded is null"),
        ("alike", "recoded = coded"),
        ("group", "split_part(recoded, '.', 1) = split_part(coded, '.', 1)"),
        ("coded&reason=other", "recoded is not null and coded like 'other%'"),
        ("recoded&reason=price", "recoded like 'price%'"),
        ("both&reason=price", "recoded like 'price%' and coded like 'price%'"),
    ] {
        let sql = format!("select count(*) from recodings where sample_id = '{sample}' and {plain}");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut app.owner().await).await.unwrap();
        let rows =
            dana.get(&format!("/recoding/{sample}/cases?which={which}")).await.expect(200).texts("tbody tr").len();
        assert_eq!(i64::try_from(rows).unwrap(), count, "{which}");
    }
}

#[tokio::test]
async fn nobody_codes_again_what_they_coded_and_nothing_twice() {
    let app = TestApp::start().await;
    let all = closed(&app, 6).await;
    let person = Person { name: "Dana", roles: &[Role::Supervisor], team: Some("North"), department: None };
    let dana: Can<Recode> = Arc::new(app.given_person(person).await).can().unwrap();
    let mut owner = app.owner().await;
    sqlx::query("alter table case_changes disable trigger all").execute(&mut owner).await.unwrap();
    sqlx::query("update case_changes set by_id = $1 where case_id = $2 and field = 'reason'")
        .bind(dana.id)
        .bind(all[0])
        .execute(&mut owner)
        .await
        .unwrap();
    let (sample, _) = drawn(&app, 6, 1).await;
    let mut tx = app.begin_as(&dana).await;
    let own = recoding::recode(&mut tx, &dana, sample, all[0], "price").await;
    assert!(own.unwrap_err().to_string().contains("Somebody else codes it again"));
    recoding::recode(&mut tx, &dana, sample, all[1], "price").await.unwrap();
    assert!(recoding::recode(&mut tx, &dana, sample, all[1], "value").await.is_err());
    tx.commit().await.unwrap();
    let mut application = app.as_application().await;
    let (now, dana) = (app.clock.now().to_rfc3339(), dana.id.unwrap());
    let recode = |case: CaseId| {
        audited(&format!(
            "update recodings set recoded = 'price', recoded_at = '{now}', recoded_by_id = '{dana}'
            where sample_id = '{sample}' and case_id = '{case}'"
        ))
    };
    assert_refused(&mut application, &recode(all[0]), "23514", "recodings_second_person").await;
    assert_refused(&mut application, &recode(all[1]), "23514", "recodings_once").await;
    let other = audited(&format!("update recodings set coded = 'value' where case_id = '{}'", all[2]));
    assert_refused(&mut application, &other, "23514", "recodings_once").await;
    assert_refused(&mut application, "update recoding_samples set seed = 2", "42501", "permission denied").await;
}

#[tokio::test]
async fn the_share_of_other_raises_an_alarm_and_opens_its_rows() {
    let app = TestApp::start().await;
    let all = closed(&app, 6).await;
    // what is two levels below it counts, and stands among its rows
    let deeper = format!(
        "insert into reasons (code, parent_code, name, position)
        values ('other.not_stated.silent', 'other.not_stated', 'Said nothing', 1);
        set session_replication_role = replica;
        update cases set reason = 'other.not_stated.silent', version = version + 1 where id = '{}'",
        all[1]
    );
    app.owner().await.execute(AssertSqlSafe(deeper)).await.unwrap();
    let dana = dana(&app).await;
    let page = dana.get("/recoding").await.expect(200);
    let row = page.text("table[class] tbody tr");
    assert!(row.contains("March 2026") && row.contains("50.0%") && row.contains("Above 10%"), "{row}");
    let links = page.attributes("tbody td a.link", "href");
    for (href, rows) in links.iter().zip([6, 3, 3]) {
        assert_eq!(dana.get(href).await.expect(200).texts("tbody tr").len(), rows, "{href}");
    }
}
