//! Categories and collections.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    CategoryId, CollectionId, ProductId,
    catalog::{Category, Collection, CollectionPreview, Condition, Error, Members, ProductStatus, ProductSummary},
};
use souk_types::{Fault, Page, Timestamp};

use super::fakes::{Shop, eur, ok, product, refused};

fn category(id: u128, parent: Option<u128>, name: &str) -> Category {
    Category {
        id: CategoryId::from_bits(id),
        parent: parent.map(CategoryId::from_bits),
        name: name.into(),
        slug: name.to_lowercase(),
        position: 0,
        version: 3,
    }
}

fn summary(id: u128) -> ProductSummary {
    ProductSummary {
        id: ProductId::from_bits(id),
        slug: "tote".into(),
        title: "Tote <1>".into(),
        brand: "Acme".into(),
        status: ProductStatus::Active,
        variants: 1,
        price_min: eur(1_250),
        price_max: eur(1_250),
        image: None,
        updated_at: Timestamp::EPOCH,
    }
}

fn shop() -> Shop {
    Shop::new(|method, arguments| match method {
        "catalog.categories" => {
            ok([category(1, None, "Bags"), category(2, Some(1), "Totes"), category(3, None, "Cups")])
        }
        "catalog.save_category" if arguments["draft"]["version"] == 2 => {
            refused(&Error::VersionConflict { current: 3 })
        }
        "catalog.save_collection" if arguments["draft"]["version"] == 6 => {
            refused(&Error::VersionConflict { current: 7 })
        }
        "catalog.save_category" => ok(CategoryId::from_bits(9)),
        "catalog.delete_category" => refused(&Fault::conflict("there are products in this category; move them first")),
        "catalog.collection" => ok(Collection {
            id: CollectionId::from_bits(5),
            title: "Summer".into(),
            slug: "summer".into(),
            members: Members::Rule(vec![Condition::Brand("Acme".into()), Condition::PriceUnder(2_000)]),
            version: 7,
        }),
        "catalog.preview_collection" => {
            ok(CollectionPreview { items: vec![summary(1)], matched: 1_200, looked_at: 2_000, complete: false })
        }
        "catalog.save_collection" => ok(CollectionId::from_bits(5)),
        "catalog.delete_collection" => ok(Value::Null),
        "catalog.list" => ok(Page { items: vec![summary(1)], next: None }),
        "catalog.products" => ok([product()]),
        _ => None,
    })
}

#[tokio::test]
async fn the_tree_is_shown_level_by_level_and_grows_where_one_is() {
    let shop = shop();
    let top = shop.get("support", "/admin/categories").await;
    assert!(
        top.body.contains("Bags") && top.body.contains("1 category") && !top.body.contains(">Totes<"),
        "{}",
        top.body
    );
    assert!(!top.body.contains("action=\"/admin/categories\" method=\"post\""), "support may not change them");
    let bags = CategoryId::from_bits(1).to_string();
    let below = shop.get("owner", &format!("/admin/categories?in={bags}")).await;
    assert!(below.body.contains(">Totes<") && !below.body.contains(">Cups<"), "{}", below.body);
    let form = [("name", "Backpacks"), ("parent", bags.as_str()), ("position", "2")];
    let added = shop.post("owner", "/admin/categories", &form).await;
    assert_eq!(added.header(header::LOCATION), format!("/admin/categories?in={bags}"));
    let asked = &shop.asked("catalog.save_category")[0]["draft"];
    assert_eq!(*asked, json!({ "id": null, "version": null, "parent": bags, "name": "Backpacks", "position": 2 }));
    let nameless = shop.post("owner", "/admin/categories", &[("name", ""), ("parent", ""), ("position", "x")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.body.contains("Give it a name.") && nameless.body.contains("Enter a whole number"));
    assert_eq!(shop.get("owner", "/admin/categories?in=nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_category_is_found_by_words_of_its_name_on_any_level() {
    let shop = Shop::new(|method, _| match method {
        "catalog.categories" => {
            let cups = (10..160).map(|id| category(id, Some(3), &format!("Cup {id}")));
            let others = [category(1, None, "Bags"), category(2, Some(1), "Big <totes>"), category(3, None, "Mugs")];
            ok(others.into_iter().chain(cups).collect::<Vec<_>>())
        }
        _ => None,
    });
    let found = shop.get("owner", "/admin/categories?q=TOTES+big").await.body;
    let level = format!("href=\"/admin/categories?in={}\"", CategoryId::from_bits(2));
    assert!(
        found.contains(&level) && found.contains("Big &lt;totes&gt;") && found.contains("in Bags</span>"),
        "{found}"
    );
    assert!(!found.contains(">Mugs<") && found.contains("value=\"TOTES big\""), "{found}");
    assert!(!found.contains("action=\"/admin/categories\" method=\"post\""), "it is no place to add one");
    let cups = shop.get("owner", "/admin/categories?q=cup").await.body;
    assert!(cups.contains(">Cup 10<") && cups.contains(">Cup 59<") && !cups.contains(">Cup 60<"), "{cups}");
    let next = format!("/admin/categories?q=cup&after={}", CategoryId::from_bits(59));
    assert!(cups.contains(&format!("href=\"{}\"", next.replace('&', "&amp;"))), "{cups}");
    let rest = shop.get("owner", &next).await.body;
    assert!(rest.contains(">Cup 60<") && rest.contains(">Cup 109<") && !rest.contains(">Cup 59<"), "{rest}");
    assert!(rest.contains("href=\"/admin/categories?q=cup\">First"), "{rest}");
    let none = shop.get("owner", "/admin/categories?q=hats").await.body;
    assert!(none.contains("No category has these words in its name."), "{none}");
}

#[tokio::test]
async fn a_category_is_renamed_and_moved_and_not_deleted_while_something_is_in_it() {
    let shop = shop();
    let (totes, cups) = (CategoryId::from_bits(2).to_string(), CategoryId::from_bits(3).to_string());
    let path = format!("/admin/categories/{totes}");
    let page = shop.get("owner", &path).await;
    assert!(page.body.contains("name=\"version\" value=\"3\""), "{}", page.body);
    assert!(page.body.contains("value=\"Totes\"") && !page.body.contains(&format!("<option value=\"{totes}\"")));
    let moved = shop
        .post("owner", &path, &[("version", "3"), ("name", "Big totes"), ("parent", &cups), ("position", "")])
        .await;
    assert_eq!(moved.header(header::LOCATION), format!("/admin/categories?in={cups}"));
    let asked = &shop.asked("catalog.save_category")[0]["draft"];
    assert_eq!(*asked, json!({ "id": totes, "version": 3, "parent": cups, "name": "Big totes", "position": 0 }));
    let kept = shop.post("owner", &format!("{path}/delete"), &[]).await;
    assert_eq!(kept.status, StatusCode::CONFLICT);
    assert!(kept.body.contains("There are products in this category; move them first."), "{}", kept.body);
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_not_lost_unless_that_is_wanted() {
    let shop = shop();
    let category = format!("/admin/categories/{}", CategoryId::from_bits(2));
    let collection = format!("/admin/collections/{}", CollectionId::from_bits(5));
    let renamed = [("version", "2"), ("name", "Sacks"), ("parent", ""), ("position", "4")];
    let rule = [("version", "6"), ("do", "save"), ("by", "rule"), ("title", "Sale"), ("kind[0]", "on_sale")];
    let ways =
        [(&category, "catalog.save_category", &renamed[..], 3), (&collection, "catalog.save_collection", &rule, 7)];
    for (path, save, form, present) in ways {
        let second = shop.post("owner", path, form).await;
        assert_eq!(second.status, StatusCode::CONFLICT);
        assert!(second.body.contains("meanwhile. What you entered is kept below and not saved yet"), "{}", second.body);
        let typed = if path == &category { "value=\"Sacks\"" } else { "value=\"Sale\"" };
        assert!(second.body.contains(typed), "{}", second.body);
        let version = format!("name=\"version\" value=\"{present}\"");
        assert!(second.body.contains(&version), "saving once more is a decision: {}", second.body);
        let mut again = form.to_vec();
        let present = present.to_string();
        again[0].1 = &present;
        assert_eq!(shop.post("owner", path, &again).await.status, StatusCode::SEE_OTHER);
        assert_eq!(shop.asked(save).len(), 2);
    }
}

#[tokio::test]
async fn a_collection_keeps_the_version_that_was_seen_while_it_is_looked_at() {
    let path = format!("/admin/collections/{}", CollectionId::from_bits(5));
    let form = [("version", "6"), ("do", "preview"), ("by", "rule"), ("kind[0]", "on_sale")];
    let page = shop().post("owner", &path, &form).await;
    assert!(page.body.contains("name=\"version\" value=\"6\""), "{}", page.body);
}

#[tokio::test]
async fn a_rule_is_shown_with_what_it_matches() {
    let shop = shop();
    let path = format!("/admin/collections/{}", CollectionId::from_bits(5));
    let page = shop.get("owner", &path).await;
    assert!(page.body.contains("value=\"Acme\"") && page.body.contains("value=\"20.00\""), "{}", page.body);
    assert!(page.body.contains("1,200 products of the newest 2,000 would be in it"), "{}", page.body);
    assert!(page.body.contains("Tote &lt;1&gt;"));
    let preview = shop.post("owner", &path, &[("do", "preview"), ("by", "rule"), ("kind[0]", "on_sale")]).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert_eq!(shop.asked("catalog.preview_collection")[1]["members"], json!({ "rule": ["on_sale"] }));
    assert!(shop.asked("catalog.save_collection").is_empty());
}

#[tokio::test]
async fn a_rule_is_saved_with_all_its_conditions() {
    let shop = shop();
    let category = CategoryId::from_bits(2).to_string();
    let form = [
        ("do", "save"),
        ("by", "rule"),
        ("title", "Cheap totes"),
        ("kind[0]", "category"),
        ("category[0]", category.as_str()),
        ("kind[1]", ""),
        ("value[1]", "left over"),
        ("kind[2]", "price_from"),
        ("value[2]", "12.50"),
    ];
    let got = shop.post("owner", "/admin/collections", &form).await;
    assert_eq!(got.header(header::LOCATION), format!("/admin/collections/{}", CollectionId::from_bits(5)));
    let draft = &shop.asked("catalog.save_collection")[0]["draft"];
    let rule = json!({ "rule": [{ "category": category }, { "price_from": 1_250 }] });
    assert_eq!((&draft["title"], &draft["members"]), (&json!("Cheap totes"), &rule));
    let wrong = [("do", "save"), ("by", "rule"), ("title", ""), ("kind[0]", "price_under"), ("value[0]", "many")];
    let got = shop.post("owner", "/admin/collections", &wrong).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Give it a title.") && got.body.contains("One of the conditions is not complete."));
    assert!(got.body.contains("value=\"many\""), "what was entered is kept");
    assert_eq!(shop.asked("catalog.save_collection").len(), 1);
}

#[tokio::test]
async fn products_are_found_added_and_saved_by_hand() {
    let shop = shop();
    let found = shop.post("owner", "/admin/collections", &[("do", "find"), ("by", "hand"), ("find", "tote")]).await;
    let id = ProductId::from_bits(1).to_string();
    assert!(found.body.contains(&format!("name=\"add\" value=\"{id}\"")), "{}", found.body);
    assert_eq!(shop.asked("catalog.list")[0]["filter"]["text"], "tote");
    let added = shop.post("owner", "/admin/collections", &[("do", "preview"), ("by", "hand"), ("add", &id)]).await;
    assert!(added.body.contains(&format!("name=\"order[{id}]\" value=\"1\"")), "{}", added.body);
    let order = format!("order[{id}]");
    let form = [("do", "save"), ("by", "hand"), ("title", "Mine"), (order.as_str(), "1")];
    shop.post("owner", "/admin/collections", &form).await;
    assert_eq!(shop.asked("catalog.save_collection")[0]["draft"]["members"], json!({ "picked": [id] }));
}
