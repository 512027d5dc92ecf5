//! The pages of brands and collections.

use souk_contracts::search::{FacetKind, Scope};
use souk_types::Id;

use crate::rig::rig;

#[tokio::test]
async fn brands_are_listed_by_letter_and_each_has_a_page() {
    let rig = rig();
    let browser = rig.browser();
    browser.get("/brands").await.is(200).shows(">A</h2>").shows("href=\"/brands/hermes\"").shows("3 products");
    browser.get("/brands?after=acme").await.is(200).hides("/brands/acme").shows("/brands/hermes");
    let page = browser.get("/brands/hermes?a.Colour=Red&sort=price_up").await;
    page.is(200).shows("<h1>Hermès</h1>").shows("Colour: Red").hides("name=\"brand\"").shows("name=\"category\"");
    page.shows("action=\"/brands/hermes\"");
    let searched = rig.services.lock().searched.clone().unwrap();
    assert_eq!(searched.filters.scope, [Scope::Brands(vec!["Hermès".to_owned(), "Hermes".to_owned()])]);
    assert_eq!(searched.filters.attributes["Colour"], ["Red"]);
    browser.get("/brands/nobody").await.is(404);
    browser.get("/brands/%3Cb%3E").await.is(404);
}

#[tokio::test]
async fn a_product_leads_to_its_brand() {
    rig().browser().get("/products/canvas-bag").await.shows("href=\"/brands/acme\"");
}

#[tokio::test]
async fn collections_have_pages_that_can_be_narrowed_down() {
    let rig = rig();
    let browser = rig.browser();
    browser.get("/collections").await.is(200).shows("Favourites").shows("/collections/reduced-totes");
    let page = browser.get("/collections/favourites?brand=Acme").await;
    page.is(200).shows("<h1>Favourites</h1>").shows("Brand: Acme").shows("action=\"/collections/favourites\"");
    let searched = rig.services.lock().searched.clone().unwrap();
    assert_eq!(searched.filters.scope, [Scope::Products(vec![Id::from_bits(2), Id::from_bits(1)])]);
    assert_eq!(searched.filters.brands, ["Acme"]);
    assert!(searched.facets);
    browser.get("/collections/reduced-totes").await.is(200);
    let searched = rig.services.lock().searched.clone().unwrap();
    assert_eq!(searched.filters.scope, [Scope::Category("totes".to_owned()), Scope::OnSale]);
    browser.get("/collections/nothing").await.is(404);
}

#[tokio::test]
async fn every_list_hides_the_facet_that_it_is_a_value_of() {
    let browser = rig().browser();
    for (path, hidden) in [("/c/bags", FacetKind::Category), ("/brands/acme", FacetKind::Brand)] {
        browser.get(path).await.hides(&format!("name=\"{hidden}\"")).shows("name=\"available\"");
    }
}
