//! The terms of sources: what each gives us time for, and publishing the next version.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::actions::{NewTemplate, NotPublished, publish};
use super::super::{AddressedTo, Counted, Template, store};
use super::Choice;
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, EditPolicy, SeePolicy};
use crate::calendar;
use crate::cases::Channel;
use crate::error::{Error, FormErrors, Result};
use crate::ids::ComplaintTemplateId;
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/complaint_templates", get(list))
        .route("/complaint_templates/new", get(new).post(create))
        .route("/complaint_templates/{template}", get(edit).post(save))
}

#[derive(askama::Template)]
#[template(path = "complaints/terms.html")]
struct ListPage {
    frame: Frame,
    templates: Vec<Template>,
    may_edit: bool,
}

/// Terms as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TermsForm {
    version: String,
    source: String,
    name: String,
    span: String,
    counted: String,
    due_time: String,
    zone: String,
    public: String,
    addressed_to: String,
    address: String,
    rounds: String,
    round_span: String,
    extended_span: String,
    citation: String,
    retired: String,
}

#[derive(askama::Template)]
#[template(path = "complaints/term.html")]
struct TermsPage {
    frame: Frame,
    once: Uuid,
    /// None for new ones.
    code: Option<String>,
    title: String,
    form: TermsForm,
    errors: FormErrors,
    may_edit: bool,
    sources: Vec<Choice>,
    counts: Vec<Choice>,
    addressees: Vec<Choice>,
    /// Version, day, by whom, and what it said.
    versions: Vec<(i32, String, String, String)>,
}

impl TermsForm {
    fn of(template: &Template) -> Self {
        let flag = |on: bool| if on { "on".to_owned() } else { String::new() };
        Self {
            version: template.number.to_string(),
            source: template.source.name().to_owned(),
            name: template.name.clone(),
            span: template.span.to_string(),
            counted: template.counted.name().to_owned(),
            due_time: template.due_time.format("%H:%M").to_string(),
            zone: template.zone.name().to_owned(),
            public: flag(template.public),
            addressed_to: template.addressed_to.name().to_owned(),
            address: template.address.clone(),
            rounds: template.rounds.to_string(),
            round_span: template.round_span.map(|span| span.to_string()).unwrap_or_default(),
            extended_span: template.extended_span.map(|span| span.to_string()).unwrap_or_default(),
            citation: template.citation.clone(),
            retired: flag(!template.active),
        }
    }

    fn fresh() -> Self {
        Self {
            version: "0".to_owned(),
            span: "30".to_owned(),
            counted: Counted::Days.name().to_owned(),
            due_time: "17:00".to_owned(),
            zone: chrono_tz::America::New_York.name().to_owned(),
            addressed_to: AddressedTo::Both.name().to_owned(),
            rounds: "1".to_owned(),
            ..Self::default()
        }
    }

    /// The terms, of a code that stays the same.
    fn parse(&self, code: &str, at: DateTime<Utc>) -> Result<NewTemplate, FormErrors> {
        let mut errors = FormErrors::new();
        let span = |text: &str| text.trim().parse::<u16>().ok().filter(|span| (1..=365).contains(span));
        let number = "Enter a whole number from 1 to 365.";
        let source = Channel::from_name(&self.source).filter(|source| source.brings_complaints());
        let source = errors.check("source", source.ok_or("Choose who brings such complaints."));
        let length = self.name.trim().chars().count();
        if !(1..=60).contains(&length) {
            errors.add("name", "Enter a name of up to 60 characters.");
        }
        let first = errors.check("span", span(&self.span).ok_or(number));
        let counted = errors.check("counted", Counted::from_name(&self.counted).ok_or("Choose how it is counted."));
        let due_time = NaiveTime::parse_from_str(self.due_time.trim(), "%H:%M");
        let due_time = errors.check("due_time", due_time.map_err(|_| "Enter the time, like 17:00."));
        let zone = self.zone.trim().parse().map_err(|_| "Enter the zone by its name, like America/New_York.");
        let zone = errors.check("zone", zone);
        let addressed_to = AddressedTo::from_name(&self.addressed_to).ok_or("Choose to whom the letter goes.");
        let addressed_to = errors.check("addressed_to", addressed_to);
        let rounds = self.rounds.trim().parse::<u8>().ok().filter(|rounds| (1..=3).contains(rounds));
        let rounds = errors.check("rounds", rounds.ok_or("Enter 1, 2 or 3."));
        let round_span = match (rounds, self.round_span.trim()) {
            (Some(1), "") => None,
            (Some(1), _) => {
                errors.add("round_span", "Leave it empty: there is one answer only.");
                None
            }
            (_, text) => errors.check("round_span", span(text).ok_or(number)),
        };
        let extended_span = match self.extended_span.trim() {
            "" => None,
            text => {
                let longer = span(text).filter(|all| first.is_none_or(|first| *all > first));
                errors.check("extended_span", longer.ok_or("Enter the time there is in all, more than without it."))
            }
        };
        if self.address.chars().count() > 500 {
            errors.add("address", "Use at most 500 characters.");
        }
        if self.citation.chars().count() > 300 {
            errors.add("citation", "Use at most 300 characters.");
        }
        let seen = errors.check("", self.version.parse().map_err(|_| "Open the page anew."));
        let read = || {
            Some(NewTemplate {
                template: Template {
                    id: ComplaintTemplateId::new(),
                    code: code.to_owned(),
                    number: 0,
                    source: source?,
                    name: self.name.trim().to_owned(),
                    span: first?,
                    counted: counted?,
                    due_time: due_time?,
                    zone: zone?,
                    public: !self.public.is_empty(),
                    addressed_to: addressed_to?,
                    address: self.address.trim().to_owned(),
                    rounds: rounds?,
                    round_span,
                    extended_span,
                    citation: self.citation.trim().to_owned(),
                    active: self.retired.is_empty(),
                    published_at: at,
                    published_by: None,
                },
                seen: seen?,
            })
        };
        read().filter(|_| errors.is_empty()).ok_or(errors)
    }
}

/// What terms of a name are called for good: `bbb_office_30_days`.
fn code_of(name: &str) -> String {
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let parts: Vec<&str> = plain.split('_').filter(|part| !part.is_empty()).collect();
    let code: String = parts.join("_").chars().take(40).collect();
    if code.len() < 2 { format!("terms_{code}").trim_end_matches('_').to_owned() } else { code }
}

impl TermsPage {
    fn new(frame: Frame, code: Option<String>, form: TermsForm, may_edit: bool) -> Self {
        Self {
            frame,
            once: fresh_key(),
            title: if code.is_some() { form.name.clone() } else { "New terms".to_owned() },
            code,
            form,
            errors: FormErrors::new(),
            may_edit,
            sources: Channel::OF_COMPLAINTS.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            counts: Counted::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            addressees: AddressedTo::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            versions: Vec::new(),
        }
    }

    fn action(&self) -> String {
        format!("/complaint_templates/{}", self.code.as_deref().unwrap_or("new"))
    }
}

async fn list(State(app): State<App>, can: Can<SeePolicy>, frame: Frame) -> Result<Response> {
    let templates = store::templates(&mut *app.db.read().await?).await?;
    Ok(web::html(&ListPage { frame, templates, may_edit: can.may::<EditPolicy>() })?.into_response())
}

async fn new(can: Can<EditPolicy>, frame: Frame) -> Result<Response> {
    let page = TermsPage::new(frame, None, TermsForm::fresh(), can.may::<EditPolicy>());
    Ok(web::html(&page)?.into_response())
}

async fn edit(State(app): State<App>, can: Can<SeePolicy>, frame: Frame, Path(code): Path<String>) -> Result<Response> {
    let page = saved(&app, &can, frame, code, None).await?;
    Ok(web::html(&page)?.into_response())
}

/// The page of terms that are there, with their versions; what was typed stands in it.
async fn saved(
    app: &App,
    can: &Can<SeePolicy>,
    frame: Frame,
    code: String,
    typed: Option<TermsForm>,
) -> Result<TermsPage> {
    let mut connection = app.db.read().await?;
    let versions = store::versions(&mut connection, &code).await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    drop(connection);
    let newest = versions.first().ok_or(Error::NotFound)?;
    let form = typed.unwrap_or_else(|| TermsForm::of(newest));
    let mut page = TermsPage::new(frame, Some(code), form, can.may::<EditPolicy>());
    page.title.clone_from(&newest.name);
    page.versions = versions
        .iter()
        .map(|one| {
            let by = one.published_by.clone().unwrap_or_else(|| "Savedesk".to_owned());
            let retired = if one.active { "" } else { ", no longer used" };
            let day = calendar::day(one.published_at, zone, app.now());
            (one.number, day, by, format!("{}{retired}", one.terms()))
        })
        .collect();
    Ok(page)
}

async fn create(State(app): State<App>, can: Can<EditPolicy>, frame: Frame, form: Form<TermsForm>) -> Result<Response> {
    let code = code_of(&form.fields.name);
    let page = TermsPage::new(frame, None, form.fields, true);
    put(&app, &can, form.once, code, page).await
}

async fn save(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(code): Path<String>,
    form: Form<TermsForm>,
) -> Result<Response> {
    let page = saved(&app, &can.and()?, frame, code.clone(), Some(form.fields)).await?;
    put(&app, &can, form.once, code, page).await
}

/// Publishes what stands in the form, or shows it again with what is wrong.
async fn put(
    app: &App,
    can: &Can<EditPolicy>,
    once: crate::db::Once,
    code: String,
    mut page: TermsPage,
) -> Result<Response> {
    let (status, errors) = match page.form.parse(&code, app.now()) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(new) => {
            let mut tx = app.begin(can, &once).await?;
            match publish(&mut tx, can, new).await? {
                Ok(template) => {
                    let say = format!("Version {} of {} is published.", template.number, template.name);
                    return Ok(tx.finish(Answer::to("/complaint_templates").say(say)).await?.into_response());
                }
                Err(NotPublished::Same) => {
                    let answer = Answer::to("/complaint_templates").say("Nothing was different.");
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(NotPublished::Taken) => {
                    (StatusCode::CONFLICT, FormErrors::of("name", "There are terms of this name. Choose another."))
                }
                Err(NotPublished::Changed) => {
                    // what was typed stays; published again it takes the place of theirs
                    page.form.version = page.versions.first().map_or(0, |newest| newest.0).to_string();
                    let why = "Somebody published a version meanwhile; it stands below. Publish again to replace it.";
                    (StatusCode::CONFLICT, FormErrors::of("", why))
                }
            }
        }
    };
    page.errors = errors;
    Ok((status, web::html(&page)?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_terms_is_read_back() {
        let mut form = TermsForm { source: "bbb".into(), name: "BBB of Denver, 10 days".into(), ..TermsForm::fresh() };
        (form.rounds, form.round_span) = ("2".into(), "7".into());
        let new = form.parse("bbb_denver", DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(new.template.terms(), "30 days, 7 days after a rebuttal");
        let again = TermsForm::of(&new.template).parse("bbb_denver", DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(Template { id: new.template.id, ..again.template }, new.template);
    }

    #[test]
    fn odd_terms_are_told_beside_their_fields() {
        let form = TermsForm {
            source: "phone".into(),
            span: "0".into(),
            zone: "Mars/Base".into(),
            extended_span: "-1".into(),
            round_span: "7".into(),
            ..TermsForm::fresh()
        };
        let errors = form.parse("x", DateTime::UNIX_EPOCH).unwrap_err();
        for field in ["source", "name", "span", "zone", "extended_span", "round_span"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn terms_have_a_name_for_good() {
        assert_eq!(code_of("BBB of Denver, 10 days"), "bbb_of_denver_10_days");
        assert_eq!(code_of("Ä"), "terms");
    }
}
