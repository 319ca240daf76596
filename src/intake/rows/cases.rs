//! A row is a request or complaint.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::cells::{Cells, Fault, short};
use super::{Group, Reading, Turned, Work};
use crate::intake::guesses;
use crate::intake::mapping::Field;
use crate::intake::reader::Row;
use crate::intake::values::{identifier, postcode};
use crate::money::{Currency, Money};

/// The longest text of a customer's words.
const LONGEST: usize = 40_000;

/// A request or complaint as a row tells.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// Its number at the source; a digest of the row where it has none.
    pub external_ref: String,
    /// What it is, as stored.
    pub kind: &'static str,
    /// How it came, as stored.
    pub channel: &'static str,
    /// The source gave it a number of its own.
    pub numbered: bool,
    /// When it came to us: the day it was sent on, where it came by way of somebody else.
    pub received_at: DateTime<Utc>,
    /// The customer's words.
    pub stated_reason: String,
    /// What may name a reason of the tree.
    pub reason_names: Vec<String>,
    /// The category the source gave.
    pub category: String,
    /// What was answered.
    pub response: String,
    /// Whether it is over.
    pub closed: bool,
    /// The customer's account number.
    pub account_number: String,
    /// The customer's e-mail address.
    pub email: String,
    /// The customer's name.
    pub name: String,
    /// What to call a customer nobody knows.
    pub unknown_name: String,
    /// Where they live, as far as the source says.
    pub place: String,
    /// City.
    pub city: String,
    /// Postcode, lost zeros put back.
    pub postcode: String,
    /// What is lost if they leave.
    pub value_at_risk: Option<Money>,
    /// Of the amount.
    pub currency: Currency,
    /// The whole row, as it stands in the file.
    pub fields: Vec<String>,
}

pub(super) fn read(reading: &Reading<'_>, rows: &[Row], turned: &mut Vec<Turned>) -> Vec<Group> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut alike: HashMap<[u8; 32], u32> = HashMap::new();
    let mut groups = Vec::new();
    for row in rows {
        let at = (row.number, row.line);
        let cells = reading.cells(row);
        let read = external_ref(&cells, &mut alike).and_then(|number| {
            if let Some(before) = seen.get(&number) {
                let why = format!("The same number stands in row {before}.");
                return Err(cells.fault(Field::ExternalRef, why));
            }
            let case = case(reading, &cells, number)?;
            seen.insert(case.external_ref.clone(), row.number);
            Ok(case)
        });
        match read {
            Ok(case) => groups.push(Group { rows: vec![at], work: Work::Case(Box::new(case)) }),
            Err(fault) => turned.push(Turned::new(at, fault)),
        }
    }
    groups
}

/// The number of a row at its source. One without is known by all that stands in it, and rows that are alike to the
/// letter by how many came before.
fn external_ref(cells: &Cells<'_>, alike: &mut HashMap<[u8; 32], u32>) -> Result<String, Fault> {
    let number = identifier(cells.text(Field::ExternalRef, 60)?);
    if !number.is_empty() {
        return Ok(number.to_owned());
    }
    let mut digest = Sha256::new();
    for field in &cells.row.fields {
        digest.update(field.as_bytes());
        digest.update([0]);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let times = alike.entry(digest).or_default();
    *times += 1;
    let name = hex::encode(&digest[..8]);
    Ok(if *times == 1 { format!("row {name}") } else { format!("row {name} {times}") })
}

fn case(reading: &Reading<'_>, cells: &Cells<'_>, external_ref: String) -> Result<CaseRow, Fault> {
    let received_at = cells
        .moment(Field::ReceivedAt, Some(Field::ReceivedTime))?
        .ok_or_else(|| cells.fault(Field::ReceivedAt, "Enter the day it was received."))?;
    let received_at =
        cells.moment(Field::ForwardedOn, None)?.map_or(received_at, |forwarded| forwarded.max(received_at));
    let kind = named(cells, Field::CaseKind, reading.case_kind.as_deref(), guesses::case_kind)?;
    let channel = named(cells, Field::Channel, reading.channel.as_deref(), guesses::channel)?;
    let currency = cells.currency()?;
    let value_at_risk = cells.money(Field::ValueAtRisk, currency)?;
    if value_at_risk.is_some_and(Money::is_negative) {
        return Err(cells.fault(Field::ValueAtRisk, "Enter the value at risk as an amount from 0."));
    }
    let (city, state) = (cells.text(Field::City, 120)?, cells.text(Field::State, 60)?);
    let postcode = postcode(cells.text(Field::Postcode, 20)?, &reading.country).as_str().to_owned();
    let place: Vec<&str> = match (city, state) {
        ("", "") => vec![postcode.as_str()],
        (city, state) => vec![city, state],
    };
    let place = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let source = crate::cases::Channel::from_name(channel).map_or(channel, crate::cases::Channel::label);
    let comma = if place.is_empty() { "" } else { ", " };
    let category = match cells.text(Field::Product, 200)? {
        "" => cells.text(Field::Issue, 200)?,
        product => product,
    };
    Ok(CaseRow {
        kind,
        channel,
        numbered: !cells.raw(Field::ExternalRef).is_empty(),
        received_at,
        stated_reason: words(cells)?,
        reason_names: [Field::StatedReason, Field::SubIssue, Field::Issue]
            .map(|field| cells.raw(field))
            .into_iter()
            .filter(|name| !name.is_empty() && name.len() <= 80)
            .map(str::to_owned)
            .collect(),
        category: category.to_owned(),
        response: cells.text(Field::Response, 4000)?.to_owned(),
        closed: closed(cells)?,
        account_number: identifier(cells.text(Field::AccountNumber, 60)?).to_owned(),
        email: super::customers::email(cells)?,
        name: cells.text(Field::Name, 200)?.to_owned(),
        unknown_name: format!("Unknown customer{comma}{place} ({source} {external_ref})").chars().take(200).collect(),
        place,
        city: city.to_owned(),
        postcode,
        value_at_risk,
        currency,
        external_ref,
        fields: cells.row.fields.clone(),
    })
}

/// The customer's words: what they asked, what it is about, the whole story.
fn words(cells: &Cells<'_>) -> Result<String, Fault> {
    let issue = match (cells.raw(Field::Issue), cells.raw(Field::SubIssue)) {
        (issue, "") => issue.to_owned(),
        ("", sub) => sub.to_owned(),
        (issue, sub) => format!("{issue} › {sub}"),
    };
    let parts = [cells.raw(Field::StatedReason), &issue, cells.raw(Field::Narrative)];
    let words =
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n").replace("\r\n", "\n");
    match words.chars().count() {
        0 => Err(cells.fault(Field::StatedReason, "Enter what the customer said: a reason, an issue or a narrative.")),
        1..=LONGEST => Ok(words),
        length => Err(cells.fault(
            Field::Narrative,
            format!("The customer's words have {length} characters; shorten them to {LONGEST}."),
        )),
    }
}

/// A kind or a channel: as the answer says for all rows, else as the column says.
fn named(
    cells: &Cells<'_>,
    field: Field,
    answer: Option<&str>,
    read: fn(&str) -> Option<&'static str>,
) -> Result<&'static str, Fault> {
    let written = match answer {
        Some(answer) => answer,
        None => cells.raw(field),
    };
    read(written).ok_or_else(|| {
        let name = field.label().to_lowercase();
        let why = if written.is_empty() {
            format!("Enter the {name}.")
        } else {
            format!("“{}” is not a {name} we know.", short(written))
        };
        cells.fault(field, why)
    })
}

/// Whether it is over: by its status, else by the answer it got.
fn closed(cells: &Cells<'_>) -> Result<bool, Fault> {
    let status = cells.raw(Field::Status);
    let words = if status.is_empty() { cells.raw(Field::Response) } else { status };
    match words.to_lowercase().replace(['_', '-'], " ").as_str() {
        "" | "open" | "new" | "pending" | "in progress" | "waiting" | "working" | "reopened" | "assigned"
        | "active" => Ok(false),
        "closed" | "solved" | "resolved" | "done" | "completed" | "complete" | "cancelled" | "canceled" => Ok(true),
        // an answer that is not "in progress" ends it; a status must be one we know
        _ if status.is_empty() => Ok(true),
        _ => {
            let why = format!("“{}” is not a status: use open, pending, solved or closed.", short(status));
            Err(cells.fault(Field::Status, why))
        }
    }
}
