//! All SQL on the tables of processes.

mod facts;
mod letters;
mod processes;
mod rounds;
mod rows;
mod templates;

pub use letters::{Letter, letter_part};
pub use processes::{find, of_case, of_case_part};
pub use rounds::{Parked, parked};
pub use templates::current_part;

pub(super) use facts::insert_facts;
pub(super) use letters::{confirmed_by, mail_went, set_mail};
pub(super) use processes::{
    insert, insert_circle, insert_steps, lock, note, process_of_step, running_of_kind, save, save_step,
};
pub(super) use rounds::{note_failure, people, to_move_on, unpark};
pub(super) use templates::{newest, publish, versions_part};
