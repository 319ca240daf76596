//! What the work of departments takes, and who sets it: the managers, and the lead of each department.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::actions::save_desk;
use super::super::lead_times::{Blackout, Desk, LeadTime};
use super::super::store;
use super::Choice;
use super::panel::may_edit;
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Actor, Can, EditPolicy, SeeCases, SeeRequests};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{DepartmentId, UserId};
use crate::money::{Currency, Money};
use crate::web::{self, App, Form, Frame, fresh_key};

/// The most kinds of work, and spans of days, that a department lists.
const MOST: usize = 40;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/lead_times", get(list)).route("/lead_times/{department}", get(show).post(save))
}

#[derive(Template)]
#[template(path = "requests/lead_times.html")]
struct ListPage {
    frame: Frame,
    desks: Vec<Desk>,
    year: i32,
}

#[derive(Template)]
#[template(path = "requests/lead_time.html")]
struct DeskPage {
    frame: Frame,
    desk: Desk,
    form: DeskForm,
    errors: FormErrors,
    may: bool,
    /// Sets who leads the department as well.
    manages: bool,
    people: Vec<Choice>,
    teams: Vec<Choice>,
    once: Uuid,
    currencies: Vec<Currency>,
}

/// As typed: a row per kind of work, and a line per span of closed days.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct DeskForm {
    version: String,
    lead: String,
    team: String,
    question: String,
    job: String,
    feasibility: String,
    what: Vec<String>,
    days: Vec<String>,
    per_day: Vec<String>,
    fast_days: Vec<String>,
    fast_price: Vec<String>,
    currency: Vec<String>,
    closed: String,
}

/// The currency of a department's first price.
fn usual_currency(desk: &Desk) -> Currency {
    desk.lead_times.iter().find_map(|one| one.expedite).map_or(Currency::USD, |(_, price)| price.currency)
}

/// A row of the table.
struct Row {
    number: usize,
    what: String,
    days: String,
    per_day: String,
    fast_days: String,
    fast_price: String,
    currency: String,
}

impl DeskForm {
    fn of(desk: &Desk) -> Self {
        let [question, job, feasibility] = desk.hours.map(|hours| hours.to_string());
        let mut form = Self {
            version: desk.version.to_string(),
            lead: desk.lead.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default(),
            team: desk.team.map(|team| team.to_string()).unwrap_or_default(),
            question,
            job,
            feasibility,
            closed: desk
                .blackouts
                .iter()
                .map(|one| format!("{} {} {}", one.from, one.until, one.why))
                .collect::<Vec<_>>()
                .join("\n"),
            ..Self::default()
        };
        let usual = usual_currency(desk);
        for one in &desk.lead_times {
            form.what.push(one.what.clone());
            form.days.push(one.lead_days.to_string());
            form.per_day.push(one.per_day.map(|many| many.to_string()).unwrap_or_default());
            form.fast_days.push(one.expedite.map(|(days, _)| days.to_string()).unwrap_or_default());
            form.fast_price.push(one.expedite.map(|(_, price)| price.plain()).unwrap_or_default());
            form.currency.push(one.expedite.map_or(usual, |(_, price)| price.currency).code().to_owned());
        }
        form
    }

    /// Row by row, with two empty ones at the end.
    fn rows(&self) -> Vec<Row> {
        let at = |values: &[String], n: usize| values.get(n).cloned().unwrap_or_default();
        let filled = self.what.iter().rposition(|what| !what.trim().is_empty()).map_or(0, |last| last + 1);
        (0..(filled + 2).min(MOST))
            .map(|n| Row {
                number: n + 1,
                what: at(&self.what, n),
                days: at(&self.days, n),
                per_day: at(&self.per_day, n),
                fast_days: at(&self.fast_days, n),
                fast_price: at(&self.fast_price, n),
                currency: self
                    .currency
                    .get(n)
                    .or(self.currency.first())
                    .cloned()
                    .unwrap_or_else(|| Currency::USD.code().to_owned()),
            })
            .collect()
    }

    fn parse(&self, desk: &Desk, people: &[Choice], teams: &[Choice]) -> Result<(Desk, i64), FormErrors> {
        let mut errors = FormErrors::new();
        let version = errors.check("", self.version.parse::<i64>().map_err(|_| "Open the page anew."));
        let mut hours = |field: &str, text: &str| {
            let hours = text.trim().parse::<u16>().ok().filter(|hours| (1..=400).contains(hours));
            errors.check(field, hours.ok_or("Enter working hours as a whole number, like 4.")).unwrap_or(1)
        };
        let hours =
            [hours("question", &self.question), hours("job", &self.job), hours("feasibility", &self.feasibility)];
        let mut new = Desk { hours, lead_times: Vec::new(), blackouts: Vec::new(), ..desk.clone() };
        let lead = people.iter().find(|one| one.value == self.lead);
        new.lead = lead.and_then(|one| Some((one.value.parse::<UserId>().ok()?, one.label.clone())));
        new.team = teams.iter().find(|one| one.value == self.team).and_then(|one| one.value.parse().ok());
        for row in self.rows() {
            match time(&row) {
                Ok(Some(time)) => new.lead_times.push(time),
                Ok(None) => {}
                Err(why) => errors.add(&format!("what-{}", row.number), why),
            }
        }
        for line in self.closed.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match blackout(line) {
                Some(one) => new.blackouts.push(one),
                None => errors.add(
                    "closed",
                    "Begin each line with its first and last day, like 2026-12-24 2026-12-26 Christmas.",
                ),
            }
        }
        new.blackouts.sort_by_key(|one| one.from);
        new.blackouts.dedup_by_key(|one| one.from);
        if new.blackouts.len() > MOST {
            errors.add("closed", format!("List at most {MOST} spans."));
        }
        match (version, errors.is_empty()) {
            (Some(version), true) => Ok((new, version)),
            _ => Err(errors),
        }
    }
}

/// A kind of work, or nothing where nothing was typed.
fn time(row: &Row) -> std::result::Result<Option<LeadTime>, String> {
    let what = row.what.trim();
    let number = |text: &str| text.trim().parse::<u16>().ok();
    if [what, row.days.trim(), row.per_day.trim(), row.fast_days.trim(), row.fast_price.trim()]
        .iter()
        .all(|x| x.is_empty())
    {
        return Ok(None);
    }
    if what.is_empty() || what.chars().count() > 80 {
        return Err("Name the work in up to 80 characters.".to_owned());
    }
    let days = number(&row.days).filter(|days| *days <= 365).ok_or("Enter the lead time in working days, like 5.")?;
    let per_day = match row.per_day.trim() {
        "" => None,
        text => {
            let many = number(text).filter(|many| (1..=10_000).contains(many));
            Some(many.ok_or("Enter how many a day as a whole number, or leave it empty.")?)
        }
    };
    let expedite = match (row.fast_days.trim(), row.fast_price.trim()) {
        ("", "") => None,
        (fast, price) => {
            let fast = number(fast).filter(|fast| *fast <= days);
            let fast = fast.ok_or("Enter the expedited time in working days, no more than the lead time.")?;
            let currency = Currency::parse(&row.currency)
                .map_err(|_| "Enter the currency by its three letters, like USD or EUR.")?;
            let price = Money::parse(price, currency).map_err(|error| error.sentence("the price of expediting"))?;
            if price.is_negative() {
                return Err("Enter the price of expediting as an amount, like 86.00.".to_owned());
            }
            Some((fast, price))
        }
    };
    Ok(Some(LeadTime { what: what.to_owned(), lead_days: days, per_day, expedite }))
}

/// `2026-12-24 2026-12-26 Christmas`
fn blackout(line: &str) -> Option<Blackout> {
    let mut parts = line.splitn(3, char::is_whitespace);
    let from: NaiveDate = parts.next()?.parse().ok()?;
    let until: NaiveDate = parts.next()?.parse().ok()?;
    let why = parts.next()?.trim();
    let fits = until >= from && (until - from).num_days() <= 366 && (1..=80).contains(&why.chars().count());
    fits.then(|| Blackout { from, until, why: why.to_owned() })
}

async fn list(State(app): State<App>, can: Can<SeeRequests>, frame: Frame) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let mut desks = store::desks(&mut connection, None).await?;
    if !can.may::<SeeCases>() {
        desks.retain(|desk| Some(desk.department) == can.department);
    }
    Ok(web::html(&ListPage { frame, desks, year: app.now().year() })?.into_response())
}

/// A department whose work whoever asks may see.
async fn find(connection: &mut PgConnection, actor: &Actor, department: &str) -> Result<Desk> {
    let department: DepartmentId = department.parse().map_err(|_| Error::NotFound)?;
    if !actor.may::<SeeCases>() && actor.department != Some(department) {
        return Err(Error::NotFound);
    }
    store::desk(connection, department).await
}

async fn page(
    app: &App,
    connection: &mut PgConnection,
    actor: &Actor,
    frame: Frame,
    desk: Desk,
    form: DeskForm,
    errors: FormErrors,
) -> Result<DeskPage> {
    let people = app.kept::<People>(connection, actor).await?;
    let members = store::members(connection, desk.department).await?;
    Ok(DeskPage {
        frame,
        may: may_edit(actor, &desk),
        manages: actor.may::<EditPolicy>(),
        people: members.iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect(),
        teams: people.teams().iter().map(|team| Choice::new(team.id.to_string(), &team.name)).collect(),
        desk,
        form,
        errors,
        once: fresh_key(),
        currencies: Currency::all(),
    })
}

async fn show(
    State(app): State<App>,
    can: Can<SeeRequests>,
    frame: Frame,
    Path(department): Path<String>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let desk = find(&mut connection, &can, &department).await?;
    let form = DeskForm::of(&desk);
    let page = page(&app, &mut connection, &can, frame, desk, form, FormErrors::new()).await?;
    Ok(web::html(&page)?.into_response())
}

async fn save(
    State(app): State<App>,
    can: Can<SeeRequests>,
    frame: Frame,
    Path(department): Path<String>,
    form: Form<DeskForm>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let desk = find(&mut connection, &can, &department).await?;
    if !may_edit(&can, &desk) {
        return Err(Error::refused("The department’s lead and the managers set these."));
    }
    let mut page = page(&app, &mut connection, &can, frame, desk, form.fields.clone(), FormErrors::new()).await?;
    drop(connection);
    let (status, errors) = match form.fields.parse(&page.desk, &page.people, &page.teams) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok((new, seen)) => {
            let mut tx = app.begin(&can, &form.once).await?;
            if save_desk(&mut tx, &can, new, seen).await? {
                let answer = Answer::to("/lead_times").say(format!("Saved for {}.", page.desk.name));
                return Ok(tx.finish(answer).await?.into_response());
            }
            // what was typed stays; saved again it takes the place of theirs
            page.form.version = page.desk.version.to_string();
            let why = "Somebody else changed these meanwhile. What you typed is below; save again to put it in the place of theirs.";
            (StatusCode::CONFLICT, FormErrors::of("", why))
        }
    };
    page.errors = errors;
    Ok((status, web::html(&page)?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_days_are_read_as_they_are_shown() {
        let one = blackout("2026-12-24 2026-12-26 Christmas and the day after").unwrap();
        assert_eq!((one.from.to_string(), one.why.as_str()), ("2026-12-24".to_owned(), "Christmas and the day after"));
        for text in [
            "2026-12-24 Christmas",
            "2026-12-26 2026-12-24 Backwards",
            "24.12.2026 26.12.2026 x",
            "2026-12-24 2026-12-26",
        ] {
            assert!(blackout(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_shown_of_a_department_is_read_back() {
        let price = Money::new(8_600, Currency::USD);
        let work = LeadTime {
            what: "Change of setting".to_owned(),
            lead_days: 10,
            per_day: Some(6),
            expedite: Some((4, price)),
        };
        let desk =
            Desk { lead_times: vec![work], version: 3, ..Desk::plain(DepartmentId::new(), "Manufacturing".to_owned()) };
        let (read, seen) = DeskForm::of(&desk).parse(&desk, &[], &[]).unwrap();
        assert_eq!((read, seen), (desk.clone(), 3));
        let mut odd = DeskForm::of(&desk);
        odd.fast_days[0] = "20".to_owned();
        assert!(odd.parse(&desk, &[], &[]).unwrap_err().get("what-1").is_some());
    }
}
