//! What the policy check says of terms and what they come to, as the builder puts it.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::facts::Facts;
use super::gauge::{Axis, Reach, months_within};
use crate::auth::Role;
use crate::calendar;
use crate::catalogue::{OfferType, Shape, Terms};
use crate::economics::Returns;
use crate::limits::{Exceeded, Verdict};
use crate::money::Money;
use crate::offers::{Checked, Grounds};

/// What may be done with the terms.
pub(in crate::desk::case) struct Answer {
    pub(in crate::desk::case) tone: &'static str,
    /// How far one may go alone.
    pub(in crate::desk::case) headroom: String,
    /// What these terms need.
    pub(in crate::desk::case) say: String,
    /// How long that takes.
    pub(in crate::desk::case) usually: String,
    /// The very limits that are exceeded.
    pub(in crate::desk::case) because: Vec<String>,
    pub(in crate::desk::case) step: Step,
    /// What to lower to: the words on the button and what it sends.
    pub(in crate::desk::case) lower: Option<(String, String)>,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::desk::case) enum Step {
    /// Nothing is known yet, or it is within one's own limit.
    Give,
    /// Somebody has to say yes.
    Ask(Role),
    /// Nobody may.
    Nothing,
}

/// What the terms come to.
pub(in crate::desk::case) struct Figures {
    pub(in crate::desk::case) price_label: &'static str,
    pub(in crate::desk::case) price: String,
    pub(in crate::desk::case) change: String,
    pub(in crate::desk::case) margin: String,
    pub(in crate::desk::case) floor: String,
    pub(in crate::desk::case) margin_bad: bool,
    pub(in crate::desk::case) cost: String,
    pub(in crate::desk::case) span: String,
    /// When it pays for itself, and what came of offers like it; absent where too little is known.
    pub(in crate::desk::case) returns: Option<Returns>,
    /// One sentence for those who listen.
    pub(in crate::desk::case) said: String,
}

/// "Supervisors usually answer in 22 m."
pub(in crate::desk::case) fn usually(role: Role, time: TimeDelta) -> String {
    format!("{}s usually answer in {}.", role.label(), calendar::duration(time))
}

impl Answer {
    pub(in crate::desk::case) fn is_give(&self) -> bool {
        self.step == Step::Give
    }

    pub(in crate::desk::case) fn is_ask(&self) -> bool {
        self.asks().is_some()
    }

    /// Who is to say yes.
    pub(in crate::desk::case) fn asks(&self) -> Option<&'static str> {
        match self.step {
            Step::Ask(Role::Manager) => Some("a manager"),
            Step::Ask(_) => Some("a supervisor"),
            Step::Give | Step::Nothing => None,
        }
    }

    fn new(tone: &'static str, step: Step) -> Self {
        Self {
            tone,
            headroom: String::new(),
            say: String::new(),
            usually: String::new(),
            because: Vec::new(),
            step,
            lower: None,
        }
    }

    /// Before there are terms to check.
    pub(in crate::desk::case) fn unknown(axis: &Axis, reach: &Reach) -> Self {
        Self { headroom: headroom(axis, reach), ..Self::new("", Step::Give) }
    }

    /// The type is not open to this customer.
    pub(in crate::desk::case) fn closed(hidden: &[(String, String)], of_type: &OfferType) -> Self {
        let why = hidden.iter().find(|(name, _)| *name == of_type.name).map(|(_, why)| why.clone());
        Self {
            headroom: format!("{} is not open here.", of_type.name),
            say: why.unwrap_or_default(),
            ..Self::new("bad", Step::Nothing)
        }
    }

    /// What the check says.
    pub(in crate::desk::case) fn of(
        checked: &Checked,
        terms: &Terms,
        axis: &Axis,
        reach: &Reach,
        grounds: &Grounds,
        roles: &[Role],
        of_type: &OfferType,
    ) -> Self {
        let value = axis.words(axis.place(terms));
        let spoken = |because: &[Exceeded]| because.iter().map(ToString::to_string).collect();
        let lower = || {
            let to = if reach.own > 0 { reach.own } else { 0 };
            if to > 0 && to < axis.place(terms) {
                return Some((lower_words(axis, to, terms), format!("value:{}", axis.typed(to))));
            }
            let months = months_within(terms, grounds, roles, of_type)?;
            let words = if months == 1 { "Lower to 1 month".to_owned() } else { format!("Lower to {months} months") };
            Some((words, format!("months:{months}")))
        };
        let headroom = headroom(axis, reach);
        match &checked.verdict {
            Verdict::Within => {
                Self { headroom, say: format!("{value} is yours to give."), ..Self::new("good", Step::Give) }
            }
            Verdict::NeedsApproval { by, because } => Self {
                headroom,
                say: format!("{value} needs {} approval.", by.label().to_lowercase()),
                because: spoken(because),
                lower: lower(),
                ..Self::new(if *by == Role::Manager { "plum" } else { "warn" }, Step::Ask(*by))
            },
            Verdict::NotPossible { because } => {
                let far = reach.furthest();
                let lower = lower().or_else(|| {
                    let words = lower_words(axis, far, terms);
                    (far > 0 && far < axis.place(terms)).then(|| (words, format!("value:{}", axis.typed(far))))
                });
                Self {
                    headroom,
                    say: if far > 0 && far < axis.place(terms) {
                        format!("Nobody may give {value}. The most is {}.", axis.words(far))
                    } else {
                        format!("Nobody may give {value} here.")
                    },
                    because: spoken(because),
                    lower,
                    ..Self::new("bad", Step::Nothing)
                }
            }
        }
    }
}

fn lower_words(axis: &Axis, to: i64, terms: &Terms) -> String {
    let verb = if matches!(terms, Terms::NewPrice { .. }) { "Raise" } else { "Lower" };
    format!("{verb} to {}", axis.words(to))
}

/// "You may offer up to 15%."
fn headroom(axis: &Axis, reach: &Reach) -> String {
    if reach.own == 0 {
        "You may not offer this alone.".to_owned()
    } else if reach.is_free() {
        "You may offer this alone.".to_owned()
    } else {
        let most = axis.words(reach.own);
        match axis {
            axis if axis.is_price() => format!("You may go down to {most}."),
            _ => format!("You may offer up to {most}."),
        }
    }
}

impl Figures {
    /// What follows from the terms.
    pub(in crate::desk::case) fn of(
        checked: &Checked,
        of_type: &OfferType,
        grounds: &Grounds,
        returns: Option<Returns>,
    ) -> Self {
        let (before, reckoning) = (grounds.subject.price, &checked.reckoning);
        let cut = before.minus(reckoning.price).ok().filter(|cut| !cut.is_zero());
        let change = |cut: Money| cut.negated().map(Money::short).unwrap_or_default();
        let floor = grounds.limits.floor(&of_type.code);
        let margin = reckoning.margin.map(|margin| margin.to_string());
        let cost = reckoning.exposure.short();
        let months = checked.asked.months;
        Self {
            price_label: if grounds.subject.is_order { "Order" } else { "New MRR" },
            price: reckoning.price.short(),
            change: cut.map_or_else(|| "unchanged".to_owned(), change),
            margin_bad: reckoning.margin.zip(floor).is_some_and(|(margin, floor)| margin < floor),
            floor: match (&margin, floor) {
                (None, _) => "costs missing".to_owned(),
                (_, Some(floor)) => format!("floor {floor}"),
                (_, None) => "no floor".to_owned(),
            },
            said: match &margin {
                Some(margin) => format!("Margin {margin}, cost {cost}."),
                None => format!("Cost {cost}."),
            },
            margin: margin.unwrap_or_else(|| "Not known".to_owned()),
            span: match (months, of_type.kind.shape()) {
                (Some(1), _) => "in 1 month".to_owned(),
                (Some(months), _) => format!("in {months} months"),
                (None, Shape::NewPrice) => "a year".to_owned(),
                (None, _) => "once".to_owned(),
            },
            returns,
            cost,
        }
    }
}

/// When, for sentences about what is under way.
pub(in crate::desk::case) fn time(at: DateTime<Utc>, facts: &Facts) -> String {
    let same_day = at.with_timezone(&facts.zone).date_naive() == facts.now.with_timezone(&facts.zone).date_naive();
    if same_day { calendar::time_of_day(at, facts.zone) } else { facts.moment(&at) }
}
