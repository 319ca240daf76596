//! One request with all it takes to decide it.

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::economics::{self, Choice};
use super::super::{Approval, Stage, store};
use super::checks::{Check, checks, not_yours};
use super::decide::Counter;
use super::facts::{CounterField, Facts, counter_fields};
use super::first_name;
use super::history::History;
use super::list::{Seen, tone};
use crate::accounts::People;
use crate::auth::{Can, DecideApprovals};
use crate::calendar;
use crate::db::{first, together};
use crate::economics::Gain;
use crate::error::Result;
use crate::ids::{ApprovalId, CaseId, CustomerId};
use crate::offers::Offer;
use crate::web::{App, Due, fresh_key};

/// What the page shows of a request.
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that is there or not")]
pub(super) struct Packet {
    pub(super) id: ApprovalId,
    pub(super) case: CaseId,
    /// Whose data it holds.
    pub(super) of: CustomerId,
    pub(super) once: Uuid,
    /// The revision on screen: only these terms are decided (R9).
    pub(super) seen: i32,
    pub(super) title: String,
    /// What people call the offer: `OF-50001`.
    pub(super) offer: String,
    /// The terms in a word: `20%`.
    pub(super) short: String,
    pub(super) open: bool,
    pub(super) tone: &'static str,
    pub(super) stage: String,
    pub(super) customer: String,
    pub(super) code: String,
    pub(super) asked_by: String,
    pub(super) first_name: String,
    pub(super) asked_at: String,
    pub(super) because: String,
    pub(super) words: String,
    pub(super) at_risk: String,
    pub(super) total: String,
    pub(super) due: Due,
    pub(super) choices: Vec<Choice>,
    /// Which of them was asked for.
    pub(super) asked: usize,
    pub(super) is_order: bool,
    pub(super) costs_known: bool,
    /// What came of offers of the type before, where enough cases say.
    pub(super) gain: Option<Gain>,
    pub(super) checks: Vec<Check>,
    pub(super) history: History,
    pub(super) messages: Vec<Said>,
    pub(super) decisions: Vec<Said>,
    /// "1 of 2 approved"; empty when one is enough.
    pub(super) progress: String,
    /// Why the viewer does not decide it; empty when they do.
    pub(super) not_yours: String,
    /// In whose place they may: id and words, the first one chosen.
    pub(super) places: Vec<(String, String)>,
    pub(super) second_discount: bool,
    pub(super) counter: Vec<CounterField>,
}

/// What somebody said of the request.
pub(super) struct Said {
    pub(super) who: String,
    pub(super) what: String,
    pub(super) at: String,
    pub(super) words: String,
}

impl Packet {
    /// Reads all of it.
    ///
    /// # Errors
    /// `NotFound` when there is no such request.
    pub(super) async fn load(
        app: &App,
        connection: &mut PgConnection,
        can: &Can<DecideApprovals>,
        (approval, offer): (Approval, Offer),
        seen: Seen,
        counter: &Counter,
    ) -> Result<Self> {
        let tried = counter.try_terms(&offer.revision.terms, approval.exposure.currency);
        let people = app.kept::<People>(connection, can).await?;
        let (catalogue, policy) = (app.kept(connection, can).await?, app.kept(connection, can).await?);
        let id = approval.id;
        let parts = (
            Facts::asked(&approval, &offer, seen.now),
            History::asked(&approval, seen),
            (
                store::standing(id, seen.me, seen.now),
                store::on_behalf(id, seen.me, seen.now),
                store::deciders_part(id, seen.now),
                store::gave_discount(&approval, seen.now),
            ),
            (store::decisions_part(id), store::messages_part(id)),
        );
        let (beside, history, (standing, places, deciders, second), (decisions, messages)) =
            together(connection, parts).await?;
        let (standing, second) = (first(standing)?, first(second)?);
        let facts = Facts::of((approval, offer), beside, (&catalogue, &policy), seen.now)?;
        let Facts { approval, offer, about, .. } = &facts;
        let moment = |at| calendar::moment(at, seen.zone, seen.now);
        let limit = facts.at_their_limit(people.roles_of(approval.asked_by));
        let (choices, asked) = facts.choices(limit.as_ref(), tried.as_ref());
        // in the place of somebody absent only, their limits are what counts
        let absent = places.first().and_then(Option::as_ref);
        let roles = people.roles_of(absent.map_or(seen.me, |(id, _)| *id));
        let whose = absent.map(|(_, name)| name.as_str());
        let history = History::of(connection, approval, seen, history).await?;
        let first_name = first_name(&approval.asked_by_name).to_owned();
        let approved = decisions.iter().filter(|one| one.decision != Stage::Declined).count();
        Ok(Self {
            id: approval.id,
            case: approval.case,
            of: approval.customer,
            once: fresh_key(),
            seen: approval.revision,
            title: offer.summary(),
            offer: offer.code(),
            short: economics::short(&offer.revision.terms),
            open: approval.stage.is_open(),
            tone: tone(approval.stage),
            stage: match approval.stage {
                Stage::Pending if standing.decides => "Waiting for you".to_owned(),
                stage => stage.label().to_owned(),
            },
            customer: about.customer.clone(),
            code: format!("SD-{}", about.number),
            asked_at: moment(approval.asked_at),
            because: approval.because(Some(seen.me)),
            words: approval.words.clone(),
            at_risk: about.at_risk.short(),
            total: facts.total().short(),
            due: Due::new(approval.due_at, approval.asked_at, &approval.due_because, seen.zone, seen.now),
            is_order: facts.subject.is_order,
            costs_known: facts.subject.costs.is_some(),
            gain: facts.weighed.as_ref().and_then(|weighed| weighed.gain),
            checks: checks(&facts, standing, (whose, roles), second),
            history,
            messages: messages
                .into_iter()
                .map(|one| Said {
                    who: one.by_name,
                    what: if one.question { "asked" } else { "answered" }.to_owned(),
                    at: moment(one.at),
                    words: one.body,
                })
                .collect(),
            progress: match approval.approvers {
                ..=1 => String::new(),
                approvers => format!("{approved} of {approvers} approved"),
            },
            not_yours: not_yours(approval, standing, &deciders),
            decisions: decisions
                .into_iter()
                .map(|one| Said {
                    what: match &one.on_behalf_of {
                        Some(absent) => format!("{} it in {absent}’s place", did(one.decision)),
                        None => format!("{} it", did(one.decision)),
                    },
                    who: one.by_name,
                    at: moment(one.at),
                    words: one.reason,
                })
                .collect(),
            places: places
                .into_iter()
                .map(|place| match place {
                    Some((id, name)) => (id.to_string(), format!("In {name}’s place, who is away")),
                    None => (String::new(), "In my own name".to_owned()),
                })
                .collect(),
            second_discount: second,
            counter: counter_fields(&facts, tried.or(limit)),
            asked_by: approval.asked_by_name.clone(),
            first_name,
            choices,
            asked,
        })
    }
}

impl Packet {
    /// Whether anybody knows when a choice pays for itself.
    pub(super) fn pays(&self) -> bool {
        self.choices.iter().any(|choice| choice.returns.is_some())
    }

    /// Whether enough cases say what such offers brought.
    pub(super) fn brings(&self) -> bool {
        self.choices.iter().filter_map(|choice| choice.returns).any(|returns| returns.roi.is_some())
    }
}

fn did(stage: Stage) -> &'static str {
    match stage {
        Stage::Declined => "declined",
        Stage::ApprovedWithChanges => "approved less of",
        _ => "approved",
    }
}
