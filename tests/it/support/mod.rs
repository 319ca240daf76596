//! What tests stand on: the whole application on a database of its own, people to act as, and pages to look at. Needs
//! nothing set up: the tests of one run share an embedded cluster that goes away with them.

mod app;
mod beside;
mod client;
mod cluster;
mod complaints;
mod data;
mod desk;
mod offers;
mod people;
mod policy;
mod processes;
mod requests;
mod server;
mod smtp;
mod wire;

pub(crate) use app::TestApp;
pub(crate) use beside::{Beside, answers, path_of};
pub(crate) use client::{Client, Page, filled, send};
pub(crate) use complaints::{Answering, given_complaint, new_complaint, said};
pub(crate) use data::data_dir;
pub(crate) use offers::percent;
pub(crate) use people::Person;
pub(crate) use processes::made;
pub(crate) use requests::{Ring, expedite, no, yes, yes_if};
pub(crate) use server::Server;
pub(crate) use smtp::{MailServer, Received};
pub(crate) use wire::Wire;
