//! The rows of the form that edits a process: what has to be known, and the steps.

use serde::Deserialize;

use super::super::template::MOST;
use super::super::{Fact, FactKind, Makes, NewTemplate, Only, TemplateStep, Whom};
use super::Choice;
use crate::error::FormErrors;

/// The form as typed: a column of values for each column of the tables.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EditForm {
    pub(super) version: String,
    pub(super) purpose: String,
    pub(super) freezes_offers: String,
    pub(super) holds: String,
    pub(super) confidential: String,
    pub(super) tells: Vec<String>,
    pub(super) fact: Vec<String>,
    pub(super) fact_kind: Vec<String>,
    pub(super) fact_place: Vec<String>,
    pub(super) fact_need: Vec<String>,
    pub(super) place: Vec<String>,
    pub(super) what: Vec<String>,
    pub(super) makes: Vec<String>,
    pub(super) department: Vec<String>,
    pub(super) hours: Vec<String>,
    pub(super) clock: Vec<String>,
    pub(super) only: Vec<String>,
    /// Number of a step and who hears of it: `3:owner`.
    pub(super) hears: Vec<String>,
    pub(super) why: String,
}

/// A row about a fact.
pub(super) struct FactRow {
    pub(super) number: usize,
    pub(super) label: String,
    pub(super) kind: String,
    pub(super) place: String,
    pub(super) need: String,
}

/// A row about a step.
pub(super) struct StepRow {
    pub(super) number: usize,
    pub(super) place: String,
    pub(super) what: String,
    pub(super) makes: String,
    pub(super) department: String,
    pub(super) hours: String,
    pub(super) clock: String,
    pub(super) only: String,
    pub(super) hears: Vec<String>,
}

fn at(values: &[String], n: usize) -> String {
    values.get(n).map(|value| value.trim().to_owned()).unwrap_or_default()
}

/// How many rows to show: those with something in them, and two more.
fn shown(names: &[String]) -> usize {
    let filled = names.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
    (filled + 2).min(MOST)
}

impl EditForm {
    /// What a version says, as the form holds it.
    pub(super) fn of(number: i32, template: &NewTemplate) -> Self {
        let on = |on: bool| if on { "on" } else { "" }.to_owned();
        let mut form = Self {
            version: number.to_string(),
            purpose: template.purpose.clone(),
            freezes_offers: on(template.freezes_offers),
            holds: on(template.holds),
            confidential: on(template.confidential),
            tells: template.tells.iter().map(|whom| whom.name().to_owned()).collect(),
            ..Self::default()
        };
        for fact in &template.facts {
            form.fact.push(fact.label.clone());
            form.fact_kind.push(fact.kind.name().to_owned());
            form.fact_place.push(fact.place.to_string());
            form.fact_need.push(if fact.required { "yes" } else { "no" }.to_owned());
        }
        for (n, step) in (1..).zip(&template.steps) {
            form.place.push(step.place.to_string());
            form.what.push(step.what.clone());
            form.makes.push(step.makes.name().to_owned());
            form.department.push(step.department.map(|id| id.to_string()).unwrap_or_default());
            form.hours.push(step.hours.map(|hours| hours.to_string()).unwrap_or_default());
            form.clock.push(if step.working == Some(false) { "clock" } else { "working" }.to_owned());
            let fact = template.facts.iter().position(|fact| Some(fact.position) == step.only_fact);
            let fact = fact.map(|at| format!("fact:{}", at + 1));
            form.only.push(step.only_on.map(|only| only.name().to_owned()).or(fact).unwrap_or_default());
            form.hears.extend(step.tells.iter().map(|whom| format!("{n}:{}", whom.name())));
        }
        form
    }

    pub(super) fn facts(&self) -> Vec<FactRow> {
        (0..shown(&self.fact))
            .map(|n| FactRow {
                number: n + 1,
                label: at(&self.fact, n),
                kind: at(&self.fact_kind, n),
                place: at(&self.fact_place, n),
                need: at(&self.fact_need, n),
            })
            .collect()
    }

    pub(super) fn steps(&self) -> Vec<StepRow> {
        (0..shown(&self.what))
            .map(|n| StepRow {
                number: n + 1,
                place: at(&self.place, n),
                what: at(&self.what, n),
                makes: at(&self.makes, n),
                department: at(&self.department, n),
                hours: at(&self.hours, n),
                clock: at(&self.clock, n),
                only: at(&self.only, n),
                hears: self
                    .hears
                    .iter()
                    .filter_map(|one| one.split_once(':'))
                    .filter(|(of, _)| *of == (n + 1).to_string())
                    .map(|(_, whom)| whom.to_owned())
                    .collect(),
            })
            .collect()
    }

    /// What a step may be only for, by what stands in the form.
    pub(super) fn only(&self) -> Vec<Choice> {
        let facts = self.facts().into_iter().filter(|row| row.kind == FactKind::YesNo.name() && !row.label.is_empty());
        let facts = facts.map(|row| Choice::new(format!("fact:{}", row.number), format!("If “{}” is yes", row.label)));
        Only::ALL.iter().map(|only| Choice::new(only.name(), only.label())).chain(facts).collect()
    }

    /// The facts, numbered anew as the empty rows fall away, with the number of each row.
    pub(super) fn read_facts(&self, errors: &mut FormErrors) -> Vec<(usize, Fact)> {
        let mut facts = Vec::new();
        for row in self.facts().into_iter().filter(|row| !row.label.is_empty()) {
            let field = format!("fact-{}", row.number);
            if row.label.chars().count() > 80 {
                errors.add(&field, "Name it in up to 80 characters.");
            }
            let place = row.place.parse::<i16>().ok().filter(|place| (0..=20).contains(place));
            let place = errors
                .check(&field, place.ok_or("Enter before which place it is needed: 0 for the start, at most 20."));
            let kind = FactKind::from_name(&row.kind).unwrap_or(FactKind::Text);
            let position = i16::try_from(facts.len() + 1).unwrap_or(i16::MAX);
            let required = row.need != "no";
            facts.push((row.number, Fact { position, place: place.unwrap_or(0), label: row.label, kind, required }));
        }
        facts
    }

    /// The steps, numbered anew in the order of their places.
    pub(super) fn read_steps(
        &self,
        facts: &[(usize, Fact)],
        departments: &[Choice],
        errors: &mut FormErrors,
    ) -> Vec<TemplateStep> {
        let mut steps = Vec::new();
        for row in self.steps().into_iter().filter(|row| !row.what.is_empty()) {
            let field = format!("step-{}", row.number);
            if row.what.chars().count() > 150 {
                errors.add(&field, "Say it in up to 150 characters.");
            }
            let place = row.place.parse::<i16>().ok().filter(|place| (1..=20).contains(place));
            let place = errors.check(&field, place.ok_or("Enter its place in the order, from 1 to 20."));
            let hours = match row.hours.as_str() {
                "" => None,
                text => {
                    let hours = text.parse::<i16>().ok().filter(|hours| (1..=2000).contains(hours));
                    errors.check(&field, hours.ok_or("Enter the hours as a whole number up to 2,000."))
                }
            };
            let department = departments.iter().find(|one| one.value == row.department);
            let fact = row.only.strip_prefix("fact:").and_then(|number| number.parse::<usize>().ok());
            let fact = fact.and_then(|number| facts.iter().find(|(of, _)| *of == number));
            steps.push(TemplateStep {
                position: 0,
                place: place.unwrap_or(1),
                what: row.what,
                makes: Makes::from_name(&row.makes).unwrap_or(Makes::FollowUp),
                department: department.and_then(|one| one.value.parse().ok()),
                department_name: department.map(|one| one.label.clone()),
                hours,
                working: hours.map(|_| row.clock != "clock"),
                only_on: Only::from_name(&row.only),
                only_fact: fact.map(|(_, fact)| fact.position),
                tells: row.hears.iter().filter_map(|name| Whom::from_name(name)).collect(),
            });
        }
        steps.sort_by_key(|step| step.place);
        for (n, step) in (1..).zip(&mut steps) {
            step.position = n;
        }
        steps
    }
}
