//! Figures: what was really saved, why customers ask to leave, what is at risk, and whether we keep our word. Each figure
//! is defined once, in [`figures`], and that definition stands on the page; every number opens the very rows it counts,
//! and their sum equals it. This slice reads what others own; all it writes is who gets the dashboard by mail.

mod change;
mod figures;
mod mails;
mod order;
mod pages;
mod range;
mod segment;
mod store;
mod sums;

pub use figures::{Figure, Source};
pub use mails::{Every, mail_dropped_because, make_mails};
pub use order::Order;
pub use pages::routes;
pub use range::{Against, Preset, Range};
pub use segment::{Segment, TeamChoice};
pub use sums::Sums;
