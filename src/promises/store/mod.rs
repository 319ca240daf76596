//! All SQL on the tables of promises.

mod promises;
mod types;

pub use promises::{find, of_case, of_case_part, of_customer_part};

pub(super) use promises::{find_line, insert, lock, note_move, of_offer, rest_on, save};
pub(super) use types::{save_type, types};
