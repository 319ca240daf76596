//! One offer of a case: where it stands, what departments say to it, and what one may do with it.

use chrono::{DateTime, Datelike as _, Utc};

use super::super::facts::Facts;
use super::answer::time;
use super::approval::{Request, Requests};
use super::ground::Ground;
use super::list::listed;
use crate::auth::{Actor, Role};
use crate::calendar;
use crate::cases::AtStake;
use crate::error::Result;
use crate::limits::{Asked, Verdict};
use crate::offers::{self, Offer, Stage};
use crate::requests::{self, Need, Standing};

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

impl Shown {
    /// As somebody sees it. A draft is weighed on the grounds that they have for it.
    ///
    /// # Errors
    /// When the offer's type is not in the catalogue.
    pub(super) fn of(
        offer: Offer,
        requests: &Requests,
        asked: &[requests::Request],
        (ground, grounds): (&Ground, Option<&offers::Grounds>),
        (facts, actor): (&Facts, &Actor),
    ) -> Result<Self> {
        Ok(Self {
            approval: requests.newest(offer.id, &ground.times, facts, actor.id),
            draft: grounds
                .filter(|_| offer.stage == Stage::Draft)
                .map(|grounds| Draft::of(&offer, grounds, &actor.roles)),
            summary: offer.summary(),
            about: about(&offer, facts),
            stands: stands(&offer, facts),
            needs: said(&offer, ground, asked, facts)?,
            live: facts.case.is_live(),
            offer,
        })
    }

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
    // from what it costs one reckons what they pay (R19)
    let cost = if facts.masked() { String::new() } else { format!(" · Cost {}", offer.revision.exposure) };
    format!("{}{what}{cost}{revision} · {by}, {}", offer.revision.name, time(offer.revision.at, facts))
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
    let year = facts.now.with_timezone(&facts.zone).year();
    Ok(needs
        .into_iter()
        .map(|need| {
            let request = asked.iter().find(|one| Some(one.id) == need.request);
            let answer = request.and_then(|one| one.answer.as_ref());
            let facts_of = |answer: &requests::Answer| {
                let says = if answer.expedited { "expedited for" } else { "costs" };
                let parts = [
                    answer.possible_on.map(|day| format!("possible on {}", calendar::date(day, year))),
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
