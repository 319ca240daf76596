//! Why customers want to leave, in their own words: one story per coded reason and line of business. The shares are
//! those of real leavers: a third go to a competitor, one in nine speaks of the price, one in fourteen cannot say.

mod rings;
mod voice;
mod voice_more;

use crate::cases::Kind;

/// A reason with the words that go with it.
#[derive(Debug)]
pub(super) struct Story {
    /// Code of the reason.
    pub(super) reason: &'static str,
    /// How many cases of the demo have it.
    pub(super) times: usize,
    /// What kinds of case it makes, each as often as its weight says.
    pub(super) kinds: &'static [(Kind, i64)],
    /// Code of what stands between the customer and staying.
    pub(super) objection: &'static str,
    /// Codes of what is tried, cheapest first.
    pub(super) levers: &'static [&'static str],
    /// The customer's words, with slots.
    pub(super) stated: &'static [&'static str],
    /// What somebody of ours wrote down after talking.
    pub(super) said: &'static [&'static str],
}

const CANCEL: &[(Kind, i64)] = &[(Kind::Cancellation, 1)];
const CANCEL_OR_RENEW: &[(Kind, i64)] = &[(Kind::Cancellation, 4), (Kind::RenewalAtRisk, 1)];
const CANCEL_OR_LESS: &[(Kind, i64)] = &[(Kind::Cancellation, 2), (Kind::Downgrade, 3)];
const COMPLAINT: &[(Kind, i64)] = &[(Kind::Complaint, 3), (Kind::Cancellation, 2)];
const ORDER: &[(Kind, i64)] = &[(Kind::OrderCancellation, 1)];
const ORDER_OR_COMPLAINT: &[(Kind, i64)] = &[(Kind::OrderCancellation, 3), (Kind::Complaint, 2)];

/// The stories of Brightline, cloud voice for companies.
pub(super) fn voice() -> impl Iterator<Item = &'static Story> {
    voice::STORIES.iter().chain(&voice_more::STORIES)
}

/// The stories of Aurelle, rings and jewellery.
pub(super) fn rings() -> impl Iterator<Item = &'static Story> {
    rings::STORIES.iter()
}

/// What the slots of a text stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots(Vec<(&'static str, String)>);

impl Slots {
    pub(super) fn set(&mut self, slot: &'static str, words: impl Into<String>) {
        self.0.push((slot, words.into()));
    }

    /// The text with its slots filled.
    pub(super) fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (slot, words)| text.replace(&format!("{{{slot}}}"), words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_the_shares_of_real_leavers() {
        let all: Vec<&Story> = voice().chain(rings()).collect();
        let share = |top: &str| {
            all.iter().filter(|story| story.reason.starts_with(top)).map(|story| story.times).sum::<usize>()
        };
        assert_eq!(share(""), 600);
        assert_eq!(voice().map(|story| story.times).sum::<usize>(), 420);
        assert!((180..=220).contains(&share("competitor.")), "{}", share("competitor."));
        assert!((60..=72).contains(&share("price.")), "{}", share("price."));
        assert_eq!(share("other.dont_know"), 42);
        assert!(share("other.") <= 60, "other above 10 % is an alarm");
    }

    #[test]
    fn there_is_a_good_variety_of_words() {
        let texts: usize = voice().chain(rings()).map(|story| story.stated.len()).sum();
        assert!(texts >= 120, "{texts}");
    }

    #[test]
    fn slots_are_filled() {
        let mut slots = Slots::default();
        slots.set("rival", "Voxly");
        assert_eq!(slots.fill("{rival} and {rival}"), "Voxly and Voxly");
    }
}
