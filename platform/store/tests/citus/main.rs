//! What is asked of Citus, on a stand-in that any Postgres can be. How statements do on Citus itself is what `cargo xtask
//! citus` runs the tests for.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use souk_store::{
    Engine, Migration, Placement, Schema, Store, distribute, misplaced,
    testing::{
        POSTGRES_URL,
        citus::{self, KNOWN_NODE, STAND_IN, psql},
    },
};
use souk_types::{Env, Fault};

const PARCELS: Migration = Migration {
    name: "0001_parcels",
    sql: "-- shard: customer_id
        CREATE TABLE parcels (customer_id TEXT NOT NULL, parcel_id TEXT NOT NULL, PRIMARY KEY (customer_id, parcel_id));
        -- reference
        CREATE TABLE rates (country TEXT PRIMARY KEY);
        INSERT INTO rates (country) VALUES ('DE');",
};
const LABELS: Migration = Migration {
    name: "0002_labels",
    sql: "-- shard: customer_id
        CREATE TABLE labels (customer_id TEXT PRIMARY KEY);
        -- shard: number
        CREATE TABLE label_numbers (number TEXT PRIMARY KEY, label TEXT);
        DROP TABLE parcels;",
};
static FIRST: Schema = Schema { service: "parcels", migrations: &[PARCELS] };
static LATER: Schema = Schema { service: "parcels", migrations: &[PARCELS, LABELS] };
static UNFIT: Schema = Schema {
    service: "unfit",
    migrations: &[Migration {
        name: "0001_unfit",
        sql: "-- shard: customer_id
            CREATE TABLE parcels (customer_id TEXT NOT NULL, number TEXT PRIMARY KEY);",
    }],
};

/// Makes an empty database and gives its address.
fn new_database(server: &str) -> String {
    let name = format!("citus_{}", u32::from_le_bytes(Env::system().random_bytes()));
    psql(server, &format!("CREATE DATABASE {name}"));
    let (before, _) = server.rsplit_once('/').unwrap();
    format!("{before}/{name}")
}

/// An empty database of its own with the stand-in.
struct Citus {
    url: String,
}

impl Citus {
    /// `None`, and says so, when there is no Postgres.
    async fn start() -> Option<Self> {
        let Some(server) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) else {
            println!("NOT RUN: {POSTGRES_URL} names no Postgres");
            return None;
        };
        let citus = Self { url: new_database(&server) };
        citus.psql(STAND_IN);
        Some(citus)
    }

    async fn knowing_its_node() -> Option<Self> {
        let citus = Self::start().await?;
        citus.psql(KNOWN_NODE);
        Some(citus)
    }

    fn engine(&self) -> Engine {
        Engine::postgres(&self.url, "souk_")
    }

    async fn open(&self, schema: &'static Schema) {
        Store::open(&self.engine(), schema, Env::system()).await.unwrap().close().await;
    }

    async fn distribute(&self, schema: &'static Schema) -> Result<Option<Vec<(String, Placement)>>, Fault> {
        distribute(&self.engine(), schema).await
    }

    fn psql(&self, sql: &str) -> String {
        psql(&self.url, sql)
    }

    /// What was asked of it, in order.
    fn calls(&self) -> Vec<String> {
        citus::calls(&self.url)
    }
}

fn expected(schema: &Schema) -> Vec<String> {
    citus::expected(schema).unwrap()
}

#[tokio::test]
async fn a_database_whose_tables_are_not_distributed_yet_is_told_of_by_check_and_not_changed() {
    let Some(citus) = Citus::knowing_its_node().await else { return };
    citus.open(&FIRST).await;
    let misplaced = misplaced(&citus.engine(), &FIRST).await.unwrap().unwrap();
    assert!(misplaced.contains(&("parcels".to_owned(), Placement::Sharded("customer_id".to_owned()))));
    assert_eq!(misplaced.len(), expected(&FIRST).len());
    assert_eq!(citus.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn ten_that_distribute_at_once_ask_once() {
    let Some(citus) = Citus::knowing_its_node().await else { return };
    citus.open(&FIRST).await;
    let runs = futures::future::join_all((0..10).map(|_| citus.distribute(&FIRST))).await;
    let moved: Vec<usize> =
        runs.into_iter().map(|run| run.unwrap().unwrap().len()).filter(|count| *count > 0).collect();
    assert_eq!(moved, [expected(&FIRST).len()]);
    let mut calls = citus.calls();
    assert_eq!(calls.pop().unwrap(), "souk_parcels.rates freed", "the room of the row that was moved");
    assert_eq!(calls, expected(&FIRST));
}

#[tokio::test]
async fn when_one_table_is_refused_all_stay_where_they_were() {
    let Some(citus) = Citus::knowing_its_node().await else { return };
    citus.open(&FIRST).await;
    citus.psql("INSERT INTO public.refused VALUES ('souk_parcels.parcels')");
    let fault = citus.distribute(&FIRST).await.unwrap_err();
    assert!(fault.public.contains("souk_parcels.parcels is refused"), "{}", fault.public);
    assert!(fault.public.contains("Nothing was changed"), "{}", fault.public);
    assert_eq!(citus.calls(), Vec::<String>::new());
    assert_eq!(citus.psql("SELECT count(*) FROM pg_dist_partition").trim(), "0");

    citus.psql("DELETE FROM public.refused");
    assert_eq!(citus.distribute(&FIRST).await.unwrap().unwrap().len(), expected(&FIRST).len());
}

#[tokio::test]
async fn a_table_with_a_key_that_lacks_its_shard_key_cannot_be_distributed() {
    let Some(citus) = Citus::knowing_its_node().await else { return };
    citus.open(&UNFIT).await;
    let fault = citus.distribute(&UNFIT).await.unwrap_err();
    assert!(fault.public.contains("cannot create constraint on parcels"), "{}", fault.public);
}

#[tokio::test]
async fn what_a_later_migration_makes_is_put_where_it_belongs_by_whoever_runs_it() {
    let Some(citus) = Citus::knowing_its_node().await else { return };
    citus.open(&FIRST).await;
    citus.distribute(&FIRST).await.unwrap().unwrap();
    let before = citus.calls().len();
    // As serving does.
    citus.open(&LATER).await;
    let later = ["souk_parcels.label_numbers by number beside none", "souk_parcels.labels by customer_id beside none"];
    assert_eq!(citus.calls()[before..], later);
    assert_eq!(misplaced(&citus.engine(), &LATER).await.unwrap().unwrap(), []);
}

#[tokio::test]
async fn serving_distributes_nothing_that_was_not_distributed_before() {
    let Some(citus) = Citus::knowing_its_node().await else { return };
    citus.open(&FIRST).await;
    citus.open(&LATER).await;
    assert_eq!(citus.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_distributed_before_the_other_nodes_know_the_first() {
    let Some(citus) = Citus::start().await else { return };
    citus.open(&FIRST).await;
    let fault = citus.distribute(&FIRST).await.unwrap_err();
    assert!(fault.public.contains("SELECT citus_set_coordinator_host('NAME', PORT)"), "{}", fault.public);
    assert_eq!(citus.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_postgres_without_citus_is_left_alone() {
    let Some(server) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) else {
        println!("NOT RUN: {POSTGRES_URL} names no Postgres");
        return;
    };
    let citus = Citus { url: new_database(&server) };
    citus.open(&FIRST).await;
    assert_eq!(citus.distribute(&FIRST).await.unwrap(), None);
}
