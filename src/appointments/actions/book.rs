//! Booking a call.

use chrono::{DateTime, Utc};

use super::super::round::{Party, Round};
use super::super::{Appointment, Kind, Span, Stage, require_ahead, store};
use super::{entry, invite, set_deadline, tell_pages, tell_people};
use crate::audit::{self, Action};
use crate::auth::{Can, WorkCases};
use crate::cases;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AppointmentId, CaseId, UserId};

/// When a call is, and who takes part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTime {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// How long it takes.
    pub minutes: i16,
    /// Who calls.
    pub host: UserId,
    /// Who else takes part.
    pub with: Vec<Party>,
    /// Even if somebody is not free. Nobody hosts two calls at once all the same.
    pub despite: bool,
}

/// A call to be booked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAppointment {
    /// What it is about, in one line.
    pub what: String,
    /// When, and who takes part.
    pub time: NewTime,
    /// The number to call.
    pub phone: String,
    /// Whether the customer is sent an invitation, if they may be written to.
    pub invites: bool,
}

/// Books a call with the customer of a live case. Everybody who takes part is invited.
///
/// # Errors
/// When the case is closed, the time is past, the host has another call then, or somebody else is not free and nobody said
/// that it may be all the same. Of two who book the same people at once one is told.
pub async fn book(tx: &mut Tx, _: &Can<WorkCases>, case: CaseId, new: NewAppointment) -> Result<Appointment> {
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    let time = &new.time;
    require_ahead(time.starts_at, tx.now())?;
    let span = Span::of(time.starts_at, time.minutes);
    let round = Round::load(tx, case.id, (time.host, &time.with), span, None).await?;
    let people = round.choose(span, time.despite)?;
    let of = Appointment {
        id: AppointmentId::new(),
        case: case.id,
        number: case.number,
        customer: case.customer,
        kind: if people.len() > 1 { Kind::Joint } else { Kind::Callback },
        what: new.what,
        starts_at: time.starts_at,
        minutes: time.minutes,
        host: time.host,
        people,
        zone: round.zone(),
        phone: new.phone,
        invites: new.invites,
        sequence: 0,
        stage: Stage::Booked,
        note: None,
        booked_at: tx.now(),
        booked_by: None,
        ended_at: None,
        version: 1,
    };
    store::insert(tx, &of).await?;
    set_deadline(tx, &case, &of, "booked").await?;
    store::note_change(tx, &of, "booked", None).await?;
    audit::record(tx, entry(Action::AppointmentBooked, &of).fact("despite", time.despite)).await?;
    invite(tx, &case, &of, None, &[]).await?;
    tell_people(tx, &of, &of.people, "booked").await?;
    cases::follow_ups_changed(tx, case.id).await?;
    tell_pages(tx, &of);
    Ok(of)
}
