//! What is done with accounts, by noun.

mod absences;
mod calendars;
mod links;
mod sessions;
mod teams;
mod users;

use crate::web::{Conflict, Merge};

pub use absences::{end_absence, note_absence};
pub use links::{OneTimeLink, first_admin_link, password_link};
pub use teams::{add_department, add_team};
pub use users::{add_user, choose_queue_columns, set_password};

pub(super) use calendars::{make_calendar_link, revoke_calendar_link};
pub(super) use links::{make_first_admin, use_password_link};
pub(super) use sessions::{
    Admission, Browser, Changed, admit, change_password, end_other_sessions, end_session, sign_in,
};
pub(super) use teams::change_team;
pub(super) use users::{change_user, deactivate, reactivate, set_single_keys};

/// What became of an edit.
#[derive(Debug)]
pub(super) enum Edited {
    /// It is saved, together with what others changed meanwhile.
    Saved,
    /// Somebody else changed the same fields: nothing is saved until somebody chooses (R6).
    Conflict(Vec<Conflict>),
}

/// Brings one field of base, theirs and yours together (R6), comparing them as they are written in the form.
fn keep<T: Clone>(
    merge: &mut Merge,
    (field, label): (&str, &str),
    [base, theirs, yours]: [&T; 3],
    text: impl Fn(&T) -> String,
) -> T {
    let theirs_text = text(theirs);
    let kept = merge.field(field, label, &text(base), &theirs_text, &text(yours));
    if kept == theirs_text { theirs.clone() } else { yours.clone() }
}
