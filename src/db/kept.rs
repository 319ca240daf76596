//! What is kept in memory of the tables that change rarely and are the same for everybody: teams and their hours, the
//! catalogue, the limits.
//!
//! Every topic has a stamp in the database, which rises in the transaction of each change. The statement that reads the
//! session brings the stamps along, so a request knows whether a copy is the current one without asking, and reads it
//! anew only when it is not. There is nothing to expire and nobody to notify: what was committed before a request began
//! is seen by it, on every instance.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use tokio::sync::Mutex;

use crate::error::Result;

/// The stamps as a request found them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct Stamps {
    /// Of offer types and their versions.
    pub catalogue: i64,
    /// Of the limits.
    pub limits: i64,
    /// Of users, teams, departments.
    pub people: i64,
    /// Of reasons, objections, levers.
    pub reasons: i64,
}

/// What a slice keeps of its own tables.
pub trait Keep: Sized + Send + Sync + 'static {
    /// The stamp that rises when it changes.
    fn stamp(stamps: &Stamps) -> i64;

    /// Reads all of it, as pages of this moment and later need it. It must see what was committed before it is called:
    /// never call it in a transaction that reads an older state.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn load(connection: &mut PgConnection, now: DateTime<Utc>) -> impl Future<Output = Result<Self>> + Send;
}

/// What is kept of one kind.
struct Slot<T> {
    held: RwLock<Option<(i64, Arc<T>)>>,
    loading: Mutex<()>,
}

impl<T> Slot<T> {
    /// What is held, if it is as new as a stamp or newer.
    fn get(&self, stamp: i64) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|(of, _)| *of >= stamp).map(|(_, value)| Arc::clone(value))
    }

    /// Takes the place of what is older.
    fn put(&self, stamp: i64, value: &Arc<T>) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_none_or(|(of, _)| *of < stamp) {
            *held = Some((stamp, Arc::clone(value)));
        }
    }
}

/// Where an instance keeps it.
#[derive(Default)]
pub(super) struct Shelf(RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Shelf {
    fn slot<T: Keep>(&self) -> Arc<Slot<T>> {
        let id = TypeId::of::<T>();
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let slot = found.unwrap_or_else(|| {
            let empty = || Arc::new(Slot::<T> { held: RwLock::new(None), loading: Mutex::new(()) });
            let mut slots = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(id).or_insert_with(|| empty()))
        });
        slot.downcast().expect("a slot stands under the type it was made for")
    }

    /// The copy as of `stamps` or newer, if it is held.
    pub(super) fn held<T: Keep>(&self, stamps: Option<&Stamps>) -> Option<Arc<T>> {
        self.slot::<T>().get(T::stamp(stamps?))
    }

    /// The copy as of `stamps` or newer. Of requests that find it old at once, one reads it and the others wait for that
    /// one. Whoever knows no stamps gets what the database says now, and nothing of it is kept.
    pub(super) async fn get<T: Keep>(
        &self,
        connection: &mut PgConnection,
        stamps: Option<&Stamps>,
        now: DateTime<Utc>,
    ) -> Result<Arc<T>> {
        let Some(stamp) = stamps.map(T::stamp) else { return Ok(Arc::new(T::load(connection, now).await?)) };
        let slot = self.slot::<T>();
        if let Some(value) = slot.get(stamp) {
            return Ok(value);
        }
        let _turn = slot.loading.lock().await;
        if let Some(value) = slot.get(stamp) {
            return Ok(value);
        }
        // read after the stamp was, so it is at least as new: at worst it is read once more when a stamp says newer
        let value = Arc::new(T::load(connection, now).await?);
        slot.put(stamp, &value);
        Ok(value)
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot<&'static str> {
        Slot { held: RwLock::new(None), loading: Mutex::new(()) }
    }

    #[test]
    fn a_copy_serves_whoever_saw_its_stamp_or_an_older_one() {
        let slot = slot();
        assert!(slot.get(1).is_none());
        slot.put(2, &Arc::new("second"));
        assert_eq!(slot.get(1).as_deref(), Some(&"second"));
        assert_eq!(slot.get(2).as_deref(), Some(&"second"));
        assert!(slot.get(3).is_none());
    }

    #[test]
    fn an_older_copy_never_takes_the_place_of_a_newer_one() {
        let slot = slot();
        slot.put(3, &Arc::new("third"));
        slot.put(2, &Arc::new("second"));
        assert_eq!(slot.get(3).as_deref(), Some(&"third"));
    }
}
