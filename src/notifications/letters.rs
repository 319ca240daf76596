//! A mail as it goes: who it is from, its Message-ID, the address of the desk in its links.

use std::net::IpAddr;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::cut;
use crate::config::Config;

/// Stands in bodies for the public address of the desk: `{desk}/cases/…`. A body is written where nobody knows that
/// address, and the desk may have moved until it is sent.
pub const DESK: &str = "{desk}";

/// Stands in invitations for the address that the desk's mails come from.
pub const ORGANIZER: &str = "{organizer}";

/// The most octets of a line of a calendar file (RFC 5545, 3.1).
const FOLDED: usize = 75;

/// The most characters of a subject.
pub(super) const LONGEST_SUBJECT: usize = 150;

/// What every mail begins with.
#[derive(Clone, Debug)]
pub(super) struct Letterhead {
    /// Who it is from.
    pub(super) from: Mailbox,
    /// The public address of the desk.
    base: String,
}

/// What a mail is made of.
pub(super) struct Letter<'a> {
    pub(super) key: &'a str,
    /// As it was first tried, if it was.
    pub(super) message_name: Option<&'a str>,
    pub(super) address: &'a str,
    pub(super) name: &'a str,
    pub(super) subject: &'a str,
    pub(super) body: &'a str,
    /// A calendar file that goes with it.
    pub(super) calendar: Option<&'a str>,
    pub(super) at: DateTime<Utc>,
}

impl Letterhead {
    /// By the settings. Without a sender it is one at the host of the desk, for mails that are kept and only looked at.
    pub(super) fn of(config: &Config) -> Self {
        let base = config.base_url();
        let from = config.mail_from.clone().unwrap_or_else(|| {
            let host = base.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
            let named = host.filter(|host| host.parse::<IpAddr>().is_err());
            let address = Address::new("savedesk", named.unwrap_or("localhost"));
            let local = || Address::new("savedesk", "localhost").expect("this is an address");
            Mailbox::new(Some("Savedesk".to_owned()), address.unwrap_or_else(|_| local()))
        });
        Self { from, base }
    }

    /// The Message-ID of a key: always the same one.
    pub(super) fn message_name(&self, key: &str) -> String {
        let digest = hex::encode(&Sha256::digest(key.as_bytes())[..20]);
        format!("<{digest}@{}>", self.from.email.domain())
    }

    /// The text with the desk's address in its links.
    pub(super) fn body(&self, body: &str) -> String {
        body.replace(DESK, &self.base)
    }

    /// The mail as it goes.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn write(&self, letter: &Letter<'_>) -> Result<Message, String> {
        let address: Address =
            letter.address.parse().map_err(|_| "The address is none that mail can be sent to.".to_owned())?;
        let name = cut(letter.name, 100);
        let to = Mailbox::new((!name.is_empty()).then_some(name), address);
        let id = letter.message_name.map_or_else(|| self.message_name(letter.key), str::to_owned);
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            // no out-of-office reply is wanted (RFC 3834)
            "auto-generated".to_owned(),
        );
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(cut(letter.subject, LONGEST_SUBJECT))
            .date(SystemTime::from(letter.at))
            .message_id(Some(id))
            .raw_header(automatic);
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(self.body(letter.body));
        let written = match letter.calendar {
            None => message.singlepart(text),
            Some(calendar) => message.multipart(self.with_calendar(letter.key, text, calendar)?),
        };
        written.map_err(|error| format!("The mail cannot be written: {error}."))
    }

    /// The text and the calendar file: as its other form, which calendars read by themselves, and as a file to open.
    fn with_calendar(&self, key: &str, text: SinglePart, calendar: &str) -> Result<MultiPart, String> {
        let plain = unfolded(calendar).replace(DESK, &self.base).replace(ORGANIZER, self.from.email.as_ref());
        let calendar = folded(&plain);
        let method = plain.lines().find_map(|line| line.strip_prefix("METHOD:")).unwrap_or("PUBLISH");
        let kind = |text: &str| ContentType::parse(text).map_err(|_| "The calendar file is none.".to_owned());
        let inline = kind(&format!("text/calendar; charset=utf-8; method={method}"))?;
        // always the same ones, so that what a crash repeats is the same mail
        let boundary = |of: &str| hex::encode(&Sha256::digest(format!("{of}:{key}").as_bytes())[..16]);
        let both = MultiPart::alternative()
            .boundary(boundary("alternative"))
            .singlepart(text)
            .singlepart(SinglePart::builder().header(inline).body(calendar.clone()));
        let file = Attachment::new("invite.ics".to_owned()).body(calendar, kind("application/ics")?);
        Ok(MultiPart::mixed().boundary(boundary("mixed")).multipart(both).singlepart(file))
    }
}

fn unfolded(calendar: &str) -> String {
    calendar.replace("\r\n ", "").replace("\r\n\t", "")
}

/// In lines of 75 octets at most, cut between characters.
fn folded(calendar: &str) -> String {
    let mut folded = String::with_capacity(calendar.len() + 64);
    for line in calendar.lines() {
        let mut width = 0;
        for letter in line.chars() {
            if width + letter.len_utf8() > FOLDED {
                folded.push_str("\r\n ");
                width = 1;
            }
            folded.push(letter);
            width += letter.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter<'a>(subject: &'a str, address: &'a str) -> Letter<'a> {
        Letter {
            key: "digest:1:2026-03-04",
            message_name: None,
            address,
            name: "Renée \"Ren\" Dubois",
            subject,
            body: "See {desk}/queue.\n\n.\nÄ line of its own dot",
            calendar: None,
            at: "2026-03-04T14:00:00Z".parse().unwrap(),
        }
    }

    fn head() -> Letterhead {
        Letterhead {
            from: "Savedesk <desk@brightline.example>".parse().unwrap(),
            base: "https://desk.brightline.example".to_owned(),
        }
    }

    #[test]
    fn a_key_has_one_message_id() {
        let (head, letter) = (head(), letter("Your day", "renee@brightline.example"));
        let (first, again) = (head.write(&letter).unwrap(), head.write(&letter).unwrap());
        assert_eq!(first.formatted(), again.formatted());
        let id = head.message_name(letter.key);
        assert!(String::from_utf8(first.formatted()).unwrap().contains(&format!("Message-ID: {id}\r\n")));
        assert_ne!(id, head.message_name("digest:1:2026-03-05"));
        assert!(id.ends_with("@brightline.example>"), "{id}");
    }

    #[test]
    fn nobody_puts_a_header_into_a_subject() {
        let message = head().write(&letter("Hello\r\nBcc: all@example.org", "renee@brightline.example")).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(!text.contains("\nBcc"), "{text}");
    }

    #[test]
    fn an_address_that_is_none_is_told() {
        for address in ["", "renee", "a@b\r\nRCPT TO:<x@y>", "a b@c.example"] {
            assert!(head().write(&letter("Hello", address)).is_err(), "{address}");
        }
    }

    #[test]
    fn an_invitation_goes_in_two_forms_and_its_lines_are_folded() {
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nORGANIZER:mailto:{ORGANIZER}\r\nDESCRIPTION:{}\r\n é\r\nEND:VCALENDAR\r\n",
            "ä".repeat(60)
        );
        let mut letter = letter("A call", "renee@brightline.example");
        letter.calendar = Some(&calendar);
        let (first, again) = (head().write(&letter).unwrap(), head().write(&letter).unwrap());
        assert_eq!(first.formatted(), again.formatted(), "what is repeated is the same mail");
        let text = String::from_utf8(first.formatted()).unwrap();
        assert!(text.contains("Content-Type: text/calendar; charset=utf-8; method=REQUEST"), "{text}");
        assert!(text.contains("Content-Disposition: attachment; filename=\"invite.ics\""), "{text}");
        let written = folded(&unfolded(&calendar).replace(ORGANIZER, "desk@brightline.example"));
        assert!(written.contains("ORGANIZER:mailto:desk@brightline.example\r\n"));
        assert!(written.lines().all(|line| line.len() <= FOLDED), "{written}");
        assert!(unfolded(&written).contains(&format!("{}é\r\n", "ä".repeat(60))));
    }
}
