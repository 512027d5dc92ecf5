//! What a list is of before anything is chosen, and the brands that have one.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod shop;

use shop::{Shop, path, product, query, with};
use souk_contracts::{
    ProductId,
    search::{Brand, FacetKind, Filters, Query, Scope, Sort},
};
use souk_types::{Currency, Money, PageRequest};

/// Twelve cups: even ones by Acme, every third reduced, those from 6 on for the kitchen, priced 0 to 11.
async fn cups() -> Shop {
    let cup = |number: u128| {
        with(product(number, &format!("Cup {number}")), |cup| {
            cup.brand = if number.is_multiple_of(2) { "Acme" } else { "Bolt" }.to_owned();
            cup.tags = if number.is_multiple_of(2) { vec!["even".to_owned()] } else { Vec::new() };
            cup.category = path(if number < 6 { &["Home"] } else { &["Home", "Kitchen"] });
            cup.variants[0].price = Money::new(i64::try_from(number).unwrap(), Currency::EUR);
            cup.variants[0].compare_at = (number.is_multiple_of(3)).then_some(Money::new(1_000, Currency::EUR));
        })
    };
    Shop::with((0..12).map(cup).collect()).await
}

async fn within(shop: &Shop, scope: Vec<Scope>) -> Vec<String> {
    let filters = Filters { scope, ..Filters::default() };
    let found = shop.find(Query { filters, sort: Sort::PriceUp, ..query("") }).await;
    found.hits.into_iter().map(|hit| hit.title["Cup ".len()..].to_owned()).collect()
}

#[tokio::test]
async fn a_list_is_of_what_meets_every_condition() {
    let shop = cups().await;
    let brand = |name: &str| Scope::Brands(vec![name.to_owned()]);
    for (scope, expected) in [
        (vec![brand("Acme")], vec!["0", "2", "4", "6", "8", "10"]),
        (vec![Scope::OnSale], vec!["0", "3", "6", "9"]),
        (vec![Scope::Tag("even".to_owned()), Scope::OnSale], vec!["0", "6"]),
        (vec![Scope::Category("kitchen".to_owned()), brand("Bolt")], vec!["7", "9", "11"]),
        (vec![Scope::PriceFrom(3), Scope::PriceUnder(6)], vec!["3", "4", "5"]),
        (vec![brand("Acme"), brand("Bolt")], vec![]),
        (vec![Scope::Tag("unheard of".to_owned())], vec![]),
    ] {
        assert_eq!(within(&shop, scope.clone()).await, expected, "{scope:?}");
    }
}

#[tokio::test]
async fn what_was_picked_comes_in_its_order_unless_another_is_asked_for() {
    let shop = cups().await;
    let picked: Vec<ProductId> = [7, 2, 99, 5].map(ProductId::from_bits).to_vec();
    let filters = Filters { scope: vec![Scope::Products(picked.clone())], ..Filters::default() };
    let found = shop.find(Query { filters, ..query("") }).await;
    let ids: Vec<ProductId> = found.hits.iter().map(|hit| hit.product).collect();
    assert_eq!((ids, found.total), ([7, 2, 5].map(ProductId::from_bits).to_vec(), 3));
    assert_eq!(within(&shop, vec![Scope::Products(picked)]).await, ["2", "5", "7"]);
}

#[tokio::test]
async fn facets_count_only_what_is_within() {
    let shop = cups().await;
    let scope = vec![Scope::Category("kitchen".to_owned())];
    let filters = Filters { scope, brands: vec!["Acme".to_owned()], ..Filters::default() };
    let found = shop.find(Query { filters, facets: true, ..query("") }).await;
    assert_eq!(found.total, 3);
    let brands = found.facets.iter().find(|facet| facet.kind == FacetKind::Brand).unwrap();
    let counts: Vec<(&str, usize)> = brands.values.iter().map(|value| (value.value.as_str(), value.count)).collect();
    assert_eq!(counts, [("Acme", 3), ("Bolt", 3)]);
}

#[tokio::test]
async fn too_much_of_a_scope_is_refused() {
    let shop = cups().await;
    let picked = Scope::Products((0..1_001).map(ProductId::from_bits).collect());
    for scope in [vec![picked], vec![Scope::OnSale; 21]] {
        let query = Query { filters: Filters { scope, ..Filters::default() }, ..query("") };
        assert!(shop.search.search(&shop.cx(), query).await.is_err());
    }
}

#[tokio::test]
async fn brands_are_listed_by_slug_a_page_at_a_time_and_found_by_it() {
    let of = |number: u128, brand: &str| with(product(number, "Thing"), |thing| thing.brand = brand.to_owned());
    let shop =
        Shop::with(vec![of(1, "Zen"), of(2, "Hermès"), of(3, "Hermès"), of(4, "Hermes"), of(5, "Acme"), of(6, "")])
            .await;
    let first = shop.search.brands(&shop.cx(), PageRequest::first(2)).await.unwrap();
    let rest = PageRequest { limit: 2, after: first.next.clone() };
    let rest = shop.search.brands(&shop.cx(), rest).await.unwrap();
    let slugs: Vec<&str> = first.items.iter().chain(&rest.items).map(|brand| brand.slug.as_str()).collect();
    assert_eq!((slugs, rest.next), (vec!["acme", "hermes", "zen"], None));
    let hermes = shop.search.brand(&shop.cx(), "hermes".to_owned()).await.unwrap();
    let names = vec!["Hermès".to_owned(), "Hermes".to_owned()];
    assert_eq!(hermes, Some(Brand { slug: "hermes".to_owned(), names, products: 3 }));
    assert_eq!(shop.search.brand(&shop.cx(), "nobody".to_owned()).await.unwrap(), None);
}
