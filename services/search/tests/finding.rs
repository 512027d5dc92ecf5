//! What is found by which words.

mod shop;

use shop::{Shop, path, product, query, with};
use souk_contracts::{
    CartId, CustomerId, OrderId, ProductId,
    catalog::{Attribute, AttributeValue, ProductOption},
    orders::{OrderPlaced, OrderRef, PlacedLine},
};
use souk_types::{Currency, Money};

#[tokio::test]
async fn every_text_of_a_product_is_searched() {
    let shop = Shop::with(vec![
        product(1, "Filler"),
        with(product(2, "Kettle"), |kettle| {
            kettle.brand = "Brewton".to_owned();
            kettle.category = path(&["Kitchen", "Appliances"]);
            kettle.description = "<p>Boils <b>water</b> quickly &amp; quietly</p>".to_owned();
            kettle.tags = vec!["breakfast".to_owned()];
            kettle.options = vec![ProductOption { name: "Colour".to_owned(), values: vec!["Crimson".to_owned()] }];
            let text = |name: &str, value| Attribute { name: name.to_owned(), value };
            kettle.attributes = vec![
                text("Material", AttributeValue::Text("Porcelain".to_owned())),
                text("Cordless", AttributeValue::Flag(true)),
                text("Dishwasher", AttributeValue::Flag(false)),
            ];
            kettle.variants[0].sku = "KT-100/X".to_owned();
            kettle.variants[0].barcode = "4006381333931".to_owned();
        }),
    ])
    .await;
    for text in [
        "kettle",
        "brewton",
        "kitchen",
        "appliance",
        "quietly",
        "breakfast",
        "crimson",
        "porcelain",
        "cordless",
        "KT-100/X",
        "kt100x",
        "kt 100 x",
        "4006381333931",
        "Brewton kettles",
    ] {
        assert_eq!(shop.titles(text).await, ["Kettle"], "{text}");
    }
    for text in ["dishwasher", "b", "amp"] {
        assert!(shop.titles(text).await.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn singular_and_plural_find_each_other() {
    let shop = Shop::with(vec![product(1, "Blue batteries"), product(2, "Glass lens"), product(3, "Switch")]).await;
    assert_eq!(shop.titles("battery").await, ["Blue batteries"]);
    assert_eq!(shop.titles("lenses").await, ["Glass lens"]);
    assert_eq!(shop.titles("switches").await, ["Switch"]);
}

#[tokio::test]
async fn typing_errors_are_forgiven_by_length_and_reported() {
    let shop = Shop::with(vec![product(1, "Wireless headphones"), product(2, "Red lamp"), product(3, "Red mug")]).await;
    for text in ["headphnoes", "haedphones", "headpones", "wireles headfones"] {
        let found = shop.find(query(text)).await;
        assert_eq!(found.hits.len(), 1, "{text}");
        assert_eq!(found.hits[0].title, "Wireless headphones");
        assert!(found.did_you_mean.unwrap().contains("headphones"), "{text}");
    }
    assert_eq!(shop.titles("lanp").await, ["Red lamp"]);
    // Short words and numbers are taken as they are.
    assert!(shop.titles("rad").await.is_empty());
    assert_eq!(shop.find(query("red lamp")).await.did_you_mean, None);
}

#[tokio::test]
async fn a_rare_spelling_is_found_and_the_usual_one_offered() {
    let mut products: Vec<_> = (1..40).map(|number| product(number, "Printer paper")).collect();
    products.push(product(50, "Primter toy"));
    let shop = Shop::with(products).await;
    let found = shop.find(query("primter")).await;
    assert_eq!(found.hits[0].title, "Primter toy");
    assert_eq!(found.did_you_mean.as_deref(), Some("printer"));
}

#[tokio::test]
async fn an_unfinished_last_word_finds_what_it_may_become() {
    let shop = Shop::with(vec![product(1, "Garden umbrella"), product(2, "Garden hose")]).await;
    assert_eq!(shop.titles("garden umbr").await[0], "Garden umbrella");
    let suggestions = shop.search.suggest(&shop.cx(), "garden u".to_owned()).await.unwrap();
    assert_eq!(suggestions.products.len(), 1);
    assert_eq!(suggestions.queries, ["garden umbrella"]);
}

#[tokio::test]
async fn suggestions_complete_words_categories_and_products() {
    let shop = Shop::with(vec![
        with(product(1, "Leather laptop bag"), |bag| bag.category = path(&["Bags", "Laptop bags"])),
        with(product(2, "Laptop sleeve"), |sleeve| sleeve.category = path(&["Bags", "Laptop bags"])),
        with(product(3, "Desk"), |desk| desk.category = path(&["Furniture"])),
    ])
    .await;
    let suggestions = shop.search.suggest(&shop.cx(), "lap".to_owned()).await.unwrap();
    assert_eq!(suggestions.queries[0], "laptop");
    assert!(suggestions.queries.contains(&"laptop bag".to_owned()), "{:?}", suggestions.queries);
    assert_eq!(suggestions.categories, [("Laptop bags".to_owned(), "laptop bags".to_owned())]);
    assert_eq!(suggestions.products.len(), 2);
    let nothing = shop.search.suggest(&shop.cx(), "  ".to_owned()).await.unwrap();
    assert!(nothing.products.is_empty() && nothing.queries.is_empty());
}

#[tokio::test]
async fn other_words_for_the_same_thing_find_it() {
    let products =
        || vec![product(1, "Comfortable sofa"), product(2, "USB flash drive 16 GB"), product(3, "Drive belt")];
    let shop = Shop::with(products()).await;
    assert_eq!(shop.titles("couches").await, ["Comfortable sofa"]);
    assert_eq!(shop.titles("memory stick").await, ["USB flash drive 16 GB"]);
    let shop = Shop::with_synonyms(products(), "throne => sofa").await;
    assert_eq!(shop.titles("throne").await, ["Comfortable sofa"]);
    assert!(shop.titles("couch").await.is_empty());
}

#[tokio::test]
async fn words_may_be_written_together_apart_or_with_a_hyphen() {
    let shop = Shop::with(vec![product(1, "Smart watch"), product(2, "Wi-Fi router"), product(3, "Card 16 GB")]).await;
    for (text, title) in [
        ("smartwatch", "Smart watch"),
        ("smartwatches", "Smart watch"),
        ("smart-watch", "Smart watch"),
        ("wifi", "Wi-Fi router"),
        ("wi fi", "Wi-Fi router"),
        ("16gb card", "Card 16 GB"),
    ] {
        assert_eq!(shop.titles(text).await.first().map(String::as_str), Some(title), "{text}");
    }
}

#[tokio::test]
async fn titles_come_before_descriptions_and_phrases_before_scattered_words() {
    let shop = Shop::with(vec![
        with(product(1, "Charger"), |charger| charger.description = "For every tent lamp".to_owned()),
        product(2, "Lamp with tent hook"),
        product(3, "Tent lamp"),
    ])
    .await;
    assert_eq!(shop.titles("tent lamp").await, ["Tent lamp", "Lamp with tent hook", "Charger"]);
}

#[tokio::test]
async fn results_have_all_words_when_there_are_enough_of_them() {
    let mut products: Vec<_> = (1..=12).map(|number| product(number, &format!("Red chair {number}"))).collect();
    products.extend((21..=30).map(|number| product(number, "Red table")));
    let shop = Shop::with(products).await;
    assert_eq!(shop.find(query("red chair")).await.total, 12);
    // With too few, what has most of the words is better than nothing.
    assert!(shop.titles("red chair unobtainium").await[0].starts_with("Red chair"));
}

#[tokio::test]
async fn snippets_show_where_the_words_are() {
    let shop = Shop::with(vec![with(product(1, "Jacket"), |jacket| {
        jacket.description = "<p>Warm &lt;and&gt; light.</p><p>Two <em>pockets</em> with zips.</p>".to_owned();
    })])
    .await;
    let found = shop.find(query("jacket pocket")).await;
    let snippet = &found.hits[0].snippet;
    let marked: Vec<&str> = snippet.iter().filter(|part| part.found).map(|part| part.text.as_str()).collect();
    assert_eq!(marked, ["pockets"]);
    let text: String = snippet.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(text, "Warm <and> light. Two pockets with zips.");
    assert!(shop.find(query("")).await.hits[0].snippet.is_empty());
}

#[tokio::test]
async fn odd_input_does_no_harm() {
    let shop = Shop::with(vec![product(1, "Thing")]).await;
    let long = "word ".repeat(80);
    for text in ["!!!", "\"", "a AND (b OR", "title:x", "\u{0}", "ﷺ", "the", "of the and", long.trim()] {
        shop.find(query(text)).await;
        shop.search.suggest(&shop.cx(), text.to_owned()).await.unwrap();
    }
    let too_long = shop.search.search(&shop.cx(), query(&"x".repeat(401))).await;
    assert!(too_long.is_err());
}

#[tokio::test]
async fn the_beginning_of_a_code_finds_what_has_it_before_anything_else() {
    let coded = |number, title: &str, sku: &str| {
        let sku = sku.to_owned();
        with(product(number, title), |product| product.variants[0].sku = sku)
    };
    let shop = Shop::with(vec![
        coded(1, "Quillon headphones", "QUI-HEA-4T-BLU"),
        coded(2, "Bluetooth speaker", "BLT-1"),
        coded(3, "Football 4", "FOO-4"),
        coded(4, "Mountain bike", "MTB-7"),
        coded(5, "Wind shirt", "ZT-M-WIND"),
    ])
    .await;
    for text in ["QUI-HEA-4T-BLU", "QUI-HEA-4T-BL", "qui-hea-4t-", "QUI-HEA-4", "qui-hea"] {
        let found = shop.find(query(text)).await;
        assert_eq!(found.hits[0].title, "Quillon headphones", "{text}");
        assert_eq!((found.total, found.did_you_mean), (1, None), "{text}");
        let suggested = shop.search.suggest(&shop.cx(), text.to_owned()).await.unwrap();
        assert_eq!(suggested.products[0].title, "Quillon headphones", "{text}");
        assert!(suggested.queries.is_empty(), "{text}: {:?}", suggested.queries);
    }
    assert_eq!(shop.titles("zt-m").await, ["Wind shirt"]);
}

#[tokio::test]
async fn the_beginning_of_a_code_of_ordinary_words_finds_what_has_it_first() {
    let coded = |number, title: &str, sku: &str| {
        let sku = sku.to_owned();
        with(product(number, title), |product| product.variants[0].sku = sku)
    };
    let shop = Shop::with(vec![
        coded(1, "Crimson cup", "MUG-RED-L"),
        coded(2, "Mug red", "X-1"),
        coded(3, "Red mug", "X-2"),
        coded(4, "Mug", "MUG-BLUE-L"),
        coded(5, "Linen t-shirt", "L-1"),
        coded(6, "T-shirt", "X-3"),
        coded(7, "Sail", "TSHIRT-SAIL"),
    ])
    .await;
    sell(&shop, 2, 50_000).await;
    for text in ["MUG-RED", "mug-red-", "mug-red-l", "MUG_RED", "mug-re"] {
        assert_eq!(shop.titles(text).await[0], "Crimson cup", "{text}");
        let suggested = shop.search.suggest(&shop.cx(), text.to_owned()).await.unwrap();
        assert_eq!(suggested.products[0].title, "Crimson cup", "{text}");
    }
    // Words that people write are no codes, though a code begins so.
    assert!(!shop.titles("t-shirt").await.contains(&"Sail".to_owned()));
    assert_eq!(shop.titles("mug red").await[0], "Mug red");
    let suggested = shop.search.suggest(&shop.cx(), "t-sh".to_owned()).await.unwrap();
    assert!(suggested.products.iter().all(|product| product.title != "Sail"));
}

/// Lets pieces of a product be bought.
async fn sell(shop: &Shop, number: u128, quantity: u32) {
    let of = OrderRef {
        order: OrderId::from_bits(number),
        customer: CustomerId::from_bits(1),
        number: number.to_string(),
        cart: CartId::from_bits(number),
        email: String::new(),
    };
    let (product, price) = (ProductId::from_bits(number), Money::new(1, Currency::EUR));
    let line = PlacedLine { sku: format!("S-{number}"), product, quantity, unit_price: price };
    shop.tell(&OrderPlaced { of, lines: vec![line], total: price, at: shop.env.now() }).await;
}

#[tokio::test]
async fn a_text_without_words_finds_nothing() {
    let shop = Shop::with(vec![product(1, "Kettle")]).await;
    for text in ["!!!", "😀", "- / ."] {
        assert!(shop.titles(text).await.is_empty(), "{text}");
    }
    assert_eq!(shop.titles(" ").await, ["Kettle"]);
}
