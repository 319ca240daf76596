//! Customers and cases to work on, made by the same actions as in the product.

use chrono::NaiveDate;
use savedesk::auth::Can;
use savedesk::cases::{self, AtStake, Channel, Kind, NewCase, Opened, Priority};
use savedesk::customers::{self, Details, NewSubscription, SubscriptionStatus};
use savedesk::ids::{CaseId, CustomerId, FollowUpId, SubscriptionId};
use savedesk::money::{Currency, Money};

use super::TestApp;

impl TestApp {
    /// A customer without anything.
    pub(crate) async fn given_customer(&self, name: &str) -> CustomerId {
        let mut tx = self.begin().await;
        let new = Details { name: name.to_owned(), ..Details::default() };
        let customer = customers::add(&mut tx, &Can::desk(), new).await.unwrap();
        tx.commit().await.unwrap();
        customer
    }

    /// Something they pay 2,310.00 a month for.
    pub(crate) async fn given_subscription(&self, customer: CustomerId) -> SubscriptionId {
        let mut tx = self.begin().await;
        let new = NewSubscription {
            external_ref: None,
            product: "Cloud voice".to_owned(),
            plan: "Business Pro".to_owned(),
            quantity: 42,
            monthly_price: Money::new(231_000, Currency::USD),
            started_on: NaiveDate::from_ymd_opt(2022, 8, 8),
            contract_ends_on: None,
            ended_on: None,
            status: SubscriptionStatus::Active,
        };
        let subscription = customers::add_subscription(&mut tx, &Can::desk(), customer, new).await.unwrap();
        tx.commit().await.unwrap();
        subscription
    }

    /// A cancellation of everything, worth 27,720.00, that nobody works yet.
    pub(crate) async fn given_case(&self, customer: CustomerId) -> CaseId {
        self.given_case_with(customer, |_| {}).await
    }

    /// The same with other facts.
    pub(crate) async fn given_case_with(&self, customer: CustomerId, facts: impl FnOnce(&mut NewCase)) -> CaseId {
        let mut new = NewCase {
            customer,
            kind: Kind::Cancellation,
            channel: Channel::Phone,
            stated_reason: "Voxly quoted us $39 a seat.".to_owned(),
            reason: Some("price".to_owned()),
            at_stake: AtStake::Everything,
            value_at_risk: Money::new(2_772_000, Currency::USD),
            priority: Priority::NORMAL,
            leaves_on: None,
            just_cancel: false,
            team: None,
            owner: None,
            source: None,
            external_ref: None,
            source_category: None,
            second_because: None,
        };
        facts(&mut new);
        let mut tx = self.begin().await;
        let opened = cases::open(&mut tx, &Can::desk(), new).await.unwrap();
        tx.commit().await.unwrap();
        match opened {
            Opened::New(case) => case,
            Opened::Already(case) => panic!("{case} is live for this already"),
        }
    }

    /// How many audit entries a person has of an action.
    pub(crate) async fn audited_of(&self, user: savedesk::ids::UserId, action: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_entries where subject_id = $1 and action = $2")
            .bind(user)
            .bind(action)
            .fetch_one(&mut self.owner().await)
            .await
            .unwrap()
    }

    /// What is to be followed up in a case next.
    pub(crate) async fn open_follow_up(&self, case: CaseId) -> FollowUpId {
        sqlx::query_scalar(
            "select id from follow_ups where case_id = $1 and stage = 'open' order by due_at, id limit 1",
        )
        .bind(case)
        .fetch_one(&mut self.owner().await)
        .await
        .unwrap()
    }

    /// How many audit entries a case has of an action.
    pub(crate) async fn audited(&self, case: CaseId, action: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_entries where subject_id = $1 and action = $2")
            .bind(case)
            .bind(action)
            .fetch_one(&mut self.owner().await)
            .await
            .unwrap()
    }

    /// A text column of a case.
    pub(crate) async fn case_column(&self, case: CaseId, column: &str) -> Option<String> {
        let query = format!("select {column}::text from cases where id = $1");
        sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(case).fetch_one(&mut self.owner().await).await.unwrap()
    }
}
