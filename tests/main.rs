//! Whole-system tests: the rules of the house, the flow through all services, the journey over HTTP,
//! crashes, a full disk, uploads without end, what the documentation says.

#![cfg(test)]

mod accounts;
mod api;
mod audit;
mod budgets;
mod chaos;
mod citus;
mod crashes;
mod degraded;
mod docs;
mod edge;
mod emails;
mod fleet;
mod flows;
mod full_disk;
mod house;
mod in_s3;
mod journey;
mod mcp;
mod metrics;
mod migrate;
mod open;
mod operations;
mod redis_cluster;
mod rolling;
mod secured;
mod serving;
mod shop;
mod sql;
mod theme;
mod traces;
mod uploads;
