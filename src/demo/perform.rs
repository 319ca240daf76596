//! Writes the plan, by the actions that pages use. Some customers or cases at a time share a transaction, so that each is
//! there wholly or not at all; what is there already is passed over.

mod calls;
mod causes;
mod complaints;
mod deals;
mod departments;
mod follow_ups;
mod lives;
mod processes;
mod told;

use std::collections::HashMap;
use std::sync::atomic::AtomicU32;

use anyhow::{Context as _, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::costs::Costs;
use super::customers::Customer;
use super::people::{self, PEOPLE, TEAMS};
use super::plan::Plan;
use super::{BEGAN, PASSWORD};
use crate::accounts::{self, Email, Hashed, Name, NewTeam, NewUser, Password};
use crate::auth::{Can, ManageUsers};
use crate::customers;
use crate::db::{Db, Origin, Tx, Via};
use crate::economics::{self, NewCost, Served};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId, SubscriptionId, TeamId, UserId};

/// Customers of one transaction. The audit log writes its chain's head with every entry, which gets slower the more of
/// them a transaction holds.
const CUSTOMERS_AT_ONCE: usize = 25;
const CASES_AT_ONCE: usize = 10;

/// Our people and teams, by their place in the plan.
#[derive(Debug)]
struct Staff {
    teams: Vec<TeamId>,
    users: Vec<UserId>,
    /// How many approvals live cases asked for so far: by turns and not by chance, so that there is one of each kind.
    asked: AtomicU32,
}

/// A customer that was written, with what cases may be about.
#[derive(Debug)]
struct Held {
    id: CustomerId,
    subscriptions: Vec<SubscriptionId>,
    orders: Vec<OrderId>,
}

/// Writes all of it that is not there yet; the admin comes last.
pub(super) async fn perform(db: &Db, plan: &Plan, now: DateTime<Utc>, resumes: bool) -> anyhow::Result<()> {
    let password = hashed().await?;
    let staff = add_staff(db, &password, now, resumes).await?;
    let connections = (db.pool().options().get_max_connections() / 2).clamp(1, 3);
    let some_at_once = plan.customers.chunks(CUSTOMERS_AT_ONCE).zip(plan.costs.chunks(CUSTOMERS_AT_ONCE));
    let held: Vec<Vec<Held>> = stream::iter(some_at_once)
        .map(|(some, costs)| add_customers(db, some, costs, resumes))
        .buffered(connections as usize)
        .try_collect()
        .await?;
    let held: Vec<Held> = held.into_iter().flatten().collect();
    departments::set_up(db, &staff, resumes, now).await?;
    link_accounts(db, plan, &held).await?;
    let mut done = HashMap::new();
    for some in plan.cases.chunks(CASES_AT_ONCE) {
        let mut tx = begin(db).await?;
        for case in some {
            let on = &held[case.customer];
            let id = lives::live(&mut tx, case, &plan.customers[case.customer], on, &staff, &done, resumes, now).await;
            done.insert(case.serial, id.with_context(|| format!("case {} of the plan", case.serial))?);
        }
        tx.commit().await?;
    }
    complaints::some(db, plan, &held, &staff, now).await?;
    causes::find(db, &staff, now).await?;
    told::tell(db, now).await?;
    add_admin(db, &password, now).await
}

/// Begins a change that need not reach the disk by itself: the last one, which does, takes it along. Two that share a
/// chain of the audit log wait for each other, as long as it takes.
async fn begin(db: &Db) -> Result<Tx> {
    let mut tx = db.begin(Origin { actor: None, via: Via::Demo, request: None }).await?;
    sqlx::query!(
        "select set_config('synchronous_commit', 'off', true) as off, set_config('lock_timeout', '60s', true) as waits"
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(tx)
}

/// One hash for everybody: each would take as long as a sign-in.
async fn hashed() -> anyhow::Result<Hashed> {
    let password = Password::parse(PASSWORD, &[]).map_err(|why| anyhow!(why))?;
    tokio::task::spawn_blocking(move || Hashed::of(&password)).await?
}

/// Adds teams and everybody but the admin.
async fn add_staff(db: &Db, password: &Hashed, now: DateTime<Utc>, resumes: bool) -> anyhow::Result<Staff> {
    let can = Can::<ManageUsers>::desk();
    let mut tx = begin(db).await?;
    if resumes {
        return find_staff(&mut tx).await;
    }
    tx.set_now(now - BEGAN);
    let mut staff = Staff { teams: Vec::new(), users: Vec::new(), asked: AtomicU32::new(0) };
    for (n, team) in TEAMS.iter().enumerate() {
        let name = Name::parse(team.name).map_err(|why| anyhow!(why))?;
        let team = NewTeam { name, calendar: people::calendar(n, now.date_naive()) };
        staff.teams.push(accounts::add_team(&mut tx, &can, &team).await?);
    }
    for person in &PEOPLE[..PEOPLE.len() - 1] {
        let new = new_user(&mut tx, person, &staff.teams, password).await?;
        staff.users.push(accounts::add_user(&mut tx, &can, &new).await?);
    }
    tx.commit().await?;
    Ok(staff)
}

/// Those who were added before the demo was interrupted.
async fn find_staff(tx: &mut Tx) -> anyhow::Result<Staff> {
    let found = accounts::teams(tx).await?;
    let mut staff = Staff { teams: Vec::new(), users: Vec::new(), asked: AtomicU32::new(0) };
    for team in &TEAMS {
        let team = found.iter().find(|one| one.name == team.name);
        staff.teams.push(team.context("a team of the demo is gone")?.id);
    }
    for person in &PEOPLE[..PEOPLE.len() - 1] {
        let user = accounts::user_by_email(tx, &email(person)?).await?;
        staff.users.push(user.context("somebody of the demo is gone")?);
    }
    Ok(staff)
}

async fn add_admin(db: &Db, password: &Hashed, now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut tx = db.begin(Origin { actor: None, via: Via::Demo, request: None }).await?;
    tx.set_now(now - BEGAN + TimeDelta::minutes(1));
    let [.., admin] = &PEOPLE;
    let new = new_user(&mut tx, admin, &[], password).await?;
    accounts::add_user(&mut tx, &Can::desk(), &new).await?;
    Ok(tx.commit().await?)
}

fn email(person: &people::Person) -> anyhow::Result<Email> {
    Email::parse(&person.email()).map_err(|why| anyhow!(why))
}

async fn new_user(
    tx: &mut Tx,
    person: &people::Person,
    teams: &[TeamId],
    password: &Hashed,
) -> anyhow::Result<NewUser> {
    let department = match person.department {
        None => None,
        Some(name) => {
            let known = accounts::departments(tx).await?.into_iter().find(|one| one.name == name);
            Some(known.with_context(|| format!("there is no department {name}"))?.id)
        }
    };
    let details = accounts::Details {
        name: Name::parse(person.name).map_err(|why| anyhow!(why))?,
        email: email(person)?,
        roles: person.roles.iter().copied().collect(),
        team: person.team.map(|team| teams[team]),
        department,
    };
    Ok(NewUser { details, password: Some(password.clone()) })
}

async fn add_customers(db: &Db, some: &[Customer], costs: &[Costs], resumes: bool) -> Result<Vec<Held>> {
    let mut tx = begin(db).await?;
    let mut held = Vec::with_capacity(some.len());
    for (customer, costs) in some.iter().zip(costs) {
        held.push(add_customer(&mut tx, customer, costs, resumes).await?);
    }
    tx.commit().await?;
    Ok(held)
}

async fn add_customer(tx: &mut Tx, customer: &Customer, costs: &Costs, resumes: bool) -> Result<Held> {
    if resumes && let Some(held) = find_customer(tx, customer).await? {
        return Ok(held);
    }
    let can = Can::desk();
    tx.set_now(customer.added_at);
    let id = customers::add(tx, &can, customer.new.clone()).await?;
    for contact in &customer.contacts {
        customers::add_contact(tx, &can, id, contact.clone()).await?;
    }
    let mut held = Held { id, subscriptions: Vec::new(), orders: Vec::new() };
    for subscription in &customer.subscriptions {
        held.subscriptions.push(customers::add_subscription(tx, &can, id, subscription.clone()).await?);
    }
    for order in &customer.orders {
        tx.set_now(customer.added_at.max(order.ordered_at));
        held.orders.push(customers::add_order(tx, &can, id, order.clone()).await?);
    }
    if let Some((status, at, why)) = customer.since_then {
        tx.set_now(at);
        customers::set_status(tx, id, status, why).await?;
    }
    add_costs(tx, &held, costs).await?;
    Ok(held)
}

async fn add_costs(tx: &mut Tx, held: &Held, costs: &Costs) -> Result<()> {
    let of_orders = held.orders.iter().map(|id| Served::Order(*id)).zip(&costs.orders);
    let of_subscriptions = held.subscriptions.iter().map(|id| Served::Subscription(*id)).zip(&costs.subscriptions);
    let newest = |lines: &[NewCost]| lines.iter().map(|line| line.as_of).max();
    for (of, lines) in of_subscriptions.chain(of_orders).filter(|(_, lines)| !lines.is_empty()) {
        let day = newest(lines).and_then(|day| day.and_hms_opt(15, 0, 0)).unwrap_or_default().and_utc();
        tx.set_now(costs.at.max(day));
        economics::add_costs(tx, &Can::desk(), of, lines).await?;
    }
    Ok(())
}

/// Links the accounts that are not linked yet.
async fn link_accounts(db: &Db, plan: &Plan, held: &[Held]) -> Result<()> {
    let mut tx = begin(db).await?;
    for (account, main) in &plan.links {
        tx.set_now(plan.costs[*account].at.max(plan.costs[*main].at));
        let (account, main) = (held[*account].id, held[*main].id);
        if customers::linked_accounts(&mut tx, account).await?.is_empty() {
            customers::link(&mut tx, &Can::desk(), account, main).await?;
        }
    }
    tx.commit().await
}

async fn find_customer(tx: &mut Tx, customer: &Customer) -> Result<Option<Held>> {
    let account = customer.new.account_number.as_deref().unwrap_or_default();
    let Some(found) = customers::find_by_account(tx, account).await? else {
        return Ok(None);
    };
    let mut held = Held { id: found.id, subscriptions: Vec::new(), orders: Vec::new() };
    for one in &customer.subscriptions {
        let found = customers::find_subscription(tx, held.id, one.external_ref.as_deref(), &one.product).await?;
        held.subscriptions.extend(found.map(|found| found.id));
    }
    for order in &customer.orders {
        held.orders.extend(customers::find_order(tx, &order.number).await?.map(|found| found.id));
    }
    Ok(Some(held))
}
