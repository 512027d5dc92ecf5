//! The reference for checkout: bare rusqlite doing the statements of one checkout in one transaction, many of them
//! sharing an fsync. No shop can be faster than this on the same disk; how near it comes is the figure.

use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

/// Checkouts that share one fsync, as many as there are shoppers in the checkout run.
const BATCH: i64 = 64;

const TABLES: &str = "
    CREATE TABLE orders (customer TEXT, id TEXT, state TEXT, total INTEGER, body TEXT, created INTEGER,
        PRIMARY KEY (customer, id)) STRICT, WITHOUT ROWID;
    CREATE INDEX orders_newest ON orders (created, id);
    CREATE TABLE history (customer TEXT, id TEXT, version INTEGER, what TEXT, at INTEGER,
        PRIMARY KEY (customer, id, version)) STRICT, WITHOUT ROWID;
    CREATE TABLE stock (sku TEXT PRIMARY KEY, on_hand INTEGER, reserved INTEGER, committed INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE reservations (sku TEXT, id TEXT, quantity INTEGER, state TEXT, PRIMARY KEY (sku, id)) STRICT, WITHOUT ROWID;
    CREATE TABLE movements (sku TEXT, id TEXT, n INTEGER, quantity INTEGER, at INTEGER, PRIMARY KEY (sku, id, n))
        STRICT, WITHOUT ROWID;
    CREATE TABLE payments (customer TEXT, id TEXT, state TEXT, amount INTEGER, PRIMARY KEY (customer, id))
        STRICT, WITHOUT ROWID;
    CREATE TABLE ledger (id TEXT, account TEXT, amount INTEGER, PRIMARY KEY (id, account)) STRICT, WITHOUT ROWID;
    CREATE TABLE outbox (seq INTEGER PRIMARY KEY, topic TEXT, payload TEXT, at INTEGER) STRICT;";

/// Checkout transactions a second.
pub fn checkouts_per_s(measure: Duration) -> Result<f64> {
    let folder = tempfile::tempdir_in(".")?;
    let mut db = Connection::open(folder.path().join("reference.db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch(TABLES)?;
    for sku in 0..1_000 {
        db.execute("INSERT INTO stock VALUES (?1, 1000000000, 0, 0)", params![format!("SKU-{sku:05}")])?;
    }
    let started = Instant::now();
    let mut done = 0_i64;
    while started.elapsed() < measure {
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for _ in 0..BATCH {
            checkout(&tx, done)?;
            done += 1;
        }
        tx.commit()?;
    }
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

/// The eleven statements of a checkout of one line.
fn checkout(db: &Connection, n: i64) -> rusqlite::Result<()> {
    let (id, customer) = (format!("ord_{n:026}"), format!("cus_{n:026}"));
    let sku = format!("SKU-{:05}", (n * 7_919) % 1_000);
    let body = format!("{{\"lines\":[{{\"sku\":\"{sku}\",\"quantity\":1,\"title\":\"{:.<400}\"}}]}}", "A product");
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| db.prepare_cached(sql)?.execute(values);
    run("INSERT INTO orders VALUES (?1, ?2, 'pending', 1999, ?3, ?4)", params![customer, id, body, n])?;
    run(
        "UPDATE stock SET reserved = reserved + 1 WHERE sku = ?1 AND on_hand - committed - reserved >= 1",
        params![sku],
    )?;
    run("INSERT INTO reservations VALUES (?1, ?2, 1, 'reserved')", params![sku, id])?;
    run("INSERT INTO payments VALUES (?1, ?2, 'captured', 1999)", params![customer, id])?;
    run("INSERT INTO ledger VALUES (?1, 'clearing', 1999), (?1, 'sales', -1999)", params![id])?;
    run("UPDATE orders SET state = 'placed' WHERE customer = ?1 AND id = ?2", params![customer, id])?;
    run("INSERT INTO history VALUES (?1, ?2, 1, 'placed', ?3)", params![customer, id, n])?;
    run("UPDATE stock SET reserved = reserved - 1, committed = committed + 1 WHERE sku = ?1", params![sku])?;
    run("UPDATE reservations SET state = 'committed' WHERE sku = ?1 AND id = ?2", params![sku, id])?;
    run("INSERT INTO movements VALUES (?1, ?2, 1, 1, ?3)", params![sku, id, n])?;
    run("INSERT INTO outbox (topic, payload, at) VALUES ('orders.placed', ?1, ?2)", params![body, n])?;
    Ok(())
}
