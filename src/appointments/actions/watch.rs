//! What is seen to beside what people do: invitations that hold no more, people who cannot come any more, cases that are
//! given to somebody else.

use super::super::round::{Party, Round};
use super::super::store::Away;
use super::super::{Appointment, Stage, store};
use super::{NewTime, change::change_time, lock_both, tell_people};
use crate::accounts::{self, Duty};
use crate::calendar::moment;
use crate::cases::Case;
use crate::db::{Db, Origin, Tx, Via};
use crate::error::{Error, Result};
use crate::ids::{AppointmentId, CaseId, UserId};
use crate::notifications::{self, Notice};

/// Why an invitation is no reason to write any more, in words for the outbox; none while it is. `cancels`: it takes the
/// ones before it back.
///
/// # Errors
/// When the database cannot be read.
pub async fn invitation_dropped_because(
    tx: &mut Tx,
    (id, sequence, cancels): (AppointmentId, i32, bool),
) -> Result<Option<String>> {
    let of = store::find(tx, id).await?;
    Ok(match of.stage {
        _ if cancels => None,
        Stage::Booked if of.sequence != sequence => Some("The call was moved.".to_owned()),
        Stage::Booked if of.starts_at <= tx.now() => Some("The call has begun.".to_owned()),
        Stage::Booked => None,
        over => Some(format!("The call is {}.", over.label().to_lowercase())),
    })
}

/// The desk's own act: of whom somebody noted since it was booked that they are away then, or who works here no more, the
/// host is told; where it is the host, the owner of the case, else the supervisors. Each in a transaction of its own, so
/// that one of whom nobody can be told stops no other (R17). Gives how many were told, and of how many nobody could be.
///
/// # Errors
/// When the database cannot be reached.
pub async fn tell_who_is_away(db: &Db) -> Result<(usize, usize)> {
    let now = db.now();
    let mut connection = db.read().await?;
    let away = store::who_is_away(&mut connection, now).await?;
    if away.is_empty() {
        return Ok((0, 0));
    }
    let duty = accounts::duty(&mut connection, now).await?;
    drop(connection);
    let (mut told, mut failed) = (0, 0);
    for one in &away {
        match tell_of(db, one, &duty).await {
            Ok(people) => told += usize::try_from(people).unwrap_or_default(),
            Err(error) => {
                tracing::error!(appointment = %one.appointment, %error, "nobody could be told who is away");
                failed += 1;
            }
        }
    }
    Ok((told, failed))
}

async fn tell_of(db: &Db, one: &Away, duty: &Duty) -> Result<u64> {
    let mut tx = db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await?;
    let others = [Some(one.host), one.case_owner].into_iter().flatten().filter(|to| *to != one.user);
    let to: Vec<UserId> = others.take(1).collect();
    let to = if to.is_empty() { duty.supervisors(one.team) } else { to };
    let why = if one.active { "is away" } else { "no longer works here" };
    let at = moment(one.starts_at, duty.calendar(one.team).zone, tx.now());
    let notice = |to| Notice {
        to,
        kind: notifications::Kind::Appointment,
        case: Some(one.case),
        about: format!("{} {why} when the call of SD-{} is, {at}: move it, or choose others.", one.name, one.number),
        urgent: false,
        key: format!("appointment:{}:away:{}:{}", one.appointment, one.user, one.sequence),
    };
    let told = notifications::tell(&mut tx, &to.into_iter().map(notice).collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(told)
}

/// After a case was given to somebody: its calls that the one before was to host are theirs, where they are free; where
/// they are not, both are told.
///
/// # Errors
/// When the database refuses.
pub async fn case_given(tx: &mut Tx, case: CaseId, from: Option<UserId>, to: Option<UserId>) -> Result<()> {
    let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
    for id in store::booked_of_case(tx, case).await? {
        let (case, of) = lock_both(tx, id).await?;
        if of.host == from && of.starts_at > tx.now() {
            hand(tx, &case, of, to).await?;
        }
    }
    Ok(())
}

async fn hand(tx: &mut Tx, case: &Case, of: Appointment, to: UserId) -> Result<()> {
    let others = of.people.iter().filter(|one| !one.host && one.user != to);
    let with: Vec<Party> = others.map(|one| Party::Person(one.user)).collect();
    let time = NewTime { starts_at: of.starts_at, minutes: of.minutes, host: to, with, despite: false };
    let people = match Round::load(tx, case.id, (to, &time.with), of.span(), Some(of.id)).await {
        Ok(round) => round.choose(of.span(), false).map_err(Error::from),
        Err(error) => Err(error),
    };
    match people {
        Ok(people) => {
            let seen = of.version;
            change_time(tx, case, of, (&time, people), seen, Some("The case was given to them.")).await.map(drop)
        }
        Err(Error::Refused(_)) => {
            let kept: Vec<_> = of.people.iter().filter(|one| one.host).cloned().collect();
            tell_people(tx, &of, &kept, "stays with you, though the case does not").await
        }
        Err(error) => Err(error),
    }
}
