//! The server as a process of its own, to be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use savedesk::clock::Clock;

use super::{Client, Person, TestApp};

/// `savedesk serve` over the database of a [`TestApp`], by the machine's own clock.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Server {
    pub(crate) fn start(app: &TestApp) -> Self {
        Self::start_with(app, &[])
    }

    /// With more settings.
    pub(crate) fn start_with(app: &TestApp, settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_savedesk"))
            .arg("serve")
            .env_clear()
            .env("DATABASE_URL", app.database_url())
            .env("SAVEDESK_LISTEN", "127.0.0.1:0")
            .env("SAVEDESK_LOG", "warn")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        let address = said.trim().rsplit('/').next().unwrap().parse();
        Self { address: address.unwrap_or_else(|_| panic!("the server says {said:?}")), process }
    }

    /// A browser in which this person is signed in.
    pub(crate) async fn sign_in_as(&self, app: &TestApp, person: Person<'_>) -> Client {
        let user = app.given_person(person).await.id.unwrap();
        let token = app.given_session(user, Clock::System.now()).await;
        Client::new(self.address, Some((user, token)))
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
