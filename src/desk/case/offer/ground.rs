//! What the offers of a case are built and judged on: what may be offered, how far one may go, what the customer has.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::super::facts::Facts;
use crate::auth::{Actor, MakeOffers, Role, SeePolicy};
use crate::cases::AtStake;
use crate::catalogue::{self, Asker, Catalogue};
use crate::customers::{self, SubjectChoice};
use crate::db::{first, together};
use crate::economics::{self, Card, Economics, Gain};
use crate::error::Result;
use crate::ids::{OfferId, UserId};
use crate::limits::Policy;
use crate::offers::{self, Grounds, Weighed};
use crate::web::App;

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
    /// Reads what belongs to the customer: what they are worth, for whoever sees that, with the order at stake; and what an
    /// offer may be about, for whoever may make one here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(in crate::desk::case) async fn load(
        app: &App,
        connection: &mut PgConnection,
        actor: &Actor,
        facts: &Facts,
    ) -> Result<(Self, Option<Card>)> {
        let (customer, now) = (facts.case.customer, facts.now);
        let sees = actor.may::<SeePolicy>();
        let makes = actor.id.is_some() && actor.may::<MakeOffers>();
        let builds =
            makes && facts.case.is_live() && facts.no_attempt_because().is_none() && facts.frozen_since.is_none();
        let order = facts.order.as_ref().map(|order| order.id).filter(|_| sees);
        let asked = (
            (sees || builds).then(|| economics::of_customer_part(customer, now)),
            order.map(economics::of_order_part),
            builds.then(|| (customers::subjects_part(customer), economics::gains_part())),
        );
        let (worth, of_order, ((subscriptions, orders), gains)) = together(connection, asked).await?;
        let worth = worth.into_iter().next();
        let order = order.zip(of_order.into_iter().next());
        let card = worth.as_ref().filter(|_| sees).map(|worth| Card::of(worth, order, now));
        let ground = Self {
            catalogue: app.kept(connection, actor).await?,
            policy: app.kept(connection, actor).await?,
            subjects: customers::subjects_of(subscriptions, orders, !facts.masked()),
            economics: worth,
            gains: gains.into_iter().flatten().collect(),
            times: HashMap::new(),
            last: None,
            weighed: None,
        };
        Ok((ground, card))
    }

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
