//! Programs that run beside a test, as whoever runs the test's PostgreSQL: one that stands between it and us, or copies it.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

/// How long one may take to answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// `$1` is the signal by which it ends, `$2` its folder. It ends when this test's process does, however that ends.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
signal=$1 dir=$2
shift 2
"$@" &
read -r _
kill -s "$signal" $!
wait
rm -rf "$dir"
"#;

/// A folder of its own, and what runs there while this value lives.
pub(crate) struct Beside {
    pub(crate) dir: PathBuf,
    owner: (u32, u32),
    running: Option<Child>,
}

impl Beside {
    /// A folder in the place of a test's cluster.
    pub(crate) fn new(place: &Path) -> Self {
        let dir = place.join(&Uuid::new_v4().simple().to_string()[..8]);
        let cluster = place.join("postgres").metadata().unwrap();
        let owner = (cluster.uid(), cluster.gid());
        std::fs::create_dir(&dir).unwrap();
        std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o700)).unwrap();
        chown(&dir, Some(owner.0), Some(owner.1)).unwrap();
        Self { dir, owner, running: None }
    }

    /// Runs a program there to its end.
    pub(crate) fn run(&self, program: &Path, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    }

    /// Starts a program there that runs on, and ends by this signal.
    pub(crate) fn start(&mut self, signal: &str, program: &Path, arguments: &[&str]) {
        let log = std::fs::File::create(self.dir.join("log")).unwrap();
        let mut shell = self.command(Path::new("/bin/sh"));
        shell.args(["-c", SCRIPT, "sh", signal]).arg(&self.dir).arg(program).args(arguments);
        shell.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        self.running = Some(shell.spawn().unwrap());
    }

    /// What it had to say.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.dir).env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::null());
        if rustix::process::geteuid().is_root() {
            command.uid(self.owner.0).gid(self.owner.1);
        }
        command
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(mut shell) = self.running.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Waits until it answers.
pub(crate) async fn answers(options: &PgConnectOptions, beside: &Beside) {
    let began = Instant::now();
    loop {
        match options.connect().await {
            Ok(connection) => return connection.close().await.unwrap(),
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}\n{}", beside.log()),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A path as text.
pub(crate) fn path_of(path: &Path) -> &str {
    path.to_str().unwrap()
}
