//! Under which heading a case stands in the queue.

use chrono::{DateTime, TimeDelta, Utc};

use super::filter::Seen;

/// What is due sooner stands under the first heading.
const SOON: TimeDelta = TimeDelta::hours(4);

/// The headings of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Group {
    /// Overdue, or within four hours.
    Soon,
    /// Later today.
    Today,
    /// After today.
    Later,
    /// Nothing is due.
    Never,
}

impl Group {
    /// The heading under which something due then stands.
    pub(super) fn of(due: Option<DateTime<Utc>>, seen: &Seen) -> Self {
        match due {
            None => Self::Never,
            Some(at) if at < Self::soon(seen) => Self::Soon,
            Some(at) if at < seen.midnight(1) => Self::Today,
            Some(_) => Self::Later,
        }
    }

    /// Where "soon" ends.
    pub(super) fn soon(seen: &Seen) -> DateTime<Utc> {
        seen.now + SOON
    }

    /// As shown.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Soon => "Overdue or due within 4 hours",
            Self::Today => "Later today",
            Self::Later => "After today",
            Self::Never => "Nothing due",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn late_at_night_nothing_is_later_today() {
        let now = at("2026-11-20T03:00:00Z");
        let night = Seen { me: None, now, zone: chrono_tz::America::New_York };
        assert_eq!(Group::of(Some(at("2026-11-20T04:59:00Z")), &night), Group::Soon);
        assert_eq!(Group::of(Some(at("2026-11-20T05:30:00Z")), &night), Group::Soon);
        assert_eq!(Group::of(Some(at("2026-11-20T07:00:00Z")), &night), Group::Later);
        assert_eq!(Group::of(None, &night), Group::Never);
    }
}
