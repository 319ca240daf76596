//! Promising something by hand.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::{Back, refused};
use crate::accounts::{Department, People};
use crate::answer::Answer;
use crate::auth::{Can, MakePromises};
use crate::calendar::{self, Calendar, Due};
use crate::cases;
use crate::desk::Choice;
use crate::error::{FormErrors, Result};
use crate::ids::CaseId;
use crate::money::{Currency, Money};
use crate::promises::{self, NewPromise, PromiseType, PromiseTypes};
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/cases/{case}/promises", post(create))
}

/// The most characters of what is promised.
const LONGEST: usize = 300;
/// Working hours that are offered.
const HOURS: [(i64, &str); 4] =
    [(4, "4 working hours"), (8, "8 working hours"), (24, "24 working hours"), (40, "40 working hours")];

/// A promise as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct MakeForm {
    pub(in super::super) kind: String,
    pub(in super::super) what: String,
    pub(in super::super) by: String,
    pub(in super::super) due: String,
    pub(in super::super) owner: String,
    pub(in super::super) department: String,
    pub(in super::super) cost: String,
}

/// The times that are offered, by the hours of the case's team: "8 working hours: Fri 20 Nov 10:00". The value is the
/// moment itself, so that what the customer is told is what is kept.
pub(super) fn times(calendar: &Calendar, zone: Tz, now: DateTime<Utc>) -> Vec<Choice> {
    // a quarter of an hour is what people say
    let past = now.timestamp().rem_euclid(900);
    let from = now + TimeDelta::seconds((900 - past) % 900);
    HOURS
        .iter()
        .map(|(hours, words)| {
            let due = calendar.add_working(from, TimeDelta::hours(*hours));
            let value = due.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            Choice::new(value, format!("{words}: {}", calendar::moment(due.at, zone, now)))
        })
        .collect()
}

/// What a promise is read by.
struct Ground<'a> {
    types: &'a [PromiseType],
    departments: &'a [Department],
    calendar: Calendar,
    zone: Tz,
    currency: Currency,
    now: DateTime<Utc>,
}

impl MakeForm {
    /// What the customer is promised.
    pub(super) fn read_what(&self, errors: &mut FormErrors, missing: &str) -> String {
        let what = self.what.trim();
        match what.chars().count() {
            0 => errors.add("what", missing),
            1..=LONGEST => {}
            _ => errors.add("what", "Use at most 300 characters for what was promised."),
        }
        what.to_owned()
    }

    /// By when: as chosen, as typed, else as such promises are kept as a rule.
    fn read_due(&self, errors: &mut FormErrors, of: Option<&PromiseType>, ground: &Ground<'_>) -> Option<Due> {
        let chosen = self.by.parse::<DateTime<Utc>>().ok().filter(|_| self.due.trim().is_empty());
        let at = match (chosen, calendar::typed(&self.due, ground.zone), of) {
            (Some(at), ..) | (None, Ok(Some(at)), _) => at,
            (None, Ok(None), Some(of)) => {
                return Some(ground.calendar.add_working(ground.now, TimeDelta::hours(of.hours.into())));
            }
            (None, Ok(None), None) => {
                errors.add("by", "Choose by when, or enter a time.");
                return None;
            }
            (None, Err(why), _) => {
                errors.add("due", why);
                return None;
            }
        };
        if at <= ground.now {
            let field = if chosen.is_some() { "by" } else { "due" };
            errors.add(field, "Choose a time that is still ahead.");
            return None;
        }
        Some(ground.calendar.until(ground.now, at))
    }

    fn read(&self, ground: &Ground<'_>) -> Result<NewPromise, FormErrors> {
        let mut errors = FormErrors::new();
        let of = ground.types.iter().find(|of| !of.retired && of.id.to_string() == self.kind);
        if of.is_none() {
            errors.add("kind", "Choose what kind of promise it is.");
        }
        let what = self.read_what(&mut errors, "Write what the customer was promised.");
        let due = self.read_due(&mut errors, of, ground);
        let owner = errors.check("owner", self.owner.parse().map_err(|_| "Choose who sees to it."));
        let department = match self.department.as_str() {
            "" => of.and_then(|of| of.department),
            id => {
                let known = ground.departments.iter().find(|one| one.id.to_string() == id).map(|one| one.id);
                errors.check("department", known.ok_or("Choose a department, or none."))
            }
        };
        let cost = match self.cost.trim() {
            "" => Some(Money::zero(ground.currency)),
            typed => {
                let read = Money::parse(typed, ground.currency).map_err(|why| why.sentence("what it costs"));
                let read = read.and_then(|cost| {
                    if cost.minor < 0 {
                        Err("Enter what it costs as an amount of 0 or more.".to_owned())
                    } else {
                        Ok(cost)
                    }
                });
                errors.check("cost", read)
            }
        };
        match (due, owner, cost, errors.is_empty()) {
            (Some(due), Some(owner), Some(cost), true) => {
                Ok(NewPromise { kind: of.map(|of| of.id), what, due, owner, department, cost })
            }
            _ => Err(errors),
        }
    }
}

async fn create(
    State(app): State<App>,
    can: Can<MakePromises>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<MakeForm>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let found = cases::find(&mut connection, case).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let types = app.kept::<PromiseTypes>(&mut connection, &can).await?;
    drop(connection);
    let ground = Ground {
        types: types.all(),
        departments: people.departments(),
        calendar: people.calendar_of(found.team.or(can.team)),
        zone: people.zone_of(can.team),
        currency: found.value_at_risk.currency,
        now: app.now(),
    };
    let (status, errors) = match form.fields.read(&ground) {
        Ok(new) => {
            let say = format!("Promised for {}.", calendar::moment(new.due.at, ground.zone, ground.now));
            let mut tx = app.begin(&can, &form.once).await?;
            match promises::make(&mut tx, &can, case, new).await {
                Ok(_) => {
                    let answer = Answer::to(format!("/cases/{case}")).say(say);
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(error) => refused(error)?,
            }
        }
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
    };
    let back = Back { app: &app, can: &can, frame, case };
    back.with(status, |card| {
        card.make = form.fields;
        card.make_errors = errors;
    })
    .await
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, TimeZone as _};

    use super::*;
    use crate::calendar::WorkingWeek;
    use crate::ids::{DepartmentId, PromiseTypeId, UserId};

    fn nine_to_five() -> Calendar {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        Calendar::new(WorkingWeek::weekdays(at(9), at(17)).unwrap(), Tz::America__New_York)
    }

    #[test]
    fn times_are_offered_in_working_hours_and_on_the_quarter() {
        let now = Utc.with_ymd_and_hms(2026, 3, 6, 19, 7, 12).unwrap();
        let labels: Vec<String> =
            times(&nine_to_five(), Tz::America__New_York, now).into_iter().map(|choice| choice.label).collect();
        assert_eq!(labels[0], "4 working hours: Mon 9 Mar 10:15");
        assert_eq!(labels[1], "8 working hours: Mon 9 Mar 14:15");
    }

    #[test]
    fn a_promise_explains_its_time() {
        let now = Utc.with_ymd_and_hms(2026, 3, 4, 15, 0, 0).unwrap();
        let visit = PromiseType {
            id: PromiseTypeId::new(),
            name: "Technician visit".to_owned(),
            department: Some(DepartmentId::new()),
            needs: Vec::new(),
            hours: 16,
            by_bill: false,
            retired: false,
            version: 1,
        };
        let form = MakeForm {
            kind: visit.id.to_string(),
            what: " Call with the engineer ".to_owned(),
            due: "2026-03-05T12:00".to_owned(),
            owner: UserId::new().to_string(),
            cost: "12.50".to_owned(),
            ..MakeForm::default()
        };
        let ground = Ground {
            types: std::slice::from_ref(&visit),
            departments: &[],
            calendar: nine_to_five(),
            zone: Tz::America__New_York,
            currency: Currency::USD,
            now,
        };
        let read = |form: &MakeForm| form.read(&ground);
        let new = read(&form).unwrap();
        assert_eq!((new.what.as_str(), new.cost.minor), ("Call with the engineer", 1250));
        assert_eq!(new.due.because, "10 working hours after Wed 4 Mar 10:00");
        let wrong = |form: MakeForm, field: &str| assert!(read(&form).unwrap_err().get(field).is_some(), "{field}");
        wrong(MakeForm { what: " ".to_owned(), ..form.clone() }, "what");
        wrong(MakeForm { what: "x".repeat(301), ..form.clone() }, "what");
        let usual = read(&MakeForm { due: String::new(), ..form.clone() }).unwrap();
        assert_eq!(
            (usual.due.because.as_str(), usual.department),
            ("16 working hours after Wed 4 Mar 10:00", visit.department)
        );
        wrong(MakeForm { kind: String::new(), ..form.clone() }, "kind");
        wrong(MakeForm { kind: String::new(), due: String::new(), ..form.clone() }, "by");
        wrong(MakeForm { due: "2026-03-04T09:00".to_owned(), ..form.clone() }, "due");
        wrong(MakeForm { owner: "me".to_owned(), ..form.clone() }, "owner");
        wrong(MakeForm { cost: "-1".to_owned(), ..form.clone() }, "cost");
        wrong(MakeForm { department: "x".to_owned(), ..form.clone() }, "department");
        // well formed, and no department
        wrong(MakeForm { department: DepartmentId::new().to_string(), ..form }, "department");
    }
}
