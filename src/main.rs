//! The command line.

mod command;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use savedesk::config::Config;

use command::{Desk, NewDemo, NewImport, NewUser};

/// A self-hosted desk for the people who keep customers from leaving.
#[derive(Debug, Parser)]
#[command(version, after_long_help = SETTINGS)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the desk (what happens without a command)
    ///
    /// Uses the database that `DATABASE_URL` names, or runs an embedded PostgreSQL in the data directory. Prints the
    /// address to open. Ctrl-C or SIGTERM stops it once all that is under way is done; a second Ctrl-C stops it at
    /// once. Nothing that was acknowledged is lost either way.
    #[command(after_long_help = SETTINGS)]
    Serve,
    /// Give people accounts
    #[command(subcommand)]
    User(User),
    /// Serve a made-up company, to try the product with
    ///
    /// The first time it is filled in: 40 people, 2,000 customers, 600 cases with months of history. It has a database
    /// of its own beside the real one. Prints the address and whom to sign in as.
    ///
    /// With --cases it is made as large as wanted: `savedesk demo --cases 1000000`.
    #[command(after_long_help = SETTINGS)]
    Demo(NewDemo),
    /// Bring in customers, orders or cases from a CSV file
    ///
    /// Like: savedesk import --kind customers people.csv. Columns are guessed from their headers; --dry-run says what
    /// would happen. Rows that cannot be brought in are refused with the reason; the others go on. The same file twice
    /// changes nothing.
    Import(NewImport),
    /// Prove that nobody tampered with the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Reach the database with other tools
    #[command(subcommand)]
    Database(Database),
}

#[derive(Debug, Subcommand)]
enum User {
    /// Add a user and print a one-time link by which they set their password
    ///
    /// Like: savedesk user add --email priya@example.com --name "Priya Raman" --role agent --team North. The link works
    /// once, for 24 hours; `SAVEDESK_PUBLIC_URL` is what it begins with.
    Add(NewUser),
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Check every chain of the log, and name the first broken entry of each
    ///
    /// The exit code is 0 when all chains hold, otherwise 1.
    Verify {
        /// Of the demo company
        #[arg(long)]
        demo: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Database {
    /// Print an address for psql, `pg_dump` and BI tools
    ///
    /// Like: psql "$(savedesk database url)". The embedded database is started if it does not run, and then runs on
    /// until a `savedesk serve` ends.
    Url {
        /// As the owner, who may change everything, rather than as `savedesk_read`, who may only read
        #[arg(long)]
        owner: bool,
        /// Of the demo company
        #[arg(long)]
        demo: bool,
    },
}

/// For `--help`; `docs/operating.md` says more about each.
const SETTINGS: &str = "\
Settings come from the environment:
  DATABASE_URL                    PostgreSQL 14 or later, like postgres://savedesk:secret@db/savedesk;
                                  without it an embedded one is used
  DATABASE_REPLICA_URL            a streaming replica of it, which reports and search read from
  SAVEDESK_DATABASE_CONNECTIONS   connections this server may hold [16]
  SAVEDESK_DATA_DIR               where the embedded database lives [/var/lib/savedesk for root,
                                  otherwise ~/.local/share/savedesk]
  SAVEDESK_PG_BIN                 folder of the PostgreSQL programs for the embedded database
  SAVEDESK_PG_USER                system user that runs the embedded database when started as root
  SAVEDESK_LISTEN                 address to serve on [127.0.0.1:8080]
  SAVEDESK_PUBLIC_URL             how browsers reach it, like https://desk.example.com
  SAVEDESK_BEHIND_PROXY           1: take the client's address from X-Forwarded-For
  SAVEDESK_SESSION_IDLE_MINUTES   a session ends after so long without a request [120]
  SAVEDESK_SESSION_MAX_HOURS      a session ends after so long whatever happens [12]
  SAVEDESK_MAX_REQUESTS           requests served at once; more are turned away [256]
  SAVEDESK_LOG                    what to log, like warn or savedesk=debug [info]
  SAVEDESK_LOG_JSON               1: log lines as JSON";

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("savedesk: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::from_env().map_err(anyhow::Error::msg)?;
    let command = cli.command.unwrap_or(Command::Serve);
    command::log(&config, matches!(command, Command::Serve | Command::Demo(_)))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Serve => command::serve(config).await,
            Command::User(User::Add(new)) => command::add_user(config, new).await,
            Command::Demo(new) => command::demo(config, new).await,
            Command::Import(new) => command::import(config, new).await,
            Command::Audit(Audit::Verify { demo }) => command::verify_audit(config, desk(demo)).await,
            Command::Database(Database::Url { owner, demo }) => command::database_url(config, desk(demo), owner).await,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

fn desk(demo: bool) -> Desk {
    if demo { Desk::Demo } else { Desk::Real }
}

/// What went wrong and, in brackets, what the system said, once.
fn sentence(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said.push_str(&cause);
            causes.push(cause);
        }
    }
    if causes.is_empty() { said } else { format!("{error} ({})", causes.join(": ")) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_makes_sense() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_error_says_what_is_wrong_and_then_why() {
        let error = anyhow::anyhow!("connection refused").context("The database cannot be reached.");
        assert_eq!(sentence(&error), "The database cannot be reached. (connection refused)");
        let twice = anyhow::anyhow!("refused").context("connection refused").context("No database.");
        assert_eq!(sentence(&twice), "No database. (connection refused)");
    }
}
