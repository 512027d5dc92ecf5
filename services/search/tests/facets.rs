//! Filters and facets, against counting by hand.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod shop;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shop::{Shop, path, product, with};
use souk_contracts::{
    catalog::{Attribute, AttributeValue, Product},
    search::{Facet, FacetKind, Filters, Query},
};
use souk_types::{Currency, Money};

const CATEGORIES: [&[&str]; 4] = [&["Home"], &["Home", "Kitchen"], &["Home", "Kitchen", "Knives"], &["Garden"]];
const BRANDS: [&str; 3] = ["Acme", "Bolt", ""];
const COLOURS: [&str; 3] = ["Red", "Green", "Blue"];

#[derive(Debug, Clone)]
struct Thing {
    category: usize,
    brand: usize,
    colours: BTreeSet<usize>,
    price: i64,
    in_stock: bool,
    is_gift: bool,
}

fn thing() -> impl Strategy<Value = Thing> {
    let colours = proptest::collection::btree_set(0..COLOURS.len(), 0..3);
    (0..CATEGORIES.len(), 0..BRANDS.len(), colours, 1_i64..100_000, any::<bool>(), any::<bool>()).prop_map(
        |(category, brand, colours, price, in_stock, is_gift)| Thing {
            category,
            brand,
            colours,
            price,
            in_stock,
            is_gift,
        },
    )
}

fn filters() -> impl Strategy<Value = Filters> {
    let category = proptest::option::of(prop_oneof![Just("home"), Just("kitchen"), Just("garden"), Just("nowhere")]);
    let brands = proptest::sample::subsequence(vec!["Acme", "Bolt", "Nobody"], 0..3);
    let colours = proptest::sample::subsequence(COLOURS.to_vec(), 0..3);
    let bound = || proptest::option::of(1_i64..100_000);
    (category, brands, colours, bound(), bound(), any::<bool>()).prop_map(
        |(category, brands, colours, price_min, price_max, in_stock)| Filters {
            category: category.map(str::to_owned),
            brands: brands.into_iter().map(str::to_owned).collect(),
            scope: Vec::new(),
            price_min,
            price_max,
            in_stock,
            attributes: if colours.is_empty() {
                BTreeMap::new()
            } else {
                [("Colour".to_owned(), colours.into_iter().map(str::to_owned).collect())].into()
            },
        },
    )
}

/// Which of the five kinds of filters a thing passes.
fn passes(thing: &Thing, filters: &Filters) -> [bool; 5] {
    let slugs: Vec<String> = CATEGORIES[thing.category].iter().map(|name| name.to_lowercase()).collect();
    let colours = filters.attributes.get("Colour");
    [
        filters.category.as_ref().is_none_or(|slug| slugs.contains(slug)),
        filters.brands.is_empty() || filters.brands.iter().any(|brand| brand == BRANDS[thing.brand]),
        filters.price_min.is_none_or(|least| thing.price >= least)
            && filters.price_max.is_none_or(|most| thing.price <= most),
        !filters.in_stock || thing.in_stock,
        colours.is_none_or(|wanted| {
            thing.colours.iter().any(|colour| wanted.iter().any(|wanted| wanted == COLOURS[*colour]))
        }),
    ]
}

fn count(things: &[&Thing], filters: &Filters, but: usize, has: impl Fn(&Thing) -> bool) -> usize {
    let passes_others =
        |thing: &&Thing| passes(thing, filters).iter().enumerate().all(|(at, passes)| at == but || *passes);
    things.iter().filter(|thing| passes_others(thing) && has(thing)).count()
}

fn product_of(number: usize, thing: &Thing) -> Product {
    let title = if thing.is_gift { "Gift" } else { "Object" };
    with(product(number as u128, title), |product| {
        product.category = path(CATEGORIES[thing.category]);
        product.brand = BRANDS[thing.brand].to_owned();
        product.variants[0].price = Money::new(thing.price, Currency::EUR);
        product.attributes = thing
            .colours
            .iter()
            .map(|colour| Attribute {
                name: "Colour".to_owned(),
                value: AttributeValue::Text(COLOURS[*colour].to_owned()),
            })
            .collect();
    })
}

fn counted(facets: &[Facet], kind: FacetKind, value: &str) -> usize {
    let facet = facets.iter().find(|facet| facet.kind == kind);
    facet.and_then(|facet| facet.values.iter().find(|found| found.value == value)).map_or(0, |found| found.count)
}

async fn check(things: Vec<Thing>, queries: Vec<(Filters, bool)>) {
    let shop = Shop::open().await;
    for (number, thing) in things.iter().enumerate() {
        shop.world.stock.lock().unwrap().insert(format!("S-{number}"), i64::from(thing.in_stock));
    }
    // Several events, so that there are several segments; some products twice, so that some are replaced.
    let products: Vec<Product> = things.iter().enumerate().map(|(n, thing)| product_of(n, thing)).collect();
    for some in products.chunks(25) {
        shop.put(some.to_vec()).await;
    }
    shop.put(products.iter().step_by(7).cloned().collect()).await;
    for (filters, only_gifts) in queries {
        let text = if only_gifts { "gift" } else { "" };
        let found = shop
            .find(Query {
                text: text.to_owned(),
                filters: filters.clone(),
                facets: true,
                limit: 100,
                ..Query::default()
            })
            .await;
        let things: Vec<&Thing> = things.iter().filter(|thing| thing.is_gift || !only_gifts).collect();
        assert_eq!(found.total, count(&things, &filters, usize::MAX, |_| true), "{filters:?}");
        assert_eq!(found.hits.len(), found.total.min(100));
        let facets = &found.facets;
        for slug in ["home", "kitchen", "knives", "garden"] {
            let inside = |thing: &Thing| CATEGORIES[thing.category].iter().any(|name| name.to_lowercase() == slug);
            assert_eq!(counted(facets, FacetKind::Category, slug), count(&things, &filters, 0, inside), "{slug}");
        }
        for brand in ["Acme", "Bolt"] {
            let made = |thing: &Thing| BRANDS[thing.brand] == brand;
            assert_eq!(counted(facets, FacetKind::Brand, brand), count(&things, &filters, 1, made), "{brand}");
        }
        let stocked = count(&things, &filters, 3, |thing| thing.in_stock);
        assert_eq!(counted(facets, FacetKind::Availability, "in_stock"), stocked);
        check_prices(facets, &things, &filters);
        if facets.iter().any(|facet| facet.kind == FacetKind::Attribute) {
            for (number, colour) in COLOURS.iter().enumerate() {
                let has = |thing: &Thing| thing.colours.contains(&number);
                assert_eq!(counted(facets, FacetKind::Attribute, colour), count(&things, &filters, 4, has));
            }
        }
    }
}

fn check_prices(facets: &[Facet], things: &[&Thing], filters: &Filters) {
    for range in facets.iter().filter(|facet| facet.kind == FacetKind::Price).flat_map(|facet| &facet.values) {
        let (from, upto) = range.value.split_once('-').unwrap();
        let (from, upto): (i64, i64) = (from.parse().unwrap(), upto.parse().unwrap_or(i64::MAX));
        let inside = |thing: &Thing| (from..=upto).contains(&thing.price);
        assert_eq!(range.count, count(things, filters, 2, inside), "{}", range.value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn facets_count_what_each_choice_would_find(
        things in proptest::collection::vec(thing(), 1..60),
        queries in proptest::collection::vec((filters(), any::<bool>()), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(check(things, queries));
    }
}

#[tokio::test]
async fn a_choice_is_marked_and_does_not_hide_the_other_choices() {
    let shop = Shop::with(
        (0..20)
            .map(|number| {
                with(product(number, "Cup"), |cup| {
                    cup.brand = if number % 4 == 0 { "Acme".to_owned() } else { "Bolt".to_owned() };
                })
            })
            .collect(),
    )
    .await;
    let filters = Filters { brands: vec!["Acme".to_owned()], ..Filters::default() };
    let found = shop.find(Query { filters, facets: true, limit: 10, ..Query::default() }).await;
    assert_eq!(found.total, 5);
    let brands = found.facets.iter().find(|facet| facet.kind == FacetKind::Brand).unwrap();
    let values: Vec<(&str, usize, bool)> =
        brands.values.iter().map(|value| (value.value.as_str(), value.count, value.selected)).collect();
    assert_eq!(values, [("Bolt", 15, false), ("Acme", 5, true)]);
}
