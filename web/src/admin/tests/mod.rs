//! The console through the gateway's whole router, with services that answer from a table.

mod access;
mod actions;
mod fakes;
mod forms;
mod people;
mod uploads;
