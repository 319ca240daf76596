//! When the chaser looks at which deadline, and what it did. Rows are claimed, looked at again under lock, and marked in
//! the transaction that has the effect.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ladder::{Act, Footing, Rung};
use super::{Kind, Ladder};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, DeadlineId, TeamId, UserId};

/// A deadline that the chaser has in hand, and how often it was tried in vain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Which.
    pub deadline: DeadlineId,
    /// Attempts since the last that succeeded.
    pub attempts: i16,
}

/// A deadline as the chaser looks at it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chased {
    /// Which.
    pub deadline: DeadlineId,
    /// What kind of thing is due.
    pub kind: Kind,
    /// In words.
    pub what: String,
    /// The offer, approval, promise or follow-up.
    pub subject: Option<Uuid>,
    /// In which case.
    pub case: CaseId,
    /// Of whom.
    pub customer: CustomerId,
    /// Whose hours count.
    pub team: Option<TeamId>,
    /// Who does it.
    pub owner: Option<UserId>,
    /// Where it stands.
    pub footing: Footing,
}

/// A rung that is done with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Of which deadline.
    pub deadline: DeadlineId,
    /// Which.
    pub rung: i16,
    /// What it does.
    pub act: Act,
    /// Whether it took effect; otherwise a later one overtook it.
    pub taken: bool,
}

/// Where a deadline stands once it was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Which.
    pub deadline: DeadlineId,
    /// Rungs up to here are done with.
    pub chased_until: DateTime<Utc>,
    /// When to look again.
    pub next_at: Option<DateTime<Utc>>,
}

/// Every ladder, in the order of kinds.
///
/// # Errors
/// When the database cannot be read.
pub async fn ladders(connection: &mut PgConnection) -> Result<Vec<Ladder>> {
    let rows = sqlx::query!(
        r#"
        select l.kind, l.pauses, l.urgent, l.version, r.rung as "rung?", r.minutes as "minutes?",
            r.working as "working?", r.act as "act?: Act"
        from ladders l
        left join ladder_rungs r on r.kind = l.kind and not r.retired
        order by l.kind, r.minutes, r.rung
        "#
    )
    .fetch_all(connection)
    .await?;
    let mut ladders: Vec<Ladder> = Vec::new();
    for row in rows {
        let Some(kind) = Kind::from_name(&row.kind) else { continue };
        if ladders.last().is_none_or(|last| last.kind != kind) {
            let (pauses, urgent, version) = (row.pauses, row.urgent, row.version);
            ladders.push(Ladder { kind, pauses, urgent, version, rungs: Vec::new() });
        }
        if let (Some(number), Some(minutes), Some(working), Some(act)) = (row.rung, row.minutes, row.working, row.act)
            && let Some(ladder) = ladders.last_mut()
        {
            ladder.rungs.push(Rung { number, after: TimeDelta::minutes(minutes.into()), working, act });
        }
    }
    ladders.sort_by_key(|ladder| Kind::ALL.iter().position(|kind| *kind == ladder.kind));
    Ok(ladders)
}

/// Takes deadlines in hand that are to be looked at, the longest due first: nobody else does until `until`. What others
/// have in hand is left to them.
///
/// # Errors
/// When the database refuses.
pub async fn claim(tx: &mut Tx, until: DateTime<Utc>, limit: i64) -> Result<Vec<Claim>> {
    let now = tx.now();
    Ok(sqlx::query_as!(
        Claim,
        r#"
        with due as (
            select deadline_id
            from chases
            where parked_at is null and next_at <= $1
            order by next_at, deadline_id
            limit $3
            for update skip locked
        )
        update chases h
        set next_at = $2
        from due
        where h.deadline_id = due.deadline_id
        returning h.deadline_id as "deadline: DeadlineId", h.attempts
        "#,
        now,
        until,
        limit,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Counts an attempt, before the work, so that what brings the desk down is counted too.
///
/// # Errors
/// When the database refuses.
pub async fn count_attempt(tx: &mut Tx, deadlines: &[DeadlineId]) -> Result<()> {
    sqlx::query!("update chases set attempts = attempts + 1 where deadline_id = any($1)", deadlines as &[DeadlineId],)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Looks again at deadlines in hand, their cases' rows and their own held: those that are still open, still ours
/// (claimed until `until`), and whose case nobody works on at this moment.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut Tx, deadlines: &[DeadlineId], until: DateTime<Utc>) -> Result<Vec<Chased>> {
    let rows = sqlx::query!(
        r#"
        select d.id as "deadline: DeadlineId", d.kind, d.what, d.subject_id as subject, d.case_id as "case: CaseId",
            c.customer_id as "customer: CustomerId",
            coalesce(b.team_id, c.team_id) as "team: TeamId", d.owner_id as "owner: UserId",
            d.due_at, d.set_at, h.chased_until,
            array(select e.rung from rung_effects e where e.deadline_id = d.id) as "done!"
        from chases h
        join deadlines d on d.id = h.deadline_id
        join cases c on c.id = d.case_id
        -- a department keeps its own hours
        left join requests q on q.id = case when d.kind = 'request' then d.subject_id end
        left join department_desks b on b.department_id = q.department_id
        where h.deadline_id = any($1) and h.next_at = $2 and d.stage = 'open' and d.paused_at is null
        order by d.due_at, d.id
        for no key update of c skip locked
        for no key update of h
        "#,
        deadlines as &[DeadlineId],
        until,
    )
    .fetch_all(&mut **tx)
    .await?;
    let chased = rows.into_iter().filter_map(|row| {
        Some(Chased {
            deadline: row.deadline,
            kind: Kind::from_name(&row.kind)?,
            what: row.what,
            subject: row.subject,
            case: row.case,
            customer: row.customer,
            team: row.team,
            owner: row.owner,
            footing: Footing { due: row.due_at, set_at: row.set_at, chased_until: row.chased_until, done: row.done },
        })
    });
    Ok(chased.collect())
}

/// Notes which rungs are done with. One that is done with already is an error: nothing takes effect twice (R15).
///
/// # Errors
/// When one is done with already, or the database refuses.
pub async fn note(tx: &mut Tx, effects: &[Effect]) -> Result<()> {
    if effects.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let deadlines: Vec<DeadlineId> = effects.iter().map(|effect| effect.deadline).collect();
    let rungs: Vec<i16> = effects.iter().map(|effect| effect.rung).collect();
    let acts: Vec<String> = effects.iter().map(|effect| effect.act.name().to_owned()).collect();
    let taken: Vec<bool> = effects.iter().map(|effect| effect.taken).collect();
    sqlx::query!(
        "
        insert into rung_effects (deadline_id, rung, at, act, taken)
        select e.deadline_id, e.rung, $5, e.act, e.taken
        from unnest($1::uuid[], $2::smallint[], $3::text[], $4::boolean[]) as e (deadline_id, rung, act, taken)
        ",
        &deadlines as &[DeadlineId],
        &rungs,
        &acts,
        &taken,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says when to look at deadlines again. Those that have ended meanwhile have no row any more.
///
/// # Errors
/// When the database refuses.
pub async fn mark(tx: &mut Tx, marks: &[Mark]) -> Result<()> {
    if marks.is_empty() {
        return Ok(());
    }
    let deadlines: Vec<DeadlineId> = marks.iter().map(|mark| mark.deadline).collect();
    let until: Vec<DateTime<Utc>> = marks.iter().map(|mark| mark.chased_until).collect();
    let next: Vec<Option<DateTime<Utc>>> = marks.iter().map(|mark| mark.next_at).collect();
    sqlx::query!(
        "
        update chases h
        set next_at = m.next_at, chased_until = m.chased_until, attempts = 0
        from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as m (deadline_id, chased_until, next_at)
        where h.deadline_id = m.deadline_id
        ",
        &deadlines as &[DeadlineId],
        &until,
        &next as &[Option<DateTime<Utc>>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Puts deadlines in hand back, to be looked at again at a moment, without an attempt counted: somebody worked on their
/// cases.
///
/// # Errors
/// When the database refuses.
pub async fn put_back(
    tx: &mut Tx,
    deadlines: &[DeadlineId],
    claimed_until: DateTime<Utc>,
    next_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "
        update chases
        set next_at = $3, attempts = greatest(attempts - 1, 0)
        where deadline_id = any($1) and next_at = $2
        ",
        deadlines as &[DeadlineId],
        claimed_until,
        next_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Has a deadline that failed tried again at a moment.
///
/// # Errors
/// When the database refuses.
pub async fn retry_at(tx: &mut Tx, deadline: DeadlineId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("update chases set next_at = $2 where deadline_id = $1", deadline as DeadlineId, at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Parks a deadline that failed too often, where an admin sees it (R17).
///
/// # Errors
/// When the database refuses.
pub async fn park(tx: &mut Tx, deadline: DeadlineId, because: &str) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "update chases set parked_at = $2, parked_because = $3 where deadline_id = $1",
        deadline as DeadlineId,
        now,
        because,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Has a parked deadline looked at anew. Says whether it was parked.
///
/// # Errors
/// When the database refuses.
pub async fn unpark(tx: &mut Tx, deadline: DeadlineId) -> Result<bool> {
    let row = sqlx::query!(
        "
        update chases
        set parked_at = null, parked_because = null, attempts = 0, next_at = 'epoch'
        where deadline_id = $1 and parked_at is not null
        ",
        deadline as DeadlineId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(row.rows_affected() > 0)
}

/// Has open deadlines of changed ladders looked at anew, so many at a time. Gives how many.
///
/// # Errors
/// When the database refuses.
pub async fn replan(tx: &mut Tx, limit: i64) -> Result<i64> {
    let kind = sqlx::query_scalar!("select kind from ladder_replans order by kind limit 1 for update skip locked")
        .fetch_optional(&mut **tx)
        .await?;
    let Some(kind) = kind else {
        return Ok(0);
    };
    let planned = sqlx::query_scalar!(
        r#"
        with part as (
            select d.id, d.due_at
            from ladder_replans r
            cross join lateral (
                select d.id, d.due_at
                from deadlines d
                where d.kind = $1 and d.stage = 'open' and (d.due_at, d.id) > (r.due_at, r.after)
                order by d.due_at, d.id
                limit $2
            ) d
            where r.kind = $1
        ), planned as (
            update chases h
            set next_at = 'epoch'
            from part
            where h.deadline_id = part.id and h.parked_at is null
        ), moved as (
            update ladder_replans r
            set (due_at, after) = (select p.due_at, p.id from part p order by p.due_at desc, p.id desc limit 1)
            where r.kind = $1 and exists (select from part)
        )
        select count(*) as "n!" from part
        "#,
        kind,
        limit,
    )
    .fetch_one(&mut **tx)
    .await?;
    if planned < limit {
        sqlx::query!("delete from ladder_replans where kind = $1", kind).execute(&mut **tx).await?;
    }
    Ok(planned)
}

/// Takes what lies behind a moment as chased already, for histories that are made up. Offers still expire and requests
/// still move up.
///
/// # Errors
/// When the database refuses.
pub async fn leave_behind(tx: &mut Tx, until: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "
        update chases h
        set chased_until = $1
        from deadlines d
        where d.id = h.deadline_id and d.kind not in ('offer', 'approval')
        ",
        until,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
