use chrono::{NaiveTime, TimeZone as _, Weekday};
use proptest::prelude::*;

use super::*;

fn at(zone: Tz, text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    zone.from_local_datetime(&naive).earliest().unwrap().to_utc()
}

fn clock(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
}

fn office(zone: Tz) -> Calendar {
    Calendar::new(WorkingWeek::weekdays(clock(9), clock(17)).unwrap(), zone)
}

const NEW_YORK: Tz = chrono_tz::America::New_York;

#[test]
fn a_moment_somebody_chose_explains_itself() {
    let calendar = Calendar::new(
        WorkingWeek::weekdays(
            chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
            chrono::NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
        )
        .unwrap(),
        chrono_tz::America::New_York,
    );
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let because = |from: &str, until: &str| calendar.until(at(from), at(until)).because;
    // Wed 4 Mar 2026 10:00 in New York
    let from = "2026-03-04T15:00:00Z";
    assert_eq!(because(from, "2026-03-04T19:00:00Z"), "4 working hours after Wed 4 Mar 10:00");
    assert_eq!(because(from, "2026-03-04T22:00:00Z"), "7 working hours after Wed 4 Mar 10:00");
    assert_eq!(because(from, "2026-03-08T16:00:00Z"), "23 working hours after Wed 4 Mar 10:00, outside working hours");
}

#[test]
fn hours_left_over_on_friday_are_worked_on_monday() {
    let due = office(NEW_YORK).add_working(at(NEW_YORK, "2026-11-20 15:30"), TimeDelta::hours(4));
    assert_eq!(due.at, at(NEW_YORK, "2026-11-23 11:30"));
    assert_eq!(due.because, "4 working hours after Fri 20 Nov 15:30");
}

#[test]
fn a_holiday_is_skipped_and_named() {
    let mut calendar = office(NEW_YORK);
    let thanksgiving = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    calendar.holidays = [(thanksgiving, "Thanksgiving".to_owned())].into_iter().collect();
    let due = calendar.add_working(at(NEW_YORK, "2026-11-25 15:30"), TimeDelta::hours(4));
    assert_eq!(due.at, at(NEW_YORK, "2026-11-27 11:30"));
    assert_eq!(due.because, "4 working hours after Wed 25 Nov 15:30, Thu 26 Nov was a holiday (Thanksgiving)");
}

#[test]
fn the_night_and_the_weekend_count_from_the_next_working_moment() {
    let due = office(NEW_YORK).add_working(at(NEW_YORK, "2026-11-21 10:00"), TimeDelta::minutes(90));
    assert_eq!(due.at, at(NEW_YORK, "2026-11-23 10:30"));
    assert_eq!(due.because, "1 h 30 m of working time after Sat 21 Nov 10:00, counted from Mon 23 Nov 09:00");
}

#[test]
fn the_days_last_minute_is_due_that_day() {
    let due = office(NEW_YORK).add_working(at(NEW_YORK, "2026-11-20 09:00"), TimeDelta::hours(8));
    assert_eq!(due.at, at(NEW_YORK, "2026-11-20 17:00"));
    let nothing = office(NEW_YORK).add_working(due.at, TimeDelta::zero());
    assert_eq!(nothing.at, at(NEW_YORK, "2026-11-23 09:00"));
}

#[test]
fn a_night_shift_lasts_as_long_as_the_clocks_make_it() {
    let nights = Calendar::new(WorkingWeek::daily(clock(0), clock(6)).unwrap(), chrono_tz::Europe::Berlin);
    let worked = |day: &str, next: &str| {
        let (from, until) = (at(nights.zone, day), at(nights.zone, next));
        nights.working_between(from, until)
    };
    assert_eq!(worked("2026-03-28 00:00", "2026-03-29 00:00"), TimeDelta::hours(6));
    assert_eq!(worked("2026-03-29 00:00", "2026-03-30 00:00"), TimeDelta::hours(5));
    assert_eq!(worked("2026-10-25 00:00", "2026-10-26 00:00"), TimeDelta::hours(7));
}

#[test]
fn hours_that_do_not_exist_on_a_day_are_not_worked() {
    let mut days: [Vec<Hours>; 7] = Default::default();
    days[6] = vec![Hours::parse("02:00-03:00").unwrap(), Hours::parse("03:00-04:30").unwrap()];
    let sundays = Calendar::new(WorkingWeek::new(days).unwrap(), chrono_tz::Europe::Berlin);
    let start = at(sundays.zone, "2026-03-29 00:00");
    assert_eq!(sundays.next_working_moment(start), at(sundays.zone, "2026-03-29 03:00"));
    let day = sundays.working_between(start, at(sundays.zone, "2026-03-30 00:00"));
    assert_eq!(day, TimeDelta::minutes(90));
}

#[test]
fn a_calendar_of_holidays_alone_counts_by_the_clock() {
    let mut calendar = office(NEW_YORK);
    let start = at(NEW_YORK, "2026-11-20 10:00");
    let first = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
    calendar.holidays = first.iter_days().take(5_000).map(|day| (day, "Closed".to_owned())).collect();
    let due = calendar.add_working(start, TimeDelta::hours(4));
    assert_eq!(due.at, start + TimeDelta::hours(4));
    assert!(due.because.contains("counted by the clock"), "{}", due.because);
    assert_eq!(calendar.next_working_moment(start), start);
    assert!(!calendar.is_working(start));
}

#[test]
fn a_shift_over_midnight_is_worked_into_the_next_day() {
    let mut days: [Vec<Hours>; 7] = Default::default();
    days[..5].fill(vec![Hours::parse("22:00-06:00").unwrap()]);
    let mut nights = Calendar::new(WorkingWeek::new(days).unwrap(), NEW_YORK);
    assert!(nights.is_working(at(NEW_YORK, "2026-11-20 03:00")));
    assert!(!nights.is_working(at(NEW_YORK, "2026-11-20 06:00")));
    // the shift that begins on Friday ends on Saturday, and none begins then
    assert!(nights.is_working(at(NEW_YORK, "2026-11-21 05:59")));
    assert!(!nights.is_working(at(NEW_YORK, "2026-11-21 22:30")));
    let due = nights.add_working(at(NEW_YORK, "2026-11-21 04:00"), TimeDelta::hours(4));
    assert_eq!(due.at, at(NEW_YORK, "2026-11-24 00:00"));
    assert_eq!(due.because, "4 working hours after Sat 21 Nov 04:00");
    // on a holiday none begins; the one of the evening before runs out
    nights.holidays =
        [(NaiveDate::from_ymd_opt(2026, 11, 26).unwrap(), "Thanksgiving".to_owned())].into_iter().collect();
    assert!(nights.is_working(at(NEW_YORK, "2026-11-26 05:00")));
    assert!(!nights.is_working(at(NEW_YORK, "2026-11-26 23:00")));
    let due = nights.add_working(at(NEW_YORK, "2026-11-26 05:00"), TimeDelta::hours(2));
    assert_eq!(due.at, at(NEW_YORK, "2026-11-27 23:00"));
    assert!(due.because.ends_with("Thu 26 Nov was a holiday (Thanksgiving)"), "{}", due.because);
}

#[test]
fn a_shift_over_midnight_is_as_long_as_the_clocks_make_it() {
    let mut days: [Vec<Hours>; 7] = Default::default();
    days.fill(vec![Hours::parse("22:00-06:00").unwrap()]);
    let nights = Calendar::new(WorkingWeek::new(days).unwrap(), chrono_tz::Europe::Berlin);
    let worked = |day: &str, next: &str| nights.working_between(at(nights.zone, day), at(nights.zone, next));
    assert_eq!(worked("2026-03-27 12:00", "2026-03-28 12:00"), TimeDelta::hours(8));
    assert_eq!(worked("2026-03-28 12:00", "2026-03-29 12:00"), TimeDelta::hours(7));
    assert_eq!(worked("2026-10-24 12:00", "2026-10-25 12:00"), TimeDelta::hours(9));
}

#[test]
fn every_change_of_the_clocks_in_ten_years_is_worked_through() {
    let mut days: [Vec<Hours>; 7] = Default::default();
    days[..5].fill(vec![Hours::parse("08:00-12:00").unwrap(), Hours::parse("13:00-17:00").unwrap()]);
    days[5] = vec![Hours::parse("22:00-06:00").unwrap()];
    let week = WorkingWeek::new(days).unwrap();
    for zone in [NEW_YORK, chrono_tz::Europe::Berlin, chrono_tz::Australia::Lord_Howe, chrono_tz::America::Havana] {
        let calendar = Calendar::new(week.clone(), zone);
        let mut hour = at(zone, "2026-01-01 12:00");
        let end = at(zone, "2036-01-01 12:00");
        let mut changes = 0;
        while hour < end {
            let next = hour + TimeDelta::hours(12);
            let offset = |at: DateTime<Utc>| at.with_timezone(&zone).format("%z").to_string();
            if offset(hour) != offset(next) {
                changes += 1;
                for minutes in (0..7_200).step_by(241) {
                    let start = hour - TimeDelta::days(2) + TimeDelta::minutes(minutes);
                    let time = TimeDelta::minutes(minutes % 1_111);
                    let due = calendar.add_working(start, time).at;
                    assert_eq!(calendar.working_between(start, due), time, "{zone}, {start}, {time}");
                }
            }
            hour = next;
        }
        assert!(changes >= 19, "{zone} changed {changes} times");
    }
}

#[test]
fn hours_are_counted_over_month_ends_and_leap_days() {
    let due = |start: &str, hours| office(NEW_YORK).add_working(at(NEW_YORK, start), TimeDelta::hours(hours)).at;
    assert_eq!(due("2028-02-28 16:00", 8), at(NEW_YORK, "2028-02-29 16:00"));
    assert_eq!(due("2028-02-29 16:00", 2), at(NEW_YORK, "2028-03-01 10:00"));
    assert_eq!(due("2027-02-26 16:00", 2), at(NEW_YORK, "2027-03-01 10:00"));
    assert_eq!(due("2026-12-31 16:00", 2), at(NEW_YORK, "2027-01-01 10:00"));
}

fn weeks() -> impl Strategy<Value = WorkingWeek> {
    let times = prop::collection::btree_set(0..=96_u16, 0..6);
    prop::collection::vec(times, 7).prop_filter_map("no hours", |days| {
        let mut week: [Vec<Hours>; 7] = Default::default();
        for (hours, times) in week.iter_mut().zip(days) {
            let times: Vec<u16> = times.into_iter().collect();
            *hours = times.chunks_exact(2).map(|pair| Hours::between(pair[0] * 15, pair[1] * 15).unwrap()).collect();
            // what is left over begins a shift over midnight
            if let [begins @ 72..96] = times.chunks_exact(2).remainder() {
                hours.push(Hours::between(begins * 15, begins * 15 % 600).unwrap());
            }
        }
        WorkingWeek::new(week).ok()
    })
}

fn calendars() -> impl Strategy<Value = Calendar> {
    use chrono_tz::{America, Antarctica, Asia, Australia, Europe, Pacific};
    let zones = [
        NEW_YORK,
        Europe::Berlin,
        Asia::Kolkata,
        Australia::Lord_Howe,
        America::Havana,
        America::Sao_Paulo,
        Pacific::Apia,
        Antarctica::Troll,
        Tz::UTC,
    ];
    let off = prop::collection::btree_set(0..400_u64, 0..8);
    (weeks(), prop::sample::select(zones.to_vec()), off).prop_map(|(week, zone, off)| {
        let first = NaiveDate::from_ymd_opt(2011, 1, 1).unwrap();
        let day = |ahead| (first + chrono::Days::new(ahead), "Off".to_owned());
        Calendar { week, holidays: off.into_iter().map(day).collect(), zone }
    })
}

/// Moments of two years with many changes of the clocks, one of them the day Samoa left out.
fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    (1_293_840_000..1_356_998_400_i64).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap())
}

proptest! {
    #[test]
    fn what_is_added_is_what_is_measured(
        calendar in calendars(), start in moments(), seconds in 0..400_000_i64,
    ) {
        let time = TimeDelta::seconds(seconds);
        let due = calendar.add_working(start, time);
        prop_assert!(due.at >= start);
        prop_assert_eq!(calendar.working_between(start, due.at), time);
    }

    #[test]
    fn what_is_taken_away_is_what_is_measured(
        calendar in calendars(), end in moments(), seconds in 0..400_000_i64,
    ) {
        let time = TimeDelta::seconds(seconds);
        let start = calendar.subtract_working(end, time);
        prop_assert!(start <= end);
        // a calendar that hardly ever works counts by the clock
        let whole = calendar.working_between(end - TimeDelta::days(3_660), end);
        prop_assert!(whole < time || calendar.working_between(start, end) == time);
    }

    #[test]
    fn more_time_or_a_later_start_is_never_due_earlier(
        calendar in calendars(), start in moments(), seconds in 0..400_000_i64,
        later in 0..200_000_i64,
    ) {
        let (time, later) = (TimeDelta::seconds(seconds), TimeDelta::seconds(later));
        let due = calendar.add_working(start, time).at;
        prop_assert!(calendar.add_working(start, time + later).at >= due);
        prop_assert!(calendar.add_working(start + later, time).at >= due);
    }

    #[test]
    fn time_measured_in_two_parts_adds_up(
        calendar in calendars(), start in moments(), a in 0..2_000_000_i64, b in 0..2_000_000_i64,
    ) {
        let middle = start + TimeDelta::seconds(a);
        let end = middle + TimeDelta::seconds(b);
        let whole = calendar.working_between(start, end);
        prop_assert!(whole <= end - start);
        prop_assert_eq!(
            whole, calendar.working_between(start, middle) + calendar.working_between(middle, end));
    }

    #[test]
    fn the_next_working_moment_is_worked(calendar in calendars(), start in moments()) {
        let next = calendar.next_working_moment(start);
        prop_assert!(next >= start && calendar.is_working(next));
        prop_assert_eq!(calendar.working_between(start, next), TimeDelta::zero());
    }
}

#[test]
fn hours_belong_to_their_weekday() {
    let calendar = office(NEW_YORK);
    assert!(calendar.week.on(Weekday::Sun).is_empty());
    assert!(calendar.is_working(at(NEW_YORK, "2026-11-20 09:00")));
    assert!(!calendar.is_working(at(NEW_YORK, "2026-11-20 17:00")));
}
