//! The same statements by pgbench: what the database itself can do with nobody before it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use savedesk::db::embedded::OWNER;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, PgConnection, Postgres, Row as _, Type};
use uuid::Uuid;

use crate::desk::Desk;
use crate::wire::{Asked, COMMIT, Captured, Statement, TAKE_BACK, Value};
use crate::work::Kind;

/// As many as ask for pages.
const CLIENTS: &str = "8";
/// What every connection of the server is set to.
const SETTINGS: &str = "set role savedesk_app; set timezone = 'UTC'; set jit = off; \
    set max_parallel_workers_per_gather = 0; set join_collapse_limit = 4;";

/// Waits until all that was written so far is on disk, as a commit does.
const WRITTEN: &str = "select pg_logical_emit_message(true, 'bench', 'kept')";

/// Runs what requests of a kind asked, and says how often a second all that one asks was done; nothing where there were
/// none. What they change is checked and taken back, so that it can be changed the same way again, and as much is written
/// to disk as if it were kept.
pub(crate) async fn run(desk: &Desk, kind: Kind, captured: &Captured, span: Duration) -> Option<f64> {
    let samples = captured.shortest();
    if samples.is_empty() {
        return None;
    }
    let dir = std::env::temp_dir().join(format!("pgbench-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&dir).unwrap();
    let mut owner = desk.owner().await;
    let mut files = Vec::new();
    let mut own = String::new();
    for (at, asked) in samples.iter().enumerate() {
        let script = script(&mut owner, at, asked).await;
        if kind.changes() {
            // each client changes something else, as people do
            write!(own, "\\if :client_id % {} = {at}\n{script}\\endif\n", samples.len()).unwrap();
            continue;
        }
        let file = dir.join(format!("{at}.sql"));
        std::fs::write(&file, script).unwrap();
        files.push(file);
    }
    if kind.changes() {
        let file = dir.join("own.sql");
        std::fs::write(&file, own).unwrap();
        files.push(file);
    }
    let programs: String = sqlx::query_scalar("select setting from pg_config() where name = 'BINDIR'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    let said = bench(&PathBuf::from(programs).join("pgbench"), desk, &files, samples.len(), span).await;
    std::fs::remove_dir_all(dir).unwrap();
    Some(said)
}

/// Everything that one request asked, prepared once for each connection.
async fn script(owner: &mut PgConnection, sample: usize, asked: &Asked) -> String {
    let mut text = format!("\\if :ready{sample}\n\\else\n{SETTINGS}\n");
    let mut run = String::new();
    for (at, statement) in asked.statements.iter().enumerate() {
        if statement.sql == COMMIT {
            writeln!(run, "{TAKE_BACK};\n{WRITTEN};").unwrap();
            continue;
        }
        if statement.types.is_empty() && statement.values.is_empty() {
            writeln!(run, "{};", statement.sql.trim_end_matches(';')).unwrap();
            continue;
        }
        let types = names(owner, &statement.types).await.join(", ");
        // on a line of its own, or a comment at the end would swallow it
        writeln!(text, "prepare s{sample}_{at} ({types}) as {}\n;", statement.sql.trim_end_matches(';')).unwrap();
        let literals = literals(owner, statement).await;
        writeln!(run, "execute s{sample}_{at} ({});", literals.join(", ")).unwrap();
    }
    write!(text, "\\set ready{sample} 1\n\\endif\n{run}").unwrap();
    text
}

/// The statement that takes longest of what a request asks, and how the database goes about it; nothing of what changes
/// something.
pub(crate) async fn slowest(desk: &Desk, kind: Kind, captured: &Captured) -> Option<(String, String)> {
    let asked = captured.shortest().into_iter().next().filter(|_| !kind.changes())?;
    let mut owner = desk.owner().await;
    sqlx::raw_sql(SETTINGS).execute(&mut owner).await.unwrap();
    let mut slowest: Option<(f64, String, String)> = None;
    for statement in asked.statements.iter().filter(|statement| !statement.types.is_empty()) {
        let types = names(&mut owner, &statement.types).await.join(", ");
        let literals = literals(&mut owner, statement).await.join(", ");
        let prepare = format!("prepare asked ({types}) as {}\n;", statement.sql.trim_end_matches(';'));
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut owner).await.unwrap();
        let explain = format!("explain (analyze, buffers) execute asked ({literals})");
        // the second time all that it reads is in memory
        for _ in 0..2 {
            let rows = sqlx::raw_sql(AssertSqlSafe(explain.clone())).fetch_all(&mut owner).await.unwrap();
            let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            let took = lines.iter().find_map(|line| line.strip_prefix("Execution Time: ")?.strip_suffix(" ms"));
            let took = took.unwrap().parse().unwrap();
            if slowest.as_ref().is_none_or(|(longest, sql, _)| took > *longest || *sql == statement.sql) {
                slowest = Some((took, statement.sql.clone(), lines.join("\n")));
            }
        }
        sqlx::raw_sql("deallocate asked").execute(&mut owner).await.unwrap();
    }
    slowest.map(|(_, sql, plan)| (sql, plan))
}

/// The names of types.
async fn names(owner: &mut PgConnection, types: &[u32]) -> Vec<String> {
    let types: Vec<i64> = types.iter().map(|kind| i64::from(*kind)).collect();
    sqlx::query_scalar("select case t when 0 then 'unknown' else t::oid::regtype::text end from unnest($1) with ordinality as x (t, n) order by n")
        .bind(types)
        .fetch_all(owner)
        .await
        .unwrap()
}

/// A parameter as it went over the wire, to be read out by the database.
struct Raw<'a>(u32, &'a Value);

impl Type<Postgres> for Raw<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Raw<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self.1 {
            None => Ok(IsNull::Yes),
            Some(bytes) => {
                buffer.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(self.0)))
    }
}

/// The parameters of a statement as SQL writes them.
async fn literals(owner: &mut PgConnection, statement: &Statement) -> Vec<String> {
    let mut arguments = PgArguments::default();
    let mut asks = Vec::new();
    for (at, (kind, value)) in statement.types.iter().zip(&statement.values).enumerate() {
        arguments.add(Raw(*kind, value)).unwrap();
        asks.push(format!("quote_nullable(${}::text)", at + 1));
    }
    let sql = format!("select array[{}]", asks.join(", "));
    sqlx::query_scalar_with(AssertSqlSafe(sql), arguments).persistent(false).fetch_one(owner).await.unwrap()
}

async fn bench(program: &Path, desk: &Desk, files: &[PathBuf], samples: usize, span: Duration) -> f64 {
    let options = desk.options();
    let mut command = Command::new(program);
    command.args(["--no-vacuum", "--protocol=simple", "--client", CLIENTS, "--jobs", "1"]);
    command.args(["--time", &span.as_secs().to_string(), "--username", OWNER]);
    command.arg("--host").arg(options.get_socket().unwrap()).args(["--port", &options.get_port().to_string()]);
    for at in 0..samples {
        command.args(["--define", &format!("ready{at}=0")]);
    }
    for file in files {
        command.arg("--file").arg(file);
    }
    let database = options.get_database().unwrap().to_owned();
    let ran = tokio::task::spawn_blocking(move || command.arg(database).output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    let done = said.lines().find_map(|line| line.strip_prefix("tps = ")).unwrap();
    done.split_whitespace().next().unwrap().parse().unwrap()
}
