//! A believable company to try the product with: two lines of business in one, the people who keep their customers, two
//! thousand customers and eight months of cases. It is thought up first, the same on the same day, and then done by the
//! same actions that pages use, each at its own moment and by the person whose work it was.

mod beats;
mod bulk;
mod cases;
mod companies;
mod costs;
mod customers;
mod dice;
mod hours;
mod life;
mod names;
mod papers;
mod people;
mod perform;
mod places;
mod plan;
mod shop;
mod sketches;
mod stories;
mod words;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};

use crate::accounts::{self, Email};
use crate::auth::Role;
use crate::clock::Clock;
use crate::db::Db;

pub use bulk::{Grown, Size, Written, grow};

/// The password of everybody in the demo. It is printed, so it protects nothing.
const PASSWORD: &str = "quartz-lantern-harbor";
/// So long before now the desk began to use Savedesk, and its people were added.
const BEGAN: TimeDelta = TimeDelta::days(262);

/// Whom to sign in as, to see what each role sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignIns {
    /// One person for each role.
    pub people: Vec<SignIn>,
    /// The password of all of them.
    pub password: &'static str,
}

/// Somebody to sign in as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignIn {
    /// What they may be.
    pub role: Role,
    /// As colleagues know them.
    pub name: &'static str,
    /// What to sign in with.
    pub email: String,
}

/// Fills an empty desk with the demo company. A desk that has users of its own, or the whole demo already, stays as it
/// is; a demo that was interrupted is completed. Says whether anything was done.
///
/// # Errors
/// When the database refuses.
pub async fn fill(db: &Db) -> anyhow::Result<bool> {
    let Some((now, resumes)) = moment(db).await.context("the demo could not look at the desk")? else {
        return Ok(false);
    };
    let plan = plan::Plan::make(now);
    db.trust_clock(true).await?;
    perform::perform(db, &plan, now, resumes).await.context("the demo could not be written")?;
    db.trust_clock(matches!(db.clock(), Clock::Stopped(..))).await?;
    Ok(true)
}

/// Whether this desk is the demo company.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_here(db: &Db) -> crate::error::Result<bool> {
    let [.., last] = &people::PEOPLE;
    let email = Email::parse(&last.email()).map_err(crate::error::Error::refused)?;
    Ok(accounts::user_by_email(&mut *db.read().await?, &email).await?.is_some())
}

/// The moment on which the plan stands and whether some of it is done; nothing when there is nothing to do. The admin is
/// added last: where there is one, all is done.
async fn moment(db: &Db) -> crate::error::Result<Option<(DateTime<Utc>, bool)>> {
    let mut connection = db.read().await?;
    let began = sqlx::query_scalar!("select min(created_at) from users").fetch_one(&mut *connection).await?;
    let Some(began) = began else {
        return Ok(Some((db.now(), false)));
    };
    let mut is_there = async |who: &people::Person| -> crate::error::Result<bool> {
        let email = Email::parse(&who.email()).map_err(crate::error::Error::refused)?;
        Ok(accounts::user_by_email(&mut connection, &email).await?.is_some())
    };
    let [first, .., last] = &people::PEOPLE;
    let unfinished = is_there(first).await? && !is_there(last).await?;
    Ok(unfinished.then_some((began + BEGAN, true)))
}

/// Whom to sign in as.
#[must_use]
pub fn sign_ins() -> SignIns {
    let person = |(name, role): &(&str, Role)| {
        let person = people::PEOPLE.iter().find(|person| person.name == *name)?;
        Some(SignIn { role: *role, name: person.name, email: person.email() })
    };
    SignIns { people: people::SHOWN.iter().filter_map(person).collect(), password: PASSWORD }
}
