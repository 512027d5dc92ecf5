use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use souk_types::{Env, Fault};

use super::{blocking, database_path, open};
use crate::{
    Schema,
    migrate::{Applied, Step, lacking, steps},
    sql::Dialect,
};

/// Applies what the database lacks, each migration in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection, schema: &'static Schema, env: &Env) -> Result<(), Fault> {
    let steps = steps(schema)?;
    // What is lacking is looked up anew under the write lock each time: another process may be at it as well.
    while migrate_one(connection, schema, &steps, env)? {}
    Ok(())
}

fn migrate_one(connection: &mut Connection, schema: &Schema, steps: &[Step], env: &Env) -> Result<bool, Fault> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unavailable)?;
    let applied = list(&tx).map_err(unavailable)?;
    let lacking = lacking(schema, steps, &applied)?;
    let Some(step) = lacking.first() else { return Ok(false) };
    let text = step.translated(Dialect::Sqlite)?;
    apply(tx, step, &text, env)
        .map_err(|error| Fault::internal(format!("migration {} of {}: {error}", step.name, schema.service)))?;
    tracing::info!(store = schema.service, migration = step.name, "migrated");
    Ok(true)
}

fn apply(tx: Transaction<'_>, step: &Step, text: &str, env: &Env) -> rusqlite::Result<()> {
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS souk_migrations
            (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
    )?;
    tx.execute_batch(text)?;
    tx.execute(
        "INSERT INTO souk_migrations (name, checksum, at) VALUES (?1, ?2, ?3)",
        params![step.name, step.checksum, env.now().as_micros()],
    )?;
    tx.commit()
}

/// What the database has had; nothing when there is no database.
pub(crate) async fn applied(folder: &Path, schema: &'static Schema) -> Result<Vec<Applied>, Fault> {
    let path = database_path(folder, schema);
    blocking(move || {
        if !path.exists() {
            return Ok(Vec::new());
        }
        list(&open::reader(&path)?).map_err(unavailable)
    })
    .await
}

fn list(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let exists: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'souk_migrations')",
        [],
        |row| row.get(0),
    )?;
    if !exists {
        return Ok(Vec::new());
    }
    connection
        .prepare("SELECT name, checksum FROM souk_migrations ORDER BY name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unavailable(error: rusqlite::Error) -> Fault {
    Fault::unavailable(format!("the migrations of a database cannot be read: {error}"))
}
