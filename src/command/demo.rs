//! `savedesk demo`: a made-up company, filled in once, and served.

use std::process::ExitCode;

use savedesk::config::Config;
use savedesk::db::Db;
use savedesk::demo;

use super::serve::serve_desk;
use super::store::Desk;

/// Fills the demo company in if it is not there yet, serves it, and says whom to sign in as.
pub(crate) async fn demo(config: Config) -> anyhow::Result<ExitCode> {
    Box::pin(serve_desk(config, Desk::Demo)).await
}

/// Fills an empty desk.
///
/// # Errors
/// When the desk has users of its own: demo data would mix with theirs.
pub(super) async fn fill(db: &Db) -> anyhow::Result<()> {
    if demo::is_here(db).await? {
        return Ok(());
    }
    eprintln!("Filling in the demo company, once.");
    anyhow::ensure!(
        demo::fill(db).await?,
        "This database has users of its own, and demo data would mix with their work. Take DATABASE_URL away, or \
         name an empty database."
    );
    Ok(())
}

/// Whom to sign in as.
pub(super) fn print_sign_ins() {
    let sign_ins = demo::sign_ins();
    println!("Sign in as one of:");
    for person in &sign_ins.people {
        println!("  {:<18} {:<16} {}", person.role.label(), person.name, person.email);
    }
    println!("The password of all of them is {}", sign_ins.password);
}
