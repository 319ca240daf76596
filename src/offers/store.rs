mod grounds;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::actions::{NewOffer, NewTerms};
use super::{Means, Offer, Presentation, Presented, Refusal, Revision, Stage};
use crate::cases::AtStake;
use crate::catalogue::{Kind, Shape, Terms};
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{ApprovalId, CaseId, CustomerId, OfferId, OfferTypeVersionId, OrderId, SubscriptionId, UserId};
use crate::money::{Currency, Money, Percent};

pub use grounds::{Weighed, check, grounds, subject_of, subject_part, weighed_part};

#[derive(Deserialize)]
struct Row {
    id: OfferId,
    number: i64,
    case: CaseId,
    customer: CustomerId,
    subscription: Option<SubscriptionId>,
    order: Option<OrderId>,
    offer_type: String,
    kind: String,
    stage: String,
    revision: i32,
    version_id: OfferTypeVersionId,
    name: String,
    percent_bp: Option<i32>,
    amount_minor: Option<i64>,
    months: Option<i16>,
    new_price_minor: Option<i64>,
    what: String,
    currency: Currency,
    at: DateTime<Utc>,
    by: UserId,
    by_name: String,
    counter: bool,
    price_minor: i64,
    given_minor: i64,
    exposure_minor: i64,
    margin_bp: Option<i32>,
    presented_at: Option<DateTime<Utc>>,
    open_until: Option<DateTime<Utc>>,
    made_at: DateTime<Utc>,
    made_by: UserId,
    made_by_name: String,
    ended_at: Option<DateTime<Utc>>,
    objection: Option<String>,
    ended_because: Option<String>,
    version: i64,
}

impl Row {
    fn read(self) -> Result<Offer> {
        let odd = |what: &str| Error::Internal(anyhow::anyhow!("offer {} has an odd {what}", self.id));
        let money = |minor| Money::new(minor, self.currency);
        let kind = Kind::from_name(&self.kind).ok_or_else(|| odd("kind"))?;
        let months = self.months.and_then(|months| u16::try_from(months).ok());
        let need = || odd("term");
        let terms = match kind.shape() {
            Shape::Percent => {
                Terms::Percent { percent: self.percent_bp.map(Percent::from_basis_points).ok_or_else(need)?, months }
            }
            Shape::Monthly => Terms::Monthly {
                amount: self.amount_minor.map(money).ok_or_else(need)?,
                months: months.ok_or_else(need)?,
            },
            Shape::Once => Terms::Once { amount: self.amount_minor.map(money).ok_or_else(need)? },
            Shape::Months => Terms::Months { months: months.ok_or_else(need)? },
            Shape::NewPrice => Terms::NewPrice { price: self.new_price_minor.map(money).ok_or_else(need)?, months },
        };
        Ok(Offer {
            kind,
            stage: Stage::from_name(&self.stage).ok_or_else(|| odd("stage"))?,
            at_stake: match (self.subscription, self.order) {
                (Some(subscription), _) => AtStake::Subscription(subscription),
                (None, Some(order)) => AtStake::Order(order),
                (None, None) => AtStake::Everything,
            },
            revision: Revision {
                number: self.revision,
                version: self.version_id,
                name: self.name,
                terms,
                what: self.what,
                at: self.at,
                by: self.by,
                by_name: self.by_name,
                counter: self.counter,
                price: money(self.price_minor),
                given: money(self.given_minor),
                exposure: money(self.exposure_minor),
                margin: self.margin_bp.map(Percent::from_basis_points),
            },
            presented: self.presented_at.zip(self.open_until).map(|(at, open_until)| Presented { at, open_until }),
            id: self.id,
            number: self.number,
            case: self.case,
            customer: self.customer,
            offer_type: self.offer_type,
            made_at: self.made_at,
            made_by: self.made_by,
            made_by_name: self.made_by_name,
            ended_at: self.ended_at,
            objection: self.objection,
            ended_because: self.ended_because,
            version: self.version,
        })
    }
}

/// The offers that a condition picks, newest first, each with the revisions that another picks. One query for all of them,
/// since each wants all of an offer.
macro_rules! offers {
    ($revisions:tt, $which:tt, $limit:tt $(, $value:ident $(as $of:ty)?)*) => {
        part!(
            Row,
            r#"
            select o.id as "id: OfferId", o.number, o.case_id as "case: CaseId",
                o.customer_id as "customer: CustomerId",
                o.subscription_id as "subscription: SubscriptionId", o.order_id as "order: OrderId", o.offer_type,
                t.kind, o.stage, r.revision, r.version_id as "version_id: OfferTypeVersionId", v.name,
                r.percent_bp, r.amount_minor, r.months, r.new_price_minor, r.what, r.currency as "currency: Currency",
                r.at, r.by_id as "by: UserId", w.name as by_name, r.counter, r.price_minor, r.given_minor,
                r.exposure_minor, r.margin_bp, o.presented_at, o.open_until, o.made_at, o.made_by_id as "made_by: UserId",
                m.name as made_by_name, o.ended_at, b.name as "objection?", o.ended_because, o.version
            from offers o
            join offer_types t on t.code = o.offer_type
            join offer_revisions r on r.offer_id = o.id
            "# + $revisions + r#"
            join offer_type_versions v on v.id = r.version_id
            join users w on w.id = r.by_id
            join users m on m.id = o.made_by_id
            left join objections b on b.code = o.objection
            "# + $which + r#"
            order by o.made_at desc, o.id desc, r.revision desc
            "# + $limit
            $(, $value $(as $of)?)*
        )
        .then(Row::read)
    };
}

/// An offer with the terms that count.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, offer: OfferId) -> Result<Offer> {
    find_part(offer).one(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn find_part(offer: OfferId) -> Part<Offer> {
    offers!("and r.revision = o.revision", "where o.id = $1", "", offer as OfferId)
}

/// All offers of a case, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Offer>> {
    of_case_part(case).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Offer> {
    offers!("and r.revision = o.revision", "where o.case_id = $1", "limit 200", case as CaseId)
}

/// All revisions of all offers of a case: the newest offer first, and of each its newest revision.
#[must_use]
pub fn of_case_with_past_part(case: CaseId) -> Part<Offer> {
    offers!("", "where o.case_id = $1", "limit 200", case as CaseId)
}

/// The newest 200 offers to a customer.
#[must_use]
pub fn of_customer_part(customer: CustomerId) -> Part<Offer> {
    offers!("and r.revision = o.revision", "where o.customer_id = $1", "limit 200", customer as CustomerId)
}

/// All revisions of an offer, newest first.
#[must_use]
pub fn revisions_part(offer: OfferId) -> Part<Offer> {
    offers!("", "where o.id = $1", "", offer as OfferId)
}

/// All revisions of the offer that a request for approval is about, newest first.
#[must_use]
pub fn of_approval_part(approval: ApprovalId) -> Part<Offer> {
    offers!("", "where o.id = (select a.offer_id from approvals a where a.id = $1)", "", approval as ApprovalId)
}

/// These offers, each once with each of its revisions: for lists that show what was asked, or presented.
///
/// # Errors
/// When the database cannot be read.
pub async fn with_revisions(connection: &mut PgConnection, offers: &[OfferId]) -> Result<Vec<Offer>> {
    let ids: Vec<Uuid> = offers.iter().map(|offer| offer.uuid()).collect();
    offers!("", "where o.id = any($1)", "", ids as Vec<Uuid>).all(connection).await
}

/// An offer, with its row held until the transaction ends. The caller holds the case's row already.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock(tx: &mut Tx, offer: OfferId) -> Result<Offer> {
    sqlx::query_scalar!("select version from offers where id = $1 for no key update", offer as OfferId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, offer).await
}

/// What somebody offered last: code of the type.
#[must_use]
pub fn last_type_part(person: UserId) -> Part<String> {
    part!(Typed, "select offer_type from offers where made_by_id = $1 order by made_at desc limit 1", person as UserId,)
        .then(|typed| Ok(typed.offer_type))
}

#[derive(Deserialize)]
struct Typed {
    offer_type: String,
}

/// When and how the customer was told, newest first.
#[must_use]
pub fn presentations_part(offer: OfferId) -> Part<Presentation> {
    part!(
        Presentation,
        r#"
        select p.revision, p.at, u.name as by_name, p.means as "means: Means", p.open_until, p.own_limit
        from offer_presentations p
        join users u on u.id = p.by_id
        where p.offer_id = $1
        order by p.revision desc
        "#,
        offer as OfferId,
    )
}

pub(super) async fn insert(
    tx: &mut Tx,
    case: CaseId,
    customer: CustomerId,
    new: &NewOffer,
    by: UserId,
) -> Result<(OfferId, i64)> {
    let id = OfferId::new();
    let number = sqlx::query_scalar!(
        "
        insert into offers (id, case_id, customer_id, subscription_id, order_id, offer_type, made_at, made_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        returning number
        ",
        id as OfferId,
        case as CaseId,
        customer as CustomerId,
        new.at_stake.subscription() as Option<SubscriptionId>,
        new.at_stake.order() as Option<OrderId>,
        new.offer_type,
        tx.now(),
        by as UserId,
    )
    .fetch_one(&mut **tx)
    .await
    .map_err(refusal)?;
    Ok((id, number))
}

#[expect(clippy::too_many_arguments, reason = "all of it is a revision")]
pub(super) async fn insert_revision(
    tx: &mut Tx,
    offer: OfferId,
    revision: i32,
    version: OfferTypeVersionId,
    new: &NewTerms,
    by: UserId,
    counter: bool,
    currency: Currency,
) -> Result<()> {
    let (mut percent, mut amount, mut price) = (None, None, None);
    match new.terms {
        Terms::Percent { percent: off, .. } => percent = Some(off.basis_points()),
        Terms::Monthly { amount: off, .. } | Terms::Once { amount: off } => amount = Some(off.minor),
        Terms::NewPrice { price: new, .. } => price = Some(new.minor),
        Terms::Months { .. } => {}
    }
    sqlx::query!(
        "
        insert into offer_revisions (offer_id, revision, version_id, percent_bp, amount_minor, months, new_price_minor,
            what, currency, at, by_id, counter)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ",
        offer as OfferId,
        revision,
        version as OfferTypeVersionId,
        percent,
        amount,
        new.terms.months().and_then(|months| i16::try_from(months).ok()),
        price,
        new.what,
        currency as Currency,
        tx.now(),
        by as UserId,
        counter,
    )
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    Ok(())
}

/// The database's own answer to whether it may be shown: within the presenter's limit, or approved (R8, R9).
pub(super) async fn insert_presentation(
    tx: &mut Tx,
    offer: &Offer,
    by: UserId,
    means: Means,
) -> Result<(Presented, bool)> {
    let row = sqlx::query!(
        "
        insert into offer_presentations (offer_id, revision, by_id, means, at)
        values ($1, $2, $3, $4, $5)
        returning at, open_until, own_limit
        ",
        offer.id as OfferId,
        offer.revision.number,
        by as UserId,
        means.name(),
        tx.now(),
    )
    .fetch_one(&mut **tx)
    .await
    .map_err(refusal)?;
    Ok((Presented { at: row.at, open_until: row.open_until }, row.own_limit))
}

/// Saves where it stands; its terms are rows of their own.
pub(super) async fn save(tx: &mut Tx, offer: &mut Offer, objection: Option<&str>) -> Result<()> {
    let ended = offer.ended_at.is_some();
    let by = tx.by().filter(|_| ended);
    sqlx::query!(
        "
        update offers
        set stage = $2, revision = $3, presented_revision = case when $4::timestamptz is null then null
                when $2 = 'presented' and stage <> 'presented' then $3 else presented_revision end,
            presented_at = $4, open_until = $5, ended_at = $6, ended_by_id = coalesce(ended_by_id, $7),
            objection = coalesce($8, objection), ended_because = $9, version = version + 1
        where id = $1
        ",
        offer.id as OfferId,
        offer.stage.name(),
        offer.revision.number,
        offer.presented.map(|shown| shown.at),
        offer.presented.map(|shown| shown.open_until),
        offer.ended_at,
        by as Option<UserId>,
        objection,
        offer.ended_because,
    )
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    offer.version += 1;
    Ok(())
}

/// Since when a process holds offers to a customer, if one does.
pub(super) async fn frozen_since(connection: &mut PgConnection, customer: CustomerId) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!("select offers_frozen_since($1)", customer as CustomerId).fetch_one(connection).await?)
}

/// What the database refused, as a sentence for the user where a user can mend it.
fn refusal(error: sqlx::Error) -> Error {
    let sentence = match &error {
        sqlx::Error::Database(database) => match database.constraint() {
            Some("offers_one_active") => {
                "Another offer for the same thing is before the customer or an approver. Settle that one first."
            }
            Some("offers_live_case") => "This case is closed. Reopen it first.",
            Some("offer_revisions_valid_type") => "This offer type has changed. Look at its new terms first.",
            Some("offer_revisions_whole") => "These terms do not go with this offer.",
            Some("offer_revisions_frozen") => return Refusal::Frozen.into(),
            Some("offer_presentations_newest_terms") => return Refusal::Revised.into(),
            Some("offer_presentations_margin") => "It leaves a margin below the floor.",
            Some("offer_presentations_allowed") => {
                "These terms are neither within your limit nor approved. Ask for approval first."
            }
            Some("offer_presentations_frozen" | "offers_frozen") => {
                "Offers to this customer are frozen since a moment ago."
            }
            Some("offer_presentations_just_cancel") => "The customer said “just cancel”. Nothing is offered any more.",
            Some("offers_answered_in_time") => "This offer has expired.",
            Some("offers_expired_in_time") => return Refusal::Stands.into(),
            _ => return error.into(),
        },
        _ => return error.into(),
    };
    Error::refused(sentence)
}
