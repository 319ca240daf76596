//! Customers with their subscription, and a closed case for those who left.
//!
//! Of a customer who is here already, what people may have put right (name, address, contact, status) is only filled
//! in where it is empty; what the biller rules (plan, price, dates, totals) follows the file. A case that is here
//! already is left as it is: coding is people's.

use std::collections::HashMap;

use chrono::{DateTime, NaiveTime, Utc};
use sqlx::PgConnection;

use super::gaps::{contact_of, fill, fill_contact, follow, subscription_of};
use super::{Ground, Halt};
use crate::cases::{self, AtStake, Channel, NewCase, Outcome as CaseOutcome, PastCase, Priority};
use crate::customers::{self, Changed, Details, Flags, NewContact, NewSubscription, Status, SubscriptionStatus, Tier};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ContactId, CustomerId, SubscriptionId};
use crate::intake::rows::{Churn, CustomerRow, Fault, Group, Work};
use crate::intake::{Brought, Outcome};
use crate::money::{Currency, Money};

#[derive(Debug)]
struct Here {
    id: CustomerId,
    status: Status,
    /// Somebody, or a case, changed the status since it was brought in.
    status_moved: bool,
    details: Details,
    contact: Option<(ContactId, NewContact)>,
    subscription: Option<(SubscriptionId, NewSubscription)>,
    case: bool,
}

/// Customers by account number.
#[derive(Debug)]
pub(in crate::intake) struct Known {
    here: HashMap<String, Here>,
}

impl Known {
    #[expect(clippy::too_many_lines, reason = "one query for everything, and what it answers")]
    pub(super) async fn look_up(connection: &mut PgConnection, ground: &Ground, groups: &[&Group]) -> Result<Self> {
        let accounts: Vec<String> = groups
            .iter()
            .filter_map(|group| match &group.work {
                Work::Customer(row) => Some(row.account_number.clone()),
                _ => None,
            })
            .collect();
        let rows = sqlx::query!(
            r#"
            select c.id as "id!: CustomerId", c.account_number as "account_number!", c.name as "name!",
                c.company as "company!", c.identified as "identified!", c.status as "status!: Status",
                c.tier as "tier!: Tier", c.segment as "segment!", c.vip as "vip!", c.vulnerable as "vulnerable!",
                c.fraud_suspected as "fraud_suspected!", c.legal_hold as "legal_hold!", c.cpni as "cpni!", c.time_zone as "time_zone!",
                c.language as "language!", c.country as "country!", c.city as "city!", c.postcode as "postcode!",
                c.street as "street!", c.customer_since, c.currency as "currency!: Currency",
                c.paid_total_minor as "paid_total_minor!", c.refunded_total_minor as "refunded_total_minor!",
                exists (
                    select from status_changes m
                    where m.customer_id = c.id and m.was is not null and m.why not like 'Imported:%'
                ) as "status_moved!",
                exists (
                    select from cases k where k.source = $2 and k.external_ref = c.account_number
                ) as "case!",
                t.id as "contact?: ContactId", t.name as "contact_name?", t.job as "contact_job?",
                t.email as "contact_email?", t.phone as "contact_phone?",
                s.id as "subscription?: SubscriptionId", s.external_ref as "sub_ref?", s.product as "sub_product?",
                s.plan as "sub_plan?", s.quantity as "sub_quantity?",
                s.monthly_price_minor as "sub_price?", s.currency as "sub_currency?: Currency",
                s.started_on as "sub_started?", s.contract_ends_on as "sub_until?", s.ended_on as "sub_ended?",
                s.status as "sub_status?: SubscriptionStatus"
            from customers c
            left join lateral (
                select id, name, job, email, phone from contacts t where t.customer_id = c.id order by position, id limit 1
            ) t on true
            left join subscriptions s on s.customer_id = c.id and s.external_ref = c.account_number
            where c.account_number = any($1)
            "#,
            &accounts,
            ground.source,
        )
        .fetch_all(connection)
        .await?;
        let mut here = HashMap::with_capacity(rows.len());
        for row in rows {
            let subscription = row.subscription.zip(row.sub_product).map(|(id, product)| {
                let currency = row.sub_currency.unwrap_or(row.currency);
                let details = NewSubscription {
                    external_ref: row.sub_ref,
                    product,
                    plan: row.sub_plan.unwrap_or_default(),
                    quantity: row.sub_quantity.unwrap_or(1),
                    monthly_price: Money::new(row.sub_price.unwrap_or_default(), currency),
                    started_on: row.sub_started,
                    contract_ends_on: row.sub_until,
                    ended_on: row.sub_ended,
                    status: row.sub_status.unwrap_or(SubscriptionStatus::Active),
                };
                (id, details)
            });
            let contact = row.contact.map(|id| {
                let details = NewContact {
                    name: row.contact_name.unwrap_or_default(),
                    job: row.contact_job.unwrap_or_default(),
                    email: row.contact_email.unwrap_or_default(),
                    phone: row.contact_phone.unwrap_or_default(),
                };
                (id, details)
            });
            let details = Details {
                account_number: Some(row.account_number.clone()),
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
                time_zone: row.time_zone.parse().unwrap_or(ground.zone),
                language: row.language,
                country: row.country,
                city: row.city,
                postcode: row.postcode,
                street: row.street,
                customer_since: row.customer_since,
                currency: row.currency,
                paid_total: Money::new(row.paid_total_minor, row.currency),
                refunded_total: Money::new(row.refunded_total_minor, row.currency),
            };
            here.insert(
                row.account_number,
                Here {
                    id: row.id,
                    status: row.status,
                    status_moved: row.status_moved,
                    details,
                    contact,
                    subscription,
                    case: row.case,
                },
            );
        }
        Ok(Self { here })
    }

    pub(super) fn judge(&self, row: &CustomerRow) -> Result<Outcome, Fault> {
        let Some(here) = self.here.get(&row.account_number) else {
            return Ok(Outcome::Created);
        };
        let amounts = [row.monthly_price, row.paid_total, row.refunded_total];
        if amounts.iter().flatten().any(|amount| amount.currency != here.details.currency && !amount.is_zero()) {
            let (file, own) = (row.currency, here.details.currency);
            return Err(Fault::new(format!("The amounts are in {file}, and this customer's account is in {own}.")));
        }
        let mut details = here.details.clone();
        fill(&mut details, row);
        let contact = match &here.contact {
            None => !contact_of(row).is_empty(),
            Some((_, was)) => {
                let mut now = was.clone();
                fill_contact(&mut now, row);
                now != *was
            }
        };
        let subscription = match &here.subscription {
            None => row.monthly_price.is_some(),
            Some((_, was)) => {
                let mut now = was.clone();
                follow(&mut now, row, here.status_moved);
                now != *was
            }
        };
        let changed = details != here.details
            || contact
            || subscription
            || here.status_to(row).is_some()
            || (row.churn.is_some() && !here.case);
        Ok(if changed { Outcome::Updated } else { Outcome::Unchanged })
    }

    pub(super) async fn bring(
        &mut self,
        tx: &mut Tx,
        ground: &Ground,
        row: &CustomerRow,
        outcome: Outcome,
    ) -> Result<Brought, Halt> {
        let mut brought = Brought::nothing(outcome);
        let Some(here) = self.here.get(&row.account_number) else {
            brought.customers = 1;
            brought.cases = i16::from(row.churn.is_some());
            create(tx, ground, row).await?;
            return Ok(brought);
        };
        let proofs = &ground.proofs;
        let wanted = row.clone();
        customers::update_from_import(tx, &proofs.import, here.id, move |details| fill(details, &wanted)).await?;
        let contact = contact_of(row);
        match &here.contact {
            None if contact.is_empty() => {}
            None => {
                customers::add_contact(tx, &proofs.add, here.id, contact).await?;
            }
            Some((id, _)) => {
                let wanted = row.clone();
                customers::update_contact_from_import(tx, &proofs.import, *id, move |contact| {
                    fill_contact(contact, &wanted);
                })
                .await?;
            }
        }
        let mut subscription = here.subscription.as_ref().map(|(id, _)| *id);
        match subscription {
            Some(id) => {
                let (wanted, moved) = (row.clone(), here.status_moved);
                let _: Changed = customers::update_subscription_from_import(tx, &proofs.import, id, move |details| {
                    follow(details, &wanted, moved);
                })
                .await?;
            }
            None => {
                if let Some(new) = subscription_of(row) {
                    subscription = Some(customers::add_subscription(tx, &proofs.add, here.id, new).await?);
                }
            }
        }
        if let Some(churn) = row.churn.as_ref().filter(|_| !here.case) {
            leave(tx, ground, here.id, subscription, row, churn).await?;
            brought.cases = 1;
        } else if let Some(status) = here.status_to(row) {
            let why = format!("Imported: {}", ground.source);
            customers::change_status(tx, &proofs.edit, here.id, status, &why).await?;
        }
        Ok(brought)
    }
}

impl Here {
    /// The status to change to: what people or cases made of it since stays.
    fn status_to(&self, row: &CustomerRow) -> Option<Status> {
        let status = row.status.and_then(Status::from_name)?;
        (status != self.status && !self.status_moved).then_some(status)
    }
}

async fn create(tx: &mut Tx, ground: &Ground, row: &CustomerRow) -> Result<(), Halt> {
    let proofs = &ground.proofs;
    let country = if row.country.is_empty() { &ground.country } else { &row.country };
    let zero = Money::zero(row.currency);
    let details = Details {
        account_number: Some(row.account_number.clone()),
        name: row.name.clone(),
        company: row.company,
        segment: row.segment.clone(),
        time_zone: row.time_zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(ground.zone),
        language: row.language.clone().unwrap_or_else(|| "en".to_owned()),
        country: country.clone(),
        city: row.city.clone(),
        postcode: row.postcode.clone(),
        customer_since: row.since.map(|since| since.on),
        currency: row.currency,
        paid_total: row.paid_total.unwrap_or(zero),
        refunded_total: row.refunded_total.unwrap_or(zero),
        flags: Flags { cpni: ground.import.choices.answers.cpni, ..Flags::default() },
        ..Details::default()
    };
    let id = customers::add(tx, &proofs.add, details).await?;
    let contact = contact_of(row);
    if !contact.is_empty() {
        customers::add_contact(tx, &proofs.add, id, contact).await?;
    }
    let mut subscription = None;
    if let Some(new) = subscription_of(row) {
        subscription = Some(customers::add_subscription(tx, &proofs.add, id, new).await?);
    }
    if let Some(churn) = &row.churn {
        leave(tx, ground, id, subscription, row, churn).await?;
    } else if let Some(status) = row.status.and_then(Status::from_name).filter(|status| *status != Status::Active) {
        let why = format!("Imported: {}", ground.source);
        customers::change_status(tx, &proofs.edit, id, status, &why).await?;
    }
    Ok(())
}

/// The closed case of a customer who left.
async fn leave(
    tx: &mut Tx,
    ground: &Ground,
    customer: CustomerId,
    subscription: Option<SubscriptionId>,
    row: &CustomerRow,
    churn: &Churn,
) -> Result<(), Halt> {
    let reason = ground.tree.named(&churn.reason).or_else(|| ground.tree.find(&churn.reason));
    let at = noon(tx, ground, churn);
    let category = Some(churn.category.clone()).filter(|category| !category.is_empty());
    let case = NewCase {
        customer,
        kind: cases::Kind::Cancellation,
        channel: Channel::Crm,
        stated_reason: churn.reason.clone(),
        reason: Some(reason.map_or_else(|| "other.not_stated".to_owned(), |reason| reason.code.clone())),
        at_stake: subscription.map_or(AtStake::Everything, AtStake::Subscription),
        value_at_risk: row.value_at_risk()?,
        priority: Priority::NORMAL,
        leaves_on: None,
        just_cancel: false,
        team: None,
        owner: None,
        source: Some(ground.source.clone()),
        external_ref: Some(row.account_number.clone()),
        source_category: category,
        second_because: None,
    };
    let past = PastCase {
        case,
        outcome: CaseOutcome::Lost,
        note: String::new(),
        kept: Money::zero(row.currency),
        opened_at: at,
        closed_at: at,
    };
    cases::record_past(tx, &ground.proofs.open, &ground.proofs.close, past).await?;
    Ok(())
}

/// The noon of the day a file speaks of, unless it is still to come.
fn noon(tx: &Tx, ground: &Ground, churn: &Churn) -> DateTime<Utc> {
    let noon = churn.on.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default());
    crate::calendar::wall_clock(ground.zone, noon).min(tx.now())
}
