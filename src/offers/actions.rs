//! The verbs of an offer. Each locks the case's row, then the offer's.

mod endings;
mod feasibility;

use super::{Means, Offer, Refusal, Stage, store};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, DecideApprovals, MakeOffers};
use crate::calendar::{Due, moment};
use crate::cases::{self, AtStake, Case};
use crate::catalogue::{self, OfferType, Terms};
use crate::db::Tx;
use crate::deadlines::{self, End, NewDeadline};
use crate::error::{Error, Result};
use crate::ids::{CaseId, OfferId, UserId};
use crate::interactions;
use crate::limits::{self, Verdict};
use crate::notifications;
use crate::requests;
use crate::search;

pub use endings::{Answered, accept, decline, expire, fulfil, withdraw, withdraw_open};
pub use feasibility::ask_feasibility;
use feasibility::require_feasible;

/// An offer in the making.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewOffer {
    /// What it is about.
    pub at_stake: AtStake,
    /// Code of the type.
    pub offer_type: String,
    /// The terms.
    pub terms: NewTerms,
}

/// Terms as somebody sets them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTerms {
    /// The terms.
    pub terms: Terms,
    /// What the plan is changed to, the fee that is waived, the fault that is credited.
    pub what: String,
}

/// Drafts an offer.
///
/// # Errors
/// When the case is closed or takes no save attempt, the type is not open to the customer, or the terms make no offer.
pub async fn make(tx: &mut Tx, can: &Can<MakeOffers>, case: CaseId, new: NewOffer) -> Result<Offer> {
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    interactions::require_attempt(tx, &case).await?;
    let of_type = current(tx, &new.offer_type).await?;
    require_open(tx, &case, new.at_stake, &of_type, None).await?;
    let by = actor(can.id)?;
    let subject = store::subject_of(tx, case.customer, new.at_stake).await?;
    let (id, number) = store::insert(tx, case.id, case.customer, &new, by).await?;
    search::index_offer(tx, id, case.customer, number).await?;
    store::insert_revision(tx, id, 1, of_type.version, &new.terms, by, false, subject.price.currency).await?;
    let offer = store::find(tx, id).await?;
    audit::record(tx, terms_entry(Action::OfferMade, &offer)).await?;
    tell(tx, &offer);
    Ok(offer)
}

/// Changes the terms: a new revision, which voids an approval and is checked again. The old ones are kept.
///
/// # Errors
/// When an approver decides on it, it has ended, or somebody else changed it meanwhile.
pub async fn revise(tx: &mut Tx, can: &Can<MakeOffers>, offer: OfferId, seen: i32, new: NewTerms) -> Result<Offer> {
    let (case, mut offer) = lock_both(tx, offer).await?;
    case.require_live()?;
    offer.require_seen(seen)?;
    offer.require_revisable()?;
    let of_type = current(tx, &offer.offer_type).await?;
    require_open(tx, &case, offer.at_stake, &of_type, Some(offer.id)).await?;
    if offer.stage != Stage::Draft {
        deadlines::end_for(tx, offer.id.uuid(), deadlines::Kind::Offer, End::Cleared).await?;
    }
    let by = actor(can.id)?;
    write_revision(tx, &mut offer, &of_type, &new, by, false).await?;
    let offer = store::find(tx, offer.id).await?;
    audit::record(tx, terms_entry(Action::OfferRevised, &offer)).await?;
    cases::settle(tx, case.id).await?;
    tell(tx, &offer);
    Ok(offer)
}

/// Shows the terms to the customer, by phone or as a written confirmation. The limits of the one who presents it are
/// asked at this moment, or the approval of these very terms (R8, R9); that the type is open to the customer as well.
///
/// # Errors
/// When it is neither within the limit nor approved, or somebody changed the terms meanwhile.
pub async fn present(tx: &mut Tx, can: &Can<MakeOffers>, offer: OfferId, seen: i32, means: Means) -> Result<Offer> {
    let (case, mut offer) = lock_both(tx, offer).await?;
    case.require_live()?;
    interactions::require_attempt(tx, &case).await?;
    offer.require_seen(seen)?;
    offer.require_presentable()?;
    let of_type = catalogue::find_version(tx, offer.revision.version).await?;
    require_unfrozen(tx, &case).await?;
    require_open(tx, &case, offer.at_stake, &of_type, Some(offer.id)).await?;
    require_feasible(tx, &offer, &of_type).await?;
    let by = actor(can.id)?;
    if offer.stage == Stage::Draft {
        require_within(tx, can, &offer, &of_type).await?;
    }
    let (shown, own_limit) = store::insert_presentation(tx, &offer, by, means).await?;
    offer.stage = Stage::Presented;
    offer.presented = Some(shown);
    store::save(tx, &mut offer, None).await?;
    let due = Due { at: shown.open_until, because: format!("it stands for {} days once presented", of_type.open_days) };
    let what = format!("Answer to {}", offer.summary());
    let owner = case.owner.unwrap_or(offer.made_by);
    set_deadline(tx, &offer, owner, what, due).await?;
    audit::record(
        tx,
        terms_entry(Action::OfferPresented, &offer)
            .fact("means", means.name())
            .fact("own_limit", own_limit)
            .fact("open_until", shown.open_until.to_rfc3339()),
    )
    .await?;
    cases::settle(tx, case.id).await?;
    tell(tx, &offer);
    Ok(offer)
}

/// Consequence of a request for approval: the terms are frozen. The caller holds the case's row.
///
/// # Errors
/// When it is no draft, or somebody changed the terms meanwhile.
pub async fn freeze(tx: &mut Tx, offer: OfferId, seen: i32) -> Result<Offer> {
    let mut offer = store::lock(tx, offer).await?;
    offer.require_seen(seen)?;
    match offer.stage {
        Stage::Draft => {}
        Stage::AwaitingApproval => return Err(Refusal::Frozen.into()),
        stage => return Err(Refusal::Over(stage).into()),
    }
    move_to(tx, &mut offer, Stage::AwaitingApproval).await?;
    Ok(offer)
}

/// Consequence of an approval: it is ready to present.
///
/// # Errors
/// When the database refuses.
pub async fn release(tx: &mut Tx, offer: OfferId) -> Result<Offer> {
    let mut offer = store::lock(tx, offer).await?;
    move_to(tx, &mut offer, Stage::Ready).await?;
    Ok(offer)
}

/// Consequence of a declined or withdrawn request for approval: it is a draft again.
///
/// # Errors
/// When the database refuses.
pub async fn thaw(tx: &mut Tx, offer: OfferId) -> Result<Offer> {
    let mut offer = store::lock(tx, offer).await?;
    move_to(tx, &mut offer, Stage::Draft).await?;
    Ok(offer)
}

/// Consequence of an approval with changes: the approver's lower terms are the newest revision, of a draft until the
/// approval releases it.
///
/// # Errors
/// When the terms make no offer.
pub async fn counter(tx: &mut Tx, approver: &Can<DecideApprovals>, offer: OfferId, new: NewTerms) -> Result<Offer> {
    let mut offer = store::lock(tx, offer).await?;
    let of_type = current(tx, &offer.offer_type).await?;
    let by = actor(approver.id)?;
    write_revision(tx, &mut offer, &of_type, &new, by, true).await?;
    let offer = store::find(tx, offer.id).await?;
    audit::record(tx, terms_entry(Action::OfferRevised, &offer).fact("counter", true)).await?;
    tell(tx, &offer);
    Ok(offer)
}

async fn write_revision(
    tx: &mut Tx,
    offer: &mut Offer,
    of_type: &OfferType,
    new: &NewTerms,
    by: UserId,
    counter: bool,
) -> Result<()> {
    notifications::drop_mails(tx, offer.id, "The terms of the offer were changed.").await?;
    let currency = offer.revision.price.currency;
    offer.revision.number += 1;
    offer.stage = Stage::Draft;
    store::save(tx, offer, None).await?;
    Box::pin(requests::terms_are_over(tx, offer.id, "The terms were changed.")).await?;
    store::insert_revision(tx, offer.id, offer.revision.number, of_type.version, new, by, counter, currency).await
}

async fn move_to(tx: &mut Tx, offer: &mut Offer, stage: Stage) -> Result<()> {
    offer.stage = stage;
    store::save(tx, offer, None).await?;
    tell(tx, offer);
    Ok(())
}

async fn set_deadline(tx: &mut Tx, offer: &Offer, owner: UserId, what: String, due: Due) -> Result<()> {
    let new = NewDeadline { kind: deadlines::Kind::Offer, what, due, owner: Some(owner) };
    deadlines::set_for(tx, offer.case, offer.id.uuid(), new).await?;
    Ok(())
}

/// The case's row first, then the offer's.
async fn lock_both(tx: &mut Tx, offer: OfferId) -> Result<(Case, Offer)> {
    let seen = store::find(tx, offer).await?;
    let case = cases::lock(tx, seen.case).await?;
    Ok((case, store::lock(tx, offer).await?))
}

async fn current(tx: &mut Tx, code: &str) -> Result<OfferType> {
    let at = tx.now();
    let types = catalogue::current(tx, at).await?;
    types.into_iter().find(|one| one.code == code).ok_or_else(|| Error::refused("Choose an offer type."))
}

/// Refuses, with every reason in words, what is not open to this customer.
async fn require_open(
    tx: &mut Tx,
    case: &Case,
    at_stake: AtStake,
    of_type: &OfferType,
    offer: Option<OfferId>,
) -> Result<()> {
    let at = tx.now();
    let asker = catalogue::asker(tx, case.customer, at_stake, Some(case.kind), offer, at).await?;
    let names = catalogue::names(tx, at).await?;
    let name = |code: &str| names.get(code).cloned().unwrap_or_else(|| code.to_owned());
    let why: Vec<String> = of_type.closed_to(&asker, at, name).iter().map(ToString::to_string).collect();
    if why.is_empty() {
        Ok(())
    } else {
        Err(Error::refused(format!("{} is not open here. {}", of_type.name, why.join(" "))))
    }
}

/// Says since when nothing is offered to this customer, before the database does.
async fn require_unfrozen(tx: &mut Tx, case: &Case) -> Result<()> {
    let Some(since) = store::frozen_since(tx, case.customer).await? else { return Ok(()) };
    let zone = accounts::zone_of(tx, case.team).await?;
    Err(Refusal::Held(moment(since, zone, tx.now())).into())
}

/// Says what is exceeded before the database does.
async fn require_within(tx: &mut Tx, can: &Can<MakeOffers>, offer: &Offer, of_type: &OfferType) -> Result<()> {
    let at = tx.now();
    match store::check(tx, can, offer, of_type, at).await?.verdict {
        Verdict::Within => Ok(()),
        Verdict::NeedsApproval { by, because } => {
            let who = by.label().to_lowercase();
            Err(Refusal::BeyondLimit(format!("{} Ask a {who} for approval.", limits::sentences(&because))).into())
        }
        Verdict::NotPossible { because } => {
            Err(Refusal::BeyondLimit(format!("{} Nobody may give that.", limits::sentences(&because))).into())
        }
    }
}

fn actor(id: Option<UserId>) -> Result<UserId> {
    id.ok_or(Error::Forbidden)
}

fn terms_entry(action: Action, offer: &Offer) -> Entry {
    Entry::new(action, Subject::Offer(offer.id))
        .of(offer.customer)
        .fact("case", offer.case.to_string())
        .fact("offer_type", offer.offer_type.clone())
        .fact("revision", offer.revision.number)
        .fact("exposure_minor", offer.revision.exposure.minor)
        .fact("currency", offer.revision.exposure.currency.code())
}

fn tell(tx: &mut Tx, offer: &Offer) {
    tx.tell(format!("case:{}", offer.case));
    tx.tell("queue");
    tx.tell("approvals");
}
