//! Every address of the admin console, in one table.

use axum::{
    Extension,
    extract::DefaultBodyLimit,
    response::Redirect,
    routing::{MethodRouter, get, post},
};
use souk_contracts::permission::{
    CATALOG_MANAGE, CATALOG_READ, OPERATIONS, ORDERS_MANAGE, ORDERS_READ, REFUNDS, STOCK_MANAGE, STOCK_READ,
};
use souk_types::Permissions;

use super::{imports, letters, multipart, orders, products, sign_in, stock};
use crate::state::AppState;

/// Who may come to an address.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Everybody: one signs in there.
    Open,
    /// Staff with these permissions.
    Staff(Permissions),
}

/// One method of one address.
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path below `/admin`.
    pub path: &'static str,
    /// Who may come.
    pub access: Access,
    handler: fn() -> MethodRouter<AppState>,
}

impl Route {
    const fn open(method: &'static str, path: &'static str, handler: fn() -> MethodRouter<AppState>) -> Self {
        Self { method, path, access: Access::Open, handler }
    }

    const fn get(path: &'static str, needed: Permissions, handler: fn() -> MethodRouter<AppState>) -> Self {
        Self { method: "GET", path, access: Access::Staff(needed), handler }
    }

    const fn post(path: &'static str, needed: Permissions, handler: fn() -> MethodRouter<AppState>) -> Self {
        Self { method: "POST", path, access: Access::Staff(needed), handler }
    }

    /// The handler, told who may come.
    pub fn methods(&self) -> MethodRouter<AppState> {
        (self.handler)().layer(Extension(self.access))
    }
}

/// Every address of the admin console.
pub const ROUTES: &[Route] = &[
    Route::open("GET", "/sign-in", || get(sign_in::page)),
    Route::open("POST", "/sign-in", || post(sign_in::sign_in)),
    Route::open("POST", "/sign-out", || post(sign_in::sign_out)),
    Route::open("GET", "/setup", || get(sign_in::setup_page)),
    Route::open("POST", "/setup", || post(sign_in::set_up)),
    Route::get("/", ORDERS_READ, || get(home)),
    Route::get("/orders", ORDERS_READ, || get(orders::list)),
    Route::get("/orders/{number}", ORDERS_READ, || get(orders::page)),
    Route::post("/orders/{number}/ship", ORDERS_MANAGE, || post(orders::ship)),
    Route::post("/orders/{number}/cancel", ORDERS_MANAGE, || post(orders::cancel)),
    Route::post("/orders/{number}/refund", REFUNDS, || post(orders::refund)),
    Route::post("/orders/{number}/hold", ORDERS_MANAGE, || post(orders::hold)),
    Route::post("/orders/{number}/release", ORDERS_MANAGE, || post(orders::release)),
    Route::post("/orders/{number}/shipments/{shipment}/track", ORDERS_MANAGE, || post(orders::track)),
    Route::get("/products", CATALOG_READ, || get(products::list)),
    Route::post("/products", CATALOG_MANAGE, || post(products::create)),
    Route::get("/products/new", CATALOG_MANAGE, || get(products::new_page)),
    Route::get("/products/{id}", CATALOG_READ, || get(products::page)),
    Route::post("/products/{id}", CATALOG_MANAGE, || {
        post(products::save).layer(DefaultBodyLimit::max(multipart::FORM_BYTES_MAX))
    }),
    Route::get("/stock", STOCK_READ, || get(stock::list)),
    Route::post("/stock/adjust", STOCK_MANAGE, || post(stock::adjust)),
    Route::post("/stock/receive", STOCK_MANAGE, || post(stock::receive)),
    Route::post("/stock/count", STOCK_MANAGE, || post(stock::count)),
    Route::post("/stock/safety", STOCK_MANAGE, || post(stock::safety)),
    Route::post("/stock/transfer", STOCK_MANAGE, || post(stock::transfer)),
    Route::get("/stock/{sku}/movements", STOCK_READ, || get(stock::movements)),
    Route::get("/imports", CATALOG_READ, || get(imports::list)),
    // The handler counts the bytes as they come in: a limit on the body as a whole would end it without a page.
    Route::post("/imports", CATALOG_MANAGE, || post(imports::upload).layer(DefaultBodyLimit::disable())),
    Route::get("/imports/table", CATALOG_READ, || get(imports::table)),
    Route::get("/imports/{id}", CATALOG_READ, || get(imports::page)),
    Route::get("/imports/{id}/progress", CATALOG_READ, || get(imports::progress)),
    Route::get("/imports/{id}/bad-rows.csv", CATALOG_READ, || get(imports::bad_rows)),
    Route::get("/dead-letters", OPERATIONS, || get(letters::list)),
    Route::post("/dead-letters/{service}/{consumer}/{event}/replay", OPERATIONS, || post(letters::replay)),
    Route::post("/dead-letters/{service}/{consumer}/{event}/discard", OPERATIONS, || post(letters::discard)),
];

/// `GET /admin`: there is no dashboard; orders are what staff look at first.
async fn home(_desk: super::desk::Desk) -> Redirect {
    Redirect::to("/admin/orders")
}
