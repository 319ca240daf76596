//! Settings. Nothing else reads the environment; a wrong setting stops the start with a sentence that says what to
//! change. `docs/operating.md` lists them for operators.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

/// How this server runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`: the PostgreSQL to use; the embedded one when not given.
    pub database_url: Option<String>,
    /// `DATABASE_REPLICA_URL`: a streaming replica of it, which reports and search read from.
    pub replica_url: Option<String>,
    /// `SAVEDESK_DATABASE_CONNECTIONS`: connections this instance may hold.
    pub connections: u32,
    /// `SAVEDESK_DATA_DIR`: where the embedded database lives.
    pub data_dir: Option<PathBuf>,
    /// `SAVEDESK_PG_BIN`: the folder of the PostgreSQL programs for the embedded database.
    pub pg_bin: Option<PathBuf>,
    /// `SAVEDESK_PG_USER`: the system user that runs the embedded database when started as root.
    pub pg_user: Option<String>,
    /// `SAVEDESK_LISTEN`: the address to serve on.
    pub listen: SocketAddr,
    /// `SAVEDESK_PUBLIC_URL`: how browsers reach it, for links; https makes the session cookie `Secure`.
    pub public_url: Option<String>,
    /// `SAVEDESK_SMTP_URL`: the server that mails go through; they are kept when not given.
    pub smtp_url: Option<String>,
    /// `SAVEDESK_MAIL_FROM`: who mails are from.
    pub mail_from: Option<Mailbox>,
    /// `SAVEDESK_LETTERHEAD`: whose letters these are, line by line with `;` between them: the name, then the address.
    pub letterhead: Vec<String>,
    /// `SAVEDESK_BEHIND_PROXY`: take the client's address from the last entry of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// `SAVEDESK_SESSION_IDLE_MINUTES`: a session ends after so long without a request.
    pub session_idle: Duration,
    /// `SAVEDESK_SESSION_MAX_HOURS`: a session ends after so long whatever happens.
    pub session_max: Duration,
    /// `SAVEDESK_MAX_REQUESTS`: requests served at once; more are turned away with 503.
    pub max_requests: usize,
    /// `SAVEDESK_FILE_MB`: the largest file that may be attached, in bytes.
    pub largest_file: usize,
    /// `SAVEDESK_LOG`: what to log, like `info` or `savedesk=debug`.
    pub log: String,
    /// `SAVEDESK_LOG_JSON`: log lines as JSON.
    pub log_json: bool,
}

impl Default for Config {
    /// What holds when nothing is set.
    fn default() -> Self {
        Self::read(|_| None).expect("every default is within its range")
    }
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// A sentence that names the setting, what it was and what it may be.
    pub fn from_env() -> Result<Self, String> {
        Self::read(|name| std::env::var(name).ok())
    }

    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let get = |name: &str| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let (database_url, replica_url) = databases(&get)?;
        let public_url = get("SAVEDESK_PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned());
        if let Some(url) = &public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(format!(
                "SAVEDESK_PUBLIC_URL is {url:?}; it must begin with http:// or https://, like https://desk.example.com"
            ));
        }
        let (smtp_url, mail_from) = mail(&get)?;
        Ok(Self {
            database_url,
            replica_url,
            public_url,
            smtp_url,
            mail_from,
            connections: number(&get, "SAVEDESK_DATABASE_CONNECTIONS", 16, 2..=500)?,
            data_dir: get("SAVEDESK_DATA_DIR").map(PathBuf::from),
            pg_bin: get("SAVEDESK_PG_BIN").map(PathBuf::from),
            pg_user: get("SAVEDESK_PG_USER"),
            listen: match get("SAVEDESK_LISTEN") {
                None => SocketAddr::from(([127, 0, 0, 1], 8080)),
                Some(listen) => listen.parse().map_err(|_| {
                    format!("SAVEDESK_LISTEN is {listen:?}; give an address and a port, like 0.0.0.0:8080")
                })?,
            },
            letterhead: letterhead(get("SAVEDESK_LETTERHEAD")),
            behind_proxy: flag(&get, "SAVEDESK_BEHIND_PROXY")?,
            session_idle: Duration::from_secs(60 * number(&get, "SAVEDESK_SESSION_IDLE_MINUTES", 120, 5..=1440)?),
            session_max: Duration::from_secs(3600 * number(&get, "SAVEDESK_SESSION_MAX_HOURS", 12, 1..=168)?),
            max_requests: number(&get, "SAVEDESK_MAX_REQUESTS", 256, 8..=10_000)?,
            largest_file: number(&get, "SAVEDESK_FILE_MB", 10, 1..=50)? << 20,
            log: get("SAVEDESK_LOG").unwrap_or_else(|| "info".to_owned()),
            log_json: flag(&get, "SAVEDESK_LOG_JSON")?,
        })
    }

    /// Whether browsers come by https, so that cookies may be `Secure`.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The address that links in messages begin with.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| {
            let port = self.listen.port();
            match self.listen.ip() {
                // every address of this machine: any will do for somebody who sits at it
                ip if ip.is_unspecified() => format!("http://localhost:{port}"),
                _ => format!("http://{}", self.listen),
            }
        })
    }
}

/// The database and its replica. What is wrong is said without the address: it holds a password.
fn databases(get: &impl Fn(&str) -> Option<String>) -> Result<(Option<String>, Option<String>), String> {
    let (database_url, replica_url) = (get("DATABASE_URL"), get("DATABASE_REPLICA_URL"));
    for (name, url, host) in [("DATABASE_URL", &database_url, "db"), ("DATABASE_REPLICA_URL", &replica_url, "replica")]
    {
        if url.as_ref().is_some_and(|url| !(url.starts_with("postgres://") || url.starts_with("postgresql://"))) {
            return Err(format!("{name} must begin with postgres://, like postgres://savedesk:secret@{host}/savedesk"));
        }
    }
    if replica_url.is_some() && database_url.is_none() {
        return Err("DATABASE_REPLICA_URL is set, so DATABASE_URL must name the database it is a replica of".into());
    }
    Ok((database_url, replica_url))
}

fn letterhead(lines: Option<String>) -> Vec<String> {
    let lines = lines.unwrap_or_default();
    lines.split(';').map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The server for mails and who they are from. What is wrong is said without the address: it holds a password.
fn mail(get: &impl Fn(&str) -> Option<String>) -> Result<(Option<String>, Option<Mailbox>), String> {
    let smtp_url = get("SAVEDESK_SMTP_URL");
    if let Some(url) = &smtp_url {
        let known = url.starts_with("smtp://") || url.starts_with("smtps://");
        let host = url.split("://").nth(1).map(|rest| rest.rsplit('@').next().unwrap_or_default());
        let named = host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', ':', '?']));
        if !known || !named || AsyncSmtpTransport::<Tokio1Executor>::from_url(url).is_err() {
            return Err("SAVEDESK_SMTP_URL must name a mail server, like smtps://user:password@mail.example.com or, \
                        with STARTTLS, smtp://user:password@mail.example.com:587?tls=required; in the name and the \
                        password write @ as %40, : as %3A and / as %2F"
                .into());
        }
        if !url.starts_with("smtps://") && !requires_tls(url) && !is_this_machine(url) {
            return Err(
                "SAVEDESK_SMTP_URL would send mails and the password in clear text, or would if somebody on the \
                        way strips STARTTLS: begin it with smtps://, or end it with ?tls=required; without encryption \
                        only a server on this machine is used, like smtp://127.0.0.1:25"
                    .into(),
            );
        }
    }
    let mail_from = match get("SAVEDESK_MAIL_FROM") {
        None => None,
        Some(from) => Some(from.parse::<Mailbox>().map_err(|_| {
            format!(
                "SAVEDESK_MAIL_FROM is {from:?}; give an address, like desk@example.com or Savedesk <desk@example.com>"
            )
        })?),
    };
    if smtp_url.is_some() && mail_from.is_none() {
        return Err("SAVEDESK_SMTP_URL is set, so SAVEDESK_MAIL_FROM must say who mails are from, like \
                    Savedesk <desk@example.com>"
            .into());
    }
    Ok((smtp_url, mail_from))
}

/// Whether a mail goes with STARTTLS or not at all, and nothing else is said beside it.
fn requires_tls(url: &str) -> bool {
    let asked = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    let words: Vec<&str> = asked.split('&').filter_map(|part| part.strip_prefix("tls=")).collect();
    !words.is_empty() && words.iter().all(|word| *word == "required")
}

/// Whether the host of an address is reached without any network.
fn is_this_machine(url: &str) -> bool {
    let rest = url.split("://").nth(1).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn number<N>(
    get: &impl Fn(&str) -> Option<String>,
    name: &str,
    default: N,
    range: std::ops::RangeInclusive<N>,
) -> Result<N, String>
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let Some(text) = get(name) else { return Ok(default) };
    match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("{name} is {text:?}; give a whole number from {} to {}", range.start(), range.end())),
    }
}

fn flag(get: &impl Fn(&str) -> Option<String>, name: &str) -> Result<bool, String> {
    match get(name).as_deref() {
        None | Some("0" | "false" | "no") => Ok(false),
        Some("1" | "true" | "yes") => Ok(true),
        Some(other) => Err(format!("{name} is {other:?}; give 1 or 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Config, String> {
        Config::read(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn nothing_set_is_a_good_start() {
        let config = Config::read(|_| None).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert!(!config.secure());
    }

    #[test]
    fn links_begin_with_an_address_that_a_browser_can_open() {
        assert_eq!(read("SAVEDESK_LISTEN", "0.0.0.0:80").unwrap().base_url(), "http://localhost:80");
        assert_eq!(read("SAVEDESK_LISTEN", "[::1]:80").unwrap().base_url(), "http://[::1]:80");
        let public = read("SAVEDESK_PUBLIC_URL", "https://desk.example.com/").unwrap();
        assert_eq!(public.base_url(), "https://desk.example.com");
        assert!(public.secure());
    }

    #[test]
    fn mail_goes_through_a_server_in_somebodys_name() {
        let set = |url: &str, from: &str| {
            let (url, from) = (url.to_owned(), from.to_owned());
            Config::read(move |name| match name {
                "SAVEDESK_SMTP_URL" => Some(url.clone()),
                "SAVEDESK_MAIL_FROM" => Some(from.clone()),
                _ => None,
            })
        };
        for url in [
            "smtp://127.0.0.1:2525",
            "smtps://desk:s%40cret@mail.example.com",
            "smtp://desk:secret@mail.example.com:587?tls=required",
        ] {
            let config = set(url, "Savedesk <desk@example.com>").unwrap();
            assert_eq!(config.mail_from.unwrap().email.to_string(), "desk@example.com", "{url}");
        }
        for url in ["mail.example.com", "http://mail.example.com", "smtp://", "smtps://u:hush@", "smtp://x?tls=perhaps"]
        {
            let sentence = set(url, "desk@example.com").unwrap_err();
            assert!(sentence.contains("SAVEDESK_SMTP_URL") && !sentence.contains("hush"), "{url}: {sentence}");
        }
        for url in ["smtp://localhost:25", "smtp://[::1]:25", "smtp://u:p@127.0.0.1?tls=opportunistic"] {
            assert!(set(url, "desk@example.com").is_ok(), "{url}");
        }
        for url in [
            "smtp://desk:hush@mail.example.com:587",
            "smtp://desk:hush@mail.example.com:587?tls=opportunistic",
            "smtp://desk:hush@mail.example.com/tls=required",
            "smtp://mail.example.com?tls=required&tls=opportunistic",
            "smtp://127.0.0.1.example.com",
            "smtp://127.0.0.1@mail.example.com",
            "smtp://mail.example.com/?name=@localhost",
        ] {
            let sentence = set(url, "desk@example.com").unwrap_err();
            assert!(sentence.contains("?tls=required") && !sentence.contains("hush"), "{url}: {sentence}");
        }
        assert!(set("smtp://127.0.0.1", "").unwrap_err().contains("SAVEDESK_MAIL_FROM must say"));
        assert!(set("smtp://127.0.0.1", "desk").unwrap_err().contains("like desk@example.com"));
    }

    #[test]
    fn a_wrong_setting_says_what_to_change() {
        for (name, value, part) in [
            ("SAVEDESK_LISTEN", "8080", "like 0.0.0.0:8080"),
            ("SAVEDESK_DATABASE_CONNECTIONS", "many", "whole number from 2 to 500"),
            ("SAVEDESK_MAX_REQUESTS", "1", "from 8"),
            ("SAVEDESK_FILE_MB", "0", "from 1 to 50"),
            ("SAVEDESK_BEHIND_PROXY", "perhaps", "1 or 0"),
            ("SAVEDESK_PUBLIC_URL", "desk.example.com", "https://"),
            ("DATABASE_URL", "mysql://x", "postgres://"),
            ("DATABASE_REPLICA_URL", "replica", "like postgres://savedesk:secret@replica/savedesk"),
            ("DATABASE_REPLICA_URL", "postgres://replica/savedesk", "so DATABASE_URL must"),
        ] {
            let sentence = read(name, value).unwrap_err();
            assert!(sentence.contains(name) && sentence.contains(part), "{sentence}");
        }
    }
}
