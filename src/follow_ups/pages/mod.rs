//! The page of what is due for somebody, one follow-up with all that can be done with it, adding one, the hours at which
//! customers may be called, and the calendar feed.

mod add;
mod deeds;
mod feed;
mod hours;
mod list;
mod one;
mod view;
mod when;

use axum::Router;

use crate::web::App;

/// Every route of follow-ups.
pub fn routes() -> Router<App> {
    let one = one::routes().merge(deeds::routes());
    list::routes().merge(add::routes()).merge(one).merge(hours::routes()).merge(feed::routes())
}

/// Something to choose in a form.
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
