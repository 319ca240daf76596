//! A version in words, field by field, and what differs from one version to another.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::eligibility::months;
use super::{OfferType, PromiseTemplate};
use crate::calendar;
use crate::cases::Kind as CaseKind;
use crate::customers::Tier;
use crate::ids::DepartmentId;
use crate::money::Percent;
use crate::names::names;

/// From when the versions count that are shipped.
const BEGINNING: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("it is the year 2000");

names! {
    /// What a version says, in the order pages show it.
    Fact {
        Name = "name", "Name";
        Lever = "lever", "Lever";
        From = "valid_from", "In force from";
        Until = "valid_until", "Until";
        CostShare = "cost_share", "Our cost";
        OpenDays = "open_days", "Stands";
        Tiers = "tiers", "Tiers";
        Segments = "segments", "Segments";
        Products = "products", "Products";
        CaseKinds = "case_kinds", "Kinds of case";
        Tenure = "min_tenure_months", "Customer for";
        Once = "once_per_months", "How often";
        NotWith = "not_with", "Not together with";
        Departments = "departments", "Feasibility asked of";
        Promises = "promises", "What it makes us owe";
        Approvers = "approvers", "Who approves";
        Guidance = "guidance", "Guidance";
    }
}

/// The names behind codes and ids, and the clock of who reads.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// Names of levers by code.
    pub levers: HashMap<String, String>,
    /// Names of departments.
    pub departments: HashMap<DepartmentId, String>,
    /// Names of offer types by code.
    pub types: HashMap<String, String>,
    /// In which moments are told.
    pub zone: Tz,
    /// When it is read.
    pub now: DateTime<Utc>,
}

/// A field that differs between two versions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Which.
    pub fact: Fact,
    /// In the earlier version.
    pub was: String,
    /// In the later one.
    pub now: String,
}

impl Vocabulary {
    /// The name of an offer type.
    #[must_use]
    pub fn type_name(&self, code: &str) -> String {
        self.types.get(code).cloned().unwrap_or_else(|| code.to_owned())
    }

    /// The name of a lever.
    #[must_use]
    pub fn lever_name(&self, code: &str) -> String {
        self.levers.get(code).cloned().unwrap_or_else(|| code.to_owned())
    }

    /// A moment on the reader's clock.
    #[must_use]
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        calendar::moment(at, self.zone, self.now)
    }

    fn promise(&self, promise: &PromiseTemplate) -> String {
        let hours = match promise.working_hours {
            1 => "within 1 working hour".to_owned(),
            hours => format!("within {hours} working hours"),
        };
        match promise.department.and_then(|id| self.departments.get(&id)) {
            Some(department) => format!("{} ({department}, {hours})", promise.what),
            None => format!("{} (the case’s owner, {hours})", promise.what),
        }
    }
}

impl OfferType {
    /// Everything this version says, as label and words.
    #[must_use]
    pub fn in_words(&self, words: &Vocabulary) -> Vec<(&'static str, String)> {
        Fact::ALL.iter().map(|fact| (fact.label(), self.says(*fact, words))).collect()
    }

    /// What is different in this version, compared with an earlier one.
    #[must_use]
    pub fn differences(&self, was: &Self, words: &Vocabulary) -> Vec<Difference> {
        Fact::ALL
            .iter()
            .map(|fact| Difference { fact: *fact, was: was.says(*fact, words), now: self.says(*fact, words) })
            .filter(|difference| difference.was != difference.now)
            .collect()
    }

    /// What it asks of who gets it, in one line; empty when it asks nothing.
    #[must_use]
    pub fn asks(&self) -> String {
        let mut asks = Vec::new();
        if !self.tiers.is_empty() {
            asks.push(format!("tier {}", join(self.tiers.iter().map(|tier| tier.label()))));
        }
        if !self.segments.is_empty() {
            asks.push(join(self.segments.iter().map(String::as_str)));
        }
        if !self.products.is_empty() {
            asks.push(join(self.products.iter().map(String::as_str)));
        }
        if !self.case_kinds.is_empty() {
            asks.push(format!("{} of {} kinds of case", self.case_kinds.len(), CaseKind::ALL.len()));
        }
        if self.min_tenure_months > 0 {
            asks.push(format!("{} a customer", months(self.min_tenure_months)));
        }
        if self.once_per_months > 0 {
            asks.push(format!("once in {}", months(self.once_per_months)));
        }
        asks.join(" · ")
    }

    fn says(&self, fact: Fact, words: &Vocabulary) -> String {
        let list = |items: Vec<String>, none: &str| if items.is_empty() { none.to_owned() } else { items.join(", ") };
        match fact {
            Fact::Name => self.name.clone(),
            Fact::Lever => words.lever_name(&self.lever),
            Fact::From if self.valid_from == BEGINNING => "The beginning".to_owned(),
            Fact::From => words.moment(self.valid_from),
            Fact::Until => self.valid_until.map_or_else(|| "No end".to_owned(), |until| words.moment(until)),
            Fact::CostShare => match self.cost_share {
                Percent::ALL => "All that is given".to_owned(),
                Percent::ZERO => "Nothing".to_owned(),
                share => format!("{share} of what is given"),
            },
            Fact::OpenDays => match self.open_days {
                1 => "1 day once presented".to_owned(),
                days => format!("{days} days once presented"),
            },
            Fact::Tiers => {
                let tiers = Tier::ALL.iter().filter(|tier| self.tiers.contains(tier));
                list(tiers.map(|tier| tier.label().to_owned()).collect(), "Any")
            }
            Fact::Segments => list(self.segments.clone(), "Any"),
            Fact::Products => list(self.products.clone(), "Any"),
            Fact::CaseKinds => {
                let kinds = CaseKind::ALL.iter().filter(|kind| self.case_kinds.contains(kind));
                list(kinds.map(|kind| kind.label().to_owned()).collect(), "Any")
            }
            Fact::Tenure => match self.min_tenure_months {
                0 => "Any time".to_owned(),
                1 => "1 month or longer".to_owned(),
                months => format!("{months} months or longer"),
            },
            Fact::Once => match self.once_per_months {
                0 => "As often as limits allow".to_owned(),
                1 => "Once a month".to_owned(),
                months => format!("Once in {months} months"),
            },
            Fact::NotWith => {
                let mut names: Vec<String> = self.not_with.iter().map(|code| words.type_name(code)).collect();
                // their order means nothing
                names.sort();
                list(names, "Nothing")
            }
            Fact::Departments => list(self.departments.iter().map(|(_, name)| name.clone()).collect(), "Nobody"),
            Fact::Promises => {
                let promises: Vec<String> = self.promises.iter().map(|promise| words.promise(promise)).collect();
                if promises.is_empty() { "Nothing".to_owned() } else { promises.join("; ") }
            }
            Fact::Approvers => match self.approvers {
                1 => "One, when it is over the limit".to_owned(),
                count => format!("{count} people, when it is over the limit"),
            },
            Fact::Guidance => match self.guidance.as_str() {
                "" => "None".to_owned(),
                guidance => guidance.to_owned(),
            },
        }
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
