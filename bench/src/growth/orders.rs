//! Orders by the million: real ones, bought over HTTP, and copies of all rows that they have in every service.
//!
//! A copy has another customer, number and email, and ids of its own; it was made earlier, so that the copies are spread over
//! a month. What is counted over orders is counted anew: the stock of each SKU, with a receipt of as much, and the sales.
//! `souk audit` finds no difference between a copy and an order that was bought.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use rusqlite::{Connection, Transaction, params};
use souk_bench::{
    client::Client,
    server::Server,
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};

use super::limit::Limit;

/// Orders that are bought to be copied, each of another SKU, beside those that the shop has already.
const ORIGINALS: usize = 200;
/// Copies that are written by one transaction.
const BATCH: usize = 50_000;
const MONTH_US: i64 = 30 * 24 * 3_600 * 1_000_000;

/// A column, and what it is in copy `n` of an original; `?1` is how much earlier each copy was made, microseconds.
type Change = (&'static str, &'static str);

/// Rows of an order in one table: by what they are found, and what is other in a copy.
struct Rows {
    table: &'static str,
    of: &'static str,
    changes: &'static [Change],
}

const CUSTOMER: Change = ("customer_id", "substr(customer_id, 1, 20) || printf('%010d', n)");
const ORDER: Change = ("order_id", "substr(order_id, 1, 20) || printf('%010d', n)");
const EMAIL: Change = ("email", "'shopper' || (n % 200000) || '@example.com'");
const NUMBER: &str = "printf('%04d-%04d', n % 10000, n / 10000)";
const BY_ORDER: &str = "order_id = bought_order";
const RETURN_PATH: Change =
    ("return_path", "replace(return_path, bought_number, printf('%04d-%04d', n % 10000, n / 10000))");
const CREATED: Change = ("created_at", "created_at - n * ?1");
const AT: Change = ("at", "at - n * ?1");

/// Every table that has rows of an order which was paid and waits to be sent.
const DATABASES: &[(&str, &[Rows])] = &[
    (
        "orders",
        &[
            Rows {
                table: "orders",
                of: BY_ORDER,
                changes: &[
                    CUSTOMER,
                    ORDER,
                    EMAIL,
                    CREATED,
                    ("cart_id", "substr(cart_id, 1, 20) || printf('%010d', n)"),
                    ("number", NUMBER),
                    ("placed_at", "placed_at - n * ?1"),
                ],
            },
            Rows { table: "order_numbers", of: BY_ORDER, changes: &[CUSTOMER, ORDER, ("number", NUMBER)] },
            Rows { table: "order_history", of: BY_ORDER, changes: &[CUSTOMER, ORDER, AT] },
        ],
    ),
    (
        "inventory",
        &[
            Rows { table: "reservations", of: BY_ORDER, changes: &[ORDER, ("expires_at", "expires_at - n * ?1")] },
            Rows {
                table: "movements",
                of: BY_ORDER,
                changes: &[ORDER, AT, ("movement_id", "substr(movement_id, 1, 20) || printf('%010d', n)")],
            },
        ],
    ),
    (
        "payments",
        &[
            Rows {
                table: "intents",
                of: BY_ORDER,
                changes: &[
                    CUSTOMER,
                    ORDER,
                    CREATED,
                    RETURN_PATH,
                    ("payment_id", "substr(payment_id, 1, 20) || printf('%010d', n)"),
                    ("gateway_reference", "substr(gateway_reference, 1, 19) || printf('%010d', n)"),
                ],
            },
            Rows { table: "ledger", of: BY_ORDER, changes: &[CUSTOMER, ORDER, AT] },
        ],
    ),
    (
        "sandbox_gateway",
        &[Rows {
            table: "charges",
            of: "idempotency_key = bought_order || ':1'",
            changes: &[
                CREATED,
                RETURN_PATH,
                ("reference", "substr(reference, 1, 19) || printf('%010d', n)"),
                ("idempotency_key", "substr(bought_order, 1, 20) || printf('%010d:1', n)"),
                ("customer", "substr(customer, 1, 20) || printf('%010d', n)"),
            ],
        }],
    ),
    (
        "notifications",
        &[Rows {
            table: "messages",
            of: "order_number = bought_number",
            changes: &[
                EMAIL,
                CREATED,
                ("message_id", "substr(message_id, 1, 20) || printf('%010d', n)"),
                ("order_number", NUMBER),
                ("subject", "replace(subject, bought_number, printf('%04d-%04d', n % 10000, n / 10000))"),
                ("html", "replace(html, bought_number, printf('%04d-%04d', n % 10000, n / 10000))"),
                ("text", "replace(text, bought_number, printf('%04d-%04d', n % 10000, n / 10000))"),
            ],
        }],
    ),
];

/// What copies hold of each SKU came in before.
const RECEIPTS: &str = "
    INSERT INTO movements (sku, movement_id, location_id, kind, on_hand, committed, reserved, order_id, reason, actor, at)
    SELECT sku, 'mov_00' || substr(MIN(movement_id), 7), location_id, 'received', SUM(committed), 0, 0, NULL, 'bench', 'bench',
        MIN(at)
    FROM movements WHERE order_id IS NOT NULL AND order_id NOT IN (SELECT bought_order FROM temp.bought)
    GROUP BY sku, location_id";
const LEVELS: &str = "
    UPDATE levels SET
        on_hand = (SELECT SUM(on_hand) FROM movements m WHERE m.sku = levels.sku AND m.location_id = levels.location_id),
        committed = (SELECT SUM(committed) FROM movements m WHERE m.sku = levels.sku AND m.location_id = levels.location_id)
    WHERE sku IN (SELECT sku FROM reservations WHERE order_id IN (SELECT bought_order FROM temp.bought))";
/// As the migration of sales counts them.
const SALES: &str = "
    INSERT INTO sales (slot, currency, at, placed, pieces, total)
    SELECT 0, currency, placed_at - placed_at % 900000000, COUNT(*), SUM(pieces), SUM(total)
    FROM orders WHERE lifecycle = 'placed' GROUP BY currency, placed_at - placed_at % 900000000";

/// An order that was bought: its id, and its number.
type Bought = (String, String);

/// Makes so many orders more.
pub async fn make(data: &Path, skus: &[String], count: usize, limit: &Limit) -> Result<()> {
    let server = Server::souk(data, &[])?;
    let bought = buy(&server, skus, ORIGINALS.min(count)).await?;
    server.stop()?;
    // The audit first finishes what the orders have caused.
    limit.command(data, &["audit"])?;
    let copies = count - bought;
    let originals = originals(data)?;
    for (service, rows) in DATABASES {
        let mut db = Connection::open(data.join(format!("store/{service}.db")))?;
        db.pragma_update(None, "synchronous", "OFF")?;
        note(&db, &originals)?;
        copy_all(&mut db, rows, copies, limit).with_context(|| format!("orders of {service}"))?;
        let tx = db.transaction()?;
        match *service {
            "inventory" => count_stock(&tx)?,
            "orders" => count_sales(&tx)?,
            _ => {}
        }
        tx.commit()?;
        db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = FULL;")?;
    }
    Ok(())
}

/// Buys a piece each of so many SKUs; answers how many were sold.
async fn buy(server: &Server, skus: &[String], count: usize) -> Result<usize> {
    let step = (skus.len() / count.max(1)).max(1);
    let mut client = Client::new(server.address);
    let mut sold = 0;
    for sku in skus.iter().step_by(step) {
        client.forget();
        if sold == count {
            break;
        }
        add_to_cart(&mut client, sku, 1).await?.expect(hyper::StatusCode::OK)?;
        match check_out(&mut client, GOOD_CARD).await? {
            Purchase::Ordered(order) if order.state == "placed" => sold += 1,
            other => bail!("{sku} was not bought: {other:?}"),
        }
    }
    ensure!(sold > 0 || count == 0, "nothing could be bought");
    Ok(sold)
}

fn originals(data: &Path) -> Result<Vec<Bought>> {
    let db = Connection::open(data.join("store/orders.db"))?;
    let mut statement =
        db.prepare("SELECT order_id, number FROM orders WHERE lifecycle = 'placed' ORDER BY order_id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Has a database know what was bought, each with a number from 0.
fn note(db: &Connection, originals: &[Bought]) -> Result<()> {
    db.execute_batch("CREATE TEMP TABLE bought (i INTEGER PRIMARY KEY, bought_order TEXT, bought_number TEXT)")?;
    for (order, number) in originals {
        let sql = "INSERT INTO bought (i, bought_order, bought_number) VALUES ((SELECT COUNT(*) FROM bought), ?1, ?2)";
        db.execute(sql, params![order, number])?;
    }
    Ok(())
}

fn copy_all(db: &mut Connection, rows: &[Rows], copies: usize, limit: &Limit) -> Result<()> {
    for rows in rows {
        let sql = format!(
            "CREATE TEMP TABLE original_{0} AS SELECT * FROM {0} JOIN temp.bought ON {1};
             CREATE INDEX temp.original_{0}_i ON original_{0} (i)",
            rows.table, rows.of
        );
        db.execute_batch(&sql)?;
    }
    let mut done = 0;
    while done < copies {
        limit.check()?;
        let until = copies.min(done + BATCH);
        let tx = db.transaction()?;
        for rows in rows {
            copy(&tx, rows, done + 1..=until, MONTH_US / i64::try_from(copies)?)?;
        }
        tx.commit()?;
        done = until;
    }
    Ok(())
}

/// Writes the rows of some copies; each number belongs to one original.
fn copy(tx: &Transaction<'_>, rows: &Rows, numbers: std::ops::RangeInclusive<usize>, earlier_us: i64) -> Result<()> {
    let Rows { table, changes, .. } = rows;
    let columns: Vec<String> = tx
        .prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut values: Vec<&str> = columns.iter().map(String::as_str).collect();
    for (column, change) in *changes {
        let place = columns.iter().position(|name| name == column);
        values[place.with_context(|| format!("{table} has no {column}"))?] = change;
    }
    let sql = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?3)
         INSERT INTO {table} ({}) SELECT {} FROM numbers
         JOIN temp.original_{table} ON i = n % (SELECT COUNT(*) FROM temp.bought) WHERE ?1 >= 0",
        columns.join(", "),
        values.join(", "),
    );
    let bounds = (i64::try_from(*numbers.start())?, i64::try_from(*numbers.end())?);
    tx.execute(&sql, params![earlier_us, bounds.0, bounds.1])?;
    Ok(())
}

fn count_stock(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(RECEIPTS, [])?;
    Ok(tx.execute(LEVELS, []).map(drop)?)
}

fn count_sales(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("DELETE FROM sales", [])?;
    Ok(tx.execute(SALES, []).map(drop)?)
}
