//! The answer as it is typed: by the department's people, or by a link.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::{Kind, LONGEST_WORDS, NewAnswer, Verdict};
use crate::calendar::wall_clock;
use crate::error::FormErrors;
use crate::money::{Currency, Money};

/// For so many days a yes counts where nobody says otherwise.
const COUNTS: u64 = 7;
/// A yes counts for no longer than so many days.
const LONGEST: i64 = 366;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnswerForm {
    pub(super) verdict: String,
    pub(super) words: String,
    pub(super) conditions: String,
    pub(super) possible_on: String,
    pub(super) cost: String,
    pub(super) expedited: String,
    pub(super) valid_until: String,
    /// By a link: who answers.
    pub(super) name: String,
}

impl AnswerForm {
    /// As it is shown first.
    pub(super) fn fresh(today: NaiveDate) -> Self {
        let until = today.checked_add_days(Days::new(COUNTS)).unwrap_or(today);
        Self { valid_until: until.to_string(), ..Self::default() }
    }

    pub(super) fn is_expedited(&self) -> bool {
        !self.expedited.is_empty()
    }

    /// Reads it, days on the clock of a zone.
    pub(super) fn parse(
        &self,
        kind: Kind,
        currency: Currency,
        zone: Tz,
        today: NaiveDate,
    ) -> Result<NewAnswer, FormErrors> {
        let mut errors = FormErrors::new();
        let words = self.words.trim().to_owned();
        if words.chars().count() > LONGEST_WORDS {
            errors.add("words", "Use at most 4,000 characters.");
        }
        if kind != Kind::Feasibility {
            if words.is_empty() {
                errors.add("words", "Write the answer.");
            }
            return if errors.is_empty() { Ok(NewAnswer { words, ..NewAnswer::default() }) } else { Err(errors) };
        }
        let verdict = errors.check("verdict", Verdict::from_name(&self.verdict).ok_or("Choose yes, no or yes if."));
        let conditions = self.conditions.trim().to_owned();
        match verdict {
            Some(Verdict::YesIf) if conditions.is_empty() => {
                errors.add("conditions", "Write what your yes depends on.");
            }
            Some(Verdict::No) if words.is_empty() => errors.add("words", "Write why it cannot be done."),
            _ => {}
        }
        if conditions.chars().count() > 2000 {
            errors.add("conditions", "Use at most 2,000 characters.");
        }
        let possible_on = day(&mut errors, "possible_on", &self.possible_on);
        let cost = match self.cost.trim() {
            "" => None,
            text => match Money::parse(text, currency) {
                Ok(cost) if cost.is_negative() => {
                    errors.add("cost", "Enter what it costs as an amount, like 86.00.");
                    None
                }
                Ok(cost) => Some(cost),
                Err(error) => {
                    errors.add("cost", error.sentence("what it costs"));
                    None
                }
            },
        };
        let yes = matches!(verdict, Some(Verdict::Yes | Verdict::YesIf));
        let until = day(&mut errors, "valid_until", &self.valid_until);
        let too_far = today.checked_add_signed(chrono::TimeDelta::days(LONGEST)).unwrap_or(today);
        match until {
            None if yes && errors.get("valid_until").is_none() => {
                errors.add("valid_until", "Say until when your yes counts.");
            }
            Some(until) if yes && until < today => errors.add("valid_until", "Choose a day to come."),
            Some(until) if yes && until > too_far => errors.add("valid_until", "Choose a day within a year."),
            _ => {}
        }
        let end = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default();
        let valid_until = until.filter(|_| yes).map(|day| wall_clock(zone, day.and_time(end)));
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(NewAnswer {
            verdict,
            words,
            conditions: Some(conditions).filter(|_| verdict == Some(Verdict::YesIf)),
            possible_on: possible_on.filter(|_| yes),
            cost: cost.filter(|_| yes),
            expedited: self.is_expedited() && yes,
            valid_until,
        })
    }

    /// The name of whoever answers by a link.
    pub(super) fn name(&self, errors: &mut FormErrors) -> Option<String> {
        let name = self.name.trim();
        let good = (1..=80).contains(&name.chars().count());
        errors.check(
            "name",
            if good { Ok(name.to_owned()) } else { Err("Enter your name, so that the desk knows who answered.") },
        )
    }
}

/// Reads a day as browsers write it; none when nothing was typed.
pub(super) fn day(errors: &mut FormErrors, field: &str, text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let day = text.parse::<NaiveDate>().ok().filter(|day| (1970..=2200).contains(&day.year()));
    errors.check(field, day.ok_or("Enter a day, like 2026-12-09."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        "2026-11-19".parse().unwrap()
    }

    fn parse(form: &AnswerForm) -> Result<NewAnswer, FormErrors> {
        form.parse(Kind::Feasibility, Currency::USD, chrono_tz::America::New_York, today())
    }

    #[test]
    fn a_yes_takes_one_choice() {
        let form = AnswerForm { verdict: "yes".to_owned(), ..AnswerForm::fresh(today()) };
        let yes = parse(&form).unwrap();
        assert_eq!(yes.verdict, Some(Verdict::Yes));
        assert_eq!(yes.valid_until.unwrap().to_rfc3339(), "2026-11-27T04:59:00+00:00");
    }

    #[test]
    fn a_yes_if_says_what_it_depends_on_and_a_no_why() {
        let fresh = AnswerForm::fresh(today());
        let wrong = |verdict: &str| parse(&AnswerForm { verdict: verdict.to_owned(), ..fresh.clone() }).unwrap_err();
        assert!(wrong("yes_if").get("conditions").is_some());
        assert!(wrong("no").get("words").is_some());
        assert!(wrong("perhaps").get("verdict").is_some());
        let past = AnswerForm { verdict: "yes".to_owned(), valid_until: "2026-11-18".to_owned(), ..fresh.clone() };
        assert!(parse(&past).unwrap_err().get("valid_until").is_some());
        let no = AnswerForm {
            verdict: "no".to_owned(),
            words: "The bench is full.".to_owned(),
            cost: "5.00".to_owned(),
            ..fresh
        };
        let no = parse(&no).unwrap();
        assert_eq!((no.valid_until, no.cost), (None, None), "a no counts for good and costs nothing");
    }
}
