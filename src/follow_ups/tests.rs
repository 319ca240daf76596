use chrono::TimeZone as _;

use super::*;

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, hour, 0, 0).unwrap()
}

fn due(day: u32, hour: u32) -> Due {
    Due { at: at(day, hour), because: "agreed".to_owned() }
}

fn follow_up() -> FollowUp {
    FollowUp {
        id: FollowUpId::new(),
        case: CaseId::new(),
        kind: Kind::Callback,
        what: "Call Renee with one number".to_owned(),
        owner: Some(UserId::new()),
        owner_name: None,
        due: due(20, 14),
        interaction: None,
        promise: None,
        check_day: None,
        saved_at: None,
        snoozed: None,
        stage: Stage::Open,
        still_here: None,
        note: None,
        made_at: at(19, 10),
        ended_at: None,
        ended_by: None,
        version: 1,
    }
}

#[test]
fn it_ends_once() {
    let done = follow_up().complete(None, None, at(19, 11), None).unwrap();
    assert_eq!(done.stage, Stage::Done);
    assert_eq!(done.clone().complete(None, None, at(19, 12), None), Err(Refusal::Over(Stage::Done)));
    assert_eq!(done.clone().drop_because("No".to_owned(), at(19, 12), None), Err(Refusal::Over(Stage::Done)));
    assert_eq!(done.move_to(due(21, 9), at(20, 14), at(19, 12)), Err(Refusal::Over(Stage::Done)));
}

#[test]
fn a_check_says_what_it_found_and_nothing_else_does() {
    let check = FollowUp { kind: Kind::Check, check_day: Some(30), ..follow_up() };
    assert_eq!(check.clone().complete(None, None, at(19, 11), None), Err(Refusal::NotSaid));
    let found = check.complete(None, Some(StillHere::Unknown), at(19, 11), None).unwrap();
    assert_eq!(found.still_here, Some(StillHere::Unknown));
    let call = follow_up().complete(None, Some(StillHere::Yes), at(19, 11), None);
    assert_eq!(call, Err(Refusal::NoCheck));
}

#[test]
fn r6_whoever_moves_it_saw_when_it_is_due() {
    let moved = follow_up().move_to(due(21, 9), at(20, 14), at(19, 12)).unwrap();
    assert_eq!(moved.due.at, at(21, 9));
    assert_eq!(moved.clone().move_to(due(22, 9), at(20, 14), at(19, 12)), Err(Refusal::MovedMeanwhile));
    // somebody else handed it over: another field, and both win
    let handed = moved.hand(None, follow_up().owner.filter(|_| false)).map(|one| one.owner);
    assert_eq!(handed, Err(Refusal::HandedMeanwhile));
    assert_eq!(follow_up().move_to(due(19, 11), at(20, 14), at(19, 12)), Err(Refusal::NotAhead));
    let far = Due { at: at(19, 12) + TimeDelta::days(401), because: String::new() };
    assert_eq!(follow_up().move_to(far, at(20, 14), at(19, 12)), Err(Refusal::TooFar));
}

#[test]
fn a_snooze_keeps_when_it_was_due_and_a_second_one_too() {
    let once = follow_up().snooze(Some(Wake::Reply), due(25, 9), at(20, 14), at(19, 12)).unwrap();
    let twice = once.snooze(None, due(26, 9), at(25, 9), at(19, 13)).unwrap();
    assert_eq!(twice.due.at, at(26, 9));
    assert_eq!(twice.clone().unsnooze().unwrap().due, due(20, 14));
    assert_eq!(follow_up().unsnooze(), Err(Refusal::NotSnoozed));
    let woken = twice.clone().wake(due(20, 9)).unwrap();
    assert_eq!((woken.due.at, woken.snoozed), (at(20, 9), None));
    // never later than it was put off to
    assert_eq!(twice.wake(due(28, 9)).unwrap().due.at, at(26, 9));
}

#[test]
fn what_has_just_ended_can_be_taken_up_again() {
    let done = follow_up().complete(Some("Reached her".to_owned()), None, at(19, 11), None).unwrap();
    let again = done.clone().reopen(at(19, 12)).unwrap();
    assert_eq!((again.stage, again.note, again.ended_at), (Stage::Open, None, None));
    assert_eq!(done.reopen(at(19, 12) + TimeDelta::seconds(1)), Err(Refusal::TooLate));
    assert_eq!(follow_up().reopen(at(19, 12)), Err(Refusal::Open));
}

#[test]
fn the_kind_follows_from_the_words_or_from_how_we_spoke() {
    for (words, by_phone, kind) in [
        ("Call the customer", None, Kind::Callback),
        ("E-mail the comparison", Some(true), Kind::Message),
        ("Send the bill credit note", None, Kind::Message),
        ("Recall the contract terms", None, Kind::Reminder),
        ("Discuss the plan", Some(true), Kind::Callback),
        ("Discuss the plan", Some(false), Kind::Message),
        ("Look at the invoice", None, Kind::Reminder),
        ("Check the answer of Technical support", Some(true), Kind::Reminder),
    ] {
        assert_eq!(Kind::of_words(words, by_phone), kind, "{words}");
    }
}
