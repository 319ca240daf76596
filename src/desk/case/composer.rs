//! Writing into the log: a save attempt, a conversation, a note. What was typed stays through every mistake.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::facts::Facts;
use super::offer::Listed;
use crate::calendar::{self, Calendar};
use crate::cases::{Case, Channel, Stage};
use crate::desk::Choice;
use crate::error::FormErrors;
use crate::ids::OfferId;
use crate::interactions::{Direction, Kind, Means, NewAttempt, NewInteraction, NextStep, Response};
use crate::reasons::{self, Reasons};
use crate::web::fresh_key;

/// The most characters of an entry.
const LONGEST: usize = 40_000;

/// Which of the three forms is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tab {
    Attempt,
    Talk,
    Note,
}

impl Tab {
    /// As it stands in an address; the first one that this case takes, if none is named.
    pub(super) fn of(name: &str, facts: &Facts) -> Self {
        match name {
            _ if !facts.case.is_live() => Self::Note,
            "conversation" => Self::Talk,
            "note" => Self::Note,
            _ => Self::Attempt,
        }
    }
}

/// A save attempt as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AttemptForm {
    pub(super) response: String,
    pub(super) by: String,
    pub(super) objection: String,
    pub(super) lever: Vec<String>,
    /// The offer and its revision on screen: `<id>:<revision>`.
    pub(super) offer: String,
    pub(super) body: String,
    pub(super) next: String,
    pub(super) next_at: String,
    pub(super) next_what: String,
}

/// A conversation or a note as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EntryForm {
    pub(super) by: String,
    pub(super) body: String,
    pub(super) next: String,
    pub(super) next_at: String,
    pub(super) next_what: String,
}

/// The three forms with what is in them and what is wrong with it.
pub(super) struct Composer {
    pub(super) tab: Tab,
    pub(super) attempt: AttemptForm,
    pub(super) attempt_errors: FormErrors,
    pub(super) attempt_key: Uuid,
    pub(super) talk: EntryForm,
    pub(super) talk_errors: FormErrors,
    pub(super) talk_key: Uuid,
    pub(super) note: EntryForm,
    pub(super) note_errors: FormErrors,
    pub(super) note_key: Uuid,
    pub(super) responses: Vec<Choice>,
    pub(super) means: Vec<Choice>,
    pub(super) kinds: Vec<Choice>,
    pub(super) objections: Vec<Choice>,
    pub(super) levers: Vec<Choice>,
    /// What may be presented or was.
    pub(super) offers: Vec<Choice>,
    pub(super) times: Vec<Choice>,
}

impl Composer {
    /// Empty forms for a case; `calendar` is its team's.
    pub(super) fn of(facts: &Facts, calendar: &Calendar, reasons: &Reasons, tab: &str, offers: &Listed) -> Self {
        let choices = |all: &[reasons::Choice]| all.iter().map(|one| Choice::new(&one.code, &one.name)).collect();
        let by = usual(&facts.case);
        Self {
            tab: Tab::of(tab, facts),
            attempt: AttemptForm { by: by.to_owned(), ..AttemptForm::default() },
            attempt_errors: FormErrors::new(),
            attempt_key: fresh_key(),
            talk: EntryForm { by: by.replace("phone", "call"), ..EntryForm::default() },
            talk_errors: FormErrors::new(),
            talk_key: fresh_key(),
            note: EntryForm::default(),
            note_errors: FormErrors::new(),
            note_key: fresh_key(),
            responses: Response::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            means: ways(Means::ALL, Means::name, Means::label),
            kinds: ways(&[Kind::Call, Kind::Email, Kind::Chat, Kind::Letter], Kind::name, Kind::label),
            objections: choices(&reasons.objections),
            levers: choices(&reasons.levers),
            offers: offers.to_log(),
            times: times(calendar, facts.zone, facts.now),
        }
    }
}

/// How the next words are most likely to be exchanged.
fn usual(case: &Case) -> &'static str {
    match (&case.stage, case.channel) {
        (Stage::New, Channel::Phone) => "phone:inbound",
        (_, Channel::Email | Channel::WebForm) => "email:outbound",
        (_, Channel::Chat) => "chat:inbound",
        _ => "phone:outbound",
    }
}

/// Every way in both directions: "Phone, from the customer".
fn ways<T: Copy>(all: &[T], name: fn(T) -> &'static str, label: fn(T) -> &'static str) -> Vec<Choice> {
    all.iter()
        .flat_map(|one| Direction::ALL.iter().map(move |direction| (*one, *direction)))
        .map(|(one, direction)| {
            let way = direction.label().to_lowercase();
            Choice::new(format!("{}:{}", name(one), direction.name()), format!("{}, {way}", label(one)))
        })
        .collect()
}

/// The times that are offered for the next step, by the hours of the case's team: later today, the next working
/// morning. The value is the moment itself.
fn times(calendar: &Calendar, zone: Tz, now: DateTime<Utc>) -> Vec<Choice> {
    let today = now.with_timezone(&calendar.zone).date_naive();
    let at = |date: NaiveDate, hour: u32| {
        let moment = date.and_hms_opt(hour, 0, 0)?.and_local_timezone(calendar.zone).earliest()?.with_timezone(&Utc);
        (calendar.is_working(moment) && moment > now + TimeDelta::minutes(15)).then_some(moment)
    };
    let afternoon = at(today, 16);
    let morning = (1..=21).find_map(|days| at(today.checked_add_days(Days::new(days))?, 10));
    [afternoon, morning]
        .into_iter()
        .flatten()
        .map(|moment| {
            let here = now.with_timezone(&zone).date_naive();
            let days = (moment.with_timezone(&zone).date_naive() - here).num_days();
            let day = match days {
                0 => "Today".to_owned(),
                1 => "Tomorrow".to_owned(),
                _ => calendar::day(moment, zone, now),
            };
            let value = moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            Choice::new(value, format!("{day} {}", calendar::time_of_day(moment, zone)))
        })
        .collect()
}

/// Reads a moment typed into a `datetime-local` field on the clock of `zone`.
pub(super) fn typed_moment(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .ok()?;
    Some(local.and_local_timezone(zone).earliest()?.with_timezone(&Utc))
}

struct Next<'a> {
    choice: &'a str,
    at: &'a str,
    what: &'a str,
}

impl Next<'_> {
    /// A typed time counts even if its chip was not chosen.
    fn read(&self, errors: &mut FormErrors, usual: &str, zone: Tz, now: DateTime<Utc>) -> Option<NextStep> {
        let typed = self.choice == "pick" || (self.choice.is_empty() && !self.at.trim().is_empty());
        if !typed && self.choice.is_empty() {
            if !self.what.trim().is_empty() {
                errors.add("next", "Choose when the next step is due, or clear what it is.");
            }
            return None;
        }
        let at = if typed { typed_moment(self.at, zone) } else { self.choice.parse::<DateTime<Utc>>().ok() };
        let what = match self.what.trim() {
            "" => usual.to_owned(),
            what => what.to_owned(),
        };
        if what.chars().count() > 300 {
            errors.add("next_what", "Use at most 300 characters for the next step.");
        }
        match at {
            None if typed => errors.add("next_at", "Enter day and time of the next step, like 19 Nov 2026 14:30."),
            None => errors.add("next", "Choose when the next step is due."),
            Some(at) if at <= now => {
                errors.add(
                    if typed { "next_at" } else { "next" },
                    "Choose a time for the next step that is still ahead.",
                );
            }
            Some(at) => return Some(NextStep { what, at }),
        }
        None
    }
}

fn read_body(errors: &mut FormErrors, body: &str, missing: Option<&str>) -> String {
    let body = body.trim();
    if let Some(missing) = missing
        && body.is_empty()
    {
        errors.add("body", missing);
    }
    if body.chars().count() > LONGEST {
        errors.add("body", "Use at most 40,000 characters.");
    }
    body.to_owned()
}

impl AttemptForm {
    /// The offer that was made, and the revision that was on screen.
    pub(super) fn offered(&self) -> Option<(OfferId, i32)> {
        let (offer, revision) = self.offer.split_once(':')?;
        Some((offer.parse().ok()?, revision.parse().ok()?))
    }

    /// The attempt, or what is wrong beside each field.
    ///
    /// # Errors
    /// When a field does not do.
    pub(super) fn parse(
        &self,
        known: &Reasons,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> std::result::Result<NewAttempt, FormErrors> {
        let mut errors = FormErrors::new();
        let response = Response::from_name(&self.response).ok_or("Choose what the customer answered.");
        let response = errors.check("response", response);
        let by = self
            .by
            .split_once(':')
            .and_then(|(means, direction)| Some((Means::from_name(means)?, Direction::from_name(direction)?)));
        let by = errors.check("by", by.ok_or("Choose how you spoke with the customer."));
        let is_known = |all: &[reasons::Choice], code: &String| all.iter().any(|choice| choice.code == *code);
        let objection = Some(self.objection.clone()).filter(|code| is_known(&known.objections, code));
        if objection.is_none() && response.is_some_and(|response| response != Response::NoContact) {
            errors.add("objection", "Choose what stands between the customer and staying.");
        }
        let mut levers: Vec<String> = self.lever.iter().filter(|code| is_known(&known.levers, code)).cloned().collect();
        levers.sort();
        levers.dedup();
        if response == Some(Response::NoContact) && !self.offer.is_empty() {
            errors.add("offer", "Without contact nothing was offered. Choose “None this time”.");
        }
        if !self.offer.is_empty() && self.offered().is_none() {
            errors.add("offer", "Choose one of this case’s offers.");
        }
        let missing = (response != Some(Response::NoContact)).then_some("Write what was said, their words first.");
        let body = read_body(&mut errors, &self.body, missing);
        let usual = match by {
            Some((Means::Email, _)) => "Follow up by e-mail",
            Some((Means::Chat, _)) => "Follow up by chat",
            Some((Means::Letter, _)) => "Follow up by letter",
            _ => "Call the customer",
        };
        let next = Next { choice: &self.next, at: &self.next_at, what: &self.next_what };
        let next_step = next.read(&mut errors, usual, zone, now);
        match (response, by, errors.is_empty()) {
            (Some(response), Some((means, direction)), true) => {
                let offer = self.offered().map(|(offer, _)| offer);
                Ok(NewAttempt { response, means, direction, objection, levers, offer, body, next_step })
            }
            _ => Err(errors),
        }
    }
}

impl EntryForm {
    /// Whether it is a note; a conversation says by what means it was led.
    pub(super) fn is_note(&self) -> bool {
        self.by.is_empty()
    }

    /// The entry, or what is wrong beside each field.
    ///
    /// # Errors
    /// When a field does not do.
    pub(super) fn parse(&self, zone: Tz, now: DateTime<Utc>) -> std::result::Result<NewInteraction, FormErrors> {
        let mut errors = FormErrors::new();
        let way = if self.is_note() {
            Some((Kind::Note, None))
        } else {
            let way = self.by.split_once(':').and_then(|(kind, direction)| {
                let kind = Kind::from_name(kind).filter(|kind| !matches!(kind, Kind::SaveAttempt | Kind::Note))?;
                Some((kind, Some(Direction::from_name(direction)?)))
            });
            errors.check("by", way.ok_or("Choose how you spoke with the customer."))
        };
        let missing = if self.is_note() { "Write the note." } else { "Write what was said, their words first." };
        let body = read_body(&mut errors, &self.body, Some(missing));
        let next = Next { choice: &self.next, at: &self.next_at, what: &self.next_what };
        let next_step = next.read(&mut errors, "Call the customer", zone, now);
        match (way, errors.is_empty()) {
            (Some((kind, direction)), true) => Ok(NewInteraction { kind, direction, body, next_step }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::calendar::WorkingWeek;

    fn nine_to_five() -> Calendar {
        let at = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        Calendar::new(WorkingWeek::weekdays(at(9), at(17)).unwrap(), Tz::America__New_York)
    }

    fn labels(now: DateTime<Utc>) -> Vec<String> {
        times(&nine_to_five(), Tz::America__New_York, now).into_iter().map(|choice| choice.label).collect()
    }

    #[test]
    fn the_next_step_is_offered_in_working_hours() {
        let wednesday = Utc.with_ymd_and_hms(2026, 3, 4, 15, 0, 0).unwrap();
        assert_eq!(labels(wednesday), ["Today 16:00", "Tomorrow 10:00"]);
        let friday_evening = Utc.with_ymd_and_hms(2026, 3, 6, 22, 0, 0).unwrap();
        // the clocks go forward on that weekend
        assert_eq!(labels(friday_evening), ["Mon 9 Mar 10:00"]);
    }

    #[test]
    fn a_typed_time_is_on_the_desks_clock() {
        let noon = typed_moment("2026-07-01T12:00", Tz::America__New_York).unwrap();
        assert_eq!(noon, Utc.with_ymd_and_hms(2026, 7, 1, 16, 0, 0).unwrap());
        // an hour that the clocks leap over does not exist
        assert_eq!(typed_moment("2026-03-08T02:30", Tz::America__New_York), None);
        assert_eq!(typed_moment("soon", Tz::America__New_York), None);
    }

    #[test]
    fn a_step_needs_its_time_and_the_time_is_ahead() {
        let now = Utc.with_ymd_and_hms(2026, 3, 4, 15, 0, 0).unwrap();
        let read = |choice, at, what| {
            let mut errors = FormErrors::new();
            let step = Next { choice, at, what }.read(&mut errors, "Call", Tz::America__New_York, now);
            (step, errors.is_empty())
        };
        assert_eq!(read("", "", ""), (None, true));
        assert_eq!(read("", "", "Send the quote"), (None, false));
        assert_eq!(read("pick", "", ""), (None, false));
        assert_eq!(read("pick", "2026-03-04T09:00", ""), (None, false));
        let (step, fine) = read("", "2026-03-05T09:00", "");
        assert!(fine && step.is_some_and(|step| step.what == "Call"));
    }
}
