//! What the viewer may give alone.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::auth::{Actor, Role};
use crate::catalogue::Catalogue;
use crate::customers::Tier;
use crate::error::Result;
use crate::limits::{self, Cell, Limits, Policy, ROLES};
use crate::money::{Currency, Money};
use crate::web::App;

/// The viewer's own limits, by offer type and tier.
pub(super) struct MyLimits {
    /// The limits in force.
    pub(super) version: String,
    pub(super) tiers: Vec<&'static str>,
    pub(super) rows: Vec<(String, Vec<String>)>,
    /// All to one customer in twelve months.
    pub(super) totals: Vec<String>,
    pub(super) week_used: String,
    pub(super) week: String,
    /// Of the week's, 0 to 100.
    pub(super) used: i64,
    pub(super) currencies: Vec<(String, bool)>,
}

impl MyLimits {
    pub(super) async fn load(app: &App, connection: &mut PgConnection, actor: &Actor, currency: &str) -> Result<Self> {
        let at = app.now();
        let policy = app.kept::<Policy>(connection, actor).await?;
        let totals = policy.in_force(at).into_iter().flat_map(|(_, matrix)| matrix.customer.keys());
        let currencies: BTreeSet<Currency> = totals.map(|(_, currency, _)| *currency).collect();
        let chosen = currencies.iter().find(|one| one.code() == currency);
        let usual = currencies.iter().find(|one| **one == Currency::USD);
        let currency = *chosen.or(usual).or_else(|| currencies.first()).unwrap_or(&Currency::USD);
        let by_tier: Vec<Limits> = Tier::ALL.iter().map(|tier| policy.of(*tier, currency, at)).collect();
        let types = app.kept::<Catalogue>(connection, actor).await?.current(at);
        let mine: Vec<Role> = ROLES.into_iter().rev().filter(|role| actor.is(*role)).collect();
        let cell = |limits: &Limits, code: &str| {
            let cell = mine.iter().find_map(|role| limits.cell(*role, code));
            cell.map_or_else(|| "Not alone".to_owned(), words)
        };
        let cap = |caps: &[(Role, Money)]| {
            let mine = mine.iter().filter_map(|role| caps.iter().find(|(whose, _)| whose == role));
            mine.map(|(_, cap)| *cap).max_by_key(|cap| cap.minor)
        };
        let week = by_tier.first().and_then(|limits| cap(&limits.week));
        let used = match actor.id {
            Some(me) => limits::concessions_by(connection, me, currency, at, None).await?,
            None => Money::zero(currency),
        };
        let week = week.unwrap_or(Money::zero(currency));
        Ok(Self {
            version: by_tier.first().map(|limits| limits.number.to_string()).unwrap_or_default(),
            tiers: Tier::ALL.iter().map(|tier| tier.label()).collect(),
            rows: types
                .iter()
                .map(|one| (one.name.clone(), by_tier.iter().map(|limits| cell(limits, &one.code)).collect()))
                .collect(),
            totals: by_tier
                .iter()
                .map(|limits| cap(&limits.customer).map_or_else(|| "Nothing".to_owned(), Money::short))
                .collect(),
            week_used: used.to_string(),
            used: if week.minor > 0 { (used.minor.saturating_mul(100) / week.minor).clamp(0, 100) } else { 100 },
            week: week.short(),
            currencies: currencies.iter().map(|one| (one.code().to_owned(), *one == currency)).collect(),
        })
    }
}

/// "25%, 24 months, $15,000"
fn words(cell: &Cell) -> String {
    let caps = [
        cell.max_percent.map(|cap| cap.to_string()),
        cell.max_months.map(|cap| if cap == 1 { "1 month".to_owned() } else { format!("{cap} months") }),
        cell.max_amount.map(Money::short),
    ];
    let caps: Vec<_> = caps.into_iter().flatten().collect();
    if caps.is_empty() { "Any".to_owned() } else { caps.join(", ") }
}
