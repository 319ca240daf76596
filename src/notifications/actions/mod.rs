//! What is done with notices and mails, by noun.

mod assigned;
mod choose;
mod digest;
mod invite;
mod post;
mod queue;
mod read;
mod tell;

pub use assigned::assigned;
pub(super) use choose::choose;
pub use digest::digest;
pub use invite::{Invitation, Invited, drop_invitations, invite, invited};
pub use post::{Posted, claim, mark, send};
pub(super) use queue::retry;
pub use queue::{clear, drop_mail, drop_mails, queue};
pub use read::read_before;
pub(super) use read::{open, read, read_all, unread_all};
pub use tell::tell;
