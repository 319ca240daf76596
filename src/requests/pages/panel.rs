//! A request in hand: what is asked, of whom, for which part of a case; what was said, and what can be done. A department
//! sees the part of the case that it needs, and nothing beside it.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::super::lead_times::Desk;
use super::super::store::{self, About, Said};
use super::super::{Kind, Link, Request, Stage, Standing, Verdict, actions, masked};
use super::fields::AnswerForm;
use super::{Choice, icon};
use crate::auth::{Actor, AskDepartments, SeeCases};
use crate::calendar;
use crate::db::{first, together};
use crate::error::{Error, FormErrors, Result};
use crate::ids::RequestId;
use crate::money::Money;
use crate::web::Due;

/// What can be done with it, by whoever looks.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a form that is there or not")]
pub(super) struct May {
    pub(super) accept: bool,
    pub(super) answer: bool,
    pub(super) hand_over: bool,
    pub(super) say: bool,
    pub(super) supply: bool,
    pub(super) cancel: bool,
    pub(super) conditions: bool,
    pub(super) withdraw: bool,
    pub(super) could_not: bool,
    pub(super) link: bool,
}

/// An entry of the thread as shown.
pub(super) struct Entry {
    pub(super) icon: &'static str,
    pub(super) tone: &'static str,
    pub(super) who: String,
    pub(super) did: String,
    pub(super) when: String,
    pub(super) at: String,
    pub(super) body: String,
}

/// A form that did not pass, with what was typed.
#[derive(Default)]
pub(super) struct Failed {
    pub(super) form: &'static str,
    pub(super) words: String,
    pub(super) to: String,
    pub(super) errors: FormErrors,
}

/// The whole of it.
pub(super) struct Panel {
    pub(super) request: Request,
    /// The customer: masked for a department.
    pub(super) customer: String,
    pub(super) code: String,
    /// Whether whoever looks is of the desk.
    pub(super) desk: bool,
    pub(super) mark: (&'static str, &'static str, bool),
    pub(super) due: Option<Due>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) lines: Vec<String>,
    pub(super) entries: Vec<Entry>,
    pub(super) answered: Vec<(&'static str, String)>,
    pub(super) forecast: Vec<(bool, String)>,
    pub(super) may: May,
    pub(super) departments: Vec<Choice>,
    pub(super) verdicts: Vec<Choice>,
    pub(super) sign: String,
    pub(super) answer: AnswerForm,
    pub(super) answer_errors: FormErrors,
    pub(super) failed: Failed,
    /// Shown once.
    pub(super) link: Option<(String, Link)>,
    pub(super) about: About,
    pub(super) today: NaiveDate,
    zone: Tz,
    now: DateTime<Utc>,
}

impl Panel {
    /// Reads it for whoever looks; what is not theirs is not there.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it is another department's.
    pub(super) async fn read(
        connection: &mut PgConnection,
        actor: &Actor,
        request: RequestId,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let parts = (store::find_part(request), store::thread_part(request), store::about_part(request));
        let (found, said, about) = together(connection, parts).await?;
        let (request, about) = (first(found)?, first(about)?);
        let desk = actor.may::<SeeCases>();
        if !request.is_for(actor) || (!desk && !request.is_theirs(actor)) {
            return Err(Error::NotFound);
        }
        let desks = store::desks(connection, None).await?;
        Ok(Self::of(request, said, about, &desks, Some(actor), zone, now))
    }

    /// The same for whoever holds a link: as the department sees it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn for_link(
        connection: &mut PgConnection,
        request: RequestId,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let parts = (store::find_part(request), store::thread_part(request), store::about_part(request));
        let (found, said, about) = together(connection, parts).await?;
        let (request, about) = (first(found)?, first(about)?);
        let desks = vec![store::desk(connection, request.department).await?];
        let zone = desks[0].calendar.zone;
        Ok(Self::of(request, said, about, &desks, None, zone, now))
    }

    fn of(
        request: Request,
        said: Vec<Said>,
        about: About,
        desks: &[Desk],
        actor: Option<&Actor>,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Self {
        let desk = actor.is_some_and(Actor::may::<SeeCases>);
        let today = now.with_timezone(&zone).date_naive();
        let forecast = desks
            .iter()
            .find(|one| one.department == request.department && request.stage.is_theirs())
            .map(|one| one.forecast(today, request.wanted_on))
            .unwrap_or_default();
        let departments = desks
            .iter()
            .filter(|one| one.department != request.department)
            .map(|one| Choice::new(one.department.to_string(), &one.name))
            .collect();
        let mut panel = Self {
            customer: if desk { about.customer.clone() } else { masked(&about.customer) },
            code: format!("SD-{}", about.number),
            mark: request.mark(now),
            due: request
                .stage
                .is_theirs()
                .then(|| Due::new(request.due_at, request.asked_at, &request.because, zone, now)),
            facts: Vec::new(),
            lines: Vec::new(),
            entries: said.into_iter().map(|one| entry(one, zone, now)).collect(),
            answered: Vec::new(),
            forecast,
            may: actor.map(|actor| may(actor, &request, &about, now)).unwrap_or_default(),
            departments,
            verdicts: Verdict::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            sign: about.currency.sign().map_or_else(|| about.currency.code().to_owned(), str::to_owned),
            answer: AnswerForm::fresh(today),
            answer_errors: FormErrors::new(),
            failed: Failed::default(),
            link: None,
            desk,
            about,
            today,
            request,
            zone,
            now,
        };
        panel.tell();
        panel
    }

    fn date(&self, day: NaiveDate) -> String {
        calendar::date(day, self.today.year())
    }

    /// The facts, each where whoever looks needs it.
    fn tell(&mut self) {
        let (request, about) = (&self.request, &self.about);
        let mut facts = vec![("Kind", request.kind.label().to_owned())];
        if let Some(day) = request.wanted_on {
            facts.push(("Needed by", self.date(day)));
        }
        if let Some(terms) = &request.terms {
            facts.push((if self.desk { "Blocks" } else { "Offer" }, terms.clone()));
        }
        if self.desk {
            facts.push(("Value at risk", Money::new(about.value_minor, about.currency).short()));
        }
        if request.passes > 0 {
            facts.push(("Passes", request.passes.to_string()));
        }
        if let Some(name) = &request.accepted_by_name {
            facts.push(("With", name.clone()));
        }
        let mut lines = Vec::new();
        if let Some(product) = &about.product {
            let plan = about.plan.as_deref().filter(|plan| !plan.is_empty()).map(|plan| format!(", {plan}"));
            let many = about.quantity.filter(|many| *many > 1).map(|many| format!(", {many} of it"));
            lines.push(format!("{product}{}{}", plan.unwrap_or_default(), many.unwrap_or_default()));
        }
        if let Some(number) = &about.order_number {
            let on = about.ordered_at.map(|at| format!(", ordered {}", calendar::day(at, self.zone, self.now)));
            lines.push(format!("Order {number}{}", on.unwrap_or_default()));
            lines.extend(about.lines.0.iter().map(|line| format!("{} × {}", line.quantity, line.description)));
        }
        let mut answered = Vec::new();
        if let Some(answer) = &request.answer {
            let by = if answer.by_link { " by link" } else { "" };
            answered.push((
                "Answered",
                format!("{}{by}, {}", answer.by_name, calendar::moment(answer.at, self.zone, self.now)),
            ));
            answered.extend(answer.conditions.clone().map(|words| ("Only if", words)));
            answered.extend(answer.possible_on.map(|day| ("Possible on", self.date(day))));
            answered.extend(
                answer.cost.map(|cost| (if answer.expedited { "Expedited for" } else { "Costs" }, cost.to_string())),
            );
            answered
                .extend(answer.valid_until.map(|until| ("Valid until", calendar::moment(until, self.zone, self.now))));
            let at =
                |(at, who): &(DateTime<Utc>, String)| format!("{who}, {}", calendar::moment(*at, self.zone, self.now));
            answered.extend(answer.accepted.as_ref().map(|one| ("Conditions accepted", at(one))));
            answered.extend(answer.withdrawn.as_ref().map(|one| ("Taken back", at(one))));
            answered.extend(answer.could_not.as_ref().map(|one| ("Said yes, could not", at(one))));
        }
        (self.facts, self.lines, self.answered) = (facts, lines, answered);
    }

    pub(super) fn icon(&self) -> &'static str {
        icon(&self.request.department_name)
    }

    pub(super) fn is_check(&self) -> bool {
        self.request.kind == Kind::Feasibility
    }

    /// A check that is still needed: nothing is promised until then.
    pub(super) fn warns(&self) -> bool {
        self.desk && self.is_check() && self.request.stage.is_live()
    }

    pub(super) fn words(&self, form: &str) -> &str {
        if self.failed.form == form { &self.failed.words } else { "" }
    }

    pub(super) fn to(&self) -> &str {
        &self.failed.to
    }

    pub(super) fn errors(&self, form: &str) -> FormErrors {
        if self.failed.form == form { self.failed.errors.parted(true) } else { FormErrors::new() }
    }

    /// Why something was not done: its form may be gone, since the request moved on.
    pub(super) fn refused(&self) -> FormErrors {
        self.failed.errors.parted(false)
    }

    pub(super) fn is_open(&self, form: &str) -> bool {
        self.failed.form == form
    }

    /// Until when the link that was just made works.
    pub(super) fn link_until(&self) -> String {
        self.link.as_ref().map(|(_, link)| calendar::moment(link.expires_at, self.zone, self.now)).unwrap_or_default()
    }

    /// Reads an answer as typed.
    pub(super) fn parse(&self, form: &AnswerForm) -> std::result::Result<super::super::NewAnswer, FormErrors> {
        form.parse(self.request.kind, self.about.currency, self.zone, self.today)
    }

    /// What the audit log says of looking at it (R4).
    pub(super) fn viewed(&self) -> crate::audit::Entry {
        use crate::audit::{Action, Subject};
        crate::audit::Entry::new(Action::RequestViewed, Subject::Request(self.request.id)).of(self.request.customer)
    }
}

fn may(actor: &Actor, request: &Request, about: &About, now: DateTime<Utc>) -> May {
    let theirs = request.is_theirs(actor);
    let asks = actor.may::<AskDepartments>() && about.live;
    let turn = request.stage.is_theirs();
    let standing = request.answer.as_ref().map(|answer| answer.standing(now));
    let yes = request.require_yes().is_ok();
    let gone = matches!(standing, Some(Standing::Withdrawn | Standing::CouldNot));
    let promised = matches!(about.offer_stage.as_deref(), Some("accepted" | "fulfilled" | "failed"));
    May {
        accept: theirs && request.stage == Stage::Open,
        answer: theirs && turn,
        hand_over: theirs && turn && request.offer.is_none(),
        say: request.stage.is_live() && (theirs || asks),
        supply: asks && request.stage == Stage::Returned,
        cancel: asks && request.stage.is_live(),
        conditions: asks && standing == Some(Standing::Conditions),
        withdraw: theirs && yes && !gone && !promised && request.kind == Kind::Feasibility,
        could_not: (theirs || actor.may::<AskDepartments>()) && yes && standing != Some(Standing::CouldNot),
        link: asks && turn,
    }
}

fn entry(said: Said, zone: Tz, now: DateTime<Utc>) -> Entry {
    let (glyph, tone, did) = match said.what.as_str() {
        "asked" => ("send", "info", "asked".to_owned()),
        "asked_again" => ("send", "info", "asked again".to_owned()),
        "accepted" => ("check", "", "accepted it".to_owned()),
        "handed" => ("swap", "", format!("handed it to {}", said.department)),
        "returned" => ("undo", "warn", "returned it".to_owned()),
        "answered" => (icon(&said.department), "good", "answered".to_owned()),
        "cancelled" => ("x", "", "cancelled it".to_owned()),
        "conditions_accepted" => ("check", "good", "accepted the conditions".to_owned()),
        "withdrawn" => ("undo", "bad", "took the answer back".to_owned()),
        "could_not" => ("alert", "bad", "noted that it could not be done".to_owned()),
        "ran_out" => ("clock", "warn", "noted that the yes ran out, and asked again".to_owned()),
        "link_made" => ("link", "", "made a link to answer".to_owned()),
        _ => (if said.theirs { icon(&said.department) } else { "chat" }, "", "wrote".to_owned()),
    };
    let who = said.by.unwrap_or_else(|| "Savedesk".to_owned());
    let same_day = said.at.with_timezone(&zone).date_naive() == now.with_timezone(&zone).date_naive();
    Entry {
        icon: glyph,
        tone,
        // whoever hands it over is no longer of the department that it is with
        who: if said.theirs && said.what != "handed" { format!("{who}, {}", said.department) } else { who },
        did,
        when: if same_day { calendar::time_of_day(said.at, zone) } else { calendar::moment(said.at, zone, now) },
        at: said.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        body: said.body,
    }
}

/// Whether this person sets what a department's work takes.
pub(super) fn may_edit(actor: &Actor, desk: &Desk) -> bool {
    actions::may_edit(actor, desk)
}
