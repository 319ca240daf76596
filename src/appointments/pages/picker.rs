//! The picker: who takes part and how long, and under it the times at which all are free, day by day on both clocks.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::round::Round;
use super::super::{Appointment, LENGTHS, LONGEST_WHAT, NewTime, Party, Slot, Span, Stage, store};
use super::{Choice, clock};
use crate::accounts::People;
use crate::auth::{Can, WorkCases};
use crate::calendar::{self, day, time_of_day, wall_clock};
use crate::cases::{self, Case};
use crate::customers::{self, ConsentChannel, Purpose};
use crate::db::together;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{AppointmentId, CaseId, DepartmentId, UserId};
use crate::web::{self, App, Frame, fresh_key};

/// How many days are looked through at a time.
const DAYS: u64 = 7;
/// The furthest ahead that is looked, in weeks.
const WEEKS: u64 = 26;

/// What was chosen and typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PickForm {
    pub(super) case: String,
    pub(super) what: String,
    pub(super) minutes: String,
    pub(super) host: String,
    /// Departments of which any one does.
    pub(super) with: Vec<String>,
    /// Certain people.
    pub(super) person: Vec<String>,
    /// The first day that is looked at.
    pub(super) from: String,
    /// Other days, by a button.
    pub(super) week: String,
    /// One of the times that are offered.
    pub(super) at: String,
    /// Another time.
    pub(super) typed: String,
    pub(super) despite: String,
    pub(super) phone: String,
    pub(super) invites: String,
    pub(super) why: String,
    pub(super) version: String,
    /// "book"; anything else only looks.
    pub(super) then: String,
}

/// One day of times.
pub(super) struct Day {
    pub(super) heading: String,
    pub(super) times: Vec<Time>,
}

/// A time that is offered.
pub(super) struct Time {
    pub(super) value: String,
    pub(super) ours: String,
    pub(super) theirs: String,
    pub(super) who: String,
    pub(super) chosen: bool,
}

pub(super) struct Picker {
    pub(super) case: Case,
    pub(super) customer: String,
    /// The call that is moved.
    pub(super) moved: Option<Appointment>,
    zone: Tz,
    pub(super) ours: String,
    pub(super) theirs: String,
    pub(super) hosts: Vec<Choice>,
    pub(super) departments: Vec<Choice>,
    pub(super) people: Vec<Choice>,
    pub(super) lengths: Vec<Choice>,
    pub(super) days: Vec<Day>,
    /// Which days were looked through.
    pub(super) looked: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// Why the customer is sent nothing, if so.
    pub(super) silent: Option<String>,
    pub(super) form: PickForm,
    pub(super) errors: FormErrors,
    pub(super) once: Uuid,
}

#[derive(Template)]
#[template(path = "appointments/book.html")]
struct PickerPage {
    frame: Frame,
    view: Picker,
}

impl PickForm {
    /// What a call of a case begins with: with oneself, or with the owner of the case.
    pub(super) fn fresh(case: CaseId, host: Option<UserId>) -> Self {
        Self {
            case: case.to_string(),
            minutes: "30".to_owned(),
            host: host.map(|host| host.to_string()).unwrap_or_default(),
            invites: "on".to_owned(),
            ..Self::default()
        }
    }

    /// What a booked call has.
    pub(super) fn of(call: &Appointment, zone: Tz) -> Self {
        let others = call.people.iter().filter(|one| !one.host);
        Self {
            case: call.case.to_string(),
            what: call.what.clone(),
            minutes: call.minutes.to_string(),
            host: call.host.to_string(),
            person: others.map(|one| one.user.to_string()).collect(),
            from: call.starts_at.with_timezone(&zone).date_naive().to_string(),
            phone: call.phone.clone(),
            version: call.version.to_string(),
            ..Self::default()
        }
    }

    fn minutes(&self) -> i16 {
        self.minutes.parse().ok().filter(|minutes| (5..=240).contains(minutes)).unwrap_or(30)
    }

    fn with(&self) -> Vec<Party> {
        let departments = self.with.iter().filter_map(|id| id.parse::<DepartmentId>().ok()).map(Party::Department);
        let people = self.person.iter().filter_map(|id| id.parse::<UserId>().ok()).map(Party::Person);
        departments.chain(people).collect()
    }

    /// Reads what is to be booked.
    pub(super) fn parse(&self, zone: Tz) -> Result<(String, NewTime), FormErrors> {
        let mut errors = FormErrors::new();
        let what = self.what.trim().to_owned();
        match what.chars().count() {
            0 => errors.add("what", "Write in one line what the call is about."),
            1..=LONGEST_WHAT => {}
            _ => errors.add("what", "Use at most 200 characters."),
        }
        let host = errors.check("host", self.host.parse().map_err(|_| "Choose who calls."));
        if self.phone.trim().chars().count() > 60 {
            errors.add("phone", "Use at most 60 characters.");
        }
        let starts_at = match (calendar::typed(&self.typed, zone), self.at.parse::<DateTime<Utc>>()) {
            (Err(why), _) => {
                errors.add("typed", why);
                None
            }
            (Ok(Some(at)), _) | (Ok(None), Ok(at)) => Some(at),
            (Ok(None), Err(_)) => {
                errors.add("at", "Choose one of the times, or enter another.");
                None
            }
        };
        match (starts_at, host, errors.is_empty()) {
            (Some(starts_at), Some(host), true) => {
                let despite = !self.despite.is_empty();
                Ok((what, NewTime { starts_at, minutes: self.minutes(), host, with: self.with(), despite }))
            }
            _ => Err(errors),
        }
    }

    /// The first day that is looked at: as asked for, never past.
    fn first_day(&self, today: NaiveDate) -> NaiveDate {
        let asked = if self.week.is_empty() { &self.from } else { &self.week };
        let last = today.checked_add_days(Days::new(DAYS * WEEKS)).unwrap_or(today);
        asked.parse().unwrap_or(today).clamp(today, last)
    }
}

/// The page with the times for what was chosen.
///
/// # Errors
/// When there is no such case, or it is closed.
pub(super) async fn load(
    app: &App,
    connection: &mut PgConnection,
    can: &Can<WorkCases>,
    mut form: PickForm,
    moved: Option<Appointment>,
) -> Result<Picker> {
    let now = app.now();
    let case = cases::find(connection, form.case.parse().map_err(|_| Error::NotFound)?).await?;
    let people = app.kept::<People>(connection, can).await?;
    let zone = people.zone_of(can.team);
    let customer = customers::find(connection, case.customer).await?;
    let questions = (
        customers::contacts_part(case.customer),
        customers::consents_part(case.customer),
        store::of_departments_part(),
    );
    let (contacts, consents, members) = together(connection, questions).await?;
    let allowed = consents.iter().any(|consent| {
        (consent.channel, consent.purpose) == (ConsentChannel::Email, Purpose::Service) && consent.given
    });
    let reached = contacts.iter().any(|contact| contact.details.email.contains('@'));
    let silent = if !reached {
        Some("The customer has no e-mail address here, so tell them yourself.".to_owned())
    } else if !allowed {
        Some("The customer has not allowed e-mails about our service, so tell them yourself.".to_owned())
    } else {
        None
    };
    if form.phone.is_empty() && moved.is_none() {
        let numbers = contacts.iter().map(|contact| contact.details.phone.trim());
        form.phone = numbers.filter(|number| !number.is_empty()).map(str::to_owned).next().unwrap_or_default();
    }
    form.person.retain(|id| !id.is_empty());
    let staffed = |id: DepartmentId| members.iter().any(|one| one.department == id);
    let today = now.with_timezone(&zone).date_naive();
    let first = form.first_day(today);
    form.from = first.to_string();
    let mut picker = Picker {
        customer: customer.name.clone(),
        ours: clock(zone),
        theirs: clock(customer.time_zone),
        hosts: people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
        departments: people
            .departments()
            .iter()
            .filter(|one| staffed(one.id))
            .map(|one| Choice::new(one.id.to_string(), &one.name))
            .collect(),
        people: members
            .iter()
            .map(|one| Choice::new(one.user.to_string(), &one.words))
            .chain(people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)))
            .collect(),
        lengths: LENGTHS.iter().map(|minutes| Choice::new(minutes.to_string(), format!("{minutes} minutes"))).collect(),
        days: Vec::new(),
        looked: looked(first, today),
        before: (first > today)
            .then(|| first.checked_sub_days(Days::new(DAYS)).unwrap_or(today).max(today).to_string()),
        after: first.checked_add_days(Days::new(DAYS)).map(|day| day.to_string()),
        silent,
        errors: FormErrors::new(),
        once: fresh_key(),
        zone,
        case,
        moved,
        form,
    };
    picker.find_times(connection, first, now).await?;
    Ok(picker)
}

fn looked(first: NaiveDate, today: NaiveDate) -> String {
    use chrono::Datelike as _;
    let last = first.checked_add_days(Days::new(DAYS - 1)).unwrap_or(first);
    format!("{} to {}", calendar::date(first, today.year()), calendar::date(last, today.year()))
}

impl Picker {
    /// The clock of whoever looks.
    pub(super) fn zone(&self) -> Tz {
        self.zone
    }

    pub(super) fn action(&self) -> String {
        match &self.moved {
            Some(call) => format!("/appointments/{}/time", call.id),
            None => format!("/cases/{}/appointments", self.case.id),
        }
    }

    /// The people of the call, and an empty place for one more.
    pub(super) fn places(&self) -> Vec<String> {
        let mut places = self.form.person.clone();
        places.push(String::new());
        places
    }

    /// Whether a time was typed, or there was something wrong with it.
    pub(super) fn typed_open(&self) -> bool {
        !self.form.typed.is_empty() || self.errors.get("typed").is_some() || !self.form.despite.is_empty()
    }

    async fn find_times(&mut self, connection: &mut PgConnection, first: NaiveDate, now: DateTime<Utc>) -> Result<()> {
        let Ok(host) = self.form.host.parse::<UserId>() else { return Ok(()) };
        let midnight = |day: NaiveDate| wall_clock(self.zone, day.and_time(NaiveTime::MIN));
        let until = first.checked_add_days(Days::new(DAYS)).unwrap_or(first);
        let within = Span { from: midnight(first).max(now), until: midnight(until) };
        let except: Option<AppointmentId> = self.moved.as_ref().map(|call| call.id);
        let with = self.form.with();
        let round = match Round::load(connection, self.case.id, (host, &with), within, except).await {
            Ok(round) => round,
            Err(Error::Refused(why)) => {
                self.errors.add("", why);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let theirs = round.zone();
        for slot in round.slots(within, self.form.minutes()) {
            let heading = day(slot.at, self.zone, now);
            let time = self.time(&slot, theirs, &round);
            match self.days.last_mut() {
                Some(day) if day.heading == heading => day.times.push(time),
                _ => self.days.push(Day { heading, times: vec![time] }),
            }
        }
        Ok(())
    }

    fn time(&self, slot: &Slot, theirs: Tz, round: &Round) -> Time {
        let value = slot.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let same_day = slot.at.with_timezone(&theirs).date_naive() == slot.at.with_timezone(&self.zone).date_naive();
        let there = time_of_day(slot.at, theirs);
        Time {
            ours: time_of_day(slot.at, self.zone),
            theirs: if same_day { there } else { format!("{} {there}", slot.at.with_timezone(&theirs).format("%a")) },
            who: round.names(slot).join(", "),
            chosen: self.form.at == value,
            value,
        }
    }
}

/// The page as it is answered.
///
/// # Errors
/// When the template fails.
pub(super) fn page(status: StatusCode, frame: Frame, view: Picker) -> Result<Response> {
    Ok((status, web::html(&PickerPage { frame, view })?).into_response())
}

/// Refuses a call that is over.
pub(super) fn require_booked(call: &Appointment) -> Result<()> {
    if call.stage == Stage::Booked {
        return Ok(());
    }
    Err(super::super::Refusal::Over(call.stage).into())
}
