//! What became of cases: one row for each closed case with its money frozen, noted by the database itself, so that no way
//! of closing one can forget it. Saves that do not last are marked by what undid them. Reports rest on these rows.
//!
//! Nothing here writes them: closing and reopening a case, checks, bills and changes of an account do. This slice adds up
//! the differences they leave, so that a dashboard reads few rows however many cases there are.

mod store;

use crate::names::names;

pub use store::fold;

/// What becomes of revenue is looked at so many days after a save.
pub const STAY_DAYS: [u16; 3] = [30, 60, 90];

names! {
    /// What became of an order.
    OrderEnd {
        Kept = "kept", "Kept as it was";
        Swapped = "swapped", "Kept, swapped";
        Expedited = "expedited", "Kept, expedited";
        Repriced = "repriced", "Kept, at another price";
        Cancelled = "cancelled", "Cancelled";
        Refunded = "refunded", "Refunded";
    }
}
