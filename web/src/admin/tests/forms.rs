use http::{StatusCode, header};
use serde_json::json;
use souk_contracts::catalog;
use souk_types::{Fault, FieldError};

use super::fakes::{Shop, ok, product, refused};

type Part<'p> = (&'p str, Option<&'p str>, &'p str);

fn path() -> String {
    format!("/admin/products/{}", product().id)
}

fn variant(field: &str) -> String {
    format!("variant[{}].{field}", product().variants[0].id)
}

fn with_product() -> Shop {
    Shop::new(|method, _| match method {
        "catalog.product" | "catalog.update" | "catalog.create" => ok(product()),
        "catalog.add_image" => {
            ok(catalog::Image { hash: "ab".into(), width: 10, height: 10, alt: String::new(), drawn: false })
        }
        _ => None,
    })
}

#[tokio::test]
async fn a_product_is_saved_as_the_form_says_and_what_it_lacks_stays() {
    let shop = with_product();
    let (sku, price) = (variant("sku"), variant("price"));
    let parts: [Part<'_>; 8] = [
        ("version", None, "7"),
        ("title", None, "Big tote"),
        ("description", None, "One\r\n\r\nTwo & three"),
        ("status", None, "draft"),
        (&sku, None, "TOTE-2"),
        (&price, None, "13.00"),
        ("image", Some("a.png"), "pixels"),
        ("image_alt", None, "A bag"),
    ];
    let got = shop.post_parts("manager", &path(), &parts).await;
    assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, path().as_str()), "{}", got.body);
    let asked = &shop.asked("catalog.update")[0];
    assert_eq!(asked["version"], 7);
    let draft: catalog::ProductDraft = serde_json::from_value(asked["draft"].clone()).unwrap();
    assert_eq!(draft.title, "Big tote");
    assert_eq!(draft.description, "<p>One</p><p>Two &amp; three</p>");
    assert_eq!(draft.status, catalog::ProductStatus::Draft);
    assert_eq!(
        (draft.variants[0].sku.as_str(), draft.variants[0].price.minor, draft.variants[0].weight_g),
        ("TOTE-2", 1_300, 300)
    );
    assert_eq!((draft.brand.as_str(), draft.tags), ("Acme", vec!["bags".to_owned()]));
    assert_eq!(draft.images[0].source, catalog::ImageSource::Stored("ab".into()));
    assert_eq!(draft.images[0].alt, "A bag");
}

#[tokio::test]
async fn options_attributes_and_variants_can_be_added() {
    let shop = with_product();
    let parts: [Part<'_>; 7] = [
        ("version", None, "7"),
        ("option_names", None, "Colour, Size"),
        ("attributes", None, "Depth: 12 cm"),
        (&variant("options"), None, "Red / M"),
        ("variant[new].sku", None, "TOTE-BLUE"),
        ("variant[new].options", None, "Blue / L"),
        ("variant[new].price", None, "14"),
    ];
    shop.post_parts("owner", &path(), &parts).await;
    let draft: catalog::ProductDraft =
        serde_json::from_value(shop.asked("catalog.update")[0]["draft"].clone()).unwrap();
    assert_eq!(draft.options, ["Colour", "Size"]);
    assert_eq!(draft.attributes[0].value, catalog::AttributeValue::Number { number: 12.0, unit: "cm".into() });
    assert_eq!(draft.variants[0].options, ["Red", "M"]);
    assert_eq!((draft.variants[1].options.join("-"), draft.variants[1].price.minor), ("Blue-L".to_owned(), 1_400));
}

#[tokio::test]
async fn the_page_has_a_field_for_everything_that_can_be_saved() {
    let page = with_product().get("manager", &path()).await.body;
    let names = ["title", "description", "attributes", "option_names", "status", "category", "brand", "tags", "handle"];
    let rows = ["options", "sku", "price", "compare_at", "barcode", "weight_grams"];
    let of_row = rows.iter().flat_map(|field| [variant(field), format!("variant[new].{field}")]);
    for name in names.map(str::to_owned).into_iter().chain(of_row).chain([variant("remove")]) {
        assert!(page.contains(&format!("name=\"{name}\"")), "{name}");
    }
}

#[tokio::test]
async fn a_refused_form_keeps_the_new_variant_and_the_ticks() {
    let remove = variant("remove");
    let parts: [Part<'_>; 5] = [
        ("version", None, "7"),
        ("title", None, ""),
        (&remove, None, "1"),
        ("variant[new].sku", None, "TOTE-BLUE"),
        ("variant[new].price", None, "14"),
    ];
    let got = with_product().post_parts("manager", &path(), &parts).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
    assert!(got.body.contains("value=\"TOTE-BLUE\""));
    assert!(got.body.contains("aria-label=\"Remove ") && got.body.contains(" checked>"));
}

#[tokio::test]
async fn somebody_elses_change_is_told_and_nothing_that_was_entered_is_lost() {
    let shop = with_product();
    let price = variant("price");
    let parts: [Part<'_>; 3] = [("version", None, "6"), ("title", None, "My <new> title"), (&price, None, "99.99")];
    let got = shop.post_parts("owner", &path(), &parts).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("Somebody else changed this product meanwhile"));
    assert!(got.body.contains("value=\"My &lt;new&gt; title\""));
    assert!(got.body.contains("value=\"99.99\""));
    assert!(got.body.contains("name=\"version\" value=\"7\""));
    assert!(shop.asked("catalog.update").is_empty());
}

#[tokio::test]
async fn a_change_between_reading_and_saving_is_told_too() {
    let shop = Shop::new(|method, _| match method {
        "catalog.product" => ok(product()),
        "catalog.update" => refused(&catalog::Error::VersionConflict { current: 8 }),
        _ => None,
    });
    let got = shop.post_parts("owner", &path(), &[("version", None, "7"), ("brand", None, "Mine")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("value=\"Mine\""));
}

#[tokio::test]
async fn wrong_fields_are_named_in_place_with_what_was_entered() {
    let shop = Shop::new(|method, _| match method {
        "catalog.product" => ok(product()),
        "catalog.update" => refused(&catalog::Error::Fault(Fault::invalid_fields(vec![
            FieldError::new("slug", "is already taken"),
            FieldError::new("variants[0].weight_g", "must be less"),
        ]))),
        _ => None,
    });
    let (price, weight) = (variant("price"), variant("weight_grams"));
    let got =
        shop.post_parts("owner", &path(), &[("version", None, "7"), ("title", None, ""), (&price, None, "1,5")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Enter a title.") && got.body.contains("value=\"1,5\""));
    assert!(shop.asked("catalog.update").is_empty());
    let got = shop
        .post_parts("owner", &path(), &[("version", None, "7"), ("handle", None, "taken"), (&weight, None, "9")])
        .await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains(&format!("id=\"f-{weight}-error\"")), "{}", got.body);
    assert!(got.body.contains("id=\"f-handle-error\"") && got.body.contains("value=\"taken\""));
}

#[tokio::test]
async fn a_new_product_has_one_variant() {
    let shop = with_product();
    let form = [
        ("title", "Mug"),
        ("handle", ""),
        ("description", ""),
        ("brand", ""),
        ("status", "draft"),
        ("category", ""),
        ("sku", "MUG"),
        ("price", "8"),
    ];
    let got = shop.post("manager", "/admin/products", &form).await;
    assert_eq!((got.status, got.header(header::LOCATION)), (StatusCode::SEE_OTHER, path().as_str()), "{}", got.body);
    let draft = &shop.asked("catalog.create")[0]["draft"];
    assert_eq!((&draft["title"], &draft["variants"][0]["price"]["minor"]), (&json!("Mug"), &json!(800)));
    let bad =
        shop.post("manager", "/admin/products", &[("title", "Mug"), ("status", "draft"), ("price", "x\"y")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.body.contains("value=\"x&quot;y\"") && bad.body.contains("value=\"Mug\""));
}

#[tokio::test]
async fn a_picture_that_is_too_large_is_refused_in_its_place() {
    let shop = with_product();
    let large = "x".repeat(souk_types::limits::IMAGE_BYTES_MAX + 1);
    let parts: [Part<'_>; 3] = [("version", None, "7"), ("image", Some("a.png"), &large), ("brand", None, "Mine")];
    let got = shop.post_parts("owner", &path(), &parts).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("A picture may have 20 MB at most.") && got.body.contains("value=\"Mine\""));
    assert!(shop.asked("catalog.add_image").is_empty());
    let fits: [Part<'_>; 2] = [("version", None, "7"), ("image", Some("a.png"), &large[1..])];
    assert_eq!(shop.post_parts("owner", &path(), &fits).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn pictures_are_worded_put_in_order_and_taken_out() {
    let picture =
        |hash: &str| catalog::Image { hash: hash.into(), width: 9, height: 9, alt: hash.into(), drawn: false };
    let mut product = product();
    product.images = vec![picture("aa"), picture("bb"), picture("cc"), picture("dd")];
    product.variants[0].image = Some(3);
    let shop = Shop::new(move |method, _| match method {
        "catalog.product" | "catalog.update" => ok(&product),
        _ => None,
    });
    let page = shop.get("manager", &path()).await.body;
    assert!(
        page.contains("name=\"image[cc].place\" value=\"3\"") && page.contains("name=\"image[cc].alt\" value=\"cc\"")
    );
    let parts: [Part<'_>; 6] = [
        ("version", None, "7"),
        ("image[aa].place", None, "1"),
        ("image[bb].remove", None, "1"),
        ("image[dd].place", None, "1"),
        ("image[dd].alt", None, "From the side"),
        ("image[cc].place", None, ""),
    ];
    shop.post_parts("owner", &path(), &parts).await;
    let draft: catalog::ProductDraft =
        serde_json::from_value(shop.asked("catalog.update")[0]["draft"].clone()).unwrap();
    let alts: Vec<&str> = draft.images.iter().map(|image| image.alt.as_str()).collect();
    assert_eq!((alts, draft.variants[0].image), (vec!["From the side", "aa", "cc"], Some(0)));
    let wrong = [("version", None, "7"), ("image[aa].place", None, "first")];
    let got = shop.post_parts("owner", &path(), &wrong).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("is a whole number") && got.body.contains("value=\"first\""), "{}", got.body);
}
