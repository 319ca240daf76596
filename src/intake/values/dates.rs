//! Dates and times of day, read by the format of their whole column.

use chrono::{Datelike as _, FixedOffset, NaiveDate, NaiveTime};

/// In which order a column writes day, month and year where all three are numbers.
///
/// Dates that begin with a year of four digits, or name their month, are read alike in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DateOrder {
    /// Year, month, day: 2015-04-22.
    YearFirst,
    /// Day, month, year: 22/04/2015.
    DayFirst,
    /// Month, day, year: 04/22/2015.
    MonthFirst,
}

/// What a column tells about its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateFormat {
    /// The order is beyond doubt.
    Certain(DateOrder),
    /// Several orders fit: somebody has to be asked.
    Ambiguous(Vec<DateOrder>),
}

/// The column holds no dates: less than half of its cells can be read as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a date.")]
pub struct NotDates(pub String);

/// A date as a cell holds it, with the time of day and the offset if they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The date.
    pub date: NaiveDate,
    /// The time of day.
    pub time: Option<NaiveTime>,
    /// How far the zone is from UTC.
    pub offset: Option<FixedOffset>,
}

/// Day and month of a column were exchanged before it got here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchanged {
    /// The first month of the dates that cannot have been exchanged.
    pub from: (i32, u32),
    /// The last month of them.
    pub until: (i32, u32),
    /// How many dates fall outside those months as they stand, and inside with day and month
    /// exchanged.
    pub certain: usize,
    /// How many fall inside both ways.
    pub undecided: usize,
}

impl DateOrder {
    const ALL: [Self; 3] = [Self::YearFirst, Self::DayFirst, Self::MonthFirst];

    /// What to call it, with an example.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::YearFirst => "year, month, day (2026-04-22)",
            Self::DayFirst => "day, month, year (22/04/2026)",
            Self::MonthFirst => "month, day, year (04/22/2026)",
        }
    }

    /// Reads one cell in this order.
    ///
    /// Years of two digits are 1969 to 2068. The separator may be a hyphen, slash, point or space.
    #[must_use]
    pub fn read(self, text: &str) -> Option<Written> {
        let (date, time) = split_time(text.trim());
        let date = self.date(date)?;
        let Some(time) = time else {
            return Some(Written { date, time: None, offset: None });
        };
        let (time, offset) = split_offset(time)?;
        Some(Written { date, time: Some(time_of_day(time)?), offset })
    }

    fn date(self, text: &str) -> Option<NaiveDate> {
        let compact = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        if compact {
            return day(&text[..4], number(&text[4..6])?, &text[6..]);
        }
        let mut parts = text.split(['-', '/', '.', ' ', ',']).filter(|part| !part.is_empty());
        let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        if let Some(month) = month(b) {
            return if a.len() == 4 { day(a, month, c) } else { day(c, month, a) };
        }
        if let Some(month) = month(a) {
            return day(c, month, b);
        }
        match self {
            _ if a.len() == 4 => day(a, number(b)?, c),
            Self::YearFirst => None,
            Self::DayFirst => day(c, number(b)?, a),
            Self::MonthFirst => day(c, number(a)?, b),
        }
    }
}

/// Looks at a whole column of dates; blank cells don't count.
///
/// # Errors
/// When less than half of the cells are dates in any order; it names the first that is none.
pub fn date_format<'c>(cells: impl IntoIterator<Item = &'c str>) -> Result<DateFormat, NotDates> {
    let (mut all, mut read, mut day_only, mut month_only, mut apart) = (0, 0, 0, 0, 0);
    let mut year_last = 0;
    let mut first_bad = None;
    for cell in cells.into_iter().map(str::trim).filter(|cell| !cell.is_empty()) {
        all += 1;
        let [year, day, month] = DateOrder::ALL.map(|order| order.read(cell));
        read += usize::from(day.is_some() || month.is_some());
        year_last += usize::from(year.is_none());
        match (day, month) {
            (Some(day), Some(month)) => apart += usize::from(day != month),
            (Some(_), None) => day_only += 1,
            (None, Some(_)) => month_only += 1,
            (None, None) => {
                year_last -= 1;
                first_bad.get_or_insert(cell);
            }
        }
    }
    if read * 2 < all || read == 0 {
        return Err(NotDates(first_bad.unwrap_or_default().to_owned()));
    }
    Ok(match (day_only, month_only) {
        _ if year_last == 0 => DateFormat::Certain(DateOrder::YearFirst),
        (1.., 0) => DateFormat::Certain(DateOrder::DayFirst),
        (0, 1..) => DateFormat::Certain(DateOrder::MonthFirst),
        (0, 0) if apart == 0 => DateFormat::Certain(DateOrder::DayFirst),
        _ => DateFormat::Ambiguous(vec![DateOrder::DayFirst, DateOrder::MonthFirst]),
    })
}

impl DateFormat {
    /// Settles an ambiguous column by another one of the same rows: the order under which every
    /// pair of dates agrees, when there is exactly one.
    #[must_use]
    pub fn settled_by(self, pairs: &[(&str, Option<NaiveDate>)]) -> Self {
        let Self::Ambiguous(orders) = self else {
            return self;
        };
        let agrees = |order: &DateOrder| {
            let read = pairs.iter().filter_map(|(cell, other)| {
                let other = (*other)?;
                Some(order.read(cell)?.date == other)
            });
            let (agreeing, others): (Vec<bool>, Vec<bool>) = read.partition(|agree| *agree);
            others.is_empty() && !agreeing.is_empty()
        };
        match orders.iter().copied().filter(agrees).collect::<Vec<_>>()[..] {
            [only] => Self::Certain(only),
            _ => Self::Ambiguous(orders),
        }
    }
}

/// Finds out whether day and month of a column were exchanged wherever both readings are dates,
/// which is what a spreadsheet does to a file of the other order.
///
/// Dates after the 12th can't have been exchanged. If the earlier ones spread over months in which
/// there are no later ones, and exchanged they don't, that is what happened.
#[must_use]
pub fn exchanged(dates: &[NaiveDate]) -> Option<Exchanged> {
    let months = |date: &NaiveDate| (date.year(), date.month());
    let sure = dates.iter().filter(|date| date.day() > 12).map(months);
    let (from, until) = (sure.clone().min()?, sure.max()?);
    let inside = |month: (i32, u32)| (from..=until).contains(&month);
    let (mut certain, mut undecided, mut against) = (0, 0, 0);
    for date in dates.iter().filter(|date| date.day() <= 12 && date.day() != date.month()) {
        match (inside(months(date)), inside((date.year(), date.day()))) {
            (false, true) => certain += 1,
            (true, true) => undecided += 1,
            (true, false) => against += 1,
            (false, false) => {}
        }
    }
    (certain >= 3 && against * 20 <= certain).then_some(Exchanged { from, until, certain, undecided })
}

/// Reads a time of day: `14:05`, `14:05:30`, `2:05:30 PM`.
#[must_use]
pub fn time_of_day(text: &str) -> Option<NaiveTime> {
    let text = text.trim().to_ascii_uppercase();
    let (clock, noon) = match (text.strip_suffix("AM"), text.strip_suffix("PM")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (text.as_str(), None),
    };
    let mut parts = clock.trim().splitn(3, ':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let second = match parts.next() {
        Some(second) => number(second.split('.').next()?)?,
        None => 0,
    };
    let hour = match noon {
        Some(noon) if (1..=12).contains(&hour) => hour % 12 + noon,
        Some(_) => return None,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// Parts a cell into its date and what looks like a time behind it.
fn split_time(text: &str) -> (&str, Option<&str>) {
    let time_from =
        text.find(':').and_then(|colon| text[..colon].rfind(|c: char| c == 'T' || c == 't' || c.is_whitespace()));
    match time_from {
        Some(at) => {
            let time = &text[at..];
            let time = time.strip_prefix(['T', 't']).unwrap_or(time);
            (text[..at].trim_end_matches([',', ' ']), Some(time.trim()))
        }
        None => (text, None),
    }
}

/// Parts a time from the offset behind it: `Z`, `+02:00`, `-0500`.
fn split_offset(time: &str) -> Option<(&str, Option<FixedOffset>)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, FixedOffset::east_opt(0)));
    }
    let Some(at) = time.find(['+', '-']) else {
        return Some((time, None));
    };
    let digits = time[at + 1..].replace(':', "");
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..).filter(|m| !m.is_empty()));
    let minutes = minutes.map_or(Some(0), number)?;
    let seconds = i32::try_from(number(hours)? * 3600 + minutes * 60).ok()?;
    let east = if time[at..].starts_with('-') { -seconds } else { seconds };
    Some((&time[..at], Some(FixedOffset::east_opt(east)?)))
}

fn day(year: &str, month: u32, day: &str) -> Option<NaiveDate> {
    let short = match year.len() {
        4 => false,
        2 => true,
        _ => return None,
    };
    let year = i32::try_from(number(year)?).ok()?;
    let year = match year {
        year if !short => year,
        0..69 => 2000 + year,
        _ => 1900 + year,
    };
    NaiveDate::from_ymd_opt(year, month, number(day)?).filter(|date| date.year() >= 1900)
}

fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The number of a month by its English name or the first three letters of it.
fn month(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_lowercase();
    let text = if text == "sept" { "sep" } else { &text };
    let fits = |name: &&str| text.len() >= 3 && (*name == text || name[..3] == *text);
    (1..).zip(NAMES).find(|(_, name)| fits(name)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests;
