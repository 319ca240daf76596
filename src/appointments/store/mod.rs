//! All SQL on the tables of appointments, and on what stands in the way of one.

mod appointments;
mod lists;
mod members;
mod seen;

pub use appointments::find;

pub(super) use appointments::{booked_of_case, insert, lock, note_change, save, zones};
pub(super) use lists::{Show, counts, list};
pub(super) use members::{Member, Wanted, members, of_departments_part};
pub(super) use seen::{About, Away, Changed, about, history, who_is_away};
