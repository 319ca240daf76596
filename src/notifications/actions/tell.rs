//! Telling people.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;

use super::super::store::{choices, mails, notices};
use super::super::{DESK, NewMail, Notice, To, Way, topic};
use crate::accounts;
use crate::calendar::Calendar;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, TeamId, UserId};

/// Nobody is sent more notices than so many in so long; what comes on top is in the inbox at once, and in the next digest.
const MOST_LATELY: i64 = 5;
const LATELY: TimeDelta = TimeDelta::hours(1);

/// Tells people, in one statement for all of them; gives how many were told. Whoever was told of a key already is not
/// told again. Their open pages hear of it; mail goes as they chose. The caller notes what it tells of in the audit log.
///
/// # Errors
/// When the database refuses.
pub async fn tell(tx: &mut Tx, notices: &[Notice]) -> Result<u64> {
    if notices.is_empty() {
        return Ok(0);
    }
    let told = notices::insert(tx, notices).await?;
    for to in told.iter().map(|told| told.to).collect::<BTreeSet<UserId>>() {
        tx.tell(topic(to));
    }
    let count = u64::try_from(told.len()).unwrap_or(u64::MAX);
    let at_once: Vec<notices::Told> = told.into_iter().filter(|told| told.way == Way::AtOnce).collect();
    if !at_once.is_empty() {
        mail(tx, &at_once).await?;
    }
    Ok(count)
}

/// Mails that go at once, or as soon as the reader's quiet hours are over; whoever is away finds it in their first digest
/// instead, and so does whoever was sent several lately. An urgent one waits for nothing else (R18).
async fn mail(tx: &mut Tx, told: &[notices::Told]) -> Result<()> {
    let people: Vec<UserId> = told.iter().map(|told| told.to).collect();
    let readers: HashMap<_, _> =
        choices::readers(tx, &people).await?.into_iter().map(|reader| (reader.id, reader)).collect();
    let teams: BTreeSet<Option<TeamId>> = readers.values().map(|reader| reader.team).collect();
    let mut calendars: HashMap<Option<TeamId>, Calendar> = HashMap::new();
    for team in teams {
        calendars.insert(team, accounts::calendar_of(tx, team).await?);
    }
    let cases: Vec<CaseId> = told.iter().filter_map(|told| told.case).collect();
    let cases: HashMap<_, _> = choices::case_names(tx, &cases).await?.into_iter().map(|case| (case.id, case)).collect();
    let (mut out, mut later) = (Vec::new(), Vec::new());
    let since = tx.now() - LATELY;
    let mut lately: HashMap<UserId, i64> = mails::notices_since(tx, &people, since).await?;
    for one in told {
        let Some(reader) = readers.get(&one.to) else { continue };
        let so_far = lately.entry(one.to).or_default();
        if *so_far >= MOST_LATELY || reader.away && !one.urgent {
            later.push(one.id);
            continue;
        }
        *so_far += 1;
        let not_before = match (one.urgent, reader.quiet, calendars.get(&reader.team)) {
            (false, Some(quiet), Some(calendar)) => Some(quiet.hold(calendar, tx.now())),
            _ => None,
        };
        let case = one.case.and_then(|case| cases.get(&case));
        let of = case.map(|case| format!(", SD-{}", case.number)).unwrap_or_default();
        let whose = case.map(|case| format!("{}, SD-{}\n", case.customer, case.number)).unwrap_or_default();
        let urgent = if one.urgent { "Urgent. " } else { "" };
        out.push(NewMail {
            key: format!("notice:{}:{}", one.to, one.key),
            to: To::User(one.to),
            address: reader.address.clone(),
            name: reader.name.clone(),
            case: one.case,
            subject: format!("{urgent}{}{of}", one.kind.short()),
            body: format!(
                "{about}\n{whose}\n{DESK}/notifications/{id}\n\n\
                 You get this at once because you chose so, or because it is urgent: {DESK}/profile/notifications\n",
                about = one.about,
                id = one.id,
            ),
            terms: None,
            not_before,
        });
    }
    if !later.is_empty() {
        notices::leave_to_digest(tx, &later).await?;
    }
    if !out.is_empty() {
        mails::insert(tx, &out).await?;
    }
    Ok(())
}
