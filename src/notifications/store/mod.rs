//! All SQL on notices, choices, digests and mails, by noun.

pub(super) mod choices;
pub(super) mod digests;
pub(super) mod invitations;
pub(super) mod mails;
pub(super) mod notices;
pub(super) mod outbox;

pub use choices::users_with;
pub use mails::Claimed;
