//! What a process is made of: data that managers publish.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{FactKind, Kind, Makes, Only, Whom};
use crate::error::FormErrors;
use crate::ids::{DepartmentId, ProcessTemplateId};

/// The most steps, and facts, of a process.
pub(super) const MOST: usize = 20;

/// A version of what a process is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Its identity.
    pub id: ProcessTemplateId,
    /// The version.
    pub number: i32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// By whom; none: shipped.
    pub published_by: Option<String>,
    /// How many processes of this kind run now, of confidential ones those that whoever looks knows of.
    pub running: i64,
    /// What it says.
    pub new: NewTemplate,
}

/// What a version says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTemplate {
    /// Of which kind.
    pub kind: Kind,
    /// What it is for, in one line.
    pub purpose: String,
    /// While it runs, no offer is shown to the customer.
    pub freezes_offers: bool,
    /// It sets a legal hold (R20).
    pub holds: bool,
    /// Only those who need to know see it.
    pub confidential: bool,
    /// Who must know of its start and its end.
    pub tells: Vec<Whom>,
    /// What has to be known.
    pub facts: Vec<Fact>,
    /// Its steps, in their order.
    pub steps: Vec<TemplateStep>,
    /// Why it was published.
    pub why: String,
}

/// Something that has to be known.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Fact {
    /// Its number.
    pub position: i16,
    /// Before the steps of this place begin; 0: at the start.
    pub place: i16,
    /// What it is called.
    pub label: String,
    /// What it is.
    pub kind: FactKind,
    /// Whether nothing begins without it.
    pub required: bool,
}

/// A step.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct TemplateStep {
    /// Its number.
    pub position: i16,
    /// Its place in the order; steps of one place run side by side.
    pub place: i16,
    /// In words.
    pub what: String,
    /// What it makes.
    pub makes: Makes,
    /// The department that does it.
    pub department: Option<DepartmentId>,
    /// Its name.
    pub department_name: Option<String>,
    /// By when, in hours; a request is due by the hours of its department.
    pub hours: Option<i16>,
    /// Whether these are working hours.
    pub working: Option<bool>,
    /// What it is only for.
    pub only_on: Option<Only>,
    /// The number of the fact that has to say yes.
    pub only_fact: Option<i16>,
    /// Who hears that it is done.
    pub tells: Vec<Whom>,
}

impl TemplateStep {
    /// "8 working hours", "14 days", "by the hours of Fraud".
    #[must_use]
    pub fn time(&self) -> String {
        match (self.hours, self.working) {
            (Some(hours), Some(true)) => format!("{hours} working hours"),
            (Some(hours), _) if hours % 24 == 0 => format!("{} days", hours / 24),
            (Some(hours), _) => format!("{hours} hours of the clock"),
            (None, _) => {
                format!("by the hours of {}", self.department_name.as_deref().unwrap_or("its department"))
            }
        }
    }
}

impl NewTemplate {
    /// What is wrong with it, beside the fields.
    ///
    /// # Errors
    /// A message for each.
    pub fn check(&self) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        if self.steps.is_empty() {
            errors.add("step-1", "Enter at least one step.");
        }
        let confirmations = self.steps.iter().filter(|step| step.makes == Makes::Confirmation).count();
        match (self.kind == Kind::Cancellation, confirmations) {
            (true, 1) | (false, 0) => {}
            (true, _) => errors.add("step-1", "A cancellation is confirmed in exactly one of its steps."),
            (false, _) => errors.add("step-1", "Only a cancellation has a written confirmation."),
        }
        for step in &self.steps {
            let field = format!("step-{}", step.position);
            match (step.makes, step.department) {
                (Makes::Request, None) => errors.add(&field, "Choose the department that does it."),
                (Makes::FollowUp | Makes::Confirmation, Some(_)) => {
                    errors.add(&field, "The desk does this: choose no department, or have it made a job for one.");
                }
                _ => {}
            }
            if (step.makes == Makes::Request) != step.hours.is_none() {
                let why = if step.makes == Makes::Request {
                    "Leave the hours empty: a department answers by its own."
                } else {
                    "Enter by when, in hours, like 8."
                };
                errors.add(&field, why);
            }
            if self.confidential && step.makes != Makes::Request {
                errors.add(
                    &field,
                    "What only some may know is asked of departments. Make it a job for one, or let everybody know.",
                );
            }
            if self.confidential && step.tells.iter().any(|whom| !self.tells.contains(whom)) {
                errors.add(&field, "Only those who know of the whole hear of its steps: have them told of its start.");
            }
            if let Some(fact) = step.only_fact
                && !self
                    .facts
                    .iter()
                    .any(|one| one.position == fact && one.kind == FactKind::YesNo && one.place <= step.place)
            {
                errors.add(&field, "Choose a fact that is answered yes or no before this step begins.");
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
