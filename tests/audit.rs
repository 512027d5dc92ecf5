//! Books that were tampered with: the audit says of each what does not agree, on every engine.

use std::time::Duration;

use souk::audit;
use souk_contracts::{
    ShipmentId,
    inventory::StockLine,
    orders::{FulfilmentStatus, Lifecycle, Order, Placement},
    permission::Role,
};
use souk_store::{Param, Sql, Store, params, sql};
use souk_testkit::{TestShop, cards, config};
use souk_types::{Fault, Id};

/// An order that nobody made.
const UNKNOWN: &str = "ord_00000000000000000000000007";

/// A shop with an order of every kind.
struct Books {
    shop: TestShop,
    /// Placed: two pieces of `A-1`.
    placed: Order,
    /// Placed: one piece.
    other: Order,
    /// Cancelled and refunded: one piece.
    ended: Order,
    /// On its way: one piece.
    sent: Order,
    /// Waits for the shopper to confirm: one piece.
    unpaid: Order,
}

impl Books {
    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for engine in souk_store::testing::engines() {
            let mut config = config();
            // Parcels leave the house, and do not arrive while the test runs.
            config.delivery.sandbox_speed = 20_000.0;
            let shop = TestShop::start(engine, souk::shop::Calls::Loopback, config).await;
            shop.product("A-1", 1_990, 20).await;
            let books = Self {
                placed: order(&shop, 2, cards::SUCCESS).await,
                other: order(&shop, 1, cards::SUCCESS).await,
                ended: order(&shop, 1, cards::SUCCESS).await,
                sent: order(&shop, 1, cards::SUCCESS).await,
                unpaid: order(&shop, 1, cards::CHALLENGE).await,
                shop,
            };
            books.cancel_and_send().await;
            assert_eq!(books.problems().await, [""; 0]);
            all.push(books);
        }
        all
    }

    async fn cancel_and_send(&self) {
        let (shop, staff) = (&self.shop, self.shop.staff(Role::Owner));
        let orders = &shop.shop.orders;
        let (ended, sent) = (&self.ended, &self.sent);
        orders.cancel(&staff, ended.customer, ended.id, "not wanted".into()).await.unwrap();
        let shipment: ShipmentId = Id::generate(&shop.shop.env);
        let lines = vec![StockLine { sku: "A-1".into(), quantity: 1 }];
        orders.ship(&staff, sent.customer, sent.id, shipment, lines, None).await.unwrap();
        for _ in 0..400 {
            shop.quiet().await;
            let seen = orders.order(&staff, sent.customer, sent.id, None).await.unwrap().unwrap();
            if seen.fulfilment == FulfilmentStatus::Shipped {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the parcel did not leave the house");
    }

    async fn problems(&self) -> Vec<String> {
        self.shop.quiet().await;
        audit::run(&self.shop.shop, &self.shop.shop.cx(Duration::from_secs(60))).await.unwrap().problems
    }

    async fn tamper(&self, service: &str, sql: &'static Sql, params: &[Param<'_>]) {
        let store: &Store = self.shop.shop.stores().iter().find(|store| store.service() == service).unwrap();
        let texts: Vec<String> = params.iter().map(text).collect();
        let changed: Result<u64, Fault> = store
            .write(&self.shop.shop.cx(Duration::from_secs(20)), move |tx| {
                let params: Vec<Param<'_>> = texts.iter().map(|text| Param::Text(text.into())).collect();
                Ok(tx.exec(sql, &params)?.rows())
            })
            .await;
        assert!(changed.unwrap() > 0, "nothing was tampered with");
    }

    /// Audits, and checks that each of these is said; every one is a list of words that one problem must have.
    async fn says(self, expected: &[&[&str]]) {
        let problems = self.problems().await;
        for words in expected {
            let said = problems.iter().any(|problem| words.iter().all(|word| problem.contains(word)));
            assert!(said, "{words:?} is not said in {problems:#?}");
        }
        self.shop.leave().await;
    }

    async fn lose_order(&self, order: &Order) {
        let sql = sql!("DELETE FROM orders WHERE customer_id = ?1 AND order_id = ?2");
        self.tamper("orders", sql, params![order.customer, order.id]).await;
    }
}

fn text(param: &Param<'_>) -> String {
    match param {
        Param::Text(text) => text.to_string(),
        other => panic!("{other:?} is not a text"),
    }
}

async fn order(shop: &TestShop, quantity: u32, card: &str) -> Order {
    let customer = shop.new_customer();
    let request = shop.checkout(customer, &[("A-1", quantity)], card).await;
    let placement = shop.shop.orders.place(&shop.customer(customer), request).await.unwrap();
    let order = match placement {
        Placement::Placed(order) | Placement::ActionRequired { order, .. } => *order,
        other => panic!("{other:?}"),
    };
    let expected = if card == cards::SUCCESS { Lifecycle::Placed } else { Lifecycle::PendingPayment };
    assert_eq!(order.lifecycle, expected);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_order_is_found_though_its_stock_is_booked_out() {
    for books in Books::all().await {
        let id = books.placed.id.to_string();
        books.lose_order(&books.placed).await;
        let shipped = sql!("UPDATE reservations SET state = 'shipped', shipped = quantity WHERE order_id = ?1");
        books.tamper("inventory", shipped, params![id]).await;
        let level = sql!(fan_out "UPDATE levels SET on_hand = on_hand - 2, committed = committed - 2");
        books.tamper("inventory", level, params![]).await;
        let movement = sql!(
            "INSERT INTO movements (sku, movement_id, location_id, kind, on_hand, committed, reserved, order_id,
                 reason, actor, at)
             SELECT sku, 'mov_00000000000000000000000001', location_id, 'shipped', -2, -2, 0, order_id, '', '', at
             FROM movements WHERE order_id = ?1 AND kind = 'committed'"
        );
        books.tamper("inventory", movement, params![id]).await;
        books
            .says(&[
                &["payment", &id, "no such order"],
                &["stock of A-1", "2 shipped", &id, "no such order"],
                &["orders: order", &id, "number", "not there"],
                &["orders: order", &id, "history", "not there"],
            ])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_order_is_found_though_it_was_cancelled_and_refunded() {
    for books in Books::all().await {
        let id = books.ended.id.to_string();
        books.lose_order(&books.ended).await;
        books.says(&[&["payment", &id, "no such order"], &["stock of A-1", &id, "no such order"]]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_stock_of_an_unknown_order_is_found() {
    for books in Books::all().await {
        let id = books.placed.id.to_string();
        let held = sql!("UPDATE reservations SET order_id = ?2 WHERE order_id = ?1");
        books.tamper("inventory", held, params![id, UNKNOWN]).await;
        let moved = sql!("UPDATE movements SET order_id = ?2 WHERE order_id = ?1");
        books.tamper("inventory", moved, params![id, UNKNOWN]).await;
        books
            .says(&[
                &["stock of A-1", "2 committed", UNKNOWN, "no such order"],
                &["order", &id, "2 should be committed, 0 are"],
            ])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_was_moved_without_its_movements_is_found() {
    for books in Books::all().await {
        let id = books.placed.id.to_string();
        let held = sql!("UPDATE reservations SET order_id = ?2 WHERE order_id = ?1");
        books.tamper("inventory", held, params![id, UNKNOWN]).await;
        books.says(&[&["reservations_equal_movements", &id], &["reservations_equal_movements", UNKNOWN]]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reserved_stock_of_an_unknown_order_is_found() {
    for books in Books::all().await {
        let id = books.unpaid.id.to_string();
        let held = sql!(
            "INSERT INTO reservations (sku, order_id, location_id, quantity, shipped, state, expires_at)
             SELECT sku, CAST(?2 AS TEXT), location_id, 3, 0, 'reserved', expires_at FROM reservations
             WHERE order_id = ?1"
        );
        books.tamper("inventory", held, params![id, UNKNOWN]).await;
        let level = sql!(fan_out "UPDATE levels SET reserved = reserved + 3");
        books.tamper("inventory", level, params![]).await;
        let movement = sql!(
            "INSERT INTO movements (sku, movement_id, location_id, kind, on_hand, committed, reserved, order_id,
                 reason, actor, at)
             SELECT sku, 'mov_00000000000000000000000001', location_id, kind, 0, 0, 3, CAST(?2 AS TEXT), '', '', at
             FROM movements WHERE order_id = ?1 AND kind = 'reserved'"
        );
        books.tamper("inventory", movement, params![id, UNKNOWN]).await;
        books.says(&[&["stock of A-1", "3 reserved", UNKNOWN, "no such order"]]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_that_one_order_holds_for_another_is_found() {
    for books in Books::all().await {
        let (id, other) = (books.placed.id.to_string(), books.other.id.to_string());
        let swap = sql!("UPDATE reservations SET quantity = 3 - quantity WHERE order_id = ?1 OR order_id = ?2");
        books.tamper("inventory", swap, params![id, other]).await;
        books
            .says(&[
                &["order", &id, "2 should be committed, 1 are"],
                &["order", &other, "1 should be committed, 2 are"],
            ])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_ended_and_holds_stock_is_found() {
    for books in Books::all().await {
        let (id, unpaid) = (books.ended.id.to_string(), books.unpaid.id.to_string());
        let back = sql!("UPDATE reservations SET state = 'reserved' WHERE order_id = ?1");
        books.tamper("inventory", back, params![id]).await;
        let gone = sql!("UPDATE reservations SET state = 'committed' WHERE order_id = ?1");
        books.tamper("inventory", gone, params![unpaid]).await;
        books
            .says(&[
                &["order", &id, "is cancelled, and 1 of 1 are reserved"],
                &["order", &unpaid, "is pending_payment: 0 should be committed, 1 are"],
            ])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_that_left_the_house_without_its_order_knowing_is_found() {
    for books in Books::all().await {
        let id = books.other.id.to_string();
        let shipped = sql!("UPDATE reservations SET state = 'shipped', shipped = quantity WHERE order_id = ?1");
        books.tamper("inventory", shipped, params![id]).await;
        books.says(&[&["order", &id, "0 were sent, and stock says 1"]]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_of_an_unknown_order_is_found() {
    for books in Books::all().await {
        let sql = sql!("UPDATE shipments SET order_id = ?1");
        books.tamper("delivery", sql, params![UNKNOWN]).await;
        books.says(&[&["shipment shp_", "no such order", UNKNOWN]]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_shipment_is_found() {
    for books in Books::all().await {
        let id = books.sent.id.to_string();
        books.tamper("delivery", sql!(fan_out "DELETE FROM shipments"), params![]).await;
        books
            .says(&[&["order", &id, "its shipment shp_", "not with delivery"], &["delivery: events_have_a_shipment"]])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_with_other_lines_than_its_order_sent_is_found() {
    for books in Books::all().await {
        let id = books.sent.id.to_string();
        books.tamper("delivery", sql!(fan_out "UPDATE shipments SET lines = '[]'"), params![]).await;
        books.says(&[&["shipment shp_", &id, "other lines"]]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_its_order_does_not_know_is_found() {
    for books in Books::all().await {
        let id = books.placed.id.to_string();
        let sql = sql!("UPDATE orders SET captured = 0, payment = 'authorised' WHERE order_id = ?1");
        books.tamper("orders", sql, params![id]).await;
        books.says(&[&["order", &id, "it knows of", "0.00 EUR captured"]]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_its_number_does_not_lead_to_is_found() {
    for books in Books::all().await {
        let number = books.placed.number.clone();
        books.tamper("orders", sql!("DELETE FROM order_numbers WHERE number = ?1"), params![number]).await;
        books.says(&[&["orders: order", &number, "does not lead to it"]]).await;
    }
}
