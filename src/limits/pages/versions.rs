//! Every version of the limits, the newest first, with what changed in each.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::{Policy, store};
use super::{Shown, shown};
use crate::auth::{Can, SeePolicy};
use crate::catalogue::Catalogue;
use crate::error::Result;
use crate::web::{App, Frame, html};
use crate::{accounts, calendar};

/// How many versions a page shows.
const PAGE: i64 = 10;

/// Where in the list.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "limits/versions.html")]
struct VersionsPage {
    frame: Frame,
    versions: Vec<Line>,
    newest: Option<String>,
    older: Option<String>,
}

struct Line {
    number: i32,
    state: &'static str,
    tone: &'static str,
    from: String,
    published: String,
    by: String,
    why: String,
    changes: Vec<Shown>,
    first: bool,
    shipped: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeePolicy>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = app.now();
    let before: Option<i32> = asked.before.parse().ok();
    let mut connection = app.db.read().await?;
    // one more, to tell the last of the page from
    let versions = store::list(&mut connection, before, PAGE + 1).await?;
    let ids: Vec<_> = versions.iter().map(|version| version.id).collect();
    let matrices = store::matrices(&mut connection, &ids).await?;
    let policy = app.kept::<Policy>(&mut connection, &can).await?;
    let in_force = policy.in_force(now).map(|(version, _)| version.number);
    let types = app.kept::<Catalogue>(&mut connection, &can).await?.all(now);
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    drop(connection);
    let moment = |at| calendar::moment(at, zone, now);
    let page = usize::try_from(PAGE).unwrap_or_default();
    let lines: Vec<Line> = versions
        .iter()
        .enumerate()
        .take(page)
        .map(|(at, version)| {
            let was = versions.get(at + 1).and_then(|before| matrices.get(&before.id));
            let own = matrices.get(&version.id);
            let changes = own.zip(was).map(|(own, was)| own.changes(was, &types)).unwrap_or_default();
            let (state, tone) = match in_force {
                Some(number) if number == version.number => ("Counts now", "good"),
                Some(number) if number > version.number => ("Replaced", "info"),
                _ => ("Not yet", "warn"),
            };
            Line {
                number: version.number,
                state,
                tone,
                from: moment(version.in_force_from),
                published: moment(version.published_at),
                by: version.by.clone().unwrap_or_else(|| "Savedesk".to_owned()),
                why: version.why.clone(),
                changes: shown(changes, &types),
                first: was.is_none(),
                shipped: version.by.is_none(),
            }
        })
        .collect();
    let page = VersionsPage {
        newest: before.map(|_| "/limits/versions".to_owned()),
        older: versions.get(page).and(lines.last()).map(|last| format!("/limits/versions?before={}", last.number)),
        versions: lines,
        frame,
    };
    Ok(html(&page)?.into_response())
}
