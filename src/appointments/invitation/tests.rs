use chrono::TimeZone as _;

use super::super::{Kind, Stage, Taking};
use super::*;
use crate::ids::{AppointmentId, CaseId};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 19, 10, 42, 0).unwrap()
}

fn call(sequence: i32) -> Appointment {
    let host = Taking {
        user: UserId::new(),
        name: "Priya Raman".to_owned(),
        email: "priya@brightline.example".to_owned(),
        department: None,
        department_name: None,
        host: true,
        despite: false,
    };
    Appointment {
        id: AppointmentId::new(),
        case: CaseId::new(),
        number: 20_418,
        customer: CustomerId::new(),
        kind: Kind::Callback,
        what: "Explain why the discount ends".to_owned(),
        starts_at: Utc.with_ymd_and_hms(2026, 11, 24, 15, 0, 0).unwrap(),
        minutes: 30,
        host: host.user,
        people: vec![host],
        zone: chrono_tz::Europe::Berlin,
        phone: "+49 30 1234567".to_owned(),
        invites: true,
        sequence,
        stage: Stage::Booked,
        note: None,
        booked_at: now(),
        booked_by: None,
        ended_at: None,
        version: 1,
    }
}

#[test]
fn a_customer_reads_their_own_clock_first_and_nothing_of_the_desk() {
    let of = call(0);
    let guest = Guest::Customer(of.customer);
    let ours = chrono_tz::America::New_York;
    let (mail, invitation) = mail(&of, Says::Request, &guest, ("renee@harborview.example", "Renée"), ours, now());
    assert_eq!(mail.subject, "Our call on Tue 24 Nov 16:00");
    let theirs = "we will call you on Tue 24 Nov 16:00 to 16:30 (Europe/Berlin).\nWith us that is Tue 24 Nov 10:00 to 10:30 (America/New York).\nWe call you at +49 30 1234567.\n";
    assert!(mail.body.contains(theirs), "{}", mail.body);
    let all = format!("{}{}{}", mail.subject, mail.body, invitation.calendar);
    for inside in ["discount", "Priya", "{desk}"] {
        assert!(!all.contains(inside), "{inside} is in {all}");
    }
}

#[test]
fn our_people_read_a_number_and_no_name_and_a_move_keeps_its_uid() {
    let of = call(1);
    let guest = Guest::Ours(of.host, chrono_tz::America::New_York);
    let (mail, invitation) =
        mail(&of, Says::Cancel, &guest, ("priya@brightline.example", "Priya Raman"), chrono_tz::UTC, now());
    assert_eq!(mail.subject, "Cancelled: Callback, SD-20418, Tue 24 Nov 10:00");
    let calendar = invitation.calendar.replace("\r\n ", "");
    for line in [
        "METHOD:CANCEL".to_owned(),
        "STATUS:CANCELLED".to_owned(),
        "SEQUENCE:1".to_owned(),
        format!("UID:{}@savedesk", of.id),
        "DTSTART:20261124T150000Z".to_owned(),
        "DTEND:20261124T153000Z".to_owned(),
        "ORGANIZER:mailto:{organizer}".to_owned(),
    ] {
        assert!(calendar.lines().any(|written| written == line), "{line} is not in\n{calendar}");
    }
    assert!(!calendar.contains("discount") && !mail.body.contains("discount"), "{calendar}");
}
