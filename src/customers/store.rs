mod contacts;
mod customers;
mod history;
mod lists;
mod orders;
mod subscriptions;

pub use contacts::contacts;
pub(super) use contacts::{find_contact, insert_contact, save_contact};
pub use customers::{find, find_by_account};
pub(super) use customers::{insert, lock, save, save_status};
pub(super) use history::{CaseRow, LogRow, StatusRow, cases, interactions, note_status, status_changes};
pub(super) use lists::{Filter, Listed, list};
pub use orders::{find_order, order, order_lines};
pub(super) use orders::{insert_order, orders, save_order};
pub use subscriptions::{find_subscription, subjects, subscription, subscriptions};
pub(super) use subscriptions::{has_reference, insert_subscription, save_subscription};
