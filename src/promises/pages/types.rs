//! The types of promises that are made by hand, as managers set them.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{PromiseType, PromiseTypes, save_type, store};
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Can, EditPolicy, Permission, SeePolicy};
use crate::error::{Error, FormErrors, Result};
use crate::ids::PromiseTypeId;
use crate::web::{self, App, Form, Frame, fresh_key};

/// The most characters of a name.
const LONGEST: usize = 60;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/promise_types", get(list).post(add))
        .route("/promise_types/new", get(new))
        .route("/promise_types/{promise_type}", get(show).post(save))
}

/// Something to choose.
struct Choice {
    value: String,
    label: String,
}

struct Row {
    of: PromiseType,
    department: Option<String>,
    needs: String,
}

#[derive(Template)]
#[template(path = "promises/types.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
    may_edit: bool,
}

/// A type as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TypeForm {
    name: String,
    department: String,
    hours: String,
    needs: Vec<String>,
    by_bill: String,
    retired: String,
    version: String,
}

#[derive(Template)]
#[template(path = "promises/type.html")]
struct TypePage {
    frame: Frame,
    /// Where the form goes.
    action: String,
    title: String,
    departments: Vec<Choice>,
    form: TypeForm,
    errors: FormErrors,
    may_edit: bool,
    once: Uuid,
}

impl TypeForm {
    fn of(of: &PromiseType) -> Self {
        let ticked = |on: bool| if on { "on".to_owned() } else { String::new() };
        Self {
            name: of.name.clone(),
            department: of.department.map(|id| id.to_string()).unwrap_or_default(),
            hours: of.hours.to_string(),
            needs: of.needs.iter().map(|(id, _)| id.to_string()).collect(),
            by_bill: ticked(of.by_bill),
            retired: ticked(of.retired),
            version: of.version.to_string(),
        }
    }

    fn parse(&self, id: PromiseTypeId, people: &People) -> Result<PromiseType, FormErrors> {
        let mut errors = FormErrors::new();
        let version = errors.check("", self.version.parse().map_err(|_| "Open the page anew."));
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST {
            errors.add("name", "Name it in up to 60 characters.");
        }
        let hours = self.hours.trim().parse().ok().filter(|hours| (1..=400).contains(hours));
        let hours = errors.check("hours", hours.ok_or("Enter working hours as a whole number, like 16."));
        let find = |id: &String| people.departments().iter().find(|one| one.id.to_string() == *id);
        match (version, hours, errors.is_empty()) {
            (Some(version), Some(hours), true) => Ok(PromiseType {
                id,
                name: name.to_owned(),
                department: find(&self.department).map(|one| one.id),
                needs: self.needs.iter().filter_map(find).map(|one| (one.id, one.name.clone())).collect(),
                hours,
                by_bill: !self.by_bill.is_empty(),
                retired: !self.retired.is_empty(),
                version,
            }),
            _ => Err(errors),
        }
    }
}

fn page<P: Permission>(
    frame: Frame,
    can: &Can<P>,
    people: &People,
    form: TypeForm,
    of: Option<&PromiseType>,
) -> TypePage {
    let departments = people.departments().iter();
    TypePage {
        frame,
        action: of.map_or_else(|| "/promise_types".to_owned(), |of| format!("/promise_types/{}", of.id)),
        title: of.map_or_else(|| "Add promise type".to_owned(), |of| of.name.clone()),
        departments: departments.map(|one| Choice { value: one.id.to_string(), label: one.name.clone() }).collect(),
        form,
        errors: FormErrors::new(),
        may_edit: can.may::<EditPolicy>(),
        once: fresh_key(),
    }
}

async fn find(connection: &mut PgConnection, id: PromiseTypeId) -> Result<PromiseType> {
    store::types(connection, Some(id)).await?.pop().ok_or(Error::NotFound)
}

async fn list(State(app): State<App>, can: Can<SeePolicy>, frame: Frame) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let types = app.kept::<PromiseTypes>(&mut connection, &can).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    drop(connection);
    let name = |of: &PromiseType| people.departments().iter().find(|one| Some(one.id) == of.department);
    let row = |of: &PromiseType| Row {
        department: name(of).map(|one| one.name.clone()),
        needs: of.needs.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "),
        of: of.clone(),
    };
    let rows = types.all().iter().map(row).collect();
    Ok(web::html(&ListPage { frame, rows, may_edit: can.may::<EditPolicy>() })?.into_response())
}

async fn new(State(app): State<App>, can: Can<EditPolicy>, frame: Frame) -> Result<Response> {
    let people = app.kept::<People>(&mut *app.db.read().await?, &can).await?;
    let form = TypeForm { hours: "16".to_owned(), version: "0".to_owned(), ..TypeForm::default() };
    Ok(web::html(&page(frame, &can, &people, form, None))?.into_response())
}

async fn show(
    State(app): State<App>,
    can: Can<SeePolicy>,
    frame: Frame,
    Path(id): Path<PromiseTypeId>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let of = find(&mut connection, id).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    drop(connection);
    Ok(web::html(&page(frame, &can, &people, TypeForm::of(&of), Some(&of)))?.into_response())
}

async fn add(State(app): State<App>, can: Can<EditPolicy>, frame: Frame, form: Form<TypeForm>) -> Result<Response> {
    put(&app, &can, frame, None, form).await
}

async fn save(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(id): Path<PromiseTypeId>,
    form: Form<TypeForm>,
) -> Result<Response> {
    put(&app, &can, frame, Some(id), form).await
}

/// Saves one that is there, or adds one.
async fn put(
    app: &App,
    can: &Can<EditPolicy>,
    frame: Frame,
    id: Option<PromiseTypeId>,
    form: Form<TypeForm>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let was = match id {
        Some(id) => Some(find(&mut connection, id).await?),
        None => None,
    };
    let people = app.kept::<People>(&mut connection, can).await?;
    drop(connection);
    let mut page = page(frame, can, &people, form.fields, was.as_ref());
    let (status, errors) = match page.form.parse(id.unwrap_or_else(PromiseTypeId::new), &people) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(of) => {
            let mut tx = app.begin(can, &form.once).await?;
            match save_type(&mut tx, can, &of).await {
                Ok(true) => {
                    let answer = Answer::to("/promise_types").say(format!("{} saved.", of.name));
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Ok(false) => {
                    // what was typed stays; saved again it takes the place of theirs
                    page.form.version = was.map(|was| was.version.to_string()).unwrap_or_default();
                    let why = "Somebody else changed this type meanwhile. What you typed is below; save again to put it in the place of theirs.";
                    (StatusCode::CONFLICT, FormErrors::of("", why))
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("name", why)),
                Err(error) => return Err(error),
            }
        }
    };
    page.errors = errors;
    Ok((status, web::html(&page)?).into_response())
}
