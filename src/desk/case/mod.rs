//! The case page: what happened, what to do, what it is worth, and everything that is done with a case from here.

mod asked;
mod booked;
mod causes;
mod close;
mod complained;
mod composer;
mod counts;
mod dealt;
mod due;
mod edit;
mod entry;
mod facts;
mod followed;
mod kept;
mod log;
mod offer;
mod processes;
mod promises;
mod show;
mod timeline;
mod words;

use axum::Router;

use crate::web::App;

pub(super) use close::sign;
pub(super) use edit::{read_day, read_value};

pub(super) fn routes() -> Router<App> {
    show::routes()
        .merge(causes::routes())
        .merge(log::routes())
        .merge(edit::routes())
        .merge(close::routes())
        .merge(offer::routes())
        .merge(processes::routes())
        .merge(promises::routes())
}
