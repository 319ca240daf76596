//! Who is told what when a rung takes effect.

use chrono::{DateTime, Utc};

use super::round::Desk;
use crate::deadlines::chase::Chased;
use crate::deadlines::ladder::Climb;
use crate::deadlines::{Act, Kind};
use crate::ids::{DeadlineId, UserId};
use crate::notifications::{self, Notice};

/// What people are told when the rung of a climb takes effect. Acts that change something tell what became of it
/// themselves.
pub(super) fn notices(desk: &Desk, item: &Chased, climb: &Climb, now: DateTime<Utc>) -> Vec<Notice> {
    let Some((rung, _)) = climb.take else { return vec![] };
    if item.kind == Kind::Request {
        // a department's own people are told, which takes asking who they are
        return vec![];
    }
    let late = item.footing.due <= now;
    let (to, kind) = match rung.act {
        Act::Remind => {
            let to = item.owner.map(|owner| desk.duty.stands_for(owner, item.team)).unwrap_or_default();
            let kind = match item.kind {
                Kind::Offer => notifications::Kind::OfferExpiring,
                Kind::Promise if !late => notifications::Kind::PromiseAtRisk,
                _ if late => notifications::Kind::Overdue,
                _ => notifications::Kind::Reminder,
            };
            (to, kind)
        }
        Act::Escalate => (desk.duty.supervisors(item.team), notifications::Kind::Escalated),
        _ => return vec![],
    };
    to.into_iter().map(|to| notice(desk, item, rung.number, to, kind)).collect()
}

/// Something to tell one person about a rung, once.
pub(super) fn notice(desk: &Desk, item: &Chased, rung: i16, to: UserId, kind: notifications::Kind) -> Notice {
    Notice {
        to,
        kind,
        case: Some(item.case),
        about: item.what.clone(),
        urgent: desk.is_urgent(item.kind),
        key: format!("rung:{}:{rung}", item.deadline),
    }
}

/// What admins are told of a deadline that was parked at a moment.
pub(super) fn parked(desk: &Desk, deadline: DeadlineId, at: DateTime<Utc>) -> Vec<Notice> {
    let notice = |to| Notice {
        to,
        kind: notifications::Kind::Parked,
        case: None,
        about: "A deadline could not be chased".to_owned(),
        urgent: false,
        // parked again after it was tried anew, they are told again
        key: format!("parked:{deadline}:{}", at.timestamp()),
    };
    desk.duty.admins().into_iter().map(notice).collect()
}
