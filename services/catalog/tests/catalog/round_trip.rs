//! What is exported comes back the same.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use souk_contracts::catalog::{
    Attribute, AttributeValue, FileFormat, ImageDraft, ImageSource, ProductDraft, ProductStatus, Upserted, VariantDraft,
};
use souk_types::Money;

use crate::fixture::{Shop, eur, shops, staff};

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 äß'\"(),;:=+@&<>/-]{1,24}",
        Just("Title".to_owned()),
        Just("Default Title".to_owned()),
        Just("12 cm".to_owned()),
        Just("true".to_owned()),
    ]
    .prop_filter("not blank", |text| !text.trim().is_empty() && !text.contains(" > "))
}

fn html() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        words(),
        Just("<p>".to_owned()),
        Just("</p>".to_owned()),
        Just("<ul><li>".to_owned()),
        Just("<strong>\r\n".to_owned()),
        Just("<a href=\"https://example.com/?a=1&b=2\">".to_owned()),
        Just("<script>".to_owned()),
        Just("\n\"\",".to_owned()),
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn value() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        words().prop_map(AttributeValue::Text),
        "[a-z]{1,5}\r\n[0-9]{1,3}".prop_map(AttributeValue::Text),
        (-1e9..1e9, prop_oneof![Just(""), Just("cm"), Just("parsec")])
            .prop_map(|(number, unit)| AttributeValue::Number { number, unit: unit.to_owned() }),
        (-9_999_i32..9_999).prop_map(|number| AttributeValue::Number { number: number.into(), unit: String::new() }),
        any::<bool>().prop_map(AttributeValue::Flag),
    ]
}

fn attribute() -> impl Strategy<Value = Attribute> {
    let name = prop_oneof![Just("Color".to_owned()), Just("Length".to_owned()), words()];
    (name, value()).prop_map(|(name, value)| Attribute { name, value })
}

fn variant(index: usize, options: usize, images: usize) -> impl Strategy<Value = VariantDraft> {
    let image = if images == 0 { Just(None).boxed() } else { option::of(0..images).boxed() };
    (0_i64..10_000_000, option::of(1_i64..100_000), 0_i64..50_000, vec(words(), options), image, any::<bool>())
        .prop_map(move |(price, more, weight_g, mut values, image, has_barcode)| {
            // Every combination differs, whatever was drawn.
            if let Some(first) = values.first_mut() {
                first.push_str(&format!(" {index}"));
            }
            VariantDraft {
                sku: String::new(),
                barcode: if has_barcode { format!("40063813339{index}") } else { String::new() },
                options: values,
                price: eur(price),
                compare_at: more.map(|more| Money { minor: price + more, ..eur(0) }),
                weight_g,
                image,
                stock: Some(3),
            }
        })
}

fn product() -> impl Strategy<Value = ProductDraft> {
    let shape = (0_usize..4, 1_usize..5, 0_usize..4);
    shape.prop_flat_map(|(options, variants, images)| {
        let variants = if options == 0 { 1 } else { variants };
        let variants: Vec<_> = (0..variants).map(|index| variant(index, options, images)).collect();
        let text = (words(), html(), option::of(words()), vec(words(), 0..3), vec("[a-z ]{1,9}", 0..4));
        let lists = (vec(attribute(), 0..5), vec(words(), images), 0..ProductStatus::ALL.len());
        (text, variants, lists).prop_map(
            move |((title, description, brand, category, tags), variants, (attributes, alts, status))| {
                let image = |(index, alt): (usize, String)| {
                    let source = if index % 2 == 0 {
                        ImageSource::Drawing(format!("mug:ffffff:000000:{index}"))
                    } else {
                        ImageSource::Url(format!("http://localhost:1/{index}?a,b"))
                    };
                    ImageDraft { source, alt }
                };
                ProductDraft {
                    slug: String::new(),
                    title,
                    description,
                    brand: brand.unwrap_or_default(),
                    status: ProductStatus::ALL[status],
                    category,
                    tags,
                    options: (0..options).map(|number| format!("Option, {number}")).collect(),
                    variants,
                    attributes,
                    images: alts.into_iter().enumerate().map(image).collect(),
                }
            },
        )
    })
}

/// Some columns to write attributes and other people's values in.
const COLUMNS: &str = "Handle,Title,Variant Price,Image Src,Mood,Type,Color (product.metafields.shopify.color-pattern),\
Length (product.metafields.custom.length),Color (product.metafields.custom.color)\n\
seed,Seed,1.00,,\"calm, \"\"so\"\"\",Thing,Blue,72 cm,Red\nseed,,,drawing:mug:112233:445566:9,bold,,x,,\n";

async fn comes_back(shop: &Shop, products: Vec<ProductDraft>) {
    let count = products.len();
    let made = shop.catalog.upsert(&staff(), products).await.unwrap();
    for outcome in &made {
        assert!(!matches!(outcome, Upserted::Refused(_)), "{outcome:?}");
    }
    for format in [FileFormat::ShopifyCsv, FileFormat::JsonLines] {
        let text = shop.export(format, 3).await;
        let import = shop.import(format, &text).await;
        assert_eq!((import.created, import.updated, import.refused), (0, 0, 0), "{count} products, {import:?}\n{text}");
        assert_eq!(text, shop.export(format, 100).await);
    }
}

#[test]
fn an_export_that_is_imported_changes_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shops = runtime.block_on(shops());
    for shop in &shops {
        runtime.block_on(shop.import(FileFormat::ShopifyCsv, COLUMNS));
    }
    let cases = if shops.len() > 1 { 24 } else { 48 };
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 40, ..Config::default() });
    let products = vec(product(), 1..5).prop_map(|products| {
        let numbered = products.into_iter().enumerate();
        numbered.map(|(index, product)| ProductDraft { slug: format!("p-{index}"), ..product }).collect::<Vec<_>>()
    });
    let outcome = runner.run(&products, |products| {
        for shop in &shops {
            runtime.block_on(comes_back(shop, products.clone()));
        }
        Ok(())
    });
    outcome.unwrap();
}
