use souk_contracts::cart::Warning;
use souk_types::{ErrorKind, ServiceError as _};

use crate::rig::{add, each_engine, eur, set};

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_price_is_said_until_the_shopper_touches_the_line() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 5);
        rig.shop.sell("cup", 300, 5);
        rig.change(vec![add("tea", 2)]).await.unwrap();
        rig.shop.sell("tea", 120, 5);
        let changed = Warning::PriceChanged { was: eur(100), now: eur(120) };
        let cart = rig.change(vec![add("cup", 1)]).await.unwrap();
        assert_eq!(cart.subtotal, eur(540));
        let later = rig.view().await;
        assert_eq!((&cart.lines[0].warnings, &later.lines[0].warnings), (&vec![changed.clone()], &vec![changed]));
        rig.change(vec![set("tea", 2)]).await.unwrap();
        assert_eq!(rig.view().await.lines[0].warnings, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_bought_is_shown_and_not_counted() {
    each_engine(async |rig| {
        for sku in ["tea", "cup", "pot", "jar"] {
            rig.shop.sell(sku, 100, 5);
        }
        rig.change(vec![add("tea", 1), add("cup", 4), add("pot", 1), add("jar", 1)]).await.unwrap();
        rig.shop.sell("cup", 100, 3);
        rig.shop.sell("pot", 100, 0);
        rig.shop.withdraw("jar");
        let cart = rig.view().await;
        let warnings: Vec<_> = cart.lines.iter().flat_map(|line| line.warnings.clone()).collect();
        assert_eq!(warnings, [Warning::OnlyLeft { available: 3 }, Warning::SoldOut, Warning::Gone]);
        assert_eq!((cart.subtotal, cart.weight_g, cart.pieces), (eur(100), 10, 7));
        assert_eq!((cart.lines[3].title.as_str(), cart.lines[3].unit_price), ("A jar", eur(100)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_checked_is_shown_as_it_was_seen_and_can_be_taken_out() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 5);
        rig.shop.sell("cup", 300, 5);
        rig.change(vec![add("tea", 2), add("cup", 1)]).await.unwrap();
        rig.shop.sell("tea", 120, 5);
        for (away, price) in [("catalog", 100), ("inventory", 120)] {
            rig.shop.away.lock().unwrap().push(away);
            let cart = rig.view().await;
            assert_eq!((cart.lines[0].title.as_str(), cart.lines[0].unit_price), ("A tea", eur(price)), "{away}");
            assert!(cart.lines.iter().all(|line| line.is_unchecked() && !line.can_be_bought()), "{away}");
            assert_eq!((cart.subtotal, cart.pieces), (eur(0), 3));
            let refused = rig.change(vec![add("tea", 1)]).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Unavailable);
            rig.shop.away.lock().unwrap().clear();
        }
        rig.shop.away.lock().unwrap().push("catalog");
        assert_eq!(rig.change(vec![set("tea", 0)]).await.unwrap().pieces, 1);
        rig.shop.away.lock().unwrap().clear();
        assert_eq!((rig.view().await.subtotal, &rig.view().await.lines[0].warnings), (eur(300), &vec![]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_one_statement() {
    each_engine(async |rig| {
        rig.shop.sell("tea", 100, 5);
        rig.change(vec![add("tea", 2)]).await.unwrap();
        let before = rig.store.statements();
        rig.view().await;
        assert_eq!(rig.store.statements() - before, if rig.redis.is_some() { 0 } else { 1 });
    })
    .await;
}
