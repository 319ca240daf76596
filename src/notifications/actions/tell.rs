//! Telling people.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::store::choices::{CaseName, Reader};
use super::super::store::{choices, mails, notices};
use super::super::{DESK, NewMail, Notice, To, Way, topic, words};
use crate::accounts;
use crate::calendar::Calendar;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, MailId, TeamId, UserId};

/// Nobody is sent more ordinary notices than so many in so long; what comes on top is in the inbox at once, and in the
/// next digest. Urgent ones are counted apart: of those, what comes on top goes in one mail within minutes (R18).
const MOST_LATELY: i64 = 5;
const LATELY: TimeDelta = TimeDelta::hours(1);
/// So long urgent notices that come on top are gathered in one mail.
const GATHERED: TimeDelta = TimeDelta::minutes(5);
/// So many lines of them one change writes; all of them are in the inbox.
const MOST_LINES: usize = 30;

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
/// instead, and so does whoever was sent several lately. An urgent one waits for nothing: neither for quiet hours nor
/// because of what else somebody was sent (R18).
async fn mail(tx: &mut Tx, told: &[notices::Told]) -> Result<()> {
    let people: Vec<UserId> = told.iter().map(|told| told.to).collect();
    let readers: HashMap<_, _> =
        choices::readers(tx, &people).await?.into_iter().map(|reader| (reader.id, reader)).collect();
    let calendars = calendars(tx, told, &readers).await?;
    let cases: Vec<CaseId> = told.iter().filter_map(|told| told.case).collect();
    let cases: HashMap<_, _> = choices::case_names(tx, &cases).await?.into_iter().map(|case| (case.id, case)).collect();
    let (mut out, mut later, mut on_top) = (Vec::new(), Vec::new(), BTreeMap::<UserId, Vec<&notices::Told>>::new());
    let since = tx.now() - LATELY;
    let mut lately = mails::notices_since(tx, &people, since).await?;
    for one in told {
        let Some(reader) = readers.get(&one.to) else { continue };
        let so_far = lately.entry(one.to).or_default();
        let so_far = if one.urgent { &mut so_far.urgent } else { &mut so_far.ordinary };
        let full = *so_far >= MOST_LATELY;
        if one.urgent && full {
            on_top.entry(one.to).or_default().push(one);
            continue;
        }
        if full || reader.away && !one.urgent {
            later.push(one.id);
            continue;
        }
        *so_far += 1;
        let not_before = match (one.urgent, reader.quiet) {
            (false, Some(quiet)) => Some(quiet.hold(&calendar(&calendars, reader), tx.now())),
            _ => None,
        };
        out.push(by_itself(one, reader, one.case.and_then(|case| cases.get(&case)), not_before));
    }
    if !later.is_empty() {
        notices::leave_to_digest(tx, &later).await?;
    }
    if !out.is_empty() {
        mails::insert(tx, &out).await?;
    }
    for (to, told) in on_top {
        if let Some(reader) = readers.get(&to) {
            gather(tx, reader, &told, &cases).await?;
        }
    }
    Ok(())
}

/// When the teams work whose quiet hours matter.
async fn calendars(
    tx: &mut Tx,
    told: &[notices::Told],
    readers: &HashMap<UserId, Reader>,
) -> Result<HashMap<TeamId, Calendar>> {
    let quiet = told.iter().filter(|one| !one.urgent).filter_map(|one| readers.get(&one.to)?.team);
    let teams: Vec<TeamId> = quiet.collect::<BTreeSet<TeamId>>().into_iter().collect();
    if teams.is_empty() { Ok(HashMap::new()) } else { accounts::calendars(tx, &teams).await }
}

fn calendar(calendars: &HashMap<TeamId, Calendar>, reader: &Reader) -> Calendar {
    reader.team.and_then(|team| calendars.get(&team).cloned()).unwrap_or_else(accounts::default_calendar)
}

/// A mail about one notice.
fn by_itself(
    one: &notices::Told,
    reader: &Reader,
    case: Option<&CaseName>,
    not_before: Option<DateTime<Utc>>,
) -> NewMail {
    let of = case.map(|case| format!(", SD-{}", case.number)).unwrap_or_default();
    let whose = case.map(|case| format!("{}, SD-{}\n", case.customer, case.number)).unwrap_or_default();
    let (urgent, counted) = if one.urgent { ("Urgent. ", "urgent") } else { ("", "notice") };
    NewMail {
        key: format!("{counted}:{}:{}", one.to, one.key),
        to: To::User(one.to),
        address: reader.address.clone(),
        name: reader.name.clone(),
        case: one.case,
        subject: format!("{urgent}{}{of}", one.kind.short()),
        body: format!(
            "{about}\n{whose}\n{DESK}/notifications/{id}\n\n\
             You get this at once because you chose so, or because it is urgent:\n{DESK}/profile/notifications\n",
            about = words::wrapped("", &one.about),
            id = one.id,
        ),
        terms: None,
        not_before,
    }
}

/// Urgent notices on top of several lately: in one mail with all that come within the same minutes, so that a flood is
/// no flood of mails and yet nothing urgent waits for tomorrow.
async fn gather(
    tx: &mut Tx,
    reader: &Reader,
    told: &[&notices::Told],
    cases: &HashMap<CaseId, CaseName>,
) -> Result<()> {
    let span = GATHERED.num_seconds();
    let window = tx.now().timestamp().div_euclid(span);
    let mut lines = String::new();
    for one in told.iter().take(MOST_LINES) {
        let case = one.case.and_then(|case| cases.get(&case));
        let of = case.map(|case| format!("SD-{} {}: ", case.number, case.customer)).unwrap_or_default();
        let text = words::wrapped("- ", &format!("{of}{}. {}", one.kind.short(), one.about));
        let _ = writeln!(lines, "{text}\n  {DESK}/notifications/{}", one.id);
    }
    if told.len() > MOST_LINES {
        let _ = writeln!(lines, "- and {} more", told.len() - MOST_LINES);
    }
    let mail = NewMail {
        key: format!("urgent-more:{}:{window}", reader.id),
        to: To::User(reader.id),
        address: reader.address.clone(),
        name: reader.name.clone(),
        case: None,
        subject: "Urgent. More notices in one mail".to_owned(),
        body: format!(
            "These came on top of the urgent notices that you were just sent one by one.\n\
             All of them are in your inbox: {DESK}/notifications\n\n{lines}"
        ),
        terms: None,
        not_before: DateTime::from_timestamp((window + 1) * span, 0),
    };
    if !mails::insert_or_add(tx, &mail, &lines).await? {
        // that one is on its way already
        let key = format!("{}:{}", mail.key, MailId::new());
        mails::insert(tx, &[NewMail { key, not_before: None, ..mail }]).await?;
    }
    Ok(())
}
