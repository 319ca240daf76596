//! The cluster's life: started, joined, left, stopped. Whoever changes it does so in
//! their turn, so that no two processes start or stop it at once.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::process::Signal;

use super::account::Account;
use super::find::{self, Programs};
use super::initdb::made_by;
use super::place::{self, Place};
use super::postmaster::{self, Postmaster, Process};
use super::{Durability, PORT, Settings};

/// How long to wait for a server to accept connections; it may have much to recover.
const START: Duration = Duration::from_mins(5);

/// How long to wait for the last processes of a server that died.
const LINGER: Duration = Duration::from_secs(10);

/// How long a fast shutdown may take before it becomes an immediate one, which loses nothing
/// but makes the next start recover.
const STOP: Duration = Duration::from_secs(15);

const PAUSE: Duration = Duration::from_millis(10);

/// A cluster and how to run it.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) place: Place,
    settings: Settings,
    pub(super) durability: Durability,
    pub(super) account: Account,
}

impl Cluster {
    pub(super) fn open(data_dir: &Path, settings: Settings, durability: Durability) -> anyhow::Result<Self> {
        let place = Place::open(data_dir)?;
        let account = Account::choose(&place.data(), settings.user.as_deref())?;
        account.check_reach(place.dir())?;
        Ok(Self { place, settings, durability, account })
    }

    pub(super) fn data_dir(&self) -> &Path {
        self.place.dir()
    }

    /// Takes a lease and sees to it that the cluster runs; returns its socket's directory.
    pub(super) fn enter(&self) -> anyhow::Result<(File, PathBuf)> {
        let _turn = self.place.turn(self.account)?;
        let lease = self.place.lease(self.account)?;
        Ok((lease, self.run()?))
    }

    /// Starts the cluster again if it has died.
    pub(super) fn ensure_running(&self) -> anyhow::Result<()> {
        let _turn = self.place.turn(self.account)?;
        self.run().map(drop)
    }

    /// Gives the lease back, and stops the cluster if it was the last.
    pub(super) fn leave(&self, lease: &File) -> anyhow::Result<()> {
        let _turn = self.place.turn(self.account)?;
        if !place::give_back(lease)? {
            tracing::debug!("PostgreSQL keeps running for others");
            return Ok(());
        }
        let Some(postmaster) = self.running()? else {
            return Ok(());
        };
        postmaster.signal(Signal::INT)?;
        if !self.is_gone_within(STOP)? {
            tracing::warn!("PostgreSQL takes long to stop; stopping it at once");
            postmaster.signal(Signal::QUIT)?;
            ensure!(
                self.is_gone_within(LINGER)?,
                "PostgreSQL, process {}, does not stop; see {}.",
                postmaster.pid,
                self.place.log().display()
            );
        }
        self.place.remove_far_socket_dir();
        tracing::info!("Stopped PostgreSQL");
        Ok(())
    }

    /// Joins or starts the server. To be called in our turn.
    fn run(&self) -> anyhow::Result<PathBuf> {
        if let Some(postmaster) = self.running()?
            && let Some(socket_dir) = self.await_ready(postmaster.pid, None)?
        {
            tracing::debug!("Joined the PostgreSQL that runs in {}", self.data_dir().display());
            return Ok(socket_dir);
        }
        let data = self.place.data();
        let programs = find::find_or_download(self.settings.bin.as_deref(), made_by(&data)?, &self.place.programs())?;
        if made_by(&data)?.is_none() {
            self.create(&programs)?;
        }
        let claim = self.place.claim(self.account, LINGER)?;
        self.remove_stale_pid_file()?;
        let socket_dir = self.place.socket_dir(self.account)?;
        let mut log = self.place.open_log(self.account)?;
        let before = log.seek(SeekFrom::End(0))?;
        let mut child = self.spawn(&programs, &socket_dir, claim, log)?;
        let pid = i32::try_from(child.id()).context("A process number is out of range")?;
        let ready = self.await_ready(pid, Some(&mut child))?;
        // Somebody must take note when it ends, lest a zombie remain.
        thread::spawn(move || child.wait());
        let socket_dir = ready.with_context(|| {
            format!(
                "PostgreSQL did not start. It says, in {}:\n{}",
                self.place.log().display(),
                tail(&self.place.log(), before)
            )
        })?;
        tracing::info!("Started PostgreSQL {} in {}", programs.major, self.data_dir().display());
        Ok(socket_dir)
    }

    /// The server, if it is alive.
    fn running(&self) -> anyhow::Result<Option<Postmaster>> {
        let data = self.place.data();
        Ok(Postmaster::read(&data)?.filter(|postmaster| match postmaster.process(&data) {
            Process::Postmaster => true,
            Process::SomePostgres => self.place.is_claimed(),
            Process::Unrelated => false,
        }))
    }

    fn is_gone_within(&self, patience: Duration) -> anyhow::Result<bool> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !self.place.is_claimed() && self.running()?.is_none() {
                return Ok(true);
            }
            sleep(PAUSE);
        }
        Ok(false)
    }

    /// Waits until the server `pid` accepts connections; `None` if it ends before.
    fn await_ready(&self, pid: i32, mut child: Option<&mut Child>) -> anyhow::Result<Option<PathBuf>> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            match self.running()? {
                Some(postmaster) if postmaster.pid == pid && postmaster.ready => {
                    return Ok(postmaster.socket_dir);
                }
                None if child.is_none() => return Ok(None),
                Some(_) | None => {}
            }
            if let Some(child) = &mut child
                && child.try_wait().context("Could not watch PostgreSQL")?.is_some()
            {
                return Ok(None);
            }
            sleep(PAUSE);
        }
        bail!(
            "PostgreSQL is still not ready after {} minutes; see {}.",
            START.as_secs() / 60,
            self.place.log().display()
        );
    }

    /// PostgreSQL itself sees to a stale file, unless its number now stands for another process
    /// of the same user.
    fn remove_stale_pid_file(&self) -> anyhow::Result<()> {
        let data = self.place.data();
        let stale = match Postmaster::read(&data)? {
            Some(postmaster) => postmaster.process(&data) == Process::Unrelated,
            // None at all, or nothing that makes sense: a crash of the machine can leave it empty.
            None => true,
        };
        if !stale {
            return Ok(());
        }
        match fs::remove_file(postmaster::file(&data)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).context("Could not remove a stale postmaster.pid")
            }
            _ => Ok(()),
        }
    }

    /// Starts the server in a process group of its own, which a terminal's Ctrl-C does not
    /// reach: we stop it when we have finished with it.
    fn spawn(&self, programs: &Programs, socket_dir: &Path, claim: File, log: File) -> anyhow::Result<Child> {
        let mut command = self.account.command(programs.dir.join("postgres"), self.place.dir());
        command.arg("-D").arg(self.place.data()).args(["-p", &PORT.to_string()]);
        let sockets = socket_dir.to_string_lossy().replace('"', "\"\"");
        command.args(["-c", &format!("unix_socket_directories=\"{sockets}\"")]);
        for setting in
            ["unix_socket_permissions=0700", "listen_addresses=", "logging_collector=off", "log_destination=stderr"]
        {
            command.args(["-c", setting]);
        }
        if self.durability == Durability::None {
            for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
                command.args(["-c", setting]);
            }
        }
        let errors = log.try_clone().context("Could not share the log")?;
        // It reads nothing, but all its processes keep the claim open as long as they live.
        command.stdin(Stdio::from(claim)).stdout(log).stderr(errors).process_group(0);
        command.spawn().with_context(|| format!("Could not run postgres from {}", programs.dir.display()))
    }
}

/// The last lines of the log since it was `from` bytes long.
fn tail(log: &Path, from: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
