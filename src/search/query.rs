//! From what was typed to what is looked up, and from what was found to what is shown first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sqlx::PgConnection;

use super::{Field, Hit, Kind, Subject, fold, store};
use crate::auth::{Actor, SeeCases};
use crate::error::Result;

/// The most of a query that is read.
const LONGEST: usize = 120;
/// How many terms of one prefix are looked at.
const NEAR: i32 = 60;
/// How many terms of one word are looked at where other words have to be there as well.
const FAR: i32 = 800;
/// With fewer hits than this a typing error is supposed.
const FEW: usize = 3;
/// What a single slip takes away from likeness, in thousandths.
const SLIP: u16 = 300;

/// A stretch of the index to read: terms that begin with `prefix`, of subjects that have a term for each word of
/// `rest` as well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stretch {
    pub(super) kind: Kind,
    pub(super) prefix: String,
    pub(super) rest: String,
    pub(super) cap: i32,
}

/// How well something was found: the smaller, the better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Rank {
    Number,
    Exact,
    Prefix,
    Word,
    /// In thousandths of likeness that are missing.
    Typo(u16),
}

/// What is found for a query, best first, as far as the viewer may see it.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(connection: &mut PgConnection, viewer: &Actor, query: &str, limit: usize) -> Result<Vec<Hit>> {
    let query: String = query.chars().take(LONGEST).collect();
    let kinds: &[Kind] = if viewer.may::<SeeCases>() { &Kind::ALL } else { &[Kind::Customer, Kind::Order] };
    let mut best = HashMap::new();
    let looked_up = stretches(&query, kinds);
    for found in store::prefixes(connection, &looked_up).await? {
        let rank = rank(&found, &looked_up);
        keep(&mut best, found, rank);
    }
    let plain = fold::plain(&query);
    if best.len() < FEW && plain.len() >= 4 && plain.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        for found in store::prefixes(connection, &slips(&plain)).await? {
            keep(&mut best, found, Rank::Typo(SLIP));
        }
        if best.len() < FEW {
            for (found, likeness) in store::similar(connection, &plain, NEAR).await? {
                keep(&mut best, found, Rank::Typo(missing(likeness)));
            }
        }
    }
    let mut order: Vec<(Rank, store::Found)> = best.into_values().collect();
    order.sort_by(|(one, a), (other, b)| {
        (one, a.subject.kind(), a.term.len(), &a.term, a.subject).cmp(&(
            other,
            b.subject.kind(),
            b.term.len(),
            &b.term,
            b.subject,
        ))
    });
    order.truncate(limit);
    let found: Vec<(Subject, Field, bool)> =
        order.into_iter().map(|(rank, found)| (found.subject, found.field, matches!(rank, Rank::Typo(_)))).collect();
    store::hits(connection, &found).await
}

fn keep(best: &mut HashMap<Subject, (Rank, store::Found)>, found: store::Found, rank: Rank) {
    match best.entry(found.subject) {
        Entry::Vacant(place) => {
            place.insert((rank, found));
        }
        Entry::Occupied(mut place) => {
            if rank < place.get().0 {
                place.insert((rank, found));
            }
        }
    }
}

fn rank(found: &store::Found, looked_up: &[Stretch]) -> Rank {
    let is_number = !matches!(found.field, Field::Name | Field::Contact);
    let exact = looked_up.iter().any(|stretch| stretch.rest.is_empty() && stretch.prefix == found.term);
    match (exact, is_number) {
        (true, true) => Rank::Number,
        (true, false) if found.whole => Rank::Exact,
        _ if found.whole || is_number && !found.term.starts_with('<') => Rank::Prefix,
        _ => Rank::Word,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 1,000 before")]
fn missing(likeness: f32) -> u16 {
    ((1.0 - likeness).clamp(0.0, 1.0) * 1000.0) as u16
}

/// Everything the typed text may be the beginning of.
fn stretches(query: &str, kinds: &[Kind]) -> Vec<Stretch> {
    let mut all = Vec::new();
    let mut add = |kind: Kind, prefix: String, rest: String, cap: i32| {
        let stretch = Stretch { kind, prefix, rest, cap };
        if kinds.contains(&kind) && !stretch.prefix.is_empty() && !all.contains(&stretch) {
            all.push(stretch);
        }
    };
    let words = fold::words(query);
    let lower = fold::lower(query);
    add(Kind::Customer, words.join(" "), String::new(), NEAR);
    add(Kind::Customer, lower.clone(), String::new(), NEAR);
    let compact = words.concat();
    if words.len() == 1 || compact.bytes().any(|byte| byte.is_ascii_digit()) || compact.is_empty() {
        for kind in Kind::ALL {
            add(kind, compact.clone(), String::new(), NEAR);
            add(kind, lower.clone(), String::new(), NEAR);
        }
    }
    for digits in phone_prefixes(query) {
        add(Kind::Customer, digits, String::new(), NEAR);
    }
    if words.len() > 1 {
        for (prefix, rest) in pairs(&words) {
            add(Kind::Customer, prefix, rest, if words.len() == 2 { NEAR } else { FAR });
        }
        let (longest, rest) = longest(&words);
        add(Kind::Customer, longest, rest, FAR);
    }
    all
}

/// The two longest words beside each other, either first, with the words that have to be there besides.
fn pairs(words: &[String]) -> Vec<(String, String)> {
    let mut by_length: Vec<&String> = words.iter().collect();
    by_length.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let (one, other) = (by_length[0], by_length[1]);
    let rest = by_length[2..].iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" ");
    vec![(format!("{one} {other}"), rest.clone()), (format!("{other} {one}"), rest)]
}

fn longest(words: &[String]) -> (String, String) {
    let at = (0..words.len()).max_by_key(|at| words[*at].len()).unwrap_or_default();
    let rest = words.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, word)| word.as_str());
    (words[at].clone(), rest.collect::<Vec<_>>().join(" "))
}

/// The digits of something that may be a phone, as kept: with the country's code, without, backwards.
pub(super) fn phone_prefixes(query: &str) -> Vec<String> {
    let bare = fold::without_extension(query.trim());
    if bare.chars().any(|c| !c.is_numeric() && !matches!(c, '+' | '(' | ')' | '-' | '.' | '/' | ' ' | '\u{a0}')) {
        return Vec::new();
    }
    let typed = fold::digits(bare);
    let digits = fold::significant(&typed);
    let mut prefixes = Vec::new();
    // a zero in front may be dialled, or the first of the last digits
    for last in [&typed, &digits] {
        let last = fold::backwards(last);
        if last.len() > 4 && !prefixes.contains(&last) {
            prefixes.push(last);
        }
    }
    if let Some((country, national)) = fold::dialled(bare) {
        prefixes.push(format!("{country}{national}"));
    }
    if digits.len() >= 2 && !prefixes.contains(&digits) {
        prefixes.push(digits);
    }
    prefixes
}

/// Short words say too little for likeness: two letters exchanged, or one too many, are tried one by one.
fn slips(plain: &str) -> Vec<Stretch> {
    let letters: Vec<char> = plain.chars().collect();
    if !(4..=12).contains(&letters.len()) {
        return Vec::new();
    }
    let mut all: Vec<String> = Vec::new();
    for at in 0..letters.len() {
        let mut shorter = letters.clone();
        shorter.remove(at);
        all.push(shorter.into_iter().collect());
        if at + 1 < letters.len() {
            let mut exchanged = letters.clone();
            exchanged.swap(at, at + 1);
            all.push(exchanged.into_iter().collect());
        }
    }
    all.sort();
    all.dedup();
    all.retain(|slip| slip != plain);
    let stretch = |prefix| Stretch { kind: Kind::Customer, prefix, rest: String::new(), cap: 5 };
    all.into_iter().map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(query: &str) -> Vec<String> {
        stretches(query, &Kind::ALL).into_iter().map(|stretch| stretch.prefix).collect()
    }

    #[test]
    fn two_words_are_looked_up_in_either_order() {
        let prefixes = prefixes("caldwell ren");
        assert!(prefixes.contains(&"caldwell ren".to_owned()) && prefixes.contains(&"ren caldwell".to_owned()));
    }

    #[test]
    fn numbers_are_looked_up_without_separators() {
        assert!(prefixes("SD-20418").contains(&"sd20418".to_owned()));
        assert!(prefixes("4410 2287").contains(&"44102287".to_owned()));
    }

    #[test]
    fn a_phone_is_looked_up_by_its_first_and_last_digits() {
        assert_eq!(phone_prefixes("(206) 555-0134"), ["<4310555602", "2065550134"]);
        assert_eq!(phone_prefixes("+1 206"), ["<6021", "1206"]);
        assert!(phone_prefixes("Flat 206").is_empty());
    }

    #[test]
    fn who_may_not_see_cases_does_not_look_for_them_or_their_offers() {
        let stretches = stretches("sd20418", &[Kind::Customer, Kind::Order]);
        assert!(stretches.iter().all(|stretch| !matches!(stretch.kind, Kind::Case | Kind::Offer)));
    }

    #[test]
    fn nothing_typed_looks_nothing_up() {
        assert!(stretches("", &Kind::ALL).is_empty() && stretches("  ", &Kind::ALL).is_empty());
    }

    #[test]
    fn exchanged_letters_are_tried() {
        assert!(slips("jhon").iter().any(|stretch| stretch.prefix == "john"));
    }

    proptest::proptest! {
        #[test]
        fn no_query_breaks_the_reading(query in "\\PC{0,200}") {
            let _ = stretches(&query, &Kind::ALL);
            let _ = slips(&fold::plain(&query));
        }
    }
}
