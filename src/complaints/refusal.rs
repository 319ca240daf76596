//! Why something is not done with a complaint.

use thiserror::Error;

use crate::error::Error;

/// Why something was not done with a complaint. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It is here already.
    #[error("{0} was taken in already, in {1}.")]
    Known(String, String),
    /// Received later than now.
    #[error("Enter the day we received it; it cannot be ahead.")]
    NotReceivedYet,
    /// It ended.
    #[error("This complaint is closed.")]
    Closed,
    /// What is sent is not written.
    #[error("The answer was sent. If they come back to it, note their rebuttal.")]
    Sent,
    /// Somebody changed it since it was shown.
    #[error("Somebody changed this complaint meanwhile. Look at it as it is now, and try again.")]
    Changed,
    /// What is to be written or taken away is not there.
    #[error("This is off the list already. Look at the complaint as it is now.")]
    Gone,
    /// Something is missing before anybody can review it.
    #[error("{0}")]
    Unfinished(String),
    /// Everybody could read what identifies the customer.
    #[error("Take {0} out of the public response: everybody can read it.")]
    GivesAway(String),
    /// Nobody reviews.
    #[error("This answer is not in review.")]
    NotInReview,
    /// They wrote of it.
    #[error("You wrote on this answer yourself. Somebody else signs it off.")]
    OwnAnswer,
    /// Somebody asked to review what they wrote of.
    #[error("{0} wrote on this answer. Choose somebody who did not.")]
    WroteIt(String),
    /// They may not sign off.
    #[error("Choose a supervisor or a manager.")]
    MayNotSign,
    /// Nobody signed off.
    #[error("Nobody has signed this answer off as it is now. Have it reviewed first.")]
    NotSigned,
    /// They cannot come back.
    #[error(
        "By the terms it was taken in under ({0}) there is no further answer to this complaint. Take in what they write now as a complaint of its own, with a number of its own."
    )]
    NoMoreRounds(String),
    /// No answer was sent they could come back to.
    #[error("Nothing was sent yet that they could answer to.")]
    NotSent,
    /// Its terms do not allow it.
    #[error("This deadline cannot be extended: {0}.")]
    NotExtendable(String),
    /// It was.
    #[error("This deadline was extended already. There is no second time.")]
    Extended,
    /// It is late.
    #[error("This deadline has passed. What is late is not extended any more: send the answer.")]
    Passed,
    /// It is linked.
    #[error("The customer of this complaint is known.")]
    Linked,
    /// Another of its case is linked.
    #[error("Another complaint of this case is linked to its customer, so the case stays with them.")]
    OtherLinked,
    /// Somebody who is to be identified as well.
    #[error("{0} is still to be identified as well. Find their account first, or choose the customer who complained.")]
    FoundUnknown(String),
    /// These terms are no longer used.
    #[error("Complaints are not taken in under these terms any more. Choose others.")]
    Retired,
    /// It did not end without an answer.
    #[error("Only a complaint that was closed without an answer is answered after all.")]
    NotGivenUp,
    /// An answer is owed.
    #[error("An answer is still owed, so this complaint is not answered. Send it, or say why none is due.")]
    Owed,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}
