//! All SQL on the tables of processes.

mod letters;
mod processes;
mod rounds;
mod rows;
mod templates;

pub use letters::{Letter, letter_part};
pub use processes::{find, of_case, of_case_part};
pub use templates::current_part;

pub(super) use letters::{mail_went, set_mail};
pub(super) use processes::{
    insert, insert_circle, insert_facts, insert_steps, lock, note, process_of_step, running_of_kind, save, save_step,
};
pub(super) use rounds::{note_failure, people, to_move_on};
pub(super) use templates::{newest, publish, versions_part};
