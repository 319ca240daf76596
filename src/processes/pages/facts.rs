//! What is known of a process, and who knows of one that is confidential.

use std::collections::BTreeMap;

use axum::Router;
use axum::response::Response;
use axum::routing::post;

use super::super::{Correction, Fact, Noted, actions};
use super::deeds::{Sent, Typed, load};
use super::start::Field;
use super::view::Shown;
use crate::error::{FormErrors, Result};
use crate::ids::{ProcessId, UserId};
use crate::web::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/case_processes/{process}/facts", post(note))
        .route("/case_processes/{process}/corrections", post(correct))
        .route("/case_processes/{process}/people", post(let_know))
}

fn fact(noted: Noted) -> Fact {
    Fact {
        position: noted.position,
        place: noted.place,
        label: noted.label,
        kind: noted.kind,
        required: noted.required,
    }
}

/// The facts that may be filled in now.
pub(super) fn to_fill(shown: &Shown) -> Vec<Fact> {
    shown.open_facts().into_iter().map(fact).collect()
}

/// What was noted, as fields with what was typed in its place.
pub(super) fn corrections(shown: &Shown, typed: &Typed) -> Vec<Field> {
    let (known, form) = (shown.noted(), typed.facts());
    let mut fields = form.fields(known.iter().cloned().map(fact).collect::<Vec<_>>().iter());
    for (field, noted) in fields.iter_mut().zip(known) {
        field.was = noted.value.unwrap_or_default();
        if !form.number.contains(&field.position.to_string()) {
            field.value.clone_from(&field.was);
        }
    }
    fields
}

async fn note(sent: Sent) -> Result<Response> {
    let process = ProcessId::from(sent.id);
    let view = load(&sent.app, &sent.can.and()?, process, Typed::default()).await?;
    let form = sent.form.fields.facts();
    let mut facts = to_fill(&view.shown);
    // what somebody noted since the form was shown is looked at too: nothing that was typed is passed over
    let typed = |noted: &Noted| !form.value(noted.position).is_empty();
    facts.extend(view.shown.noted().into_iter().filter(typed).map(fact));
    let read = form.read(facts.iter(), view.case.value_at_risk.currency);
    sent.act("facts", process, read, async move |tx, sent, facts| {
        actions::note_facts(tx, &sent.can, process, &facts).await?;
        Ok("Noted. What waited for it begins.".to_owned())
    })
    .await
}

async fn correct(sent: Sent) -> Result<Response> {
    let process = ProcessId::from(sent.id);
    let view = load(&sent.app, &sent.can.and()?, process, Typed::default()).await?;
    let (form, was) = (sent.form.fields.facts(), sent.form.fields.was.clone());
    let sent_along = |noted: &Noted| form.number.contains(&noted.position.to_string());
    let facts: Vec<Fact> =
        view.shown.noted().into_iter().filter(sent_along).map(|noted| Fact { required: true, ..fact(noted) }).collect();
    let read = form.read(facts.iter(), view.case.value_at_risk.currency).map(|read| {
        let correction = |(position, now): (i16, String)| {
            let number = position.to_string();
            let at = form.number.iter().position(|one| *one == number);
            let was = at.and_then(|at| was.get(at)).cloned().unwrap_or_default();
            (position, Correction { was, now })
        };
        read.into_iter().map(correction).collect::<BTreeMap<_, _>>()
    });
    sent.act("corrections", process, read, async move |tx, sent, corrections| {
        actions::correct_facts(tx, &sent.can, process, &corrections).await?;
        Ok("Corrected. A mail that said it otherwise is not sent.".to_owned())
    })
    .await
}

async fn let_know(sent: Sent) -> Result<Response> {
    let process = ProcessId::from(sent.id);
    let person = sent.form.fields.person.parse::<UserId>();
    let read = person.map_err(|_| FormErrors::of("person", "Choose who is to know of it."));
    sent.act("people", process, read, async move |tx, sent, person| {
        actions::let_know(tx, &sent.can, process, person).await?;
        let me = sent.can.id == Some(person);
        Ok(if me { "You know of it now." } else { "They know of it now." }.to_owned())
    })
    .await
}
