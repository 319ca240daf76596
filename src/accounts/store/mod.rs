//! All SQL on the tables of accounts, by noun.

mod absences;
mod calendars;
mod duty;
pub(super) mod failures;
pub(super) mod links;
pub(super) mod sessions;
mod people;
mod teams;
mod users;

pub use absences::{absences, deciders};
pub use calendars::{Feed, find_calendar, wrong_link};
pub use duty::duty;
pub use people::{People, zone_for};
pub use teams::{calendar_of, calendars, departments, teams, zone_of};
pub use users::{colleagues, names, user_by_email};

pub(super) use absences::{absences_part, end_absence, insert_absence, lock_absence, lock_person, overlapping};
pub(super) use calendars::{calendar_link_part, delete_calendar_link, save_calendar_link};
pub(super) use teams::{
    find_team, insert_department, insert_team, is_team_name_taken, list_departments, list_teams, lock_team, save_team,
};
pub(super) use users::{
    Filter, Row, count_live_cases, count_other_admins, credentials, email_part, find, insert, is_email_taken, list,
    lock, lock_admins, lock_no_users, roles, save_active, save_details, save_password, save_queue_columns,
    save_signed_in, save_single_keys,
};
