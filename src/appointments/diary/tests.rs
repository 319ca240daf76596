use chrono::{NaiveDate, NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::calendar::{Hours, WorkingWeek};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn nine_to_five(zone: Tz) -> Diary {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let hours = Calendar::new(WorkingWeek::weekdays(time(9), time(17)).unwrap(), zone);
    Diary { hours, away: Vec::new(), busy: Vec::new() }
}

fn span(from: &str, until: &str) -> Span {
    Span { from: at(from), until: at(until) }
}

const HALF: TimeDelta = TimeDelta::minutes(30);

#[test]
fn two_across_the_ocean_share_an_afternoon() {
    let (here, there) = (nine_to_five(chrono_tz::America::New_York), nine_to_five(chrono_tz::Europe::Berlin));
    let always = Calendar::new(WorkingWeek::always(), chrono_tz::UTC);
    let day = span("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z");
    let found = slots(&[vec![here.clone()], vec![there]], &always, day, HALF, HALF);
    let times: Vec<String> = found.iter().map(|slot| slot.at.format("%H:%M").to_string()).collect();
    assert_eq!(times, ["14:00", "14:30", "15:00", "15:30"]);
    // in the weeks between the two changes of the clocks it is an hour more
    let day = span("2026-03-12T00:00:00Z", "2026-03-13T00:00:00Z");
    let there = nine_to_five(chrono_tz::Europe::Berlin);
    assert_eq!(slots(&[vec![here], vec![there]], &always, day, HALF, HALF).len(), 6);
}

#[test]
fn of_a_department_the_first_who_is_free_takes_part() {
    let mut first = nine_to_five(chrono_tz::UTC);
    first.busy.push(span("2026-03-05T09:00:00Z", "2026-03-05T10:00:00Z"));
    let mut second = nine_to_five(chrono_tz::UTC);
    second.away.push(span("2026-03-05T09:30:00Z", "2026-03-09T00:00:00Z"));
    let always = Calendar::new(WorkingWeek::always(), chrono_tz::UTC);
    let day = span("2026-03-05T00:00:00Z", "2026-03-05T10:30:00Z");
    let found = slots(&[vec![first.clone(), second.clone()]], &always, day, HALF, HALF);
    let told: Vec<_> = found.iter().map(|slot| (slot.at.format("%H:%M").to_string(), slot.who[0])).collect();
    assert_eq!(told, [("09:00".to_owned(), 1), ("10:00".to_owned(), 0)]);
    assert_eq!(first.why_not(Span::of(at("2026-03-05T09:30:00Z"), 30)), Some(WhyNot::Busy));
    assert_eq!(second.why_not(Span::of(at("2026-03-05T09:30:00Z"), 30)), Some(WhyNot::Away));
    assert_eq!(first.why_not(Span::of(at("2026-03-05T16:45:00Z"), 30)), Some(WhyNot::Outside));
    assert_eq!(first.why_not(Span::of(at("2026-03-05T16:30:00Z"), 30)), None);
}

#[test]
fn a_night_shift_over_two_days_is_one_time_to_call() {
    let mut days: [Vec<Hours>; 7] = Default::default();
    days.fill(vec![Hours::parse("18:00-24:00").unwrap(), Hours::parse("00:00-02:00").unwrap()]);
    let hours = Calendar::new(WorkingWeek::new(days).unwrap(), chrono_tz::Asia::Kolkata);
    let night = Diary { hours, away: Vec::new(), busy: Vec::new() };
    // midnight there
    assert_eq!(night.why_not(Span::of(at("2026-03-05T18:15:00Z"), 30)), None);
}

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        chrono_tz::America::New_York,
        chrono_tz::Europe::Berlin,
        chrono_tz::Asia::Kolkata,
        chrono_tz::Asia::Kathmandu,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::America::Santiago,
        chrono_tz::Pacific::Apia,
        chrono_tz::UTC,
    ])
}

prop_compose! {
    fn diaries()(
        zone in zones(),
        from in 0_u16..1440,
        length in 60_u16..900,
        worked in prop::collection::vec(any::<bool>(), 7),
        day_off in 0_u32..20,
        away in prop::collection::vec((0_i64..480, 1_i64..72), 0..3),
        busy in prop::collection::vec((0_i64..960, 1_i16..4), 0..6),
    ) -> (Diary, u32) {
        let hours = Hours::between(from, (from + length) % 1440).unwrap();
        let mut days: [Vec<Hours>; 7] = std::array::from_fn(|day| if worked[day] { vec![hours] } else { vec![] });
        if days.iter().all(Vec::is_empty) {
            days[2] = vec![hours];
        }
        // those of one day must not run into those of the next
        let week = WorkingWeek::new(days).unwrap_or_else(|_| WorkingWeek::always());
        (Diary { hours: Calendar::new(week, zone), away: Vec::new(), busy: Vec::new() }.with(&away, &busy), day_off)
    }
}

impl Diary {
    /// Hours after the beginning of the test's time, and half hours.
    fn with(mut self, away: &[(i64, i64)], busy: &[(i64, i16)]) -> Self {
        let begin = BEGINS.with(|begin| *begin);
        self.away = away
            .iter()
            .map(|(from, long)| Span {
                from: begin + TimeDelta::hours(*from),
                until: begin + TimeDelta::hours(from + long),
            })
            .collect();
        self.busy =
            busy.iter().map(|(from, long)| Span::of(begin + TimeDelta::minutes(from * 30), long * 30)).collect();
        self
    }
}

thread_local! {
    static BEGINS: DateTime<Utc> = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
}

proptest! {
    /// Over the weeks in which the clocks of two continents change, on every clock: no time lies outside the hours of
    /// somebody who takes part or of the customer, none in an absence, none in another call; and what is not offered has
    /// its reason.
    #[test]
    fn no_time_lies_outside_the_hours_of_anybody(
        host in diaries(), first in diaries(), second in diaries(), customer in zones(),
        spring in any::<bool>(), minutes in prop::sample::select(vec![15_i16, 30, 45, 60]),
    ) {
        let shift = if spring { TimeDelta::zero() } else { TimeDelta::days(234) };
        let moved = |(mut diary, day_off): (Diary, u32)| {
            let day = NaiveDate::from_ymd_opt(2026, 3, 1 + day_off).unwrap() + shift;
            diary.hours.holidays = [(day, "Day off".to_owned())].into_iter().collect();
            for span in diary.away.iter_mut().chain(&mut diary.busy) {
                *span = Span { from: span.from + shift, until: span.until + shift };
            }
            diary
        };
        let parties = [vec![moved(host)], vec![moved(first), moved(second)]];
        let called = {
            let days = ["08:00-20:00"; 7].map(|hours| vec![Hours::parse(hours).unwrap()]);
            Calendar::new(WorkingWeek::new(days).unwrap(), customer)
        };
        let begin = BEGINS.with(|begin| *begin) + shift;
        let within = Span { from: begin, until: begin + TimeDelta::days(20) };
        let length = TimeDelta::minutes(minutes.into());
        let found = slots(&parties, &called, within, length, HALF);
        for slot in &found {
            let span = Span::of(slot.at, minutes);
            prop_assert!(within.holds(span));
            prop_assert_eq!(called.working_between(span.from, span.until), length);
            for (party, who) in parties.iter().zip(&slot.who) {
                let one = &party[*who];
                prop_assert_eq!(one.hours.working_between(span.from, span.until), length);
                prop_assert!(!one.away.iter().chain(&one.busy).any(|taken| taken.overlaps(span)));
                prop_assert_eq!(one.why_not(span), None);
            }
        }
        // and nothing that would do is kept back
        let mut at = begin;
        while at + length <= within.until {
            let span = Span::of(at, minutes);
            let all = called.working_between(span.from, span.until) == length
                && parties.iter().all(|party| party.iter().any(|one| one.why_not(span).is_none()));
            prop_assert_eq!(all, found.iter().any(|slot| slot.at == at), "{}", at);
            at += HALF;
        }
    }
}
