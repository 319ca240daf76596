//! Checks about offers: asked of each department that the type names, asked again when a yes runs out, over when the
//! terms are.

use chrono::NaiveDate;

use super::super::{Kind, Need, Request, Standing, Verdict, needs, needs_of_promise, store};
use super::ask::{Bound, insert, take_back};
use super::{NewRequest, entry, lock_both, settle, tell_desk};
use crate::audit::{self, Action};
use crate::auth::{AskDepartments, Can};
use crate::cases;
use crate::db::Tx;
use crate::deadlines::{self, End};
use crate::error::{Error, Result};
use crate::ids::{CaseId, DepartmentId, OfferId, RequestId};

/// The exact terms of an offer, as departments are asked about them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The case it is made in.
    pub case: CaseId,
    /// The offer.
    pub offer: OfferId,
    /// Its revision.
    pub revision: i32,
    /// As people call the type.
    pub name: String,
    /// The terms in words.
    pub words: String,
    /// Whose yes it needs.
    pub departments: Vec<(DepartmentId, String)>,
}

/// Asks every department whose yes is needed and not there or under way. The caller holds the case's row.
///
/// # Errors
/// When there is nobody left to ask.
pub async fn ask_for_offer(
    tx: &mut Tx,
    _: &Can<AskDepartments>,
    terms: &Terms,
    words: &str,
    wanted_on: Option<NaiveDate>,
) -> Result<Vec<Request>> {
    let case = cases::lock(tx, terms.case).await?;
    case.require_live()?;
    let at = tx.now();
    let asked = store::of_offer(tx, terms.offer).await?;
    let needs = needs(&terms.departments, &asked, (terms.offer, terms.revision), at);
    let by = tx.by();
    let mut made = Vec::new();
    for need in needs.into_iter().filter(|need| need.standing.may_ask()) {
        let what = format!("{}: {}", terms.name, terms.words).chars().take(super::super::LONGEST_WHAT).collect();
        let new = NewRequest {
            department: need.department,
            kind: Kind::Feasibility,
            what,
            words: words.to_owned(),
            wanted_on,
            offer: Some((terms.offer, terms.revision, terms.words.chars().take(500).collect())),
        };
        made.push(insert(tx, &case, new, Bound::default(), by, "asked").await?);
    }
    let Some(first) = made.first() else {
        return Err(Error::refused("Every department that has a say in this has been asked already."));
    };
    settle(tx, first).await?;
    Ok(made)
}

/// Consequence of new terms, or of an offer that ends: checks about the old ones are cancelled, and what was answered is
/// no longer watched. The caller holds the case's row.
///
/// # Errors
/// When the database refuses.
pub async fn terms_are_over(tx: &mut Tx, offer: OfferId, why: &str) -> Result<()> {
    for mut request in store::of_offer(tx, offer).await? {
        if request.stage.is_live() {
            let case = cases::lock(tx, request.case).await?;
            take_back(tx, &case, &mut request, why).await?;
        } else if request.answer.is_some() {
            deadlines::end_for(tx, request.id.uuid(), deadlines::Kind::Feasibility, End::Cleared).await?;
        }
    }
    Ok(())
}

/// The desk's own act: a yes has run out before the customer answered, or before it was promised, so the department is asked
/// again, once per answer. Says whether it was.
///
/// # Errors
/// When the database refuses.
pub async fn ask_again(tx: &mut Tx, request: RequestId) -> Result<bool> {
    let (case, request) = lock_both(tx, request).await?;
    let at = tx.now();
    let Some(mut answer) = request.answer.clone() else { return Ok(false) };
    let yes = matches!(answer.verdict, Some(Verdict::Yes | Verdict::YesIf));
    if !yes || answer.asked_again || answer.standing(at) != Standing::RanOut || !case.is_live() {
        return Ok(false);
    }
    let department = [(request.department, request.department_name.clone())];
    let newest = match (request.offer, request.promise_type) {
        (Some((offer, revision)), _) if store::is_open(tx, offer, revision).await? => {
            needs(&department, &store::of_offer(tx, offer).await?, (offer, revision), at).pop()
        }
        (None, Some(of)) => needs_of_promise(&department, &store::of_case(tx, case.id).await?, of, at).pop(),
        _ => None,
    };
    let counts = |need: &Need| need.request == Some(request.id) && need.standing == Standing::RanOut;
    if !newest.as_ref().is_some_and(counts) {
        return Ok(false);
    }
    answer.asked_again = true;
    store::save_answer(tx, request.id, &answer, None).await?;
    store::insert_entry(tx, &request, "ran_out", None, None, false, None, "").await?;
    deadlines::end_for(tx, request.id.uuid(), deadlines::Kind::Feasibility, End::Done).await?;
    audit::record(tx, entry(Action::RequestAskedAgain, &request)).await?;
    let new = NewRequest {
        department: request.department,
        kind: request.kind,
        what: request.what.clone(),
        words: match request.offer {
            Some(_) => "Your yes has run out, and the customer has not answered yet. Does it still hold?",
            None => "Your yes has run out, and nothing was promised on it yet. Does it still hold?",
        }
        .to_owned(),
        wanted_on: request.wanted_on,
        offer: request
            .offer
            .map(|(offer, revision)| (offer, revision, request.terms.clone().unwrap_or_else(|| request.what.clone()))),
    };
    let bound = Bound { promise_type: request.promise_type, ..Bound::default() };
    let again = insert(tx, &case, new, bound, request.asked_by, "asked").await?;
    tell_desk(tx, &case, &request, "ran_out", "was asked again, since its yes ran out").await?;
    settle(tx, &again).await?;
    Ok(true)
}
