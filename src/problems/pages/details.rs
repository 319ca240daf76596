//! What is said of a problem, as it is typed: the same fields where it is opened and where it is changed.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::{Details, Kind, LONGEST_TITLE, LONGEST_WHY, LONGEST_WORDS, Problem};
use crate::accounts::People;
use crate::calendar;
use crate::error::FormErrors;
use crate::reasons::Tree;
use crate::web::{Conflict, Merge};

/// Names and labels of what two people may change at once.
const FIELDS: [(&str, &str); 11] = [
    ("title", "Title"),
    ("what", "What happens"),
    ("reason", "Suspected reason"),
    ("owner", "Owner"),
    ("say", "What to say to customers"),
    ("began", "Began"),
    ("why1", "First why"),
    ("why2", "Second why"),
    ("why3", "Third why"),
    ("why4", "Fourth why"),
    ("why5", "Fifth why"),
];

/// The fields as typed, each with what it was when the form was shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DetailsForm {
    pub(super) title: String,
    pub(super) was_title: String,
    pub(super) what: String,
    pub(super) was_what: String,
    pub(super) reason: String,
    pub(super) was_reason: String,
    pub(super) owner: String,
    pub(super) was_owner: String,
    pub(super) say: String,
    pub(super) was_say: String,
    pub(super) began: String,
    pub(super) was_began: String,
    pub(super) why1: String,
    pub(super) was_why1: String,
    pub(super) why2: String,
    pub(super) was_why2: String,
    pub(super) why3: String,
    pub(super) was_why3: String,
    pub(super) why4: String,
    pub(super) was_why4: String,
    pub(super) why5: String,
    pub(super) was_why5: String,
}

impl DetailsForm {
    /// As a problem has them.
    pub(super) fn of(problem: &Problem, zone: Tz) -> Self {
        let why = |n: usize| problem.whys.get(n).cloned().unwrap_or_default();
        let began = problem.began_at.map(|at| calendar::as_typed(at, zone)).unwrap_or_default();
        let owner = problem.owner.map(|id| id.to_string()).unwrap_or_default();
        let mut form = Self {
            title: problem.title.clone(),
            what: problem.what.clone(),
            reason: problem.reason.clone().unwrap_or_default(),
            owner,
            say: problem.say.clone(),
            began,
            why1: why(0),
            why2: why(1),
            why3: why(2),
            why4: why(3),
            why5: why(4),
            ..Self::default()
        };
        form.seen();
        form
    }

    /// What is typed is what was seen.
    fn seen(&mut self) {
        for (name, _) in FIELDS {
            let value = self.field(name).0.clone();
            *self.field(name).1 = value;
        }
    }

    /// A field, and what it was.
    fn field(&mut self, name: &str) -> (&mut String, &mut String) {
        match name {
            "title" => (&mut self.title, &mut self.was_title),
            "what" => (&mut self.what, &mut self.was_what),
            "reason" => (&mut self.reason, &mut self.was_reason),
            "owner" => (&mut self.owner, &mut self.was_owner),
            "say" => (&mut self.say, &mut self.was_say),
            "began" => (&mut self.began, &mut self.was_began),
            "why1" => (&mut self.why1, &mut self.was_why1),
            "why2" => (&mut self.why2, &mut self.was_why2),
            "why3" => (&mut self.why3, &mut self.was_why3),
            "why4" => (&mut self.why4, &mut self.was_why4),
            _ => (&mut self.why5, &mut self.was_why5),
        }
    }

    /// Every field with what it was, for a form that asks again.
    pub(super) fn all(&self) -> Vec<(&'static str, String, String)> {
        let mut form = self.clone();
        let mut pair = |name| {
            let (value, was) = form.field(name);
            (name, value.clone(), was.clone())
        };
        FIELDS.iter().map(|(name, _)| pair(name)).collect()
    }

    /// Yours and theirs brought together, field by field (R6): what is to be saved, and what both changed.
    pub(super) fn merge(&self, theirs: &Self) -> (Self, Vec<Conflict>) {
        let (mut yours, mut theirs, mut merge) = (self.clone(), theirs.clone(), Merge::new());
        for (name, label) in FIELDS {
            let (theirs, seen) = theirs.field(name);
            let (value, was) = yours.field(name);
            *value = merge.field(name, label, was, theirs, value);
            was.clone_from(seen);
        }
        (yours, merge.conflicts())
    }

    /// Reads it, with what does not do beside its field.
    pub(super) fn parse(
        &self,
        kind: Kind,
        tree: &Tree,
        people: &People,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Details, FormErrors> {
        let mut errors = FormErrors::new();
        let mut text = |field: &str, value: &str, most: usize| {
            let value = value.trim();
            if value.chars().count() > most {
                errors.add(field, format!("Use at most {most} characters."));
            }
            value.to_owned()
        };
        let title = text("title", &self.title, LONGEST_TITLE);
        let what = text("what", &self.what, LONGEST_WORDS);
        let say = text("say", &self.say, LONGEST_WORDS);
        let whys = [&self.why1, &self.why2, &self.why3, &self.why4, &self.why5];
        let whys: Vec<String> = (1..)
            .zip(whys)
            .map(|(n, why)| text(&format!("why{n}"), why, LONGEST_WHY))
            .filter(|why| !why.is_empty())
            .collect();
        if title.is_empty() {
            errors.add("title", "Say in one line what it is.");
        }
        let reason = Some(self.reason.clone()).filter(|code| !code.is_empty());
        if reason.as_deref().is_some_and(|code| tree.find(code).is_none()) {
            errors.add("reason", "Choose the reason from the list.");
        }
        let owner = self.owner.parse().ok();
        if !self.owner.is_empty() && !people.colleagues().iter().any(|one| Some(one.id) == owner) {
            errors.add("owner", "Choose who sees to it from the list.");
        }
        let began_at = match kind {
            Kind::Problem => None,
            Kind::Incident => {
                let at = calendar::typed(&self.began, zone).ok().flatten().filter(|at| *at <= now);
                if at.is_none() {
                    errors.add("began", "Enter when it began, like 2026-11-19T08:00, and no moment ahead.");
                }
                at
            }
        };
        if errors.is_empty() { Ok(Details { title, what, reason, owner, whys, say, began_at }) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(title: &str, why1: &str) -> DetailsForm {
        let mut form = DetailsForm { title: title.to_owned(), why1: why1.to_owned(), ..DetailsForm::default() };
        form.seen();
        form
    }

    #[test]
    fn r6_different_fields_of_a_problem_both_win() {
        let mut yours = form("Outage", "");
        yours.why1 = "A switch failed".to_owned();
        let (merged, conflicts) = yours.merge(&form("Outage in the north", ""));
        assert_eq!(conflicts, []);
        assert_eq!((merged.title.as_str(), merged.why1.as_str()), ("Outage in the north", "A switch failed"));
    }

    #[test]
    fn r6_the_same_why_is_asked_about_and_nothing_typed_is_lost() {
        let mut yours = form("Outage", "");
        yours.why1 = "A switch failed".to_owned();
        let (merged, conflicts) = yours.merge(&form("Outage", "The power failed"));
        assert_eq!(
            (conflicts[0].theirs.as_str(), conflicts[0].yours.as_str()),
            ("The power failed", "A switch failed")
        );
        assert_eq!(merged.was_why1, "The power failed", "asked again, it is theirs that was seen");
    }
}
