//! Who complained is found: the complaint, its log and its deadline go to the right customer.

use super::super::{Complaint, Refusal, Stage, store};
use super::review::return_because;
use super::{entry, index, keep_deadline, lock, tell};
use crate::audit::{self, Action};
use crate::auth::{Can, CloseCases, EditEconomics, LogInteractions, WorkCases, WorkComplaints};
use crate::cases::{self, Case, Changes, Closing, Outcome};
use crate::customers::{self, SubjectKind};
use crate::db::Tx;
use crate::deadlines;
use crate::error::{Error, Result};
use crate::follow_ups;
use crate::ids::{ComplaintId, CustomerId};
use crate::interactions;
use crate::money::Money;

/// Links a complaint to the customer who complained. Where they have a live complaint already it is added to that one
/// (R14), and the case it was taken in with ends as its duplicate; else that case is theirs from now on. The account that
/// stood for the unknown one is linked to theirs.
///
/// # Errors
/// When the customer is known already, is to be identified as well, or more rests on the case.
pub async fn link(
    tx: &mut Tx,
    can: &Can<WorkComplaints>,
    complaint: ComplaintId,
    customer: CustomerId,
) -> Result<Complaint> {
    let before = lock(tx, complaint).await?;
    if !before.unknown {
        return Err(Refusal::Linked.into());
    }
    if customer == before.customer {
        return Err(Error::refused("Choose the customer who complained; this is who stands for them until then."));
    }
    let (case, _) = cases::require_movable(tx, before.case).await?;
    // nobody opens a case for them from here on
    let found = customers::lock(tx, customer).await?;
    if !found.identified {
        return Err(Refusal::FoundUnknown(found.name.clone()).into());
    }
    let live = match cases::live_for(tx, customer, case.kind, case.at_stake).await?.filter(|_| case.is_live()) {
        Some(live) => Some(cases::lock(tx, live).await?),
        None => None,
    };
    take_along(tx, &case, live.as_ref(), customer).await?;
    if let Some(live) = &live {
        join(tx, can, &case, live, &before).await?;
        index(tx, live).await?;
    }
    let moves: Can<WorkCases> = can.and()?;
    let case = cases::give_to_customer(tx, &moves, case.id, customer).await?;
    index(tx, &case).await?;
    let value = at_risk(tx, customer).await?;
    if case.is_live() && case.value_at_risk.is_zero() && case.value_at_risk.currency == value.currency {
        let changes = Changes { value_at_risk: Some(value), ..Changes::default() };
        cases::change(tx, &moves, case.id, changes).await?;
    }
    stand_for(tx, can, before.customer, customer).await?;
    let linked = store::find(tx, before.id).await?;
    store::note(tx, &linked, "linked", "").await?;
    audit::record(
        tx,
        entry(Action::ComplaintLinked, &linked).change(
            "customer",
            before.customer.to_string(),
            linked.customer.to_string(),
        ),
    )
    .await?;
    cases::settle(tx, linked.case).await?;
    tell(tx, &before);
    tell(tx, &linked);
    Ok(linked)
}

/// What else came in with the same unknown one is theirs as well. A review in which details of theirs would be signed off
/// for everybody to read is void.
async fn take_along(tx: &mut Tx, case: &Case, live: Option<&Case>, customer: CustomerId) -> Result<()> {
    let all = store::of_case(tx, case.id).await?;
    if all.iter().any(|one| !one.unknown) {
        return Err(Refusal::OtherLinked.into());
    }
    for mut one in all {
        (one.customer, one.unknown) = (customer, false);
        if let Some(live) = live {
            (one.case, one.owner) = (live.id, live.owner);
            keep_deadline(tx, &one).await?;
        }
        store::save(tx, &mut one).await?;
        if matches!(one.stage, Stage::InReview | Stage::Signed) {
            let details = store::details_of(tx, &one).await?;
            if let Some(why) = one.given_away(&details) {
                return_because(tx, one, &why.to_string()).await?;
            }
        }
    }
    Ok(())
}

/// The case it was taken in with ends as a duplicate of the live one, whose log tells what they wrote.
async fn join(tx: &mut Tx, can: &Can<WorkComplaints>, case: &Case, live: &Case, complaint: &Complaint) -> Result<()> {
    let due = deadlines::of_case(tx, case.id).await?;
    if due.iter().any(|deadline| deadline.kind == deadlines::Kind::CancelRequest) {
        return Err(Error::refused(format!(
            "The customer of {} asked to cancel. Finish the cancellation there first, or it would be forgotten.",
            case.code()
        )));
    }
    let logs: Can<LogInteractions> = can.and()?;
    interactions::add_contact(tx, &logs, live.id, interactions::Kind::Letter, case.stated_reason.clone()).await?;
    let reason = case.reason.clone().or_else(|| live.reason.clone());
    let closing = Closing {
        outcome: Outcome::Duplicate,
        reason: Some(reason.unwrap_or_else(|| "other.not_stated".to_owned())),
        note: format!("{} was added to {}.", complaint.title(), live.code()),
        kept: Money::zero(case.value_at_risk.currency),
        duplicate_of: Some(live.id),
    };
    let closes: Can<CloseCases> = can.and()?;
    follow_ups::before_closing(tx, case.id).await?;
    cases::close(tx, &closes, case.id, closing).await.map(drop)
}

/// The account that stood for the unknown one belongs to the one that was found, or to its main account.
async fn stand_for(tx: &mut Tx, can: &Can<WorkComplaints>, stood: CustomerId, found: CustomerId) -> Result<()> {
    let group = customers::linked_accounts(tx, found).await?;
    let main = group.iter().find(|one| one.is_main).map_or(found, |main| main.id);
    let links: Can<EditEconomics> = can.and()?;
    if customers::linked_accounts(tx, stood).await?.is_empty() && main != stood {
        customers::link(tx, &links, stood, main).await?;
    }
    Ok(())
}

/// What is at risk with a complaint: twelve months of all they have.
pub(in super::super) async fn at_risk(tx: &mut Tx, customer: CustomerId) -> Result<Money> {
    let currency = customers::find(tx, customer).await?.currency;
    let subjects = customers::subjects(tx, customer).await?;
    let recurring = subjects.iter().filter(|one| one.kind == SubjectKind::Subscription).map(|one| one.value_at_risk);
    let sum = Money::sum(currency, recurring.filter(|value| value.currency == currency));
    Ok(sum.unwrap_or_else(|_| Money::zero(currency)))
}
