//! A tap between the server and PostgreSQL that keeps what one request asks, with its parameters, and counts the rows that
//! come back.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use uuid::Uuid;

use crate::client::Client;
use crate::desk::Server;
use crate::work::{Ground, Kind};

/// A parameter as it went over the wire.
pub(crate) type Value = Option<Vec<u8>>;

/// One statement that ran.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// The types of its parameters.
    pub(crate) types: Vec<u32>,
    pub(crate) values: Vec<Value>,
}

/// What one request asked of the database.
#[derive(Clone, Default, Debug)]
pub(crate) struct Asked {
    pub(crate) statements: Vec<Statement>,
    /// How many rows came back.
    pub(crate) rows: usize,
}

/// What a kind of request asks.
#[derive(Default)]
pub(crate) struct Captured {
    /// Of several, each about something else.
    pub(crate) samples: Vec<Asked>,
    /// Length of the answer as it was sent.
    pub(crate) bytes: usize,
}

impl Captured {
    /// Those that ran fewest statements: what the server's own rounds asked meanwhile is in none of them.
    pub(crate) fn shortest(&self) -> Vec<&Asked> {
        let least = self.samples.iter().map(|asked| asked.statements.len()).min();
        self.samples.iter().filter(|asked| Some(asked.statements.len()) == least).collect()
    }
}

/// Keeps what passes while it lives.
pub(crate) struct Tap {
    dir: PathBuf,
    asked: Arc<Mutex<Asked>>,
    /// Whether changes are taken back where they would be kept, so that they can be made again.
    takes_back: Arc<AtomicBool>,
}

impl Tap {
    /// Listens in front of a database; gives how to reach it through here.
    pub(crate) fn on(options: PgConnectOptions) -> (Self, PgConnectOptions) {
        let socket = format!(".s.PGSQL.{}", options.get_port());
        let server = options.get_socket().unwrap().join(&socket);
        let dir = std::env::temp_dir().join(format!("tap-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&dir).unwrap();
        let listener = UnixListener::bind(dir.join(&socket)).unwrap();
        let asked = Arc::<Mutex<Asked>>::default();
        let takes_back = Arc::<AtomicBool>::default();
        tokio::spawn({
            let (asked, takes_back) = (Arc::clone(&asked), Arc::clone(&takes_back));
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let (from_server, to_server) = UnixStream::connect(&server).await.unwrap().into_split();
                    let (from_client, to_client) = client.into_split();
                    let kept = Arc::clone(&asked);
                    tokio::spawn(pass(from_server, to_client, true, move |kind, _| {
                        if kind == Some(b'D') {
                            kept.lock().unwrap().rows += 1;
                        }
                        None
                    }));
                    let mut connection = Connection::default();
                    let (kept, takes_back) = (Arc::clone(&asked), Arc::clone(&takes_back));
                    tokio::spawn(pass(from_client, to_server, false, move |kind, message| {
                        let statement = connection.hear(kind, message)?;
                        let ends = statement.sql == COMMIT && takes_back.load(Ordering::Relaxed);
                        kept.lock().unwrap().statements.push(statement);
                        ends.then(|| query(TAKE_BACK))
                    }));
                }
            }
        });
        let options = options.socket(&dir);
        (Self { dir, asked, takes_back }, options)
    }

    fn take(&self) -> Asked {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// How the server keeps what it changed.
pub(crate) const COMMIT: &str = "COMMIT";
/// All that is checked when it is kept is checked, and then it is as it was.
pub(crate) const TAKE_BACK: &str = "set constraints all immediate; rollback";

/// A statement without parameters, as it goes over the wire.
fn query(sql: &str) -> Vec<u8> {
    let length = u32::try_from(sql.len() + 5).unwrap();
    [&b"Q"[..], &length.to_be_bytes(), sql.as_bytes(), b"\0"].concat()
}

/// What a connection has prepared and bound.
#[derive(Default)]
struct Connection {
    prepared: HashMap<Vec<u8>, (String, Vec<u32>)>,
    bound: HashMap<Vec<u8>, Statement>,
}

impl Connection {
    /// Takes note of a message; gives the statement that it runs, if it does.
    fn hear(&mut self, kind: Option<u8>, message: &[u8]) -> Option<Statement> {
        let mut read = Reader(message);
        match kind? {
            b'P' => {
                let (name, sql) = (read.text(), read.text());
                let types = (0..read.short()).map(|_| read.long()).collect();
                self.prepared.insert(name, (String::from_utf8(sql).unwrap(), types));
                None
            }
            b'B' => {
                let (portal, name) = (read.text(), read.text());
                let formats = read.short();
                read.skip(usize::from(formats) * 2);
                let values = (0..read.short()).map(|_| read.value()).collect();
                let (sql, types) = self.prepared.get(&name)?.clone();
                self.bound.insert(portal, Statement { sql, types, values });
                None
            }
            b'E' => self.bound.get(&read.text()).cloned(),
            b'Q' => {
                Some(Statement { sql: String::from_utf8(read.text()).unwrap(), types: Vec::new(), values: Vec::new() })
            }
            _ => None,
        }
    }
}

/// Reads a message field by field.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn skip(&mut self, bytes: usize) {
        self.0 = &self.0[bytes..];
    }

    fn text(&mut self) -> Vec<u8> {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap();
        let text = self.0[..length].to_vec();
        self.skip(length + 1);
        text
    }

    fn short(&mut self) -> u16 {
        let short = u16::from_be_bytes(self.0[..2].try_into().unwrap());
        self.skip(2);
        short
    }

    fn long(&mut self) -> u32 {
        let long = u32::from_be_bytes(self.0[..4].try_into().unwrap());
        self.skip(4);
        long
    }

    fn value(&mut self) -> Value {
        let length = self.long();
        // -1: null
        let length = usize::try_from(i32::from_be_bytes(length.to_be_bytes())).ok()?;
        let value = self.0[..length].to_vec();
        self.skip(length);
        Some(value)
    }
}

/// Passes messages on, and shows each to `hear`: its kind, if it has one, and what it says. What that gives goes instead.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    mut begun: bool,
    mut hear: impl FnMut(Option<u8>, &[u8]) -> Option<Vec<u8>>,
) {
    // what the server says has kinds from the first, what a client says from the second on
    let mut message = Vec::new();
    loop {
        let start = if begun { 5 } else { 4 };
        message.resize(start, 0);
        if from.read_exact(&mut message).await.is_err() {
            break;
        }
        let length = u32::from_be_bytes(message[start - 4..].try_into().unwrap());
        message.resize(start + usize::try_from(length).unwrap() - 4, 0);
        if from.read_exact(&mut message[start..]).await.is_err() {
            break;
        }
        let instead = hear(begun.then(|| message[0]), &message[start..]);
        begun = true;
        if to.write_all(instead.as_deref().unwrap_or(&message)).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

/// How many requests of a kind are kept, each about something else.
const SAMPLES: usize = 8;
/// How often a kind is asked until its statements are prepared and what is kept in memory is there.
const WARM: usize = 12;

/// Asks for several of a kind, one at a time, and keeps what each asks of the database once the connections know the
/// statements.
pub(crate) async fn capture(tap: &Tap, server: &Server, ground: &Ground, kind: Kind) -> Captured {
    let client = Client::new(server.address);
    let mut captured = Captured::default();
    tap.takes_back.store(kind.changes(), Ordering::Relaxed);
    // of what can be done once, some is to be left to measure
    let warm = ground.left(kind).map_or(WARM, |left| WARM.min(left / 4));
    for at in 0..warm + SAMPLES {
        // the server's own rounds are few and far between: let one that is under way end
        tokio::time::sleep(Duration::from_millis(20)).await;
        tap.take();
        let Some(request) = ground.request(kind, at) else { break };
        let answer = request.send(&client).await;
        if !answer.is_done() {
            eprintln!("{} {}: {}", kind.label(), request.path, answer.status);
        } else if at >= warm {
            captured.samples.push(tap.take());
            captured.bytes = captured.bytes.max(answer.body.len());
        }
    }
    tap.takes_back.store(false, Ordering::Relaxed);
    captured
}
