//! A shop moves from its folder to Postgres, by the real binary: everything is there, whole or not at all.

use std::{collections::BTreeMap, path::Path, process::Command};

use souk::shop::SCHEMAS;
use souk_bench::{
    client::Client,
    server::{Server, free_address, souk_command, souk_command_with},
    shopper::{Acknowledged, Purchase, add_to_cart},
};
use souk_store::{Engine, Store, params, placements, sql, testing::POSTGRES_URL};
use souk_types::{Actor, Cx, Env, Fault, TraceId};

use crate::{
    crashes::{all_there_and_paid, buy},
    fleet::new_database,
    open::{one_product, owner},
};

const PASSWORD: &str = "correct horse battery";

/// A shop that sold and was stopped, and an empty database.
struct Moving {
    folder: tempfile::TempDir,
    database: String,
    order: Acknowledged,
    /// A guest with something in the cart.
    guest: Client,
}

impl Moving {
    /// `None`, and says so, when there is no Postgres.
    async fn start() -> Option<Self> {
        let Some(server) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) else {
            println!("NOT RUN: {POSTGRES_URL} names no Postgres");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        one_product(&data, "HOT", 50);
        let open = Server::souk(&data, &[]).unwrap();
        owner(&open).await;
        let mut customer = Client::new(open.address);
        let fields = [("name", "Ann"), ("email", "ann@example.com"), ("password", PASSWORD)];
        assert_eq!(customer.post_form("/account/register", &fields).await.unwrap().status, 303);
        let Purchase::Ordered(order) = buy(&mut customer).await.unwrap() else { panic!("sold out") };
        all_there_and_paid(open.address, std::slice::from_ref(&order)).await;
        let mut guest = Client::new(open.address);
        assert_eq!(add_to_cart(&mut guest, "HOT", 2).await.unwrap().status, 200);
        open.stop().unwrap();
        Some(Self { folder, database: new_database(&server).await, order, guest })
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn migrate_with(&self, more: &[&str], settings: &[(&str, &str)]) -> anyhow::Result<String> {
        let from = format!("sqlite:{}", self.data().display());
        let arguments =
            [&["migrate", "--from", from.as_str(), "--to", self.database.as_str()] as &[&str], more].concat();
        souk_command_with(&self.folder.path().join("unused"), &arguments, settings)
    }

    fn migrate(&self, more: &[&str]) -> anyhow::Result<String> {
        self.migrate_with(more, &[])
    }

    fn on_postgres(&self) -> [(&str, &str); 1] {
        [("SOUK_DATA_POSTGRES", self.database.as_str())]
    }

    /// What stands in every table of the target.
    fn counted(&self) -> BTreeMap<String, u64> {
        let list = "SELECT schemaname || '.\"' || tablename || '\"' FROM pg_tables WHERE schemaname LIKE 'souk\\_%'
                    AND tablename <> 'souk_migrations' AND schemaname <> 'souk_transfer'";
        let tables = self.psql(list);
        let counts = tables.lines().map(|table| {
            let name = table.replace('"', "").trim_start_matches("souk_").to_owned();
            (name, self.psql(&format!("SELECT count(*) FROM {table}")).trim().parse().unwrap())
        });
        counts.collect()
    }

    fn psql(&self, sql: &str) -> String {
        let output = Command::new("psql").args([&self.database, "-qAtc", sql]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The rows of each table, as the command told them.
fn told(said: &str) -> BTreeMap<String, u64> {
    let lines = said.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (place, rows) = (words.next()?, words.next()?.parse().ok()?);
        place.contains('.').then(|| (place.to_owned(), rows))
    });
    lines.collect()
}

/// Every table that the migrations of the services make.
fn every_table() -> Vec<String> {
    let own = SCHEMAS
        .into_iter()
        .flat_map(|schema| placements(schema).unwrap().into_keys().map(|table| format!("{}.{table}", schema.service)));
    own.collect()
}

/// A job that was given up, in the file of the orders.
async fn park_a_job(data: &Path) {
    let engine = Engine::sqlite(data.join("store"));
    let store = Store::open(&engine, souk_orders_schema(), Env::system()).await.unwrap();
    let cx = Cx::new(Actor::service("test"), std::time::Duration::from_secs(20), TraceId::from_bits(1));
    let parked = store.write(&cx, |tx| {
        let job = sql!(
            "INSERT INTO jobs (queue, key, payload, due_at, parked, error, created_at)
             VALUES ('orders.nobody', 'one', '', 0, TRUE, 'it failed', 0)"
        );
        tx.exec(job, params![]).map(drop)
    });
    parked.await.unwrap_or_else(|fault: Fault| panic!("{fault}"));
    store.close().await;
}

fn souk_orders_schema() -> &'static souk_store::Schema {
    SCHEMAS.into_iter().find(|schema| schema.service == "orders").unwrap()
}

#[tokio::test]
async fn a_shop_moves_to_postgres_with_all_that_it_has_and_goes_on_selling() {
    let Some(mut moving) = Moving::start().await else { return };
    park_a_job(&moving.data()).await;
    let said = moving.migrate(&[]).unwrap();
    assert!(said.contains("All books agree") && said.contains("1 orders looked at"), "{said}");
    let told = told(&said);
    for table in every_table() {
        assert!(told.contains_key(&table), "{table} was left out of {said}");
    }
    assert_eq!(told, moving.counted());
    assert_eq!((told["orders.orders"], told["accounts.customers"], told["accounts.staff"]), (1, 1, 1));
    assert_eq!(moving.psql("SELECT error FROM souk_orders.jobs WHERE parked"), "it failed\n");

    let again = moving.migrate(&[]).unwrap();
    assert!(again.contains("There is a copy already, unchanged"), "{again}");
    assert_eq!(self::told(&again), told);

    let open = Server::souk(&moving.data(), &moving.on_postgres()).unwrap();
    all_there_and_paid(open.address, std::slice::from_ref(&moving.order)).await;
    let mut customer = Client::new(open.address);
    let fields = [("email", "ann@example.com"), ("password", PASSWORD)];
    assert_eq!(customer.post_form("/account/sign-in", &fields).await.unwrap().status, 303);
    let orders = customer.get("/account/orders", "text/html").await.unwrap().text_all();
    assert!(orders.contains(&moving.order.number), "{orders}");
    // A guest keeps the cart: the key is the same.
    moving.guest.move_to(open.address);
    assert!(moving.guest.get("/cart", "text/html").await.unwrap().text_all().contains("Thing HOT"));
    let Purchase::Ordered(next) = buy(&mut customer).await.unwrap() else { panic!("sold out") };
    assert_ne!(next.number, moving.order.number);
    all_there_and_paid(open.address, &[next]).await;
    open.stop().unwrap();
    let audit = souk_command_with(&moving.data(), &["audit"], &moving.on_postgres()).unwrap();
    assert!(audit.contains("2 orders looked at") && audit.contains("All books agree"), "{audit}");

    let refused = format!("{:#}", moving.migrate(&[]).unwrap_err());
    assert!(
        refused.contains("a copy that was used since") && refused.contains("payments.intents: 2 rows, 1 were copied"),
        "{refused}"
    );
    assert_eq!(moving.counted()["orders.orders"], 2);
    moving.migrate(&["--replace"]).unwrap();
    assert_eq!(moving.counted(), told);
}

#[tokio::test]
async fn a_move_that_is_killed_opens_nowhere_and_is_finished_by_the_next() {
    let Some(moving) = Moving::start().await else { return };
    for instant in ["transfer.begun", "transfer.table_copied:40"] {
        let killed = format!("{:#}", moving.migrate_with(&[], &[("SOUK_FAILPOINT", instant)]).unwrap_err());
        assert!(killed.contains("signal: 9"), "{killed}");
        let listen = free_address().unwrap().to_string();
        for command in [&["serve", "--listen", &listen] as &[&str], &["audit"]] {
            let refused = souk_command_with(&moving.data(), command, &moving.on_postgres()).unwrap_err();
            assert!(format!("{refused:#}").contains("was not finished"), "{refused:#}");
        }
    }
    let said = moving.migrate(&[]).unwrap();
    assert!(said.contains("All books agree") && said.contains("begun anew"), "{said}");
    assert_eq!(told(&said), moving.counted());
}

#[tokio::test]
async fn a_shop_that_is_open_is_not_moved_and_nothing_is_written_over() {
    let Some(moving) = Moving::start().await else { return };
    let open = Server::souk(&moving.data(), &[]).unwrap();
    let refused = format!("{:#}", moving.migrate(&[]).unwrap_err());
    assert!(refused.contains("in use by another souk"), "{refused}");
    open.stop().unwrap();
    // A shop of its own on Postgres.
    let other = moving.folder.path().join("other");
    one_product(&other, "OWN", 5);
    let file = other.join("products.jsonl");
    souk_command_with(&other, &["import", &file.to_string_lossy()], &moving.on_postgres()).unwrap();
    let refused = format!("{:#}", moving.migrate(&[]).unwrap_err());
    assert!(refused.contains("did not come by a copy") && refused.contains("catalog.products: 1 rows"), "{refused}");
}

#[tokio::test]
async fn a_database_of_another_program_is_not_moved() {
    let Some(moving) = Moving::start().await else { return };
    let file = moving.data().join("store/orders.db");
    let newer = "INSERT INTO souk_migrations (name, checksum, at) VALUES ('9999_later', 'x', 0)";
    rusqlite::Connection::open(&file).unwrap().execute_batch(newer).unwrap();
    let refused = format!("{:#}", moving.migrate(&[]).unwrap_err());
    assert!(refused.contains("newer than this program") && refused.contains("9999_later"), "{refused}");
    assert_eq!(moving.counted(), BTreeMap::new());
    let refused = format!("{:#}", souk_command(&moving.data(), &["migrate", "--from", "sqlite:/nowhere"]).unwrap_err());
    assert!(refused.contains("--to is needed"), "{refused}");
}

#[tokio::test]
async fn ten_programs_may_bring_an_empty_postgres_up_to_date_at_once() {
    let Some(server) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) else { return };
    let (database, folder) = (new_database(&server).await, tempfile::tempdir().unwrap());
    let starting = (0..10).map(|number| {
        let (data, database) = (folder.path().join(number.to_string()), database.clone());
        tokio::task::spawn_blocking(move || {
            souk_command_with(&data, &["migrate"], &[("SOUK_DATA_POSTGRES", database.as_str())])
        })
    });
    for done in futures::future::join_all(starting).await {
        done.unwrap().unwrap_or_else(|error| panic!("{error:#}"));
    }
    let check = souk_command_with(
        &folder.path().join("0"),
        &["migrate", "--check"],
        &[("SOUK_DATA_POSTGRES", database.as_str())],
    );
    assert!(check.unwrap().contains("up to date"));
}
