//! Categories and collections.

use std::time::Duration;

use crate::fixture::{Shop, anyone, draft, eur, shops, staff};
use souk_contracts::{
    CategoryId, CollectionId,
    catalog::{
        CategoryDraft, CollectionDraft, CollectionFilter, CollectionSort, CollectionSummary, Condition, Error, Members,
        ProductDraft, ProductStatus,
    },
};
use souk_types::{Cursor, ErrorKind, PageRequest, ServiceError as _};

async fn titles(shop: &Shop, slug: &str) -> Vec<String> {
    let page = shop.catalog.collection_products(&anyone(), slug.to_owned(), PageRequest::first(100)).await.unwrap();
    page.items.into_iter().map(|item| item.title).collect()
}

fn rule(title: &str, conditions: Vec<Condition>) -> CollectionDraft {
    CollectionDraft { id: None, version: None, title: title.to_owned(), members: Members::Rule(conditions) }
}

fn in_category(title: &str, names: &[&str]) -> ProductDraft {
    ProductDraft { category: names.iter().map(|name| (*name).to_owned()).collect(), ..draft(title, title, 1_000) }
}

fn category(name: &str, parent: Option<CategoryId>) -> CategoryDraft {
    CategoryDraft { id: None, version: None, parent, name: name.to_owned(), position: 0 }
}

/// All that a list has, read two by two.
async fn listed(shop: &Shop, filter: &CollectionFilter) -> Vec<CollectionSummary> {
    let (mut found, mut request) = (Vec::new(), PageRequest::first(2));
    loop {
        let page = shop.catalog.list_collections(&staff(), filter.clone(), request.clone()).await.unwrap();
        found.extend(page.items);
        let Some(next) = page.next else { return found };
        request.after = Some(next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_listed_newest_first_with_what_is_below_it_and_without_drafts() {
    for shop in shops().await {
        let hidden = ProductDraft { status: ProductStatus::Draft, ..in_category("Draft boot", &["Men", "Shoes"]) };
        let drafts = vec![
            in_category("Old boot", &["Men", "Shoes"]),
            in_category("Belt", &["Men"]),
            in_category("Dress", &["Women"]),
            hidden,
            in_category("New boot", &["Men", "Shoes"]),
        ];
        for draft in drafts {
            shop.clock.advance(Duration::from_millis(1));
            shop.catalog.upsert(&staff(), vec![draft]).await.unwrap();
        }
        let categories = shop.catalog.categories(&anyone()).await.unwrap();
        let men = categories.iter().find(|category| category.slug == "men").map(|category| category.id);
        let read = async |category, limit| {
            let (mut titles, mut request) = (Vec::new(), PageRequest::first(limit));
            loop {
                let page = shop.catalog.newest(&anyone(), category, request.clone()).await.unwrap();
                titles.extend(page.items.into_iter().map(|item| item.title));
                let Some(next) = page.next else { return titles };
                request.after = Some(next);
            }
        };
        for limit in [1, 2, 100] {
            assert_eq!(read(men, limit).await, ["Belt", "New boot", "Old boot"]);
            assert_eq!(read(None, limit).await, ["New boot", "Dress", "Belt", "Old boot"]);
        }
        assert!(read(Some(CategoryId::from_bits(7)), 9).await.is_empty());
        let made_up = PageRequest { limit: 9, after: Some(Cursor("elsewhere".to_owned())) };
        assert_eq!(shop.catalog.newest(&anyone(), men, made_up).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_nest_and_have_slugs_of_their_own() {
    for shop in shops().await {
        let cx = staff();
        let men = shop.catalog.save_category(&cx, category("Men", None)).await.unwrap();
        let women = shop.catalog.save_category(&cx, category("Women", None)).await.unwrap();
        let shoes = shop.catalog.save_category(&cx, category("Shoes", Some(men))).await.unwrap();
        shop.catalog.save_category(&cx, category("Shoes", Some(women))).await.unwrap();
        let slugs: Vec<_> =
            shop.catalog.categories(&anyone()).await.unwrap().into_iter().map(|found| found.slug).collect();
        assert_eq!(slugs, ["men", "shoes", "women", "women-shoes"]);
        let twice = shop.catalog.save_category(&cx, category("Men", None)).await.unwrap_err();
        assert_eq!((twice.kind(), twice.fields()[0].field.as_str()), (ErrorKind::Conflict, "name"));
        let circle = CategoryDraft { id: Some(men), ..category("Men", Some(shoes)) };
        assert_eq!(shop.catalog.save_category(&cx, circle).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_category_shows_in_its_products() {
    for shop in shops().await {
        shop.create(in_category("Boot", &["Shoes", "Boots"])).await;
        let shoes = shop.catalog.categories(&anyone()).await.unwrap()[0].id;
        let renamed = CategoryDraft { id: Some(shoes), ..category("Footwear", None) };
        shop.catalog.save_category(&staff(), renamed).await.unwrap();
        let path = shop.found("boot").await.category.unwrap();
        assert_eq!(
            (path.names, path.slugs),
            (vec!["Footwear".to_owned(), "Boots".to_owned()], vec!["shoes".to_owned(), "boots".to_owned()])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picked_collection_keeps_its_order() {
    for shop in shops().await {
        let mug = shop.create(draft("Mug", "MUG", 1)).await.id;
        let cup = shop.create(draft("Cup", "CUP", 1)).await.id;
        let picked = |members| CollectionDraft {
            id: None,
            version: None,
            title: "Favourites".to_owned(),
            members: Members::Picked(members),
        };
        let id = shop.catalog.save_collection(&staff(), picked(vec![cup, mug])).await.unwrap();
        assert_eq!(titles(&shop, "favourites").await, ["Cup", "Mug"]);
        let found = shop.catalog.collection_by_slug(&anyone(), "favourites".to_owned()).await.unwrap().unwrap();
        assert_eq!((found.id, found.members), (id, Members::Picked(vec![cup, mug])));
        assert_eq!(shop.catalog.collection_by_slug(&anyone(), "nothing".to_owned()).await.unwrap(), None);
        let turned = CollectionDraft { id: Some(id), ..picked(vec![mug, cup]) };
        shop.catalog.save_collection(&staff(), turned).await.unwrap();
        assert_eq!(titles(&shop, "favourites").await, ["Mug", "Cup"]);
        let nobody = souk_contracts::ProductId::generate(&shop.env);
        assert!(shop.catalog.save_collection(&staff(), picked(vec![nobody])).await.is_err());
        let first =
            shop.catalog.collection_products(&anyone(), "favourites".to_owned(), PageRequest::first(1)).await.unwrap();
        let page = PageRequest { limit: 1, after: first.next };
        let second = shop.catalog.collection_products(&anyone(), "favourites".to_owned(), page).await.unwrap();
        assert_eq!((second.items[0].title.as_str(), second.next), ("Cup", None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_takes_in_what_is_there_already() {
    for shop in shops().await {
        for number in 0..12 {
            let brand = if number % 2 == 0 { "Even" } else { "Odd" };
            let product = draft(&format!("P{number:02}"), "", 100 * number);
            shop.create(ProductDraft { brand: brand.to_owned(), ..product }).await;
        }
        let conditions =
            vec![Condition::Brand("Even".to_owned()), Condition::PriceFrom(400), Condition::PriceUnder(1_000)];
        shop.catalog.save_collection(&staff(), rule("Cheap and even", conditions)).await.unwrap();
        shop.run_jobs().await;
        let mut found = titles(&shop, "cheap-and-even").await;
        found.sort();
        assert_eq!(found, ["P04", "P06", "P08"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_product_enters_and_leaves_by_rule() {
    for shop in shops().await {
        shop.catalog.save_collection(&staff(), rule("Sale", vec![Condition::OnSale])).await.unwrap();
        let tagged = rule("Summer", vec![Condition::Tag("summer".to_owned())]);
        shop.catalog.save_collection(&staff(), tagged).await.unwrap();
        shop.run_jobs().await;
        let mut mug = draft("Mug", "MUG", 1_000);
        mug.variants[0].compare_at = Some(eur(2_000));
        mug.tags = vec!["summer".to_owned()];
        let product = shop.create(mug.clone()).await;
        assert_eq!((titles(&shop, "sale").await.len(), titles(&shop, "summer").await.len()), (1, 1));
        mug.variants[0].compare_at = None;
        let product = shop.catalog.update(&staff(), product.id, product.version, mug.clone()).await.unwrap();
        assert_eq!((titles(&shop, "sale").await.len(), titles(&shop, "summer").await.len()), (0, 1));
        mug.status = ProductStatus::Archived;
        shop.catalog.update(&staff(), product.id, product.version, mug).await.unwrap();
        let page =
            shop.catalog.collection_products(&staff(), "summer".to_owned(), PageRequest::first(9)).await.unwrap();
        assert_eq!(page.items, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_category_changes_who_matches() {
    for shop in shops().await {
        shop.create(in_category("Boot", &["Shoes", "Boots"])).await;
        shop.create(in_category("Tent", &["Outdoor"])).await;
        let categories = shop.catalog.categories(&anyone()).await.unwrap();
        let id = |name: &str| categories.iter().find(|category| category.name == name).unwrap().id;
        shop.catalog.save_collection(&staff(), rule("Out", vec![Condition::Category(id("Outdoor"))])).await.unwrap();
        shop.run_jobs().await;
        assert_eq!(titles(&shop, "out").await, ["Tent"]);
        let moved = CategoryDraft { id: Some(id("Boots")), ..category("Boots", Some(id("Outdoor"))) };
        shop.catalog.save_category(&staff(), moved).await.unwrap();
        shop.run_jobs().await;
        let mut found = titles(&shop, "out").await;
        found.sort();
        assert_eq!(found, ["Boot", "Tent"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_says_nothing_is_refused() {
    for shop in shops().await {
        let nowhere = CategoryId::generate(&shop.env);
        for conditions in [vec![], vec![Condition::Brand(" ".to_owned())], vec![Condition::Category(nowhere)]] {
            let refused: Error = shop.catalog.save_collection(&staff(), rule("X", conditions)).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Invalid);
        }
        let missing = shop.catalog.collection_products(&anyone(), "none".to_owned(), PageRequest::first(9)).await;
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_and_collections_are_changed_only_in_the_version_that_was_seen() {
    for shop in shops().await {
        let (cx, catalog) = (staff(), &shop.catalog);
        let cups = catalog.save_category(&cx, category("Cups", None)).await.unwrap();
        let seen =
            |version: i64, name: &str| CategoryDraft { id: Some(cups), version: Some(version), ..category(name, None) };
        catalog.save_category(&cx, seen(1, "Mugs")).await.unwrap();
        let late = catalog.save_category(&cx, seen(1, "Pots")).await.unwrap_err();
        assert_eq!(late, Error::VersionConflict { current: 2 });
        let tree = catalog.categories(&cx).await.unwrap();
        assert_eq!((tree[0].name.as_str(), tree[0].version), ("Mugs", 2));
        let late = catalog.delete_category(&cx, cups, Some(1)).await.unwrap_err();
        assert_eq!(late, Error::VersionConflict { current: 2 });

        let out = rule("Out", vec![Condition::Category(cups)]);
        let id = catalog.save_collection(&cx, out.clone()).await.unwrap();
        let seen = |version: i64, title: &str| CollectionDraft {
            id: Some(id),
            version: Some(version),
            title: title.to_owned(),
            ..out.clone()
        };
        // Its rule is applied anew, and staff change nothing about it by that.
        let above = catalog.save_category(&cx, category("Above", None)).await.unwrap();
        let moved = CategoryDraft { id: Some(cups), ..category("Mugs", Some(above)) };
        catalog.save_category(&cx, moved).await.unwrap();
        catalog.save_collection(&cx, seen(1, "Outside")).await.unwrap();
        let late = catalog.save_collection(&cx, seen(1, "Inside")).await.unwrap_err();
        assert_eq!(late, Error::VersionConflict { current: 2 });
        let stored = catalog.collection(&cx, id).await.unwrap().unwrap();
        assert_eq!((stored.title.as_str(), stored.version), ("Outside", 2));
        let late = catalog.delete_collection(&cx, id, Some(1)).await.unwrap_err();
        assert_eq!(late, Error::VersionConflict { current: 2 });
        for _ in 0..2 {
            catalog.delete_collection(&cx, id, Some(2)).await.unwrap();
        }
        catalog.delete_category(&cx, cups, Some(3)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_empty_category_is_deleted() {
    for shop in shops().await {
        let mug = shop.create(in_category("Mug", &["Kitchen", "Cups"])).await;
        let id = |categories: &[souk_contracts::catalog::Category], name: &str| {
            categories.iter().find(|category| category.name == name).unwrap().id
        };
        let categories = shop.catalog.categories(&anyone()).await.unwrap();
        let (kitchen, cups) = (id(&categories, "Kitchen"), id(&categories, "Cups"));
        let delete =
            async |category| shop.catalog.delete_category(&staff(), category, None).await.map_err(|error| error.kind());
        assert_eq!(delete(kitchen).await, Err(ErrorKind::Conflict), "there is a category below it");
        assert_eq!(delete(cups).await, Err(ErrorKind::Conflict), "there is a product in it");
        shop.catalog.update(&staff(), mug.id, mug.version, draft("Mug", "Mug", 1_000)).await.unwrap();
        let cup_rule = rule("Cups", vec![Condition::Category(cups)]);
        let collection = shop.catalog.save_collection(&staff(), cup_rule).await.unwrap();
        assert_eq!(delete(cups).await, Err(ErrorKind::Conflict), "a rule speaks of it");
        shop.catalog.delete_collection(&staff(), collection, None).await.unwrap();
        assert_eq!(delete(cups).await, Ok(()));
        assert_eq!(delete(kitchen).await, Ok(()));
        assert_eq!(delete(kitchen).await, Err(ErrorKind::NotFound));
        assert_eq!(shop.catalog.categories(&anyone()).await.unwrap(), []);
        // A product that names them again brings them back.
        shop.create(in_category("Bowl", &["Kitchen"])).await;
        assert_eq!(shop.found("bowl").await.category.unwrap().names, ["Kitchen"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_would_be_in_a_collection_and_changes_nothing() {
    for shop in shops().await {
        for number in 0..20 {
            let brand = if number % 4 == 0 { "Rare" } else { "Common" };
            let product = draft(&format!("P{number:02}"), "", 100 + number);
            shop.create(ProductDraft { brand: brand.to_owned(), ..product }).await;
            // The newest come first.
            shop.clock.advance(Duration::from_millis(1));
        }
        let hidden = ProductDraft { brand: "Rare".to_owned(), status: ProductStatus::Draft, ..draft("H", "", 1) };
        shop.create(hidden).await;
        let preview = async |members| shop.catalog.preview_collection(&staff(), members).await;
        let rare = preview(Members::Rule(vec![Condition::Brand("Rare".to_owned())])).await.unwrap();
        let titles: Vec<_> = rare.items.iter().map(|item| item.title.as_str()).collect();
        assert_eq!(titles, ["P16", "P12", "P08", "P04", "P00"]);
        assert_eq!((rare.matched, rare.looked_at, rare.complete), (5, 21, true));
        let common = preview(Members::Rule(vec![Condition::Brand("Common".to_owned())])).await.unwrap();
        assert_eq!((common.matched, common.items.len()), (15, 12));
        let picked = preview(Members::Picked(vec![rare.items[1].id, rare.items[0].id])).await.unwrap();
        assert_eq!((picked.matched, picked.items[0].title.as_str()), (2, "P12"));
        assert_eq!(preview(Members::Rule(Vec::new())).await.unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(listed(&shop, &CollectionFilter::default()).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_listed_by_title_and_deleted_with_their_members() {
    for shop in shops().await {
        let mug = shop.create(draft("Mug", "MUG", 1)).await.id;
        for title in ["C.c", "A.a", "B.b", "A.a"] {
            let members = Members::Picked(vec![mug]);
            let collection = CollectionDraft { id: None, version: None, title: title.to_owned(), members };
            shop.catalog.save_collection(&staff(), collection).await.unwrap();
        }
        let summer = rule("D", vec![Condition::Tag("summer".to_owned())]);
        let by_rule = shop.catalog.save_collection(&staff(), summer).await.unwrap();
        let seen = listed(&shop, &CollectionFilter::default()).await;
        let titles: Vec<_> = seen.iter().map(|collection| collection.title.as_str()).collect();
        assert_eq!(titles, ["A.a", "A.a", "B.b", "C.c", "D"]);
        assert!(seen[4].by_rule && seen[4].is_filling && !seen[0].by_rule && !seen[0].is_filling);
        shop.run_jobs().await;
        let filled = listed(&shop, &CollectionFilter::default()).await;
        assert!(!filled[4].is_filling);
        for id in [seen[0].id, by_rule, by_rule] {
            shop.catalog.delete_collection(&staff(), id, None).await.unwrap();
        }
        assert_eq!(shop.catalog.collection(&staff(), seen[0].id).await.unwrap(), None);
        let gone = shop.catalog.collection_products(&anyone(), seen[0].slug.clone(), PageRequest::first(9)).await;
        assert_eq!(gone.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(shop.catalog.product(&staff(), mug).await.unwrap().unwrap().title, "Mug");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_found_by_words_of_their_title_in_both_orders() {
    for shop in shops().await {
        let titles =
            ["Summer. Sale", "Sale of Éclairs", "sale, 100 %", "Winter", "Summer. Sale", "\u{10ffff}\u{10ffff}"];
        for title in titles {
            let members = Members::Picked(Vec::new());
            let collection = CollectionDraft { id: None, version: None, title: title.to_owned(), members };
            shop.catalog.save_collection(&staff(), collection).await.unwrap();
        }
        let known = listed(&shop, &CollectionFilter::default()).await;
        assert_eq!(known.len(), titles.len());
        assert!(known.is_sorted_by_key(|collection| (collection.title.clone(), collection.id)));
        for (text, count) in [("", 6), (" ", 6), ("SALE", 4), ("sale sum", 2), ("éclair", 1), ("%", 1), ("sale win", 0)]
        {
            let has_all = |title: &str| text.to_lowercase().split_whitespace().all(|word| title.contains(word));
            let mut expected: Vec<_> =
                known.iter().filter(|collection| has_all(&collection.title.to_lowercase())).cloned().collect();
            assert_eq!(expected.len(), count, "{text}");
            for sort in [None, Some(CollectionSort::Title)] {
                let filter = CollectionFilter { text: Some(text.to_owned()), sort };
                assert_eq!(listed(&shop, &filter).await, expected, "{text}");
            }
            expected.reverse();
            let filter = CollectionFilter { text: Some(text.to_owned()), sort: Some(CollectionSort::TitleReversed) };
            assert_eq!(listed(&shop, &filter).await, expected, "{text}");
        }
        let filter = CollectionFilter { text: Some("no\0title".to_owned()), sort: None };
        assert_eq!(listed(&shop, &filter).await, []);
    }
}

/// More titles than the first look takes in.
#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_found_behind_a_thousand_others() {
    for shop in shops().await {
        let cx = staff();
        let fill = |tx: &mut souk_store::Tx<'_>| {
            let row = souk_store::sql!(
                "INSERT INTO collections (collection_id, title, slug, members, is_rule, version, sweep)
                 VALUES (?1, ?2, ?1, ?3, FALSE, 1, 1)"
            );
            for number in 0..1_200 {
                let id = CollectionId::generate(tx.env()).to_string();
                let title = if number % 600 == 599 { format!("Z{number} sale") } else { format!("N{number:04}") };
                tx.exec(row, souk_store::params![id, title, r#"{"picked":[]}"#])?;
            }
            Ok::<_, souk_types::Fault>(())
        };
        shop.store.write(&cx, fill).await.unwrap();
        for (sort, titles) in [
            (CollectionSort::Title, ["Z1199 sale", "Z599 sale"]),
            (CollectionSort::TitleReversed, ["Z599 sale", "Z1199 sale"]),
        ] {
            let found = listed(&shop, &CollectionFilter { text: Some("SALE".to_owned()), sort: Some(sort) }).await;
            assert_eq!(found.iter().map(|collection| collection.title.as_str()).collect::<Vec<_>>(), titles);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_among_collections_in_one_order_is_none_in_another() {
    for shop in shops().await {
        for title in ["A", "B", "C"] {
            let members = Members::Picked(Vec::new());
            let collection = CollectionDraft { id: None, version: None, title: title.to_owned(), members };
            shop.catalog.save_collection(&staff(), collection).await.unwrap();
        }
        let list = async |sort, after| {
            let filter = CollectionFilter { text: None, sort: Some(sort) };
            shop.catalog.list_collections(&staff(), filter, PageRequest { limit: 2, after }).await
        };
        let next = list(CollectionSort::Title, None).await.unwrap().next;
        assert_eq!(list(CollectionSort::Title, next.clone()).await.unwrap().items.len(), 1);
        let refused = list(CollectionSort::TitleReversed, next).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "after");
        for nonsense in ["", "x", "title.", "title..A", "title.x", "title.x.", "title.x.A\0B"] {
            let refused = list(CollectionSort::Title, Some(Cursor(nonsense.into()))).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "after", "{nonsense:?}");
        }
    }
}
