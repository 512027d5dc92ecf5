//! An order as its page shows it to staff.

use serde::Serialize;
use souk_contracts::{
    delivery::{Shipment, ShipmentStatus},
    orders::{HistoryEntry, Lifecycle, Order, OrderLine},
    payments::Intent,
    permission::{ORDERS_MANAGE, REFUNDS},
};
use souk_types::Money;

use super::{
    super::{desk::Desk, labels},
    PATH,
};
use crate::{
    format,
    storefront::order_view::{address_lines, total_rows, track_url},
    view::{Badge, ImageView, MoneyView, TimeView, TotalRow},
};

/// The word of a history for what staff wrote.
const NOTE: &str = "note";
/// Happenings that are shown.
const EVENTS_MAX: usize = 200;

/// What is known about an order besides the order itself.
pub struct Around {
    /// What happened to it, oldest first.
    pub history: Vec<HistoryEntry>,
    /// How it was paid.
    pub intents: Vec<Intent>,
    /// Its parcels.
    pub shipments: Vec<Shipment>,
}

/// An order as its page shows it to staff.
#[derive(Serialize)]
pub struct AdminOrder {
    id: String,
    number: String,
    version: i64,
    placed_at: TimeView,
    email: String,
    customer_name: String,
    phone: Option<String>,
    note: Option<String>,
    lifecycle: Badge,
    payment: Badge,
    fulfilment: Badge,
    returns: Option<Badge>,
    lines: Vec<LineView>,
    totals: Vec<TotalRow>,
    total: MoneyView,
    paid: MoneyView,
    refunded: MoneyView,
    refundable: MoneyView,
    shipping_address: Vec<String>,
    billing_address: Vec<String>,
    delivery_method: String,
    payments: Vec<PaymentView>,
    shipments: Vec<ShipmentView>,
    events: Vec<EventView>,
    actions: Actions,
    /// Notes that are there: tells a form that is sent twice from a second note.
    notes: usize,
    may_note: bool,
    packing_url: String,
    history_url: String,
    customer_url: String,
}

#[derive(Serialize)]
struct LineView {
    id: String,
    sku: String,
    title: String,
    options_text: String,
    image: Option<ImageView>,
    quantity: u32,
    shipped: u32,
    to_ship: u32,
    unit_price: MoneyView,
    total: MoneyView,
}

#[derive(Serialize)]
struct PaymentView {
    id: String,
    kind: &'static str,
    method: String,
    amount: MoneyView,
    status: Badge,
    at: TimeView,
    reference: String,
    error: Option<String>,
    sandbox: bool,
}

#[derive(Serialize)]
struct ShipmentView {
    id: String,
    label: String,
    carrier: String,
    tracking_number: Option<String>,
    tracking_url: Option<String>,
    status: Badge,
    items: Vec<String>,
    at: TimeView,
    by_hand: bool,
    can_track: bool,
    track_action: String,
}

#[derive(Serialize)]
struct EventView {
    note: bool,
    at: TimeView,
    label: String,
    detail: Option<String>,
    actor: Option<String>,
}

#[derive(Serialize)]
struct Actions {
    pack: bool,
    ship: bool,
    cancel: bool,
    refund: bool,
    hold: bool,
    release: bool,
}

impl AdminOrder {
    /// Puts the page's order together.
    pub fn of(desk: &Desk, order: &Order, around: &Around) -> Self {
        let refundable = refundable(order);
        Self {
            // The number finds an order without its customer's id, and people know it.
            id: order.number.clone(),
            number: order.number.clone(),
            version: order.version,
            placed_at: format::time(order.placed_at.unwrap_or(order.created_at)),
            email: order.email.clone(),
            customer_name: order.address.name.clone(),
            phone: filled(&order.address.phone),
            note: order.cancel_reason.as_ref().map(|reason| format!("Ended: {reason}")),
            lifecycle: labels::lifecycle(order.lifecycle),
            payment: labels::payment(order.payment),
            fulfilment: labels::fulfilment(order.fulfilment),
            returns: None,
            lines: order.lines.iter().map(LineView::of).collect(),
            totals: total_rows(&order.totals, &order.delivery.name),
            total: format::money(order.totals.total),
            paid: format::money(order.money.captured),
            refunded: format::money(order.money.refunded),
            refundable: format::money(refundable),
            shipping_address: address_lines(&order.address),
            billing_address: Vec::new(),
            delivery_method: order.delivery.name.clone(),
            payments: around.intents.iter().flat_map(PaymentView::all).collect(),
            shipments: shipments(desk, order, around),
            events: around.history.iter().rev().take(EVENTS_MAX).map(|entry| EventView::of(desk, entry)).collect(),
            actions: Actions::of(desk, order, refundable),
            notes: around.history.iter().filter(|entry| entry.what == NOTE).count(),
            may_note: desk.may(ORDERS_MANAGE),
            packing_url: format!("{PATH}/packing-slips?order={}", order.number),
            history_url: format!("/admin/customers/{}", order.customer),
            customer_url: track_url(order),
        }
    }
}

/// What was taken and not given back.
pub fn refundable(order: &Order) -> Money {
    order.money.captured.minus(order.money.refunded).unwrap_or(Money::zero(order.totals.total.currency))
}

/// Pieces that are not on their way yet.
pub fn to_ship(line: &OrderLine) -> u32 {
    line.quantity.saturating_sub(line.allocated)
}

impl LineView {
    fn of(line: &OrderLine) -> Self {
        Self {
            id: line.sku.clone(),
            sku: line.sku.clone(),
            title: line.title.clone(),
            options_text: line.variant_title.clone(),
            image: line.image.as_ref().map(|image| format::image(image, &line.title)),
            quantity: line.quantity,
            shipped: line.shipped,
            to_ship: to_ship(line),
            unit_price: format::money(line.unit_price),
            total: format::money(line.total),
        }
    }
}

impl PaymentView {
    /// A charge, and what was given back of it.
    fn all(intent: &Intent) -> Vec<Self> {
        let method = if intent.instrument.is_empty() { &intent.gateway } else { &intent.instrument };
        let charge = Self {
            id: intent.id.to_string(),
            kind: "Charge",
            method: method.clone(),
            amount: format::money(intent.amount),
            status: labels::intent(intent.state),
            at: format::time(intent.created_at),
            reference: intent.gateway_reference.clone().unwrap_or_else(|| intent.id.to_string()),
            error: intent.failure_reason.clone().or_else(|| intent.failure_code.clone()),
            sandbox: intent.is_sandbox(),
        };
        let refunds = intent.refunds.iter().map(|refund| Self {
            id: refund.id.to_string(),
            kind: "Refund",
            method: method.clone(),
            amount: format::money(refund.amount),
            status: labels::refund(refund.state),
            at: format::time(refund.created_at),
            reference: refund.id.to_string(),
            error: None,
            sandbox: intent.is_sandbox(),
        });
        [charge].into_iter().chain(refunds).collect()
    }
}

fn shipments(desk: &Desk, order: &Order, around: &Around) -> Vec<ShipmentView> {
    let may_track = desk.may(ORDERS_MANAGE);
    let title =
        |sku: &str| order.lines.iter().find(|line| line.sku == sku).map_or(sku.to_owned(), |line| line.title.clone());
    let view = |(index, shipment): (usize, &Shipment)| ShipmentView {
        id: shipment.id.to_string(),
        label: format!("Shipment {}", index + 1),
        carrier: shipment.carrier.clone(),
        tracking_number: shipment.tracking_number.clone(),
        tracking_url: shipment.tracking_url.clone(),
        status: labels::shipment(shipment.status),
        items: shipment.lines.iter().map(|line| format!("{} × {}", line.quantity, title(&line.sku))).collect(),
        at: format::time(shipment.events.last().map_or(order.created_at, |event| event.at)),
        by_hand: shipment.by_hand,
        can_track: may_track && shipment.status != ShipmentStatus::Delivered,
        track_action: format!("{PATH}/{}/shipments/{}/track", order.number, shipment.id),
    };
    around.shipments.iter().enumerate().map(view).collect()
}

impl EventView {
    fn of(desk: &Desk, entry: &HistoryEntry) -> Self {
        Self {
            note: entry.what == NOTE,
            at: format::time(entry.at),
            label: entry.what.split('+').map(labels::words).collect::<Vec<_>>().join(", "),
            detail: filled(&entry.detail),
            actor: filled(&entry.actor).map(|actor| desk.actor_name(&actor)),
        }
    }
}

impl Actions {
    fn of(desk: &Desk, order: &Order, refundable: Money) -> Self {
        let manage = desk.may(ORDERS_MANAGE);
        let untouched = order.lines.iter().all(|line| line.allocated == 0);
        let open = matches!(order.lifecycle, Lifecycle::PendingPayment | Lifecycle::Placed | Lifecycle::OnHold);
        let placed = order.lifecycle == Lifecycle::Placed;
        Self {
            // Packing is no state of an order here: a shipment is asked for, and delivery makes its label.
            pack: false,
            ship: manage && placed && order.lines.iter().any(|line| to_ship(line) > 0),
            cancel: manage && open && untouched,
            refund: desk.may(REFUNDS) && refundable.minor > 0,
            hold: manage && placed,
            release: manage && order.lifecycle == Lifecycle::OnHold,
        }
    }
}

fn filled(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
