//! The pages of problems and incidents.

mod cases;
mod deeds;
mod details;
mod edit;
mod files;
mod effect;
mod link;
mod list;
mod new;
mod show;
mod span;

use axum::Router;
use axum::routing::get;

use crate::accounts::People;
use crate::money::Money;
use crate::web::App;

/// The routes of problems.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/problems", get(list::problems).post(new::create))
        .route("/incidents", get(list::incidents))
        .route("/problems.csv", get(files::problems))
        .route("/problems.xlsx", get(files::problems))
        .route("/incidents.csv", get(files::incidents))
        .route("/incidents.xlsx", get(files::incidents))
        .route("/problems/new", get(new::show))
        .route("/problems/{problem}", get(show::show))
        .route("/problems/{problem}/edit", get(edit::show).post(edit::save))
        .route("/problems/{problem}/cases", get(cases::show).post(link::create))
        .route("/problems/{problem}/link", get(link::show))
        .merge(deeds::routes())
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

/// Who may see to a problem.
fn owners(people: &People) -> Vec<Choice> {
    people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect()
}

/// "$12,400 and €3,000": sums of different currencies stand side by side.
fn together(sums: impl IntoIterator<Item = Money>) -> String {
    let sums: Vec<String> = sums.into_iter().map(Money::short).collect();
    if sums.is_empty() { "nothing".to_owned() } else { sums.join(" and ") }
}

/// `7,043`
fn count(number: i64) -> String {
    crate::money::grouped(number.unsigned_abs().into())
}
