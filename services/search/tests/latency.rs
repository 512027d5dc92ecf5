//! Prints how fast a search with facets is over many products, with many clients at a time.
//!
//! `cargo test --release -p souk-search --test latency -- --ignored --nocapture`
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

mod shop;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use shop::{Shop, path, product, with};
use souk_contracts::{
    ProductId,
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

const PRODUCTS: usize = 100_000;
const CLIENTS: u64 = 16;
const SPAN: Duration = Duration::from_secs(10);

fn any_product(id: ProductId) -> Product {
    let mut random = StdRng::seed_from_u64(u64::try_from(id.bits()).unwrap_or(0));
    let id = id.bits();
    let noun = NOUNS[random.random_range(0..NOUNS.len())];
    let mut adjective = || ADJECTIVES[random.random_range(0..ADJECTIVES.len())];
    let title = format!("{} {} {noun} model {}", adjective(), adjective(), id % 5_000);
    // Few words are frequent, most are rare.
    let mut word = || {
        let up_to = random.random_range(1..6_000_u32);
        let up_to = random.random_range(0..up_to);
        format!("word{} ", random.random_range(0..=up_to))
    };
    let description: String = (0..80).map(|_| word()).collect();
    with(product(id, &title), |product| {
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

/// Memory of its own and pages of files, MB.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mb = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok()).unwrap_or(0) / 1024
    };
    format!("{} MB and {} MB of files", mb("RssAnon"), mb("RssFile"))
}

/// CPU seconds of this process so far: says more than the clock on a busy machine.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures for people"]
async fn search_latency() {
    let shop = Arc::new(Shop::open().await);
    *shop.world.maker.lock().unwrap() = Some(any_product);
    let before = memory();
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let all: Vec<ProductId> = (0..PRODUCTS as u128).map(ProductId::from_bits).collect();
    for import in all.chunks(16_000) {
        shop.tell_together(import).await;
    }
    let took = started.elapsed();
    println!("indexed {PRODUCTS} products in {took:.1?}, {:.0}/s", PRODUCTS as f64 / took.as_secs_f64());
    println!("CPU: {:.0} µs each", (cpu_seconds() - cpu) * 1e6 / PRODUCTS as f64);
    tokio::time::sleep(Duration::from_secs(8)).await;
    println!("memory: {before} before, {} with the index", memory());

    let cpu = cpu_seconds();
    let until = Instant::now() + SPAN;
    let workers = (0..CLIENTS).map(|client| {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(client);
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
    let at = |per_mille: usize| took[(took.len() - 1) * per_mille / 1_000];
    println!("{} searches, {:.0}/s", took.len(), took.len() as f64 / SPAN.as_secs_f64());
    println!("inside the service: p50 {:?} p90 {:?} p99 {:?} max {:?}", at(500), at(900), at(990), at(1_000));
    println!("CPU: {:.0} µs each", (cpu_seconds() - cpu) * 1e6 / took.len() as f64);
    println!("memory: {}, index {} MB", memory(), shop.search.status(&shop.cx()).await.unwrap().bytes / 1_000_000);
}
