//! The flow of an order through all services, on every engine, with calls local and through the wire.

use std::time::Duration;

use futures::future::join_all;
use souk_contracts::{
    ShipmentId,
    cart::Warning,
    delivery::{ChosenCarrier, ShipmentStatus, TrackingEvent},
    inventory::StockLine,
    orders::{Error, FulfilmentStatus, Lifecycle, Order, PaymentStatus, PlaceOrder, Placement},
    permission::Role,
    search::Query,
};
use souk_testkit::{TestShop, cards, config, modes, simple_product};
use souk_types::{Currency, Id, Money, PageRequest};

async fn place(shop: &TestShop, lines: &[(&str, u32)]) -> Order {
    let customer = shop.new_customer();
    let request = shop.checkout(customer, lines, cards::SUCCESS).await;
    match shop.shop.orders.place(&shop.customer(customer), request).await.unwrap() {
        Placement::Placed(order) => *order,
        other => panic!("{other:?}"),
    }
}

async fn available(shop: &TestShop, sku: &str) -> i64 {
    let staff = shop.staff(Role::Owner);
    shop.shop.inventory.availability(&staff, vec![sku.to_owned()]).await.unwrap()[0].available
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_search_to_the_door() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let query = Query { text: "thing".into(), limit: 10, ..Query::default() };
        let found = shop.shop.search.search(&shop.staff(Role::Owner), query).await.unwrap();
        assert_eq!(found.hits.len(), 1);

        let order = place(&shop, &[("A-1", 2)]).await;
        assert_eq!((order.lifecycle, order.payment), (Lifecycle::Placed, PaymentStatus::Paid));
        shop.quiet().await;
        assert_eq!(available(&shop, "A-1").await, 3);

        let staff = shop.staff(Role::Manager);
        let shipment: ShipmentId = Id::generate(&shop.shop.env);
        let lines = vec![StockLine { sku: "A-1".into(), quantity: 2 }];
        shop.shop.orders.ship(&staff, order.customer, order.id, shipment, lines, None).await.unwrap();
        let mut seen = order.clone();
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            shop.quiet().await;
            seen = shop.shop.orders.order(&staff, order.customer, order.id, None).await.unwrap().unwrap();
            if seen.lifecycle == Lifecycle::Closed {
                break;
            }
        }
        assert_eq!((seen.lifecycle, seen.fulfilment), (Lifecycle::Closed, FulfilmentStatus::Delivered));
        let parcels = shop.shop.delivery.shipments(&staff, order.customer, order.id).await.unwrap();
        assert!(parcels[0].events.len() >= 4, "{:?}", parcels[0].events);
        assert_eq!(available(&shop, "A-1").await, 3);
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_by_hand_moves_when_staff_say_so() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let order = place(&shop, &[("A-1", 2)]).await;
        let staff = shop.staff(Role::Warehouse);
        let shipment: ShipmentId = Id::generate(&shop.shop.env);
        let lines = vec![StockLine { sku: "A-1".into(), quantity: 1 }];
        let carrier = ChosenCarrier { name: "Post".into(), tracking_number: Some("RR1".into()), tracking_url: None };
        shop.shop.orders.ship(&staff, order.customer, order.id, shipment, lines, Some(carrier)).await.unwrap();
        shop.quiet().await;
        for (status, fulfilment) in [
            (ShipmentStatus::LabelCreated, FulfilmentStatus::Unfulfilled),
            (ShipmentStatus::InTransit, FulfilmentStatus::Partial),
            (ShipmentStatus::InTransit, FulfilmentStatus::Partial),
            (ShipmentStatus::Delivered, FulfilmentStatus::PartiallyDelivered),
        ] {
            let at = shop.shop.env.now();
            let event = TrackingEvent { status, description: "seen".into(), place: String::new(), at };
            shop.shop.delivery.track(&staff, order.customer, shipment, event).await.unwrap();
            shop.quiet().await;
            let seen = shop.shop.orders.order(&staff, order.customer, order.id, None).await.unwrap().unwrap();
            assert_eq!(seen.fulfilment, fulfilment, "{status}");
        }
        let parcels = shop.shop.delivery.shipments(&staff, order.customer, order.id).await.unwrap();
        assert_eq!((parcels[0].carrier.as_str(), parcels[0].tracking_number.as_deref()), ("Post", Some("RR1")));
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_order_gives_back_stock_and_money() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let order = place(&shop, &[("A-1", 2)]).await;
        let staff = shop.staff(Role::Support);
        shop.shop.orders.cancel(&staff, order.customer, order.id, "changed my mind".into()).await.unwrap();
        shop.quiet().await;
        let seen = shop.shop.orders.order(&staff, order.customer, order.id, None).await.unwrap().unwrap();
        assert_eq!((seen.lifecycle, seen.payment), (Lifecycle::Cancelled, PaymentStatus::Refunded));
        assert_eq!(available(&shop, "A-1").await, 5);
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_keeps_the_cart_and_the_next_card_buys() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let customer = shop.new_customer();
        let cx = shop.customer(customer);
        let request = shop.checkout(customer, &[("A-1", 1)], cards::DECLINED).await;
        let declined = shop.shop.orders.place(&cx, request.clone()).await.unwrap_err();
        assert!(matches!(declined, Error::PaymentDeclined { .. }), "{declined:?}");
        shop.quiet().await;
        assert_eq!(available(&shop, "A-1").await, 5);
        let cart = shop.shop.cart.view(&cx, customer).await.unwrap();
        assert_eq!(cart.pieces, 1, "the cart is kept");
        let mut again = request;
        again.payment_token = shop.token(cards::SUCCESS).await;
        let placed = shop.shop.orders.place(&cx, again).await.unwrap();
        assert!(matches!(placed, Placement::Placed(_)), "{placed:?}");
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_changed_after_the_cart_is_said_before_anything_is_taken() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let customer = shop.new_customer();
        let cx = shop.customer(customer);
        let seen = shop.checkout(customer, &[("A-1", 1)], cards::SUCCESS).await;
        let dearer = simple_product("A-1", 2_490, 5);
        shop.shop.catalog.upsert(&shop.staff(Role::Owner), vec![dearer]).await.unwrap();
        shop.quiet().await;

        let cart = shop.shop.cart.view(&cx, customer).await.unwrap();
        let eur = |minor| Money::new(minor, Currency::EUR);
        assert_eq!(cart.lines[0].warnings, [Warning::PriceChanged { was: eur(1_990), now: eur(2_490) }]);
        let refused = shop.shop.orders.place(&cx, seen.clone()).await.unwrap_err();
        let now = eur(seen.expected_total.minor + 500);
        assert_eq!(refused, Error::TotalChanged { expected: seen.expected_total, now });
        assert!(refused.to_string().contains("look at the order once more before you pay"), "{refused}");
        assert_eq!(available(&shop, "A-1").await, 5);
        let orders = shop.shop.orders.of_customer(&cx, customer, PageRequest::first(10)).await.unwrap();
        assert!(orders.items.is_empty(), "{orders:?}");

        let agreed = PlaceOrder { expected_total: now, ..seen };
        let placed = shop.shop.orders.place(&cx, agreed).await.unwrap();
        assert!(matches!(&placed, Placement::Placed(order) if order.totals.total == now), "{placed:?}");
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_money_is_given_back() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("A-1", 1_990, 5).await;
        let order = place(&shop, &[("A-1", 1)]).await;
        let staff = shop.staff(Role::Support);
        let part = Money::new(500, order.totals.total.currency);
        let seen = shop.shop.orders.refund(&staff, order.customer, order.id, part, "scratched".into()).await.unwrap();
        assert_eq!(seen.payment, PaymentStatus::PartiallyRefunded);
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_pieces_are_sold_once_however_many_want_them() {
    for (engine, calls) in modes() {
        let shop = TestShop::start(engine, calls, config()).await;
        shop.product("HOT", 1_990, 10).await;
        // All carts are filled before the first pays: the cart's own check of the stock lets every one of them through.
        let mut ready = Vec::new();
        for _ in 0..30 {
            let customer = shop.new_customer();
            ready.push((customer, shop.checkout(customer, &[("HOT", 1)], cards::SUCCESS).await));
        }
        let buy = async |(customer, request)| shop.shop.orders.place(&shop.customer(customer), request).await;
        let mut sold = 0;
        for outcome in join_all(ready.into_iter().map(buy)).await {
            match outcome {
                Ok(Placement::Placed(_)) => sold += 1,
                Ok(other) => panic!("{other:?}"),
                Err(Error::OutOfStock { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(sold, 10);
        shop.quiet().await;
        assert_eq!(available(&shop, "HOT").await, 0);
        shop.finish().await;
    }
}
