//! A personal link for calendar programs.

use super::super::store;
use super::super::tokens::Token;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};

/// Makes one's own link, and gives its address, which cannot be read again; the one before no longer works.
pub(in super::super) async fn make_calendar_link(tx: &mut Tx, me: &Actor, base_url: &str) -> Result<String> {
    let user = me.id.ok_or(Error::Forbidden)?;
    let token = Token::random();
    store::save_calendar_link(tx, user, &token.digest()).await?;
    audit::record(tx, Entry::new(Action::CalendarLinkMade, Subject::User(user))).await?;
    Ok(format!("{base_url}/calendar/{}.ics", token.text()))
}

/// Takes one's own link away. Says whether there was one.
pub(in super::super) async fn revoke_calendar_link(tx: &mut Tx, me: &Actor) -> Result<bool> {
    let user = me.id.ok_or(Error::Forbidden)?;
    let gone = store::delete_calendar_link(tx, user).await?;
    if gone {
        audit::record(tx, Entry::new(Action::CalendarLinkRevoked, Subject::User(user))).await?;
    }
    Ok(gone)
}
