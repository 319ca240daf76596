use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::chase::ladders;
use super::ladder::{Footing, Ladder};
use super::{Deadline, End, Kind};
use crate::calendar::Due;
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{CaseId, DeadlineId, TeamId, UserId};

#[derive(Deserialize)]
struct Row {
    id: DeadlineId,
    kind: String,
    what: String,
    due_at: DateTime<Utc>,
    because: String,
    set_at: DateTime<Utc>,
    owner: Option<UserId>,
    paused_at: Option<DateTime<Utc>>,
}

impl From<Row> for Deadline {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: Kind::from_name(&row.kind).expect("the table's check allows known kinds only"),
            what: row.what,
            due_at: row.due_at,
            because: row.because,
            set_at: row.set_at,
            owner: row.owner,
            paused_at: row.paused_at,
        }
    }
}

/// Everything open in a case, soonest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Deadline>> {
    of_case_part(case).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Deadline> {
    part!(
        Row,
        r#"
        select id as "id: DeadlineId", kind, what, due_at, because, set_at, owner_id as "owner: UserId",
            paused_at
        from deadlines
        where case_id = $1 and stage = 'open'
        order by due_at, id
        "#,
        case as CaseId,
    )
    .then(|row| Ok(Deadline::from(row)))
}

/// The next thing due in a case; what stands still is not.
///
/// # Errors
/// When the database cannot be read.
pub async fn next(connection: &mut PgConnection, case: CaseId) -> Result<Option<Deadline>> {
    Ok(of_case(connection, case).await?.into_iter().find(|deadline| deadline.paused_at.is_none()))
}

/// A target: so many hours, working or not.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) hours: i32,
    pub(super) working: bool,
}

pub(super) async fn find_target(connection: &mut PgConnection, code: &str) -> Result<Option<Target>> {
    Ok(sqlx::query_as!(Target, "select name, hours, working from time_targets where code = $1", code)
        .fetch_optional(connection)
        .await?)
}

pub(super) async fn insert(tx: &mut Tx, case: CaseId, subject: Option<Uuid>, deadline: &Deadline) -> Result<()> {
    sqlx::query!(
        "
        insert into deadlines (id, case_id, kind, what, due_at, because, set_at, owner_id, subject_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ",
        deadline.id as DeadlineId,
        case as CaseId,
        deadline.kind.name(),
        deadline.what,
        deadline.due_at,
        deadline.because,
        deadline.set_at,
        deadline.owner as Option<UserId>,
        subject,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn how(end: End) -> &'static str {
    match end {
        End::Done => "done",
        End::DoneInTime => "in_time",
        End::Cleared => "cleared",
    }
}

pub(super) async fn end(tx: &mut Tx, case: CaseId, kind: Option<Kind>, end: End) -> Result<u64> {
    let now = tx.now();
    let ended = sqlx::query!(
        "
        update deadlines
        -- what stands still has time left; of what is taken off it is kept that it did
        set stage = case
                when $3 = 'cleared' then 'cleared'
                when $3 = 'in_time' or due_at >= $4 or paused_at is not null then 'met'
                else 'missed'
            end,
            ended_at = $4, paused_at = case when $3 = 'cleared' then paused_at end,
            paused_minutes = case when $3 = 'cleared' then paused_minutes end
        where case_id = $1 and stage = 'open' and (kind = $2 or ($2::text is null and kind not in ('promise', 'follow_up', 'regulator_response')))
        ",
        case as CaseId,
        kind.map(Kind::name),
        how(end),
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected())
}

pub(super) async fn end_for(tx: &mut Tx, subject: Uuid, kind: Kind, end: End) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        update deadlines
        -- what stands still has time left; of what is taken off it is kept that it did
        set stage = case
                when $3 = 'cleared' then 'cleared'
                when $3 = 'in_time' or due_at >= $4 or paused_at is not null then 'met'
                else 'missed'
            end,
            ended_at = $4, paused_at = case when $3 = 'cleared' then paused_at end,
            paused_minutes = case when $3 = 'cleared' then paused_minutes end
        where subject_id = $1 and stage = 'open' and kind = $2
        ",
        subject,
        kind.name(),
        how(end),
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn reassign(tx: &mut Tx, case: CaseId, owner: Option<UserId>) -> Result<()> {
    sqlx::query!(
        "
        update deadlines
        set owner_id = $2
        where case_id = $1 and stage = 'open' and kind not in ('follow_up', 'promise', 'approval', 'appointment')
            -- an offer stays with whoever watches it when its case goes back to the queue
            and ($2::uuid is not null or kind <> 'offer')
        ",
        case as CaseId,
        owner as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A ladder with its row held, and the highest number that any rung of it ever had.
pub(super) async fn lock_ladder(tx: &mut Tx, kind: Kind) -> Result<(Ladder, i16)> {
    sqlx::query_scalar!("select version from ladders where kind = $1 for no key update", kind.name())
        .fetch_one(&mut **tx)
        .await?;
    let last = sqlx::query_scalar!(
        r#"select coalesce(max(rung), 0::smallint) as "n!" from ladder_rungs where kind = $1"#,
        kind.name()
    )
    .fetch_one(&mut **tx)
    .await?;
    let ladder = ladders(tx).await?.into_iter().find(|ladder| ladder.kind == kind).ok_or(Error::NotFound)?;
    Ok((ladder, last))
}

/// Saves what differs, and has the open deadlines of the kind planned anew.
pub(super) async fn save_ladder(tx: &mut Tx, before: &Ladder, after: &Ladder) -> Result<()> {
    let kind = after.kind.name();
    sqlx::query!(
        "update ladders set pauses = $2, urgent = $3, version = version + 1 where kind = $1",
        kind,
        after.pauses,
        after.urgent,
    )
    .execute(&mut **tx)
    .await?;
    let kept: Vec<i16> = after.rungs.iter().map(|rung| rung.number).collect();
    sqlx::query!(
        "update ladder_rungs set retired = true where kind = $1 and not retired and rung <> all($2)",
        kind,
        &kept
    )
    .execute(&mut **tx)
    .await?;
    for rung in after.rungs.iter().filter(|rung| !before.rungs.contains(rung)) {
        sqlx::query!(
            "
            insert into ladder_rungs (kind, rung, minutes, working, act)
            values ($1, $2, $3, $4, $5)
            on conflict (kind, rung) do update set minutes = $3, working = $4, act = $5
            ",
            kind,
            rung.number,
            i32::try_from(rung.after.num_minutes()).unwrap_or(i32::MAX),
            rung.working,
            rung.act.name(),
        )
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query!(
        "
        insert into ladder_replans (kind)
        values ($1)
        on conflict (kind) do update
        set due_at = '-infinity', after = '00000000-0000-0000-0000-000000000000'
        ",
        kind,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// An open deadline of a kind, for a look at what a ladder would do with it.
pub(super) struct Open {
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) what: String,
    pub(super) team: Option<TeamId>,
    pub(super) footing: Footing,
}

/// Open deadlines of a kind that are due in a span, soonest first.
pub(super) async fn open_of(
    connection: &mut PgConnection,
    kind: Kind,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Open>> {
    let rows = sqlx::query!(
        r#"
        select d.case_id as "case: CaseId", c.number, d.what, c.team_id as "team: TeamId", d.due_at, d.set_at,
            h.chased_until, array(select e.rung from rung_effects e where e.deadline_id = d.id) as "done!"
        from deadlines d
        join chases h on h.deadline_id = d.id and h.parked_at is null
        join cases c on c.id = d.case_id
        where d.kind = $1 and d.stage = 'open' and d.paused_at is null and d.due_at between $2 and $3
        order by d.due_at, d.id
        limit $4
        "#,
        kind.name(),
        from,
        until,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Open {
            case: row.case,
            number: row.number,
            what: row.what,
            team: row.team,
            footing: Footing { due: row.due_at, set_at: row.set_at, chased_until: row.chased_until, done: row.done },
        })
        .collect())
}

/// What of a case may stand still and does not.
pub(super) async fn pausing(tx: &mut Tx, case: CaseId) -> Result<Vec<(DeadlineId, Kind, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        r#"
        select d.id as "id: DeadlineId", d.kind, d.due_at
        from deadlines d
        join ladders l on l.kind = d.kind and l.pauses
        where d.case_id = $1 and d.stage = 'open' and d.paused_at is null
        order by d.id
        "#,
        case as CaseId,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, Kind::from_name(&row.kind)?, row.due_at))).collect())
}

pub(super) async fn pause(tx: &mut Tx, deadline: DeadlineId, minutes: i32) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "update deadlines set paused_at = $2, paused_minutes = $3 where id = $1",
        deadline as DeadlineId,
        now,
        minutes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Something that stands still.
pub(super) struct Paused {
    pub(super) id: DeadlineId,
    pub(super) kind: Kind,
    pub(super) due_at: DateTime<Utc>,
    pub(super) at: DateTime<Utc>,
    /// Working time that was left.
    pub(super) minutes: i32,
}

/// What of a case stands still.
pub(super) async fn paused(tx: &mut Tx, case: CaseId) -> Result<Vec<Paused>> {
    let rows = sqlx::query!(
        r#"
        select id as "id: DeadlineId", kind, due_at, paused_at as "at!", paused_minutes as "minutes!"
        from deadlines
        where case_id = $1 and stage = 'open' and paused_at is not null
        order by id
        "#,
        case as CaseId,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let kind = Kind::from_name(&row.kind)?;
            Some(Paused { id: row.id, kind, due_at: row.due_at, at: row.at, minutes: row.minutes })
        })
        .collect())
}

pub(super) async fn resume(tx: &mut Tx, deadline: DeadlineId, due: &Due) -> Result<()> {
    sqlx::query!(
        "update deadlines set paused_at = null, paused_minutes = null, due_at = $2, because = $3 where id = $1",
        deadline as DeadlineId,
        due.at,
        due.because,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
