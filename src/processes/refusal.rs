//! Why something was not done with a process.

use thiserror::Error;

use super::{Kind, Stage, StepStage};
use crate::error::Error;

/// Why something was not done with a process. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It ended.
    #[error("This process is {} already.", .0.label().to_lowercase())]
    Over(Stage),
    /// One of its kind runs.
    #[error("{} runs in this case already. Finish or stop that one first.", .0.label())]
    Runs(Kind),
    /// Something has to be known first.
    #[error("Fill in first: {0}.")]
    Unknown(String),
    /// The step ended.
    #[error("This step is {} already.", .0.label().to_lowercase())]
    StepOver(StepStage),
    /// There is nothing to make again.
    #[error("This step goes its way. It is made again only where what it made came to nothing.")]
    NotInTrouble,
    /// The confirmation comes after other steps.
    #[error("The confirmation comes after the steps before it. Finish or skip these first.")]
    TooEarly,
    /// A mail is under way.
    #[error("The confirmation is in the outbox already.")]
    Mailed,
    /// Nobody there has an address.
    #[error("Nobody to reach there has an e-mail address. Print the letter.")]
    NoAddress,
    /// They said no to e-mails.
    #[error("This customer does not want e-mails about service. Print the letter.")]
    NoMails,
    /// It was asked for, and it still runs.
    #[error("The legal hold stands while the process that set it runs.")]
    StillRuns,
    /// It runs already, or must not be known to run.
    #[error("This cannot be started here now. A supervisor can say more.")]
    NotNow,
    /// The customer wants it in writing.
    #[error("A cancellation is confirmed in writing. Stop the whole process if the customer stays.")]
    MustConfirm,
    /// Nobody to see to it.
    #[error("Nobody works on cases here who could see to this. Give the case to somebody first.")]
    Nobody,
    /// The customer wants to leave, and does not have it in writing.
    #[error(
        "The customer does not have the cancellation in writing yet. Start the cancellation, or finish it, and confirm it to them first."
    )]
    Unconfirmed,
    /// They said “just cancel”, and do not have it in writing.
    #[error(
        "The customer said “just cancel”, and does not have that in writing yet. Confirm it to them first; or, if they stay after all, take “just cancel” back on the case and say why."
    )]
    JustCancel,
    /// The case that is repeated carries no such wish.
    #[error(
        "{0} carries no wish to cancel, so this customer’s wish would be forgotten. Finish the cancellation here, or begin it there."
    )]
    WishForgotten(String),
    /// The customer holds it since a moment ago.
    #[error("The confirmation has gone out to the customer a moment ago. Look at it as it is now before you stop it.")]
    WentOut,
    /// What they have in writing stays.
    #[error("The customer has it in writing. What it says stays as it is.")]
    InWriting,
    /// Of two who note the same the second.
    #[error("“{0}” was noted meanwhile as “{1}”. Yours is not saved: correct what is noted if it is wrong.")]
    NotedMeanwhile(String, String),
    /// A correction of nothing.
    #[error("Nothing differs from what is noted.")]
    NothingNew,
    /// A fact of another process.
    #[error("This process does not ask for that.")]
    NoFact,
    /// Everybody sees it.
    #[error("Everybody who works on cases sees this process.")]
    NoSecret,
    /// They know of it.
    #[error("They know of it already.")]
    Knows,
    /// Who does not work on cases cannot know of it.
    #[error("Choose somebody who works on cases here.")]
    NotAColleague,
    /// It cannot be left behind.
    #[error("Offers to this customer are held. The case stays open until that is settled.")]
    Held,
    /// It runs, and nobody said that it stops.
    #[error("{} still runs. Finish it first, or choose to stop it.", .0.label())]
    StillToDo(Kind),
    /// Somebody published a version meanwhile.
    #[error("Somebody published a newer version meanwhile. Look at it first.")]
    Overtaken,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}
