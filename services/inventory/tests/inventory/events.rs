use souk_contracts::{
    CartId, CustomerId, OrderId, ProductId, ShipmentId,
    catalog::{DeclaredStock, StockDeclared},
    delivery::{ShipmentMoved, ShipmentStatus, TrackingEvent},
    inventory::MovementKind,
    orders::{OrderEnded, OrderPlaced, OrderRef, PlacedLine},
};
use souk_inventory::DEFAULT_LOCATION;
use souk_types::{Currency, ErrorKind, Money};

use crate::rig::{Rig, SECOND, each_engine, lines};

fn of(order: OrderId) -> OrderRef {
    OrderRef {
        order,
        customer: CustomerId::from_bits(1),
        number: "1001".to_owned(),
        cart: CartId::from_bits(1),
        email: "ann@example.com".to_owned(),
    }
}

fn placed(rig: &Rig, order: OrderId, wanted: &[(&str, u32)]) -> OrderPlaced {
    let price = Money::new(100, Currency::EUR);
    let line = |(sku, quantity): &(&str, u32)| PlacedLine {
        sku: (*sku).to_owned(),
        product: ProductId::from_bits(1),
        quantity: *quantity,
        unit_price: price,
    };
    OrderPlaced { of: of(order), lines: wanted.iter().map(line).collect(), total: price, at: rig.env.now() }
}

fn ended(rig: &Rig, order: OrderId, wanted: &[(&str, u32)]) -> OrderEnded {
    OrderEnded {
        of: of(order),
        lines: lines(wanted),
        was_placed: false,
        reason: "was not paid".to_owned(),
        at: rig.env.now(),
    }
}

fn moved(
    rig: &Rig,
    order: OrderId,
    wanted: &[(&str, u32)],
    before: ShipmentStatus,
    status: ShipmentStatus,
) -> ShipmentMoved {
    ShipmentMoved {
        shipment: ShipmentId::from_bits(1),
        customer: CustomerId::from_bits(1),
        order,
        lines: lines(wanted),
        before,
        event: TrackingEvent { status, description: String::new(), place: String::new(), at: rig.env.now() },
        tracking_number: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_placed_order_is_committed_once_however_often_it_is_told() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 2)]).await.unwrap();
        let delivery = rig.delivery(&placed(&rig, order, &[("tea", 2)]));
        rig.deliver(&delivery).await.unwrap();
        rig.deliver(&delivery).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 2, 0]);
        assert_eq!(rig.movements("tea").await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_order_is_released_once_however_often_it_is_told() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 2)]).await.unwrap();
        let delivery = rig.delivery(&ended(&rig, order, &[("tea", 2)]));
        rig.deliver(&delivery).await.unwrap();
        rig.deliver(&delivery).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 0, 0]);
        assert_eq!(rig.movements("tea").await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_books_out_when_it_leaves_the_house_and_not_again() {
    use ShipmentStatus::{Delivered, InTransit, LabelCreated, PickedUp, Planned};
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let (order, wanted) = (rig.order(), [("tea", 3)]);
        rig.reserve(order, &wanted).await.unwrap();
        rig.commit(order, &wanted).await.unwrap();
        rig.deliver(&rig.delivery(&moved(&rig, order, &wanted, Planned, LabelCreated))).await.unwrap();
        assert_eq!(rig.counters("tea").await, [5, 3, 0]);
        let left = rig.delivery(&moved(&rig, order, &wanted, LabelCreated, PickedUp));
        rig.deliver(&left).await.unwrap();
        rig.deliver(&left).await.unwrap();
        rig.deliver(&rig.delivery(&moved(&rig, order, &wanted, PickedUp, InTransit))).await.unwrap();
        rig.deliver(&rig.delivery(&moved(&rig, order, &wanted, InTransit, Delivered))).await.unwrap();
        assert_eq!(rig.counters("tea").await, [2, 0, 0]);
        rig.release(order, &wanted).await;
        assert_eq!(rig.counters("tea").await, [2, 0, 0]);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_may_leave_in_parts_and_from_several_places() {
    use ShipmentStatus::{LabelCreated, PickedUp};
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", DEFAULT_LOCATION, 2).await;
        rig.receive("tea", SECOND, 4).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 5)]).await.unwrap();
        rig.commit(order, &[("tea", 5)]).await.unwrap();
        rig.deliver(&rig.delivery(&moved(&rig, order, &[("tea", 3)], LabelCreated, PickedUp))).await.unwrap();
        assert_eq!(rig.counters("tea").await, [0, 0, 0]);
        assert_eq!((rig.level("tea", SECOND).await.on_hand, rig.level("tea", SECOND).await.committed), (3, 2));
        assert_eq!(rig.audit().await, [""; 0]);
        rig.release(order, &[("tea", 5)]).await;
        assert_eq!(rig.available("tea").await, 3);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_that_is_told_before_the_order_was_placed_is_booked_all_the_same() {
    use ShipmentStatus::{LabelCreated, PickedUp};
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let (order, wanted) = (rig.order(), [("tea", 3)]);
        rig.reserve(order, &wanted).await.unwrap();
        rig.deliver(&rig.delivery(&moved(&rig, order, &wanted, LabelCreated, PickedUp))).await.unwrap();
        rig.deliver(&rig.delivery(&placed(&rig, order, &wanted))).await.unwrap();
        assert_eq!(rig.counters("tea").await, [2, 0, 0]);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_cannot_leave_than_the_order_holds() {
    use ShipmentStatus::{LabelCreated, PickedUp};
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 2)]).await.unwrap();
        let refused = rig.deliver(&rig.delivery(&moved(&rig, order, &[("tea", 3)], LabelCreated, PickedUp))).await;
        assert_eq!(refused.unwrap_err().kind, ErrorKind::Conflict);
        assert_eq!(rig.counters("tea").await, [5, 0, 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_stock_is_received_for_new_skus_only() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let figure = |sku: &str, quantity| DeclaredStock { sku: sku.to_owned(), quantity };
        let variants = vec![figure("tea", 90), figure("cup", 7), figure("pot", 0), figure("cup", 8), figure("jar", -4)];
        let delivery = rig.delivery(&StockDeclared { variants });
        rig.deliver(&delivery).await.unwrap();
        rig.deliver(&delivery).await.unwrap();
        assert_eq!(rig.available("tea").await, 5);
        assert_eq!(rig.available("cup").await, 7);
        let received = &rig.movements("cup").await;
        assert_eq!(received.len(), 1);
        assert_eq!(
            (received[0].kind, received[0].reason.as_str()),
            (MovementKind::Received, "declared with the product")
        );
        assert_eq!(rig.told().await, [("tea".to_owned(), true)]);
        assert_eq!(rig.listed().await, ["cup"]);
        let again = rig.delivery(&StockDeclared { variants: vec![figure("pot", 3), figure("cup", 1)] });
        rig.deliver(&again).await.unwrap();
        assert_eq!((rig.available("pot").await, rig.available("jar").await, rig.available("cup").await), (0, 0, 7));
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_costs_the_same_statements_whatever_its_size() {
    each_engine(async |rig| {
        let variants = |count: usize, prefix: &str| {
            (0..count).map(|number| DeclaredStock { sku: format!("{prefix}{number}"), quantity: 3 }).collect()
        };
        let small = rig.delivery(&StockDeclared { variants: variants(1, "a") });
        let before = rig.store.statements();
        rig.deliver(&small).await.unwrap();
        let small = rig.store.statements() - before;
        let large = rig.delivery(&StockDeclared { variants: variants(500, "b") });
        let before = rig.store.statements();
        rig.deliver(&large).await.unwrap();
        assert_eq!(rig.store.statements() - before, small);
    })
    .await;
}
