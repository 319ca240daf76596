use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::super::{Customer, Details, Flags, Status, Tier};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CustomerId;
use crate::money::{Currency, Money};

#[expect(clippy::struct_excessive_bools, reason = "the columns of a row")]
struct Row {
    id: CustomerId,
    account_number: Option<String>,
    name: String,
    company: bool,
    identified: bool,
    status: Status,
    tier: Tier,
    segment: String,
    vip: bool,
    vulnerable: bool,
    fraud_suspected: bool,
    legal_hold: bool,
    cpni: bool,
    time_zone: String,
    language: String,
    country: String,
    city: String,
    postcode: String,
    street: String,
    customer_since: Option<NaiveDate>,
    currency: Currency,
    paid_total_minor: i64,
    refunded_total_minor: i64,
    audit_key: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
    version: i64,
}

impl From<Row> for Customer {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            status: row.status,
            details: Details {
                account_number: row.account_number,
                name: row.name,
                company: row.company,
                identified: row.identified,
                tier: row.tier,
                segment: row.segment,
                flags: Flags {
                    vip: row.vip,
                    vulnerable: row.vulnerable,
                    fraud_suspected: row.fraud_suspected,
                    legal_hold: row.legal_hold,
                    cpni: row.cpni,
                },
                time_zone: row.time_zone.parse().unwrap_or(Tz::America__New_York),
                language: row.language,
                country: row.country,
                city: row.city,
                postcode: row.postcode,
                street: row.street,
                customer_since: row.customer_since,
                currency: row.currency,
                paid_total: Money::new(row.paid_total_minor, row.currency),
                refunded_total: Money::new(row.refunded_total_minor, row.currency),
            },
            created_at: row.created_at,
            version: row.version,
            audit_key: row.audit_key,
        }
    }
}

macro_rules! select {
    ($which:tt, $($value:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"
            select id as "id: CustomerId", account_number, name, company, identified, status as "status: Status",
                tier as "tier: Tier", segment, vip, vulnerable, fraud_suspected, legal_hold, cpni, time_zone,
                language, country, city, postcode, street, customer_since, currency as "currency: Currency", paid_total_minor,
                refunded_total_minor, audit_key, created_at, version
            from customers
            "# + $which,
            $($value),+
        )
    };
}

/// The customer.
///
/// # Errors
/// `NotFound`.
pub async fn find(connection: &mut PgConnection, id: CustomerId) -> Result<Customer> {
    Ok(select!("where id = $1", id as CustomerId).fetch_one(connection).await?.into())
}

/// The customer of an account number, exactly as it is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_by_account(connection: &mut PgConnection, account_number: &str) -> Result<Option<Customer>> {
    let row = select!("where account_number = $1", account_number).fetch_optional(connection).await?;
    Ok(row.map(Into::into))
}

pub(in super::super) async fn lock(tx: &mut Tx, id: CustomerId) -> Result<Customer> {
    Ok(select!("where id = $1 for update", id as CustomerId).fetch_one(&mut **tx).await?.into())
}

/// Gives no key when the account number is taken.
pub(in super::super) async fn insert(tx: &mut Tx, id: CustomerId, new: &Details) -> Result<Option<Vec<u8>>> {
    let now = tx.now();
    let key = sqlx::query_scalar!(
        r#"
        insert into customers (id, account_number, name, company, identified, tier, segment, vip, vulnerable,
            fraud_suspected, legal_hold, time_zone, language, country, city, postcode, street, customer_since, currency,
            paid_total_minor, refunded_total_minor, created_at, cpni)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
        on conflict (account_number) do nothing
        returning audit_key
        "#,
        id as CustomerId,
        new.account_number,
        new.name,
        new.company,
        new.identified,
        new.tier as Tier,
        new.segment,
        new.flags.vip,
        new.flags.vulnerable,
        new.flags.fraud_suspected,
        new.flags.legal_hold,
        new.time_zone.name(),
        new.language,
        new.country,
        new.city,
        new.postcode,
        new.street,
        new.customer_since,
        new.currency as Currency,
        new.paid_total.minor,
        new.refunded_total.minor,
        now,
        new.flags.cpni,
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(key.flatten())
}

pub(in super::super) async fn save(tx: &mut Tx, id: CustomerId, details: &Details) -> Result<()> {
    sqlx::query!(
        "
        update customers
        set account_number = $2, name = $3, company = $4, identified = $5, tier = $6, segment = $7, vip = $8,
            vulnerable = $9, fraud_suspected = $10, legal_hold = $11, time_zone = $12, language = $13, country = $14,
            city = $15, postcode = $16, street = $17, customer_since = $18, currency = $19, paid_total_minor = $20,
            refunded_total_minor = $21, cpni = $22, version = version + 1
        where id = $1
        ",
        id as CustomerId,
        details.account_number,
        details.name,
        details.company,
        details.identified,
        details.tier as Tier,
        details.segment,
        details.flags.vip,
        details.flags.vulnerable,
        details.flags.fraud_suspected,
        details.flags.legal_hold,
        details.time_zone.name(),
        details.language,
        details.country,
        details.city,
        details.postcode,
        details.street,
        details.customer_since,
        details.currency as Currency,
        details.paid_total.minor,
        details.refunded_total.minor,
        details.flags.cpni,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save_status(tx: &mut Tx, id: CustomerId, status: Status) -> Result<()> {
    sqlx::query!(
        "update customers set status = $2, version = version + 1 where id = $1",
        id as CustomerId,
        status as Status,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
