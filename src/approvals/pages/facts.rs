//! What a request is about, as far as money and limits go, and what else could be given.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::economics::{self, Choice, Weighed};
use super::super::store::{self, About};
use super::super::{Approval, find};
use crate::auth::Role;
use crate::cases::AtStake;
use crate::catalogue::{self, OfferType, Subject, Terms};
use crate::error::{Error, Result};
use crate::ids::ApprovalId;
use crate::limits::{self, Asked, Limits, ROLES};
use crate::money::{Money, Percent};
use crate::offers::{self, Offer};

/// What a request is about, as far as money and limits go.
pub(super) struct Facts {
    pub(super) approval: Approval,
    pub(super) offer: Offer,
    pub(super) of_type: OfferType,
    pub(super) subject: Subject,
    pub(super) about: About,
    pub(super) limits: Limits,
    pub(super) asked: Asked,
}

impl Facts {
    pub(super) async fn load(connection: &mut PgConnection, approval: ApprovalId, at: DateTime<Utc>) -> Result<Self> {
        let approval = find(connection, approval).await?;
        let offers = offers::with_revisions(connection, &[approval.offer]).await?;
        let offer = offers.into_iter().find(|offer| offer.revision.number == approval.revision);
        let offer = offer.ok_or(Error::NotFound)?;
        let of_type = catalogue::find_version(connection, offer.revision.version).await?;
        let subject = offers::subject_of(connection, approval.customer, offer.at_stake).await?;
        // what was asked was reckoned with the price of then
        let subject = Subject { price: offer.revision.price, ..subject };
        let about = store::about(connection, approval.case).await?;
        let currency = approval.exposure.currency;
        let limits = limits::of(connection, about.tier, currency, at).await?;
        let before = if approval.stage.is_open() {
            limits::concessions_to(connection, approval.customer, currency, at, Some(offer.id)).await?
        } else {
            approval.customer_total.minus(approval.exposure).unwrap_or(Money::zero(currency))
        };
        let asked = Asked {
            offer_type: offer.offer_type.clone(),
            percent: offer.revision.terms.percent(),
            months: offer.revision.terms.months(),
            exposure: approval.exposure,
            margin: offer.revision.margin,
            customer_before: before,
            week_before: Money::zero(currency),
        };
        Ok(Self { approval, offer, of_type, subject, about, limits, asked })
    }

    /// What the offer is weighed against: of a subscription that runs.
    pub(super) async fn weighed(&self, connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Option<Weighed>> {
        let AtStake::Subscription(id) = self.offer.at_stake else { return Ok(None) };
        let economics = crate::economics::of_customer(connection, self.approval.customer, at).await?;
        let Some(running) = economics.running(id).cloned() else { return Ok(None) };
        let gain = crate::economics::gain(connection, &self.of_type.code).await?;
        Ok(Some(Weighed { running, gain }))
    }

    /// What the requester could have given alone, nearest to what they ask for.
    pub(super) async fn at_their_limit(
        &self,
        connection: &mut PgConnection,
        at: DateTime<Utc>,
    ) -> Result<Option<Terms>> {
        let by = self.approval.asked_by;
        let roles = store::roles_of(connection, by).await?;
        let Some(cell) = self.furthest(&roles) else { return Ok(None) };
        let currency = self.limits.currency;
        let week = limits::concessions_by(connection, by, currency, at, Some(self.offer.id)).await?;
        let room = economics::room(&self.limits, cell.role, self.asked.customer_before, week);
        let terms = &self.offer.revision.terms;
        Ok(economics::within(terms, self.of_type.kind, &self.subject, self.of_type.cost_share, cell, Some(room)))
    }

    /// The cell of the furthest of these roles that has one.
    pub(super) fn furthest(&self, roles: &[Role]) -> Option<&limits::Cell> {
        let mut mine = ROLES.iter().rev().filter(|role| roles.contains(role));
        mine.find_map(|role| self.limits.cell(*role, &self.asked.offer_type))
    }

    fn choice(&self, heading: String, terms: &Terms, weighed: Option<&Weighed>) -> Option<Choice> {
        Choice::of(heading, terms, self.of_type.kind, &self.subject, self.of_type.cost_share, weighed)
    }

    /// Today, at the requester's limit, as asked, and what is tried as a counter.
    pub(super) fn choices(
        &self,
        limit: Option<&Terms>,
        tried: Option<&Terms>,
        weighed: Option<&Weighed>,
    ) -> (Vec<Choice>, usize) {
        let terms = &self.offer.revision.terms;
        let mut choices = vec![Choice::today(&self.subject)];
        let head = |terms: &Terms, whose: &str| format!("{}, {whose}", economics::short(terms));
        choices.extend(limit.and_then(|limit| self.choice(head(limit, "their limit"), limit, weighed)));
        let asked = choices.len();
        choices.extend(self.choice(head(terms, "asked"), terms, weighed));
        let tried = tried.filter(|tried| Some(*tried) != limit && *tried != terms);
        choices.extend(tried.and_then(|tried| self.choice(head(tried, "your counter"), tried, weighed)));
        (choices, asked)
    }

    /// All concessions in twelve months, this one included.
    pub(super) fn total(&self) -> Money {
        self.asked.exposure.plus(self.asked.customer_before).unwrap_or(self.asked.exposure)
    }
}

/// A field of the counter.
pub(super) struct CounterField {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    /// In the field, behind the number or before it.
    pub(super) unit: String,
    pub(super) before: bool,
    /// After the field.
    pub(super) after: &'static str,
}

/// The fields of a counter, filled with the terms it starts from; none where there is nothing to lower.
pub(super) fn counter_fields(facts: &Facts, start: Option<Terms>) -> Vec<CounterField> {
    if facts.approval.approvers > 1 || facts.approval.exposure.minor == 0 {
        return Vec::new();
    }
    let sign = facts.subject.price.currency.code().to_owned();
    let number = |name, label, value: String, unit: &str, before| CounterField {
        name,
        label,
        value,
        unit: unit.to_owned(),
        before,
        after: "",
    };
    let months =
        |label, months: u16| CounterField { after: "months", ..number("months", label, months.to_string(), "", false) };
    let percent = |terms: Percent| terms.to_string().trim_end_matches('%').to_owned();
    match start.unwrap_or(facts.offer.revision.terms) {
        Terms::Percent { percent: off, months: term } => {
            let off = number("percent", "Counter at", percent(off), "%", false);
            std::iter::once(off).chain(term.map(|term| months("for", term))).collect()
        }
        Terms::Monthly { amount, months: term } => {
            vec![number("amount", "Counter at", amount.plain(), &sign, true), months("for", term)]
        }
        Terms::Once { amount } => vec![number("amount", "Counter at", amount.plain(), &sign, true)],
        Terms::Months { months: term } => {
            vec![months("Counter at", term)]
        }
        Terms::NewPrice { price, months: term } => {
            let price = number("price", "Counter at a month", price.plain(), &sign, true);
            std::iter::once(price).chain(term.map(|term| months("for", term))).collect()
        }
    }
}
