//! The pages of an import: the list, sending a file, matching its columns, what a check found, how far a run is.

mod columns;
mod list;
mod new;
mod refusals;
mod show;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::Import;
use crate::accounts;
use crate::auth::Actor;
use crate::error::Result;
use crate::web::App;

/// The largest file, with a little for the form around it.
const LARGEST: usize = 64 << 20;

/// The routes of imports.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/imports", get(list::show).post(new::create).layer(DefaultBodyLimit::max(LARGEST + (64 << 10))))
        .route("/imports/new", get(new::show))
        .route("/imports/{import}", get(show::show))
        .route("/imports/{import}/columns", get(columns::show).post(columns::create))
        .route("/imports/{import}/run", post(show::run))
        .route("/imports/{import}/discard", post(show::discard))
        .route("/imports/{import}/refusals.csv", get(refusals::download))
}

/// Something to choose.
#[derive(Debug, Clone)]
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A step on the way, as `parts/steps` of the templates shows it.
#[derive(Debug, Clone, Copy)]
struct Step {
    label: &'static str,
    done: bool,
    current: bool,
}

/// The four steps; `at` is the current one, counted from 0.
fn steps(at: usize) -> [Step; 4] {
    let labels = ["Upload", "Match columns", "Check rows", "Import"];
    std::array::from_fn(|step| Step { label: labels[step], done: step < at, current: step == at })
}

/// The clock by which somebody reads times.
async fn zone(app: &App, connection: &mut PgConnection, actor: &Actor) -> Result<Tz> {
    accounts::zone_for(app, connection, actor).await
}

/// `7,043`
fn count(number: impl Into<i64>) -> String {
    let digits = number.into().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 row`, `7,043 rows`
fn counted(number: impl Into<i64>, one: &str, many: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", count(number)) }
}

/// `186 KB`
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// `telecom.csv, customers, 7,043 rows, 1.4 MB`
fn about(import: &Import) -> String {
    let rows = counted(import.rows_total, "row", "rows");
    format!("{}, {}, {rows}, {}", import.file_name, import.kind.label().to_lowercase(), size(import.size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_are_rough() {
        assert_eq!((count(7_043), count(12), count(1_000_000)), ("7,043".into(), "12".into(), "1,000,000".into()));
        assert_eq!((counted(1, "row", "rows"), counted(0, "row", "rows")), ("1 row".into(), "0 rows".into()));
        assert_eq!((size(999), size(186_400), size(1_435_200)), ("999 bytes".into(), "186 KB".into(), "1.4 MB".into()));
    }
}
