//! An order as its pages show it.

use serde::Serialize;
use souk_contracts::{
    Address,
    orders::{FulfilmentStatus, Lifecycle, Order, Totals},
    payments::{Intent, IntentState},
};

use crate::{
    format,
    pages_index::page_address,
    storefront::again::has_invoice,
    view::{Badge, MoneyView, SummaryLine, TimeView, TotalRow},
};

/// An order as its pages show it.
#[derive(Debug, Serialize)]
pub struct OrderView {
    number: String,
    email: String,
    placed_at: TimeView,
    status: Badge,
    track_url: String,
    reorder_url: String,
    invoice_url: Option<String>,
    lines: Vec<SummaryLine>,
    totals: Vec<TotalRow>,
    total: MoneyView,
    shipping_address: Vec<String>,
    delivery_method: String,
    payment_text: String,
    sandbox: bool,
}

impl OrderView {
    /// The order and the last try to pay for it.
    pub fn of(order: &Order, payment: Option<&Intent>) -> Self {
        let lines = order.lines.iter().map(|line| SummaryLine {
            title: line.title.clone(),
            url: page_address(&line.slug),
            image: line.image.as_ref().map(|image| format::image(image, &line.title)),
            options_text: line.variant_title.clone(),
            quantity: line.quantity,
            total: format::money(line.total),
        });
        Self {
            number: order.number.clone(),
            email: order.email.clone(),
            placed_at: format::time(order.placed_at.unwrap_or(order.created_at)),
            status: status(order.lifecycle, order.fulfilment),
            track_url: track_url(order),
            reorder_url: with_key(order, "/reorder"),
            invoice_url: has_invoice(order).then(|| with_key(order, "/invoice")),
            lines: lines.collect(),
            totals: total_rows(&order.totals, &order.delivery.name),
            total: format::money(order.totals.total),
            shipping_address: address_lines(&order.address),
            delivery_method: order.delivery.name.clone(),
            payment_text: payment.map_or_else(|| "Being confirmed".to_owned(), paid_with),
            sandbox: payment.is_some_and(Intent::is_sandbox),
        }
    }
}

/// `Visa •••• 4242`, or how the payment stands.
fn paid_with(intent: &Intent) -> String {
    let with = if intent.instrument.is_empty() { "Card" } else { intent.instrument.as_str() };
    match intent.state {
        IntentState::Authorised | IntentState::Captured if intent.refunded.minor > 0 => {
            format!("{with}, {} given back", format::money_text(intent.refunded))
        }
        IntentState::Authorised | IntentState::Captured => with.to_owned(),
        IntentState::Created | IntentState::Processing | IntentState::ActionRequired => {
            format!("{with}, being confirmed")
        }
        IntentState::Failed => format!("{with}, declined"),
        IntentState::Voided => format!("{with}, nothing taken"),
    }
}

/// The address of an order's page for whoever holds its key.
pub fn track_url(order: &Order) -> String {
    with_key(order, "")
}

fn with_key(order: &Order, page: &str) -> String {
    format!("/orders/{}{page}?key={}", order.number, order.access_key)
}

/// The address of the page that says thank you.
pub fn confirmation_url(order: &Order) -> String {
    with_key(order, "/confirmation")
}

/// How an order stands, in one word for its customer.
pub fn status(lifecycle: Lifecycle, fulfilment: FulfilmentStatus) -> Badge {
    match (lifecycle, fulfilment) {
        (Lifecycle::PendingPayment, _) => Badge::new("Waiting for payment", "warning"),
        (Lifecycle::Cancelled, _) => Badge::new("Cancelled", "danger"),
        (Lifecycle::Expired, _) => Badge::new("Not paid in time", "danger"),
        (Lifecycle::OnHold, _) => Badge::new("On hold", "warning"),
        (_, FulfilmentStatus::Delivered) => Badge::new("Delivered", "success"),
        (_, FulfilmentStatus::PartiallyDelivered) => Badge::new("Partly delivered", "info"),
        (_, FulfilmentStatus::Shipped) => Badge::new("On its way", "info"),
        (_, FulfilmentStatus::Partial) => Badge::new("Partly sent", "info"),
        (Lifecycle::Closed, _) => Badge::new("Completed", "success"),
        (Lifecycle::Placed, FulfilmentStatus::Unfulfilled | FulfilmentStatus::Cancelled) => {
            Badge::new("Being prepared", "info")
        }
    }
}

/// The rows that add up to a total.
pub fn total_rows(totals: &Totals, delivery_name: &str) -> Vec<TotalRow> {
    let delivery = match delivery_name {
        "" => "Delivery".to_owned(),
        name => format!("Delivery ({name})"),
    };
    let mut rows = vec![TotalRow::new("Subtotal", format::money(totals.subtotal), "")];
    rows.push(match totals.delivery.is_zero() {
        true => TotalRow::noted(delivery, "Free"),
        false => TotalRow::new(delivery, format::money(totals.delivery), ""),
    });
    if !totals.tax.is_zero() {
        let name = if totals.tax_name.is_empty() { "Tax" } else { totals.tax_name.as_str() };
        let label = if totals.tax_included { format!("{name} included") } else { name.to_owned() };
        rows.push(TotalRow::new(label, format::money(totals.tax), "tax"));
    }
    rows
}

/// An address as it stands on a parcel.
pub fn address_lines(address: &Address) -> Vec<String> {
    let city = [&address.postal_code, &address.city].map(String::as_str);
    let city = city.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    [&address.name, &address.line1, &address.line2, &city, &address.region]
        .into_iter()
        .filter(|line| !line.is_empty())
        .cloned()
        .chain([format::country(&address.country).to_owned()])
        .collect()
}
