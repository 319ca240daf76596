use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::cases::Channel;
use crate::demo::life::Deed;

/// A Wednesday at noon in New York, a Sunday night, and a morning after the clocks changed.
const MOMENTS: [&str; 3] = ["2026-11-18T17:00:00Z", "2026-11-22T03:10:00Z", "2026-03-09T14:00:00Z"];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn plan() -> Plan {
    Plan::make(at(MOMENTS[0]))
}

fn outcome(case: &Case) -> Option<Outcome> {
    if let Fate::Closed(outcome) = case.fate { Some(outcome) } else { None }
}

#[test]
fn the_same_day_makes_the_same_plan() {
    assert_eq!(format!("{:?}", plan()), format!("{:?}", plan()));
}

#[test]
fn there_are_six_hundred_cases_of_which_130_live() {
    for moment in MOMENTS {
        let plan = Plan::make(at(moment));
        assert_eq!(plan.cases.len(), 600);
        assert_eq!(plan.cases.iter().filter(|case| case.is_live()).count(), 130);
        let free = plan.cases.iter().filter(|case| matches!(case.fate, Fate::New { owned: false })).count();
        assert_eq!(free, 24);
    }
}

#[test]
fn every_outcome_kind_and_channel_is_there() {
    let plan = plan();
    for one in Outcome::ALL {
        assert!(plan.cases.iter().any(|case| outcome(case) == Some(*one)), "{one:?}");
    }
    for kind in Kind::ALL {
        assert!(plan.cases.iter().filter(|case| case.kind == *kind).count() >= 8, "{kind:?}");
    }
    for channel in Channel::ALL {
        assert!(plan.cases.iter().any(|case| case.channel == *channel), "{channel:?}");
    }
    let decided = plan.cases.iter().filter(|case| outcome(case).is_some_and(Outcome::is_decided)).count();
    let saved = plan
        .cases
        .iter()
        .filter(|case| outcome(case).is_some_and(|one| one.is_decided() && one != Outcome::Lost))
        .count();
    assert!((48..=60).contains(&(saved * 100 / decided)), "{saved} of {decided}");
}

#[test]
fn reasons_have_their_shares() {
    let plan = plan();
    let mut shares: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &plan.cases {
        *shares.entry(case.story.reason.split('.').next().unwrap_or_default()).or_default() += 1;
    }
    assert!((175..=225).contains(&shares["competitor"]), "{shares:?}");
    assert!((55..=78).contains(&shares["price"]), "{shares:?}");
    assert!((34..=50).contains(&shares["other"]), "{shares:?}");
}

#[test]
fn everything_happens_within_working_hours_and_before_now() {
    for moment in MOMENTS {
        let now = at(moment);
        let plan = Plan::make(now);
        let hours: Vec<WorkHours> =
            (0..TEAMS.len()).map(|team| WorkHours::new(people::calendar(team, now.date_naive()), now)).collect();
        for case in &plan.cases {
            assert!(case.opened_at < now);
            let mut last = case.opened_at;
            for event in &case.events {
                // a reason is coded in the minute of the call that gave it
                assert!(event.at >= last && event.at < now, "{} {:?}", case.opened_at, case.events);
                last = event.at;
            }
            let Some(team) = case.team else { continue };
            // duplicates keep their original's team, whose zone differs where the back office helped
            if case.duplicate_of.is_none() && case.second_because.is_none() {
                assert!(hours[team].is_working(case.opened_at), "{}", case.opened_at);
                assert!(case.events.iter().all(|event| hours[team].is_working(event.at)));
            }
        }
        assert!(plan.cases[0].opened_at < now - TimeDelta::days(200));
    }
}

#[test]
fn no_slot_stays_empty() {
    for case in plan().cases {
        let texts = case.events.iter().flat_map(|event| match &event.deed {
            Deed::Log { body, next, .. } | Deed::Attempt { body, next, .. } => {
                vec![body.clone(), next.as_ref().map(|(what, _)| what.clone()).unwrap_or_default()]
            }
            Deed::Correct(text) | Deed::Confirm(text) | Deed::Close { note: text, .. } => vec![text.clone()],
            _ => Vec::new(),
        });
        for text in texts.chain([case.stated.clone()]) {
            assert!(!text.contains('{') && !text.contains('}'), "{}: {text}", case.story.reason);
        }
    }
}

#[test]
fn nobody_is_kept_who_wants_no_attempt() {
    let plan = plan();
    let quiet = |case: &&Case| case.just_cancel || case.story.levers.is_empty();
    assert!(plan.cases.iter().filter(|case| case.just_cancel).count() >= 20);
    assert!(plan.cases.iter().any(|case| case.story.reason == "life_event.deceased"));
    for case in plan.cases.iter().filter(quiet) {
        assert!(!case.events.iter().any(|event| matches!(event.deed, Deed::Attempt { .. })), "{:?}", case.events);
    }
}

#[test]
fn what_was_kept_fits_the_outcome() {
    for case in plan().cases {
        for event in &case.events {
            if let Deed::Close { outcome, kept, .. } = &event.deed {
                assert!(kept.minor <= case.value.minor && kept.currency == case.value.currency);
                assert_eq!(
                    kept.minor > 0,
                    outcome.is_save() || matches!(outcome, Outcome::PartlySaved | Outcome::NeverAtRisk)
                );
            }
        }
    }
}

#[test]
fn duplicates_follow_their_originals_and_some_cases_come_back() {
    let plan = plan();
    let place = |serial| plan.cases.iter().position(|case| case.serial == serial).unwrap();
    let duplicates = plan.cases.iter().filter(|case| outcome(case) == Some(Outcome::Duplicate));
    assert!(duplicates.clone().count() >= 15);
    for case in duplicates {
        assert!(place(case.duplicate_of.unwrap()) < place(case.serial));
    }
    let reopened =
        plan.cases.iter().filter(|case| case.events.iter().any(|event| matches!(event.deed, Deed::Reopen(_))));
    assert!(reopened.count() >= 10);
    assert!(plan.cases.iter().filter(|case| case.second_because.is_some()).count() >= 3);
}

#[test]
fn every_case_has_a_log_of_a_likely_length() {
    for case in plan().cases.iter().filter(|case| !case.is_live()) {
        let entries = case.events.iter().filter(|event| {
            matches!(event.deed, Deed::Log { .. } | Deed::Attempt { .. } | Deed::Correct(_) | Deed::Confirm(_))
        });
        assert!((1..=12).contains(&entries.count()), "{:?}", case.events);
    }
}
