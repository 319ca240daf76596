//! The user PostgreSQL runs as. It refuses to run as root, so root starts it as somebody else,
//! who must own the cluster and be able to reach it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, chown, fchown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

/// What of our environment PostgreSQL's programs see: not our secrets, nor `PG…` variables that
/// would change what they do.
const ENVIRONMENT: [&str; 4] = ["PATH", "LD_LIBRARY_PATH", "LOCALE_ARCHIVE", "TMPDIR"];

/// Whom PostgreSQL's programs run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// Ourselves.
    Own,
    /// Somebody else, since we are root.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// Who is to run the cluster in `data`: its owner, if it exists already; otherwise, for
    /// root, `wanted` or the first likely user there is.
    pub(super) fn choose(data: &Path, wanted: Option<&str>) -> anyhow::Result<Self> {
        let own = rustix::process::geteuid();
        let owner = data.metadata().ok().map(|data| (data.uid(), data.gid()));
        if !own.is_root() {
            return match owner {
                Some((uid, _)) if uid != own.as_raw() => bail!(
                    "{} belongs to user number {uid}: run Savedesk as that user or as root, or \
                     name another data directory.",
                    data.display()
                ),
                _ => Ok(Self::Own),
            };
        }
        let wanted = wanted
            .map(|name| {
                look_up(name)
                    .with_context(|| format!("There is no user {name} to run PostgreSQL as (SAVEDESK_PG_USER)."))
            })
            .transpose()?;
        if let Some((uid, gid)) = owner.filter(|(uid, _)| *uid != 0) {
            if let Some((wanted, _)) = wanted.filter(|(wanted, _)| *wanted != uid) {
                bail!(
                    "{data} belongs to user number {uid}, but PostgreSQL is to run as user number \
                     {wanted} (SAVEDESK_PG_USER): make it theirs with `chown -R {wanted} {data}`, \
                     or name its owner.",
                    data = data.display()
                );
            }
            return Ok(Self::Other { uid, gid });
        }
        let (uid, gid) = wanted.or_else(|| look_up("postgres")).or_else(|| look_up("nobody")).context(
            "PostgreSQL does not run as root, and there is neither a user postgres nor \
                 nobody: name one with SAVEDESK_PG_USER, or run Savedesk as an ordinary user.",
        )?;
        ensure!(uid != 0, "PostgreSQL does not run as root: name another SAVEDESK_PG_USER.");
        Ok(Self::Other { uid, gid })
    }

    /// A program to be run by this user in `dir`, cut off from our terminal and environment.
    pub(super) fn command(self, program: impl AsRef<OsStr>, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(dir).stdin(Stdio::null()).env_clear().env("LC_ALL", "C");
        for name in ENVIRONMENT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Hands a file or directory to this user.
    pub(super) fn own(self, path: &Path) -> anyhow::Result<()> {
        if let Self::Other { uid, gid } = self {
            chown(path, Some(uid), Some(gid))
                .with_context(|| format!("Could not change the owner of {}", path.display()))?;
        }
        Ok(())
    }

    /// Hands an open file to this user, so that Savedesk can later run as that user itself.
    pub(super) fn own_file(self, file: &File) -> std::io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => fchown(file, Some(uid), Some(gid)),
        }
    }

    /// The user's number.
    pub(super) fn uid(self) -> u32 {
        match self {
            Self::Own => rustix::process::geteuid().as_raw(),
            Self::Other { uid, .. } => uid,
        }
    }

    /// Finds out by trying whether this user can enter `dir`.
    pub(super) fn check_reach(self, dir: &Path) -> anyhow::Result<()> {
        let Self::Other { uid, .. } = self else {
            return Ok(());
        };
        let outcome = self.command("/bin/sh", dir).args(["-c", ":"]).status();
        match outcome {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => bail!(
                "PostgreSQL runs as user number {uid}, who cannot enter {}: let others pass its \
                 directories with `chmod o+x`, or name another data directory.",
                dir.display()
            ),
            _ => Ok(()),
        }
    }
}

/// The numbers of a user and its group; by `id`, which knows more than `/etc/passwd`.
fn look_up(name: &str) -> Option<(u32, u32)> {
    let number = |which: &str| -> Option<u32> {
        let output = Command::new("id").args([which, "--", name]).output().ok()?;
        let number = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
        output.status.success().then_some(number)
    };
    Some((number("-u")?, number("-g")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_looked_up_by_name() {
        assert_eq!(look_up("root"), Some((0, 0)));
        assert_eq!(look_up("no-such-user-here"), None);
        assert_eq!(look_up("-h"), None);
    }

    #[test]
    fn programs_see_nothing_of_our_environment_they_need_not() {
        let output = Account::Own.command("/usr/bin/env", Path::new("/")).output().unwrap();
        let seen = String::from_utf8(output.stdout).unwrap();
        assert!(seen.contains("LC_ALL=C\n"), "{seen}");
        assert!(!seen.contains("CARGO"), "{seen}");
    }
}
