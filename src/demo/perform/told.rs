//! What people were told in the demo: news of the last day is unread, some customers allow e-mails about offers, two of
//! them are reminded of one, and the digests of the day are written.

use chrono::{DateTime, TimeDelta, Utc};

use crate::auth::Can;
use crate::customers::{self, ConsentChannel, NewConsent, Purpose};
use crate::db::Db;
use crate::deadlines::chase;
use crate::error::Result;
use crate::ids::{CustomerId, OfferId};
use crate::notifications;
use crate::offers;

/// Customers who said what they allow.
const ASKED: i64 = 40;
/// Customers who are reminded.
const REMINDED: usize = 2;

/// Adds it, once everything else has happened.
pub(super) async fn tell(db: &Db, now: DateTime<Utc>) -> Result<()> {
    let mut tx = super::begin(db).await?;
    tx.set_now(now);
    notifications::read_before(&mut tx, now - TimeDelta::days(1)).await?;
    let pending = sqlx::query!(
        r#"
        select distinct on (o.customer_id) o.id as "offer: OfferId", o.customer_id as "customer: CustomerId"
        from offers o
        join contacts c on c.customer_id = o.customer_id and c.email <> ''
        where o.stage = 'presented' and not exists (select from consents s where s.customer_id = o.customer_id)
        order by o.customer_id, o.id
        limit $1
        "#,
        ASKED,
    )
    .fetch_all(&mut *tx)
    .await?;
    for (at, one) in pending.iter().enumerate() {
        let given = at % 5 != 4;
        let said = if given { "On the phone, when the offer was made" } else { "Answered a mail: no e-mails, please" };
        let source = said.to_owned();
        let (channel, purpose) = (ConsentChannel::Email, Purpose::Offers);
        let word = NewConsent { channel, purpose, given, source };
        customers::note_consent(&mut tx, &Can::desk(), one.customer, &word).await?;
    }
    for one in pending.iter().take(REMINDED) {
        offers::remind_customer_of_offer(&mut tx, one.offer).await?;
    }
    chase::leave_behind(&mut tx, now).await?;
    tx.commit().await?;
    notifications::digest(db, 200).await.map(drop)
}
