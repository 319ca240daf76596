//! Taking the next case, giving one to somebody, giving many.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::back;
use super::store;
use crate::accounts;
use crate::answer::Answer;
use crate::appointments;
use crate::auth::{Actor, AssignCases, Can};
use crate::cases::{self, Assigned};
use crate::db::{Once, Tx, Via};
use crate::error::{Error, Result};
use crate::follow_ups;
use crate::ids::{CaseId, UserId};
use crate::promises;
use crate::web::{self, App, Form, Frame};

/// How many cases are given at once.
const MOST: usize = 200;
/// How often a row is tried that the database turns away in passing.
const TRIES: u32 = 3;
/// What the answers of single rows say; they are kept, so that the same form again tells the same.
const DONE: &str = "Assigned";
const SAME: &str = "Was theirs already";

#[derive(Debug, Deserialize)]
pub(super) struct NextForm {
    #[serde(default)]
    back: String,
}

/// Takes the most urgent free case.
pub(super) async fn next(State(app): State<App>, can: Can<AssignCases>, form: Form<NextForm>) -> Result<Response> {
    let back = back(&form.fields.back, "/queue");
    let mut tx = app.begin(&can, &form.once).await?;
    let answer = match cases::take_next(&mut tx, &can).await? {
        None => Answer::to(back).say("Nothing is free to take. What is open has an owner or another team."),
        Some(taken) => {
            follow_ups::go_along(&mut tx, taken.case, None, can.id).await?;
            let code = cases::find(&mut tx, taken.case).await?.code();
            Answer::to(format!("/cases/{}", taken.case))
                .say(format!("You now own {code}. {}", taken.why))
                .undo(format!("/cases/{}/assignment", taken.case), undo(None, can.id, &back))
        }
    };
    Ok(tx.finish(answer).await?.into_response())
}

fn undo(was: Option<UserId>, now: Option<UserId>, back: &str) -> [(&'static str, String); 3] {
    let text = |owner: Option<UserId>| owner.map_or_else(|| "none".to_owned(), |id| id.to_string());
    [("owner", text(was)), ("from", text(now)), ("back", back.to_owned())]
}

#[derive(Debug, Deserialize)]
pub(super) struct OneForm {
    /// "me", "none" or nothing, or whose.
    #[serde(default)]
    owner: String,
    /// Whose it was on the page that sent this: "none", whose, or empty when the page does not say.
    #[serde(default)]
    from: String,
    #[serde(default)]
    back: String,
}

/// Gives a case to somebody, or back to the queue.
pub(super) async fn one(
    State(app): State<App>,
    can: Can<AssignCases>,
    Path(case): Path<CaseId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let back = back(&form.fields.back, &format!("/cases/{case}"));
    let mut tx = app.begin(&can, &form.once).await?;
    let to = receiver(&mut tx, &can, &form.fields.owner).await?;
    let was = cases::lock(&mut tx, case).await?;
    refuse_if_moved(&mut tx, &was, &form.fields.from, to.id).await?;
    let code = was.code();
    let answer = match cases::assign(&mut tx, &can, case, to.id).await? {
        Assigned::Same => Answer::to(back).say(format!("{code} {} already.", to.has("was"))),
        Assigned::Moved { from } => {
            follow_ups::go_along(&mut tx, case, from, to.id).await?;
            promises::go_along(&mut tx, case, from, to.id).await?;
            appointments::case_given(&mut tx, case, from, to.id).await?;
            Answer::to(back.clone())
                .say(format!("{code} {} now.", to.has("is")))
                .undo(format!("/cases/{case}/assignment"), undo(was.owner, to.id, &back))
        }
    };
    Ok(tx.finish(answer).await?.into_response())
}

/// Whoever sent a form about somebody's case is told when that is no longer so.
async fn refuse_if_moved(tx: &mut Tx, case: &cases::Case, from: &str, to: Option<UserId>) -> Result<()> {
    let from: Option<UserId> = match from {
        "" => return Ok(()),
        "none" => None,
        id => id.parse().ok(),
    };
    if case.owner == from || case.owner == to {
        return Ok(());
    }
    let who = match case.owner {
        Some(owner) => {
            accounts::names(tx, &[owner]).await?.remove(&owner).unwrap_or_else(|| "Somebody else".to_owned())
        }
        None => {
            return Err(Error::refused(format!(
                "{} was given back to the queue meanwhile. Nothing was changed.",
                case.code()
            )));
        }
    };
    Err(Error::refused(format!("{who} has {} meanwhile. Nothing was changed.", case.code())))
}

/// Who is to have a case.
struct Receiver {
    id: Option<UserId>,
    name: String,
    me: bool,
}

impl Receiver {
    fn has(&self, is: &str) -> String {
        match (self.id, self.me) {
            (None, _) => format!("{is} in the queue, with no owner,"),
            (_, true) => format!("{is} yours"),
            _ => format!("{is} with {}", self.name),
        }
    }
}

async fn receiver(connection: &mut sqlx::PgConnection, actor: &Actor, owner: &str) -> Result<Receiver> {
    if matches!(owner, "none" | "") {
        return Ok(Receiver { id: None, name: "nobody".to_owned(), me: false });
    }
    let id = if owner == "me" { actor.id } else { owner.parse().ok() };
    let found = accounts::colleagues(connection).await?.into_iter().find(|person| Some(person.id) == id);
    let person = found.ok_or_else(|| Error::refused("Choose somebody who works cases. Nothing was changed."))?;
    Ok(Receiver { me: Some(person.id) == actor.id, id: Some(person.id), name: person.name })
}

#[derive(Debug, Deserialize)]
pub(super) struct ManyForm {
    #[serde(default)]
    owner: String,
    #[serde(default)]
    case: Vec<CaseId>,
    #[serde(default)]
    back: String,
}

/// What came of one of many.
struct Outcome {
    id: CaseId,
    code: String,
    customer: String,
    /// The tone of its mark.
    tone: &'static str,
    says: &'static str,
    why: String,
}

#[derive(Template)]
#[template(path = "desk/queue_assigned.html")]
struct AssignedPage {
    frame: Frame,
    to: String,
    done: usize,
    rows: Vec<Outcome>,
    back: String,
}

/// Gives many cases to somebody: each for itself, so that one that cannot be given stops no other.
pub(super) async fn many(
    State(app): State<App>,
    can: Can<AssignCases>,
    frame: Frame,
    form: Form<ManyForm>,
) -> Result<Response> {
    let ManyForm { owner, case: mut chosen, back: to_page } = form.fields;
    let mut seen = std::collections::HashSet::new();
    chosen.retain(|case| seen.insert(*case));
    if chosen.is_empty() {
        return Err(Error::refused("Select the cases to assign, then choose who gets them."));
    }
    if chosen.len() > MOST {
        return Err(Error::refused(format!("Select at most {MOST} cases at a time. Nothing was changed.")));
    }
    let mut connection = app.db.read().await?;
    let to = receiver(&mut connection, &can, &owner).await?;
    let given = store::given(&mut connection, &chosen).await?;
    drop(connection);
    let mut rows = Vec::with_capacity(given.len());
    for case in given {
        let (tone, says, why) = give(&app, &can, &form.once, case.id, to.id).await?;
        rows.push(Outcome {
            id: case.id,
            code: format!("SD-{}", case.number),
            customer: case.customer,
            tone,
            says,
            why,
        });
    }
    let page = AssignedPage {
        frame,
        to: if to.me { "you".to_owned() } else { to.name },
        done: rows.iter().filter(|row| row.says == DONE).count(),
        rows,
        back: back(&to_page, "/queue"),
    };
    Ok(web::html(&page)?.into_response())
}

async fn give(
    app: &App,
    can: &Can<AssignCases>,
    once: &Once,
    case: CaseId,
    to: Option<UserId>,
) -> Result<(&'static str, &'static str, String)> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_to_give(app, can, once, case, to).await {
            Ok(answer) | Err(Error::Done(answer)) => {
                let same = answer.sentence() == Some(SAME);
                return Ok(if same { ("info", SAME, String::new()) } else { ("good", DONE, String::new()) });
            }
            Err(Error::Refused(why)) => return Ok(("bad", "Not assigned", why)),
            Err(Error::NotFound) => return Ok(("bad", "Not assigned", "It is no longer there.".to_owned())),
            Err(error) if error.is_passing() && tries < TRIES => {}
            Err(error) if error.is_passing() => {
                return Ok(("bad", "Not assigned", "Somebody works on it right now. Try again.".to_owned()));
            }
            Err(error) => return Err(error),
        }
    }
}

async fn try_to_give(
    app: &App,
    can: &Can<AssignCases>,
    once: &Once,
    case: CaseId,
    to: Option<UserId>,
) -> Result<Answer> {
    let mut tx = app.db.begin_once(can.origin(Via::Bulk), &once.part(case.uuid())).await?;
    let says = match cases::assign(&mut tx, can, case, to).await? {
        Assigned::Moved { from } => {
            follow_ups::go_along(&mut tx, case, from, to).await?;
            promises::go_along(&mut tx, case, from, to).await?;
            appointments::case_given(&mut tx, case, from, to).await?;
            DONE
        }
        Assigned::Same => SAME,
    };
    tx.finish(Answer::to("/queue").say(says)).await
}
