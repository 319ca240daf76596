//! What stands over a report to choose from: the span, the part of the desk, the currency.

use super::super::{Preset, TeamChoice};
use super::ground::Ground;
use crate::accounts::People;
use crate::auth::Actor;
use crate::money::Currency;

/// Something to choose over the page.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) current: bool,
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self { current: value == chosen, value, label: label.into() }
    }
}

/// All of it.
pub(super) struct Filter {
    /// Where the page is.
    pub(super) path: &'static str,
    pub(super) presets: Vec<Choice>,
    pub(super) preset: Preset,
    pub(super) from: String,
    pub(super) to: String,
    /// None where lines are not told apart.
    pub(super) lines: Vec<Choice>,
    pub(super) teams: Vec<Choice>,
    /// None where there is nothing to choose.
    pub(super) currencies: Vec<Choice>,
    /// Whose figures they are, where nobody chose.
    pub(super) own_team: Option<String>,
}

impl Filter {
    pub(super) fn new(
        path: &'static str,
        ground: &Ground,
        preset: Preset,
        people: &People,
        actor: &Actor,
        all: Vec<Currency>,
    ) -> Self {
        let may = TeamChoice::may_choose(actor);
        Self {
            path,
            presets: presets(ground, path, preset),
            preset,
            from: ground.range.from.to_string(),
            to: ground.range.to.to_string(),
            lines: Vec::new(),
            teams: teams(people, ground, may),
            currencies: currencies(all, ground),
            own_team: own_team(people, ground, may),
        }
    }
}

/// The spans, each with where it leads.
pub(super) fn presets(ground: &Ground, path: &str, preset: Preset) -> Vec<Choice> {
    let choice =
        |one: &Preset| Choice { value: ground.at(path, *one), label: one.label().to_owned(), current: *one == preset };
    Preset::ALL.iter().map(choice).collect()
}

pub(super) fn lines(lines: &[String], ground: &Ground) -> Vec<Choice> {
    let chosen = ground.segment.line.as_deref().unwrap_or_default();
    let all = std::iter::once(Choice::new("", "All lines", chosen));
    all.chain(lines.iter().map(|line| Choice::new(line, line, chosen))).collect()
}

/// The currencies to choose from: those there are, and that of the page. None where there is one alone that nobody chose.
pub(super) fn currencies(mut all: Vec<Currency>, ground: &Ground) -> Vec<Choice> {
    let chosen = ground.segment.currency;
    all.push(chosen);
    all.sort_unstable();
    all.dedup();
    if all.len() < 2 && !ground.names_currency() {
        return Vec::new();
    }
    all.iter().map(|one| Choice::new(one.code(), one.code(), chosen.code())).collect()
}

/// The teams, for who may choose.
pub(super) fn teams(people: &People, ground: &Ground, may: bool) -> Vec<Choice> {
    if !may {
        return Vec::new();
    }
    let chosen = ground.segment.team.text();
    let teams = people.teams().into_iter().map(|team| Choice::new(team.id.to_string(), team.name, &chosen));
    std::iter::once(Choice::new("", "All teams", &chosen))
        .chain(teams)
        .chain(std::iter::once(Choice::new("none", "No team", &chosen)))
        .collect()
}

/// The team of a supervisor, whose figures these are.
pub(super) fn own_team(people: &People, ground: &Ground, may: bool) -> Option<String> {
    match ground.segment.team {
        TeamChoice::One(team) if !may => people.teams().into_iter().find(|one| one.id == team).map(|one| one.name),
        _ => None,
    }
}
