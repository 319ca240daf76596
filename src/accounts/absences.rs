//! Who is away, and who decides approvals in their place (R12).

use chrono::{DateTime, Utc};
use serde::Deserialize;
use thiserror::Error;

use crate::calendar;
use crate::error::{Error, FormErrors};
use crate::ids::{AbsenceId, UserId};

/// Somebody is away.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Absence {
    /// Its identity.
    pub id: AbsenceId,
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// From then on.
    pub from: DateTime<Utc>,
    /// Until then.
    pub until: DateTime<Utc>,
    /// Who decides in their place, if they said.
    pub delegate: Option<UserId>,
    /// That person's name.
    pub delegate_name: Option<String>,
}

impl Absence {
    /// Whether they are away at a moment.
    #[must_use]
    pub fn is_on(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }
}

/// An absence to be noted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAbsence {
    /// Who.
    pub user: UserId,
    /// From then on.
    pub from: DateTime<Utc>,
    /// Until then.
    pub until: DateTime<Utc>,
    /// Who decides in their place, if anybody does.
    pub delegate: Option<UserId>,
}

/// Why an absence was not noted. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub(super) enum NotNoted {
    #[error("Choose an end that is after the beginning.")]
    Backwards,
    #[error("Choose an end that is still to come.")]
    Over,
    #[error("{name} is away {span} already. End that absence first, or choose other days.")]
    Overlaps { name: String, span: String },
    #[error("Choose somebody else: nobody decides in their own place.")]
    Oneself,
    #[error("Choose somebody who decides approvals.")]
    NotADecider,
    #[error("{0} does not decide approvals, so nobody takes their place. Choose “Nobody”.")]
    NothingToHandOver(String),
    #[error("{name} is away {span} as well. Choose somebody who is there.")]
    DelegateAway { name: String, span: String },
    #[error("Choose a person from the list.")]
    Nobody,
}

impl NotNoted {
    /// The field of the form that it is about.
    fn field(&self) -> &'static str {
        match self {
            Self::Backwards | Self::Over => "until",
            Self::Overlaps { .. } => "from",
            Self::Oneself | Self::NotADecider | Self::NothingToHandOver(_) | Self::DelegateAway { .. } => "delegate",
            Self::Nobody => "user",
        }
    }
}

impl From<NotNoted> for Error {
    fn from(refusal: NotNoted) -> Self {
        Self::Invalid(FormErrors::of(refusal.field(), refusal.to_string()))
    }
}

impl NewAbsence {
    /// Refuses what makes no sense by itself.
    pub(super) fn check(&self, at: DateTime<Utc>) -> Result<(), NotNoted> {
        match () {
            () if self.until <= self.from => Err(NotNoted::Backwards),
            () if self.until <= at => Err(NotNoted::Over),
            () if self.delegate == Some(self.user) => Err(NotNoted::Oneself),
            () => Ok(()),
        }
    }
}

/// "from Thu 19 Nov 09:00 to Fri 20 Nov 17:30"
pub(super) fn span(from: DateTime<Utc>, until: DateTime<Utc>, zone: chrono_tz::Tz, now: DateTime<Utc>) -> String {
    format!("from {} to {}", calendar::moment(from, zone, now), calendar::moment(until, zone, now))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone as _};

    use super::*;

    #[test]
    fn an_absence_ends_after_it_begins_and_is_not_over_yet() {
        let now = Utc.with_ymd_and_hms(2026, 11, 19, 10, 42, 0).unwrap();
        let (user, day) = (UserId::new(), TimeDelta::days(1));
        let absence = |from, until, delegate| NewAbsence { user, from, until, delegate };
        assert_eq!(absence(now - day, now + day, None).check(now), Ok(()));
        assert_eq!(absence(now + day, now + day, None).check(now), Err(NotNoted::Backwards));
        assert_eq!(absence(now - day, now, None).check(now), Err(NotNoted::Over));
        assert_eq!(absence(now, now + day, Some(user)).check(now), Err(NotNoted::Oneself));
    }
}
