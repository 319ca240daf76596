//! Concessions that look like one cut into several, with the rows that show it.

use sqlx::PgConnection;

use super::super::store::{self, Flagged};
use super::list::{Seen, Summaries};
use crate::calendar;
use crate::error::Result;

/// One kind of pattern.
pub(super) struct Pattern {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// How it is defined.
    pub(super) what: &'static str,
    pub(super) flags: Vec<Flag>,
}

/// One finding.
pub(super) struct Flag {
    pub(super) heading: String,
    pub(super) sub: String,
    pub(super) rows: Vec<Row>,
}

/// A row that shows it.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) code: String,
    pub(super) customer: String,
    pub(super) what: String,
    pub(super) by: String,
    pub(super) at: String,
    pub(super) cost: String,
}

impl Pattern {
    pub(super) async fn all(connection: &mut PgConnection, seen: Seen) -> Result<Vec<Self>> {
        let split = store::split(connection, seen.now).await?;
        let credits = store::credits(connection, seen.now).await?;
        let revised = store::revised(connection, seen.now).await?;
        let offers: Vec<_> = split.iter().chain(&credits).chain(&revised).map(|row| row.offer).collect();
        let words = Summaries::load(connection, &offers).await?;
        Ok(vec![
            Self {
                id: "split",
                title: "One concession cut into several",
                what: "Two or more within 30 days by one person to one customer and the accounts linked to it, each \
                       within their own limit, that together exceed what they may put into one offer, or half of what \
                       they may give a customer in 12 months.",
                flags: flags(
                    &split,
                    &words,
                    seen,
                    |a, b| a.group == b.group && a.by == b.by,
                    |row| {
                        let role = row.role.map_or("they", crate::auth::Role::label).to_lowercase();
                        let limit = row.measure.map(|limit| limit.to_string()).unwrap_or_default();
                        (
                            format!("{} to {}", row.by_name, row.group_name),
                            format!("{} together; a {role} may give {limit} at once", row.total),
                        )
                    },
                ),
            },
            Self {
                id: "credits",
                title: "Repeated credits",
                what: "Three or more credits, refunds and waived fees within 90 days to one customer and the accounts \
                       linked to it, whoever gave them.",
                flags: flags(
                    &credits,
                    &words,
                    seen,
                    |a, b| a.group == b.group && a.cost.currency == b.cost.currency,
                    |row| (row.group_name.clone(), format!("{} together", row.total)),
                ),
            },
            Self {
                id: "revised",
                title: "Changed after an approval",
                what: "Offers whose terms were changed in the 90 days since somebody approved them. The approval no \
                       longer counts for them.",
                flags: flags(
                    &revised,
                    &words,
                    seen,
                    |a, b| a.offer == b.offer,
                    |row| {
                        let was = row.measure.map(|was| was.to_string()).unwrap_or_default();
                        (
                            format!("{} for {}", row.by_name, row.group_name),
                            format!("Approved at a cost of {was}, changed to {}", row.total),
                        )
                    },
                ),
            },
        ])
    }
}

fn flags(
    rows: &[Flagged],
    words: &Summaries,
    seen: Seen,
    same: impl Fn(&Flagged, &Flagged) -> bool,
    say: impl Fn(&Flagged) -> (String, String),
) -> Vec<Flag> {
    rows.chunk_by(same)
        .map(|rows| {
            let (heading, sub) = say(&rows[0]);
            let rows = rows.iter().map(|row| Row {
                href: format!("/cases/{}", row.case),
                code: format!("SD-{}", row.case_number),
                customer: row.customer.clone(),
                what: words.of(row.offer, row.revision),
                by: row.by_name.clone(),
                at: calendar::moment(row.at, seen.zone, seen.now),
                cost: row.cost.to_string(),
            });
            Flag { heading, sub, rows: rows.collect() }
        })
        .collect()
}
