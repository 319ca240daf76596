//! The chaser: the background task that watches the deadlines. It never forgets (the database keeps a row per open
//! deadline), never doubles (a rung is noted in the transaction that has its effect, R15), never floods (of the rungs
//! that came due meanwhile the latest, once, R16), and one bad item never stops the rest (R17).
//!
//! ```text
//! claim (nobody else looks for a while) → lock case and deadline, look again → act, note, say when to look next → commit
//!   what only tells people: many deadlines in one transaction
//!   what changes something, or failed before: each deadline in a transaction of its own
//!   failed: again after a while, longer each time; ten times: parked, where an admin sees it
//! ```

mod act;
mod pages;
mod round;
mod store;
mod tell;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::appointments;
use crate::db::{Db, Origin, Tx, Via};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::notifications;
use crate::problems;
use crate::processes;
use crate::reports;

pub use pages::routes;

/// How often the desk looks for what is due.
const PAUSE: Duration = Duration::from_secs(10);
/// For how long a deadline in hand is left to whoever took it; then it is anybody's again.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// When to look again at what is in the hands of somebody who works on the case.
const BUSY: TimeDelta = TimeDelta::seconds(20);
/// How many deadlines are taken in hand at once.
const BATCH: i64 = 200;
/// How many of them are worked on side by side.
const WORKERS: usize = 3;
/// After so many attempts a deadline is parked.
const ATTEMPTS: i16 = 10;
/// How many reports are written at a time.
const REPORTS: usize = 50;
/// How many digests are written at a time.
const DIGESTS: i64 = 200;

/// What a round did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sweep {
    /// Rungs that told somebody something.
    pub told: usize,
    /// Rungs that changed something.
    pub done: usize,
    /// Rungs that later ones had overtaken.
    pub passed_over: usize,
    /// Digests and reports that were written.
    pub digests: usize,
    /// Deadlines that could not be looked at, to be tried again or parked.
    pub failed: usize,
    /// How late the most overdue rung was.
    pub behind: TimeDelta,
}

impl Sweep {
    /// Whether anything happened.
    #[must_use]
    pub fn did_something(&self) -> bool {
        self.told + self.done + self.passed_over + self.digests + self.failed > 0
    }

    fn add(&mut self, other: &Self) {
        self.told += other.told;
        self.done += other.done;
        self.passed_over += other.passed_over;
        self.digests += other.digests;
        self.failed += other.failed;
        self.behind = self.behind.max(other.behind);
    }
}

/// One instance of the chaser. Any number of them may run on one database.
#[derive(Clone, Debug)]
pub struct Chaser {
    db: Db,
    instance: Uuid,
    stop: CancellationToken,
}

impl Chaser {
    /// A chaser that ends, after what it has in hand, when told to stop.
    #[must_use]
    pub fn new(db: Db, stop: CancellationToken) -> Self {
        Self { db, instance: Uuid::now_v7(), stop }
    }

    /// Looks for what is due until told to stop; a round under way is ended first.
    pub async fn run(self) {
        loop {
            let round = AssertUnwindSafe(self.sweep(None)).catch_unwind().await;
            let round = round.unwrap_or_else(|_| Err(Error::Internal(anyhow::anyhow!("the round panicked"))));
            match round {
                Ok(swept) if swept.did_something() => tracing::info!(
                    told = swept.told,
                    done = swept.done,
                    passed_over = swept.passed_over,
                    digests = swept.digests,
                    failed = swept.failed,
                    "the chaser did a round"
                ),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the chaser could not look for what is due, trying again"),
            }
            if self.stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                return;
            }
        }
    }

    /// One round: does everything that is due, and notes what it did. `by`: who runs it, if it is no instance that looks
    /// again and again.
    ///
    /// # Errors
    /// When the database cannot be reached. What was done until then stays done.
    pub async fn sweep(&self, by: Option<UserId>) -> Result<Sweep> {
        let mut tx = self.begin().await?;
        let began = tx.now();
        if by.is_none() {
            store::look_in(&mut tx, self.instance).await?;
        }
        tx.commit().await?;
        // none of the parts waits for the one before to come to its end well (R17)
        let mut swept = Sweep::default();
        swept.add(&part("what is due", round::chase(self)).await);
        swept.add(&part("processes", self.move_on()).await);
        swept.add(&part("who is away", self.tell_who_is_away()).await);
        swept.add(&part("fixes of problems", self.chase_fixes()).await);
        swept.add(&part("digests", self.digest()).await);
        swept.add(&part("reports by mail", self.mail_reports()).await);
        if swept.did_something() || by.is_some() {
            let mut tx = self.begin().await?;
            store::note_sweep(&mut tx, self.instance, began, &swept, by).await?;
            tx.tell("chaser");
            tx.commit().await?;
        }
        Ok(swept)
    }

    async fn move_on(&self) -> Result<Sweep> {
        let (done, failed) = processes::move_on(&self.db).await?;
        Ok(Sweep { done, failed, ..Sweep::default() })
    }

    async fn tell_who_is_away(&self) -> Result<Sweep> {
        let (told, failed) = appointments::tell_who_is_away(&self.db).await?;
        Ok(Sweep { told, failed, ..Sweep::default() })
    }

    async fn chase_fixes(&self) -> Result<Sweep> {
        let mut tx = self.begin().await?;
        let told = usize::try_from(problems::chase_fixes(&mut tx).await?).unwrap_or_default();
        tx.commit().await?;
        Ok(Sweep { told, ..Sweep::default() })
    }

    async fn digest(&self) -> Result<Sweep> {
        let mut swept = Sweep::default();
        while !self.stop.is_cancelled() {
            let (looked, written) = notifications::digest(&self.db, DIGESTS).await?;
            swept.digests += written;
            if looked == 0 {
                break;
            }
        }
        Ok(swept)
    }

    async fn mail_reports(&self) -> Result<Sweep> {
        let mut swept = Sweep::default();
        while !self.stop.is_cancelled() {
            let (looked, written) = reports::make_mails(&self.db, REPORTS).await?;
            swept.digests += written;
            if looked == 0 {
                break;
            }
        }
        Ok(swept)
    }

    async fn begin(&self) -> Result<Tx> {
        self.db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await
    }
}

/// Does a part of a round. One that fails as a whole is logged, counts as one failure, and is done again in the next round.
async fn part(of: &str, work: impl Future<Output = Result<Sweep>>) -> Sweep {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    let done = done.unwrap_or_else(|_| Err(Error::Internal(anyhow::anyhow!("it panicked"))));
    done.unwrap_or_else(|error| {
        tracing::error!(of, %error, "a part of the round failed, and is done again in the next one");
        Sweep { failed: 1, ..Sweep::default() }
    })
}

/// How long to wait after so many failures in a row: twenty seconds, then twice as long each time, an hour at most.
fn wait_after(attempts: i16) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 9)).unwrap_or(9) - 1;
    TimeDelta::seconds(20 << doublings).min(TimeDelta::hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r17_each_failure_waits_longer_and_an_hour_at_most() {
        let waits: Vec<i64> = (0..=10).map(|attempts| wait_after(attempts).num_seconds()).collect();
        assert_eq!(waits, [20, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    }
}
