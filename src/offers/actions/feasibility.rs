//! What an offer rests on: the yes of each department that its type names (R10).

use super::{lock_both, tell};
use crate::auth::{AskDepartments, Can, MakeOffers};
use crate::catalogue::{self, OfferType};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::OfferId;
use crate::offers::{Offer, Refusal};
use crate::requests;

/// Asks every department that the type names, and that has neither answered nor been asked about these very terms,
/// whether they can be done (R10).
///
/// # Errors
/// When the offer has ended, somebody changed it meanwhile, or there is nobody left to ask.
pub async fn ask_feasibility(
    tx: &mut Tx,
    can: &Can<MakeOffers>,
    offer: OfferId,
    seen: i32,
    words: &str,
    wanted_on: Option<chrono::NaiveDate>,
) -> Result<Vec<requests::Request>> {
    let (case, offer) = lock_both(tx, offer).await?;
    case.require_live()?;
    offer.require_seen(seen)?;
    if !offer.stage.is_open() {
        return Err(Refusal::Over(offer.stage).into());
    }
    let of_type = catalogue::find_version(tx, offer.revision.version).await?;
    let terms = requests::Terms {
        case: case.id,
        offer: offer.id,
        revision: offer.revision.number,
        words: match offer.revision.what.as_str() {
            "" => offer.summary(),
            what => what.to_owned(),
        },
        name: of_type.name,
        departments: of_type.departments,
    };
    let asked = requests::ask_for_offer(tx, &can.and::<AskDepartments>()?, &terms, words, wanted_on).await?;
    tell(tx, &offer);
    Ok(asked)
}

/// Says who has not said yes before the database does (R10).
pub(super) async fn require_feasible(tx: &mut Tx, offer: &Offer, of_type: &OfferType) -> Result<()> {
    if of_type.departments.is_empty() {
        return Ok(());
    }
    let at = tx.now();
    let asked = requests::of_offer(tx, offer.id).await?;
    let needs = requests::needs(&of_type.departments, &asked, (offer.id, offer.revision.number), at);
    match requests::unmet(&needs) {
        None => Ok(()),
        Some(why) => Err(Refusal::NotFeasible(why).into()),
    }
}
