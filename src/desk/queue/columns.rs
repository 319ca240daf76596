//! The columns that somebody chose. Customer, priority and due time are always there.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::back;
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, SeeCases};
use crate::error::Result;
use crate::web::{App, Form};

/// What can be chosen, as stored and as shown, in the order of the table.
const ALL: [(&str, &str); 9] = [
    ("reason", "Reason"),
    ("kind", "Kind"),
    ("channel", "Channel"),
    ("value", "Value at risk"),
    ("next_action", "Next action"),
    ("stage", "Status"),
    ("team", "Team"),
    ("opened", "Opened"),
    ("owner", "Owner"),
];

/// Which columns are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Columns([bool; ALL.len()]);

impl Columns {
    pub(super) fn chosen(names: &[String]) -> Self {
        Self(ALL.map(|(name, _)| names.iter().any(|chosen| chosen == name)))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        ALL.iter().zip(self.0).any(|((column, _), shown)| shown && *column == name)
    }

    /// Name, label and whether it is shown.
    pub(super) fn choices() -> Vec<crate::desk::Choice> {
        ALL.map(|(name, label)| crate::desk::Choice::new(name, label)).to_vec()
    }

    pub(super) fn names(&self) -> Vec<String> {
        ALL.iter().filter(|(name, _)| self.has(name)).map(|(name, _)| (*name).to_owned()).collect()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ColumnsForm {
    #[serde(default)]
    column: Vec<String>,
    #[serde(default)]
    back: String,
}

/// Keeps the choice.
pub(super) async fn save(State(app): State<App>, can: Can<SeeCases>, form: Form<ColumnsForm>) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    accounts::choose_queue_columns(&mut tx, can.actor(), &Columns::chosen(&form.fields.column).names()).await?;
    Ok(tx.finish(Answer::to(back(&form.fields.back, "/queue")).say("Columns saved.")).await?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_their_order_and_unknown_ones_are_left_out() {
        let columns = Columns::chosen(&["owner".to_owned(), "password".to_owned(), "reason".to_owned()]);
        assert_eq!(columns.names(), ["reason", "owner"]);
        assert!(columns.has("owner") && !columns.has("stage"));
    }
}
