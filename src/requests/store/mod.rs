//! All SQL on the tables of requests.

mod desks;
mod links;
mod lists;
mod requests;
mod thread;

pub use requests::{find, of_case, of_case_part, of_offer};

pub use desks::desk;
pub(super) use desks::{desks, lead_of, lock_desk, members, save_desk};
pub(super) use links::{find_link, insert_link, lock_link};
pub(super) use lists::{Asked, Counts, Line, Span, Whose, counts, list};
pub(super) use requests::{
    find_part, insert, insert_answer, insert_readers, is_accepted, is_open, lock, open_of_case, promised, save,
    save_answer,
};
pub(super) use thread::{About, Said, about_part, insert_entry, thread_part};
