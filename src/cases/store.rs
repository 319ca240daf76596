mod causes;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{AtStake, CancellationLine, Case, Channel, Close, Kind, Outcome, Priority, Stage, WaitingOn};
use crate::db::{Part, Tx, part};
use crate::deadlines::Deadline;
use crate::error::{Error, Result};
use crate::ids::{CaseId, ChangeId, CustomerId, OrderId, SubscriptionId, TeamId, UserId};
use crate::money::{Currency, Money};

pub(super) use causes::{CauseRow, lock_causes, save_causes};

#[derive(Deserialize)]
struct Row {
    id: CaseId,
    number: i64,
    customer: CustomerId,
    kind: String,
    channel: String,
    stage: String,
    waiting_on: Option<String>,
    stated_reason: String,
    reason: Option<String>,
    subscription: Option<SubscriptionId>,
    order: Option<OrderId>,
    value_at_risk_minor: i64,
    currency: Currency,
    priority: i16,
    leaves_on: Option<NaiveDate>,
    just_cancel: bool,
    team: Option<TeamId>,
    owner: Option<UserId>,
    opened_at: DateTime<Utc>,
    first_action_at: Option<DateTime<Utc>>,
    first_action_minutes: Option<i32>,
    outcome: Option<String>,
    outcome_note: Option<String>,
    value_kept_minor: Option<i64>,
    closed_at: Option<DateTime<Utc>>,
    closed_by: Option<UserId>,
    duplicate_of: Option<CaseId>,
    version: i64,
}

impl Row {
    fn read(self) -> Result<Case> {
        let odd = |what: &str| Error::Internal(anyhow::anyhow!("case {} has an odd {what}", self.number));
        let stage = match self.stage.as_str() {
            "new" => Stage::New,
            "working" => Stage::Working,
            "waiting" => Stage::Waiting(
                self.waiting_on.as_deref().and_then(WaitingOn::from_name).ok_or_else(|| odd("waiting_on"))?,
            ),
            _ => Stage::Closed(Close {
                outcome: self.outcome.as_deref().and_then(Outcome::from_name).ok_or_else(|| odd("outcome"))?,
                note: self.outcome_note.clone().unwrap_or_default(),
                kept: Money::new(self.value_kept_minor.ok_or_else(|| odd("value kept"))?, self.currency),
                duplicate_of: self.duplicate_of,
                at: self.closed_at.ok_or_else(|| odd("closing time"))?,
                by: self.closed_by,
            }),
        };
        Ok(Case {
            stage,
            kind: Kind::from_name(&self.kind).ok_or_else(|| odd("kind"))?,
            channel: Channel::from_name(&self.channel).ok_or_else(|| odd("channel"))?,
            priority: u8::try_from(self.priority).ok().and_then(Priority::new).ok_or_else(|| odd("priority"))?,
            at_stake: match (self.subscription, self.order) {
                (Some(subscription), _) => AtStake::Subscription(subscription),
                (None, Some(order)) => AtStake::Order(order),
                (None, None) => AtStake::Everything,
            },
            value_at_risk: Money::new(self.value_at_risk_minor, self.currency),
            id: self.id,
            number: self.number,
            customer: self.customer,
            stated_reason: self.stated_reason,
            reason: self.reason,
            leaves_on: self.leaves_on,
            just_cancel: self.just_cancel,
            team: self.team,
            owner: self.owner,
            opened_at: self.opened_at,
            first_action_at: self.first_action_at,
            first_action_minutes: self.first_action_minutes,
            version: self.version,
        })
    }
}

/// A case, as a question to be asked with others.
#[must_use]
pub fn find_part(case: CaseId) -> Part<Case> {
    part!(
        Row,
        r#"
        select id as "id: CaseId", number, customer_id as "customer: CustomerId", kind, channel, stage, waiting_on,
            stated_reason, reason, subscription_id as "subscription: SubscriptionId", order_id as "order: OrderId",
            value_at_risk_minor, currency as "currency: Currency", priority, leaves_on, just_cancel,
            team_id as "team: TeamId", owner_id as "owner: UserId", opened_at, first_action_at,
            first_action_minutes, outcome, outcome_note, value_kept_minor, closed_at, closed_by_id as "closed_by: UserId",
            duplicate_of_id as "duplicate_of: CaseId", version
        from cases
        where id = $1
        "#,
        case as CaseId,
    )
    .then(Row::read)
}

/// A case.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, case: CaseId) -> Result<Case> {
    find_part(case).one(connection).await
}

/// A case, with its row held until the transaction ends: the first thing every action does.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock(tx: &mut Tx, case: CaseId) -> Result<Case> {
    if tx.holds_first(case.uuid()) {
        sqlx::query_scalar!("select version from cases where id = $1 for no key update", case as CaseId)
            .fetch_one(&mut **tx)
            .await?;
    }
    find(tx, case).await
}

/// The case that people call SD-20418.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find_by_number(connection: &mut PgConnection, number: i64) -> Result<CaseId> {
    Ok(sqlx::query_scalar!(r#"select id as "id: CaseId" from cases where number = $1"#, number)
        .fetch_one(connection)
        .await?)
}

/// The case that a row of a source became.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_by_source(connection: &mut PgConnection, source: &str, external_ref: &str) -> Result<Option<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: CaseId" from cases where source = $1 and external_ref = $2"#,
        source,
        external_ref,
    )
    .fetch_optional(connection)
    .await?)
}

/// The live case of a customer for the same kind and thing, if there is one (R14).
///
/// # Errors
/// When the database cannot be read.
pub async fn live_for(
    connection: &mut PgConnection,
    customer: CustomerId,
    kind: Kind,
    at_stake: AtStake,
) -> Result<Option<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select id as "id: CaseId"
        from cases
        where customer_id = $1 and kind = $2 and stage <> 'closed'
            and subscription_id is not distinct from $3 and order_id is not distinct from $4
        order by opened_at
        limit 1
        "#,
        customer as CustomerId,
        kind.name(),
        at_stake.subscription() as Option<SubscriptionId>,
        at_stake.order() as Option<OrderId>,
    )
    .fetch_optional(connection)
    .await?)
}

/// Where a case came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin<'a> {
    pub(super) source: Option<&'a str>,
    pub(super) external_ref: Option<&'a str>,
    pub(super) source_category: Option<&'a str>,
    pub(super) second_because: Option<&'a str>,
}

pub(super) async fn insert(tx: &mut Tx, case: &Case, origin: &Origin<'_>) -> Result<i64> {
    let by = tx.by();
    Ok(sqlx::query_scalar!(
        "
        insert into cases (id, customer_id, kind, channel, stage, stated_reason, reason, subscription_id, order_id,
            value_at_risk_minor, currency, priority, leaves_on, just_cancel, team_id, owner_id, source, external_ref,
            source_category, second_because, opened_at, opened_by_id)
        values ($1, $2, $3, $4, 'new', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        returning number
        ",
        case.id as CaseId,
        case.customer as CustomerId,
        case.kind.name(),
        case.channel.name(),
        case.stated_reason,
        case.reason,
        case.at_stake.subscription() as Option<SubscriptionId>,
        case.at_stake.order() as Option<OrderId>,
        case.value_at_risk.minor,
        case.value_at_risk.currency.code(),
        i16::from(case.priority.level()),
        case.leaves_on,
        case.just_cancel,
        case.team as Option<TeamId>,
        case.owner as Option<UserId>,
        origin.source,
        origin.external_ref,
        origin.source_category,
        origin.second_because,
        case.opened_at,
        by as Option<UserId>,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// A case that is over comes in as it is: one row, written once.
pub(super) async fn insert_closed(tx: &mut Tx, case: &Case, origin: &Origin<'_>) -> Result<i64> {
    let by = tx.by();
    let Stage::Closed(close) = &case.stage else {
        return Err(Error::Internal(anyhow::anyhow!("only a closed case comes in closed")));
    };
    Ok(sqlx::query_scalar!(
        "
        insert into cases (id, customer_id, kind, channel, stage, stated_reason, reason, subscription_id, order_id,
            value_at_risk_minor, currency, priority, source, external_ref, source_category, opened_at, opened_by_id,
            outcome, outcome_note, value_kept_minor, closed_at, closed_by_id)
        values ($1, $2, $3, $4, 'closed', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            $21)
        returning number
        ",
        case.id as CaseId,
        case.customer as CustomerId,
        case.kind.name(),
        case.channel.name(),
        case.stated_reason,
        case.reason,
        case.at_stake.subscription() as Option<SubscriptionId>,
        case.at_stake.order() as Option<OrderId>,
        case.value_at_risk.minor,
        case.value_at_risk.currency.code(),
        i16::from(case.priority.level()),
        origin.source,
        origin.external_ref,
        origin.source_category,
        case.opened_at,
        by as Option<UserId>,
        close.outcome.name(),
        close.note,
        close.kept.minor,
        close.at,
        close.by as Option<UserId>,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Saves a case whose row is held, one version further, with the copy of its next deadline.
pub(super) async fn save(tx: &mut Tx, case: &mut Case, next: Option<&Deadline>) -> Result<()> {
    let waiting_on = match &case.stage {
        Stage::Waiting(on) => Some(on.name()),
        _ => None,
    };
    let close = match &case.stage {
        Stage::Closed(close) => Some(close),
        _ => None,
    };
    sqlx::query!(
        "
        update cases
        set kind = $2, channel = $3, stage = $4, waiting_on = $5, stated_reason = $6, reason = $7,
            subscription_id = $8, order_id = $9, value_at_risk_minor = $10, priority = $11, leaves_on = $12,
            just_cancel = $13, team_id = $14, owner_id = $15, first_action_at = $16, outcome = $17,
            outcome_note = $18, value_kept_minor = $19, closed_at = $20, closed_by_id = $21, duplicate_of_id = $22,
            next_action = $23, next_due_at = $24, next_due_from = $25, next_due_because = $26,
            first_action_minutes = $27, version = version + 1
        where id = $1
        ",
        case.id as CaseId,
        case.kind.name(),
        case.channel.name(),
        case.stage.name(),
        waiting_on,
        case.stated_reason,
        case.reason,
        case.at_stake.subscription() as Option<SubscriptionId>,
        case.at_stake.order() as Option<OrderId>,
        case.value_at_risk.minor,
        i16::from(case.priority.level()),
        case.leaves_on,
        case.just_cancel,
        case.team as Option<TeamId>,
        case.owner as Option<UserId>,
        case.first_action_at,
        close.map(|close| close.outcome.name()),
        close.map(|close| close.note.as_str()),
        close.map(|close| close.kept.minor),
        close.map(|close| close.at),
        close.and_then(|close| close.by) as Option<UserId>,
        close.and_then(|close| close.duplicate_of) as Option<CaseId>,
        next.map(|next| next.what.as_str()),
        next.map(|next| next.due_at),
        next.map(|next| next.set_at),
        next.map(|next| next.because.as_str()),
        case.first_action_minutes,
    )
    .execute(&mut **tx)
    .await?;
    case.version += 1;
    Ok(())
}

/// Whether anything was offered, promised, asked, begun in steps or booked in a case.
pub(super) async fn is_dealt_with(tx: &mut Tx, case: CaseId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (select from offers where case_id = $1) or exists (select from promises where case_id = $1)
            or exists (select from requests where case_id = $1) or exists (select from processes where case_id = $1)
            or exists (select from appointments where case_id = $1) as "dealt!"
        "#,
        case as CaseId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Gives a case whose row is held to another customer, one version further.
pub(super) async fn give_to_customer(tx: &mut Tx, case: &Case) -> Result<()> {
    sqlx::query!(
        "update cases set customer_id = $2, version = version + 1 where id = $1",
        case.id as CaseId,
        case.customer as CustomerId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One line of a case's history.
pub(super) async fn note_change(
    tx: &mut Tx,
    case: CaseId,
    field: &str,
    was: Option<&str>,
    now: Option<&str>,
    why: Option<&str>,
) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into case_changes (id, case_id, at, by_id, field, was, now, why)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        ",
        ChangeId::new() as ChangeId,
        case as CaseId,
        at,
        by as Option<UserId>,
        field,
        was,
        now,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The most urgent live case that nobody owns and `team` may take, held; what somebody else is taking now is passed
/// over.
pub(super) async fn lock_next_free(tx: &mut Tx, team: Option<TeamId>) -> Result<Option<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select id as "id: CaseId"
        from cases
        where stage <> 'closed' and owner_id is null and (team_id is null or team_id is not distinct from $1)
        order by coalesce(next_due_at, 'infinity'), value_at_risk_minor desc, id
        limit 1
        for no key update skip locked
        "#,
        team as Option<TeamId>,
    )
    .fetch_optional(&mut **tx)
    .await?)
}

pub(super) async fn insert_cancellation_lines(tx: &mut Tx, case: CaseId, lines: &[CancellationLine]) -> Result<()> {
    for (position, line) in (1..).zip(lines) {
        sqlx::query!(
            "
            insert into cancellation_lines
                (case_id, position, stock_code, description, quantity, amount_minor, order_id, match_reason)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            ",
            case as CaseId,
            position,
            line.stock_code,
            line.description,
            line.quantity,
            line.amount.minor,
            line.order as Option<OrderId>,
            line.match_reason,
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// The team of a colleague: the case joins it with its new owner.
pub(super) async fn team_of(connection: &mut PgConnection, user: UserId) -> Result<Option<TeamId>> {
    sqlx::query_scalar!(r#"select team_id as "team: TeamId" from users where id = $1 and active"#, user as UserId)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Error::refused("This colleague is not active. Choose another."))
}
