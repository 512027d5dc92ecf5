//! Files of products written out.

use souk_contracts::catalog::{
    Attribute, AttributeValue, FileFormat, ImageDraft, ImageSource, ProductDraft, ProductFilter, ProductStatus,
};
use souk_types::PageRequest;

use crate::fixture::{draft, shirt, shops, staff};

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_what_the_import_brought() {
    for shop in shops().await {
        let file = "Handle,Title,Type,Product Category,Option1 Name,Option1 Value,Variant SKU,Variant Price,Cost per item,Mood,\
                    Color (product.metafields.shopify.color-pattern)\n\
                    mug,Mug,Cup,Kitchen > Mugs,Size,S,M-S,9.00,3.00,calm,Blue\nmug,,,,,L,M-L,10.00,4.00,,\n";
        shop.import(FileFormat::ShopifyCsv, file).await;
        let export = shop.export(FileFormat::ShopifyCsv, 100).await;
        let lines: Vec<&str> = export.lines().collect();
        assert!(
            lines[0].ends_with(",Color (product.metafields.shopify.color-pattern),Type,Cost per item,Mood"),
            "{}",
            lines[0]
        );
        assert!(lines[1].starts_with("mug,Mug,,,Kitchen > Mugs,,TRUE,Size,S,"), "{}", lines[1]);
        assert!(lines[1].ends_with(",active,,Blue,Cup,3.00,calm"), "{}", lines[1]);
        assert!(lines[2].ends_with(",,,,,4.00,"), "{}", lines[2]);
        let again = shop.import(FileFormat::ShopifyCsv, &export).await;
        assert_eq!((again.unchanged, again.refused, again.unknown_columns), (1, 0, vec!["Mood".to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_comes_in_pieces_with_one_heading() {
    for shop in shops().await {
        for number in 0..5 {
            shop.create(draft(&format!("Mug {number}"), "", 100)).await;
        }
        for format in [FileFormat::ShopifyCsv, FileFormat::JsonLines] {
            assert_eq!(shop.export(format, 2).await, shop.export(format, 100).await);
        }
        assert_eq!(shop.export(FileFormat::ShopifyCsv, 2).await.matches("Handle,").count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_need_their_type_are_written_in_full() {
    for shop in shops().await {
        shop.import(
            FileFormat::ShopifyCsv,
            "Handle,Title,Variant Price,Size (product.metafields.custom.size)\nmug,Mug,1,12\n",
        )
        .await;
        let mut cup = draft("Cup", "", 1);
        cup.attributes = vec![
            Attribute { name: "Dishwasher".to_owned(), value: AttributeValue::Flag(true) },
            Attribute { name: "Size".to_owned(), value: AttributeValue::Text("12".to_owned()) },
        ];
        shop.create(cup.clone()).await;
        let export = shop.export(FileFormat::ShopifyCsv, 100).await;
        let again = shop.import(FileFormat::ShopifyCsv, &export).await;
        assert_eq!((again.unchanged, again.refused), (2, 0), "{export}");
        let edited = shop.import(FileFormat::ShopifyCsv, export.replace("]\",12", "]\",14")).await;
        assert_eq!((edited.unchanged, edited.updated), (1, 1), "{export}");
        let size = AttributeValue::Number { number: 14.0, unit: String::new() };
        assert_eq!(shop.found("cup").await.attributes[1].value, size);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_product_keeps_what_was_set_aside() {
    for shop in shops().await {
        shop.import(FileFormat::ShopifyCsv, "Handle,Title,Variant Price,Mood\nmug,Mug,1,calm\n").await;
        let mug = shop.found("mug").await;
        let edited = ProductDraft { slug: "mug".to_owned(), ..draft("Big mug", "MUG", 100) };
        shop.catalog.update(&staff(), mug.id, 1, edited).await.unwrap();
        assert!(shop.export(FileFormat::ShopifyCsv, 100).await.lines().nth(1).unwrap().ends_with(",calm"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_category_does_not_come_back() {
    for shop in shops().await {
        shop.import(
            FileFormat::ShopifyCsv,
            "Handle,Title,Variant Price,Product Category,Type\nmug,Mug,1,Kitchen,Cup\n",
        )
        .await;
        let mug = shop.found("mug").await;
        shop.catalog.update(&staff(), mug.id, 1, draft("Mug", "MUG", 100)).await.unwrap();
        let export = shop.export(FileFormat::ShopifyCsv, 100).await;
        assert_eq!(shop.import(FileFormat::ShopifyCsv, &export).await.unchanged, 1);
        assert_eq!(shop.found("mug").await.category, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_none_is_refused() {
    for shop in shops().await {
        for cursor in ["", "x", "5", "99999.prd_1"] {
            let page = PageRequest { limit: 10, after: Some(souk_types::Cursor(cursor.to_owned())) };
            assert!(
                shop.catalog.export(&staff(), FileFormat::ShopifyCsv, ProductFilter::default(), page).await.is_err(),
                "{cursor:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_fills_another_shop() {
    for shop in shops().await {
        let mut product = shirt();
        product.images =
            vec![ImageDraft { source: ImageSource::Drawing("mug:112233:445566:9".to_owned()), alt: "x".to_owned() }];
        shop.create(product).await;
        let there = shop.found("linen-shirt").await;
        for format in [FileFormat::ShopifyCsv, FileFormat::JsonLines] {
            let text = shop.export(format, 100).await;
            for other in shops().await {
                assert_eq!(other.import(format, &text).await.created, 1);
                let here = other.found("linen-shirt").await;
                assert_eq!((here.options, here.images), (there.options.clone(), there.images.clone()));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_can_be_of_what_matches_alone() {
    for shop in shops().await {
        for number in 0..5 {
            // Ids rise with the moment of making, and an export goes by id.
            shop.clock.advance(std::time::Duration::from_secs(1));
            let status = if number % 2 == 0 { ProductStatus::Active } else { ProductStatus::Draft };
            shop.create(ProductDraft { status, ..draft(&format!("Mug {number}"), &format!("M-{number}"), 100) }).await;
        }
        let handles = |text: String| -> Vec<String> {
            text.lines().skip(1).map(|line| line.split(',').next().unwrap_or_default().to_owned()).collect()
        };
        let of = |status, text: Option<&str>| ProductFilter { status, text: text.map(str::to_owned), sort: None };
        let cases: [(ProductFilter, &[&str]); 5] = [
            (of(Some(ProductStatus::Draft), None), &["mug-1", "mug-3"]),
            (of(None, Some(" mug 2 ")), &["mug-2"]),
            (of(Some(ProductStatus::Active), Some("m-")), &["mug-0", "mug-2", "mug-4"]),
            (of(Some(ProductStatus::Draft), Some("m-4")), &[]),
            (of(None, Some("a\0b")), &[]),
        ];
        for (filter, expected) in cases {
            for limit in [1, 2, 100] {
                let text = shop.export_matching(FileFormat::ShopifyCsv, filter.clone(), limit).await;
                assert!(text.starts_with("Handle,"), "{text}");
                assert_eq!(handles(text), expected, "{filter:?} by {limit}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cell_of_an_export_is_a_formula_and_all_come_back_as_they_were() {
    for shop in shops().await {
        let mut mug = draft("=HYPERLINK(\"https://evil.example\")", "-M-1", 100);
        mug.brand = "@brand".to_owned();
        mug.tags = vec!["+1 gift".to_owned()];
        shop.create(mug).await;
        let text = shop.export(FileFormat::ShopifyCsv, 100).await;
        let row = text.lines().nth(1).unwrap();
        for cell in [",\"'=HYPERLINK(", ",'@brand,", ",'+1 gift,", ",'-M-1,"] {
            assert!(row.contains(cell), "{cell}: {row}");
        }
        let again = shop.import(FileFormat::ShopifyCsv, &text).await;
        assert_eq!((again.unchanged, again.updated, again.refused), (1, 0, 0), "{again:?}");
    }
}
