//! Sees to it that a cluster for tests is gone when the process that wanted it is: a small
//! shell waits at the end of a pipe that only we hold open, and clears up when it closes.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// `$1` is the data directory. A process that dies while its cluster is being made leaves
/// `initdb` or a starting server behind, hence the second round; one that stopped its cluster
/// properly says so.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
how=$(cat)
file=$1/postgres/postmaster.pid
for pause in 0 2; do
    sleep $pause
    pid=$(head -n 1 "$file" 2>/dev/null)
    if [ -n "$pid" ]; then
        kill -s QUIT "$pid" 2>/dev/null
        tries=0
        while [ -e "$file" ] && kill -s 0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
    fi
    rm -rf "$1"
    [ "$pid$how" ] && exit
done
"#;

/// The shell that clears up; it does so when this is dropped.
#[derive(Debug)]
pub(super) struct Watcher(Child);

impl Watcher {
    /// Watches over `dir`, and removes it with everything in it when the time has come.
    pub(super) fn start(dir: &Path) -> anyhow::Result<Self> {
        Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(dir)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Self)
            .context("Could not run /bin/sh to watch over a cluster for tests")
    }

    /// Has it clear up now, and waits until it has.
    pub(super) fn dismiss(mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = pipe.write_all(b"stopped");
        }
        let _ = self.0.wait();
    }
}

/// Makes a fresh directory, in one that PostgreSQL's user can enter and whose name is short.
pub(super) fn temporary_dir() -> anyhow::Result<PathBuf> {
    let name = format!("savedesk-{}-{:08x}", std::process::id(), rand::random::<u32>());
    let root = rustix::process::geteuid().is_root();
    // Root's TMPDIR may well lie in its home.
    let parent = if root { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let dir = parent.join(name);
    let mode = if root { 0o711 } else { 0o700 };
    fs::create_dir(&dir)
        .and_then(|()| fs::set_permissions(&dir, Permissions::from_mode(mode)))
        .with_context(|| format!("Could not make {}", dir.display()))?;
    Ok(dir)
}
