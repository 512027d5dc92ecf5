use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{CustomerId, orders::OrderSummary};

use super::{
    super::{
        desk::Desk,
        labels,
        lists::{self, Pager},
    },
    PATH, SECTION,
};
use crate::{
    error::{Answer, Failure},
    format,
    view::{Badge, MoneyView, TimeView},
};

#[derive(Serialize)]
struct CustomerPage {
    name: String,
    email: String,
    /// Nothing for a guest.
    registered_at: Option<TimeView>,
    /// Orders under the same email, a guest's too.
    same_email_url: String,
    orders: Vec<Row>,
    count_text: Option<String>,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Row {
    number: String,
    url: String,
    placed_at: TimeView,
    item_text: String,
    total: MoneyView,
    lifecycle: Badge,
    payment: Badge,
    fulfilment: Badge,
}

impl Row {
    fn of(order: &OrderSummary) -> Self {
        Self {
            url: format!("/admin/orders/{}", order.number),
            number: order.number.clone(),
            placed_at: format::time(order.created_at),
            item_text: format::counted(order.pieces, "item", "items"),
            total: format::money(order.total),
            lifecycle: labels::lifecycle(order.lifecycle),
            payment: labels::payment(order.payment),
            fulfilment: labels::fulfilment(order.fulfilment),
        }
    }
}

/// `GET /admin/customers/{id}?after=`: somebody who registered, or a guest who bought.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    let id: CustomerId = id.parse().map_err(|_| Failure::not_found())?;
    let request = lists::request(&desk.query)?;
    let (state, cx) = (&desk.state, &desk.cx);
    let customer = state.accounts.customer(cx, id);
    let orders = state.orders.of_customer(cx, id, request.clone());
    let (customer, orders) = futures::join!(customer, orders);
    let (customer, orders) = (customer?, orders?);
    if desk.wants_json() {
        return Ok(desk.json(&orders));
    }
    let (name, email) = match (&customer, orders.items.first()) {
        (Some(customer), _) => (customer.name.clone(), customer.email.clone()),
        (None, Some(order)) => (order.name.clone(), order.email.clone()),
        (None, None) => return Err(Failure::not_found()),
    };
    let content = CustomerPage {
        same_email_url: lists::address("/admin/orders", &[("q", &email)], None),
        name,
        email,
        registered_at: customer.map(|customer| format::time(customer.created_at)),
        pager: Pager::of(&format!("{PATH}/{id}"), &[], &orders, &request),
        count_text: Some(format!("{} shown", format::count(orders.items.len() as u64))),
        orders: orders.items.iter().map(Row::of).collect(),
    };
    desk.show(StatusCode::OK, SECTION, "admin/customer.html", content).await
}
