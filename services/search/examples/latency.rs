//! Prints how fast a search with facets is over many products, with many clients at a time.
//!
//! `cargo run --release -p souk-search --example latency [products] [clients] [seconds]`

#[path = "../tests/shop/mod.rs"]
mod shop;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use shop::{Shop, path, product, with};
use souk_contracts::{
    catalog::{Attribute, AttributeValue, Product},
    search::{Filters, Query, Sort},
};
use souk_types::{Currency, Money};

const NOUNS: [&str; 24] = [
    "lamp", "chair", "table", "kettle", "knife", "jacket", "shirt", "shoe", "bag", "watch", "phone", "laptop",
    "camera", "printer", "cable", "charger", "rug", "sofa", "mirror", "clock", "bottle", "tent", "bike", "helmet",
];
const ADJECTIVES: [&str; 16] = [
    "red", "blue", "wooden", "light", "portable", "classic", "modern", "large", "small", "soft", "steel", "leather",
    "cotton", "wireless", "compact", "vintage",
];

fn number(argument: usize, default: usize) -> usize {
    std::env::args().nth(argument).and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn any_product(id: usize, random: &mut StdRng) -> Product {
    let noun = NOUNS[random.random_range(0..NOUNS.len())];
    let mut adjective = || ADJECTIVES[random.random_range(0..ADJECTIVES.len())];
    let title = format!("{} {} {noun} model {}", adjective(), adjective(), id % 5_000);
    let description: String = (0..60).map(|_| format!("{} ", adjective())).collect();
    with(product(id as u128, &title), |product| {
        product.description = format!("<p>{description} {noun}</p>");
        product.brand = format!("Brand {}", random.random_range(0..300));
        let section = random.random_range(0..12);
        product.category = path(&[&format!("Section {section}"), &format!("Group {section}-{}", id % 10)]);
        product.variants[0].price = Money::new(random.random_range(100..200_000), Currency::EUR);
        product.attributes = (0..8)
            .map(|name| Attribute {
                name: format!("Attribute {name}"),
                value: AttributeValue::Text(format!("Value {}", random.random_range(0..(name + 1) * 12))),
            })
            .collect();
    })
}

fn any_query(random: &mut StdRng) -> Query {
    let mut pick = |from: &[&str]| from[random.random_range(0..from.len())].to_owned();
    let (noun, adjective) = (pick(&NOUNS), pick(&ADJECTIVES));
    let mut filters = Filters::default();
    let text = match random.random_range(0..10) {
        0 => String::new(),
        1..=3 => noun,
        4..=6 => format!("{adjective} {noun}"),
        7 => format!("{adjective} {noun} {}", random.random_range(0..5_000)),
        8 => noun.replacen('a', "e", 1),
        _ => adjective,
    };
    if random.random_bool(0.5) {
        filters.category = Some(format!("section {}", random.random_range(0..12)));
    }
    if random.random_bool(0.3) {
        filters.brands = (0..2).map(|_| format!("Brand {}", random.random_range(0..300))).collect();
    }
    if random.random_bool(0.2) {
        filters.price_max = Some(random.random_range(10_000..200_000));
    }
    let sort = [Sort::Relevance, Sort::Relevance, Sort::PriceUp, Sort::Popularity][random.random_range(0..4)];
    Query { text, filters, sort, offset: random.random_range(0..3) * 24, limit: 24, facets: true }
}

fn resident_mb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok()).unwrap_or(0) / 1024
}

#[tokio::main]
async fn main() {
    let (products, clients, seconds) = (number(1, 100_000), number(2, 16), number(3, 10));
    let shop = Arc::new(Shop::open().await);
    let mut random = StdRng::seed_from_u64(1);
    let all: Vec<Product> = (0..products).map(|id| any_product(id, &mut random)).collect();
    let before = resident_mb();
    let started = Instant::now();
    let imports = all.chunks(8_000).map(|part| shop.put_together(part.to_vec()));
    for import in imports {
        import.await;
    }
    let took = started.elapsed();
    println!("indexed {products} products in {took:.1?}, {:.0}/s", products as f64 / took.as_secs_f64());
    drop(all);
    tokio::time::sleep(Duration::from_secs(8)).await;
    println!("memory: {before} MB with the products, {} MB with the index too", resident_mb());

    let until = Instant::now() + Duration::from_secs(seconds as u64);
    let workers = (0..clients).map(|client| {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(client as u64);
            let mut took = Vec::new();
            while Instant::now() < until {
                let query = any_query(&mut random);
                let started = Instant::now();
                shop.find(query).await;
                took.push(started.elapsed());
                tokio::task::yield_now().await;
            }
            took
        })
    });
    let mut took = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        took.extend(worker.await.unwrap_or_default());
    }
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!("{} searches, {:.0}/s", took.len(), took.len() as f64 / seconds as f64);
    println!("inside the service: p50 {:?} p90 {:?} p99 {:?} max {:?}", at(0.5), at(0.9), at(0.99), at(1.0));
    println!("memory {} MB", resident_mb());
}
