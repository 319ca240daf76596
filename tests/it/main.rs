//! The tests that see the crate from outside: real files, real PostgreSQL, real HTTP.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

mod absences;
mod access;
mod accounts;
mod approvals;
mod architecture;
mod cases;
mod catalogue;
mod columns;
mod customers;
mod demo;
mod economics;
mod embedded;
mod follow_ups;
mod guarantees;
mod guarantees_offers;
mod imports;
mod interactions;
mod kept;
mod limits;
mod offer_pages;
mod offers;
mod pages;
mod permissions;
mod policy;
mod queue;
mod races;
mod reader;
mod router;
mod schema;
mod search;
mod stands;
mod statements;
mod support;
