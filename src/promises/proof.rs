//! What shows that a promise was kept.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use crate::files::NewFile;
use crate::ids::BillingLineId;
use crate::money::Money;

/// Evidence as somebody gives it: words, a line of a bill, files, or several of them. Of a broken or waived promise it is
/// the reason, and what goes with it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Evidence {
    /// In words.
    pub words: Option<String>,
    /// The line of a billing extract.
    pub line: Option<BillingLineId>,
    /// Files.
    pub files: Vec<NewFile>,
}

impl Evidence {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_none() && self.line.is_none() && self.files.is_empty()
    }
}

impl From<String> for Evidence {
    fn from(words: String) -> Self {
        Self { words: Some(words), ..Self::default() }
    }
}

/// The line of a billing extract that proves a promise.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Line {
    /// Its identity.
    pub id: BillingLineId,
    /// On which invoice.
    pub invoice: String,
    /// The day of the invoice.
    pub billed_on: NaiveDate,
    /// What for.
    pub description: String,
    /// How much; less than nothing for a credit.
    pub amount: Money,
}

impl Line {
    /// From this day on lines can prove a promise made then: the day before it, since days begin earlier elsewhere.
    #[must_use]
    pub fn since(made_at: DateTime<Utc>) -> NaiveDate {
        (made_at - TimeDelta::days(1)).date_naive()
    }

    pub(super) fn can_prove(&self, made_at: DateTime<Utc>) -> bool {
        self.billed_on >= Self::since(made_at)
    }
}
