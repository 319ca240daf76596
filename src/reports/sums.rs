//! What a set of outcomes adds up to, in one currency, and the figures that follow.

use std::ops::AddAssign;

macro_rules! sums {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a set of outcomes adds up to, in one currency.
        #[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
        pub struct Sums { $($(#[$doc])* pub $name: i64,)* }

        impl AddAssign for Sums {
            fn add_assign(&mut self, other: Self) {
                $(self.$name = self.$name.saturating_add(other.$name);)*
            }
        }

        impl std::iter::Sum for Sums {
            fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
                all.fold(Self::default(), |mut sum, one| { sum += one; sum })
            }
        }
    };
}

sums! {
    /// Closed cases.
    closed,
    /// Closed with saved, modified, partly saved or lost.
    decided,
    /// Saved, modified or partly saved.
    saves,
    /// What is kept of recurring revenue.
    recurring_minor,
    /// What is kept of orders.
    one_off_minor,
    /// Exposure of accepted offers, changes of plan apart.
    concession_minor,
    /// Exposure of accepted changes of plan.
    downgrade_minor,
    /// The part of both that what is kept leaves out already.
    left_out_minor,
    /// What was kept of saves that did not last.
    rechurn_minor,
    /// Net of saves known to be here after 30 days.
    verified_minor,
    /// Value at risk of decided cases.
    risk_minor,
    /// Saves that did not last 90 days.
    rechurned,
    /// Still here at 30 days.
    yes30,
    /// Gone by then.
    no30,
    /// Still here at 60 days.
    yes60,
    /// Gone by then.
    no60,
    /// Still here at 90 days.
    yes90,
    /// Gone by then.
    no90,
}

impl Sums {
    /// Recurring and one-off together.
    #[must_use]
    pub fn gross(self) -> i64 {
        self.recurring_minor.saturating_add(self.one_off_minor)
    }

    /// What was conceded: the exposure of every accepted offer.
    #[must_use]
    pub fn conceded(self) -> i64 {
        self.concession_minor.saturating_add(self.downgrade_minor)
    }

    /// Gross − concessions − downgrade difference + what the gross leaves out of both already − re-churn.
    #[must_use]
    pub fn net(self) -> i64 {
        self.gross()
            .saturating_sub(self.conceded())
            .saturating_add(self.left_out_minor)
            .saturating_sub(self.rechurn_minor)
    }

    /// Saves that were not undone.
    #[must_use]
    pub fn net_saves(self) -> i64 {
        self.saves - self.rechurned
    }

    /// The gross save rate; none where nothing was decided.
    #[must_use]
    pub fn save_rate(self) -> Option<f64> {
        share(self.saves, self.decided)
    }

    /// Concessions per save that was not undone, rounded half away from zero.
    #[must_use]
    pub fn cost_per_save(self) -> Option<i64> {
        let (cost, saves) = (i128::from(self.conceded()), i128::from(self.net_saves()));
        if saves <= 0 {
            return None;
        }
        i64::try_from((cost + saves / 2) / saves).ok()
    }

    /// How many are known to be here, and to be gone, after so many days.
    #[must_use]
    pub fn stay(self, days: u16) -> (i64, i64) {
        match days {
            30 => (self.yes30, self.no30),
            60 => (self.yes60, self.no60),
            _ => (self.yes90, self.no90),
        }
    }
}

/// A share; none of nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts and shares for the eye")]
pub(super) fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn net_takes_off_what_the_gross_does_not_leave_out() {
        // 1,000 at risk, kept 880 at the price of an offer that costs 120: counted once
        let discounted = Sums { recurring_minor: 880, concession_minor: 120, left_out_minor: 120, ..Sums::default() };
        assert_eq!(discounted.net(), 880);
        // a credit of 50 is no part of the price
        let credited = Sums { recurring_minor: 1_000, concession_minor: 50, ..Sums::default() };
        assert_eq!(credited.net(), 950);
        let undone = Sums { rechurn_minor: 1_000, ..credited };
        assert_eq!(undone.net(), -50);
    }

    #[test]
    fn nothing_has_no_rate_and_no_cost() {
        assert_eq!((Sums::default().save_rate(), Sums::default().cost_per_save()), (None, None));
        let undone = Sums { saves: 2, rechurned: 2, concession_minor: 90, ..Sums::default() };
        assert_eq!(undone.cost_per_save(), None);
        let three = Sums { saves: 4, rechurned: 1, concession_minor: 100, ..Sums::default() };
        assert_eq!(three.cost_per_save(), Some(33));
    }
}
