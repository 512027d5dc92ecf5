//! Writes Postgres tables whole, on one connection that nobody else's may stand beside.

use std::{collections::BTreeMap, pin::Pin, time::Duration};

use bytes::Bytes;
use futures::{SinkExt as _, TryStreamExt as _};
use souk_types::{Env, ErrorKind, Fault};
use tokio::{sync::mpsc, time::timeout};
use tokio_postgres::{
    Client, CopyInSink,
    binary_copy::BinaryCopyOutStream,
    types::{FromSql, Type},
};

use super::rows::{Chunk, Column, Digest, RowHash};
use crate::{
    PostgresOptions, Schema,
    postgres::{self, away},
};

/// How long to wait until others have closed their connections.
const ALONE_WITHIN: Duration = Duration::from_secs(5);
/// How long one chunk, or the end of a table, may take: an index of millions of rows may be built by then.
const STEP_TIMEOUT: Duration = Duration::from_mins(30);

pub(super) struct Target {
    pub(super) client: Client,
    pub(super) prefix: String,
}

impl Target {
    /// Connects, and waits until nobody else uses the databases.
    pub(super) async fn connect(url: &str, prefix: &str, options: &PostgresOptions) -> Result<Self, Fault> {
        let client = postgres::connect(url, options, "souk-transfer").await?;
        client
            .batch_execute(
                "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10s';
                 SET idle_session_timeout = 0",
            )
            .await
            .map_err(away)?;
        let lock = format!("SELECT pg_advisory_lock({})", postgres::use_key(prefix));
        let locked = timeout(ALONE_WITHIN, client.batch_execute(&lock)).await;
        locked.map_err(|_| in_use())?.map_err(away)?;
        Ok(Self { client, prefix: prefix.to_owned() })
    }

    pub(super) fn name(&self, schema: &Schema) -> Result<String, Fault> {
        postgres::schema_name(&self.prefix, schema.service)
    }

    /// Brings the tables of a service up to date, and makes them when they are not there.
    pub(super) async fn bring_up_to_date(&self, schema: &'static Schema, env: &Env) -> Result<(), Fault> {
        let name = self.name(schema)?;
        self.client.batch_execute(&format!("SET search_path TO {name}")).await.map_err(away)?;
        postgres::bring_up_to_date(&self.client, &name, schema, env).await
    }

    /// Every table of a service; none when it has no schema yet.
    pub(super) async fn tables(&self, schema: &Schema) -> Result<Vec<String>, Fault> {
        let sql = "SELECT tablename::text FROM pg_tables
                   WHERE schemaname = $1 AND tablename <> 'souk_migrations' ORDER BY tablename";
        let rows = self.client.query(sql, &[&self.name(schema)?]).await.map_err(away)?;
        rows.iter().map(|row| row.try_get(0).map_err(away)).collect()
    }

    pub(super) async fn count(&self, schema: &Schema, table: &str) -> Result<u64, Fault> {
        let sql = format!("SELECT count(*) FROM {}.\"{table}\"", self.name(schema)?);
        let rows: i64 = self.client.query_one(&sql, &[]).await.and_then(|row| row.try_get(0)).map_err(away)?;
        Ok(rows.unsigned_abs())
    }

    pub(super) async fn columns(&self, schema: &Schema, table: &str) -> Result<Vec<Column>, Fault> {
        let sql = "SELECT attname::text, atttypid FROM pg_attribute
                   WHERE attrelid = CAST($1 AS TEXT)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
        let place = format!("{}.\"{table}\"", self.name(schema)?);
        let rows = self.client.query(sql, &[&place]).await.map_err(away)?;
        let columns = rows.iter().map(|row| {
            let (name, oid) = (row.try_get(0).map_err(away)?, row.try_get(1).map_err(away)?);
            let ty = Type::from_oid(oid).ok_or_else(|| Fault::internal(format!("{place}: a type of its own")))?;
            Ok(Column { name, ty })
        });
        columns.collect()
    }

    pub(super) async fn begin(&self) -> Result<(), Fault> {
        self.client.batch_execute("BEGIN").await.map_err(away)
    }

    /// Keeps it all, and lets others in: the server may notice only later that this connection is closed.
    pub(super) async fn commit(&self) -> Result<(), Fault> {
        self.client.batch_execute("COMMIT; SELECT pg_advisory_unlock_all()").await.map_err(away)
    }

    /// Empties a table and writes what comes. It is there when what this gives is finished.
    pub(super) async fn write(
        &self,
        schema: &Schema,
        table: &str,
        columns: &[Column],
        chunks: &mut mpsc::Receiver<Chunk>,
        on_rows: &mut impl FnMut(u64),
    ) -> Result<Writing, Fault> {
        let place = format!("{}.\"{table}\"", self.name(schema)?);
        self.client.batch_execute(&format!("TRUNCATE {place}")).await.map_err(away)?;
        let copy = format!("COPY {place} ({}) FROM STDIN (FORMAT binary)", list(columns));
        let mut sink = Box::pin(self.client.copy_in(&copy).await.map_err(away)?);
        while let Some(chunk) = chunks.recv().await {
            timeout(STEP_TIMEOUT, sink.send(chunk.bytes)).await.map_err(|_| slow())?.map_err(away)?;
            on_rows(chunk.rows);
        }
        Ok(Writing(sink))
    }

    /// Has sequences go on behind what was given out there, and the planner know the tables.
    pub(super) async fn finish_schema(&self, schema: &Schema, sequences: &BTreeMap<String, i64>) -> Result<(), Fault> {
        let name = self.name(schema)?;
        let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns
                   WHERE table_schema = $1 AND is_identity = 'YES'";
        for row in self.client.query(sql, &[&name]).await.map_err(away)? {
            let (table, column): (String, String) = (row.try_get(0).map_err(away)?, row.try_get(1).map_err(away)?);
            let given = sequences.get(&table).copied().unwrap_or(0);
            let set = format!(
                "SELECT setval(pg_get_serial_sequence('{name}.\"{table}\"', '{column}'), GREATEST(last, 1), last > 0)
                 FROM (SELECT GREATEST({given}, COALESCE(MAX(\"{column}\"), 0)) AS last FROM {name}.\"{table}\") there"
            );
            self.client.batch_execute(&set).await.map_err(away)?;
        }
        for table in self.tables(schema).await? {
            self.client.batch_execute(&format!("ANALYZE {name}.\"{table}\"")).await.map_err(away)?;
        }
        Ok(())
    }

    /// Reads a whole table back.
    pub(super) async fn digest(&self, schema: &Schema, table: &str) -> Result<Digest, Fault> {
        let columns = self.columns(schema, table).await?;
        let copy = format!("COPY {}.\"{table}\" ({}) TO STDOUT (FORMAT binary)", self.name(schema)?, list(&columns));
        let types: Vec<Type> = columns.iter().map(|column| column.ty.clone()).collect();
        let stream = self.client.copy_out(&copy).await.map_err(away)?;
        let mut rows = std::pin::pin!(BinaryCopyOutStream::new(stream, &types));
        let mut digest = Digest::default();
        while let Some(row) = timeout(STEP_TIMEOUT, rows.try_next()).await.map_err(|_| slow())?.map_err(away)? {
            let mut hash = RowHash::new(types.len());
            for index in 0..types.len() {
                let Raw(bytes) = row.try_get(index).map_err(away)?;
                hash.field(bytes);
            }
            digest.add(&hash.end());
        }
        Ok(digest)
    }
}

/// A table that is written, but not to its end.
pub(super) struct Writing(Pin<Box<CopyInSink<Bytes>>>);

impl Writing {
    pub(super) async fn finish(mut self) -> Result<(), Fault> {
        let finished = timeout(STEP_TIMEOUT, self.0.as_mut().finish()).await.map_err(|_| slow())?;
        finished.map(drop).map_err(away)
    }
}

/// A field as it came.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn list(columns: &[Column]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    quoted.join(", ")
}

fn in_use() -> Fault {
    Fault::new(ErrorKind::Unavailable, "the databases there are in use by another souk; stop that one first")
}

fn slow() -> Fault {
    Fault::unavailable("Postgres did not answer in time")
}
