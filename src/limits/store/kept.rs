//! The limits as pages need them everywhere: kept in memory, from those in force on.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::super::{Limits, Matrix};
use super::versions::{Version, matrices, since};
use crate::customers::Tier;
use crate::db::{Keep, Stamps};
use crate::error::{Error, Result};
use crate::money::Currency;

/// Older moments than this before it was read are not asked about.
const BACK: TimeDelta = TimeDelta::days(1);

/// The versions of the limits that count now or later.
#[derive(Debug)]
pub struct Policy {
    /// The oldest first.
    versions: Vec<(Version, Matrix)>,
}

impl Keep for Policy {
    fn stamp(stamps: &Stamps) -> i64 {
        stamps.limits
    }

    async fn load(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Self> {
        let versions = since(connection, now - BACK).await?;
        let ids: Vec<_> = versions.iter().map(|version| version.id).collect();
        let mut said = matrices(connection, &ids).await?;
        let whole = |version: Version| {
            let matrix = said.remove(&version.id).unwrap_or_default();
            (version, matrix)
        };
        Ok(Self { versions: versions.into_iter().map(whole).collect() })
    }
}

impl Policy {
    /// The version in force at a moment, with all it says.
    #[must_use]
    pub fn in_force(&self, at: DateTime<Utc>) -> Option<&(Version, Matrix)> {
        self.versions.iter().rev().find(|(version, _)| version.in_force_from <= at)
    }

    /// The version that was published last; it may be still to come.
    ///
    /// # Errors
    /// `NotFound` when none was ever published.
    pub fn newest(&self) -> Result<&(Version, Matrix)> {
        self.versions.last().ok_or(Error::NotFound)
    }

    /// The limits in force at a moment, for customers of a tier and offers in a currency.
    #[must_use]
    pub fn of(&self, tier: Tier, currency: Currency, at: DateTime<Utc>) -> Limits {
        match self.in_force(at) {
            Some((version, matrix)) => matrix.limits(version, tier, currency),
            None => Limits::none(tier, currency, at),
        }
    }
}
