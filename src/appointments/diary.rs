//! When people are free together: within their own working hours, wherever they are, when they are not away and not in
//! another call, and when the customer may be called. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::calendar::Calendar;

/// From a moment up to but without another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
pub struct Span {
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The moment after the last.
    pub until: DateTime<Utc>,
}

impl Span {
    /// So many minutes from a moment on.
    #[must_use]
    pub fn of(from: DateTime<Utc>, minutes: i16) -> Self {
        Self { from, until: from + TimeDelta::minutes(minutes.into()) }
    }

    /// Whether they share a moment.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether the other lies within.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }
}

/// Why somebody is not free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhyNot {
    /// They are in another call.
    Busy,
    /// They are away.
    Away,
    /// They do not work then.
    Outside,
}

impl WhyNot {
    /// To follow a name: "Ines Duarte is away then."
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Busy => "has another call then",
            Self::Away => "is away then",
            Self::Outside => "does not work then",
        }
    }
}

/// When somebody works, and what keeps them from a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diary {
    /// When they work.
    pub hours: Calendar,
    /// When they are away.
    pub away: Vec<Span>,
    /// Their calls.
    pub busy: Vec<Span>,
}

impl Diary {
    /// When they are free, in order and apart.
    #[must_use]
    pub fn free(&self, within: Span) -> Vec<Span> {
        let worked = self.hours.worked(within.from, within.until).into_iter();
        let mut free = joined(worked.map(|(from, until)| Span { from, until }));
        for taken in self.away.iter().chain(&self.busy) {
            free = free.into_iter().flat_map(|span| without(span, *taken)).collect();
        }
        free
    }

    /// Why they are not free all of that time; nothing when they are.
    #[must_use]
    pub fn why_not(&self, span: Span) -> Option<WhyNot> {
        if self.busy.iter().any(|busy| busy.overlaps(span)) {
            return Some(WhyNot::Busy);
        }
        if self.away.iter().any(|away| away.overlaps(span)) {
            return Some(WhyNot::Away);
        }
        let works = self.free(span).iter().any(|free| free.holds(span));
        (!works).then_some(WhyNot::Outside)
    }
}

/// Hours that follow each other without a break are one.
fn joined(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for span in spans.filter(|span| span.from < span.until) {
        match all.last_mut() {
            Some(last) if last.until >= span.from => last.until = last.until.max(span.until),
            _ => all.push(span),
        }
    }
    all
}

/// What is left of a span.
fn without(span: Span, taken: Span) -> impl Iterator<Item = Span> {
    let parts = if span.overlaps(taken) {
        [Span { until: taken.from.max(span.from), ..span }, Span { from: taken.until.min(span.until), ..span }]
    } else {
        [span, Span { from: span.until, ..span }]
    };
    parts.into_iter().filter(|part| part.from < part.until)
}

/// A time at which all are free.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    /// When it begins.
    pub at: DateTime<Utc>,
    /// Of each party the first who is free, by their place in it.
    pub who: Vec<usize>,
}

/// The times at which of each party somebody is free for so long, and the customer may be called, on the quarters of an
/// hour that `every` gives.
#[must_use]
pub fn slots(
    parties: &[Vec<Diary>],
    customer: &Calendar,
    within: Span,
    length: TimeDelta,
    every: TimeDelta,
) -> Vec<Slot> {
    let free: Vec<Vec<Vec<Span>>> =
        parties.iter().map(|party| party.iter().map(|one| one.free(within)).collect()).collect();
    let called = Diary { hours: customer.clone(), away: Vec::new(), busy: Vec::new() };
    let step = every.num_seconds().max(60);
    let mut found = Vec::new();
    for hours in called.free(within) {
        let past = hours.from.timestamp().rem_euclid(step);
        let mut at = hours.from + TimeDelta::seconds((step - past) % step);
        while at + length <= hours.until {
            let span = Span { from: at, until: at + length };
            let first = |party: &Vec<Vec<Span>>| party.iter().position(|free| free.iter().any(|free| free.holds(span)));
            let who: Option<Vec<usize>> = free.iter().map(first).collect();
            found.extend(who.map(|who| Slot { at, who }));
            at += TimeDelta::seconds(step);
        }
    }
    found
}

#[cfg(test)]
mod tests;
