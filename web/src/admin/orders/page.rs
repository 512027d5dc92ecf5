use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{delivery::ShipmentStatus, orders::Order};
use souk_types::limits::LINE_BYTES_MAX;

use super::{
    super::{
        desk::Desk,
        forms::{Failed, Refusal},
        labels,
    },
    PATH,
    ship::{OF_METHOD, OWN},
    view::{AdminOrder, Around},
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    view::Choice,
};

#[derive(Serialize)]
struct OrderPage {
    order: AdminOrder,
    carriers: Vec<Choice>,
    tracking_statuses: Vec<Choice>,
    #[serde(flatten)]
    failed: Failed,
}

/// `GET /admin/orders/{number}`.
pub async fn page(desk: Desk, Path(number): Path<String>) -> Answer {
    let order = load(&desk, number).await?;
    if desk.wants_json() {
        return Ok(desk.json(&order));
    }
    show(desk, StatusCode::OK, &order, Failed::default()).await
}

/// The order with this number.
///
/// # Errors
/// Not found.
pub async fn load(desk: &Desk, number: String) -> Result<Order, Failure> {
    if number.len() > LINE_BYTES_MAX {
        return Err(Failure::not_found());
    }
    desk.state.orders.by_number(&desk.cx, number, None).await?.ok_or_else(Failure::not_found)
}

/// The address of an order's page.
pub fn address(order: &Order) -> String {
    format!("{PATH}/{}", order.number)
}

/// The page again, with what was entered and what is wrong with it. The order is read anew: what was refused may
/// have been so because it changed.
pub async fn refuse(desk: Desk, order: Order, name: &'static str, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let status = refusal.status;
    let order = load(&desk, order.number.clone()).await.unwrap_or(order);
    show(desk, status, &order, Failed::form(name, refusal, form)).await
}

async fn show(mut desk: Desk, status: StatusCode, order: &Order, failed: Failed) -> Answer {
    let around = around(&mut desk, order).await?;
    desk.learn_names().await;
    let happened = ShipmentStatus::ALL.iter().filter(|status| **status != ShipmentStatus::Planned);
    let content = OrderPage {
        order: AdminOrder::of(&desk, order, &around),
        carriers: vec![
            Choice::new(OF_METHOD, format!("By the delivery method ({})", order.delivery.name)),
            Choice::new(OWN, "Another carrier, followed by hand"),
        ],
        tracking_statuses: labels::choices(happened.map(|status| status.as_str())),
        failed,
    };
    desk.show(status, "orders", "admin/order.html", content).await
}

/// What else is known. Without payments or delivery the page is still good, and says what it lacks.
async fn around(desk: &mut Desk, order: &Order) -> Result<Around, Failure> {
    let (state, cx) = (&desk.state, &desk.cx);
    let (history, intents, shipments) = futures::join!(
        state.orders.history(cx, order.customer, order.id),
        state.payments.intents(cx, order.customer, order.id),
        state.delivery.shipments(cx, order.customer, order.id),
    );
    let mut missing = Vec::new();
    let intents = intents.unwrap_or_else(|error| {
        tracing::warn!(%error, "an order's payments cannot be read");
        missing.push("payments");
        Vec::new()
    });
    let shipments = shipments.unwrap_or_else(|error| {
        tracing::warn!(%error, "an order's shipments cannot be read");
        missing.push("shipments");
        Vec::new()
    });
    if !missing.is_empty() {
        desk.warn(format!(
            "The {} cannot be read right now; they are not lost. Reload the page.",
            missing.join(" and ")
        ));
    }
    Ok(Around { history: history?, intents, shipments })
}
