//! What kinds of processes there are, what a step makes, who must know, and where each stands.

use crate::cases::AtStake;
use crate::names::names;

names! {
    /// What a process is for.
    Kind {
        Escalation = "escalation", "Escalation";
        RedFlag = "red_flag", "Red flag";
        Cancellation = "cancellation", "Cancellation";
        Collection = "collection", "Collection";
        Support = "support", "Support";
        Finance = "finance", "Finance";
        Legal = "legal", "Legal";
        Marketing = "marketing", "Marketing";
    }
}

impl Kind {
    /// Its icon.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Escalation => "up",
            Self::RedFlag => "flag",
            Self::Cancellation => "x",
            Self::Collection | Self::Finance => "card",
            Self::Support => "wrench",
            Self::Legal => "scale",
            Self::Marketing => "chart",
        }
    }
}

names! {
    /// What a step makes.
    Makes {
        Request = "request", "A job for a department";
        Promise = "promise", "A promise to the customer";
        FollowUp = "follow_up", "A follow-up of the desk";
        Confirmation = "confirmation", "The written confirmation";
    }
}

names! {
    /// Who must know.
    Whom {
        Owner = "owner", "The owner of the case";
        Supervisors = "supervisors", "The team’s supervisors";
        Managers = "managers", "The managers";
        Privacy = "privacy", "The privacy officers";
    }
}

names! {
    /// What a fact is.
    FactKind {
        Text = "text", "Words";
        Date = "date", "A day";
        Money = "money", "An amount";
        YesNo = "yes_no", "Yes or no";
    }
}

names! {
    /// What a step is only for.
    Only {
        Subscription = "subscription", "What recurs";
        Order = "order", "Orders";
    }
}

impl Only {
    /// Whether that is at stake.
    #[must_use]
    pub fn fits(self, at_stake: AtStake) -> bool {
        matches!(at_stake, AtStake::Order(_)) == (self == Self::Order)
    }
}

names! {
    /// Where a process stands.
    Stage {
        Running = "running", "Running";
        Done = "done", "Done";
        Stopped = "stopped", "Stopped";
    }
}

names! {
    /// Where a step stands.
    StepStage {
        Waiting = "waiting", "Waiting";
        Begun = "begun", "Under way";
        Done = "done", "Done";
        Skipped = "skipped", "Skipped";
    }
}

impl StepStage {
    /// Whether something is still to come of it.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Begun)
    }
}

names! {
    /// How it goes with what a step made.
    Fares {
        Open = "open", "Under way";
        Well = "well", "Done";
        Trouble = "trouble", "In trouble";
    }
}
