//! Savedesk: a desk for the people who keep customers from leaving. Modules stand in the order of who may import whom:
//! a module imports only modules above it.

pub mod names;
pub mod ids;
pub mod money;
pub mod clock;
pub mod calendar;
pub mod config;
pub mod answer;
pub mod assets;
pub mod error;
pub mod db;
pub mod auth;
pub mod audit;
pub mod web;
pub mod accounts;
pub mod notifications;
pub mod search;
pub mod customers;
pub mod reasons;
pub mod deadlines;
pub mod cases;
pub mod follow_ups;
pub mod interactions;
pub mod catalogue;
pub mod limits;
pub mod economics;
pub mod offers;
pub mod approvals;
pub mod promises;
pub mod intake;
pub mod desk;
pub mod chaser;
pub mod demo;
pub mod housekeeping;
pub mod router;
pub mod server;
