//! One box for everything: orders, products, customers. A page, and JSON for the palette.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde::Serialize;
use souk_contracts::{accounts::CustomerFilter, catalog::ProductFilter, orders::OrderFilter};
use souk_types::{Cx, PageRequest};

use super::{desk::Desk, forms::search_text, labels};
use crate::{error::Answer, format};

/// Things of one kind that are shown.
const SHOWN: u32 = 6;
/// What takes longer is left out, so that the rest is there while one is still typing.
const LOOK_MAX: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct FindPage {
    q: String,
    groups: Vec<Group>,
}

/// What was found of one kind.
#[derive(Serialize)]
struct Group {
    label: &'static str,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    title: String,
    detail: String,
    url: String,
}

/// `GET /admin/find?q=`.
pub async fn find(mut desk: Desk) -> Answer {
    let text = search_text(&desk.query, "q")?;
    let groups = match &text {
        Some(text) => look(&mut desk, text).await,
        None => Vec::new(),
    };
    if desk.wants_json() {
        return Ok(desk.json(&groups));
    }
    let content = FindPage { q: text.unwrap_or_default(), groups };
    desk.show(StatusCode::OK, "find", "admin/find.html", content).await
}

/// Looks everywhere at once; what is away is left out, and said.
async fn look(desk: &mut Desk, text: &str) -> Vec<Group> {
    let state = &desk.state;
    let cx = &Cx { deadline: desk.cx.deadline.min(Instant::now() + LOOK_MAX), ..desk.cx.clone() };
    let page = || PageRequest::first(SHOWN);
    let (orders, products, customers) = futures::join!(
        state.orders.list(cx, OrderFilter { text: Some(text.to_owned()), ..OrderFilter::default() }, page()),
        state.catalog.list(cx, ProductFilter { text: Some(text.to_owned()), ..ProductFilter::default() }, page()),
        state.accounts.customers(
            cx,
            CustomerFilter { email: Some(text.to_owned()), ..CustomerFilter::default() },
            page()
        ),
    );
    let mut away = Vec::new();
    let orders = orders.map_or_else(|error| missing("orders", &error, &mut away), |page| page.items);
    let products = products.map_or_else(|error| missing("products", &error, &mut away), |page| page.items);
    let customers = customers.map_or_else(|error| missing("customers", &error, &mut away), |page| page.items);
    if !away.is_empty() {
        desk.warn(format!("The {} cannot be searched right now.", away.join(" and ")));
    }
    let order = |order: souk_contracts::orders::OrderSummary| Item {
        detail: format!("{}, {}", order.name, format::money_text(order.total)),
        url: format!("/admin/orders/{}", order.number),
        title: order.number,
    };
    let product = |product: souk_contracts::catalog::ProductSummary| Item {
        detail: labels::product(product.status).text,
        url: format!("/admin/products/{}", product.id),
        title: product.title,
    };
    let customer = |customer: souk_contracts::accounts::Customer| Item {
        title: customer.name,
        detail: customer.email,
        url: format!("/admin/customers/{}", customer.id),
    };
    let groups = [
        Group { label: "Orders", items: orders.into_iter().map(order).collect() },
        Group { label: "Products", items: products.into_iter().map(product).collect() },
        Group { label: "Customers", items: customers.into_iter().map(customer).collect() },
    ];
    groups.into_iter().filter(|group| !group.items.is_empty()).collect()
}

fn missing<T>(what: &'static str, error: &dyn std::fmt::Display, away: &mut Vec<&'static str>) -> Vec<T> {
    tracing::warn!(%error, "the {what} cannot be searched");
    away.push(what);
    Vec::new()
}
