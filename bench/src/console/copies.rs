//! A shop's rows, copied a million times.
//!
//! A copy has other ids, numbers, people, times and statuses than what was bought, registered or imported. Copied
//! orders have no payments and no stock behind them, so they stand in a folder of their own, which no audit reads.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use souk_contracts::orders::OrderSort;
use souk_types::Cursor;

/// Rows that are copied, again and again.
const ORIGINALS: i64 = 50;
const YEAR_US: i64 = 365 * 24 * 3_600 * 1_000_000;
/// When copy `n` was made: they are spread over a year. `?2` are the microseconds between two.
const MADE_AT: &str = "1767225600000000 + n * ?2";

/// A column, and what it is in copy `n` of `original`.
type Change = (&'static str, &'static str);

/// Of a hundred orders, 92 are done, three wait to be sent, two are sent, two were cancelled, and one is on hold.
const ORDERS: &[Change] = &[
    ("customer_id", "substr(customer_id, 1, 20) || printf('%010d', n % 200000)"),
    ("order_id", "substr(order_id, 1, 20) || printf('%010d', n)"),
    ("cart_id", "substr(cart_id, 1, 20) || printf('%010d', n)"),
    ("number", "printf('%04d-%04d', n % 10000, n / 10000)"),
    (
        "lifecycle",
        "CASE WHEN n % 100 < 92 THEN 'closed' WHEN n % 100 < 97 THEN 'placed' WHEN n % 100 < 99 THEN 'cancelled'
            ELSE 'on_hold' END",
    ),
    ("payment", "CASE WHEN n % 100 IN (97, 98) THEN 'refunded' ELSE 'paid' END"),
    (
        "fulfilment",
        "CASE WHEN n % 100 < 92 THEN 'delivered' WHEN n % 100 < 94 THEN 'shipped' WHEN n % 100 IN (97, 98)
            THEN 'cancelled' ELSE 'unfulfilled' END",
    ),
    ("email", "'shopper' || (n % 200000) || '@example.com'"),
    ("total", "100 + n * 7919 % 100000"),
    ("created_at", MADE_AT),
    ("placed_at", MADE_AT),
];
const NUMBERS: &str = "
    INSERT INTO order_numbers (number, customer_id, order_id)
    SELECT number, customer_id, order_id FROM orders WHERE number NOT IN (SELECT number FROM order_numbers)";
const HISTORY: &str = "
    INSERT INTO order_history (customer_id, order_id, version, at, actor, what, detail)
    SELECT o.customer_id, o.order_id, h.version, o.created_at, h.actor, h.what, h.detail
    FROM (SELECT version, actor, what, detail FROM order_history ORDER BY version LIMIT 1) h, orders o
    WHERE TRUE ON CONFLICT DO NOTHING";

/// Of a hundred products, 95 are active, three are drafts, and two are archived.
const PRODUCTS: &[Change] = &[
    ("product_id", "substr(product_id, 1, 20) || printf('%010d', n)"),
    ("slug", "slug || '-' || n"),
    ("title", "title || ' ' || n"),
    ("title_key", "title_key || ' ' || n"),
    ("status", "CASE WHEN n % 100 < 95 THEN 'active' WHEN n % 100 < 98 THEN 'draft' ELSE 'archived' END"),
    ("price_min", "100 + n * 7919 % 100000"),
    ("price_max", "100 + n * 7919 % 100000"),
    ("created_at", MADE_AT),
    ("updated_at", MADE_AT),
];
/// Each copy has its original's words, and its number.
const WORDS: &str = "
    INSERT OR IGNORE INTO title_words (product_id, word)
    SELECT c.product_id, w.word
    FROM (SELECT product_id, substr(title, 1, length(title) - 1 - length(CAST(substr(product_id, 21) AS INTEGER))) AS title
        FROM products WHERE slug NOT IN (SELECT slug FROM slugs)) c
    JOIN (SELECT product_id, title FROM products WHERE slug IN (SELECT slug FROM slugs)) o ON o.title = c.title
    JOIN title_words w ON w.product_id = o.product_id
    UNION ALL
    SELECT product_id, CAST(CAST(substr(product_id, 21) AS INTEGER) AS TEXT) FROM products
    WHERE slug NOT IN (SELECT slug FROM slugs)";
const SKUS: &str = "
    INSERT INTO skus (sku, sku_key, product_id, is_active)
    SELECT 'SKU-' || slug, 'sku-' || slug, product_id, TRUE FROM products WHERE slug NOT IN (SELECT slug FROM slugs)";

const CUSTOMERS: &[Change] = &[
    ("customer_id", "substr(customer_id, 1, 20) || printf('%010d', n)"),
    ("email", "'shopper' || n || '@example.com'"),
    ("name", "'Shopper ' || n"),
    ("created_at", MADE_AT),
];
const EMAILS: &str = "
    INSERT INTO customer_emails (email, customer_id) SELECT email, customer_id FROM customers WHERE TRUE
    ON CONFLICT DO NOTHING";

/// Of a hundred SKUs, two are sold out and four have little left.
const LEVELS: &[Change] = &[
    ("sku", "sku || '-' || n"),
    ("on_hand", "CASE WHEN n % 100 < 2 THEN 0 WHEN n % 100 < 6 THEN n % 5 ELSE 6 + n * 7919 % 1000 END"),
    ("committed", "0"),
    ("reserved", "0"),
    ("safety", "0"),
];

/// Copies orders, products, customers and levels, so many of each.
pub fn make(data: &Path, count: usize) -> Result<()> {
    let count = i64::try_from(count)?;
    in_database(data, "orders", |tx| {
        copy(tx, "orders", ORDERS, count)?;
        tx.execute(NUMBERS, [])?;
        tx.execute(HISTORY, [])?;
        Ok(())
    })?;
    in_database(data, "catalog", |tx| {
        copy(tx, "products", PRODUCTS, count)?;
        tx.execute(SKUS, [])?;
        tx.execute(WORDS, [])?;
        Ok(())
    })?;
    in_database(data, "accounts", |tx| {
        copy(tx, "customers", CUSTOMERS, count)?;
        tx.execute(EMAILS, [])?;
        Ok(())
    })?;
    in_database(data, "inventory", |tx| copy(tx, "levels", LEVELS, count))
}

fn in_database(data: &Path, service: &str, work: impl FnOnce(&Transaction<'_>) -> Result<()>) -> Result<()> {
    let mut db = Connection::open(data.join(format!("store/{service}.db")))?;
    let tx = db.transaction()?;
    work(&tx)?;
    Ok(tx.commit()?)
}

fn copy(tx: &Transaction<'_>, table: &str, changes: &[Change], count: i64) -> Result<()> {
    let columns: Vec<String> = tx
        .prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut values: Vec<&str> = columns.iter().map(String::as_str).collect();
    for (column, change) in changes {
        let place = columns.iter().position(|name| name == column);
        values[place.with_context(|| format!("{table} has no {column}"))?] = change;
    }
    tx.execute(&format!("CREATE TEMP TABLE original AS SELECT * FROM {table} LIMIT {ORIGINALS}"), [])?;
    let originals: i64 = tx.query_row("SELECT COUNT(*) FROM temp.original", [], |row| row.get(0))?;
    anyhow::ensure!(originals > 0, "{table} is empty");
    // Each number belongs to one original, so that all columns that are made of it are unique.
    let sql = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
         INSERT INTO {table} ({}) SELECT {} FROM numbers JOIN temp.original ON original.rowid = 1 + n % ?3
         WHERE ?2 > 0",
        columns.join(", "),
        values.join(", "),
    );
    tx.execute(&sql, params![count, YEAR_US / count.max(1), originals])?;
    Ok(tx.execute("DROP TABLE temp.original", []).map(drop)?)
}

/// The place in the list of orders behind so many.
pub fn order_behind(data: &Path, skipped: usize) -> Result<String> {
    let db = Connection::open(data.join("store/orders.db"))?;
    let found: Option<(i64, String)> = db
        .query_row(
            "SELECT created_at, order_id FROM orders ORDER BY created_at DESC, order_id DESC LIMIT 1 OFFSET ?1",
            params![i64::try_from(skipped)?],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (at, id) = found.context("there are fewer orders")?;
    Ok(Cursor::in_order(OrderSort::Newest.as_str(), id, at))
}
