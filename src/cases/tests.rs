use proptest::prelude::*;

use super::*;
use crate::money::Currency;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + minute * 60, 0).unwrap()
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn case() -> Case {
    Case {
        id: CaseId::new(),
        number: 20_418,
        customer: CustomerId::new(),
        kind: Kind::Cancellation,
        channel: Channel::Phone,
        stage: Stage::New,
        stated_reason: String::new(),
        reason: Some("price.too_high".to_owned()),
        at_stake: AtStake::Everything,
        value_at_risk: usd(948_000),
        priority: Priority::NORMAL,
        leaves_on: None,
        just_cancel: false,
        team: None,
        owner: None,
        opened_at: at(0),
        first_action_at: None,
        first_action_minutes: None,
        version: 1,
    }
}

fn ending(outcome: Outcome, kept: i64) -> Close {
    Close { outcome, note: String::new(), kept: usd(kept), duplicate_of: None, at: at(9), by: None }
}

fn person(role: Role) -> Actor {
    Actor { id: Some(UserId::new()), roles: vec![role], ..Actor::desk() }
}

#[test]
fn closing_needs_a_coded_reason() {
    let case = Case { reason: None, ..case() };
    assert_eq!(case.close(ending(Outcome::Lost, 0)).unwrap_err(), Refusal::NoReason);
}

#[test]
fn a_lost_case_keeps_nothing() {
    assert_eq!(case().close(ending(Outcome::Lost, 1)).unwrap_err(), Refusal::KeptOfLost);
    assert!(case().close(ending(Outcome::Lost, 0)).is_ok());
}

#[test]
fn partly_saved_keeps_no_more_than_was_at_risk() {
    assert!(matches!(case().close(ending(Outcome::PartlySaved, 948_001)), Err(Refusal::KeptTooMuch(_))));
}

#[test]
fn a_modified_customer_may_be_worth_more_than_before() {
    assert!(case().close(ending(Outcome::Modified, 1_000_000)).is_ok());
}

#[test]
fn a_duplicate_names_the_case_it_repeats() {
    assert_eq!(case().close(ending(Outcome::Duplicate, 0)).unwrap_err(), Refusal::NoOriginal);
    let case = case();
    let own = Close { duplicate_of: Some(case.id), ..ending(Outcome::Duplicate, 0) };
    assert_eq!(case.close(own).unwrap_err(), Refusal::OwnDuplicate);
}

#[test]
fn a_closed_case_is_not_worked_without_reopening() {
    let closed = case().close(ending(Outcome::Lost, 0)).unwrap();
    assert_eq!(closed.clone().work(at(10)).unwrap_err(), Refusal::Closed);
    assert_eq!(closed.clone().wait(WaitingOn::Date, at(10)).unwrap_err(), Refusal::Closed);
    assert_eq!(closed.reopen().unwrap().stage, Stage::Working);
}

#[test]
fn the_first_act_is_kept() {
    let worked = case().work(at(5)).unwrap().wait(WaitingOn::Customer, at(6)).unwrap().work(at(7)).unwrap();
    assert_eq!(worked.first_action_at, Some(at(5)));
}

#[test]
fn just_cancel_deceased_and_a_customer_already_gone_take_no_attempt() {
    assert!(Case { just_cancel: true, ..case() }.no_attempt_because(true, false).is_some());
    assert!(case().no_attempt_because(false, false).is_some());
    assert!(case().no_attempt_because(true, true).is_some());
    assert!(Case { kind: Kind::WinBack, ..case() }.no_attempt_because(true, true).is_none());
    assert!(case().no_attempt_because(true, false).is_none());
}

#[test]
fn a_rep_takes_what_is_free_and_gives_nothing_to_others() {
    let rep = person(Role::Rep);
    let other = UserId::new();
    assert!(case().may_assign(&rep, rep.id).is_ok());
    assert_eq!(case().may_assign(&rep, Some(other)).unwrap_err(), Refusal::OnlyForYourself);
    let taken = Case { owner: Some(other), ..case() };
    assert!(matches!(taken.may_assign(&rep, rep.id), Err(Refusal::Taken(_))));
    let mine = Case { owner: rep.id, ..case() };
    assert!(mine.may_assign(&rep, None).is_ok());
}

#[test]
fn another_teams_case_stays_with_it() {
    let mut agent = person(Role::Agent);
    agent.team = Some(TeamId::new());
    let theirs = Case { team: Some(TeamId::new()), ..case() };
    assert_eq!(theirs.may_assign(&agent, agent.id).unwrap_err(), Refusal::OtherTeam);
    assert!(theirs.may_assign(&person(Role::Manager), agent.id).is_ok());
}

proptest! {
    #[test]
    fn no_way_of_closing_keeps_more_than_the_rules_allow(
        outcome in 0..Outcome::ALL.len(), kept in 0_i64..2_000_000, risk in 0_i64..1_000_000,
    ) {
        let outcome = Outcome::ALL[outcome];
        let case = Case { value_at_risk: usd(risk), ..case() };
        if let Ok(closed) = case.close(ending(outcome, kept)) {
            prop_assert!(!closed.is_live());
            prop_assert!(kept == 0 || !outcome.keeps_nothing());
            prop_assert!(kept <= risk || outcome.is_save());
        }
    }

    #[test]
    fn what_is_at_stake_survives_a_form(which in 0..3) {
        let at_stake = match which {
            0 => AtStake::Everything,
            1 => AtStake::Subscription(SubscriptionId::new()),
            _ => AtStake::Order(OrderId::new()),
        };
        prop_assert_eq!(AtStake::from_text(&at_stake.to_string()), Some(at_stake));
    }
}
