//! Mails with an invitation to a booked call: written, and dropped once the call was moved or is off.

use super::super::store::{invitations, mails};
use super::super::{NewMail, cut};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::AppointmentId;

/// What goes with a mail to be put into a calendar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// To what.
    pub to: AppointmentId,
    /// Which of its invitations, the newest being the highest.
    pub sequence: i32,
    /// The calendar file (RFC 5545), with its method. Where it says [`DESK`](super::super::DESK) and
    /// [`ORGANIZER`](super::super::ORGANIZER), the addresses of the desk will stand.
    pub calendar: String,
}

/// Writes mails with an invitation each into the outbox, in the transaction of their cause; of each key there is one. The
/// caller notes the cause in the audit log.
///
/// # Errors
/// When the database refuses.
pub async fn invite(tx: &mut Tx, all: Vec<(NewMail, Invitation)>) -> Result<()> {
    let (new, with): (Vec<NewMail>, Vec<Invitation>) = all.into_iter().unzip();
    if mails::insert(tx, &new).await? > 0 {
        invitations::put_with(tx, &new, &with).await?;
        tx.tell("outbox");
    }
    Ok(())
}

/// Drops what is still to be sent about a booked call, with the reason; gives where it was to go. The caller notes the
/// cause.
///
/// # Errors
/// When the database refuses.
pub async fn drop_invitations(tx: &mut Tx, to: AppointmentId, why: &str) -> Result<Vec<String>> {
    let dropped = invitations::drop_to(tx, to, &cut(why, 1000)).await?;
    if !dropped.is_empty() {
        tx.tell("outbox");
    }
    Ok(dropped)
}

/// Somebody who may have an invitation to a booked call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invited {
    /// Where it went.
    pub address: String,
    /// How they were addressed.
    pub name: String,
    /// Whether that was the customer.
    pub customer: bool,
}

/// Who may have an invitation to a booked call: a mail to them was sent, or was under way, and none took it back.
///
/// # Errors
/// When the database cannot be read.
pub async fn invited(tx: &mut Tx, to: AppointmentId) -> Result<Vec<Invited>> {
    invitations::invited(tx, to).await
}
