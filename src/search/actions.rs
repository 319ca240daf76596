use std::collections::BTreeSet;

use super::{Field, Indexed, Subject, fold, store};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, OfferId};

/// Says what a subject is found by that was just made.
///
/// # Errors
/// When the database refuses.
pub async fn index_new(tx: &mut Tx, indexed: Indexed) -> Result<()> {
    store::insert(tx, indexed.subject, indexed.customer, &rows(&indexed)).await
}

/// Replaces what a subject is found by. Terms are read off other tables, so they need no audit entry of their own.
///
/// # Errors
/// When the database refuses.
pub async fn index(tx: &mut Tx, indexed: Indexed) -> Result<()> {
    store::replace(tx, indexed.subject, indexed.customer, &rows(&indexed)).await
}

/// What these texts are found by: field, term and whether it is the whole text, for those who write many rows at once.
#[must_use]
pub fn found_by(texts: &[(Field, String)]) -> Vec<(&'static str, String, bool)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (field, text) in texts {
        for term in fold::terms(*field, text) {
            if seen.insert((*field, term.text.clone())) {
                found.push((field.name(), term.text, term.whole));
            }
        }
    }
    found
}

fn rows(indexed: &Indexed) -> store::Rows {
    let mut rows = store::Rows::default();
    for (field, text) in &indexed.terms {
        for term in fold::terms(*field, text) {
            rows.push(*field, term);
        }
    }
    rows
}

/// Makes a new case found by its number, as said and without its letters.
///
/// # Errors
/// When the database refuses.
pub async fn index_case(tx: &mut Tx, case: CaseId, customer: CustomerId, number: i64) -> Result<()> {
    let terms = vec![(Field::Case, format!("SD-{number}"))];
    index(tx, Indexed { subject: Subject::Case(case), customer, terms }).await
}

/// Makes a new offer found by its number, as said and without its letters.
///
/// # Errors
/// When the database refuses.
pub async fn index_offer(tx: &mut Tx, offer: OfferId, customer: CustomerId, number: i64) -> Result<()> {
    let terms = vec![(Field::Offer, format!("OF-{number}"))];
    index_new(tx, Indexed { subject: Subject::Offer(offer), customer, terms }).await
}
