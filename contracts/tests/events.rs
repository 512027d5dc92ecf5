//! Every public event as it is told: `events/<topic>.json` is what others, in other versions and languages, have
//! learned to read. Fields may be added, with a default; none may go or change.
//!
//! A file whose name ends in `@1`, `@2`, … is how the event was told in an earlier version: it still must be read.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may")]

use std::{collections::BTreeSet, fmt::Debug, fs, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use souk_contracts::{
    Address,
    accounts::{CustomerErased, CustomerRegistered, EmailVerified},
    cart::CartExpired,
    catalog::{CategoriesChanged, DeclaredStock, ProductsChanged, StockDeclared},
    delivery::{ChosenCarrier, Destination, ShipmentMoved, ShipmentStatus, TrackingEvent},
    inventory::{AvailabilityChanged, StockLine, StockListed},
    orders::{OrderClosed, OrderCreated, OrderEnded, OrderPlaced, OrderRef, PlacedLine, ShipmentRequested},
    payments::{Intent, IntentState, PaymentChanged, Refund, RefundState},
    search::RebuildWanted,
};
use souk_types::{Currency, Event, Id, Money, Timestamp};

const AT: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events")
}

fn golden(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The event is told as it always was, and what was told is read back whole.
fn is_told_as_ever<E: Event + Serialize + DeserializeOwned + PartialEq + Debug>(event: &E) {
    let golden = golden(E::TOPIC);
    assert_eq!(serde_json::to_value(event).unwrap(), golden, "{}", E::TOPIC);
    assert_eq!(&serde_json::from_value::<E>(golden).unwrap(), event, "{}", E::TOPIC);
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn order() -> OrderRef {
    OrderRef {
        order: Id::from_bits(1),
        customer: Id::from_bits(2),
        number: "K7P2-9XQ4".to_owned(),
        cart: Id::from_bits(3),
        email: "ana@example.com".to_owned(),
    }
}

fn lines() -> Vec<StockLine> {
    vec![StockLine { sku: "BAG-RED".to_owned(), quantity: 2 }]
}

fn address() -> Address {
    Address {
        name: "Ana Silva".to_owned(),
        line1: "Rua Augusta 1".to_owned(),
        line2: "2.º".to_owned(),
        city: "Lisboa".to_owned(),
        region: "Lisboa".to_owned(),
        postal_code: "1100-048".to_owned(),
        country: "PT".to_owned(),
        phone: "+351 21 000 0000".to_owned(),
    }
}

#[test]
fn catalogue_events_are_told_as_ever() {
    is_told_as_ever(&ProductsChanged { products: vec![Id::from_bits(4), Id::from_bits(5)] });
    let variants = vec![DeclaredStock { sku: "BAG-RED".to_owned(), quantity: 7 }];
    is_told_as_ever(&StockDeclared { variants });
    is_told_as_ever(&CategoriesChanged {});
}

#[test]
fn stock_events_are_told_as_ever() {
    is_told_as_ever(&AvailabilityChanged { sku: "BAG-RED".to_owned(), in_stock: false });
    is_told_as_ever(&StockListed { skus: vec!["BAG-RED".to_owned(), "BAG-BLUE".to_owned()] });
}

#[test]
fn people_and_cart_events_are_told_as_ever() {
    is_told_as_ever(&CustomerRegistered {
        customer: Id::from_bits(2),
        email: "ana@example.com".to_owned(),
        name: "Ana Silva".to_owned(),
    });
    let verified = EmailVerified { customer: Id::from_bits(2), email: "ana@example.com".to_owned(), at: AT };
    is_told_as_ever(&verified);
    is_told_as_ever(&CustomerErased {
        customer: Id::from_bits(2),
        email: "ana@example.com".into(),
        email_verified: true,
        at: AT,
    });
    is_told_as_ever(&RebuildWanted { at: AT });
    is_told_as_ever(&CartExpired { cart: Id::from_bits(3), customer: Id::from_bits(2), changed_at: AT });
}

#[test]
fn order_events_are_told_as_ever() {
    is_told_as_ever(&OrderCreated { of: order(), at: AT });
    let line = PlacedLine { sku: "BAG-RED".to_owned(), product: Id::from_bits(4), quantity: 2, unit_price: eur(1_250) };
    is_told_as_ever(&OrderPlaced { of: order(), lines: vec![line], total: eur(2_990), at: AT });
    is_told_as_ever(&OrderEnded {
        of: order(),
        lines: lines(),
        was_placed: true,
        reason: "not wanted".to_owned(),
        at: AT,
    });
    is_told_as_ever(&ShipmentRequested {
        of: order(),
        shipment: Id::from_bits(6),
        lines: lines(),
        destination: Destination { address: address(), method: "standard".to_owned() },
        carrier: Some(ChosenCarrier {
            name: "Post".to_owned(),
            tracking_number: Some("RR1".to_owned()),
            tracking_url: Some("https://post.example/RR1".to_owned()),
        }),
        at: AT,
    });
    is_told_as_ever(&OrderClosed { of: order(), at: AT });
}

#[test]
fn a_shipment_requested_before_carriers_could_be_chosen_is_still_read() {
    let old = golden("orders.shipment_requested@1");
    let requested: ShipmentRequested = serde_json::from_value(old.clone()).unwrap();
    assert_eq!((&requested.carrier, &requested.lines), (&None, &lines()));
    assert_eq!(serde_json::to_value(&requested).unwrap(), old, "one without a carrier is still told so");
}

#[test]
fn payment_events_are_told_as_ever() {
    let refund = Refund {
        id: Id::from_bits(8),
        amount: eur(500),
        state: RefundState::Succeeded,
        reason: "scratched".to_owned(),
        created_at: AT,
    };
    is_told_as_ever(&PaymentChanged {
        intent: Intent {
            id: Id::from_bits(7),
            customer: Id::from_bits(2),
            order: Id::from_bits(1),
            attempt: 1,
            amount: eur(2_990),
            state: IntentState::Captured,
            captured: eur(2_990),
            refunded: eur(500),
            gateway: "sandbox".to_owned(),
            gateway_reference: Some("ch_1".to_owned()),
            action_url: Some("/sandbox-gateway/challenge/1".to_owned()),
            failure_code: Some("declined".to_owned()),
            failure_reason: Some("the bank said no".to_owned()),
            instrument: "Visa •••• 4242".to_owned(),
            refunds: vec![refund],
            created_at: AT,
        },
    });
}

#[test]
fn delivery_events_are_told_as_ever() {
    is_told_as_ever(&ShipmentMoved {
        shipment: Id::from_bits(6),
        customer: Id::from_bits(2),
        order: Id::from_bits(1),
        lines: lines(),
        before: ShipmentStatus::LabelCreated,
        event: TrackingEvent {
            status: ShipmentStatus::PickedUp,
            description: "Picked up".to_owned(),
            place: "Lisboa".to_owned(),
            at: AT,
        },
        tracking_number: Some("RR1".to_owned()),
    });
}

/// Topics that the sources of the contracts name: every text `"service.event"` beside `TOPIC` or in the table of order
/// events.
fn topics() -> BTreeSet<String> {
    let mut topics = BTreeSet::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let is_event = |line: &&str| {
                line.contains("const TOPIC") || line.trim().starts_with("Order") || line.trim().starts_with("Shipment")
            };
            let named = text.lines().filter(is_event).filter_map(|line| line.split('"').nth(1));
            topics.extend(named.filter(|name| name.contains('.')).map(str::to_owned));
        }
    }
    topics
}

#[test]
fn every_event_has_a_snapshot_and_every_snapshot_an_event() {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let kept: BTreeSet<String> = files
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !name.contains('@'))
        .collect();
    assert_eq!(topics(), kept);
    assert!(kept.len() >= 14, "{kept:?}");
}
