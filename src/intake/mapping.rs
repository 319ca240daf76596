//! Guesses which column of a file feeds which field, from its name and a look at its values.
//!
//! A guess is an offer to whoever imports the file, who sees it and can change it. So a column
//! whose name is not clearly a field's stays unassigned, and no field is fed twice.

use std::collections::BTreeSet;

use super::reader::Row;
use super::writer::is_added;

mod fields;
mod shape;

pub use fields::{Field, Kind};

/// How alike two names must be, in hundredths: three of five words shared.
const ALIKE: usize = 60;

/// The field each column of a file most likely feeds, for a table of that kind.
///
/// Some rows of the file, as many as there are at hand, keep names from misleading.
#[must_use]
pub fn guess(kind: Kind, header: &[String], sample: &[Row]) -> Vec<Option<Field>> {
    let mut candidates: Vec<(usize, usize, usize)> = Vec::new();
    for (column, name) in header.iter().enumerate().filter(|(_, name)| !is_added(name)) {
        let words = words(name);
        for (rank, field) in kind.fields().iter().enumerate() {
            let cells = || sample.iter().filter_map(|row| row.fields.get(column));
            let cells = || cells().map(String::as_str);
            let score = likeness(&words, *field);
            if score >= ALIKE && field.shape().fits(cells()) {
                candidates.push((score, column, rank));
            }
        }
    }
    candidates.sort_by_key(|&(score, column, rank)| (usize::MAX - score, column, rank));

    let mut guesses = vec![None; header.len()];
    for (_, column, rank) in candidates {
        let field = Some(kind.fields()[rank]);
        if guesses[column].is_none() && !guesses.contains(&field) {
            guesses[column] = field;
        }
    }
    guesses
}

/// What a table of that kind still lacks: groups of fields of which one is needed.
#[must_use]
pub fn missing(kind: Kind, fields: &[Option<Field>]) -> Vec<&'static [Field]> {
    let fed = |group: &&[Field]| group.iter().any(|field| fields.contains(&Some(*field)));
    kind.needs().iter().copied().filter(|group| !fed(group)).collect()
}

/// The kind of table a file most likely is: the one that lacks nothing and uses most columns.
#[must_use]
pub fn likely_kind(header: &[String], sample: &[Row]) -> Option<Kind> {
    let complete = Kind::ALL.into_iter().filter_map(|kind| {
        let guesses = guess(kind, header, sample);
        let used = guesses.iter().flatten().count();
        missing(kind, &guesses).is_empty().then_some((used, kind))
    });
    complete.max_by_key(|(used, _)| *used).map(|(_, kind)| kind)
}

/// How alike a column's name is to what a field is called, in hundredths: words shared of words
/// used by either.
fn likeness(column: &BTreeSet<String>, field: Field) -> usize {
    let called = [field.name(), field.label()];
    let called = called.iter().chain(field.aliases());
    called
        .map(|name| {
            let words = words(name);
            let shared = words.intersection(column).count();
            100 * shared / words.union(column).count().max(1)
        })
        .max()
        .unwrap_or(0)
}

/// The words of a name, whatever the way it is written: `customerID`, `Customer No.`,
/// `customer_ids` are alike.
fn words(name: &str) -> BTreeSet<String> {
    let mut parted = String::with_capacity(name.len() + 4);
    let mut last_lower = false;
    for letter in name.chars() {
        if letter == '#' {
            parted.push_str(" number ");
        } else if letter.is_alphanumeric() {
            if last_lower && letter.is_uppercase() {
                parted.push(' ');
            }
            parted.extend(letter.to_lowercase());
        } else if letter != '\'' && letter != '\u{2019}' {
            parted.push(' ');
        }
        last_lower = letter.is_lowercase();
    }
    let words = parted.split_whitespace();
    words
        .filter(|word| !matches!(*word, "the" | "of" | "in" | "to" | "a" | "for" | "by" | "s"))
        .map(|word| match word {
            "no" | "nr" | "num" | "id" | "ids" => "number",
            word if word.len() > 3 && !word.ends_with("ss") => word.strip_suffix('s').unwrap_or(word),
            word => word,
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: Kind, header: &[&str], sample: &[&[&str]]) -> Vec<Option<&'static str>> {
        let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
        let rows: Vec<Row> = sample
            .iter()
            .map(|cells| cells.iter().map(|&cell| cell.to_owned()).collect())
            .map(|fields| Row { number: 1, line: 2, fields })
            .collect();
        guess(kind, &header, &rows).into_iter().map(|field| field.map(Field::name)).collect()
    }

    #[test]
    fn names_are_known_however_they_are_written() {
        for name in ["Account Number", "accountNo", "ACCOUNT_ID", "customerID", "Customer #"] {
            assert_eq!(named(Kind::Customers, &[name], &[]), [Some("account_number")], "{name}");
        }
        assert_eq!(
            named(Kind::Customers, &["E-Mail Address", "Customer's name", "Favourite colour"], &[]),
            [Some("email"), Some("name"), None]
        );
    }

    #[test]
    fn values_have_a_say() {
        let phones = named(Kind::Customers, &["Phone", "Contact"], &[&["Yes", "ann@example.org"]]);
        assert_eq!(phones, [None, Some("email")]);
        let cells = [&["22/04/2015", "3:53 PM"][..]];
        assert_eq!(named(Kind::Cases, &["Date", "Time"], &cells), [Some("received_at"), Some("received_time")]);
    }

    #[test]
    fn no_field_is_fed_twice_and_the_closer_name_wins() {
        assert_eq!(
            named(Kind::Cases, &["Company public response", "Company response", "Date", "Date"], &[]),
            [None, Some("response"), Some("received_at"), None]
        );
    }

    #[test]
    fn a_mended_file_is_mapped_as_before() {
        let header = ["Refused row", "Refused column", "Refused because", "Reason"];
        assert_eq!(named(Kind::Cases, &header, &[]), [None, None, None, Some("stated_reason")]);
    }

    #[test]
    fn what_is_missing_is_told() {
        let none = vec![None];
        assert_eq!(missing(Kind::Customers, &none), [&[Field::AccountNumber][..]]);
        assert_eq!(missing(Kind::Cases, &[Some(Field::ReceivedAt), Some(Field::Issue)]).len(), 0);
        assert!(Field::ReceivedAt.required(Kind::Cases) && !Field::Issue.required(Kind::Cases));
    }

    #[test]
    fn names_lead_back_to_their_fields() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.name()), Some(*field));
            assert!(Kind::ALL.iter().any(|kind| kind.fields().contains(field)), "{field:?}");
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
            for group in kind.needs() {
                assert!(group.iter().all(|field| kind.fields().contains(field)));
            }
        }
    }
}
