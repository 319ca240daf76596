//! Speaking SMTP.

use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::letters::{Letter, Letterhead};
use crate::config::Config;

/// The time one mail may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Replies that say the server does not know us rather than that it does not want the mail: a matter of the settings,
/// which somebody will mend.
const NOT_ABOUT_THE_MAIL: [u16; 5] = [502, 530, 534, 535, 538];

/// What became of a mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The server took it.
    Sent,
    /// Not now, and why.
    Later(String),
    /// Never, and why.
    Never(String),
    /// It does not hold any more, and why.
    Dropped(String),
}

/// Sends mails by the settings.
#[derive(Clone, Debug)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    pub(super) head: Letterhead,
    pub(super) time_limit: Duration,
}

impl Mailer {
    /// None when the settings name no server: mails are kept then. Needs a Tokio runtime around it.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let url = config.smtp_url.as_deref()?;
        // checked as the settings were read
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).ok()?;
        Some(Self {
            transport: transport.timeout(Some(TIME_LIMIT)).build(),
            head: Letterhead::of(config),
            time_limit: TIME_LIMIT,
        })
    }

    /// With less time for each mail.
    #[must_use]
    pub fn within(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    pub(super) async fn send(&self, letter: &Letter<'_>) -> Outcome {
        let message = match self.head.write(letter) {
            Ok(message) => message,
            Err(why) => return Outcome::Never(why),
        };
        match tokio::time::timeout(self.time_limit, self.transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Sent,
            Ok(Err(error)) => judge(&error),
            Err(_) => {
                Outcome::Later(format!("The mail server did not answer within {} seconds.", self.time_limit.as_secs()))
            }
        }
    }
}

fn judge(error: &SmtpError) -> Outcome {
    let code = error.status().map(u16::from);
    let why = words(error);
    if error.is_permanent() && !code.is_some_and(|code| NOT_ABOUT_THE_MAIL.contains(&code)) {
        Outcome::Never(why)
    } else {
        Outcome::Later(why)
    }
}

/// What went wrong, with what lies under it.
fn words(error: &SmtpError) -> String {
    let mut words = error.to_string();
    let mut under = std::error::Error::source(error);
    while let Some(cause) = under {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        under = cause.source();
    }
    words
}
