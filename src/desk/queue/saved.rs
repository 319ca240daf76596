//! Views that people save: for themselves, or, where their role may, for everyone.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::filter::Filter;
use super::show::Icons;
use crate::answer::Answer;
use crate::auth::{Actor, Can, SeeCases, ShareViews};
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{UserId, ViewId};
use crate::web::{self, App, Conflict, Form, Frame, Merge, fresh_key};

/// How many views somebody may save.
const MOST: i64 = 40;
/// The most characters of a name: it has to fit over the list.
const LONGEST: usize = 40;

/// A saved view, to be changed.
struct Saved {
    id: ViewId,
    name: String,
    query: String,
    shared: bool,
    version: i64,
}

async fn find(connection: &mut PgConnection, actor: &Actor, view: ViewId) -> Result<Saved> {
    Ok(sqlx::query_as!(
        Saved,
        r#"select id as "id: ViewId", name, query, shared, version from queue_views where id = $1 and owner_id = $2"#,
        view as ViewId,
        actor.id as Option<UserId>,
    )
    .fetch_one(connection)
    .await?)
}

async fn lock(tx: &mut Tx, actor: &Actor, view: ViewId) -> Result<Saved> {
    sqlx::query_scalar!("select version from queue_views where id = $1 for no key update", view as ViewId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, actor, view).await
}

async fn is_taken(connection: &mut PgConnection, actor: &Actor, name: &str, but: Option<ViewId>) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from queue_views where owner_id = $1 and lower(name) = lower($2) and id is distinct from $3
        ) as "taken!"
        "#,
        actor.id as Option<UserId>,
        name,
        but as Option<ViewId>,
    )
    .fetch_one(connection)
    .await?)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ViewForm {
    name: String,
    query: String,
    shared: String,
    version: String,
    was_name: String,
    was_shared: String,
}

impl ViewForm {
    fn of(view: &Saved) -> Self {
        let shared = flag(view.shared).to_owned();
        Self {
            name: view.name.clone(),
            query: view.query.clone(),
            was_name: view.name.clone(),
            was_shared: shared.clone(),
            shared,
            version: view.version.to_string(),
        }
    }

    fn name(&self) -> Result<String, FormErrors> {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        match name.chars().count() {
            0 => Err(FormErrors::of("name", "Enter a name for the view, like “Complaints over 5,000”.")),
            1..=LONGEST => Ok(name),
            _ => Err(FormErrors::of("name", format!("Use at most {LONGEST} characters for the name."))),
        }
    }
}

fn flag(on: bool) -> &'static str {
    if on { "on" } else { "" }
}

const TAKEN: &str = "You have a view of this name already. Choose another name.";

#[derive(Template)]
#[template(path = "desk/queue_view.html")]
struct ViewPage {
    frame: Frame,
    part: ViewPart,
}

#[derive(Template)]
#[template(path = "desk/queue_view_dialog.html")]
struct ViewDialog {
    frame: Icons,
    part: ViewPart,
}

/// The form of a view, as a page or as a dialog.
struct ViewPart {
    once: [Uuid; 2],
    view: Option<ViewId>,
    form: ViewForm,
    errors: FormErrors,
    conflicts: Vec<Conflict>,
    may_share: bool,
    back: String,
}

impl ViewPart {
    fn new(can: &Can<SeeCases>, view: Option<ViewId>, form: ViewForm) -> Self {
        Self {
            once: [fresh_key(), fresh_key()],
            view,
            back: Filter::read(&form.query).href(),
            form,
            errors: FormErrors::new(),
            conflicts: Vec::new(),
            may_share: can.may::<ShareViews>(),
        }
    }

    /// Whether a field is asked about because both changed it.
    fn asks(&self, field: &str) -> bool {
        self.conflicts.iter().any(|conflict| conflict.field == field)
    }

    fn answer(self, frame: Frame, headers: &HeaderMap, status: StatusCode) -> Result<Response> {
        if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
            return Ok((status, web::html(&ViewDialog { frame: Icons::new(), part: self })?).into_response());
        }
        Ok((status, web::html(&ViewPage { frame, part: self })?).into_response())
    }
}

/// The form that saves the filters of an address.
pub(super) async fn new(
    can: Can<SeeCases>,
    frame: Frame,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let query = Filter::read(query.as_deref().unwrap_or_default()).query();
    ViewPart::new(&can, None, ViewForm { query, ..ViewForm::default() }).answer(frame, &headers, StatusCode::OK)
}

/// Saves it.
pub(super) async fn create(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    headers: HeaderMap,
    form: Form<ViewForm>,
) -> Result<Response> {
    let filter = Filter::read(&form.fields.query);
    let again = |errors: FormErrors| {
        let part = ViewPart::new(&can, None, ViewForm { query: filter.query(), ..form.fields.clone() });
        ViewPart { errors, ..part }.answer(frame.clone(), &headers, StatusCode::UNPROCESSABLE_ENTITY)
    };
    let name = match form.fields.name() {
        Ok(name) => name,
        Err(errors) => return again(errors),
    };
    let shared = share(&can, &form.fields.shared)?;
    let mut tx = app.begin(&can, &form.once).await?;
    if is_taken(&mut tx, &can, &name, None).await? {
        return again(FormErrors::of("name", TAKEN));
    }
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from queue_views where owner_id = $1"#,
        can.id as Option<UserId>,
    )
    .fetch_one(&mut *tx)
    .await?;
    if count >= MOST {
        return again(FormErrors::of("name", format!("You have {MOST} views. Delete one first.")));
    }
    let saved = sqlx::query!(
        "
        insert into queue_views (id, owner_id, name, query, shared)
        values ($1, $2, $3, $4, $5)
        on conflict (owner_id, lower(name)) do nothing
        ",
        ViewId::new() as ViewId,
        can.id as Option<UserId>,
        name,
        filter.query(),
        shared,
    )
    .execute(&mut *tx)
    .await?;
    if saved.rows_affected() == 0 {
        return again(FormErrors::of("name", TAKEN));
    }
    Ok(tx.finish(Answer::to(filter.href()).say(format!("View “{name}” saved."))).await?.into_response())
}

/// Sharing needs its permission.
fn share(can: &Can<SeeCases>, shared: &str) -> Result<bool> {
    if shared != "on" {
        return Ok(false);
    }
    can.and::<ShareViews>()?;
    Ok(true)
}

/// The form that renames or deletes a view of one's own.
pub(super) async fn edit(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    headers: HeaderMap,
    Path(view): Path<ViewId>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let saved = find(&mut connection, &can, view).await?;
    drop(connection);
    ViewPart::new(&can, Some(view), ViewForm::of(&saved)).answer(frame, &headers, StatusCode::OK)
}

/// Renames it, shares it or keeps it to oneself (R6).
pub(super) async fn update(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    headers: HeaderMap,
    Path(view): Path<ViewId>,
    form: Form<ViewForm>,
) -> Result<Response> {
    let fields = &form.fields;
    let again = |status, errors: FormErrors, conflicts: Vec<Conflict>, form: ViewForm| {
        let part = ViewPart::new(&can, Some(view), form);
        ViewPart { errors, conflicts, ..part }.answer(frame.clone(), &headers, status)
    };
    let name = match fields.name() {
        Ok(name) => name,
        Err(errors) => return again(StatusCode::UNPROCESSABLE_ENTITY, errors, Vec::new(), fields.clone()),
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let saved = lock(&mut tx, &can, view).await?;
    let mut merge = Merge::new();
    let name = merge.field("name", "Name", &fields.was_name, &saved.name, &name);
    let shared = merge.field("shared", "Shared with everyone", &fields.was_shared, flag(saved.shared), &fields.shared);
    let conflicts = merge.conflicts();
    if !conflicts.is_empty() {
        let newest = ViewForm { name: fields.name.clone(), shared: fields.shared.clone(), ..ViewForm::of(&saved) };
        return again(StatusCode::CONFLICT, FormErrors::new(), conflicts, newest);
    }
    if is_taken(&mut tx, &can, &name, Some(view)).await? {
        return again(StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("name", TAKEN), Vec::new(), fields.clone());
    }
    let shared = if shared == flag(saved.shared) { saved.shared } else { share(&can, &shared)? };
    sqlx::query!(
        "update queue_views set name = $2, shared = $3, version = version + 1 where id = $1",
        view as ViewId,
        name,
        shared,
    )
    .execute(&mut *tx)
    .await?;
    let to = Filter::read(&saved.query).href();
    Ok(tx.finish(Answer::to(to).say(format!("View “{name}” saved."))).await?.into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct RemovalForm {
    #[serde(default)]
    version: String,
}

/// Deletes it.
pub(super) async fn remove(
    State(app): State<App>,
    can: Can<SeeCases>,
    Path(view): Path<ViewId>,
    form: Form<RemovalForm>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let saved = lock(&mut tx, &can, view).await?;
    if form.fields.version != saved.version.to_string() {
        return Err(Error::refused(format!(
            "The view “{}” was changed since you opened it. Look at it again before you delete it.",
            saved.name
        )));
    }
    sqlx::query!("delete from queue_views where id = $1", saved.id as ViewId).execute(&mut *tx).await?;
    Ok(tx.finish(Answer::to("/queue").say(format!("View “{}” deleted.", saved.name))).await?.into_response())
}
