//! Filters for templates: how moments look on every page.
#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::inline_always,
    reason = "the macro that makes a filter drops its comment and adds its own attributes"
)]

use chrono::{DateTime, Utc};

#[askama::filter_fn]
pub fn iso(at: &DateTime<Utc>, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}
