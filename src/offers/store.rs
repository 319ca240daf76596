use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::actions::{NewOffer, NewTerms};
use super::{Checked, Grounds, Means, Offer, Presentation, Presented, Refusal, Revision, Stage};
use crate::auth::Role;
use crate::cases::AtStake;
use crate::catalogue::{Kind, OfferType, Shape, Subject, Terms};
use crate::customers::Tier;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, CustomerId, OfferId, OfferTypeVersionId, OrderId, SubscriptionId, UserId};
use crate::limits;
use crate::money::{Currency, Money, Percent};

struct Row {
    id: OfferId,
    case: CaseId,
    customer: CustomerId,
    subscription: Option<SubscriptionId>,
    order: Option<OrderId>,
    offer_type: String,
    kind: String,
    stage: String,
    number: i32,
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
                number: self.number,
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

/// The offers that a condition picks, newest first. One query for all of them, since each wants all of an offer.
macro_rules! offers {
    ($fetch:ident, $connection:expr, $case:expr, $customer:expr, $offer:expr, $past:expr, $ids:expr) => {
        sqlx::query_as!(
            Row,
            r#"
            select o.id as "id: OfferId", o.case_id as "case: CaseId", o.customer_id as "customer: CustomerId",
                o.subscription_id as "subscription: SubscriptionId", o.order_id as "order: OrderId", o.offer_type,
                t.kind, o.stage, r.revision as number, r.version_id as "version_id: OfferTypeVersionId", v.name,
                r.percent_bp, r.amount_minor, r.months, r.new_price_minor, r.what, r.currency as "currency: Currency",
                r.at, r.by_id as "by: UserId", w.name as by_name, r.counter, r.price_minor, r.given_minor,
                r.exposure_minor, r.margin_bp, o.presented_at, o.open_until, o.made_at, o.made_by_id as "made_by: UserId",
                m.name as made_by_name, o.ended_at, b.name as "objection?", o.ended_because, o.version
            from offers o
            join offer_types t on t.code = o.offer_type
            join offer_revisions r on r.offer_id = o.id and (r.revision = o.revision or $4)
            join offer_type_versions v on v.id = r.version_id
            join users w on w.id = r.by_id
            join users m on m.id = o.made_by_id
            left join objections b on b.code = o.objection
            where ($1::uuid is null or o.case_id = $1) and ($2::uuid is null or o.customer_id = $2)
                and ($3::uuid is null or o.id = $3) and ($5::uuid[] is null or o.id = any($5))
                and num_nonnulls($1::uuid, $2::uuid, $3::uuid, $5::uuid[]) = 1
            order by o.made_at desc, o.id desc, r.revision desc
            limit case when $5::uuid[] is null then 200 end
            "#,
            $case as Option<CaseId>,
            $customer as Option<CustomerId>,
            $offer as Option<OfferId>,
            $past,
            $ids as Option<&[Uuid]>,
        )
        .$fetch($connection)
    };
}

/// An offer with the terms that count.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, offer: OfferId) -> Result<Offer> {
    offers!(fetch_one, connection, None, None, Some(offer), false, None).await?.read()
}

/// All offers of a case, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Offer>> {
    let rows = offers!(fetch_all, connection, Some(case), None, None, false, None).await?;
    rows.into_iter().map(Row::read).collect()
}

/// All revisions of all offers of a case: the newest offer first, and of each its newest revision.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case_with_past(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Offer>> {
    let rows = offers!(fetch_all, connection, Some(case), None, None, true, None).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The newest 200 offers to a customer.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_customer(connection: &mut PgConnection, customer: CustomerId) -> Result<Vec<Offer>> {
    let rows = offers!(fetch_all, connection, None, Some(customer), None, false, None).await?;
    rows.into_iter().map(Row::read).collect()
}

/// All revisions of an offer, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn revisions(connection: &mut PgConnection, offer: OfferId) -> Result<Vec<Revision>> {
    let rows = offers!(fetch_all, connection, None, None, Some(offer), true, None).await?;
    rows.into_iter().map(|row| row.read().map(|offer| offer.revision)).collect()
}

/// These offers, each once with each of its revisions: for lists that show what was asked, or presented.
///
/// # Errors
/// When the database cannot be read.
pub async fn with_revisions(connection: &mut PgConnection, offers: &[OfferId]) -> Result<Vec<Offer>> {
    let ids: Vec<Uuid> = offers.iter().map(|offer| offer.uuid()).collect();
    let rows = offers!(fetch_all, connection, None, None, None, true, Some(ids.as_slice())).await?;
    rows.into_iter().map(Row::read).collect()
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

/// Offers before customers whose time has run out, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn expired(connection: &mut PgConnection, at: DateTime<Utc>, limit: i64) -> Result<Vec<OfferId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select id as "id: OfferId"
        from offers
        where stage = 'presented' and open_until <= $1
        order by open_until, id
        limit $2
        "#,
        at,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// What an offer would be about, as far as money goes.
///
/// # Errors
/// `NotFound` when the customer has no such subscription or order.
pub async fn subject_of(connection: &mut PgConnection, customer: CustomerId, at_stake: AtStake) -> Result<Subject> {
    let row = sqlx::query!(
        r#"
        select coalesce(s.monthly_price_minor, o.total_minor, 0) as "price!",
            coalesce(s.currency, o.currency, c.currency) as "currency!: Currency",
            (
                select sum(k.amount_minor)::bigint
                from service_costs k
                where (k.subscription_id = s.id or k.order_id = o.id) and k.currency = coalesce(s.currency, o.currency)
            ) as costs
        from customers c
        left join subscriptions s on s.id = $2 and s.customer_id = c.id
        left join orders o on o.id = $3 and o.customer_id = c.id
        where c.id = $1 and ($2::uuid is null or s.id is not null) and ($3::uuid is null or o.id is not null)
        "#,
        customer as CustomerId,
        at_stake.subscription() as Option<SubscriptionId>,
        at_stake.order() as Option<OrderId>,
    )
    .fetch_one(connection)
    .await?;
    Ok(Subject {
        price: Money::new(row.price.max(0), row.currency),
        costs: row.costs.map(|costs| Money::new(costs, row.currency)),
        is_order: at_stake.order().is_some(),
    })
}

/// What the policy check of any terms about one subject rests on.
///
/// # Errors
/// `NotFound` when the customer has no such subscription or order.
pub async fn grounds(
    connection: &mut PgConnection,
    person: UserId,
    customer: CustomerId,
    at_stake: AtStake,
    offer: Option<OfferId>,
    at: DateTime<Utc>,
) -> Result<Grounds> {
    let subject = subject_of(connection, customer, at_stake).await?;
    let currency = subject.price.currency;
    let row = sqlx::query!(
        r#"
        select tier as "tier: Tier", concessions_to(id, $3, $4, $5) as "customer_before!",
            concessions_by($2, $3, $4, $5) as "week_before!"
        from customers
        where id = $1
        "#,
        customer as CustomerId,
        person as UserId,
        currency as Currency,
        at,
        offer as Option<OfferId>,
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok(Grounds {
        subject,
        limits: limits::of(connection, row.tier, currency, at).await?,
        customer_before: Money::new(row.customer_before, currency),
        week_before: Money::new(row.week_before, currency),
    })
}

/// The policy check of terms that somebody with these roles would present to a customer now. What another offer of the
/// same subject concedes counts; the offer that is checked itself does not count twice.
///
/// # Errors
/// A refusal when the terms make no offer.
#[expect(clippy::too_many_arguments, reason = "all of it decides")]
pub async fn check(
    connection: &mut PgConnection,
    person: UserId,
    roles: &[Role],
    customer: CustomerId,
    at_stake: AtStake,
    of_type: &OfferType,
    terms: &Terms,
    offer: Option<OfferId>,
    at: DateTime<Utc>,
) -> Result<Checked> {
    let grounds = grounds(connection, person, customer, at_stake, offer, at).await?;
    grounds.check(roles, of_type, terms).map_err(|no| Error::refused(no.to_string()))
}

/// What somebody offered last: code of the type.
///
/// # Errors
/// When the database cannot be read.
pub async fn last_type_of(connection: &mut PgConnection, person: UserId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select offer_type from offers where made_by_id = $1 order by made_at desc limit 1",
        person as UserId,
    )
    .fetch_optional(connection)
    .await?)
}

/// When and how the customer was told, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn presentations(connection: &mut PgConnection, offer: OfferId) -> Result<Vec<Presentation>> {
    Ok(sqlx::query_as!(
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
    .fetch_all(connection)
    .await?)
}

pub(super) async fn insert(
    tx: &mut Tx,
    case: CaseId,
    customer: CustomerId,
    new: &NewOffer,
    by: UserId,
) -> Result<OfferId> {
    let id = OfferId::new();
    sqlx::query!(
        "
        insert into offers (id, case_id, customer_id, subscription_id, order_id, offer_type, made_at, made_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
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
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    Ok(id)
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
            Some("offers_answered_in_time") => "This offer has expired.",
            Some("offers_expired_in_time") => return Refusal::Stands.into(),
            _ => return error.into(),
        },
        _ => return error.into(),
    };
    Error::refused(sentence)
}
