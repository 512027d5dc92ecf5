//! Products by the words of their titles.

use souk_contracts::catalog::ProductFilter;
use souk_store::{params, sql};
use souk_types::{Fault, PageRequest};

use crate::fixture::{Shop, draft, shops, staff};

async fn found(shop: &Shop, text: &str) -> Vec<String> {
    let filter = ProductFilter { text: Some(text.to_owned()), ..ProductFilter::default() };
    let page = shop.catalog.list(&staff(), filter, PageRequest::first(9)).await.unwrap();
    page.items.into_iter().map(|product| product.title).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_title_is_found_by_its_own_words() {
    for shop in shops().await {
        let mug = shop.create(draft("Red tin mug", "MUG-1", 900)).await;
        assert_eq!(found(&shop, "tin mug").await, ["Red tin mug"]);
        let renamed = draft("Blue tin cup (large)", "MUG-1", 900);
        shop.catalog.update(&staff(), mug.id, mug.version, renamed).await.unwrap();
        for words in ["tin", "blue cup", "large", "(large) blue", "cup-blue", "MUG"] {
            assert_eq!(found(&shop, words).await, ["Blue tin cup (large)"], "{words}");
        }
        for gone in ["red", "tin mug", "red tin"] {
            assert_eq!(found(&shop, gone).await, [""; 0], "{gone}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_were_never_noted_are_noted_by_the_job() {
    for shop in shops().await {
        for number in 0..450 {
            shop.create(draft(&format!("Mug {number}"), &format!("CUP-{number}"), 900)).await;
        }
        shop.create(draft("???", "CUP-X", 900)).await;
        // As after the migration that asks for it, with some noted already when it was cut off.
        let forget = |tx: &mut souk_store::Tx<'_>| {
            tx.exec(sql!("DELETE FROM title_words WHERE product_id > ?1 AND word <> '7'"), params!["prd_"])?;
            let job = sql!(
                "INSERT INTO jobs (queue, key, payload, due_at, created_at)
                 SELECT 'catalog.title_words', 'all', '', 0, 0 WHERE EXISTS (SELECT 1 FROM products WHERE product_id > ?1)"
            );
            tx.exec(job, params!["prd_"]).map(drop)
        };
        shop.store.write::<_, Fault>(&staff(), forget).await.unwrap();
        assert_eq!(found(&shop, "mug 44").await, [""; 0]);
        // One gets another title before its turn has come.
        let mug = shop.found("mug-3").await;
        shop.catalog.update(&staff(), mug.id, mug.version, draft("Mug three", "CUP-3", 900)).await.unwrap();
        shop.run_jobs().await;
        assert_eq!(found(&shop, "mug three").await, ["Mug three"]);
        assert_eq!(found(&shop, "mug 441").await, ["Mug 441"]);
        assert_eq!(found(&shop, "449 mug").await, ["Mug 449"]);
        assert_eq!(found(&shop, "cup-x").await, ["???"]);
    }
}
