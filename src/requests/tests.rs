use chrono::{TimeDelta, TimeZone as _};
use proptest::prelude::*;

use super::*;
use crate::money::Currency;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 19, 10, 42, 0).unwrap()
}

fn request(stage: Stage) -> Request {
    Request {
        id: RequestId::new(),
        case: CaseId::new(),
        customer: CustomerId::new(),
        department: DepartmentId::new(),
        department_name: "Manufacturing".to_owned(),
        kind: Kind::Feasibility,
        what: "Expedite oval setting to 9 Dec".to_owned(),
        offer: None,
        terms: None,
        promise_type: None,
        wanted_on: None,
        asked_at: now(),
        asked_by: None,
        asked_by_name: None,
        stage,
        accepted_by: None,
        accepted_by_name: None,
        passes: 0,
        due_at: now() + TimeDelta::hours(4),
        because: String::new(),
        ended_at: None,
        answer: None,
        readers: None,
        version: 1,
    }
}

fn answer(verdict: Verdict) -> Answer {
    Answer {
        verdict: Some(verdict),
        words: String::new(),
        conditions: (verdict == Verdict::YesIf).then(|| "One polish slot moves".to_owned()),
        possible_on: None,
        cost: None,
        expedited: false,
        valid_until: Some(now() + TimeDelta::days(2)),
        at: now(),
        by_name: "Paolo Greco".to_owned(),
        by_link: false,
        accepted: None,
        withdrawn: None,
        could_not: None,
        asked_again: false,
        promise: None,
        version: 1,
    }
}

#[test]
fn a_request_ends_once_and_goes_nowhere_after() {
    for ended in [Stage::Answered, Stage::Cancelled] {
        for next in Stage::ALL {
            assert!(!ended.may_become(*next), "{ended:?} to {next:?}");
        }
        assert_eq!(request(ended).end(Stage::Cancelled, now()), Err(Refusal::Over(ended)));
        assert_eq!(request(ended).accept(None), Err(Refusal::Over(ended)));
    }
}

#[test]
fn only_what_was_accepted_is_answered() {
    assert_eq!(request(Stage::Open).end(Stage::Answered, now()), Err(Refusal::Over(Stage::Open)));
    let mut taken = request(Stage::Open);
    taken.accept(None).unwrap();
    taken.end(Stage::Answered, now()).unwrap();
    assert_eq!((taken.stage, taken.ended_at), (Stage::Answered, Some(now())));
}

#[test]
fn what_was_returned_waits_for_what_was_missing() {
    let mut one = request(Stage::Accepted);
    one.send_back().unwrap();
    assert_eq!(one.accept(None), Err(Refusal::IsReturned));
    assert_eq!(one.end(Stage::Answered, now()), Err(Refusal::IsReturned));
    one.reopen().unwrap();
    assert_eq!(one.stage, Stage::Open);
    assert_eq!(one.reopen(), Err(Refusal::NotReturned));
}

#[test]
fn each_pass_is_counted() {
    let mut one = request(Stage::Open);
    let (first, second) = (one.department, DepartmentId::new());
    assert_eq!(one.pass(first, "Manufacturing"), Err(Refusal::HasIt("Manufacturing".to_owned())));
    one.pass(second, "Logistics").unwrap();
    one.accept(None).unwrap();
    one.pass(first, "Manufacturing").unwrap();
    assert_eq!((one.passes, one.stage, one.accepted_by), (2, Stage::Open, None));
    one.offer = Some((OfferId::new(), 1));
    assert_eq!(one.pass(second, "Logistics"), Err(Refusal::OwnCheck));
}

#[test]
fn r10_a_yes_counts_while_it_is_valid_and_its_conditions_are_accepted() {
    let later = now() + TimeDelta::days(3);
    assert_eq!(answer(Verdict::Yes).standing(now()), Standing::Yes);
    assert_eq!(answer(Verdict::Yes).standing(later), Standing::RanOut);
    assert_eq!(answer(Verdict::No).standing(now()), Standing::No);
    let open = answer(Verdict::YesIf);
    assert_eq!(open.standing(now()), Standing::Conditions);
    let accepted = Answer { accepted: Some((now(), "Priya Raman".to_owned())), ..open };
    assert_eq!((accepted.standing(now()), accepted.standing(later)), (Standing::Yes, Standing::RanOut));
    let taken = Answer { withdrawn: Some((now(), "The bench is down".to_owned())), ..accepted.clone() };
    assert_eq!(taken.standing(now()), Standing::Withdrawn);
    let failed = Answer { could_not: Some((now(), "It broke".to_owned())), ..accepted };
    assert_eq!(failed.standing(now()), Standing::CouldNot);
    let endless = Answer { valid_until: None, ..answer(Verdict::Yes) };
    assert_eq!(endless.standing(now()), Standing::RanOut, "a yes without an end is none");
}

#[test]
fn conditions_are_accepted_once_and_while_they_stand() {
    let mut one = request(Stage::Answered);
    one.answer = Some(answer(Verdict::Yes));
    assert_eq!(one.require_conditions(now()), Err(Refusal::NoConditions));
    one.answer = Some(answer(Verdict::YesIf));
    assert!(one.require_conditions(now()).is_ok());
    assert!(matches!(one.require_conditions(now() + TimeDelta::days(3)), Err(Refusal::NoLonger(_))));
    one.answer.as_mut().unwrap().accepted = Some((now(), "Priya Raman".to_owned()));
    assert_eq!(one.require_conditions(now()), Err(Refusal::AcceptedAlready("Priya Raman".to_owned())));
}

#[test]
fn r10_each_department_says_yes_to_these_very_terms() {
    let (offer, making, moving) = (OfferId::new(), DepartmentId::new(), DepartmentId::new());
    let departments = [(making, "Manufacturing".to_owned()), (moving, "Logistics".to_owned())];
    let said = |department, revision, verdict, hours: i64| {
        let mut one = request(Stage::Answered);
        (one.department, one.offer) = (department, Some((offer, revision)));
        one.answer = Some(Answer { at: now() + TimeDelta::hours(hours), ..answer(verdict) });
        one
    };
    let unmet_by = |requests: &[Request]| unmet(&needs(&departments, requests, (offer, 2), now()));
    let nobody = unmet_by(&[]).unwrap();
    assert_eq!(nobody, "Manufacturing has not been asked. Logistics has not been asked.");
    let earlier = [said(making, 1, Verdict::Yes, 0), said(moving, 2, Verdict::Yes, 0)];
    assert_eq!(unmet_by(&earlier).unwrap(), "Manufacturing has not been asked.");
    let both = [said(making, 2, Verdict::Yes, 0), said(moving, 2, Verdict::Yes, 0)];
    assert_eq!(unmet_by(&both), None);
    let changed = [said(making, 2, Verdict::No, 1), both[0].clone(), both[1].clone()];
    assert_eq!(unmet_by(&changed).unwrap(), "Manufacturing said no.");
    let mut waiting = said(making, 2, Verdict::Yes, 0);
    (waiting.stage, waiting.answer) = (Stage::Accepted, None);
    assert_eq!(unmet_by(&[waiting, both[1].clone()]).unwrap(), "Manufacturing has not answered yet.");
}

#[test]
fn a_department_knows_a_customer_by_as_little_as_it_needs() {
    assert_eq!(masked("Olivia Brandt"), "Olivia B.");
    assert_eq!(masked("Harborview Dental Group"), "Harborview D. G.");
    assert_eq!((masked("Prince").as_str(), masked("").as_str()), ("Prince", ""));
}

fn desk() -> Desk {
    let lead_times = vec![LeadTime {
        what: "Change of setting".to_owned(),
        lead_days: 5,
        per_day: Some(4),
        expedite: Some((2, Money::new(8_600, Currency::USD))),
    }];
    Desk { lead_times, ..Desk::plain(DepartmentId::new(), "Manufacturing".to_owned()) }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn lead_times_pass_over_days_on_which_nothing_is_done() {
    let mut desk = desk();
    let thursday = day("2026-11-19");
    assert_eq!(desk.earliest(&desk.lead_times[0], thursday), day("2026-11-26"));
    desk.blackouts =
        vec![Blackout { from: day("2026-11-26"), until: day("2026-11-27"), why: "Thanksgiving".to_owned() }];
    assert_eq!(desk.earliest(&desk.lead_times[0], thursday), day("2026-11-30"));
    desk.open = 9;
    assert_eq!(desk.earliest(&desk.lead_times[0], thursday), day("2026-12-02"), "behind two days of work");
    let (at, price) = desk.expedited(&desk.lead_times[0], thursday).unwrap();
    assert_eq!((at, price), (day("2026-11-23"), Money::new(8_600, Currency::USD)));
}

#[test]
fn what_comes_too_late_is_said_before_it_is_asked() {
    let said = desk().forecast(day("2026-11-19"), Some(day("2026-11-24")));
    assert_eq!(
        said,
        [(
            true,
            "Change of setting: 5 working days, so Thu 26 Nov at the earliest. Expedited: Mon 23 Nov for $86.00."
                .to_owned()
        )]
    );
    assert!(!desk().forecast(day("2026-11-19"), Some(day("2026-11-26")))[0].0);
}

proptest! {
    /// However it goes about, a request never leaves its end and counts no pass it did not make.
    #[test]
    fn a_request_goes_where_it_may_and_nowhere_else(steps in prop::collection::vec(0..6_u8, 1..40)) {
        let mut one = request(Stage::Open);
        let mut passes = 0;
        for step in steps {
            let before = one.stage;
            let done = match step {
                0 => one.accept(None),
                1 => one.send_back(),
                2 => one.reopen(),
                3 => one.pass(DepartmentId::new(), "Logistics").inspect(|()| passes += 1),
                4 => one.end(Stage::Answered, now()),
                _ => one.end(Stage::Cancelled, now()),
            };
            prop_assert_eq!(done.is_ok(), before.may_become(one.stage) && done.is_ok());
            prop_assert!(done.is_ok() || one.stage == before);
            prop_assert_eq!(one.passes, passes);
            prop_assert_eq!(one.ended_at.is_some(), matches!(one.stage, Stage::Answered | Stage::Cancelled));
        }
    }
}
