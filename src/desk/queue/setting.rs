//! What a page of the queue needs beside its cases: what there is to filter by, which filters are on, in words.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::Choice;
use super::filter::{DueBy, Filter, Line, Live, Owner, Seen};
use super::store;
use super::views::View;
use crate::accounts::People;
use crate::auth::Actor;
use crate::cases::{Channel, Kind, Priority, WaitingOn};
use crate::error::Result;
use crate::ids::TeamId;
use crate::money::{Currency, Money};
use crate::reasons::Reasons;
use crate::web::App;

/// What a page of the queue needs beside its cases.
pub(super) struct Setting {
    pub(super) seen: Seen,
    pub(super) teams: Vec<(TeamId, String)>,
    pub(super) people: Vec<Choice>,
    pub(super) reasons: Vec<Choice>,
    pub(super) saved: Vec<View>,
}

impl Setting {
    pub(super) async fn read(
        app: &App,
        connection: &mut PgConnection,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let people = app.kept::<People>(connection, actor).await?;
        let reasons = app.kept::<Reasons>(connection, actor).await?;
        let top = reasons.tree.all().iter().filter(|reason| reason.parent.is_none());
        Ok(Self {
            seen: Seen { me: actor.id, now, zone: people.zone_of(actor.team) },
            teams: people.teams().into_iter().map(|team| (team.id, team.name)).collect(),
            people: people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
            reasons: top.map(|reason| Choice::new(&reason.code, &reason.name)).collect(),
            saved: store::saved(connection, actor.id).await?,
        })
    }

    fn named(choices: &[Choice], value: &str) -> String {
        choices
            .iter()
            .find(|choice| choice.value == value)
            .map_or_else(|| "gone".to_owned(), |choice| choice.label.clone())
    }

    fn teams(&self) -> Vec<Choice> {
        self.teams.iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect()
    }

    /// A filter in words: what it narrows, and to what.
    fn words(&self, name: &str, value: &str, filter: &Filter) -> (&'static str, String) {
        let is = |label: &str| format!("is {}", label.to_lowercase());
        match name {
            "owner" => (
                "Owner",
                match filter.owner {
                    Some(Owner::Me) => "is me".to_owned(),
                    Some(Owner::Nobody) => "is nobody".to_owned(),
                    _ => format!("is {}", Self::named(&self.people, value)),
                },
            ),
            "team" => ("Team", format!("is {}", Self::named(&self.teams(), value))),
            "kind" => ("Kind", is(filter.kind.map_or("", Kind::label))),
            "stage" => ("Status", is(filter.stage.map_or("", Live::label))),
            "waiting" => ("Waiting", filter.waiting.map_or("", WaitingOn::label).replacen("Waiting ", "", 1)),
            "reason" => ("Reason", format!("is {}", Self::named(&self.reasons, value))),
            "channel" => ("Channel", format!("is {}", filter.channel.map_or("", Channel::label))),
            "priority" => ("Priority", is(filter.priority.map_or("", Priority::label))),
            "due" => ("Due", format!("is {}", filter.due.map_or("", DueBy::label))),
            "over" => ("Value at risk", format!("is over {}", thousands(filter.over.unwrap_or(0)))),
            "line" => ("At stake", format!("is {}", filter.line.map_or("", Line::label))),
            _ => ("Status", "is closed".to_owned()),
        }
    }

    pub(super) fn chips(&self, filter: &Filter) -> Vec<Chip> {
        let chip = |(name, value): (&'static str, String)| {
            let (label, says) = self.words(name, &value, filter);
            Chip { label, says, without: filter.without(name).href() }
        };
        filter.pairs().into_iter().map(chip).collect()
    }
}

pub(super) fn thousands(amount: i64) -> String {
    Money::new(amount.saturating_mul(100), Currency::USD).short().replace('$', "")
}

/// A filter that is on.
pub(super) struct Chip {
    pub(super) label: &'static str,
    pub(super) says: String,
    pub(super) without: String,
}

/// A choice in the form of filters.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) any: &'static str,
    pub(super) options: Vec<Choice>,
    pub(super) value: String,
}

/// Whom somebody may give cases to: themselves, nobody, and, unless they are a rep, colleagues.
pub(super) fn receivers(actor: &Actor, people: Vec<Choice>) -> Vec<Choice> {
    use crate::auth::Role::{Admin, Agent, Manager, Supervisor};
    let mut receivers = vec![Choice::new("me", "Me"), Choice::new("none", "Nobody: back to the queue")];
    if [Agent, Supervisor, Manager, Admin].into_iter().any(|role| actor.is(role)) {
        let me = actor.id.map(|id| id.to_string());
        receivers.extend(people.into_iter().filter(|person| Some(&person.value) != me.as_ref()));
    }
    receivers
}

pub(super) fn fields(setting: &Setting, filter: &Filter) -> Vec<Field> {
    let pairs = filter.pairs();
    let field = |name: &'static str, label, any, options| {
        let value = pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone()).unwrap_or_default();
        Field { name, label, any, options, value }
    };
    let mut owners = vec![Choice::new("me", "Me"), Choice::new("none", "Nobody")];
    owners.extend(setting.people.iter().cloned());
    let priorities = Priority::ALL.map(|priority| Choice::new(priority.level().to_string(), priority.label()));
    vec![
        field("owner", "Owner", "Anyone", owners),
        field("team", "Team", "Any team", setting.teams()),
        field(
            "kind",
            "Kind",
            "Any kind",
            Kind::ALL.iter().map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        ),
        field(
            "stage",
            "Status",
            "Any open status",
            Live::ALL.map(|stage| Choice::new(stage.name(), stage.label())).to_vec(),
        ),
        field(
            "waiting",
            "Waiting on",
            "Anything",
            WaitingOn::ALL.map(|on| Choice::new(on.name(), on.label())).to_vec(),
        ),
        field("reason", "Coded reason", "Any reason", setting.reasons.clone()),
        field(
            "channel",
            "Channel",
            "Any channel",
            Channel::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        ),
        field("priority", "Priority", "Any priority", priorities.to_vec()),
        field("due", "Due", "Any time", DueBy::ALL.map(|due| Choice::new(due.name(), capital(due.label()))).to_vec()),
        field(
            "line",
            "At stake",
            "Anything",
            Line::ALL.map(|line| Choice::new(line.name(), capital(line.label()))).to_vec(),
        ),
    ]
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
