//! Kinds of promises that people make by hand: who does them, in how many working hours, whose yes they need first (R10).
//! Data, which managers edit. Promises of offers and of processes have no type.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::store;
use crate::db::{Keep, Stamps};
use crate::error::Result;
use crate::ids::{DepartmentId, PromiseTypeId};

/// A kind of promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PromiseType {
    /// Its identity.
    pub id: PromiseTypeId,
    /// As people call it.
    pub name: String,
    /// The department that does it, if one does.
    pub department: Option<DepartmentId>,
    /// Departments whose yes it needs before it is made, by name.
    pub needs: Vec<(DepartmentId, String)>,
    /// Working hours in which it is kept, as a rule.
    pub hours: u16,
    /// Whether a line of a bill shows that it was kept.
    pub by_bill: bool,
    /// Whether it is offered no more.
    pub retired: bool,
    /// Row version (R6); 0 for one that is not there yet.
    pub version: i64,
}

/// All of them, by name; those that are offered no more as well.
#[derive(Debug)]
pub struct PromiseTypes(Vec<PromiseType>);

impl Keep for PromiseTypes {
    fn stamp(stamps: &Stamps) -> i64 {
        stamps.catalogue
    }

    async fn load(connection: &mut PgConnection, _: DateTime<Utc>) -> Result<Self> {
        Ok(Self(store::types(connection, None).await?))
    }
}

impl PromiseTypes {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[PromiseType] {
        &self.0
    }

    /// Those that may be promised.
    pub fn offered(&self) -> impl Iterator<Item = &PromiseType> {
        self.0.iter().filter(|one| !one.retired)
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, id: PromiseTypeId) -> Option<&PromiseType> {
        self.0.iter().find(|one| one.id == id)
    }
}
