//! The admin console: server-rendered, works without scripts.
//!
//! Architecture invariant: every address is a row of [`routes::ROUTES`], with what one must be allowed to do there.
//! [`desk::Desk`], without which no handler can call a service for somebody, checks it.

use std::sync::Arc;

use axum::{Extension, Router};

use crate::state::AppState;

mod activity;
mod api_keys;
mod badges;
mod bulk_edits;
mod categories;
mod collections;
mod csv;
mod customers;
mod dashboard;
mod desk;
mod emails;
mod export;
mod find;
mod forms;
pub mod imports;
mod labels;
pub mod letters;
mod lists;
mod multipart;
mod names;
mod orders;
mod password_reset;
pub mod products;
mod routes;
mod search_index;
mod settings;
mod sign_in;
mod staff;
mod stock;
#[cfg(test)]
pub mod tests;

/// The routes below `/admin`.
pub fn router() -> Router<AppState> {
    let rows = routes::ROUTES.iter();
    let router = rows.fold(Router::new(), |router, row| router.route(row.path, row.methods()));
    router.layer(Extension(Arc::new(badges::Kept::default()))).layer(Extension(Arc::new(names::Kept::default())))
}
