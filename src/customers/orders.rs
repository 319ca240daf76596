//! One-off revenue.

use chrono::{DateTime, Utc};

use super::sheet::{Field, Sheet, Texts};
use crate::error::FormErrors;
use crate::ids::{CustomerId, OrderId};
use crate::money::{Currency, Money};
use crate::names::names;

names! {
    /// How far it got.
    OrderStatus {
        Open = "open", "Open";
        Fulfilled = "fulfilled", "Fulfilled";
        PartlyCancelled = "partly_cancelled", "Partly cancelled";
        Cancelled = "cancelled", "Cancelled";
    }
}

impl OrderStatus {
    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Open => "info",
            Self::Fulfilled => "good",
            Self::PartlyCancelled => "warn",
            Self::Cancelled => "bad",
        }
    }
}

/// Something bought once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Which one.
    pub id: OrderId,
    /// Whose.
    pub customer: CustomerId,
    /// As on the invoice.
    pub number: String,
    /// When.
    pub ordered_at: DateTime<Utc>,
    /// All lines together.
    pub total: Money,
    /// How far it got.
    pub status: OrderStatus,
    /// Where it went.
    pub country: String,
    /// The row version.
    pub version: i64,
}

/// An order to be added, or its newest state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewOrder {
    /// As on the invoice.
    pub number: String,
    /// When.
    pub ordered_at: DateTime<Utc>,
    /// All lines together.
    pub total: Money,
    /// How far it got.
    pub status: OrderStatus,
    /// Where it went.
    pub country: String,
    /// What was bought.
    pub lines: Vec<NewOrderLine>,
}

impl Default for NewOrder {
    fn default() -> Self {
        Self {
            number: String::new(),
            ordered_at: DateTime::UNIX_EPOCH,
            total: Money::zero(Currency::USD),
            status: OrderStatus::Fulfilled,
            country: String::new(),
            lines: Vec::new(),
        }
    }
}

/// A line of an order, in the order's currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewOrderLine {
    /// What the shop calls it.
    pub stock_code: String,
    /// In words.
    pub description: String,
    /// How many.
    pub quantity: i32,
    /// Of one.
    pub unit_price: Money,
    /// Of all of them.
    pub amount: Money,
}

/// A line of an order that is there.
pub type OrderLine = NewOrderLine;

impl NewOrder {
    /// Whether every amount is in one currency, so that the lines can add up to the total.
    pub(super) fn is_in_one_currency(&self) -> bool {
        let currency = self.total.currency;
        self.lines.iter().all(|line| line.unit_price.currency == currency && line.amount.currency == currency)
    }
}

/// Orders are not edited by hand; this says which of their facts changed.
impl Sheet for NewOrder {
    const FIELDS: &'static [Field] = &[
        Field { name: "number", label: "Number", personal: true },
        Field { name: "ordered_at", label: "Ordered", personal: false },
        Field { name: "total", label: "Total", personal: false },
        Field { name: "currency", label: "Currency", personal: false },
        Field { name: "status", label: "Status", personal: false },
        Field { name: "country", label: "Country", personal: true },
        Field { name: "lines", label: "Lines", personal: false },
    ];

    fn texts(&self) -> Vec<String> {
        vec![
            self.number.clone(),
            self.ordered_at.to_rfc3339(),
            self.total.plain(),
            self.total.currency.code().to_owned(),
            self.status.name().to_owned(),
            self.country.clone(),
            self.lines.len().to_string(),
        ]
    }

    fn read(&self, _: &Texts<'_>) -> Result<Self, FormErrors> {
        Ok(self.clone())
    }
}
