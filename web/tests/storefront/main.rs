//! The shop's pages over HTTP, with services that are played by one object in memory.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]

mod account;
mod account_pages;
mod api;
mod api_buying;
mod away;
mod cart;
mod checkout;
mod fakes;
mod feeds;
mod forms;
mod goods;
mod lists;
mod orders;
mod pages;
mod rig;
mod security;
mod shelf;
mod telling;
