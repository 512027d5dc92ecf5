//! The console's lists where a million of everything are stored.

mod copies;

use std::{rc::Rc, time::Instant};

use anyhow::{Context, Result, bail};
use hyper::StatusCode;
use souk_bench::{
    client::Client,
    server::{Server, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
    staff,
};

use crate::{
    load::{Figures, Shape, drive},
    runs::HTML,
};

/// Staff who look at a list at the same time.
pub const STAFF: usize = 8;
const SESSION: &str = "souk_staff";

/// What is looked at, where, and what stands on a page that has found something.
const LISTS: &[(&str, &str, &str)] = &[
    ("orders, the newest", "/admin/orders", "<tr class=\"row-link\">"),
    ("orders to be sent", "/admin/orders?fulfilment=unfulfilled", "<tr class=\"row-link\">"),
    ("orders that are done", "/admin/orders?lifecycle=closed", "<tr class=\"row-link\">"),
    ("orders paid back", "/admin/orders?payment=refunded", "<tr class=\"row-link\">"),
    ("orders by two axes", "/admin/orders?lifecycle=on_hold&payment=paid", "<tr class=\"row-link\">"),
    ("orders of an email", "/admin/orders?q=shopper4711%40example.com", "/admin/orders/4711-"),
    ("orders of a number's beginning", "/admin/orders?q=0042", "/admin/orders/0042-"),
    ("orders by total", "/admin/orders?sort=-total", "<tr class=\"row-link\">"),
    ("products, last changed", "/admin/products", "/admin/products/prd_"),
    ("products that are drafts", "/admin/products?status=draft", "/admin/products/prd_"),
    ("products by title", "/admin/products?sort=title", "/admin/products/prd_"),
    ("products by price", "/admin/products?sort=-price", "/admin/products/prd_"),
    ("products, a word that one title in fifty has", "/admin/products?q=teapot", "/admin/products/prd_"),
    ("the same by title", "/admin/products?q=teapot&sort=title", "/admin/products/prd_"),
    ("products, two words", "/admin/products?q=wool+scarf", "/admin/products/prd_"),
    ("products, two words that few titles have both", "/admin/products?q=teapot+47", "/admin/products/prd_"),
    ("products, a word of few titles", "/admin/products?q=4711", "/admin/products/prd_"),
    ("products found from anywhere", "/admin/find?q=teapot", "/admin/products/prd_"),
    ("customers, the newest", "/admin/customers", "/admin/customers/cus_"),
    ("customers by the beginning of an email", "/admin/customers?q=shopper47", "/admin/customers/cus_"),
    ("customers by email", "/admin/customers?sort=email", "/admin/customers/cus_"),
    ("stock, by SKU", "/admin/stock", "/admin/stock?sku="),
    ("stock, low", "/admin/stock?low=1", "/admin/stock?sku="),
    ("stock, what runs out first", "/admin/stock?sort=available", "/admin/stock?sku="),
    ("dashboard", "/admin", "In the shop now"),
    ("found from anywhere", "/admin/find?q=shopper4711%40example.com", "/admin/orders/4711-"),
];

/// Measures each list by itself and by its filters, the list of orders also far behind its beginning: for all staff at
/// once, and for one alone.
pub async fn lists(count: usize, shape: Shape) -> Result<()> {
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path();
    souk_command(data, &["demo", "--products", "50"])?;
    let server = Server::souk(data, &[])?;
    let owner = staff::owner(&server).await?;
    let session: Rc<str> = owner.cookie(SESSION).context("the owner is not signed in")?.into();
    shop(&server).await?;
    server.stop()?;
    let started = Instant::now();
    copies::make(data, count)?;
    println!("── {count} orders, products, customers and SKUs, copied in {:.0} s", started.elapsed().as_secs_f64());
    let server = Server::souk(data, &[])?;
    let middle = format!("/admin/orders?after={}", copies::order_behind(data, count / 2)?);
    let alone = Shape { clients: 1, warm_up: shape.warm_up / 2, measure: shape.measure / 2 };
    let far = ("orders, half a million on", middle.as_str(), "<tr class=\"row-link\">");
    for (name, path, found) in LISTS.iter().copied().chain([far]) {
        for (shape, by) in [(shape, name), (alone, "the same, by one")] {
            list(&server, shape, &session, path, found).await.with_context(|| path.to_owned())?.print(by);
        }
    }
    server.stop()
}

async fn list(server: &Server, shape: Shape, session: &Rc<str>, path: &str, found: &str) -> Result<Figures> {
    let (session, path, found): (Rc<str>, Rc<str>, Rc<str>) = (Rc::clone(session), path.into(), found.into());
    drive(server, shape, async move |client, _, _| {
        client.set_cookie(SESSION, &session);
        let answer = client.get(&path, HTML).await?.expect(StatusCode::OK)?;
        // A page without rows would be fast for the wrong reason.
        if !answer.text_all().contains(&*found) {
            bail!("there is no {found} on the page");
        }
        Ok(())
    })
    .await
}

/// Registers a customer, and buys something.
async fn shop(server: &Server) -> Result<()> {
    let mut client = Client::new(server.address);
    let person = [("name", "Shirin Shopper"), ("email", "shirin@example.com"), ("password", "salt river chair")];
    client.post_form("/account/register", &person).await?.expect(StatusCode::SEE_OTHER)?;
    let skus = souk_demo::Catalogue::new(1, souk_types::Currency::EUR).take(50).flat_map(|draft| draft.variants);
    for variant in skus.filter(|variant| variant.stock.unwrap_or(0) > 5) {
        if add_to_cart(&mut client, &variant.sku, 1).await?.status == StatusCode::OK
            && let Purchase::Ordered(_) = check_out(&mut client, GOOD_CARD).await?
        {
            return Ok(());
        }
    }
    bail!("nothing of the demo catalogue could be bought")
}
