//! Publishing a version of a type, and adding a type.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::super::{Difference, Kind, OfferType, Published, actions, store};
use super::fields::{Fields, PROMISES};
use super::{Choice, versions, vocabulary};
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Actor, Can, EditPolicy};
use crate::cases::Kind as CaseKind;
use crate::customers::Tier;
use crate::error::{Error, FormErrors, Result};
use crate::reasons::Reasons;
use crate::web::{App, Conflict, Form, Frame, fresh_key, html};

#[derive(Template)]
#[template(path = "catalogue/form.html")]
struct FormPage {
    frame: Frame,
    once: Uuid,
    /// The type and the number of the version that is followed; none while a type is added.
    of: Option<(String, i32)>,
    title: String,
    form: Fields,
    errors: FormErrors,
    kinds: Vec<Explained>,
    levers: Vec<Choice>,
    tiers: Vec<Choice>,
    case_kinds: Vec<Choice>,
    types: Vec<Choice>,
    departments: Vec<Choice>,
    approvers: [Choice; 3],
    promises: std::ops::RangeInclusive<usize>,
    from_hint: String,
    overtaken: Option<Overtaken>,
}

/// A kind with how it is reckoned.
struct Explained {
    value: &'static str,
    label: &'static str,
    formula: &'static str,
    example: String,
}

/// What somebody else published while this form was open.
struct Overtaken {
    number: i32,
    by: String,
    at: String,
    why: String,
    differences: Vec<Difference>,
    conflicts: Vec<Conflict>,
}

/// A form as it is to be drawn.
struct Drawing {
    of: Option<OfferType>,
    form: Fields,
    errors: FormErrors,
    overtaken: Option<Overtaken>,
}

pub(super) async fn new(State(app): State<App>, can: Can<EditPolicy>, frame: Frame) -> Result<Response> {
    let drawing = Drawing { of: None, form: Fields::empty(), errors: FormErrors::new(), overtaken: None };
    draw(&app, &can, frame, StatusCode::OK, drawing).await
}

pub(super) async fn edit(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(code): Path<String>,
) -> Result<Response> {
    let (newest, form) = {
        let mut connection = app.db.read().await?;
        let newest = versions(&app, &mut connection, &can, &code).await?.remove(0);
        let zone = accounts::zone_for(&app, &mut connection, &can).await?;
        let form = Fields::of(&newest, zone, app.now());
        (newest, form)
    };
    let drawing = Drawing { of: Some(newest), form, errors: FormErrors::new(), overtaken: None };
    draw(&app, &can, frame, StatusCode::OK, drawing).await
}

async fn draw(app: &App, who: &Actor, frame: Frame, status: StatusCode, drawing: Drawing) -> Result<Response> {
    let Drawing { of, form, errors, overtaken } = drawing;
    let mut connection = app.db.read().await?;
    let types = app.kept::<store::Catalogue>(&mut connection, who).await?.all(app.now());
    let people = app.kept::<accounts::People>(&mut connection, who).await?;
    let reasons = app.kept::<Reasons>(&mut connection, who).await?;
    let kinds = match &of {
        Some(version) => std::slice::from_ref(&version.kind),
        None => Kind::ALL,
    };
    let share = of.as_ref().map_or(crate::money::Percent::ALL, |version| version.cost_share);
    let page = FormPage {
        frame,
        once: fresh_key(),
        title: of.as_ref().map_or_else(
            || "Add an offer type".to_owned(),
            |version| format!("Publish version {} of {}", version.number + 1, version.name),
        ),
        form,
        errors,
        kinds: kinds
            .iter()
            .map(|kind| Explained {
                value: kind.name(),
                label: kind.label(),
                formula: kind.formula(),
                example: kind.example(share),
            })
            .collect(),
        levers: reasons.levers.iter().map(|lever| Choice::new(&lever.code, &lever.name)).collect(),
        tiers: Tier::ALL.iter().map(|tier| Choice::new(&tier.name(), tier.label())).collect(),
        case_kinds: CaseKind::ALL.iter().map(|kind| Choice::new(&kind.name(), kind.label())).collect(),
        types: types
            .iter()
            .filter(|one| of.as_ref().is_none_or(|of| of.code != one.code))
            .map(|one| Choice::new(&one.code, &one.name))
            .collect(),
        departments: people.departments().iter().map(|one| Choice::new(&one.id, &one.name)).collect(),
        approvers: [
            Choice::new(&1, "One, whose limit covers it"),
            Choice::new(&2, "Two people"),
            Choice::new(&3, "Three people"),
        ],
        promises: 1..=PROMISES,
        from_hint: format!("Empty: at once. On the clock of {}.", people.zone_of(who.team).name()),
        of: of.map(|version| (version.code, version.number)),
        overtaken,
    };
    Ok((status, html(&page)?).into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    form: Form<Fields>,
) -> Result<Response> {
    let zone = accounts::zone_for(&app, &mut *app.db.read().await?, &can).await?;
    let kind = Kind::from_name(form.fields.get("kind"));
    let parsed = match (form.fields.parse(zone), kind) {
        (Ok(new), Some(kind)) => Ok((kind, new)),
        (Err(errors), Some(_)) => Err(errors),
        (parsed, None) => {
            let mut errors = FormErrors::of("kind", "Choose what kind of concession it is.");
            for (field, message) in parsed.err().unwrap_or_default().all() {
                errors.add(field, message);
            }
            Err(errors)
        }
    };
    let unprocessed = |errors| Drawing { of: None, form: form.fields.clone(), errors, overtaken: None };
    let (kind, new) = match parsed {
        Ok(parsed) => parsed,
        Err(errors) => return draw(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, unprocessed(errors)).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    match actions::add(&mut tx, &can, kind, &new).await {
        Ok(code) => {
            let answer = Answer::to(format!("/offer_types/{code}"));
            Ok(tx.finish(answer.say(format!("{} added. Set its limits next.", new.name))).await?.into_response())
        }
        Err(Error::Invalid(errors)) => {
            drop(tx);
            draw(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, unprocessed(errors)).await
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn publish(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(code): Path<String>,
    form: Form<Fields>,
) -> Result<Response> {
    let based_on: Option<i32> = form.fields.get("based_on").parse().ok();
    let (all, zone) = {
        let mut connection = app.db.read().await?;
        (versions(&app, &mut connection, &can, &code).await?, accounts::zone_for(&app, &mut connection, &can).await?)
    };
    let base = all.into_iter().find(|version| Some(version.number) == based_on);
    let base =
        base.ok_or_else(|| Error::refused("The form did not arrive whole. Open the page anew and try again."))?;
    let unprocessed = |errors| Drawing { of: Some(base.clone()), form: form.fields.clone(), errors, overtaken: None };
    let new = match form.fields.parse(zone) {
        Ok(new) => new,
        Err(errors) => return draw(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, unprocessed(errors)).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    match actions::publish(&mut tx, &can, &code, base.number, &new).await {
        Ok(Published::As(number)) => {
            let answer = Answer::to(format!("/offer_types/{code}"));
            let say = match new.valid_from {
                Some(from) => {
                    let from = crate::calendar::moment(from, zone, tx.now());
                    format!("Version {number} of {} published. It counts from {from}.", new.name)
                }
                None => format!("Version {number} of {} published. It counts from now.", new.name),
            };
            Ok(tx.finish(answer.say(say)).await?.into_response())
        }
        Ok(Published::Overtaken) => {
            drop(tx);
            let drawing = overtaken(&app, &can, &base, &form.fields).await?;
            draw(&app, &can, frame, StatusCode::CONFLICT, drawing).await
        }
        Err(Error::Invalid(errors)) => {
            drop(tx);
            draw(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, unprocessed(errors)).await
        }
        Err(error) => Err(error),
    }
}

/// The form again, made from the newest version, with everything that was typed (R6).
async fn overtaken(app: &App, who: &Actor, base: &OfferType, typed: &Fields) -> Result<Drawing> {
    let mut connection = app.db.read().await?;
    // not from memory, which may be of before the other's version
    let newest = store::versions(&mut connection, &base.code).await?;
    let newest = newest.into_iter().next().ok_or(Error::NotFound)?;
    let publication = store::publications(&mut connection, &base.code).await?.into_iter().next();
    let all = app.kept::<store::Catalogue>(&mut connection, who).await?.all(app.now());
    let words = vocabulary(app, &mut connection, who, &all).await?;
    let (was, theirs) = (Fields::of(base, words.zone, words.now), Fields::of(&newest, words.zone, words.now));
    let (form, conflicts) = typed.merge(&was, &theirs);
    let publication = publication.ok_or(Error::NotFound)?;
    let overtaken = Overtaken {
        number: newest.number,
        by: publication.by.unwrap_or_else(|| "Savedesk".to_owned()),
        at: words.moment(publication.at),
        why: publication.why,
        differences: newest.differences(base, &words),
        conflicts,
    };
    Ok(Drawing { of: Some(newest), form, errors: FormErrors::new(), overtaken: Some(overtaken) })
}
