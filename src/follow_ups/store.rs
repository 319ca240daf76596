//! Follow-ups, what became of them, and when customers may be called.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use sqlx::PgConnection;

use super::{FollowUp, Kind, Snoozed, Stage, StillHere, Wake};
use crate::accounts::default_calendar;
use crate::calendar::{Due, WorkingWeek};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, FollowUpChangeId, FollowUpId, InteractionId, PromiseId, UserId};

struct Row {
    id: FollowUpId,
    case: CaseId,
    kind: Kind,
    what: String,
    owner: Option<UserId>,
    owner_name: Option<String>,
    due_at: DateTime<Utc>,
    because: String,
    interaction: Option<InteractionId>,
    promise: Option<PromiseId>,
    check_day: Option<i16>,
    saved_at: Option<DateTime<Utc>>,
    snoozed_for: Option<String>,
    snoozed_from_at: Option<DateTime<Utc>>,
    snoozed_from_because: Option<String>,
    stage: Stage,
    still_here: Option<StillHere>,
    note: Option<String>,
    made_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    ended_by: Option<UserId>,
    version: i64,
}

impl From<Row> for FollowUp {
    fn from(row: Row) -> Self {
        let from = row.snoozed_from_at.zip(row.snoozed_from_because).map(|(at, because)| Due { at, because });
        Self {
            snoozed: row.snoozed_for.zip(from).map(|(until, from)| Snoozed { until: Wake::from_name(&until), from }),
            id: row.id,
            case: row.case,
            kind: row.kind,
            what: row.what,
            owner: row.owner,
            owner_name: row.owner_name,
            due: Due { at: row.due_at, because: row.because },
            interaction: row.interaction,
            promise: row.promise,
            check_day: row.check_day,
            saved_at: row.saved_at,
            stage: row.stage,
            still_here: row.still_here,
            note: row.note,
            made_at: row.made_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            version: row.version,
        }
    }
}

/// Those that a condition picks, soonest first.
macro_rules! follow_ups {
    ($fetch:ident, $connection:expr, $id:expr, $case:expr, $interaction:expr, $promise:expr) => {
        sqlx::query_as!(
            Row,
            r#"
            select f.id as "id: FollowUpId", f.case_id as "case: CaseId", f.kind as "kind: Kind", f.what,
                f.owner_id as "owner: UserId", u.name as "owner_name?", f.due_at, f.because,
                f.interaction_id as "interaction: InteractionId", f.promise_id as "promise: PromiseId", f.check_day,
                f.saved_at, f.snoozed_for, f.snoozed_from_at, f.snoozed_from_because, f.stage as "stage: Stage",
                f.still_here as "still_here: StillHere", f.note, f.made_at, f.ended_at,
                f.ended_by_id as "ended_by: UserId", f.version
            from follow_ups f
            left join users u on u.id = f.owner_id
            where ($1::uuid is null or f.id = $1) and ($2::uuid is null or (f.case_id = $2 and f.stage = 'open'))
                and ($3::uuid is null or f.interaction_id = $3)
                and ($4::uuid is null or (f.promise_id = $4 and f.stage = 'open'))
                and num_nonnulls($1::uuid, $2::uuid, $3::uuid, $4::uuid) = 1
            order by f.due_at, f.id
            limit 200
            "#,
            $id as Option<FollowUpId>,
            $case as Option<CaseId>,
            $interaction as Option<InteractionId>,
            $promise as Option<PromiseId>,
        )
        .$fetch($connection)
    };
}

/// A follow-up.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, id: FollowUpId) -> Result<FollowUp> {
    Ok(follow_ups!(fetch_one, connection, Some(id), None, None, None).await?.into())
}

/// The follow-up that an entry of the log said would come next.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_interaction(connection: &mut PgConnection, interaction: InteractionId) -> Result<Option<FollowUp>> {
    let row = follow_ups!(fetch_optional, connection, None, None, Some(interaction), None).await?;
    Ok(row.map(FollowUp::from))
}

/// Those that are open in a case, soonest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<FollowUp>> {
    let rows = follow_ups!(fetch_all, connection, None, Some(case), None, None).await?;
    Ok(rows.into_iter().map(FollowUp::from).collect())
}

/// The open one about a promise.
pub(super) async fn open_of_promise(connection: &mut PgConnection, promise: PromiseId) -> Result<Option<FollowUp>> {
    let row = follow_ups!(fetch_optional, connection, None, None, None, Some(promise)).await?;
    Ok(row.map(FollowUp::from))
}

/// Those of a case that wait for this, by an index of the few that wait.
pub(super) async fn waiting(connection: &mut PgConnection, case: CaseId, wake: Wake) -> Result<Vec<FollowUpId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select id as "id: FollowUpId"
        from follow_ups
        where case_id = $1 and snoozed_for = $2 and snoozed_for in ('reply', 'answer', 'decision')
        order by due_at, id
        "#,
        case as CaseId,
        wake.name(),
    )
    .fetch_all(connection)
    .await?)
}

pub(super) async fn lock(tx: &mut Tx, id: FollowUpId) -> Result<FollowUp> {
    sqlx::query_scalar!("select version from follow_ups where id = $1 for no key update", id as FollowUpId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, id).await
}

pub(super) async fn insert(tx: &mut Tx, follow_up: &FollowUp) -> Result<()> {
    let by = tx.by();
    sqlx::query!(
        "
        insert into follow_ups (id, case_id, kind, what, owner_id, due_at, because, interaction_id, promise_id, check_day,
            saved_at, made_at, made_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ",
        follow_up.id as FollowUpId,
        follow_up.case as CaseId,
        follow_up.kind.name(),
        follow_up.what,
        follow_up.owner as Option<UserId>,
        follow_up.due.at,
        follow_up.due.because,
        follow_up.interaction as Option<InteractionId>,
        follow_up.promise as Option<PromiseId>,
        follow_up.check_day,
        follow_up.saved_at,
        follow_up.made_at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves one whose row is held, one version further.
pub(super) async fn save(tx: &mut Tx, follow_up: &mut FollowUp) -> Result<()> {
    let snoozed = follow_up.snoozed.as_ref();
    sqlx::query!(
        "
        update follow_ups
        set owner_id = $2, due_at = $3, because = $4, snoozed_for = $5, snoozed_from_at = $6, snoozed_from_because = $7,
            stage = $8, still_here = $9, note = $10, ended_at = $11, ended_by_id = $12, version = version + 1
        where id = $1
        ",
        follow_up.id as FollowUpId,
        follow_up.owner as Option<UserId>,
        follow_up.due.at,
        follow_up.due.because,
        snoozed.map(|snoozed| snoozed.until.map_or("time", Wake::name)),
        snoozed.map(|snoozed| snoozed.from.at),
        snoozed.map(|snoozed| snoozed.from.because.as_str()),
        follow_up.stage.name(),
        follow_up.still_here.map(StillHere::name),
        follow_up.note,
        follow_up.ended_at,
        follow_up.ended_by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    follow_up.version += 1;
    Ok(())
}

/// What became of it, as a line of its case's log.
pub(super) struct Change<'a> {
    pub(super) what: &'static str,
    pub(super) mark: Option<&'static str>,
    pub(super) note: Option<&'a str>,
    pub(super) shown: bool,
}

pub(super) async fn note_change(tx: &mut Tx, follow_up: &FollowUp, change: Change<'_>) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into follow_up_changes (id, follow_up_id, case_id, at, by_id, change, mark, due_at, owner_id, note, shown)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ",
        FollowUpChangeId::new() as FollowUpChangeId,
        follow_up.id as FollowUpId,
        follow_up.case as CaseId,
        at,
        by as Option<UserId>,
        change.what,
        change.mark,
        follow_up.due.at,
        follow_up.owner as Option<UserId>,
        change.note,
        change.shown,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// When the customer of a case may be called.
#[derive(Clone, Debug)]
pub struct Calling {
    /// Within these hours …
    pub hours: WorkingWeek,
    /// … on the customer's clock.
    pub zone: Tz,
}

/// The hours that the desk keeps, on the customer's clock. What the store holds was checked before it was written; should
/// it ever not be read, nobody is called at night.
///
/// # Errors
/// When the database cannot be read.
pub async fn calling(connection: &mut PgConnection, case: CaseId) -> Result<Calling> {
    let row = sqlx::query!(
        "
        select cu.time_zone, h.working_week
        from cases c
        join customers cu on cu.id = c.customer_id
        cross join calling_hours h
        where c.id = $1
        ",
        case as CaseId,
    )
    .fetch_one(connection)
    .await?;
    let default = default_calendar();
    Ok(Calling {
        hours: serde_json::from_value(row.working_week).unwrap_or(default.week),
        zone: row.time_zone.parse().unwrap_or(default.zone),
    })
}

/// The hours at which customers may be called, and their row's version.
pub(super) async fn calling_hours(connection: &mut PgConnection) -> Result<(Value, i64)> {
    let row = sqlx::query!("select working_week, version from calling_hours").fetch_one(connection).await?;
    Ok((row.working_week, row.version))
}

pub(super) async fn save_calling_hours(tx: &mut Tx, week: &Value, seen: i64) -> Result<bool> {
    let saved = sqlx::query!(
        "update calling_hours set working_week = $1, version = version + 1 where version = $2",
        week,
        seen,
    )
    .execute(&mut **tx)
    .await?;
    Ok(saved.rows_affected() > 0)
}
