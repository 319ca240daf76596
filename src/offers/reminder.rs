//! Reminding a customer of an offer that waits for their answer: by e-mail, where they allow it, once for each of its
//! revisions. Whether a reminder holds is asked as it is written, and again right before it is sent: hours lie between
//! the two, days where no mail server is set.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Offer, Stage, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::calendar::{day, moment};
use crate::cases::{self, Case};
use crate::customers::{self, ConsentChannel, Purpose};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::OfferId;
use crate::interactions;
use crate::notifications::{self, NewMail, To};

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reminded {
    /// A mail is in the outbox. The case's log has it once it is sent.
    Queued,
    /// They were reminded of these terms before.
    Before,
    /// Nothing waits for their answer any more.
    NotPending,
    /// No attempt is made to keep them, and why.
    NoAttempt(&'static str),
    /// They did not allow e-mails about offers.
    NoConsent,
    /// Nobody to reach there has an e-mail address.
    NoAddress,
}

/// Reminds the customer of a pending offer, as the desk's own act: the mail is queued.
///
/// # Errors
/// When the database refuses.
pub async fn remind_customer_of_offer(tx: &mut Tx, offer: OfferId) -> Result<Reminded> {
    let seen = store::find(tx, offer).await?;
    let case = cases::lock(tx, seen.case).await?;
    let offer = store::lock(tx, offer).await?;
    let now = tx.now();
    let Some(shown) = offer.presented.filter(|shown| offer.stage == Stage::Presented && now < shown.open_until) else {
        return Ok(Reminded::NotPending);
    };
    if let Some(barred) = barred(tx, &case, &offer).await? {
        return Ok(barred);
    }
    let contacts = customers::contacts(tx, offer.customer).await?;
    let Some(contact) = contacts.into_iter().find(|contact| contact.details.email.contains('@')) else {
        return Ok(Reminded::NoAddress);
    };
    let customer = customers::find(tx, offer.customer).await?;
    let name = if contact.details.name.is_empty() { customer.name.clone() } else { contact.details.name };
    let body = words(&offer, &name, &case.code(), shown.at, shown.open_until, customer.time_zone, now);
    let mail = NewMail {
        key: format!("offer-reminder:{}:{}", offer.id, offer.revision.number),
        to: To::Customer(offer.customer),
        address: contact.details.email,
        name,
        case: Some(case.id),
        subject: format!("Our offer to you, open until {}", day(shown.open_until, customer.time_zone, now)),
        body,
        terms: Some((offer.id, offer.revision.number)),
        not_before: None,
    };
    if !notifications::queue(tx, mail).await? {
        return Ok(Reminded::Before);
    }
    let entry = Entry::new(Action::OfferReminded, Subject::Offer(offer.id))
        .of(offer.customer)
        .fact("case", case.id.to_string())
        .fact("revision", offer.revision.number);
    audit::record(tx, entry).await?;
    tx.tell("outbox");
    Ok(Reminded::Queued)
}

/// Why these terms are no reason to write to the customer at this address any more, in words for the outbox; none while
/// they are.
///
/// # Errors
/// When the database cannot be read.
pub async fn reminder_dropped_because(
    tx: &mut Tx,
    (offer, revision): (OfferId, i32),
    address: &str,
) -> Result<Option<String>> {
    let offer = store::find(tx, offer).await?;
    let case = cases::find(tx, offer.case).await?;
    let now = tx.now();
    if offer.revision.number != revision {
        return Ok(Some("The terms of the offer were changed.".to_owned()));
    }
    if offer.stage != Stage::Presented {
        return Ok(Some(over(offer.stage)));
    }
    if offer.presented.is_none_or(|shown| shown.open_until <= now) {
        return Ok(Some(over(Stage::Expired)));
    }
    Ok(match barred(tx, &case, &offer).await? {
        Some(Reminded::NoAttempt(why)) => Some(why.to_owned()),
        Some(_) => Some("The customer does not allow e-mails about offers any more.".to_owned()),
        None => {
            let contacts = customers::contacts(tx, offer.customer).await?;
            let theirs = contacts.iter().any(|contact| contact.details.email.trim() == address);
            (!theirs).then(|| "The customer is not reached at this address any more.".to_owned())
        }
    })
}

/// Why a reminder of an offer in this stage does not hold any more.
pub(super) fn over(stage: Stage) -> String {
    match stage {
        Stage::Draft | Stage::AwaitingApproval | Stage::Ready => "The offer is not with the customer.".to_owned(),
        Stage::Fulfilled | Stage::Failed => over(Stage::Accepted),
        _ => format!("The offer is {}: it waits for no answer any more.", stage.label().to_lowercase()),
    }
}

/// What forbids to write to the customer about a pending offer.
async fn barred(tx: &mut Tx, case: &Case, offer: &Offer) -> Result<Option<Reminded>> {
    if let Some(why) = interactions::no_attempt_because(tx, case).await? {
        return Ok(Some(Reminded::NoAttempt(why)));
    }
    if store::frozen_since(tx, offer.customer).await?.is_some() {
        return Ok(Some(Reminded::NoAttempt("Offers to this customer are held.")));
    }
    let allowed = customers::consents_to(tx, offer.customer, ConsentChannel::Email, Purpose::Offers).await?;
    Ok((!allowed).then_some(Reminded::NoConsent))
}

/// The price now, until when, the price after, until when the offer stands, and how to say no.
fn words(
    offer: &Offer,
    name: &str,
    code: &str,
    shown_at: DateTime<Utc>,
    open_until: DateTime<Utc>,
    zone: Tz,
    now: DateTime<Utc>,
) -> String {
    format!(
        "Hello {name},\n\n\
         on {made} we made you this offer, and have no answer yet: {summary}.\n\n\
         {terms}\n\n\
         The offer stands until {until} ({zone}).\n\n\
         To accept it, answer this mail or call us.\n\
         To say no, answer “No, thank you”. We will not write to you about this offer again.\n\
         If you do not want e-mails about offers at all, answer “No e-mails about offers”.\n\n\
         Our reference: {code}\n",
        made = day(shown_at, zone, now),
        summary = offer.summary(),
        terms = offer.confirmation(shown_at),
        until = moment(open_until, zone, now),
        zone = zone.name().replace('_', " "),
    )
}
