//! Changing what is known of a case. Two people who change different fields both win; where both changed the same one,
//! the page shows theirs and yours and asks (R6).

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::close::sign;
use super::facts::Facts;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, WorkCases};
use crate::cases::{self, AtStake, Case, Changes, Priority};
use crate::customers;
use crate::db::together;
use crate::desk::Choice;
use crate::error::{Error, FormErrors, Result};
use crate::ids::CaseId;
use crate::money::{Currency, Money};
use crate::processes;
use crate::reasons::{Reasons, Tree};
use crate::web::{self, App, Conflict, Form, Frame, Merge, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/cases/{case}/edit", get(edit).post(save))
}

/// The fields as typed, each with what it was when the form was shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct EditForm {
    reason: String,
    was_reason: String,
    priority: String,
    was_priority: String,
    value_at_risk: String,
    was_value_at_risk: String,
    leaves_on: String,
    was_leaves_on: String,
    at_stake: String,
    was_at_stake: String,
    just_cancel: String,
    was_just_cancel: String,
    /// Why “just cancel” is taken back.
    because: String,
}

/// The fields as a case has them, as texts.
fn texts(case: &Case) -> EditForm {
    let form = EditForm {
        reason: case.reason.clone().unwrap_or_default(),
        priority: case.priority.level().to_string(),
        value_at_risk: case.value_at_risk.plain(),
        leaves_on: case.leaves_on.map(|day| day.to_string()).unwrap_or_default(),
        at_stake: case.at_stake.to_string(),
        just_cancel: if case.just_cancel { "on" } else { "" }.to_owned(),
        ..EditForm::default()
    };
    EditForm {
        was_reason: form.reason.clone(),
        was_priority: form.priority.clone(),
        was_value_at_risk: form.value_at_risk.clone(),
        was_leaves_on: form.leaves_on.clone(),
        was_at_stake: form.at_stake.clone(),
        was_just_cancel: form.just_cancel.clone(),
        ..form
    }
}

/// The form with its choices.
struct Editing {
    facts: Facts,
    tree: Tree,
    subjects: Vec<Choice>,
    priorities: Vec<Choice>,
    form: EditForm,
    errors: FormErrors,
    once: Uuid,
}

impl Editing {
    fn sign(&self) -> String {
        sign(self.facts.case.value_at_risk)
    }

    fn just_cancel(&self) -> bool {
        !self.form.just_cancel.is_empty()
    }
}

#[derive(Template)]
#[template(path = "desk/case_edit.html")]
struct EditPage {
    frame: Frame,
    view: Editing,
}

/// A field that both changed, with every value in words.
struct Clash {
    field: String,
    label: String,
    base: String,
    theirs: String,
    theirs_value: String,
    yours: String,
    yours_value: String,
}

#[derive(Template)]
#[template(path = "desk/case_conflict.html")]
struct ConflictPage {
    frame: Frame,
    facts: Facts,
    /// Who saved it meanwhile.
    by: String,
    clashes: Vec<Clash>,
    /// Everything that goes along unasked: field, value to save, value it has now.
    kept: Vec<(&'static str, String, String)>,
    now: Vec<(String, String)>,
    once: Uuid,
}

async fn load(app: &App, can: &Can<WorkCases>, case: CaseId) -> Result<Editing> {
    let entry = Entry::new(Action::CaseViewed, Subject::Case(case));
    audit::while_reading(audit::view_again(&app.db, can, entry), Box::pin(read(app, can, case))).await
}

async fn read(app: &App, can: &Can<WorkCases>, case: CaseId) -> Result<Editing> {
    let mut connection = app.db.read().await?;
    let facts = Facts::load(app, &mut connection, can, case, app.now()).await?;
    let tree = app.kept::<Reasons>(&mut connection, can).await?.tree.clone();
    let (subscriptions, orders) = together(&mut connection, customers::subjects_part(facts.case.customer)).await?;
    let subjects = customers::subjects_of(subscriptions, orders, !facts.masked());
    let mut subjects: Vec<Choice> =
        subjects.into_iter().map(|subject| Choice::new(subject.value(), subject.label)).collect();
    let current = facts.case.at_stake.to_string();
    if !current.is_empty() && subjects.iter().all(|choice| choice.value != current) {
        subjects.insert(0, Choice::new(current, facts.subject()));
    }
    Ok(Editing {
        form: texts(&facts.case),
        facts,
        tree,
        subjects,
        priorities: Priority::ALL.iter().map(|one| Choice::new(one.level().to_string(), one.label())).collect(),
        errors: FormErrors::new(),
        once: fresh_key(),
    })
}

async fn edit(State(app): State<App>, can: Can<WorkCases>, frame: Frame, Path(case): Path<CaseId>) -> Result<Response> {
    let view = load(&app, &can, case).await?;
    view.facts.case.require_live()?;
    Ok(web::html(&EditPage { frame, view })?.into_response())
}

/// The values as they are stored, so that `9,480` and `9480.00` are the same.
fn tidy(form: &EditForm, known: &Editing) -> Result<EditForm, FormErrors> {
    let mut errors = FormErrors::new();
    let mut tidy = form.clone();
    if !form.reason.is_empty() && known.tree.find(&form.reason).is_none() && form.reason != form.was_reason {
        errors.add("reason", "Choose the reason from the list.");
    }
    if form.reason.is_empty() && !form.was_reason.is_empty() {
        errors.add("reason", "Choose the coded reason. A reason that was chosen once can be changed, not taken away.");
    }
    if form.priority.parse().ok().and_then(Priority::new).is_none() {
        errors.add("priority", "Choose the priority.");
    }
    let currency = known.facts.case.value_at_risk.currency;
    match read_value(&form.value_at_risk, currency) {
        Ok(value) => tidy.value_at_risk = value.plain(),
        Err(sentence) => errors.add("value_at_risk", sentence),
    }
    match read_day(&form.leaves_on) {
        Ok(day) => tidy.leaves_on = day.map(|day| day.to_string()).unwrap_or_default(),
        Err(sentence) => errors.add("leaves_on", sentence),
    }
    if !form.was_just_cancel.is_empty() && form.just_cancel.is_empty() {
        form.because.trim().clone_into(&mut tidy.because);
        if !(1..=500).contains(&tidy.because.chars().count()) {
            errors.add("because", cases::Refusal::WhyNotCancel.to_string());
        }
    }
    let is_known = known.subjects.iter().any(|choice| choice.value == form.at_stake);
    if !(form.at_stake.is_empty() || is_known) || AtStake::from_text(&form.at_stake).is_none() {
        errors.add("at_stake", "Choose what is at stake from the list.");
    }
    if errors.is_empty() { Ok(tidy) } else { Err(errors) }
}

/// Reads a value at risk.
pub(in crate::desk) fn read_value(text: &str, currency: Currency) -> Result<Money, String> {
    let value = Money::parse(text, currency).map_err(|error| error.sentence("the value at risk"))?;
    if value.is_negative() { Err("The value at risk cannot be less than 0.".to_owned()) } else { Ok(value) }
}

/// Reads the day of a date field; nothing typed is no day.
pub(in crate::desk) fn read_day(text: &str) -> Result<Option<NaiveDate>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<NaiveDate>() {
        Ok(day) if (2000..=2200).contains(&chrono::Datelike::year(&day)) => Ok(Some(day)),
        _ => Err("Enter the day they leave as a date, like 2026-12-31."),
    }
}

/// Yours and theirs brought together, field by field.
fn merge(yours: &EditForm, theirs: &EditForm) -> (EditForm, Vec<Conflict>) {
    let mut merge = Merge::new();
    let mut field =
        |name: &str, label: &str, base: &str, theirs: &str, yours: &str| merge.field(name, label, base, theirs, yours);
    let merged = EditForm {
        reason: field("reason", "Coded reason", &yours.was_reason, &theirs.reason, &yours.reason),
        priority: field("priority", "Priority", &yours.was_priority, &theirs.priority, &yours.priority),
        value_at_risk: field(
            "value_at_risk",
            "Value at risk",
            &yours.was_value_at_risk,
            &theirs.value_at_risk,
            &yours.value_at_risk,
        ),
        leaves_on: field("leaves_on", "Leaves on", &yours.was_leaves_on, &theirs.leaves_on, &yours.leaves_on),
        at_stake: field("at_stake", "At stake", &yours.was_at_stake, &theirs.at_stake, &yours.at_stake),
        just_cancel: field(
            "just_cancel",
            "“Just cancel”",
            &yours.was_just_cancel,
            &theirs.just_cancel,
            &yours.just_cancel,
        ),
        because: yours.because.clone(),
        ..theirs.clone()
    };
    (merged, merge.conflicts())
}

fn changes(merged: &EditForm, case: &Case) -> Changes {
    Changes {
        reason: Some(merged.reason.clone()).filter(|reason| !reason.is_empty()),
        priority: merged.priority.parse().ok().and_then(Priority::new),
        value_at_risk: Money::parse(&merged.value_at_risk, case.value_at_risk.currency).ok(),
        leaves_on: read_day(&merged.leaves_on).ok(),
        at_stake: AtStake::from_text(&merged.at_stake),
        just_cancel: Some(!merged.just_cancel.is_empty()),
        because: Some(merged.because.clone()).filter(|because| !because.is_empty()),
    }
}

async fn save(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<EditForm>,
) -> Result<Response> {
    let mut view = load(&app, &can, case).await?;
    let (status, errors) = match tidy(&form.fields, &view) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(yours) => {
            let mut tx = app.begin(&can, &form.once).await?;
            // the customer first, as where cases are opened, or the two would wait for each other
            customers::lock(&mut tx, view.facts.case.customer).await?;
            let theirs = cases::lock(&mut tx, case).await?;
            let (merged, conflicts) = merge(&yours, &texts(&theirs));
            if !conflicts.is_empty() {
                drop(tx);
                let view = load(&app, &can, case).await?;
                let like = Entry::new(Action::CaseChanged, Subject::Case(case));
                let fields = conflicts.iter().map(|conflict| match conflict.field.as_str() {
                    "value_at_risk" => "value_at_risk_minor",
                    field => field,
                });
                let by = audit::last_by(&mut *app.db.read().await?, &can, &like, fields).await?;
                return conflict(frame, view, by, &merged, &conflicts);
            }
            match apply(&mut tx, &can, &theirs, &merged).await {
                Ok(()) => {
                    let answer = Answer::to(format!("/cases/{case}")).say("Case saved.");
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    view.form = form.fields;
    view.errors = errors;
    Ok((status, web::html(&EditPage { frame, view })?).into_response())
}

async fn apply(tx: &mut crate::db::Tx, can: &Can<WorkCases>, theirs: &Case, merged: &EditForm) -> Result<()> {
    let changes = changes(merged, theirs);
    if let Some(at_stake) = changes.at_stake.filter(|at_stake| *at_stake != theirs.at_stake)
        && let Some(other) = cases::live_for(tx, theirs.customer, theirs.kind, at_stake).await?
        && other != theirs.id
    {
        let other = cases::find(tx, other).await?;
        return Err(Error::refused(format!("{} is open for that already. Work that one.", other.code())));
    }
    let says_cancel = changes.just_cancel == Some(true) && !theirs.just_cancel;
    cases::change(tx, can, theirs.id, changes).await?;
    if says_cancel {
        processes::just_cancel(tx, can, theirs.id).await?;
    }
    Ok(())
}

fn conflict(frame: Frame, view: Editing, by: String, merged: &EditForm, conflicts: &[Conflict]) -> Result<Response> {
    let now = texts(&view.facts.case);
    let clashes = conflicts
        .iter()
        .map(|conflict| Clash {
            field: conflict.field.clone(),
            label: conflict.label.clone(),
            base: shown(&view, &conflict.field, &conflict.base),
            theirs: shown(&view, &conflict.field, &conflict.theirs),
            theirs_value: conflict.theirs.clone(),
            yours: shown(&view, &conflict.field, &conflict.yours),
            yours_value: conflict.yours.clone(),
        })
        .collect();
    let fields = |form: &EditForm| {
        [
            ("reason", form.reason.clone()),
            ("priority", form.priority.clone()),
            ("value_at_risk", form.value_at_risk.clone()),
            ("leaves_on", form.leaves_on.clone()),
            ("at_stake", form.at_stake.clone()),
            ("just_cancel", form.just_cancel.clone()),
        ]
    };
    let clashes_on = |name: &str| conflicts.iter().any(|conflict| conflict.field == name);
    let kept = fields(merged)
        .into_iter()
        .zip(fields(&now))
        .filter(|((name, _), _)| !clashes_on(name))
        .map(|((name, value), (_, now))| (name, value, now))
        .chain([("because", merged.because.clone(), String::new())])
        .collect();
    let now = fields(&now).into_iter().map(|(name, value)| (format!("was_{name}"), value)).collect();
    let page = ConflictPage { frame, facts: view.facts, by, clashes, kept, now, once: fresh_key() };
    Ok((StatusCode::CONFLICT, web::html(&page)?).into_response())
}

/// A field's value in words.
fn shown(view: &Editing, field: &str, value: &str) -> String {
    let named =
        |choices: &[Choice]| choices.iter().find(|choice| choice.value == value).map(|choice| choice.label.clone());
    match field {
        "reason" if value.is_empty() => "None".to_owned(),
        "reason" => view.tree.path(value),
        "priority" => named(&view.priorities).unwrap_or_else(|| value.to_owned()),
        "value_at_risk" => Money::parse(value, view.facts.case.value_at_risk.currency)
            .map_or_else(|_| value.to_owned(), |value| value.to_string()),
        "leaves_on" => value.parse().map_or_else(|_| "No day named".to_owned(), |day| view.facts.date(&day)),
        "at_stake" if value.is_empty() => "The whole relation".to_owned(),
        "at_stake" => named(&view.subjects).unwrap_or_else(|| value.to_owned()),
        _ if value.is_empty() => "No".to_owned(),
        _ => "Yes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(reason: &str, priority: &str) -> EditForm {
        EditForm { reason: reason.into(), priority: priority.into(), ..EditForm::default() }
    }

    #[test]
    fn r6_different_fields_of_a_case_both_win() {
        let yours = EditForm { was_reason: "price".into(), was_priority: "2".into(), ..form("value", "2") };
        let (merged, conflicts) = merge(&yours, &form("price", "4"));
        assert!(conflicts.is_empty());
        assert_eq!((merged.reason.as_str(), merged.priority.as_str()), ("value", "4"));
    }

    #[test]
    fn r6_the_same_field_of_a_case_is_asked_about() {
        let yours = EditForm { was_reason: "price".into(), was_priority: "2".into(), ..form("value", "2") };
        let (_, conflicts) = merge(&yours, &form("quality", "2"));
        assert_eq!(conflicts.len(), 1);
        assert_eq!((conflicts[0].theirs.as_str(), conflicts[0].yours.as_str()), ("quality", "value"));
    }

    #[test]
    fn a_day_is_a_date_or_nothing() {
        assert_eq!(read_day(" "), Ok(None));
        assert!(read_day("2026-12-31").is_ok_and(|day| day.is_some()));
        assert!(read_day("31.12.2026").is_err() && read_day("0026-12-31").is_err());
    }
}
