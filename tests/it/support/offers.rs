//! Offers made by the actions that pages use.

use chrono::NaiveDate;
use savedesk::approvals::{self, Approval};
use savedesk::auth::{Can, MakeOffers, Permission};
use savedesk::cases::AtStake;
use savedesk::catalogue::Terms;
use savedesk::customers::{self, Details, Tier};
use savedesk::db::{Tx, Via};
use savedesk::error::Result;
use savedesk::ids::{ApprovalId, CaseId, OfferId, SubscriptionId};
use savedesk::money::Percent;
use savedesk::offers::{self, Means, NewOffer, NewTerms, Offer};

use super::TestApp;

/// So much off for so long.
pub(crate) fn percent(percent: i16, months: u16) -> NewTerms {
    NewTerms { terms: Terms::Percent { percent: Percent::whole(percent), months: Some(months) }, what: String::new() }
}

impl TestApp {
    /// A live case about a subscription of $2,310.00 a month of a customer of the middle tier of long standing.
    pub(crate) async fn given_case_to_save(&self, name: &str) -> (CaseId, SubscriptionId) {
        let mut tx = self.begin().await;
        let since = NaiveDate::from_ymd_opt(2022, 8, 8);
        let new = Details { name: name.to_owned(), tier: Tier::Next, customer_since: since, ..Details::default() };
        let customer = customers::add(&mut tx, &Can::desk(), new).await.unwrap();
        tx.commit().await.unwrap();
        let subscription = self.given_subscription(customer).await;
        let at_stake = AtStake::Subscription(subscription);
        let case = self.given_case_with(customer, |new| new.at_stake = at_stake).await;
        (case, subscription)
    }

    /// A change that this person makes.
    pub(crate) async fn begin_as<P: Permission>(&self, can: &Can<P>) -> Tx {
        self.db.begin(can.origin(Via::Page)).await.unwrap()
    }

    /// A drafted discount.
    pub(crate) async fn given_offer(
        &self,
        can: &Can<MakeOffers>,
        (case, subscription): (CaseId, SubscriptionId),
        terms: NewTerms,
    ) -> Result<Offer> {
        let new = NewOffer {
            at_stake: AtStake::Subscription(subscription),
            offer_type: "percent_discount".to_owned(),
            terms,
        };
        let mut tx = self.begin_as(can).await;
        let offer = offers::make(&mut tx, can, case, new).await?;
        tx.commit().await?;
        Ok(offer)
    }

    /// Shows its newest terms to the customer.
    pub(crate) async fn present(&self, can: &Can<MakeOffers>, offer: OfferId, seen: i32) -> Result<Offer> {
        let mut tx = self.begin_as(can).await;
        let offer = offers::present(&mut tx, can, offer, seen, Means::Phone).await?;
        tx.commit().await?;
        Ok(offer)
    }

    /// Asks for approval of its newest terms.
    pub(crate) async fn ask(&self, can: &Can<MakeOffers>, offer: OfferId, seen: i32) -> Result<Approval> {
        let mut tx = self.begin_as(can).await;
        let approval = approvals::ask(&mut tx, can, offer, seen, "Written quote of a rival on file.").await?;
        tx.commit().await?;
        Ok(approval)
    }

    /// Decides a request.
    pub(crate) async fn decide(
        &self,
        can: &Can<savedesk::auth::DecideApprovals>,
        approval: ApprovalId,
        seen: i32,
        decision: approvals::Decision,
    ) -> Result<Approval> {
        let mut tx = self.begin_as(can).await;
        let approval = approvals::decide(&mut tx, can, approval, seen, decision, "Worth it.", None).await?;
        tx.commit().await?;
        Ok(approval)
    }
}
