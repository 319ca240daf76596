//! The offers of a case: where each stands, who has it now, and what can be done with it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::facts::Facts;
use super::answer::{time, usually};
use super::ground::Ground;
use crate::approvals::{self, Approval, Decided, Message};
use crate::auth::{Actor, MakeOffers, Role};
use crate::cases::AtStake;
use crate::db::Part;
use crate::desk::Choice;
use crate::error::{FormErrors, Result};
use crate::ids::{ApprovalId, CaseId, UserId};
use crate::limits::{Asked, Verdict};
use crate::offers::{self, Offer, Stage};
use crate::requests::{self, Need, Standing};

/// What is done with an offer or a request, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::desk::case) struct ActForm {
    /// The revision that was on screen.
    pub(in crate::desk::case) seen: i32,
    /// `phone` or `written`.
    pub(in crate::desk::case) means: String,
    /// Code of what stood between the customer and accepting it.
    pub(in crate::desk::case) objection: String,
    /// Why it is declined or withdrawn.
    pub(in crate::desk::case) why: String,
    /// To the approver.
    pub(in crate::desk::case) words: String,
}

/// A form on the card that did not pass.
pub(in crate::desk::case) struct Failed {
    pub(in crate::desk::case) of: Uuid,
    /// Which of its forms.
    pub(in crate::desk::case) form: &'static str,
    pub(in crate::desk::case) typed: ActForm,
    pub(in crate::desk::case) errors: FormErrors,
}

/// The card.
pub(in crate::desk::case) struct Listed {
    pub(in crate::desk::case) offers: Vec<Shown>,
    pub(in crate::desk::case) may: bool,
    pub(in crate::desk::case) failed: Option<Failed>,
}

/// One offer as shown.
pub(in crate::desk::case) struct Shown {
    pub(in crate::desk::case) offer: Offer,
    pub(in crate::desk::case) summary: String,
    pub(in crate::desk::case) about: String,
    pub(in crate::desk::case) stands: String,
    pub(in crate::desk::case) approval: Option<Request>,
    /// What one may do with a draft.
    pub(in crate::desk::case) draft: Option<Draft>,
    /// What each department says whose yes it needs (R10).
    pub(in crate::desk::case) needs: Vec<Said>,
    pub(in crate::desk::case) live: bool,
}

/// What a department says to an offer.
pub(in crate::desk::case) struct Said {
    pub(in crate::desk::case) need: Need,
    /// What somebody has to accept first.
    pub(in crate::desk::case) conditions: Option<String>,
    /// The facts of a yes.
    pub(in crate::desk::case) sub: String,
}

/// What one may do with a draft.
pub(in crate::desk::case) enum Draft {
    Give,
    Ask(&'static str),
    Nothing(String),
}

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
}

impl Listed {
    /// The offers of a case, newest first. What a draft may become is weighed as the builder weighed its own, where that is
    /// about the same.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(in crate::desk::case) async fn load(
        connection: &mut PgConnection,
        facts: &Facts,
        actor: &Actor,
        ground: &Ground,
        all: Vec<Offer>,
        Requests { all: requests, decided, talk }: Requests,
        asked: &[requests::Request],
    ) -> Result<Self> {
        let may = actor.may::<MakeOffers>();
        let times = &ground.times;
        let mut shown = Vec::with_capacity(all.len());
        let draft = all.iter().find(|offer| offer.stage == Stage::Draft);
        let grounds = match (actor.id, draft) {
            (Some(me), Some(offer)) if may && facts.case.is_live() => {
                Some(ground.grounds(connection, facts, me, offer.at_stake, None).await?)
            }
            _ => None,
        };
        for offer in all {
            let request = requests.iter().find(|request| request.offer == offer.id);
            let of = |id: &ApprovalId| request.is_some_and(|request| request.id == *id);
            let decided: Vec<&Decided> = decided.iter().filter(|(id, _)| of(id)).map(|(_, one)| one).collect();
            let talk: Vec<&Message> = talk.iter().filter(|(id, _)| of(id)).map(|(_, one)| one).collect();
            shown.push(Shown {
                approval: request.map(|request| Request::of(request, &decided, &talk, times, (facts, actor.id))),
                draft: grounds
                    .as_ref()
                    .filter(|_| offer.stage == Stage::Draft)
                    .map(|grounds| Draft::of(&offer, grounds, &actor.roles)),
                summary: offer.summary(),
                about: about(&offer, facts),
                stands: stands(&offer, facts),
                needs: said(&offer, ground, asked, facts)?,
                live: facts.case.is_live(),
                offer,
            });
        }
        Ok(Self { offers: shown, may, failed: None })
    }

    /// What did not pass in the fields of one form of one offer.
    pub(in crate::desk::case) fn errors(&self, of: Uuid, form: &str) -> FormErrors {
        let failed = self.failed.as_ref().filter(|failed| failed.of == of && failed.form == form);
        failed.map(|failed| failed.errors.parted(true)).unwrap_or_default()
    }

    /// Why something was not done with an offer or the request about it: its form may be gone, since it moved on.
    pub(in crate::desk::case) fn refused(&self, shown: &Shown) -> FormErrors {
        let request = shown.approval.as_ref().map(|request| request.id.uuid());
        let of = |failed: &&Failed| failed.of == shown.offer.id.uuid() || Some(failed.of) == request;
        self.failed.as_ref().filter(of).map(|failed| failed.errors.parted(false)).unwrap_or_default()
    }

    /// What was typed into it.
    pub(in crate::desk::case) fn typed(&self, of: Uuid, form: &str) -> ActForm {
        let failed = self.failed.as_ref().filter(|failed| failed.of == of && failed.form == form);
        failed.map(|failed| failed.typed.clone()).unwrap_or_default()
    }

    /// Whether that is the form to mend.
    pub(in crate::desk::case) fn is_open(&self, of: Uuid, form: &str) -> bool {
        self.failed.as_ref().is_some_and(|failed| failed.of == of && failed.form == form)
    }

    /// What a save attempt may say was offered.
    pub(in crate::desk::case) fn to_log(&self) -> Vec<Choice> {
        let mut choices = vec![Choice::new("", "None this time")];
        for shown in self.offers.iter().filter(|shown| shown.live && (shown.is_presented() || shown.may_present())) {
            let value = format!("{}:{}", shown.offer.id, shown.offer.revision.number);
            let stage = shown.offer.stage.label().to_lowercase();
            choices.push(Choice::new(value, format!("{} ({stage})", shown.summary)));
        }
        choices
    }

    /// How many are under way.
    pub(in crate::desk::case) fn open(&self) -> usize {
        self.offers.iter().filter(|shown| shown.offer.stage.is_open()).count()
    }
}

impl Shown {
    /// Before the ids of a form's fields.
    pub(in crate::desk::case) fn pre(&self, form: &str) -> String {
        format!("{form}{}-", self.offer.id.uuid().simple())
    }

    /// An offer that is still to be answered or presented, in a live case.
    pub(in crate::desk::case) fn can_act(&self) -> bool {
        self.live && self.offer.stage.is_open()
    }

    pub(in crate::desk::case) fn is_draft(&self) -> bool {
        self.offer.stage == Stage::Draft
    }

    pub(in crate::desk::case) fn may_present(&self) -> bool {
        (matches!(self.draft, Some(Draft::Give)) || self.offer.stage == Stage::Ready) && self.is_feasible()
    }

    /// Whether every department whose yes it needs says yes.
    pub(in crate::desk::case) fn is_feasible(&self) -> bool {
        self.needs.iter().all(|said| said.need.standing == Standing::Yes)
    }

    /// The departments to ask now, in words: "Manufacturing and Logistics".
    pub(in crate::desk::case) fn departments_to_ask(&self) -> Option<String> {
        let names: Vec<&str> =
            self.needs.iter().filter(|said| said.need.standing.may_ask()).map(|said| said.need.name.as_str()).collect();
        (!names.is_empty() && self.can_act()).then(|| listed(&names))
    }

    /// Who is to be asked.
    pub(in crate::desk::case) fn to_ask(&self) -> Option<&'static str> {
        match self.draft {
            Some(Draft::Ask(who)) => Some(who),
            _ => None,
        }
    }

    /// Why nobody may give it.
    pub(in crate::desk::case) fn nobody(&self) -> Option<&str> {
        match &self.draft {
            Some(Draft::Nothing(why)) => Some(why),
            _ => None,
        }
    }

    pub(in crate::desk::case) fn is_presented(&self) -> bool {
        self.offer.stage == Stage::Presented
    }

    pub(in crate::desk::case) fn is_revisable(&self) -> bool {
        self.can_act()
    }

    pub(in crate::desk::case) fn has_confirmation(&self) -> bool {
        self.offer.presented.is_some() && self.offer.stage != Stage::Withdrawn
    }

    /// A draft whose departments are asked (R10).
    fn is_checked(&self) -> bool {
        let waits = |said: &Said| matches!(said.need.standing, Standing::Waiting | Standing::Returned);
        self.is_draft() && self.needs.iter().any(waits)
    }

    /// Where it stands, in a word.
    pub(in crate::desk::case) fn label(&self) -> &'static str {
        if self.is_checked() { "Checking feasibility" } else { self.offer.stage.label() }
    }

    /// The mark of its stage.
    pub(in crate::desk::case) fn mark(&self) -> &'static str {
        match self.offer.stage {
            _ if self.is_checked() => "dept",
            Stage::Draft => "new",
            Stage::AwaitingApproval => "approval",
            Stage::Presented => "offer",
            Stage::Ready => "working",
            _ => "",
        }
    }
}

impl Draft {
    /// What the policy check says of terms that the database has reckoned already.
    fn of(offer: &Offer, grounds: &offers::Grounds, roles: &[Role]) -> Self {
        let revision = &offer.revision;
        let asked = Asked {
            offer_type: offer.offer_type.clone(),
            percent: revision.terms.percent(),
            months: revision.terms.months(),
            exposure: revision.exposure,
            margin: revision.margin,
            customer_before: grounds.customer_before,
            week_before: grounds.week_before,
        };
        match grounds.limits.check(roles, &asked) {
            Verdict::Within => Self::Give,
            Verdict::NeedsApproval { by: Role::Manager, .. } => Self::Ask("a manager"),
            Verdict::NeedsApproval { .. } => Self::Ask("a supervisor"),
            Verdict::NotPossible { because } => {
                Self::Nothing(because.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            }
        }
    }
}

impl Request {
    fn of(
        request: &Approval,
        decided: &[&Decided],
        talk: &[&Message],
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
            talk: talk.iter().map(|one| (*one).clone()).collect(),
        }
    }
}

/// "Percent discount · Cost $4,158.00 · Priya Raman, 10:40"
fn about(offer: &Offer, facts: &Facts) -> String {
    let by = if offer.revision.counter {
        format!("lowered by {}", offer.revision.by_name)
    } else {
        offer.revision.by_name.clone()
    };
    let what = match offer.at_stake {
        AtStake::Everything => "",
        at_stake if at_stake == facts.case.at_stake => "",
        AtStake::Subscription(_) => " · another subscription",
        AtStake::Order(_) => " · another order",
    };
    let revision =
        if offer.revision.number > 1 { format!(" · revision {}", offer.revision.number) } else { String::new() };
    format!(
        "{}{what} · Cost {}{revision} · {by}, {}",
        offer.revision.name,
        offer.revision.exposure,
        time(offer.revision.at, facts)
    )
}

/// Where it stands, in words.
fn stands(offer: &Offer, facts: &Facts) -> String {
    let shown = |at: Option<DateTime<Utc>>| at.map(|at| time(at, facts)).unwrap_or_default();
    match offer.stage {
        Stage::Draft | Stage::AwaitingApproval => String::new(),
        Stage::Ready => "Approved. Present it to the customer.".to_owned(),
        Stage::Presented => {
            let open = offer.presented.map(|shown| facts.moment(&shown.open_until)).unwrap_or_default();
            format!("Presented {}, open until {open}.", shown(offer.presented.map(|shown| shown.at)))
        }
        Stage::Declined | Stage::Withdrawn => {
            let why = offer.ended_because.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            let objection = offer.objection.as_deref().map(|one| format!(" ({one})")).unwrap_or_default();
            format!("{} {}{objection}{why}", offer.stage.label(), shown(offer.ended_at))
        }
        stage => format!("{} {}.", stage.label(), shown(offer.ended_at)),
    }
}

/// What each department says to the newest terms of an open offer.
fn said(offer: &Offer, ground: &Ground, asked: &[requests::Request], facts: &Facts) -> Result<Vec<Said>> {
    if !offer.stage.is_open() {
        return Ok(Vec::new());
    }
    let of_type = ground.catalogue.find_version(offer.revision.version)?;
    let needs = requests::needs(&of_type.departments, asked, (offer.id, offer.revision.number), facts.now);
    let year = chrono::Datelike::year(&facts.now.with_timezone(&facts.zone));
    Ok(needs
        .into_iter()
        .map(|need| {
            let request = asked.iter().find(|one| Some(one.id) == need.request);
            let answer = request.and_then(|one| one.answer.as_ref());
            let facts_of = |answer: &requests::Answer| {
                let says = if answer.expedited { "expedited for" } else { "costs" };
                let parts = [
                    answer.possible_on.map(|day| format!("possible on {}", crate::calendar::date(day, year))),
                    answer.cost.map(|cost| format!("{says} {cost}")),
                    answer.valid_until.map(|until| format!("valid until {}", facts.moment(&until))),
                ];
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            };
            Said {
                conditions: answer
                    .filter(|_| need.standing == Standing::Conditions)
                    .and_then(|answer| answer.conditions.clone()),
                sub: answer.map(facts_of).unwrap_or_default(),
                need,
            }
        })
        .collect())
}

/// "Manufacturing and Logistics"
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
