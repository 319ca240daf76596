//! What each figure is: its name, its definition as it stands on pages, and the rows it counts.

use crate::names::names;

/// Where the rows of a figure come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// What became of closed cases, by the day they were closed.
    Outcomes,
    /// Cases that are open now.
    Live,
    /// What was due, by the day it was due.
    Deadlines,
    /// What we told customers we will do, by the day it was due.
    Promises,
    /// Decisions that were asked for, by the day they were made.
    Approvals,
    /// What departments answered, by the day they did.
    Answers,
    /// From one department to another before it was answered, by the day of the answer.
    Passes,
    /// First substantive acts in cases, by the day of the act.
    FirstActs,
    /// Offers that customers were shown, by the day they last were.
    Offers,
    /// Attempts to save, by the day they were made.
    Attempts,
}

names! {
    /// A figure, in the order in which definitions are listed.
    Figure {
        Gross = "gross", "Gross saved revenue";
        Recurring = "recurring", "Gross saved, recurring";
        OneOff = "one_off", "Gross saved, orders";
        Concessions = "concessions", "Concessions";
        Downgrade = "downgrade", "Downgrade difference";
        LeftOut = "left_out", "Left out of gross already";
        Rechurn = "rechurn", "Re-churn";
        Net = "net", "Net saved revenue";
        Verified = "verified", "Verified saved revenue";
        Closed = "closed", "Closed cases";
        Decided = "decided", "Decided cases";
        Saves = "saves", "Saves";
        Lost = "lost", "Lost";
        NetSaves = "net_saves", "Saves not undone";
        AtRisk = "at_risk", "Value at risk of decided cases";
        Here30 = "here_30", "Still here after 30 days";
        Gone30 = "gone_30", "Gone within 30 days";
        Unknown30 = "unknown_30", "Unknown after 30 days";
        Here60 = "here_60", "Still here after 60 days";
        Gone60 = "gone_60", "Gone within 60 days";
        Unknown60 = "unknown_60", "Unknown after 60 days";
        Here90 = "here_90", "Still here after 90 days";
        Gone90 = "gone_90", "Gone within 90 days";
        Unknown90 = "unknown_90", "Unknown after 90 days";
        OpenAtRisk = "open_at_risk", "Open revenue at risk";
        Deadlines = "deadlines", "Deadlines";
        Promises = "promises", "Promises due";
        Approvals = "approvals", "Approvals decided";
        Answers = "answers", "Department answers";
        Passes = "passes", "Passed on before the answer";
        FirstActs = "first_acts", "Time to first action";
        Offers = "offers", "Offers shown";
        Missed = "missed", "Lost with something missed";
        MissedOffer = "missed_offer", "An open offer was never shown";
        MissedApproval = "missed_approval", "The approval came too late";
        MissedPromise = "missed_promise", "A promise was broken before";
        MissedFirstAction = "missed_first_action", "The first action came late";
        MissedLimit = "missed_limit", "The limit was not used";
        Attempts = "attempts", "Save attempts";
        FalseSaves = "false_saves", "Saved without an offer, gone within 30 days";
        Contradicted = "contradicted", "Log and outcome disagree";
    }
}

impl Figure {
    /// What it is, in the words that stand on the page.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a sentence for each figure")]
    pub fn definition(self) -> &'static str {
        match self {
            Self::Gross => {
                "What is in force after the close of cases saved, modified or partly saved: a year of recurring revenue, \
                 and the value of orders kept. Frozen as the case is closed."
            }
            Self::Recurring => "The part of gross saved revenue that recurs: its monthly price × 12.",
            Self::OneOff => "The part of gross saved revenue that is the value of orders kept.",
            Self::Concessions => {
                "The exposure of every accepted offer over its whole term: percent × price × months, the credit, free \
                 months × price, price difference × months (12 if open-ended), goods at cost. Each in the currency it was \
                 made in."
            }
            Self::Downgrade => {
                "Of the concessions, those by a change of plan: price difference × months (12 if open-ended)."
            }
            Self::LeftOut => {
                "Of concessions in the price (discounts, free months, pauses, changes of plan), the part by which gross is \
                 already less than what was at risk. Added back, so that it is taken off once."
            }
            Self::Rechurn => {
                "The gross of saves undone within 90 days: the same subscription, order or whole relation was lost, the \
                 account cancelled, the subscription ended, or a check found them gone. It counts in the month of the save."
            }
            Self::Net => "Gross − concessions + what gross leaves out of them already − re-churn.",
            Self::Verified => {
                "The net saved revenue of saves that a check or a bill shows still active and paying after 30 days."
            }
            Self::Closed => "All cases closed, whatever their outcome.",
            Self::Decided => "Closed with saved, modified, partly saved or lost.",
            Self::Saves => "Closed with saved, modified or partly saved. The gross save rate is these ÷ decided cases.",
            Self::Lost => "Closed with lost.",
            Self::NetSaves => {
                "Saves that were not undone within 90 days. Cost per save is concessions ÷ these. It holds concessions \
                 only: nobody records what handling a case costs, so that is not in it."
            }
            Self::AtRisk => "At opening: monthly recurring revenue × 12, or the order’s value, of decided cases.",
            Self::Here30 | Self::Here60 | Self::Here90 => {
                "Saves whose day has passed and that a check or a later bill shows still active and paying. The net save \
                 rate is these ÷ decided cases whose day has passed."
            }
            Self::Gone30 | Self::Gone60 | Self::Gone90 => {
                "Saves whose day has passed and that were gone by then. Re-churn as a share is these ÷ saves whose day has \
                 passed."
            }
            Self::Unknown30 | Self::Unknown60 | Self::Unknown90 => {
                "Saves whose day has passed and of which nobody knows: no check was answered and no bill was brought in. \
                 They stay unknown, and are neither kept nor lost."
            }
            Self::OpenAtRisk => "The value at risk of cases that are open now, whenever they came in.",
            Self::Deadlines => {
                "Deadlines whose time has passed. Missed are those done late, those still open, and those that were overdue \
                 when their case was closed or another took their place; what stands still, or was taken off in time, counts \
                 neither way. Attainment is met ÷ (met + missed), per kind."
            }
            Self::Promises => {
                "Promises whose due time has passed. The promise kept rate is kept on time ÷ due; late and waived are \
                 shown apart."
            }
            Self::Approvals => {
                "Approvals that were decided. Turnaround runs from asking to deciding, in working hours of the case’s \
                 team: half of them take no longer than the median, nine of ten no longer than the 90th percentile."
            }
            Self::Answers => {
                "Requests that a department answered, in the calendar time from asking to the answer. Of a confidential one \
                 only those who may know of it see more than that it was answered."
            }
            Self::Passes => {
                "Each time that a request was handed from one department to another before it was answered, counted with \
                 the department that answered it, on the day of the answer."
            }
            Self::FirstActs => {
                "Cases in which somebody first acted: a contact, an offer or a request. The time runs from intake to that \
                 act, in working hours of the team that had the case then, and by the calendar; half of them waited no \
                 longer than the median, nine of ten no longer than the 90th percentile."
            }
            Self::Offers => {
                "Offers that a customer was shown, each once, on the day of the newest showing, by who made them. \
                 Acceptance is accepted ÷ shown, of all or per version of the offer type; those that wait for an answer are \
                 in the divisor and shown apart, and one that failed to be fulfilled later was accepted."
            }
            Self::Missed => {
                "Lost cases of which at least one kind of missed opportunity is noted. Noted as the case is closed; cases \
                 brought in closed have none."
            }
            Self::MissedOffer => {
                "Lost while a type of offer was open to the customer, by the catalogue as it stood at the close, that was \
                 never shown in the case. Cases of who said “just cancel”, and reasons that take no save attempt, are left out."
            }
            Self::MissedApproval => {
                "Lost after an approval that was decided past its due time or after the customer had said no, or that was \
                 taken back undecided past its due time."
            }
            Self::MissedPromise => "Lost after a promise of the case was broken, or with one open past its due time.",
            Self::MissedFirstAction => "Lost after the deadline of the first action was missed.",
            Self::MissedLimit => {
                "Lost though every offer shown stayed below what the limit of who showed it allowed, in percent and in \
                 amount, and no approval was ever asked for."
            }
            Self::Attempts => {
                "Save attempts as they were logged. One is whole when it says the objection and at least one lever, unless \
                 nobody was reached, and the next step, unless the customer answered for good. Log quality is whole ÷ all."
            }
            Self::FalseSaves => "Closed with saved without offer, and the customer known to be gone within 30 days.",
            Self::Contradicted => {
                "Closed as a save though at the last attempt the customer declined or nobody was reached, or as lost though \
                 at the last attempt the customer stayed, or as saved with offer without an accepted offer. Cases with no attempt \
                 in their log are left out."
            }
        }
    }

    /// Where its rows come from.
    #[must_use]
    pub fn source(self) -> Source {
        match self {
            Self::OpenAtRisk => Source::Live,
            Self::Deadlines => Source::Deadlines,
            Self::Promises => Source::Promises,
            Self::Approvals => Source::Approvals,
            Self::Answers => Source::Answers,
            Self::Passes => Source::Passes,
            Self::FirstActs => Source::FirstActs,
            Self::Offers => Source::Offers,
            Self::Attempts => Source::Attempts,
            _ => Source::Outcomes,
        }
    }

    /// The kinds of missed opportunities.
    pub const MISSED: [Self; 5] =
        [Self::MissedOffer, Self::MissedApproval, Self::MissedPromise, Self::MissedFirstAction, Self::MissedLimit];

    /// Whether it counts lost cases alone: their amounts are what was at risk.
    #[must_use]
    pub fn is_of_lost(self) -> bool {
        matches!(self, Self::Lost | Self::Missed) || Self::MISSED.contains(&self)
    }

    /// Whether it is an amount rather than a count of cases.
    #[must_use]
    pub fn is_money(self) -> bool {
        matches!(
            self,
            Self::Gross
                | Self::Recurring
                | Self::OneOff
                | Self::Concessions
                | Self::Downgrade
                | Self::LeftOut
                | Self::Rechurn
                | Self::Net
                | Self::Verified
                | Self::AtRisk
                | Self::OpenAtRisk
        )
    }

    /// Saves still here, gone and unknown after so many days.
    #[must_use]
    pub fn stay(days: u16) -> [Self; 3] {
        match days {
            30 => [Self::Here30, Self::Gone30, Self::Unknown30],
            60 => [Self::Here60, Self::Gone60, Self::Unknown60],
            _ => [Self::Here90, Self::Gone90, Self::Unknown90],
        }
    }

    /// How many days after the save it looks at, if it does.
    pub(super) fn after_days(self) -> Option<u16> {
        crate::outcomes::STAY_DAYS.into_iter().find(|days| Self::stay(*days).contains(&self))
    }

    /// Of a row `o` of outcomes: whether the figure counts it, and the amount that counts.
    pub(super) fn rule(self) -> (&'static str, &'static str) {
        match self {
            Self::Gross => ("o.saved and o.kept_minor <> 0", "o.kept_minor"),
            Self::Recurring => ("o.saved and not o.one_off and o.kept_minor <> 0", "o.kept_minor"),
            Self::OneOff => ("o.saved and o.one_off and o.kept_minor <> 0", "o.kept_minor"),
            Self::Concessions => {
                ("o.concession_minor + o.downgrade_minor <> 0", "o.concession_minor + o.downgrade_minor")
            }
            Self::Downgrade => ("o.downgrade_minor <> 0", "o.downgrade_minor"),
            Self::LeftOut => ("o.left_out_minor <> 0", "o.left_out_minor"),
            Self::Rechurn => ("o.rechurn_minor <> 0", "o.rechurn_minor"),
            Self::Net => ("(o.saved or o.concession_minor + o.downgrade_minor <> 0)", "outcome_net(o)"),
            Self::Verified => ("outcome_stuck(o, 30)", "outcome_net(o)"),
            Self::Closed => ("o.own", "o.kept_minor"),
            Self::Decided => ("o.own and o.decided", "o.kept_minor"),
            Self::Lost => ("o.own and o.decided and not o.saved", "o.risk_minor"),
            Self::NetSaves => {
                ("o.own and o.saved and not coalesce(o.gone_on <= o.closed_on + 90, false)", "o.kept_minor")
            }
            Self::AtRisk => ("o.decided and o.risk_minor <> 0", "o.risk_minor"),
            Self::Here30 => ("o.own and outcome_stuck(o, 30)", "o.kept_minor"),
            Self::Gone30 => ("o.own and not outcome_stuck(o, 30)", "o.kept_minor"),
            Self::Unknown30 => ("o.own and o.saved and outcome_stuck(o, 30) is null", "o.kept_minor"),
            Self::Here60 => ("o.own and outcome_stuck(o, 60)", "o.kept_minor"),
            Self::Gone60 => ("o.own and not outcome_stuck(o, 60)", "o.kept_minor"),
            Self::Unknown60 => ("o.own and o.saved and outcome_stuck(o, 60) is null", "o.kept_minor"),
            Self::Here90 => ("o.own and outcome_stuck(o, 90)", "o.kept_minor"),
            Self::Gone90 => ("o.own and not outcome_stuck(o, 90)", "o.kept_minor"),
            Self::Unknown90 => ("o.own and o.saved and outcome_stuck(o, 90) is null", "o.kept_minor"),
            Self::Missed => ("o.own and o.missed <> '{}'", "o.risk_minor"),
            Self::MissedOffer => ("o.own and o.missed <> '{}' and 'offer' = any(o.missed)", "o.risk_minor"),
            Self::MissedApproval => ("o.own and o.missed <> '{}' and 'approval' = any(o.missed)", "o.risk_minor"),
            Self::MissedPromise => ("o.own and o.missed <> '{}' and 'promise' = any(o.missed)", "o.risk_minor"),
            Self::MissedFirstAction => {
                ("o.own and o.missed <> '{}' and 'first_action' = any(o.missed)", "o.risk_minor")
            }
            Self::MissedLimit => ("o.own and o.missed <> '{}' and 'limit' = any(o.missed)", "o.risk_minor"),
            Self::FalseSaves => ("outcome_false_save(o)", "o.kept_minor"),
            Self::Contradicted => ("outcome_contradicted(o)", "o.kept_minor"),
            _ => ("o.own and o.saved", "o.kept_minor"),
        }
    }
}
