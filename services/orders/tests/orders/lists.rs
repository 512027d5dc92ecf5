//! Who sees which orders, and in which order.

use souk_contracts::orders::{Lifecycle, OrderFilter, OrderSummary};
use souk_store::testing::{TestEngine, engines};
use souk_types::{Actor, ErrorKind, Id, PageRequest, Permissions, ServiceError};

use crate::fakes::{Bench, cart_of, cx};

async fn place(bench: &Bench, orders: u128) {
    for n in 0..orders {
        bench.world().cart = cart_of(Id::from_bits(1_000 + n), &[("A", 1, 1_000)]);
        bench.clock.advance(std::time::Duration::from_secs(1));
        bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
    }
}

#[tokio::test]
async fn lists_are_paged_newest_first_without_gap_or_repeat() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        place(&bench, 7).await;
        for filter in [
            OrderFilter::default(),
            OrderFilter { lifecycle: Some(Lifecycle::Placed), ..OrderFilter::default() },
            OrderFilter { text: Some("ANN@example.com".into()), ..OrderFilter::default() },
        ] {
            let mut seen = Vec::new();
            let mut page = PageRequest::first(3);
            loop {
                let found = bench.orders.list(&bench.staff(), filter.clone(), page.clone()).await.unwrap();
                assert!(found.items.len() <= 3);
                seen.extend(found.items.into_iter().map(|order| order.created_at));
                match found.next {
                    Some(next) => page.after = Some(next),
                    None => break,
                }
            }
            assert_eq!(seen.len(), 7, "{filter:?}");
            assert!(seen.is_sorted_by(|newer, older| newer > older));
        }
        let own = bench.orders.of_customer(&bench.shopper(), bench.customer, PageRequest::first(5)).await.unwrap();
        assert_eq!((own.items.len(), own.next.is_some()), (5, true));
    }
}

/// What staff find by a text.
async fn found(bench: &Bench, text: &str, lifecycle: Option<Lifecycle>) -> Vec<OrderSummary> {
    let filter = OrderFilter { text: Some(text.to_owned()), lifecycle, ..OrderFilter::default() };
    bench.orders.list(&bench.staff(), filter, PageRequest::first(9)).await.unwrap().items
}

#[tokio::test]
async fn an_order_is_found_by_its_number_or_its_beginning_as_people_type_it() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        place(&bench, 3).await;
        let all = bench.orders.list(&bench.staff(), OrderFilter::default(), PageRequest::first(9)).await.unwrap().items;
        for wanted in &all {
            let typed = wanted.number.to_lowercase();
            assert_eq!(found(&bench, &typed.replace('-', " "), None).await, std::slice::from_ref(wanted));
            for digits in [3, 4, 5, 7] {
                let typed = &typed.replace('-', "")[..digits];
                let begins = |number: &str| number.to_lowercase().replace('-', "").starts_with(typed);
                let expected: Vec<_> = all.iter().filter(|order| begins(&order.number)).cloned().collect();
                assert_eq!(found(&bench, typed, None).await, expected, "{typed}");
                assert_eq!(found(&bench, typed, Some(Lifecycle::Closed)).await, [], "{typed}");
            }
        }
    }
}

#[tokio::test]
async fn an_order_opens_to_its_owner_to_staff_and_to_its_key_alone() {
    let engine = TestEngine::sqlite();
    let bench = Bench::new(&engine).await;
    place(&bench, 1).await;
    let all = bench.orders.list(&bench.staff(), OrderFilter::default(), PageRequest::first(9)).await.unwrap();
    let number = all.items[0].number.clone();
    let stranger = cx(Actor::person("cus_other", Permissions::NONE));
    let by_owner = bench.orders.by_number(&bench.shopper(), number.clone(), None).await.unwrap().unwrap();
    assert!(bench.orders.by_number(&stranger, number.clone(), None).await.unwrap().is_none());
    assert!(bench.orders.by_number(&stranger, number.clone(), Some("0".repeat(32))).await.unwrap().is_none());
    let key = Some(by_owner.access_key.clone());
    assert_eq!(bench.orders.by_number(&stranger, number, key).await.unwrap().unwrap().id, by_owner.id);
    let denied = bench.orders.list(&stranger, OrderFilter::default(), PageRequest::first(9)).await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn a_page_out_of_bounds_is_refused_by_field() {
    let engine = TestEngine::sqlite();
    let bench = Bench::new(&engine).await;
    let refused = bench.orders.list(&bench.staff(), OrderFilter::default(), PageRequest::first(0)).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "limit");
    let page = PageRequest { limit: 5, after: Some(souk_types::Cursor("nonsense".into())) };
    let refused = bench.orders.list(&bench.staff(), OrderFilter::default(), page).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "after");
}

#[tokio::test]
async fn the_books_have_every_order_once_and_are_for_staff_alone() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        place(&bench, 5).await;
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
        loop {
            let found = bench.orders.books(&bench.staff(), page.clone()).await.unwrap();
            seen.extend(found.items.into_iter().map(|order| order.id));
            match found.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 5);
        let denied = bench.orders.books(&bench.shopper(), PageRequest::first(2)).await.unwrap_err();
        assert_eq!(denied.kind(), ErrorKind::Denied);
        assert_eq!(bench.orders.audit(&bench.staff()).await.unwrap(), [""; 0]);
    }
}
