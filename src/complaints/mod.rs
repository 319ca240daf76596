//! Complaints that regulators, bureaus, reviews and letters to the board bring: taken in with their number and the day
//! they were received, answered allegation by allegation, signed off by somebody who wrote nothing of it, and sent in time.
//!
//! ```text
//! received → answering → in review → signed → sent → closed      sent → answering (they come back: another round)
//!                ↖ what is written later is another revision, and voids the sign-off ↩
//! closed without an answer → answering (that was wrong: the same round, due when it was)
//! ```
//!
//! When the answer is due follows from the template of the source and the day it was received; it cannot be moved, only
//! extended where the template allows it. Whoever complains may be unknown yet: the case is then one of a customer who is
//! still to be identified, and goes to the right one when they are found.

mod actions;
mod pages;
mod refusal;
mod response;
mod store;
mod templates;

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::{CaseId, ComplaintId, CustomerId, UserId};
use crate::names::names;

pub use actions::{
    Details, NewAction, NewAllegation, NewTemplate, NotPublished, Sending, TakenIn, Written, add_action,
    add_allegation, ask_review, bring_back, close, drop_action, drop_allegation, extend, link, publish, rebut,
    record_past, return_to_authors, send, sign_off, take_in, write_allegation, write_letter,
};
pub use pages::routes;
pub use refusal::Refusal;
pub use response::{ActionTaken, Allegation, Author, Finding, Letter, Round, SentHow, Stands, details_in};
pub use store::{find, find_by_ref, known_refs, of_case, of_case_part, templates};
pub use templates::{AddressedTo, Counted, Template, only};

names! {
    /// Where a complaint stands.
    Stage {
        Received = "received", "Received";
        Answering = "answering", "Being answered";
        InReview = "in_review", "In review";
        Signed = "signed", "Signed off";
        Sent = "sent", "Answered";
        Closed = "closed", "Closed";
    }
}

impl Stage {
    /// The mark of its pill, or the tone of it once no answer is owed.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Received => "new",
            Self::Answering => "working",
            Self::InReview => "approval",
            Self::Signed => "offer",
            Self::Sent => "good",
            Self::Closed => "info",
        }
    }

    /// An answer is still owed.
    #[must_use]
    pub fn owes(self) -> bool {
        !matches!(self, Self::Sent | Self::Closed)
    }
}

names! {
    /// Which complaints a list holds.
    View {
        Open = "open", "Open";
        Soon = "soon", "Due within a week";
        Review = "review", "To sign off";
        Unlinked = "unlinked", "Customer unknown";
        Over = "over", "Answered";
    }
}

names! {
    /// How a complaint ended.
    How {
        Answered = "answered", "Answered";
        Withdrawn = "withdrawn", "Withdrawn";
        Duplicate = "duplicate", "Taken in twice";
        NotOurs = "not_ours", "Not about us";
        Before = "before", "Over before it was taken in";
    }
}

/// How a complaint ended, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub how: How,
    /// Why.
    pub because: String,
}

/// Who complains, as the source says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Complainant {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their number.
    pub phone: String,
    /// Where they live.
    pub place: String,
}

/// A complaint, with all that was written of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// Its identity.
    pub id: ComplaintId,
    /// Its case.
    pub case: CaseId,
    /// The case's number.
    pub case_number: i64,
    /// Who works the case.
    pub owner: Option<UserId>,
    /// Whose it is.
    pub customer: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// Who complains is not found among the customers yet.
    pub unknown: bool,
    /// On which terms it is answered.
    pub template: Template,
    /// Its number at the source.
    pub external_ref: Option<String>,
    /// Everybody can read their words.
    pub public: bool,
    /// Who complains.
    pub complainant: Complainant,
    /// Where it stands.
    pub stage: Stage,
    /// Which time it is answered.
    pub round: u8,
    /// Of the answer of this round.
    pub revision: i32,
    /// Who was asked to sign off.
    pub reviewer: Option<(UserId, String)>,
    /// When it was taken in.
    pub taken_in_at: DateTime<Utc>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// Row version (R6).
    pub version: i64,
    /// Every time it was answered, or is.
    pub rounds: Vec<Round>,
    /// Of all rounds.
    pub allegations: Vec<Allegation>,
    /// Of all rounds.
    pub actions: Vec<ActionTaken>,
}

impl Complaint {
    /// "FCC 250635"
    #[must_use]
    pub fn title(&self) -> String {
        title(&self.template, self.external_ref.as_deref())
    }

    /// SD-20418
    #[must_use]
    pub fn code(&self) -> String {
        format!("SD-{}", self.case_number)
    }

    /// The round it is in.
    #[must_use]
    pub fn current(&self) -> Option<&Round> {
        self.rounds.iter().find(|one| one.round == self.round)
    }

    /// When it was received, for the first time.
    #[must_use]
    pub fn received_on(&self) -> Option<NaiveDate> {
        self.rounds.first().map(|round| round.received_on)
    }

    /// What they say in a round.
    pub fn allegations_of(&self, round: u8) -> impl Iterator<Item = &Allegation> {
        self.allegations.iter().filter(move |one| one.round == round)
    }

    /// What was done, as of a round.
    pub fn actions_of(&self, round: u8) -> impl Iterator<Item = &ActionTaken> {
        self.actions.iter().filter(move |one| one.round == round)
    }

    /// Whether somebody wrote on the answer of this round.
    #[must_use]
    pub fn was_written_by(&self, user: Option<UserId>) -> bool {
        self.current().is_some_and(|round| round.authors.iter().any(|author| Some(author.id) == user))
    }

    /// What is missing before somebody can review the answer; `details` are the customer's, which the public never reads.
    #[must_use]
    pub fn missing(&self, details: &[String]) -> Vec<String> {
        let mut missing = Vec::new();
        let open = self.allegations_of(self.round).filter(|one| !one.is_answered()).count();
        match (self.allegations_of(self.round).count(), open) {
            (0, _) => missing.push("List every allegation of the complaint.".to_owned()),
            (_, 0) => {}
            (_, 1) => missing.push("One allegation has no finding or no answer yet.".to_owned()),
            (_, open) => missing.push(format!("{open} allegations have no finding or no answer yet.")),
        }
        if self.template.public {
            let words = self.current().map_or("", |round| round.public_words.as_str());
            if words.is_empty() {
                missing.push("Write the public response: everybody can read it.".to_owned());
            }
            missing.extend(self.given_away(details).map(|refusal| refusal.to_string()));
        }
        missing
    }

    /// Why the public response of this round cannot stay as it is: details of the customer stand in it.
    #[must_use]
    pub fn given_away(&self, details: &[String]) -> Option<Refusal> {
        let round = self.current().filter(|_| self.template.public)?;
        let found = details_in(&round.public_words, details);
        let named: Vec<String> = found.into_iter().map(|detail| format!("“{detail}”")).collect();
        (!named.is_empty()).then(|| Refusal::GivesAway(named.join(", ")))
    }

    /// It is written on: what was reviewed or signed off is another revision then. Says whether a sign-off or a review
    /// was voided.
    ///
    /// # Errors
    /// When it was sent, or is over.
    pub fn write(mut self) -> Result<(Self, bool), Refusal> {
        let voids = match self.stage {
            Stage::Received | Stage::Answering => false,
            Stage::InReview | Stage::Signed => true,
            Stage::Sent => return Err(Refusal::Sent),
            Stage::Closed => return Err(Refusal::Closed),
        };
        self.stage = Stage::Answering;
        self.revision += i32::from(voids);
        Ok((self, voids))
    }

    /// Somebody else is to read it.
    ///
    /// # Errors
    /// When something is missing, or it is not being written.
    pub fn review(mut self, reviewer: Option<(UserId, String)>, details: &[String]) -> Result<Self, Refusal> {
        match self.stage {
            Stage::Received | Stage::Answering => {}
            Stage::InReview | Stage::Signed => return Err(Refusal::Changed),
            Stage::Sent => return Err(Refusal::Sent),
            Stage::Closed => return Err(Refusal::Closed),
        }
        let missing = self.missing(details);
        if !missing.is_empty() {
            return Err(Refusal::Unfinished(missing.join(" ")));
        }
        if let Some((id, name)) = &reviewer
            && self.was_written_by(Some(*id))
        {
            return Err(Refusal::WroteIt(name.clone()));
        }
        self.stage = Stage::InReview;
        self.reviewer = reviewer;
        Ok(self)
    }

    /// Somebody signs off what they have seen.
    ///
    /// # Errors
    /// When they wrote of it, it is not in review, it is not what they saw, or everybody would read of the account.
    pub fn sign(mut self, by: Option<UserId>, seen: i32, details: &[String]) -> Result<Self, Refusal> {
        if self.stage != Stage::InReview {
            return Err(Refusal::NotInReview);
        }
        if self.was_written_by(by) {
            return Err(Refusal::OwnAnswer);
        }
        if self.revision != seen {
            return Err(Refusal::Changed);
        }
        if let Some(refusal) = self.given_away(details) {
            return Err(refusal);
        }
        self.stage = Stage::Signed;
        Ok(self)
    }

    /// It was sent as it was signed off.
    ///
    /// # Errors
    /// When nobody signed it off, or everybody would read of the account.
    pub fn sent(mut self, details: &[String]) -> Result<Self, Refusal> {
        match (self.stage, self.given_away(details)) {
            (Stage::Signed, Some(refusal)) => return Err(refusal),
            (Stage::Signed, None) => self.stage = Stage::Sent,
            (Stage::Sent, _) => return Err(Refusal::Sent),
            (Stage::Closed, _) => return Err(Refusal::Closed),
            _ => return Err(Refusal::NotSigned),
        }
        Ok(self)
    }

    /// They come back to the answer.
    ///
    /// # Errors
    /// When nothing was sent, or they cannot come back.
    pub fn rebutted(mut self) -> Result<Self, Refusal> {
        match self.stage {
            Stage::Sent => {}
            Stage::Closed => return Err(Refusal::Closed),
            _ => return Err(Refusal::NotSent),
        }
        if self.round >= self.template.rounds {
            return Err(Refusal::NoMoreRounds(self.template.name.clone()));
        }
        self.stage = Stage::Answering;
        self.round += 1;
        self.revision = 1;
        self.reviewer = None;
        Ok(self)
    }

    /// When it is due from now on, once it is extended.
    ///
    /// # Errors
    /// When its terms do not allow it, it was extended before, or it is late.
    pub fn extended(&self, at: DateTime<Utc>) -> Result<crate::calendar::Due, Refusal> {
        let round = self.current().filter(|_| self.stage.owes()).ok_or(Refusal::Sent)?;
        if round.extended_because.is_some() {
            return Err(Refusal::Extended);
        }
        let due = self.template.extended(round.received_on).filter(|_| round.round == 1);
        let due = due.ok_or_else(|| Refusal::NotExtendable(self.template.citation.clone()))?;
        if at > round.due_at { Err(Refusal::Passed) } else { Ok(due) }
    }

    /// It is over.
    ///
    /// # Errors
    /// When it is already, or an answer is owed that is said to be given.
    pub fn end(mut self, ended: Ended) -> Result<Self, Refusal> {
        match (self.stage, ended.how) {
            (Stage::Closed, _) => return Err(Refusal::Closed),
            (Stage::Sent, How::Answered) => {}
            (_, How::Answered | How::Before) => return Err(Refusal::Owed),
            (Stage::Sent, _) => return Err(Refusal::Sent),
            _ => {}
        }
        self.stage = Stage::Closed;
        self.ended = Some(ended);
        Ok(self)
    }

    /// It was closed without an answer, which may have been wrong.
    #[must_use]
    pub fn may_come_back(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| matches!(ended.how, How::Withdrawn | How::Duplicate | How::NotOurs))
    }

    /// It is answered after all, in the same round and by the same day. What was signed off of it is another revision.
    ///
    /// # Errors
    /// When it was not closed without an answer.
    pub fn brought_back(mut self) -> Result<Self, Refusal> {
        if !self.may_come_back() {
            return Err(Refusal::NotGivenUp);
        }
        self.stage = Stage::Answering;
        self.revision += 1;
        self.ended = None;
        Ok(self)
    }
}

/// "FCC 250635"
fn title(template: &Template, external_ref: Option<&str>) -> String {
    match external_ref {
        Some(number) => format!("{} {number}", template.source.label()),
        None => template.name.clone(),
    }
}

#[cfg(test)]
mod tests;
