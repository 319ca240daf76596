//! The log of a case: calls, e-mails, chats, letters, notes and save attempts. Append-only (R3): a correction is a new
//! entry that points at the old one.

mod actions;
mod store;

use chrono::{DateTime, Utc};

use crate::ids::{CaseId, InteractionId, UserId};
use crate::names::names;

pub use actions::{
    NewAttempt, NewInteraction, NextStep, add_contact, correct, log, log_attempt, log_own_mail, no_attempt_because,
    require_attempt,
};
pub use store::{find, of_case, of_case_part, of_customer};

names! {
    /// What kind of entry.
    Kind {
        SaveAttempt = "save_attempt", "Save attempt";
        Call = "call", "Call";
        Email = "email", "E-mail";
        Chat = "chat", "Chat";
        Letter = "letter", "Letter";
        Note = "note", "Note";
    }
}

names! {
    /// Who began it.
    Direction {
        Inbound = "inbound", "From the customer";
        Outbound = "outbound", "To the customer";
    }
}

names! {
    /// By which means a save attempt was made.
    Means {
        Phone = "phone", "Phone";
        Email = "email", "E-mail";
        Chat = "chat", "Chat";
        Letter = "letter", "Letter";
    }
}

names! {
    /// What the customer answered to a save attempt.
    Response {
        Saved = "saved", "Saved";
        PartlySaved = "partly_saved", "Part saved";
        Considering = "considering", "Considering";
        Declined = "declined", "Declined";
        NoContact = "no_contact", "No contact";
    }
}

impl Response {
    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Saved => "good",
            Self::PartlySaved => "warn",
            Self::Declined => "bad",
            Self::Considering | Self::NoContact => "info",
        }
    }
}

/// An entry of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interaction {
    /// Its identity.
    pub id: InteractionId,
    /// The case.
    pub case: CaseId,
    /// The case's number, 20418 for SD-20418.
    pub case_number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who logged it; none for the desk.
    pub by: Option<UserId>,
    /// Their name.
    pub by_name: Option<String>,
    /// What kind.
    pub kind: Kind,
    /// Who began it.
    pub direction: Option<Direction>,
    /// By which means, for a save attempt.
    pub means: Option<Means>,
    /// What was said.
    pub body: String,
    /// What the customer answered, for a save attempt.
    pub response: Option<Response>,
    /// What stands between the customer and staying: the objection's name.
    pub objection: Option<String>,
    /// The levers that were tried: their names.
    pub levers: Vec<String>,
    /// What comes next, and when.
    pub next_step: Option<(String, DateTime<Utc>)>,
    /// The entry that this one corrects.
    pub corrects: Option<InteractionId>,
    /// The entry that corrects this one.
    pub corrected_by: Option<InteractionId>,
}
