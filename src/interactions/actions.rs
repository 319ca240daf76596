//! Logging: what was said, and what follows from it for the case.

use chrono::{DateTime, Utc};

use super::{Direction, Interaction, Kind, Means, Response, store};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, LogInteractions};
use crate::calendar::{Due, moment};
use crate::cases::{self, Case, Stage, WaitingOn};
use crate::customers::{self, Status};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::follow_ups::{self, NewFollowUp, Wake};
use crate::ids::{CaseId, InteractionId, OfferId};
use crate::reasons;

/// What comes next, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextStep {
    /// In words.
    pub what: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A call, e-mail, chat, letter or note to be logged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewInteraction {
    /// Anything but a save attempt.
    pub kind: Kind,
    /// Who began it; none for a note.
    pub direction: Option<Direction>,
    /// What was said.
    pub body: String,
    /// What comes next.
    pub next_step: Option<NextStep>,
}

/// A save attempt to be logged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAttempt {
    /// What the customer answered.
    pub response: Response,
    /// By which means.
    pub means: Means,
    /// Who began it.
    pub direction: Direction,
    /// Code of what stands between the customer and staying; needed unless nobody was reached.
    pub objection: Option<String>,
    /// Codes of what was tried.
    pub levers: Vec<String>,
    /// What was offered, if anything was.
    pub offer: Option<OfferId>,
    /// What was said.
    pub body: String,
    /// What comes next.
    pub next_step: Option<NextStep>,
}

/// Logs a call, e-mail, chat, letter or note. What reaches the customer is a first act; what the customer says makes it
/// our turn again; a note on a closed case is still possible.
///
/// # Errors
/// When the case is closed and this is not a note.
pub async fn log(tx: &mut Tx, _: &Can<LogInteractions>, case: CaseId, new: NewInteraction) -> Result<InteractionId> {
    let case = cases::lock(tx, case).await?;
    if new.kind != Kind::Note || new.next_step.is_some() {
        case.require_live()?;
    }
    let id = store::insert(tx, case.id, case.customer, &new, None).await?;
    audit::record(
        tx,
        Entry::new(Action::InteractionLogged, Subject::Case(case.id))
            .of(case.customer)
            .fact("interaction", id.to_string())
            .fact("kind", new.kind.name())
            .fact("direction", new.direction.map(Direction::name)),
    )
    .await?;
    if new.kind != Kind::Note {
        acted(tx, &case, new.direction).await?;
    }
    if new.direction == Some(Direction::Inbound) {
        follow_ups::wake(tx, case.id, Wake::Reply).await?;
    }
    let by_phone = match new.kind {
        Kind::Note => None,
        kind => Some(kind == Kind::Call),
    };
    follow(tx, &case, id, by_phone, new.next_step).await?;
    tx.tell(format!("case:{}", case.id));
    Ok(id)
}

/// Logs a mail that the desk wrote by itself. It is nobody's act: it makes nobody's turn.
///
/// # Errors
/// When the database refuses.
pub async fn log_own_mail(tx: &mut Tx, case: &Case, body: String) -> Result<InteractionId> {
    let new = NewInteraction { kind: Kind::Email, direction: Some(Direction::Outbound), body, next_step: None };
    let id = store::insert(tx, case.id, case.customer, &new, None).await?;
    let entry = Entry::new(Action::InteractionLogged, Subject::Case(case.id)).of(case.customer);
    audit::record(tx, entry.fact("interaction", id.to_string()).fact("kind", new.kind.name())).await?;
    tx.tell(format!("case:{}", case.id));
    Ok(id)
}

async fn acted(tx: &mut Tx, case: &Case, direction: Option<Direction>) -> Result<()> {
    match direction {
        Some(Direction::Outbound) => cases::first_act(tx, case.id).await.map(drop),
        _ if matches!(case.stage, Stage::Waiting(_)) => cases::resume(tx, case.id).await.map(drop),
        _ => Ok(()),
    }
}

/// What comes next is a follow-up of the case's owner, or of whoever says so. It takes the place of the one before.
async fn follow(
    tx: &mut Tx,
    case: &Case,
    interaction: InteractionId,
    by_phone: Option<bool>,
    next: Option<NextStep>,
) -> Result<()> {
    let Some(next) = next else { return Ok(()) };
    follow_ups::replace_next_step(tx, case, by_phone.is_some()).await?;
    let zone = accounts::zone_of(tx, case.team).await?;
    let due = Due { at: next.at, because: format!("agreed on {}", moment(tx.now(), zone, tx.now())) };
    let kind = follow_ups::Kind::of_words(&next.what, by_phone);
    let new = NewFollowUp::new(case.id, kind, next.what, due);
    let owner = case.owner.or(tx.by());
    follow_ups::make(tx, NewFollowUp { owner, interaction: Some(interaction), ..new }).await?;
    Ok(())
}

/// Logs a save attempt. The case is worked, or waits for the customer who thinks it over, or for the next try.
///
/// # Errors
/// When the case is closed, or is one that takes no save attempt; the sentence says why.
pub async fn log_attempt(
    tx: &mut Tx,
    _: &Can<LogInteractions>,
    case: CaseId,
    new: NewAttempt,
) -> Result<InteractionId> {
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    require_attempt(tx, &case).await?;
    let id = store::insert_attempt(tx, case.id, case.customer, &new, None).await?;
    audit::record(
        tx,
        Entry::new(Action::SaveAttemptLogged, Subject::Case(case.id))
            .of(case.customer)
            .fact("interaction", id.to_string())
            .fact("response", new.response.name())
            .fact("objection", new.objection.clone())
            .fact("levers", new.levers.clone())
            .fact("offer", new.offer.map(|offer| offer.to_string())),
    )
    .await?;
    match new.response {
        Response::Considering => cases::wait_on(tx, case.id, WaitingOn::Customer).await?,
        Response::NoContact if new.next_step.is_some() => cases::wait_on(tx, case.id, WaitingOn::Date).await?,
        _ => cases::first_act(tx, case.id).await?,
    };
    if new.response != Response::NoContact {
        follow_ups::wake(tx, case.id, Wake::Reply).await?;
    }
    follow(tx, &case, id, Some(new.means == Means::Phone), new.next_step).await?;
    tx.tell(format!("case:{}", case.id));
    Ok(id)
}

/// Refuses, with the reason in words, where no attempt to keep the customer is made.
///
/// # Errors
/// When the case is one that takes no save attempt.
pub async fn require_attempt(tx: &mut Tx, case: &Case) -> Result<()> {
    no_attempt_because(tx, case).await?.map_or(Ok(()), |why| Err(Error::refused(why)))
}

/// Why no attempt is made to keep the customer of a case; none when there may be one.
///
/// # Errors
/// When the database cannot be read.
pub async fn no_attempt_because(tx: &mut Tx, case: &Case) -> Result<Option<&'static str>> {
    let tree = reasons::tree(tx).await?;
    let takes = case.reason.as_deref().and_then(|code| tree.find(code)).is_none_or(|reason| reason.takes_save_attempt);
    let gone = customers::find(tx, case.customer).await?.status == Status::Cancelled;
    Ok(case.no_attempt_because(takes, gone))
}

/// Adds a contact to the live case that it repeats, instead of opening a second one (R14).
///
/// # Errors
/// When the case was closed meanwhile.
pub async fn add_contact(
    tx: &mut Tx,
    can: &Can<LogInteractions>,
    case: CaseId,
    kind: Kind,
    words: String,
) -> Result<InteractionId> {
    let body = if words.is_empty() { "The customer came again about the same thing.".to_owned() } else { words };
    log(tx, can, case, NewInteraction { kind, direction: Some(Direction::Inbound), body, next_step: None }).await
}

/// Corrects an entry: a new one that points at it. Everybody may correct; both stay (R3).
///
/// # Errors
/// When the entry was corrected already: then the newest correction is the one to correct.
pub async fn correct(
    tx: &mut Tx,
    _: &Can<LogInteractions>,
    interaction: InteractionId,
    body: String,
) -> Result<(CaseId, InteractionId)> {
    let seen = store::find(tx, interaction).await?;
    let case = cases::lock(tx, seen.case).await?;
    let old = store::find(tx, interaction).await?;
    if old.corrected_by.is_some() {
        return Err(Error::refused("This entry has been corrected already. Correct the newer one."));
    }
    let id = copy_with(tx, &case, &old, body).await?;
    audit::record(
        tx,
        Entry::new(Action::InteractionCorrected, Subject::Case(case.id))
            .of(case.customer)
            .fact("interaction", id.to_string())
            .fact("corrects", old.id.to_string()),
    )
    .await?;
    tx.tell(format!("case:{}", case.id));
    Ok((case.id, id))
}

/// What was coded stays as it was; only the words are corrected.
async fn copy_with(tx: &mut Tx, case: &Case, old: &Interaction, body: String) -> Result<InteractionId> {
    let new = NewInteraction { kind: Kind::Note, direction: None, body, next_step: None };
    store::insert(tx, case.id, case.customer, &new, Some(old.id)).await
}
