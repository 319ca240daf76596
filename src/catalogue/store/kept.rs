//! The catalogue as pages need it everywhere: kept in memory, with every version there ever was.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::OfferType;
use crate::db::{Keep, Stamps};
use crate::error::{Error, Result};
use crate::ids::OfferTypeVersionId;

/// Every version of every offer type.
#[derive(Debug)]
pub struct Catalogue {
    /// By type in the order of their places, the oldest version first.
    types: Vec<Vec<OfferType>>,
}

impl Keep for Catalogue {
    fn stamp(stamps: &Stamps) -> i64 {
        stamps.catalogue
    }

    async fn load(connection: &mut PgConnection, _: DateTime<Utc>) -> Result<Self> {
        let mut types: Vec<Vec<OfferType>> = Vec::new();
        for version in super::every_version(connection).await? {
            match types.last_mut() {
                Some(of) if of.iter().any(|other| other.code == version.code) => of.push(version),
                _ => types.push(vec![version]),
            }
        }
        Ok(Self { types })
    }
}

impl Catalogue {
    /// Every type with the version that counts at a moment, cheapest lever first. Those not valid then are among them.
    #[must_use]
    pub fn current(&self, at: DateTime<Utc>) -> Vec<OfferType> {
        self.pick(|versions| counting(versions, at))
    }

    /// Every type there is, cheapest lever first: with the version that counts at a moment, or the first where none does
    /// yet.
    #[must_use]
    pub fn all(&self, at: DateTime<Utc>) -> Vec<OfferType> {
        self.pick(|versions| counting(versions, at).or(versions.first()))
    }

    /// One version of a type, whether it still counts or not.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub fn find_version(&self, version: OfferTypeVersionId) -> Result<&OfferType> {
        self.types.iter().flatten().find(|one| one.version == version).ok_or(Error::NotFound)
    }

    /// Every version of a type, the newest first; none when there is no such type.
    #[must_use]
    pub fn versions(&self, code: &str) -> Vec<OfferType> {
        self.types.iter().flatten().filter(|one| one.code == code).rev().cloned().collect()
    }

    fn pick<'a>(&'a self, one: impl FnMut(&'a Vec<OfferType>) -> Option<&'a OfferType>) -> Vec<OfferType> {
        let mut picked: Vec<OfferType> = self.types.iter().filter_map(one).cloned().collect();
        // stable, so that types of one lever stay in the order of their places
        picked.sort_by_key(|one| one.lever_position);
        picked
    }
}

/// The newest version that has begun.
fn counting(versions: &[OfferType], at: DateTime<Utc>) -> Option<&OfferType> {
    versions.iter().rev().find(|version| version.valid_from <= at)
}
