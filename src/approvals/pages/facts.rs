//! What a request is about, as far as money and limits go, and what else could be given.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::Approval;
use super::super::economics::{self, Choice, Weighed};
use super::super::store::{self, About, find_part};
use crate::auth::Role;
use crate::cases::AtStake;
use crate::catalogue::{Catalogue, OfferType, Subject, Terms};
use crate::db::{Part, first, together};
use crate::economics::{Economics, Gain};
use crate::error::{Error, Result};
use crate::ids::ApprovalId;
use crate::limits::{self, Asked, Limits, Policy, ROLES};
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
    /// All other concessions of the requester, in seven days.
    week: Money,
    /// What the offer is weighed against: a subscription that runs.
    pub(super) weighed: Option<Weighed>,
}

/// A request and the offer it is about, with the terms that were asked for.
///
/// # Errors
/// `NotFound` when there is no such request.
pub(super) async fn read(connection: &mut PgConnection, approval: ApprovalId) -> Result<(Approval, Offer)> {
    let (found, offers) = together(connection, (find_part(approval), offers::of_approval_part(approval))).await?;
    let approval = first(found)?;
    let offer = offers.into_iter().find(|offer| offer.revision.number == approval.revision);
    Ok((approval, offer.ok_or(Error::NotFound)?))
}

/// What is read beside it: what it is about, what its customer was given and its requester gave before, and what it is
/// weighed against.
type Beside<T, A, M, E, G> = (T, A, (M, M), (E, G));
/// A type of offer, and what past offers of it did.
type GainOf = Option<(String, Gain)>;
/// The questions.
type Questions = Beside<Part<Subject>, Part<About>, Part<Money>, Option<Part<Economics>>, Option<Part<GainOf>>>;
/// Their answers.
type Answers = Beside<Vec<Subject>, Vec<About>, Vec<Money>, Vec<Economics>, Vec<GainOf>>;

impl Facts {
    /// What is read beside a request.
    pub(super) fn asked(approval: &Approval, offer: &Offer, at: DateTime<Utc>) -> Questions {
        let (currency, without) = (approval.exposure.currency, Some(offer.id));
        let is_weighed = matches!(offer.at_stake, AtStake::Subscription(_));
        (
            offers::subject_part(approval.customer, offer.at_stake),
            store::about(approval.case),
            (
                limits::concessions_to_part(approval.customer, currency, at, without),
                limits::concessions_by_part(approval.asked_by, currency, at, without),
            ),
            (
                is_weighed.then(|| crate::economics::of_customer_part(approval.customer, at)),
                is_weighed.then(crate::economics::gains_part),
            ),
        )
    }

    /// Of what was read, under the limits in force.
    ///
    /// # Errors
    /// `NotFound` when the offer is about nothing.
    pub(super) fn of(
        (approval, offer): (Approval, Offer),
        (subject, about, (to, by), (worth, gains)): Answers,
        (catalogue, policy): (&Catalogue, &Policy),
        at: DateTime<Utc>,
    ) -> Result<Self> {
        let of_type = catalogue.find_version(offer.revision.version)?.clone();
        // what was asked was reckoned with the price of then
        let subject = Subject { price: offer.revision.price, ..first(subject)? };
        let about = first(about)?;
        let currency = approval.exposure.currency;
        let before = if approval.stage.is_open() {
            first(to)?
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
        let limits = policy.of(about.tier, currency, at);
        let weighed = match offer.at_stake {
            AtStake::Subscription(id) => worth.first().and_then(|worth| worth.running(id)).cloned().map(|running| {
                let gain = gains.into_iter().flatten().find(|(code, _)| *code == of_type.code).map(|(_, gain)| gain);
                Weighed { running, gain }
            }),
            _ => None,
        };
        Ok(Self { approval, offer, of_type, subject, about, limits, asked, week: first(by)?, weighed })
    }

    /// What the requester, who has these roles, could have given alone, nearest to what they ask for.
    pub(super) fn at_their_limit(&self, roles: &[Role]) -> Option<Terms> {
        let cell = self.furthest(roles)?;
        let room = economics::room(&self.limits, cell.role, self.asked.customer_before, self.week);
        let terms = &self.offer.revision.terms;
        economics::within(terms, self.of_type.kind, &self.subject, self.of_type.cost_share, cell, Some(room))
    }

    /// The cell of the furthest of these roles that has one.
    pub(super) fn furthest(&self, roles: &[Role]) -> Option<&limits::Cell> {
        let mut mine = ROLES.iter().rev().filter(|role| roles.contains(role));
        mine.find_map(|role| self.limits.cell(*role, &self.asked.offer_type))
    }

    fn choice(&self, heading: String, terms: &Terms) -> Option<Choice> {
        Choice::of(heading, terms, self.of_type.kind, &self.subject, self.of_type.cost_share, self.weighed.as_ref())
    }

    /// Today, at the requester's limit, as asked, and what is tried as a counter.
    pub(super) fn choices(&self, limit: Option<&Terms>, tried: Option<&Terms>) -> (Vec<Choice>, usize) {
        let terms = &self.offer.revision.terms;
        let mut choices = vec![Choice::today(&self.subject)];
        let head = |terms: &Terms, whose: &str| format!("{}, {whose}", economics::short(terms));
        choices.extend(limit.and_then(|limit| self.choice(head(limit, "their limit"), limit)));
        let asked = choices.len();
        choices.extend(self.choice(head(terms, "asked"), terms));
        let tried = tried.filter(|tried| Some(*tried) != limit && *tried != terms);
        choices.extend(tried.and_then(|tried| self.choice(head(tried, "your counter"), tried)));
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
