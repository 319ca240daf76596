//! Choosing how to be told.

use serde_json::Value;

use super::super::store::{choices, digests};
use super::super::{Choices, Kind, Quiet};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};

/// Keeps how I want to be told from now on. What was told before stays as it is.
pub(in super::super) async fn choose(tx: &mut Tx, actor: &Actor, new: &Choices) -> Result<()> {
    let me = actor.id.ok_or(Error::Forbidden)?;
    let was = choices::lock(tx, me).await?;
    if was == *new {
        return Ok(());
    }
    choices::save(tx, me, new).await?;
    if was.digest != new.digest {
        digests::look_anew(tx, me).await?;
    }
    let mut entry = Entry::new(Action::NoticeChoicesChanged, Subject::User(me));
    for kind in Kind::ALL.iter().filter(|kind| was.way(**kind) != new.way(**kind)) {
        entry = entry.change(kind.name(), was.way(*kind).name(), new.way(*kind).name());
    }
    if was.digest != new.digest {
        entry = entry.change("digest", was.digest, new.digest);
    }
    if was.urgent != new.urgent {
        entry = entry.change("urgent", was.urgent, new.urgent);
    }
    if was.quiet != new.quiet {
        entry = entry.change("quiet", hours(was.quiet), hours(new.quiet));
    }
    audit::record(tx, entry).await
}

fn hours(quiet: Option<Quiet>) -> Value {
    quiet.map_or(Value::Null, |quiet| {
        let (from, until) = quiet.typed();
        Value::String(format!("{from}–{until}"))
    })
}
