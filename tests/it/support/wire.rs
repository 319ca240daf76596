//! A wire tap between the application and PostgreSQL: it passes everything on and counts the statements that are run,
//! so that what is counted is what the database is asked, whichever way the code asks it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use uuid::Uuid;

/// Counts while it lives.
pub(crate) struct Wire {
    dir: PathBuf,
    ran: Arc<AtomicUsize>,
    prepared: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// Listens in front of a database; gives how to reach it through here.
    pub(super) fn tap(options: PgConnectOptions) -> (Self, PgConnectOptions) {
        let socket = format!(".s.PGSQL.{}", options.get_port());
        let server = options.get_socket().unwrap().join(&socket);
        let dir = std::env::temp_dir().join(format!("wire-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&dir).unwrap();
        let listener = UnixListener::bind(dir.join(&socket)).unwrap();
        let ran = Arc::<AtomicUsize>::default();
        let prepared = Arc::<Mutex<Vec<String>>>::default();
        tokio::spawn({
            let (ran, prepared) = (Arc::clone(&ran), Arc::clone(&prepared));
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let (mut answers, mut to_server) = UnixStream::connect(&server).await.unwrap().into_split();
                    let (from_client, mut to_client) = client.into_split();
                    tokio::spawn(async move { tokio::io::copy(&mut answers, &mut to_client).await });
                    let (ran, prepared) = (Arc::clone(&ran), Arc::clone(&prepared));
                    tokio::spawn(async move {
                        let mut from_client = from_client;
                        // the first message says who comes and has no kind
                        let mut begun = false;
                        while let Some((kind, message)) = next(&mut from_client, begun).await {
                            // a prepared statement that is executed, or one of plain text
                            if matches!(kind, Some(b'E' | b'Q')) {
                                ran.fetch_add(1, Ordering::SeqCst);
                            }
                            if kind == Some(b'P') {
                                // after the kind and the length: a name, then the statement
                                let text = message[5..].split(|byte| *byte == 0).nth(1).unwrap();
                                prepared.lock().unwrap().push(String::from_utf8_lossy(text).into_owned());
                            }
                            begun = true;
                            if to_server.write_all(&message).await.is_err() {
                                return;
                            }
                        }
                        let _ = to_server.shutdown().await;
                    });
                }
            }
        });
        let options = options.socket(&dir);
        (Self { dir, ran, prepared }, options)
    }

    /// How many statements ran so far.
    pub(crate) fn ran(&self) -> usize {
        self.ran.load(Ordering::SeqCst)
    }

    /// The statements that were prepared so far.
    pub(crate) fn prepared(&self) -> Vec<String> {
        self.prepared.lock().unwrap().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// The next message with its kind.
async fn next(from: &mut (impl AsyncRead + Unpin), has_kind: bool) -> Option<(Option<u8>, Vec<u8>)> {
    let mut message = vec![0; if has_kind { 5 } else { 4 }];
    from.read_exact(&mut message).await.ok()?;
    let kind = has_kind.then(|| message[0]);
    let length: [u8; 4] = message[message.len() - 4..].try_into().unwrap();
    let rest = usize::try_from(u32::from_be_bytes(length)).unwrap() - 4;
    let begun = message.len();
    message.resize(begun + rest, 0);
    from.read_exact(&mut message[begun..]).await.ok()?;
    Some((kind, message))
}
