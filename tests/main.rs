//! Whole-system tests: the rules of the house, the flow through all services, the journey over HTTP,
//! crashes, a full disk, uploads without end.

#![cfg(test)]

mod accounts;
mod api;
mod audit;
mod budgets;
mod crashes;
mod emails;
mod flows;
mod full_disk;
mod house;
mod journey;
mod open;
mod serving;
mod sql;
mod uploads;
