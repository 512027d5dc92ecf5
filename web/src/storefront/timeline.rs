//! How far an order is: what was done, where its parcels are, what comes next.

use serde::Serialize;
use souk_contracts::{
    delivery::{Shipment, ShipmentStatus, TrackingEvent},
    orders::{Lifecycle, Order},
};
use souk_types::{Cx, ServiceError as _, Timestamp};

use crate::{
    error::Failure,
    format,
    state::AppState,
    storefront::order_view::status,
    view::{Badge, TimeView},
};

/// How far an order is.
#[derive(Debug, Serialize)]
pub struct Timeline {
    stream_url: Option<String>,
    fragment_url: String,
    headline: String,
    detail: Option<String>,
    steps: Vec<Step>,
    shipments: Vec<ShipmentView>,
    events: Vec<EventView>,
    updated_at: TimeView,
}

#[derive(Debug, Serialize)]
struct Step {
    key: &'static str,
    label: &'static str,
    state: &'static str,
    at: Option<TimeView>,
}

#[derive(Debug, Serialize)]
struct ShipmentView {
    label: String,
    carrier: String,
    tracking_number: Option<String>,
    tracking_url: Option<String>,
    status: Badge,
    items_text: String,
}

#[derive(Debug, Serialize)]
struct EventView {
    at: TimeView,
    label: String,
    detail: Option<String>,
    place: Option<String>,
}

/// The steps of an order that goes well, and from which point of a parcel's way each is reached.
const STEPS: [(&str, &str, Option<ShipmentStatus>); 6] = [
    ("placed", "Placed", None),
    ("packed", "Packed", Some(ShipmentStatus::LabelCreated)),
    ("shipped", "Sent", Some(ShipmentStatus::PickedUp)),
    ("in_transit", "On its way", Some(ShipmentStatus::InTransit)),
    ("out_for_delivery", "Out for delivery", Some(ShipmentStatus::OutForDelivery)),
    ("delivered", "Delivered", Some(ShipmentStatus::Delivered)),
];

impl Timeline {
    /// How far an order is now. The caller has made sure that the visitor may see it.
    pub async fn load(state: &AppState, cx: &Cx, order: &Order) -> Result<Self, Failure> {
        match state.delivery.shipments(&cx.as_service("web"), order.customer, order.id).await {
            Ok(shipments) => Ok(Self::of(order, &shipments)),
            Err(away) if away.kind().is_transient() => Ok(Self::without_parcels(order)),
            Err(error) => Err(error.into()),
        }
    }

    /// What the order itself tells, when its parcels cannot be asked.
    fn without_parcels(order: &Order) -> Self {
        let known = Self::of(order, &[]);
        if !matches!(order.lifecycle, Lifecycle::Placed | Lifecycle::Closed) {
            return known;
        }
        let detail = "Where your parcels are cannot be asked just now. Look again in a minute.";
        let headline = status(order.lifecycle, order.fulfilment).text;
        Self { headline, detail: Some(detail.to_owned()), steps: Vec::new(), ..known }
    }

    fn of(order: &Order, shipments: &[Shipment]) -> Self {
        let ended = matches!(order.lifecycle, Lifecycle::Cancelled | Lifecycle::Expired);
        let finished = ended || order.lifecycle == Lifecycle::Closed;
        let base = format!("/orders/{}", order.number);
        let key = &order.access_key;
        let (headline, detail) = headline(order, shipments);
        let last = shipments.iter().flat_map(|shipment| &shipment.events).map(|event| event.at).max();
        Self {
            stream_url: (!finished).then(|| format!("{base}/stream?key={key}")),
            fragment_url: format!("{base}/timeline?key={key}"),
            headline,
            detail,
            steps: if ended { ended_steps(order) } else { steps(order, shipments) },
            shipments: shipment_views(order, shipments),
            events: events(order, shipments),
            updated_at: format::time(last.or(order.placed_at).unwrap_or(order.created_at)),
        }
    }

    /// What the page says in short.
    pub fn headline(&self) -> &str {
        &self.headline
    }
}

/// What is to be said first, and what in addition.
fn headline(order: &Order, shipments: &[Shipment]) -> (String, Option<String>) {
    let said = |text: &str, detail: Option<&str>| (text.to_owned(), detail.map(ToOwned::to_owned));
    match order.lifecycle {
        Lifecycle::PendingPayment => {
            return said(
                "We have your order; the payment is not confirmed yet",
                Some(
                    "Please do not order or pay again. We go on by ourselves as soon as the payment is confirmed, and \
                     this page shows it. Nothing is lost if you close it.",
                ),
            );
        }
        Lifecycle::Cancelled => return said("This order was cancelled", order.cancel_reason.as_deref()),
        Lifecycle::Expired => return said("This order was not paid in time", Some("Nothing was taken.")),
        Lifecycle::OnHold => {
            return said("We are looking at your order", Some("We will write to you if we need anything."));
        }
        Lifecycle::Placed | Lifecycle::Closed => {}
    }
    let Some(behind) = shipments.iter().min_by_key(|shipment| shipment.status) else {
        return said("We are preparing your order", None);
    };
    if let Some(trouble) = shipments.iter().find(|shipment| shipment.status == ShipmentStatus::Exception) {
        let detail = trouble.events.last().map(|event| event.description.as_str());
        return said("There is a problem with a parcel", detail);
    }
    let expected_at = behind.expected_at.filter(|_| behind.status != ShipmentStatus::Delivered);
    let expected = expected_at.map(|at| format!("Expected on {}.", format::day_long(at)));
    if is_in_parcels(order) {
        return (whole(behind.status).to_owned(), expected);
    }
    // The steps stop where the rest is, and so must what is said.
    let rest = (behind.status > ShipmentStatus::Planned).then(|| "We are packing the rest.".to_owned());
    let detail = expected.into_iter().chain(rest).collect::<Vec<_>>().join(" ");
    (part(behind.status).to_owned(), Some(detail).filter(|text| !text.is_empty()))
}

/// Says whether there is a parcel for everything that was ordered.
fn is_in_parcels(order: &Order) -> bool {
    order.lines.iter().all(|line| line.allocated >= line.quantity)
}

/// Where an order is of which everything is in parcels.
const fn whole(status: ShipmentStatus) -> &'static str {
    match status {
        ShipmentStatus::Planned => "We are packing your order",
        ShipmentStatus::LabelCreated => "Your order is packed",
        ShipmentStatus::PickedUp => "The carrier has your order",
        ShipmentStatus::InTransit => "On its way to you",
        ShipmentStatus::OutForDelivery => "Out for delivery",
        ShipmentStatus::Delivered => "Delivered",
        ShipmentStatus::Exception => "There is a problem with a parcel",
    }
}

/// Where the parcels are of an order of which something is still to be packed.
const fn part(status: ShipmentStatus) -> &'static str {
    match status {
        ShipmentStatus::Planned => "We are packing your order",
        ShipmentStatus::LabelCreated => "A part of your order is packed",
        ShipmentStatus::PickedUp => "The carrier has a part of your order",
        ShipmentStatus::InTransit => "A part of your order is on its way to you",
        ShipmentStatus::OutForDelivery => "A part of your order is out for delivery",
        ShipmentStatus::Delivered => "A part of your order was delivered",
        ShipmentStatus::Exception => "There is a problem with a parcel",
    }
}

/// When the last parcel reached a point of its way; `None` while one has not, or parts are still to be sent.
fn reached(order: &Order, shipments: &[Shipment], point: ShipmentStatus) -> Option<Timestamp> {
    if shipments.is_empty() || !is_in_parcels(order) {
        return None;
    }
    let at = |shipment: &Shipment| {
        let past = |event: &&TrackingEvent| event.status >= point && event.status != ShipmentStatus::Exception;
        shipment.events.iter().filter(past).map(|event| event.at).min()
    };
    shipments.iter().map(at).try_fold(Timestamp::EPOCH, |latest, at| at.map(|at| latest.max(at)))
}

fn steps(order: &Order, shipments: &[Shipment]) -> Vec<Step> {
    let mut current = true;
    let step = |(key, label, point): (&'static str, &'static str, Option<ShipmentStatus>)| {
        let at = match point {
            None => order.placed_at,
            Some(point) => reached(order, shipments, point),
        };
        let state = match at {
            Some(_) => "done",
            None if std::mem::take(&mut current) => "current",
            None => "todo",
        };
        Step { key, label, state, at: at.map(format::time) }
    };
    STEPS.into_iter().map(step).collect()
}

fn ended_steps(order: &Order) -> Vec<Step> {
    let state = if order.placed_at.is_some() { "done" } else { "failed" };
    let at = order.placed_at.or(Some(order.created_at)).map(format::time);
    let label = if order.lifecycle == Lifecycle::Expired { "Not paid" } else { "Cancelled" };
    vec![
        Step { key: "placed", label: "Placed", state, at },
        Step { key: "cancelled", label, state: "failed", at: None },
    ]
}

fn shipment_views(order: &Order, shipments: &[Shipment]) -> Vec<ShipmentView> {
    let title =
        |sku: &str| order.lines.iter().find(|line| line.sku == sku).map_or(sku.to_owned(), |line| line.title.clone());
    let view = |(index, shipment): (usize, &Shipment)| {
        let items = shipment.lines.iter().map(|line| format!("{} × {}", line.quantity, title(&line.sku)));
        ShipmentView {
            label: match shipments.len() {
                1 => "Parcel".to_owned(),
                all => format!("Parcel {} of {all}", index + 1),
            },
            carrier: shipment.carrier.clone(),
            tracking_number: shipment.tracking_number.clone(),
            tracking_url: shipment.tracking_url.clone(),
            status: shipment_badge(shipment.status),
            items_text: items.collect::<Vec<_>>().join(", "),
        }
    };
    shipments.iter().enumerate().map(view).collect()
}

/// Where a parcel is, in one word.
pub fn shipment_badge(status: ShipmentStatus) -> Badge {
    match status {
        ShipmentStatus::Planned => Badge::new("Being packed", "neutral"),
        ShipmentStatus::LabelCreated => Badge::new("Packed", "neutral"),
        ShipmentStatus::PickedUp => Badge::new("Sent", "info"),
        ShipmentStatus::InTransit => Badge::new("On its way", "info"),
        ShipmentStatus::OutForDelivery => Badge::new("Out for delivery", "info"),
        ShipmentStatus::Delivered => Badge::new("Delivered", "success"),
        ShipmentStatus::Exception => Badge::new("Problem", "danger"),
    }
}

fn events(order: &Order, shipments: &[Shipment]) -> Vec<EventView> {
    let mut events: Vec<(Timestamp, EventView)> = Vec::new();
    let mut add = |at: Timestamp, label: String, detail: Option<String>, place: Option<String>| {
        events.push((at, EventView { at: format::time(at), label, detail, place }));
    };
    if let Some(at) = order.placed_at {
        add(at, "Order placed".to_owned(), None, None);
    }
    let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    for event in shipments.iter().flat_map(|shipment| &shipment.events) {
        add(event.at, shipment_badge(event.status).text, said(&event.description), said(&event.place));
    }
    events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    events.into_iter().map(|(_, event)| event).collect()
}
