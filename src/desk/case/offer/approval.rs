//! What was asked about the offers of a case, and what became of it.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::super::facts::Facts;
use super::answer::{time, usually};
use crate::approvals::{self, Approval, Decided, Message};
use crate::auth::Role;
use crate::db::Part;
use crate::ids::{ApprovalId, CaseId, OfferId, UserId};

/// The newest request about an offer.
pub(in crate::desk::case) struct Request {
    pub(in crate::desk::case) id: ApprovalId,
    pub(in crate::desk::case) says: String,
    pub(in crate::desk::case) because: String,
    pub(in crate::desk::case) words: String,
    pub(in crate::desk::case) open: bool,
    pub(in crate::desk::case) decided: Vec<(String, String)>,
    pub(in crate::desk::case) talk: Vec<Message>,
    /// The last word was a question.
    pub(in crate::desk::case) to_answer: bool,
}

/// What was asked about the offers of a case, and what became of it.
pub(in crate::desk::case) struct Requests {
    all: Vec<Approval>,
    decided: Vec<(ApprovalId, Decided)>,
    talk: Vec<(ApprovalId, Message)>,
}

impl Requests {
    /// What it is made of.
    #[expect(clippy::type_complexity, reason = "three questions")]
    pub(in crate::desk::case) fn asked(
        case: CaseId,
    ) -> (Part<Approval>, Part<(ApprovalId, Decided)>, Part<(ApprovalId, Message)>) {
        (approvals::of_case_part(case), approvals::decisions_of_case_part(case), approvals::messages_of_case_part(case))
    }

    /// Of what was read.
    #[expect(clippy::type_complexity, reason = "three answers")]
    pub(in crate::desk::case) fn of(
        (all, decided, talk): (Vec<Approval>, Vec<(ApprovalId, Decided)>, Vec<(ApprovalId, Message)>),
    ) -> Self {
        Self { all, decided, talk }
    }

    /// The newest request about an offer, as somebody reads it.
    pub(super) fn newest(
        &self,
        offer: OfferId,
        times: &HashMap<Role, TimeDelta>,
        facts: &Facts,
        reader: Option<UserId>,
    ) -> Option<Request> {
        let request = self.all.iter().find(|request| request.offer == offer)?;
        let decided: Vec<&Decided> =
            self.decided.iter().filter(|(id, _)| *id == request.id).map(|(_, one)| one).collect();
        let talk = self.talk.iter().filter(|(id, _)| *id == request.id).map(|(_, one)| one.clone()).collect();
        Some(Request::of(request, &decided, talk, times, (facts, reader)))
    }
}

impl Request {
    fn of(
        request: &Approval,
        decided: &[&Decided],
        talk: Vec<Message>,
        times: &HashMap<Role, TimeDelta>,
        (facts, reader): (&Facts, Option<UserId>),
    ) -> Self {
        let open = request.stage.is_open();
        let who = if request.level == Role::Manager { "a manager" } else { "a supervisor" };
        let says = if open {
            let yes = decided.len();
            let more = match request.approvers {
                1 => String::new(),
                needed => format!(" {yes} of {needed} have said yes."),
            };
            let usual =
                times.get(&request.level).map(|time| format!(" {}", usually(request.level, *time))).unwrap_or_default();
            format!("Waiting for {who}, asked {}.{usual}{more}", time(request.asked_at, facts))
        } else {
            let at = request.ended_at.map(|at| format!(", {}", time(at, facts))).unwrap_or_default();
            format!("{}{at}.", request.stage.label())
        };
        Self {
            id: request.id,
            says,
            because: request.because(reader),
            words: request.words.clone(),
            open,
            decided: decided
                .iter()
                .map(|one| {
                    let place = one.on_behalf_of.as_ref().map(|of| format!(" for {of}")).unwrap_or_default();
                    (format!("{}{place}, {}", one.by_name, one.decision.label().to_lowercase()), one.reason.clone())
                })
                .collect(),
            to_answer: request.stage == approvals::Stage::QuestionAsked,
            talk,
        }
    }
}
