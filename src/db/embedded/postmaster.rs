//! The running server, as far as `postmaster.pid` and the system's list of processes tell.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// What PostgreSQL writes into `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Postmaster {
    pub(super) pid: i32,
    pub(super) socket_dir: Option<PathBuf>,
    pub(super) ready: bool,
}

/// What runs under a process number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// Nothing, or something that has nothing to do with PostgreSQL: the number is stale.
    Unrelated,
    /// A PostgreSQL, but we may not see of which cluster.
    SomePostgres,
    /// The postmaster of this cluster.
    Postmaster,
}

impl Postmaster {
    /// Reads the file of the cluster in `data`, if there is one that makes sense.
    pub(super) fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = file(data);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("Could not read {}", path.display())),
        }
    }

    /// Line 1 is the process, line 5 the socket's directory, line 8 the state.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok().filter(|pid| *pid > 1)?,
            socket_dir: lines.get(4).filter(|dir| !dir.is_empty()).map(PathBuf::from),
            ready: lines.get(7) == Some(&"ready"),
        })
    }

    /// What its process number stands for now.
    pub(super) fn process(&self, data: &Path) -> Process {
        if !Path::new("/proc/self").exists() {
            return by_name(&ps(self.pid));
        }
        let process = PathBuf::from(format!("/proc/{}", self.pid));
        // A postmaster works in its data directory. A zombie works nowhere.
        match fs::read_link(process.join("cwd")) {
            Ok(dir) if dir == data => Process::Postmaster,
            Ok(_) => Process::Unrelated,
            Err(error) if error.kind() == ErrorKind::NotFound => Process::Unrelated,
            // Root in a container may not look at other users' processes.
            Err(_) => by_name(&fs::read_to_string(process.join("comm")).unwrap_or_default()),
        }
    }

    /// Sends the process a signal; one that is gone is no error.
    pub(super) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let Some(pid) = Pid::from_raw(self.pid) else {
            return Ok(());
        };
        match kill_process(pid, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("Could not stop PostgreSQL, process {}", self.pid)),
        }
    }
}

/// The file's name.
pub(super) fn file(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

fn ps(pid: i32) -> String {
    let output = Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn by_name(command: &str) -> Process {
    match command.trim().rsplit('/').next() {
        Some("postgres" | "postmaster") => Process::SomePostgres,
        _ => Process::Unrelated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_read() {
        let text = "4711\n/var/lib/savedesk/postgres\n1763772000\n5432\n/var/lib/savedesk/run\n\n\
                    17  2\nready   \n";
        let expected = Postmaster { pid: 4711, socket_dir: Some(PathBuf::from("/var/lib/savedesk/run")), ready: true };
        assert_eq!(Postmaster::parse(text), Some(expected));
    }

    #[test]
    fn a_server_that_is_still_starting_is_not_ready() {
        let starting = Postmaster::parse("4711\n/data\n1763772000\n5432\n/run\n\n\nstarting\n");
        assert!(!starting.unwrap().ready);
        assert!(!Postmaster::parse("4711\n/data\n").unwrap().ready);
    }

    #[test]
    fn a_broken_pid_file_names_nobody() {
        for text in ["", "\n", "x\n", "-1\n", "0\n", "1\n"] {
            assert_eq!(Postmaster::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn another_process_with_the_number_is_not_taken_for_the_server() {
        let us = i32::try_from(std::process::id()).unwrap();
        let postmaster = Postmaster { pid: us, socket_dir: None, ready: true };
        assert_eq!(postmaster.process(Path::new("/nowhere")), Process::Unrelated);
        assert_eq!(by_name("/usr/lib/postgresql/15/bin/postgres\n"), Process::SomePostgres);
        assert_eq!(by_name("postgrest"), Process::Unrelated);
    }
}
