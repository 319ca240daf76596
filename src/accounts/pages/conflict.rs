//! Two people changed the same field of a record (R6): whose to keep is asked, field by field.

use askama::Template;
use uuid::Uuid;

use crate::web::{Conflict, Frame, fresh_key};

/// Asks, and sends the same form again with the answers.
#[derive(Template)]
#[template(path = "accounts/conflict.html")]
pub struct ConflictPage {
    frame: Frame,
    once: Uuid,
    title: String,
    action: String,
    /// Who saved meanwhile.
    by: String,
    hidden: Vec<(String, String)>,
    rows: Vec<Conflict>,
}

impl ConflictPage {
    /// `words` says a field's value as people know it.
    #[must_use]
    pub fn new(
        frame: Frame,
        title: &str,
        action: String,
        by: String,
        hidden: Vec<(String, String)>,
        conflicts: &[Conflict],
        words: impl Fn(&Conflict, &str) -> String,
    ) -> Self {
        let told = |conflict: &Conflict, value: &str| match words(conflict, value) {
            nothing if nothing.is_empty() => "Nothing".to_owned(),
            words => words,
        };
        let rows = conflicts
            .iter()
            .map(|conflict| Conflict {
                base: told(conflict, &conflict.base),
                theirs: told(conflict, &conflict.theirs),
                yours: told(conflict, &conflict.yours),
                ..conflict.clone()
            })
            .collect();
        Self { frame, once: fresh_key(), title: title.to_owned(), action, by, hidden, rows }
    }
}
