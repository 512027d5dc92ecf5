//! The index stays as the catalogue is.

mod shop;

use std::{fs, sync::atomic::Ordering, time::Duration};

use shop::{Shop, path, placed, product, query, with};
use souk_contracts::{
    CategoryId, ProductId,
    catalog::{CategoriesChanged, Category, ProductStatus, ProductsChanged},
    inventory::{AvailabilityChanged, StockListed},
    search::{Filters, Query, RebuildState, Sort},
};
use souk_types::{ErrorKind, EventId, ServiceError};

#[tokio::test]
async fn a_change_can_be_found_when_its_event_is_acknowledged() {
    let shop = Shop::with(vec![product(1, "Old name")]).await;
    let started = std::time::Instant::now();
    shop.put(vec![with(product(1, "New name"), |new| new.version = 2), product(2, "Another")]).await;
    assert!(started.elapsed() < Duration::from_secs(2));
    assert!(shop.titles("old").await.is_empty());
    assert_eq!(shop.titles("new").await, ["New name"]);
    assert_eq!(shop.search.status(&shop.cx()).await.unwrap().documents, 2);
}

#[tokio::test]
async fn archived_and_deleted_products_are_gone() {
    let shop = Shop::with(vec![product(1, "Lamp one"), product(2, "Lamp two"), product(3, "Lamp three")]).await;
    shop.set(with(product(1, "Lamp one"), |lamp| (lamp.status, lamp.version) = (ProductStatus::Archived, 2)));
    shop.world.products.lock().unwrap().remove(&ProductId::from_bits(2));
    shop.tell(&ProductsChanged { products: [1, 2].map(ProductId::from_bits).to_vec() }).await;
    assert_eq!(shop.titles("lamp").await, ["Lamp three"]);
    shop.put(vec![with(product(1, "Lamp one"), |lamp| lamp.version = 3)]).await;
    assert_eq!(shop.titles("lamp").await.len(), 2);
}

#[tokio::test]
async fn an_older_version_does_not_overwrite_a_newer_one() {
    let shop = Shop::with(vec![with(product(1, "Version two"), |product| product.version = 2)]).await;
    shop.put(vec![product(1, "Version one")]).await;
    assert_eq!(shop.titles("version").await, ["Version two"]);
}

#[tokio::test]
async fn stock_is_followed_and_survives_other_changes() {
    for engine in souk_store::testing::engines() {
        let shop = Shop::on(engine).await;
        shop.put(vec![product(1, "Cup"), product(2, "Cup")]).await;
        let in_stock = async |shop: &Shop| {
            let filters = Filters { in_stock: true, ..Filters::default() };
            shop.find(Query { filters, ..query("cup") }).await.total
        };
        assert_eq!(in_stock(&shop).await, 2);
        shop.world.stock.lock().unwrap().insert("S-1".to_owned(), 0);
        shop.tell(&AvailabilityChanged { sku: "S-1".to_owned(), in_stock: false }).await;
        shop.tell(&AvailabilityChanged { sku: "unknown".to_owned(), in_stock: false }).await;
        shop.soon("sold out", async |shop| in_stock(shop).await == 1).await;
        let cup = shop.find(query("cup")).await.hits.into_iter().find(|hit| hit.product == ProductId::from_bits(1));
        assert!(!cup.unwrap().in_stock);
        shop.tell(&AvailabilityChanged { sku: "S-1".to_owned(), in_stock: true }).await;
        shop.soon("back in stock", async |shop| in_stock(shop).await == 2).await;
    }
}

#[tokio::test]
async fn a_product_with_many_variants_is_in_stock_while_one_is() {
    let shop = Shop::with(vec![with(product(1, "Shirt"), |shirt| {
        let mut large = shirt.variants[0].clone();
        large.sku = "S-1-L".to_owned();
        shirt.variants.push(large);
    })])
    .await;
    let is_in_stock = async |shop: &Shop| shop.find(query("shirt")).await.hits[0].in_stock;
    shop.tell(&AvailabilityChanged { sku: "S-1".to_owned(), in_stock: false }).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(is_in_stock(&shop).await);
    shop.tell(&AvailabilityChanged { sku: "S-1-L".to_owned(), in_stock: false }).await;
    shop.soon("sold out", async |shop| !is_in_stock(shop).await).await;
}

#[tokio::test]
async fn first_stock_of_many_skus_is_asked_for_and_shown() {
    let shop = Shop::open().await;
    let cups: Vec<_> = (1..=3).map(|number| product(number, "Cup")).collect();
    shop.world.stock.lock().unwrap().extend(cups.iter().map(|cup| (cup.variants[0].sku.clone(), 0)));
    let skus: Vec<String> = cups.iter().map(|cup| cup.variants[0].sku.clone()).collect();
    shop.put(cups).await;
    let in_stock = async |shop: &Shop| {
        let filters = Filters { in_stock: true, ..Filters::default() };
        shop.find(Query { filters, ..query("cup") }).await.total
    };
    assert_eq!(in_stock(&shop).await, 0);
    // One was bought whole meanwhile: what is so now counts, not what the event was about.
    shop.world.stock.lock().unwrap().extend([(skus[0].clone(), 5), (skus[1].clone(), 5)]);
    shop.tell(&StockListed { skus }).await;
    assert_eq!(in_stock(&shop).await, 2);
}

#[tokio::test]
async fn popularity_counts_each_order_once() {
    for engine in souk_store::testing::engines() {
        let shop = Shop::on(engine).await;
        shop.put(vec![product(1, "Cup"), product(2, "Cup")]).await;
        let placed = |number, quantity| placed(&shop, number, quantity);
        let again = EventId::generate(&shop.env);
        for _ in 0..5 {
            shop.tell_as(&placed(1, 2), again).await;
        }
        shop.tell(&placed(2, 3)).await;
        let first = async || shop.find(Query { sort: Sort::Popularity, ..query("") }).await.hits[0].product;
        for _ in 0..200 {
            if first().await == ProductId::from_bits(2) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(first().await, ProductId::from_bits(2));
        // A product that is indexed again keeps what it has.
        shop.put(vec![with(product(2, "Cup"), |cup| cup.version = 2)]).await;
        assert_eq!(first().await, ProductId::from_bits(2));
    }
}

#[tokio::test]
async fn renamed_and_moved_categories_are_followed() {
    let shop = Shop::with(vec![
        with(product(1, "Knife"), |knife| knife.category = path(&["Kitchen", "Blades"])),
        with(product(2, "Rake"), |rake| rake.category = path(&["Garden"])),
    ])
    .await;
    let category = |number, parent: Option<u128>, name: &str, slug: &str| Category {
        id: CategoryId::from_bits(number),
        parent: parent.map(CategoryId::from_bits),
        name: name.to_owned(),
        slug: slug.to_owned(),
        position: 0,
        version: 1,
    };
    *shop.world.categories.lock().unwrap() = vec![
        category(1, None, "Kitchen", "kitchen"),
        category(2, Some(1), "Cutlery", "blades"),
        category(3, None, "Garden", "garden"),
    ];
    shop.set(with(product(1, "Knife"), |knife| {
        knife.category = path(&["Kitchen", "Cutlery"]);
        knife.category.as_mut().unwrap().slugs[1] = "blades".to_owned();
    }));
    shop.tell(&CategoriesChanged {}).await;
    assert_eq!(shop.titles("cutlery").await, ["Knife"]);
    assert!(shop.titles("blades").await.is_empty());
}

#[tokio::test]
async fn a_restart_finds_the_index_as_it_was() {
    let shop = Shop::with(vec![product(1, "Lamp")]).await;
    shop.complete().await;
    // What the catalogue does while search is off comes by events that are delivered again, not by itself.
    shop.set(product(2, "Late lamp"));
    let shop = shop.restarted().await;
    assert_eq!(shop.titles("lamp").await, ["Lamp"]);
    shop.put(vec![product(2, "Late lamp")]).await;
    assert_eq!(shop.titles("lamp").await.len(), 2);
}

#[tokio::test]
async fn a_damaged_folder_is_built_anew() {
    let mut shop = Shop::with((0..300).map(|number| product(number, "Lamp")).collect()).await;
    shop.complete().await;
    for damage in 0..4 {
        let folder = shop.index_folder();
        let build = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).find(|path| path.is_dir()).unwrap();
        match damage {
            0 => fs::write(folder.join("CURRENT"), b"\xff\x00garbage").unwrap(),
            1 => fs::write(folder.join("CURRENT"), "0 index-1").unwrap(),
            2 => {
                for file in fs::read_dir(&build).unwrap().map(|file| file.unwrap().path()) {
                    if file.extension().is_some_and(|end| end == "store" || end == "idx") {
                        let mut bytes = fs::read(&file).unwrap();
                        let middle = bytes.len() / 2;
                        bytes[middle] ^= 0xff;
                        fs::write(&file, bytes).unwrap();
                    }
                }
            }
            _ => fs::write(build.join("meta.json"), "{").unwrap(),
        }
        shop = shop.restarted().await;
        shop.soon("all found again", async |shop| shop.find(query("lamp")).await.total == 300).await;
        // Only when the build is complete is it trusted by the next start.
        shop.complete().await;
    }
}

#[tokio::test]
async fn an_index_begun_while_the_catalogue_is_away_is_filled_later() {
    let shop = Shop::with(vec![product(1, "Lamp")]).await;
    shop.complete().await;
    fs::remove_file(shop.index_folder().join("CURRENT")).unwrap();
    shop.world.is_down.store(true, Ordering::SeqCst);
    let shop = shop.restarted().await;
    assert!(shop.titles("lamp").await.is_empty());
    shop.world.is_down.store(false, Ordering::SeqCst);
    shop.soon("found", async |shop| shop.titles("lamp").await.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reindexing_serves_meanwhile_and_misses_nothing() {
    let shop = Shop::with((0..600).map(|number| product(number, "Lamp")).collect()).await;
    shop.complete().await;
    // The catalogue has moved on unheard, and goes on while the index is built.
    shop.world.products.lock().unwrap().remove(&ProductId::from_bits(0));
    let cx = shop.staff();
    let rebuild = shop.search.reindex(&cx);
    let meanwhile = async {
        for number in 1..20_u128 {
            assert!(shop.find(query("lamp")).await.total > 500);
            shop.put(vec![with(product(number, "Lantern"), |lantern| lantern.version = 2)]).await;
        }
    };
    let (status, ()) = tokio::join!(rebuild, meanwhile);
    assert_eq!(status.unwrap().documents, 599);
    assert_eq!(shop.find(query("lantern")).await.total, 19);
    assert_eq!(shop.find(query("lamp")).await.total, 580);
    let builds = |shop: &Shop| {
        fs::read_dir(shop.index_folder()).unwrap().filter(|file| file.as_ref().unwrap().path().is_dir()).count()
    };
    shop.soon("the old index is removed", async |shop| builds(shop) == 1).await;
    let shop = shop.restarted().await;
    assert_eq!(shop.find(query("lantern")).await.total, 19);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reindexing_in_the_background_says_how_it_goes() {
    let shop = Shop::with((0..300).map(|number| product(number, "Lamp")).collect()).await;
    shop.complete().await;
    let cx = shop.staff();
    assert_eq!(shop.search.status(&cx).await.unwrap().rebuild, None);
    shop.world.products.lock().unwrap().remove(&ProductId::from_bits(0));
    let begun = shop.search.start_reindex(&cx).await.unwrap().rebuild.unwrap();
    assert_eq!((begun.state, begun.ended_at), (RebuildState::Running, None));
    // Asked for again while it is under way, it is the same one.
    let again = shop.search.start_reindex(&cx).await.unwrap().rebuild.unwrap();
    assert_eq!(again.started_at, begun.started_at);
    shop.soon("it has ended", async |shop| {
        shop.search.status(&cx).await.unwrap().rebuild.unwrap().state == RebuildState::Finished
    })
    .await;
    let status = shop.search.status(&cx).await.unwrap();
    assert_eq!((status.documents, status.rebuild.unwrap().done), (299, 299));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reindexing_that_fails_says_why_and_leaves_the_index_as_it_was() {
    let shop = Shop::with((0..20).map(|number| product(number, "Lamp")).collect()).await;
    shop.complete().await;
    let cx = shop.staff();
    shop.world.is_down.store(true, Ordering::SeqCst);
    shop.search.start_reindex(&cx).await.unwrap();
    shop.soon("it has failed", async |shop| {
        shop.search.status(&cx).await.unwrap().rebuild.unwrap().state == RebuildState::Failed
    })
    .await;
    let status = shop.search.status(&cx).await.unwrap();
    assert!(status.rebuild.unwrap().failure.is_some_and(|why| !why.is_empty()));
    assert_eq!(status.documents, 20);
}

#[tokio::test]
async fn reindexing_is_for_staff() {
    let shop = Shop::open().await;
    let refused = shop.search.reindex(&shop.cx()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    let refused = shop.search.start_reindex(&shop.cx()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
}
