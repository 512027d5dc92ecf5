//! Payments through its trait, its consumers and its gateway's pages, on every engine.

#![expect(clippy::unwrap_used, reason = "the fixtures stop the test at the first surprise")]

mod audit;
mod authorise;
mod ended;
mod http_face;
mod refunds;
mod settings;
mod shop;
mod webhooks;
