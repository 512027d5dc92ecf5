//! What staff keep around orders: notes and filters; and several orders at once.

use souk_contracts::orders::{Lifecycle, NOTE_BYTES_MAX, Order, OrderFilter, SAVED_FILTERS_MAX, SavedFilter};
use souk_store::testing::engines;
use souk_types::{ErrorKind, Id, ServiceError};

use crate::fakes::{Bench, cart_of};

async fn placed(bench: &Bench, number: u128) -> Order {
    bench.world().cart = cart_of(Id::from_bits(3_000 + number), &[("A", 1, 1_000)]);
    bench.clock.advance(std::time::Duration::from_secs(1));
    bench.orders.place(&bench.shopper(), bench.request()).await.unwrap().order().clone()
}

async fn words(bench: &Bench, cx: &souk_types::Cx, order: &Order) -> Vec<(String, String)> {
    let history = bench.orders.history(cx, order.customer, order.id).await.unwrap();
    history.into_iter().map(|entry| (entry.what, entry.detail)).collect()
}

#[tokio::test]
async fn a_note_stands_in_the_history_for_staff_and_changes_nothing_about_the_order() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let order = placed(&bench, 1).await;
        let before = words(&bench, &bench.staff(), &order).await;
        let noted = bench.staff().with_idempotency_key("form 1".to_owned());
        for _ in 0..2 {
            bench.orders.note(&noted, order.customer, order.id, " called, wants it later \n".into()).await.unwrap();
        }
        bench.clock.advance(std::time::Duration::from_secs(1));
        bench.orders.hold(&bench.staff(), order.customer, order.id, true, "later".into()).await.unwrap();
        let after = words(&bench, &bench.staff(), &order).await;
        let mut expected = before.clone();
        expected.push(("note".to_owned(), "called, wants it later".to_owned()));
        expected.push(("held".to_owned(), "later".to_owned()));
        assert_eq!(after, expected);
        let held = bench.orders.by_number(&bench.staff(), order.number.clone(), None).await.unwrap().unwrap();
        assert_eq!(held.version, order.version + 1);
        let shopper = words(&bench, &bench.shopper(), &order).await;
        assert!(shopper.iter().all(|(what, _)| what != "note"), "{shopper:?}");
        assert_eq!(bench.orders.audit(&bench.staff()).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_note_is_staffs_and_has_a_bound() {
    let engine = engines().remove(0);
    let bench = Bench::new(&engine).await;
    let order = placed(&bench, 1).await;
    let note = async |cx: souk_types::Cx, text: String| {
        bench.orders.note(&cx, order.customer, order.id, text).await.map_err(|error| error.kind())
    };
    assert_eq!(note(bench.shopper(), "mine".into()).await, Err(ErrorKind::Denied));
    assert_eq!(note(bench.staff(), "  ".into()).await, Err(ErrorKind::Invalid));
    assert_eq!(note(bench.staff(), "x".repeat(NOTE_BYTES_MAX + 1)).await, Err(ErrorKind::Invalid));
    let nobody = bench.orders.note(&bench.staff(), order.customer, Id::from_bits(1), "x".into()).await;
    assert_eq!(nobody.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn several_orders_come_in_the_order_asked() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let (first, second) = (placed(&bench, 1).await, placed(&bench, 2).await);
        let typed = second.number.to_lowercase().replace('-', " ");
        let asked = vec![typed, "K7P2-0000".to_owned(), first.number.clone(), "?".to_owned()];
        let found = bench.orders.many(&bench.staff(), asked.clone()).await.unwrap();
        assert_eq!(found, [second, first]);
        assert_eq!(bench.orders.many(&bench.shopper(), asked).await.unwrap_err().kind(), ErrorKind::Denied);
        let many = vec!["x".to_owned(); 101];
        assert_eq!(bench.orders.many(&bench.staff(), many).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn filters_are_saved_by_name_for_all_staff() {
    for engine in engines() {
        let bench = Bench::new(&engine).await;
        let filter = |name: &str, lifecycle| SavedFilter {
            name: name.to_owned(),
            filter: OrderFilter { lifecycle, text: Some("ann@example.com".into()), ..OrderFilter::default() },
        };
        let save = async |saved| bench.orders.save_filter(&bench.staff(), saved).await.map_err(|error| error.kind());
        save(filter("To look at", Some(Lifecycle::OnHold))).await.unwrap();
        save(filter(" Ann's ", None)).await.unwrap();
        save(filter("To look at", Some(Lifecycle::Placed))).await.unwrap();
        let saved = bench.orders.saved_filters(&bench.staff()).await.unwrap();
        assert_eq!(saved, [filter("Ann's", None), filter("To look at", Some(Lifecycle::Placed))]);
        bench.orders.delete_filter(&bench.staff(), "Ann's".into()).await.unwrap();
        assert_eq!(bench.orders.saved_filters(&bench.staff()).await.unwrap().len(), 1);
        assert_eq!(save(filter(" ", None)).await, Err(ErrorKind::Invalid));
        for number in 1..SAVED_FILTERS_MAX {
            save(filter(&number.to_string(), None)).await.unwrap();
        }
        assert_eq!(save(filter("one more", None)).await, Err(ErrorKind::Conflict));
        assert_eq!(save(filter("1", Some(Lifecycle::Closed))).await, Ok(()));
        let refused = bench.orders.save_filter(&bench.shopper(), filter("mine", None)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Denied);
    }
}
