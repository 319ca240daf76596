//! Users as admins see them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::passwords::Hashed;
use super::super::store::{self, links, sessions};
use super::super::{Details, NewUser, Refusal, User, leaves_no_admin};
use super::{Edited, keep};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Actor, Can, ManageUsers, Role};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::web::Merge;

/// Adds a user.
///
/// # Errors
/// When somebody has the address already, or roles and department do not go together.
pub async fn add_user(tx: &mut Tx, _: &Can<ManageUsers>, new: &NewUser) -> Result<UserId> {
    insert(tx, new).await
}

pub(super) async fn insert(tx: &mut Tx, new: &NewUser) -> Result<UserId> {
    new.details.check()?;
    let id = UserId::new();
    if !store::insert(tx, id, new).await? {
        return Err(Refusal::EmailTaken.into());
    }
    let mut entry = Entry::new(Action::UserAdded, Subject::User(id)).fact("roles", names(&new.details.roles));
    if let Some(team) = new.details.team {
        entry = entry.fact("team", team.to_string());
    }
    if let Some(department) = new.details.department {
        entry = entry.fact("department", department.to_string());
    }
    audit::record(tx, entry).await?;
    Ok(id)
}

/// Sets a user's password, as from the command line; all their sessions end.
///
/// # Errors
/// When the user is not there.
pub async fn set_password(tx: &mut Tx, _: &Can<ManageUsers>, user: UserId, password: &Hashed) -> Result<()> {
    let person = store::lock(tx, user).await?;
    super::sessions::save(tx, user, person.details.email.as_str(), password, None).await
}

/// Changes what is written about a user (R6): `base` is what the form was opened with.
pub(in super::super) async fn change_user(
    tx: &mut Tx,
    _: &Can<ManageUsers>,
    user: UserId,
    base: &Details,
    yours: &Details,
) -> Result<Edited> {
    store::lock_admins(tx).await?;
    let was = store::lock(tx, user).await?;
    let mut merge = Merge::new();
    let now = merged(&mut merge, base, &was.details, yours);
    let conflicts = merge.conflicts();
    if !conflicts.is_empty() {
        return Ok(Edited::Conflict(conflicts));
    }
    if now == was.details {
        return Ok(Edited::Saved);
    }
    now.check()?;
    if store::is_email_taken(tx, &now.email, user).await? {
        return Err(Refusal::EmailTaken.into());
    }
    keep_an_admin(tx, &was, now.roles.contains(&Role::Admin)).await?;
    store::save_details(tx, user, &now).await?;
    audit::record(tx, changes(&was, &now)).await?;
    Ok(Edited::Saved)
}

fn merged(merge: &mut Merge, base: &Details, theirs: &Details, yours: &Details) -> Details {
    Details {
        name: keep(merge, ("name", "Name"), [&base.name, &theirs.name, &yours.name], |name| name.as_str().to_owned()),
        email: keep(merge, ("email", "Work e-mail"), [&base.email, &theirs.email, &yours.email], |email| {
            email.as_str().to_owned()
        }),
        roles: keep(merge, ("roles", "Roles"), [&base.roles, &theirs.roles, &yours.roles], |roles| {
            names(roles).join(",")
        }),
        team: keep(merge, ("team", "Team"), [&base.team, &theirs.team, &yours.team], |team| text(*team)),
        department: keep(
            merge,
            ("department", "Department"),
            [&base.department, &theirs.department, &yours.department],
            |department| text(*department),
        ),
    }
}

fn changes(was: &User, now: &Details) -> Entry {
    let mut entry = Entry::new(Action::UserChanged, Subject::User(was.id));
    let old = &was.details;
    if old.name != now.name {
        entry = entry.personal("name", &was.audit_key, old.name.as_str(), now.name.as_str());
    }
    if old.email != now.email {
        entry = entry.personal("email", &was.audit_key, old.email.as_str(), now.email.as_str());
    }
    if old.roles != now.roles {
        entry = entry.change("roles", names(&old.roles), names(&now.roles));
    }
    if old.team != now.team {
        entry = entry.change("team", value(old.team), value(now.team));
    }
    if old.department != now.department {
        entry = entry.change("department", value(old.department), value(now.department));
    }
    entry
}

/// Shuts a user out, at once and everywhere. Cases they own stay theirs until somebody gives them to others.
pub(in super::super) async fn deactivate(tx: &mut Tx, _: &Can<ManageUsers>, user: UserId) -> Result<()> {
    store::lock_admins(tx).await?;
    let was = store::lock(tx, user).await?;
    if !was.active {
        return Ok(());
    }
    keep_an_admin(tx, &was, false).await?;
    store::save_active(tx, user, false).await?;
    let ended = sessions::end_others(tx, user, None).await?;
    links::replace(tx, Some(user)).await?;
    let entry = Entry::new(Action::UserDeactivated, Subject::User(user)).fact("sessions_ended", ended);
    audit::record(tx, entry).await
}

/// Lets a user in again, with the password they had.
pub(in super::super) async fn reactivate(tx: &mut Tx, _: &Can<ManageUsers>, user: UserId) -> Result<()> {
    let was = store::lock(tx, user).await?;
    if was.active {
        return Ok(());
    }
    store::save_active(tx, user, true).await?;
    audit::record(tx, Entry::new(Action::UserReactivated, Subject::User(user))).await
}

/// Turns my single-key shortcuts on or off (WCAG 2.1.4).
pub(in super::super) async fn set_single_keys(tx: &mut Tx, me: &Actor, on: bool) -> Result<()> {
    let id = me.id.ok_or(Error::Forbidden)?;
    store::lock(tx, id).await?;
    if me.single_keys == on {
        return Ok(());
    }
    store::save_single_keys(tx, id, on).await?;
    let entry = Entry::new(Action::UserChanged, Subject::User(id)).change("single_keys", me.single_keys, on);
    audit::record(tx, entry).await
}

/// Keeps the columns of the queue that somebody chose for themselves.
///
/// # Errors
/// When the database refuses.
pub async fn choose_queue_columns(tx: &mut Tx, me: &Actor, columns: &[String]) -> Result<()> {
    let id = me.id.ok_or(Error::Forbidden)?;
    store::lock(tx, id).await?;
    if me.queue_columns == columns {
        return Ok(());
    }
    store::save_queue_columns(tx, id, columns).await?;
    let entry = Entry::new(Action::UserChanged, Subject::User(id));
    audit::record(tx, entry.change("queue_columns", me.queue_columns.clone(), columns.to_vec())).await
}

async fn keep_an_admin(tx: &mut Tx, was: &User, stays_admin: bool) -> Result<()> {
    let others = store::count_other_admins(tx, was.id).await?;
    if leaves_no_admin(was, stays_admin, others) {
        return Err(Refusal::LastAdmin.into());
    }
    Ok(())
}

fn names(roles: &BTreeSet<Role>) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}

fn text(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn value(id: Option<impl ToString>) -> Value {
    id.map_or(Value::Null, |id| Value::String(id.to_string()))
}
