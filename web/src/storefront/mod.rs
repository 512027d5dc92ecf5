//! The shop that customers see.
//!
//! Programs get the same content as data when they send `Accept: application/json`; refusals are then
//! `application/problem+json` (RFC 9457) with `detail`, a stable `code`, and `errors` by field.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /products/{slug}` or `/products/{slug}.json` | the product with `offers`: price, `in_stock`, `available` (both `null` when unknown) |
//! | `GET /search/suggest?q=` | `{"suggestions": […], "products": […]}` |
//! | `GET /cart` | [`CartView`](souk_contracts::cart::CartView) |
//! | `POST /cart/lines` `{"sku", "quantity"}` | `{"count", "text", "cart": CartView}` |
//! | `POST /cart` (form: `qty[<sku>]`, `remove`) | `{"count", "cart": CartView}` |
//! | `GET /wish-list` | `{"products": [id]}` |
//! | `POST /wish-list` (form: `product`, `remove`) | `{"wanted"}` |
//! | `GET /checkout?country=&region=&method=` | [`Quote`](souk_contracts::orders::Quote) |
//! | `POST /checkout` | `{"number", "access_key", "state", "url"?}`; `state` is `placed`, `action_required` (go to `url`) or `pending` |
//! | `GET /orders/{number}?key=` | [`Order`](souk_contracts::orders::Order) |
//!
//! `POST /checkout` takes `{"email", "address": Address, "method", "cart"?, "expected_total", "payment_token"}`
//! (or the page's form). `cart` is the cart's id: sending the same again answers with the same order.
//! `expected_total` is minor units or an amount with its currency.
//!
//! A guest is known by the cookie `souk_guest`, which the first `POST /cart/lines` sets. A program needs no
//! other token: requests that carry neither `Origin` nor `Sec-Fetch-Site` are no browser's.

use axum::{
    Router,
    routing::{get, post},
};

use crate::state::AppState;

mod account;
mod account_addresses;
mod account_data;
mod account_profile;
mod account_recovery;
mod again;
pub mod brands;
pub mod cart;
pub mod cart_link;
mod cart_view;
mod category;
pub mod checkout;
pub mod checkout_form;
mod checkout_page;
pub mod checkout_place;
pub mod collections;
pub mod context;
pub mod description;
pub mod error_page;
mod home;
mod images;
mod list_page;
mod listing;
mod offline;
mod options;
pub mod order_view;
pub mod orders;
mod params;
pub mod prefetch;
pub mod product;
mod product_json;
pub mod product_view;
mod search;
pub mod shared;
mod shelf;
pub mod stream;
pub mod structured;
mod tiles;
pub mod timeline;
mod words;

/// The shop's addresses.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(home::home))
        .route("/c/{slug}", get(category::category))
        .route("/brands", get(brands::all))
        .route("/brands/{slug}", get(brands::brand))
        .route("/collections", get(collections::all))
        .route("/collections/{slug}", get(collections::collection))
        .route("/search", get(search::search))
        .route("/search/suggest", get(search::suggest))
        .route("/products/{slug}", get(product::product))
        .route("/speculation-rules.json", get(prefetch::rules))
        .route("/offline", get(offline::offline))
        .route("/images/{file}", get(images::image))
        .route("/cart", get(cart::show).post(cart::update))
        .route("/cart/drawer", get(cart::drawer))
        .route("/cart/lines", post(cart::add))
        .route("/cart/link/{seal}", get(cart_link::show).post(cart_link::take))
        .route("/checkout", get(checkout::show).post(checkout::submit))
        .route("/checkout/pay-return", get(checkout::pay_return))
        .route("/checkout/return", get(checkout_place::come_back))
        .route("/orders/{number}", get(orders::track))
        .route("/orders/{number}/confirmation", get(orders::confirmation))
        .route("/orders/{number}/reorder", post(again::reorder))
        .route("/orders/{number}/invoice", get(again::invoice))
        .route("/wish-list", get(shelf::wish_list).post(shelf::wish))
        .route("/recently-viewed", get(shelf::recently_viewed))
        .route("/orders/{number}/timeline", get(orders::timeline))
        .route("/orders/{number}/stream", get(stream::stream))
        .route("/account/sign-in", get(account::sign_in_page).post(account::sign_in))
        .route("/account/register", get(account::register_page).post(account::register))
        .route("/account/sign-out", post(account::sign_out))
        .route("/account/sign-out-everywhere", post(account_recovery::sign_out_everywhere))
        .route("/account/forgot-password", get(account_recovery::forgot_page).post(account_recovery::forgot))
        .route("/account/reset-password", get(account_recovery::reset_page).post(account_recovery::reset))
        .route("/account/verify", get(account_recovery::verify_page).post(account_recovery::verify))
        .route("/account/verify/send", post(account_recovery::send_verification))
        .route("/account/orders", get(account::orders))
        .route("/account/addresses", get(account_addresses::list).post(account_addresses::save))
        .route("/account/addresses/new", get(account_addresses::add_page))
        .route("/account/addresses/{id}", get(account_addresses::edit_page))
        .route("/account/addresses/{id}/default", post(account_addresses::prefer))
        .route("/account/addresses/{id}/remove", post(account_addresses::remove))
        .route("/account/profile", get(account_profile::profile_page).post(account_profile::change_profile))
        .route("/account/security", get(account_profile::security_page).post(account_profile::change_password))
        .route("/account/sessions/end", post(account_profile::end_session))
        .route("/account/data", get(account_data::page))
        .route("/account/data/export", get(account_data::export))
        .route("/account/data/erase", post(account_data::erase))
}
