//! The console through the gateway's whole router, with services that answer from a table.

mod access;
mod actions;
mod activity;
mod bulk_edits;
mod dashboard;
mod emails;
mod exports;
pub mod fakes;
mod forms;
mod groups;
mod hostile;
mod locations;
mod orders;
mod people;
mod rights;
mod settings;
mod sorting;
mod staff;
mod uploads;
