//! Who may go where: every route × role × {own, another team's, gone}. A route that is in no list fails.

use std::collections::BTreeSet;

use reqwest::{Method, multipart};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{MATRIX, Role};
use savedesk::ids::{CaseId, CustomerId, SessionId, TeamId, UserId};
use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use crate::architecture::sources;
use crate::router::assert_safe;
use crate::support::{Client, Page, Person, TestApp, given_complaint as complaint_of, send};

/// Who may.
#[derive(Clone, Copy)]
enum Who {
    /// Signed in or not.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Whose role has this permission.
    Can(&'static str),
}

impl Who {
    fn may(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::SignedIn => true,
            Self::Can(permission) => {
                let (_, roles) =
                    MATRIX.iter().find(|(name, _)| *name == permission).expect("a permission of this name");
                roles.contains(&role)
            }
        }
    }
}

/// What becomes of another team's.
#[derive(Clone, Copy, PartialEq)]
enum Other {
    /// As with one's own.
    AsOwn,
    /// It is not there for these eyes.
    Hidden,
    /// The desk sees it; a department's people see their own department's only.
    HiddenFromDepartments,
    /// Managers and admins see it, whoever is of the same standing does not.
    HiddenFromPeers,
    /// Nothing happens to it, and to what is gone neither.
    Nothing,
}

struct Route {
    method: Method,
    path: &'static str,
    who: Who,
    other: Other,
    /// What a form of this kind holds, besides its key.
    fields: &'static [(&'static str, &'static str)],
}

const fn page(path: &'static str, who: Who) -> Route {
    Route { method: Method::GET, path, who, other: Other::AsOwn, fields: &[] }
}

const fn form(path: &'static str, who: Who, fields: &'static [(&'static str, &'static str)]) -> Route {
    Route { method: Method::POST, path, who, other: Other::AsOwn, fields }
}

const fn own_page(path: &'static str, who: Who) -> Route {
    Route { method: Method::GET, path, who, other: Other::Hidden, fields: &[] }
}

const fn own_form(path: &'static str, who: Who, fields: &'static [(&'static str, &'static str)]) -> Route {
    Route { method: Method::POST, path, who, other: Other::Hidden, fields }
}

const fn form_on_own(path: &'static str, who: Who, fields: &'static [(&'static str, &'static str)]) -> Route {
    Route { method: Method::POST, path, who, other: Other::Nothing, fields }
}

const fn requested_page(path: &'static str, who: Who) -> Route {
    Route { method: Method::GET, path, who, other: Other::HiddenFromDepartments, fields: &[] }
}

const fn figures_page(path: &'static str, who: Who) -> Route {
    Route { method: Method::GET, path, who, other: Other::HiddenFromPeers, fields: &[] }
}

const fn requested(path: &'static str, who: Who, fields: &'static [(&'static str, &'static str)]) -> Route {
    Route { method: Method::POST, path, who, other: Other::HiddenFromDepartments, fields }
}

/// A line of what it costs to serve.
const COST: &[(&str, &str)] = &[("what", "Goods"), ("amount", "4.00"), ("source", "Finance"), ("as_of", "2026-01-01")];

const ROUTES: &[Route] = &[
    page("/", Who::SignedIn),
    page("/health/live", Who::Anyone),
    page("/health/ready", Who::Anyone),
    page("/favicon.svg", Who::Anyone),
    page("/assets/{digest}/{*file}", Who::Anyone),
    // accounts
    page("/sign-in", Who::Anyone),
    form("/sign-in", Who::Anyone, &[("email", "nobody@desk.example"), ("password", "wrong")]),
    form("/session/end", Who::SignedIn, &[]),
    page("/set-password/{token}", Who::Anyone),
    form("/set-password/{token}", Who::Anyone, &[("password", "kettle-otter-42-lamp"), ("name", "Kim")]),
    page("/profile", Who::SignedIn),
    form("/profile/password", Who::SignedIn, &[("current", "wrong"), ("password", "kettle-otter-42-lamp")]),
    form("/profile/keys", Who::SignedIn, &[]),
    page("/profile/sessions", Who::SignedIn),
    form("/profile/sessions/others/end", Who::SignedIn, &[]),
    form_on_own("/profile/sessions/{session}/end", Who::SignedIn, &[]),
    // notifications
    page("/notifications", Who::SignedIn),
    page("/notifications/bell", Who::SignedIn),
    form("/notifications/reading", Who::SignedIn, &[("until", "1")]),
    own_page("/notifications/{notice}", Who::SignedIn),
    own_form("/notifications/{notice}/reading", Who::SignedIn, &[("read", "1")]),
    page("/profile/notifications", Who::SignedIn),
    form("/profile/notifications", Who::SignedIn, &[("digest", "on")]),
    page("/outbox", Who::Can("SeeOutbox")),
    page("/outbox/{mail}", Who::Can("SeeOutbox")),
    form("/outbox/{mail}/retry", Who::Can("SeeOutbox"), &[]),
    page("/absences", Who::SignedIn),
    form("/absences", Who::SignedIn, &[("from", "2026-05-04T09:00"), ("until", "2026-05-08T17:30")]),
    form_on_own("/absences/{absence}/end", Who::SignedIn, &[]),
    page("/users", Who::Can("ManageUsers")),
    page("/users/new", Who::Can("ManageUsers")),
    form("/users", Who::Can("ManageUsers"), &[("name", "Kim"), ("email", "kim@desk.example"), ("roles", "rep")]),
    page("/users/{user}", Who::Can("ManageUsers")),
    form(
        "/users/{user}",
        Who::Can("ManageUsers"),
        &[
            ("name", "Kim"),
            ("was_name", "Admin"),
            ("email", "kim@desk.example"),
            ("was_email", "x@desk.example"),
            ("roles", "rep"),
            ("was_roles", "admin"),
        ],
    ),
    form("/users/{user}/deactivation", Who::Can("ManageUsers"), &[]),
    form("/users/{user}/reactivation", Who::Can("ManageUsers"), &[]),
    form("/users/{user}/password-link", Who::Can("ManageUsers"), &[]),
    page("/teams", Who::Can("ManageUsers")),
    page("/teams/new", Who::Can("ManageUsers")),
    form("/teams", Who::Can("ManageUsers"), &[("name", "Third"), ("zone", "UTC")]),
    page("/teams/{team}", Who::Can("ManageUsers")),
    form("/teams/{team}", Who::Can("ManageUsers"), &[("name", "Third"), ("zone", "UTC")]),
    form("/departments", Who::Can("ManageUsers"), &[("name", "Roofing")]),
    // audit
    page("/audit", Who::Can("SeeAudit")),
    form("/audit/check", Who::Can("SeeAudit"), &[]),
    // search
    page("/search", Who::Can("SeeCustomers")),
    // customers
    page("/customers", Who::Can("SeeCustomers")),
    page("/customers/new", Who::Can("AddCustomers")),
    page("/customers/match", Who::Can("SeeCustomers")),
    form("/customers", Who::Can("AddCustomers"), &[("name", "Kim"), ("time_zone", "UTC")]),
    page("/customers/choice", Who::Can("SeeCustomers")),
    page("/customers/{customer}", Who::Can("SeeCustomers")),
    form("/customers/{customer}", Who::Can("EditCustomers"), &[("was_city", ""), ("city", "Oslo")]),
    page("/customers/{customer}/edit", Who::Can("EditCustomers")),
    page("/customers/{customer}/status", Who::Can("EditCustomers")),
    form(
        "/customers/{customer}/status",
        Who::Can("EditCustomers"),
        &[("was_status", "active"), ("status", "at_risk"), ("why", "Asked about leaving")],
    ),
    page("/customers/{customer}/consents", Who::Can("NoteConsents")),
    form(
        "/customers/{customer}/consents",
        Who::Can("NoteConsents"),
        &[("channel", "email"), ("purpose", "offers"), ("given", "given"), ("source", "On the phone")],
    ),
    page("/customers/{customer}/authentication", Who::Can("SeeCustomers")),
    form(
        "/customers/{customer}/authentication",
        Who::Can("LogInteractions"),
        &[("contact", "call"), ("method", "password")],
    ),
    form("/customers/{customer}/revelation", Who::Can("SeeCustomers"), &[("why", "Preparing the written answer")]),
    page("/customers/{customer}/link", Who::Can("EditEconomics")),
    form("/customers/{customer}/link", Who::Can("EditEconomics"), &[("main", "Nobody Inc")]),
    form(
        "/customers/{customer}/link/removal",
        Who::Can("EditEconomics"),
        &[("main", "01890000-0000-7000-8000-000000000000")],
    ),
    page("/customers/{customer}/contacts/new", Who::Can("AddCustomers")),
    form("/customers/{customer}/contacts", Who::Can("AddCustomers"), &[("name", "Kim")]),
    page("/customers/{customer}/subscriptions/new", Who::Can("AddCustomers")),
    form("/customers/{customer}/subscriptions", Who::Can("AddCustomers"), &[("product", "Voice")]),
    page("/contacts/{contact}/edit", Who::Can("EditCustomers")),
    form("/contacts/{contact}", Who::Can("EditCustomers"), &[("was_job", ""), ("job", "Owner")]),
    page("/subscriptions/{subscription}/edit", Who::Can("EditCustomers")),
    form("/subscriptions/{subscription}", Who::Can("EditCustomers"), &[("was_plan", ""), ("plan", "Pro")]),
    page("/orders/{order}", Who::Can("SeeCustomers")),
    // economics
    page("/subscriptions/{subscription}/costs", Who::Can("EditEconomics")),
    form("/subscriptions/{subscription}/costs", Who::Can("EditEconomics"), COST),
    page("/subscriptions/{subscription}/costs/new", Who::Can("EditEconomics")),
    page("/orders/{order}/costs", Who::Can("EditEconomics")),
    form("/orders/{order}/costs", Who::Can("EditEconomics"), COST),
    page("/orders/{order}/costs/new", Who::Can("EditEconomics")),
    page("/service_costs/{cost}/edit", Who::Can("EditEconomics")),
    form("/service_costs/{cost}", Who::Can("EditEconomics"), &[("was_amount", "10.00"), ("amount", "12.00")]),
    form("/service_costs/{cost}/removal", Who::Can("EditEconomics"), &[("version", "1")]),
    // problems
    page("/problems", Who::Can("SeeProblems")),
    page("/incidents", Who::Can("SeeProblems")),
    page("/problems/new", Who::Can("WorkProblems")),
    form("/problems", Who::Can("WorkProblems"), &[("title", "Billed twice")]),
    page("/problems/{problem}", Who::Can("SeeProblems")),
    page("/problems/{problem}/edit", Who::Can("WorkProblems")),
    form("/problems/{problem}/edit", Who::Can("WorkProblems"), &[("was_title", "Outage"), ("title", "Outages")]),
    page("/problems/{problem}/cases", Who::Can("SeeProblems")),
    form("/problems/{problem}/cases", Who::Can("WorkProblems"), &[("numbers", "SD-1")]),
    page("/problems/{problem}/link", Who::Can("WorkProblems")),
    form("/problems/{problem}/cases/{case}/removal", Who::Can("WorkProblems"), &[]),
    form("/problems/{problem}/notes", Who::Can("WorkProblems"), &[("words", "Since Monday")]),
    form("/problems/{problem}/factors", Who::Can("WorkProblems"), &[("category", "people"), ("words", "New staff")]),
    form("/problems/{problem}/factors/{factor}/removal", Who::Can("WorkProblems"), &[]),
    form("/problems/{problem}/cause", Who::Can("WorkProblems"), &[("cause", "price")]),
    form("/problems/{problem}/fix", Who::Can("WorkProblems"), &[("words", "Mend it"), ("due", "2026-05-04")]),
    form("/problems/{problem}/fixed", Who::Can("WorkProblems"), &[("on", "2026-03-04")]),
    form("/problems/{problem}/watching", Who::Can("WorkProblems"), &[]),
    form("/problems/{problem}/closing", Who::Can("WorkProblems"), &[("words", "It was nothing")]),
    form("/problems/{problem}/reopening", Who::Can("WorkProblems"), &[("words", "It is back")]),
    form("/problems/{problem}/answers", Who::Can("WorkProblems"), &[("words", "It is mended"), ("means", "email")]),
    form("/problems/{problem}/problem", Who::Can("WorkProblems"), &[]),
    form("/cases/{case}/cause", Who::Can("WorkProblems"), &[("cause", "price")]),
    form("/cases/{case}/problems", Who::Can("WorkProblems"), &[("problem", "none")]),
    page("/problems.csv", Who::Can("ExportCases")),
    page("/problems.xlsx", Who::Can("ExportCases")),
    page("/incidents.csv", Who::Can("ExportCases")),
    page("/incidents.xlsx", Who::Can("ExportCases")),
    // recoding
    page("/recoding", Who::Can("Recode")),
    form("/recoding", Who::Can("Recode"), &[("from", "2026-01-01"), ("until", "2026-01-31"), ("size", "20")]),
    page("/recoding/other", Who::Can("Recode")),
    page("/recoding/{sample}", Who::Can("Recode")),
    page("/recoding/{sample}/cases", Who::Can("Recode")),
    page("/recoding/{sample}/next", Who::Can("Recode")),
    page("/recoding/{sample}/{case}", Who::Can("Recode")),
    form("/recoding/{sample}/{case}", Who::Can("Recode"), &[("reason", "price")]),
    form("/recoding/{sample}/{case}/cause", Who::Can("Recode"), &[("cause", "price")]),
    // desk: the queue
    page("/live", Who::SignedIn),
    page("/queue", Who::Can("SeeCases")),
    page("/queue.csv", Who::Can("ExportCases")),
    page("/queue.xlsx", Who::Can("ExportCases")),
    page("/queue/rows/{case}", Who::Can("SeeCases")),
    page("/queue/peek/{case}", Who::Can("SeeCases")),
    form("/queue/columns", Who::Can("SeeCases"), &[("column", "value")]),
    form("/queue/next", Who::Can("AssignCases"), &[]),
    form("/queue/assignment", Who::Can("AssignCases"), &[("owner", "")]),
    form("/queue/views", Who::Can("SeeCases"), &[("name", "Rings")]),
    page("/queue/views/new", Who::Can("SeeCases")),
    own_page("/queue/views/{view}", Who::Can("SeeCases")),
    own_form("/queue/views/{view}", Who::Can("SeeCases"), &[("name", "Rings")]),
    own_form("/queue/views/{view}/removal", Who::Can("SeeCases"), &[]),
    form("/cases/{case}/assignment", Who::Can("AssignCases"), &[("owner", "")]),
    // desk: a case
    form("/cases", Who::Can("OpenCases"), &[("kind", "complaint")]),
    page("/cases/new", Who::Can("OpenCases")),
    page("/cases/new/subjects", Who::Can("OpenCases")),
    page("/cases/{case}", Who::Can("SeeCases")),
    page("/cases/{case}/edit", Who::Can("WorkCases")),
    form("/cases/{case}/edit", Who::Can("WorkCases"), &[("priority", "1")]),
    form("/cases/{case}/attempts", Who::Can("LogInteractions"), &[("body", "Called")]),
    form("/cases/{case}/interactions", Who::Can("LogInteractions"), &[("kind", "note"), ("body", "Called")]),
    form("/cases/{case}/just_cancel", Who::Can("WorkCases"), &[]),
    page("/cases/{case}/cancellation_letter", Who::Can("SeeCases")),
    // processes
    page("/processes", Who::Can("SeePolicy")),
    page("/processes/{process_kind}", Who::Can("SeePolicy")),
    page("/processes/{process_kind}/edit", Who::Can("EditPolicy")),
    form("/processes/{process_kind}/edit", Who::Can("EditPolicy"), &[("version", "1")]),
    page("/cases/{case}/processes/new", Who::Can("WorkCases")),
    form(
        "/cases/{case}/processes",
        Who::Can("WorkCases"),
        &[("kind", "marketing"), ("number", "1"), ("value", "Mailings")],
    ),
    page("/case_processes/{process}", Who::Can("SeeCases")),
    form("/case_processes/{process}/facts", Who::Can("WorkCases"), &[]),
    form("/case_processes/{process}/corrections", Who::Can("WorkCases"), &[]),
    form("/case_processes/{process}/people", Who::Can("WorkCases"), &[]),
    form("/case_processes/{process}/stopping", Who::Can("SettleProcesses"), &[("why", "Settled")]),
    form("/case_processes/{process}/mail", Who::Can("WorkCases"), &[]),
    form("/case_processes/{process}/confirmation", Who::Can("WorkCases"), &[("why", "Letter posted")]),
    form("/case_processes/{process}/release", Who::Can("EditCustomers"), &[]),
    form("/process_steps/{step}/repetition", Who::Can("WorkCases"), &[]),
    form("/process_steps/{step}/skipping", Who::Can("SettleProcesses"), &[("why", "Settled")]),
    page("/cases/{case}/close", Who::Can("CloseCases")),
    page("/cases/{case}/close/kept", Who::Can("CloseCases")),
    form("/cases/{case}/close", Who::Can("CloseCases"), &[("outcome", "lost")]),
    form("/cases/{case}/reopening", Who::Can("CloseCases"), &[("why", "Called again")]),
    // desk: offers of a case
    page("/cases/{case}/offer", Who::Can("MakeOffers")),
    form("/cases/{case}/offer", Who::Can("MakeOffers"), &[("type", "percent_discount"), ("value", "5")]),
    form("/cases/{case}/offers", Who::Can("MakeOffers"), &[("type", "refund"), ("value", "5"), ("then", "draft")]),
    page("/offers/{offer}", Who::Can("SeeCases")),
    page("/offers/{offer}/confirmation", Who::Can("SeeCases")),
    form("/offers/{offer}/revisions", Who::Can("MakeOffers"), &[("value", "6"), ("seen", "1")]),
    form("/offers/{offer}/feasibility", Who::Can("MakeOffers"), &[("seen", "1")]),
    form("/offers/{offer}/presentation", Who::Can("MakeOffers"), &[("means", "phone"), ("seen", "1")]),
    form("/offers/{offer}/acceptance", Who::Can("MakeOffers"), &[("seen", "1")]),
    form("/offers/{offer}/refusal", Who::Can("MakeOffers"), &[("objection", "price"), ("seen", "1")]),
    form("/offers/{offer}/withdrawal", Who::Can("MakeOffers"), &[("why", "Not needed")]),
    form("/offers/{offer}/approval", Who::Can("MakeOffers"), &[("words", "Worth it"), ("seen", "1")]),
    form("/approvals/{approval}/answer", Who::Can("MakeOffers"), &[("words", "Because")]),
    form("/approvals/{approval}/withdrawal", Who::Can("MakeOffers"), &[]),
    form(
        "/cases/{case}/promises",
        Who::Can("MakePromises"),
        &[("what", "Call back"), ("due", "2026-03-09T12:00"), ("owner", "nobody")],
    ),
    page("/cases/{case}/promises/needs", Who::Can("MakePromises")),
    form("/cases/{case}/promises/feasibility", Who::Can("AskDepartments"), &[("what", "A visit on Tuesday")]),
    page("/promise_types", Who::Can("SeePolicy")),
    page("/promise_types/new", Who::Can("EditPolicy")),
    form("/promise_types", Who::Can("EditPolicy"), &[("name", "A visit"), ("hours", "8"), ("version", "0")]),
    page("/promise_types/{promise_type}", Who::Can("SeePolicy")),
    form(
        "/promise_types/{promise_type}",
        Who::Can("EditPolicy"),
        &[("name", "A visit"), ("hours", "8"), ("version", "1")],
    ),
    page("/promises", Who::Can("SeePromises")),
    own_form("/promises/{promise}/done", Who::Can("KeepOwnPromises"), &[("why", "On the account")]),
    page("/dashboard", Who::Can("SeeReports")),
    page("/reports/rows", Who::Can("SeeOwnFigures")),
    page("/reports/credits", Who::Can("SeeReports")),
    page("/reports/missed", Who::Can("SeeReports")),
    page("/reports/coaching", Who::Can("SeeReports")),
    figures_page("/people/{person}", Who::Can("SeeOwnFigures")),
    figures_page("/people/{person}/figures.csv", Who::Can("ExportReports")),
    figures_page("/people/{person}/figures.xlsx", Who::Can("ExportReports")),
    page("/targets", Who::Can("SeeReports")),
    page("/targets/new", Who::Can("SetTargets")),
    form(
        "/targets",
        Who::Can("SetTargets"),
        &[("whose", "nobody"), ("figure", "save_rate"), ("from", "2026-03"), ("value", "60")],
    ),
    page("/targets/{target}", Who::Can("SetTargets")),
    form("/targets/{target}", Who::Can("SetTargets"), &[("value", "61"), ("was_value", "60%")]),
    page("/dashboard.csv", Who::Can("ExportReports")),
    page("/dashboard.xlsx", Who::Can("ExportReports")),
    page("/reports/rows.csv", Who::Can("ExportReports")),
    page("/reports/rows.xlsx", Who::Can("ExportReports")),
    page("/reports/credits.csv", Who::Can("ExportReports")),
    page("/reports/credits.xlsx", Who::Can("ExportReports")),
    page("/reports/missed.csv", Who::Can("ExportReports")),
    page("/reports/missed.xlsx", Who::Can("ExportReports")),
    page("/targets.csv", Who::Can("ExportReports")),
    page("/targets.xlsx", Who::Can("ExportReports")),
    page("/reports/coaching.csv", Who::Can("ExportReports")),
    page("/reports/coaching.xlsx", Who::Can("ExportReports")),
    page("/reports/mail", Who::Can("SeeReports")),
    form("/reports/mail", Who::Can("SeeReports"), &[("every", "week")]),
    form("/reports/mail/end", Who::Can("SeeReports"), &[]),
    form("/promises/{promise}/due", Who::Can("KeepPromises"), &[("due", "2026-03-09T12:00"), ("why", "Later")]),
    form("/promises/{promise}/owner", Who::Can("KeepPromises"), &[("owner", "nobody"), ("why", "Away")]),
    page("/files/{file}", Who::Can("SeeCases")),
    form("/promises/{promise}/completion", Who::Can("KeepPromises"), &[("why", "On invoice 4711")]),
    form("/promises/{promise}/breach", Who::Can("KeepPromises"), &[("why", "Forgotten")]),
    form("/promises/{promise}/waiver", Who::Can("KeepPromises"), &[("why", "Not needed")]),
    page("/interactions/{interaction}/correction", Who::Can("LogInteractions")),
    form("/interactions/{interaction}/correction", Who::Can("LogInteractions"), &[("body", "Called twice")]),
    // follow-ups
    page("/follow_ups", Who::Can("SeeCases")),
    page("/follow_ups/new", Who::Can("WorkCases")),
    form("/follow_ups/new", Who::Can("WorkCases"), &[("kind", "callback"), ("what", "Call back")]),
    page("/follow_ups/cases", Who::Can("SeeCases")),
    page("/follow_ups/{follow_up}", Who::Can("SeeCases")),
    form("/follow_ups/{follow_up}/completion", Who::Can("WorkCases"), &[("note", "Reached them")]),
    form(
        "/follow_ups/{follow_up}/snooze",
        Who::Can("WorkCases"),
        &[("when", "2026-03-06T15:00:00Z"), ("until", "reply"), ("seen", "2026-03-05T15:00:00Z")],
    ),
    form("/follow_ups/{follow_up}/waking", Who::Can("WorkCases"), &[]),
    form(
        "/follow_ups/{follow_up}/time",
        Who::Can("WorkCases"),
        &[("at", "2026-03-06T11:00"), ("why", "They asked for it"), ("seen", "2026-03-05T15:00:00Z")],
    ),
    form("/follow_ups/{follow_up}/owner", Who::Can("WorkCases"), &[("owner", "01890000-0000-7000-8000-000000000000")]),
    form("/follow_ups/{follow_up}/dropping", Who::Can("WorkCases"), &[("why", "Not needed")]),
    form("/follow_ups/{follow_up}/reopening", Who::Can("WorkCases"), &[]),
    page("/calling_hours", Who::Can("SeePolicy")),
    form("/calling_hours", Who::Can("EditPolicy"), &[("monday", "9:00-18:00"), ("version", "1")]),
    page("/calendar/{link}", Who::Anyone),
    form("/profile/calendar", Who::Can("SeeCases"), &[]),
    form("/profile/calendar/removal", Who::Can("SeeCases"), &[]),
    // requests to departments
    page("/requests", Who::Can("SeeRequests")),
    page("/requests/new", Who::Can("AskDepartments")),
    form("/requests/new", Who::Can("AskDepartments"), &[("what", "Cause of the drops")]),
    page("/requests/forecast", Who::Can("AskDepartments")),
    requested_page("/requests/{request}", Who::Can("SeeRequests")),
    requested("/requests/{request}/acceptance", Who::Can("AnswerRequests"), &[]),
    requested("/requests/{request}/answer", Who::Can("AnswerRequests"), &[("words", "A broken cable")]),
    requested("/requests/{request}/return", Who::Can("AnswerRequests"), &[("words", "Which line?")]),
    requested("/requests/{request}/department", Who::Can("AnswerRequests"), &[("words", "Theirs"), ("to", "nobody")]),
    requested("/requests/{request}/words", Who::Can("SeeRequests"), &[("words", "Since Monday")]),
    requested("/requests/{request}/supply", Who::Can("AskDepartments"), &[("words", "Line two")]),
    requested("/requests/{request}/cancellation", Who::Can("AskDepartments"), &[("words", "Settled")]),
    requested("/requests/{request}/conditions", Who::Can("AskDepartments"), &[]),
    requested("/requests/{request}/withdrawal", Who::Can("AnswerRequests"), &[("words", "Not any more")]),
    requested("/requests/{request}/failure", Who::Can("SeeRequests"), &[("words", "It broke")]),
    requested("/requests/{request}/links", Who::Can("AskDepartments"), &[]),
    page("/answer/{token}", Who::Anyone),
    form("/answer/{token}", Who::Anyone, &[("words", "A broken cable"), ("name", "Kim")]),
    page("/lead_times", Who::Can("SeeRequests")),
    requested_page("/lead_times/{department}", Who::Can("SeeRequests")),
    requested(
        "/lead_times/{department}",
        Who::Can("SeeRequests"),
        &[("version", "0"), ("question", "8"), ("job", "16"), ("feasibility", "4")],
    ),
    // complaints
    page("/complaints", Who::Can("SeeCases")),
    page("/complaints/new", Who::Can("WorkComplaints")),
    form("/complaints/new", Who::Can("WorkComplaints"), &[("template", "fcc")]),
    page("/complaints/{complaint}", Who::Can("SeeCases")),
    page("/complaints/{complaint}/letter", Who::Can("SeeCases")),
    form("/complaints/{complaint}/allegations", Who::Can("WorkComplaints"), &[("words", "Billed twice")]),
    form("/complaints/{complaint}/allegations/removal", Who::Can("WorkComplaints"), &[("of", "gone")]),
    form("/complaints/{complaint}/actions", Who::Can("WorkComplaints"), &[("what", "Refunded")]),
    form("/complaints/{complaint}/actions/removal", Who::Can("WorkComplaints"), &[("of", "gone")]),
    form("/complaints/{complaint}/text", Who::Can("WorkComplaints"), &[("opening", "We looked into it.")]),
    form("/complaints/{complaint}/review", Who::Can("WorkComplaints"), &[]),
    form("/complaints/{complaint}/return", Who::Can("SignComplaints"), &[("why", "Too short")]),
    form("/complaints/{complaint}/signature", Who::Can("SignComplaints"), &[("revision", "1")]),
    form("/complaints/{complaint}/sending", Who::Can("WorkComplaints"), &[("how", "portal"), ("evidence", "Receipt")]),
    form(
        "/complaints/{complaint}/rebuttal",
        Who::Can("WorkComplaints"),
        &[("received_on", "2026-03-04"), ("words", "No")],
    ),
    form("/complaints/{complaint}/extension", Who::Can("WorkComplaints"), &[("why", "Records")]),
    form("/complaints/{complaint}/customer", Who::Can("WorkComplaints"), &[]),
    form("/complaints/{complaint}/closing", Who::Can("WorkComplaints"), &[("how", "withdrawn"), ("why", "Letter")]),
    form("/complaints/{complaint}/reopening", Who::Can("WorkComplaints"), &[("why", "By mistake")]),
    page("/complaint_templates", Who::Can("SeePolicy")),
    page("/complaint_templates/new", Who::Can("EditPolicy")),
    form("/complaint_templates/new", Who::Can("EditPolicy"), &[("name", "BBB of Denver")]),
    page("/complaint_templates/{template}", Who::Can("SeePolicy")),
    form("/complaint_templates/{template}", Who::Can("EditPolicy"), &[("version", "1")]),
    // booked calls
    page("/appointments", Who::Can("SeeAppointments")),
    page("/cases/{case}/appointments/new", Who::Can("WorkCases")),
    form("/cases/{case}/appointments", Who::Can("WorkCases"), &[("what", "Why calls drop"), ("then", "book")]),
    requested_page("/appointments/{appointment}", Who::Can("SeeAppointments")),
    page("/appointments/{appointment}/time", Who::Can("WorkCases")),
    form("/appointments/{appointment}/time", Who::Can("WorkCases"), &[("then", "book"), ("version", "1")]),
    form("/appointments/{appointment}/holding", Who::Can("WorkCases"), &[("note", "All clear now")]),
    form("/appointments/{appointment}/missing", Who::Can("WorkCases"), &[("note", "Nobody picked up")]),
    form("/appointments/{appointment}/cancellation", Who::Can("WorkCases"), &[("note", "They are away")]),
    // approvals
    page("/approvals", Who::Can("DecideApprovals")),
    page("/approvals/{approval}", Who::Can("DecideApprovals")),
    form(
        "/approvals/{approval}/decision",
        Who::Can("DecideApprovals"),
        &[("decision", "approve"), ("seen", "1"), ("because", "worth")],
    ),
    form("/approvals/{approval}/question", Who::Can("DecideApprovals"), &[("reason", "Since when?")]),
    // catalogue
    page("/offer_types", Who::Can("SeePolicy")),
    page("/offer_types/new", Who::Can("EditPolicy")),
    form("/offer_types", Who::Can("EditPolicy"), &[("name", "Loyalty credit")]),
    page("/offer_types/test", Who::Can("SeePolicy")),
    page("/offer_types/{code}", Who::Can("SeePolicy")),
    page("/offer_types/{code}/versions/new", Who::Can("EditPolicy")),
    form("/offer_types/{code}/versions", Who::Can("EditPolicy"), &[("based_on", "1")]),
    // limits
    page("/limits", Who::Can("SeePolicy")),
    form(
        "/limits",
        Who::Can("EditPolicy"),
        &[("based_on", "1"), ("tier", "next"), ("currency", "USD"), ("why", "Less")],
    ),
    form("/limits/review", Who::Can("EditPolicy"), &[("based_on", "1"), ("tier", "next"), ("currency", "USD")]),
    page("/limits/versions", Who::Can("SeePolicy")),
    // ladders and the chaser
    page("/ladders", Who::Can("SeePolicy")),
    page("/ladders/{kind}", Who::Can("EditPolicy")),
    form("/ladders/{kind}", Who::Can("EditPolicy"), &[("version", "1")]),
    form("/ladders/{kind}/review", Who::Can("EditPolicy"), &[("version", "1")]),
    page("/chaser", Who::Can("RunChaser")),
    form("/chaser/rounds", Who::Can("RunChaser"), &[]),
    form_on_own("/chaser/parked/{deadline}/retry", Who::Can("RunChaser"), &[]),
    form_on_own("/chaser/parked_processes/{process}/retry", Who::Can("RunChaser"), &[]),
    // intake
    page("/imports", Who::Can("ImportData")),
    form("/imports", Who::Can("ImportData"), &[]),
    page("/imports/new", Who::Can("ImportData")),
    page("/imports/{import}", Who::Can("ImportData")),
    page("/imports/{import}/columns", Who::Can("ImportData")),
    form("/imports/{import}/columns", Who::Can("ImportData"), &[]),
    form("/imports/{import}/run", Who::Can("ImportData"), &[]),
    form("/imports/{import}/discard", Who::Can("ImportData"), &[]),
    page("/imports/{import}/refusals.csv", Who::Can("ImportData")),
];

#[test]
fn every_route_is_listed() {
    let listed: BTreeSet<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(listed.len(), ROUTES.len(), "a route is listed twice");
    let there: BTreeSet<String> = sources().iter().flat_map(|(_, text)| routes_in(text)).collect();
    assert!(there.len() > 10, "routes are not found any more");
    let missing: Vec<_> = there.difference(&listed).collect();
    assert!(missing.is_empty(), "say in this file who may go to {missing:?}");
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(gone.is_empty(), "there is no route {gone:?} any more");
}

#[test]
fn routes_are_found_however_they_are_written() {
    let text = r#"Router::new().route("/a", get(list).post(create)).route(
        "/b/{id}",
        axum::routing::post(budget(target)),
    )"#;
    assert_eq!(routes_in(text), ["GET /a", "POST /a", "POST /b/{id}"]);
}

#[tokio::test]
async fn every_role_goes_where_it_may_and_nowhere_else() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let mut pair = Pair::of(&app, role).await;
        for route in ROUTES {
            for whose in [Whose::Gone, Whose::Others, Whose::Own] {
                if whose != Whose::Own && !is_of_something(route.path) {
                    continue;
                }
                let path = pair.things.path(route.path, whose);
                let (first, again) = ask_twice(&pair.person, route, &path).await;
                let said = format!("{} {} as {}, {whose:?}", route.method, route.path, role.name());
                assert_safe(&said, &first.headers);
                if let Err(why) = judge(route, role, whose, &first, &again) {
                    wrong.push(format!("{said}: {why}"));
                }
            }
            // what a form does to one does not touch the next
            if route.method == Method::POST && route.who.may(role) {
                pair = Pair::of(&app, role).await;
            }
        }
    }
    for route in ROUTES {
        let things = Things::nobodys();
        let page = ask(&visitor, route, &things.path(route.path, Whose::Gone), Uuid::new_v4()).await;
        let to_sign_in = page.status == 303 && page.location().starts_with("/sign-in");
        if to_sign_in == matches!(route.who, Who::Anyone) {
            wrong.push(format!("{} {} as a visitor: {}", route.method, route.path, page.status));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_form_refuses_another_site() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Person { name: "Ana", roles: &Role::ALL, ..Person::default() }).await;
    let things = Things::nobodys();
    for route in ROUTES.iter().filter(|route| route.method == Method::POST) {
        for client in [&admin, &app.visitor()] {
            let request = client.form(&things.path(route.path, Whose::Gone), route.fields);
            let page = send(request.header("sec-fetch-site", "cross-site")).await;
            assert_eq!(page.status, 403, "{}", route.path);
            assert_safe(route.path, &page.headers);
        }
    }
}

/// What is wrong with the answers, if anything is.
fn judge(route: &Route, role: Role, whose: Whose, first: &Page, again: &Page) -> Result<(), String> {
    let may = route.who.may(role);
    let status = first.status.as_u16();
    let others = match route.other {
        Other::AsOwn => false,
        Other::HiddenFromDepartments => role == Role::Department,
        Other::HiddenFromPeers => !matches!(role, Role::Manager | Role::Admin),
        Other::Hidden | Other::Nothing => true,
    };
    let hides = whose == Whose::Gone || (whose == Whose::Others && others);
    let good = match () {
        () if !may => status == 403,
        // an unknown file or one-time link says so in a page of its own
        () if hides && matches!(route.who, Who::Anyone) => status < 500,
        () if hides => status == if route.other == Other::Nothing { 303 } else { 404 },
        () if matches!(route.who, Who::Anyone) => status < 500,
        () if route.method == Method::GET => matches!(status, 200 | 303),
        // done, refused by a rule, or sent back with messages beside the fields
        () => matches!(status, 200 | 303 | 409 | 422 | 429),
    };
    if !good {
        return Err(format!("{status}, may: {may}"));
    }
    let goes_to = |page: &Page| page.headers.get("location").cloned();
    let same = again.status == first.status && goes_to(again) == goes_to(first);
    // a sign-out was done the first time; what may be shown only once, or counts only once, is told
    // without it
    let signed_out = again.status == 303 && again.location().starts_with("/sign-in");
    let told = matches!(status, 200 | 422) && matches!(again.status.as_u16(), 303 | 429);
    if !same && !signed_out && !told {
        return Err(format!("{status}, but {} when sent again", again.status));
    }
    Ok(())
}

async fn ask_twice(client: &Client, route: &Route, path: &str) -> (Page, Page) {
    let key = Uuid::new_v4();
    let first = ask(client, route, path, key).await;
    (first, ask(client, route, path, key).await)
}

async fn ask(client: &Client, route: &Route, path: &str, key: Uuid) -> Page {
    if route.path == "/live" {
        // goes on for as long as the page is open
        let answer = client.request(Method::GET, "/live?topic=notices").send().await.unwrap();
        return Page { status: answer.status(), headers: answer.headers().clone(), body: String::new() };
    }
    if route.method == Method::GET {
        return client.get(path).await;
    }
    let key = key.to_string();
    if route.path == "/imports" {
        let file = multipart::Part::bytes("name\nZoë\n".as_bytes()).file_name("people.csv");
        let form = multipart::Form::new().text("key", key).part("file", file);
        return send(client.request(Method::POST, path).multipart(form)).await;
    }
    let mut fields = route.fields.to_vec();
    fields.push(("key", &key));
    client.post_form(path, &fields).await
}

/// Somebody signed in, and what is theirs and a colleague's.
struct Pair {
    person: Client,
    things: Things,
}

impl Pair {
    async fn of(app: &TestApp, role: Role) -> Self {
        let person = app.sign_in(role).await;
        let other = Person { name: "Other", roles: &[role], team: Some("South"), ..Person::default() };
        let things = Things::of(app, &person, &app.sign_in_as(other).await).await;
        Self { person, things }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Whose {
    Own,
    Others,
    Gone,
}

/// What addresses speak of: of the person, of a colleague in another team.
struct Things(Vec<(&'static str, String, String)>);

impl Things {
    async fn of(app: &TestApp, person: &Client, colleague: &Client) -> Self {
        let (own, others) = (given_things(app, person).await, given_things(app, colleague).await);
        Self(own.into_iter().zip(others).map(|((name, own), (_, others))| (name, own, others)).collect())
    }

    fn nobodys() -> Self {
        Self(Vec::new())
    }

    /// The address with ids in it.
    fn path(&self, path: &str, whose: Whose) -> String {
        let mut filled = String::new();
        for part in path.split_inclusive('/') {
            let (part, slash) = part.strip_suffix('/').map_or((part, ""), |part| (part, "/"));
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                None => filled.push_str(part),
                Some(name) => {
                    let thing = self.0.iter().find(|(other, ..)| *other == name);
                    filled.push_str(&match (thing, whose) {
                        (Some((_, own, _)), Whose::Own) => own.clone(),
                        (Some((.., others)), Whose::Others) => others.clone(),
                        _ => Uuid::now_v7().to_string(),
                    });
                }
            }
            filled.push_str(slash);
        }
        filled
    }
}

/// Whether an address speaks of something that is somebody's.
fn is_of_something(path: &str) -> bool {
    path.contains('{') && !path.starts_with("/assets/")
}

/// One of each kind, of this person.
async fn given_things(app: &TestApp, client: &Client) -> Vec<(&'static str, String)> {
    let user = client.user.unwrap();
    let mut connection = app.owner().await;
    let session: SessionId = sqlx::query_scalar("select id from sessions where user_id = $1")
        .bind(user)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let team: Option<TeamId> = sqlx::query_scalar("select team_id from users where id = $1")
        .bind(user)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let team = match team {
        Some(team) => team,
        None => sqlx::query_scalar("select id from teams limit 1").fetch_one(&mut connection).await.unwrap(),
    };
    let mut things = vec![("user", user.to_string()), ("session", session.to_string()), ("team", team.to_string())];
    things.push(("person", user.to_string()));
    things.push(("target", given_target(app, user).await));
    things.push(("code", "percent_discount".to_owned()));
    things.push(("kind", "promise".to_owned()));
    things.push(("template", "fcc".to_owned()));
    let promise_type: Uuid =
        sqlx::query_scalar("select id from promise_types limit 1").fetch_one(&mut connection).await.unwrap();
    things.push(("promise_type", promise_type.to_string()));
    things.extend(given_customer(app, user, team).await);
    things.push(given_absence(app, user).await);
    let case = things.iter().find(|(name, _)| *name == "case").map(|(_, id)| id.clone()).unwrap();
    things.extend(given_request(app, user, &case).await);
    things.push(given_complaint(app).await);
    things.push(("process_kind", "escalation".to_owned()));
    things.extend(given_process(app, user, &case).await);
    things.extend(given_problem(app, &case).await);
    things
}

/// What somebody is to reach.
async fn given_target(app: &TestApp, user: UserId) -> String {
    let mut tx = app.begin().await;
    let about = savedesk::targets::About {
        whose: savedesk::targets::Whose::Person(user),
        figure: savedesk::targets::Figure::SaveRate,
        currency: None,
        from: "2026-03-01".parse().unwrap(),
    };
    let target = savedesk::targets::set(&mut tx, &savedesk::auth::Can::desk(), about, Some(6_000)).await.unwrap();
    tx.commit().await.unwrap();
    target.to_string()
}

/// A complaint that nobody has answered yet.
async fn given_complaint(app: &TestApp) -> (&'static str, String) {
    let customer = app.given_customer("Renée Dubois").await;
    ("complaint", complaint_of(app, customer).await.to_string())
}

/// A process of support that runs in a case, of which no step has begun.
async fn given_process(app: &TestApp, user: UserId, case: &str) -> [(&'static str, String); 2] {
    let (process, step, now) = (Uuid::now_v7(), Uuid::now_v7(), app.clock.now().to_rfc3339());
    let sql = format!(
        "insert into processes (id, case_id, template_id, customer_id, kind, freezes_offers, holds, confidential, started_at,
            started_by_id)
         select '{process}', '{case}', t.id, c.customer_id, t.kind, false, false, false, '{now}', '{user}'
         from process_templates t, cases c where t.kind = 'support' and c.id = '{case}';
         insert into process_steps (id, process_id, position, place, what, makes, department_id, hours, working, tells)
         select case s.position when 1 then '{step}' else gen_random_uuid() end, '{process}', s.position, s.place, s.what,
            s.makes, s.department_id, s.hours, s.working, s.tells
         from process_template_steps s join process_templates t on t.id = s.template_id where t.kind = 'support'"
    );
    let mut tx = app.begin().await;
    tx.execute(AssertSqlSafe(sql)).await.unwrap();
    audit::record(&mut tx, Entry::new(Action::ProcessStarted, Subject::Process(process.into()))).await.unwrap();
    tx.commit().await.unwrap();
    [("process", process.to_string()), ("step", step.to_string())]
}

/// A problem that explains the case, with what contributed to it, and a sample that holds the case.
async fn given_problem(app: &TestApp, case: &str) -> [(&'static str, String); 3] {
    let [problem, factor, sample] = [(); 3].map(|()| Uuid::now_v7());
    let now = app.clock.now().to_rfc3339();
    let sql = format!(
        "insert into problems (id, kind, title, what, opened_at) values ('{problem}', 'problem', 'Outage', '', '{now}');
         insert into problem_factors (id, problem_id, category, words, added_at)
         values ('{factor}', '{problem}', 'process', 'Nobody was told', '{now}');
         insert into problem_cases (problem_id, case_id, linked_at) values ('{problem}', '{case}', '{now}');
         insert into recoding_samples (id, from_day, until_day, zone, seed, asked, drawn_at)
         values ('{sample}', '2026-02-01', '2026-03-01', 'UTC', 7, 50, '{now}');
         insert into recodings (sample_id, case_id, position, coded) values ('{sample}', '{case}', 1, 'price')"
    );
    let mut tx = app.begin().await;
    tx.execute(AssertSqlSafe(sql)).await.unwrap();
    audit::record(&mut tx, Entry::new(Action::ProblemOpened, Subject::Problem(problem.into()))).await.unwrap();
    tx.commit().await.unwrap();
    [("problem", problem.to_string()), ("factor", factor.to_string()), ("sample", sample.to_string())]
}

/// A question to this person's department, or to Legal where they are of none.
async fn given_request(app: &TestApp, user: UserId, case: &str) -> [(&'static str, String); 2] {
    let (request, now) = (Uuid::now_v7(), app.clock.now().to_rfc3339());
    let department: Uuid = sqlx::query_scalar(
        "select coalesce((select department_id from users where id = $1), (select id from departments where name = 'Legal'))",
    )
    .bind(user)
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    let sql = format!(
        "insert into requests (id, case_id, customer_id, department_id, kind, what, asked_at, asked_by_id, due_at, because)
         select '{request}', id, customer_id, '{department}', 'question', 'Cause of the drops', '{now}', '{user}', '{now}',
            'Soon'
         from cases where id = '{case}'"
    );
    let mut tx = app.begin().await;
    tx.execute(AssertSqlSafe(sql)).await.unwrap();
    audit::record(&mut tx, Entry::new(Action::RequestAsked, Subject::Request(request.into()))).await.unwrap();
    tx.commit().await.unwrap();
    [("request", request.to_string()), ("department", department.to_string())]
}

/// A customer with a contact, a subscription and an order, a case about the order that this person works on with a note
/// in it, an offer with a request for its approval, a promise, a view of the queue and an imported file of theirs, a notice and a
/// parked mail.
async fn given_customer(app: &TestApp, owner: UserId, team: TeamId) -> Vec<(&'static str, String)> {
    let [customer, contact, subscription, order, cost, case, interaction, view, import, offer] =
        [(); 10].map(|()| Uuid::now_v7());
    let [approval, promise, follow_up, notice, mail, file, appointment] = [(); 7].map(|()| Uuid::now_v7());
    let now = app.clock.now().to_rfc3339();
    let sql = format!(
        "insert into customers (id, name, created_at) values ('{customer}', 'Renée Dubois', '{now}');
         insert into contacts (id, customer_id, name) values ('{contact}', '{customer}', 'Renée Dubois');
         insert into subscriptions (id, customer_id, product, monthly_price_minor, currency)
         values ('{subscription}', '{customer}', 'Fibre', 4900, 'USD');
         insert into orders (id, customer_id, number, ordered_at, total_minor, currency)
         values ('{order}', '{customer}', '{order}', '{now}', 12000, 'USD');
         insert into service_costs (id, customer_id, subscription_id, what, amount_minor, currency, source, as_of)
         values ('{cost}', '{customer}', '{subscription}', 'Licences', 1000, 'USD', 'Finance', '2026-01-01');
         insert into cases (id, customer_id, kind, channel, stage, order_id, value_at_risk_minor, currency, owner_id,
            team_id, opened_at)
         values ('{case}', '{customer}', 'order_cancellation', 'phone', 'working', '{order}', 12000, 'USD', '{owner}',
            '{team}', '{now}');
         insert into interactions (id, case_id, customer_id, at, by_id, kind, body)
         values ('{interaction}', '{case}', '{customer}', '{now}', '{owner}', 'note', 'Wants it sooner');
         insert into queue_views (id, owner_id, name, query) values ('{view}', '{owner}', 'Rings', 'kind=complaint');
         insert into imports (id, kind, file_name, file, file_digest, header_digest, look, created_by_id, created_at)
         values ('{import}', 'customers', 'people.csv', convert_to(E'name\\nZoë\\n', 'UTF8'), '{case}', '{case}', '{{}}', '{owner}', '{now}');
         insert into import_refusals (import_id, row_number, line_number, reason) values ('{import}', 1, 2, 'Odd');
         insert into offers (id, case_id, customer_id, order_id, offer_type, made_at, made_by_id)
         values ('{offer}', '{case}', '{customer}', '{order}', 'percent_discount', '{now}', '{owner}');
         insert into offer_revisions (offer_id, revision, version_id, percent_bp, currency, at, by_id)
         select '{offer}', 1, id, 500, 'USD', '{now}', '{owner}'
         from offer_type_versions where offer_type = 'percent_discount';
         insert into approvals (id, offer_id, revision, asked_by_id, asked_at, words, because, due_at, due_because)
         values ('{approval}', '{offer}', 1, '{owner}', '{now}', 'Worth it', 'Over the limit', '{now}', 'At once');
         insert into promises (id, case_id, customer_id, what, owner_id, department_id, due_at, because, cost_minor, currency,
            made_at)
         select '{promise}', '{case}', '{customer}', 'Call back', '{owner}', department_id, '{now}', 'Agreed', 0, 'USD', '{now}'
         from users where id = '{owner}';
         insert into notices (id, to_id, key, kind, about, urgent, at, way)
         values ('{notice}', '{owner}', '{notice}', 'assigned', 'News', false, '{now}', 'inbox');
         insert into mails (id, key, to_address, user_id, subject, body, queued_at, next_at, stage, error, ended_at)
         values ('{mail}', '{mail}', 'a@b.example', '{owner}', 'News', 'News', '{now}', '{now}', 'parked', 'Why', '{now}');
         insert into follow_ups (id, case_id, kind, what, owner_id, due_at, because, made_at)
         values ('{follow_up}', '{case}', 'callback', 'Call back', '{owner}', '2026-03-05 15:00+00', 'Agreed', '{now}');
         insert into deadlines (id, case_id, kind, what, due_at, because, set_at, owner_id, subject_id)
         values (gen_random_uuid(), '{case}', 'follow_up', 'Call back', '2026-03-05 15:00+00', 'Agreed', '{now}', '{owner}',
            '{follow_up}');
         insert into appointments (id, case_id, customer_id, kind, what, starts_at, minutes, host_id, time_zone, invites,
            booked_at)
         values ('{appointment}', '{case}', '{customer}', 'callback', 'Why calls drop', '2026-03-06 15:00+00', 30, '{owner}',
            'UTC', false, '{now}');
         insert into appointment_people (appointment_id, user_id, host, during)
         values ('{appointment}', '{owner}', true, 'empty');
         insert into deadlines (id, case_id, kind, what, due_at, because, set_at, owner_id, subject_id)
         values (gen_random_uuid(), '{case}', 'appointment', 'Why calls drop', '2026-03-06 15:00+00', 'Booked', '{now}',
            '{owner}', '{appointment}');
         insert into file_contents (customer_id, sha256, bytes)
         values ('{customer}', sha256('said so'::bytea), 'said so'::bytea);
         insert into files (id, customer_id, case_id, interaction_id, name, kind, size, sha256, at)
         values ('{file}', '{customer}', '{case}', '{interaction}', 'note.txt', 'text', 7, sha256('said so'::bytea),
            '{now}')"
    );
    let mut tx = app.begin().await;
    tx.execute(AssertSqlSafe(sql)).await.unwrap();
    let entry = Entry::new(Action::CaseOpened, Subject::Case(CaseId::from(case)));
    audit::record(&mut tx, entry.of(CustomerId::from(customer))).await.unwrap();
    tx.commit().await.unwrap();
    let ids = [
        ("customer", customer),
        ("contact", contact),
        ("subscription", subscription),
        ("order", order),
        ("cost", cost),
        ("case", case),
        ("interaction", interaction),
        ("view", view),
        ("import", import),
        ("offer", offer),
        ("approval", approval),
        ("promise", promise),
        ("notice", notice),
        ("mail", mail),
        ("follow_up", follow_up),
        ("appointment", appointment),
        ("file", file),
    ];
    ids.map(|(name, id)| (name, id.to_string())).to_vec()
}

/// Somebody is away from tomorrow on.
async fn given_absence(app: &TestApp, user: UserId) -> (&'static str, String) {
    let mut tx = app.begin().await;
    let from = tx.now() + chrono::TimeDelta::days(1);
    let until = from + chrono::TimeDelta::days(1);
    let new = savedesk::accounts::NewAbsence { user, from, until, delegate: None };
    let absence = savedesk::accounts::note_absence(&mut tx, &savedesk::auth::Actor::desk(), &new).await.unwrap();
    tx.commit().await.unwrap();
    ("absence", absence.to_string())
}

/// The routes a file of the source adds, as `GET /path`.
fn routes_in(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let mut found = Vec::new();
    for (at, word) in text.match_indices(".route(") {
        let rest = text[at + word.len()..].trim_start();
        let Some((path, rest)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
            continue;
        };
        let mut depth = 0;
        let end = rest.find(|letter| {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth < 0
        });
        let handlers = &rest[..end.unwrap_or(rest.len())];
        for method in ["get", "post", "put", "delete", "patch", "any"] {
            let called = handlers
                .match_indices(&format!("{method}("))
                .any(|(at, _)| !handlers[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'));
            if called {
                found.push(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    found
}
