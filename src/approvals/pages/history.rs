//! What went before a request: of its customer, of who asks, of requests like it, of its case.

use sqlx::PgConnection;

use super::super::Approval;
use super::super::store::{self, Conceded, Like, Requester};
use super::first_name;
use super::list::{Seen, Summaries, tone};
use crate::calendar;
use crate::cases::Outcome;
use crate::db::{Part, first};
use crate::error::Result;
use crate::interactions::{self, Interaction};
use crate::offers;

/// Entries of the case's log that are shown.
const LOG: i64 = 5;

/// All of it, in words.
pub(super) struct History {
    pub(super) past: Vec<Past>,
    pub(super) requests: String,
    pub(super) requests_sub: String,
    pub(super) like: Vec<Past>,
    pub(super) log: Vec<Entry>,
}

/// Something that was offered or decided before.
pub(super) struct Past {
    pub(super) href: String,
    pub(super) what: String,
    pub(super) tone: &'static str,
    pub(super) end: String,
    pub(super) sub: String,
}

/// An entry of the case's log.
pub(super) struct Entry {
    pub(super) what: String,
    pub(super) sub: String,
    pub(super) words: String,
}

/// What it is made of, and what that is answered with.
type Read<R, C, L, I> = (R, C, L, I);

impl History {
    /// What it is made of.
    pub(super) fn asked(
        approval: &Approval,
        seen: Seen,
    ) -> Read<Part<Requester>, Part<Conceded>, Part<Like>, Part<Interaction>> {
        (
            store::requester(approval, seen.now),
            store::conceded(approval, seen.now),
            store::like(approval.id),
            interactions::of_case_part(approval.case, None, LOG),
        )
    }

    /// Of what was read, with the words of the offers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn of(
        connection: &mut PgConnection,
        approval: &Approval,
        seen: Seen,
        (requester, conceded, like, log): Read<Vec<Requester>, Vec<Conceded>, Vec<Like>, Vec<Interaction>>,
    ) -> Result<Self> {
        let requester = first(requester)?;
        let ids: Vec<_> = conceded.iter().map(|one| one.offer).chain(like.iter().map(|one| one.offer)).collect();
        let summaries = Summaries::load(connection, &ids).await?;
        let requests = match requester.asked {
            1 => "1 request".to_owned(),
            asked => format!("{asked} requests"),
        };
        Ok(Self {
            past: conceded.iter().map(|one| Past::conceded(one, &summaries, seen)).collect(),
            requests: format!(
                "{}: {requests} in 90 days, {} approved, {} declined",
                first_name(&approval.asked_by_name),
                requester.approved,
                requester.declined
            ),
            requests_sub: match requester.approved {
                0 => String::new(),
                1 if requester.accepted == 1 => "The customer accepted what was approved".to_owned(),
                1 => "The customer has not accepted what was approved".to_owned(),
                approved => format!("{} of the {approved} approved were accepted by the customer", requester.accepted),
            },
            like: like.iter().map(|one| Past::like(one, &summaries, seen)).collect(),
            log: log.into_iter().map(|entry| Entry::of(entry, seen)).collect(),
        })
    }
}

impl Past {
    fn conceded(one: &Conceded, summaries: &Summaries, seen: Seen) -> Self {
        let day = calendar::day(one.at, seen.zone, seen.now);
        let whose = if one.own { String::new() } else { format!("{}, linked account, ", one.customer) };
        Self {
            href: format!("/cases/{}", one.case),
            what: summaries.of(one.offer, one.revision),
            tone: one.stage.tone(),
            end: one.stage.label().to_owned(),
            sub: format!("{whose}{day}. Cost {}", one.cost),
        }
    }

    fn like(one: &Like, summaries: &Summaries, seen: Seen) -> Self {
        let day = calendar::day(one.ended_at, seen.zone, seen.now);
        Self {
            href: format!("/approvals/{}", one.id),
            what: format!("{}, {}", summaries.of(one.offer, one.revision), one.customer),
            tone: tone(one.stage),
            end: one.stage.label().to_owned(),
            sub: format!("{day}. Asked cost {}. {}", one.cost, turned_out(one.answer, one.outcome)),
        }
    }
}

impl Entry {
    fn of(entry: Interaction, seen: Seen) -> Self {
        let moment = |at| calendar::moment(at, seen.zone, seen.now);
        let mut sub = vec![entry.by_name.unwrap_or_else(|| "Savedesk".to_owned()), moment(entry.at)];
        sub.extend(entry.objection.map(|objection| format!("objection {}", objection.to_lowercase())));
        if !entry.levers.is_empty() {
            sub.push(format!("tried {}", entry.levers.join(", ").to_lowercase()));
        }
        Self {
            what: match entry.response {
                Some(response) => format!("{}: {}", entry.kind.label(), response.label().to_lowercase()),
                None => entry.kind.label().to_owned(),
            },
            sub: sub.join(", "),
            words: entry.body,
        }
    }
}

fn turned_out(answer: offers::Stage, outcome: Option<Outcome>) -> String {
    let offer = format!("Offer {}", answer.label().to_lowercase());
    match outcome {
        Some(outcome) => format!("{offer}; case ended {}", outcome.label().to_lowercase()),
        None => format!("{offer}; case still open"),
    }
}
