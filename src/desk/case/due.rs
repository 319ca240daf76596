//! What is due in a case, as its page tells it.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::calendar;
use crate::deadlines;
use crate::follow_ups;
use crate::ids::{AppointmentId, FollowUpId};

/// Something due, as stored.
#[derive(Debug, Deserialize)]
pub(super) struct Open {
    kind: String,
    what: String,
    due_at: DateTime<Utc>,
    because: String,
    set_at: DateTime<Utc>,
    paused_at: Option<DateTime<Utc>>,
    /// Working time that was left then.
    paused_minutes: Option<i64>,
    follow_up: Option<Task>,
    appointment: Option<AppointmentId>,
}

/// What is due when it is a follow-up.
#[derive(Debug, Deserialize)]
pub(super) struct Task {
    pub(super) id: FollowUpId,
    kind: String,
    owner: Option<String>,
    snoozed_for: Option<String>,
}

impl Task {
    pub(super) fn kind(&self) -> follow_ups::Kind {
        follow_ups::Kind::from_name(&self.kind).unwrap_or(follow_ups::Kind::Reminder)
    }

    pub(super) fn is_check(&self) -> bool {
        self.kind() == follow_ups::Kind::Check
    }

    /// "Callback. Priya Raman does it, snoozed until the customer replies."
    pub(super) fn words(&self) -> String {
        let who = match &self.owner {
            Some(owner) => format!("{owner} does it"),
            None => "nobody has it yet".to_owned(),
        };
        let snoozed = match self.snoozed_for.as_deref() {
            None => String::new(),
            Some(until) => match follow_ups::Wake::from_name(until) {
                Some(wake) => format!(", snoozed until {}", wake.label()),
                None => ", snoozed".to_owned(),
            },
        };
        format!("{}, {who}{snoozed}.", self.kind().label())
    }
}

/// Something due, as the page shows it.
pub(super) struct Due {
    pub(super) task: Option<Task>,
    /// If it is a booked call.
    pub(super) appointment: Option<AppointmentId>,
    /// Since when its clock stands still.
    paused: Option<String>,
    pub(super) kind: deadlines::Kind,
    pub(super) what: String,
    pub(super) because: String,
    pub(super) exact: String,
    pub(super) tone: &'static str,
    pub(super) used: u8,
    pub(super) text: String,
    pub(super) at: String,
    pub(super) ticks: bool,
}

impl Due {
    /// As it is told at a moment, on a clock.
    pub(super) fn of(open: Open, zone: Tz, now: DateTime<Utc>) -> Option<Self> {
        let kind = deadlines::Kind::from_name(&open.kind)?;
        let since = open.paused_at;
        // what it took of its time until then is what it has taken now
        let at = since.unwrap_or(now);
        let due = Self::new(kind, open.what, open.because, (open.set_at, open.due_at), zone, at);
        let due = Self { task: open.follow_up, appointment: open.appointment, ..due };
        Some(match since.zip(open.paused_minutes) {
            Some((since, left)) => due.paused(calendar::moment(since, zone, now), TimeDelta::minutes(left)),
            None => due,
        })
    }

    /// The same with its clock standing still: it is due so much working time after it is our turn again.
    fn paused(self, since: String, left: TimeDelta) -> Self {
        Self {
            paused: Some(since),
            tone: "",
            text: format!("paused, {} left", calendar::duration(left)),
            exact: format!("{} after it is our turn again", calendar::working(left)),
            at: String::new(),
            ticks: false,
            ..self
        }
    }

    /// Something due, whose time runs from one moment to another.
    pub(super) fn new(
        kind: deadlines::Kind,
        what: String,
        because: String,
        (set_at, due_at): (DateTime<Utc>, DateTime<Utc>),
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Self {
        let left = due_at - now;
        let ticks = left.num_hours().abs() < 24;
        let whole = (due_at - set_at).num_seconds().max(1);
        let used = ((now - set_at).num_seconds().max(0) * 100 / whole).min(100);
        let exact = calendar::moment(due_at, zone, now);
        Self {
            task: None,
            appointment: None,
            paused: None,
            kind,
            tone: match left.num_minutes() {
                ..0 => "bad",
                0..120 => "warn",
                _ => "",
            },
            used: u8::try_from(used).unwrap_or(100),
            text: if ticks || left.num_seconds() < 0 { calendar::left(due_at, now) } else { exact.clone() },
            at: due_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            what,
            because,
            exact,
            ticks,
        }
    }

    /// What goes before the time that is left: "First action due in ".
    pub(super) fn ahead(&self) -> String {
        format!("{} due {}", self.kind.label(), if self.ticks { "in " } else { "" })
    }

    /// What goes before the time that has passed: "First action ".
    pub(super) fn late(&self) -> String {
        format!("{} ", self.kind.label())
    }

    /// "Due Thu 19 Nov 14:00: 4 working hours after Thu 19 Nov 10:00"
    pub(super) fn why(&self) -> String {
        match &self.paused {
            Some(since) => format!("Paused since {since}, when it became the customer’s turn. Due {}", self.exact),
            None => format!("Due {}: {}", self.exact, self.because),
        }
    }

    /// Its clock stands still.
    pub(super) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// What becomes of it when the case is closed.
    pub(super) fn at_close(&self) -> &'static str {
        match self.kind {
            deadlines::Kind::FollowUp if self.task.as_ref().is_some_and(|task| task.kind().outlives_case()) => {
                "goes on until it is done"
            }
            deadlines::Kind::FollowUp => "is no longer needed and goes away",
            deadlines::Kind::CancelRequest => {
                "is over where they stay; where they leave, it is confirmed to them first"
            }
            deadlines::Kind::RegulatorResponse => "is still owed: answer it before the case is closed",
            deadlines::Kind::FirstAction => "counts as done now",
            deadlines::Kind::Offer => "is withdrawn",
            deadlines::Kind::Approval => "is taken back",
            deadlines::Kind::Request => "is cancelled",
            deadlines::Kind::Feasibility => "no longer matters",
            deadlines::Kind::Appointment => "is cancelled, and those who take part are told",
            deadlines::Kind::Promise => "goes on until it is kept",
        }
    }

    /// The tone of its icon.
    pub(super) fn mark(&self) -> &'static str {
        if self.tone.is_empty() { "info" } else { self.tone }
    }

    /// It has a card of its own.
    pub(super) fn is_promise(&self) -> bool {
        self.kind == deadlines::Kind::Promise
    }

    /// A promise whose time has passed.
    pub(super) fn is_late_promise(&self) -> bool {
        self.is_promise() && self.tone == "bad"
    }

    pub(super) fn is_cancel_request(&self) -> bool {
        self.kind == deadlines::Kind::CancelRequest
    }
}
