//! An offer in words.

use chrono::{DateTime, Datelike as _, Months, Utc};

use super::Revision;
use crate::calendar;
use crate::catalogue::{Kind, Terms};
use crate::money::Money;

pub(super) fn summary(kind: Kind, revision: &Revision) -> String {
    let words = match revision.terms {
        Terms::Percent { percent, months: Some(months) } => format!("{percent} for {}", span(months)),
        Terms::Percent { percent, months: None } => format!("{percent} off the order"),
        Terms::Monthly { amount, months } if kind == Kind::Upgrade => {
            format!("Upgrade worth {amount} a month for {}", span(months))
        }
        Terms::Monthly { amount, months } => format!("{amount} off each month for {}", span(months)),
        Terms::Once { amount } if amount.is_zero() => kind.label().to_owned(),
        Terms::Once { amount } => format!("{amount} {}", noun(kind)),
        Terms::Months { months } if kind == Kind::Pause => format!("Pause of {}", span(months)),
        Terms::Months { months: 1 } => "1 free month".to_owned(),
        Terms::Months { months } => format!("{months} free months"),
        Terms::NewPrice { price, months: Some(months) } => format!("{price} a month for {}", span(months)),
        Terms::NewPrice { price, months: None } => format!("{price} a month"),
    };
    if revision.what.is_empty() { words } else { format!("{words}: {}", revision.what) }
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Credit => "credit",
        Kind::FeeWaiver => "fee waived",
        Kind::Equipment => "of equipment",
        Kind::Swap => "for a swap",
        Kind::Expedite => "for expediting",
        Kind::Refund => "refund",
        Kind::Extension => "for an extension",
        _ => "off",
    }
}

fn span(months: u16) -> String {
    if months == 1 { "1 month".to_owned() } else { format!("{months} months") }
}

/// The price now, until when, and the price after.
pub(super) fn confirmation(kind: Kind, revision: &Revision, order: bool, from: DateTime<Utc>) -> String {
    let today = from.date_naive();
    let until = |months: u16| {
        let day = today.checked_add_months(Months::new(months.into())).unwrap_or(today);
        calendar::date(day, today.year())
    };
    let price = revision.price;
    let after = |months: u16| format!("until {}. From then on it is {price} a month again.", until(months));
    match revision.terms {
        Terms::Percent { percent, .. } if order => {
            let off = price.percent(percent).unwrap_or(Money::zero(price.currency));
            format!("Your order costs {} instead of {price}.", less(price, off))
        }
        Terms::Percent { percent, months } => {
            let off = price.percent(percent).unwrap_or(Money::zero(price.currency));
            format!("You pay {} a month instead of {price} {}", less(price, off), after(months.unwrap_or(1)))
        }
        Terms::Monthly { amount, months } if kind == Kind::Upgrade => {
            format!(
                "You get an upgrade worth {amount} a month at your price of {price} until {}. What it costs after that \
                 is agreed before then.",
                until(months)
            )
        }
        Terms::Monthly { amount, months } => {
            format!("You pay {} a month instead of {price} {}", less(price, amount), after(months))
        }
        Terms::Months { months } if kind == Kind::Pause => {
            format!("Your subscription is paused and costs nothing {}", after(months))
        }
        Terms::Months { months } => format!("You pay nothing {}", after(months)),
        Terms::NewPrice { price: new, months: Some(months) } => {
            format!("You pay {new} a month instead of {price} {}", after(months))
        }
        Terms::NewPrice { price: new, months: None } => {
            format!("You pay {new} a month instead of {price}, from the next invoice on.")
        }
        Terms::Once { amount } if amount.is_zero() || price.is_zero() => {
            format!("You get: {}.", summary(kind, revision))
        }
        Terms::Once { amount } => {
            let noun = noun(kind);
            if order {
                format!("You get {amount} {noun}. Your order’s price of {price} stays as it is.")
            } else {
                format!("You get {amount} {noun}. Your price of {price} a month stays as it is.")
            }
        }
    }
}

fn less(price: Money, off: Money) -> Money {
    price.minus(off).unwrap_or(price)
}
