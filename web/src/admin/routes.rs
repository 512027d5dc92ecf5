//! Every address of the admin console, in one table.

use axum::{
    Extension,
    extract::{DefaultBodyLimit, Request},
    middleware::{Next, from_fn},
    routing::{MethodFilter, MethodRouter, on},
};
use souk_contracts::permission::{
    CATALOG_MANAGE, CATALOG_READ, OPERATIONS, ORDERS_MANAGE, ORDERS_READ, REFUNDS, STAFF_MANAGE, STOCK_MANAGE,
    STOCK_READ,
};
use souk_types::Permissions;

use super::{
    activity, api_keys, bulk_edits, categories, collections, customers, dashboard, emails, find, imports, letters,
    multipart, orders, password_reset, products, search_index,
    settings::{self, CHANGE_LOCATIONS},
    sign_in, staff, stock,
};
use crate::state::AppState;

/// Who may come to an address.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Everybody: one signs in there.
    Open,
    /// Staff with these permissions.
    Staff(Permissions),
}

type Handler = fn(MethodFilter) -> MethodRouter<AppState>;

/// One method of one address.
pub struct Route {
    /// `GET` or `POST`.
    pub method: MethodFilter,
    /// The path below `/admin`.
    pub path: &'static str,
    /// Who may come.
    pub access: Access,
    handler: Handler,
}

impl Route {
    const fn open(method: MethodFilter, path: &'static str, handler: Handler) -> Self {
        Self { method, path, access: Access::Open, handler }
    }

    const fn get(path: &'static str, needed: Permissions, handler: Handler) -> Self {
        Self { method: MethodFilter::GET, path, access: Access::Staff(needed), handler }
    }

    const fn post(path: &'static str, needed: Permissions, handler: Handler) -> Self {
        Self { method: MethodFilter::POST, path, access: Access::Staff(needed), handler }
    }

    /// The handler, told who may come. What staff change there is recorded.
    pub fn methods(&self) -> MethodRouter<AppState> {
        let methods = (self.handler)(self.method).layer(Extension(self.access));
        match self.access {
            Access::Staff(_) if self.method == MethodFilter::POST => {
                let path = self.path;
                methods.layer(from_fn(move |request: Request, next: Next| activity::recorded(path, request, next)))
            }
            Access::Staff(_) | Access::Open => methods,
        }
    }
}

/// Every address of the admin console.
pub const ROUTES: &[Route] = &[
    Route::open(MethodFilter::GET, "/sign-in", |method| on(method, sign_in::page)),
    Route::open(MethodFilter::POST, "/sign-in", |method| on(method, sign_in::sign_in)),
    Route::open(MethodFilter::POST, "/sign-out", |method| on(method, sign_in::sign_out)),
    Route::open(MethodFilter::GET, "/setup", |method| on(method, sign_in::setup_page)),
    Route::open(MethodFilter::POST, "/setup", |method| on(method, sign_in::set_up)),
    Route::open(MethodFilter::GET, "/invitation", |method| on(method, sign_in::invitation_page)),
    Route::open(MethodFilter::POST, "/invitation", |method| on(method, sign_in::accept_invitation)),
    Route::open(MethodFilter::GET, "/forgot-password", |method| on(method, password_reset::forgot_page)),
    Route::open(MethodFilter::POST, "/forgot-password", |method| on(method, password_reset::forgot)),
    Route::open(MethodFilter::GET, "/reset-password", |method| on(method, password_reset::reset_page)),
    Route::open(MethodFilter::POST, "/reset-password", |method| on(method, password_reset::reset)),
    Route::get("/staff", STAFF_MANAGE, |method| on(method, staff::list)),
    Route::post("/staff/invite", STAFF_MANAGE, |method| on(method, staff::invite)),
    Route::post("/staff/{id}/role", STAFF_MANAGE, |method| on(method, staff::set_role)),
    Route::post("/staff/{id}/remove", STAFF_MANAGE, |method| on(method, staff::remove)),
    Route::post("/staff/invitations/{id}/revoke", STAFF_MANAGE, |method| on(method, staff::revoke)),
    Route::get("/activity", STAFF_MANAGE, |method| on(method, activity::list)),
    Route::get("/activity/export.csv", STAFF_MANAGE, |method| on(method, activity::export)),
    Route::get("/", ORDERS_READ, |method| on(method, dashboard::page)),
    Route::get("/visitors", ORDERS_READ, |method| on(method, dashboard::visitors)),
    Route::get("/orders", ORDERS_READ, |method| on(method, orders::list)),
    Route::get("/orders/export.csv", ORDERS_READ, |method| on(method, orders::export)),
    Route::get("/orders/pick-list", ORDERS_READ, |method| on(method, orders::pick_list)),
    Route::get("/orders/packing-slips", ORDERS_READ, |method| on(method, orders::packing_slips)),
    Route::post("/orders/ship", ORDERS_MANAGE, |method| on(method, orders::ship_chosen)),
    Route::post("/orders/filters", ORDERS_MANAGE, |method| on(method, orders::save_filter)),
    Route::post("/orders/filters/delete", ORDERS_MANAGE, |method| on(method, orders::delete_filter)),
    Route::get("/orders/{number}", ORDERS_READ, |method| on(method, orders::page)),
    Route::post("/orders/{number}/ship", ORDERS_MANAGE, |method| on(method, orders::ship)),
    Route::post("/orders/{number}/cancel", ORDERS_MANAGE, |method| on(method, orders::cancel)),
    Route::post("/orders/{number}/refund", REFUNDS, |method| on(method, orders::refund)),
    Route::get("/orders/{number}/refund", REFUNDS, |method| on(method, orders::refund_page)),
    Route::post("/orders/{number}/refund-lines", REFUNDS, |method| on(method, orders::refund_lines)),
    Route::post("/orders/{number}/hold", ORDERS_MANAGE, |method| on(method, orders::hold)),
    Route::post("/orders/{number}/note", ORDERS_MANAGE, |method| on(method, orders::note)),
    Route::post("/orders/{number}/release", ORDERS_MANAGE, |method| on(method, orders::release)),
    Route::post("/orders/{number}/shipments/{shipment}/track", ORDERS_MANAGE, |method| on(method, orders::track)),
    Route::get("/customers", ORDERS_READ, |method| on(method, customers::list)),
    Route::get("/customers/export.csv", ORDERS_READ, |method| on(method, customers::export)),
    Route::get("/customers/{id}", ORDERS_READ, |method| on(method, customers::page)),
    Route::get("/find", ORDERS_READ, |method| on(method, find::find)),
    Route::get("/products", CATALOG_READ, |method| on(method, products::list)),
    Route::post("/products", CATALOG_MANAGE, |method| on(method, products::create)),
    Route::get("/products/export.csv", CATALOG_READ, |method| on(method, products::export)),
    Route::get("/products/new", CATALOG_MANAGE, |method| on(method, products::new_page)),
    Route::get("/products/bulk", CATALOG_MANAGE, |method| on(method, bulk_edits::choose)),
    Route::post("/products/bulk", CATALOG_MANAGE, |method| on(method, bulk_edits::start)),
    Route::get("/bulk-edits", CATALOG_READ, |method| on(method, bulk_edits::list)),
    Route::get("/bulk-edits/export.csv", CATALOG_READ, |method| on(method, bulk_edits::export)),
    Route::get("/bulk-edits/{id}", CATALOG_READ, |method| on(method, bulk_edits::page)),
    Route::get("/bulk-edits/{id}/progress", CATALOG_READ, |method| on(method, bulk_edits::progress)),
    Route::post("/bulk-edits/{id}/stop", CATALOG_MANAGE, |method| on(method, bulk_edits::stop)),
    Route::post("/bulk-edits/{id}/undo", CATALOG_MANAGE, |method| on(method, bulk_edits::undo)),
    Route::get("/products/{id}", CATALOG_READ, |method| on(method, products::page)),
    Route::post("/products/{id}", CATALOG_MANAGE, |method| {
        on(method, products::save).layer(DefaultBodyLimit::max(multipart::FORM_BYTES_MAX))
    }),
    Route::get("/categories", CATALOG_READ, |method| on(method, categories::list)),
    Route::post("/categories", CATALOG_MANAGE, |method| on(method, categories::add)),
    Route::get("/categories/export.csv", CATALOG_READ, |method| on(method, categories::export)),
    Route::get("/categories/{id}", CATALOG_READ, |method| on(method, categories::page)),
    Route::post("/categories/{id}", CATALOG_MANAGE, |method| on(method, categories::save)),
    Route::post("/categories/{id}/delete", CATALOG_MANAGE, |method| on(method, categories::delete)),
    Route::get("/collections", CATALOG_READ, |method| on(method, collections::list)),
    Route::post("/collections", CATALOG_MANAGE, |method| on(method, collections::create)),
    Route::get("/collections/export.csv", CATALOG_READ, |method| on(method, collections::export)),
    Route::get("/collections/new", CATALOG_MANAGE, |method| on(method, collections::new_page)),
    Route::get("/collections/{id}", CATALOG_READ, |method| on(method, collections::page)),
    Route::post("/collections/{id}", CATALOG_MANAGE, |method| on(method, collections::change)),
    Route::post("/collections/{id}/delete", CATALOG_MANAGE, |method| on(method, collections::delete)),
    Route::get("/stock", STOCK_READ, |method| on(method, stock::list)),
    Route::get("/stock/export.csv", STOCK_READ, |method| on(method, stock::export)),
    Route::post("/stock/adjust", STOCK_MANAGE, |method| on(method, stock::adjust)),
    Route::post("/stock/receive", STOCK_MANAGE, |method| on(method, stock::receive)),
    Route::post("/stock/count", STOCK_MANAGE, |method| on(method, stock::count)),
    Route::post("/stock/safety", STOCK_MANAGE, |method| on(method, stock::safety)),
    Route::post("/stock/transfer", STOCK_MANAGE, |method| on(method, stock::transfer)),
    Route::get("/stock/{sku}/movements", STOCK_READ, |method| on(method, stock::movements)),
    Route::get("/imports", CATALOG_READ, |method| on(method, imports::list)),
    // The handler counts the bytes as they come in: a limit on the body as a whole would end it without a page.
    Route::post("/imports", CATALOG_MANAGE, |method| on(method, imports::upload).layer(DefaultBodyLimit::disable())),
    Route::get("/imports/export.csv", CATALOG_READ, |method| on(method, imports::export)),
    Route::get("/imports/table", CATALOG_READ, |method| on(method, imports::table)),
    Route::get("/imports/{id}", CATALOG_READ, |method| on(method, imports::page)),
    Route::get("/imports/{id}/progress", CATALOG_READ, |method| on(method, imports::progress)),
    Route::get("/imports/{id}/bad-rows.csv", CATALOG_READ, |method| on(method, imports::bad_rows)),
    Route::get("/emails", ORDERS_READ, |method| on(method, emails::list)),
    Route::get("/emails/export.csv", ORDERS_READ, |method| on(method, emails::export)),
    Route::get("/emails/{id}", ORDERS_READ, |method| on(method, emails::page)),
    Route::get("/emails/{id}/html", ORDERS_READ, |method| on(method, emails::html)),
    Route::post("/emails/{id}/resend", ORDERS_MANAGE, |method| on(method, emails::resend)),
    Route::get("/search", OPERATIONS, |method| on(method, search_index::page)),
    Route::get("/search/status", OPERATIONS, |method| on(method, search_index::status)),
    Route::post("/search/reindex", OPERATIONS, |method| on(method, search_index::reindex)),
    Route::get("/settings/delivery", OPERATIONS, |method| on(method, settings::delivery)),
    Route::post("/settings/delivery/reset", OPERATIONS, |method| on(method, settings::reset_delivery)),
    Route::get("/settings/delivery/new", OPERATIONS, |method| on(method, settings::new_method)),
    Route::post("/settings/delivery/new", OPERATIONS, |method| on(method, settings::create_method)),
    Route::get("/settings/delivery/methods/{code}", OPERATIONS, |method| on(method, settings::method)),
    Route::post("/settings/delivery/methods/{code}", OPERATIONS, |method| on(method, settings::save_method)),
    Route::post("/settings/delivery/methods/{code}/delete", OPERATIONS, |method| on(method, settings::delete_method)),
    Route::get("/settings/taxes", OPERATIONS, |method| on(method, settings::taxes)),
    Route::post("/settings/taxes", OPERATIONS, |method| on(method, settings::save_taxes)),
    Route::post("/settings/taxes/reset", OPERATIONS, |method| on(method, settings::reset_taxes)),
    Route::get("/settings/locations", STOCK_MANAGE, |method| on(method, settings::locations)),
    Route::get("/settings/locations/new", CHANGE_LOCATIONS, |method| on(method, settings::new_location)),
    Route::post("/settings/locations/new", CHANGE_LOCATIONS, |method| on(method, settings::create_location)),
    Route::get("/settings/locations/{id}", CHANGE_LOCATIONS, |method| on(method, settings::location)),
    Route::post("/settings/locations/{id}", CHANGE_LOCATIONS, |method| on(method, settings::save_location)),
    Route::post("/settings/locations/{id}/switch-off", CHANGE_LOCATIONS, |method| {
        on(method, settings::switch_location_off)
    }),
    Route::post("/settings/locations/{id}/switch-on", CHANGE_LOCATIONS, |method| {
        on(method, settings::switch_location_on)
    }),
    Route::get("/settings/payment", OPERATIONS, |method| on(method, settings::payment)),
    Route::post("/settings/payment", OPERATIONS, |method| on(method, settings::save_payment)),
    Route::post("/settings/payment/reset", OPERATIONS, |method| on(method, settings::reset_payment)),
    Route::post("/settings/payment/rules", OPERATIONS, |method| on(method, settings::save_rules)),
    Route::post("/settings/payment/rules/reset", OPERATIONS, |method| on(method, settings::reset_rules)),
    Route::get("/api-keys", STAFF_MANAGE, |method| on(method, api_keys::list)),
    Route::post("/api-keys", STAFF_MANAGE, |method| on(method, api_keys::create)),
    Route::post("/api-keys/{id}/revoke", STAFF_MANAGE, |method| on(method, api_keys::revoke)),
    Route::get("/dead-letters", OPERATIONS, |method| on(method, letters::list)),
    Route::get("/dead-letters/export.csv", OPERATIONS, |method| on(method, letters::export)),
    Route::post("/dead-letters/{service}/{consumer}/{event}/replay", OPERATIONS, |method| on(method, letters::replay)),
    Route::post("/dead-letters/{service}/{consumer}/{event}/discard", OPERATIONS, |method| {
        on(method, letters::discard)
    }),
    Route::get("/jobs/export.csv", OPERATIONS, |method| on(method, letters::export_jobs)),
    Route::post("/jobs/retry", OPERATIONS, |method| on(method, letters::retry_job)),
    Route::post("/jobs/discard", OPERATIONS, |method| on(method, letters::discard_job)),
];
