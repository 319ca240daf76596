//! What the offers of a case are built and judged on: what may be offered, how far one may go, what the customer has.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::super::facts::Facts;
use crate::auth::Role;
use crate::cases::AtStake;
use crate::catalogue::{self, Asker, Catalogue};
use crate::customers::SubjectChoice;
use crate::db::{first, together};
use crate::economics::{Economics, Gain};
use crate::error::Result;
use crate::ids::{OfferId, UserId};
use crate::limits::Policy;
use crate::offers::{self, Grounds, Weighed};

/// All of it, for one case and whoever looks.
pub(in crate::desk::case) struct Ground {
    pub(in crate::desk::case) catalogue: Arc<Catalogue>,
    pub(in crate::desk::case) policy: Arc<Policy>,
    /// What an offer may be about.
    pub(in crate::desk::case) subjects: Vec<SubjectChoice>,
    pub(in crate::desk::case) economics: Option<Economics>,
    /// How much likelier customers stayed with an offer, by code of the type.
    pub(in crate::desk::case) gains: HashMap<String, Gain>,
    /// How long decisions take.
    pub(in crate::desk::case) times: HashMap<Role, TimeDelta>,
    /// Code of the type that whoever looks offered last.
    pub(in crate::desk::case) last: Option<String>,
    /// What was weighed already: about what, without which offer.
    pub(in crate::desk::case) weighed: Option<(AtStake, Option<OfferId>, Weighed)>,
}

impl Ground {
    /// Reads who would be offered something, and weighs what they were given already.
    ///
    /// # Errors
    /// `NotFound` when the subscription or order is not theirs.
    pub(in crate::desk::case) async fn weigh(
        &mut self,
        connection: &mut PgConnection,
        facts: &Facts,
        me: UserId,
        about: AtStake,
        without: Option<OfferId>,
    ) -> Result<Asker> {
        let (customer, now) = (facts.case.customer, facts.now);
        let asker = catalogue::asker_part(customer, about, Some(facts.case.kind), without, now);
        let (asker, weighed) =
            together(connection, (asker, offers::weighed_part(me, customer, about, without, now))).await?;
        self.weighed = Some((about, without, first(weighed)?));
        first(asker)
    }

    /// What the policy check rests on.
    ///
    /// # Errors
    /// `NotFound` when the subscription or order is not theirs.
    pub(in crate::desk::case) async fn grounds(
        &self,
        connection: &mut PgConnection,
        facts: &Facts,
        me: UserId,
        about: AtStake,
        without: Option<OfferId>,
    ) -> Result<Grounds> {
        let weighed = match self.weighed {
            Some((of, but, weighed)) if of == about && but == without => weighed,
            _ => offers::weighed_part(me, facts.case.customer, about, without, facts.now).one(connection).await?,
        };
        Ok(weighed.under(self.policy.of(weighed.tier, weighed.subject.price.currency, facts.now)))
    }
}
