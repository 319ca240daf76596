//! Every route there is: the slices' routes with the layers around them, health beside them.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::auth::{Actor, ManageUsers, SeeAudit, SeeCases, SeeCustomers, SeeRequests, SignedIn};
use crate::error::{self, Error, Result};
use crate::web::{self, App, Frame};
use crate::{
    accounts, appointments, approvals, assets, audit, catalogue, chaser, complaints, customers, deadlines, desk,
    economics, files, follow_ups, intake, limits, notifications, problems, processes, promises, recoding, reports,
    requests, search, targets,
};

/// The time the database has to answer for this server to count as ready.
const READY: Duration = Duration::from_secs(1);

/// The whole application.
pub fn router(app: &App) -> Router {
    let slices = Router::new()
        .route("/", get(start))
        .merge(assets::routes())
        .merge(accounts::routes())
        .merge(notifications::routes())
        .merge(files::routes())
        .merge(search::routes())
        .merge(customers::routes())
        .merge(economics::routes())
        .merge(catalogue::routes())
        .merge(limits::routes())
        .merge(follow_ups::routes())
        .merge(requests::routes())
        .merge(appointments::routes())
        .merge(approvals::routes())
        .merge(promises::routes())
        .merge(complaints::routes())
        .merge(processes::routes())
        .merge(intake::routes())
        .merge(problems::routes())
        .merge(recoding::routes())
        .merge(audit::routes())
        .merge(chaser::routes())
        .merge(deadlines::routes())
        .merge(desk::routes())
        .merge(reports::routes())
        .merge(targets::routes())
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(app.clone(), accounts::identify));
    let health = Router::new().route("/health/live", get(live)).route("/health/ready", get(ready));
    web::around(slices, app).merge(web::bare(health, app))
}

/// The first place this person may go to.
async fn start(SignedIn(actor): SignedIn, frame: Frame) -> Result<Response> {
    match home(&actor) {
        Some(place) => Ok(Redirect::to(place).into_response()),
        None => Ok(web::html(&NothingHere { frame })?.into_response()),
    }
}

fn home(actor: &Actor) -> Option<&'static str> {
    [
        (actor.may::<SeeCases>(), "/queue"),
        (actor.may::<SeeCustomers>(), "/customers"),
        (actor.may::<SeeRequests>(), "/requests"),
        (actor.may::<SeeAudit>(), "/audit"),
        (actor.may::<ManageUsers>(), "/users"),
    ]
    .into_iter()
    .find_map(|(allowed, place)| allowed.then_some(place))
}

#[derive(Template)]
#[template(path = "start.html")]
struct NothingHere {
    frame: Frame,
}

/// The process answers. Says nothing of the database, or a database in trouble would have every server restarted.
async fn live() -> &'static str {
    "live\n"
}

/// New requests are welcome: not stopping, and the database answers.
async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let answered = tokio::time::timeout(READY, answers(&app)).await;
    if app.is_ready() && matches!(answered, Ok(Ok(()))) {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

async fn answers(app: &App) -> Result<()> {
    let mut connection = app.db.read().await?;
    sqlx::query!("select 1 as one").fetch_one(&mut *connection).await?;
    Ok(())
}

async fn not_allowed() -> Response {
    error::page(
        StatusCode::METHOD_NOT_ALLOWED,
        "Not done",
        "This address does not take that. Go back and use the page.",
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Role;

    #[test]
    fn everyone_starts_where_their_work_is() {
        let home = |role| home(&Actor { roles: vec![role], ..Actor::desk() });
        assert_eq!(home(Role::Rep), Some("/queue"));
        assert_eq!(home(Role::Admin), Some("/queue"));
        assert_eq!(home(Role::Privacy), Some("/customers"));
        assert_eq!(home(Role::Department), Some("/requests"));
    }
}
