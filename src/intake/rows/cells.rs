//! The cells of a row, read by what is known of their columns.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::calendar;
use crate::error::FormErrors;
use crate::intake::choices::{Choices, Dates, mark};
use crate::intake::mapping::{Field, Kind};
use crate::intake::reader::{Row, Sheet};
use crate::intake::values::{
    DateFormat, DateOrder, Decimals, Exchanged, Written, date_format, decimals, exchanged, time_of_day, whole,
};
use crate::money::{Currency, DecimalMark, Money};

/// The longest name of a source.
const SOURCE: usize = 60;

/// Why a row cannot be brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column the trouble is in, where it can be told.
    pub column: Option<String>,
    /// Why, as a sentence.
    pub reason: String,
}

impl Fault {
    /// A fault of the row as a whole.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { column: None, reason: reason.into() }
    }
}

/// How the dates of one column are read.
#[derive(Debug, Clone, Copy)]
struct DateReading {
    order: DateOrder,
    exchanged: Option<Exchanged>,
}

/// All that is known of the columns before the first row is read.
#[derive(Debug)]
pub(in crate::intake) struct Reading<'s> {
    pub(super) header: &'s [String],
    columns: HashMap<Field, usize>,
    dates: HashMap<Field, DateReading>,
    marks: HashMap<Field, Option<DecimalMark>>,
    pub(super) currency: Currency,
    pub(super) zone: Tz,
    pub(super) country: String,
    pub(super) as_of: NaiveDate,
    pub(super) case_kind: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) at: DateTime<Utc>,
}

const DATES: [Field; 6] =
    [Field::ReceivedAt, Field::ForwardedOn, Field::OrderedAt, Field::StartedOn, Field::ContractEnd, Field::BilledOn];
const AMOUNTS: [Field; 6] =
    [Field::MonthlyPrice, Field::TotalRevenue, Field::Refunds, Field::UnitPrice, Field::ValueAtRisk, Field::Amount];

impl<'s> Reading<'s> {
    /// Settles what the columns and the answers together decide.
    pub(in crate::intake) fn new(
        kind: Kind,
        sheet: &'s Sheet,
        choices: &Choices,
        at: DateTime<Utc>,
    ) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::new();
        choices.check(kind, &sheet.header, &mut errors);
        let columns: HashMap<Field, usize> = kind
            .fields()
            .iter()
            .filter_map(|field| {
                let name = choices.column(*field);
                Some((*field, sheet.header.iter().position(|column| column == name)?))
            })
            .collect();
        let answers = &choices.answers;
        let mut dates = HashMap::new();
        for field in DATES {
            if let Some(&at) = columns.get(&field)
                && let Some(reading) = errors.check("dates", date_reading(sheet, at, answers.dates)).flatten()
            {
                dates.insert(field, reading);
            }
        }
        let mut marks = HashMap::new();
        let answered = answers.decimals.as_deref().and_then(mark);
        for field in AMOUNTS {
            let Some(&at) = columns.get(&field) else { continue };
            let mark = match (answered, decimals(column(sheet, at))) {
                (Some(mark), _) | (None, Decimals::Certain(mark)) => Some(mark),
                (None, Decimals::Mixed) => None,
                (None, Decimals::Ambiguous) => {
                    let name = &sheet.header[at];
                    errors.add(
                        "decimals",
                        format!("Choose what parts the decimals: the amounts of “{name}” can be read in two ways."),
                    );
                    None
                }
            };
            marks.insert(field, mark);
        }
        let zone = answers.time_zone.unwrap_or(chrono_tz::America::New_York);
        match answers.source.as_deref().map_or(0, |source| source.chars().count()) {
            0 => errors.add("source", "Enter where the rows come from, like “billing system”."),
            length if length > SOURCE => errors.add("source", format!("Shorten the source to {SOURCE} characters.")),
            _ => {}
        }
        for (field, answer) in [(Field::CaseKind, &answers.case_kind), (Field::Channel, &answers.channel)] {
            if kind == Kind::Cases && answer.is_none() && !columns.contains_key(&field) {
                let name = field.label().to_lowercase();
                errors.add(field_question(field), format!("Choose the {name} of the cases: no column says it."));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            header: &sheet.header,
            columns,
            dates,
            marks,
            currency: answers.currency.unwrap_or(Currency::USD),
            zone,
            country: answers.country.clone().unwrap_or_else(|| "US".to_owned()),
            as_of: answers.as_of.unwrap_or_else(|| at.with_timezone(&zone).date_naive()),
            case_kind: answers.case_kind.clone(),
            channel: answers.channel.clone(),
            at,
        })
    }

    pub(super) fn feeds(&self, field: Field) -> bool {
        self.columns.contains_key(&field)
    }

    pub(super) fn cells<'r>(&'r self, row: &'r Row) -> Cells<'r> {
        Cells { reading: self, row }
    }

    /// The moment a local time of the file is.
    pub(super) fn moment(&self, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        calendar::wall_clock(self.zone, date.and_time(time))
    }
}

/// The question of the mapping that a field of cases answers to.
fn field_question(field: Field) -> &'static str {
    if field == Field::CaseKind { "case_kind" } else { "case_channel" }
}

fn column(sheet: &Sheet, at: usize) -> impl Iterator<Item = &str> {
    sheet.rows.iter().map(move |row| row.fields[at].as_str())
}

/// None when the column is blank throughout: there is nothing to read then.
fn date_reading(sheet: &Sheet, at: usize, answer: Option<Dates>) -> Result<Option<DateReading>, String> {
    if column(sheet, at).all(|cell| cell.trim().is_empty()) {
        return Ok(None);
    }
    let name = &sheet.header[at];
    let format = date_format(column(sheet, at)).map_err(|not| format!("Column “{name}” holds no dates: {not}"))?;
    let order = match (answer, format) {
        (Some(Dates::Ymd), _) => DateOrder::YearFirst,
        (Some(Dates::Dmy), _) => DateOrder::DayFirst,
        (Some(Dates::Mdy), _) => DateOrder::MonthFirst,
        (_, DateFormat::Certain(order)) => order,
        (_, DateFormat::Ambiguous(_)) => {
            return Err(format!("Choose how the dates are written: those of “{name}” can be read in two ways."));
        }
    };
    let all: Vec<NaiveDate> = column(sheet, at).filter_map(|cell| Some(order.read(cell)?.date)).collect();
    match (answer, exchanged(&all)) {
        (Some(Dates::Exchanged), exchanged) => Ok(Some(DateReading { order, exchanged })),
        (None, Some(damage)) => Err(format!(
            "Say whether day and month were exchanged: {} dates of “{name}” fall outside {}, and inside with day and \
             month exchanged.",
            damage.certain,
            span(&damage),
        )),
        _ => Ok(Some(DateReading { order, exchanged: None })),
    }
}

/// The months that dates of a damaged column certainly lie in: `Apr 2015 to Jun 2015`.
pub(in crate::intake) fn span(damage: &Exchanged) -> String {
    let month = |(year, month): (i32, u32)| {
        NaiveDate::from_ymd_opt(year, month, 1).map(|day| day.format("%b %Y").to_string()).unwrap_or_default()
    };
    format!("{} to {}", month(damage.from), month(damage.until))
}

/// The cells of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'r> {
    reading: &'r Reading<'r>,
    pub(super) row: &'r Row,
}

impl<'r> Cells<'r> {
    /// What stands in a field's column, trimmed; nothing when no column feeds it.
    pub(super) fn raw(&self, field: Field) -> &'r str {
        self.reading.columns.get(&field).and_then(|at| self.row.fields.get(*at)).map_or("", |cell| cell.trim())
    }

    /// A fault of one field.
    pub(super) fn fault(&self, field: Field, reason: impl Into<String>) -> Fault {
        let column = self.reading.columns.get(&field).map(|at| self.reading.header[*at].clone());
        Fault { column, reason: reason.into() }
    }

    /// A text that must not be longer than its place.
    pub(super) fn text(&self, field: Field, longest: usize) -> Result<&'r str, Fault> {
        let text = self.raw(field);
        let length = text.chars().count();
        if length > longest {
            let name = field.label();
            return Err(self.fault(field, format!("{name} has {length} characters; shorten it to {longest}.")));
        }
        Ok(text)
    }

    fn written(&self, field: Field) -> Result<Option<Written>, Fault> {
        let cell = self.raw(field);
        let Some(reading) = self.reading.dates.get(&field).filter(|_| !cell.is_empty()) else {
            return Ok(None);
        };
        let unreadable = || self.fault(field, format!("“{}” is not a date.", short(cell)));
        let mut written = reading.order.read(cell).ok_or_else(unreadable)?;
        if let Some(damage) = &reading.exchanged {
            written.date = put_back(written.date, damage);
        }
        Ok(Some(written))
    }

    /// A day.
    pub(super) fn date(&self, field: Field) -> Result<Option<NaiveDate>, Fault> {
        Ok(self.written(field)?.map(|written| written.date))
    }

    /// A moment; the time of day may stand in a column of its own. A day alone is its noon, which is the same day in
    /// most of the world.
    pub(super) fn moment(&self, field: Field, time_field: Option<Field>) -> Result<Option<DateTime<Utc>>, Fault> {
        let Some(written) = self.written(field)? else {
            return Ok(None);
        };
        let beside = match time_field.map(|field| (field, self.raw(field))) {
            Some((field, cell)) if !cell.is_empty() => {
                let unreadable = || self.fault(field, format!("“{}” is not a time of day.", short(cell)));
                Some(time_of_day(cell).ok_or_else(unreadable)?)
            }
            _ => None,
        };
        let time = written.time.or(beside).unwrap_or(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default());
        let at = match written.offset {
            Some(offset) => written.date.and_time(time).and_local_timezone(offset).earliest().map(|at| at.to_utc()),
            None => Some(self.reading.moment(written.date, time)),
        };
        let at = at.ok_or_else(|| self.fault(field, "This moment does not exist."))?;
        // a day alone may be today, whose noon is still to come
        if at > self.reading.at
            && written.time.or(beside).is_none()
            && at - self.reading.at < chrono::TimeDelta::days(1)
        {
            return Ok(Some(self.reading.at));
        }
        if at > self.reading.at {
            return Err(self.fault(field, format!("“{}” lies in the future.", short(self.raw(field)))));
        }
        Ok(Some(at))
    }

    /// The currency of this row.
    pub(super) fn currency(&self) -> Result<Currency, Fault> {
        match self.raw(Field::Currency) {
            "" => Ok(self.reading.currency),
            code => Currency::parse(code).map_err(|unknown| self.fault(Field::Currency, unknown.to_string())),
        }
    }

    /// An amount.
    pub(super) fn money(&self, field: Field, currency: Currency) -> Result<Option<Money>, Fault> {
        let cell = self.raw(field);
        if cell.is_empty() {
            return Ok(None);
        }
        let read = match self.reading.marks.get(&field).copied().flatten() {
            Some(mark) => Money::parse_with(cell, currency, mark),
            None => Money::parse(cell, currency),
        };
        let name = format!("the {}", field.label().to_lowercase());
        read.map(Some).map_err(|not| self.fault(field, format!("“{}”: {}", short(cell), not.sentence(&name))))
    }

    /// A whole number.
    pub(super) fn whole(&self, field: Field) -> Result<Option<i64>, Fault> {
        match self.raw(field) {
            "" => Ok(None),
            cell => match whole(cell) {
                Some(number) => Ok(Some(number)),
                None => Err(self.fault(field, format!("“{}” is not a whole number.", short(cell)))),
            },
        }
    }
}

/// A date that was damaged wherever both readings are dates, as it was before.
fn put_back(date: NaiveDate, damage: &Exchanged) -> NaiveDate {
    let back = NaiveDate::from_ymd_opt(date.year(), date.day(), date.month());
    let inside = |date: &NaiveDate| (damage.from..=damage.until).contains(&(date.year(), date.month()));
    back.filter(inside).unwrap_or(date)
}

/// A cell as a sentence can hold it.
pub(super) fn short(cell: &str) -> String {
    let mut letters = cell.chars();
    let start: String = letters.by_ref().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}
