use std::{sync::Arc, time::Duration};

use souk_types::{Env, Fault};
use tokio::time::timeout;
use tokio_postgres::{Client, Error};

use super::{
    citus::Layout,
    error,
    pool::{Pool, lock_key},
};
use crate::{
    PostgresOptions, Schema,
    migrate::{Applied, Step, lacking, steps},
    sql::Dialect,
};

/// How long to wait for a connection, and for another instance that migrates.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
const MIGRATION_TIMEOUT: Duration = Duration::from_mins(10);
/// Has Citus change the shards of a table by one connection a node: what follows in the transaction must see it.
const ONE_BY_ONE: &str = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'";

/// Applies what the database lacks, each migration in a transaction of its own. An advisory lock makes other
/// instances that start at the same time wait, and then find nothing left to do.
pub(super) async fn migrate(
    pool: &Arc<Pool>,
    client: &Client,
    schema: &'static Schema,
    env: &Env,
) -> Result<(), Fault> {
    let (steps, applied) = (steps(schema)?, list(client, pool.schema_name()).await.map_err(unavailable)?);
    if lacking(schema, &steps, &applied)?.is_empty() {
        return Ok(());
    }
    let mut lease = pool.lease(PATIENCE).await?;
    let client = Arc::clone(&lease.connection.client);
    let migrating = lease.carry(bring_up_to_date(&client, pool.schema_name(), schema, env));
    let outcome = timeout(MIGRATION_TIMEOUT, migrating)
        .await
        .unwrap_or_else(|_| Err(Fault::unavailable("the migrations did not end in time")));
    // Closing the connection lets go of the lock and of the settings, however this went.
    lease.discard();
    outcome
}

/// Applies what is lacking, on a connection that keeps the lock until it is closed. Its search path leads to the schema.
pub(crate) async fn bring_up_to_date(
    client: &Client,
    schema_name: &str,
    schema: &'static Schema,
    env: &Env,
) -> Result<(), Fault> {
    lock(client, schema_name).await.map_err(unavailable)?;
    let (steps, applied) = (steps(schema)?, list(client, schema_name).await.map_err(unavailable)?);
    let layout = Layout::read(client, schema_name).await.map_err(unavailable)?;
    let mut distributed = layout.filter(Layout::is_distributed);
    for step in lacking(schema, &steps, &applied)? {
        let mut text = step.translated(Dialect::Postgres)?;
        if let Some(layout) = &mut distributed {
            text = format!("{ONE_BY_ONE}; {text}{}", layout.after(step.sql)?);
        }
        apply(client, schema_name, step, &text, env).await.map_err(|error| {
            Fault::internal(format!("migration {} of {}: {}", step.name, schema.service, error::text(&error)))
        })?;
        tracing::info!(store = schema.service, migration = step.name, "migrated");
    }
    Ok(())
}

/// Waits until nobody else changes the tables of a schema, and keeps others away until the connection is closed.
pub(super) async fn lock(client: &Client, schema_name: &str) -> Result<(), Error> {
    let key = lock_key(schema_name);
    client
        .batch_execute(&format!("SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock({key})"))
        .await
}

/// What the database has had; nothing when there is no such schema.
pub(crate) async fn applied(
    url: &str,
    schema_prefix: &str,
    options: &PostgresOptions,
    schema: &'static Schema,
) -> Result<Vec<Applied>, Fault> {
    let pool = Arc::new(Pool::new(url, schema_prefix, options, schema)?);
    let mut lease = pool.lease(PATIENCE).await?;
    let client = Arc::clone(&lease.connection.client);
    lease.carry(list(&client, pool.schema_name())).await.map_err(unavailable)
}

async fn apply(client: &Client, schema_name: &str, step: &Step, text: &str, env: &Env) -> Result<(), Error> {
    let name = step.name.replace('\'', "''");
    let (checksum, at) = (&step.checksum, env.now().as_micros());
    client
        .batch_execute(&format!(
            "BEGIN;
             CREATE SCHEMA IF NOT EXISTS {schema_name};
             CREATE TABLE IF NOT EXISTS souk_migrations
                 (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, at BIGINT NOT NULL);
             {text}
             ;
             INSERT INTO souk_migrations (name, checksum, at) VALUES ('{name}', '{checksum}', {at});
             COMMIT;"
        ))
        .await
}

async fn list(client: &Client, schema_name: &str) -> Result<Vec<Applied>, Error> {
    let table = format!("{schema_name}.souk_migrations");
    let exists: bool = client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table]).await?.try_get(0)?;
    if !exists {
        return Ok(Vec::new());
    }
    let rows = client.query(&format!("SELECT name, checksum FROM {table} ORDER BY name"), &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unavailable(error: Error) -> Fault {
    Fault::unavailable(format!("the migrations of a database cannot be read: {}", error::text(&error)))
}
