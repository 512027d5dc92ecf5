use proptest::prelude::*;
use souk_contracts::{
    ShipmentId,
    inventory::StockLine,
    orders::{FulfilmentStatus, Lifecycle, OrderMoney},
};
use souk_types::{Currency, Money};

use super::{
    axes,
    lifecycle::{Command, State, counts_are_bounded, ended_orders_sent_nothing},
};

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn money(captured: i64, refunded: i64) -> OrderMoney {
    OrderMoney { authorised: eur(captured), captured: eur(captured), refunded: eur(refunded) }
}

fn line(sku: &str, quantity: u32) -> StockLine {
    StockLine { sku: sku.to_owned(), quantity }
}

fn new_order() -> State {
    State {
        lifecycle: Lifecycle::PendingPayment,
        lines: vec![line("A", 3), line("B", 1)],
        shipments: vec![],
        total: eur(1_000),
        money: money(0, 0),
    }
}

fn run(state: &mut State, command: &Command) -> bool {
    match state.decide(command) {
        Ok(happened) => {
            happened.iter().for_each(|what| state.apply(what));
            true
        }
        Err(_) => false,
    }
}

fn shipment(n: u128) -> ShipmentId {
    ShipmentId::from_bits(n)
}

fn any_command() -> impl Strategy<Value = Command> {
    let lines = proptest::collection::vec((prop_oneof!["A", "B", "C"], 0_u32..5), 0..3);
    prop_oneof![
        Just(Command::Place),
        Just(Command::Expire),
        Just(Command::Cancel),
        Just(Command::Hold),
        Just(Command::Release),
        (0_u128..4, lines).prop_map(|(id, lines)| Command::Ship {
            shipment: shipment(id),
            lines: lines.into_iter().map(|(sku, quantity)| line(&sku, quantity)).collect(),
            carrier: None,
        }),
        (0_u128..4).prop_map(|id| Command::Left(shipment(id))),
        (0_u128..4).prop_map(|id| Command::Arrived(shipment(id))),
        (0_i64..1_200, 0_i64..1_200).prop_map(|(captured, part)| Command::Money(money(captured, part.min(captured)))),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_commands_breaks_an_invariant(commands in proptest::collection::vec(any_command(), 0..60)) {
        let mut state = new_order();
        for command in &commands {
            let before = state.clone();
            if !run(&mut state, command) {
                prop_assert_eq!(&before, &state, "a refusal changes nothing");
            }
            prop_assert!(counts_are_bounded(&state));
            prop_assert!(ended_orders_sent_nothing(&state));
            if matches!(before.lifecycle, Lifecycle::Cancelled | Lifecycle::Expired) {
                prop_assert_eq!(before.lifecycle, state.lifecycle, "an ended order stays ended");
            }
        }
    }

    #[test]
    fn a_command_done_twice_does_nothing_the_second_time(commands in proptest::collection::vec(any_command(), 0..40)) {
        let mut state = new_order();
        for command in &commands {
            if run(&mut state, command) {
                let once = state.clone();
                prop_assert!(run(&mut state, command), "what was accepted once is accepted again");
                prop_assert_eq!(&once, &state);
            }
        }
    }

    #[test]
    fn the_payment_axis_follows_the_money(captured in 0_i64..2_000, refunded in 0_i64..2_000) {
        let refunded = refunded.min(captured);
        let status = axes::payment(Lifecycle::Placed, eur(1_000), &money(captured, refunded)).as_str();
        let expected = match (captured, refunded) {
            (0, _) => "none",
            (c, r) if r == c => "refunded",
            (_, r) if r > 0 => "partially_refunded",
            (c, _) if c < 1_000 => "partially_paid",
            (1_000, _) => "paid",
            _ => "overpaid",
        };
        prop_assert_eq!(status, expected);
    }
}

#[test]
fn an_order_closes_when_its_last_parcel_arrives() {
    let mut state = new_order();
    assert!(run(&mut state, &Command::Place));
    assert!(run(&mut state, &Command::Ship { shipment: shipment(1), lines: vec![line("A", 3)], carrier: None }));
    assert!(run(&mut state, &Command::Ship { shipment: shipment(2), lines: vec![line("B", 1)], carrier: None }));
    assert_eq!(axes::fulfilment(&state), FulfilmentStatus::Unfulfilled);
    assert!(run(&mut state, &Command::Left(shipment(1))));
    assert_eq!(axes::fulfilment(&state), FulfilmentStatus::Partial);
    assert!(run(&mut state, &Command::Arrived(shipment(2))));
    assert_eq!(axes::fulfilment(&state), FulfilmentStatus::PartiallyDelivered);
    assert_eq!(state.lifecycle, Lifecycle::Placed);
    assert!(run(&mut state, &Command::Arrived(shipment(1))));
    assert_eq!(axes::fulfilment(&state), FulfilmentStatus::Delivered);
    assert_eq!(state.lifecycle, Lifecycle::Closed);
}

#[test]
fn an_order_with_a_shipment_cannot_be_cancelled() {
    let mut state = new_order();
    assert!(run(&mut state, &Command::Place));
    assert!(run(&mut state, &Command::Ship { shipment: shipment(1), lines: vec![line("A", 1)], carrier: None }));
    assert!(!run(&mut state, &Command::Cancel));
}

#[test]
fn no_more_is_sent_than_was_ordered() {
    let mut state = new_order();
    assert!(run(&mut state, &Command::Place));
    assert!(run(&mut state, &Command::Ship { shipment: shipment(1), lines: vec![line("A", 2)], carrier: None }));
    assert!(!run(&mut state, &Command::Ship { shipment: shipment(2), lines: vec![line("A", 2)], carrier: None }));
    assert!(!run(&mut state, &Command::Ship { shipment: shipment(3), lines: vec![line("C", 1)], carrier: None }));
}
