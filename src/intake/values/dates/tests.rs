use DateOrder::{DayFirst, MonthFirst, YearFirst};
use proptest::prelude::*;

use super::*;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn format(cells: &[&str]) -> Result<DateFormat, NotDates> {
    date_format(cells.iter().copied())
}

#[test]
fn a_column_tells_its_order_or_that_it_cannot() {
    let unclear = DateFormat::Ambiguous(vec![DayFirst, MonthFirst]);
    for (cells, expected) in [
        (&["2020-03-18", "", "2019-09-24"][..], DateFormat::Certain(YearFirst)),
        (&["2010-12-01 08:26:00"], DateFormat::Certain(YearFirst)),
        (&["22-Apr-15", "04-Aug-15"], DateFormat::Certain(YearFirst)),
        (&["22-04-15", "04-08-15"], DateFormat::Certain(DayFirst)),
        (&["7/29/2013", "1/2/2013"], DateFormat::Certain(MonthFirst)),
        (&["1/2/2013", "3/4/2013"], unclear.clone()),
        (&["22/04/2015", "04/22/2015"], unclear),
        (&["1/1/2013", "2/2/2013"], DateFormat::Certain(DayFirst)),
        (&["22.04.2015", "n/a"], DateFormat::Certain(DayFirst)),
    ] {
        assert_eq!(format(cells), Ok(expected), "{cells:?}");
    }
    assert_eq!(format(&["Closed", "Open", "1/2/2013"]), Err(NotDates("Closed".into())));
    assert_eq!(format(&["", " "]), Err(NotDates(String::new())));
}

#[test]
fn cells_are_read_with_their_time_and_offset() {
    let read = |order: DateOrder, text| order.read(text).map(|w| (w.date, w.time, w.offset));
    let at = |hour, minute, second| NaiveTime::from_hms_opt(hour, minute, second);
    let day = date(2015, 4, 2);
    for (order, text, time) in [
        (DayFirst, "02-04-15", None),
        (MonthFirst, "4/2/2015 15:53", at(15, 53, 0)),
        (MonthFirst, "4/2/2015, 3:53:50 PM", at(15, 53, 50)),
        (MonthFirst, "2 April 2015", None),
        (DayFirst, "Apr 2, 2015", None),
        (DayFirst, "2015-Apr-02", None),
        (YearFirst, "20150402", None),
        (DayFirst, "2015/04/02 00:00:00.000", at(0, 0, 0)),
    ] {
        assert_eq!(read(order, text), Some((day, time, None)), "{text}");
    }
    let zone = |hours: i32| FixedOffset::east_opt(hours * 3600);
    for (text, offset) in [("2015-04-02T10:00:00Z", zone(0)), ("2015-04-02 10:00-05:00", zone(-5))] {
        assert_eq!(read(YearFirst, text), Some((day, at(10, 0, 0), offset)), "{text}");
    }
    for text in ["", "42109", "31/02/2015", "1/2", "1/2/3/4", "22/4/215", "4/2/2015 25:00", "1/2/0015"] {
        assert_eq!(read(DayFirst, text), None, "{text}");
    }
}

#[test]
fn times_of_day_are_read_by_either_clock() {
    let at = NaiveTime::from_hms_opt;
    assert_eq!(time_of_day("3:53:50 PM"), at(15, 53, 50));
    assert_eq!(time_of_day("12:05 am"), at(0, 5, 0));
    assert_eq!(time_of_day("12:05 PM"), at(12, 5, 0));
    assert_eq!(time_of_day("8:26"), at(8, 26, 0));
    for text in ["", "8", "13:00 PM", "0:10 AM", "24:00", "Noon"] {
        assert_eq!(time_of_day(text), None, "{text}");
    }
}

#[test]
fn a_second_column_settles_the_first() {
    let unclear = format(&["04-08-15", "05-07-15"]).unwrap();
    let august = [("04-08-15", Some(date(2015, 8, 4))), ("05-07-15", None)];
    assert_eq!(unclear.clone().settled_by(&august), DateFormat::Certain(DayFirst));
    let april = [("04-08-15", Some(date(2015, 4, 8)))];
    assert_eq!(unclear.clone().settled_by(&april), DateFormat::Certain(MonthFirst));
    let neither = [("04-08-15", Some(date(2015, 1, 1)))];
    assert_eq!(unclear.clone().settled_by(&neither), unclear);
}

#[test]
fn ordinary_dates_were_not_exchanged() {
    let year: Vec<NaiveDate> = date(2015, 1, 1).iter_days().take(365).collect();
    assert_eq!(exchanged(&year), None);
    let spring: Vec<NaiveDate> = date(2015, 4, 1).iter_days().take(91).collect();
    assert_eq!(exchanged(&spring), None);
    assert_eq!(exchanged(&[]), None);
    let damaged: Vec<NaiveDate> =
        spring.iter().map(|day| NaiveDate::from_ymd_opt(2015, day.day(), day.month()).unwrap_or(*day)).collect();
    let found = exchanged(&damaged).unwrap();
    assert_eq!((found.from, found.until), ((2015, 4), (2015, 6)));
    assert_eq!((found.certain, found.undecided), (27, 6));
}

proptest! {
    #[test]
    fn a_date_written_in_an_order_is_read_in_it(days in 0..25_000_i64) {
        let day = date(1970, 1, 1) + chrono::TimeDelta::days(days);
        for (order, formats) in [
            (DayFirst, ["%d/%m/%Y", "%d-%m-%y", "%d.%m.%Y", "%d-%b-%y"]),
            (MonthFirst, ["%m/%d/%Y", "%-m-%-d-%y", "%b %d, %Y", "%d %B %Y"]),
            (YearFirst, ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y"]),
        ] {
            for format in formats {
                let text = day.format(format).to_string();
                prop_assert_eq!(order.read(&text).map(|read| read.date), Some(day), "{}", text);
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_of_dates_panic(text in "\\PC{0,20}", near in "[0-9TZ:+/. APMé-]{0,24}") {
        for order in DateOrder::ALL {
            let _ = order.read(&text);
            let _ = order.read(&near);
        }
        let _ = time_of_day(&near);
    }
}
