//! Pages of processes: what each is made of and its versions, starting one from a case, and one that runs with all that is
//! done with it.

mod deeds;
mod edit;
mod facts;
mod list;
mod rows;
mod start;
mod view;

use axum::Router;

use crate::web::App;

pub use view::{Shown, ShownStep};

/// The routes of this slice.
pub fn routes() -> Router<App> {
    list::routes().merge(edit::routes()).merge(start::routes()).merge(deeds::routes()).merge(facts::routes())
}

/// Something to choose in a form.
#[derive(Clone, Debug)]
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// Where a form wants to return to, if that is a page of ours.
fn back(path: &str, otherwise: &str) -> String {
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if ours { path.to_owned() } else { otherwise.to_owned() }
}
