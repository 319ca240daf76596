//! One digest for each person and day, at the start of the day they work.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::super::planning::{When, next};
use super::super::store::digests::{self, Due};
use super::super::store::users_with;
use super::super::words::{Digest, MOST};
use super::super::{Kind, NewMail, Notice, To};
use super::{queue, tell};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::SeeOutbox;
use crate::calendar::Calendar;
use crate::db::{Db, Origin, Tx, Via};
use crate::error::Result;
use crate::ids::UserId;

/// After so many failures in a row a digest waits for the next day, and admins are told (R17).
const FAILURES: i16 = 10;

/// Makes the digests of those whose working day has begun, of so many people at most, each in a transaction of its own:
/// one that fails is put off and stops nobody (R17). Gives how many people were looked at, and how many of them got a
/// digest, since some have nothing waiting; fewer than `limit` looked at means that nobody is left. Any number of instances may do so together.
///
/// # Errors
/// When the database cannot be written.
pub async fn digest(db: &Db, limit: i64) -> Result<(usize, usize)> {
    let (mut looked, mut written) = (0, 0);
    for _ in 0..limit {
        let mut tx = begin(db).await?;
        let Some(person) = digests::claim(&mut tx).await? else { break };
        looked += 1;
        let made = match make(&mut tx, &person).await {
            Ok(wrote) => tx.commit().await.map(|()| written += usize::from(wrote)),
            Err(error) => {
                drop(tx);
                Err(error)
            }
        };
        if let Err(error) = made {
            tracing::error!(user = %person.user, %error, "a digest could not be made, trying again later");
            put_off(db, &person).await?;
        }
    }
    Ok((looked, written))
}

async fn begin(db: &Db) -> Result<Tx> {
    db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await
}

async fn make(tx: &mut Tx, person: &Due) -> Result<bool> {
    if !person.active || !person.wanted {
        digests::save(tx, person.user, None, person.last_on).await?;
        return Ok(false);
    }
    let now = tx.now();
    let calendar = accounts::calendar_of(tx, person.team).await?;
    let absences = accounts::absences(tx, Some(person.user), now).await?;
    let away: Vec<(DateTime<Utc>, DateTime<Utc>)> =
        absences.iter().map(|absence| (absence.from, absence.until)).collect();
    let day = match next(&calendar, &away, person.last_on, now) {
        When::Then(at) => {
            digests::save(tx, person.user, Some(at), person.last_on).await?;
            return Ok(false);
        }
        When::Now(day) => day,
    };
    let written = write(tx, person, &calendar, day).await?;
    let next_at = match next(&calendar, &away, Some(day), now) {
        When::Then(at) => at,
        // never: the day has its digest
        When::Now(_) => now + TimeDelta::days(1),
    };
    digests::save(tx, person.user, Some(next_at), Some(day)).await?;
    Ok(written)
}

/// Nothing to say is no mail.
async fn write(tx: &mut Tx, person: &Due, calendar: &Calendar, day: NaiveDate) -> Result<bool> {
    let now = tx.now();
    let more = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let digest = Digest {
        name: &person.name,
        zone: calendar.zone,
        now,
        tasks: digests::tasks(tx, person.user, calendar.end_of_day(day), more).await?,
        decisions: if person.decides { digests::decisions(tx, person.user, now, more).await? } else { Vec::new() },
        news: digests::news(tx, person.user, more).await?,
    };
    if digest.is_empty() {
        return Ok(false);
    }
    let mail = NewMail {
        key: key(person.user, day),
        to: To::User(person.user),
        address: person.address.clone(),
        name: person.name.clone(),
        case: None,
        subject: digest.subject(),
        body: digest.body(),
        terms: None,
        not_before: None,
    };
    let queued = queue(tx, mail).await?;
    if queued {
        digests::clear_news(tx, person.user).await?;
        tx.tell("outbox");
        audit::record(tx, Entry::new(Action::DigestMade, Subject::User(person.user)).fact("day", day.to_string()))
            .await?;
    }
    Ok(queued)
}

/// One a day, whatever happens.
fn key(user: UserId, day: NaiveDate) -> String {
    format!("digest:{user}:{day}")
}

async fn put_off(db: &Db, person: &Due) -> Result<()> {
    let mut tx = begin(db).await?;
    let failures = person.failures.saturating_add(1);
    let wait = if failures < FAILURES { TimeDelta::minutes(1 << failures.min(6)) } else { TimeDelta::days(1) };
    let next_at = tx.now() + wait;
    digests::put_off(&mut tx, person.user, next_at, failures).await?;
    if failures == FAILURES {
        let key = format!("digest-parked:{}:{}", person.user, tx.now().date_naive());
        let about = format!("The digest of {} could not be made. It is tried again tomorrow.", person.name);
        let admins = users_with::<SeeOutbox>(&mut tx).await?;
        let notices: Vec<Notice> = admins
            .into_iter()
            .map(|to| Notice {
                to,
                kind: Kind::Parked,
                case: None,
                about: about.clone(),
                urgent: false,
                key: key.clone(),
            })
            .collect();
        tell(&mut tx, &notices).await?;
    }
    tx.commit().await
}
