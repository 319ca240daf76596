//! The offers of a case: where each stands, who has it now, and what can be done with it.

use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::facts::Facts;
use super::approval::Requests;
use super::ground::Ground;
use super::shown::Shown;
use crate::auth::{Actor, MakeOffers};
use crate::desk::Choice;
use crate::error::{FormErrors, Result};
use crate::offers::{Offer, Stage};
use crate::requests;

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
        requests: &Requests,
        asked: &[requests::Request],
    ) -> Result<Self> {
        let may = actor.may::<MakeOffers>();
        let draft = all.iter().find(|offer| offer.stage == Stage::Draft);
        let grounds = match (actor.id, draft) {
            (Some(me), Some(offer)) if may && facts.case.is_live() => {
                Some(ground.grounds(connection, facts, me, offer.at_stake, None).await?)
            }
            _ => None,
        };
        let shown = |offer| Shown::of(offer, requests, asked, (ground, grounds.as_ref()), (facts, actor));
        Ok(Self { offers: all.into_iter().map(shown).collect::<Result<_>>()?, may, failed: None })
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

/// "Manufacturing and Logistics"
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
