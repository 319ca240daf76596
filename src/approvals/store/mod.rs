//! All SQL on the tables of approvals, by noun.

mod deciders;
mod decisions;
mod history;
mod inbox;
mod patterns;
mod requests;
mod times;

pub use deciders::deciders;
pub use decisions::{decisions, decisions_of_case_part, messages, messages_of_case_part};
pub use requests::{find, of_case, of_case_part, open_of_offer};
pub use times::turnaround_part;

pub(super) use deciders::{Mine, askers, decider_ids, deciders_part, has_decider, on_behalf, standing};
pub(super) use decisions::{NewDecision, decisions_part, insert_decision, insert_message, messages_part};
pub(super) use history::{Conceded, Like, Requester, conceded, gave_discount, like, requester};
pub(super) use inbox::{About, Line, about, decided, waiting, yours};
pub(super) use patterns::{Flagged, credits, revised, split};
pub(super) use requests::{find_part, insert, lock, save};
pub(super) use times::median_since;
