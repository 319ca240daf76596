//! Which cases a list holds. A filter lives in the address, is told as chips, and becomes SQL in one place.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sqlx::{Postgres, QueryBuilder};

use crate::cases::{Channel, Kind, Priority, WaitingOn};
use crate::ids::{TeamId, UserId};
use crate::money::Currency;

/// The names of the filters in an address.
const NAMES: [&str; 12] =
    ["owner", "team", "kind", "stage", "waiting", "reason", "channel", "priority", "due", "over", "line", "closed"];
/// The most that "over" can ask for, in whole units.
const MOST: i64 = 1_000_000_000_000;

/// Whose cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// Of whoever looks.
    Me,
    /// Nobody's.
    Nobody,
    /// Of one person.
    User(UserId),
}

/// Due by when. Each holds what is overdue too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DueBy {
    /// Already.
    Overdue,
    /// By the end of today.
    Today,
    /// By the end of the seventh day from today.
    Week,
}

impl DueBy {
    pub(super) const ALL: [Self; 3] = [Self::Overdue, Self::Today, Self::Week];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today",
            Self::Week => "week",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today or earlier",
            Self::Week => "within seven days",
        }
    }
}

/// The stages a live case can be in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Live {
    New,
    Working,
    Waiting,
}

impl Live {
    pub(super) const ALL: [Self; 3] = [Self::New, Self::Working, Self::Waiting];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Working => "working",
            Self::Waiting => "waiting",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Working => "Working",
            Self::Waiting => "Waiting",
        }
    }
}

/// What is at stake: revenue that recurs, or one order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    Subscription,
    Order,
}

impl Line {
    pub(super) const ALL: [Self; 2] = [Self::Subscription, Self::Order];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Order => "order",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Subscription => "a subscription",
            Self::Order => "an order",
        }
    }
}

/// Which cases: every part that is set narrows the list.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(in crate::desk) struct Filter {
    pub(super) owner: Option<Owner>,
    pub(super) team: Option<TeamId>,
    pub(super) kind: Option<Kind>,
    pub(super) stage: Option<Live>,
    pub(super) waiting: Option<WaitingOn>,
    /// A reason of level 1, with all that is below it.
    pub(super) reason: Option<String>,
    pub(super) channel: Option<Channel>,
    pub(super) priority: Option<Priority>,
    pub(super) due: Option<DueBy>,
    /// More at risk than so many whole units of the case's currency.
    pub(super) over: Option<i64>,
    pub(super) line: Option<Line>,
    /// Closed cases instead of live ones.
    pub(super) closed: bool,
}

impl Filter {
    /// The cases of whoever looks: what the bare address shows.
    pub(super) fn mine() -> Self {
        Self { owner: Some(Owner::Me), ..Self::default() }
    }

    /// Reads the filters of an address. What somebody made up is left out; an address without any filter is "mine".
    pub(in crate::desk) fn read(query: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query).unwrap_or_default();
        if !pairs.iter().any(|(name, _)| NAMES.contains(&name.as_str())) {
            return Self::mine();
        }
        let get = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.trim());
        let closed = get("closed") == "1";
        let live = |value: &str| if closed { String::new() } else { value.to_owned() };
        Self {
            owner: match get("owner") {
                "me" => Some(Owner::Me),
                "none" => Some(Owner::Nobody),
                id => id.parse().ok().map(Owner::User),
            },
            team: get("team").parse().ok(),
            kind: Kind::from_name(get("kind")),
            stage: Live::ALL.into_iter().find(|stage| stage.name() == live(get("stage"))),
            waiting: WaitingOn::from_name(&live(get("waiting"))),
            reason: Some(get("reason")).filter(|code| is_code(code)).map(str::to_owned),
            channel: Channel::from_name(get("channel")),
            priority: get("priority").parse().ok().and_then(Priority::new),
            due: DueBy::ALL.into_iter().find(|due| due.name() == live(get("due"))),
            over: whole(get("over")),
            line: Line::ALL.into_iter().find(|line| line.name() == get("line")),
            closed,
        }
    }

    /// The filters as they stand in an address, always in the same order.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let text = |text: &'static str| text.to_owned();
        [
            (
                "owner",
                self.owner.map(|owner| match owner {
                    Owner::Me => text("me"),
                    Owner::Nobody => text("none"),
                    Owner::User(id) => id.to_string(),
                }),
            ),
            ("team", self.team.map(|team| team.to_string())),
            ("kind", self.kind.map(|kind| text(kind.name()))),
            ("stage", self.stage.map(|stage| text(stage.name()))),
            ("waiting", self.waiting.map(|on| text(on.name()))),
            ("reason", self.reason.clone()),
            ("channel", self.channel.map(|channel| text(channel.name()))),
            ("priority", self.priority.map(|priority| priority.level().to_string())),
            ("due", self.due.map(|due| text(due.name()))),
            ("over", self.over.map(|over| over.to_string())),
            ("line", self.line.map(|line| text(line.name()))),
            ("closed", self.closed.then(|| text("1"))),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
    }

    /// The query of its address: never empty, since the bare address is "mine".
    pub(super) fn query(&self) -> String {
        let pairs = self.pairs();
        if pairs.is_empty() {
            return "owner=any".to_owned();
        }
        serde_html_form::to_string(&pairs).unwrap_or_default()
    }

    /// Its address.
    pub(super) fn href(&self) -> String {
        if *self == Self::mine() { "/queue".to_owned() } else { format!("/queue?{}", self.query()) }
    }

    /// The same without one of its filters.
    pub(super) fn without(&self, name: &str) -> Self {
        let rest: Vec<_> = self.pairs().into_iter().filter(|(other, _)| *other != name).collect();
        if rest.is_empty() {
            return Self::default();
        }
        Self::read(&serde_html_form::to_string(&rest).unwrap_or_default())
    }

    /// Whether a case of table alias `c` is in the list, as a condition: the one place where filters become SQL.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>, seen: &Seen) {
        sql.push(if self.closed { "c.stage = 'closed'" } else { "c.stage <> 'closed'" });
        self.push_narrowing(sql, seen);
    }

    /// What narrows the list beyond cases being live or closed: nothing, or " and …".
    pub(super) fn push_narrowing(&self, sql: &mut QueryBuilder<Postgres>, seen: &Seen) {
        match self.owner {
            Some(Owner::Me) => drop(sql.push(" and c.owner_id = ").push_bind(seen.me)),
            Some(Owner::Nobody) => drop(sql.push(" and c.owner_id is null")),
            Some(Owner::User(id)) => drop(sql.push(" and c.owner_id = ").push_bind(id)),
            None => {}
        }
        if let Some(team) = self.team {
            sql.push(" and c.team_id = ").push_bind(team);
        }
        for (column, value) in [
            ("kind", self.kind.map(Kind::name)),
            ("stage", self.stage.map(Live::name)),
            ("waiting_on", self.waiting.map(WaitingOn::name)),
            ("channel", self.channel.map(Channel::name)),
        ] {
            if let Some(value) = value {
                sql.push(format_args!(" and c.{column} = ")).push_bind(value);
            }
        }
        if let Some(reason) = &self.reason {
            sql.push(" and c.reason in (select r.code from reasons r where ").push_bind(reason.clone());
            sql.push(" in (r.code, r.parent_code))");
        }
        if let Some(priority) = self.priority {
            sql.push(" and c.priority = ").push_bind(i16::from(priority.level()));
        }
        if let Some(due) = self.due {
            let until = match due {
                DueBy::Overdue => seen.now,
                DueBy::Today => seen.midnight(1),
                DueBy::Week => seen.midnight(7),
            };
            // as the indexes have it
            sql.push(" and coalesce(c.next_due_at, 'infinity') < ").push_bind(until);
        }
        if let Some(over) = self.over {
            sql.push(" and c.value_at_risk_minor > ").push_bind(over);
            // the commonest first: this is asked of every case there is
            sql.push(" * case when c.currency in ('USD', 'EUR', 'GBP', 'CAD') then 100 when c.currency = any(");
            sql.push_bind(currencies(0));
            sql.push(") then 1 when c.currency = any(").push_bind(currencies(3));
            sql.push(") then 1000 else 100 end");
        }
        match self.line {
            Some(Line::Subscription) => drop(sql.push(" and c.subscription_id is not null")),
            Some(Line::Order) => drop(sql.push(" and c.order_id is not null")),
            None => {}
        }
    }
}

fn is_code(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"._0123456789".contains(&byte))
}

/// An amount in whole units, with or without thousands separated.
fn whole(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}' | '$')).collect();
    digits.parse().ok().filter(|amount| (0..=MOST).contains(amount))
}

fn currencies(digits: u32) -> Vec<String> {
    Currency::all()
        .into_iter()
        .filter(|currency| currency.digits() == digits)
        .map(|currency| currency.code().to_owned())
        .collect()
}

/// Who looks, when, and on which clock.
#[derive(Clone, Copy, Debug)]
pub(in crate::desk) struct Seen {
    pub(in crate::desk) me: Option<UserId>,
    pub(in crate::desk) now: DateTime<Utc>,
    pub(in crate::desk) zone: Tz,
}

impl Seen {
    /// The midnight after so many days, today being the first, on the clock of whoever looks.
    pub(super) fn midnight(&self, days: u64) -> DateTime<Utc> {
        let today = self.now.with_timezone(&self.zone).date_naive();
        let day = today.checked_add_days(Days::new(days)).unwrap_or(today);
        // where the clocks skip midnight, the day begins an hour later
        (0..4)
            .find_map(|hours| {
                (day.and_time(NaiveTime::MIN) + TimeDelta::hours(hours)).and_local_timezone(self.zone).earliest()
            })
            .map_or(self.now, |at| at.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sql(filter: &Filter) -> String {
        let seen = Seen { me: None, now: DateTime::UNIX_EPOCH, zone: Tz::UTC };
        let mut sql = QueryBuilder::new("");
        filter.push(&mut sql, &seen);
        sql.sql().as_str().to_owned()
    }

    #[test]
    fn the_bare_address_is_mine_and_any_owner_is_all() {
        assert_eq!(Filter::read(""), Filter::mine());
        assert_eq!(Filter::read("peek=x&after=y"), Filter::mine());
        assert_eq!(Filter::read("owner=any"), Filter::default());
        assert_eq!((Filter::mine().href().as_str(), Filter::default().href().as_str()), ("/queue", "/queue?owner=any"));
    }

    #[test]
    fn what_somebody_made_up_is_left_out() {
        let filter =
            Filter::read("kind=x&stage=closed&reason=a'b&over=-1&priority=9&due=never&team=1&owner=you&closed=yes");
        assert_eq!(filter, Filter::default());
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        assert_eq!(Filter::read("over=10,000").over, Some(10_000));
        assert_eq!(Filter::read("over=%2410+000").over, Some(10_000));
        assert_eq!(Filter::read("over=ten").over, None);
    }

    #[test]
    fn closed_cases_have_no_stage_and_nothing_due() {
        let filter = Filter::read("closed=1&stage=new&due=today&waiting=customer&owner=me");
        assert_eq!(filter, Filter { closed: true, ..Filter::mine() });
    }

    #[test]
    fn what_comes_from_an_address_is_bound_and_never_part_of_the_sql() {
        let filter = Filter::read("reason=price.too_high&kind=complaint&over=5");
        assert!(!sql(&filter).contains("price") && !sql(&filter).contains("complaint"));
    }

    #[test]
    fn today_ends_at_midnight_of_the_team_also_when_clocks_change() {
        let seen = |now: &str| Seen { me: None, now: now.parse().unwrap(), zone: chrono_tz::America::New_York };
        assert_eq!(seen("2026-11-20T03:00:00Z").midnight(1), "2026-11-20T05:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(seen("2026-10-31T12:00:00Z").midnight(2), "2026-11-02T05:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let santiago = Seen { zone: chrono_tz::America::Santiago, ..seen("2026-09-05T12:00:00Z") };
        assert_eq!(santiago.midnight(1), "2026-09-06T04:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    proptest! {
        #[test]
        fn a_filter_survives_its_address(query in "((owner=(me|none)|kind=(complaint|win_back)|stage=(new|waiting)|waiting=date|reason=price|channel=fcc|priority=[1-4]|due=(today|week)|over=[0-9]{1,6}|line=order|closed=1)&){1,6}") {
            let filter = Filter::read(&query);
            prop_assert_eq!(&Filter::read(&filter.query()), &filter);
            for (name, _) in filter.pairs() {
                let less = filter.without(name);
                prop_assert_eq!(less.pairs().len() + 1, filter.pairs().len());
            }
        }

        #[test]
        fn no_address_breaks_the_page(query in "\\PC{0,200}") {
            sql(&Filter::read(&query));
        }
    }
}
