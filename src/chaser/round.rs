//! A round: takes deadlines in hand, some at a time, and works on several such parts side by side.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{ATTEMPTS, BATCH, BUSY, Chaser, LEASE, Sweep, WORKERS, act, tell, wait_after};
use crate::accounts::{self, Duty};
use crate::audit::{self, Action, Entry, Subject};
use crate::db::Tx;
use crate::deadlines::chase::{self, Chased, Claim, Effect, Mark};
use crate::deadlines::{Kind, Ladder, ladder::Climb};
use crate::error::{Error, Result};
use crate::ids::DeadlineId;
use crate::notifications::{self, Notice};

/// How many deadlines of a changed ladder are planned anew at a time.
const REPLAN: i64 = 5_000;

/// What a round knows of the desk from its beginning.
pub(super) struct Desk {
    pub(super) duty: Duty,
    ladders: HashMap<&'static str, Ladder>,
}

impl Desk {
    async fn load(chaser: &Chaser, at: DateTime<Utc>) -> Result<Self> {
        let mut connection = chaser.db.read().await?;
        let duty = accounts::duty(&mut connection, at).await?;
        let ladders = chase::ladders(&mut connection).await?;
        Ok(Self { duty, ladders: ladders.into_iter().map(|ladder| (ladder.kind.name(), ladder)).collect() })
    }

    /// Whether people are told of this kind outside their working hours as well.
    pub(super) fn is_urgent(&self, kind: Kind) -> bool {
        self.ladders.get(kind.name()).is_some_and(|ladder| ladder.urgent)
    }

    /// What is to happen with a deadline; nothing ever for a kind without a ladder.
    fn climb(&self, item: &Chased, at: DateTime<Utc>) -> Climb {
        match self.ladders.get(item.kind.name()) {
            Some(ladder) => ladder.climb(&item.footing, &self.duty.calendar(item.team), at),
            None => Climb { take: None, passed_over: vec![], chased_until: item.footing.set_at, next_at: None },
        }
    }
}

/// Does everything that is due.
pub(super) async fn chase(chaser: &Chaser) -> Result<Sweep> {
    let mut tx = chaser.begin().await?;
    while chase::replan(&mut tx, REPLAN).await? > 0 && !chaser.stop.is_cancelled() {
        tx.commit().await?;
        tx = chaser.begin().await?;
    }
    let now = tx.now();
    let first = claim(&mut tx).await?;
    tx.commit().await?;
    let mut swept = Sweep::default();
    if first.claims.is_empty() {
        return Ok(swept);
    }
    let desk = Arc::new(Desk::load(chaser, now).await?);
    let mut workers = JoinSet::new();
    let others = (1..WORKERS).map(|_| None);
    for part in [Some(first)].into_iter().chain(others) {
        workers.spawn(work(chaser.clone(), Arc::clone(&desk), part));
    }
    let mut outcome = Ok(());
    while let Some(worked) = workers.join_next().await {
        match worked.map_err(|error| Error::Internal(error.into())) {
            Ok((part, ended)) => {
                swept.add(&part);
                outcome = outcome.and(ended);
            }
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    outcome.map(|()| swept)
}

/// Deadlines in hand.
struct Part {
    claims: Vec<Claim>,
    until: DateTime<Utc>,
}

/// Takes a part of what is due in hand, and counts the attempt of those that are tried together.
async fn claim(tx: &mut Tx) -> Result<Part> {
    let until = tx.now() + LEASE;
    let claims = chase::claim(tx, until, BATCH).await?;
    let fresh: Vec<DeadlineId> = fresh(&claims);
    if !fresh.is_empty() {
        chase::count_attempt(tx, &fresh).await?;
    }
    Ok(Part { claims, until })
}

fn fresh(claims: &[Claim]) -> Vec<DeadlineId> {
    claims.iter().filter(|claim| claim.attempts == 0).map(|claim| claim.deadline).collect()
}

/// Works on part after part until nothing is due, with what came of it. A part that fails as a whole is no end.
async fn work(chaser: Chaser, desk: Arc<Desk>, mut next: Option<Part>) -> (Sweep, Result<()>) {
    let mut swept = Sweep::default();
    while !chaser.stop.is_cancelled() {
        let part = match next.take() {
            Some(part) => Ok(part),
            None => claim_next(&chaser).await,
        };
        let part = match part {
            Ok(part) => part,
            Err(error) => return (swept, Err(error)),
        };
        if part.claims.is_empty() {
            break;
        }
        if let Err(error) = all_of(&chaser, &desk, part, &mut swept).await {
            return (swept, Err(error));
        }
    }
    (swept, Ok(()))
}

async fn claim_next(chaser: &Chaser) -> Result<Part> {
    let mut tx = chaser.begin().await?;
    let part = claim(&mut tx).await?;
    tx.commit().await?;
    Ok(part)
}

/// Does a part: what was never tried together, the rest one by one, what failed least first.
///
/// # Errors
/// When not even a failure could be noted.
async fn all_of(chaser: &Chaser, desk: &Desk, part: Part, swept: &mut Sweep) -> Result<()> {
    let fresh = fresh(&part.claims);
    let mut single: Vec<(DeadlineId, i16, bool)> = part
        .claims
        .iter()
        .filter(|claim| claim.attempts > 0)
        .map(|claim| (claim.deadline, claim.attempts, false))
        .collect();
    if !fresh.is_empty() {
        let together = AssertUnwindSafe(together(chaser, desk, &fresh, part.until)).catch_unwind().await;
        let rest = match together {
            Ok(Ok((done, rest))) => {
                swept.add(&done);
                rest
            }
            // one of them is bad: which one, shows when each is tried by itself
            Ok(Err(_)) | Err(_) => fresh,
        };
        single.extend(rest.into_iter().map(|deadline| (deadline, 1, true)));
    }
    single.sort_by_key(|(_, attempts, _)| *attempts);
    for (deadline, attempts, counted) in single {
        if chaser.stop.is_cancelled() {
            return Ok(());
        }
        let attempt = attempts + i16::from(!counted);
        let tried = AssertUnwindSafe(alone(chaser, desk, deadline, part.until, !counted)).catch_unwind().await;
        match tried {
            Ok(Ok(done)) => swept.add(&done),
            Ok(Err(error)) => failed(chaser, desk, deadline, attempt, &error, swept).await?,
            Err(_) => {
                let error = Error::Internal(anyhow::anyhow!("the attempt panicked"));
                failed(chaser, desk, deadline, attempt, &error, swept).await?;
            }
        }
    }
    Ok(())
}

/// Looks at many deadlines in one transaction. What only tells people something is done there; gives what is to be done
/// one by one.
async fn together(
    chaser: &Chaser,
    desk: &Desk,
    fresh: &[DeadlineId],
    until: DateTime<Utc>,
) -> Result<(Sweep, Vec<DeadlineId>)> {
    let mut tx = chaser.begin().await?;
    let now = tx.now();
    let items = chase::lock(&mut tx, fresh, until).await?;
    let mut swept = Sweep::default();
    let (mut alone, mut effects, mut notices, mut entries, mut marks) = (vec![], vec![], vec![], vec![], vec![]);
    for item in &items {
        let climb = desk.climb(item, now);
        let tells = climb.take.is_none_or(|(rung, _)| rung.act.only_tells());
        let asks_who = item.kind == Kind::Request && climb.take.is_some();
        if !tells || asks_who || item.kind == Kind::Approval {
            alone.push(item.deadline);
            continue;
        }
        count(&mut swept, &climb, now);
        notices.extend(tell::notices(desk, item, &climb, now));
        entries.extend(entry(item, &climb));
        effects.extend(effects_of(item.deadline, &climb));
        marks.push(mark_of(item.deadline, &climb));
        if climb.take.is_some() {
            tx.tell(format!("case:{}", item.case));
        }
    }
    let seen: Vec<DeadlineId> = items.iter().map(|item| item.deadline).collect();
    let busy: Vec<DeadlineId> = fresh.iter().copied().filter(|deadline| !seen.contains(deadline)).collect();
    chase::note(&mut tx, &effects).await?;
    notifications::tell(&mut tx, &notices).await?;
    audit::record_all(&mut tx, &entries).await?;
    chase::mark(&mut tx, &marks).await?;
    if !busy.is_empty() {
        chase::put_back(&mut tx, &busy, until, now + BUSY).await?;
    }
    tx.commit().await?;
    Ok((swept, alone))
}

/// Looks at one deadline in a transaction of its own.
async fn alone(
    chaser: &Chaser,
    desk: &Desk,
    deadline: DeadlineId,
    until: DateTime<Utc>,
    count_it: bool,
) -> Result<Sweep> {
    let mut swept = Sweep::default();
    if count_it {
        let mut tx = chaser.begin().await?;
        chase::count_attempt(&mut tx, &[deadline]).await?;
        tx.commit().await?;
    }
    let mut tx = chaser.begin().await?;
    let now = tx.now();
    let Some(item) = chase::lock(&mut tx, &[deadline], until).await?.into_iter().next() else {
        chase::put_back(&mut tx, &[deadline], until, now + BUSY).await?;
        tx.commit().await?;
        return Ok(swept);
    };
    let climb = desk.climb(&item, now);
    count(&mut swept, &climb, now);
    // noted first: whatever the act changes, it cannot be done twice
    chase::note(&mut tx, &effects_of(deadline, &climb)).await?;
    chase::mark(&mut tx, &[mark_of(deadline, &climb)]).await?;
    let mut notices: Vec<Notice> = tell::notices(desk, &item, &climb, now);
    notices.extend(act::act(&mut tx, desk, &item, &climb).await?);
    notifications::tell(&mut tx, &notices).await?;
    if let Some(entry) = entry(&item, &climb) {
        audit::record(&mut tx, entry).await?;
        tx.tell(format!("case:{}", item.case));
    }
    tx.commit().await?;
    Ok(swept)
}

/// Has what failed tried again, or parks it and tells the admins (R17).
async fn failed(
    chaser: &Chaser,
    desk: &Desk,
    deadline: DeadlineId,
    attempts: i16,
    error: &Error,
    swept: &mut Sweep,
) -> Result<()> {
    swept.failed += 1;
    let reference = Uuid::new_v4();
    tracing::error!(%deadline, attempts, %reference, %error, "a deadline could not be chased");
    let mut tx = chaser.begin().await?;
    if attempts < ATTEMPTS {
        let at = tx.now() + wait_after(attempts);
        chase::retry_at(&mut tx, deadline, at).await?;
    } else {
        let because = match error {
            Error::Refused(why) => why.chars().take(400).collect(),
            _ => format!("Failed {attempts} times. The log says why under {reference}."),
        };
        chase::park(&mut tx, deadline, &because).await?;
        audit::record(
            &mut tx,
            Entry::new(Action::DeadlineParked, Subject::Desk).fact("deadline", deadline.to_string()),
        )
        .await?;
        let notices = tell::parked(desk, deadline, tx.now());
        notifications::tell(&mut tx, &notices).await?;
        tx.tell("chaser");
    }
    tx.commit().await
}

fn count(swept: &mut Sweep, climb: &Climb, now: DateTime<Utc>) {
    swept.passed_over += climb.passed_over.len();
    if let Some((rung, due)) = climb.take {
        if rung.act.only_tells() {
            swept.told += 1;
        } else {
            swept.done += 1;
        }
        swept.behind = swept.behind.max(now - due).max(TimeDelta::zero());
    }
}

fn effects_of(deadline: DeadlineId, climb: &Climb) -> Vec<Effect> {
    let taken = climb.take.iter().map(|(rung, _)| (rung, true));
    let passed_over = climb.passed_over.iter().map(|rung| (rung, false));
    let effect =
        |(rung, taken): (&crate::deadlines::Rung, bool)| Effect { deadline, rung: rung.number, act: rung.act, taken };
    taken.chain(passed_over).map(effect).collect()
}

fn mark_of(deadline: DeadlineId, climb: &Climb) -> Mark {
    Mark { deadline, chased_until: climb.chased_until, next_at: climb.next_at }
}

/// What the audit log says of a rung that takes effect.
fn entry(item: &Chased, climb: &Climb) -> Option<Entry> {
    let (rung, _) = climb.take?;
    Some(
        Entry::new(Action::DeadlineChased, Subject::Case(item.case))
            .of(item.customer)
            .fact("deadline", item.deadline.to_string())
            .fact("kind", item.kind.name())
            .fact("rung", rung.number)
            .fact("act", rung.act.name()),
    )
}
