//! What departments were asked in the case: entries of its log, and the card that says what it waits on.

use super::entry::{Entry, Row};
use super::facts::Facts;
use crate::auth::{Actor, AskDepartments};
use crate::ids::CaseId;
use crate::requests::{Request, Standing, Verdict};
use crate::web::Due;

impl Entry {
    /// One entry of the thread of a request.
    pub(super) fn asked(&mut self, row: Row) {
        let department = row.now.unwrap_or_default();
        let about = row.next_step.unwrap_or_default();
        let verdict = row.means.as_deref().and_then(Verdict::from_name);
        self.words = row.body.unwrap_or_default();
        if let Some(name) = row.was {
            self.who = format!("{name} (by link)");
        }
        let (icon, tone, did) = match row.what.strip_prefix("request_").unwrap_or_default() {
            "asked" => ("send", "info", format!("asked {department}: {about}")),
            "asked_again" => ("send", "info", format!("asked {department} again: {about}")),
            "accepted" => ("swap", "", format!("accepted for {department}: {about}")),
            "handed" => ("swap", "", format!("handed over to {department}: {about}")),
            "returned" => ("undo", "warn", format!("returned for {department}: {about}")),
            "answered" => match verdict {
                Some(Verdict::No) => ("swap", "bad", format!("said no for {department}: {about}")),
                Some(Verdict::YesIf) => ("swap", "warn", format!("said yes, if … for {department}: {about}")),
                Some(Verdict::Yes) => ("swap", "good", format!("said yes for {department}: {about}")),
                None => ("swap", "good", format!("answered for {department}: {about}")),
            },
            "cancelled" => ("x", "", format!("took back what {department} was asked: {about}")),
            "conditions_accepted" => ("check", "good", format!("accepted the conditions of {department}: {about}")),
            "withdrawn" => ("undo", "bad", format!("took the yes of {department} back: {about}")),
            "could_not" => ("alert", "bad", format!("noted that {department} said yes and could not: {about}")),
            "ran_out" => ("clock", "warn", format!("asked {department} again, since its yes ran out: {about}")),
            "link_made" => ("link", "", format!("made a link for {department}: {about}")),
            _ => ("chat", "", format!("wrote about what {department} was asked: {about}")),
        };
        (self.icon, self.tone, self.did) = (icon, tone, did);
    }
}

/// The card of the case.
pub(super) struct Departments {
    pub(super) case: CaseId,
    pub(super) all: Vec<Shown>,
    pub(super) may_ask: bool,
    /// "Waits on Manufacturing since Thu 19 Nov 09:40"
    pub(super) waits: Vec<String>,
}

/// A request as the card shows it.
pub(super) struct Shown {
    pub(super) request: Request,
    pub(super) mark: (&'static str, &'static str, bool),
    pub(super) due: Option<Due>,
    pub(super) sub: String,
    /// What somebody has to accept before the yes counts.
    pub(super) conditions: Option<String>,
}

impl Departments {
    /// Of what was read, newest first.
    pub(super) fn of(all: &[Request], facts: &Facts, actor: &Actor) -> Self {
        let may_ask = actor.may::<AskDepartments>() && facts.case.is_live();
        let all: Vec<&Request> = all.iter().filter(|one| one.is_for(actor)).collect();
        let mut theirs: Vec<&Request> = all.iter().copied().filter(|one| one.stage.is_theirs()).collect();
        theirs.sort_by_key(|one| one.asked_at);
        let waits = theirs
            .iter()
            .map(|one| format!("Waits on {} since {}", one.department_name, facts.moment(&one.asked_at)))
            .collect();
        let shown = |one: &Request| Shown {
            mark: one.mark(facts.now),
            due: one.stage.is_theirs().then(|| Due::new(one.due_at, one.asked_at, &one.because, facts.zone, facts.now)),
            sub: sub(one, facts),
            conditions: one
                .answer
                .as_ref()
                .filter(|answer| may_ask && answer.standing(facts.now) == Standing::Conditions)
                .and_then(|answer| answer.conditions.clone()),
            request: one.clone(),
        };
        Self { case: facts.case.id, all: all.into_iter().map(shown).collect(), may_ask, waits }
    }

    /// How many are still to come.
    pub(super) fn open(&self) -> usize {
        self.all.iter().filter(|shown| shown.request.stage.is_live()).count()
    }
}

/// "Manufacturing, feasibility check, with Paolo Greco, 2 passes"
fn sub(request: &Request, facts: &Facts) -> String {
    let mut parts = vec![request.department_name.clone(), request.kind.label().to_lowercase()];
    parts.extend(
        request.accepted_by_name.as_ref().filter(|_| request.stage.is_theirs()).map(|name| format!("with {name}")),
    );
    match request.passes {
        0 => {}
        1 => parts.push("1 pass".to_owned()),
        many => parts.push(format!("{many} passes")),
    }
    if let Some(answer) = &request.answer {
        let year = chrono::Datelike::year(&facts.now.with_timezone(&facts.zone));
        parts.extend(answer.possible_on.map(|day| format!("possible on {}", crate::calendar::date(day, year))));
        let says = if answer.expedited { "expedited for" } else { "costs" };
        parts.extend(answer.cost.map(|cost| format!("{says} {cost}")));
        parts.extend(answer.valid_until.map(|until| format!("valid until {}", facts.moment(&until))));
    }
    parts.join(", ")
}
