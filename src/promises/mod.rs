//! Promises: what we told a customer we will do, by when, who does it, what it costs, and the evidence that it was done.
//!
//! ```text
//! open → kept | late | broken | waived
//! ```
//!
//! An accepted offer always has some (R13). They outlive the case: a closed case hands them to fulfilment.

mod actions;
mod store;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::error::Error;
use crate::ids::{CaseId, CustomerId, OfferId, PromiseId, UserId};
use crate::money::Money;
use crate::names::names;

pub use actions::{break_promise, keep, make_for_offer, waive};
pub use store::{find, of_case, of_case_part, of_customer_part};

names! {
    /// Where a promise stands.
    Stage {
        Open = "open", "Open";
        Kept = "kept", "Kept";
        Late = "late", "Kept late";
        Broken = "broken", "Broken";
        Waived = "waived", "Waived";
    }
}

impl Stage {
    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Kept => "good",
            Self::Late => "warn",
            Self::Broken => "bad",
            Self::Open | Self::Waived => "info",
        }
    }
}

/// What we told a customer we will do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// Its identity.
    pub id: PromiseId,
    /// The case in which it was made.
    pub case: CaseId,
    /// To whom.
    pub customer: CustomerId,
    /// The offer that it fulfils, if there is one.
    pub offer: Option<OfferId>,
    /// In words.
    pub what: String,
    /// The department that does it, if one does.
    pub department: Option<String>,
    /// Who sees to it.
    pub owner: UserId,
    /// Their name.
    pub owner_name: String,
    /// By when.
    pub due_at: DateTime<Utc>,
    /// Why then.
    pub because: String,
    /// What it costs.
    pub cost: Money,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Where it stands.
    pub stage: Stage,
    /// Evidence when kept, the reason when broken or waived.
    pub evidence: Option<String>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Row version (R6).
    pub version: i64,
}

/// Why something was not done with a promise. Each sentence is shown as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It ended.
    #[error("This promise is {} already.", .0.label().to_lowercase())]
    Over(Stage),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Promise {
    /// It was done: in time or late follows from when.
    ///
    /// # Errors
    /// When it ended already.
    pub fn keep(self, evidence: String, at: DateTime<Utc>) -> Result<Self, Refusal> {
        let stage = if at <= self.due_at { Stage::Kept } else { Stage::Late };
        self.end(stage, evidence, at)
    }

    /// It was not done, or no longer matters.
    ///
    /// # Errors
    /// When it ended already.
    pub fn end(mut self, stage: Stage, evidence: String, at: DateTime<Utc>) -> Result<Self, Refusal> {
        if self.stage != Stage::Open {
            return Err(Refusal::Over(self.stage));
        }
        self.stage = stage;
        self.evidence = Some(evidence);
        self.ended_at = Some(at);
        Ok(self)
    }
}

/// What becomes of the offer whose promises these are: nothing while one is open, failed when one was broken or all were
/// waived, fulfilled otherwise.
#[must_use]
pub fn fulfils(promises: &[Promise]) -> Option<bool> {
    if promises.iter().any(|promise| promise.stage == Stage::Open) {
        return None;
    }
    let broken = promises.iter().any(|promise| promise.stage == Stage::Broken);
    let done = promises.iter().any(|promise| matches!(promise.stage, Stage::Kept | Stage::Late));
    Some(done && !broken)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone as _};

    use super::*;
    use crate::money::Currency;

    fn promise() -> Promise {
        let made_at = Utc.with_ymd_and_hms(2026, 11, 19, 10, 42, 0).unwrap();
        Promise {
            id: PromiseId::new(),
            case: CaseId::new(),
            customer: CustomerId::new(),
            offer: None,
            what: "Put the credit on the next invoice".to_owned(),
            department: None,
            owner: UserId::new(),
            owner_name: String::new(),
            due_at: made_at + TimeDelta::hours(16),
            because: String::new(),
            cost: Money::new(14_820, Currency::USD),
            made_at,
            stage: Stage::Open,
            evidence: None,
            ended_at: None,
            version: 1,
        }
    }

    #[test]
    fn r13_a_promise_is_kept_late_broken_or_waived_once() {
        let (open, due) = (promise(), promise().due_at);
        assert_eq!(open.clone().keep("On invoice 4711".to_owned(), due).unwrap().stage, Stage::Kept);
        let late = open.keep("On invoice 4711".to_owned(), due + TimeDelta::seconds(1)).unwrap();
        assert_eq!(late.stage, Stage::Late);
        assert_eq!(late.end(Stage::Waived, "No".to_owned(), due), Err(Refusal::Over(Stage::Late)));
    }

    #[test]
    fn r13_an_offer_is_fulfilled_when_nothing_is_open_and_nothing_was_broken() {
        let at = |stage| Promise { stage, ..promise() };
        assert_eq!(fulfils(&[at(Stage::Kept), at(Stage::Open)]), None);
        assert_eq!(fulfils(&[at(Stage::Kept), at(Stage::Waived)]), Some(true));
        assert_eq!(fulfils(&[at(Stage::Kept), at(Stage::Broken)]), Some(false));
        assert_eq!(fulfils(&[at(Stage::Waived)]), Some(false));
    }
}
