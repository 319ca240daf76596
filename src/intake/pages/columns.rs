use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::choices::{Answers, Choices, Dates, control};
use super::super::mapping::{Field, Kind};
use super::super::{Import, actions, guesses, run, store};
use super::{Choice, Step, about, steps};
use crate::answer::Answer;
use crate::auth::{Can, ImportData};
use crate::cases;
use crate::complaints;
use crate::error::{Error, FormErrors, Result};
use crate::ids::ImportId;
use crate::money::Currency;
use crate::web::{App, Form, Frame, fresh_key, html};

/// A field with the columns it may be fed by.
struct Row {
    control: String,
    label: &'static str,
    hint: &'static str,
    required: bool,
    column: String,
    samples: String,
    error: Option<String>,
}

/// The answers as they were typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    dates: String,
    decimals: String,
    as_of: String,
    currency: String,
    time_zone: String,
    country: String,
    cpni: bool,
    case_kind: String,
    case_channel: String,
    terms: String,
    source: String,
}

#[derive(Template)]
#[template(path = "imports/columns.html")]
struct ColumnsPage {
    frame: Frame,
    once: Uuid,
    once_too: Uuid,
    steps: [Step; 4],
    errors: FormErrors,
    id: ImportId,
    about: String,
    kind: Kind,
    kinds: [Kind; 4],
    columns: Vec<Choice>,
    rows: Vec<Row>,
    unused: Vec<String>,
    read_as: String,
    notices: Vec<String>,
    date_notes: Vec<String>,
    typed: Typed,
    asks_dates: bool,
    asks_as_of: bool,
    dates: Vec<Choice>,
    decimals: Vec<Choice>,
    currencies: Vec<Choice>,
    countries: Vec<Choice>,
    case_kinds: Vec<Choice>,
    channels: Vec<Choice>,
    terms: Vec<Choice>,
    may_discard: bool,
}

/// Which kind to match for, when it is not what was guessed.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    kind: String,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<ImportData>,
    frame: Frame,
    Path(import): Path<ImportId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let import = store::find(&mut connection, import).await?;
    let terms = complaints::templates(&mut connection).await?;
    drop(connection);
    if !import.stage.is_open() {
        return Ok(Redirect::to(&format!("/imports/{}", import.id)).into_response());
    }
    let kind = Kind::parse(&asked.kind).unwrap_or(import.kind);
    let choices = if kind == import.kind {
        import.choices.clone()
    } else {
        import.look.guesses.get(kind.name()).cloned().unwrap_or_default()
    };
    let typed = written(&choices.answers);
    let page = page(frame, &can, (&import, &terms), kind, &choices.columns, typed, FormErrors::new());
    Ok(html(&page)?.into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<ImportData>,
    frame: Frame,
    Path(import): Path<ImportId>,
    form: Form<Vec<(String, String)>>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let found = store::find(&mut connection, import).await?;
    let terms = complaints::templates(&mut connection).await?;
    drop(connection);
    let sent: BTreeMap<&str, &str> = form.fields.iter().map(|(name, value)| (name.as_str(), value.trim())).collect();
    let kind = sent.get("kind").and_then(|name| Kind::parse(name)).unwrap_or(found.kind);
    let columns: BTreeMap<String, String> = kind
        .fields()
        .iter()
        .filter_map(|field| {
            let column = sent.get(control(field.name()).as_str()).filter(|column| !column.is_empty())?;
            Some((field.name().to_owned(), (*column).to_owned()))
        })
        .collect();
    let typed = typed(&sent);
    let decided = match typed.read() {
        Ok(answers) => {
            let choices = Choices { columns: columns.clone(), answers };
            actions::decide(&app.db, &can, import, kind, choices).await
        }
        Err(errors) => Err(errors.into()),
    };
    let decided = match decided {
        Ok(decided) => decided,
        Err(Error::Invalid(errors)) => {
            let page = page(frame, &can, (&found, &terms), kind, &columns, typed, errors);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
        }
        Err(error) => return Err(error),
    };
    let mut tx = app.begin(&can, &form.once).await?;
    actions::check(&mut tx, &can, decided).await?;
    let answer = tx.finish(Answer::to(format!("/imports/{import}"))).await?;
    run::spawn(&app, import, &can);
    Ok(answer.into_response())
}

fn page(
    frame: Frame,
    _: &Can<ImportData>,
    (import, terms): (&Import, &[complaints::Template]),
    kind: Kind,
    chosen: &BTreeMap<String, String>,
    typed: Typed,
    errors: FormErrors,
) -> ColumnsPage {
    let look = &import.look;
    let samples: BTreeMap<&str, String> =
        look.header.iter().map(String::as_str).zip(look.samples.iter().map(|values| values.join(", "))).collect();
    let rows: Vec<Row> = kind
        .fields()
        .iter()
        .map(|field| {
            let column = chosen.get(field.name()).cloned().unwrap_or_default();
            let control = control(field.name());
            Row {
                label: field.label(),
                hint: field.hint(),
                required: field.required(kind),
                samples: samples.get(column.as_str()).cloned().unwrap_or_default(),
                error: errors.get(&control).map(str::to_owned),
                control,
                column,
            }
        })
        .collect();
    let used: Vec<&String> = chosen.values().collect();
    let date_fields = [Field::ReceivedAt, Field::ForwardedOn, Field::OrderedAt, Field::StartedOn, Field::ContractEnd];
    let date_columns: Vec<&String> = date_fields.iter().filter_map(|field| chosen.get(field.name())).collect();
    ColumnsPage {
        frame,
        once: fresh_key(),
        once_too: fresh_key(),
        steps: steps(1),
        id: import.id,
        about: about(import),
        kind,
        kinds: Kind::ALL,
        columns: look
            .header
            .iter()
            .map(|name| match samples.get(name.as_str()).filter(|values| !values.is_empty()) {
                Some(values) => Choice::new(name, format!("{name} ({})", values.chars().take(40).collect::<String>())),
                None => Choice::new(name, name),
            })
            .collect(),
        unused: look.header.iter().filter(|name| !used.contains(name)).cloned().collect(),
        read_as: format!("Read as {}, separated by {}.", look.encoding, look.separator),
        notices: look.notices.clone(),
        date_notes: date_columns.iter().filter_map(|column| date_note(import, column)).collect(),
        asks_dates: !date_columns.is_empty(),
        asks_as_of: chosen.contains_key(Field::TenureMonths.name()),
        dates: Dates::ALL.map(|dates| Choice::new(dates.name(), dates.label())).to_vec(),
        decimals: vec![Choice::new("point", "Point, like 9,480.00"), Choice::new("comma", "Comma, like 9.480,00")],
        currencies: Currency::all().iter().map(|currency| Choice::new(currency.code(), currency.code())).collect(),
        countries: guesses::countries().map(|(code, name)| Choice::new(code, titled(name))).collect(),
        case_kinds: cases::Kind::ALL.iter().map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        terms: terms
            .iter()
            .filter(|one| one.active)
            .map(|one| Choice::new(&one.code, format!("{}: {}", one.name, one.terms())))
            .collect(),
        channels: cases::Channel::ALL.iter().map(|channel| Choice::new(channel.name(), channel.label())).collect(),
        may_discard: import.stage.is_open(),
        rows,
        typed,
        errors,
    }
}

/// What a column of dates tells, where that matters.
fn date_note(import: &Import, column: &str) -> Option<String> {
    let look = import.look.dates.get(column)?;
    match (&look.order, &look.exchanged) {
        (_, Some((certain, undecided, months))) => Some(format!(
            "“{column}”: {certain} dates fall outside {months} as they stand, and inside with day and month exchanged. \
             Another {undecided} fit both ways. It looks as if a spreadsheet exchanged them."
        )),
        (None, None) => Some(format!("“{column}” can be read with the day first or with the month first.")),
        _ => None,
    }
}

fn titled(name: &str) -> String {
    let words = name.split(' ').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn typed(sent: &BTreeMap<&str, &str>) -> Typed {
    let get = |name: &str| sent.get(name).copied().unwrap_or_default().to_owned();
    Typed {
        dates: get("dates"),
        decimals: get("decimals"),
        as_of: get("as_of"),
        currency: get("currency"),
        time_zone: get("time_zone"),
        country: get("country"),
        cpni: sent.contains_key("cpni"),
        case_kind: get("case_kind"),
        case_channel: get("case_channel"),
        terms: get("terms"),
        source: get("source"),
    }
}

/// The answers as they are typed.
fn written(answers: &Answers) -> Typed {
    Typed {
        dates: answers.dates.map(|dates| dates.name().to_owned()).unwrap_or_default(),
        decimals: answers.decimals.clone().unwrap_or_default(),
        as_of: answers.as_of.map(|day| day.to_string()).unwrap_or_default(),
        currency: answers.currency.map(|currency| currency.code().to_owned()).unwrap_or_default(),
        time_zone: answers.time_zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
        country: answers.country.clone().unwrap_or_default(),
        cpni: answers.cpni,
        case_kind: answers.case_kind.clone().unwrap_or_default(),
        case_channel: answers.channel.clone().unwrap_or_default(),
        terms: answers.terms.clone().unwrap_or_default(),
        source: answers.source.clone().unwrap_or_default(),
    }
}

impl Typed {
    fn read(&self) -> Result<Answers, FormErrors> {
        let mut errors = FormErrors::new();
        let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut answers = Answers {
            dates: Dates::parse(&self.dates),
            decimals: filled(&self.decimals),
            country: filled(&self.country),
            cpni: self.cpni,
            case_kind: filled(&self.case_kind),
            channel: filled(&self.case_channel),
            terms: filled(&self.terms),
            source: filled(&self.source),
            ..Answers::default()
        };
        if !self.as_of.is_empty() {
            let day = self.as_of.parse().map_err(|_| "Enter the day as a date, like 2026-11-19.");
            answers.as_of = errors.check("as_of", day);
        }
        if !self.currency.is_empty() {
            let currency = Currency::parse(&self.currency).map_err(|unknown| unknown.to_string());
            answers.currency = errors.check("currency", currency);
        }
        if !self.time_zone.is_empty() {
            let zone = self.time_zone.parse().map_err(|_| "Enter a time zone by its name, like America/New_York.");
            answers.time_zone = errors.check("time_zone", zone);
        }
        if answers.source.is_none() {
            errors.add("source", "Enter where the rows come from, like “billing system”.");
        }
        if errors.is_empty() { Ok(answers) } else { Err(errors) }
    }
}
