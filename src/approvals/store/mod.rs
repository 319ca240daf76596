//! All SQL on the tables of approvals, by noun.

mod history;
mod inbox;
mod patterns;
mod requests;

pub use inbox::deciders;
pub use requests::{
    decisions, decisions_of_case, find, messages, messages_of_case, of_case, open_of_offer, overdue, turnaround,
};

pub(super) use history::{Conceded, Like, conceded, gave_discount, like, requester};
pub(super) use inbox::{
    About, Line, Mine, about, askers, currencies, decided, decider_ids, has_decider, median_since, on_behalf, roles_of,
    standing, waiting, yours,
};
pub(super) use patterns::{Flagged, credits, revised, split};
pub(super) use requests::{NewDecision, insert, insert_decision, insert_message, lock, save};
