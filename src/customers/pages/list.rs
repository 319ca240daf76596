use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::store::{Filter, Listed, list};
use super::super::{Status, Tier};
use super::{Choice, amounts};
use crate::auth::{AddCustomers, Can, SeeCustomers};
use crate::calendar;
use crate::error::Result;
use crate::web::{App, Frame, html};

/// How many customers a page shows.
const MOST: usize = 50;

/// Which part of the list. Holds codes and ids, never a name.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    status: String,
    #[serde(default)]
    tier: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
}

struct Shown {
    href: String,
    name: String,
    under: String,
    account: String,
    status: Status,
    tier: Tier,
    year: String,
    live: i64,
    since: String,
}

#[derive(Template)]
#[template(path = "customers/list.html")]
struct ListPage {
    frame: Frame,
    statuses: Vec<Choice>,
    tiers: Vec<Choice>,
    status: &'static str,
    tier: &'static str,
    rows: Vec<Shown>,
    prev: Option<String>,
    next: Option<String>,
    may_add: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let filter = Filter {
        status: Status::from_name(&asked.status),
        tier: Tier::from_name(&asked.tier),
        after: asked.after.parse().ok(),
        before: asked.before.parse().ok(),
    };
    let mut rows = list(&mut *app.db.read().await?, filter, MOST).await?;
    let back = filter.after.is_none() && filter.before.is_some();
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    if back {
        rows.reverse();
    }
    let address = |way: &str, row: Option<&Listed>| {
        let id = row?.id.to_string();
        let pairs = [("status", asked.status.as_str()), ("tier", asked.tier.as_str()), (way, id.as_str())];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Some(format!("/customers?{}", serde_html_form::to_string(pairs).unwrap_or_default()))
    };
    let has_prev = if back { more } else { filter.after.is_some() };
    let has_next = back || more;
    let page = ListPage {
        statuses: Status::ALL.iter().map(|one| Choice { value: one.name(), label: one.label() }).collect(),
        tiers: Tier::ALL.iter().map(|one| Choice { value: one.name(), label: one.label() }).collect(),
        status: filter.status.map_or("", Status::name),
        tier: filter.tier.map_or("", Tier::name),
        prev: address("before", rows.first()).filter(|_| has_prev),
        next: address("after", rows.last()).filter(|_| has_next),
        rows: rows.into_iter().map(shown).collect(),
        may_add: can.may::<AddCustomers>(),
        frame,
    };
    Ok(html(&page)?.into_response())
}

fn shown(row: Listed) -> Shown {
    Shown {
        href: format!("/customers/{}", row.id),
        name: row.name,
        under: if row.identified { String::new() } else { "Not identified yet".to_owned() },
        account: row.account_number.unwrap_or_default(),
        status: row.status,
        tier: row.tier,
        year: amounts(&row.year),
        live: row.live_cases,
        // a year always, since most of them are not this one's
        since: row.since.map(|day| calendar::date(day, 0)).unwrap_or_default(),
    }
}
