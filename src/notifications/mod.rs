//! What our people are told: at once in their inbox, and by mail as they chose: in one digest at the start of their
//! working day, or at once. And the outbox, through which every mail leaves.
//!
//! ```text
//! notice: told → read ⇄ unread
//! mail:   waiting → sent
//!         waiting → parked → waiting
//!         waiting, parked → dropped
//! ```
//!
//! A notice is told once for each of its keys (R15). Mail keeps to quiet hours and days off, unless it is urgent (R18).
//! A mail is written in the transaction of its cause, and its Message-ID follows from its key: what a crash repeats is
//! known for the same mail. Whether a mail about an offer or a booked call still holds, this slice cannot know: the `poster` asks before it
//! sends, and has dropped what does not.

mod actions;
mod letters;
mod mailer;
mod pages;
mod planning;
mod quiet;
mod store;
mod words;

use std::collections::BTreeMap;

use crate::ids::{CaseId, CustomerId, OfferId, RequestId, UserId};
use crate::names::names;

pub use actions::{
    Invitation, Invited, Posted, assigned, claim, clear, digest, drop_invitations, drop_mail, drop_mails, invite,
    invited, mark, queue, read_before, send, tell,
};
pub use letters::{DESK, ORGANIZER};
pub use mailer::{Mailer, Outcome};
pub use pages::routes;
pub use quiet::Quiet;
pub use store::{Claimed, users_with};

names! {
    /// What somebody is told about.
    Kind {
        Assigned = "assigned", "What is handed to you: cases, follow-ups, promises";
        Reminder = "reminder", "Reminders of what is due";
        Overdue = "overdue", "What is overdue";
        Escalated = "escalated", "What is handed up to you";
        OfferExpiring = "offer_expiring", "Offers about to expire";
        OfferExpired = "offer_expired", "Offers that expired";
        ApprovalAsked = "approval_asked", "Requests for your approval";
        ApprovalMovedUp = "approval_moved_up", "Requests moved up to you";
        ApprovalDecided = "approval_decided", "Decisions on what you asked for";
        QuestionAsked = "question_asked", "Questions and answers";
        PromiseAtRisk = "promise_at_risk", "Promises about to be broken";
        FollowUpReturned = "follow_up_returned", "Follow-ups that came back";
        RequestAsked = "request_asked", "Requests to your department";
        RequestAnswered = "request_answered", "What departments answer";
        Process = "process", "Processes you must know of";
        Appointment = "appointment", "Booked calls that you take part in";
        Parked = "parked", "What the desk could not do";
    }
}

impl Kind {
    /// In one or two words, beside a notice.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Assigned => "Handed to you",
            Self::Reminder => "Reminder",
            Self::Overdue => "Overdue",
            Self::Escalated => "Escalated",
            Self::OfferExpiring => "Offer expiring",
            Self::OfferExpired => "Offer expired",
            Self::ApprovalAsked => "Approval asked",
            Self::ApprovalMovedUp => "Moved up",
            Self::ApprovalDecided => "Decided",
            Self::QuestionAsked => "Question",
            Self::PromiseAtRisk => "Promise at risk",
            Self::FollowUpReturned => "Follow-up returned",
            Self::RequestAsked => "Request",
            Self::RequestAnswered => "Answer",
            Self::Process => "Process",
            Self::Appointment => "Booked call",
            Self::Parked => "Parked",
        }
    }

    /// Its icon in the sprite.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Assigned => "user",
            Self::Reminder => "clock",
            Self::Overdue | Self::PromiseAtRisk | Self::Parked => "alert",
            Self::Escalated | Self::ApprovalMovedUp => "up",
            Self::OfferExpiring | Self::OfferExpired => "percent",
            Self::ApprovalAsked | Self::ApprovalDecided => "stamp",
            Self::QuestionAsked => "chat",
            Self::FollowUpReturned => "undo",
            Self::RequestAsked | Self::RequestAnswered => "swap",
            Self::Process => "flag",
            Self::Appointment => "phone",
        }
    }

    /// How somebody is told who has not said otherwise. The digest lists what is due and what waits for a decision
    /// anyway, so that notices of the same need not stand in it a second time.
    #[must_use]
    pub fn default_way(self) -> Way {
        match self {
            Self::Assigned
            | Self::Reminder
            | Self::Overdue
            | Self::ApprovalAsked
            | Self::ApprovalMovedUp
            | Self::RequestAnswered
            | Self::Appointment
            | Self::Parked => Way::Inbox,
            Self::Escalated | Self::RequestAsked | Self::Process => Way::AtOnce,
            _ => Way::Digest,
        }
    }
}

names! {
    /// How somebody is told, beside the inbox.
    Way {
        Inbox = "inbox", "Inbox only";
        Digest = "digest", "In the digest";
        AtOnce = "at_once", "By mail at once";
    }
}

names! {
    /// Where a mail stands.
    Stage {
        Waiting = "waiting", "Waiting";
        Sent = "sent", "Sent";
        Parked = "parked", "Parked";
        Dropped = "dropped", "Dropped";
    }
}

/// Something to tell one of our people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Whom.
    pub to: UserId,
    /// What about.
    pub kind: Kind,
    /// In which case.
    pub case: Option<CaseId>,
    /// What, in words, at most 300 characters. Whose it is, pages and mails read from the case.
    pub about: String,
    /// A regulator's, or as pressing: it breaks quiet hours (R18).
    pub urgent: bool,
    /// What it is about, by nature: somebody is told once for each key.
    pub key: String,
}

/// Whose mail it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    /// One of ours.
    User(UserId),
    /// A customer's contact.
    Customer(CustomerId),
    /// Whoever is to answer a request by a link.
    Request(RequestId),
}

/// A mail to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewMail {
    /// What it is about, by nature: one mail for each key, whose Message-ID follows from it.
    pub key: String,
    /// Whose it is.
    pub to: To,
    /// Where it goes.
    pub address: String,
    /// The name beside the address; may be empty.
    pub name: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The line above it.
    pub subject: String,
    /// Plain text. Where it says [`DESK`], the public address of the desk will stand.
    pub body: String,
    /// The terms it is about, by offer and revision: it is dropped once they do not hold any more.
    pub terms: Option<(OfferId, i32)>,
    /// Not before then; at once when none.
    pub not_before: Option<chrono::DateTime<chrono::Utc>>,
}

/// How somebody wants to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choices {
    /// What they said about kinds.
    pub ways: BTreeMap<String, String>,
    /// Whether they want a digest.
    pub digest: bool,
    /// Whether urgent ones come by mail at once, whatever the hour.
    pub urgent: bool,
    /// When no mail comes.
    pub quiet: Option<Quiet>,
}

impl Default for Choices {
    fn default() -> Self {
        Self { ways: BTreeMap::new(), digest: true, urgent: true, quiet: Some(Quiet::NIGHT) }
    }
}

impl Choices {
    /// How they are told of a kind.
    #[must_use]
    pub fn way(&self, kind: Kind) -> Way {
        self.ways.get(kind.name()).and_then(|way| Way::from_name(way)).unwrap_or_else(|| kind.default_way())
    }

    /// How a kind is told from now on; what is the default anyway is not kept.
    fn set(&mut self, kind: Kind, way: Way) {
        if way == kind.default_way() {
            self.ways.remove(kind.name());
        } else {
            self.ways.insert(kind.name().to_owned(), way.name().to_owned());
        }
    }
}

/// The topic under which the open pages of somebody hear of their notices.
#[must_use]
pub fn topic(of: UserId) -> String {
    format!("notices:{of}")
}

/// At most so many characters; what is cut says so.
fn cut(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_default_is_kept() {
        let mut choices = Choices::default();
        assert_eq!(choices.way(Kind::Escalated), Way::AtOnce);
        choices.set(Kind::Escalated, Way::Digest);
        choices.set(Kind::Assigned, Way::Inbox);
        assert_eq!((choices.way(Kind::Escalated), choices.ways.len()), (Way::Digest, 1));
        choices.set(Kind::Escalated, Way::AtOnce);
        assert_eq!(choices, Choices::default());
    }

    #[test]
    fn long_words_are_cut_where_they_fit() {
        assert_eq!(cut(" as\nit  is ", 300), "as it is");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut(&"é".repeat(301), 300).chars().count(), 300);
    }
}
