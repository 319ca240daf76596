//! One table of everything due. A deadline knows when it is due and why it is due then (R2). The case keeps a copy of
//! its next one, so that the queue reads one row per case.

mod actions;
pub mod chase;
mod edit;
pub mod ladder;
mod pages;
mod pause;
mod store;

use chrono::{DateTime, Utc};

use crate::ids::{DeadlineId, UserId};

pub use actions::{NewDeadline, end, end_all, end_for, reassign, set, set_for, target};
pub use edit::{Changed, NewLadder, change_ladder};
pub use ladder::{Act, Ladder, Rung};
pub use pages::routes;
pub use pause::{may_pause, pause, resume};
pub use store::{next, of_case, of_case_part};

/// What is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// From intake to the first substantive act.
    FirstAction,
    /// What somebody of ours is to do at a time.
    FollowUp,
    /// From a customer's wish to cancel to its confirmation; a save attempt never obstructs it.
    CancelRequest,
    /// What a regulator or bureau waits for.
    RegulatorResponse,
    /// The customer's answer to an offer.
    Offer,
    /// A decision that was asked for.
    Approval,
    /// What we told the customer we will do.
    Promise,
    /// A department's answer.
    Request,
    /// A department's yes, which runs out.
    Feasibility,
    /// A booked call.
    Appointment,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::FirstAction,
        Self::FollowUp,
        Self::CancelRequest,
        Self::RegulatorResponse,
        Self::Offer,
        Self::Approval,
        Self::Promise,
        Self::Request,
        Self::Feasibility,
        Self::Appointment,
    ];

    /// As stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstAction => "first_action",
            Self::FollowUp => "follow_up",
            Self::CancelRequest => "cancel_request",
            Self::RegulatorResponse => "regulator_response",
            Self::Offer => "offer",
            Self::Approval => "approval",
            Self::Promise => "promise",
            Self::Request => "request",
            Self::Feasibility => "feasibility",
            Self::Appointment => "appointment",
        }
    }

    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::FirstAction => "First action",
            Self::FollowUp => "Follow-up",
            Self::CancelRequest => "Cancel request",
            Self::RegulatorResponse => "Regulator response",
            Self::Offer => "Pending offer",
            Self::Approval => "Pending approval",
            Self::Promise => "Promise",
            Self::Request => "Department request",
            Self::Feasibility => "Department’s yes",
            Self::Appointment => "Booked call",
        }
    }

    /// Reads the stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something due in a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deadline {
    /// Its identity.
    pub id: DeadlineId,
    /// What kind of thing is due.
    pub kind: Kind,
    /// What is to be done, in words.
    pub what: String,
    /// When.
    pub due_at: DateTime<Utc>,
    /// Why then.
    pub because: String,
    /// Since when the time runs.
    pub set_at: DateTime<Utc>,
    /// Who does it, if somebody in particular.
    pub owner: Option<UserId>,
    /// Since when its clock stands still, if it does.
    pub paused_at: Option<DateTime<Utc>>,
}

/// How a deadline ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Done: in time or late follows from when.
    Done,
    /// Done in time, though it is noted only now.
    DoneInTime,
    /// No longer needed.
    Cleared,
}
