//! What whoever brings a file in decided: which column feeds which field, and the answers to what the file itself
//! cannot decide.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::mapping::{Field, Kind, missing};
use super::values::DateOrder;
use crate::error::FormErrors;
use crate::money::{Currency, DecimalMark};

/// How the dates of a file are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dates {
    /// Year, month, day.
    Ymd,
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Day and month were exchanged on the way here, wherever both readings are dates.
    Exchanged,
}

impl Dates {
    /// All of them, in the order pages list them.
    pub const ALL: [Self; 4] = [Self::Dmy, Self::Mdy, Self::Ymd, Self::Exchanged];

    /// Its name in forms and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ymd => "ymd",
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Exchanged => "exchanged",
        }
    }

    /// What to call it, with an example.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ymd => DateOrder::YearFirst.label(),
            Self::Dmy => DateOrder::DayFirst.label(),
            Self::Mdy => DateOrder::MonthFirst.label(),
            Self::Exchanged => "day and month were exchanged: put them back",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dates| dates.name() == name)
    }
}

impl From<DateOrder> for Dates {
    fn from(order: DateOrder) -> Self {
        match order {
            DateOrder::YearFirst => Self::Ymd,
            DateOrder::DayFirst => Self::Dmy,
            DateOrder::MonthFirst => Self::Mdy,
        }
    }
}

/// The decimal mark by its name in forms.
#[must_use]
pub fn mark(name: &str) -> Option<DecimalMark> {
    match name {
        "point" => Some(DecimalMark::Point),
        "comma" => Some(DecimalMark::Comma),
        _ => None,
    }
}

/// The answers to what a file cannot decide. What is empty is as the columns say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// How dates are meant.
    pub dates: Option<Dates>,
    /// `point` or `comma`.
    pub decimals: Option<String>,
    /// The day the file speaks of, from which months as a customer count back.
    pub as_of: Option<NaiveDate>,
    /// The currency of amounts without one.
    pub currency: Option<Currency>,
    /// Where the clocks of its times stand.
    pub time_zone: Option<Tz>,
    /// The country, by its two letters, of phone numbers and postcodes without one.
    pub country: Option<String>,
    /// Whether account details of the customers that it adds are under CPNI rules (R19).
    pub cpni: bool,
    /// What the cases are, unless a column says so.
    pub case_kind: Option<String>,
    /// How the cases came, unless a column says so.
    pub channel: Option<String>,
    /// On which terms complaints are answered, where their channel alone does not tell.
    pub terms: Option<String>,
    /// Where the rows come from. Cases are known again by it and their number there.
    pub source: Option<String>,
}

/// The columns and the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// The column that feeds a field, by their names.
    pub columns: BTreeMap<String, String>,
    /// The answers.
    pub answers: Answers,
}

impl Choices {
    /// The column that feeds a field.
    #[must_use]
    pub fn column(&self, field: Field) -> &str {
        self.columns.get(field.name()).map_or("", String::as_str)
    }

    /// What a table of that kind still lacks, as messages beside the fields.
    pub fn check(&self, kind: Kind, header: &[String], errors: &mut FormErrors) {
        for (field, column) in &self.columns {
            if !header.contains(column) {
                errors.add(&control(field), format!("The file has no column “{column}”."));
            }
        }
        let fed: Vec<Option<Field>> = self.columns.keys().map(|name| Field::parse(name)).collect();
        for group in missing(kind, &fed) {
            let names: Vec<&str> = group.iter().map(|field| field.label()).collect();
            errors.add(&control(group[0].name()), format!("There is no column for {}.", names.join(" or ")));
        }
    }
}

/// The control of a page that chooses the column of a field: answers have controls of their own.
#[must_use]
pub fn control(field: &str) -> String {
    format!("col-{field}")
}

/// What keeps a file from being any kind of table we know: what each kind lacks.
#[must_use]
pub fn lacking(header: &[String], guesses: impl Fn(Kind) -> Vec<Option<Field>>) -> String {
    let kinds = Kind::ALL.map(|kind| {
        let lacks: Vec<String> = missing(kind, &guesses(kind))
            .iter()
            .map(|group| group.iter().map(|field| field.label()).collect::<Vec<_>>().join(" or "))
            .collect();
        format!("To be {} there is no column for {}.", kind.label().to_lowercase(), lacks.join(", "))
    });
    format!(
        "The columns are {}. {} Choose what the file holds to match its columns by hand.",
        header.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", "),
        kinds.join(" ")
    )
}
