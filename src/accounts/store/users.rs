//! Users and their roles.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Colleague, Details, Email, Name, NewUser, User};
use crate::auth::{Permission, Role, WorkCases};
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{DepartmentId, TeamId, UserId};

/// Whether anybody has an account.
pub(in super::super) async fn has_users(connection: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(r#"select exists(select from users) as "has!""#).fetch_one(connection).await?)
}

/// Waits for whoever else makes the first admin, then tells whether there is somebody.
pub(in super::super) async fn lock_no_users(tx: &mut Tx) -> Result<bool> {
    sqlx::query!("select pg_advisory_xact_lock(73, 0)").execute(&mut **tx).await?;
    has_users(tx).await
}

struct Stored {
    id: UserId,
    name: String,
    email: String,
    team: Option<TeamId>,
    department: Option<DepartmentId>,
    active: bool,
    password: Option<String>,
    created_at: DateTime<Utc>,
    signed_in_at: Option<DateTime<Utc>>,
    audit_key: Vec<u8>,
    roles: Vec<String>,
}

impl From<Stored> for User {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            details: Details {
                name: Name(row.name),
                email: Email(row.email),
                roles: roles(&row.roles),
                team: row.team,
                department: row.department,
            },
            active: row.active,
            password: row.password,
            created_at: row.created_at,
            signed_in_at: row.signed_in_at,
            audit_key: row.audit_key,
        }
    }
}

pub(in super::super) fn roles(names: &[String]) -> BTreeSet<Role> {
    names.iter().filter_map(|name| Role::from_name(name)).collect()
}

/// One user, for reading.
pub(in super::super) async fn find(connection: &mut PgConnection, id: UserId) -> Result<User> {
    let row = sqlx::query_as!(
        Stored,
        r#"
        select
            id as "id: UserId", name, email, team_id as "team: TeamId", department_id as "department: DepartmentId",
            active, password_hash as password, created_at, signed_in_at, audit_key,
            array(select role from user_roles where user_id = users.id) as "roles!"
        from users
        where id = $1
        "#,
        id as UserId,
    )
    .fetch_optional(connection)
    .await?;
    row.map(User::from).ok_or(Error::NotFound)
}

/// Somebody's address, to be asked with others.
pub(in super::super) fn email_part(id: UserId) -> Part<String> {
    part!(Address, "select email from users where id = $1", id as UserId).then(|row| Ok(row.email))
}

#[derive(Deserialize)]
struct Address {
    email: String,
}

/// One user, held until the end of the transaction.
pub(in super::super) async fn lock(tx: &mut Tx, id: UserId) -> Result<User> {
    sqlx::query!("select id from users where id = $1 for update", id as UserId)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(Error::NotFound)?;
    // read after the lock: roles stand in a table of their own
    find(tx, id).await
}

/// Holds every active admin, so that two of them cannot each make the other the last one. Before any other user's lock.
pub(in super::super) async fn lock_admins(tx: &mut Tx) -> Result<()> {
    sqlx::query!(
        "
        select u.id
        from users u
        where u.active and exists (select from user_roles r where r.user_id = u.id and r.role = 'admin')
        order by u.id
        for update
        ",
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn count_other_admins(tx: &mut Tx, than: UserId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from users u
        join user_roles r on r.user_id = u.id and r.role = 'admin'
        where u.active and u.id <> $1
        "#,
        than as UserId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// What signing in compares with.
pub(in super::super) struct Credentials {
    pub(in super::super) id: UserId,
    pub(in super::super) password: Option<String>,
}

/// Of an account that may sign in.
pub(in super::super) async fn credentials(connection: &mut PgConnection, email: &str) -> Result<Option<Credentials>> {
    Ok(sqlx::query_as!(
        Credentials,
        r#"select id as "id: UserId", password_hash as password from users where email = $1 and active"#,
        email,
    )
    .fetch_optional(connection)
    .await?)
}

/// The user with this address.
///
/// # Errors
/// When the database cannot be read.
pub async fn user_by_email(connection: &mut PgConnection, email: &Email) -> Result<Option<UserId>> {
    Ok(sqlx::query_scalar!(r#"select id as "id: UserId" from users where email = $1"#, email.as_str())
        .fetch_optional(connection)
        .await?)
}

/// Whether another user than this one has the address.
pub(in super::super) async fn is_email_taken(tx: &mut Tx, email: &Email, but: UserId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from users where email = $1 and id <> $2) as "taken!""#,
        email.as_str(),
        but as UserId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Adds a user; gives whether the address was free.
pub(in super::super) async fn insert(tx: &mut Tx, id: UserId, new: &NewUser) -> Result<bool> {
    let now = tx.now();
    let added = sqlx::query!(
        "
        insert into users (id, email, name, team_id, department_id, password_hash, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (email) do nothing
        ",
        id as UserId,
        new.details.email.as_str(),
        new.details.name.as_str(),
        new.details.team as Option<TeamId>,
        new.details.department as Option<DepartmentId>,
        new.password.as_ref().map(|hashed| hashed.0.as_str()),
        now,
    )
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    save_roles(tx, id, &new.details.roles).await?;
    Ok(true)
}

pub(in super::super) async fn save_details(tx: &mut Tx, id: UserId, details: &Details) -> Result<()> {
    sqlx::query!(
        "
        update users
        set name = $2, email = $3, team_id = $4, department_id = $5, version = version + 1
        where id = $1
        ",
        id as UserId,
        details.name.as_str(),
        details.email.as_str(),
        details.team as Option<TeamId>,
        details.department as Option<DepartmentId>,
    )
    .execute(&mut **tx)
    .await?;
    save_roles(tx, id, &details.roles).await
}

async fn save_roles(tx: &mut Tx, id: UserId, roles: &BTreeSet<Role>) -> Result<()> {
    let names: Vec<String> = roles.iter().map(|role| role.name().to_owned()).collect();
    sqlx::query!("delete from user_roles where user_id = $1 and role <> all($2)", id as UserId, &names)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "insert into user_roles (user_id, role) select $1, unnest($2::text[]) on conflict do nothing",
        id as UserId,
        &names,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save_active(tx: &mut Tx, id: UserId, active: bool) -> Result<()> {
    sqlx::query!("update users set active = $2, version = version + 1 where id = $1", id as UserId, active)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(in super::super) async fn save_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<()> {
    sqlx::query!("update users set password_hash = $2, version = version + 1 where id = $1", id as UserId, hash)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(in super::super) async fn save_signed_in(tx: &mut Tx, id: UserId) -> Result<()> {
    let now = tx.now();
    sqlx::query!("update users set signed_in_at = $2, version = version + 1 where id = $1", id as UserId, now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(in super::super) async fn save_single_keys(tx: &mut Tx, id: UserId, on: bool) -> Result<()> {
    sqlx::query!("update users set single_keys = $2, version = version + 1 where id = $1", id as UserId, on)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(in super::super) async fn save_queue_columns(tx: &mut Tx, id: UserId, columns: &[String]) -> Result<()> {
    sqlx::query!("update users set queue_columns = $2, version = version + 1 where id = $1", id as UserId, columns)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How many live cases somebody owns.
pub(in super::super) async fn count_live_cases(connection: &mut PgConnection, owner: UserId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from cases where owner_id = $1 and stage <> 'closed'"#,
        owner as UserId,
    )
    .fetch_one(connection)
    .await?)
}

/// The names of these users.
///
/// # Errors
/// When the database cannot be read.
pub async fn names(connection: &mut PgConnection, ids: &[UserId]) -> Result<HashMap<UserId, String>> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(r#"select id as "id: UserId", name from users where id = any($1)"#, &ids)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Active people who may own cases, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn colleagues(connection: &mut PgConnection) -> Result<Vec<Colleague>> {
    let may: Vec<String> = WorkCases::ROLES.iter().map(|role| role.name().to_owned()).collect();
    Ok(sqlx::query_as!(
        Colleague,
        r#"
        select u.id as "id: UserId", u.name, u.team_id as "team: TeamId"
        from users u
        where u.active and exists (select from user_roles r where r.user_id = u.id and r.role = any($1))
        order by lower(u.name), u.id
        "#,
        &may,
    )
    .fetch_all(connection)
    .await?)
}

/// Which users to list.
#[derive(Clone, Default, Debug)]
pub(in super::super) struct Filter {
    /// Part of the name or the address.
    pub(in super::super) text: Option<String>,
    pub(in super::super) role: Option<Role>,
    pub(in super::super) team: Option<TeamId>,
    pub(in super::super) active: Option<bool>,
}

/// One row of the list.
pub(in super::super) struct Row {
    pub(in super::super) id: UserId,
    pub(in super::super) name: String,
    pub(in super::super) email: String,
    pub(in super::super) team: Option<String>,
    pub(in super::super) department: Option<String>,
    pub(in super::super) active: bool,
    pub(in super::super) has_password: bool,
    pub(in super::super) signed_in_at: Option<DateTime<Utc>>,
    pub(in super::super) roles: Vec<String>,
}

/// Users by name, after or before one of them; backwards they come in reverse.
pub(in super::super) async fn list(
    connection: &mut PgConnection,
    filter: &Filter,
    after: Option<UserId>,
    before: Option<UserId>,
    limit: i64,
) -> Result<Vec<Row>> {
    Ok(sqlx::query_as!(
        Row,
        r#"
        select
            u.id as "id: UserId", u.name, u.email, t.name as "team?", d.name as "department?", u.active,
            u.password_hash is not null as "has_password!", u.signed_in_at,
            array(select r.role from user_roles r where r.user_id = u.id) as "roles!"
        from users u
        left join teams t on t.id = u.team_id
        left join departments d on d.id = u.department_id
        where ($1::text is null or position(lower($1) in lower(u.name)) > 0 or position(lower($1) in u.email) > 0)
            and ($2::text is null or exists (select from user_roles r where r.user_id = u.id and r.role = $2))
            and ($3::uuid is null or u.team_id = $3)
            and ($4::boolean is null or u.active = $4)
            and ($5::uuid is null or (lower(u.name), u.id) > (select lower(a.name), a.id from users a where a.id = $5))
            and ($6::uuid is null or (lower(u.name), u.id) < (select lower(b.name), b.id from users b where b.id = $6))
        order by
            case when $6::uuid is null then lower(u.name) end, case when $6::uuid is null then u.id end,
            case when $6::uuid is not null then lower(u.name) end desc, case when $6::uuid is not null then u.id end desc
        limit $7
        "#,
        filter.text,
        filter.role.map(Role::name),
        filter.team as Option<TeamId>,
        filter.active,
        after as Option<UserId>,
        before as Option<UserId>,
        limit,
    )
    .fetch_all(connection)
    .await?)
}
