//! A user's walks through the pages, in headless Chromium, on the demo company: each does a whole piece of work as the
//! role whose work it is. axe-core looks at every page and state they come by. Without Chromium the walks say so and
//! pass, except where `CI` is set.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

#[expect(dead_code, unused_imports, reason = "shared with the other tests, which use more of it")]
#[path = "../it/support/mod.rs"]
mod support;

mod approvals;
mod browser;
mod desk;
mod looks;

mod admin;
mod calls;
mod case;
mod causes;
mod chaser;
mod complaints;
mod credit;
mod dashboard;
mod follow_ups;
mod imports;
mod naughty;
mod new_case;
mod notices;
mod offers;
mod people;
mod policy;
mod processes;
mod promises;
mod protection;
mod queue;
mod requests;
mod roles;
mod search;
mod sign_in;
mod together;
