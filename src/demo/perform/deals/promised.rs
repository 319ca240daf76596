//! What is promised in a case of the plan, kept or not, and the papers that go with it.

use chrono::TimeDelta;

use super::super::super::papers;
use super::super::super::people::{self, Who};
use super::Deals;
use crate::accounts;
use crate::auth::Can;
use crate::cases;
use crate::customers::{self, NewBillingLine};
use crate::db::{Keep as _, Tx};
use crate::error::Result;
use crate::files::{self, On};
use crate::ids::{BillingLineId, CaseId};
use crate::interactions::{self, NewInteraction};
use crate::money::Money;
use crate::promises::{self, Evidence, NewPromise, PromiseTypes};

/// What is promised by hand, and who does it.
const PROMISED: [(&str, &str, Option<&str>); 6] = [
    ("An engineer calls them back about the outage", "Other", Some("Technical support")),
    ("One number for all locations, in writing", "Written confirmation", None),
    ("The corrected invoice", "Credit on the invoice", Some("Billing")),
    ("A second look at the router settings", "Other", Some("Technical support")),
    ("An answer of the workshop about the delivery date", "Other", Some("Manufacturing")),
    ("The letter that confirms the new terms", "Written confirmation", Some("Legal")),
];

impl Deals<'_> {
    pub(super) async fn keep(&mut self, tx: &mut Tx, promise: promises::Promise) -> Result<()> {
        let luck = self.dice.between(0, 99);
        let hours = TimeDelta::hours(self.dice.between(1, 30));
        let early = promise.due_at - (promise.due_at - promise.made_at) / 4;
        let at = if luck < 84 { early } else { promise.due_at + hours };
        if at >= self.now || luck >= 97 {
            return Ok(());
        }
        let closers = people::closers(people::BACK_OFFICE);
        let keeper = *self.dice.pick(&closers);
        tx.set_now(at);
        tx.set_actor(Some(self.staff.users[keeper]));
        let can = self.can(keeper)?;
        if luck == 96 {
            let why = "The department found that it cannot be done for this account.".to_owned();
            promises::break_promise(tx, &can, promise.id, why).await?;
            return Ok(());
        }
        let number = self.dice.between(41_000, 58_999);
        let evidence = match self.dice.between(0, 9) {
            0..=2 => Evidence { line: self.bill(tx, &promise, number).await?, ..Evidence::default() },
            3 => {
                let lines = [&promise.what, "Confirmed to the customer in writing."];
                let files = papers::page("confirmation.pdf", &lines).into_iter().collect();
                Evidence { files, ..Evidence::default() }
            }
            _ => format!("Seen on invoice {number}").into(),
        };
        if evidence.is_empty() {
            promises::keep(tx, &can, promise.id, format!("Seen on invoice {number}")).await?;
        } else {
            promises::keep(tx, &can, promise.id, evidence).await?;
        }
        Ok(())
    }

    /// An invoice with the line in which the promise is kept.
    async fn bill(&mut self, tx: &mut Tx, promise: &promises::Promise, number: i64) -> Result<Option<BillingLineId>> {
        let billed_on = tx.now().date_naive();
        let line = |description: &str, amount| NewBillingLine {
            subscription: self.held.subscriptions.first().copied(),
            invoice: number.to_string(),
            billed_on,
            description: description.to_owned(),
            amount,
            copy: 1,
        };
        let (value, cost) = (self.case.value, promise.cost);
        let month = line("Monthly charge", Money::new((value.minor / 12).max(1900), value.currency));
        let credit = line("Credit as agreed", Money::new(-cost.minor.clamp(500, 50_000), cost.currency));
        for line in [&month, &credit] {
            customers::add_billing_line(tx, &Can::desk(), promise.customer, line).await?;
        }
        let free = customers::free_billing_lines_part(promise.case).all(tx).await?;
        Ok(free.into_iter().find(|line| line.amount.minor < 0).map(|line| line.id))
    }

    /// Something promised by hand lately: most of it still ahead, some late, some moved, some handed to a department.
    pub(super) async fn promise(&mut self, tx: &mut Tx, id: CaseId) -> Result<()> {
        let Some(owner) = self.case.owner else { return Ok(()) };
        let made = self.now - TimeDelta::hours(self.dice.between(4, 20));
        if made <= self.before {
            return Ok(());
        }
        tx.set_now(made);
        tx.set_actor(Some(self.staff.users[owner]));
        let (what, kind, department) = *self.dice.pick(&PROMISED);
        let all = accounts::departments(tx).await?;
        let department = all.into_iter().find(|one| Some(one.name.as_str()) == department).map(|one| one.id);
        let team = cases::find(tx, id).await?.team;
        let calendar = accounts::calendar_of(tx, team).await?;
        let due = calendar.until(made, made + TimeDelta::hours(self.dice.between(3, 70)));
        let cost = Money::new(self.dice.between(0, 4) * 1500, self.case.value.currency);
        let owner_id = self.staff.users[owner];
        let types = PromiseTypes::load(tx, made).await?;
        let kind = types.offered().find(|of| of.name == kind).map(|of| of.id);
        let new = NewPromise { kind, what: what.to_owned(), due, owner: owner_id, department, cost };
        let promise = promises::make(tx, &self.can(owner)?, id, new).await?;
        let closers: Vec<Who> = people::closers(people::BACK_OFFICE).into_iter().filter(|who| *who != owner).collect();
        let keeper = *self.dice.pick(&closers);
        let turn = self.dice.between(0, 3);
        if turn == 0 {
            tx.set_now(made + TimeDelta::hours(1));
            tx.set_actor(Some(self.staff.users[keeper]));
            let later = calendar.until(tx.now(), promise.due_at + TimeDelta::hours(24));
            let why = "The customer would rather have it a day later.";
            promises::move_due(tx, &self.can(keeper)?, promise.id, promise.version, later, why).await?;
        } else if turn == 1 {
            tx.set_actor(Some(self.staff.users[keeper]));
            let to = (self.staff.users[keeper], promise.department_id);
            let why = "The back office sees to the invoice.";
            promises::hand_over(tx, &self.can(keeper)?, promise.id, promise.version, to, why).await?;
        }
        Ok(())
    }

    /// What the customer sent, put to the case by who works on it.
    pub(super) async fn paper(&mut self, tx: &mut Tx, id: CaseId) -> Result<()> {
        let Some(owner) = self.case.owner else { return Ok(()) };
        let at = self.now - TimeDelta::minutes(self.dice.between(30, 200));
        if at <= self.before {
            return Ok(());
        }
        tx.set_now(at);
        tx.set_actor(Some(self.staff.users[owner]));
        let can = self.can(owner)?;
        let note = NewInteraction {
            kind: interactions::Kind::Note,
            direction: None,
            body: "The written quote, as they sent it.".to_owned(),
            next_step: None,
        };
        let logged = interactions::log(tx, &can, id, note).await?;
        let file = papers::page("quote.pdf", &["Quote", "Valid for 14 days", "All prices without tax"]);
        let customer = self.held.id;
        let files: Vec<_> = file.into_iter().collect();
        files::attach(tx, &can.and()?, customer, id, On::Interaction(logged), &files).await
    }
}
