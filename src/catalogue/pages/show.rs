use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::super::{Difference, OfferType, store};
use super::{versions, vocabulary};
use crate::auth::{Can, EditPolicy, SeePolicy};
use crate::error::Result;
use crate::web::{App, Frame, html};

#[derive(Template)]
#[template(path = "catalogue/show.html")]
struct ShowPage {
    frame: Frame,
    code: String,
    name: String,
    kind: &'static str,
    /// The version that is shown.
    number: i32,
    state: &'static str,
    tone: &'static str,
    facts: Vec<(&'static str, String)>,
    formula: &'static str,
    margin_formula: &'static str,
    example: String,
    versions: Vec<Version>,
    may_edit: bool,
}

/// A version and how it differs from the one before.
struct Version {
    number: i32,
    state: &'static str,
    tone: &'static str,
    published: String,
    /// Who published it; nobody what was shipped.
    by: String,
    why: String,
    differences: Vec<Difference>,
    first: bool,
}

/// A type: the version that counts in words, and all there were.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeePolicy>,
    frame: Frame,
    Path(code): Path<String>,
) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let versions = versions(&app, &mut connection, &can, &code).await?;
    let publications = store::publications(&mut connection, &code).await?;
    let types = app.kept::<store::Catalogue>(&mut connection, &can).await?.all(now);
    let words = vocabulary(&app, &mut connection, &can, &types).await?;
    drop(connection);
    let counts = versions.iter().position(|version| version.valid_from <= now);
    let state = |at: usize, version: &OfferType| match counts {
        Some(counting) if counting == at => {
            if version.is_valid(now) {
                ("Counts now", "good")
            } else {
                ("Ended", "info")
            }
        }
        Some(counting) if at > counting => ("Replaced", "info"),
        _ => ("Not yet", "warn"),
    };
    let listed = versions
        .iter()
        .zip(publications)
        .enumerate()
        .map(|(at, (version, publication))| {
            let before = versions.get(at + 1);
            let (state, tone) = state(at, version);
            Version {
                number: version.number,
                state,
                tone,
                published: words.moment(publication.at),
                by: publication.by.unwrap_or_default(),
                why: publication.why,
                differences: before.map(|before| version.differences(before, &words)).unwrap_or_default(),
                first: before.is_none(),
            }
        })
        .collect();
    let at = counts.unwrap_or(versions.len() - 1);
    let shown = &versions[at];
    let (state, tone) = state(at, shown);
    let page = ShowPage {
        frame,
        code,
        name: shown.name.clone(),
        kind: shown.kind.label(),
        number: shown.number,
        state,
        tone,
        facts: shown.in_words(&words),
        formula: shown.kind.formula(),
        margin_formula: shown.kind.margin_formula(),
        example: shown.kind.example(shown.cost_share),
        versions: listed,
        may_edit: can.may::<EditPolicy>(),
    };
    Ok(html(&page)?.into_response())
}
