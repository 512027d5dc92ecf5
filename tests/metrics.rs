//! What a shop measures is what the documentation says that it measures.

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use souk::metrics::METRICS;
use souk_bench::{
    client::Client,
    server::Server,
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};

use crate::{
    house::root,
    open::{books_agree, one_product},
    traces::Collector,
};

/// How long it may take until everything has been done once: jobs, events, spans.
const SOON: Duration = Duration::from_secs(40);

/// The metrics that a page names from a heading on.
fn told(page: &str, heading: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs").join(page)).unwrap();
    let (_, section) = text.split_once(heading).unwrap_or_else(|| panic!("{page} has no {heading}"));
    let section = section.split("\n## ").next().unwrap();
    section.split('`').filter(|word| word.starts_with("souk_")).map(ToOwned::to_owned).collect()
}

#[test]
fn the_documentation_names_every_metric_and_no_other() {
    let known: BTreeSet<String> = METRICS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let told: BTreeSet<String> = &told("operate.md", "## Metrics") | &told("fleet.md", "## Metrics");
    assert_eq!(told, known);
}

#[tokio::test]
async fn every_metric_is_served_after_one_order() {
    let (folder, collector) = (tempfile::tempdir().unwrap(), Collector::start());
    one_product(folder.path(), "LAMP", 3);
    let otlp = format!("http://{}", collector.address);
    let server = Server::souk(folder.path(), &[("SOUK_TELEMETRY_OTLP", otlp.as_str())]).unwrap();
    let mut client = Client::new(server.address);
    // One call that fails.
    assert!(add_to_cart(&mut client, "NOTHING", 1).await.unwrap().status.is_client_error());
    add_to_cart(&mut client, "LAMP", 1).await.unwrap();
    assert!(matches!(check_out(&mut client, GOOD_CARD).await.unwrap(), Purchase::Ordered(_)));
    let begun = Instant::now();
    loop {
        let metrics = client.get("/metrics", "text/plain").await.unwrap().text_all();
        let served = |name: &String| {
            metrics.lines().any(|line| {
                let rest = line.strip_prefix(name.as_str());
                rest.is_some_and(|rest| rest.starts_with(['{', ' ']) || rest.starts_with("_count"))
            })
        };
        let missing: Vec<String> = told("operate.md", "## Metrics").into_iter().filter(|name| !served(name)).collect();
        if missing.is_empty() {
            for (name, ..) in METRICS.iter().filter(|(name, ..)| served(&(*name).to_owned())) {
                assert!(metrics.contains(&format!("# HELP {name} ")), "{name} does not say what it tells");
            }
            let placed =
                metrics.lines().find(|line| line.starts_with("souk_orders_checkouts_total{outcome=\"placed\"}"));
            assert!(placed.is_some_and(|line| line.ends_with(" 1")), "{placed:?}");
            break;
        }
        assert!(begun.elapsed() < SOON, "not served: {missing:#?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    server.stop().unwrap();
    books_agree(folder.path());
}
