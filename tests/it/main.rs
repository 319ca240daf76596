//! The tests that see the crate from outside: real files, real PostgreSQL, real HTTP.
#![expect(clippy::unwrap_used, reason = "a test ends where something goes wrong")]

mod access;
mod accounts;
mod architecture;
mod cases;
mod columns;
mod customers;
mod demo;
mod embedded;
mod guarantees;
mod imports;
mod interactions;
mod offer_pages;
mod offers;
mod pages;
mod permissions;
mod queue;
mod reader;
mod router;
mod schema;
mod search;
mod stands;
mod statements;
mod support;
