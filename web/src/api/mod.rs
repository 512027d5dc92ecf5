//! The public API below `/api/v1`, and its description.
//!
//! An [`Operation`](operation::Operation) says by its types what it takes and gives. From them come both the way in
//! ([`answer`]) and the description at `/api/v1/openapi.json` and `/api/docs`: what is described is what is enforced.
//! [`routes`] lists all of them.

use axum::{Router, routing::get};

use crate::state::AppState;

mod account;
mod addresses;
pub mod answer;
mod back_office;
pub mod caller;
mod cart;
mod catalogue;
mod checkout_link;
mod conditional;
mod docs;
pub mod events;
mod fields;
pub mod idempotency;
pub mod limits;
mod model;
mod openapi;
pub mod operation;
mod order_model;
mod order_status;
mod orders;
mod pages;
pub mod parameters;
mod people;
pub mod routes;
mod schema;
mod shop;
mod sorting;
mod tagged;
#[cfg(test)]
pub mod tests;
mod upload;

/// Says whether files come in at an address, which may take a while.
pub fn takes_files(path: &str) -> bool {
    let Some(path) = path.strip_prefix("/api/v1/admin/") else { return false };
    path == "imports" || (path.starts_with("products/") && path.ends_with("/images"))
}

/// The addresses of the API and of its description, below `/api`.
pub fn router() -> Router<AppState> {
    Router::new()
        .nest("/v1", operations().route("/openapi.json", get(openapi::serve)))
        .route("/docs", get(docs::index))
        .route("/docs/{operation}", get(docs::operation))
}

/// Every operation at its address.
pub fn operations() -> Router<AppState> {
    routes::all().into_iter().fold(Router::new(), |router, route| {
        let methods = route.methods();
        router.route(route.path, methods)
    })
}
