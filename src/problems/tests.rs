use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn problem(kind: Kind) -> Problem {
    let incident = kind == Kind::Incident;
    Problem {
        id: ProblemId::new(),
        number: 104,
        kind,
        title: "Second invoice".to_owned(),
        what: String::new(),
        stage: Stage::Open,
        reason: Some("billing.wrong_charge".to_owned()),
        cause: None,
        cause_words: String::new(),
        whys: Vec::new(),
        owner: None,
        owner_name: None,
        fix: String::new(),
        fix_due_on: None,
        fixed_on: None,
        began_at: incident.then(|| at("2026-03-04T10:00:00Z")),
        ended_at: None,
        say: String::new(),
        conclusion: String::new(),
        incident: None,
        incident_number: None,
        opened_at: at("2026-03-04T15:00:00Z"),
        closed_at: None,
        version: 1,
    }
}

#[test]
fn a_problem_goes_from_its_cause_to_a_fix_that_is_watched() {
    let (mut one, today) = (problem(Kind::Problem), day("2026-03-10"));
    assert_eq!(one.plan("Run it once".to_owned(), today), Err(Refusal::NoCause));
    assert_eq!(one.mend(today, today), Err(Refusal::NoFix));
    one.know("billing.unexpected_fee".to_owned(), "The log shows it".to_owned()).unwrap();
    assert_eq!((one.stage, one.counted()), (Stage::CauseKnown, Some("billing.unexpected_fee")));
    one.plan("Run it once".to_owned(), today).unwrap();
    assert_eq!(one.watch(), Err(Refusal::NotFixed));
    assert_eq!(one.mend(day("2026-03-11"), today), Err(Refusal::Ahead));
    one.mend(today, today).unwrap();
    one.watch().unwrap();
    one.close("Stays away".to_owned(), at("2026-04-10T10:00:00Z")).unwrap();
    assert_eq!(one.close("Again".to_owned(), at("2026-04-10T10:00:00Z")), Err(Refusal::Closed));
    assert_eq!(one.know("price".to_owned(), String::new()), Err(Refusal::Closed));
}

#[test]
fn what_comes_back_is_reopened_with_its_cause() {
    let (mut one, today) = (problem(Kind::Problem), day("2026-03-10"));
    assert_eq!(one.reopen(), Err(Refusal::NotOver));
    one.know("billing.unexpected_fee".to_owned(), String::new()).unwrap();
    one.plan("Run it once".to_owned(), today).unwrap();
    one.mend(today, today).unwrap();
    one.reopen().unwrap();
    assert_eq!((one.stage, one.fixed_on), (Stage::CauseKnown, None));
}

#[test]
fn an_incident_ends_after_it_began_and_has_no_cause_of_its_own() {
    let (mut one, now) = (problem(Kind::Incident), at("2026-03-04T18:00:00Z"));
    assert_eq!(one.know("service.outage".to_owned(), String::new()), Err(Refusal::OfIncident));
    assert_eq!(one.end(at("2026-03-04T09:00:00Z"), now), Err(Refusal::BeforeBegin));
    assert_eq!(one.end(at("2026-03-04T19:00:00Z"), now), Err(Refusal::OverAhead));
    one.end(at("2026-03-04T17:00:00Z"), now).unwrap();
    assert_eq!(one.stage.label_of(one.kind), "Over");
    one.close("Told all of them".to_owned(), now).unwrap();
    one.reopen().unwrap();
    assert_eq!((one.stage, one.ended_at), (Stage::Open, None));
}
