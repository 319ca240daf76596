//! The gate (R10): whether each department that a type of offers or promises names says yes, to the exact terms or to the
//! promise, at a moment. The database asks the same as an offer is presented and accepted, and as a promise is made.

use chrono::{DateTime, Utc};

use super::{Request, Stage};
use crate::ids::{DepartmentId, OfferId, PromiseTypeId, RequestId};

/// What a department says to the terms of an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nobody asked it.
    NotAsked,
    /// It was asked.
    Waiting,
    /// It sent the check back for what is missing.
    Returned,
    /// It said yes, and that counts.
    Yes,
    /// It said yes if …, and nobody has accepted the conditions.
    Conditions,
    /// It said no.
    No,
    /// Its yes has run out.
    RanOut,
    /// It took its yes back.
    Withdrawn,
    /// It said yes, and could not.
    CouldNot,
}

impl Standing {
    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotAsked => "Not asked",
            Self::Waiting => "Asked",
            Self::Returned => "Returned",
            Self::Yes => "Confirmed",
            Self::Conditions => "Yes, if …",
            Self::No => "Not possible",
            Self::RanOut => "Ran out",
            Self::Withdrawn => "Withdrawn",
            Self::CouldNot => "Said yes, could not",
        }
    }

    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Yes => "good",
            Self::NotAsked | Self::Waiting => "info",
            Self::Returned | Self::Conditions | Self::RanOut => "warn",
            Self::No | Self::Withdrawn | Self::CouldNot => "bad",
        }
    }

    /// Whether asking now makes sense: nothing is under way, and no answer stands.
    #[must_use]
    pub fn may_ask(self) -> bool {
        matches!(self, Self::NotAsked | Self::RanOut | Self::Withdrawn)
    }
}

/// What one department says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    /// Which.
    pub department: DepartmentId,
    /// Its name.
    pub name: String,
    /// The check that counts: the one under way, else the newest answer.
    pub request: Option<RequestId>,
    /// What it says.
    pub standing: Standing,
}

impl Need {
    /// "Manufacturing has not answered yet."
    #[must_use]
    pub fn sentence(&self) -> String {
        let name = &self.name;
        match self.standing {
            Standing::NotAsked => format!("{name} has not been asked."),
            Standing::Waiting => format!("{name} has not answered yet."),
            Standing::Returned => format!("{name} returned the check: say what was missing."),
            Standing::Yes => format!("{name} said yes."),
            Standing::Conditions => format!("{name} said yes if …: accept the conditions first."),
            Standing::No => format!("{name} said no."),
            Standing::RanOut => format!("The yes of {name} has run out."),
            Standing::Withdrawn => format!("{name} took its yes back."),
            Standing::CouldNot => format!("{name} said yes and could not."),
        }
    }
}

/// What each department says to these terms at a moment. Of several answers of one the newest counts; what is under way
/// tells where it stands while no yes counts.
#[must_use]
pub fn needs(
    departments: &[(DepartmentId, String)],
    requests: &[Request],
    terms: (OfferId, i32),
    at: DateTime<Utc>,
) -> Vec<Need> {
    needs_about(departments, requests, |one| one.offer == Some(terms), at)
}

/// What each department says to a promise of a type, of what was asked in one case. A yes on which a promise was made
/// carries no other.
#[must_use]
pub fn needs_of_promise(
    departments: &[(DepartmentId, String)],
    requests: &[Request],
    of: PromiseTypeId,
    at: DateTime<Utc>,
) -> Vec<Need> {
    let free = |one: &Request| one.answer.as_ref().is_none_or(|answer| answer.promise.is_none());
    needs_about(departments, requests, |one| one.promise_type == Some(of) && free(one), at)
}

fn needs_about(
    departments: &[(DepartmentId, String)],
    requests: &[Request],
    about: impl Fn(&Request) -> bool,
    at: DateTime<Utc>,
) -> Vec<Need> {
    departments
        .iter()
        .map(|(department, name)| {
            let of = |one: &&Request| one.department == *department && about(one);
            let answered = requests
                .iter()
                .filter(of)
                .filter_map(|one| one.answer.as_ref().map(|answer| (answer.at, one.id, answer)))
                .max_by_key(|(when, id, _)| (*when, *id))
                .map(|(_, id, answer)| (id, answer.standing(at)));
            let live = requests.iter().filter(of).find(|one| one.stage.is_live());
            let (request, standing) = match (answered, live) {
                (Some((id, Standing::Yes)), _) => (Some(id), Standing::Yes),
                (_, Some(live)) => {
                    let waits = if live.stage == Stage::Returned { Standing::Returned } else { Standing::Waiting };
                    (Some(live.id), waits)
                }
                (Some((id, standing)), None) => (Some(id), standing),
                (None, None) => (None, Standing::NotAsked),
            };
            Need { department: *department, name: name.clone(), request, standing }
        })
        .collect()
}

/// Why it cannot be told to the customer yet; none when every department says yes.
#[must_use]
pub fn unmet(needs: &[Need]) -> Option<String> {
    let why: Vec<String> = needs.iter().filter(|need| need.standing != Standing::Yes).map(Need::sentence).collect();
    (!why.is_empty()).then(|| why.join(" "))
}
