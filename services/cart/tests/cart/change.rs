use souk_contracts::cart::{CartState, Error, Warning};
use souk_types::{
    Actor, Cx, ErrorKind, Permissions, ServiceError, TraceId,
    limits::{CART_LINES_MAX, LINE_QUANTITY_MAX},
};
use tokio::task::JoinSet;

use crate::rig::{Rig, add, each_engine, eur, quantities, set};

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_comes_into_being_with_its_first_line() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 250, 9);
        let empty = rig.view().await;
        assert_eq!((empty.id, empty.version, empty.state, empty.subtotal), (None, 0, CartState::Open, eur(0)));
        let cart = rig.change(vec![add("tea", 2)]).await.unwrap();
        assert_eq!(quantities(&cart), [("tea", 2)]);
        assert_eq!((cart.pieces, cart.subtotal, cart.weight_g), (2, eur(500), 20));
        assert_eq!(
            (cart.lines[0].title.as_str(), cart.lines[0].unit_price, cart.lines[0].total),
            ("A tea", eur(250), eur(500))
        );
        assert_eq!(rig.view().await, cart);
        let changed = rig.change(vec![add("tea", 1)]).await.unwrap();
        assert_eq!((changed.id, changed.version), (cart.id, cart.version + 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_from_nothing_makes_no_cart() {
    each_engine(async |rig| {
        let cart = rig.change(vec![set("tea", 0)]).await.unwrap();
        assert_eq!((cart.id, cart.lines.len()), (None, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_sums_up_and_setting_replaces() {
    each_engine(async |rig| {
        for sku in ["tea", "cup", "pot"] {
            rig.shop.sell(sku, 100, 50);
        }
        rig.change(vec![add("tea", 2), add("cup", 1), add("tea", 3)]).await.unwrap();
        let cart = rig.change(vec![set("cup", 7), set("pot", 2), add("tea", 1)]).await.unwrap();
        assert_eq!(quantities(&cart), [("tea", 6), ("cup", 7), ("pot", 2)]);
        let cart = rig.change(vec![set("tea", 0)]).await.unwrap();
        assert_eq!(quantities(&cart), [("cup", 7), ("pot", 2)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_are_applied_or_none() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 50);
        rig.shop.sell("cup", 100, 0);
        let unknown = rig.change(vec![add("tea", 1), add("unheard of", 1)]).await;
        assert_eq!(unknown, Err(Error::UnknownSku { sku: "unheard of".to_owned() }));
        let sold_out = rig.change(vec![add("tea", 1), add("cup", 1)]).await;
        assert_eq!(sold_out, Err(Error::SoldOut { sku: "cup".to_owned(), title: "A cup".to_owned() }));
        assert_eq!(rig.view().await.id, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quantity_beyond_what_there_is_is_lowered_and_said() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 5);
        rig.shop.sell("cup", 100, 100_000);
        let cart = rig.change(vec![add("tea", 3), add("tea", 4), set("cup", 5_000)]).await.unwrap();
        assert_eq!(quantities(&cart), [("tea", 5), ("cup", LINE_QUANTITY_MAX)]);
        assert_eq!(cart.lines[0].warnings, [Warning::Lowered { asked: 7 }]);
        assert_eq!(cart.lines[1].warnings, [Warning::Lowered { asked: 5_000 }]);
        assert_eq!(cart.subtotal, eur(100 * (5 + i64::from(LINE_QUANTITY_MAX))));
        assert!(rig.view().await.lines.iter().all(|line| line.warnings.is_empty()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_sold_can_still_be_removed() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 5);
        rig.change(vec![add("tea", 3)]).await.unwrap();
        rig.shop.withdraw("tea");
        assert!(rig.change(vec![set("tea", 1)]).await.is_err());
        assert_eq!(rig.change(vec![set("tea", 0)]).await.unwrap().lines, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_holds_so_many_lines_and_no_more() {
    each_engine(async |rig| {
        let skus: Vec<_> = (0..=CART_LINES_MAX).map(|number| format!("sku{number}")).collect();
        for sku in &skus {
            rig.shop.sell(sku, 100, 5);
        }
        rig.change(skus[1..].iter().map(|sku| add(sku, 1)).collect()).await.unwrap();
        let refused = rig.change(vec![add(&skus[0], 1)]).await;
        assert_eq!(refused, Err(Error::TooManyLines { lines_max: CART_LINES_MAX }));
        rig.change(vec![add(&skus[0], 1), set(&skus[1], 0)]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused() {
    each_engine(async |rig| {
        let many = vec![set("tea", 1); CART_LINES_MAX + 1];
        for changes in [vec![], vec![add("tea", 0)], vec![add("", 1)], vec![set(&"x".repeat(501), 1)], many] {
            assert_eq!(rig.change(changes).await.unwrap_err().kind(), ErrorKind::Invalid);
        }
    })
    .await;
}

async fn statements_of_a_change(rig: &Rig, sku: &str) -> u64 {
    let before = rig.store.statements();
    rig.change(vec![add(sku, 1)]).await.unwrap();
    rig.store.statements() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_costs_the_same_few_statements_whatever_the_number_of_lines() {
    each_engine(async |rig| {
        let skus: Vec<_> = (0..150).map(|number| format!("sku{number}")).collect();
        for sku in &skus {
            rig.shop.sell(sku, 100, 5);
        }
        let first = statements_of_a_change(&rig, &skus[0]).await;
        let one = statements_of_a_change(&rig, &skus[0]).await;
        rig.change(skus.iter().map(|sku| add(sku, 1)).collect()).await.unwrap();
        let many = statements_of_a_change(&rig, &skus[1]).await;
        // With Redis the store is asked once, whether it has carts from before.
        let expected = if rig.redis.is_some() { [1, 0, 0] } else { [3; 3] };
        assert_eq!([first, one, many], expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_from_many_tabs_are_all_kept() {
    each_engine(async |rig| {
        let mut tabs = JoinSet::new();
        for number in 0..20 {
            let sku = format!("sku{:02}", number / 2);
            rig.shop.sell(&sku, 100, 50);
            let (service, cx, ann, wish) = (rig.service(), rig.cx_of(rig.ann), rig.ann, rig.wish());
            tabs.spawn(async move { service.change(&cx, ann, wish, vec![add(&sku, 1)]).await });
        }
        for view in tabs.join_all().await {
            assert!(view.unwrap().lines.iter().all(|line| line.warnings.is_empty()));
        }
        let cart = rig.view().await;
        assert_eq!((cart.lines.len(), cart.pieces), (10, 20));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_is_for_its_customer_and_the_system_only() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 5);
        let somebody = rig.cx_of(rig.somebody());
        let anonymous = Cx::new(Actor::ANONYMOUS, std::time::Duration::from_secs(9), TraceId::generate(&rig.env));
        let staff = Cx { actor: Actor::person("stf_1", Permissions::ALL), ..anonymous.clone() };
        for cx in [somebody, anonymous, staff] {
            let view = rig.client.view(&cx, rig.ann).await;
            let change = rig.client.change(&cx, rig.ann, rig.wish(), vec![add("tea", 1)]).await;
            let merge = rig.client.merge(&cx, rig.somebody(), rig.ann).await;
            for refused in [view, change, merge] {
                assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
            }
        }
        rig.client.change(&rig.cx_of_system(), rig.ann, rig.wish(), vec![add("tea", 1)]).await.unwrap();
    })
    .await;
}
