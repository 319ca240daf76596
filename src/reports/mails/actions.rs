//! Choosing the mail, ending it, making those that are due.

use chrono::TimeDelta;

use super::super::pages::{Asked, letter};
use super::Every;
use super::store::{self, Chosen, Due};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Actor, Can, Permission as _, Role, SeeReports};
use crate::db::{Db, Origin, Tx, Via};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::notifications::{self, NewMail, To};

/// What a mail's key begins with.
const KEY: &str = "report";
/// The longest wait after a failure.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);

/// What somebody chooses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct Choice {
    pub(in super::super) every: Every,
    /// The part of the desk, as addresses name it.
    pub(in super::super) part: Asked,
}

/// From now on I get the dashboard by mail.
pub(in super::super) async fn choose(tx: &mut Tx, can: &Can<SeeReports>, choice: Choice) -> Result<()> {
    let me = can.id.ok_or(Error::Forbidden)?;
    let calendar = accounts::calendar_of(tx, can.team).await?;
    let Choice { every, part } = choice;
    let next_at = every.next(&calendar, tx.now());
    let Asked { team, line, currency, .. } = part;
    let was = store::find(tx, me).await?;
    let chosen = Chosen { every, team, line, currency, next_at };
    if was.as_ref() == Some(&chosen) {
        return Ok(());
    }
    store::save(tx, me, &chosen).await?;
    let entry = Entry::new(Action::ReportMailChosen, Subject::User(me))
        .change("every", was.as_ref().map(|was| was.every.name()), every.name())
        .fact("team", chosen.team)
        .fact("line", chosen.line)
        .fact("currency", chosen.currency);
    audit::record(tx, entry).await
}

/// I get no more of them.
pub(in super::super) async fn end(tx: &mut Tx, can: &Can<SeeReports>) -> Result<()> {
    let me = can.id.ok_or(Error::Forbidden)?;
    if store::remove(tx, me).await? {
        audit::record(tx, Entry::new(Action::ReportMailEnded, Subject::User(me))).await?;
    }
    Ok(())
}

/// Makes the mails that are due, so many at most, each in a transaction of its own: one that fails is put off and stops
/// nobody (R17). Gives how many people were looked at, and how many mails were made. Any number of instances may do so
/// together.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_mails(db: &Db, limit: usize) -> Result<(usize, usize)> {
    let (mut looked, mut written) = (0, 0);
    while looked < limit {
        let mut tx = begin(db).await?;
        let Some(due) = store::claim(&mut tx).await? else { break };
        looked += 1;
        let made = match make(db, &mut tx, &due).await {
            Ok(wrote) => tx.commit().await.map(|()| written += usize::from(wrote)),
            Err(error) => {
                drop(tx);
                Err(error)
            }
        };
        if let Err(error) = made {
            tracing::error!(user = %due.user, %error, "a report could not be made, trying again later");
            let mut tx = begin(db).await?;
            let failures = due.failures.saturating_add(1);
            let wait = TimeDelta::minutes(1 << failures.clamp(0, 8)).min(LONGEST_WAIT);
            let next_at = tx.now() + wait;
            store::put_off(&mut tx, due.user, next_at, failures).await?;
            tx.commit().await?;
        }
    }
    Ok((looked, written))
}

async fn begin(db: &Db) -> Result<Tx> {
    db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await
}

/// Writes one mail into the outbox; whoever may not see it any more gets none from now on.
async fn make(db: &Db, tx: &mut Tx, due: &Due) -> Result<bool> {
    let reader = Actor {
        id: Some(due.user),
        name: due.name.clone(),
        roles: due.roles.clone(),
        team: due.team_of,
        ..Actor::desk()
    };
    if !due.active || !reader.may::<SeeReports>() {
        store::remove(tx, due.user).await?;
        audit::record(
            tx,
            Entry::new(Action::ReportMailEnded, Subject::User(due.user)).fact("because", "may not see reports"),
        )
        .await?;
        return Ok(false);
    }
    let now = tx.now();
    let calendar = accounts::calendar_of(tx, due.team_of).await?;
    let period = due.every.period(now.with_timezone(&calendar.zone).date_naive());
    let part = Asked::part(due.team.clone(), due.line.clone(), due.currency.clone());
    let (subject, body) = letter(db, tx, (&reader, calendar.zone), due.every, period, part).await?;
    let mail = NewMail {
        key: format!("{KEY}:{}:{}:{}", due.user, due.every.name(), period.from),
        to: To::User(due.user),
        address: due.address.clone(),
        name: due.name.clone(),
        case: None,
        subject,
        body,
        terms: None,
        not_before: None,
    };
    let queued = notifications::queue(tx, mail).await?;
    store::put_off(tx, due.user, due.every.next(&calendar, now), 0).await?;
    if queued {
        let entry = Entry::new(Action::ReportMailMade, Subject::User(due.user));
        let entry = entry.fact("from", period.from.to_string()).fact("to", period.to.to_string());
        audit::record(tx, entry).await?;
        tx.tell("outbox");
    }
    Ok(queued)
}

/// Why a mail of a report does not hold any more, if it is one: its reader may not see reports.
///
/// # Errors
/// When the database cannot be read.
pub async fn mail_dropped_because(tx: &mut Tx, key: &str) -> Result<Option<String>> {
    let reader = key.strip_prefix(KEY).and_then(|rest| rest.strip_prefix(':')).and_then(|rest| rest.split(':').next());
    let Some(reader) = reader.and_then(|id| id.parse::<UserId>().ok()) else { return Ok(None) };
    let roles: Vec<Role> = store::roles(tx, reader).await?;
    let may = roles.iter().any(|role| SeeReports::ROLES.contains(role));
    Ok((!may).then(|| "Whoever it is for may not see reports any more.".to_owned()))
}
