use chrono::TimeZone as _;
use proptest::prelude::*;

use super::*;
use crate::calendar::Hours;

fn week() -> WorkingWeek {
    let mut days: [Vec<Hours>; 7] = Default::default();
    days[..6].fill(vec![Hours::parse("08:00-20:00").unwrap()]);
    WorkingWeek::new(days).unwrap()
}

fn at(zone: Tz, text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    zone.from_local_datetime(&naive).earliest().unwrap().to_utc()
}

fn wanted(at: DateTime<Utc>) -> Due {
    Due { at, because: "agreed on Thu 19 Nov 10:42".to_owned() }
}

fn office(zone: Tz) -> Calendar {
    let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    Calendar::new(WorkingWeek::weekdays(clock(9), clock(17)).unwrap(), zone)
}

const NEW_YORK: Tz = chrono_tz::America::New_York;
const ZONES: [Tz; 12] = [
    NEW_YORK,
    chrono_tz::America::Los_Angeles,
    chrono_tz::America::St_Johns,
    chrono_tz::America::Havana,
    chrono_tz::Europe::London,
    chrono_tz::Europe::Berlin,
    chrono_tz::Asia::Kolkata,
    chrono_tz::Asia::Kathmandu,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Pacific::Auckland,
    chrono_tz::Pacific::Chatham,
    chrono_tz::Africa::Casablanca,
];

/// Whether the clock on the customer's wall shows an hour at which they may be called.
fn may_be_called(zone: Tz, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&zone);
    let eight = NaiveTime::from_hms_opt(8, 0, 0).unwrap();
    let twenty = NaiveTime::from_hms_opt(20, 0, 0).unwrap();
    local.weekday() != Weekday::Sun && (eight..twenty).contains(&local.time())
}

#[test]
fn a_callback_keeps_to_the_customers_hours_and_says_so() {
    let zone = chrono_tz::America::Los_Angeles;
    // nine in the morning in New York is six for them
    let early = calling(&week(), zone, wanted(at(NEW_YORK, "2026-11-20 09:00")));
    assert_eq!(early.at, at(zone, "2026-11-20 08:00"));
    assert_eq!(
        early.because,
        "agreed on Thu 19 Nov 10:42; moved from Fri 20 Nov 06:00 to Fri 20 Nov 08:00, the next moment in which this \
         customer may be called, both by their clock (America/Los_Angeles)"
    );
    let fits = wanted(at(zone, "2026-11-20 19:59"));
    assert_eq!(calling(&week(), zone, fits.clone()), fits);
    // eight in the evening on Saturday is too late, and Sunday is no day for it
    assert_eq!(calling(&week(), zone, wanted(at(zone, "2026-11-21 20:00"))).at, at(zone, "2026-11-23 08:00"));
}

#[test]
fn a_check_is_due_some_hours_into_its_day_or_the_next_that_is_worked() {
    let calendar = office(NEW_YORK);
    let saved = at(NEW_YORK, "2026-11-19 16:55");
    let week = check_due(&calendar, saved, 7);
    assert_eq!(week.at, at(NEW_YORK, "2026-11-26 13:00"));
    let month = check_due(&calendar, saved, 30);
    assert_eq!(month.at, at(NEW_YORK, "2026-12-21 13:00"));
    assert_eq!(
        month.because,
        "30 days after the save on Thu 19 Nov 16:55: 4 working hours after Sat 19 Dec 00:00, counted from Mon 21 Dec 09:00"
    );
}

#[test]
fn a_check_counts_days_over_month_ends_and_leap_days() {
    let calendar = Calendar::new(WorkingWeek::always(), NEW_YORK);
    let day = |saved: &str, days| {
        let due = check_due(&calendar, at(NEW_YORK, saved), days);
        due.at.with_timezone(&NEW_YORK).date_naive().to_string()
    };
    assert_eq!(day("2028-01-30 12:00", 30), "2028-02-29");
    assert_eq!(day("2027-01-30 12:00", 30), "2027-03-01");
    assert_eq!(day("2027-11-30 23:59", 90), "2028-02-28");
    assert_eq!(day("2028-02-22 09:00", 7), "2028-02-29");
    assert_eq!(day("2026-12-31 09:00", 60), "2027-03-01");
}

#[test]
fn times_are_offered_ahead_and_once() {
    for (zone, now) in [(NEW_YORK, "2026-11-19 10:42"), (NEW_YORK, "2026-11-20 16:50"), (NEW_YORK, "2026-11-22 23:59")]
    {
        let now = at(zone, now);
        let calendar = office(zone);
        let times: Vec<DateTime<Utc>> =
            offered(&calendar, zone, now).iter().map(|time| time.value.parse().unwrap()).collect();
        assert!(times.len() >= 3 && times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
        assert!(times.iter().all(|at| *at > now), "{times:?}");
    }
    let labels: Vec<String> = offered(&office(NEW_YORK), NEW_YORK, at(NEW_YORK, "2026-11-19 10:42"))
        .into_iter()
        .map(|time| time.label)
        .collect();
    assert_eq!(labels, ["Today 11:42", "Today 15:00", "Tomorrow 09:00", "Mon 23 Nov 09:00", "Thu 3 Dec 09:00"]);
}

#[test]
fn callbacks_keep_to_the_hours_over_every_change_of_the_clocks_in_ten_years() {
    for zone in ZONES {
        let mut at = at(zone, "2026-01-01 00:00");
        let end = at + TimeDelta::days(3_653);
        let mut changes = 0;
        while at < end {
            let next = at + TimeDelta::hours(6);
            let leaps =
                at.with_timezone(&zone).format("%z").to_string() != next.with_timezone(&zone).format("%z").to_string();
            if leaps {
                changes += 1;
                // two days around it, in steps that no clock divides
                for minutes in (-2_880..2_880).step_by(97) {
                    let asked = at + TimeDelta::minutes(minutes);
                    let due = calling(&week(), zone, wanted(asked));
                    assert!(may_be_called(zone, due.at), "{zone}: {asked} gives {}", due.at);
                    assert!(due.at == asked || !may_be_called(zone, asked), "{zone}: {asked} was fine");
                }
            }
            at = next;
        }
        let still = matches!(zone, chrono_tz::Asia::Kolkata | chrono_tz::Asia::Kathmandu);
        assert!(still || changes >= 19, "{zone} changed {changes} times");
    }
}

proptest! {
    #[test]
    fn a_callback_is_the_first_allowed_moment_from_then_on(
        zone in prop::sample::select(&ZONES[..]), seconds in 1_767_225_600_i64..2_082_758_400, gap in 0..200_000_i64,
    ) {
        let asked = DateTime::from_timestamp(seconds, 0).unwrap();
        let due = calling(&week(), zone, wanted(asked));
        prop_assert!(due.at >= asked && may_be_called(zone, due.at));
        // nothing before it would have done
        let before = asked + TimeDelta::seconds(gap);
        if before < due.at {
            prop_assert!(!may_be_called(zone, before));
        }
        // asking again changes nothing
        prop_assert_eq!(calling(&week(), zone, due.clone()), due);
    }

    #[test]
    fn a_check_is_never_before_its_day_and_later_days_are_never_earlier(
        zone in prop::sample::select(&ZONES[..]), seconds in 1_767_225_600_i64..2_082_758_400,
    ) {
        let calendar = office(zone);
        let saved = DateTime::from_timestamp(seconds, 0).unwrap();
        let day = saved.with_timezone(&zone).date_naive();
        let due = CHECK_DAYS.map(|days| check_due(&calendar, saved, days));
        for (due, days) in due.iter().zip(CHECK_DAYS) {
            let late = due.at.with_timezone(&zone).date_naive() - day;
            prop_assert!((i64::from(days)..i64::from(days) + 3).contains(&late.num_days()), "{} days", late.num_days());
        }
        prop_assert!(due.windows(2).all(|pair| pair[0].at < pair[1].at));
    }
}
