//! One-time links: to make the first admin, to set a password.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::passwords::Hashed;
use super::super::store::{self, links};
use super::super::tokens::Token;
use super::super::{NewUser, Refusal};
use super::sessions;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ManageUsers};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::UserId;

/// A link works for so long.
const LASTS: TimeDelta = TimeDelta::hours(24);

/// A link to hand over. It is shown once: the store holds only a digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OneTimeLink {
    /// The whole address.
    pub url: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// With nobody there yet, a link to make the first admin; links made before stop working.
///
/// # Errors
/// When the database refuses.
pub async fn first_admin_link(tx: &mut Tx, base_url: &str) -> Result<Option<OneTimeLink>> {
    if store::lock_no_users(tx).await? {
        return Ok(None);
    }
    make(tx, None, base_url).await.map(Some)
}

/// A link by which a user sets a password; one made before stops working.
///
/// # Errors
/// When the user is deactivated.
pub async fn password_link(tx: &mut Tx, _: &Can<ManageUsers>, user: UserId, base_url: &str) -> Result<OneTimeLink> {
    let person = store::lock(tx, user).await?;
    if !person.active {
        return Err(Refusal::Deactivated.into());
    }
    make(tx, Some(user), base_url).await
}

async fn make(tx: &mut Tx, user: Option<UserId>, base_url: &str) -> Result<OneTimeLink> {
    let token = Token::random();
    let expires_at = tx.now() + LASTS;
    links::replace(tx, user).await?;
    links::insert(tx, &token.digest(), user, expires_at).await?;
    let subject = user.map_or(Subject::Desk, Subject::User);
    audit::record(tx, Entry::new(Action::PasswordLinkMade, subject)).await?;
    Ok(OneTimeLink { url: format!("{base_url}/set-password/{}", token.text()), expires_at })
}

/// Sets the password of the link's user, once.
pub(in super::super) async fn use_password_link(
    tx: &mut Tx,
    token: &Token,
    user: UserId,
    password: &Hashed,
) -> Result<()> {
    let person = store::lock(tx, user).await?;
    if !person.active || !links::use_up(tx, &token.digest()).await? {
        return Err(Refusal::LinkGone.into());
    }
    links::replace(tx, Some(user)).await?;
    sessions::save(tx, user, person.details.email.as_str(), password, None).await
}

/// Makes the first admin, once.
pub(in super::super) async fn make_first_admin(tx: &mut Tx, token: &Token, admin: &NewUser) -> Result<UserId> {
    if store::lock_no_users(tx).await? {
        return Err(Refusal::HasUsers.into());
    }
    if !links::use_up(tx, &token.digest()).await? {
        return Err(Refusal::LinkGone.into());
    }
    links::replace(tx, None).await?;
    super::users::insert(tx, admin).await
}
