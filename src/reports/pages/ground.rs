//! What an address asks for, made out: the span, what it is compared with, the part of the desk.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::range::{back, first_of_month};
use super::super::segment::address;
use super::super::store::{DayTotals, Open};
use super::super::{Against, Figure, Preset, Range, Segment, Sums, TeamChoice};
use crate::auth::{Actor, ExportReports};
use crate::calendar;
use crate::money::{Currency, Money};

/// What an address asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Asked {
    range: String,
    from: String,
    to: String,
    against: String,
    pub(in super::super) team: String,
    pub(in super::super) line: String,
    pub(in super::super) currency: String,
    /// A reason whose deeper ones are shown.
    driver: String,
}

impl Asked {
    /// A part of the desk, as addresses name it.
    pub(in super::super) fn part(team: String, line: String, currency: String) -> Self {
        Self { team, line, currency, ..Self::default() }
    }
}

/// The same, made out for whoever looks.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub(super) against: Against,
    pub(super) range: Range,
    pub(super) before: Range,
    pub(super) segment: Segment,
    /// The reason whose deeper ones are shown; none: those of level 1.
    pub(super) driver: Option<String>,
    /// Whether the address names the currency.
    names_currency: bool,
    pub(super) today: NaiveDate,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
}

impl Ground {
    pub(super) fn new(asked: &Asked, preset: Preset, actor: &Actor, zone: Tz, now: DateTime<Utc>) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let against = Against::from_name(&asked.against).unwrap_or(Against::Before);
        let range = Range::read(preset, &asked.from, &asked.to, today);
        Self::over((range, range.compared(preset, against)), asked, actor, zone, now)
    }

    /// The same over a span and the span before it.
    pub(super) fn over(
        (range, before): (Range, Range),
        asked: &Asked,
        actor: &Actor,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Self {
        let currency = Currency::parse(&asked.currency).ok();
        Self {
            against: Against::from_name(&asked.against).unwrap_or(Against::Before),
            range,
            before,
            segment: Segment {
                team: TeamChoice::read(&asked.team, actor),
                line: Some(asked.line.clone()).filter(|line| !line.is_empty()),
                currency: currency.unwrap_or(Currency::USD),
            },
            driver: Some(asked.driver.clone()).filter(|code| is_code(code)),
            names_currency: currency.is_some(),
            today: now.with_timezone(&zone).date_naive(),
            now,
            zone,
        }
    }

    /// A month, or as much of it as has passed; this one where none is named. Of every team.
    pub(super) fn of_month(
        month: Option<NaiveDate>,
        currency: &str,
        actor: &Actor,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let first = month.map_or(today, |day| day.min(today));
        let first = first_of_month(first);
        let last = (first + Months::new(1) - Days::new(1)).min(today);
        let asked =
            Asked { from: first.to_string(), to: last.to_string(), currency: currency.to_owned(), ..Asked::default() };
        let mut ground = Self::new(&asked, Preset::Custom, actor, zone, now);
        ground.segment.team = TeamChoice::All;
        ground
    }

    /// The span that an address chooses.
    pub(super) fn preset(asked: &Asked, otherwise: Preset) -> Preset {
        Preset::from_name(&asked.range).unwrap_or(otherwise)
    }

    /// When a day begins for whoever looks.
    pub(super) fn begin(&self, day: NaiveDate) -> DateTime<Utc> {
        calendar::wall_clock(self.zone, day.and_time(NaiveTime::MIN))
    }

    /// When today is over, and the seventh day from today.
    pub(super) fn horizons(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.begin(self.today + Days::new(1)), self.begin(self.today + Days::new(8)))
    }

    /// From the first moment of a span to just after its last, or to now where that comes first.
    pub(super) fn between(&self, range: Range) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.begin(range.from), self.begin(range.to + Days::new(1)).min(self.now))
    }

    /// The days that the page needs: back to the weeks, months and saves it looks at.
    pub(super) fn window(&self) -> Range {
        let from = back(self.before.from.min(self.range.from), 90).min(back(self.range.to, 220));
        Range { from, to: self.range.to }
    }

    /// Whether the address names the currency.
    pub(super) fn names_currency(&self) -> bool {
        self.names_currency
    }

    /// Without a currency in the address: that of most cases decided in the span; where nothing was closed, that of most
    /// open ones.
    pub(super) fn choose_currency(&mut self, days: &[DayTotals], open: &[Open]) {
        let weight = |day: &DayTotals| day.sums.decided * if self.range.holds(day.day) { 1_000_000 } else { 1 };
        let mut counts: Vec<(Currency, i64)> = days.iter().map(|day| (day.currency, weight(day))).collect();
        if counts.is_empty() {
            counts = open.iter().map(|one| (one.currency, one.cases)).collect();
        }
        self.choose_among(&counts);
    }

    /// Without a currency in the address: that with the most of what is counted.
    pub(super) fn choose_among(&mut self, counts: &[(Currency, i64)]) {
        if self.names_currency {
            return;
        }
        let mut currencies: Vec<Currency> = counts.iter().map(|one| one.0).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let of = |currency: &Currency| -> i64 { counts.iter().filter(|one| one.0 == *currency).map(|one| one.1).sum() };
        currencies.sort_by_key(|currency| std::cmp::Reverse(of(currency)));
        if let Some(most) = currencies.first() {
            self.segment.currency = *most;
        }
    }

    pub(super) fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.segment.currency)
    }

    /// Where the rows of a figure are: of a span, narrowed.
    pub(super) fn rows(&self, figure: Figure, range: Range, narrow: &[(&'static str, &str)]) -> String {
        self.rows_at("/reports/rows", figure, range, narrow)
    }

    /// The same as another page or file.
    pub(super) fn rows_at(&self, path: &str, figure: Figure, range: Range, narrow: &[(&'static str, &str)]) -> String {
        let mut pairs =
            vec![("figure", figure.name().to_owned()), ("from", range.from.to_string()), ("to", range.to.to_string())];
        pairs.extend(self.segment.pairs());
        pairs.extend(narrow.iter().map(|(name, value)| (*name, (*value).to_owned())));
        address(path, &pairs)
    }

    /// The same of the span itself.
    pub(super) fn now_rows(&self, figure: Figure, narrow: &[(&'static str, &str)]) -> String {
        self.rows(figure, self.range, narrow)
    }

    /// Where a problem is opened with the cases of a reason that came in in the span; none of several reasons.
    pub(super) fn problem_of(&self, reason: &str) -> Option<String> {
        let pairs = [
            ("reason", reason.to_owned()),
            ("from", self.range.from.to_string()),
            ("until", self.range.to.to_string()),
        ];
        // nor of one without what is below it
        let is_one = !reason.is_empty() && !reason.contains(',') && !reason.ends_with('.');
        is_one.then(|| address("/problems/new", &pairs))
    }

    /// The dashboard over this very span with the reasons below one, or with those of level 1.
    pub(super) fn below(&self, reason: Option<&str>) -> String {
        let there = Self { driver: reason.map(str::to_owned), ..self.clone() };
        format!("{}#drivers", there.custom())
    }

    /// The dashboard with another span.
    pub(super) fn dashboard(&self, preset: Preset) -> String {
        self.at("/dashboard", preset)
    }

    /// The dashboard over this very span.
    pub(super) fn custom(&self) -> String {
        self.dashboard(Preset::Custom)
    }

    /// A report over this very span as lines and as a workbook, for who may take it out.
    pub(super) fn files(&self, path: &str, actor: &Actor) -> Option<(String, String)> {
        let file = |format: &str| self.at(&format!("{path}.{format}"), Preset::Custom);
        actor.may::<ExportReports>().then(|| (file("csv"), file("xlsx")))
    }

    /// A report with another span, as a page or a file.
    pub(super) fn at(&self, path: &str, preset: Preset) -> String {
        let mut pairs = vec![("range", preset.name().to_owned())];
        if preset == Preset::Custom {
            pairs.extend([("from", self.range.from.to_string()), ("to", self.range.to.to_string())]);
        }
        if self.against != Against::Before {
            pairs.push(("against", self.against.name().to_owned()));
        }
        pairs.extend(self.segment.pairs());
        if path.starts_with("/dashboard") {
            pairs.push(("driver", self.driver.clone().unwrap_or_default()));
        }
        address(path, &pairs)
    }
}

/// Whether it may be the code of a reason.
fn is_code(code: &str) -> bool {
    (1..=120).contains(&code.len()) && code.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'))
}

/// What the days of a span come to.
pub(super) fn within(days: &[DayTotals], range: Range) -> Sums {
    days.iter().filter(|day| range.holds(day.day)).map(|day| day.sums).sum()
}
