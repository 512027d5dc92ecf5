//! The saga: every step twice, failure at every step, and what the shopper is told.

use souk_contracts::{
    cart::{CartState, Warning},
    orders::{Error, Lifecycle, PaymentStatus, Placement, QuoteRequest},
};
use souk_store::testing::{TestEngine, engines};
use souk_types::{ErrorKind, ServiceError};

use crate::fakes::{Bench, Step, cart_of, eur};

fn placed(placement: &Placement) -> bool {
    matches!(placement, Placement::Placed(order)
        if order.lifecycle == Lifecycle::Placed && order.payment == PaymentStatus::Paid)
}

#[tokio::test]
async fn an_order_is_placed_once_however_often_it_is_asked_for() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let first = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
        let second = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
        assert!(placed(&first), "{}: {first:?}", engine.name);
        assert_eq!(first, second);
        assert_eq!(bench.world().authorisations, 1);
        assert_eq!(first.order().email, "ann@example.com");
        assert_eq!(first.order().totals.total, eur(2_990));
        assert_eq!(bench.orders.audit(&bench.staff()).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn two_clicks_at_the_same_time_make_one_order() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let (cx, request) = (bench.shopper(), bench.request());
        let (one, two) =
            tokio::join!(bench.orders.place(&cx, request.clone()), bench.orders.place(&cx, request.clone()));
        assert_eq!(one.unwrap().order().id, two.unwrap().order().id);
        assert_eq!(bench.world().authorisations, 1);
    }
}

#[tokio::test]
async fn a_placed_order_ends_its_cart_and_stands_while_carts_are_away() {
    for engine in engines() {
        for (carts, pay, ends) in [
            (Step::Works, Step::Works, true),
            (Step::Away, Step::Works, false),
            // Confirming is up to the shopper, who may still change their mind.
            (Step::Works, Step::Asks, false),
        ] {
            let bench = Bench::new(&engine).await;
            (bench.world().carts, bench.world().pay) = (carts, pay);
            let request = bench.request();
            let outcome = bench.orders.place(&bench.shopper(), request.clone()).await.unwrap();
            assert_eq!(placed(&outcome), pay == Step::Works, "{}: {outcome:?}", engine.name);
            assert_eq!(bench.world().ended_carts.contains(&request.cart), ends, "{}", engine.name);
        }
    }
}

#[tokio::test]
async fn a_failure_at_any_step_is_finished_by_recovery() {
    for engine in engines() {
        for failing in [Step::Away, Step::AnswerLost] {
            for at_payment in [false, true] {
                let bench = Bench::new(&engine).await;
                if at_payment {
                    bench.world().pay = failing;
                } else {
                    bench.world().reserve = failing;
                }
                let outcome = bench.orders.place(&bench.shopper(), bench.request()).await;
                let waits = matches!(outcome, Ok(Placement::Pending(_)));
                assert!(waits, "{} {failing:?} at payment {at_payment}: {outcome:?}", engine.name);
                (bench.world().reserve, bench.world().pay) = (Step::Works, Step::Works);
                bench.recover().await;
                let again = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
                assert!(placed(&again), "{} {failing:?} at payment {at_payment}: {again:?}", engine.name);
                assert_eq!(bench.world().authorisations, 1);
                assert_eq!(bench.orders.audit(&bench.staff()).await.unwrap(), Vec::<String>::new());
            }
        }
    }
}

#[tokio::test]
async fn a_refused_payment_ends_the_order_and_a_new_cart_makes_a_new_one() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        bench.world().pay = Step::Refuses;
        let refused = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap_err();
        assert!(matches!(refused, Error::PaymentDeclined { .. }), "{refused:?}");
        let old = bench.request();
        bench.world().pay = Step::Works;
        bench.world().cart = cart_of(souk_types::Id::from_bits(99), &[("A", 2, 1_000), ("B", 1, 500)]);
        // The page that the shopper still has open names the old cart.
        let again = bench.orders.place(&bench.shopper(), old).await.unwrap();
        assert!(placed(&again), "{again:?}");
        assert_eq!(again.order().cart, souk_types::Id::from_bits(99));
    }
}

#[tokio::test]
async fn nothing_is_charged_when_something_sold_out() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        bench.world().reserve = Step::Refuses;
        let refused = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap_err();
        assert!(matches!(&refused, Error::OutOfStock { shortages } if shortages[0].sku == "A"), "{refused:?}");
        assert_eq!(bench.world().authorisations, 0);
    }
}

#[tokio::test]
async fn a_challenged_payment_goes_on_when_the_shopper_comes_back() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        bench.world().pay = Step::Asks;
        let asked = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
        let Placement::ActionRequired { order, url } = asked else { panic!("{asked:?}") };
        assert_eq!(url, "/bank");
        {
            let mut world = bench.world();
            let intent = world.intents.get_mut(&order.id).unwrap();
            intent.state = souk_contracts::payments::IntentState::Captured;
            intent.captured = intent.amount;
        }
        let resumed = bench.orders.resume(&bench.shopper(), bench.customer, order.id).await.unwrap();
        assert!(placed(&resumed), "{resumed:?}");
    }
}

#[tokio::test]
async fn an_order_that_is_never_paid_expires() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        bench.world().pay = Step::Asks;
        let asked = bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
        bench.clock.advance(std::time::Duration::from_mins(20));
        bench.recover().await;
        let order = bench.orders.order(&bench.staff(), bench.customer, asked.order().id, None).await.unwrap().unwrap();
        assert_eq!(order.lifecycle, Lifecycle::Expired);
        assert_eq!(order.payment, PaymentStatus::Voided);
    }
}

#[tokio::test]
async fn another_total_than_the_shopper_saw_is_refused_before_anything_happens() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let mut request = bench.request();
        request.expected_total = eur(1);
        let refused = bench.orders.place(&bench.shopper(), request).await.unwrap_err();
        assert_eq!(refused, Error::TotalChanged { expected: eur(1), now: eur(2_990) });
        assert!(bench.world().reserved.is_empty());
    }
}

#[tokio::test]
async fn bad_input_is_refused_by_field() {
    let engine = TestEngine::sqlite();
    let bench = Bench::new(&engine).await;
    let mut request = bench.request();
    request.email = "nobody".into();
    request.address.city = String::new();
    request.payment_token = String::new();
    let refused = bench.orders.place(&bench.shopper(), request).await.unwrap_err();
    let fields: Vec<&str> = refused.fields().iter().map(|wrong| wrong.field.as_str()).collect();
    assert_eq!(fields, ["address.city", "email", "payment_token"]);

    let mut request = bench.request();
    request.address.country = "PT".into();
    let refused = bench.orders.place(&bench.shopper(), request).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "country");

    let mut request = bench.request();
    request.address.country = "XX".into();
    request.address.postal_code = String::new();
    let refused = bench.orders.place(&bench.shopper(), request).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "address.country");

    let mut request = bench.request();
    request.method = "drone".into();
    let refused = bench.orders.place(&bench.shopper(), request).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "method");
}

#[tokio::test]
async fn a_cart_that_cannot_be_bought_whole_is_refused() {
    let engine = TestEngine::sqlite();
    let bench = Bench::new(&engine).await;
    let request = bench.request();
    bench.world().cart.lines[1].warnings = vec![Warning::OnlyLeft { available: 0 }];
    let refused = bench.orders.place(&bench.shopper(), request.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::OutOfStock { .. }), "{refused:?}");
    bench.world().cart.lines[1].warnings = vec![Warning::Unchecked];
    let refused = bench.orders.place(&bench.shopper(), request.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused:?}");
    bench.world().cart.lines.clear();
    let refused = bench.orders.place(&bench.shopper(), request.clone()).await.unwrap_err();
    assert_eq!(refused, Error::EmptyCart);
    bench.world().cart.state = CartState::Completing;
    let refused = bench.orders.place(&bench.shopper(), request).await.unwrap_err();
    assert_eq!(refused, Error::EmptyCart);
}

#[tokio::test]
async fn nobody_buys_for_somebody_else() {
    let engine = TestEngine::sqlite();
    let bench = Bench::new(&engine).await;
    let stranger = crate::fakes::cx(souk_types::Actor::person("cus_other", souk_types::Permissions::NONE));
    let refused = bench.orders.place(&stranger, bench.request()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    let quote = QuoteRequest { customer: bench.customer, country: "DE".into(), region: String::new(), method: None };
    assert_eq!(bench.orders.quote(&stranger, quote).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn placing_takes_two_transactions_and_few_statements() {
    let engine = TestEngine::sqlite();
    let bench = Bench::new(&engine).await;
    // Taxes and rules of payment are remembered for a few seconds: not every order reads them.
    bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
    bench.world().cart = cart_of(souk_types::Id::from_bits(99), &[("A", 2, 1_000), ("B", 1, 500)]);
    let before = bench.store.statements();
    bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
    let statements = bench.store.statements() - before;
    assert!(statements <= 10, "{statements} statements");
}
