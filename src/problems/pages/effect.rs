//! Before and after: cases of the reason a week, twelve weeks before the fix and up to twelve after, as a chart with the
//! table behind it, and whether the change is more than chance explains.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::super::chance::{Compared, compare};
use super::super::store::{self, Matching};
use super::super::{Problem, Stage};
use super::span::midnight;
use super::together;
use crate::calendar;
use crate::error::Result;
use crate::ids::ProblemId;
use crate::money::counted;
use crate::reasons::Tree;

/// Weeks on either side.
const WEEKS: i32 = 12;
/// Days after the fix before which nothing is said of its effect.
const TOO_EARLY: u32 = 14;
/// What is drawn, as the `viewBox` has it: left edge, foot, height, width.
const LEFT: i64 = 40;
const FOOT: i64 = 170;
const HEIGHT: i64 = 150;
const WIDTH: i64 = 560;

/// A bar of the chart and a row of its table.
pub(super) struct Bar {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) after: bool,
    pub(super) cases: i64,
    /// "1 case"
    pub(super) said: String,
    pub(super) value: String,
    /// "Mon 2 Nov"
    pub(super) from: String,
    /// Days of it that are over, where it is not whole.
    pub(super) days: Option<i64>,
    pub(super) href: String,
    /// Whether its day stands under it.
    pub(super) named: bool,
}

/// All that is shown.
pub(super) struct Effect {
    pub(super) reason: String,
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    /// Where the fix stands between the bars.
    pub(super) fix: Option<(i64, String)>,
    /// Lines of the grid with their numbers.
    pub(super) grid: Vec<(i64, i64)>,
    /// The sentence under it, its tone, and the icon.
    pub(super) verdict: (String, &'static str, &'static str),
}

/// The day around which weeks are compared, and how many days on either side.
struct Compares {
    around: NaiveDate,
    before: u32,
    after: u32,
}

fn days(problem: &Problem, today: NaiveDate) -> Compares {
    let around = problem.fixed_on.unwrap_or(today);
    let whole = u32::try_from((today - around).num_days()).unwrap_or(0);
    Compares { around, before: WEEKS.unsigned_abs() * 7, after: whole.min(WEEKS.unsigned_abs() * 7) }
}

/// The cases that a week of the comparison counts; none of a week that is not in it.
pub(super) fn week(problem: &Problem, tree: &Tree, week: i32, zone: Tz, now: DateTime<Utc>) -> Option<Matching> {
    if !(-WEEKS..WEEKS).contains(&week) {
        return None;
    }
    let days = days(problem, now.with_timezone(&zone).date_naive());
    let at = |week: i32| days.around.checked_add_signed(chrono::TimeDelta::weeks(week.into()));
    let end = days.around + Days::new(days.after.into());
    let until = if week >= 0 { at(week + 1)?.min(end) } else { at(week + 1)? };
    let reasons = tree.under(problem.counted()?);
    Some(Matching { reasons, from: midnight(zone, at(week)?), until: midnight(zone, until), live: false })
}

/// Reads it; none where no reason is known.
pub(super) async fn read(
    connection: &mut PgConnection,
    problem: &Problem,
    tree: &Tree,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Option<Effect>> {
    let Some(code) = problem.counted() else { return Ok(None) };
    let days = days(problem, now.with_timezone(&zone).date_naive());
    let from = days.around - Days::new(days.before.into());
    let until = days.around + Days::new(days.after.into());
    let span = (midnight(zone, from), midnight(zone, until));
    let found = store::weeks(connection, &tree.under(code), days.around, span, zone).await?;
    let weeks_after = i32::try_from(days.after.div_ceil(7)).unwrap_or(WEEKS);
    let counted: Vec<Counted> = (-WEEKS..weeks_after)
        .map(|week| {
            let row = found.iter().find(|row| row.week == week);
            Counted { week, cases: row.map_or(0, |row| row.cases), value: row.map(|row| together(row.values())) }
        })
        .collect();
    Ok(Some(draw(problem, tree.path(code), &days, counted, now.with_timezone(&zone).year())))
}

struct Counted {
    week: i32,
    cases: i64,
    value: Option<String>,
}

fn draw(problem: &Problem, reason: String, days: &Compares, weeks: Vec<Counted>, year: i32) -> Effect {
    let sum = |after: bool| weeks.iter().filter(|one| (one.week >= 0) == after).map(|one| one.cases).sum::<i64>();
    let (before, after) = (sum(false), sum(true));
    let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX / 2);
    let compared = problem.fixed_on.and_then(|_| compare(small(before), days.before, small(after), days.after));
    let step = round(weeks.iter().map(|one| one.cases).max().unwrap_or(0).max(1));
    let top = step * 3;
    let each = WIDTH / i64::try_from(weeks.len()).unwrap_or(1).max(1);
    let bars = (0..)
        .zip(weeks)
        .map(|(n, one)| {
            let begins = days.around + chrono::TimeDelta::weeks(one.week.into());
            let height = HEIGHT * one.cases / top;
            let done = i64::from(days.after) - i64::from(one.week) * 7;
            Bar {
                x: LEFT + n * each + each / 10,
                y: FOOT - height,
                width: (each * 8 / 10).max(2),
                height,
                after: one.week >= 0,
                cases: one.cases,
                said: counted(one.cases, "case"),
                value: one.value.unwrap_or_else(|| "nothing".to_owned()),
                from: calendar::date(begins, year),
                days: (one.week >= 0 && done < 7).then_some(done),
                href: href(problem.id, one.week),
                named: one.week.rem_euclid(4) == 0,
            }
        })
        .collect();
    let fix = problem.fixed_on.map(|day| (LEFT + i64::from(WEEKS) * each, calendar::date(day, year)));
    Effect {
        title: match problem.fixed_on {
            Some(_) => format!("Cases of this reason a week: {before} in twelve weeks before the fix, {after} since."),
            None => format!("Cases of this reason a week: {before} in the last twelve weeks."),
        },
        reason,
        bars,
        fix,
        grid: (0..=3).map(|n| (FOOT - HEIGHT * n / 3, step * n)).collect(),
        verdict: verdict(problem, compared, days.after),
    }
}

fn href(problem: ProblemId, week: i32) -> String {
    format!("/problems/{problem}/cases?week={week}")
}

/// A third of the axis that holds this many, as a round number.
fn round(most: i64) -> i64 {
    let third = (most + 2) / 3;
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].into_iter().find(|step| *step >= third).unwrap_or(third)
}

/// What can be said of the change, and whether it is a reason to act. No alarm on noise.
fn verdict(problem: &Problem, compared: Option<Compared>, days_after: u32) -> (String, &'static str, &'static str) {
    let Some(compared) = compared else {
        let said = match problem.fixed_on {
            Some(_) => "There is nothing to compare yet.",
            None => "Once it is fixed, the weeks before and after are compared here.",
        };
        return (said.to_owned(), "", "info");
    };
    let Compared { before, after, p } = compared;
    let rates = format!("{before:.1} cases a week before the fix, {after:.1} since");
    let chance = format!("(exact comparison of two Poisson rates, p = {})", p_said(p));
    if days_after < TOO_EARLY {
        return (
            format!("{rates}. Too early to tell: {} since the fix.", counted(days_after.into(), "day")),
            "",
            "info",
        );
    }
    if !compared.is_change() {
        return (format!("{rates}: within what chance explains {chance}."), "", "info");
    }
    let percent = compared.percent().map(|percent| format!(", {:.0}% ", percent.abs()));
    let fell = after < before;
    let by = percent.map_or(String::new(), |percent| percent + if fell { "less" } else { "more" });
    let held = problem.stage == Stage::Closed;
    match (fell, held) {
        (true, _) => (format!("{rates}{by}: more than chance explains {chance}."), "good", "ok"),
        (false, true) => (format!("{rates}{by}: more than chance explains {chance}. Reopen it."), "bad", "alert"),
        (false, false) => (format!("{rates}{by}: more than chance explains {chance}."), "bad", "alert"),
    }
}

fn p_said(p: f64) -> String {
    if p < 0.001 { "less than 0.001".to_owned() } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number_above_the_highest_bar() {
        for (most, step) in [(1, 1), (3, 1), (4, 2), (7, 5), (30, 10), (31, 20), (149, 50)] {
            assert_eq!(round(most), step, "{most}");
        }
    }
}
