//! What files call countries, kinds and channels, and what can be guessed of a file before anybody answers.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::choices::{Answers, Choices};
use super::mapping::{Field, Kind};
use super::reader::Sheet;
use crate::cases;
use crate::money::Currency;

/// Countries by what files call them: two letters, names, currency, the zone of most of their people.
const COUNTRIES: &[(&str, &[&str], &str, &str)] = &[
    ("US", &["usa", "united states", "united states of america"], "USD", "America/New_York"),
    ("GB", &["uk", "united kingdom", "great britain", "england"], "GBP", "Europe/London"),
    ("CA", &["canada"], "CAD", "America/Toronto"),
    ("AU", &["australia"], "AUD", "Australia/Sydney"),
    ("NZ", &["new zealand"], "NZD", "Pacific/Auckland"),
    ("IE", &["ireland", "eire"], "EUR", "Europe/Dublin"),
    ("DE", &["germany"], "EUR", "Europe/Berlin"),
    ("FR", &["france"], "EUR", "Europe/Paris"),
    ("ES", &["spain"], "EUR", "Europe/Madrid"),
    ("PT", &["portugal"], "EUR", "Europe/Lisbon"),
    ("IT", &["italy"], "EUR", "Europe/Rome"),
    ("NL", &["netherlands"], "EUR", "Europe/Amsterdam"),
    ("BE", &["belgium"], "EUR", "Europe/Brussels"),
    ("AT", &["austria"], "EUR", "Europe/Vienna"),
    ("FI", &["finland"], "EUR", "Europe/Helsinki"),
    ("CH", &["switzerland"], "CHF", "Europe/Zurich"),
    ("NO", &["norway"], "NOK", "Europe/Oslo"),
    ("SE", &["sweden"], "SEK", "Europe/Stockholm"),
    ("DK", &["denmark"], "DKK", "Europe/Copenhagen"),
    ("PL", &["poland"], "PLN", "Europe/Warsaw"),
    ("JP", &["japan"], "JPY", "Asia/Tokyo"),
    ("IN", &["india"], "INR", "Asia/Kolkata"),
    ("BR", &["brazil"], "BRL", "America/Sao_Paulo"),
    ("MX", &["mexico"], "MXN", "America/Mexico_City"),
];

/// The two letters of a country, by its name or by themselves.
#[must_use]
pub fn region(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    COUNTRIES
        .iter()
        .find(|(code, names, ..)| code.to_lowercase() == name || names.contains(&name.as_str()))
        .map(|(code, ..)| *code)
}

/// The zone of most people of a country, by its name or its letters.
#[must_use]
pub fn zone(country: &str) -> Option<Tz> {
    let region = region(country)?;
    COUNTRIES.iter().find(|(code, ..)| *code == region).and_then(|(.., zone)| zone.parse().ok())
}

/// The countries to choose from, by two letters and name.
pub fn countries() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.iter().map(|(code, names, ..)| (*code, names[names.len().min(2) - 1]))
}

/// A kind of case by what files call it.
#[must_use]
pub fn case_kind(written: &str) -> Option<&'static str> {
    let name = written.trim().to_lowercase().replace([' ', '-'], "_");
    let synonym = match name.as_str() {
        "cancel" | "cancel_request" | "cancellation_request" | "churn" => "cancellation",
        "cancel_order" | "return" => "order_cancellation",
        "renewal" => "renewal_at_risk",
        "winback" => "win_back",
        other => other,
    };
    cases::Kind::from_name(synonym).map(cases::Kind::name)
}

/// A channel by what files call it.
#[must_use]
pub fn channel(written: &str) -> Option<&'static str> {
    let name = written.trim().to_lowercase().replace([' ', '-'], "_");
    let synonym = match name.as_str() {
        "call" | "telephone" | "customer_care_call" | "voice" => "phone",
        "e_mail" | "mail" => "email",
        "web" | "internet" | "website" | "form" | "online" => "web_form",
        "post" | "postal_mail" | "fax" => "letter",
        "live_chat" => "chat",
        "social" | "review" | "twitter" | "facebook" => "social_review",
        other => other,
    };
    cases::Channel::from_name(synonym).map(cases::Channel::name)
}

/// The regulator a file comes from, by its name or its columns.
fn regulator(file_name: &str, header: &[String]) -> Option<&'static str> {
    let name = file_name.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    if let Some(found) = ["fcc", "cfpb", "bbb"].into_iter().find(|regulator| words.contains(regulator)) {
        return Some(found);
    }
    header.iter().any(|column| column == "Company response to consumer").then_some("cfpb")
}

/// What a file is called, as the name of a source: `telecom customer churn`.
#[must_use]
pub fn source(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words: Vec<&str> = stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    match words.join(" ") {
        none if none.is_empty() => "file".to_owned(),
        words => words.chars().take(60).collect(),
    }
}

/// The choices to offer for a file nobody has decided about yet.
#[must_use]
pub fn choices(kind: Kind, file_name: &str, sheet: &Sheet, fields: &[Option<Field>]) -> Choices {
    let columns = sheet
        .header
        .iter()
        .zip(fields)
        .filter_map(|(name, field)| Some(((*field)?.name().to_owned(), name.clone())))
        .collect();
    let mut choices = Choices { columns, answers: Answers::default() };
    let country = commonest_country(&choices, sheet).unwrap_or("US");
    let known = COUNTRIES.iter().find(|(code, ..)| *code == country);
    let answers = &mut choices.answers;
    answers.country = Some(country.to_owned());
    answers.currency = known.and_then(|(_, _, currency, _)| Currency::parse(currency).ok());
    answers.time_zone = known.and_then(|(.., zone)| zone.parse::<Tz>().ok());
    answers.source = Some(source(file_name));
    if kind == Kind::Cases {
        let regulator = regulator(file_name, &sheet.header);
        answers.channel = regulator.map(str::to_owned);
        if !choices.columns.contains_key(Field::CaseKind.name()) {
            answers.case_kind = Some("complaint".to_owned());
        }
    }
    choices
}

fn commonest_country(choices: &Choices, sheet: &Sheet) -> Option<&'static str> {
    let column = choices.column(Field::Country);
    let at = sheet.header.iter().position(|name| name == column)?;
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for row in sheet.rows.iter().take(10_000) {
        *counts.entry(row.fields[at].trim()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).and_then(|(name, _)| region(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_name_and_letters() {
        assert_eq!(region("United Kingdom"), Some("GB"));
        assert_eq!((region("us"), region("EIRE"), region("Atlantis")), (Some("US"), Some("IE"), None));
        assert!(
            COUNTRIES
                .iter()
                .all(|(_, _, currency, zone)| { Currency::parse(currency).is_ok() && zone.parse::<Tz>().is_ok() })
        );
    }

    #[test]
    fn kinds_and_channels_are_known_by_what_files_call_them() {
        assert_eq!((case_kind("Win-back"), case_kind("cancel")), (Some("win_back"), Some("cancellation")));
        assert_eq!((channel("E-mail"), channel("Customer Care Call")), (Some("email"), Some("phone")));
        assert_eq!((case_kind("party"), channel("pigeon")), (None, None));
    }

    #[test]
    fn a_regulator_is_known_by_its_file() {
        let no_columns: [String; 0] = [];
        assert_eq!(regulator("fcc_comcast_complaints_2015.csv", &no_columns), Some("fcc"));
        assert_eq!(regulator("export.csv", &["Company response to consumer".to_owned()]), Some("cfpb"));
        assert_eq!(regulator("faccfpb.csv", &no_columns), None);
    }

    #[test]
    fn a_source_is_named_after_its_file() {
        assert_eq!(source("C:\\data\\telecom_customer-churn.csv"), "telecom customer churn");
        assert_eq!((source(".csv"), source("")), ("file".to_owned(), "file".to_owned()));
    }
}
