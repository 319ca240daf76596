//! One form for every record: fields drawn from its sheet, each with the value it was opened with, and the page that
//! asks when somebody else changed the same field (R6).

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::super::sheet::named;
use super::super::{Edit, Edited, Sheet};
use crate::answer::Answer;
use crate::audit::{self, Entry};
use crate::auth::Actor;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::money::Currency;
use crate::web::{Conflict, Frame, fresh_key, html};

/// How a field is drawn.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Email,
    Phone,
    Day,
    Amount,
    Tick,
    /// One of a few, as (value, label).
    Choice(fn() -> Vec<(String, String)>),
}

/// A field of a form.
#[derive(Clone, Copy)]
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
    pub(crate) hint: &'static str,
}

pub(crate) const fn input(name: &'static str, kind: Kind, optional: bool, hint: &'static str) -> Input {
    Input { name, kind, optional, hint }
}

/// A form's words and fields.
pub(crate) struct Words {
    pub(crate) title: String,
    /// What stands over the title.
    pub(crate) above: String,
    pub(crate) action: String,
    pub(crate) back: String,
    pub(crate) button: &'static str,
    pub(crate) said: &'static str,
    pub(crate) inputs: &'static [Input],
}

pub(crate) struct Choice {
    value: String,
    label: String,
}

pub(crate) struct Drawn {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    optional: bool,
    hint: &'static str,
    value: String,
    was: Option<String>,
    choices: Vec<Choice>,
}

impl Drawn {
    fn is_tick(&self) -> bool {
        matches!(self.kind, Kind::Tick)
    }

    fn is_choice(&self) -> bool {
        matches!(self.kind, Kind::Choice(_))
    }

    fn is_amount(&self) -> bool {
        matches!(self.kind, Kind::Amount)
    }

    fn html_kind(&self) -> &'static str {
        match self.kind {
            Kind::Email => "email",
            Kind::Phone => "tel",
            Kind::Day => "date",
            _ => "text",
        }
    }
}

#[derive(Template)]
#[template(path = "customers/form.html")]
struct FormPage {
    frame: Frame,
    once: Uuid,
    words: Words,
    errors: FormErrors,
    fields: Vec<Drawn>,
    ticks: Vec<Drawn>,
}

#[derive(Template)]
#[template(path = "customers/conflict.html")]
struct ConflictPage {
    frame: Frame,
    once: Uuid,
    words: Words,
    /// Who saved meanwhile.
    by: String,
    conflicts: Vec<Conflict>,
    kept: Vec<(String, String)>,
}

/// A form to add a record.
pub(crate) fn blank<S: Sheet>(frame: Frame, words: Words, record: &S) -> Result<Response> {
    let texts = texts(record);
    draw::<S>(frame, words, FormErrors::new(), |name| (texts.get(name).cloned().unwrap_or_default(), None))
        .map(IntoResponse::into_response)
}

/// A form to edit a record.
pub(crate) fn filled<S: Sheet>(frame: Frame, words: Words, record: &S) -> Result<Response> {
    let texts = texts(record);
    let value = |name: &str| {
        let text = texts.get(name).cloned().unwrap_or_default();
        (text.clone(), Some(text))
    };
    draw::<S>(frame, words, FormErrors::new(), value).map(IntoResponse::into_response)
}

/// The form as it was sent, with what is wrong with it.
pub(crate) fn again<S: Sheet>(
    frame: Frame,
    words: Words,
    errors: FormErrors,
    sent: &HashMap<String, String>,
) -> Result<Response> {
    let value = |name: &str| (sent.get(name).cloned().unwrap_or_default(), sent.get(&format!("was_{name}")).cloned());
    let page = draw::<S>(frame, words, errors, value)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Reads a new record as it was typed, over a blank one.
pub(crate) fn read<S: Sheet>(blank: &S, sent: &HashMap<String, String>) -> Result<S> {
    let typed: Vec<String> = S::FIELDS.iter().map(|field| sent.get(field.name).cloned().unwrap_or_default()).collect();
    Ok(blank.read(&named::<S>(&typed))?)
}

/// What the sender of a new record is told.
pub(crate) async fn added<S: Sheet>(
    tx: Tx,
    added: Result<()>,
    frame: Frame,
    words: Words,
    sent: &HashMap<String, String>,
) -> Result<Response> {
    match added {
        Ok(()) => Ok(tx.finish(Answer::to(words.back).say(words.said)).await?.into_response()),
        Err(Error::Invalid(errors)) => again::<S>(frame, words, errors, sent),
        Err(error) => Err(error),
    }
}

/// What the sender of an edit is told; an edit by somebody else would have left an entry like `theirs`.
pub(crate) async fn answer<S: Sheet>(
    mut tx: Tx,
    actor: &Actor,
    edited: Result<Edited>,
    theirs: Entry,
    (frame, words): (Frame, Words),
    sent: &HashMap<String, String>,
) -> Result<Response> {
    match edited {
        Ok(Edited::Saved) => Ok(tx.finish(Answer::to(words.back).say(words.said)).await?.into_response()),
        Ok(Edited::Unchanged) => {
            Ok(tx.finish(Answer::to(words.back).say("Nothing was changed")).await?.into_response())
        }
        Ok(Edited::Conflicts(conflicts)) => {
            let by = audit::last_by(&mut tx, actor, &theirs, conflicts.iter().map(|conflict| conflict.field.as_str()))
                .await?;
            ask::<S>(frame, words, by, conflicts, sent)
        }
        Err(Error::Invalid(errors)) => again::<S>(frame, words, errors, sent),
        Err(error) => Err(error),
    }
}

/// Theirs is now what the form was opened with, so that choosing either side settles it.
fn ask<S: Sheet>(
    frame: Frame,
    words: Words,
    by: String,
    conflicts: Vec<Conflict>,
    sent: &HashMap<String, String>,
) -> Result<Response> {
    let edit = Edit::of::<S>(sent);
    let mut kept = Vec::new();
    for field in S::FIELDS {
        let is_asked = conflicts.iter().any(|conflict| conflict.field == field.name);
        if is_asked {
            continue;
        }
        if let (Some(typed), Some(was)) = (edit.typed(field.name), sent.get(&format!("was_{}", field.name))) {
            kept.push((format!("was_{}", field.name), was.clone()));
            kept.push((field.name.to_owned(), typed.to_owned()));
        }
    }
    for conflict in &conflicts {
        kept.push((format!("was_{}", conflict.field), conflict.theirs.clone()));
    }
    let page = ConflictPage { frame, once: fresh_key(), words, by, conflicts, kept };
    Ok((StatusCode::CONFLICT, html(&page)?).into_response())
}

fn draw<S: Sheet>(
    frame: Frame,
    words: Words,
    errors: FormErrors,
    value: impl Fn(&str) -> (String, Option<String>),
) -> Result<axum::response::Html<String>> {
    let label = |name: &str| S::FIELDS.iter().find(|field| field.name == name).map_or("", |field| field.label);
    let drawn = words.inputs.iter().map(|input| {
        let (value, was) = value(input.name);
        let choices = match input.kind {
            Kind::Choice(list) => list().into_iter().map(|(value, label)| Choice { value, label }).collect(),
            _ => Vec::new(),
        };
        Drawn {
            name: input.name,
            label: label(input.name),
            kind: input.kind,
            optional: input.optional,
            hint: input.hint,
            value,
            was,
            choices,
        }
    });
    let (ticks, fields) = drawn.partition(Drawn::is_tick);
    html(&FormPage { frame, once: fresh_key(), words, errors, fields, ticks })
}

fn texts<S: Sheet>(record: &S) -> HashMap<&'static str, String> {
    S::FIELDS.iter().map(|field| field.name).zip(record.texts()).collect()
}

/// Every currency, the usual ones first.
pub(crate) fn currencies() -> Vec<(String, String)> {
    let usual = [Currency::USD, Currency::EUR, Currency::GBP];
    let rest = Currency::all().into_iter().filter(|currency| !usual.contains(currency));
    usual.into_iter().chain(rest).map(|currency| (currency.code().to_owned(), currency.code().to_owned())).collect()
}
