//! Offers that were made, put straight into the database, for pages that look back on them.

use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::ids::{CaseId, CustomerId, OfferId, SubscriptionId, UserId};

use super::TestApp;

impl TestApp {
    /// A percent discount for so many months that this person has presented, now.
    pub(crate) async fn given_presented_discount(
        &self,
        (customer, case, subscription): (CustomerId, CaseId, SubscriptionId),
        by: UserId,
        percent: i32,
        months: i16,
    ) -> OfferId {
        sqlx::query("update desk_clock set stopped = true").execute(&mut self.owner().await).await.unwrap();
        let offer = OfferId::new();
        let mut tx = self.begin().await;
        let now = tx.now();
        sqlx::query(
            "insert into offers (id, case_id, customer_id, subscription_id, offer_type, made_at, made_by_id)
             values ($1, $2, $3, $4, 'percent_discount', $5, $6)",
        )
        .bind(offer)
        .bind(case)
        .bind(customer)
        .bind(subscription)
        .bind(now)
        .bind(by)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "insert into offer_revisions (offer_id, revision, version_id, percent_bp, months, currency, at, by_id)
             values ($1, 1, offer_type_version_at('percent_discount', $2), $3, $4, 'USD', $2, $5)",
        )
        .bind(offer)
        .bind(now)
        .bind(percent * 100)
        .bind(months)
        .bind(by)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "insert into offer_presentations (offer_id, revision, by_id, means, at) values ($1, 1, $2, 'phone', $3)",
        )
        .bind(offer)
        .bind(by)
        .bind(now)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "update offers set stage = 'presented', presented_revision = 1, presented_at = $2,
                open_until = $2 + interval '14 days', version = version + 1
             where id = $1",
        )
        .bind(offer)
        .bind(now)
        .execute(&mut *tx)
        .await
        .unwrap();
        audit::record(&mut tx, Entry::new(Action::OfferPresented, Subject::Offer(offer)).of(customer)).await.unwrap();
        tx.commit().await.unwrap();
        offer
    }
}
