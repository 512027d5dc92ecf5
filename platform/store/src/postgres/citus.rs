//! Citus: tells it where the rows of each table lie, as the migrations say (`placement.rs`).
//!
//! Local tables are told of too. Citus commits in two phases where a transaction changes tables of several nodes, and
//! only of tables that it knows: with an outbox that it did not know, a crash in the middle of a commit could keep a
//! change and lose its event.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use souk_types::Fault;
use tokio::time::timeout;
use tokio_postgres::{Client, Error};

use super::{
    error::text,
    migrate::{PATIENCE, lock},
    pool::{Pool, away},
};
use crate::{Placement, PostgresOptions, Schema, migrate::refusal, placement::follow, placements};

/// How long moving the rows of one service may take: hundreds of millions of them are read and written once.
const MOVING_TIMEOUT: Duration = Duration::from_hours(12);
/// How long to wait for whoever still uses a table.
const LOCK_TIMEOUT: &str = "60s";

/// What Citus knows of the tables of one schema.
pub(super) struct Layout {
    schema_name: String,
    tables: BTreeMap<String, Placement>,
}

/// A table that is put where it belongs.
struct Step {
    table: String,
    placement: Placement,
    sql: String,
}

impl Layout {
    /// `None` where there is no Citus.
    pub(super) async fn read(client: &Client, schema_name: &str) -> Result<Option<Self>, Error> {
        let installed = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')";
        if !client.query_one(installed, &[]).await?.try_get::<_, bool>(0)? {
            return Ok(None);
        }
        let known = "SELECT class.relname::text, part.repmodel = 't',
                         CASE WHEN part.partmethod = 'h' THEN column_to_column_name(part.logicalrelid, part.partkey) END
                     FROM pg_dist_partition part
                     JOIN pg_class class ON class.oid = part.logicalrelid
                     JOIN pg_namespace space ON space.oid = class.relnamespace
                     WHERE space.nspname = $1::text";
        let mut tables = BTreeMap::new();
        for row in client.query(known, &[&schema_name]).await? {
            let placement = match (row.try_get::<_, Option<String>>(2)?, row.try_get(1)?) {
                (Some(column), _) => Placement::Sharded(column),
                (None, true) => Placement::Reference,
                (None, false) => Placement::Local,
            };
            tables.insert(row.try_get(0)?, placement);
        }
        Ok(Some(Self { schema_name: schema_name.to_owned(), tables }))
    }

    /// Says whether the tables were distributed before.
    pub(super) fn is_distributed(&self) -> bool {
        !self.tables.is_empty()
    }

    /// What belongs behind a migration's text, in its transaction, where the tables are distributed already: what the
    /// migration makes is put where it belongs.
    pub(super) fn after(&mut self, migration: &str) -> Result<String, Fault> {
        let mut wanted = self.tables.clone();
        follow(migration, &mut wanted).map_err(refusal)?;
        self.tables.retain(|table, _| wanted.contains_key(table));
        let steps = self.place(wanted)?;
        Ok(steps.into_iter().map(|step| format!(";\n{}", step.sql)).collect())
    }

    /// What puts tables where they are wanted, and are not yet.
    fn place(&mut self, wanted: BTreeMap<String, Placement>) -> Result<Vec<Step>, Fault> {
        let mut steps = Vec::new();
        for (table, placement) in wanted {
            match self.tables.get(&table) {
                Some(found) if *found == placement => {}
                Some(found) => {
                    return Err(refusal(format!(
                        "Citus has {}.{table} {found}, and it belongs {placement}. Nothing was changed",
                        self.schema_name
                    )));
                }
                None => {
                    let sql = self.statement(&table, &placement);
                    self.tables.insert(table.clone(), placement.clone());
                    steps.push(Step { table, placement, sql });
                }
            }
        }
        Ok(steps)
    }

    fn statement(&self, table: &str, placement: &Placement) -> String {
        let schema_name = &self.schema_name;
        match placement {
            Placement::Local => format!("SELECT citus_add_local_table_to_metadata('{schema_name}.{table}')"),
            Placement::Reference => format!("SELECT create_reference_table('{schema_name}.{table}')"),
            Placement::Sharded(column) => {
                let beside = self.tables.iter().find(|(_, found)| *found == placement);
                let beside = beside.map_or("none".to_owned(), |(other, _)| format!("{schema_name}.{other}"));
                format!(
                    "SELECT create_distributed_table('{schema_name}.{table}', '{column}', colocate_with => '{beside}')"
                )
            }
        }
    }
}

/// The tables of a service that are not where they belong; `None` where there is no Citus.
pub(crate) async fn misplaced(
    url: &str,
    schema_prefix: &str,
    options: &PostgresOptions,
    schema: &'static Schema,
) -> Result<Option<Vec<(String, Placement)>>, Fault> {
    let pool = Arc::new(Pool::new(url, schema_prefix, options, schema)?);
    let mut lease = pool.lease(PATIENCE).await?;
    let client = Arc::clone(&lease.connection.client);
    let layout = lease.carry(Layout::read(&client, pool.schema_name())).await.map_err(away)?;
    let Some(mut layout) = layout else { return Ok(None) };
    let steps = layout.place(placements(schema)?)?;
    Ok(Some(steps.into_iter().map(|step| (step.table, step.placement)).collect()))
}

/// Puts every table of a service where it belongs, with its rows, all in one transaction; `None` where there is no Citus.
pub(crate) async fn distribute(
    url: &str,
    schema_prefix: &str,
    options: &PostgresOptions,
    schema: &'static Schema,
) -> Result<Option<Vec<(String, Placement)>>, Fault> {
    let pool = Arc::new(Pool::new(url, schema_prefix, options, schema)?);
    let mut lease = pool.lease(PATIENCE).await?;
    let client = Arc::clone(&lease.connection.client);
    let moving = async {
        if Layout::read(&client, pool.schema_name()).await.map_err(away)?.is_none() {
            return Ok(None);
        }
        lock(&client, pool.schema_name()).await.map_err(away)?;
        move_all(&client, pool.schema_name(), schema).await
    };
    let moving = timeout(MOVING_TIMEOUT, lease.carry(moving)).await;
    // Closing the connection lets go of the lock and undoes what was not finished.
    lease.discard();
    moving.map_err(|_| Fault::unavailable("distributing the tables did not end in time"))?
}

async fn move_all(
    client: &Client,
    schema_name: &str,
    schema: &Schema,
) -> Result<Option<Vec<(String, Placement)>>, Fault> {
    let Some(mut layout) = Layout::read(client, schema_name).await.map_err(away)? else { return Ok(None) };
    let steps = layout.place(placements(schema)?)?;
    if !steps.is_empty() {
        know_this_node(client).await?;
        let begin = format!("SET lock_timeout = '{LOCK_TIMEOUT}'; BEGIN");
        client.batch_execute(&begin).await.map_err(away)?;
        for step in &steps {
            client.batch_execute(&step.sql).await.map_err(|error| {
                refusal(format!(
                    "{schema_name}.{} was not distributed: {}. Nothing was changed",
                    step.table,
                    text(&error)
                ))
            })?;
        }
        client.batch_execute("COMMIT").await.map_err(away)?;
    }
    // Also what a run that was cut off has left.
    for table in layout.tables.iter().filter(|(_, placement)| **placement != Placement::Local).map(|(table, _)| table) {
        free_moved(client, &format!("{schema_name}.{table}")).await.map_err(away)?;
    }
    Ok(Some(steps.into_iter().map(|step| (step.table, step.placement)).collect()))
}

/// Refuses where Citus does not know the very node that it is asked on, which has the local tables.
async fn know_this_node(client: &Client) -> Result<(), Fault> {
    let known = "SELECT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)";
    if client.query_one(known, &[]).await.and_then(|row| row.try_get::<_, bool>(0)).map_err(away)? {
        return Ok(());
    }
    Err(refusal(
        "Citus does not know by which name its other nodes reach this server. Nothing was changed; run \
         SELECT citus_set_coordinator_host('NAME', PORT) in its database, and this command again"
            .to_owned(),
    ))
}

/// Gives back the room of the rows that a table had before they were moved: Citus leaves them where they were.
async fn free_moved(client: &Client, place: &str) -> Result<(), Error> {
    let left = format!("SELECT pg_relation_size('{place}') > 0");
    if client.query_one(&left, &[]).await?.try_get(0)? {
        let free = format!("SELECT truncate_local_data_after_distributing_table('{place}')");
        client.batch_execute(&free).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(tables: &[(&str, Placement)]) -> Layout {
        let tables = tables.iter().map(|(table, placement)| ((*table).to_owned(), placement.clone())).collect();
        Layout { schema_name: "souk_shop".to_owned(), tables }
    }

    #[test]
    fn what_a_migration_makes_is_put_where_it_belongs_and_what_it_drops_is_forgotten() {
        let by_customer = Placement::Sharded("customer_id".to_owned());
        let mut layout = layout(&[("carts", by_customer), ("outbox", Placement::Local)]);
        let text = "-- shard: customer_id\nCREATE TABLE wishes (\n);\n-- reference\nCREATE TABLE rates (\n);\nDROP TABLE carts;";
        assert_eq!(
            layout.after(text).unwrap(),
            ";\nSELECT create_reference_table('souk_shop.rates');\nSELECT \
             create_distributed_table('souk_shop.wishes', 'customer_id', colocate_with => 'none')"
        );
        let text = "-- shard: customer_id\nCREATE TABLE gifts (\n);";
        assert!(layout.after(text).unwrap().ends_with("colocate_with => 'souk_shop.wishes')"));
    }

    #[test]
    fn a_table_that_citus_has_elsewhere_is_refused() {
        let mut layout = layout(&[("carts", Placement::Sharded("cart_id".to_owned()))]);
        let wanted = BTreeMap::from([("carts".to_owned(), Placement::Sharded("customer_id".to_owned()))]);
        let fault = layout.place(wanted).err().unwrap();
        assert!(fault.public.contains("souk_shop.carts spread by cart_id, and it belongs spread by customer_id"));
    }
}
