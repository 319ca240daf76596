//! What lies where in the data directory, and the locks that let processes share it. The locks
//! are `flock`s: the kernel lets go of them when a process dies, however it dies.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use super::account::Account;

/// The longest path of a socket every system takes; macOS has room for the fewest bytes, 103.
const LONGEST_SOCKET: usize = 103;

/// A log longer than this is put aside before the next start.
const LONGEST_LOG: u64 = 16 << 20;

/// Savedesk's data directory.
#[derive(Clone, Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    /// Opens the directory, making it first if there is none.
    pub(super) fn open(dir: &Path) -> anyhow::Result<Self> {
        // PostgreSQL's user must be able to pass a directory that root makes.
        let mode = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
        let make = || {
            if !dir.exists() {
                fs::create_dir_all(dir)?;
                fs::set_permissions(dir, Permissions::from_mode(mode))?;
            }
            dir.canonicalize().map(Self)
        };
        make().with_context(|| format!("Could not make the data directory {}", dir.display()))
    }

    /// The directory itself.
    pub(super) fn dir(&self) -> &Path {
        &self.0
    }

    /// The cluster: PostgreSQL's data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.0.join("postgres")
    }

    /// A cluster in the making.
    pub(super) fn staging(&self) -> PathBuf {
        self.0.join("postgres.tmp")
    }

    /// What PostgreSQL has to say.
    pub(super) fn log(&self) -> PathBuf {
        self.0.join("postgres.log")
    }

    /// Where a PostgreSQL is downloaded to.
    pub(super) fn programs(&self) -> PathBuf {
        self.0.join("programs")
    }

    /// Opens the log to add to it, putting a long one aside.
    pub(super) fn open_log(&self, account: Account) -> anyhow::Result<File> {
        let log = self.log();
        if log.metadata().is_ok_and(|log| log.len() > LONGEST_LOG) {
            fs::rename(&log, self.0.join("postgres.log.old"))
                .with_context(|| format!("Could not put {} aside", log.display()))?;
        }
        open(&log, account)
    }

    /// Waits for our turn to start or stop the cluster, which ends when the file is dropped.
    pub(super) fn turn(&self, account: Account) -> anyhow::Result<File> {
        let path = self.0.join("postgres.turn");
        let file = open(&path, account)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                tracing::debug!("Waiting while another process starts or stops PostgreSQL");
            }
            Err(TryLockError::Error(error)) => return Err(error).context(cannot_lock(&path)),
        }
        file.lock().with_context(|| cannot_lock(&path))?;
        Ok(file)
    }

    /// Takes a lease, which one process holds beside others.
    pub(super) fn lease(&self, account: Account) -> anyhow::Result<File> {
        let path = self.0.join("postgres.users");
        let file = open(&path, account)?;
        file.lock_shared().with_context(|| cannot_lock(&path))?;
        Ok(file)
    }

    /// The lock that lives as long as the cluster's processes: they inherit the open file. It
    /// tells the truth where process numbers do not, after a reboot or between containers.
    pub(super) fn claim(&self, account: Account, patience: Duration) -> anyhow::Result<File> {
        let path = self.alive();
        let file = open(&path, account)?;
        let deadline = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => bail!(
                    "Processes of a PostgreSQL still use {}, though its postmaster is not to be \
                     seen from here; it may run in another container. Stop them first.",
                    self.data().display()
                ),
                Err(TryLockError::Error(error)) => return Err(error).context(cannot_lock(&path)),
            }
        }
    }

    /// Whether a process of the cluster we started is alive, anywhere on this machine.
    pub(super) fn is_claimed(&self) -> bool {
        // Read-only, so that whoever may not write learns it as well.
        let Ok(file) = File::open(self.alive()) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// The directory of the socket, made if need be: in the data directory, or, where that
    /// makes too long a path, in a place with a short name.
    pub(super) fn socket_dir(&self, account: Account) -> anyhow::Result<PathBuf> {
        let near = self.0.join("run");
        if fits(&near) {
            make_private(&near, account)?;
            return Ok(near);
        }
        let far = self.far_socket_dir();
        make_private(&far, account)?;
        Ok(far)
    }

    /// Removes the socket's directory if it lies outside the data directory.
    pub(super) fn remove_far_socket_dir(&self) {
        if !fits(&self.0.join("run")) {
            let _ = fs::remove_dir(self.far_socket_dir());
        }
    }

    fn far_socket_dir(&self) -> PathBuf {
        let digest = Sha256::digest(self.0.as_os_str().as_encoded_bytes());
        PathBuf::from("/tmp").join(format!("savedesk-{}", hex::encode(&digest[..8])))
    }

    fn alive(&self) -> PathBuf {
        self.0.join("postgres.alive")
    }
}

/// Gives a lease back and says whether it was the last. To be called in our turn.
pub(super) fn give_back(lease: &File) -> anyhow::Result<bool> {
    // By name, not by closing: a program just being started elsewhere in this process may
    // for a moment hold a copy of the file.
    lease.unlock().context("Could not give back the lease on PostgreSQL")?;
    match lease.try_lock() {
        Ok(()) => lease.unlock().map(|()| true).context("Could not give back the lease"),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).context("Could not see whether others use PostgreSQL"),
    }
}

/// Makes a directory only this user can enter, or sees that it is one.
pub(super) fn make_private(dir: &Path, account: Account) -> anyhow::Result<()> {
    let failed = || format!("Could not make the directory {}", dir.display());
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => return account.own(dir),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(failed),
    }
    // In a directory open to all, somebody else may have come first.
    let found = dir.symlink_metadata().with_context(failed)?;
    if !found.is_dir() || found.uid() != account.uid() {
        bail!("{} is not ours to use: remove it, or have its owner do so.", dir.display());
    }
    fs::set_permissions(dir, Permissions::from_mode(0o700)).with_context(failed)
}

/// Whether PostgreSQL can make its socket in `dir`, and clients name it.
fn fits(dir: &Path) -> bool {
    dir.to_str().is_some() && dir.join(".s.PGSQL.5432").as_os_str().len() <= LONGEST_SOCKET
}

/// Opens a file of ours, making it if need be, but never following a link somebody laid there.
fn open(path: &Path, account: Account) -> anyhow::Result<File> {
    let nofollow = rustix::fs::OFlags::NOFOLLOW.bits();
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(i32::try_from(nofollow).context("O_NOFOLLOW does not fit")?)
        .open(path)
        .and_then(|file| account.own_file(&file).map(|()| file))
        .with_context(|| format!("Could not open {}", path.display()))
}

fn cannot_lock(path: &Path) -> String {
    format!("Could not lock {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_moves_where_its_path_is_short_enough() {
        assert!(fits(Path::new("/var/lib/savedesk/run")));
        let long = Place(PathBuf::from("/tmp").join("x".repeat(120)));
        assert!(!fits(&long.0.join("run")));
        assert!(fits(&long.far_socket_dir()));
        assert_ne!(long.far_socket_dir(), Place(PathBuf::from("/tmp/y")).far_socket_dir());
    }
}
