//! The list on the left: requests in a few words each.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::super::Stage;
use super::super::store::{self, Line};
use super::any_of;
use crate::calendar;
use crate::db::together;
use crate::error::Result;
use crate::ids::{ApprovalId, OfferId, UserId};
use crate::offers;
use crate::web::{Cursor, Due};

/// Rows of a page.
const ROWS: usize = 50;

/// One request in the list.
pub(super) struct Pick {
    pub(super) id: ApprovalId,
    pub(super) current: bool,
    pub(super) customer: String,
    pub(super) due: Option<Due>,
    /// Tone and label of how it ended.
    pub(super) end: Option<(&'static str, &'static str)>,
    pub(super) what: String,
    pub(super) sub: String,
    pub(super) note: String,
}

/// What stands on the left.
#[derive(Default)]
pub(super) struct List {
    pub(super) picks: Vec<Pick>,
    pub(super) yours: Vec<Pick>,
    pub(super) newer: Option<String>,
    pub(super) older: Option<String>,
    /// "Median answer today: 19 minutes"
    pub(super) median: String,
}

/// Who looks, and when.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) me: UserId,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
}

/// The words of offers' terms, by offer and revision.
pub(super) struct Summaries(HashMap<(OfferId, i32), String>);

impl Summaries {
    pub(super) async fn load(connection: &mut PgConnection, offers: &[OfferId]) -> Result<Self> {
        if offers.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let all = offers::with_revisions(connection, offers).await?;
        Ok(Self(all.into_iter().map(|offer| ((offer.id, offer.revision.number), offer.summary())).collect()))
    }

    pub(super) fn of(&self, offer: OfferId, revision: i32) -> String {
        self.0.get(&(offer, revision)).cloned().unwrap_or_default()
    }
}

impl List {
    /// Open requests: those that wait for the viewer, then their own.
    pub(super) async fn waiting(connection: &mut PgConnection, seen: Seen, after: &str) -> Result<Self> {
        let place = Cursor::read(after);
        let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let midnight = seen.now.with_timezone(&seen.zone).date_naive().and_time(chrono::NaiveTime::MIN);
        let since = calendar::wall_clock(seen.zone, midnight);
        let parts = (
            store::waiting(seen.me, seen.now, place, limit),
            place.is_none().then(|| store::yours(seen.me, seen.now)),
            store::median_since(since),
        );
        let (mut lines, yours, median) = together(connection, parts).await?;
        let more = lines.len() > ROWS;
        lines.truncate(ROWS);
        let offers: Vec<_> = lines.iter().chain(&yours).map(|line| line.offer).collect();
        let summaries = Summaries::load(connection, &offers).await?;
        let older = lines.last().filter(|_| more).map(|last| Cursor::at(&(last.due_at, last.id)));
        Ok(Self {
            picks: lines.into_iter().map(|line| Pick::waiting(line, &summaries, seen, false)).collect(),
            yours: yours.into_iter().map(|line| Pick::waiting(line, &summaries, seen, true)).collect(),
            newer: place.map(|_: (DateTime<Utc>, ApprovalId)| "/approvals".to_owned()),
            older: older.map(|cursor| format!("/approvals?after={cursor}")),
            median: median.into_iter().flatten().next().map(calendar::duration).unwrap_or_default(),
        })
    }

    /// What was decided, newest first.
    pub(super) async fn decided(connection: &mut PgConnection, seen: Seen, before: &str) -> Result<Self> {
        let place = Cursor::read(before);
        let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let mut lines = store::decided(place, limit).all(connection).await?;
        let more = lines.len() > ROWS;
        lines.truncate(ROWS);
        let offers: Vec<_> = lines.iter().map(|line| line.offer).collect();
        let summaries = Summaries::load(connection, &offers).await?;
        let last = lines.last().filter(|_| more).and_then(|last| Some((last.ended_at?, last.id)));
        Ok(Self {
            picks: lines.into_iter().map(|line| Pick::decided(line, &summaries, seen)).collect(),
            newer: place.map(|_: (DateTime<Utc>, ApprovalId)| "/approvals?view=decided".to_owned()),
            older: last.map(|last| format!("/approvals?view=decided&after={}", Cursor::at(&last))),
            ..Self::default()
        })
    }

    /// Marks the one that is open.
    pub(super) fn open(&mut self, approval: Option<ApprovalId>) {
        for pick in self.picks.iter_mut().chain(&mut self.yours) {
            pick.current = Some(pick.id) == approval;
        }
    }
}

impl Pick {
    fn waiting(line: Line, summaries: &Summaries, seen: Seen, yours: bool) -> Self {
        let due = Due::new(line.due_at, line.asked_at, &line.due_because, seen.zone, seen.now);
        let mut notes = Vec::new();
        if line.stage == Stage::QuestionAsked {
            notes.push("Question asked.".to_owned());
        }
        if line.approvers > 1 {
            notes.push(format!("{} of {} approved.", line.yes, line.approvers));
        }
        if yours {
            notes.push(match (line.asked_by == seen.me, line.by.is_empty()) {
                (_, true) => "Nobody can decide it at this moment.".to_owned(),
                (true, _) => format!("You asked. {} decides.", any_of(&line.by)),
                (false, _) => format!("{} decides.", any_of(&line.by)),
            });
        } else if let Some(name) = line.by.first() {
            notes.push(format!("In {name}’s place."));
        }
        Self {
            id: line.id,
            current: false,
            due: Some(due),
            end: None,
            what: match (yours && line.asked_by == seen.me, summaries.of(line.offer, line.revision)) {
                (true, what) => what,
                (false, what) => format!("{what}, from {}", line.asked_by_name),
            },
            sub: format!("{} at risk. Costs {}", line.at_risk.short(), line.exposure.short()),
            note: notes.join(" "),
            customer: line.customer,
        }
    }

    fn decided(line: Line, summaries: &Summaries, seen: Seen) -> Self {
        let asked = summaries.of(line.offer, line.revision);
        let given = line.decided_revision.filter(|given| *given != line.revision);
        Self {
            id: line.id,
            current: false,
            due: None,
            end: Some((tone(line.stage), line.stage.label())),
            what: match given {
                Some(given) => {
                    format!("{} for {asked}, from {}", summaries.of(line.offer, given), line.asked_by_name)
                }
                None => format!("{asked}, from {}", line.asked_by_name),
            },
            sub: match line.ended_at {
                Some(at) => format!("{}, {}", line.by.join(" and "), calendar::moment(at, seen.zone, seen.now)),
                None => line.by.join(" and "),
            },
            note: String::new(),
            customer: line.customer,
        }
    }
}

/// The tone of a decision's mark.
pub(super) fn tone(stage: Stage) -> &'static str {
    match stage {
        Stage::Approved => "good",
        Stage::ApprovedWithChanges => "warn",
        Stage::Declined => "bad",
        Stage::Pending | Stage::QuestionAsked | Stage::Withdrawn => "info",
    }
}
