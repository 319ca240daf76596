//! Invitations: the calendar file (RFC 5545, RFC 5546) and the words of the mail that carries it. Our own people read a
//! number of a case and no name; the customer reads their own clock first, and nothing of the desk.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use icalendar::{Alarm, Calendar, Class, Component, Event, EventLike, EventStatus, Property};

use super::Appointment;
use crate::calendar::{moment, time_of_day};
use crate::ids::{CustomerId, UserId};
use crate::notifications::{DESK, Invitation, NewMail, ORGANIZER, To};

/// What an invitation says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Says {
    /// Come.
    Request,
    /// Come at another time.
    Moved,
    /// Come as before; who takes part has changed.
    Changed,
    /// It is off.
    Cancel,
}

impl Says {
    fn method(self) -> &'static str {
        match self {
            Self::Request | Self::Moved | Self::Changed => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// Whom it is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Guest {
    /// One of ours, with the zone whose clock they read.
    Ours(UserId, Tz),
    /// The customer; how they are addressed.
    Customer(CustomerId),
}

/// An invitation to one guest, as a mail.
pub(super) fn mail(
    of: &Appointment,
    says: Says,
    guest: &Guest,
    (address, name): (&str, &str),
    ours: Tz,
    now: DateTime<Utc>,
) -> (NewMail, Invitation) {
    let calendar = calendar(of, says, guest, (address, name), now);
    let (to, subject, body) = match guest {
        Guest::Ours(user, zone) => {
            (To::User(*user), our_subject(of, says, *zone, now), our_words(of, says, name, *zone, now))
        }
        Guest::Customer(customer) => {
            (To::Customer(*customer), their_subject(of, says, now), their_words(of, says, name, ours, now))
        }
    };
    let mail = NewMail {
        key: format!("appointment:{}:{}:{}", of.id, of.sequence, address.to_lowercase()),
        to,
        address: address.to_owned(),
        name: name.to_owned(),
        case: Some(of.case),
        subject,
        body,
        terms: None,
        not_before: None,
    };
    (mail, Invitation { to: of.id, sequence: of.sequence, calendar })
}

fn calendar(of: &Appointment, says: Says, guest: &Guest, (address, name): (&str, &str), now: DateTime<Utc>) -> String {
    let mut event = Event::new();
    event
        .uid(&format!("{}@savedesk", of.id))
        .sequence(u32::try_from(of.sequence).unwrap_or_default())
        .timestamp(now)
        .last_modified(now)
        .class(Class::Private)
        .starts(of.starts_at)
        .ends(of.span().until)
        .status(if says == Says::Cancel { EventStatus::Cancelled } else { EventStatus::Confirmed })
        .append_property(Property::new("ORGANIZER", format!("mailto:{ORGANIZER}")));
    let mut attendee = Property::new("ATTENDEE", format!("mailto:{address}"));
    attendee.add_parameter("CN", &format!("\"{}\"", name.replace(['"', '\r', '\n'], " ")));
    attendee.add_parameter("ROLE", "REQ-PARTICIPANT");
    attendee.add_parameter("PARTSTAT", "NEEDS-ACTION");
    event.append_property(attendee);
    match guest {
        Guest::Ours(..) => {
            event
                .summary(&format!("{}, {}", of.kind.label(), of.code()))
                .url(&format!("{DESK}/appointments/{}", of.id));
            if says != Says::Cancel {
                event.alarm(Alarm::display("Call", -chrono::TimeDelta::minutes(10)));
            }
        }
        Guest::Customer(_) => {
            event.summary("Our call to you").description(&format!("Our reference: {}", of.code()));
        }
    }
    let mut calendar = Calendar::new();
    calendar.append_property(("METHOD", says.method()));
    calendar.push(event.done());
    calendar.done().to_string()
}

/// "Tue 24 Nov 16:00 to 16:30 (Europe/Berlin)"
pub(super) fn when(of: &Appointment, zone: Tz, now: DateTime<Utc>) -> String {
    let until = time_of_day(of.span().until, zone);
    format!("{} to {until} ({})", moment(of.starts_at, zone, now), zone.name().replace('_', " "))
}

fn our_subject(of: &Appointment, says: Says, zone: Tz, now: DateTime<Utc>) -> String {
    let what = match says {
        Says::Cancel => "Cancelled: ",
        Says::Request => "",
        Says::Moved => "Moved: ",
        Says::Changed => "Changed: ",
    };
    format!("{what}{}, {}, {}", of.kind.label(), of.code(), moment(of.starts_at, zone, now))
}

fn our_words(of: &Appointment, says: Says, name: &str, zone: Tz, now: DateTime<Utc>) -> String {
    let first = match says {
        Says::Cancel => "this call is off",
        Says::Request => "you take part in this call",
        Says::Moved => "this call was moved",
        Says::Changed => "others take part in this call now",
    };
    let others: Vec<String> =
        of.people.iter().map(|one| if one.host { format!("{} (hosts it)", one.who()) } else { one.who() }).collect();
    format!(
        "{name}, {first}: {kind}, {code}.\n\n\
         When: {when}\n\
         For the customer: {theirs}\n\
         Who: {who}\n\n\
         All about it:\n{DESK}/appointments/{id}\n",
        kind = of.kind.label().to_lowercase(),
        code = of.code(),
        when = when(of, zone, now),
        theirs = when(of, of.zone, now),
        who = others.join("; "),
        id = of.id,
    )
}

fn their_subject(of: &Appointment, says: Says, now: DateTime<Utc>) -> String {
    let at = moment(of.starts_at, of.zone, now);
    match says {
        Says::Cancel => format!("Cancelled: our call on {at}"),
        Says::Request | Says::Changed => format!("Our call on {at}"),
        Says::Moved => format!("Moved: our call, now on {at}"),
    }
}

/// Their clock first, then ours where it differs.
fn their_words(of: &Appointment, says: Says, name: &str, ours: Tz, now: DateTime<Utc>) -> String {
    let theirs = when(of, of.zone, now);
    let here = when(of, ours, now);
    let also = if time_of_day(of.starts_at, ours) == time_of_day(of.starts_at, of.zone) {
        String::new()
    } else {
        format!("With us that is {here}.\n")
    };
    let number = if of.phone.is_empty() { String::new() } else { format!("We call you at {}.\n", of.phone) };
    let (first, rest) = match says {
        Says::Cancel => (
            format!("our call on {theirs} is cancelled."),
            "To agree on another time, answer this mail or call us.".to_owned(),
        ),
        Says::Request | Says::Moved | Says::Changed => {
            let moved = says == Says::Moved;
            let what = if moved { "our call to you was moved. We will call you" } else { "we will call you" };
            (
                format!("{what} on {theirs}.\n{also}{number}").trim_end().to_owned(),
                "If the time does not suit you, answer this mail or call us.".to_owned(),
            )
        }
    };
    format!("Hello {name},\n\n{first}\n\n{rest}\n\nOur reference: {}\n", of.code())
}

#[cfg(test)]
mod tests;
