//! Requests and complaints. One whose customer is known by account number or e-mail address is theirs; the others get
//! a customer of their own who is still to be identified. A case that is here already is left as it is.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::{Ground, Halt};
use crate::cases::{
    self, AtStake, Channel, Kind, NewCase, Opened, Outcome as CaseOutcome, PastCase, Priority, Refusal,
};
use crate::complaints::{self, Complainant, Template};
use crate::customers::{self, Details, NewContact};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId};
use crate::intake::rows::{CaseRow, Fault, Group, Work};
use crate::intake::{Brought, Outcome, store};
use crate::money::{Currency, Money};

#[derive(Debug, Clone, Copy)]
struct Here {
    id: CustomerId,
    /// Twelve months of what runs.
    year: Money,
}

/// Customers by account number and by e-mail address, cases by their number at the source.
#[derive(Debug)]
pub(in crate::intake) struct Known {
    accounts: HashMap<String, Here>,
    emails: HashMap<String, Here>,
    cases: HashSet<String>,
    /// Complaints that are here, by their source and their number there.
    complaints: HashSet<(String, String)>,
    /// On which terms complaints of a channel are answered.
    terms: HashMap<&'static str, Template>,
}

impl Known {
    pub(super) async fn look_up(connection: &mut PgConnection, ground: &Ground, groups: &[&Group]) -> Result<Self> {
        let rows = || {
            groups.iter().filter_map(|group| match &group.work {
                Work::Case(row) => Some(row.as_ref()),
                _ => None,
            })
        };
        let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let accounts: Vec<String> = rows().filter_map(|row| filled(&row.account_number)).collect();
        let emails: Vec<String> = rows().filter_map(|row| filled(&row.email)).map(|mail| mail.to_lowercase()).collect();
        let mut known = Self {
            accounts: HashMap::new(),
            emails: HashMap::new(),
            cases: HashSet::new(),
            complaints: HashSet::new(),
            terms: terms(ground),
        };
        let mut refs: HashMap<&'static str, Vec<String>> = HashMap::new();
        for row in rows().filter(|row| row.numbered && known.terms.contains_key(row.channel)) {
            refs.entry(row.channel).or_default().push(row.external_ref.clone());
        }
        known.complaints = complaints::known_refs(connection, &refs).await?;
        if !accounts.is_empty() {
            let found = sqlx::query!(
                r#"
                select c.id as "id: CustomerId", c.account_number as "account_number!", c.currency as "currency: Currency",
                    coalesce((
                        select sum(s.monthly_price_minor) from subscriptions s
                        where s.customer_id = c.id and s.status = 'active' and s.currency = c.currency
                    ), 0)::bigint as "month!"
                from customers c
                where c.account_number = any($1)
                "#,
                &accounts,
            )
            .fetch_all(&mut *connection)
            .await?;
            for row in found {
                known.accounts.insert(row.account_number, Here { id: row.id, year: year(row.month, row.currency) });
            }
        }
        if !emails.is_empty() {
            let found = sqlx::query!(
                r#"
                select distinct on (lower(t.email)) lower(t.email) as "email!", c.id as "id: CustomerId",
                    c.currency as "currency: Currency",
                    coalesce((
                        select sum(s.monthly_price_minor) from subscriptions s
                        where s.customer_id = c.id and s.status = 'active' and s.currency = c.currency
                    ), 0)::bigint as "month!"
                from contacts t
                join customers c on c.id = t.customer_id
                where lower(t.email) = any($1)
                order by lower(t.email), c.id
                "#,
                &emails,
            )
            .fetch_all(&mut *connection)
            .await?;
            for row in found {
                known.emails.insert(row.email, Here { id: row.id, year: year(row.month, row.currency) });
            }
        }
        let numbers: Vec<String> = rows().map(|row| row.external_ref.clone()).collect();
        known.cases = sqlx::query_scalar!(
            r#"select external_ref as "number!" from cases where source = $1 and external_ref = any($2)"#,
            ground.source,
            &numbers,
        )
        .fetch_all(connection)
        .await?
        .into_iter()
        .collect();
        Ok(known)
    }

    fn customer(&self, row: &CaseRow) -> Option<Here> {
        if row.account_number.is_empty() {
            self.emails.get(&row.email.to_lowercase()).copied().filter(|_| !row.email.is_empty())
        } else {
            self.accounts.get(&row.account_number).copied()
        }
    }

    pub(super) fn judge(&self, row: &CaseRow) -> Result<Outcome, Fault> {
        if self.cases.contains(&row.external_ref) {
            return Ok(Outcome::Unchanged);
        }
        if brings_complaints(row) {
            if row.numbered && self.complaints.contains(&(row.channel.to_owned(), row.external_ref.to_lowercase())) {
                return Ok(Outcome::Unchanged);
            }
            if !self.terms.contains_key(row.channel) {
                let source = Channel::from_name(row.channel).map_or(row.channel, Channel::label);
                return Err(Fault::new(format!(
                    "Choose on which terms complaints of this source ({source}) are answered: there are several, or none."
                )));
            }
        }
        if !row.account_number.is_empty() && row.name.is_empty() && self.customer(row).is_none() {
            let number = &row.account_number;
            return Err(Fault::new(format!(
                "No customer has the account number {number}. Import the customers first, or give a name."
            )));
        }
        Ok(Outcome::Created)
    }

    pub(super) async fn bring(
        &mut self,
        tx: &mut Tx,
        ground: &Ground,
        group: &Group,
        row: &CaseRow,
    ) -> Result<Brought, Halt> {
        let mut brought = Brought::nothing(Outcome::Created);
        let (customer, year) = if let Some(here) = self.customer(row) {
            (here.id, Some(here.year))
        } else {
            let id = add_customer(tx, ground, row).await?;
            let here = Here { id, year: Money::zero(row.currency) };
            if !row.account_number.is_empty() {
                self.accounts.insert(row.account_number.clone(), here);
            } else if !row.email.is_empty() {
                self.emails.insert(row.email.to_lowercase(), here);
            }
            brought.customers = 1;
            (id, None)
        };
        let terms = self.terms.get(row.channel).filter(|_| brings_complaints(row));
        let Some(case) = open(tx, ground, row, (customer, year), terms).await? else {
            return Ok(brought);
        };
        let cells = ground.import.look.header.iter().zip(&row.fields);
        let cells = serde_json::Value::Object(
            cells.map(|(name, cell)| (name.clone(), serde_json::Value::String(cell.clone()))).collect(),
        );
        store::keep_source(tx, case, ground.import.id, group.first(), cells).await?;
        brought.cases = 1;
        Ok(brought)
    }
}

/// Twelve months; a biller's credit is no risk.
fn year(month: i64, currency: Currency) -> Money {
    Money::new(month.max(0).saturating_mul(12), currency)
}

/// The terms that were chosen for their source, and those of sources that have no others.
fn terms(ground: &Ground) -> HashMap<&'static str, Template> {
    let chosen = ground.import.choices.answers.terms.as_deref();
    let of = |source: Channel| {
        let named =
            ground.terms.iter().find(|one| one.active && one.source == source && Some(one.code.as_str()) == chosen);
        named.or_else(|| complaints::only(&ground.terms, source)).cloned()
    };
    Channel::OF_COMPLAINTS.into_iter().filter_map(|source| Some((source.name(), of(source)?))).collect()
}

fn brings_complaints(row: &CaseRow) -> bool {
    Channel::from_name(row.channel).is_some_and(Channel::brings_complaints)
}

/// Opens the case, over or not, as a complaint where it came by somebody who waits for an answer. None when it was added
/// to the live case of its customer.
async fn open(
    tx: &mut Tx,
    ground: &Ground,
    row: &CaseRow,
    (customer, year): (CustomerId, Option<Money>),
    terms: Option<&Template>,
) -> Result<Option<CaseId>, Halt> {
    let details = terms.map(|template| complaint(ground, row, template));
    let mut case = case(ground, row, customer, year);
    if row.closed {
        case.reason.get_or_insert_with(|| "other.not_stated".to_owned());
        let (outcome, kept) = outcome(&row.response, case.value_at_risk);
        let past = PastCase {
            case,
            outcome,
            note: row.response.clone(),
            kept,
            opened_at: row.received_at,
            closed_at: row.received_at,
        };
        return Ok(Some(match details {
            Some(details) => complaints::record_past(tx, &ground.proofs.complaints, past, details).await?.case,
            None => cases::record_past(tx, &ground.proofs.open, &ground.proofs.close, past).await?,
        }));
    }
    let now = tx.now();
    tx.set_now(row.received_at);
    let opened = match details {
        Some(details) => complaints::take_in(tx, &ground.proofs.complaints, case, details)
            .await
            .map(|taken_in| if taken_in.joined { Opened::Already(taken_in.case) } else { Opened::New(taken_in.case) }),
        None => cases::open(tx, &ground.proofs.open, case).await,
    };
    tx.set_now(now);
    match opened? {
        Opened::New(case) => Ok(Some(case)),
        // a complaint that has a number is known again by it
        Opened::Already(_) if terms.is_some() && row.numbered => Ok(None),
        Opened::Already(live) => {
            let live = cases::find(tx, live).await?;
            let kind = live.kind.label().to_lowercase();
            let code = live.code();
            Err(Fault::new(format!("This customer has a live {kind} case already, {code}. Add the contact there."))
                .into())
        }
    }
}

fn case(ground: &Ground, row: &CaseRow, customer: CustomerId, year: Option<Money>) -> NewCase {
    let channel = Channel::from_name(row.channel).unwrap_or(Channel::Crm);
    let reason = row.reason_names.iter().find_map(|name| ground.tree.named(name).or_else(|| ground.tree.find(name)));
    let pressing = Priority::new(3).filter(|_| channel.is_regulator());
    NewCase {
        customer,
        kind: Kind::from_name(row.kind).unwrap_or(Kind::Complaint),
        channel,
        stated_reason: row.stated_reason.clone(),
        reason: reason.map(|reason| reason.code.clone()),
        at_stake: AtStake::Everything,
        value_at_risk: row.value_at_risk.or(year).unwrap_or(Money::zero(row.currency)),
        priority: pressing.unwrap_or(Priority::NORMAL),
        leaves_on: None,
        just_cancel: false,
        team: None,
        owner: None,
        source: Some(ground.source.clone()),
        external_ref: Some(row.external_ref.clone()),
        source_category: Some(row.category.clone()).filter(|category| !category.is_empty()),
        second_because: None,
    }
}

fn complaint(ground: &Ground, row: &CaseRow, template: &Template) -> complaints::Details {
    complaints::Details {
        template: template.clone(),
        external_ref: Some(row.external_ref.clone()).filter(|_| row.numbered),
        received_on: row.received_at.with_timezone(&ground.zone).date_naive(),
        public: template.public,
        complainant: Complainant {
            name: row.name.clone(),
            email: row.email.clone(),
            phone: String::new(),
            place: row.place.clone(),
        },
    }
}

/// The outcome that an answer names; an answer in the source's own words tells none.
fn outcome(response: &str, value_at_risk: Money) -> (CaseOutcome, Money) {
    let response = response.trim().to_lowercase();
    let none = Money::zero(value_at_risk.currency);
    let named = CaseOutcome::ALL
        .iter()
        .copied()
        .find(|outcome| outcome.name() == response || outcome.label().to_lowercase() == response);
    match named {
        Some(CaseOutcome::SavedWithOffer) => (CaseOutcome::SavedWithOffer, value_at_risk),
        Some(CaseOutcome::SavedWithoutOffer) => (CaseOutcome::SavedWithoutOffer, value_at_risk),
        Some(outcome @ (CaseOutcome::Lost | CaseOutcome::Unreachable | CaseOutcome::NeverAtRisk)) => (outcome, none),
        // how much was kept of the others, or of what they repeat, no column says
        _ => (CaseOutcome::Unknown, none),
    }
}

async fn add_customer(tx: &mut Tx, ground: &Ground, row: &CaseRow) -> Result<CustomerId, Halt> {
    let name = match (&row.name, &row.email) {
        (name, _) if !name.is_empty() => name,
        (_, email) if !email.is_empty() && email.chars().count() <= 200 => email,
        _ => &row.unknown_name,
    };
    let details = Details {
        account_number: Some(row.account_number.clone()).filter(|number| !number.is_empty()),
        identified: !row.account_number.is_empty(),
        name: name.clone(),
        city: row.city.clone(),
        postcode: row.postcode.clone(),
        country: ground.country.clone(),
        time_zone: ground.zone,
        currency: row.currency,
        paid_total: Money::zero(row.currency),
        refunded_total: Money::zero(row.currency),
        ..Details::default()
    };
    let id = customers::add(tx, &ground.proofs.add, details).await?;
    if !row.email.is_empty() {
        let contact = NewContact { name: row.name.clone(), email: row.email.clone(), ..NewContact::default() };
        customers::add_contact(tx, &ground.proofs.add, id, contact).await?;
    }
    Ok(id)
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Turned(Fault::new(refusal.to_string()))
    }
}
