//! The verbs of an appointment. Each locks the case's row, then the appointment's.

mod book;
mod change;
mod watch;

use super::invitation::{self, Guest, Says};
use super::{Appointment, Taking, store};
use crate::accounts;
use crate::audit::{Action, Entry, Subject};
use crate::calendar::{Due, moment};
use crate::cases::{self, Case};
use crate::customers::{self, ConsentChannel, Purpose};
use crate::db::Tx;
use crate::deadlines::{self, NewDeadline};
use crate::error::Result;
use crate::ids::AppointmentId;
use crate::notifications::{self, Notice};

pub use super::round::Party;
pub use book::{NewAppointment, NewTime, book};
pub use change::{cancel, cancel_open, hold, miss, move_to};
pub use watch::{case_given, invitation_dropped_because, tell_who_is_away};

/// The case's row first, then the appointment's.
async fn lock_both(tx: &mut Tx, id: AppointmentId) -> Result<(Case, Appointment)> {
    let seen = store::find(tx, id).await?;
    let case = cases::lock(tx, seen.case).await?;
    Ok((case, store::lock(tx, id).await?))
}

/// It is due when it begins; the host sees to it.
async fn set_deadline(tx: &mut Tx, case: &Case, of: &Appointment, did: &str) -> Result<()> {
    let zone = accounts::zone_of(tx, case.team).await?;
    let because = format!("{did} on {}", moment(tx.now(), zone, tx.now()));
    let new = NewDeadline {
        kind: deadlines::Kind::Appointment,
        what: format!("{}: {}", of.kind.label(), of.what),
        due: Due { at: of.starts_at, because },
        owner: Some(of.host),
    };
    deadlines::set_for(tx, of.case, of.id.uuid(), new).await?;
    Ok(())
}

fn entry(action: Action, of: &Appointment) -> Entry {
    Entry::new(action, Subject::Appointment(of.id))
        .of(of.customer)
        .fact("case", of.case.to_string())
        .fact("starts_at", of.starts_at.to_rfc3339())
        .fact("minutes", of.minutes)
        .fact("host", of.host.to_string())
        .fact("people", of.people.iter().map(|one| one.user.to_string()).collect::<Vec<_>>())
        .fact("sequence", of.sequence)
}

/// Tells open pages of it.
fn tell_pages(tx: &mut Tx, of: &Appointment) {
    tx.tell(format!("case:{}", of.case));
    tx.tell("queue");
    for one in &of.people {
        tx.tell(format!("follow_ups:{}", one.user));
        tx.tell(format!("appointments:{}", one.user));
    }
}

/// What there is to tell those who have an invitation already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum News {
    /// It is at another time.
    Moved,
    /// Others take part.
    Changed,
}

/// Invites everybody who takes part, and the customer where they may be written to. Of `news` those are told who were
/// invited before; the customer, who does not know who else takes part, of another time only. `dropped`: where an
/// invitation was still to go, which is written anew.
async fn invite(tx: &mut Tx, case: &Case, of: &Appointment, news: Option<News>, dropped: &[String]) -> Result<()> {
    let now = tx.now();
    let ours = accounts::zone_of(tx, case.team).await?;
    let invited = notifications::invited(tx, of.id).await?;
    let knows = |address: &str| invited.iter().any(|one| one.address == address.trim());
    let says = |address: &str| match news {
        Some(News::Moved) if knows(address) => Says::Moved,
        Some(News::Changed) if knows(address) => Says::Changed,
        _ => Says::Request,
    };
    let mut mails = ours_of(tx, of, &of.people, says).await?;
    if let Some((address, name)) = customers_address(tx, of).await?
        && (news != Some(News::Changed) || dropped.contains(&address))
    {
        let guest = Guest::Customer(of.customer);
        let says = if knows(&address) { Says::Moved } else { Says::Request };
        mails.push(invitation::mail(of, says, &guest, (&address, &name), ours, now));
    }
    notifications::invite(tx, mails).await
}

/// Takes back the invitations of those of ours who have one, and of the customer wherever they have one, but at an address
/// to which a newer one goes. Whoever was invited may be told that it is off, whatever they allow by now.
async fn uninvite(tx: &mut Tx, case: &Case, of: &Appointment, people: &[Taking], customer: Off<'_>) -> Result<()> {
    let now = tx.now();
    let ours = accounts::zone_of(tx, case.team).await?;
    let invited = notifications::invited(tx, of.id).await?;
    let mut mails = ours_of(tx, of, people, |_| Says::Cancel).await?;
    mails.retain(|(mail, _)| invited.iter().any(|one| one.address == mail.address.trim()));
    let guest = Guest::Customer(of.customer);
    let off = invited.iter().filter(|one| one.customer && customer.is_off_at(&one.address));
    mails.extend(off.map(|one| invitation::mail(of, Says::Cancel, &guest, (&one.address, &one.name), ours, now)));
    notifications::invite(tx, mails).await
}

/// Where a call is off for the customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Off<'a> {
    /// Nowhere.
    Nowhere,
    /// At every address but this one, which hears of the new time.
    But(Option<&'a str>),
}

impl Off<'_> {
    fn is_off_at(self, address: &str) -> bool {
        match self {
            Self::Nowhere => false,
            Self::But(newer) => newer != Some(address),
        }
    }
}

async fn ours_of(
    tx: &mut Tx,
    of: &Appointment,
    people: &[Taking],
    says: impl Fn(&str) -> Says,
) -> Result<Vec<(notifications::NewMail, notifications::Invitation)>> {
    let now = tx.now();
    let users: Vec<_> = people.iter().map(|one| one.user).collect();
    let zones = store::zones(tx, &users).await?;
    let default = accounts::default_calendar().zone;
    let mail = |one: &Taking| {
        let zone = zones.get(&one.user).copied().unwrap_or(default);
        let guest = Guest::Ours(one.user, zone);
        invitation::mail(of, says(&one.email), &guest, (&one.email, &one.name), zone, now)
    };
    Ok(people.iter().map(mail).collect())
}

/// Where the customer is written to about this call: nowhere, when they are not invited, did not allow mails about our
/// service, or have no address.
async fn customers_address(tx: &mut Tx, of: &Appointment) -> Result<Option<(String, String)>> {
    if !of.invites || !customers::consents_to(tx, of.customer, ConsentChannel::Email, Purpose::Service).await? {
        return Ok(None);
    }
    let contacts = customers::contacts(tx, of.customer).await?;
    let Some(contact) = contacts.into_iter().find(|contact| contact.details.email.contains('@')) else {
        return Ok(None);
    };
    let name = if contact.details.name.is_empty() {
        customers::find(tx, of.customer).await?.name.clone()
    } else {
        contact.details.name
    };
    Ok(Some((contact.details.email.trim().to_owned(), name)))
}

/// Tells those of ours who take part, but whoever does it; they are told the number of the case, and no name.
async fn tell_people(tx: &mut Tx, of: &Appointment, people: &[Taking], did: &str) -> Result<()> {
    let me = tx.by();
    let users: Vec<_> = people.iter().map(|one| one.user).collect();
    let zones = store::zones(tx, &users).await?;
    let default = accounts::default_calendar().zone;
    let now = tx.now();
    let notices: Vec<Notice> = people
        .iter()
        .filter(|one| Some(one.user) != me)
        .map(|one| {
            let zone = zones.get(&one.user).copied().unwrap_or(default);
            Notice {
                to: one.user,
                kind: notifications::Kind::Appointment,
                // a department's people do not go to the case
                case: one.department.is_none().then_some(of.case),
                about: format!("{} {did}: {}, {}", of.kind.label(), moment(of.starts_at, zone, now), of.code()),
                urgent: false,
                key: format!("appointment:{}:{did}:{}", of.id, of.sequence),
            }
        })
        .collect();
    notifications::tell(tx, &notices).await.map(drop)
}
