//! All SQL on the tables of approvals, by noun.

mod history;
mod inbox;
mod patterns;
mod requests;

pub use inbox::deciders;
pub use requests::{
    decisions, decisions_of_case_part, find, messages, messages_of_case_part, of_case, of_case_part, open_of_offer,
    turnaround_part,
};

pub(super) use history::{Conceded, Like, Requester, conceded, gave_discount, like, requester};
pub(super) use inbox::{
    About, Line, Mine, about, askers, decided, decider_ids, deciders_part, has_decider, median_since, on_behalf,
    standing, waiting, yours,
};
pub(super) use patterns::{Flagged, credits, revised, split};
pub(super) use requests::{
    NewDecision, decisions_part, find_part, insert, insert_decision, insert_message, lock, messages_part, save,
};
