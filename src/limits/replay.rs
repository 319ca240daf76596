//! What other limits would have meant for offers that were made.

use std::collections::HashMap;

use super::{Asked, Limits, Matrix, Verdict, Version};
use crate::auth::Role;
use crate::customers::Tier;
use crate::ids::{CaseId, OfferId};
use crate::money::{Currency, Money};
use crate::names::names;

names! {
    /// What the check says, in one word.
    Answer {
        Within = "within", "Within own limits";
        Supervisor = "supervisor", "Needs a supervisor";
        Manager = "manager", "Needs a manager";
        NotPossible = "not_possible", "Not possible";
    }
}

impl From<&Verdict> for Answer {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Within => Self::Within,
            Verdict::NeedsApproval { by: Role::Supervisor, .. } => Self::Supervisor,
            Verdict::NeedsApproval { .. } => Self::Manager,
            Verdict::NotPossible { .. } => Self::NotPossible,
        }
    }
}

/// An offer as it stood when it was presented, or when approval was asked for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Past {
    /// Which.
    pub offer: OfferId,
    /// In which case.
    pub case: CaseId,
    /// The case's number.
    pub number: i64,
    /// Who presented it, or asked.
    pub by: String,
    /// What they may be.
    pub roles: Vec<Role>,
    /// The customer's tier.
    pub tier: Tier,
    /// Its terms, and what had been given before.
    pub asked: Asked,
    /// Whether the customer was shown it.
    pub presented: bool,
}

/// How many offers got an answer, and what they concede.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How many.
    pub offers: usize,
    /// What they concede together, by currency.
    pub concession: Vec<Money>,
}

impl Tally {
    fn count(&mut self, concession: Money) {
        self.offers += 1;
        match self.concession.iter_mut().find(|sum| sum.currency == concession.currency) {
            Some(sum) => *sum = sum.plus(concession).unwrap_or(*sum),
            None => self.concession.push(concession),
        }
    }
}

/// What the check says under two versions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Under the earlier one, by answer.
    pub was: HashMap<Answer, Tally>,
    /// Under the later one.
    pub now: HashMap<Answer, Tally>,
    /// The offers whose answer differs, by their place among those asked about.
    pub changed: Vec<(usize, Answer, Answer)>,
}

/// Asks the policy check about every offer under two versions of the limits. What had been given before counts as it
/// was given.
#[must_use]
pub fn replay(past: &[Past], was: (&Version, &Matrix), now: (&Version, &Matrix)) -> Report {
    let mut slices: HashMap<(Tier, Currency), (Limits, Limits)> = HashMap::new();
    let mut report = Report::default();
    for (at, offer) in past.iter().enumerate() {
        let (tier, currency) = (offer.tier, offer.asked.exposure.currency);
        let (earlier, later) = slices
            .entry((tier, currency))
            .or_insert_with(|| (was.1.limits(was.0, tier, currency), now.1.limits(now.0, tier, currency)));
        let earlier = Answer::from(&earlier.check(&offer.roles, &offer.asked));
        let later = Answer::from(&later.check(&offer.roles, &offer.asked));
        report.was.entry(earlier).or_default().count(offer.asked.exposure);
        report.now.entry(later).or_default().count(offer.asked.exposure);
        if earlier != later {
            report.changed.push((at, earlier, later));
        }
    }
    report
}
