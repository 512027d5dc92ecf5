//! The taxes and rules of payment that staff save go before the configuration file, until they go back to it.

use std::time::Duration;

use souk_contracts::{
    OrderId,
    orders::{
        Error, Lifecycle, PAY_WITHIN_MIN_MAX, PaymentRules, PaymentStatus, Placement, QuoteRequest, TaxRule, Taxes,
    },
};
use souk_store::{params, sql, testing::engines};
use souk_types::{ErrorKind, Fault, Id, ServiceError};

use crate::fakes::{Bench, Step, cart_of, eur};

fn german(rate_bp: i64, included: bool) -> Taxes {
    let rule = TaxRule { country: "DE".into(), region: String::new(), rate_bp, name: "MwSt".into() };
    Taxes { rules: vec![rule], included }
}

fn quote(bench: &Bench) -> QuoteRequest {
    QuoteRequest { customer: bench.customer, country: "DE".into(), region: String::new(), method: None }
}

#[tokio::test]
async fn saved_taxes_are_quoted_and_charged_until_the_file_holds_again() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let before = bench.orders.quote(&bench.shopper(), quote(&bench)).await.unwrap().totals;
        assert_eq!(before.tax, eur(0));
        let held = bench.orders.tax_settings(&bench.staff()).await.unwrap();
        let saved = bench.orders.replace_taxes(&bench.staff(), held.version, Some(german(1_900, false))).await.unwrap();
        assert_eq!(saved.values, german(1_900, false));
        assert_eq!(saved.saved.as_ref().unwrap().by, "stf_1");
        assert_eq!(bench.orders.taxes(&bench.shopper()).await.unwrap(), german(1_900, false));

        // Whoever saw the total of before is shown the new one, and pays it only then.
        let told = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap_err();
        let now = bench.orders.quote(&bench.shopper(), quote(&bench)).await.unwrap().totals;
        assert_eq!(now.total, before.total.plus(now.tax).unwrap());
        assert_eq!(told, Error::TotalChanged { expected: before.total, now: now.total });
        let request = souk_contracts::orders::PlaceOrder { expected_total: now.total, ..bench.request() };
        let placed = bench.orders.place(&bench.shopper(), request).await.unwrap().order().clone();
        assert_eq!((placed.totals.tax_name.as_str(), placed.totals.tax), ("MwSt", now.tax));

        let back = bench.orders.replace_taxes(&bench.staff(), saved.version, None).await.unwrap();
        assert_eq!((back.values, back.saved), (Taxes { rules: vec![], included: true }, None));
        let order = bench.orders.by_number(&bench.staff(), placed.number, None).await.unwrap().unwrap();
        assert_eq!(order.totals, placed.totals, "what was bought stays as it was bought");
    }
}

#[tokio::test]
async fn another_process_follows_within_seconds() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let other = bench.beside();
        assert_eq!(other.taxes(&bench.shopper()).await.unwrap().rules, []);
        let held = bench.orders.tax_settings(&bench.staff()).await.unwrap();
        bench.orders.replace_taxes(&bench.staff(), held.version, Some(german(700, true))).await.unwrap();
        bench.clock.advance(Duration::from_secs(4));
        assert_eq!(other.taxes(&bench.shopper()).await.unwrap(), german(700, true));
        bench.orders.replace_taxes(&bench.staff(), held.version + 1, None).await.unwrap();
    }
}

#[tokio::test]
async fn two_who_build_on_the_same_version_do_not_overwrite_each_other() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let version = bench.orders.tax_settings(&bench.staff()).await.unwrap().version;
        bench.orders.replace_taxes(&bench.staff(), version, Some(german(1, true))).await.unwrap();
        let late = bench.orders.replace_taxes(&bench.staff(), version, Some(german(2, true))).await;
        assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);
        let held = bench.orders.tax_settings(&bench.staff()).await.unwrap();
        assert_eq!((held.values, held.version), (german(1, true), version + 1));
        bench.orders.replace_taxes(&bench.staff(), version + 1, None).await.unwrap();
        let late = bench.orders.replace_taxes(&bench.staff(), version, Some(german(2, true))).await;
        assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict, "the file's values came back by a change as well");
    }
}

#[tokio::test]
async fn wrong_rules_and_others_than_managers_are_refused() {
    let engine = engines().remove(0);
    let bench = Bench::new(&engine).await;
    let wrong = bench.orders.replace_taxes(&bench.staff(), 0, Some(german(10_001, true))).await.unwrap_err();
    assert_eq!(wrong.fields()[0].field, "taxes[0].rate_bp");
    let denied = |error: Error| assert_eq!(error.kind(), ErrorKind::Denied);
    denied(bench.orders.tax_settings(&bench.shopper()).await.unwrap_err());
    denied(bench.orders.replace_taxes(&bench.shopper(), 0, None).await.unwrap_err());
    assert_eq!(bench.orders.tax_settings(&bench.staff()).await.unwrap().version, 0);

    for pay_within_min in [0, PAY_WITHIN_MIN_MAX + 1, u64::MAX] {
        let rules = PaymentRules { pay_within_min, ..PaymentRules::default() };
        let wrong = bench.orders.replace_payment_rules(&bench.staff(), 0, Some(rules)).await.unwrap_err();
        assert_eq!(wrong.fields()[0].field, "pay_within_min", "{pay_within_min}");
    }
    denied(bench.orders.payment_rules(&bench.shopper()).await.unwrap_err());
    denied(bench.orders.replace_payment_rules(&bench.shopper(), 0, None).await.unwrap_err());
    let rules = bench.orders.payment_rules(&bench.staff()).await.unwrap();
    assert_eq!((rules.values, rules.version), (PaymentRules { capture_at_once: true, pay_within_min: 15 }, 0));
}

#[tokio::test]
async fn saved_rules_of_payment_hold_for_new_orders_until_the_file_holds_again() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let mut carts = 40..;
        let mut place = async || {
            bench.world().cart = cart_of(Id::from_bits(carts.next().unwrap()), &[("A", 2, 1_000), ("B", 1, 500)]);
            bench.orders.place(&bench.shopper(), bench.request()).await.unwrap().order().clone()
        };
        let held = bench.orders.payment_rules(&bench.staff()).await.unwrap();
        let later = PaymentRules { capture_at_once: false, pay_within_min: 60 };
        let saved = bench.orders.replace_payment_rules(&bench.staff(), held.version, Some(later)).await.unwrap();
        assert_eq!((saved.values, saved.saved.as_ref().unwrap().by.as_str()), (later, "stf_1"));
        let late = bench.orders.replace_payment_rules(&bench.staff(), held.version, None).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::Conflict);
        let order = place().await;
        assert_eq!((order.lifecycle, order.payment), (Lifecycle::Placed, PaymentStatus::Authorised));

        bench.world().pay = Step::Asks;
        let unpaid = place().await;
        bench.clock.advance(Duration::from_mins(50));
        bench.recover().await;
        assert_eq!(lifecycle(&bench, unpaid.id).await, Lifecycle::PendingPayment);
        bench.clock.advance(Duration::from_mins(15));
        bench.recover().await;
        assert_eq!(lifecycle(&bench, unpaid.id).await, Lifecycle::Expired);

        bench.world().pay = Step::Works;
        let back = bench.orders.replace_payment_rules(&bench.staff(), saved.version, None).await.unwrap();
        assert_eq!((back.values, back.saved), (held.values, None));
        assert_eq!(place().await.payment, PaymentStatus::Paid);
    }
}

#[tokio::test]
async fn an_order_keeps_the_rules_of_payment_under_which_it_was_made() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let later = PaymentRules { capture_at_once: false, pay_within_min: 600 };
        bench.world().pay = Step::Asks;
        let unpaid = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap().order().id;
        bench.world().cart = cart_of(Id::from_bits(40), &[("A", 2, 1_000), ("B", 1, 500)]);
        bench.world().pay = Step::Away;
        let waiting = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap().order().id;
        bench.orders.replace_payment_rules(&bench.staff(), 0, Some(later)).await.unwrap();
        bench.world().pay = Step::Works;
        bench.clock.advance(Duration::from_mins(1));
        bench.recover().await;
        let order = bench.orders.order(&bench.staff(), bench.customer, waiting, None).await.unwrap().unwrap();
        assert_eq!(order.payment, PaymentStatus::Paid, "the payment is asked for as when the shopper agreed to it");
        bench.clock.advance(Duration::from_mins(19));
        bench.recover().await;
        assert_eq!(lifecycle(&bench, unpaid).await, Lifecycle::Expired);
    }
}

async fn lifecycle(bench: &Bench, order: OrderId) -> Lifecycle {
    bench.orders.order(&bench.staff(), bench.customer, order, None).await.unwrap().unwrap().lifecycle
}

/// Stores an order as it was stored before it kept the rules of its payment.
async fn forget_payment_rules(bench: &Bench, order: OrderId) {
    let customer = bench.customer;
    let forgotten: Result<(), Fault> = bench
        .store
        .write(&bench.staff(), move |tx| {
            let body = sql!("SELECT body FROM orders WHERE customer_id = ?1 AND order_id = ?2");
            let body = tx.query_opt(body, params![customer, order], |row| row.json::<serde_json::Value>(0))?;
            let mut body = body.unwrap();
            let rules = body.as_object_mut().unwrap().remove("payment");
            assert_eq!(rules, Some(serde_json::json!({"capture_at_once": true, "pay_within_min": 15})));
            let update = sql!("UPDATE orders SET body = ?3 WHERE customer_id = ?1 AND order_id = ?2");
            tx.exec(update, params![customer, order, body.to_string()]).map(drop)
        })
        .await;
    forgotten.unwrap();
}

#[tokio::test]
async fn an_order_from_before_the_rules_were_kept_goes_by_those_that_hold() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        bench.world().pay = Step::Asks;
        let order = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap().order().id;
        forget_payment_rules(&bench, order).await;
        let later = PaymentRules { capture_at_once: true, pay_within_min: 60 };
        bench.orders.replace_payment_rules(&bench.staff(), 0, Some(later)).await.unwrap();
        for (minutes, expected) in [(50, Lifecycle::PendingPayment), (15, Lifecycle::Expired)] {
            bench.clock.advance(Duration::from_mins(minutes));
            bench.recover().await;
            assert_eq!(lifecycle(&bench, order).await, expected);
        }
    }
}

#[tokio::test]
async fn a_payment_method_that_was_switched_off_is_refused_and_an_order_that_is_there_goes_on() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let by = |method: &str| souk_contracts::orders::PlaceOrder {
            payment_method: Some(method.to_owned()),
            ..bench.request()
        };
        bench.world().methods = vec!["hosted".to_owned()];
        let refused = bench.orders.place(&bench.shopper(), by("card")).await.unwrap_err();
        let [wrong] = refused.fields() else { panic!("{refused:?}") };
        assert_eq!(wrong.field, "payment_method");
        assert!(wrong.message.ends_with("choose another: HOSTED"), "{}", wrong.message);
        assert!(bench.world().reserved.is_empty(), "nothing is set aside for it");
        assert_eq!(bench.world().authorisations, 0);
        let placed = bench.orders.place(&bench.shopper(), by("hosted")).await.unwrap();
        bench.world().methods = vec!["card".to_owned()];
        let again = bench.orders.place(&bench.shopper(), by("hosted")).await.unwrap();
        assert_eq!(again.order().number, placed.order().number);
    }
}

#[tokio::test]
async fn an_order_is_made_though_payments_cannot_say_what_is_offered() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let request =
            || souk_contracts::orders::PlaceOrder { payment_method: Some("card".to_owned()), ..bench.request() };
        bench.world().pay = Step::Away;
        let waiting = bench.orders.place(&bench.shopper(), request()).await.unwrap();
        assert!(matches!(waiting, Placement::Pending(_)), "{waiting:?}");
        bench.world().pay = Step::Works;
        let placed = bench.orders.place(&bench.shopper(), request()).await.unwrap();
        assert!(matches!(placed, Placement::Placed(_)), "{placed:?}");
        assert_eq!((placed.order().number.clone(), bench.world().authorisations), (waiting.order().number.clone(), 1));
    }
}
