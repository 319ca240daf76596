//! The form of a version: its fields as texts, read into a version or made from one.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::{Fact, NewVersion, OfferType, PromiseTemplate};
use crate::calendar;
use crate::cases::Kind as CaseKind;
use crate::customers::Tier;
use crate::error::FormErrors;
use crate::money::Percent;
use crate::web::{Conflict, Merge};

/// How many promises a version can hold.
pub(super) const PROMISES: usize = 5;
/// Those with a box for each value.
const BOXES: [&str; 4] = ["tiers", "case_kinds", "not_with", "departments"];

/// The fields as they were sent.
#[derive(Clone, Default, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A form for the version that follows this one.
    pub(super) fn of(version: &OfferType, zone: Tz, now: DateTime<Utc>) -> Self {
        let mut fields = Self::default();
        let until = version.valid_until.filter(|until| *until > now);
        let until = until.map(|until| calendar::as_typed(until, zone)).unwrap_or_default();
        for (name, text) in [
            ("kind", version.kind.name().to_owned()),
            ("name", version.name.clone()),
            ("lever", version.lever.clone()),
            ("guidance", version.guidance.clone()),
            ("valid_until", until),
            ("cost_share", version.cost_share.to_string().trim_end_matches('%').to_owned()),
            ("open_days", version.open_days.to_string()),
            ("segments", version.segments.join("\n")),
            ("products", version.products.join("\n")),
            ("min_tenure_months", version.min_tenure_months.to_string()),
            ("once_per_months", version.once_per_months.to_string()),
            ("approvers", version.approvers.to_string()),
        ] {
            fields.add(name, text);
        }
        version.tiers.iter().for_each(|tier| fields.add("tiers", tier.name()));
        version.case_kinds.iter().for_each(|kind| fields.add("case_kinds", kind.name()));
        version.not_with.iter().for_each(|code| fields.add("not_with", code.clone()));
        version.departments.iter().for_each(|(id, _)| fields.add("departments", id.to_string()));
        for (number, promise) in (1..).zip(&version.promises) {
            fields.add(&format!("promise_{number}_what"), promise.what.clone());
            let department = promise.department.map(|id| id.to_string()).unwrap_or_default();
            fields.add(&format!("promise_{number}_department"), department);
            fields.add(&format!("promise_{number}_hours"), promise.working_hours.to_string());
        }
        fields
    }

    /// A form for a type that is not there yet.
    pub(super) fn empty() -> Self {
        let mut fields = Self::default();
        for (name, text) in
            [("cost_share", "100"), ("open_days", "14"), ("min_tenure_months", "0"), ("once_per_months", "12")]
        {
            fields.add(name, text);
        }
        fields.add("approvers", "1");
        fields
    }

    /// What a field holds.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// The boxes that are ticked.
    pub(super) fn many(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn add(&mut self, name: &str, text: impl Into<String>) {
        self.0.push((name.to_owned(), text.into()));
    }

    /// A field as one text, to compare it by. Order and empty lines make no difference.
    fn text(&self, name: &str) -> String {
        match name {
            name if BOXES.contains(&name) => {
                let mut boxes = self.many(name);
                boxes.sort();
                boxes.join("\n")
            }
            "promises" => {
                let rows = (1..=PROMISES).map(|number| self.promise(number)).filter(|[what, ..]| !what.is_empty());
                rows.map(|row| row.join("\t")).collect::<Vec<_>>().join("\n")
            }
            "segments" | "products" => lines(self.get(name)).join("\n"),
            name => self.get(name).trim().to_owned(),
        }
    }

    /// What a promise owes, who, within how many hours.
    fn promise(&self, number: usize) -> [String; 3] {
        ["what", "department", "hours"].map(|part| self.get(&format!("promise_{number}_{part}")).trim().to_owned())
    }

    fn set(&mut self, name: &str, text: &str) {
        let belongs = |other: &String| other == name || (name == "promises" && other.starts_with("promise_"));
        self.0.retain(|(other, _)| !belongs(other));
        match name {
            name if BOXES.contains(&name) => text.lines().for_each(|value| self.add(name, value)),
            "promises" => {
                for (number, row) in (1..).zip(text.lines()) {
                    for (part, value) in ["what", "department", "hours"].into_iter().zip(row.split('\t')) {
                        self.add(&format!("promise_{number}_{part}"), value);
                    }
                }
            }
            name => self.add(name, text),
        }
    }

    /// Brings what was typed together with a version that was published since the form was opened (R6): what only they
    /// changed is taken over, what was typed here stays, and what both changed is told.
    pub(super) fn merge(&self, base: &Self, theirs: &Self) -> (Self, Vec<Conflict>) {
        let mut merge = Merge::new();
        let mut merged = self.clone();
        for fact in Fact::ALL.iter().filter(|fact| **fact != Fact::From) {
            let name = fact.name();
            let text = merge.field(name, fact.label(), &base.text(name), &theirs.text(name), &self.text(name));
            if text != self.text(name) {
                merged.set(name, &text);
            }
        }
        (merged, merge.conflicts())
    }

    /// The version as typed. Moments are on the clock of that zone.
    pub(super) fn parse(&self, zone: Tz) -> Result<NewVersion, FormErrors> {
        let mut errors = FormErrors::new();
        let name = fitting(&mut errors, self.get("name"), "name", "the name", 80);
        if name.is_empty() {
            errors.add("name", "Enter a name, like Percent discount.");
        }
        let lever = self.get("lever").to_owned();
        if lever.is_empty() {
            errors.add("lever", "Choose the lever it is.");
        }
        let valid_from = errors.check("valid_from", calendar::typed(self.get("valid_from"), zone)).flatten();
        let valid_until = errors.check("valid_until", calendar::typed(self.get("valid_until"), zone)).flatten();
        let share =
            Percent::parse(self.get("cost_share")).ok().filter(|share| (Percent::ZERO..=Percent::ALL).contains(share));
        let share = share.ok_or("Enter the part that is our cost as a percentage from 0 to 100.");
        let cost_share = errors.check("cost_share", share).unwrap_or_default();
        let open_days = whole(&mut errors, self, "open_days", 1..=90, "for how many days it stands");
        let tenure = whole(&mut errors, self, "min_tenure_months", 0..=600, "after how many months");
        let once = whole(&mut errors, self, "once_per_months", 0..=120, "once in how many months");
        let approvers = whole(&mut errors, self, "approvers", 1..=3, "how many approve");
        let guidance = fitting(&mut errors, self.get("guidance"), "guidance", "the guidance", 4_000);
        let why = fitting(&mut errors, self.get("why"), "why", "the reason", 500);
        if why.is_empty() {
            errors.add("why", "Enter why this version is published.");
        }
        let segments = short_lines(&mut errors, self, "segments");
        let products = short_lines(&mut errors, self, "products");
        let promises = self.promises(&mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(NewVersion {
            name,
            guidance,
            lever,
            valid_from,
            valid_until,
            cost_share,
            open_days,
            tiers: self.many("tiers").iter().filter_map(|tier| Tier::from_name(tier)).collect(),
            segments,
            products,
            case_kinds: self.many("case_kinds").iter().filter_map(|kind| CaseKind::from_name(kind)).collect(),
            min_tenure_months: tenure,
            once_per_months: once,
            not_with: self.many("not_with"),
            approvers,
            departments: self.many("departments").iter().filter_map(|id| id.parse().ok()).collect(),
            promises,
            why,
        })
    }

    fn promises(&self, errors: &mut FormErrors) -> Vec<PromiseTemplate> {
        let mut promises = Vec::new();
        for number in 1..=PROMISES {
            let [what, department, _] = self.promise(number);
            let field = |part: &str| format!("promise_{number}_{part}");
            if what.is_empty() {
                continue;
            }
            let what = fitting(errors, &what, &field("what"), "what we owe", 200);
            let hours = whole(errors, self, &field("hours"), 1..=400, "within how many working hours");
            promises.push(PromiseTemplate { what, department: department.parse().ok(), working_hours: hours });
        }
        if promises.is_empty() {
            errors.add("promise_1_what", "Enter at least one thing that accepting it makes us owe.");
        }
        promises
    }
}

fn fitting(errors: &mut FormErrors, text: &str, field: &str, what: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() > most {
        errors.add(field, format!("Use at most {most} characters for {what}."));
    }
    text.to_owned()
}

fn whole(
    errors: &mut FormErrors,
    fields: &Fields,
    field: &str,
    range: std::ops::RangeInclusive<i16>,
    what: &str,
) -> i16 {
    let number = i16::from_str(fields.get(field).trim()).ok().filter(|number| range.contains(number));
    let message = || format!("Enter {what} as a whole number from {} to {}.", range.start(), range.end());
    errors.check(field, number.ok_or_else(message)).unwrap_or_default()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn short_lines(errors: &mut FormErrors, fields: &Fields, field: &str) -> Vec<String> {
    let lines = lines(fields.get(field));
    if lines.len() > 40 || lines.iter().any(|line| line.chars().count() > 120) {
        errors.add(field, "Enter at most 40 lines of at most 120 characters.");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::empty();
        for (name, value) in pairs {
            fields.0.retain(|(other, _)| other != name || BOXES.contains(name));
            fields.add(name, *value);
        }
        fields
    }

    fn good() -> Vec<(&'static str, &'static str)> {
        vec![
            ("name", " Loyalty credit "),
            ("lever", "one_off_credit"),
            ("tiers", "top"),
            ("tiers", "next"),
            ("segments", "Hotels\n\n Retail "),
            ("valid_until", "2026-12-01T08:00"),
            ("promise_1_what", "Put it on the invoice"),
            ("promise_1_hours", "16"),
            ("why", "Asked for by the team"),
        ]
    }

    #[test]
    fn a_version_is_read_as_it_was_typed() {
        let new = sent(&good()).parse(chrono_tz::America::New_York).unwrap();
        assert_eq!(
            (new.name.as_str(), new.tiers, new.segments),
            ("Loyalty credit", vec![Tier::Top, Tier::Next], vec!["Hotels".to_owned(), "Retail".to_owned()])
        );
        assert_eq!(new.valid_until.unwrap().to_rfc3339(), "2026-12-01T13:00:00+00:00");
        assert_eq!((new.valid_from, new.once_per_months, new.promises.len()), (None, 12, 1));
    }

    #[test]
    fn every_message_stands_at_its_field() {
        let mut wrong = good();
        wrong.extend([
            ("name", ""),
            ("lever", ""),
            ("why", " "),
            ("cost_share", "120"),
            ("open_days", "0"),
            ("approvers", "4"),
            ("valid_until", "soon"),
            ("promise_1_what", ""),
        ]);
        let errors = sent(&wrong).parse(Tz::UTC).unwrap_err();
        for field in ["name", "lever", "why", "cost_share", "open_days", "approvers", "valid_until", "promise_1_what"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn r6_what_two_changed_apart_is_brought_together() {
        let base = sent(&good());
        let mut theirs = base.clone();
        theirs.set("guidance", "Only in winter");
        theirs.set("tiers", "next\ntop\nrest");
        let mut yours = base.clone();
        yours.set("open_days", "7");
        yours.set("promises", "Call them\t\t8\nPut it on the invoice\t\t16");
        let (merged, conflicts) = yours.merge(&base, &theirs);
        assert!(conflicts.is_empty());
        assert_eq!((merged.get("guidance"), merged.get("open_days")), ("Only in winter", "7"));
        assert_eq!(merged.many("tiers"), ["next", "rest", "top"]);
        assert_eq!(merged.parse(Tz::UTC).unwrap().promises.len(), 2);
        yours.set("guidance", "Only in summer");
        let (merged, conflicts) = yours.merge(&base, &theirs);
        assert_eq!(merged.get("guidance"), "Only in summer");
        assert_eq!((conflicts.len(), conflicts[0].theirs.as_str()), (1, "Only in winter"));
    }
}
