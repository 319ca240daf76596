//! What regulators, bureaus and reviews brought in the case: entries of its log, and the card that says by when what is
//! answered.

use super::entry::{Entry, Row};
use super::facts::Facts;
use crate::cases::Channel;
use crate::complaints::{Complaint, SentHow};
use crate::ids::CaseId;
use crate::web::Due;

impl Entry {
    /// One line of what became of a complaint.
    pub(super) fn complained(&mut self, row: Row) {
        let source = row.was.as_deref().and_then(Channel::from_name).map_or("the complaint", Channel::label);
        let title = row.now.map_or_else(|| source.to_owned(), |number| format!("{source} {number}"));
        let words = row.body.unwrap_or_default();
        let (icon, tone, did) = match row.what.strip_prefix("complaint_").unwrap_or_default() {
            "taken_in" => ("scale", "bad", format!("took in {title}")),
            "linked" => ("link", "", format!("linked {title} to its customer")),
            "review_asked" if words.is_empty() => {
                ("send", "info", format!("asked for a sign-off of the answer to {title}"))
            }
            "review_asked" => ("send", "info", format!("asked {words} to sign off the answer to {title}")),
            "returned" => ("undo", "warn", format!("returned the answer to {title}")),
            "reopened" => ("edit", "warn", format!("changed the answer to {title}, which begins its review anew")),
            "signed" => ("stamp", "good", format!("signed off the answer to {title}")),
            "sent" => {
                let how = SentHow::from_name(&words).map_or("", SentHow::label).to_lowercase();
                ("check", "good", format!("sent the answer to {title}, {how}"))
            }
            "rebutted" => ("undo", "bad", format!("noted a rebuttal of the answer to {title}")),
            "brought_back" => ("undo", "warn", format!("brought {title} back, which is answered after all")),
            "extended" => ("clock", "warn", format!("extended the deadline of {title}")),
            _ => ("x", "", format!("closed {title}")),
        };
        if matches!(
            row.what.as_str(),
            "complaint_returned" | "complaint_extended" | "complaint_ended" | "complaint_brought_back"
        ) {
            self.words = words;
        }
        (self.icon, self.tone, self.did) = (icon, tone, did);
    }
}

/// The card of the case.
pub(super) struct Complaints {
    pub(super) case: CaseId,
    pub(super) all: Vec<Shown>,
}

/// A complaint as the card shows it.
pub(super) struct Shown {
    pub(super) complaint: Complaint,
    pub(super) due: Option<Due>,
    pub(super) sub: String,
}

impl Complaints {
    pub(super) fn of(all: Vec<Complaint>, facts: &Facts) -> Self {
        Self { case: facts.case.id, all: all.into_iter().map(|one| Shown::of(one, facts)).collect() }
    }
}

impl Shown {
    fn of(complaint: Complaint, facts: &Facts) -> Self {
        let round = complaint.current().filter(|_| complaint.stage.owes());
        let due =
            round.map(|round| Due::new(round.due_at, complaint.taken_in_at, &round.because, facts.zone, facts.now));
        let answered = complaint.allegations_of(complaint.round).filter(|one| one.is_answered()).count();
        let sub = match complaint.allegations_of(complaint.round).count() {
            0 if complaint.stage.owes() => "No allegation is listed yet.".to_owned(),
            0 => complaint.template.name.clone(),
            listed => format!("{answered} of {listed} allegations answered."),
        };
        Self { complaint, due, sub }
    }
}
