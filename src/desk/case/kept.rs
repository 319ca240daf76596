//! What is kept by each outcome of a case: what follows from it, and what cannot be.

use crate::cases::{self, AtStake, Outcome};
use crate::catalogue::Terms;
use crate::error::FormErrors;
use crate::money::Money;
use crate::offers::{Offer, Stage};

/// One of the outcomes with its meaning.
pub(super) struct Meaning {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) words: &'static str,
}

impl Meaning {
    /// All of them.
    pub(super) fn all() -> Vec<Self> {
        let of = |one: &Outcome| Self { value: one.name(), label: one.label(), words: meaning(*one) };
        Outcome::ALL.iter().map(of).collect()
    }
}

/// What an outcome means, for the one who chooses it.
fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::SavedWithOffer => "They stay because of an offer.",
        Outcome::SavedWithoutOffer => "They stay without one: the fault is fixed, the value explained.",
        Outcome::Modified => "They stay with less or something else: downgraded, paused, swapped.",
        Outcome::PartlySaved => "They keep a part and end the rest.",
        Outcome::Lost => "They leave, or the order is cancelled.",
        Outcome::Unreachable => "Nobody answered, and nothing was decided.",
        Outcome::NeverAtRisk => "They never meant to leave.",
        Outcome::Duplicate => "It repeats another case.",
        Outcome::Unknown => "It ended, and nobody knows how.",
    }
}

/// What is kept by an outcome, where that follows from it.
pub(super) fn usual(outcome: Outcome, at_risk: Money, with_offer: Option<Money>) -> Option<Money> {
    match outcome {
        Outcome::SavedWithOffer | Outcome::Modified if with_offer.is_some() => with_offer,
        Outcome::SavedWithOffer | Outcome::SavedWithoutOffer | Outcome::NeverAtRisk => Some(at_risk),
        Outcome::Lost | Outcome::Duplicate | Outcome::Unreachable | Outcome::Unknown => {
            Some(Money::zero(at_risk.currency))
        }
        Outcome::Modified | Outcome::PartlySaved => None,
    }
}

/// The rule beside the field.
pub(super) fn hint(outcome: Option<Outcome>, at_risk: Money) -> String {
    match outcome {
        Some(Outcome::SavedWithOffer | Outcome::SavedWithoutOffer) => {
            format!("A saved customer keeps all {at_risk} that was at risk, or what is in force now.")
        }
        Some(Outcome::Modified) => "A year of what is in force now, or the order value kept.".to_owned(),
        Some(Outcome::PartlySaved) => format!("A year of the part that stays, at most {at_risk}."),
        Some(Outcome::Lost) => "A lost case keeps nothing.".to_owned(),
        Some(Outcome::Duplicate) => "A duplicate keeps nothing; the case it repeats counts.".to_owned(),
        Some(Outcome::NeverAtRisk) => format!("Nothing was lost: all {at_risk}."),
        Some(Outcome::Unreachable | Outcome::Unknown) => "0 unless you know better.".to_owned(),
        None => format!("Left empty: all {at_risk} when saved or never at risk, 0 when lost, duplicate or unknown."),
    }
}

/// Whether that much can be kept by an outcome.
pub(super) fn check(errors: &mut FormErrors, outcome: Outcome, kept: Money, at_risk: Money) {
    if kept.is_negative() {
        errors.add("kept", "What is kept cannot be less than 0.");
    } else if outcome.keeps_nothing() && !kept.is_zero() {
        errors.add("kept", cases::Refusal::KeptOfLost.to_string());
    } else if !outcome.is_save() && kept.minor > at_risk.minor {
        errors.add("kept", cases::Refusal::KeptTooMuch(at_risk).to_string());
    }
}

/// What stays in force with an offer that was accepted: a year of a subscription, or the order.
pub(super) fn with(offer: &Offer, at_risk: Money) -> Option<Money> {
    if !matches!(offer.stage, Stage::Accepted | Stage::Fulfilled) || offer.revision.price.currency != at_risk.currency {
        return None;
    }
    let before = offer.revision.price;
    let price = match offer.revision.terms {
        Terms::Percent { percent, .. } => before.minus(before.percent(percent).ok()?).ok()?,
        Terms::Monthly { amount, .. } if offer.kind.is_in_price() => before.minus(amount).ok()?,
        Terms::NewPrice { price, .. } => price,
        Terms::Monthly { .. } | Terms::Once { .. } | Terms::Months { .. } => before,
    };
    match offer.at_stake {
        AtStake::Subscription(_) => price.times(12).ok(),
        AtStake::Order(_) => Some(price),
        AtStake::Everything => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn what_is_kept_follows_from_the_outcome_or_is_asked() {
        let at_risk = Money::new(948_000, Currency::USD);
        for outcome in Outcome::ALL {
            match usual(*outcome, at_risk, None) {
                Some(kept) => assert!(kept.is_zero() || (kept == at_risk && !outcome.keeps_nothing())),
                None => assert!(matches!(outcome, Outcome::Modified | Outcome::PartlySaved)),
            }
        }
    }
}
