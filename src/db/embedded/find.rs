//! Finds PostgreSQL's programs on this machine, or downloads them.

use std::cmp::Reverse;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use postgresql_embedded::{PostgreSQL, VersionReq};

/// The oldest version Savedesk runs on.
const OLDEST: u32 = 14;

/// The version that is downloaded for a new cluster.
const DOWNLOADED: u32 = 17;

/// Whose builds are downloaded; the library checks their digests.
const RELEASES: &str = "https://github.com/theseus-rs/postgresql-binaries";

/// How long a download may take before we would rather say that it failed.
const PATIENCE: Duration = Duration::from_mins(5);

/// Where systems keep the programs, outside `PATH` more often than not.
const PLACES: [&str; 12] = [
    "/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
    "/usr/pgsql-*/bin",                                   // PostgreSQL's own RPMs
    "/usr/libexec/postgresql*",                           // Alpine
    "/usr/lib/postgresql*/bin",                           // openSUSE
    "/usr/lib64/postgresql-*/bin",                        // Gentoo
    "/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew
    "/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
    "/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
    "/opt/local/lib/postgresql*/bin",                     // MacPorts
    "/usr/local/pgsql/bin",                               // built from source
    "/usr/local/bin",                                     // FreeBSD, containers
];

/// A directory of PostgreSQL's programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) dir: PathBuf,
    pub(super) major: u32,
}

impl Programs {
    /// The programs in `dir`, if those of a server are there and can run.
    fn in_dir(dir: &Path) -> Option<Self> {
        let postgres = dir.join("postgres");
        if !postgres.is_file() || !dir.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(postgres).arg("-V").output().ok()?;
        let major = parse_version(&String::from_utf8(output.stdout).ok()?)?;
        Some(Self { dir: dir.canonicalize().ok()?, major })
    }
}

/// Finds the programs: those in `chosen`, if an operator chose; otherwise those in `PATH`, then
/// the newest. A cluster of version `major` runs with that version only. What is found nowhere
/// is downloaded into `downloads`.
pub(super) fn find_or_download(
    chosen: Option<&Path>,
    major: Option<u32>,
    downloads: &Path,
) -> anyhow::Result<Programs> {
    if let Some(dir) = chosen {
        let programs = Programs::in_dir(dir).with_context(|| {
            format!("There are no working programs postgres and initdb in {} (SAVEDESK_PG_BIN).", dir.display())
        })?;
        ensure!(
            suits(&programs, major),
            "{} holds PostgreSQL {} (SAVEDESK_PG_BIN), but {}.",
            dir.display(),
            programs.major,
            requirement(major)
        );
        return Ok(programs);
    }
    let found = candidates(downloads);
    if let Some(programs) = found.iter().find(|programs| suits(programs, major)) {
        return Ok(programs.clone());
    }
    tracing::info!("No PostgreSQL is installed that Savedesk can use; downloading it");
    let handle = tokio::runtime::Handle::current();
    let outcome = handle.block_on(download(downloads, major.unwrap_or(DOWNLOADED)));
    outcome.map_err(|error| {
        let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
        anyhow!(
            "There is no PostgreSQL here that Savedesk can use ({}), and downloading it failed \
             ({error:#}): {}, or set DATABASE_URL to a PostgreSQL that runs elsewhere.",
            requirement(major),
            advice(&system, major)
        )
    })
}

/// Every server on this machine: `PATH` first, then the newest first.
fn candidates(downloads: &Path) -> Vec<Programs> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).filter_map(|dir| Programs::in_dir(&dir));
    let mut elsewhere: Vec<Programs> = PLACES
        .iter()
        .flat_map(|place| expand(Path::new(place)))
        .chain(expand(&downloads.join("*/bin")))
        .filter_map(|dir| Programs::in_dir(&dir))
        .collect();
    elsewhere.sort_by_key(|programs| Reverse(programs.major));
    in_path.chain(elsewhere).collect()
}

async fn download(into: &Path, major: u32) -> anyhow::Result<Programs> {
    fs::create_dir_all(into)?;
    fs::set_permissions(into, Permissions::from_mode(0o755))?;
    // The library would also make a cluster, in its own way and not as root. A cluster is made
    // already, it thinks, where there is a postgresql.conf.
    let no_cluster = into.join("no-cluster");
    fs::create_dir_all(&no_cluster)?;
    fs::write(no_cluster.join("postgresql.conf"), "# Not a cluster; it marks a download.\n")?;
    // Not `Settings::default()`, which leaves two temporary directories behind.
    let settings = postgresql_embedded::Settings {
        releases_url: RELEASES.to_owned(),
        version: VersionReq::parse(&format!("={major}"))?,
        installation_dir: into.to_owned(),
        password_file: no_cluster.join("password"),
        data_dir: no_cluster,
        host: String::new(),
        port: 0,
        username: String::new(),
        password: String::new(),
        temporary: false,
        timeout: Some(PATIENCE),
        configuration: std::collections::HashMap::new(),
        trust_installation_dir: false,
        socket_dir: None,
    };
    let mut library = PostgreSQL::new(settings);
    tokio::time::timeout(PATIENCE, library.setup())
        .await
        .map_err(|_| anyhow!("it took more than {} minutes", PATIENCE.as_secs() / 60))??;
    let installed = &library.settings().installation_dir;
    // It is unpacked for us alone, but another user may have to run it.
    fs::set_permissions(installed, Permissions::from_mode(0o755))?;
    let Some(programs) = Programs::in_dir(&installed.join("bin")) else {
        bail!("what was downloaded to {} does not run on this system", installed.display());
    };
    Ok(programs)
}

fn suits(programs: &Programs, major: Option<u32>) -> bool {
    major.map_or(programs.major >= OLDEST, |major| programs.major == major)
}

fn requirement(major: Option<u32>) -> String {
    match major {
        Some(major) => format!("the data directory needs version {major}, which made it"),
        None => format!("it needs version {OLDEST} or newer"),
    }
}

/// What to do about it on this system, given its `/etc/os-release`.
fn advice(os_release: &str, major: Option<u32>) -> String {
    let field = |name: &str| {
        let value = os_release.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    let system = format!("{} {}", field("ID="), field("ID_LIKE="));
    let is = |names: &[&str]| system.split_whitespace().any(|id| names.contains(&id));
    // Only some systems keep more than one version, under names with the number in them.
    let numbered =
        |name: &str, join: &str| major.map_or_else(|| name.to_owned(), |major| format!("{name}{join}{major}"));
    let command = if cfg!(target_os = "macos") {
        format!("brew install postgresql@{}", major.unwrap_or(DOWNLOADED))
    } else if is(&["debian", "ubuntu"]) {
        format!("apt install {}", numbered("postgresql", "-"))
    } else if is(&["fedora", "rhel", "centos"]) {
        "dnf install postgresql-server".to_owned()
    } else if is(&["arch"]) {
        "pacman -S postgresql".to_owned()
    } else if is(&["alpine"]) {
        format!("apk add {}", numbered("postgresql", ""))
    } else if is(&["suse", "opensuse"]) {
        "zypper install postgresql-server".to_owned()
    } else {
        let version = major.map_or(format!("{OLDEST} or newer"), |major| major.to_string());
        return format!("install the server of PostgreSQL {version}");
    };
    format!("install it with `{command}`")
}

/// The directories that match a pattern with at most one `*`.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let components: Vec<_> = pattern.iter().collect();
    let Some(at) = components.iter().position(|name| name.as_encoded_bytes().contains(&b'*')) else {
        return vec![pattern.to_owned()];
    };
    let parent: PathBuf = components[..at].iter().collect();
    let rest: PathBuf = components[at + 1..].iter().collect();
    let name = components[at].to_string_lossy();
    let (before, after) = name.split_once('*').unwrap_or((&name, ""));
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with(before) && name.ends_with(after))
        })
        .map(|entry| entry.path().join(&rest))
        .collect()
}

/// The major version in what `postgres -V` prints: `postgres (PostgreSQL) 15.8 (Debian …)`.
fn parse_version(output: &str) -> Option<u32> {
    let (_, version) = output.split_once("(PostgreSQL) ")?;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let debian = "postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n";
        assert_eq!(parse_version(debian), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_version("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(parse_version("postgrest 12.0"), None);
    }

    #[test]
    fn a_cluster_runs_with_the_version_that_made_it_only() {
        let programs = |major| Programs { dir: PathBuf::new(), major };
        assert!(suits(&programs(16), None));
        assert!(!suits(&programs(13), None));
        assert!(suits(&programs(16), Some(16)));
        assert!(!suits(&programs(17), Some(16)));
    }

    #[test]
    fn the_advice_fits_the_system() {
        let debian = "NAME=\"Debian GNU/Linux\"\nID=debian\n";
        assert_eq!(advice(debian, None), "install it with `apt install postgresql`");
        assert_eq!(advice(debian, Some(15)), "install it with `apt install postgresql-15`");
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(advice(mint, None), "install it with `apt install postgresql`");
        let rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";
        assert_eq!(advice(rocky, None), "install it with `dnf install postgresql-server`");
        assert_eq!(advice("ID=arch\n", None), "install it with `pacman -S postgresql`");
        assert_eq!(advice("ID=alpine\n", Some(16)), "install it with `apk add postgresql16`");
        assert_eq!(advice("", None), "install the server of PostgreSQL 14 or newer");
        assert_eq!(advice("", Some(15)), "install the server of PostgreSQL 15");
    }

    #[test]
    fn a_wrong_choice_of_programs_is_named() {
        let error = find_or_download(Some(Path::new("/nowhere")), None, Path::new("/nowhere"));
        let message = error.unwrap_err().to_string();
        assert!(message.contains("/nowhere (SAVEDESK_PG_BIN)"), "{message}");
    }

    #[test]
    fn a_pattern_finds_directories() {
        assert_eq!(expand(Path::new("/usr/local/bin")), [PathBuf::from("/usr/local/bin")]);
        assert!(expand(Path::new("/us*/bin")).contains(&PathBuf::from("/usr/bin")));
        assert!(expand(Path::new("/nowhere/*/bin")).is_empty());
    }
}
