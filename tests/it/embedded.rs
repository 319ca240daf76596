//! The embedded PostgreSQL, through everything that can happen to it. Some tests run this same
//! program again, as a process that can be killed or as another user.

#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use savedesk::db::embedded::{Durability, Embedded, OWNER, Settings, start_for_tests};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

/// A data directory that is removed with the test, as is a cluster the test leaves running.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        // Not where TMPDIR says: root's may lie where no other user can go.
        let dir = PathBuf::from(format!("/tmp/sd-{name}-{}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        if let Some(pid) = postmaster(&self.0) {
            signal("QUIT", pid);
            wait_until(|| !is_alive(pid));
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn start(dir: &Path) -> Embedded {
    Embedded::start(dir, Settings::default(), Durability::None).await.unwrap()
}

async fn start_durable(dir: &Path) -> Embedded {
    Embedded::start(dir, Settings::default(), Durability::Full).await.unwrap()
}

async fn connect(cluster: &Embedded) -> PgConnection {
    cluster.options("savedesk", OWNER).connect().await.unwrap()
}

/// Commits a row, so that we can see later whether it stayed.
async fn write_down(cluster: &Embedded) {
    cluster.create_database("savedesk", None).await.unwrap();
    let mut connection = connect(cluster).await;
    let sql = "create table if not exists notes (body text); insert into notes values ('kept')";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn count_notes(cluster: &Embedded) -> i64 {
    let mut connection = connect(cluster).await;
    sqlx::query_scalar("select count(*) from notes").fetch_one(&mut connection).await.unwrap()
}

fn pid_file(dir: &Path) -> PathBuf {
    dir.join("postgres/postmaster.pid")
}

fn postmaster(dir: &Path) -> Option<u32> {
    fs::read_to_string(pid_file(dir)).ok()?.lines().next()?.parse().ok()
}

fn signal(name: &str, pid: u32) -> bool {
    let command = format!("kill -s {name} {pid} 2>/dev/null");
    Command::new("/bin/sh").args(["-c", &command]).status().unwrap().success()
}

/// Whether the process runs; a zombie, which nobody has taken note of yet, does not.
fn is_alive(pid: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return !Path::new("/proc/self").exists() && signal("0", pid);
    };
    !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z')
}

fn wait_until(mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain");
        sleep(Duration::from_millis(20));
    }
}

/// This program, to run one of the tests below that do nothing of their own accord.
fn again(program: &Path, test: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", &format!("embedded::{test}"), "--ignored", "--nocapture"]);
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Waits for the line in which the other process tells its data directory.
fn data_dir_of(child: &mut Child) -> PathBuf {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = lines.map(Result::unwrap);
    let line = said.find_map(|line| line.split_once("DATA ").map(|(_, dir)| dir.to_owned()));
    PathBuf::from(line.expect("the other process started its cluster"))
}

#[tokio::test]
async fn the_last_one_out_stops_the_cluster() {
    let dir = Dir::new("leases");
    let first = start(&dir.0).await;
    write_down(&first).await;
    let pid = postmaster(&dir.0).unwrap();

    let second = start(&dir.0).await;
    assert_eq!(postmaster(&dir.0), Some(pid), "the second joined");
    assert_eq!(second.url("savedesk", OWNER), first.url("savedesk", OWNER));
    first.stop().await.unwrap();
    assert_eq!(count_notes(&second).await, 1, "it runs on for the second");
    second.stop().await.unwrap();
    assert!(!is_alive(pid));
    assert!(!pid_file(&dir.0).exists());

    let again = start(&dir.0).await;
    assert_eq!(count_notes(&again).await, 1);
    again.stop().await.unwrap();
}

#[tokio::test]
async fn the_cluster_is_made_as_it_should_be() {
    let cluster = start_for_tests().await.unwrap();
    let mut connection = cluster.options("postgres", OWNER).connect().await.unwrap();
    for (setting, expected) in [
        ("server_encoding", "UTF8"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("max_connections", "200"),
        ("TimeZone", "UTC"),
        ("fsync", "off"),
    ] {
        let found: String =
            sqlx::query_scalar("select current_setting($1)").bind(setting).fetch_one(&mut connection).await.unwrap();
        assert_eq!(found, expected, "{setting}");
    }
    for private in ["postgres", "run"] {
        let mode = cluster.data_dir().join(private).metadata().unwrap().mode();
        assert_eq!(mode & 0o777, 0o700, "{private}");
    }
}

#[tokio::test]
async fn a_url_is_as_good_as_options() {
    let cluster = start_for_tests().await.unwrap();
    let name = "who's \"here\"? ü/%&";
    cluster.create_database(name, None).await.unwrap();
    let mut connection = PgConnection::connect(&cluster.url(name, OWNER)).await.unwrap();
    let (database, user): (String, String) =
        sqlx::query_as("select current_database()::text, current_user::text").fetch_one(&mut connection).await.unwrap();
    assert_eq!((database.as_str(), user.as_str()), (name, OWNER));
}

#[tokio::test]
async fn databases_are_made_from_a_template_and_dropped() {
    let cluster = start_for_tests().await.unwrap();
    write_down(&cluster).await;
    cluster.create_database("savedesk", None).await.unwrap();
    cluster.create_database("copy", Some("savedesk")).await.unwrap();
    assert!(cluster.create_database("copy", Some("savedesk")).await.is_err());

    let mut copy = cluster.options("copy", OWNER).connect().await.unwrap();
    let notes: i64 = sqlx::query_scalar("select count(*) from notes").fetch_one(&mut copy).await.unwrap();
    assert_eq!(notes, 1);
    cluster.drop_database("copy").await.unwrap();
    cluster.drop_database("copy").await.unwrap();
    assert!(cluster.options("copy", OWNER).connect().await.is_err());
}

#[tokio::test]
async fn two_that_come_at_once_share_a_cluster() {
    let dir = Dir::new("together");
    let (first, second) = tokio::join!(start(&dir.0), start(&dir.0));
    let made = tokio::join!(first.create_database("savedesk", None), second.create_database("savedesk", None));
    made.0.and(made.1).unwrap();
    let pid = postmaster(&dir.0).unwrap();
    let (one, other) = tokio::join!(first.stop(), second.stop());
    one.and(other).unwrap();
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn a_killed_server_recovers_what_was_committed() {
    let dir = Dir::new("killed");
    let first = start_durable(&dir.0).await;
    write_down(&first).await;
    let pid = postmaster(&dir.0).unwrap();
    let mut bystander = connect(&first).await;
    signal("KILL", pid);
    wait_until(|| !is_alive(pid));

    let second = start_durable(&dir.0).await;
    assert_ne!(postmaster(&dir.0), Some(pid));
    assert_eq!(count_notes(&second).await, 1);
    assert!(bystander.ping().await.is_err());
    assert_eq!(count_notes(&first).await, 1, "the first lease serves as before");
    first.stop().await.unwrap();
    second.stop().await.unwrap();
    assert!(!pid_file(&dir.0).exists());
}

#[tokio::test]
async fn a_lease_can_revive_its_server() {
    let dir = Dir::new("revived");
    let cluster = start_durable(&dir.0).await;
    write_down(&cluster).await;
    let pid = postmaster(&dir.0).unwrap();
    cluster.ensure_running().await.unwrap();
    assert_eq!(postmaster(&dir.0), Some(pid));
    signal("KILL", pid);
    wait_until(|| !is_alive(pid));
    cluster.ensure_running().await.unwrap();
    assert_eq!(count_notes(&cluster).await, 1);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_pid_file_does_not_keep_the_server_from_starting() {
    let dir = Dir::new("stale");
    start(&dir.0).await.stop().await.unwrap();
    // A process of PostgreSQL's own user, at which PostgreSQL itself would give up.
    let owner = dir.0.join("postgres").metadata().unwrap();
    let mut command = Command::new("sleep");
    if owner.uid() != fs::metadata("/proc/self").map_or(owner.uid(), |us| us.uid()) {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut sleeper = command.arg("60").spawn().unwrap();
    let data = dir.0.join("postgres").display().to_string();
    let run = dir.0.join("run").display().to_string();
    let stale = format!("{}\n{data}\n1763772000\n5432\n{run}\n\n\nready\n", sleeper.id());
    for text in [stale.as_str(), ""] {
        fs::write(pid_file(&dir.0), text).unwrap();
        let cluster = start(&dir.0).await;
        assert_ne!(postmaster(&dir.0), Some(sleeper.id()));
        cluster.stop().await.unwrap();
    }
    assert!(is_alive(sleeper.id()), "it was left alone");
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

#[tokio::test]
async fn a_long_path_finds_a_short_place_for_the_socket() {
    let dir = Dir::new("long");
    let long = dir.0.join("a long name, with a blank".repeat(4)).join("x".repeat(60));
    let cluster = start(&long).await;
    write_down(&cluster).await;
    assert_eq!(count_notes(&cluster).await, 1);
    let url = cluster.url("savedesk", OWNER);
    let socket_dir = url.split_once("host=%2Ftmp%2Fsavedesk-").expect("it lies in /tmp").1;
    let socket_dir = format!("/tmp/savedesk-{}", socket_dir.split_once('&').unwrap().0);
    assert_eq!(fs::metadata(&socket_dir).unwrap().mode() & 0o777, 0o700);
    cluster.stop().await.unwrap();
    assert!(!Path::new(&socket_dir).exists());
}

#[tokio::test]
async fn a_half_made_cluster_is_made_anew() {
    let dir = Dir::new("half");
    fs::create_dir(dir.0.join("postgres.tmp")).unwrap();
    fs::write(dir.0.join("postgres.tmp/PG_VERSION"), "9").unwrap();
    start(&dir.0).await.stop().await.unwrap();
    assert!(!dir.0.join("postgres.tmp").exists());
}

#[tokio::test]
async fn a_cluster_of_another_version_is_left_alone() {
    let dir = Dir::new("version");
    let cluster = start(&dir.0).await;
    let program = format!("/proc/{}/exe", postmaster(&dir.0).unwrap());
    let program = fs::read_link(program);
    cluster.stop().await.unwrap();
    let Ok(program) = program else {
        return; // This system does not tell where its PostgreSQL lies.
    };
    fs::write(dir.0.join("postgres/PG_VERSION"), "9\n").unwrap();
    // Naming the programs keeps it from downloading others.
    let settings = Settings { bin: program.parent().map(Path::to_owned), user: None };
    let error = Embedded::start(&dir.0, settings, Durability::None).await.unwrap_err();
    assert!(error.to_string().contains("needs version 9"), "{error:#}");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let dir = Dir::new("why");
    start(&dir.0).await.stop().await.unwrap();
    fs::write(dir.0.join("postgres/postgresql.auto.conf"), "work_mem = 'plenty'\n").unwrap();
    let error = Embedded::start(&dir.0, Settings::default(), Durability::Full).await.unwrap_err();
    assert!(error.to_string().contains("work_mem"), "{error:#}");
}

#[tokio::test]
async fn a_killed_process_leaves_its_cluster_to_the_next() {
    let dir = Dir::new("orphan");
    let program = std::env::current_exe().unwrap();
    let mut child = again(&program, "start_and_wait").env("DATA", &dir.0).spawn().unwrap();
    data_dir_of(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();

    let pid = postmaster(&dir.0).unwrap();
    assert!(is_alive(pid));
    let next = start(&dir.0).await;
    assert_eq!(postmaster(&dir.0), Some(pid), "the next joined");
    assert_eq!(count_notes(&next).await, 1);
    next.stop().await.unwrap();
    wait_until(|| !is_alive(pid));
}

#[test]
fn a_cluster_for_tests_goes_with_its_process() {
    let program = std::env::current_exe().unwrap();
    for end in ["KILL", "INT", "TERM"] {
        let mut child = again(&program, "start_for_tests_and_wait").spawn().unwrap();
        let dir = data_dir_of(&mut child);
        let pid = postmaster(&dir).unwrap();
        assert!(is_alive(pid));
        signal(end, child.id());
        child.wait().unwrap();
        wait_until(|| !is_alive(pid) && !dir.exists());
    }
}

#[test]
fn a_cluster_for_tests_goes_though_its_process_died_making_it() {
    let program = std::env::current_exe().unwrap();
    for pause in [20, 200, 500, 900, 1300] {
        let mut child = again(&program, "start_for_tests_and_wait").spawn().unwrap();
        sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        let prefix = format!("savedesk-{}-", child.id());
        wait_until(|| {
            let entries = fs::read_dir("/tmp").unwrap().flatten();
            !entries
                .map(|entry| entry.file_name())
                .any(|name| name.to_str().is_some_and(|name| name.starts_with(&prefix)))
        });
    }
}

#[tokio::test]
async fn a_stopped_cluster_for_tests_leaves_nothing() {
    let cluster = start_for_tests().await.unwrap();
    let dir = cluster.data_dir().to_owned();
    cluster.stop().await.unwrap();
    assert!(!dir.exists());
}

#[test]
fn an_ordinary_user_can_run_it_all() {
    let root = fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0);
    if !root {
        return; // Then all these tests have shown it.
    }
    // Where the program lies, nobody may be able to go.
    let dir = Dir::new("nobody");
    fs::set_permissions(&dir.0, Permissions::from_mode(0o777)).unwrap();
    let program = dir.0.join("it");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let data = dir.0.join("data");
    let output = again(&program, "start_and_stop")
        .env("DATA", &data)
        .env_remove("XDG_DATA_HOME")
        .env("HOME", "/nonexistent")
        .uid(65534)
        .gid(65534)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(data.join("postgres").metadata().unwrap().uid(), 65534);

    // Root runs what was theirs as them, and they can go on with it.
    for command in [&mut again(&program, "start_and_stop"), again(&program, "start_and_stop").uid(65534).gid(65534)] {
        let output = command.env("DATA", &data).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[tokio::test]
#[ignore = "run by another test, in a process of its own"]
async fn start_and_wait() {
    let cluster = start(Path::new(&std::env::var_os("DATA").unwrap())).await;
    write_down(&cluster).await;
    println!("DATA {}", cluster.data_dir().display());
    sleep(Duration::from_mins(1));
}

#[tokio::test]
#[ignore = "run by another test, in a process of its own"]
async fn start_for_tests_and_wait() {
    let cluster = start_for_tests().await.unwrap();
    println!("DATA {}", cluster.data_dir().display());
    sleep(Duration::from_mins(1));
}

#[tokio::test]
#[ignore = "run by another test, as another user"]
async fn start_and_stop() {
    let cluster = start(Path::new(&std::env::var_os("DATA").unwrap())).await;
    write_down(&cluster).await;
    assert!(count_notes(&cluster).await >= 1);
    cluster.stop().await.unwrap();
    let tests = start_for_tests().await.unwrap();
    write_down(&tests).await;
    tests.stop().await.unwrap();
}
