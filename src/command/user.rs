//! `savedesk user add`.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use savedesk::accounts::{self, Details, Email, Name};
use savedesk::auth::{Can, Role};
use savedesk::clock::Clock;
use savedesk::config::Config;
use savedesk::db::{Db, Origin, Via};

use super::store::{Desk, Store};

/// Who is to have an account.
#[derive(Debug, Args)]
pub(crate) struct NewUser {
    /// What they sign in with
    #[arg(long)]
    email: String,
    /// As colleagues know them
    #[arg(long)]
    name: String,
    /// What their day is about; may be given several times
    #[arg(long = "role", required = true, value_parser = PossibleValuesParser::new(Role::ALL.map(Role::name)))]
    roles: Vec<String>,
    /// Their team in the save desk
    #[arg(long)]
    team: Option<String>,
    /// The department they answer for
    #[arg(long)]
    department: Option<String>,
}

/// Adds the user and prints their link.
pub(crate) async fn add_user(config: Config, new: NewUser) -> anyhow::Result<ExitCode> {
    let store = Store::open(&config, Desk::Real).await?;
    let added = add(&store, &config, &new).await;
    store.close().await?;
    let link = added?;
    println!(
        "{} has an account. They set their password here, once, until {}:",
        new.name,
        link.expires_at.format("%F %R UTC")
    );
    println!("  {}", link.url);
    Ok(ExitCode::SUCCESS)
}

async fn add(store: &Store, config: &Config, new: &NewUser) -> anyhow::Result<accounts::OneTimeLink> {
    let db = Db::open(store.owner(), 2, Clock::System).await?;
    let user = accounts::NewUser { details: details(&db, new).await?, password: None };
    let can = Can::desk();
    let mut tx = db.begin(Origin { actor: None, via: Via::Command, request: None }).await?;
    let id = accounts::add_user(&mut tx, &can, &user).await?;
    let link = accounts::password_link(&mut tx, &can, id, &config.base_url()).await?;
    tx.commit().await?;
    db.close().await;
    Ok(link)
}

async fn details(db: &Db, new: &NewUser) -> anyhow::Result<Details> {
    let mut connection = db.read().await?;
    let teams = accounts::teams(&mut connection).await?.into_iter().map(|team| (team.id, team.name)).collect();
    let departments = accounts::departments(&mut connection).await?;
    let departments = departments.into_iter().map(|department| (department.id, department.name)).collect();
    Ok(Details {
        name: Name::parse(&new.name).map_err(anyhow::Error::msg)?,
        email: Email::parse(&new.email).map_err(anyhow::Error::msg)?,
        roles: new.roles.iter().filter_map(|name| Role::from_name(name)).collect(),
        team: named("team", new.team.as_deref(), teams)?,
        department: named("department", new.department.as_deref(), departments)?,
    })
}

/// The one of this name, however it is capitalised.
fn named<Id>(what: &str, name: Option<&str>, all: Vec<(Id, String)>) -> anyhow::Result<Option<Id>> {
    let Some(name) = name else { return Ok(None) };
    let names: Vec<String> = all.iter().map(|(_, name)| name.clone()).collect();
    let found = all.into_iter().find(|(_, other)| other.to_lowercase() == name.to_lowercase());
    if names.is_empty() {
        bail!("There is no {what} yet. An admin adds them under People");
    }
    let (id, _) = found.with_context(|| format!("There is no {what} {name:?}. There are: {}", names.join(", ")))?;
    Ok(Some(id))
}
