//! Folding: from what is written to the plain letters and digits that are compared.

use phonenumber::country::Id;

use super::Field;

/// Names of more words are found by their beginning and by each word, not by every pair of words.
const PAIRED: usize = 4;
/// The longest term that is kept, in characters.
const LONGEST: usize = 200;

/// A term, and whether it is the whole text rather than a part or a rearrangement of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) whole: bool,
}

/// Plain lower-case words: accents and other scripts become Latin letters, apostrophes go, everything else parts words.
#[must_use]
pub fn plain(text: &str) -> String {
    words(text).join(" ")
}

/// Plain letters and digits without anything between them: `SD-20 418` is `sd20418`.
#[must_use]
pub fn compact(text: &str) -> String {
    words(text).concat()
}

pub(super) fn words(text: &str) -> Vec<String> {
    let bare: String = text.chars().filter(|c| !is_apostrophe(*c)).take(2 * LONGEST).collect();
    deunicode::deunicode_with_tofu(&bare, "")
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// Lower case and single spaces, in its own script.
pub(super) fn lower(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}' | '`' | '\u{b4}')
}

/// Everything by which a text of this field is found.
pub(super) fn terms(field: Field, text: &str) -> Vec<Term> {
    let mut terms = match field {
        Field::Name | Field::Contact => name(text),
        Field::Email => email(text),
        Field::Phone => phone(text),
        Field::Account | Field::Order | Field::Case | Field::Offer => number(text),
    };
    for term in &mut terms {
        if let Some((end, _)) = term.text.char_indices().nth(LONGEST) {
            term.text.truncate(end);
        }
    }
    terms.retain(|term| !term.text.trim().is_empty());
    terms.sort();
    terms.dedup_by(|later, earlier| {
        let same = later.text == earlier.text;
        earlier.whole |= same && later.whole;
        same
    });
    terms
}

/// Any two words beside each other, either first: one indexed prefix then finds "caldwell ren" as well as "renee cal".
fn name(text: &str) -> Vec<Term> {
    let words = words(text);
    let mut terms = vec![whole(words.join(" ")), whole(lower(text))];
    for (at, word) in words.iter().enumerate() {
        if words.len() <= PAIRED {
            for (other, second) in words.iter().enumerate() {
                // the first two words are how the whole name begins
                if at != other && (at, other) != (0, 1) {
                    terms.push(part(format!("{word} {second}")));
                }
            }
        } else if at > 0 {
            terms.push(part(word.clone()));
        }
    }
    terms
}

/// The address, and the rest of it from each of its words on: "caldwell@…", "example.org".
fn email(text: &str) -> Vec<Term> {
    let own = lower(text);
    let folded = deunicode::deunicode_with_tofu(&own, "").to_lowercase();
    let mut terms = vec![whole(own)];
    let (name, _) = folded.split_once('@').unwrap_or((&folded, ""));
    for (at, c) in name.char_indices() {
        if matches!(c, '.' | '_' | '-' | '+') {
            terms.push(part(folded[at + 1..].to_owned()));
        }
    }
    if let Some((_, domain)) = folded.split_once('@') {
        terms.push(part(domain.to_owned()));
    }
    terms.push(whole(folded));
    terms
}

/// With its country's code, without it, and backwards for who knows the last digits only.
fn phone(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    if let Some((country, national)) = dialled(text) {
        terms.push(whole(format!("{country}{national}")));
        terms.push(part(national.clone()));
        terms.push(part(backwards(&format!("{country}{national}"))));
    } else {
        let digits = significant(&digits(without_extension(text)));
        if !digits.is_empty() {
            terms.push(part(backwards(&digits)));
            terms.push(whole(digits));
        }
    }
    terms
}

/// Without its separators, and the digits alone: `SD-20418` is `sd20418` and `20418`.
fn number(text: &str) -> Vec<Term> {
    let compact = compact(text);
    let digits = compact.trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
    vec![whole(lower(text)), part(digits), whole(compact)]
}

fn whole(text: String) -> Term {
    Term { text, whole: true }
}

fn part(text: String) -> Term {
    Term { text, whole: false }
}

/// Phone terms that run backwards are marked, so that no other digits look like them.
pub(super) fn backwards(digits: &str) -> String {
    std::iter::once('<').chain(digits.chars().rev()).collect()
}

/// Country code and national digits of a number that says its country.
pub(super) fn dialled(text: &str) -> Option<(String, String)> {
    let text = without_extension(text).replace("(0)", "");
    let digits = digits(&text);
    let international = if text.trim_start().starts_with('+') {
        digits.as_str()
    } else {
        digits.strip_prefix("00").or_else(|| digits.strip_prefix("011"))?
    };
    let number = phonenumber::parse(None::<Id>, format!("+{international}")).ok()?;
    Some((number.country().code().to_string(), significant(&number.national().value().to_string())))
}

/// The digits, in whichever script they are written.
pub(super) fn digits(text: &str) -> String {
    deunicode::deunicode_with_tofu(text, "").chars().filter(char::is_ascii_digit).collect()
}

/// Zeros in front are how a number is dialled, not which number it is.
pub(super) fn significant(digits: &str) -> String {
    digits.trim_start_matches('0').to_owned()
}

/// `202-224-4124 x 12` without what comes after the number.
pub(super) fn without_extension(text: &str) -> &str {
    let end = text.char_indices().find(|(at, c)| *at > 0 && (c.is_alphabetic() || matches!(c, ';' | '#')));
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(field: Field, text: &str) -> Vec<String> {
        terms(field, text).into_iter().map(|term| term.text).collect()
    }

    #[test]
    fn accents_scripts_and_apostrophes_fold_to_plain_letters() {
        assert_eq!(plain("René O\u{2019}Brien-Łoś"), "rene obrien los");
        assert_eq!(plain("Иванов"), "ivanov");
        assert_eq!(plain("ＦＵＬＬ width"), "full width");
        assert_eq!(plain("  ,,  "), "");
    }

    #[test]
    fn a_name_keeps_its_own_script_too() {
        let terms = texts(Field::Name, "Анна Иванова");
        assert!(terms.contains(&"anna ivanova".to_owned()), "{terms:?}");
        assert!(terms.contains(&"ivanova anna".to_owned()));
        assert!(terms.contains(&"анна иванова".to_owned()));
    }

    #[test]
    fn any_word_may_come_first() {
        assert_eq!(
            texts(Field::Name, "Harborview Dental Group"),
            [
                "dental group",
                "dental harborview",
                "group dental",
                "group harborview",
                "harborview dental group",
                "harborview group"
            ],
        );
        assert!(texts(Field::Name, "The Long Name Of Some Company").contains(&"some".to_owned()));
    }

    #[test]
    fn a_phone_is_its_digits_with_and_without_the_country() {
        assert_eq!(texts(Field::Phone, "+1 (206) 555-0134"), ["12065550134", "2065550134", "<43105556021"]);
        assert_eq!(texts(Field::Phone, "+44 (0)20 7946 0018 ext. 7")[..2], ["2079460018", "442079460018"]);
        assert_eq!(texts(Field::Phone, "0206 5550134"), ["2065550134", "<4310555602"]);
        assert_eq!(texts(Field::Phone, "555-01XX"), ["55501", "<10555"]);
        assert!(texts(Field::Phone, "call me").is_empty());
    }

    #[test]
    fn a_number_is_found_without_its_separators_and_letters() {
        assert_eq!(texts(Field::Case, "SD-20418"), ["20418", "sd-20418", "sd20418"]);
        assert_eq!(texts(Field::Offer, "OF-50001"), ["50001", "of-50001", "of50001"]);
        assert_eq!(texts(Field::Account, "4410-2287"), ["4410-2287", "44102287"]);
    }

    #[test]
    fn an_address_is_found_by_each_of_its_words() {
        let terms = texts(Field::Email, "Renee.Caldwell+home@Example.org");
        for term in ["renee.caldwell+home@example.org", "caldwell+home@example.org", "home@example.org", "example.org"]
        {
            assert!(terms.contains(&term.to_owned()), "{term} in {terms:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_folding_or_outgrows_the_column(text in "\\PC{0,400}") {
            for field in Field::ALL {
                for term in terms(field, &text) {
                    prop_assert!((1..=300).contains(&term.text.chars().count()));
                }
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            prop_assert_eq!(plain(&plain(&text)), plain(&text));
        }

        #[test]
        fn every_spelling_of_a_phone_has_the_same_digits(area in 201u32..990, rest in 2_000_000u32..9_999_999) {
            let (a, b) = (rest / 10_000, rest % 10_000);
            let kept: Vec<_> = texts(Field::Phone, &format!("+1{area}{a:03}{b:04}"));
            for spelling in [
                format!("({area}) {a:03}-{b:04}"),
                format!("0{area} {a:03}{b:04}"),
                format!("{area}.{a:03}.{b:04} x 12"),
                format!("+1 {area} {a:03} {b:04}"),
                format!("001{area}{a:03}{b:04}"),
                format!("011 1 {area} {a:03} {b:04}"),
            ] {
                let said = super::super::query::phone_prefixes(&spelling);
                prop_assert!(said.iter().any(|prefix| kept.contains(prefix)), "{} -> {:?} in {:?}", spelling, said, kept);
            }
        }
    }
}
