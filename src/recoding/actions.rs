//! Drawing a sample, and coding its cases again.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{Recoding, Refusal, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, Recode};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, SampleId};
use crate::reasons;

/// A sample to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewSample {
    /// Cases closed from this day on …
    pub from_day: NaiveDate,
    /// … until before this one.
    pub until_day: NaiveDate,
    /// On whose clock.
    pub zone: Tz,
    /// These days as moments.
    pub span: (DateTime<Utc>, DateTime<Utc>),
    /// How many.
    pub asked: i16,
    /// The same seed draws the same sample from the same cases.
    pub seed: i64,
}

/// Draws a sample of cases closed within a span, whatever their outcome, but for duplicates. Gives how many it holds.
///
/// # Errors
/// When no such case was closed.
pub async fn draw(tx: &mut Tx, _: &Can<Recode>, new: NewSample) -> Result<(SampleId, u64)> {
    let sample = SampleId::new();
    store::insert(tx, sample, &new).await?;
    let cases = store::fill(tx, sample, &new).await?;
    if cases == 0 {
        return Err(Refusal::Nothing.into());
    }
    let entry = Entry::new(Action::SampleDrawn, Subject::Sample(sample))
        .fact("from", new.from_day.to_string())
        .fact("until", new.until_day.to_string())
        .fact("seed", new.seed.to_string())
        .fact("cases", cases);
    audit::record(tx, entry).await?;
    Ok((sample, cases))
}

/// Codes a case of a sample again. What was coded stays.
///
/// # Errors
/// For whoever coded it, when it was done, or for an unknown reason.
pub async fn recode(tx: &mut Tx, _: &Can<Recode>, sample: SampleId, case: CaseId, reason: &str) -> Result<Recoding> {
    if reasons::tree(tx).await?.find(reason).is_none() {
        return Err(Error::refused("Choose the reason from the list."));
    }
    let mut one = store::lock(tx, sample, case).await?;
    let by = tx.by().ok_or(Error::Forbidden)?;
    one.require_open_to(Some(by))?;
    store::save(tx, sample, case, reason, by).await?;
    let entry = Entry::new(Action::CaseRecoded, Subject::Case(case))
        .fact("sample", sample.to_string())
        .fact("coded", one.coded.clone())
        .fact("recoded", reason);
    audit::record(tx, entry).await?;
    one.recoded = Some(reason.to_owned());
    Ok(one)
}
