//! How an offer ends: accepted, declined, taken back or run out, once (R11); and what became of one that was accepted.

use super::feasibility::require_feasible;
use super::{lock_both, require_unfrozen, tell, terms_entry};
use crate::audit::{self, Action};
use crate::auth::{Can, MakeOffers};
use crate::cases;
use crate::catalogue::{self, PromiseTemplate};
use crate::db::Tx;
use crate::deadlines::{self, End};
use crate::error::Result;
use crate::follow_ups::{self, Wake};
use crate::ids::{CaseId, OfferId};
use crate::notifications;
use crate::offers::{Offer, Refusal, Stage, reminder, store};
use crate::requests;

/// An accepted offer, and what it makes us owe: the caller makes the promises in the same transaction (R13).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// The offer.
    pub offer: Offer,
    /// What fulfilling it takes.
    pub promises: Vec<PromiseTemplate>,
}

/// The customer accepts. The caller makes the promises that fulfilling it takes, in the same transaction (R13).
///
/// # Errors
/// When it has expired or was answered already (R11).
pub async fn accept(tx: &mut Tx, _: &Can<MakeOffers>, offer: OfferId, seen: i32) -> Result<Answered> {
    let (case, mut offer) = lock_both(tx, offer).await?;
    offer.require_seen(seen)?;
    offer.require_answerable(tx.now())?;
    require_unfrozen(tx, &case).await?;
    let of_type = catalogue::find_version(tx, offer.revision.version).await?;
    let terms = Some((offer.id, offer.revision.number));
    if requests::of_offer(tx, offer.id).await?.iter().any(|one| one.offer == terms && one.answer.is_some()) {
        require_feasible(tx, &offer, &of_type).await?;
    }
    end(tx, &mut offer, Stage::Accepted, None, None, End::Done).await?;
    audit::record(tx, terms_entry(Action::OfferAccepted, &offer)).await?;
    tell(tx, &offer);
    Ok(Answered { offer, promises: of_type.promises })
}

/// The customer declines.
///
/// # Errors
/// When it was not presented, or was answered already (R11).
pub async fn decline(
    tx: &mut Tx,
    _: &Can<MakeOffers>,
    offer: OfferId,
    seen: i32,
    objection: &str,
    why: Option<String>,
) -> Result<Offer> {
    let (case, mut offer) = lock_both(tx, offer).await?;
    offer.require_seen(seen)?;
    match offer.stage {
        Stage::Presented => {}
        stage if stage.is_open() => return Err(Refusal::NotPresented.into()),
        stage => return Err(Refusal::Over(stage).into()),
    }
    end(tx, &mut offer, Stage::Declined, Some(objection), why, End::Done).await?;
    audit::record(tx, terms_entry(Action::OfferDeclined, &offer).fact("objection", objection)).await?;
    cases::settle(tx, case.id).await?;
    tell(tx, &offer);
    Ok(offer)
}

/// Takes an open offer back. A request for its approval is withdrawn by the caller first.
///
/// # Errors
/// When it has ended.
pub async fn withdraw(tx: &mut Tx, _: &Can<MakeOffers>, offer: OfferId, why: &str) -> Result<Offer> {
    let (case, mut offer) = lock_both(tx, offer).await?;
    if !offer.stage.is_open() {
        return Err(Refusal::Over(offer.stage).into());
    }
    take_back(tx, &mut offer, why).await?;
    cases::settle(tx, case.id).await?;
    Ok(offer)
}

/// Consequence of a case that closes: what is still open is taken back. Gives how many.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw_open(tx: &mut Tx, case: CaseId, why: &str) -> Result<usize> {
    cases::lock(tx, case).await?;
    let mut open = store::of_case(tx, case).await?;
    open.retain(|offer| offer.stage.is_open());
    for offer in &mut open {
        take_back(tx, offer, why).await?;
    }
    Ok(open.len())
}

async fn take_back(tx: &mut Tx, offer: &mut Offer, why: &str) -> Result<()> {
    end(tx, offer, Stage::Withdrawn, None, Some(why.to_owned()), End::Cleared).await?;
    audit::record(tx, terms_entry(Action::OfferWithdrawn, offer)).await?;
    tell(tx, offer);
    Ok(())
}

/// The desk's own act: an offer whose time has run out expires. Says whether it did; one that was answered meanwhile does
/// not (R11).
///
/// # Errors
/// When the database refuses.
pub async fn expire(tx: &mut Tx, offer: OfferId) -> Result<bool> {
    let (case, mut offer) = lock_both(tx, offer).await?;
    let over = offer.presented.is_some_and(|shown| shown.open_until <= tx.now());
    if offer.stage != Stage::Presented || !over {
        return Ok(false);
    }
    end(tx, &mut offer, Stage::Expired, None, None, End::Done).await?;
    audit::record(tx, terms_entry(Action::OfferExpired, &offer)).await?;
    cases::settle(tx, case.id).await?;
    tell(tx, &offer);
    Ok(true)
}

/// Consequence of its promises: the offer is fulfilled, or failed.
///
/// # Errors
/// When the database refuses.
pub async fn fulfil(tx: &mut Tx, offer: OfferId, done: bool) -> Result<Offer> {
    let (_, mut offer) = lock_both(tx, offer).await?;
    offer.stage = if done { Stage::Fulfilled } else { Stage::Failed };
    store::save(tx, &mut offer, None).await?;
    let action = if done { Action::OfferFulfilled } else { Action::OfferFailed };
    audit::record(tx, terms_entry(action, &offer)).await?;
    tell(tx, &offer);
    Ok(offer)
}

async fn end(
    tx: &mut Tx,
    offer: &mut Offer,
    stage: Stage,
    objection: Option<&str>,
    why: Option<String>,
    how: End,
) -> Result<()> {
    offer.stage = stage;
    offer.ended_at = Some(tx.now());
    offer.ended_because = why;
    store::save(tx, offer, objection).await?;
    notifications::drop_mails(tx, offer.id, &reminder::over(stage)).await?;
    deadlines::end_for(tx, offer.id.uuid(), deadlines::Kind::Offer, how).await?;
    Box::pin(requests::terms_are_over(tx, offer.id, "The offer has ended.")).await?;
    // accepted, declined, run out or taken back: there is nothing more to wait for
    follow_ups::wake(tx, offer.case, Wake::Answer).await
}
