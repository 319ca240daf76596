//! Pages of requests: the list with the request in hand beside it, asking, everything that is done with a request,
//! answering by a link, and what the work of departments takes.

mod act;
mod ask;
mod fields;
mod lead_times;
mod link;
mod list;
mod panel;
mod show;

use axum::Router;

use crate::web::App;

/// The routes of this slice.
pub fn routes() -> Router<App> {
    show::routes().merge(ask::routes()).merge(act::routes()).merge(link::routes()).merge(lead_times::routes())
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

/// The icon of a department's work, by its name.
fn icon(department: &str) -> &'static str {
    match department.to_lowercase().as_str() {
        "billing" | "finance" | "collections" => "card",
        "technical support" => "wrench",
        "manufacturing" => "gem",
        "logistics" => "truck",
        "legal" => "scale",
        "fraud" => "shield",
        "marketing" => "chart",
        "sales" | "customer relations" => "people",
        _ => "swap",
    }
}
