use http::StatusCode;
use serde::Serialize;
use souk_contracts::orders::{FulfilmentStatus, Lifecycle, OrderFilter, OrderSummary, PaymentStatus};

use super::super::{
    desk::Desk,
    forms::{choice, search_text},
    labels,
    lists::{self, Pager},
};
use crate::{
    error::Answer,
    format,
    view::{Badge, Choice, MoneyView, TimeView},
};

const PATH: &str = "/admin/orders";

#[derive(Serialize)]
struct OrdersPage {
    filters: Filters,
    lifecycles: Vec<Choice>,
    payments: Vec<Choice>,
    fulfilments: Vec<Choice>,
    orders: Vec<Row>,
    count_text: Option<String>,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Filters {
    q: String,
    lifecycle: String,
    payment: String,
    fulfilment: String,
}

#[derive(Serialize)]
struct Row {
    id: String,
    number: String,
    url: String,
    placed_at: TimeView,
    customer: String,
    email: String,
    item_text: String,
    total: MoneyView,
    lifecycle: Badge,
    payment: Badge,
    fulfilment: Badge,
}

impl Row {
    fn of(order: OrderSummary) -> Self {
        Self {
            url: format!("{PATH}/{}", order.number),
            id: order.id.to_string(),
            number: order.number,
            placed_at: format::time(order.created_at),
            customer: order.name,
            email: order.email,
            item_text: format::counted(order.pieces, "item", "items"),
            total: format::money(order.total),
            lifecycle: labels::lifecycle(order.lifecycle),
            payment: labels::payment(order.payment),
            fulfilment: labels::fulfilment(order.fulfilment),
        }
    }
}

/// `GET /admin/orders?q=&lifecycle=&payment=&fulfilment=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = OrderFilter {
        lifecycle: choice(&desk.query, "lifecycle")?,
        payment: choice(&desk.query, "payment")?,
        fulfilment: choice(&desk.query, "fulfilment")?,
        text: search_text(&desk.query, "q")?,
    };
    let request = lists::request(&desk.query)?;
    let page = desk.state.orders.list(&desk.cx, filter, request.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let chosen = |name: &str| desk.query.text(name).to_owned();
    let filters = Filters {
        q: chosen("q"),
        lifecycle: chosen("lifecycle"),
        payment: chosen("payment"),
        fulfilment: chosen("fulfilment"),
    };
    let kept = [
        ("q", filters.q.as_str()),
        ("lifecycle", &filters.lifecycle),
        ("payment", &filters.payment),
        ("fulfilment", &filters.fulfilment),
    ];
    let content = OrdersPage {
        pager: Pager::of(PATH, &kept, &page, &request),
        lifecycles: labels::choices(Lifecycle::ALL.iter().map(|status| status.as_str())),
        payments: labels::choices(PaymentStatus::ALL.iter().map(|status| status.as_str())),
        fulfilments: labels::choices(FulfilmentStatus::ALL.iter().map(|status| status.as_str())),
        count_text: Some(format!("{} shown", format::count(page.items.len() as u64))),
        orders: page.items.into_iter().map(Row::of).collect(),
        filters,
    };
    desk.show(StatusCode::OK, "orders", "admin/orders.html", content).await
}
