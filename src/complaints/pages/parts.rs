//! What the page of a complaint shows, and the forms on it: what was typed into one that did not pass stands there again.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::{Allegation, Complaint, Finding, How, Round, SentHow, Stage, Stands, store};
use super::Choice;
use crate::accounts::People;
use crate::auth::{Actor, Can, Role, SeeCases, SignComplaints, WorkComplaints};
use crate::calendar;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{ComplaintId, UserId};
use crate::search::{self, Hit};
use crate::web::{App, Due};

/// How many customers are suggested for an unknown one.
const FEW: usize = 4;

/// What any form of the page holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// Which allegation, or which action.
    pub(super) of: String,
    pub(super) words: String,
    pub(super) finding: String,
    pub(super) answer: String,
    pub(super) was_words: String,
    pub(super) was_finding: String,
    pub(super) was_answer: String,
    pub(super) opening: String,
    pub(super) closing: String,
    pub(super) public_words: String,
    pub(super) was_opening: String,
    pub(super) was_closing: String,
    pub(super) was_public_words: String,
    pub(super) what: String,
    pub(super) done_on: String,
    pub(super) stands: String,
    pub(super) reviewer: String,
    pub(super) revision: String,
    pub(super) why: String,
    pub(super) how: String,
    pub(super) evidence: String,
    pub(super) received_on: String,
    pub(super) customer: String,
    pub(super) customer_id: String,
    /// Of the allegation that was on screen.
    pub(super) version: String,
}

/// The fields that stand in templates again.
macro_rules! fields {
    ($($name:ident)+) => {
        impl Typed {
            $(pub(super) fn $name(&self) -> &String {
                &self.$name
            })+
        }
    };
}
fields! {
    words finding answer was_words was_finding was_answer opening closing public_words was_opening was_closing
    was_public_words what done_on stands reviewer why how evidence received_on customer
}

/// A form that did not pass.
pub(super) struct Failed {
    pub(super) form: &'static str,
    pub(super) typed: Typed,
    pub(super) errors: FormErrors,
}

impl Failed {
    /// All that was written into it.
    pub(super) fn written(&self) -> Vec<&str> {
        let Typed { words, answer, opening, closing, public_words, what, why, evidence, .. } = &self.typed;
        let all = [words, answer, opening, closing, public_words, what, why, evidence];
        all.into_iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect()
    }
}

/// The page.
#[expect(clippy::struct_excessive_bools, reason = "what whoever looks may do, one by one")]
pub(super) struct View {
    pub(super) complaint: Complaint,
    pub(super) round: Round,
    pub(super) due: Option<Due>,
    pub(super) received: String,
    pub(super) ended: String,
    pub(super) missing: Vec<String>,
    /// Write the answer.
    pub(super) may: bool,
    /// Answer it after all.
    pub(super) may_bring_back: bool,
    /// Sign it off.
    pub(super) may_sign: bool,
    /// Whoever looks wrote on it.
    pub(super) own: bool,
    pub(super) reviewers: Vec<Choice>,
    pub(super) things: Vec<Choice>,
    pub(super) findings: Vec<Choice>,
    pub(super) ways: Vec<Choice>,
    pub(super) ends: Vec<Choice>,
    pub(super) suggested: Vec<Hit>,
    /// When it would be due, once extended.
    pub(super) extended: Option<String>,
    pub(super) files_hint: String,
    pub(super) today: String,
    zone: Tz,
    now: DateTime<Utc>,
    none: FormErrors,
    failed: Option<Failed>,
}

/// What a promise or an offer is called in a form.
pub(super) fn thing(stands: Stands) -> String {
    match stands {
        Stands::Promise(id) => format!("promise:{id}"),
        Stands::Offer(id) => format!("offer:{id}"),
    }
}

impl View {
    /// Reads all of it.
    ///
    /// # Errors
    /// `NotFound` when there is no such complaint.
    pub(super) async fn load(app: &App, can: &Can<SeeCases>, complaint: ComplaintId) -> Result<Self> {
        let now = app.now();
        let mut connection = app.db.read().await?;
        let people = app.kept::<People>(&mut connection, can).await?;
        let complaint = store::find(&mut connection, complaint).await?;
        let may = can.may::<WorkComplaints>() && complaint.stage != Stage::Closed;
        let writes = may && complaint.stage.owes();
        let (mut details, mut things) = (Vec::new(), Vec::new());
        if writes {
            details = store::details_of(&mut connection, &complaint).await?;
            things = store::things_done(&mut connection, complaint.case).await?;
        }
        let mut suggested = Vec::new();
        if may && complaint.unknown {
            suggested = suggest(&mut connection, can, &complaint).await?;
        }
        drop(connection);
        let zone = people.zone_of(can.team);
        let round = complaint.current().cloned().ok_or(Error::NotFound)?;
        let owes = complaint.stage.owes();
        let signs =
            |id: UserId| people.roles_of(id).iter().any(|role| matches!(role, Role::Supervisor | Role::Manager));
        let reviewers = people.colleagues().iter().filter(|one| signs(one.id) && Some(one.id) != can.id);
        Ok(Self {
            due: owes.then(|| Due::new(round.due_at, complaint.taken_in_at, &round.because, zone, now)),
            received: calendar::date(round.received_on, chrono::Datelike::year(&now)),
            ended: complaint.ended.as_ref().map(|ended| calendar::moment(ended.at, zone, now)).unwrap_or_default(),
            missing: if writes { complaint.missing(&details) } else { Vec::new() },
            may,
            may_bring_back: can.may::<WorkComplaints>() && complaint.may_come_back(),
            may_sign: can.may::<SignComplaints>(),
            own: complaint.was_written_by(can.id),
            reviewers: reviewers
                .filter(|one| !complaint.was_written_by(Some(one.id)))
                .map(|one| Choice::new(one.id.to_string(), &one.name))
                .collect(),
            things: things.into_iter().map(|(stands, words)| Choice::new(thing(stands), words)).collect(),
            findings: Finding::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            ways: SentHow::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            ends: [How::Withdrawn, How::Duplicate, How::NotOurs]
                .map(|one| Choice::new(one.name(), one.label()))
                .to_vec(),
            suggested,
            extended: complaint.extended(now).ok().map(|due| calendar::moment(due.at, zone, now)),
            files_hint: crate::files::hint(app.config.largest_file),
            today: now.with_timezone(&zone).date_naive().to_string(),
            zone,
            now,
            none: FormErrors::new(),
            failed: None,
            round,
            complaint,
        })
    }

    /// The same with a form that did not pass.
    pub(super) fn failed(self, failed: Failed) -> Self {
        Self { failed: Some(failed), ..self }
    }

    fn failed_at(&self, form: &str, of: &str) -> Option<&Failed> {
        self.failed.as_ref().filter(|failed| failed.form == form && failed.typed.of == of)
    }

    /// What is wrong with a form, about one allegation or none.
    pub(super) fn errors(&self, form: &str, of: &str) -> &FormErrors {
        self.failed_at(form, of).map_or(&self.none, |failed| &failed.errors)
    }

    /// A form did not pass.
    pub(super) fn is_failed(&self, form: &str, of: &str) -> bool {
        self.failed_at(form, of).is_some()
    }

    /// What was typed into a form that did not pass.
    pub(super) fn typed(&self, form: &str, of: &str) -> Option<&Typed> {
        self.failed_at(form, of).map(|failed| &failed.typed)
    }

    /// What stands in a field: what was typed, else what is saved.
    pub(super) fn text<'v>(
        &'v self,
        form: &str,
        of: &str,
        field: impl Fn(&'v Typed) -> &'v String,
        saved: &'v str,
    ) -> &'v str {
        self.typed(form, of).map_or(saved, |typed| field(typed).as_str())
    }

    /// A form that did not pass and has no place on the page any more, since somebody else went on meanwhile.
    pub(super) fn left_over(&self) -> Option<&Failed> {
        let failed = self.failed.as_ref()?;
        let of = failed.typed.of.as_str();
        let stage = self.complaint.stage;
        let listed = || self.allegations().iter().any(|one| one.id.to_string() == of);
        let stands = match failed.form {
            "allegation" => self.writes() && (of.is_empty() || listed()),
            "removal" => self.writes() && listed(),
            "action" | "letter" => self.writes(),
            "review" => self.writes() && matches!(stage, Stage::Received | Stage::Answering),
            "signature" | "return" => stage == Stage::InReview && self.may_sign && !self.own,
            "sending" => self.may && stage == Stage::Signed,
            "rebuttal" => self.may_rebut(),
            "extension" => self.writes() && self.extended.is_some(),
            "customer" => self.may && self.complaint.unknown,
            "closing" => self.may,
            "reopening" => self.may_bring_back,
            _ => false,
        };
        (!stands).then_some(failed)
    }

    /// The answer is written: it is owed, and whoever looks may.
    pub(super) fn writes(&self) -> bool {
        self.may && self.complaint.stage.owes()
    }

    /// Of this round.
    pub(super) fn allegations(&self) -> Vec<&Allegation> {
        self.complaint.allegations_of(self.complaint.round).collect()
    }

    /// Which allegation stands open: the first without an answer.
    pub(super) fn is_open(&self, allegation: &Allegation) -> bool {
        let first = self.allegations().into_iter().find(|one| !one.is_answered()).map(|one| one.id);
        let of = allegation.id.to_string();
        first == Some(allegation.id) || self.is_failed("allegation", &of) || self.is_failed("removal", &of)
    }

    /// Of this round.
    pub(super) fn actions(&self) -> Vec<&super::super::ActionTaken> {
        self.complaint.actions_of(self.complaint.round).collect()
    }

    /// A moment as whoever looks reads it.
    pub(super) fn moment(&self, at: &DateTime<Utc>) -> String {
        calendar::moment(*at, self.zone, self.now)
    }

    /// A day.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as templates hand it over")]
    pub(super) fn day(&self, day: &chrono::NaiveDate) -> String {
        calendar::date(*day, chrono::Datelike::year(&self.now))
    }

    /// Who wrote on it.
    pub(super) fn authors(&self) -> String {
        self.round.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The rounds before this one.
    pub(super) fn before(&self) -> impl Iterator<Item = &Round> {
        self.complaint.rounds.iter().filter(|one| one.round < self.complaint.round)
    }

    /// They may come back to the answer that was sent.
    pub(super) fn may_rebut(&self) -> bool {
        self.may && self.complaint.stage == Stage::Sent && self.complaint.round < self.complaint.template.rounds
    }

    /// Why its deadline cannot be extended.
    pub(super) fn fixed_because(&self) -> Option<String> {
        let refusal = self.complaint.extended(self.now).err()?;
        self.complaint.stage.owes().then(|| refusal.to_string())
    }
}

/// Who may have complained, by what the source says of them.
async fn suggest(connection: &mut sqlx::PgConnection, actor: &Actor, complaint: &Complaint) -> Result<Vec<Hit>> {
    let who = &complaint.complainant;
    let mut found: Vec<Hit> = Vec::new();
    let known_by = [&who.phone, &who.email, &who.name].into_iter().filter(|text| !text.is_empty());
    for text in known_by.take(2) {
        let hits = search::find(connection, actor, text, 3 * FEW).await?;
        for hit in hits {
            if hit.customer != complaint.customer && !found.iter().any(|one| one.customer == hit.customer) {
                found.push(hit);
            }
        }
    }
    found.truncate(FEW);
    Ok(found)
}
