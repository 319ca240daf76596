//! What becomes of a booked call: moved, held, missed, cancelled.

use super::super::round::Round;
use super::super::{Appointment, Span, Stage, Taking, require_ahead, store};
use super::{
    NewTime, News, Off, customers_address, entry, invite, lock_both, set_deadline, tell_pages, tell_people, uninvite,
};
use crate::audit::{self, Action};
use crate::auth::{Can, LogInteractions, WorkCases};
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::deadlines::{self, End};
use crate::error::Result;
use crate::ids::{AppointmentId, CaseId};
use crate::interactions::{self, Direction, NewInteraction};
use crate::notifications;

/// It is at another time, or with other people; `seen` is the version that was on screen. Everybody is told by the same
/// invitation in a newer form, the customer of another time only, and whoever takes part no more that it is off for them.
///
/// # Errors
/// When it ended, changed meanwhile, or somebody is not free and nobody said that it may be all the same.
pub async fn move_to(
    tx: &mut Tx,
    _: &Can<WorkCases>,
    id: AppointmentId,
    time: &NewTime,
    seen: i64,
    why: Option<&str>,
) -> Result<Appointment> {
    let (case, was) = lock_both(tx, id).await?;
    require_ahead(time.starts_at, tx.now())?;
    let span = Span::of(time.starts_at, time.minutes);
    let round = Round::load(tx, case.id, (time.host, &time.with), span, Some(id)).await?;
    let people = round.choose(span, time.despite)?;
    change_time(tx, &case, was, (time, people), seen, why).await
}

/// The same once it is known who takes part.
pub(super) async fn change_time(
    tx: &mut Tx,
    case: &Case,
    was: Appointment,
    (time, people): (&NewTime, Vec<Taking>),
    seen: i64,
    why: Option<&str>,
) -> Result<Appointment> {
    let mut of = was.clone().move_to(time.starts_at, time.minutes, people, seen)?;
    let news = if (was.starts_at, was.minutes) == (of.starts_at, of.minutes) { News::Changed } else { News::Moved };
    let dropped = notifications::drop_invitations(tx, of.id, "The call was moved.").await?;
    store::save(tx, &mut of, true).await?;
    set_deadline(tx, case, &of, "moved").await?;
    store::note_change(tx, &of, "moved", why).await?;
    let moved = entry(Action::AppointmentMoved, &of)
        .change("starts_at", was.starts_at.to_rfc3339(), of.starts_at.to_rfc3339())
        .change("host", was.host.to_string(), of.host.to_string());
    audit::record(tx, moved).await?;
    let gone: Vec<Taking> =
        was.people.iter().filter(|one| of.people.iter().all(|other| other.user != one.user)).cloned().collect();
    let newer = customers_address(tx, &of).await?;
    let newer = newer.as_ref().map(|(address, _)| address.as_str());
    let off = if news == News::Moved { Off::But(newer) } else { Off::Nowhere };
    uninvite(tx, case, &of, &gone, off).await?;
    tell_people(tx, &of, &gone, "without you").await?;
    invite(tx, case, &of, Some(news), &dropped).await?;
    let did = if news == News::Moved { "moved" } else { "changed" };
    tell_people(tx, &of, &of.people, did).await?;
    cases::follow_ups_changed(tx, case.id).await?;
    tell_pages(tx, &was);
    tell_pages(tx, &of);
    Ok(of)
}

/// It was held; the log of the case has the call.
///
/// # Errors
/// When it ended already, or has not begun.
pub async fn hold(tx: &mut Tx, can: &Can<WorkCases>, id: AppointmentId, note: Option<String>) -> Result<Appointment> {
    let logs = can.and::<LogInteractions>()?;
    let body = note.clone();
    let of = end(tx, id, Stage::Held, note).await?;
    let body = body.map_or_else(|| of.what.clone(), |said| format!("{}. {said}", of.what.trim_end_matches('.')));
    let call =
        NewInteraction { kind: interactions::Kind::Call, direction: Some(Direction::Outbound), body, next_step: None };
    interactions::log(tx, &logs, of.case, call).await?;
    Ok(of)
}

/// It did not come about.
///
/// # Errors
/// When it ended already, or has not begun.
pub async fn miss(tx: &mut Tx, _: &Can<WorkCases>, id: AppointmentId, note: Option<String>) -> Result<Appointment> {
    end(tx, id, Stage::Missed, note).await
}

/// It is off, for a reason. Whoever was invited is told.
///
/// # Errors
/// When it ended already.
pub async fn cancel(tx: &mut Tx, _: &Can<WorkCases>, id: AppointmentId, why: String) -> Result<Appointment> {
    end(tx, id, Stage::Cancelled, Some(why)).await
}

/// Consequence of a case that closes: its booked calls are off, and whoever was invited is told. Gives how many.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_open(tx: &mut Tx, case: CaseId, why: &str) -> Result<usize> {
    let booked = store::booked_of_case(tx, case).await?;
    for id in &booked {
        end(tx, *id, Stage::Cancelled, Some(why.to_owned())).await?;
    }
    Ok(booked.len())
}

async fn end(tx: &mut Tx, id: AppointmentId, stage: Stage, note: Option<String>) -> Result<Appointment> {
    let (case, booked) = lock_both(tx, id).await?;
    let at = tx.now();
    let mut of = booked.end(stage, note, at)?;
    store::save(tx, &mut of, false).await?;
    let (how, action, change) = match stage {
        Stage::Held => (End::DoneInTime, Action::AppointmentHeld, "held"),
        Stage::Missed => (End::Done, Action::AppointmentMissed, "missed"),
        Stage::Cancelled | Stage::Booked => (End::Cleared, Action::AppointmentCancelled, "cancelled"),
    };
    deadlines::end_for(tx, of.id.uuid(), deadlines::Kind::Appointment, how).await?;
    let note = of.note.clone();
    store::note_change(tx, &of, change, note.as_deref()).await?;
    audit::record(tx, entry(action, &of)).await?;
    let over = format!("The call is {}.", stage.label().to_lowercase());
    notifications::drop_invitations(tx, of.id, &over).await?;
    if stage == Stage::Cancelled {
        uninvite(tx, &case, &of, &of.people, Off::But(None)).await?;
        tell_people(tx, &of, &of.people, "cancelled").await?;
    }
    cases::follow_ups_changed(tx, case.id).await?;
    tell_pages(tx, &of);
    Ok(of)
}
