//! What is kept of problems: they themselves with their factors and timeline, their cases, the answers to these.

mod answers;
mod fixes;
mod links;
mod listed;
mod of_case;
mod records;
mod weeks;

pub(super) use answers::{
    Asked, Progress, ask, claim, finish, mark, of_problem as answers_of, running, runs, still_waiting,
};
pub(super) use fixes::{fixes_due, note_fix};
pub(super) use links::{
    At, CaseLine, Matching, Sum, Which, answer_page, cases_page, counted_page, link, linked_cases, matching,
    matching_sums, named, sums, unlink,
};
pub(super) use listed::{Line, Lists, list};
pub use of_case::{Choosable, OfCase, choosable_part, of_case_part};
pub(super) use records::{
    Told, entries, factors, find, find_by_number, find_factor, insert, insert_entry, insert_factor, lock,
    remove_factor, save,
};
pub(super) use weeks::weeks;
