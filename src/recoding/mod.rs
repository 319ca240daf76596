//! Recoding: what codes are worth. A sample of closed cases is coded again by somebody else, who sees what the customer
//! said and the log, and not the code; how often both agree, beyond what chance explains, says how far a figure by reason
//! can be trusted. And the share of "other", which says how far the tree of reasons fits.
//!
//! ```text
//! sample: drawn, by its seed → each of its cases coded again, once, by a second person
//! ```

mod actions;
mod figures;
mod pages;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use thiserror::Error;

use crate::error::Error;
use crate::ids::{CaseId, SampleId, UserId};

pub use actions::{NewSample, draw, recode};
pub use figures::{Agreement, Interval, agreement, kappa, wilson};
pub use pages::routes;
pub use store::{next_for, open_samples};

/// The share of "other" above which the tree of reasons no longer fits, in percent.
pub const OTHER_ALARM: i64 = 10;

/// A sample of closed cases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Its identity.
    pub id: SampleId,
    /// Cases closed from this day on …
    pub from_day: NaiveDate,
    /// … until before this one.
    pub until_day: NaiveDate,
    /// What it was drawn by.
    pub seed: i64,
    /// When it was drawn.
    pub drawn_at: DateTime<Utc>,
    /// By whom.
    pub drawn_by: Option<String>,
    /// How many cases are in it.
    pub cases: i64,
    /// How many of them are coded again.
    pub done: i64,
    /// How many of these the same.
    pub agreed: i64,
}

/// One case of a sample.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recoding {
    /// The case.
    pub case: CaseId,
    /// As it was coded when the sample was drawn.
    pub coded: String,
    /// By whom.
    pub coded_by: Option<UserId>,
    /// As it was coded again.
    pub recoded: Option<String>,
}

/// Why something was not done with a sample. Each sentence is shown as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// Four eyes.
    #[error("You coded this case. Somebody else codes it again.")]
    Own,
    /// It was done.
    #[error("This case has been coded again already.")]
    Done,
    /// No such case.
    #[error("No case that can be coded again was closed on these days. Choose other days.")]
    Nothing,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Recoding {
    /// Refuses whoever coded it, and a second time.
    ///
    /// # Errors
    /// [`Refusal::Own`], [`Refusal::Done`].
    pub fn require_open_to(&self, who: Option<UserId>) -> Result<(), Refusal> {
        match (self.recoded.is_some(), who.is_some() && self.coded_by == who) {
            (true, _) => Err(Refusal::Done),
            (_, true) => Err(Refusal::Own),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_coded_again_once_and_by_somebody_else() {
        let (own, other) = (UserId::new(), UserId::new());
        let mut one = Recoding { case: CaseId::new(), coded: "price".to_owned(), coded_by: Some(own), recoded: None };
        assert_eq!(one.require_open_to(Some(own)), Err(Refusal::Own));
        assert_eq!(one.require_open_to(Some(other)), Ok(()));
        one.coded_by = None;
        assert_eq!(one.require_open_to(Some(own)), Ok(()), "nobody coded it: a file did");
        one.recoded = Some("value".to_owned());
        assert_eq!(one.require_open_to(Some(other)), Err(Refusal::Done));
    }
}
