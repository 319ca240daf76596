use chrono::{NaiveDate, TimeDelta, TimeZone as _};

use super::*;
use crate::calendar::Due;
use crate::ids::BillingLineId;
use crate::money::Currency;

fn promise() -> Promise {
    let made_at = Utc.with_ymd_and_hms(2026, 11, 19, 10, 42, 0).unwrap();
    Promise {
        id: PromiseId::new(),
        case: CaseId::new(),
        customer: CustomerId::new(),
        offer: None,
        kind: None,
        what: "Put the credit on the next invoice".to_owned(),
        department: None,
        department_id: None,
        owner: UserId::new(),
        owner_name: String::new(),
        due_at: made_at + TimeDelta::hours(16),
        because: String::new(),
        cost: Money::new(14_820, Currency::USD),
        made_at,
        stage: Stage::Open,
        evidence: None,
        line: None,
        ended_at: None,
        version: 1,
        moves: Vec::new(),
        files: Vec::new(),
    }
}

fn line(day: u32) -> Line {
    Line {
        id: BillingLineId::new(),
        invoice: "4711".to_owned(),
        billed_on: NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
        description: "Credit".to_owned(),
        amount: Money::new(-14_820, Currency::USD),
    }
}

#[test]
fn r13_a_promise_is_kept_late_broken_or_waived_once() {
    let (open, due) = (promise(), promise().due_at);
    let seen = Evidence::from("On invoice 4711".to_owned());
    assert_eq!(open.clone().keep(&seen, None, due).unwrap().stage, Stage::Kept);
    let late = open.keep(&seen, None, due + TimeDelta::seconds(1)).unwrap();
    assert_eq!(late.stage, Stage::Late);
    assert!(late.calls_for_telling());
    assert_eq!(late.end(Stage::Waived, Some("No".to_owned()), due), Err(Refusal::Over(Stage::Late)));
}

#[test]
fn r13_a_promise_is_kept_with_evidence() {
    let due = promise().due_at;
    assert_eq!(promise().keep(&Evidence::default(), None, due), Err(Refusal::NoEvidence));
    let (early, billed) = (line(17), line(19));
    let proof = |line: &Line| Evidence { line: Some(line.id), ..Evidence::default() };
    assert_eq!(promise().keep(&proof(&early), Some(early), due), Err(Refusal::NoProof));
    // billed in time, and noted a week later
    let noted = due + TimeDelta::days(7);
    assert_eq!(promise().keep(&proof(&billed), Some(billed), noted).unwrap().stage, Stage::Kept);
    let late = line(21);
    assert_eq!(promise().keep(&proof(&late), Some(late), noted).unwrap().stage, Stage::Late);
}

#[test]
fn a_promise_moves_while_its_time_is_ahead() {
    let (made, due) = (promise().made_at, promise().due_at);
    let to = |hours| Due { at: due + TimeDelta::hours(hours), because: "So agreed".to_owned() };
    let moved = promise().move_to(to(5), 1, made).unwrap();
    assert_eq!((moved.due_at, moved.because.as_str()), (due + TimeDelta::hours(5), "So agreed"));
    assert_eq!(promise().move_to(to(5), 1, due), Err(Refusal::Passed));
    assert_eq!(promise().move_to(to(-17), 1, made), Err(Refusal::NotAhead));
    assert_eq!(promise().move_to(to(0), 1, made), Err(Refusal::SameTime));
    assert_eq!(promise().move_to(to(5), 2, made), Err(Refusal::Changed));
}

#[test]
fn a_promise_is_handed_to_somebody_else() {
    let (mine, theirs, billing) = (promise(), UserId::new(), DepartmentId::new());
    let owner = mine.owner;
    assert_eq!(mine.clone().hand_to(owner, None, 1), Err(Refusal::SameOwner));
    assert_eq!(mine.clone().hand_to(owner, Some(billing), 1).unwrap().department_id, Some(billing));
    assert_eq!(mine.clone().hand_to(theirs, None, 1).unwrap().owner, theirs);
    assert_eq!(mine.hand_to(theirs, None, 7), Err(Refusal::Changed));
}

#[test]
fn r13_an_offer_is_fulfilled_when_nothing_is_open_and_nothing_was_broken() {
    let at = |stage| Promise { stage, ..promise() };
    assert_eq!(fulfils(&[at(Stage::Kept), at(Stage::Open)]), None);
    assert_eq!(fulfils(&[at(Stage::Kept), at(Stage::Waived)]), Some(true));
    assert_eq!(fulfils(&[at(Stage::Kept), at(Stage::Broken)]), Some(false));
    assert_eq!(fulfils(&[at(Stage::Waived)]), Some(false));
}
