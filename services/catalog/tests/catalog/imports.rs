//! Files of products read in.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use souk_catalog::IMPORT_FOLDER;
use souk_contracts::catalog::{
    Attribute, AttributeValue, FileFormat, Import, ImportFilter, ImportSort, ImportState, NewImport, ProductStatus,
    ProductsChanged, StockDeclared,
};
use souk_files::testing::S3Server;
use souk_types::{Cursor, PageRequest, ServiceError as _};

use crate::fixture::{Shop, draft, eur, shops, staff};

const SHIRTS: &str = "\u{feff}Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,\
Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,Variant Image,Variant Weight Unit,Cost per item,\
Color (product.metafields.shopify.color-pattern),Length (product.metafields.custom.length),Mood,Status\r
linen-shirt,Linen shirt,\"<p>Soft, \"\"cool\"\"\r
and light</p>\",Lino,Clothing > Shirts,Tops,\"summer, linen\",TRUE,Colour,Blue,Size,M,LS-B-M,250,7,49.00,60.00,'4006381333931,\
drawing:tshirt:335577:ffffff:1,2,Back,FALSE,Linen,drawing:tshirt:335577:ffffff:2,kg,20.00,Blue,72 cm,calm,active\r
linen-shirt,,,,,,,,,Blue,,L,LS-B-L,260,,52,,,drawing:tshirt:335577:ffffff:2,1,Front,,,,kg,21.00,,,bold,\r
linen-shirt,,,,,,,,,,,,,,,,,,drawing:tshirt:335577:ffffff:3,3,Side,,,,,,,,,\r
mug,Mug,,,,Kitchen,,TRUE,Title,Default Title,,,MUG,,0,9.00,9.00,,,,,,,,,,,,,\r
old-mug,Old mug,,,,,,FALSE,Title,Default Title,,,OLD-MUG,,-3,8,,,,,,,,,,,,,,active\r
";

fn counts(import: &Import) -> (u64, u64, u64, u64) {
    (import.created, import.updated, import.unchanged, import.refused)
}

fn lines(import: &Import) -> Vec<u64> {
    import.bad_rows.iter().map(|row| row.line).collect()
}

/// A simple file; each row is `handle,title,sku,price`.
fn csv(rows: &[&str]) -> String {
    let mut text = "Handle,Title,Variant SKU,Variant Price\n".to_owned();
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

async fn slugs(shop: &Shop) -> Vec<String> {
    let page = shop.catalog.list(&staff(), Default::default(), PageRequest::first(250)).await.unwrap();
    let mut slugs: Vec<_> = page.items.into_iter().map(|item| item.slug).collect();
    slugs.sort();
    slugs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopify_file_becomes_products() {
    for shop in shops().await {
        let import = shop.import(FileFormat::ShopifyCsv, SHIRTS).await;
        assert_eq!((import.state, counts(&import)), (ImportState::Finished, (3, 0, 0, 0)), "{import:?}");
        assert_eq!(import.unknown_columns, ["Mood"]);
        assert_eq!((import.bytes, import.bytes_read), (SHIRTS.len() as u64, SHIRTS.len() as u64));
        let shirt = shop.found("linen-shirt").await;
        assert_eq!(shirt.description, "<p>Soft, \"cool\"\nand light</p>");
        assert_eq!((shirt.brand.as_str(), shirt.tags.len()), ("Lino", 2));
        assert_eq!(shirt.category.unwrap().names, ["Clothing", "Shirts"]);
        assert_eq!(shirt.options.iter().map(|option| option.name.as_str()).collect::<Vec<_>>(), ["Colour", "Size"]);
        assert_eq!(shirt.images.iter().map(|image| image.alt.as_str()).collect::<Vec<_>>(), ["Front", "Back", "Side"]);
        let first = &shirt.variants[0];
        assert_eq!((first.price, first.compare_at, first.weight_g), (eur(4_900), Some(eur(6_000)), 250));
        assert_eq!((first.barcode.as_str(), first.image), ("4006381333931", Some(0)));
        assert_eq!((shirt.variants[1].options.join("/"), shirt.variants.len()), ("Blue/L".to_owned(), 2));
        let expected = [
            Attribute { name: "Color".to_owned(), value: AttributeValue::Text("Blue".to_owned()) },
            Attribute {
                name: "Length".to_owned(),
                value: AttributeValue::Number { number: 72.0, unit: "cm".to_owned() },
            },
        ];
        assert_eq!(shirt.attributes, expected);
        let mug = shop.found("mug").await;
        assert_eq!((mug.options.len(), mug.variants[0].compare_at), (0, None));
        assert_eq!(mug.category.unwrap().names, ["Kitchen"]);
        assert_eq!(shop.by_slug("old-mug").await, None);
        let stock: Vec<_> = shop.events::<StockDeclared>().await.into_iter().flat_map(|event| event.variants).collect();
        let stock: Vec<_> = stock.iter().map(|declared| (declared.sku.as_str(), declared.quantity)).collect();
        assert_eq!(stock, [("LS-B-M", 7), ("MUG", 0), ("OLD-MUG", 0)]);
        assert_eq!(shop.events::<ProductsChanged>().await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_changes_nothing() {
    for shop in shops().await {
        shop.import(FileFormat::ShopifyCsv, SHIRTS).await;
        let before = shop.found("linen-shirt").await;
        let again = shop.import(FileFormat::ShopifyCsv, SHIRTS).await;
        assert_eq!(counts(&again), (0, 0, 3, 0));
        assert_eq!(shop.found("linen-shirt").await, before);
        assert_eq!(shop.events::<ProductsChanged>().await.len(), 1);
        let changed = shop.import(FileFormat::ShopifyCsv, SHIRTS.replace(",calm,", ",merry,")).await;
        assert_eq!(counts(&changed), (0, 1, 2, 0), "a column that is kept aside counts, too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_got_another_slug_is_found_by_the_old_one() {
    for shop in shops().await {
        let file = csv(&["mug,Mug,MUG,9"]);
        shop.import(FileFormat::ShopifyCsv, &file).await;
        let mug = shop.found("mug").await;
        let mut renamed = draft("Mug", "MUG", 900);
        renamed.slug = "coffee-mug".to_owned();
        shop.catalog.update(&staff(), mug.id, 1, renamed).await.unwrap();
        assert_eq!(counts(&shop.import(FileFormat::ShopifyCsv, &file).await), (0, 0, 1, 0));
        assert_eq!(counts(&shop.import(FileFormat::ShopifyCsv, csv(&["mug,Big mug,MUG,9"])).await), (0, 1, 0, 0));
        assert_eq!(shop.found("coffee-mug").await.title, "Big mug");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_named_and_good_ones_imported() {
    for shop in shops().await {
        shop.create(draft("Taken", "TAKEN", 1)).await;
        let file = csv(&[
            "a,A,A,1.00",
            "b,B,B,abc",
            "c,C,C,1.00,too,many",
            "d,D,D",
            "e,\"E,E,1.00",
            "f,F,F,-1",
            "g,G,TAKEN,1",
            "a,A again,A2,1",
            "h,,H,1",
            ",,,",
            ",,X,1",
            "i,I,I,1.00",
        ]);
        let import = shop.import(FileFormat::ShopifyCsv, &file).await;
        assert_eq!(counts(&import), (2, 0, 0, 9), "{:#?}", import.bad_rows);
        assert_eq!(lines(&import), [3, 4, 5, 6, 7, 8, 9, 10, 12]);
        let reason = |line: u64| import.bad_rows.iter().find(|row| row.line == line).unwrap().reason.clone();
        assert!(reason(3).contains("Variant Price") && reason(3).contains("abc"), "{}", reason(3));
        assert!(reason(4).contains("6 columns"), "{}", reason(4));
        assert!(reason(6).contains("quotation mark"), "{}", reason(6));
        assert!(reason(7).starts_with("Variant Price: "), "{}", reason(7));
        assert!(reason(8).contains("TAKEN"), "{}", reason(8));
        assert!(reason(9).contains("before"), "{}", reason(9));
        assert!(reason(10).starts_with("Title: "), "{}", reason(10));
        assert_eq!(slugs(&shop).await, ["a", "i", "taken"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_with_a_bad_row_is_left_out_whole() {
    for shop in shops().await {
        let heading = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n";
        let file = format!(
            "{heading}a,A,Size,S,A-S,1\na,,,M,A-M,\"1\na,,,L,A-L,1\nb,B,Size,S,B-S,1\nb,,,M,B-M,x\nc,C,Size,S,C-S,1\nc,,,S,C-2,1\n\
             d,D,Size,S,D-S,1\nd,,,M,D-M,2\n"
        );
        let import = shop.import(FileFormat::ShopifyCsv, file).await;
        assert_eq!((counts(&import), lines(&import)), ((1, 0, 0, 7), (2..=8).collect()), "{:#?}", import.bad_rows);
        let with_others: Vec<u64> =
            import.bad_rows.iter().filter(|row| row.reason.starts_with("left out with")).map(|row| row.line).collect();
        assert_eq!(with_others, [2, 4, 5, 7]);
        assert_eq!(slugs(&shop).await, ["d"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_bad_rows_are_kept_and_all_are_counted() {
    for shop in shops().await {
        let mut rows = vec!["x,y"; 1_201];
        rows.push("mug,Mug,MUG,9");
        let import = shop.import(FileFormat::ShopifyCsv, csv(&rows)).await;
        assert_eq!((counts(&import), import.bad_rows.len()), ((1, 0, 0, 1_201), 1_000));
        assert!(lines(&import).into_iter().eq(2..=1_001));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_two_megabytes_is_refused_and_the_rest_imported() {
    for shop in shops().await {
        let heading = "Handle,Title,Body (HTML),Variant SKU,Variant Price\n";
        let huge = "x\n".repeat(1024 * 1024);
        let import = shop.import(FileFormat::ShopifyCsv, format!("{heading}a,A,\"{huge}\",A,1\nb,B,small,B,1\n")).await;
        assert_eq!((counts(&import), lines(&import)), ((1, 0, 0, 1), vec![2]));
        assert!(import.bad_rows[0].reason.starts_with("Body (HTML): "), "{:?}", import.bad_rows);
        assert_eq!(slugs(&shop).await, ["b"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_lines_become_products() {
    for shop in shops().await {
        let good = r#"{"title":"Mug","status":"active","variants":[{"sku":"MUG","price":{"minor":900,"currency":"EUR"},"stock":3}],"mood":"calm"}"#;
        let file = format!(
            "{good}\n\nnot json\n{{\"title\":\"X\"}}\n{}\r\n",
            good.replace("Mug", "Cup").replace("EUR", "USD")
        );
        let import = shop.import(FileFormat::JsonLines, &file).await;
        assert_eq!((counts(&import), lines(&import)), ((1, 0, 0, 3), vec![3, 4, 5]), "{:#?}", import.bad_rows);
        assert_eq!(import.unknown_columns, ["mood"]);
        assert_eq!(import.bad_rows[0].reason, "is not valid JSON from character 2 on");
        assert!(import.bad_rows[2].reason.contains("variants[0].price"));
        assert_eq!(counts(&shop.import(FileFormat::JsonLines, &file).await), (0, 0, 1, 3));
        assert_eq!(shop.found("mug").await.status, ProductStatus::Active);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_of_products_fails_with_a_reason() {
    for shop in shops().await {
        for (content, reason) in [
            (&b""[..], "empty"),
            (b"Name,Colour\nx,y\n", "Handle"),
            (b"Handle,Title\nx,y\n", "Variant Price"),
            (b"\xff\xfeH\0a\0", "UTF-16"),
            (b"Handle,Handle,Variant Price\n", "twice"),
        ] {
            let import = shop.import(FileFormat::ShopifyCsv, content).await;
            assert_eq!(import.state, ImportState::Failed);
            assert!(import.failure.as_ref().is_some_and(|failure| failure.contains(reason)), "{import:?}");
            assert!(import.finished_at.is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_files_of_the_import_folder_are_read() {
    for shop in shops().await {
        std::fs::write(shop.files.path().join("secret"), "x").unwrap();
        for file in ["../secret", "/etc/passwd", "", ".", "..", "a/b", "none", "a\\b", ".hidden"] {
            let import = NewImport { file: file.to_owned(), name: "x".to_owned(), format: FileFormat::ShopifyCsv };
            let refused = shop.catalog.start_import(&staff(), import).await.unwrap_err();
            assert!(refused.to_string().contains("file"), "{file}: {refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_listed_in_both_orders_and_by_state() {
    for shop in shops().await {
        let mut known = Vec::new();
        for number in 0..5 {
            // Two of them at the same moment.
            shop.clock.advance(Duration::from_secs(u64::from(number != 3)));
            let content = if number == 2 { "nonsense\n".to_owned() } else { csv(&["mug,Mug,MUG,9", "x,,X,9"]) };
            known.push(shop.import(FileFormat::ShopifyCsv, content).await);
        }
        known.sort_by_key(|import| (import.created_at, import.id.to_string()));
        let all = async |filter: &ImportFilter| {
            let (mut found, mut request) = (Vec::new(), PageRequest::first(2));
            loop {
                let page = shop.catalog.imports(&staff(), filter.clone(), request.clone()).await.unwrap();
                found.extend(page.items);
                let Some(next) = page.next else { return found };
                request.after = Some(next);
            }
        };
        for (state, count) in [
            (None, 5),
            (Some(ImportState::Finished), 4),
            (Some(ImportState::Failed), 1),
            (Some(ImportState::Queued), 0),
        ] {
            let of_state = known.iter().filter(|import| state.is_none_or(|state| import.state == state));
            // A list has no bad rows.
            let bare = |import: &Import| Import { bad_rows: Vec::new(), unknown_columns: Vec::new(), ..import.clone() };
            let mut expected: Vec<_> = of_state.map(bare).collect();
            assert_eq!(expected.len(), count, "{state:?}");
            assert_eq!(all(&ImportFilter { state, sort: Some(ImportSort::Oldest) }).await, expected);
            expected.reverse();
            for sort in [None, Some(ImportSort::Newest)] {
                assert_eq!(all(&ImportFilter { state, sort }).await, expected);
            }
        }
        assert!(known.iter().any(|import| !import.bad_rows.is_empty()));
        let list = async |sort, after| {
            let filter = ImportFilter { state: None, sort: Some(sort) };
            shop.catalog.imports(&staff(), filter, PageRequest { limit: 2, after }).await
        };
        let next = list(ImportSort::Newest, None).await.unwrap().next.unwrap();
        let id = known[0].id;
        for nonsense in [next.0.as_str(), "", "x", "started.", &format!("started.{id}"), &format!("started.{id}.soon")]
        {
            let refused = list(ImportSort::Oldest, Some(Cursor(nonsense.into()))).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "after", "{nonsense}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_in_the_foreground_tells_how_far_it_is() {
    for shop in shops().await {
        let rows: Vec<String> =
            (0..2_500).map(|number| format!("p-{number},Product {number},SKU-{number},1.50")).collect();
        let path = shop.put_file("many", csv(&rows.iter().map(String::as_str).collect::<Vec<_>>()));
        let mut read = Vec::new();
        let importer = shop.parts.importer.clone();
        let done = importer
            .import_file(&staff(), &path, FileFormat::ShopifyCsv, |progress| read.push(progress.bytes_read))
            .await
            .unwrap();
        assert_eq!((done.created, done.bytes_read), (2_500, done.bytes));
        assert!(read.len() >= 3 && read.is_sorted() && read.first() < read.last(), "{read:?}");
        let events = shop.events::<ProductsChanged>().await;
        assert!(events.len() <= 6 && events.iter().all(|event| event.products.len() <= 500));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_cut_off_goes_on_where_it_stopped() {
    let server = S3Server::start();
    let in_s3 = Shop::in_s3(&server).await;
    for shop in shops().await.into_iter().chain([in_s3]) {
        let rows: Vec<String> =
            (0..3_000).map(|number| format!("p-{number},Product {number},SKU-{number},1.50")).collect();
        shop.put_file("many", csv(&rows.iter().map(String::as_str).collect::<Vec<_>>()));
        let new = NewImport { file: "many".to_owned(), name: "Many".to_owned(), format: FileFormat::ShopifyCsv };
        let id = shop.catalog.start_import(&staff(), new).await.unwrap();
        let mut runs = 0;
        let import = loop {
            // Some runs are cut off between two batches, some within one.
            let run_max = Duration::from_millis(40 << runs);
            shop.run_jobs_with(souk_jobs::Config { run_max, attempts_max: 1_000, ..Default::default() }).await;
            runs += 1;
            let import = shop.catalog.import(&staff(), id).await.unwrap().unwrap();
            if matches!(import.state, ImportState::Finished | ImportState::Failed) {
                break import;
            }
            shop.clock.advance(Duration::from_secs(3_600));
        };
        assert!(runs > 1, "the import was not cut off");
        assert_eq!((import.state, counts(&import)), (ImportState::Finished, (3_000, 0, 0, 0)), "after {runs} runs");
        assert!(shop.place.join(IMPORT_FOLDER).join("many").is_file());
        assert!(!shop.files.path().join("scratch/fetched/imports/many").exists(), "what was fetched is gone");
    }
}

/// How fast an import is: `cargo test --release -p souk-catalog -- --ignored --nocapture imports::speed`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; run it by hand in a release build"]
async fn speed() {
    const PRODUCTS: usize = 20_000;
    for shop in shops().await {
        let heading = "Handle,Title,Body (HTML),Vendor,Product Category,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
                       Variant Inventory Qty,Variant Price,Image Src,Color (product.metafields.shopify.color-pattern)\n";
        let mut file = heading.to_owned();
        for number in 0..PRODUCTS {
            let category = number % 200;
            writeln!(
                file,
                "product-{number},Product number {number},\"<p>A <strong>fine</strong> product, {}</p>\",Brand {},Group {} > Category {category},\
                 \"one, two\",Size,S,SKU-{number}-S,100,5,19.90,drawing:mug:112233:445566:{number},Blue",
                "with many words ".repeat(10),
                number % 50,
                category / 20,
            )
            .unwrap();
            for size in ["M", "L"] {
                writeln!(file, "product-{number},,,,,,,{size},SKU-{number}-{size},110,5,19.90,,").unwrap();
            }
        }
        let path = shop.put_file("many", &file);
        for what in ["new", "unchanged"] {
            let started = Instant::now();
            let importer = shop.parts.importer.clone();
            let done = importer.import_file(&staff(), &path, FileFormat::ShopifyCsv, |_| {}).await.unwrap();
            assert_eq!(done.created + done.unchanged, PRODUCTS as u64, "{:?}", done.bad_rows.first());
            let rate = PRODUCTS as u128 * 1_000 / started.elapsed().as_millis();
            println!("{}: {PRODUCTS} {what} products, {rate} a second", shop.engine.name);
        }
    }
}
