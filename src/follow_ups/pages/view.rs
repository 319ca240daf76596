//! How what is due is shown: rows under their headings, tabs, the bars of a week.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::lists::{Ended, Item, Span};
use super::super::{Kind, Stage, StillHere, Wake};
use crate::calendar::{self, Calendar, wall_clock};
use crate::deadlines;
use crate::ids::{CaseId, FollowUpId};
use crate::money::Money;
use crate::web::Due;

/// The moments that divide a week: now, and the seven midnights that follow.
pub(super) struct Moments {
    pub(super) now: DateTime<Utc>,
    pub(super) all: Vec<DateTime<Utc>>,
    pub(super) zone: Tz,
}

impl Moments {
    pub(super) fn of(zone: Tz, now: DateTime<Utc>) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let midnight = |days: u64| {
            wall_clock(zone, today.checked_add_days(Days::new(days)).unwrap_or(today).and_time(NaiveTime::MIN))
        };
        let all = std::iter::once(now).chain((1..=7).map(midnight)).collect();
        Self { now, all, zone }
    }

    fn hour(&self, hour: u32) -> DateTime<Utc> {
        let today = self.now.with_timezone(&self.zone).date_naive();
        wall_clock(self.zone, today.and_hms_opt(hour, 0, 0).unwrap_or_default())
    }

    /// Under which heading something due then stands.
    fn heading(&self, at: DateTime<Utc>, by_day: bool) -> String {
        match at {
            at if at < self.now => "Overdue".to_owned(),
            at if at >= self.all[1] => calendar::day(at, self.zone, self.now),
            _ if by_day => format!("Today, {}", calendar::day(self.now, self.zone, self.now)),
            at if at < self.hour(12) => "This morning".to_owned(),
            at if at < self.hour(17) => "This afternoon".to_owned(),
            _ => "This evening".to_owned(),
        }
    }
}

/// Which part of what is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tab {
    Today,
    Overdue,
    Week,
    Promises,
    Done,
}

impl Tab {
    pub(super) const ALL: [Self; 5] = [Self::Today, Self::Overdue, Self::Week, Self::Promises, Self::Done];

    pub(super) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|tab| tab.name() == name).unwrap_or(Self::Today)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Overdue => "overdue",
            Self::Week => "week",
            Self::Promises => "promises",
            Self::Done => "done",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Overdue => "Overdue",
            Self::Week => "Next 7 days",
            Self::Promises => "Promises",
            Self::Done => "Done",
        }
    }

    pub(super) fn span(self, moments: &Moments) -> Span {
        let until = |at: usize| Some(moments.all[at]);
        match self {
            Self::Today => Span { until: until(1), ..Span::default() },
            Self::Overdue => Span { until: until(0), ..Span::default() },
            Self::Week => Span { from: until(0), until: until(7), ..Span::default() },
            Self::Promises | Self::Done => Span { promises: true, ..Span::default() },
        }
    }

    pub(super) fn empty(self) -> (&'static str, &'static str) {
        match self {
            Self::Today => ("Nothing more is due today", "What you plan for later is under “Next 7 days”."),
            Self::Overdue => ("Nothing is overdue", "Everything that was due was done in time, moved or snoozed."),
            Self::Week => {
                ("Nothing is due in the next 7 days", "Log what happens with its next step, or add a follow-up.")
            }
            Self::Promises => ("No promise is open", "What customers are promised shows here until it is kept."),
            Self::Done => ("Nothing was done yet", "Follow-ups that were done or dropped show here, the last first."),
        }
    }
}

/// One thing due, as shown.
pub(super) struct Row {
    pub(super) key: String,
    pub(super) what: String,
    pub(super) case: CaseId,
    pub(super) code: String,
    pub(super) customer: String,
    pub(super) tag: &'static str,
    pub(super) tone: &'static str,
    pub(super) value: String,
    pub(super) due: Due,
    /// The time of day, for the week.
    pub(super) time: String,
    /// "Snoozed until the customer replies", what a check found, why it was dropped.
    pub(super) sub: String,
    /// If it is a follow-up that is open.
    pub(super) follow_up: Option<FollowUpId>,
    pub(super) is_check: bool,
    /// Where it is worked: its case, or the booked call.
    pub(super) href: String,
    /// "Billing does it"
    pub(super) who: String,
    at: DateTime<Utc>,
    heading: String,
}

impl Row {
    pub(super) fn of(item: Item, moments: &Moments) -> Self {
        let due = Due::new(item.due_at, item.set_at, &item.because, moments.zone, moments.now);
        let kind = deadlines::Kind::from_name(&item.kind);
        let task = item.follow_up_kind.as_deref().and_then(Kind::from_name);
        let (tag, tone) = tag(kind, task, due.tone);
        Self {
            key: item.id.to_string(),
            what: item.what,
            case: item.case,
            code: format!("SD-{}", item.number),
            customer: item.customer,
            tag,
            tone,
            value: Money::new(item.value_minor, item.currency).short(),
            time: calendar::time_of_day(item.due_at, moments.zone),
            due,
            sub: match item.snoozed_for.as_deref() {
                None => String::new(),
                Some(until) => Wake::from_name(until)
                    .map_or_else(|| "Snoozed".to_owned(), |wake| format!("Snoozed until {}", wake.label())),
            },
            follow_up: item.follow_up,
            is_check: task == Some(Kind::Check),
            href: match (kind, item.subject) {
                (Some(deadlines::Kind::Appointment), Some(call)) => format!("/appointments/{call}"),
                _ => format!("/cases/{}", item.case),
            },
            who: item.department.map_or_else(|| "You see to it".to_owned(), |name| format!("{name} does it")),
            at: item.due_at,
            heading: String::new(),
        }
    }

    pub(super) fn ended(ended: Ended, moments: &Moments) -> Self {
        let kind = Kind::from_name(&ended.kind);
        let (tag, _) = tag(Some(deadlines::Kind::FollowUp), kind, "");
        let when = calendar::moment(ended.at, moments.zone, moments.now);
        let found = match ended.still_here {
            Some(StillHere::Yes) => "Still active and paying",
            Some(StillHere::No) => "Gone or not paying",
            Some(StillHere::Unknown) => "Not known whether still paying",
            None => "",
        };
        let dropped = (ended.stage == Stage::Dropped).then(|| "Dropped".to_owned());
        let parts = [dropped, Some(found.to_owned()), ended.note];
        let sub: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        Self {
            key: ended.id.to_string(),
            what: ended.what,
            case: ended.case,
            code: format!("SD-{}", ended.number),
            customer: ended.customer,
            tag,
            tone: "",
            value: Money::new(ended.value_minor, ended.currency).short(),
            due: Due::nothing(&when),
            time: String::new(),
            sub: sub.join(". "),
            follow_up: None,
            is_check: false,
            href: format!("/cases/{}", ended.case),
            who: String::new(),
            at: ended.at,
            heading: calendar::day(ended.at, moments.zone, moments.now),
        }
    }

    /// Its icon beside the list.
    pub(super) fn icon(&self) -> &'static str {
        if self.due.tone == "bad" { "alert" } else { "clock" }
    }
}

/// What kind of thing it is, in a word, and its tone.
fn tag(kind: Option<deadlines::Kind>, task: Option<Kind>, tone: &'static str) -> (&'static str, &'static str) {
    match (kind, task) {
        (_, Some(Kind::Callback)) => ("Call", ""),
        (_, Some(Kind::Message)) => ("Message", ""),
        (_, Some(Kind::Check)) => ("Check", ""),
        (_, Some(Kind::Reminder)) => ("Reminder", ""),
        (_, Some(Kind::TellCustomer)) => ("Tell customer", "warn"),
        (Some(deadlines::Kind::Promise), _) => ("Promise", tone),
        (Some(deadlines::Kind::Offer), _) => ("Offer", ""),
        (Some(deadlines::Kind::Approval), _) => ("Approval", ""),
        (Some(deadlines::Kind::Request | deadlines::Kind::Feasibility), _) => ("Department", ""),
        (Some(deadlines::Kind::Appointment), _) => ("Booked call", ""),
        (Some(deadlines::Kind::CancelRequest), _) => ("Cancel request", "info"),
        (Some(deadlines::Kind::RegulatorResponse), _) => ("Complaint", "info"),
        (Some(deadlines::Kind::FirstAction), _) => ("First action", ""),
        _ => ("Follow-up", ""),
    }
}

/// Rows under a heading.
pub(super) struct Group {
    pub(super) heading: String,
    pub(super) late: bool,
    pub(super) rows: Vec<Row>,
}

impl Group {
    /// Rows that carry their headings.
    pub(super) fn days(rows: Vec<Row>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for row in rows {
            match groups.last_mut() {
                Some(group) if group.heading == row.heading => group.rows.push(row),
                _ => groups.push(Self { heading: row.heading.clone(), late: false, rows: vec![row] }),
            }
        }
        groups
    }
}

/// Open rows under their headings; the week has one for each of its days.
pub(super) fn grouped(mut rows: Vec<Row>, moments: &Moments, by_day: bool) -> Vec<Group> {
    for row in &mut rows {
        row.heading = moments.heading(row.at, by_day);
    }
    let mut groups = Group::days(rows);
    for group in &mut groups {
        group.late = group.heading == "Overdue";
    }
    groups
}

/// One bar of the week.
pub(super) struct Bar {
    pub(super) day: String,
    pub(super) count: i64,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) height: i64,
    pub(super) today: bool,
}

impl Bar {
    /// Its middle.
    pub(super) fn middle(&self) -> i64 {
        self.x + 20
    }

    /// Where its number stands.
    pub(super) fn above(&self) -> i64 {
        self.y - 6
    }
}

/// The next five days that are worked or on which something is due, today first.
pub(super) fn bars(calendar: &Calendar, moments: &Moments, in_span: &[i64]) -> Vec<Bar> {
    let worked = |from: DateTime<Utc>, until| calendar.working_between(from, until) > TimeDelta::zero();
    let days: Vec<(DateTime<Utc>, i64)> = moments
        .all
        .windows(2)
        .enumerate()
        .map(|(n, day)| (day[0], day[1], in_span[n + 1], n == 0))
        .filter(|(from, until, count, today)| *today || *count > 0 || worked(*from, *until))
        .map(|(from, _, count, _)| (from, count))
        .take(5)
        .collect();
    let most = days.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    days.into_iter()
        .zip(0..)
        .map(|((at, count), n)| {
            let height = if count == 0 { 1 } else { (48 * count / most).max(4) };
            let day = at.with_timezone(&moments.zone).format("%a").to_string();
            Bar { day, count, x: 12 + 62 * n, y: 70 - height, height, today: n == 0 }
        })
        .collect()
}
