//! Fixes that are due. Deadlines belong to cases, so problems look after theirs in the rounds of the chaser themselves:
//! whoever owns the problem is told the day before, on the day, and when it is over; then supervisors are as well.

use chrono::{Datelike as _, Days, NaiveDate};

use super::super::{code, store};
use crate::accounts::{self, Duty};
use crate::calendar;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ProblemId, UserId};
use crate::notifications::{self, Notice};

/// A problem whose fix is to come.
pub(in crate::problems) struct Planned {
    pub(in crate::problems) id: ProblemId,
    pub(in crate::problems) number: i64,
    pub(in crate::problems) title: String,
    pub(in crate::problems) owner: Option<UserId>,
    pub(in crate::problems) due: NaiveDate,
}

/// How near a fix is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Near {
    Tomorrow,
    Today,
    Late,
}

impl Near {
    /// The latest step that is due on a day: of several that passed meanwhile only that one is told (R16).
    fn of(due: NaiveDate, today: NaiveDate) -> Option<Self> {
        match (due - today).num_days() {
            2.. => None,
            1 => Some(Self::Tomorrow),
            0 => Some(Self::Today),
            _ => Some(Self::Late),
        }
    }

    /// As stored.
    fn name(self) -> &'static str {
        match self {
            Self::Tomorrow => "tomorrow",
            Self::Today => "today",
            Self::Late => "late",
        }
    }
}

/// Tells of fixes that are due, each step once for each day that was planned (R15); gives how many notices there are. A
/// problem has no team: its days are those on the clock of a desk without one.
///
/// # Errors
/// When the database refuses.
pub async fn chase_fixes(tx: &mut Tx) -> Result<u64> {
    let now = tx.now();
    // ahead of tomorrow in every zone there is
    let planned = store::fixes_due(tx, now.date_naive() + Days::new(2)).await?;
    if planned.is_empty() {
        return Ok(0);
    }
    let duty = accounts::duty(tx, now).await?;
    let today = now.with_timezone(&duty.calendar(None).zone).date_naive();
    let mut notices = Vec::new();
    for one in &planned {
        if let Some(near) = Near::of(one.due, today)
            && store::note_fix(tx, one, near.name()).await?
        {
            notices.extend(told(&duty, one, near, today));
        }
    }
    notifications::tell(tx, &notices).await
}

/// Whom a step is told, and how.
fn told(duty: &Duty, one: &Planned, near: Near, today: NaiveDate) -> Vec<Notice> {
    let supervisors = duty.supervisors(None);
    let owners = one.owner.map_or_else(|| supervisors.clone(), |owner| duty.stands_for(owner, None));
    let (kind, when) = match near {
        Near::Late => (notifications::Kind::Overdue, format!("was due on {}", calendar::date(one.due, today.year()))),
        near => (notifications::Kind::Reminder, format!("is due {}", near.name())),
    };
    let above = supervisors.into_iter().filter(|to| near == Near::Late && !owners.contains(to));
    let above = above.map(|to| (to, notifications::Kind::Escalated)).collect::<Vec<_>>();
    let all = owners.into_iter().map(|to| (to, kind)).chain(above);
    all.map(|(to, kind)| Notice {
        to,
        kind,
        case: None,
        about: format!("The fix of {} {when}: {}", code(one.number), one.title),
        urgent: false,
        key: format!("problem:{}:fix:{}:{}", one.id, one.due, near.name()),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r16_only_the_latest_step_is_told() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let steps = [18, 19, 20, 21, 30].map(|today| Near::of(day(20), day(today)));
        assert_eq!(steps, [None, Some(Near::Tomorrow), Some(Near::Today), Some(Near::Late), Some(Near::Late)]);
    }
}
