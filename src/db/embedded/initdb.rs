//! Makes a cluster where there is none, and tells which version made one.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::cluster::Cluster;
use super::find::Programs;
use super::place::make_private;
use super::{Durability, OWNER};

/// Added to a new cluster's `postgresql.conf`.
const CONFIGURATION: &str = "
# Chosen by Savedesk when it made this cluster, and yours to change.
shared_buffers = 128MB
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
";

impl Cluster {
    /// Makes the cluster beside its place and then moves it there, so that a crash half-way
    /// leaves nothing half-made.
    pub(super) fn create(&self, programs: &Programs) -> anyhow::Result<()> {
        let staging = self.place.staging();
        // Text sorts by code point: the same on every machine and after every upgrade of the
        // system, so that no index goes wrong. What people read is sorted in their language by
        // the query, with an ICU collation. Plain C, where the system has no C.UTF-8, differs
        // in what upper() and lower() know beyond ASCII.
        let complaint = match self.initialize(programs, &staging, "C.UTF-8")? {
            None => None,
            Some(_) => self.initialize(programs, &staging, "C")?,
        };
        if let Some(complaint) = complaint {
            let _ = fs::remove_dir_all(&staging);
            bail!("Could not make a PostgreSQL cluster in {}: {complaint}", staging.display());
        }
        let mut configuration = OpenOptions::new().append(true).open(staging.join("postgresql.conf"))?;
        configuration.write_all(CONFIGURATION.as_bytes())?;
        configuration.sync_all()?;
        let data = self.place.data();
        fs::rename(&staging, &data)
            .and_then(|()| File::open(self.place.dir())?.sync_all())
            .with_context(|| format!("Could not move the new cluster to {}", data.display()))
    }

    /// Runs `initdb`; returns what it complained of, if it failed.
    fn initialize(&self, programs: &Programs, staging: &Path, locale: &str) -> anyhow::Result<Option<String>> {
        match fs::remove_dir_all(staging) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("Could not remove {}", staging.display()));
            }
            _ => make_private(staging, self.account)?,
        }
        let mut command = self.account.command(programs.dir.join("initdb"), self.place.dir());
        command.arg("-D").arg(staging).args(["-U", OWNER, "-E", "UTF8", "--data-checksums"]);
        command.arg(format!("--locale={locale}"));
        command.args(["--auth-local=trust", "--auth-host=reject", "--no-instructions"]);
        if self.durability == Durability::None {
            command.arg("--no-sync");
        }
        // Not to be cut off by a Ctrl-C either.
        let output = command
            .process_group(0)
            .output()
            .with_context(|| format!("Could not run initdb from {}", programs.dir.display()))?;
        if output.status.success() {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

/// The version that made the cluster in `data`, if there is one.
pub(super) fn made_by(data: &Path) -> anyhow::Result<Option<u32>> {
    let path = data.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => text
            .trim()
            .parse()
            .map(Some)
            .with_context(|| format!("{} does not name a version of PostgreSQL", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("Could not read {}", path.display())),
    }
}
