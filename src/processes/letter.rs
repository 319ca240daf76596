//! The written confirmation of a cancellation: what it says, in a mail and on paper.

use chrono::{Datelike as _, NaiveDate};

use super::{FactKind, Noted, Process};
use crate::calendar;

impl Noted {
    /// As people read it: "1 Dec 2026", "Yes".
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        let value = self.value.as_deref()?;
        Some(match self.kind {
            FactKind::Date => match value.parse::<NaiveDate>() {
                // with its year, which is another one than no year at all
                Ok(day) => calendar::date(day, day.year() - 1),
                Err(_) => value.to_owned(),
            },
            FactKind::YesNo if value == "yes" => "Yes".to_owned(),
            FactKind::YesNo => "No".to_owned(),
            FactKind::Text | FactKind::Money => value.to_owned(),
        })
    }
}

impl Process {
    /// What the confirmation of a cancellation states, line by line: all that is known, but for what there is not.
    #[must_use]
    pub fn stated(&self) -> Vec<(&str, String)> {
        let told = |fact: &&Noted| !(fact.kind == FactKind::YesNo && fact.value.as_deref() == Some("no"));
        let facts = self.facts.iter().filter(told);
        facts.filter_map(|fact| Some((fact.label.as_str(), fact.shown()?))).collect()
    }

    /// The confirmation as a mail.
    #[must_use]
    pub fn confirmation_mail(&self, name: &str, code: &str) -> String {
        let lines: Vec<String> = self.stated().into_iter().map(|(label, value)| format!("{label}: {value}")).collect();
        format!(
            "Hello {name},\n\n\
             you asked us to cancel, and we have done so.\n\n\
             {}\n\n\
             Number of this confirmation: {code}\n\
             Keep it. If anything is billed that is not named here, answer this mail with the number, and we put it right.\n",
            lines.join("\n"),
        )
    }
}
