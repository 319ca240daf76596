//! Cases that were over before we heard of them: brought in closed, as a fact, without deadlines anybody could keep.

use chrono::{DateTime, Utc};

use super::actions::NewCase;
use super::store::{self, Origin};
use super::{Close, Kind, Outcome, Refusal};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, CloseCases, OpenCases};
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CaseId;
use crate::money::Money;
use crate::search;

/// A case that is over.
#[derive(Clone, Debug)]
pub struct PastCase {
    /// What it was. Its reason must be known.
    pub case: NewCase,
    /// How it ended.
    pub outcome: Outcome,
    /// What was kept, changed or lost, and why.
    pub note: String,
    /// What stayed in force.
    pub kept: Money,
    /// When it came in.
    pub opened_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: DateTime<Utc>,
}

/// Notes a case that is over, under the rules of closing. The account status follows as it would have.
///
/// # Errors
/// When it has no coded reason, or the money does not fit the outcome.
pub async fn record_past(tx: &mut Tx, _: &Can<OpenCases>, _: &Can<CloseCases>, past: PastCase) -> Result<CaseId> {
    let PastCase { case: new, outcome, note, kept, opened_at, closed_at } = past;
    if new.reason.is_none() {
        return Err(Refusal::NoReason.into());
    }
    let by = tx.by();
    let mut case = new.case(opened_at).close(Close { outcome, note, kept, duplicate_of: None, at: closed_at, by })?;
    let origin = Origin { second_because: None, ..new.origin() };
    case.number = store::insert_closed(tx, &case, &origin).await?;
    search::index_case(tx, case.id, case.customer, case.number).await?;
    store::note_change(tx, case.id, "stage", None, Some(outcome.name()), Some("Brought in closed")).await?;
    audit::record(
        tx,
        Entry::new(Action::CaseClosed, Subject::Case(case.id))
            .of(case.customer)
            .change("stage", Option::<&str>::None, "closed")
            .fact("kind", case.kind.name())
            .fact("channel", case.channel.name())
            .fact("outcome", outcome.name())
            .fact("reason", case.reason.clone())
            .fact("value_at_risk_minor", case.value_at_risk.minor)
            .fact("value_kept_minor", kept.minor)
            .fact("currency", kept.currency.code())
            .fact("opened_at", opened_at.to_rfc3339())
            .fact("closed_at", closed_at.to_rfc3339()),
    )
    .await?;
    let ends_relation = case.kind != Kind::OrderCancellation && case.kind != Kind::Complaint;
    if ends_relation && let Some(status) = outcome.status() {
        let why = format!("{} closed: {}", case.code(), outcome.label());
        customers::set_status(tx, case.customer, status, &why).await?;
    }
    Ok(case.id)
}
