//! Pages of complaints: the list, taking one in, writing its answer, the letter as it is printed, and the terms of sources.

mod acts;
mod form;
mod letter;
mod list;
mod new;
mod parts;
mod show;
mod terms;

use axum::Router;

use crate::web::App;

/// The routes of this slice.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(new::routes())
        .merge(show::routes())
        .merge(acts::routes())
        .merge(letter::routes())
        .merge(terms::routes())
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
