//! The order of steps, and what a version may say.

use proptest::prelude::*;

use super::*;
use crate::cases::AtStake;
use crate::ids::OrderId;

fn step(position: i16, place: i16) -> Step {
    Step {
        id: ProcessStepId::new(),
        position,
        place,
        what: format!("Step {position}"),
        makes: Makes::FollowUp,
        department: None,
        time: Some((8, true)),
        only_on: None,
        only_fact: None,
        tells: Vec::new(),
        stage: StepStage::Waiting,
        made: None,
        thing: None,
        tries: 0,
        mail_key: None,
        mail: None,
        ended_at: None,
        why: None,
        version: 1,
    }
}

fn fact(position: i16, place: i16, kind: FactKind) -> Noted {
    Noted { position, place, label: format!("Fact {position}"), kind, required: true, value: None, times: 0 }
}

fn process(steps: Vec<Step>, facts: Vec<Noted>) -> Process {
    Process {
        id: ProcessId::new(),
        case: CaseId::new(),
        customer: CustomerId::new(),
        template: ProcessTemplateId::new(),
        number: 1,
        kind: Kind::Escalation,
        freezes_offers: false,
        holds: false,
        confidential: false,
        tells: Vec::new(),
        stage: Stage::Running,
        started_at: DateTime::UNIX_EPOCH,
        started_by: None,
        started_by_name: None,
        ended_at: None,
        ended_by_name: None,
        ended_because: None,
        on_hold: false,
        circle: Vec::new(),
        left_alone: false,
        facts,
        steps,
        version: 1,
    }
}

fn begins(next: Next) -> Vec<i16> {
    match next {
        Next::Begin { begin, .. } => begin,
        _ => Vec::new(),
    }
}

#[test]
fn steps_of_one_place_begin_together_and_the_next_place_waits_for_all_of_them() {
    let mut one = process(vec![step(1, 1), step(2, 1), step(3, 2)], vec![]);
    assert_eq!(begins(one.next(AtStake::Everything)), [1, 2]);
    one.steps[0].stage = StepStage::Begun;
    one.steps[1].stage = StepStage::Done;
    assert_eq!(one.next(AtStake::Everything), Next::Wait);
    one.steps[0].stage = StepStage::Skipped;
    assert_eq!(begins(one.next(AtStake::Everything)), [3]);
    one.steps[2].stage = StepStage::Done;
    assert_eq!(one.next(AtStake::Everything), Next::Finish);
}

#[test]
fn a_place_waits_for_what_has_to_be_known() {
    let mut one = process(vec![step(1, 1), step(2, 2)], vec![fact(1, 2, FactKind::Text)]);
    assert_eq!(begins(one.next(AtStake::Everything)), [1]);
    one.steps[0].stage = StepStage::Done;
    assert!(matches!(one.next(AtStake::Everything), Next::Know(missing) if missing.len() == 1));
    one.facts[0].required = false;
    assert_eq!(begins(one.next(AtStake::Everything)), [2], "what is optional holds nothing up");
}

#[test]
fn steps_that_are_not_for_this_case_are_passed_over() {
    let mut one = process(vec![step(1, 1), step(2, 1)], vec![fact(1, 1, FactKind::YesNo)]);
    one.steps[0].only_on = Some(Only::Subscription);
    one.steps[1].only_fact = Some(1);
    one.facts[0].value = Some("no".to_owned());
    let order = AtStake::Order(OrderId::new());
    assert_eq!(one.next(order), Next::Begin { begin: vec![], skip: vec![1, 2] });
    one.facts[0].value = Some("yes".to_owned());
    assert_eq!(one.next(AtStake::Everything), Next::Begin { begin: vec![1, 2], skip: vec![] });
}

#[test]
fn a_confidential_one_is_there_for_its_circle_only() {
    let (knows, other) = (UserId::new(), UserId::new());
    let mut one = process(vec![step(1, 1)], vec![]);
    let actor = |id| Actor { id: Some(id), ..Actor::desk() };
    assert!(one.is_for(&actor(other)));
    one.confidential = true;
    one.circle = vec![knows];
    assert!(one.is_for(&actor(knows)) && !one.is_for(&actor(other)));
}

#[test]
fn a_confirmation_states_what_there_is_and_not_what_there_is_not() {
    let mut one =
        process(vec![], vec![fact(1, 0, FactKind::Date), fact(2, 0, FactKind::YesNo), fact(3, 0, FactKind::Text)]);
    one.facts[0].value = Some("2026-12-01".to_owned());
    one.facts[1].value = Some("no".to_owned());
    assert_eq!(one.stated(), [("Fact 1", "Tue 1 Dec 2026".to_owned())]);
    let mail = one.confirmation_mail("Renee", "SD-20418");
    assert!(mail.contains("Fact 1: Tue 1 Dec 2026\n") && mail.contains("confirmation: SD-20418"), "{mail}");
}

fn template(kind: Kind, makes: &[Makes]) -> NewTemplate {
    let steps = (1..).zip(makes).map(|(n, makes)| TemplateStep {
        position: n,
        place: n,
        what: "Something".to_owned(),
        makes: *makes,
        department: (*makes == Makes::Request).then(DepartmentId::new),
        department_name: None,
        hours: (*makes != Makes::Request).then_some(8),
        working: (*makes != Makes::Request).then_some(true),
        only_on: None,
        only_fact: None,
        tells: Vec::new(),
    });
    NewTemplate {
        kind,
        purpose: "For a test".to_owned(),
        freezes_offers: false,
        holds: false,
        confidential: false,
        tells: Vec::new(),
        facts: Vec::new(),
        steps: steps.collect(),
        why: "A test".to_owned(),
    }
}

#[test]
fn a_version_confirms_a_cancellation_once_and_nothing_else() {
    assert!(template(Kind::Cancellation, &[Makes::Promise, Makes::Confirmation]).check().is_ok());
    assert!(template(Kind::Cancellation, &[Makes::Promise]).check().is_err());
    assert!(template(Kind::Support, &[Makes::Confirmation]).check().is_err());
    assert!(template(Kind::Support, &[]).check().is_err());
}

#[test]
fn a_confidential_version_asks_departments_only() {
    let mut secret = template(Kind::RedFlag, &[Makes::Request, Makes::Promise]);
    assert!(secret.check().is_ok());
    secret.confidential = true;
    assert!(secret.check().unwrap_err().get("step-2").is_some());
}

proptest! {
    /// However the steps lie and end, a process goes through all of them, none before those of an earlier place have
    /// ended, and each begins once.
    #[test]
    fn every_step_begins_once_and_in_its_turn(
        places in prop::collection::vec(1_i16..6, 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        let steps = (1..).zip(&places).map(|(n, place)| step(n, *place)).collect();
        let mut one = process(steps, vec![]);
        let mut begun: Vec<i16> = Vec::new();
        let mut order = order.into_iter();
        loop {
            match one.next(AtStake::Everything) {
                Next::Finish => break,
                Next::Begin { begin, skip } => {
                    prop_assert!(!begin.is_empty() && skip.is_empty());
                    for position in begin {
                        let place = places[usize::try_from(position - 1).unwrap()];
                        let earlier = one.steps.iter().filter(|step| step.place < place);
                        prop_assert!(earlier.into_iter().all(|step| !step.stage.is_live()));
                        prop_assert!(!begun.contains(&position));
                        begun.push(position);
                        one.steps.iter_mut().find(|step| step.position == position).unwrap().stage = StepStage::Begun;
                    }
                }
                Next::Wait => {
                    let mut open: Vec<&mut Step> =
                        one.steps.iter_mut().filter(|step| step.stage == StepStage::Begun).collect();
                    prop_assert!(!open.is_empty());
                    let at = order.next().map_or(0, |index| index.index(open.len()));
                    open[at].stage = StepStage::Done;
                }
                Next::Know(_) => prop_assert!(false, "there is nothing to know"),
            }
        }
        prop_assert_eq!(begun.len(), places.len());
    }
}
