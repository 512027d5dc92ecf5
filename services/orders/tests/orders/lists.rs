//! Who sees which orders, and in which order.

use souk_contracts::orders::{Lifecycle, OrderFilter, OrderSort, OrderSummary};
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

/// All that a list has, read two by two.
async fn listed(bench: &Bench, filter: &OrderFilter) -> Vec<OrderSummary> {
    let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let found = bench.orders.list(&bench.staff(), filter.clone(), page.clone()).await.unwrap();
        seen.extend(found.items);
        let Some(next) = found.next else { return seen };
        page.after = Some(next);
    }
}

/// Orders of which some have the same total, and some were made in the same moment.
async fn place_dear_and_cheap(bench: &Bench) {
    for (n, price) in [500, 900, 500, 100, 900, 500, 700].into_iter().enumerate() {
        bench.world().cart = cart_of(Id::from_bits(1_000 + n as u128), &[("A", 1, price)]);
        if n % 2 == 0 {
            bench.clock.advance(std::time::Duration::from_secs(1));
        }
        bench.orders.place(&bench.shopper(), bench.request()).await.unwrap();
    }
}

#[tokio::test]
async fn every_order_of_the_list_has_every_order_once() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        place_dear_and_cheap(&bench).await;
        let newest = listed(&bench, &OrderFilter::default()).await;
        assert_eq!(newest.len(), 7);
        let totals: std::collections::BTreeSet<i64> = newest.iter().map(|order| order.total.minor).collect();
        assert_eq!(totals.len(), 4, "some are alike");
        let beginning = newest[0].number[..3].to_owned();
        for text in [None, Some("ANN@example.com".to_owned()), Some(beginning)] {
            for lifecycle in [None, Some(Lifecycle::Placed), Some(Lifecycle::Closed)] {
                let filter = OrderFilter { lifecycle, text: text.clone(), ..OrderFilter::default() };
                let own = listed(&bench, &filter).await;
                for sort in filter.sorts() {
                    let mut expected = own.clone();
                    expected.sort_by_key(|order| match sort {
                        OrderSort::Newest | OrderSort::Oldest => (order.created_at.as_micros(), order.id.to_string()),
                        OrderSort::Cheapest | OrderSort::Dearest => (order.total.minor, order.id.to_string()),
                    });
                    if sort.as_str().starts_with('-') {
                        expected.reverse();
                    }
                    let sorted = OrderFilter { sort: Some(*sort), ..filter.clone() };
                    assert_eq!(listed(&bench, &sorted).await, expected, "{sorted:?}");
                }
                assert_eq!(own.is_empty(), lifecycle == Some(Lifecycle::Closed), "{filter:?}");
            }
        }
    }
}

#[tokio::test]
async fn orders_are_listed_in_no_order_that_would_be_wrong() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        place_dear_and_cheap(&bench).await;
        let list = async |filter: OrderFilter, after| {
            bench.orders.list(&bench.staff(), filter, PageRequest { limit: 2, after }).await
        };
        // The orders of a status are too many to be sorted.
        let (lifecycle, sort) = (Some(Lifecycle::Placed), Some(OrderSort::Dearest));
        let refused = list(OrderFilter { lifecycle, sort, ..OrderFilter::default() }, None).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "sort");
        let sorted = |sort| OrderFilter { sort: Some(sort), ..OrderFilter::default() };
        for sort in OrderSort::ALL {
            let place = list(sorted(*sort), None).await.unwrap().next;
            for other in OrderSort::ALL.iter().filter(|other| *other != sort) {
                let refused = list(sorted(*other), place.clone()).await.unwrap_err();
                assert_eq!(refused.fields()[0].field, "after", "{sort} {other}");
            }
        }
    }
}
