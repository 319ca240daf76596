//! A mail server on this machine, and what it does with mails.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailin_embedded::{Handler, Response, Server, response};

/// A mail that a server took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Received {
    /// What a header says.
    pub(crate) fn header(&self, name: &str) -> String {
        let begin = format!("{name}: ");
        let line = self.text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(&begin));
        line.unwrap_or_else(|| panic!("no {name} in\n{}", self.text)).to_owned()
    }
}

/// Takes mails, by the name in front of the @: `never` is refused for good, `later` for now, `slow` is answered late;
/// all others are taken.
#[derive(Clone)]
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    taken: Arc<Mutex<Vec<Received>>>,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::<Mutex<Vec<Received>>>::default();
        let mut server = Server::new(Session { taken: Arc::clone(&taken), to: String::new(), text: Vec::new() });
        server.with_name("mail.example").with_num_threads(16).with_tcp_listener(listener);
        // it goes with the process
        std::thread::spawn(move || {
            let _ = server.serve();
        });
        Self { address, taken }
    }

    /// `SAVEDESK_SMTP_URL` for it.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// All mails so far.
    pub(crate) fn mails(&self) -> Vec<Received> {
        self.taken.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Session {
    taken: Arc<Mutex<Vec<Received>>>,
    to: String,
    text: Vec<u8>,
}

impl Handler for Session {
    fn rcpt(&mut self, to: &str) -> Response {
        to.clone_into(&mut self.to);
        match to.split('@').next() {
            Some("never") => Response::custom(550, "5.1.1 There is nobody of this name".to_owned()),
            Some("later") => Response::custom(451, "4.7.1 Come back in a while".to_owned()),
            _ => response::OK,
        }
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, _: &[String]) -> Response {
        self.text.clear();
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.text.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        if self.to.starts_with("slow@") {
            std::thread::sleep(Duration::from_secs(20));
        }
        let text = String::from_utf8_lossy(&self.text).replace("\r\n", "\n");
        self.taken.lock().unwrap().push(Received { to: self.to.clone(), text });
        response::OK
    }

    fn helo(&mut self, _: IpAddr, _: &str) -> Response {
        response::OK
    }
}
