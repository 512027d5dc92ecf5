//! What is kept beside a copy: where it came from, whether it is finished, and what it was.

use std::{collections::BTreeMap, path::Path};

use souk_types::{Env, Fault};
use tokio_postgres::Client;

use super::{rows::Digest, shown, target::Target};
use crate::{
    Schema,
    migrate::refusal,
    postgres::{away, schema_name},
};

/// The schema of the record, which no service has: behind the same prefix as the services'.
const SCHEMA: &str = "transfer";

/// What a record says.
pub(super) struct Record {
    pub(super) ended: bool,
    /// By `service.table`.
    pub(super) tables: BTreeMap<String, Digest>,
}

/// Refuses databases that are a copy which was not finished.
pub(crate) async fn refuse_unfinished(client: &Client, prefix: &str) -> Result<(), Fault> {
    match state(client, &schema_name(prefix, SCHEMA)?).await? {
        Some((source, false)) => Err(refusal(format!(
            "the databases are a copy of {source} that was not finished; run `souk migrate --from … --to …` again, \
             which begins it anew"
        ))),
        Some(_) | None => Ok(()),
    }
}

async fn state(client: &Client, name: &str) -> Result<Option<(String, bool)>, Fault> {
    let table = format!("{name}.state");
    let exists = client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table]).await.map_err(away)?;
    if !exists.try_get::<_, bool>(0).map_err(away)? {
        return Ok(None);
    }
    let row = client.query_opt(&format!("SELECT source, ended_at IS NOT NULL FROM {table}"), &[]).await;
    let Some(row) = row.map_err(away)? else { return Ok(None) };
    Ok(Some((row.try_get(0).map_err(away)?, row.try_get(1).map_err(away)?)))
}

pub(super) async fn read(target: &Target) -> Result<Option<Record>, Fault> {
    let name = schema_name(&target.prefix, SCHEMA)?;
    let Some((_, ended)) = state(&target.client, &name).await? else { return Ok(None) };
    let rows = target.client.query(&format!("SELECT place, row_count, digest FROM {name}.tables"), &[]).await;
    let mut tables = BTreeMap::new();
    for row in rows.map_err(away)? {
        let (place, rows, hex): (String, i64, String) =
            (row.try_get(0).map_err(away)?, row.try_get(1).map_err(away)?, row.try_get(2).map_err(away)?);
        let digest = Digest::parse(rows, &hex).ok_or_else(|| Fault::internal(format!("{name}.tables: {place}")))?;
        tables.insert(place, digest);
    }
    Ok(Some(Record { ended, tables }))
}

/// Says, before anything is changed, that what lies there is not finished.
pub(super) async fn begin(target: &Target, source: &Path, env: &Env) -> Result<(), Fault> {
    let name = schema_name(&target.prefix, SCHEMA)?;
    let make = format!(
        "CREATE SCHEMA IF NOT EXISTS {name};
         CREATE TABLE IF NOT EXISTS {name}.state
             (slot BIGINT PRIMARY KEY CHECK (slot = 1), source TEXT NOT NULL, begun_at BIGINT NOT NULL, ended_at BIGINT);
         CREATE TABLE IF NOT EXISTS {name}.tables
             (place TEXT PRIMARY KEY, row_count BIGINT NOT NULL, digest TEXT NOT NULL)"
    );
    target.client.batch_execute(&make).await.map_err(away)?;
    let note = format!(
        "INSERT INTO {name}.state (slot, source, begun_at) VALUES (1, $1, $2)
         ON CONFLICT (slot) DO UPDATE SET source = $1, begun_at = $2, ended_at = NULL"
    );
    target.client.execute(&note, &[&shown(source), &env.now().as_micros()]).await.map(drop).map_err(away)
}

/// Says what was copied, and that it is finished; with the transaction of the copy.
pub(super) async fn end(target: &Target, copied: &[(&Schema, String, Digest)], env: &Env) -> Result<(), Fault> {
    let name = schema_name(&target.prefix, SCHEMA)?;
    target.client.batch_execute(&format!("TRUNCATE {name}.tables")).await.map_err(away)?;
    let note = format!("INSERT INTO {name}.tables (place, row_count, digest) VALUES ($1, $2, $3)");
    for (schema, table, digest) in copied {
        let rows = i64::try_from(digest.rows).map_err(Fault::internal)?;
        let place = format!("{}.{table}", schema.service);
        target.client.execute(&note, &[&place, &rows, &digest.hex()]).await.map_err(away)?;
    }
    let ended = format!("UPDATE {name}.state SET ended_at = $1");
    target.client.execute(&ended, &[&env.now().as_micros()]).await.map(drop).map_err(away)
}
