//! The page itself, and the parts of it that are fetched again when the case changed.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::asked::Departments;
use super::causes::{self, Causes};
use super::complained::Complaints;
use super::composer::{Composer, Tab};
use super::counts;
use super::facts::{self, Facts};
use super::offer::{Builder, Ground, Listed, OfferForm, Requests};
use super::processes::Processes;
use super::promises::Promises;
use super::timeline::{Show, Timeline};
use crate::accounts::People;
use crate::approvals;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{
    Actor, AssignCases, Can, CloseCases, EditEconomics, LogInteractions, MakeOffers, SeeCases, SeeCustomers, WorkCases,
};
use crate::cases;
use crate::complaints;
use crate::customers::{self, Whose};
use crate::db::{first, together};
use crate::desk::Choice;
use crate::economics;
use crate::error::{Error, FormErrors, Result};
use crate::files;
use crate::ids::CaseId;
use crate::offers;
use crate::processes as running;
use crate::promises::{self, PromiseTypes};
use crate::reasons::Reasons;
use crate::requests as departments;
use crate::web::{self, App, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/cases/{case}", get(show))
}

/// Which part of the page the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Which entries of the log.
    pub(super) show: String,
    /// From where on.
    pub(super) before: Option<String>,
    /// Which form is open.
    pub(super) write: String,
    /// The contact was added to this case instead of opening another (R14).
    pub(super) again: String,
    /// What is in the offer builder.
    #[serde(skip)]
    pub(super) offer: OfferForm,
}

/// What the case page shows.
pub(super) struct View {
    pub(super) facts: Facts,
    pub(super) timeline: Timeline,
    pub(super) composer: Composer,
    pub(super) builder: Option<Builder>,
    pub(super) offers: Listed,
    pub(super) promises: Promises,
    pub(super) asked: Departments,
    pub(super) complaints: Complaints,
    pub(super) processes: Processes,
    pub(super) causes: Causes,
    /// What is said under a field for files.
    pub(super) files_hint: String,
    pub(super) may: May,
    pub(super) colleagues: Vec<Choice>,
    pub(super) economics: Option<economics::Card>,
    pub(super) assign_key: Uuid,
    pub(super) take_key: Uuid,
    pub(super) back_key: Uuid,
    pub(super) reopen_key: Uuid,
    pub(super) reopen_why: String,
    pub(super) reopen_errors: FormErrors,
    pub(super) again: bool,
}

/// What the one who looks may do here.
#[expect(clippy::struct_excessive_bools, reason = "each permission stands by itself")]
pub(super) struct May {
    pub(super) log: bool,
    pub(super) work: bool,
    pub(super) close: bool,
    pub(super) see_customer: bool,
    pub(super) edit_economics: bool,
    /// Give it to others, not only take it.
    pub(super) assign: bool,
    pub(super) take: bool,
    pub(super) give_back: bool,
}

impl May {
    fn of(actor: &Actor, facts: &Facts) -> Self {
        let assigns = actor.may::<AssignCases>() && facts.case.is_live();
        let case = &facts.case;
        let fits = |to| assigns && case.owner != to && case.may_assign(actor, to).is_ok();
        Self {
            log: actor.may::<LogInteractions>(),
            work: actor.may::<WorkCases>(),
            close: actor.may::<CloseCases>(),
            see_customer: actor.may::<SeeCustomers>(),
            edit_economics: actor.may::<EditEconomics>(),
            assign: assigns && case.may_assign(actor, Some(crate::ids::UserId::new())).is_ok(),
            take: fits(actor.id),
            give_back: fits(None),
        }
    }
}

impl View {
    /// Reads all of it, and notes that it was looked at.
    ///
    /// # Errors
    /// `NotFound` when there is no such case.
    pub(super) async fn load(app: &App, can: &Can<SeeCases>, case: CaseId, asked: &Asked) -> Result<Self> {
        let entry = Entry::new(Action::CaseViewed, Subject::Case(case));
        audit::while_reading(audit::view(&app.db, can, entry), Box::pin(Self::read(app, can, case, asked))).await
    }

    /// The same for a part of the page, or for the page as it is answered to a form on it.
    ///
    /// # Errors
    /// `NotFound` when there is no such case.
    pub(super) async fn load_again(app: &App, can: &Can<SeeCases>, case: CaseId, asked: &Asked) -> Result<Self> {
        let entry = Entry::new(Action::CaseViewed, Subject::Case(case));
        audit::while_reading(audit::view_again(&app.db, can, entry), Box::pin(Self::read(app, can, case, asked))).await
    }

    async fn read(app: &App, can: &Can<SeeCases>, case: CaseId, asked: &Asked) -> Result<Self> {
        let now = app.now();
        let mut connection = app.db.read().await?;
        let people = app.kept::<People>(&mut connection, can).await?;
        let types = app.kept::<PromiseTypes>(&mut connection, can).await?;
        let reasons = app.kept::<Reasons>(&mut connection, can).await?;
        let makes = can.id.filter(|_| can.may::<MakeOffers>());
        let of_case = (
            (facts::asked(case, now), customers::protection_part(Whose::Case(case), can.id, now)),
            counts::asked(case, can.id),
            offers::of_case_with_past_part(case),
            Requests::asked(case),
            (promises::of_case_part(case), customers::free_billing_lines_part(case)),
            (departments::of_case_part(case), complaints::of_case_part(case), running::of_case_part(case)),
            (makes.map(offers::last_type_part), approvals::turnaround_part(now)),
            causes::asked(case, can),
        );
        let (
            ((case, beside), protection),
            counts,
            terms,
            requests,
            (owed, lines),
            (asked_of, complained, run),
            (last, times),
            verified,
        ) = together(&mut connection, of_case).await?;
        let mut facts = Facts::of(first(case)?, first(beside)?, people.zone_of(can.team), now);
        facts.protect(&first(protection)?);
        let (show, before) = (Show::from_name(&asked.show), asked.before.as_deref());
        let timeline = Timeline::load(&mut connection, &facts, can.id, &first(counts)?, (show, before), &terms).await?;
        let (mut ground, mut economics) = Ground::load(app, &mut connection, can, &facts).await?;
        let mut lines = lines;
        if facts.masked() {
            (ground.economics, economics) = (None, None);
            lines.clear();
        }
        ground.times = times.into_iter().collect();
        ground.last = last.into_iter().next();
        let mut newest = terms;
        newest.dedup_by_key(|offer| offer.id); // the newest revision of each comes first
        let builder = Builder::load(&mut connection, &facts, can, &asked.offer, &newest, &mut ground).await?;
        let requests = Requests::of(requests);
        let offers = Listed::load(&mut connection, &facts, can, &ground, newest, &requests, &asked_of).await?;
        let calendar = people.calendar_of(facts.case.team.or(can.team));
        let composer = Composer::of(&facts, &calendar, &reasons, &asked.write, &offers);
        let promises = Promises::of((owed, lines), (&types, &asked_of), &facts, can, &people);
        let departments = Departments::of(&asked_of, &facts, can);
        let processes = Processes::of(run, &facts, can, app.config.smtp_url.is_some());
        let causes = Causes::of(verified, &reasons.tree, &facts, can)?;
        let may = May::of(can, &facts);
        let colleagues = if may.assign { people.colleagues() } else { &[] };
        Ok(Self {
            timeline,
            composer,
            economics,
            builder,
            offers,
            promises,
            asked: departments,
            complaints: Complaints::of(complained, &facts),
            processes,
            causes,
            files_hint: files::hint(app.config.largest_file),
            colleagues: colleagues
                .iter()
                .filter(|colleague| facts.case.may_assign(can, Some(colleague.id)).is_ok())
                .map(|colleague| Choice::new(colleague.id.to_string(), &colleague.name))
                .collect(),
            may,
            assign_key: fresh_key(),
            take_key: fresh_key(),
            back_key: fresh_key(),
            reopen_key: fresh_key(),
            reopen_why: String::new(),
            reopen_errors: FormErrors::new(),
            again: !asked.again.is_empty(),
            facts,
        })
    }

    /// The form is open: which one.
    fn is_open(&self, tab: Tab) -> bool {
        self.composer.tab == tab
    }

    fn attempt_open(&self) -> bool {
        self.is_open(Tab::Attempt)
    }

    fn talk_open(&self) -> bool {
        self.is_open(Tab::Talk)
    }

    fn note_open(&self) -> bool {
        self.is_open(Tab::Note)
    }

    fn owner_id(&self) -> String {
        self.facts.case.owner.map(|owner| owner.to_string()).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "desk/case.html")]
struct CasePage {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_head.html")]
struct Head {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_timeline.html")]
struct Entries {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_todo.html")]
struct Todo {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_offer.html")]
struct OfferPart {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_offers.html")]
struct OffersPart {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_requests.html")]
struct RequestsPart {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_complaints.html")]
struct ComplaintsPart {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_causes.html")]
struct CausesPart {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_promises.html")]
struct PromisesPart {
    frame: Frame,
    view: View,
}

#[derive(Template)]
#[template(path = "desk/case_processes.html")]
struct ProcessesPart {
    frame: Frame,
    view: View,
}

/// The builder alone.
///
/// # Errors
/// When a template fails.
pub(super) fn offer_part(frame: Frame, view: View) -> Result<Response> {
    Ok(web::html(&OfferPart { frame, view })?.into_response())
}

/// The whole page, as it is answered to a form as well.
///
/// # Errors
/// When a template fails.
pub(super) fn page(status: StatusCode, frame: Frame, view: View) -> Result<Response> {
    Ok((status, web::html(&CasePage { frame, view })?).into_response())
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(case): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let case = match read_address(&case) {
        Some(Named::Id(id)) => id,
        Some(Named::Number(number)) => {
            let mut connection = app.db.read().await?;
            let id = cases::find_by_number(&mut connection, number).await?;
            return Ok(Redirect::to(&format!("/cases/{id}")).into_response());
        }
        None => return Err(Error::NotFound),
    };
    let part = headers.get("x-fragment").and_then(|part| part.to_str().ok());
    if part.is_none() {
        return page(StatusCode::OK, frame, View::load(&app, &can, case, &asked).await?);
    }
    let view = View::load_again(&app, &can, case, &asked).await?;
    Ok(match part {
        Some("case-head") => web::html(&Head { frame, view })?.into_response(),
        Some("case-log") => web::html(&Entries { frame, view })?.into_response(),
        Some("case-offers") => web::html(&OffersPart { frame, view })?.into_response(),
        Some("case-requests") => web::html(&RequestsPart { frame, view })?.into_response(),
        Some("case-complaints") => web::html(&ComplaintsPart { frame, view })?.into_response(),
        Some("case-causes") => web::html(&CausesPart { frame, view })?.into_response(),
        Some("case-promises") => web::html(&PromisesPart { frame, view })?.into_response(),
        Some("case-processes") => web::html(&ProcessesPart { frame, view })?.into_response(),
        Some("case-todo") => web::html(&Todo { frame, view })?.into_response(),
        _ => page(StatusCode::OK, frame, view)?,
    })
}

#[derive(PartialEq, Eq, Debug)]
enum Named {
    Id(CaseId),
    Number(i64),
}

/// Cases are named by their id, or by the number people say: `SD-20418`, `sd20418`, `20418`.
fn read_address(text: &str) -> Option<Named> {
    if let Ok(id) = text.parse::<CaseId>() {
        return Some(Named::Id(id));
    }
    read_number(text).map(Named::Number)
}

/// The number in `SD-20418`, however it is written.
pub(super) fn read_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = match text.get(..2) {
        Some(prefix) if prefix.eq_ignore_ascii_case("sd") => text[2..].trim_start_matches(['-', ' ', '\u{2011}']),
        _ => text,
    };
    let is_number = !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_found_by_the_number_people_say() {
        for text in ["SD-20418", "sd-20418", "SD20418", " 20418", "SD 20418"] {
            assert_eq!(read_number(text), Some(20_418), "{text}");
        }
        for text in ["", "SD-", "SD-2041x", "-20418", "SD-99999999999999999999", "ſd-1"] {
            assert_eq!(read_number(text), None, "{text}");
        }
        let id = CaseId::new();
        assert_eq!(read_address(&id.to_string()), Some(Named::Id(id)));
    }
}
