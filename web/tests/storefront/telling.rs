//! What pages tell search engines, and those who pass links on.

use serde_json::Value;

use crate::{
    goods::HOSTILE,
    rig::{Answer, rig, rig_at},
};

/// The page's JSON-LD, parsed.
fn told(page: &Answer) -> Vec<Value> {
    let blocks = page.body.split("<script type=\"application/ld+json\">").skip(1);
    blocks.map(|block| serde_json::from_str(block.split("</script>").next().unwrap()).unwrap()).collect()
}

fn of_type<'v>(told: &'v [Value], kind: &str) -> &'v Value {
    told.iter().find(|value| value["@type"] == kind).unwrap_or_else(|| panic!("no {kind} in {told:?}"))
}

fn meta(page: &Answer, name: &str) -> String {
    let start = format!("{name}\" content=\"");
    let from = page.body.find(&start).unwrap_or_else(|| panic!("no {name} in {}", page.body)) + start.len();
    page.body[from..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_product_is_told_with_its_offers_and_the_way_to_it() {
    let page = rig_at("https://shop.example").browser().get("/products/canvas-bag").await;
    let told = told(&page);
    let product = of_type(&told, "Product");
    assert_eq!((&product["name"], &product["brand"]["name"]), (&"Canvas bag".into(), &"Acme".into()));
    assert_eq!(product["category"], "Bags > Totes");
    assert_eq!(product["image"][0], "https://shop.example/images/00000001-1600.jpg");
    let offers = product["offers"].as_array().unwrap();
    assert_eq!(offers.len(), 3);
    assert_eq!((&offers[0]["price"], &offers[0]["priceCurrency"]), (&"12.50".into(), &"EUR".into()));
    assert_eq!(offers[0]["availability"], "https://schema.org/InStock");
    assert_eq!(offers[1]["availability"], "https://schema.org/OutOfStock");
    assert_eq!(offers[1]["url"], "https://shop.example/products/canvas-bag?variant=BAG-RED-L");
    assert_eq!((&offers[0]["gtin"], &offers[0]["sku"]), (&"4006381333931".into(), &"BAG-RED-S".into()));
    let way = of_type(&told, "BreadcrumbList")["itemListElement"].as_array().unwrap();
    let names: Vec<&str> = way.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Souk", "Bags", "Totes", "Canvas bag"]);
    assert_eq!((&way[1]["position"], &way[1]["item"]), (&2.into(), &"https://shop.example/c/bags".into()));
    assert!(way[3].get("item").is_none(), "the page itself needs no address");
}

#[tokio::test]
async fn the_front_page_tells_who_sells_and_how_to_search() {
    let page = rig().browser().get("/").await;
    let told = told(&page);
    assert_eq!(of_type(&told, "Organization")["name"], "Souk");
    let action = &of_type(&told, "WebSite")["potentialAction"];
    assert_eq!(action["@type"], "SearchAction");
    assert_eq!(action["target"]["urlTemplate"], "http://localhost:8080/search?q={search_term_string}");
}

#[tokio::test]
async fn links_that_are_passed_on_have_a_title_a_text_and_a_picture() {
    let browser = rig().browser();
    for (path, title, kind) in [
        ("/", "Souk: Bags and more", "website"),
        ("/c/bags", "Bags · Souk", "website"),
        ("/brands/acme", "Acme · Souk", "website"),
        ("/collections/favourites", "Favourites · Souk", "website"),
        ("/products/canvas-bag", "Canvas bag by Acme · Souk", "product"),
    ] {
        let page = browser.get(path).await;
        page.is(200).shows(&format!("<title>{title}</title>"));
        assert_eq!(meta(&page, "og:title"), title);
        assert_eq!(meta(&page, "og:type"), kind);
        assert_eq!(meta(&page, "og:url"), format!("http://localhost:8080{path}"));
        assert_eq!(meta(&page, "og:description"), meta(&page, "name=\"description"));
        assert!(meta(&page, "og:description").chars().count() > 20, "{path}");
        assert!(meta(&page, "og:image").starts_with("http://localhost:8080/images/"), "{path}");
    }
}

#[tokio::test]
async fn search_engines_know_each_page_of_a_list_and_nothing_that_is_chosen_from_it() {
    let browser = rig().browser();
    let second = browser.get("/c/bags?page=2").await;
    second.shows("<title>Bags, page 2 of 3 · Souk</title>").hides("noindex");
    second.shows("<link rel=\"canonical\" href=\"http://localhost:8080/c/bags?page=2\">");
    let chosen = browser.get("/c/bags?brand=Acme&page=2").await;
    chosen.shows("content=\"noindex\"").shows("<link rel=\"canonical\" href=\"http://localhost:8080/c/bags\">");
}

#[tokio::test]
async fn what_is_told_cannot_break_out_of_its_place() {
    let page = rig().browser().get("/products/hostile").await;
    assert_eq!(of_type(&told(&page), "Product")["name"], HOSTILE);
    page.hides("<script>alert");
}
