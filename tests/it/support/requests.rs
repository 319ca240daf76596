//! Requests to departments, and an order to rescue that rests on their yes.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use savedesk::auth::{AnswerRequests, AskDepartments, Can, MakeOffers, Permission, Role};
use savedesk::cases::{AtStake, Kind as CaseKind};
use savedesk::catalogue::Terms;
use savedesk::customers::{self, Details, NewOrder, NewOrderLine, OrderStatus};
use savedesk::error::Result;
use savedesk::ids::{CaseId, DepartmentId, OfferId, OrderId, RequestId};
use savedesk::money::{Currency, Money};
use savedesk::offers::{self, NewOffer, NewTerms};
use savedesk::requests::{self, Kind, NewAnswer, NewRequest, Request, Verdict};

use super::{Person, TestApp};

/// Yes, for three days.
pub(crate) fn yes(now: DateTime<Utc>) -> NewAnswer {
    let valid_until = Some(now + TimeDelta::days(3));
    NewAnswer { verdict: Some(Verdict::Yes), words: "We can.".to_owned(), valid_until, ..NewAnswer::default() }
}

/// Yes, for three days, on a condition.
pub(crate) fn yes_if(now: DateTime<Utc>) -> NewAnswer {
    let conditions = Some("One polish slot moves".to_owned());
    NewAnswer { verdict: Some(Verdict::YesIf), conditions, ..yes(now) }
}

/// No.
pub(crate) fn no() -> NewAnswer {
    NewAnswer { verdict: Some(Verdict::No), words: "The bench is full.".to_owned(), ..NewAnswer::default() }
}

impl TestApp {
    /// A department that every desk begins with.
    pub(crate) async fn department(&self, name: &str) -> DepartmentId {
        sqlx::query_scalar("select id from departments where name = $1")
            .bind(name)
            .fetch_one(&mut self.owner().await)
            .await
            .unwrap()
    }

    /// Somebody who answers for a department.
    pub(crate) async fn of_department<P: Permission>(&self, name: &str, department: &str) -> Can<P> {
        let roles = &[Role::Department];
        let person = Person { name, roles, team: None, department: Some(department) };
        Arc::new(self.given_person(person).await).can().unwrap()
    }

    /// A question to a department in a case.
    pub(crate) async fn given_request(&self, case: CaseId, department: &str) -> (RequestId, DepartmentId) {
        let department = self.department(department).await;
        let new = NewRequest {
            department,
            kind: Kind::Question,
            what: "Cause of the dropped calls".to_owned(),
            words: "Since Monday, at one location.".to_owned(),
            wanted_on: None,
            offer: None,
        };
        let mut tx = self.begin().await;
        let asked = requests::ask(&mut tx, &Can::desk(), case, new).await.unwrap();
        tx.commit().await.unwrap();
        (asked.id, department)
    }

    /// A request as it stands.
    pub(crate) async fn request(&self, request: RequestId) -> Request {
        requests::find(&mut self.db.read().await.unwrap(), request).await.unwrap()
    }
}

/// A ring that is wanted sooner: an order of $9,480 to be cancelled, and a drafted offer to expedite it for $86, which
/// Manufacturing and Logistics have a say in.
pub(crate) struct Ring {
    pub(crate) app: TestApp,
    pub(crate) case: CaseId,
    pub(crate) order: OrderId,
    pub(crate) offer: OfferId,
    pub(crate) agent: Can<MakeOffers>,
    pub(crate) asks: Can<AskDepartments>,
    pub(crate) making: Can<AnswerRequests>,
    pub(crate) moving: Can<AnswerRequests>,
}

impl Ring {
    pub(crate) async fn new() -> Self {
        Self::at(TestApp::start().await).await
    }

    pub(crate) async fn at(app: TestApp) -> Self {
        let agent = app.can::<MakeOffers>(Role::Agent).await;
        let asks = agent.and::<AskDepartments>().unwrap();
        let making = app.of_department("Paolo Greco", "Manufacturing").await;
        let moving = app.of_department("Ada Lindholm", "Logistics").await;
        let (case, order) = app.given_ring("Olivia Brandt").await;
        let mut tx = app.begin_as(&agent).await;
        let offer = offers::make(&mut tx, &agent, case, expedite(order)).await.unwrap().id;
        tx.commit().await.unwrap();
        Self { app, case, order, offer, agent, asks, making, moving }
    }

    /// Asks both departments about the newest terms.
    pub(crate) async fn ask(&self) -> Result<Vec<Request>> {
        let mut tx = self.app.begin_as(&self.agent).await;
        let seen = offers::find(&mut tx, self.offer).await?.revision.number;
        let asked = offers::ask_feasibility(&mut tx, &self.agent, self.offer, seen, "For Sat 12 Dec.", None).await?;
        tx.commit().await?;
        Ok(asked)
    }

    /// The check under way of somebody's department.
    pub(crate) async fn open_of(&self, by: &Can<AnswerRequests>) -> RequestId {
        sqlx::query_scalar(
            "select id from requests where offer_id = $1 and department_id = $2 and stage in ('open', 'accepted', 'returned')",
        )
        .bind(self.offer)
        .bind(by.department)
        .fetch_one(&mut self.app.owner().await)
        .await
        .unwrap()
    }

    /// Answers the check under way of somebody's department.
    pub(crate) async fn answer(&self, by: &Can<AnswerRequests>, new: NewAnswer) -> RequestId {
        let request = self.open_of(by).await;
        let mut tx = self.app.begin_as(by).await;
        requests::answer(&mut tx, by, request, new).await.unwrap();
        tx.commit().await.unwrap();
        request
    }

    /// Both say yes.
    pub(crate) async fn both_say_yes(&self) -> [RequestId; 2] {
        let now = self.app.clock.now();
        [self.answer(&self.making, yes(now)).await, self.answer(&self.moving, yes(now)).await]
    }
}

/// To expedite an order for $86.
pub(crate) fn expedite(order: OrderId) -> NewOffer {
    let terms = Terms::Once { amount: Money::new(8_600, Currency::USD) };
    NewOffer {
        at_stake: AtStake::Order(order),
        offer_type: "expedite".to_owned(),
        terms: NewTerms { terms, what: "Oval setting finished by Wed 9 Dec".to_owned() },
    }
}

impl TestApp {
    /// An order of a ring that is to be cancelled because it comes too late.
    pub(crate) async fn given_ring(&self, name: &str) -> (CaseId, OrderId) {
        let mut tx = self.begin().await;
        let since = NaiveDate::from_ymd_opt(2022, 8, 8);
        let new = Details { name: name.to_owned(), customer_since: since, ..Details::default() };
        let customer = customers::add(&mut tx, &Can::desk(), new).await.unwrap();
        let total = Money::new(948_000, Currency::USD);
        let order = NewOrder {
            number: format!("AR-{}", &customer.to_string()[24..]),
            ordered_at: tx.now() - TimeDelta::days(9),
            total,
            status: OrderStatus::Open,
            country: "US".to_owned(),
            lines: vec![NewOrderLine {
                stock_code: "OVAL".to_owned(),
                description: "Platinum ring, oval setting".to_owned(),
                quantity: 1,
                unit_price: total,
                amount: total,
            }],
        };
        let order = customers::add_order(&mut tx, &Can::desk(), customer, order).await.unwrap();
        tx.commit().await.unwrap();
        let case = self
            .given_case_with(customer, |new| {
                new.kind = CaseKind::OrderCancellation;
                new.at_stake = AtStake::Order(order);
                new.value_at_risk = total;
                "It comes after the proposal.".clone_into(&mut new.stated_reason);
            })
            .await;
        (case, order)
    }
}
