//! The part of the form that follows from the customer: what may be at stake and what it is worth, which cases are open
//! already, whether they have left.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::form::nothing;
use crate::cases::Kind;
use crate::customers::{self, Customer, Status, SubjectChoice, SubjectKind, Whose};
use crate::db::{Part, first, part, together};
use crate::desk::Choice;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, UserId};
use crate::money::Money;

/// What follows from the customer; empty while there is none.
#[derive(Default)]
pub(super) struct Subjects {
    pub(super) customer: Option<Customer>,
    pub(super) live: Vec<Live>,
    /// Account details are not to be shown (R19).
    pub(super) masked: bool,
    all: Vec<SubjectChoice>,
}

/// A case that is open for this customer.
pub(super) struct Live {
    pub(super) id: CaseId,
    pub(super) number: i64,
    pub(super) kind: String,
    pub(super) owner: Option<String>,
}

#[derive(Deserialize)]
struct LiveRow {
    id: CaseId,
    number: i64,
    kind: String,
    owner: Option<String>,
}

fn live(customer: CustomerId) -> Part<LiveRow> {
    part!(
        LiveRow,
        r#"
        select c.id as "id: CaseId", c.number, c.kind, u.name as "owner?"
        from cases c
        left join users u on u.id = c.owner_id
        where c.customer_id = $1 and c.stage <> 'closed'
        order by c.opened_at desc
        limit 5
        "#,
        customer as CustomerId,
    )
}

impl Subjects {
    /// Reads what follows from a customer.
    ///
    /// # Errors
    /// `NotFound` when there is no such customer.
    pub(super) async fn load(
        connection: &mut PgConnection,
        customer: CustomerId,
        viewer: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let known = customers::find(connection, customer).await?;
        let protection = customers::protection_part(Whose::Customer(customer), viewer, now);
        let ((subscriptions, orders), rows, protection) =
            together(connection, (customers::subjects_part(customer), live(customer), protection)).await?;
        let masked = !first(protection)?.shows();
        let all = customers::subjects_of(subscriptions, orders, !masked);
        let live = rows
            .into_iter()
            .map(|row| Live {
                id: row.id,
                number: row.number,
                kind: Kind::from_name(&row.kind).map_or("", Kind::label).to_lowercase(),
                owner: row.owner,
            })
            .collect();
        Ok(Self { customer: Some(known), live, masked, all })
    }

    /// The choices of the field, with what each is worth where that may be shown.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let label = |one: &SubjectChoice| {
            if self.masked { one.label.clone() } else { format!("{}, {}", one.label, one.value_at_risk) }
        };
        self.all.iter().map(|one| Choice::new(one.value(), label(one))).collect()
    }

    /// Whether this may be at stake.
    pub(super) fn has(&self, at_stake: &str) -> bool {
        at_stake.is_empty() || self.all.iter().any(|one| one.value() == at_stake)
    }

    /// What there is to choose first: the only thing they have, if there is one.
    pub(super) fn first(&self) -> String {
        match self.all.as_slice() {
            [only] => only.value(),
            _ => String::new(),
        }
    }

    /// What is at risk: the chosen thing, or all that recurs in the customer's currency.
    pub(super) fn worth(&self, at_stake: &str) -> Money {
        if let Some(one) = self.all.iter().find(|one| one.value() == at_stake) {
            return one.value_at_risk;
        }
        let Some(customer) = &self.customer else {
            return nothing();
        };
        let recurring = self.all.iter().filter(|one| one.kind == SubjectKind::Subscription);
        let recurring = recurring.map(|one| one.value_at_risk).filter(|value| value.currency == customer.currency);
        Money::sum(customer.currency, recurring).unwrap_or_else(|_| Money::zero(customer.currency))
    }

    /// The same where it may be shown: what somebody pays is masked with their account (R19), what they ordered is not.
    pub(super) fn shown_worth(&self, at_stake: &str) -> Option<Money> {
        let is_order = |one: &SubjectChoice| one.value() == at_stake && one.kind == SubjectKind::Order;
        (!self.masked || self.all.iter().any(is_order)).then(|| self.worth(at_stake))
    }

    /// Whether they have left already.
    pub(super) fn gone(&self) -> bool {
        self.customer.as_ref().is_some_and(|customer| customer.status == Status::Cancelled)
    }
}
