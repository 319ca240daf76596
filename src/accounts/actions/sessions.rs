//! Signing in and out, and the own password.

use std::time::Duration;

use chrono::TimeDelta;

use super::super::passwords::{self, Hashed, Password};
use super::super::store::{self, failures, sessions};
use super::super::throttle::account_digest;
use super::super::tokens::Token;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{SessionId, UserId};
use crate::web::App;

/// Whether somebody may try a password now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Admission {
    /// They may; should it fail, so many tries are left.
    Try { left: i64 },
    /// Too many failed: after so long.
    Wait(TimeDelta),
}

/// Lets one try a password for an account, existing or not. The try counts as failed from now on, until it proves
/// good: of many at once none is free.
pub(in super::super) async fn admit(tx: &mut Tx, email: &str, address: &str) -> Result<Admission> {
    let account = account_digest(email);
    failures::lock(tx, &account, address).await?;
    let now = tx.now();
    let failed = failures::count(tx, &account, address, now).await?;
    if let Some(wait) = failed.wait(now) {
        return Ok(Admission::Wait(wait));
    }
    failures::insert(tx, &account, address, now).await?;
    Ok(Admission::Try { left: failed.left() })
}

/// Where somebody signs in from.
#[derive(Debug)]
pub(in super::super) struct Browser<'a> {
    /// Its address.
    pub(in super::super) address: &'a str,
    /// What it calls itself.
    pub(in super::super) agent: &'a str,
    /// The session it carried; it ends.
    pub(in super::super) before: Option<Token>,
}

/// Begins a session, if the user is still active and the password is still the one that was compared.
pub(in super::super) async fn sign_in(
    tx: &mut Tx,
    user: UserId,
    compared: Option<&str>,
    browser: &Browser<'_>,
    longest: Duration,
) -> Result<Option<Token>> {
    let person = store::lock(tx, user).await?;
    if !person.active || person.password.as_deref() != compared {
        return Ok(None);
    }
    let now = tx.now();
    failures::clear(tx, &account_digest(person.details.email.as_str()), now).await?;
    sessions::forget_over(tx).await?;
    if let Some(before) = &browser.before {
        sessions::end_token(tx, &before.digest()).await?;
    }
    // always a new secret: one that somebody planted before is worth nothing
    let token = Token::random();
    let begun = sessions::Begun {
        digest: token.digest(),
        user,
        expires_at: now + longest,
        address: browser.address,
        browser: browser.agent,
    };
    let session = sessions::insert(tx, &begun).await?;
    store::save_signed_in(tx, user).await?;
    let entry = Entry::new(Action::SignedIn, Subject::User(user)).fact("session", session.to_string());
    audit::record(tx, entry).await?;
    Ok(Some(token))
}

/// Ends one of my sessions; one that is over already stays so.
pub(in super::super) async fn end_session(tx: &mut Tx, me: UserId, session: SessionId) -> Result<()> {
    if sessions::end(tx, me, session).await? {
        let entry = Entry::new(Action::SignedOut, Subject::User(me)).fact("session", session.to_string());
        audit::record(tx, entry).await?;
    }
    Ok(())
}

/// Ends all my sessions but this one; gives how many.
pub(in super::super) async fn end_other_sessions(tx: &mut Tx, me: UserId, keep: Option<SessionId>) -> Result<u64> {
    let ended = sessions::end_others(tx, me, keep).await?;
    if ended > 0 {
        audit::record(tx, Entry::new(Action::SignedOut, Subject::User(me)).fact("sessions", ended)).await?;
    }
    Ok(ended)
}

/// What became of a change of the own password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Changed {
    /// Done; other sessions have ended.
    Done,
    /// The current password was not right; so many tries are left. That it failed is to be kept.
    Wrong { left: i64 },
    /// Too many failed: after so long.
    Wait(TimeDelta),
}

/// Changes my password, for who knows the current one. The row stays locked while both are hashed: a form sent twice
/// is answered before, so this order keeps its second sending from being compared with the new password.
pub(in super::super) async fn change_password(
    tx: &mut Tx,
    app: &App,
    me: &Actor,
    address: &str,
    current: String,
    new: Password,
) -> Result<Changed> {
    let id = me.id.ok_or(Error::Forbidden)?;
    let person = store::lock(tx, id).await?;
    let email = person.details.email.as_str();
    let left = match admit(tx, email, address).await? {
        Admission::Wait(wait) => return Ok(Changed::Wait(wait)),
        Admission::Try { left } => left,
    };
    if !passwords::verify(app, current, person.password.clone()).await? {
        return Ok(Changed::Wrong { left });
    }
    let hashed = passwords::hash(app, new).await?;
    save(tx, id, email, &hashed, me.session).await?;
    Ok(Changed::Done)
}

/// Saves a password; every session but the kept one ends, and failures with the old one are forgotten.
pub(super) async fn save(
    tx: &mut Tx,
    user: UserId,
    email: &str,
    password: &Hashed,
    keep: Option<SessionId>,
) -> Result<()> {
    store::save_password(tx, user, &password.0).await?;
    let ended = sessions::end_others(tx, user, keep).await?;
    let now = tx.now();
    failures::clear(tx, &account_digest(email), now).await?;
    let entry = Entry::new(Action::PasswordChanged, Subject::User(user)).fact("sessions_ended", ended);
    audit::record(tx, entry).await
}
