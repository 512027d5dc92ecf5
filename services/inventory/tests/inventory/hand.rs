use souk_contracts::{
    LocationId,
    inventory::{Error, LOW_MAX, Level, LevelChange, LevelFilter, LevelSort, MovementKind, Transfer},
    permission::{STOCK_MANAGE, STOCK_READ},
};
use souk_inventory::DEFAULT_LOCATION;
use souk_types::{Cursor, ErrorKind, Page, PageRequest, Permissions, ServiceError};

use crate::rig::{Rig, SECOND, back_room, each_engine};

fn transfer(quantity: u32) -> Transfer {
    Transfer { sku: "tea".to_owned(), from: DEFAULT_LOCATION, to: SECOND, quantity, reason: "shelf is full".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_by_hand_is_in_the_ledger() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 10).await;
        rig.adjust("tea", DEFAULT_LOCATION, LevelChange::By(-1)).await.unwrap();
        rig.adjust("tea", DEFAULT_LOCATION, LevelChange::Count { expected: 9, counted: 12 }).await.unwrap();
        let level = rig.adjust("tea", DEFAULT_LOCATION, LevelChange::Safety(2)).await.unwrap();
        assert_eq!((level.on_hand, level.safety, level.available()), (12, 2, 10));
        assert_eq!(level, rig.level("tea", DEFAULT_LOCATION).await);
        let movements = rig.movements("tea").await;
        let changes: Vec<_> = movements.iter().rev().map(|movement| (movement.kind, movement.on_hand)).collect();
        assert_eq!(movements[0].reason, "by a test");
        assert_eq!(changes.len(), 4);
        assert!(changes.contains(&(MovementKind::Received, 10)));
        assert!(changes.contains(&(MovementKind::Adjusted, -1)));
        assert!(changes.contains(&(MovementKind::Adjusted, 3)));
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_spoken_for_cannot_be_written_off_or_kept_back() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 10).await;
        rig.reserve(rig.order(), &[("tea", 7)]).await.unwrap();
        for change in [LevelChange::By(-4), LevelChange::Safety(4), LevelChange::Count { expected: 10, counted: 6 }] {
            let refused = rig.adjust("tea", DEFAULT_LOCATION, change).await.unwrap_err();
            assert_eq!(refused, Error::WouldGoNegative { available: 3 });
        }
        rig.adjust("tea", DEFAULT_LOCATION, LevelChange::By(-3)).await.unwrap();
        assert_eq!(rig.available("tea").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_a_level_that_moved_is_refused() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 10).await;
        let refused = rig.adjust("tea", DEFAULT_LOCATION, LevelChange::Count { expected: 9, counted: 12 }).await;
        assert_eq!(refused, Err(Error::Changed { on_hand: 10 }));
        assert_eq!(rig.counters("tea").await, [10, 0, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_leaves_no_level_behind() {
    each_engine(async |rig| {
        assert!(rig.adjust("tea", DEFAULT_LOCATION, LevelChange::By(-1)).await.is_err());
        assert!(rig.adjust("tea", DEFAULT_LOCATION, LevelChange::Receive(0)).await.is_err());
        let nowhere = rig.adjust("tea", LocationId::from_bits(99), LevelChange::Receive(1)).await;
        assert_eq!(nowhere.unwrap_err().kind(), ErrorKind::Invalid);
        let page = rig.client.levels(&rig.cx(), LevelFilter::default(), PageRequest::first(10)).await.unwrap();
        assert!(page.items.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_free_stock_is_transferred() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", DEFAULT_LOCATION, 10).await;
        rig.reserve(rig.order(), &[("tea", 7)]).await.unwrap();
        let refused = rig.client.transfer(&rig.cx(), transfer(4)).await;
        assert_eq!(refused, Err(Error::WouldGoNegative { available: 3 }));
        rig.client.transfer(&rig.cx(), transfer(3)).await.unwrap();
        assert_eq!(rig.level("tea", DEFAULT_LOCATION).await.on_hand, 7);
        assert_eq!(rig.level("tea", SECOND).await.on_hand, 3);
        assert_eq!(rig.told().await, [("tea".to_owned(), true)]);
        let nowhere = Transfer { to: DEFAULT_LOCATION, ..transfer(1) };
        assert_eq!(rig.client.transfer(&rig.cx(), nowhere).await.unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_come_in_pages_and_by_prefix_and_scarcity() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        for (sku, pieces) in [("a b", 1), ("a", 2), ("b", 3), ("é", 4)] {
            rig.receive(sku, DEFAULT_LOCATION, pieces).await;
        }
        rig.receive("a", SECOND, 9).await;
        let mut request = PageRequest::first(2);
        let mut seen = Vec::new();
        loop {
            let page = rig.client.levels(&rig.cx(), LevelFilter::default(), request.clone()).await.unwrap();
            seen.extend(page.items.into_iter().map(|level| (level.sku, level.on_hand)));
            request.after = page.next;
            if request.after.is_none() {
                break;
            }
        }
        let expected = [("a", 2), ("a", 9), ("a b", 1), ("b", 3), ("é", 4)];
        assert_eq!(seen, expected.map(|(sku, on_hand)| (sku.to_owned(), on_hand)));

        let filter = LevelFilter { sku_prefix: Some("a".to_owned()), available_max: Some(2), ..LevelFilter::default() };
        let page = rig.client.levels(&rig.cx(), filter, PageRequest::first(10)).await.unwrap();
        assert_eq!(page.items.iter().map(|level| level.sku.as_str()).collect::<Vec<_>>(), ["a", "a b"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_levels_of_one_place_fill_their_pages() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        for sku in ["a", "b", "c", "d", "e"] {
            rig.receive(sku, DEFAULT_LOCATION, 5).await;
        }
        for sku in ["b", "d", "e"] {
            rig.receive(sku, SECOND, 1).await;
        }
        let here = LevelFilter { location: Some(SECOND), ..LevelFilter::default() };
        let mut request = PageRequest::first(2);
        let first = rig.client.levels(&rig.cx(), here.clone(), request.clone()).await.unwrap();
        let found = |page: &Page<Level>| -> Vec<(String, LocationId)> {
            page.items.iter().map(|level| (level.sku.clone(), level.location)).collect()
        };
        assert_eq!(found(&first), [("b".to_owned(), SECOND), ("d".to_owned(), SECOND)]);
        request.after = first.next;
        let last = rig.client.levels(&rig.cx(), here, request).await.unwrap();
        assert_eq!(found(&last), [("e".to_owned(), SECOND)]);
        assert!(last.next.is_none());
        let nowhere = LevelFilter { location: Some(LocationId::from_bits(99)), ..LevelFilter::default() };
        let none = rig.client.levels(&rig.cx(), nowhere, PageRequest::first(2)).await.unwrap();
        assert!(none.items.is_empty() && none.next.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn movements_come_in_pages_newest_first() {
    each_engine(async |rig| {
        for pieces in 1..=5 {
            rig.clock.advance(std::time::Duration::from_millis(2));
            rig.receive("tea", DEFAULT_LOCATION, pieces).await;
        }
        let first = rig.client.movements(&rig.cx(), "tea".to_owned(), PageRequest::first(3)).await.unwrap();
        let rest = PageRequest { limit: 3, after: first.next };
        let rest = rig.client.movements(&rig.cx(), "tea".to_owned(), rest).await.unwrap();
        let all: Vec<_> = first.items.iter().chain(&rest.items).map(|movement| movement.on_hand).collect();
        assert_eq!(all, [5, 4, 3, 2, 1]);
        assert!(rest.next.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_seen_and_changed_by_those_who_may() {
    each_engine(async |rig| {
        let nobody = rig.cx_of(Permissions::NONE);
        let reader = rig.cx_of(STOCK_READ);
        let manager = rig.cx_of(STOCK_MANAGE);
        let (page, filter) = (PageRequest::first(10), LevelFilter::default());
        let place = back_room();
        let denied = |outcome: Option<ErrorKind>| assert_eq!(outcome, Some(ErrorKind::Denied));
        denied(rig.client.levels(&nobody, filter.clone(), page.clone()).await.err().map(|error| error.kind()));
        denied(rig.client.movements(&nobody, "tea".to_owned(), page.clone()).await.err().map(|error| error.kind()));
        denied(rig.client.locations(&nobody).await.err().map(|error| error.kind()));
        denied(rig.client.audit(&nobody).await.err().map(|error| error.kind()));
        denied(rig.client.save_location(&reader, place.clone()).await.err().map(|error| error.kind()));
        denied(rig.client.transfer(&reader, transfer(1)).await.err().map(|error| error.kind()));
        rig.client.levels(&reader, filter, page.clone()).await.unwrap();
        rig.client.movements(&reader, "tea".to_owned(), page).await.unwrap();
        rig.client.save_location(&manager, place).await.unwrap();
        assert_eq!(rig.client.availability(&nobody, vec!["tea".to_owned()]).await.unwrap()[0].available, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_is_one_statement_and_in_the_order_asked() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", DEFAULT_LOCATION, 2).await;
        rig.receive("tea", SECOND, 3).await;
        rig.receive("cup", SECOND, 1).await;
        let skus = ["tea", "unheard of", "cup"].map(str::to_owned).to_vec();
        let before = rig.store.statements();
        let available = rig.client.availability(&rig.cx(), skus).await.unwrap();
        assert_eq!(rig.store.statements() - before, 1);
        let found: Vec<_> = available.iter().map(|found| (found.sku.as_str(), found.available)).collect();
        assert_eq!(found, [("tea", 5), ("unheard of", 0), ("cup", 1)]);
    })
    .await;
}

/// All levels of a list, read two by two: SKU, place and what is available.
async fn listed(rig: &Rig, filter: &LevelFilter) -> Vec<(i64, String, LocationId)> {
    let (mut seen, mut request) = (Vec::new(), PageRequest::first(2));
    loop {
        let page = rig.client.levels(&rig.cx(), filter.clone(), request.clone()).await.unwrap();
        seen.extend(page.items.into_iter().map(|level| (level.available(), level.sku, level.location)));
        let Some(next) = page.next else { return seen };
        request.after = Some(next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_are_sorted_by_sku_and_by_what_runs_out_first() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        for (sku, here, there) in [("a", 3, 3), ("b c", 7, 1), ("B", 3, 9), ("d.1", 3, 0), ("é", 12, 3), ("f", 1, 0)] {
            rig.receive(sku, DEFAULT_LOCATION, here).await;
            if there > 0 {
                rig.receive(sku, SECOND, there).await;
            }
        }
        rig.reserve(rig.order(), &[("a", 2)]).await.unwrap();
        let all = LevelFilter::default();
        let own = listed(&rig, &all).await;
        assert_eq!(own.len(), 10);
        for available_max in [None, Some(LOW_MAX), Some(1), Some(0), Some(8)] {
            let filter = |sort| LevelFilter { available_max, sort: Some(sort), ..all.clone() };
            let mut expected = own.clone();
            expected.retain(|(available, ..)| available_max.is_none_or(|most| *available <= most));
            assert_eq!(listed(&rig, &filter(LevelSort::Sku)).await, expected, "{available_max:?}");
            let mut reversed = expected.clone();
            reversed.reverse();
            assert_eq!(listed(&rig, &filter(LevelSort::SkuReversed)).await, reversed, "{available_max:?}");
            expected.sort_by_key(|(available, sku, place)| (*available, sku.clone(), place.to_string()));
            assert_eq!(listed(&rig, &filter(LevelSort::Scarcest)).await, expected, "{available_max:?}");
            expected.reverse();
            assert_eq!(listed(&rig, &filter(LevelSort::Amplest)).await, expected, "{available_max:?}");
        }
        let narrowed = [
            LevelFilter { location: Some(SECOND), ..all.clone() },
            LevelFilter { sku_prefix: Some("b".to_owned()), ..all.clone() },
        ];
        for narrowed in narrowed {
            let mut expected = listed(&rig, &narrowed).await;
            expected.reverse();
            let backwards = LevelFilter { sort: Some(LevelSort::SkuReversed), ..narrowed.clone() };
            assert_eq!(listed(&rig, &backwards).await, expected);
            let by_number = LevelFilter { sort: Some(LevelSort::Scarcest), ..narrowed };
            let refused = rig.client.levels(&rig.cx(), by_number, PageRequest::first(2)).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "sort");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_one_order_of_levels_is_none_in_another() {
    each_engine(async |rig| {
        for sku in ["a", "b", "c"] {
            rig.receive(sku, DEFAULT_LOCATION, 1).await;
        }
        let list = async |sort, after| {
            let filter = LevelFilter { sort: Some(sort), ..LevelFilter::default() };
            rig.client.levels(&rig.cx(), filter, PageRequest { limit: 2, after }).await
        };
        for sort in LevelSort::ALL {
            let place = list(*sort, None).await.unwrap().next;
            for other in LevelSort::ALL.iter().filter(|other| *other != sort) {
                let refused = list(*other, place.clone()).await.unwrap_err();
                assert_eq!(refused.fields()[0].field, "after", "{sort} {other}");
            }
        }
        for nonsense in ["available.loc.x", "available.loc.x a", "loc a"] {
            let refused = list(LevelSort::Scarcest, Some(Cursor(nonsense.into()))).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "after", "{nonsense}");
        }
    })
    .await;
}
