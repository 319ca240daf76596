use chrono::TimeZone as _;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 19, 10, 42, 0).unwrap()
}

fn taking(host: bool) -> Taking {
    Taking {
        user: UserId::new(),
        name: "Priya Raman".to_owned(),
        email: "priya@brightline.example".to_owned(),
        department: None,
        department_name: None,
        host,
        despite: false,
    }
}

fn appointment() -> Appointment {
    let host = taking(true);
    Appointment {
        id: AppointmentId::new(),
        case: CaseId::new(),
        number: 20_418,
        customer: CustomerId::new(),
        kind: Kind::Callback,
        what: "Explain the credit".to_owned(),
        starts_at: now() + TimeDelta::hours(3),
        minutes: 30,
        host: host.user,
        people: vec![host],
        zone: chrono_tz::Europe::Berlin,
        phone: "+49 30 1234567".to_owned(),
        invites: true,
        sequence: 0,
        stage: Stage::Booked,
        note: None,
        booked_at: now(),
        booked_by: None,
        ended_at: None,
        version: 1,
    }
}

#[test]
fn a_moved_call_has_a_newer_invitation_and_whoever_saw_it_before_is_told() {
    let was = appointment();
    let later = was.starts_at + TimeDelta::hours(1);
    let mut people = was.people.clone();
    assert_eq!(was.clone().move_to(was.starts_at, 30, people.clone(), 1), Err(Refusal::SameTime));
    assert_eq!(was.clone().move_to(later, 30, people.clone(), 2), Err(Refusal::Changed));
    people.push(taking(false));
    let moved = was.move_to(later, 30, people, 1).unwrap();
    assert_eq!((moved.sequence, moved.kind, moved.starts_at), (1, Kind::Joint, later));
}

#[test]
fn a_call_ends_once_and_not_before_it_began() {
    let booked = appointment();
    assert_eq!(booked.clone().end(Stage::Held, None, now()), Err(Refusal::NotBegun));
    let off = booked.clone().end(Stage::Cancelled, Some("They are away".to_owned()), now()).unwrap();
    assert_eq!((off.stage, off.sequence), (Stage::Cancelled, 1));
    assert_eq!(off.end(Stage::Held, None, now() + TimeDelta::days(1)), Err(Refusal::Over(Stage::Cancelled)));
    let held = booked.end(Stage::Held, None, now() + TimeDelta::hours(4)).unwrap();
    assert_eq!((held.stage, held.sequence), (Stage::Held, 0));
}

#[test]
fn a_call_is_booked_ahead_and_not_for_years() {
    assert_eq!(require_ahead(now(), now()), Err(Refusal::NotAhead));
    assert_eq!(require_ahead(now() + TimeDelta::days(201), now()), Err(Refusal::TooFar));
    assert_eq!(require_ahead(now() + TimeDelta::days(1), now()), Ok(()));
}
