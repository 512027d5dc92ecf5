//! Whole-system tests: the rules of the house, the flow through all services, the journey over HTTP, crashes.

#![cfg(test)]

mod audit;
mod crashes;
mod flows;
mod house;
mod journey;
mod serving;
mod sql;
