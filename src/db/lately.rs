//! What was found a moment ago, for whoever asks the same: figures of the whole desk that every page of the queue shows, and
//! that one pass over thousands of rows finds.
//!
//! It is found anew once this instance has committed anything since, so nobody misses what they just did, and after
//! [`LONG`] at the latest, so that what other instances did is as good as there.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::Db;
use crate::error::Result;

/// What was found longer ago is found anew.
const LONG: Duration = Duration::from_secs(1);
/// With more questions than this, those that nobody asked lately are forgotten.
const MANY: usize = 100;

struct Found {
    commits: u64,
    at: Instant,
    what: Arc<dyn Any + Send + Sync>,
}

type Slot = Arc<Mutex<Option<Found>>>;

/// Where an instance keeps it.
#[derive(Default)]
pub(super) struct Lately {
    commits: AtomicU64,
    slots: std::sync::Mutex<HashMap<(TypeId, String), Slot>>,
}

impl Lately {
    /// Something changed.
    pub(super) fn changed(&self) {
        self.commits.fetch_add(1, Ordering::SeqCst);
    }

    fn slot<T: 'static>(&self, question: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() > MANY {
            let fresh = |slot: &Slot| {
                // whoever holds it is asking
                slot.try_lock().map_or(true, |found| found.as_ref().is_some_and(|found| found.at.elapsed() < LONG))
            };
            slots.retain(|_, slot| fresh(slot));
        }
        Arc::clone(slots.entry((TypeId::of::<T>(), question.to_owned())).or_default())
    }

    /// The answer, if it was found since the last change and lately; otherwise `find` finds it. Of those who ask at once
    /// one does, and the others wait.
    async fn get<T: Send + Sync + 'static>(
        &self,
        question: &str,
        find: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let slot = self.slot::<T>(question);
        let mut slot = slot.lock().await;
        let commits = self.commits.load(Ordering::SeqCst);
        if let Some(found) = slot.as_ref().filter(|one| one.commits == commits && one.at.elapsed() < LONG)
            && let Ok(what) = Arc::clone(&found.what).downcast()
        {
            return Ok(what);
        }
        let at = Instant::now();
        let what = Arc::new(find.await?);
        *slot = Some(Found { commits, at, what: Arc::clone(&what) as _ });
        Ok(what)
    }
}

impl fmt::Debug for Lately {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lately")
    }
}

impl Db {
    /// What `find` finds, or found less than a second ago for the same question with nothing committed here since. The
    /// question holds all that the answer depends on, but the moment.
    ///
    /// # Errors
    /// Those of `find`.
    pub async fn lately<T: Send + Sync + 'static>(
        &self,
        question: &str,
        find: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        self.lately.get(question, find).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_holds_until_something_changes() {
        let lately = Lately::default();
        let ask = async |question: &str, found: i32| *lately.get(question, async { Ok(found) }).await.unwrap();
        assert_eq!(ask("how many", 1).await, 1);
        assert_eq!(ask("how many", 2).await, 1);
        assert_eq!(ask("how much", 3).await, 3);
        lately.changed();
        assert_eq!(ask("how many", 4).await, 4);
    }

    #[tokio::test]
    async fn what_changes_while_it_is_found_is_found_the_next_time() {
        let lately = Lately::default();
        let found = lately.get("how many", async {
            lately.changed();
            Ok(1)
        });
        assert_eq!(*found.await.unwrap(), 1);
        assert_eq!(*lately.get("how many", async { Ok(2) }).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn questions_of_long_ago_are_forgotten() {
        let lately = Lately::default();
        for n in 0..=MANY {
            let slot = lately.slot::<i32>(&n.to_string());
            let at = Instant::now().checked_sub(LONG * 2).unwrap();
            *slot.lock().await = Some(Found { commits: 0, at, what: Arc::new(1) });
        }
        lately.slot::<i32>("how many");
        assert_eq!(lately.slots.lock().unwrap().len(), 1);
    }
}
