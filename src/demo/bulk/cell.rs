//! What stands in a row of the demo, cut so that it can be said again: of somebody else, at another time, under other
//! numbers.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::sheet::{Sheet, escape};

/// A cell of a row that is written again and again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cell {
    /// Nothing.
    Null,
    /// The same each time, escaped.
    Same(String),
    /// The identity of a row of this case, by its place among them.
    Id(usize),
    /// A moment, in microseconds since 1970.
    At(i64),
    /// A day.
    Day(NaiveDate),
    /// A text in which names, numbers and moments stand.
    Text(Vec<Piece>),
    /// The number of the case.
    CaseNumber,
    /// What another system calls the case.
    CaseRef,
    /// The number of an offer of the case.
    Offer(usize),
    /// The number of an order of the case.
    Order(usize),
    /// What the biller calls a subscription of the case.
    Subscription(usize),
}

/// A part of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    /// As it stands, escaped.
    Same(String),
    /// Whom one writes to.
    First,
    /// What the customer is called.
    Name,
    /// The customer's account number.
    Account,
    /// `SD-20418`, without its letters.
    CaseNumber,
    /// The number of an order.
    Order(usize),
    /// A moment or a day on somebody's clock.
    Said(Said),
}

/// A moment as texts say it: `Tue 17 Nov 11:38`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Said {
    at: NaiveDateTime,
    timed: bool,
    dated: bool,
    /// The clock says the same on another day: when working hours begin.
    opening: bool,
}

/// Who and what is written this time.
#[derive(Debug)]
pub(super) struct Again<'a> {
    pub(super) ids: &'a [u128],
    /// How much later moments are, in microseconds.
    pub(super) later: i64,
    /// The same in whole days.
    pub(super) days: i64,
    /// The same on the clock, in minutes.
    pub(super) minutes: i64,
    pub(super) first: &'a str,
    pub(super) name: &'a str,
    pub(super) account: &'a str,
    pub(super) case_number: i64,
    pub(super) offers: i64,
    pub(super) orders: i64,
    pub(super) subscriptions: i64,
}

/// What is to be found in the texts of a case.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) first: String,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) case_number: String,
    pub(super) orders: Vec<String>,
    pub(super) around: NaiveDate,
}

/// How orders of such a desk are numbered.
pub(super) fn order_number(number: i64) -> String {
    format!("AX-{number}")
}

fn place(number: usize) -> i64 {
    i64::try_from(number).unwrap_or_default()
}

impl Cell {
    /// Writes it again.
    pub(super) fn write(&self, sheet: &mut Sheet, again: &Again<'_>) {
        match self {
            Self::Null => sheet.null(),
            Self::Same(text) => sheet.raw(text),
            Self::Id(n) => sheet.id(again.ids[*n]),
            Self::At(at) => sheet.at(at + again.later),
            Self::Day(day) => sheet.day(*day + TimeDelta::days(again.days)),
            Self::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    piece.write(&mut text, again);
                }
                sheet.raw(&text)
            }
            Self::CaseNumber => sheet.number(again.case_number),
            Self::CaseRef => sheet.raw(&format!("B-{}", again.case_number)),
            Self::Offer(n) => sheet.number(again.offers + place(*n)),
            Self::Order(n) => sheet.raw(&order_number(again.orders + place(*n))),
            Self::Subscription(n) => sheet.raw(&format!("BX-{}", again.subscriptions + place(*n))),
        };
    }
}

impl Piece {
    fn write(&self, text: &mut String, again: &Again<'_>) {
        match self {
            Self::Same(same) => text.push_str(same),
            Self::First => text.push_str(again.first),
            Self::Name => text.push_str(again.name),
            Self::Account => text.push_str(again.account),
            Self::CaseNumber => text.push_str(&again.case_number.to_string()),
            Self::Order(n) => text.push_str(&order_number(again.orders + place(*n))),
            Self::Said(said) => said.write(text, again),
        }
    }
}

impl Said {
    fn write(self, text: &mut String, again: &Again<'_>) {
        let later =
            if self.timed && !self.opening { TimeDelta::minutes(again.minutes) } else { TimeDelta::days(again.days) };
        let at = self.at + later;
        let form = match (self.timed, self.dated) {
            (true, false) => "%a %-d %b %H:%M",
            (true, true) => "%a %-d %b %Y %H:%M",
            (false, false) => "%a %-d %b",
            (false, true) => "%a %-d %b %Y",
        };
        text.push_str(&at.format(form).to_string());
    }
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Cuts a text at what differs from one customer to the next.
pub(super) fn cut(text: &str, known: &Known) -> Cell {
    let mut pieces = Vec::new();
    let mut same = String::new();
    let mut rest = text;
    let mut inside = false;
    while let Some(c) = rest.chars().next() {
        let found = if inside { None } else { whole_word(rest, known).or_else(|| said(text, rest, known.around)) };
        if let Some((piece, length)) = found {
            if !same.is_empty() {
                pieces.push(Piece::Same(escaped(&std::mem::take(&mut same))));
            }
            pieces.push(piece);
            rest = &rest[length..];
            inside = false;
        } else {
            same.push(c);
            inside = c.is_alphanumeric();
            rest = &rest[c.len_utf8()..];
        }
    }
    if pieces.is_empty() {
        return Cell::Same(escaped(&same));
    }
    if !same.is_empty() {
        pieces.push(Piece::Same(escaped(&same)));
    }
    Cell::Text(pieces)
}

/// A text as it is written to a sheet.
pub(super) fn escaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    escape(&mut bytes, text);
    String::from_utf8(bytes).unwrap_or_default()
}

/// A name or number with which the rest of a text begins.
fn whole_word(rest: &str, known: &Known) -> Option<(Piece, usize)> {
    let begins = |word: &str| {
        !word.is_empty()
            && rest.strip_prefix(word).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
    };
    if begins(&known.name) {
        return Some((Piece::Name, known.name.len()));
    }
    if begins(&known.first) {
        return Some((Piece::First, known.first.len()));
    }
    if begins(&known.account) {
        return Some((Piece::Account, known.account.len()));
    }
    if begins(&known.case_number) {
        return Some((Piece::CaseNumber, known.case_number.len()));
    }
    let order = known.orders.iter().position(|order| begins(order))?;
    Some((Piece::Order(order), known.orders[order].len()))
}

/// A moment with which the rest of a text begins.
fn said(text: &str, rest: &str, around: NaiveDate) -> Option<(Piece, usize)> {
    WEEKDAYS.iter().find(|day| rest.starts_with(**day))?;
    let mut words = rest[3..].strip_prefix(' ')?.splitn(5, ' ');
    let (day, month) = (words.next()?, words.next()?);
    let bare = |word: &str| -> usize { word.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b':').count() };
    let month_length = bare(month);
    let number = u32::try_from(MONTHS.iter().position(|name| *name == &month[..month_length])?).ok()? + 1;
    let mut length = 4 + day.len() + 1 + month_length;
    let mut time = None;
    let mut year = None;
    // a word that ends with punctuation ends the moment
    let mut ended = month_length < month.len();
    for word in words.take(2) {
        if ended {
            break;
        }
        let word_length = bare(word);
        let bare = &word[..word_length];
        ended = word_length < word.len();
        if time.is_none() && bare.len() == 5 && bare.contains(':') {
            time = NaiveTime::parse_from_str(bare, "%H:%M").ok();
        } else if year.is_none() && time.is_none() && bare.len() == 4 {
            year = bare.parse::<i32>().ok();
        } else {
            break;
        }
        if time.is_none() && year.is_none() {
            break;
        }
        length += 1 + word_length;
    }
    let day = day.parse::<u32>().ok()?;
    let near = |year: i32| NaiveDate::from_ymd_opt(year, number, day);
    let date = match year {
        Some(year) => near(year)?,
        None => (around.year() - 1..=around.year() + 1).filter_map(near).min_by_key(|date| (*date - around).abs())?,
    };
    let before = &text[..text.len() - rest.len()];
    let said = Said {
        at: date.and_time(time.unwrap_or_default()),
        timed: time.is_some(),
        dated: year.is_some(),
        opening: before.ends_with("counted from ") || time == Some(NaiveTime::MIN),
    };
    Some((Piece::Said(said), length))
}

/// A moment as the database writes it, in microseconds since 1970.
pub(super) fn moment(text: &str) -> Option<i64> {
    DateTime::parse_from_str(&format!("{text}00"), "%Y-%m-%d %H:%M:%S%.f%z").ok().map(|at| at.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        let known = Known {
            first: "Grace".to_owned(),
            name: "Oakline Academy".to_owned(),
            account: "4209-2062".to_owned(),
            case_number: "20356".to_owned(),
            orders: vec!["AR-87724".to_owned()],
            around: NaiveDate::from_ymd_opt(2026, 11, 17).unwrap(),
        };
        let again = Again {
            ids: &[],
            later: 0,
            days: -7,
            minutes: -7 * 24 * 60 - 20,
            first: "Wei",
            name: "Corbin Print",
            account: "X-1",
            case_number: 7,
            offers: 0,
            orders: 12,
            subscriptions: 0,
        };
        let mut sheet = Sheet::default();
        cut(text, &known).write(&mut sheet, &again);
        String::from_utf8(sheet.take().0).unwrap()
    }

    #[test]
    fn a_text_is_said_again_of_somebody_else() {
        assert_eq!(again("Told Grace: \"cancel AR-87724.\" Graceful"), "Told Wei: \"cancel AX-12.\" Graceful");
        assert_eq!(again("SD-20356 closed: Lost"), "SD-7 closed: Lost");
        assert_eq!(again("Oakline Academy (4209-2062)"), "Corbin Print (X-1)");
    }

    #[test]
    fn moments_move_along() {
        assert_eq!(again("8 working hours after Tue 17 Nov 11:38"), "8 working hours after Tue 10 Nov 11:18");
        assert_eq!(
            again("on Mon 2 Nov, counted from Mon 23 Nov 08:00 of Billing"),
            "on Mon 26 Oct, counted from Mon 16 Nov 08:00 of Billing"
        );
        assert_eq!(again("received on Tue 3 Nov 2026"), "received on Tue 27 Oct 2026");
        assert_eq!(again("Month of Sundays, Mon amour"), "Month of Sundays, Mon amour");
    }

    #[test]
    fn the_database_s_moments_are_read() {
        assert_eq!(moment("1970-01-01 00:00:01+00"), Some(1_000_000));
        assert_eq!(moment("1970-01-01 00:00:00.000005+00"), Some(5));
        assert_eq!(moment("infinity"), None);
    }
}
