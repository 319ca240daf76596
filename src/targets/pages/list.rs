use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::{Target, Whose, store};
use crate::accounts::People;
use crate::auth::{Actor, Can, ExportReports, Role, SeeReports, SetTargets};
use crate::error::Result;
use crate::web::{self, App, Frame};

/// A target as shown.
struct Row {
    href: String,
    figure: &'static str,
    from: String,
    value: String,
}

/// Those of one team or person.
struct Group {
    name: String,
    is_team: bool,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "targets/list.html")]
struct ListPage {
    frame: Frame,
    groups: Vec<Group>,
    may_set: bool,
    may_export: bool,
}

pub(super) async fn show(State(app): State<App>, can: Can<SeeReports>, frame: Frame) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let targets = store::all(&mut connection).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    drop(connection);
    let seen: Vec<Target> = targets.into_iter().filter(|one| may_see(&can, &people, one.about.whose)).collect();
    let groups = seen.chunk_by(|one, next| one.about.whose == next.about.whose).map(|of| group(of, &people)).collect();
    let (may_set, may_export) = (can.may::<SetTargets>(), can.may::<ExportReports>());
    Ok(web::html(&ListPage { frame, groups, may_set, may_export })?.into_response())
}

/// Supervisors see those of their team and its people.
pub(super) fn may_see(actor: &Actor, people: &People, whose: Whose) -> bool {
    let all = actor.is(Role::Manager) || actor.is(Role::Admin);
    all || match whose {
        Whose::Team(team) => actor.team == Some(team),
        Whose::Person(person) => {
            actor.id == Some(person)
                || people
                    .colleagues()
                    .iter()
                    .any(|one| one.id == person && one.team.is_some() && one.team == actor.team)
        }
    }
}

fn group(of: &[Target], people: &People) -> Group {
    let whose = of[0].about.whose;
    Group { name: name(whose, people), is_team: matches!(whose, Whose::Team(_)), rows: of.iter().map(row).collect() }
}

fn row(target: &Target) -> Row {
    Row {
        href: format!("/targets/{}", target.id),
        figure: target.about.figure.label(),
        from: target.about.from.format("%B %Y").to_string(),
        value: if target.value.is_some() { target.about.words(target.value) } else { "No target".to_owned() },
    }
}

/// Whose it is, by name.
pub(super) fn name(whose: Whose, people: &People) -> String {
    match whose {
        Whose::Team(team) => people.teams().into_iter().find(|one| one.id == team).map(|one| one.name),
        Whose::Person(person) => people.everyone().iter().find(|(id, _)| *id == person).map(|(_, name)| name.clone()),
    }
    .unwrap_or_default()
}
