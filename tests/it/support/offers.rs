//! Offers made by the actions that pages use.

use chrono::NaiveDate;
use savedesk::approvals::{self, Approval};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Can, DecideApprovals, MakeOffers, Permission};
use savedesk::cases::AtStake;
use savedesk::catalogue::Terms;
use savedesk::customers::{self, Details, Tier};
use savedesk::db::{Tx, Via};
use savedesk::error::Result;
use savedesk::ids::{ApprovalId, CaseId, OfferId, SubscriptionId};
use savedesk::money::{Currency, Money, Percent};
use savedesk::offers::{self, Means, NewOffer, NewTerms, Offer};
use savedesk::promises;
use sqlx::{AssertSqlSafe, Executor};

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
        can: &Can<DecideApprovals>,
        approval: ApprovalId,
        seen: i32,
        decision: approvals::Decision,
    ) -> Result<Approval> {
        let mut tx = self.begin_as(can).await;
        let approval = approvals::decide(&mut tx, can, approval, seen, decision, "Worth it.", None).await?;
        tx.commit().await?;
        Ok(approval)
    }

    /// A drafted credit of so many dollars, about nothing in particular.
    pub(crate) async fn given_credit(&self, can: &Can<MakeOffers>, case: CaseId, dollars: i64) -> Result<Offer> {
        let terms = Terms::Once { amount: Money::new(dollars * 100, Currency::USD) };
        let new = NewOffer {
            at_stake: AtStake::Everything,
            offer_type: "one_off_credit".to_owned(),
            terms: NewTerms { terms, what: "Outage of May".to_owned() },
        };
        let mut tx = self.begin_as(can).await;
        let offer = offers::make(&mut tx, can, case, new).await?;
        tx.commit().await?;
        Ok(offer)
    }

    /// A credit that the customer has accepted, and that is promised to them.
    pub(crate) async fn given_promised_credit(&self, can: &Can<MakeOffers>, case: CaseId, dollars: i64) -> OfferId {
        let offer = self.given_credit(can, case, dollars).await.unwrap().id;
        self.present(can, offer, 1).await.unwrap();
        let mut tx = self.begin_as(can).await;
        let answered = offers::accept(&mut tx, can, offer, 1).await.unwrap();
        promises::make_for_offer(&mut tx, &answered).await.unwrap();
        tx.commit().await.unwrap();
        offer
    }

    /// New limits, in force at once: those there were, changed by a statement on `new_cells`, `new_totals`, `new_weeks`
    /// or `new_margins`.
    pub(crate) async fn publish_limits(&self, change: &str) {
        const TABLES: [&str; 4] = ["cells", "totals", "weeks", "margins"];
        let mut tx = self.begin().await;
        let now = tx.now().to_rfc3339();
        let mut sql = format!(
            "create temporary table was on commit drop as select limits_at('{now}') as id, gen_random_uuid() as new_id;
             insert into limit_versions (id, number, in_force_from, published_at, why)
             select new_id, (select max(number) from limit_versions) + 1, '{now}', '{now}', 'A test' from was;"
        );
        sql.extend(TABLES.map(|table| {
            format!(
                "create temporary table new_{table} on commit drop as
                 select t.* from limit_{table} t join was on was.id = t.version_id;
                 update new_{table} set version_id = was.new_id from was;"
            )
        }));
        sql.extend([change, ";"]);
        sql.extend(TABLES.map(|table| format!("insert into limit_{table} select * from new_{table};")));
        tx.execute(AssertSqlSafe(sql)).await.unwrap();
        audit::record(&mut tx, Entry::new(Action::LimitsPublished, Subject::Desk)).await.unwrap();
        tx.commit().await.unwrap();
    }
}
