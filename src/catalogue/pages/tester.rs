//! Which types are open to a customer, and why the others are not.

use std::collections::HashSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::store;
use super::{Choice, vocabulary};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeCustomers, SeePolicy};
use crate::cases::{AtStake, Kind as CaseKind};
use crate::customers::{self, SubjectKind, Whose};
use crate::db::{first, together};
use crate::error::{Error, Result};
use crate::ids::CustomerId;
use crate::search;
use crate::web::{App, Frame, html};

/// How many customers a search shows.
const FEW: usize = 12;

/// Whom to ask for. Log lines hold the path alone.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    customer: String,
    /// `subscription:…`, `order:…` or `none`; what comes first of theirs when nothing is said.
    #[serde(default)]
    about: String,
    #[serde(default)]
    kind: String,
}

#[derive(Template)]
#[template(path = "catalogue/test.html")]
struct TestPage {
    frame: Frame,
    query: String,
    hits: Vec<(CustomerId, String, String)>,
    chosen: Option<Chosen>,
    kinds: Vec<Choice>,
    kind: String,
}

struct Chosen {
    id: CustomerId,
    name: String,
    facts: Vec<(&'static str, String)>,
    subjects: Vec<Choice>,
    about: String,
    open: Vec<Line>,
    closed: Vec<Line>,
}

/// A type and what the rules say of it.
struct Line {
    code: String,
    name: String,
    number: i32,
    lever: String,
    why: Vec<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeePolicy>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    can.and::<SeeCustomers>()?;
    let kind = CaseKind::from_name(&asked.kind);
    let query = asked.q.trim().to_owned();
    let chosen = if asked.customer.is_empty() {
        None
    } else {
        let customer = asked.customer.parse().map_err(|_| Error::NotFound)?;
        Some(ask(&app, &can, customer, &asked.about, kind).await?)
    };
    let hits = if query.is_empty() { Vec::new() } else { find(&app, &can, &query).await? };
    let page = TestPage {
        frame,
        query,
        hits,
        chosen,
        kinds: CaseKind::ALL.iter().map(|kind| Choice::new(&kind.name(), kind.label())).collect(),
        kind: kind.map(CaseKind::name).unwrap_or_default().to_owned(),
    };
    Ok(html(&page)?.into_response())
}

async fn find(app: &App, can: &Can<SeePolicy>, query: &str) -> Result<Vec<(CustomerId, String, String)>> {
    let hits = search::find(&mut *app.db.read().await?, can, query, 4 * FEW).await?;
    let mut seen = HashSet::new();
    let hits = hits.into_iter().filter(|hit| seen.insert(hit.customer)).take(FEW);
    Ok(hits.map(|hit| (hit.customer, hit.customer_name, hit.detail)).collect())
}

/// Asks every type. Looking at a customer is logged.
async fn ask(app: &App, can: &Can<SeePolicy>, id: CustomerId, about: &str, kind: Option<CaseKind>) -> Result<Chosen> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let customer = customers::find(&mut connection, id).await?;
    let parts = (customers::protection_part(Whose::Customer(id), can.id, now), customers::subjects_part(id));
    let (protection, (subscriptions, orders)) = together(&mut connection, parts).await?;
    customers::require(&first(protection)?, id)?;
    let subjects = customers::subjects_of(subscriptions, orders, true);
    let first = subjects.first().filter(|_| about.is_empty()).map(customers::SubjectChoice::value);
    let about = first.as_deref().unwrap_or(about);
    let subject = match about.split_once(':') {
        _ if about.is_empty() || about == "none" => AtStake::Everything,
        Some(("subscription", id)) => AtStake::Subscription(id.parse().map_err(|_| Error::NotFound)?),
        Some(("order", id)) => AtStake::Order(id.parse().map_err(|_| Error::NotFound)?),
        _ => return Err(Error::NotFound),
    };
    let asker = store::asker(&mut connection, id, subject, kind, None, now).await?;
    let types = app.kept::<store::Catalogue>(&mut connection, can).await?.all(now);
    let words = vocabulary(app, &mut connection, can, &types).await?;
    drop(connection);
    audit::view(&app.db, can, Entry::new(Action::CustomerViewed, Subject::Customer(id))).await?;
    let lines = types.iter().map(|one| Line {
        code: one.code.clone(),
        name: one.name.clone(),
        number: one.number,
        lever: words.lever_name(&one.lever),
        why: one.closed_to(&asker, now, |code| words.type_name(code)).iter().map(ToString::to_string).collect(),
    });
    let (open, closed) = lines.partition(|line| line.why.is_empty());
    let since = asker.since.map_or_else(
        || "Not known".to_owned(),
        |since| crate::calendar::date(since, chrono::Datelike::year(&now.with_timezone(&words.zone))),
    );
    let given = asker.given.iter().map(|(code, at)| format!("{}, {}", words.type_name(code), words.moment(*at)));
    let given: Vec<String> = given.collect();
    let mut facts = vec![
        ("Tier", customer.tier.label().to_owned()),
        ("Segment", if customer.segment.is_empty() { "None".to_owned() } else { customer.segment.clone() }),
        ("Customer since", since),
    ];
    facts.extend(asker.product.map(|product| ("Product", product)));
    facts.push((
        "Given so far, linked accounts too",
        if given.is_empty() { "Nothing".to_owned() } else { given.join("; ") },
    ));
    Ok(Chosen {
        id,
        name: customer.name.clone(),
        facts,
        subjects: subjects
            .iter()
            .map(|subject| {
                let what = if subject.kind == SubjectKind::Subscription { "Subscription: " } else { "" };
                Choice::new(&subject.value(), format!("{what}{}", subject.label))
            })
            .collect(),
        about: about.to_owned(),
        open,
        closed,
    })
}
