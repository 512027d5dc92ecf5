//! Giving money back by line.

use souk_contracts::{
    inventory::StockLine,
    orders::{LineRefund, Order, PaymentStatus},
};
use souk_store::testing::engines;
use souk_types::{Cx, ErrorKind, Money, ServiceError};

use crate::fakes::{Bench, Step, eur};

/// Two of A at 10.00, one of B at 5.00, delivery 4.90.
async fn placed(bench: &Bench) -> Order {
    bench.orders.place(&bench.shopper(), bench.request()).await.unwrap().order().clone()
}

fn wish(lines: &[(&str, u32)], delivery: bool) -> LineRefund {
    let line = |(sku, quantity): &(&str, u32)| StockLine { sku: (*sku).to_owned(), quantity: *quantity };
    LineRefund { lines: lines.iter().map(line).collect(), delivery, reason: "broken".to_owned() }
}

fn keyed(bench: &Bench, key: &str) -> Cx {
    bench.staff().with_idempotency_key(key.to_owned())
}

async fn left(bench: &Bench, order: &Order) -> (Vec<(String, u32, i64)>, Money, Money) {
    let found = bench.orders.refundable(&bench.staff(), order.customer, order.id).await.unwrap();
    let lines = found.lines.into_iter().map(|line| (line.sku, line.quantity, line.amount.minor)).collect();
    (lines, found.delivery, found.most)
}

#[tokio::test]
async fn each_piece_is_given_back_once() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        let all = vec![("A".to_owned(), 2, 2_000), ("B".to_owned(), 1, 500)];
        assert_eq!(left(&bench, &order).await, (all, eur(490), eur(2_990)));
        let refund = async |cx: Cx, wish| bench.orders.refund_lines(&cx, order.customer, order.id, wish).await;
        for _ in 0..2 {
            let after = refund(keyed(&bench, "1"), wish(&[("A", 1)], true)).await.unwrap();
            assert_eq!((after.money.refunded, after.payment), (eur(1_490), PaymentStatus::PartiallyRefunded));
        }
        let rest = vec![("A".to_owned(), 1, 1_000), ("B".to_owned(), 1, 500)];
        assert_eq!(left(&bench, &order).await, (rest, eur(0), eur(1_500)));
        let too_many = refund(keyed(&bench, "2"), wish(&[("B", 1), ("A", 2)], false)).await.unwrap_err();
        assert_eq!((too_many.kind(), too_many.fields()[0].field.as_str()), (ErrorKind::Invalid, "lines[1].quantity"));
        let twice = refund(keyed(&bench, "3"), wish(&[], true)).await.unwrap_err();
        assert_eq!(twice.fields()[0].field, "delivery");
        let after = refund(keyed(&bench, "4"), wish(&[("A", 1), ("B", 1)], false)).await.unwrap();
        assert_eq!((after.money.refunded, after.payment), (eur(2_990), PaymentStatus::Refunded));
        assert_eq!(left(&bench, &order).await, (vec![], eur(0), eur(0)));
    }
}

#[tokio::test]
async fn no_more_goes_back_than_was_taken_and_not_given_back_as_an_amount() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        bench
            .orders
            .refund(&keyed(&bench, "a"), order.customer, order.id, eur(2_000), "goodwill".into())
            .await
            .unwrap();
        let much =
            bench.orders.refund_lines(&keyed(&bench, "b"), order.customer, order.id, wish(&[("A", 1)], false)).await;
        assert_eq!(much.unwrap_err().fields()[0].field, "amount");
        let fits =
            bench.orders.refund_lines(&keyed(&bench, "b"), order.customer, order.id, wish(&[("B", 1)], true)).await;
        assert_eq!(fits.unwrap().money.refunded, eur(2_990));
    }
}

#[tokio::test]
async fn what_payments_refuse_can_be_given_back_later() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench).await;
        bench.world().refund = Step::Refuses;
        let refund = async |key| {
            let cx = keyed(&bench, key);
            let outcome = bench.orders.refund_lines(&cx, order.customer, order.id, wish(&[("A", 2)], false));
            outcome.await.map(|after| after.money.refunded).map_err(|error| error.kind())
        };
        assert_eq!(refund("1").await, Err(ErrorKind::Conflict));
        assert_eq!(left(&bench, &order).await.0.len(), 2, "nothing is written down");
        // An answer that was lost is no refusal: the same wish goes on with the same refund.
        bench.world().refund = Step::AnswerLost;
        assert_eq!(refund("2").await, Err(ErrorKind::Unavailable));
        assert_eq!(left(&bench, &order).await.0, [("B".to_owned(), 1, 500)]);
        bench.world().refund = Step::Works;
        assert_eq!(refund("2").await, Ok(eur(2_000)));
        assert_eq!(refund("3").await, Err(ErrorKind::Invalid));
    }
}

#[tokio::test]
async fn money_by_line_is_for_those_who_may_give_it_back() {
    let engine = engines().remove(0);
    let bench = Bench::new(&engine).await;
    let order = placed(&bench).await;
    let refused = bench.orders.refund_lines(&bench.shopper(), order.customer, order.id, wish(&[("A", 1)], false)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
    let refused = bench.orders.refundable(&bench.shopper(), order.customer, order.id).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
    let nothing = LineRefund { reason: " ".into(), ..wish(&[("A", 1)], false) };
    let refused = bench.orders.refund_lines(&bench.staff(), order.customer, order.id, nothing).await;
    assert_eq!(refused.unwrap_err().fields()[0].field, "reason");
}
