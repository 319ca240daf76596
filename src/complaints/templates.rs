//! On which terms complaints of a source are answered: how long there is and how that is counted, whether it can be
//! extended, how often they may come back. A version is published and never changed. These are templates to check with
//! counsel, not legal advice.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use crate::calendar::{Due, date, wall_clock};
use crate::cases::Channel;
use crate::ids::ComplaintTemplateId;
use crate::names::names;

names! {
    /// How the time to answer is counted.
    Counted {
        Days = "days", "calendar days";
        WorkingDays = "working_days", "working days, Monday to Friday";
        Months = "months", "calendar months";
    }
}

impl Counted {
    /// "30 days", "1 month"
    #[must_use]
    pub fn words(self, span: u16) -> String {
        let unit = match self {
            Self::Days => "day",
            Self::WorkingDays => "working day",
            Self::Months => "month",
        };
        format!("{span} {unit}{}", if span == 1 { "" } else { "s" })
    }

    /// The last day of a span that begins with the day something was received.
    #[must_use]
    pub fn last_day(self, received: NaiveDate, span: u16) -> NaiveDate {
        let day = match self {
            Self::Days => received.checked_add_days(Days::new(span.into())),
            // a month after the 31st is the last day of the next
            Self::Months => received.checked_add_months(Months::new(span.into())),
            Self::WorkingDays => {
                let worked = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
                received.iter_days().skip(1).filter(worked).nth(usize::from(span).saturating_sub(1))
            }
        };
        day.unwrap_or(NaiveDate::MAX)
    }
}

names! {
    /// To whom the letter is addressed.
    AddressedTo {
        Regulator = "regulator", "Who brought the complaint";
        Customer = "customer", "The customer";
        Both = "both", "Both of them";
    }
}

/// A version of the terms of a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Its identity.
    pub id: ComplaintTemplateId,
    /// What stays the same over its versions.
    pub code: String,
    /// Which version it is.
    pub number: i32,
    /// Who brings such complaints.
    pub source: Channel,
    /// What people call it.
    pub name: String,
    /// How long there is.
    pub span: u16,
    /// How that is counted.
    pub counted: Counted,
    /// The time of the last day by which the answer is there.
    pub due_time: NaiveTime,
    /// On which clock.
    pub zone: Tz,
    /// Everybody can read what is answered.
    pub public: bool,
    /// To whom the letter goes.
    pub addressed_to: AddressedTo,
    /// The lines of the address of who brings them.
    pub address: String,
    /// How many answers there can be.
    pub rounds: u8,
    /// How long there is for each after the first.
    pub round_span: Option<u16>,
    /// How long there is in all once it is extended; none where it cannot be.
    pub extended_span: Option<u16>,
    /// Where it is written.
    pub citation: String,
    /// Whether complaints may still be taken in under it.
    pub active: bool,
    /// Since when it stands.
    pub published_at: DateTime<Utc>,
    /// Who published it; none for what came with the desk.
    pub published_by: Option<String>,
}

impl Template {
    /// When the answer of a round is due that was received on a day, and why then.
    #[must_use]
    pub fn due(&self, round: u8, received: NaiveDate) -> Due {
        let span = if round <= 1 { self.span } else { self.round_span.unwrap_or(self.span) };
        let what = if round <= 1 { format!("the {} complaint", self.short()) } else { "their rebuttal".to_owned() };
        self.after(span, &what, received)
    }

    /// When it is due once it is extended; none where it cannot be.
    #[must_use]
    pub fn extended(&self, received: NaiveDate) -> Option<Due> {
        let what = format!("the {} complaint", self.short());
        let due = self.after(self.extended_span?, &what, received);
        Some(Due { because: format!("extended: {}", due.because), ..due })
    }

    fn after(&self, span: u16, what: &str, received: NaiveDate) -> Due {
        let last = self.counted.last_day(received, span);
        let on = date(received, last.year());
        Due {
            at: wall_clock(self.zone, last.and_time(self.due_time)),
            because: format!("{} after {what} was received on {on}", self.counted.words(span)),
        }
    }

    /// "FCC"
    #[must_use]
    pub fn short(&self) -> &'static str {
        match self.source {
            Channel::Executive => "executive",
            Channel::StateAttorney => "state attorney’s",
            Channel::DataProtection => "data protection",
            Channel::SocialReview => "review",
            source => source.label(),
        }
    }

    /// "30 days", "1 month, 3 months if extended", "14 days, 14 days after a rebuttal"
    #[must_use]
    pub fn terms(&self) -> String {
        let mut words = self.counted.words(self.span);
        if let Some(span) = self.extended_span {
            words = format!("{words}, {} if extended", self.counted.words(span));
        }
        if let Some(span) = self.round_span {
            words = format!("{words}, {} after a rebuttal", self.counted.words(span));
        }
        words
    }
}

/// The one template under which a source's complaints are taken in without asking; none when there are several, or none.
#[must_use]
pub fn only(templates: &[Template], source: Channel) -> Option<&Template> {
    let mut of_source = templates.iter().filter(|one| one.active && one.source == source);
    of_source.next().filter(|_| of_source.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn template(span: u16, counted: Counted, zone: Tz) -> Template {
        Template {
            id: ComplaintTemplateId::new(),
            code: "fcc".to_owned(),
            number: 1,
            source: Channel::Fcc,
            name: "FCC informal complaint".to_owned(),
            span,
            counted,
            due_time: NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
            zone,
            public: false,
            addressed_to: AddressedTo::Both,
            address: String::new(),
            rounds: 1,
            round_span: None,
            extended_span: None,
            citation: String::new(),
            active: true,
            published_at: DateTime::UNIX_EPOCH,
            published_by: None,
        }
    }

    #[test]
    fn thirty_days_count_from_the_day_it_was_received() {
        let fcc = template(30, Counted::Days, chrono_tz::America::New_York);
        let due = fcc.due(1, day("2026-05-03"));
        assert_eq!(due.at.to_rfc3339(), "2026-06-02T21:00:00+00:00");
        assert_eq!(due.because, "30 days after the FCC complaint was received on Sun 3 May");
        // over the change of the clocks it is still five in the afternoon
        assert_eq!(fcc.due(1, day("2026-02-15")).at.to_rfc3339(), "2026-03-17T21:00:00+00:00");
    }

    #[test]
    fn a_month_is_a_month_and_not_thirty_days() {
        let months = |received, span| Counted::Months.last_day(day(received), span).to_string();
        assert_eq!(months("2026-01-31", 1), "2026-02-28");
        assert_eq!(months("2028-01-31", 1), "2028-02-29");
        assert_eq!(months("2026-07-15", 1), "2026-08-15");
        assert_eq!(months("2026-11-30", 3), "2027-02-28");
    }

    #[test]
    fn working_days_pass_over_the_week_end() {
        let working = |received, span| Counted::WorkingDays.last_day(day(received), span).to_string();
        assert_eq!(working("2026-11-19", 2), "2026-11-23");
        assert_eq!(working("2026-11-21", 1), "2026-11-23");
        assert_eq!(working("2026-11-16", 5), "2026-11-23");
    }

    #[test]
    fn an_extension_is_the_time_there_is_in_all() {
        let mut gdpr = template(1, Counted::Months, chrono_tz::Europe::Berlin);
        assert_eq!(gdpr.extended(day("2026-01-31")), None);
        gdpr.extended_span = Some(3);
        assert_eq!(gdpr.extended(day("2026-01-31")).unwrap().at.to_rfc3339(), "2026-04-30T15:00:00+00:00");
        assert_eq!(gdpr.terms(), "1 month, 3 months if extended");
    }

    #[test]
    fn several_terms_of_one_source_are_asked_about() {
        let one = template(14, Counted::Days, chrono_tz::UTC);
        let other = Template { code: "bbb_30".to_owned(), ..one.clone() };
        assert_eq!(only(std::slice::from_ref(&one), Channel::Fcc), Some(&one));
        assert_eq!(only(&[one.clone(), other.clone()], Channel::Fcc), None);
        let gone = Template { active: false, ..other };
        assert_eq!(only(&[one.clone(), gone], Channel::Fcc), Some(&one));
    }
}
