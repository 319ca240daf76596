mod costs;
mod figures;
mod refreshing;

pub use costs::{cost, costs_of};
pub(super) use costs::{has_line, insert, remove, save, served};
pub use figures::{gains, gains_part, of_customer, of_customer_part, of_order_part};
pub(super) use refreshing::{claim, endings, is_old, reckon_results, replace_lifetimes};
