//! A row is a customer, with a subscription where a price is given and a reason for leaving where they left.

use std::collections::HashMap;

use chrono::{Months, NaiveDate};

use super::cells::{Cells, Fault, short};
use super::{Group, Reading, Turned, Work};
use crate::intake::mapping::Field;
use crate::intake::reader::Row;
use crate::intake::values::{identifier, postcode, yes_or_no};
use crate::money::{Currency, Money};

/// The day a customer became one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// The day.
    pub on: NaiveDate,
    /// Counted back in months, so that it is only about right.
    pub counted: bool,
}

/// Why a customer left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Churn {
    /// As the source sorts it.
    pub category: String,
    /// As the source words it.
    pub reason: String,
    /// When, as far as the file tells.
    pub on: NaiveDate,
}

/// A customer as a row tells.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerRow {
    /// What the customer is known by.
    pub account_number: String,
    /// The company's or the person's name.
    pub name: String,
    /// Whether the name was in the file, rather than made of the account number.
    pub named: bool,
    /// Whether it is a company.
    pub company: bool,
    /// Whom to speak to.
    pub contact_name: String,
    /// Where to write to.
    pub email: String,
    /// Where to call, as written.
    pub phone: String,
    /// City.
    pub city: String,
    /// Postcode, lost zeros put back.
    pub postcode: String,
    /// Country.
    pub country: String,
    /// Language.
    pub language: Option<String>,
    /// Time zone.
    pub time_zone: Option<String>,
    /// Since when.
    pub since: Option<Since>,
    /// Of all amounts here.
    pub currency: Currency,
    /// What they have.
    pub product: String,
    /// On which plan.
    pub plan: String,
    /// How many.
    pub quantity: i32,
    /// For how much a month; a biller's credit can make it negative.
    pub monthly_price: Option<Money>,
    /// Until when.
    pub contract_ends_on: Option<NaiveDate>,
    /// The account status, as stored.
    pub status: Option<&'static str>,
    /// The day the file speaks of.
    pub as_of: NaiveDate,
    /// The group they are counted in.
    pub segment: String,
    /// What they have brought in.
    pub paid_total: Option<Money>,
    /// What was refunded.
    pub refunded_total: Option<Money>,
    /// Why they left, if they did.
    pub churn: Option<Churn>,
}

impl CustomerRow {
    /// The day from which nothing is billed any more, as far as the file tells.
    #[must_use]
    pub fn ended_on(&self) -> Option<NaiveDate> {
        (self.status == Some("cancelled")).then_some(self.as_of)
    }

    /// What is lost with them in a year; a credit is no risk.
    ///
    /// # Errors
    /// When it is beyond what can be counted.
    pub fn value_at_risk(&self) -> Result<Money, Fault> {
        match self.monthly_price {
            Some(price) if !price.is_negative() => price.times(12).map_err(|sum| Fault::new(sum.to_string())),
            _ => Ok(Money::zero(self.currency)),
        }
    }
}

pub(super) fn read(reading: &Reading<'_>, rows: &[Row], turned: &mut Vec<Turned>) -> Vec<Group> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut groups = Vec::new();
    for row in rows {
        let at = (row.number, row.line);
        let cells = reading.cells(row);
        let read = customer(reading, &cells).and_then(|customer| {
            match seen.insert(customer.account_number.clone(), row.number) {
                Some(before) => {
                    seen.insert(customer.account_number.clone(), before);
                    let why = format!("The same account number stands in row {before}; one row is one customer.");
                    Err(cells.fault(Field::AccountNumber, why))
                }
                None => Ok(customer),
            }
        });
        match read {
            Ok(customer) => groups.push(Group { rows: vec![at], work: Work::Customer(Box::new(customer)) }),
            Err(fault) => turned.push(Turned::new(at, fault)),
        }
    }
    groups
}

fn customer(reading: &Reading<'_>, cells: &Cells<'_>) -> Result<CustomerRow, Fault> {
    let account_number = identifier(cells.text(Field::AccountNumber, 60)?).to_owned();
    if account_number.is_empty() {
        return Err(cells.fault(Field::AccountNumber, "Enter an account number."));
    }
    let (name, company) = (cells.text(Field::Name, 200)?, cells.text(Field::Company, 200)?);
    let contact_name = match cells.text(Field::ContactName, 200)? {
        "" if !company.is_empty() => name,
        contact => contact,
    };
    let shown = if company.is_empty() { name } else { company };
    let (country, region) = country(reading, cells)?;
    let currency = cells.currency()?;
    let since = since(reading, cells)?;
    let quantity = match cells.whole(Field::Quantity)? {
        None => 1,
        Some(number) => i32::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| {
            cells.fault(Field::Quantity, format!("Enter the quantity as a number from 1, not {number}."))
        })?,
    };
    let monthly_price = cells.money(Field::MonthlyPrice, currency)?;
    let (status, churn) = standing(reading, cells)?;
    let plan = cells.text(Field::Plan, 120)?.to_owned();
    let customer = CustomerRow {
        name: if shown.is_empty() { format!("Customer {account_number}") } else { shown.to_owned() },
        named: !shown.is_empty(),
        company: !company.is_empty(),
        contact_name: contact_name.to_owned(),
        email: email(cells)?,
        phone: cells.text(Field::Phone, 40)?.to_owned(),
        city: cells.text(Field::City, 120)?.to_owned(),
        postcode: postcode(cells.text(Field::Postcode, 20)?, &region).as_str().to_owned(),
        country,
        language: language(cells)?,
        time_zone: zone(cells)?,
        since,
        currency,
        product: product(cells, monthly_price.is_some(), &plan)?,
        plan,
        quantity,
        monthly_price,
        contract_ends_on: cells.date(Field::ContractEnd)?,
        status,
        as_of: reading.as_of,
        segment: cells.text(Field::Segment, 80)?.to_owned(),
        paid_total: cells.money(Field::TotalRevenue, currency)?,
        refunded_total: cells.money(Field::Refunds, currency)?,
        churn,
        account_number,
    };
    customer.value_at_risk()?;
    Ok(customer)
}

/// The country as written, and the two letters by which its postcodes are read.
fn country(reading: &Reading<'_>, cells: &Cells<'_>) -> Result<(String, String), Fault> {
    let written = cells.text(Field::Country, 60)?;
    let region = match crate::intake::guesses::region(written) {
        Some(region) => region.to_owned(),
        None if written.is_empty() => reading.country.clone(),
        None => String::new(),
    };
    Ok((written.to_owned(), region))
}

pub(super) fn email(cells: &Cells<'_>) -> Result<String, Fault> {
    let email = cells.text(Field::Email, 254)?;
    let whole = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if email.is_empty() || (whole && !email.contains(char::is_whitespace)) {
        Ok(email.to_owned())
    } else {
        Err(cells.fault(Field::Email, "Enter a full e-mail address."))
    }
}

fn language(cells: &Cells<'_>) -> Result<Option<String>, Fault> {
    match cells.text(Field::Language, 35)? {
        "" => Ok(None),
        code if code.len() >= 2 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
            Ok(Some(code.to_owned()))
        }
        _ => Err(cells.fault(Field::Language, "Enter the language by its code, like en or pt-BR.")),
    }
}

fn zone(cells: &Cells<'_>) -> Result<Option<String>, Fault> {
    match cells.raw(Field::TimeZone) {
        "" => Ok(None),
        name => {
            if let Ok(zone) = name.parse::<chrono_tz::Tz>() {
                Ok(Some(zone.name().to_owned()))
            } else {
                let why = format!("“{}” is not a time zone: use a name like America/New_York.", short(name));
                Err(cells.fault(Field::TimeZone, why))
            }
        }
    }
}

/// Months as a customer count back from the day the file speaks of.
fn since(reading: &Reading<'_>, cells: &Cells<'_>) -> Result<Option<Since>, Fault> {
    if let Some(on) = cells.date(Field::StartedOn)? {
        return Ok(Some(Since { on, counted: false }));
    }
    let Some(months) = cells.whole(Field::TenureMonths)? else {
        return Ok(None);
    };
    let on = u32::try_from(months)
        .ok()
        .filter(|months| *months <= 1200)
        .and_then(|months| reading.as_of.checked_sub_months(Months::new(months)))
        .ok_or_else(|| cells.fault(Field::TenureMonths, "Enter the months as a number from 0 to 1200."))?;
    Ok(Some(Since { on, counted: true }))
}

/// The account status, and why they left where they did.
fn standing(reading: &Reading<'_>, cells: &Cells<'_>) -> Result<(Option<&'static str>, Option<Churn>), Fault> {
    let category = cells.text(Field::ChurnCategory, 200)?;
    let reason = cells.text(Field::ChurnReason, 1000)?;
    let written = cells.raw(Field::Status);
    let status = match written.to_lowercase().replace(['_', '-'], " ").as_str() {
        "" if reason.is_empty() && category.is_empty() => None,
        "active" | "stayed" | "joined" | "new" | "current" | "live" | "ok" => Some("active"),
        "at risk" => Some("at_risk"),
        "cancel requested" | "cancellation requested" | "cancelling" => Some("cancel_requested"),
        "saved" | "retained" => Some("saved"),
        "" | "cancelled" | "canceled" | "churned" | "left" | "closed" | "inactive" | "ended" | "terminated" => {
            Some("cancelled")
        }
        "suspended" | "on hold" | "blocked" => Some("suspended"),
        _ => {
            let why = format!(
                "“{}” is not a status: use active, at risk, cancel requested, saved, cancelled or suspended.",
                short(written)
            );
            return Err(cells.fault(Field::Status, why));
        }
    };
    let left =
        status == Some("cancelled") && (reading.feeds(Field::ChurnReason) || reading.feeds(Field::ChurnCategory));
    let churn = left.then(|| Churn { category: category.to_owned(), reason: reason.to_owned(), on: reading.as_of });
    Ok((status, churn))
}

/// What the customer has: as its column says, else composed of what the others say.
fn product(cells: &Cells<'_>, priced: bool, plan: &str) -> Result<String, Fault> {
    let product = cells.text(Field::Product, 120)?;
    if !product.is_empty() || !priced {
        return Ok(product.to_owned());
    }
    let internet = cells.text(Field::InternetType, 100)?;
    let mut parts = Vec::new();
    if !internet.is_empty() && yes_or_no(internet) != Some(false) {
        parts.push(if yes_or_no(internet).is_some() { "Internet".to_owned() } else { format!("Internet {internet}") });
    }
    if yes_or_no(cells.raw(Field::PhoneService)) == Some(true) {
        parts.push("Phone".to_owned());
    }
    Ok(match parts.join(" + ") {
        none if none.is_empty() && plan.is_empty() => "Subscription".to_owned(),
        none if none.is_empty() => plan.to_owned(),
        composed => composed,
    })
}
