//! Sees to it that a cluster for tests is gone when the process that wanted it is: a small
//! shell waits at the end of a pipe that only we hold open, and clears up when it closes.

use std::io::Write as _;
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
    /// Watches over `dir`, and removes it with everything in it when the time has come. It need
    /// not be there yet: whoever makes it first may die before anybody watches.
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

/// Where to make a fresh directory: in one that PostgreSQL's user can enter, with a short name.
pub(super) fn temporary_place() -> PathBuf {
    let name = format!("savedesk-{}-{:08x}", std::process::id(), rand::random::<u32>());
    // Root's TMPDIR may well lie in its home.
    let parent = if rustix::process::geteuid().is_root() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    parent.join(name)
}
