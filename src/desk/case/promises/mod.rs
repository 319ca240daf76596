//! What we owe the customer of a case: promising something, moving it, handing it over, and saying that it was done, was
//! not done, or no longer matters.

mod change;
mod end;
mod make;
mod needs;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::due::Due;
use super::facts::Facts;
use super::show::{self, Asked, View};
use crate::accounts::People;
use crate::auth::{Actor, Can, KeepPromises, MakePromises, Permission, SeeCases};
use crate::calendar;
use crate::customers::BillingLine;
use crate::deadlines;
use crate::desk::Choice;
use crate::error::{Error, FormErrors, Result};
use crate::files::File;
use crate::ids::{CaseId, PromiseId};
use crate::promises::{Line, Move, Promise, PromiseTypes, Stage};
use crate::requests::Request;
use crate::web::{App, Frame, fresh_key};

pub(super) use make::MakeForm;
pub(super) use needs::Needs;

pub(super) fn routes() -> Router<App> {
    make::routes().merge(needs::routes()).merge(change::routes()).merge(end::routes())
}

/// The card.
pub(super) struct Promises {
    pub(super) all: Vec<Shown>,
    /// Say what became of one, move it, hand it over.
    pub(super) may: bool,
    /// Promise something.
    pub(super) may_make: bool,
    pub(super) make: MakeForm,
    pub(super) make_errors: FormErrors,
    pub(super) make_key: Uuid,
    /// Times to promise something by, with their reasons.
    pub(super) times: Vec<Choice>,
    /// Types to choose from.
    pub(super) types: Vec<Choice>,
    /// What each of them takes.
    takes: Vec<Needs>,
    people: Vec<Choice>,
    departments: Vec<Choice>,
    pub(super) sign: String,
    failed: Option<Failed>,
}

/// One promise as shown.
pub(super) struct Shown {
    pub(super) promise: Promise,
    pub(super) due: Due,
    pub(super) ended: String,
    /// Its type, if it has one.
    pub(super) kind: Option<String>,
    /// Whether a line of a bill shows that such promises were kept.
    pub(super) by_bill: bool,
    /// What happened to it on the way, in words.
    pub(super) history: Vec<String>,
    lines: Vec<Choice>,
    /// The moment it is due, as a field holds it.
    pub(super) typed_due: String,
}

/// What was typed into a form about a promise that is there.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) why: String,
    pub(super) line: String,
    pub(super) due: String,
    pub(super) owner: String,
    pub(super) department: String,
    pub(super) version: String,
}

/// A form that did not pass.
struct Failed {
    of: PromiseId,
    form: &'static str,
    typed: Typed,
    errors: FormErrors,
}

impl Promises {
    /// What was promised in a case, with the lines of bills that could prove what is open.
    pub(super) fn of(
        (all, lines): (Vec<Promise>, Vec<BillingLine>),
        (types, asked): (&PromiseTypes, &[Request]),
        facts: &Facts,
        actor: &Actor,
        people: &People,
    ) -> Self {
        let may = actor.may::<KeepPromises>();
        let may_make = actor.may::<MakePromises>() && facts.case.is_live();
        let choice = |line: &BillingLine| Choice::new(line.id.to_string(), told(line, facts));
        let lines: Vec<_> = lines.iter().map(|line| (choice(line), line.billed_on)).collect();
        let owner = facts.case.owner.or(actor.id).map(|owner| owner.to_string()).unwrap_or_default();
        let shown = |promise: Promise| Shown::of(promise, types, facts, &lines, may);
        let calendar = people.calendar_of(facts.case.team.or(actor.team));
        let offered: Vec<_> = types.offered().filter(|_| may_make).collect();
        let hours = (&calendar, facts.zone);
        let takes = offered.iter().map(|of| Needs::of(facts.case.id, of, asked, hours, facts.now)).collect();
        Self {
            all: all.into_iter().map(shown).collect(),
            may,
            may_make,
            make: MakeForm { owner, ..MakeForm::default() },
            make_errors: FormErrors::new(),
            make_key: fresh_key(),
            types: offered.iter().map(|of| Choice::new(of.id.to_string(), &of.name)).collect(),
            takes,
            times: make::times(&calendar, facts.zone, facts.now),
            people: people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
            departments: people.departments().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
            sign: facts.case.value_at_risk.currency.code().to_owned(),
            failed: None,
        }
    }

    /// What a promise of the type that was chosen takes.
    pub(super) fn needs(&self) -> Option<&Needs> {
        self.takes.iter().find(|takes| takes.of.to_string() == self.make.kind)
    }

    /// Who may see to one.
    pub(super) fn people(&self) -> &[Choice] {
        &self.people
    }

    /// Who may do one.
    pub(super) fn departments(&self) -> &[Choice] {
        &self.departments
    }

    /// How many are still owed.
    pub(super) fn open(&self) -> usize {
        self.all.iter().filter(|shown| shown.is_open()).count()
    }

    /// Whether there is anything to show.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && !self.may_make
    }

    pub(super) fn errors(&self, of: PromiseId, form: &str) -> FormErrors {
        self.find(of, form).map(|failed| failed.errors.parted(true)).unwrap_or_default()
    }

    /// Why something was not done: the form may be gone, since somebody was faster.
    pub(super) fn refused(&self, of: PromiseId) -> FormErrors {
        let failed = self.failed.as_ref().filter(|failed| failed.of == of);
        failed.map(|failed| failed.errors.parted(false)).unwrap_or_default()
    }

    /// What stands in a field: what was typed, or what the promise has.
    pub(super) fn typed<'a>(&'a self, of: &'a Shown, form: &str, field: &str) -> String {
        let typed = self.find(of.promise.id, form).map(|failed| &failed.typed);
        let or = |typed: Option<&String>, otherwise: String| typed.cloned().unwrap_or(otherwise);
        match field {
            "why" => or(typed.map(|typed| &typed.why), String::new()),
            "line" => or(typed.map(|typed| &typed.line), String::new()),
            "due" => or(typed.map(|typed| &typed.due), of.typed_due.clone()),
            "owner" => or(typed.map(|typed| &typed.owner), of.promise.owner.to_string()),
            "department" => {
                let now = of.promise.department_id.map(|id| id.to_string()).unwrap_or_default();
                or(typed.map(|typed| &typed.department), now)
            }
            _ => String::new(),
        }
    }

    pub(super) fn is_failed(&self, of: PromiseId, form: &str) -> bool {
        self.find(of, form).is_some()
    }

    fn find(&self, of: PromiseId, form: &str) -> Option<&Failed> {
        self.failed.as_ref().filter(|failed| failed.of == of && failed.form == form)
    }
}

/// "19 Nov, invoice 4711: Goodwill credit, -$148.20"
fn told(line: &BillingLine, facts: &Facts) -> String {
    let about =
        if line.description.is_empty() { line.about.clone().unwrap_or_default() } else { line.description.clone() };
    format!("{}, invoice {}: {about}, {}", facts.date(&line.billed_on), line.invoice, line.amount)
}

impl Shown {
    fn of(
        promise: Promise,
        types: &PromiseTypes,
        facts: &Facts,
        lines: &[(Choice, chrono::NaiveDate)],
        may: bool,
    ) -> Self {
        let since = Line::since(promise.made_at);
        let fits = may && promise.stage == Stage::Open;
        let kind = promise.kind.and_then(|kind| types.find(kind));
        Self {
            kind: kind.map(|kind| kind.name.clone()),
            by_bill: kind.is_some_and(|kind| kind.by_bill),
            due: Due::new(
                deadlines::Kind::Promise,
                promise.what.clone(),
                promise.because.clone(),
                (promise.made_at, promise.due_at),
                facts.zone,
                facts.now,
            ),
            ended: promise.ended_at.map(|at| facts.moment(&at)).unwrap_or_default(),
            history: promise.moves.iter().map(|moved| history(moved, facts)).collect(),
            lines: lines.iter().filter(|(_, day)| fits && *day >= since).map(|(line, _)| line.clone()).collect(),
            typed_due: calendar::as_typed(promise.due_at, facts.zone),
            promise,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.promise.stage == Stage::Open
    }

    /// "Billing does it, Priya Raman sees to it"
    pub(super) fn who(&self) -> String {
        match &self.promise.department {
            Some(department) => format!("{department} does it, {} sees to it", self.promise.owner_name),
            None => format!("{} sees to it", self.promise.owner_name),
        }
    }

    /// "$148.20", if it costs anything.
    pub(super) fn cost(&self) -> Option<String> {
        (!self.promise.cost.is_zero()).then(|| self.promise.cost.to_string())
    }

    /// "Line of invoice 4711 of Thu 19 Nov: Goodwill credit, -$148.20"
    pub(super) fn proof(&self) -> Option<String> {
        let line = self.promise.line.as_ref()?;
        let day = line.billed_on.format("%-d %b %Y");
        Some(format!("Invoice {} of {day}: {}, {}", line.invoice, line.description, line.amount))
    }

    /// Lines of bills that could prove it.
    pub(super) fn lines(&self) -> &[Choice] {
        &self.lines
    }

    pub(super) fn files(&self) -> &[File] {
        &self.promise.files
    }

    /// Before the ids of a form's fields.
    pub(super) fn pre(&self, form: &str) -> String {
        format!("{form}{}-", self.promise.id.uuid().simple())
    }
}

/// "Dana Okafor moved it from Thu 19 Nov 14:00 to Fri 20 Nov 12:00: the bill run is a day later"
fn history(moved: &Move, facts: &Facts) -> String {
    let who = moved.by.as_deref().unwrap_or("Savedesk");
    let at = facts.moment(&moved.at);
    let what = if let (Some(was), Some(due)) = (&moved.was_due_at, &moved.due_at) {
        format!("moved it from {} to {}", facts.moment(was), facts.moment(due))
    } else {
        let from = parties(moved.was_owner.as_deref(), moved.was_department.as_deref());
        format!("handed it from {from} to {}", parties(moved.owner.as_deref(), moved.department.as_deref()))
    };
    format!("{at}: {who} {what}. {}", moved.why)
}

/// "Dana Okafor and Billing"
fn parties(owner: Option<&str>, department: Option<&str>) -> String {
    owner.into_iter().chain(department).collect::<Vec<_>>().join(" and ")
}

/// The page, with a form on it that did not pass.
struct Back<'a, P> {
    app: &'a App,
    can: &'a Can<P>,
    frame: Frame,
    case: CaseId,
}

impl<P: Permission> Back<'_, P> {
    async fn with(self, status: StatusCode, change: impl FnOnce(&mut Promises)) -> Result<Response> {
        let can = self.can.and::<SeeCases>()?;
        let mut view = View::load_again(self.app, &can, self.case, &Asked::default()).await?;
        change(&mut view.promises);
        show::page(status, self.frame, view)
    }
}

/// What was refused stands over the form; anything else is an error of its own.
fn refused(error: Error) -> Result<(StatusCode, FormErrors)> {
    match error {
        Error::Refused(why) => Ok((StatusCode::CONFLICT, FormErrors::of("", why))),
        error => Err(error),
    }
}

/// A reason as typed, or what is wrong with it.
fn read_why(errors: &mut FormErrors, text: &str, missing: Option<&str>, most: usize) -> Option<String> {
    let why = text.trim();
    match (why.chars().count(), missing) {
        (0, Some(missing)) => errors.add("why", missing),
        (0, None) => {}
        (length, _) if length > most => errors.add("why", format!("Use at most {most} characters.")),
        _ => return Some(why.to_owned()),
    }
    None
}
