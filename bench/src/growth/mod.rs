//! How cost grows with products and with orders: the same three measurements in shops of rising size.

mod limit;
mod orders;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use souk_bench::server::Server;

use self::limit::{Limit, check_disk, folder_bytes};
use crate::{
    load::{Figures, Shape},
    options::Options,
    runs::{self, HTML, NewQueries, SEARCHERS, SHOPPERS, product_pages, purchases, searches, wares},
};

const VALUED: [&str; 3] = ["--products", "--orders", "--seconds"];
const PRODUCTS: &[usize] = &[10_000, 100_000, 1_000_000];
const PRODUCTS_QUICK: &[usize] = &[1_000, 5_000];
const ORDERS: &[usize] = &[0, 1_000_000];
const ORDERS_QUICK: &[usize] = &[0, 20_000];
/// How long all of it may take.
const TIME_MAX: Duration = Duration::from_mins(45);
/// What a product with its variants takes on the disk, 11 kB, with room for logs that are not folded in yet.
const PRODUCT_BYTES: u64 = 13_000;
/// What an order takes, 8.4 kB, likewise.
const ORDER_BYTES: u64 = 10_000;

/// A size at which the shop was measured, and what it showed.
struct Stage {
    products: usize,
    orders: usize,
    page: Figures,
    search: Figures,
    checkout: Figures,
    rss_mb: f64,
    own_mb: f64,
    disk_bytes: u64,
}

/// Sizes, how long each is measured, and what nobody has searched for yet.
struct Growth {
    products: Vec<usize>,
    orders: Vec<usize>,
    measure: Duration,
    limit: Limit,
    stages: Vec<Stage>,
}

/// Measures all sizes and prints a table of what was measured, also when the time did not suffice for all.
pub async fn run(arguments: &[String]) -> Result<()> {
    let options = Options::read(arguments, &VALUED, &[])?;
    let (products, orders) = if options.quick { (PRODUCTS_QUICK, ORDERS_QUICK) } else { (PRODUCTS, ORDERS) };
    let mut growth = Growth {
        products: options.rising("--products", products)?,
        orders: options.rising("--orders", orders)?,
        measure: Duration::from_secs(options.number("--seconds", runs::seconds(options.quick))?),
        limit: Limit::of(TIME_MAX),
        stages: Vec::new(),
    };
    let [first, .., most] = growth.products[..] else {
        bail!("--products: at least two numbers are wanted");
    };
    if first == 0 || growth.orders.first() != Some(&0) || growth.orders.len() > 2 || growth.measure.is_zero() {
        bail!("--products and --seconds must be at least 1; --orders must be 0, or 0 and another number");
    }
    let most_orders = growth.orders.last().copied().unwrap_or(0);
    check_disk(u64::try_from(most)? * PRODUCT_BYTES + u64::try_from(most_orders)? * ORDER_BYTES)?;
    let outcome = growth.both_shops().await;
    growth.print();
    outcome
}

impl Growth {
    /// One shop gets its orders while it is small, then more products; the other gets products alone.
    async fn both_shops(&mut self) -> Result<()> {
        let most = self.orders.last().copied().unwrap_or(0);
        let (small, larger) = (self.products[0], self.products[1..].to_vec());
        let folder = tempfile::tempdir_in(".")?;
        self.fill(folder.path(), small)?;
        self.stage(folder.path(), small, 0).await?;
        if most > 0 {
            self.order(folder.path(), small, most).await?;
            self.stage(folder.path(), small, most).await?;
        }
        for products in &larger {
            self.fill(folder.path(), *products)?;
            self.stage(folder.path(), *products, most).await?;
        }
        self.audit(folder.path())?;
        drop(folder);
        if most == 0 {
            return Ok(());
        }
        let folder = tempfile::tempdir_in(".")?;
        for products in &larger {
            self.fill(folder.path(), *products)?;
            self.stage(folder.path(), *products, 0).await?;
        }
        self.audit(folder.path())
    }

    fn fill(&self, data: &Path, products: usize) -> Result<()> {
        let begun = Instant::now();
        self.limit.command(data, &["demo", "--products", &products.to_string()])?;
        println!("── {products} products, after {:.0} s", begun.elapsed().as_secs_f64());
        Ok(())
    }

    async fn order(&self, data: &Path, products: usize, count: usize) -> Result<()> {
        let begun = Instant::now();
        orders::make(data, &wares(products).skus, count, &self.limit).await?;
        println!("── {count} orders, after {:.0} s", begun.elapsed().as_secs_f64());
        Ok(())
    }

    fn audit(&self, data: &Path) -> Result<()> {
        print!("── audit\n{}", self.limit.command(data, &["audit"])?);
        Ok(())
    }

    async fn stage(&mut self, data: &Path, products: usize, orders: usize) -> Result<()> {
        self.limit.check()?;
        let wares = wares(products);
        let server = Server::souk(data, &[])?;
        let shape = |clients| Shape::of(clients, self.measure);
        let page = product_pages(&server, shape(SHOPPERS), wares.slugs, "", HTML).await?;
        page.print("product page, any");
        // The same at each size: this process has not been asked yet.
        let search = searches(&server, shape(SEARCHERS), NewQueries::beside(&[]).next()).await?;
        search.print("search page, never asked before");
        let (checkout, _) = purchases(&server, shape(SHOPPERS), &wares.skus, None).await?;
        checkout.print("whole checkout, 64 clients");
        let (rss_mb, own_mb) = (server.rss_mb(), server.own_mb());
        server.stop()?;
        let disk_bytes = folder_bytes(data)?;
        self.stages.push(Stage { products, orders, page, search, checkout, rss_mb, own_mb, disk_bytes });
        Ok(())
    }

    /// A table for README.md.
    fn print(&self) {
        println!(
            "\n| products | orders | any page | search, never asked before | checkout | memory (without mapped files) | disk |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        for stage in &self.stages {
            println!(
                "| {} | {} | {} | {} | {} | {:.0} MB ({:.0} MB) | {:.2} GB |",
                stage.products,
                stage.orders,
                cell(&stage.page),
                cell(&stage.search),
                cell(&stage.checkout),
                stage.rss_mb,
                stage.own_mb,
                stage.disk_bytes as f64 / 1e9,
            );
        }
    }
}

fn cell(figures: &Figures) -> String {
    format!("{:.0}/s, p50 {:.1} ms, p99 {:.1} ms", figures.per_s, figures.p50_ms, figures.p99_ms)
}
