//! How I want to be told.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::super::store::choices;
use super::super::{Choices, Kind, Quiet, Way, actions};
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Actor, AnswerRequests, AskDepartments, DecideApprovals, SeeOutbox, SignedIn};
use crate::error::{Error, FormErrors, Result};
use crate::web::{self, App, Form, Frame, fresh_key};

/// A choice among the ways.
struct Choice {
    value: &'static str,
    label: &'static str,
}

/// A kind, how it is told, and how it was as the page was made.
struct Told {
    name: &'static str,
    label: &'static str,
    way: String,
    was: String,
}

/// A box that is ticked or not, and was.
struct Ticked {
    on: bool,
    was: bool,
}

#[derive(Template)]
#[template(path = "notifications/choices.html")]
struct ChoicesPage {
    frame: Frame,
    once: Uuid,
    errors: FormErrors,
    ways: Vec<Choice>,
    kinds: Vec<Told>,
    digest: Ticked,
    urgent: Ticked,
    quiet: Ticked,
    quiet_from: String,
    quiet_until: String,
    was_hours: (String, String),
    zone: &'static str,
    mails: bool,
}

/// What was typed, by name.
struct Typed(Vec<(String, String)>);

impl Typed {
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    fn was(&self, name: &str) -> &str {
        self.get(&format!("was_{name}"))
    }

    /// A field that its author changed: of two windows that change different fields both win.
    fn changed(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|now| *now != self.was(name))
    }

    fn box_changed(&self, name: &str) -> Option<bool> {
        self.changed(name).map(|now| !now.is_empty())
    }

    /// The choices with what was changed.
    fn apply(&self, mut choices: Choices) -> Result<Choices, FormErrors> {
        for kind in Kind::ALL {
            if let Some(way) = self.changed(kind.name()).and_then(Way::from_name) {
                choices.set(*kind, way);
            }
        }
        choices.digest = self.box_changed("digest").unwrap_or(choices.digest);
        choices.urgent = self.box_changed("urgent").unwrap_or(choices.urgent);
        let on = !self.get("quiet").is_empty();
        let changed = ["quiet", "quiet_from", "quiet_until"].iter().any(|name| self.changed(name).is_some());
        if changed {
            choices.quiet = match (on, Quiet::parse(self.get("quiet_from"), self.get("quiet_until"))) {
                (false, _) => None,
                (true, Ok(quiet)) => Some(quiet),
                (true, Err(why)) => return Err(FormErrors::of("quiet_from", why)),
            };
        }
        Ok(choices)
    }
}

/// What somebody in these roles is told about.
fn concerns(actor: &Actor, kind: Kind) -> bool {
    match kind {
        Kind::ApprovalAsked | Kind::ApprovalMovedUp => actor.may::<DecideApprovals>(),
        Kind::RequestAsked => actor.may::<AnswerRequests>(),
        Kind::RequestAnswered => actor.may::<AskDepartments>(),
        Kind::Parked => actor.may::<SeeOutbox>(),
        _ => true,
    }
}

pub(super) async fn show(State(app): State<App>, SignedIn(actor): SignedIn, frame: Frame) -> Result<Response> {
    render(&app, &actor, frame, FormErrors::new(), None).await
}

async fn render(app: &App, actor: &Actor, frame: Frame, errors: FormErrors, typed: Option<&Typed>) -> Result<Response> {
    let me = actor.id.ok_or(Error::Forbidden)?;
    let mut connection = app.db.read().await?;
    let chosen = choices::find(&mut connection, me).await?;
    let zone = accounts::zone_for(app, &mut connection, actor).await?;
    drop(connection);
    let shown = |name: &str, now: &str| typed.map_or_else(|| now.to_owned(), |typed| typed.get(name).to_owned());
    let was = |name: &str, now: &str| typed.map_or_else(|| now.to_owned(), |typed| typed.was(name).to_owned());
    let ticked = |name: &str, now: bool| Ticked {
        on: typed.map_or(now, |typed| !typed.get(name).is_empty()),
        was: typed.map_or(now, |typed| !typed.was(name).is_empty()),
    };
    let (from, until) = chosen.quiet.unwrap_or(Quiet::NIGHT).typed();
    let kinds = Kind::ALL.iter().filter(|kind| concerns(actor, **kind)).map(|kind| {
        let way = chosen.way(*kind).name();
        Told { name: kind.name(), label: kind.label(), way: shown(kind.name(), way), was: was(kind.name(), way) }
    });
    let page = ChoicesPage {
        once: fresh_key(),
        errors,
        ways: Way::ALL.iter().map(|way| Choice { value: way.name(), label: way.label() }).collect(),
        kinds: kinds.collect(),
        digest: ticked("digest", chosen.digest),
        urgent: ticked("urgent", chosen.urgent),
        quiet: ticked("quiet", chosen.quiet.is_some()),
        quiet_from: shown("quiet_from", &from),
        quiet_until: shown("quiet_until", &until),
        was_hours: (was("quiet_from", &from), was("quiet_until", &until)),
        zone: zone.name(),
        mails: app.config.smtp_url.is_some(),
        frame,
    };
    Ok(web::html(&page)?.into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    frame: Frame,
    form: Form<Vec<(String, String)>>,
) -> Result<Response> {
    let me = actor.id.ok_or(Error::Forbidden)?;
    let typed = Typed(form.fields);
    let mut tx = app.begin(&actor, &form.once).await?;
    match typed.apply(choices::lock(&mut tx, me).await?) {
        Ok(choices) => {
            actions::choose(&mut tx, &actor, &choices).await?;
            let answer = Answer::to("/profile/notifications").say("Saved. It holds for what you are told from now on.");
            Ok(tx.finish(answer).await?.into_response())
        }
        Err(errors) => {
            drop(tx);
            let page = render(&app, &actor, frame, errors, Some(&typed)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        Typed(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn only_what_was_changed_in_this_window_is_saved() {
        let meanwhile = Choices { digest: false, ..Choices::default() };
        let typed = typed(&[
            ("overdue", "at_once"),
            ("was_overdue", "inbox"),
            ("digest", "on"),
            ("was_digest", "on"),
            ("was_urgent", "on"),
            ("quiet", "on"),
            ("was_quiet", "on"),
            ("quiet_from", "18:00"),
            ("was_quiet_from", "18:00"),
        ]);
        let saved = typed.apply(meanwhile).unwrap();
        assert_eq!((saved.way(Kind::Overdue), saved.digest, saved.urgent), (Way::AtOnce, false, false));
        assert_eq!(saved.quiet, Some(Quiet::NIGHT));
    }

    #[test]
    fn quiet_hours_are_two_times_or_off() {
        let hours = |on: &str, from: &str| {
            typed(&[("quiet", on), ("was_quiet", "on"), ("quiet_from", from), ("quiet_until", "07:00")])
                .apply(Choices::default())
        };
        assert_eq!(hours("on", "22:30").unwrap().quiet, Quiet::between(22 * 60 + 30, 7 * 60));
        assert_eq!(hours("", "").unwrap().quiet, None);
        assert!(hours("on", "late").is_err());
    }
}
