use http::StatusCode;
use serde::Serialize;

use super::{super::desk::Desk, SECTION};
use crate::error::Answer;

#[derive(Serialize)]
struct PaymentPage {
    gateway: String,
    sandbox: bool,
    capture_at_once: bool,
    pay_within_min: u64,
}

/// `GET /admin/settings/payment`.
pub async fn page(desk: Desk) -> Answer {
    let rules = desk.state.orders.payment_rules(&desk.cx).await?;
    let gateway = desk.state.payments.client_config(&desk.cx).await?;
    let content = PaymentPage {
        gateway: gateway.gateway,
        sandbox: gateway.sandbox,
        capture_at_once: rules.capture_at_once,
        pay_within_min: rules.pay_within_min,
    };
    if desk.wants_json() {
        return Ok(desk.json(&content));
    }
    desk.show(StatusCode::OK, SECTION, "admin/settings_payment.html", content).await
}
