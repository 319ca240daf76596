//! The verbs of an offer. Each locks the case's row, then the offer's.

use super::{Means, Offer, Refusal, Stage, reminder, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AskDepartments, Can, DecideApprovals, MakeOffers};
use crate::calendar::Due;
use crate::cases::{self, AtStake, Case};
use crate::catalogue::{self, OfferType, PromiseTemplate, Terms};
use crate::db::Tx;
use crate::deadlines::{self, End, NewDeadline};
use crate::error::{Error, Result};
use crate::follow_ups::{self, Wake};
use crate::ids::{CaseId, OfferId, UserId};
use crate::interactions;
use crate::limits::{self, Verdict};
use crate::notifications;
use crate::requests;
use crate::search;

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

/// An accepted offer, and what it makes us owe: the caller makes the promises in the same transaction (R13).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// The offer.
    pub offer: Offer,
    /// What fulfilling it takes.
    pub promises: Vec<PromiseTemplate>,
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

/// The customer accepts. The caller makes the promises that fulfilling it takes, in the same transaction (R13).
///
/// # Errors
/// When it has expired or was answered already (R11).
pub async fn accept(tx: &mut Tx, _: &Can<MakeOffers>, offer: OfferId, seen: i32) -> Result<Answered> {
    let (_, mut offer) = lock_both(tx, offer).await?;
    offer.require_seen(seen)?;
    offer.require_answerable(tx.now())?;
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

/// Asks every department that the type names, and that has neither answered nor been asked about these very terms,
/// whether they can be done (R10).
///
/// # Errors
/// When the offer has ended, somebody changed it meanwhile, or there is nobody left to ask.
pub async fn ask_feasibility(
    tx: &mut Tx,
    can: &Can<MakeOffers>,
    offer: OfferId,
    seen: i32,
    words: &str,
    wanted_on: Option<chrono::NaiveDate>,
) -> Result<Vec<requests::Request>> {
    let (case, offer) = lock_both(tx, offer).await?;
    case.require_live()?;
    offer.require_seen(seen)?;
    if !offer.stage.is_open() {
        return Err(Refusal::Over(offer.stage).into());
    }
    let of_type = catalogue::find_version(tx, offer.revision.version).await?;
    let terms = requests::Terms {
        case: case.id,
        offer: offer.id,
        revision: offer.revision.number,
        words: match offer.revision.what.as_str() {
            "" => offer.summary(),
            what => what.to_owned(),
        },
        name: of_type.name,
        departments: of_type.departments,
    };
    let asked = requests::ask_for_offer(tx, &can.and::<AskDepartments>()?, &terms, words, wanted_on).await?;
    tell(tx, &offer);
    Ok(asked)
}

/// Says who has not said yes before the database does (R10).
async fn require_feasible(tx: &mut Tx, offer: &Offer, of_type: &OfferType) -> Result<()> {
    if of_type.departments.is_empty() {
        return Ok(());
    }
    let at = tx.now();
    let asked = requests::of_offer(tx, offer.id).await?;
    let needs = requests::needs(&of_type.departments, &asked, (offer.id, offer.revision.number), at);
    match requests::unmet(&needs) {
        None => Ok(()),
        Some(why) => Err(Refusal::NotFeasible(why).into()),
    }
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
