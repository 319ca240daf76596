//! What each process is made of, and its versions.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono_tz::Tz;

use super::super::{self as processes, FactKind, Kind, store};
use crate::accounts::People;
use crate::auth::{Can, EditPolicy, SeePolicy};
use crate::calendar;
use crate::error::{Error, Result};
use crate::web::{self, App, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/processes", get(list)).route("/processes/{process_kind}", get(show))
}

#[derive(Template)]
#[template(path = "processes/list.html")]
struct ListPage {
    frame: Frame,
    templates: Vec<processes::Template>,
}

#[derive(Template)]
#[template(path = "processes/show.html")]
struct ShowPage {
    frame: Frame,
    newest: processes::Template,
    versions: Vec<processes::Template>,
    zone: Tz,
    now: chrono::DateTime<chrono::Utc>,
    may_edit: bool,
}

impl ShowPage {
    fn moment(&self, at: &chrono::DateTime<chrono::Utc>) -> String {
        calendar::moment(*at, self.zone, self.now)
    }

    /// How many run, under whichever version.
    fn running(&self) -> i64 {
        self.versions.iter().map(|version| version.running).sum()
    }
}

impl processes::Template {
    /// "Case owner, supervisors"
    fn hear(&self) -> String {
        words(&self.new.tells)
    }

    /// What it does while it runs, in a few words.
    fn effects(&self) -> Vec<(&'static str, &'static str)> {
        let all = [
            (self.new.freezes_offers, "Holds offers", "bad"),
            (self.new.holds, "Legal hold", "warn"),
            (self.new.confidential, "Confidential", "info"),
        ];
        all.into_iter().filter(|(on, ..)| *on).map(|(_, label, tone)| (label, tone)).collect()
    }

    /// "3 steps"
    fn count(&self) -> String {
        match self.new.steps.len() {
            1 => "1 step".to_owned(),
            many => format!("{many} steps"),
        }
    }

    /// Who does the steps, each once: "Billing, Operations, the desk".
    fn doers(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for step in &self.new.steps {
            let name = step.department_name.as_deref().unwrap_or("the desk");
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }
}

impl processes::TemplateStep {
    /// "Only for orders", where it is not for everything.
    fn only(&self, template: &processes::Template) -> Option<String> {
        if let Some(only) = self.only_on {
            return Some(format!("Only for: {}", only.label().to_lowercase()));
        }
        let fact = template.new.facts.iter().find(|fact| Some(fact.position) == self.only_fact)?;
        Some(format!("Only if “{}” is yes", fact.label))
    }

    fn hear(&self) -> String {
        words(&self.tells)
    }
}

impl processes::Fact {
    /// "Words, at the start"
    fn about(&self) -> String {
        let kind = match self.kind {
            FactKind::Text => "Words",
            FactKind::Date => "A day",
            FactKind::Money => "An amount",
            FactKind::YesNo => "Yes or no",
        };
        let when = if self.place == 0 { "at the start".to_owned() } else { format!("before step {}", self.place) };
        format!("{kind}, {when}{}", if self.required { "" } else { ", optional" })
    }
}

fn words(whom: &[processes::Whom]) -> String {
    whom.iter().map(|one| one.label().to_lowercase()).collect::<Vec<_>>().join(", ")
}

async fn list(State(app): State<App>, can: Can<SeePolicy>, frame: Frame) -> Result<Response> {
    let templates = store::current_part(can.id).all(&mut *app.db.read().await?).await?;
    Ok(web::html(&ListPage { frame, templates })?.into_response())
}

async fn show(State(app): State<App>, can: Can<SeePolicy>, frame: Frame, Path(kind): Path<String>) -> Result<Response> {
    let kind = Kind::from_name(&kind).ok_or(Error::NotFound)?;
    let mut connection = app.db.read().await?;
    let versions = store::versions_part(kind, can.id).all(&mut connection).await?;
    let zone = app.kept::<People>(&mut connection, &can).await?.zone_of(can.team);
    drop(connection);
    let newest = versions.first().cloned().ok_or(Error::NotFound)?;
    let page = ShowPage { frame, newest, versions, zone, now: app.now(), may_edit: can.may::<EditPolicy>() };
    Ok(web::html(&page)?.into_response())
}
