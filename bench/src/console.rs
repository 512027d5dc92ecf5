//! The console's list of orders where a million are stored.
//!
//! One order is bought; all others are copies of its row with other ids, numbers, people, times and statuses. They have
//! no payments and no stock behind them, so they stand in a folder of their own, which no audit reads.

use std::{path::Path, rc::Rc, time::Instant};

use anyhow::{Context, Result, bail};
use hyper::StatusCode;
use rusqlite::{Connection, OptionalExtension as _, params};
use souk_bench::{
    client::Client,
    server::{Server, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
    staff,
};

use crate::{
    load::{Shape, drive},
    runs::HTML,
};

/// Staff who look at the list at the same time.
pub const STAFF: usize = 8;
const SESSION: &str = "souk_staff";

/// Of a hundred orders, 92 are done, three wait to be sent, two are sent, two were cancelled, and one is on hold. `?1`
/// is the number of the last copy, `?2` when the first was made, `?3` the microseconds between two.
const COPIES: &str = "
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
    INSERT INTO orders (customer_id, order_id, cart_id, number, version, lifecycle, payment, fulfilment, email, recipient,
        pieces, currency, total, authorised, captured, refunded, body, shipments, created_at, placed_at)
    SELECT substr(customer_id, 1, 20) || printf('%010d', n % 200000), substr(order_id, 1, 20) || printf('%010d', n),
        substr(cart_id, 1, 20) || printf('%010d', n), printf('%04d-%04d', n % 10000, n / 10000), version,
        CASE WHEN n % 100 < 92 THEN 'closed' WHEN n % 100 < 97 THEN 'placed' WHEN n % 100 < 99 THEN 'cancelled'
            ELSE 'on_hold' END,
        CASE WHEN n % 100 IN (97, 98) THEN 'refunded' ELSE 'paid' END,
        CASE WHEN n % 100 < 92 THEN 'delivered' WHEN n % 100 < 94 THEN 'shipped' WHEN n % 100 IN (97, 98)
            THEN 'cancelled' ELSE 'unfulfilled' END,
        'shopper' || (n % 200000) || '@example.com', recipient, pieces, currency, total, authorised, captured, refunded,
        body, shipments, ?2 + n * ?3, ?2 + n * ?3
    FROM (SELECT * FROM orders LIMIT 1), numbers";
const NUMBERS: &str = "
    INSERT INTO order_numbers (number, customer_id, order_id)
    SELECT number, customer_id, order_id FROM orders WHERE number NOT IN (SELECT number FROM order_numbers)";
const HISTORY: &str = "
    INSERT INTO order_history (customer_id, order_id, version, at, actor, what, detail)
    SELECT o.customer_id, o.order_id, h.version, o.created_at, h.actor, h.what, h.detail
    FROM (SELECT version, actor, what, detail FROM order_history ORDER BY version LIMIT 1) h, orders o
    WHERE TRUE ON CONFLICT DO NOTHING";
/// A year's orders, the first of January 2026 being the first.
const FIRST_AT: i64 = 1_767_225_600_000_000;
const YEAR_US: i64 = 365 * 24 * 3_600 * 1_000_000;

/// Measures the list by itself, by each axis, by two, by a person, and far behind its beginning.
pub async fn orders(count: usize, shape: Shape) -> Result<()> {
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path();
    souk_command(data, &["demo", "--products", "50"])?;
    let server = Server::souk(data, &[])?;
    let owner = staff::owner(&server).await?;
    let session: Rc<str> = owner.cookie(SESSION).context("the owner is not signed in")?.into();
    buy(&server).await?;
    server.stop()?;
    let started = Instant::now();
    copy(data, count)?;
    println!("── {count} orders, copied in {:.0} s", started.elapsed().as_secs_f64());
    let server = Server::souk(data, &[])?;
    let middle = format!("/admin/orders?after={}", after(data, count / 2)?);
    for (name, path) in [
        ("orders, the newest", "/admin/orders"),
        ("orders to be sent", "/admin/orders?fulfilment=unfulfilled"),
        ("orders that are done", "/admin/orders?lifecycle=closed"),
        ("orders paid back", "/admin/orders?payment=refunded"),
        ("orders by two axes", "/admin/orders?lifecycle=on_hold&payment=paid"),
        ("orders of an email", "/admin/orders?q=shopper4711%40example.com"),
        ("orders of a number's beginning", "/admin/orders?q=0042"),
        ("orders, half a million on", middle.as_str()),
    ] {
        list(&server, shape, &session, path).await?.print(name);
    }
    server.stop()
}

async fn list(server: &Server, shape: Shape, session: &Rc<str>, path: &str) -> Result<crate::load::Figures> {
    let (session, path): (Rc<str>, Rc<str>) = (Rc::clone(session), path.into());
    drive(server, shape, async move |client, _, _| {
        client.set_cookie(SESSION, &session);
        let answer = client.get(&path, HTML).await?.expect(StatusCode::OK)?;
        // A page without orders would be fast for the wrong reason.
        if !answer.text_all().contains("/admin/orders/") {
            bail!("there are no orders at {path}");
        }
        Ok(())
    })
    .await
}

async fn buy(server: &Server) -> Result<()> {
    let skus = souk_demo::Catalogue::new(1, souk_types::Currency::EUR).take(50).flat_map(|draft| draft.variants);
    let mut client = Client::new(server.address);
    for variant in skus.filter(|variant| variant.stock.unwrap_or(0) > 5) {
        if add_to_cart(&mut client, &variant.sku, 1).await?.status == StatusCode::OK
            && let Purchase::Ordered(_) = check_out(&mut client, GOOD_CARD).await?
        {
            return Ok(());
        }
    }
    bail!("nothing of the demo catalogue could be bought")
}

fn copy(data: &Path, count: usize) -> Result<()> {
    let mut db = Connection::open(data.join("store/orders.db"))?;
    let tx = db.transaction()?;
    let count = i64::try_from(count)?;
    tx.execute(COPIES, params![count, FIRST_AT, YEAR_US / count.max(1)])?;
    tx.execute(NUMBERS, [])?;
    tx.execute(HISTORY, [])?;
    Ok(tx.commit()?)
}

/// The place in the list behind so many orders.
fn after(data: &Path, skipped: usize) -> Result<String> {
    let db = Connection::open(data.join("store/orders.db"))?;
    let found: Option<(i64, String)> = db
        .query_row(
            "SELECT created_at, order_id FROM orders ORDER BY created_at DESC, order_id DESC LIMIT 1 OFFSET ?1",
            params![i64::try_from(skipped)?],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (at, id) = found.context("there are fewer orders")?;
    Ok(format!("{at}.{id}"))
}
