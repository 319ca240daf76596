//! Reports as files: the dashboard's tables, the rows behind a number, the credits that no bill shows. Whoever may see
//! them as a page may take them out; that is noted, with what was asked for.

mod credits;
mod dashboard;
mod rows;
mod tables;

use chrono::TimeDelta;

use crate::audit::{self, Action, Entry, Subject};
use crate::auth::Actor;
use crate::error::Result;
use crate::exports::{About, Format};
use crate::web::App;

use super::ground::Ground;

pub(super) use credits::credits;
pub(super) use dashboard::dashboard;
pub(super) use rows::rows;

/// What every file of a report says of itself.
fn about(actor: &Actor, ground: &Ground, name: &str, title: &str) -> About {
    About {
        name: format!("{name}-{}-to-{}", ground.range.from, ground.range.to),
        title: title.to_owned(),
        by: actor.name.clone(),
        at: ground.now,
        zone: ground.zone,
        filters: vec![
            ("From".to_owned(), ground.range.from.to_string()),
            ("To".to_owned(), ground.range.to.to_string()),
            ("Currency".to_owned(), ground.segment.currency.code().to_owned()),
        ],
        definitions: Vec::new(),
    }
}

/// A time in hours.
#[expect(clippy::cast_precision_loss, reason = "hours for the eye")]
fn hours(time: TimeDelta) -> f64 {
    time.num_seconds() as f64 / 3_600.0
}

/// Notes that a report leaves, before its first row does, so that one that breaks off stands in the log too.
async fn note(
    app: &App,
    actor: &Actor,
    report: &str,
    format: Format,
    count: i64,
    asked: &[(&str, String)],
) -> Result<()> {
    let mut entry = Entry::new(Action::ReportExported, Subject::Desk)
        .fact("report", report)
        .fact("format", format.name())
        .fact("count", count);
    for (name, value) in asked.iter().filter(|(_, value)| !value.is_empty()) {
        entry = entry.fact(name, value.as_str());
    }
    audit::view(&app.db, actor, entry).await
}
