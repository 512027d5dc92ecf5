//! Two instances of the web behind nginx, beside one of them without it.

use std::rc::Rc;

use anyhow::{Context, Result};
use souk_bench::server::souk;
use souk_xtask::fleet::{Fleet, Part};

use super::Stand;
use crate::{
    pairs::{Measured, alternate},
    runs::{HTML, product_pages, purchases, wares},
};

/// On a machine with few cores, processes that nobody asks for would only stand in the way.
const PARTS: &[Part] = &[
    ("web-1", &["web"]),
    ("web-2", &["web"]),
    (
        "others",
        &["catalog", "inventory", "search", "cart", "orders", "payments", "delivery", "accounts", "notifications"],
    ),
];
/// No slower than one.
const WANTED: f64 = 1.0;

/// Pages that nginx may keep, pages that it has to ask for, and whole checkouts.
pub async fn run(stand: &Stand) -> Result<()> {
    println!("── two of web behind nginx");
    let plan = stand.plan("fleet", PARTS)?;
    let mut fleet = Fleet::start(&plan)?;
    let web = *fleet.open("web").first().context("there is no web")?;
    let gateway = *fleet.open("payments").first().context("there are no payments")?;
    let wares = wares(stand.products);
    let shape = stand.shape();
    for (name, slugs) in [("product page, cached", wares.hot()), ("product page, any", Rc::clone(&wares.slugs))] {
        let pages =
            async |address| product_pages(address, shape, Rc::clone(&slugs), "", HTML).await.map(Measured::from);
        let pair = alternate(stand.rounds, async || pages(fleet.address).await, async || pages(web).await).await?;
        pair.print(&format!("{name}, nginx and two"), "   one without nginx", WANTED);
    }
    let pair = alternate(
        stand.rounds,
        async || purchases(fleet.address, shape, &wares.skus, None).await.map(|(figures, _)| figures.into()),
        async || purchases(web, shape, &wares.skus, Some(gateway)).await.map(|(figures, _)| figures.into()),
    )
    .await?;
    pair.print("whole checkout, nginx and two", "   one without nginx", WANTED);
    fleet.close()?;
    print!("── audit\n{}", fleet.command(&souk()?, &["audit"])?);
    fleet.stop()
}
