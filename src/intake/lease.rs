//! The lease of a check or a run: who works on it says so again and again, and how it ends is written by them alone.

use super::run::{LEASE, Run, whole};
use super::{Import, Stage, actions, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::error::{Error, Result};

impl Run {
    /// Says how far it is and keeps the lease; false when somebody else has it.
    pub(super) async fn renew(&self, rows_done: usize) -> Result<bool> {
        let mut tx = self.begin().await?;
        let until = tx.now() + LEASE;
        let kept = store::renew(&mut tx, self.id(), self.holder, until, whole(rows_done)).await?;
        actions::tell(&mut tx, self.id());
        tx.commit().await?;
        Ok(kept)
    }

    /// The server stops: another goes on at once.
    pub(super) async fn release(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        let now = tx.now();
        store::release(&mut tx, self.id(), self.holder, now).await?;
        tx.commit().await
    }

    /// The end. This transaction waits for the disk, and with it all before it are kept for good.
    pub(super) async fn finish(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        if !store::end(&mut tx, self.id(), self.holder).await? {
            return Ok(());
        }
        let mut import = store::lock(&mut tx, self.id()).await?;
        import.stage = Stage::Finished;
        import.finished_at = Some(tx.now());
        import.counts = store::counts(&mut tx, import.id).await?;
        store::save(&mut tx, &mut import).await?;
        audit::record(&mut tx, entry(Action::ImportFinished, &import)).await?;
        actions::tell(&mut tx, import.id);
        tx.tell("queue");
        tx.commit().await
    }

    /// It cannot go on by itself. What was brought in stays, and somebody may let it go on.
    pub(super) async fn fail(&self, error: &Error) -> Result<()> {
        let mut tx = self.begin().await?;
        if !store::end(&mut tx, self.id(), self.holder).await? {
            return Ok(());
        }
        let mut import = store::lock(&mut tx, self.id()).await?;
        import.stage = Stage::Failed;
        import.counts = store::counts(&mut tx, import.id).await?;
        import.failure = Some(match error {
            Error::Refused(sentence) => sentence.chars().take(500).collect(),
            _ => "Something broke on our side. What was brought in stays; the rest can go on from there.".to_owned(),
        });
        store::save(&mut tx, &mut import).await?;
        audit::record(&mut tx, entry(Action::ImportFinished, &import).fact("failed", true)).await?;
        actions::tell(&mut tx, import.id);
        tx.commit().await
    }
}

/// What the audit log says of an import.
pub(super) fn entry(action: Action, import: &Import) -> Entry {
    let counts = &import.counts;
    Entry::new(action, Subject::Import(import.id))
        .fact("kind", import.kind.name())
        .fact("created", counts.created)
        .fact("updated", counts.updated)
        .fact("unchanged", counts.unchanged)
        .fact("refused", counts.refused)
}
