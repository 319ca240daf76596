//! A desk of a given size, kept from run to run, and the server over it as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use savedesk::db::embedded::{Durability, Embedded, OWNER, Settings, default_data_dir, start_for_tests};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use crate::Options;
use crate::client::Client;

/// A filled database.
pub(crate) struct Desk {
    cluster: Embedded,
    name: String,
}

impl Desk {
    /// Starts the cluster, and fills the desk unless an earlier run did.
    pub(crate) async fn open(options: &Options) -> Self {
        let cluster = if options.short && options.data.is_none() {
            // what is only counted need not be kept
            start_for_tests().await.unwrap()
        } else {
            let dir = options.data.clone().unwrap_or_else(|| default_data_dir().unwrap().join("bench"));
            Embedded::start(&dir, Settings::default(), Durability::Full).await.unwrap()
        };
        let name = format!("bench_{}", options.cases);
        cluster.create_database(&name, None).await.unwrap();
        let desk = Self { cluster, name };
        if !desk.is_filled(options.cases).await {
            let began = Instant::now();
            let filled = Self::program()
                .args(["demo", "--no-serve", "--cases", &options.cases.to_string()])
                .env("DATABASE_URL", desk.url())
                .status()
                .unwrap();
            assert!(filled.success(), "the desk could not be filled in");
            eprintln!("{} cases filled in within {:.0} s", options.cases, began.elapsed().as_secs_f64());
        }
        desk
    }

    async fn is_filled(&self, cases: u32) -> bool {
        let mut owner = self.owner().await;
        let there =
            sqlx::query_scalar::<_, bool>("select to_regclass('cases') is not null").fetch_one(&mut owner).await;
        if !there.unwrap() {
            return false;
        }
        let held: i64 = sqlx::query_scalar("select count(*) from cases").fetch_one(&mut owner).await.unwrap();
        owner.close().await.unwrap();
        held >= i64::from(cases)
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        self.cluster.options(&self.name, OWNER)
    }

    pub(crate) fn url(&self) -> String {
        self.cluster.url(&self.name, OWNER)
    }

    pub(crate) async fn owner(&self) -> PgConnection {
        self.options().connect().await.unwrap()
    }

    /// Waits until the chaser has done what came due while no server ran.
    pub(crate) async fn settle(&self) {
        let mut owner = self.owner().await;
        let due = "select exists (select from chases where parked_at is null and next_at <= now())";
        while sqlx::query_scalar::<_, bool>(due).fetch_one(&mut owner).await.unwrap() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    pub(crate) async fn close(self) {
        self.cluster.stop().await.unwrap();
    }

    fn program() -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_savedesk"));
        program.env_clear().env("SAVEDESK_LOG", "warn");
        if let Some(path) = std::env::var_os("PATH") {
            program.env("PATH", path);
        }
        program
    }

    /// A server that reaches the database in the way that is given.
    pub(crate) async fn serve(&self, options: &PgConnectOptions, connections: u32) -> Server {
        self.start(options.to_url_lossy().as_str(), connections).await
    }

    /// A server as an operator starts it, and how long it took until the first page was there.
    pub(crate) async fn serve_cold(&self) -> (Server, Duration) {
        let began = Instant::now();
        let server = self.start(&self.url(), 16).await;
        let page = Client::new(server.address).get("/sign-in", None).await;
        assert_eq!(page.status, 200);
        (server, began.elapsed())
    }

    async fn start(&self, url: &str, connections: u32) -> Server {
        let mut process = Self::program()
            .arg("serve")
            .env("DATABASE_URL", url)
            .env("SAVEDESK_DATABASE_CONNECTIONS", connections.to_string())
            .env("SAVEDESK_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let said = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).map(|_| line)
        });
        let said = said.await.unwrap().unwrap();
        let address = said.trim().rsplit('/').next().and_then(|address| address.parse().ok());
        Server { address: address.unwrap_or_else(|| panic!("the server says {said:?}")), process }
    }
}

/// The server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Server {
    /// What it holds in memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() << 10
    }

    /// The time for which it has used a core.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(self.proc("stat")).unwrap();
        // the name, in brackets, may hold spaces; user and system time are the 14th and 15th field
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.process.id()))
    }

    /// Gone at once.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
