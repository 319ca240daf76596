use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgConnection;

use super::{About, Figure, Target, Whose};
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{TargetId, TeamId, UserId};
use crate::money::Currency;

#[derive(Deserialize)]
struct Row {
    id: TargetId,
    figure: Figure,
    team: Option<TeamId>,
    person: Option<UserId>,
    from: NaiveDate,
    currency: Option<Currency>,
    value: Option<i64>,
}

impl Row {
    fn target(self) -> Result<Target> {
        let whose = self.team.map(Whose::Team).or(self.person.map(Whose::Person)).ok_or(Error::NotFound)?;
        let about = About { whose, figure: self.figure, currency: self.currency, from: self.from };
        Ok(Target { id: self.id, about, value: self.value })
    }
}

/// Every target, by whose and of what, the newest first.
pub(super) async fn all(connection: &mut PgConnection) -> Result<Vec<Target>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select t.id as "id: TargetId", t.figure as "figure: Figure", t.team_id as "team: TeamId", t.user_id as "person: UserId",
            t.from_month as "from", t.currency as "currency: Currency", t.value
        from targets t
        left join teams m on m.id = t.team_id
        left join users u on u.id = t.user_id
        order by t.team_id is null, lower(coalesce(m.name, u.name)), coalesce(t.team_id, t.user_id), t.figure, t.currency,
            t.from_month desc
        "#,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::target).collect()
}

/// The targets that count in a month, of everybody.
#[must_use]
pub fn in_force(month: NaiveDate) -> Part<Target> {
    part!(
        Row,
        r#"
        select distinct on (coalesce(t.team_id, t.user_id), t.figure, t.currency)
            t.id as "id: TargetId", t.figure as "figure: Figure", t.team_id as "team: TeamId", t.user_id as "person: UserId",
            t.from_month as "from", t.currency as "currency: Currency", t.value
        from targets t
        where t.from_month <= $1
        order by coalesce(t.team_id, t.user_id), t.figure, t.currency, t.from_month desc
        "#,
        month,
    )
    .then(Row::target)
}

/// Every target of a team, of all months; none of no team.
#[must_use]
pub fn of_team(team: Option<TeamId>) -> Part<Target> {
    part!(
        Row,
        r#"
        select t.id as "id: TargetId", t.figure as "figure: Figure", t.team_id as "team: TeamId", t.user_id as "person: UserId",
            t.from_month as "from", t.currency as "currency: Currency", t.value
        from targets t
        where t.team_id = $1
        "#,
        team as Option<TeamId>,
    )
    .then(Row::target)
}

/// A target, held until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, id: TargetId) -> Result<Target> {
    find(tx, id, true).await
}

pub(super) async fn find(connection: &mut PgConnection, id: TargetId, hold: bool) -> Result<Target> {
    if hold {
        sqlx::query_scalar!("select version from targets where id = $1 for no key update", id as TargetId)
            .fetch_one(&mut *connection)
            .await?;
    }
    let row = sqlx::query_as!(
        Row,
        r#"
        select t.id as "id: TargetId", t.figure as "figure: Figure", t.team_id as "team: TeamId", t.user_id as "person: UserId",
            t.from_month as "from", t.currency as "currency: Currency", t.value
        from targets t
        where t.id = $1
        "#,
        id as TargetId,
    )
    .fetch_one(connection)
    .await?;
    row.target()
}

/// Whether it could be kept: there is none yet of the same from the same month.
pub(super) async fn insert(tx: &mut Tx, target: &Target) -> Result<bool> {
    let (at, by) = (tx.now(), tx.by());
    let (team, person) = match target.about.whose {
        Whose::Team(team) => (Some(team), None),
        Whose::Person(person) => (None, Some(person)),
    };
    let done = sqlx::query!(
        "
        insert into targets (id, figure, team_id, user_id, from_month, currency, value, set_at, set_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict do nothing
        ",
        target.id as TargetId,
        target.about.figure.name(),
        team as Option<TeamId>,
        person as Option<UserId>,
        target.about.from,
        target.about.currency.map(|one| one.code().to_owned()),
        target.value,
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Saves another value of a target whose row is held.
pub(super) async fn save(tx: &mut Tx, id: TargetId, value: Option<i64>) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "update targets set value = $2, set_at = $3, set_by_id = $4, version = version + 1 where id = $1",
        id as TargetId,
        value,
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
