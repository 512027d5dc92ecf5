//! The binary's inside: configuration, wiring and commands. Nothing of the shop itself is here.

mod assembly;
pub mod audit;
pub mod cli;
mod commands;
pub mod config;
mod door;
mod emails;
pub mod fleet;
mod folder;
mod handover;
pub mod metrics;
mod operations;
mod progress;
mod say;
pub mod serve;
pub mod shop;
