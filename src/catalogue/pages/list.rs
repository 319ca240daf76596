use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::store;
use super::vocabulary;
use crate::auth::{Can, EditPolicy, SeePolicy};
use crate::error::Result;
use crate::web::{App, Frame, html};

#[derive(Template)]
#[template(path = "catalogue/list.html")]
struct ListPage {
    frame: Frame,
    groups: Vec<Group>,
    may_edit: bool,
}

/// The types of one lever.
struct Group {
    lever: String,
    rows: Vec<Row>,
}

struct Row {
    code: String,
    name: String,
    kind: &'static str,
    number: i32,
    /// Its state in a word, and its tone.
    state: &'static str,
    tone: &'static str,
    /// From when, until when.
    when: String,
    departments: String,
    approvers: i16,
    /// What it asks of who gets it.
    asks: String,
}

/// Every type, cheapest lever first.
pub(super) async fn show(State(app): State<App>, can: Can<SeePolicy>, frame: Frame) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let types = app.kept::<store::Catalogue>(&mut connection, &can).await?.all(now);
    let words = vocabulary(&app, &mut connection, &can, &types).await?;
    drop(connection);
    let mut groups: Vec<Group> = Vec::new();
    for one in &types {
        let ended = one.valid_until.is_some_and(|until| until <= now);
        let (state, tone) = match () {
            () if ended => ("Ended", "info"),
            () if one.valid_from > now => ("Not yet", "warn"),
            () => ("Open", "good"),
        };
        let row = Row {
            code: one.code.clone(),
            name: one.name.clone(),
            kind: one.kind.label(),
            number: one.number,
            state,
            tone,
            when: match one.valid_until {
                Some(until) => format!("Until {}", words.moment(until)),
                None if one.valid_from > now => format!("From {}", words.moment(one.valid_from)),
                None => "No end".to_owned(),
            },
            departments: one.departments.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "),
            approvers: one.approvers,
            asks: one.asks(),
        };
        let lever = words.lever_name(&one.lever);
        match groups.last_mut() {
            Some(group) if group.lever == lever => group.rows.push(row),
            _ => groups.push(Group { lever, rows: vec![row] }),
        }
    }
    Ok(html(&ListPage { frame, groups, may_edit: can.may::<EditPolicy>() })?.into_response())
}
