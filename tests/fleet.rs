//! The same shop in several processes: they call each other over HTTP, and NATS carries their events.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};

use souk::fleet::SERVICES;
use souk_bench::{
    client::Client,
    server::{Server, free_address, souk_command_with},
    shopper::{Acknowledged, Purchase, add_to_cart},
};
use souk_contracts::search::{Query, SearchClient};
use souk_redis::testing::RedisServer;
use souk_rpc::{RemoteConfig, Secret, remote};
use souk_store::testing::POSTGRES_URL;
use souk_testkit::simple_product;
use souk_types::{Actor, Cx, Env, TraceId};
use tempfile::TempDir;
use tokio::task::{LocalSet, spawn_blocking};

use crate::{
    crashes::{all_there_and_paid, buy},
    traces::{Collector, OF_AN_ORDER, ancestors, is_sound},
};

/// Names the program of the NATS server; without it these tests say that they were not run.
pub const NATS_SERVER: &str = "SOUK_TEST_NATS_SERVER";
/// Which services are in which process.
const PROCESSES: [(&str, &[&str]); 5] = [
    ("front", &["web", "payments", "delivery"]),
    ("goods", &["catalog", "inventory", "search"]),
    ("books", BOOKKEEPING),
    ("more_books", BOOKKEEPING),
    ("more_search", &["search"]),
];
/// Those that are started with the fleet.
const STARTED: usize = 4;
const BOOKKEEPING: &[&str] = &["orders", "accounts", "notifications", "cart"];
const FRONT: usize = 0;
pub const GOODS: usize = 1;
const BOOKS: usize = 2;
pub const MORE_BOOKS: usize = 3;
pub const MORE_SEARCH: usize = 4;
const SECRET: &str = "of-the-processes-of-this-test-alone";
const SHOPPERS: usize = 20;
/// Failures that are told of.
const TOLD_MAX: usize = 3;
const STOCK: i64 = 100_000;
const SOON: Duration = Duration::from_secs(30);

struct Nats {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Nats {
    fn start(folder: &Path) -> Option<Self> {
        let port = free_address().unwrap().port();
        Some(Self { child: Self::spawn(port, folder)?, port, folder: folder.to_owned() })
    }

    fn spawn(port: u16, folder: &Path) -> Option<Child> {
        let program = std::env::var(NATS_SERVER).ok().filter(|program| !program.is_empty());
        let Some(program) = program else {
            println!("NOT RUN: {NATS_SERVER} names no NATS server");
            return None;
        };
        let mut command = Command::new(program);
        command.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]).arg(folder.join("nats"));
        Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::spawn(self.port, &self.folder).unwrap();
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One fleet at a time: each is several processes, and its shoppers want answers in time.
pub static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A shop of four processes on one Postgres; two of them are alike.
pub struct Fleet {
    pub processes: Vec<Option<Server>>,
    internal: Vec<SocketAddr>,
    pub database: String,
    nats: Nats,
    /// Where carts lie; without one, in Postgres.
    redis: Option<RedisServer>,
    folder: TempDir,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Fleet {
    /// `None`, and says so, when there is no Postgres or no NATS.
    pub async fn start() -> Option<Self> {
        Self::start_with("").await
    }

    /// The same with more in its configuration: where there is S3, there is no folder.
    pub async fn start_with(more: &str) -> Option<Self> {
        let Some(server) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) else {
            println!("NOT RUN: {POSTGRES_URL} names no Postgres");
            return None;
        };
        let turn = TURN.lock().await;
        let folder = tempfile::tempdir().unwrap();
        let nats = Nats::start(folder.path())?;
        let redis = RedisServer::start();
        let database = new_database(&server).await;
        let internal: Vec<SocketAddr> = PROCESSES.iter().map(|_| free_address().unwrap()).collect();
        let shared = format!("files = {:?}\n", folder.path().join("files"));
        let mut config = format!(
            "[data]\npostgres = \"{database}\"\n{files}secret = \"{key}\"\n\n\
             [internal]\nsecret = \"{SECRET}\"\n\n[search]\ncopy_every_s = 1\n\n\
             [events]\nnats = \"nats://127.0.0.1:{port}\"\n\n[orders]\nrecover_after_s = 2\n\n{more}",
            files = if more.contains("[s3]") { "" } else { &shared },
            key = folder.path().join("secret.key").display(),
            port = nats.port,
        );
        if let Some(redis) = &redis {
            config += &format!("\n[redis]\nurls = \"{}\"\n", redis.url());
        }
        for service in SERVICES.into_iter().filter(|service| *service != "web") {
            let with = PROCESSES.iter().zip(&internal).filter(|((_, services), _)| services.contains(&service));
            let urls: Vec<String> = with.map(|(_, address)| format!("http://{address}")).collect();
            config += &format!("\n[services.{service}]\nurl = {urls:?}\n");
        }
        fs::write(folder.path().join("souk.toml"), config).unwrap();
        fs::write(folder.path().join("secret.key"), [7; 32]).unwrap();
        let mut fleet = Self { processes: Vec::new(), internal, database, nats, redis, folder, _turn: turn };
        fleet.import(&["HOT", "COLD"]);
        // The order in which they start is of no matter: who is not there yet is waited for.
        for process in 0..STARTED {
            let server = fleet.spawn(process).await;
            fleet.processes.push(Some(server));
        }
        fleet.processes.resize_with(PROCESSES.len(), || None);
        Some(fleet)
    }

    pub fn data(&self, process: usize) -> PathBuf {
        self.folder.path().join(PROCESSES[process].0)
    }

    fn settings(&self) -> Vec<(String, String)> {
        vec![("SOUK_CONFIG".to_owned(), self.folder.path().join("souk.toml").display().to_string())]
    }

    /// A command beside the fleet, on its databases.
    pub fn command(&self, arguments: &[&str]) -> String {
        let data = self.folder.path().join("command");
        souk_command_with(&data, arguments, &borrowed(&self.settings())).unwrap()
    }

    pub fn import(&self, skus: &[&str]) {
        let file = self.folder.path().join("products.jsonl");
        let products = skus.iter().map(|sku| serde_json::to_string(&simple_product(sku, 1_990, STOCK)).unwrap());
        fs::write(&file, products.collect::<Vec<_>>().join("\n")).unwrap();
        self.command(&["import", &file.to_string_lossy()]);
    }

    /// The search of one process, and no other's.
    async fn search_of(&self, process: usize) -> SearchClient {
        let url = format!("http://{}", self.internal[process]).parse().unwrap();
        let secret = Secret::try_new(SECRET).unwrap();
        let config =
            RemoteConfig { service: "search".to_owned(), urls: vec![url], secret: Some(secret), identity: None };
        SearchClient::over(remote(config, &Env::system()).await.unwrap())
    }

    async fn spawn(&self, process: usize) -> Server {
        let mut settings = self.settings();
        settings.push(("SOUK_LOG_FILTER".to_owned(), "warn,souk_search=info".to_owned()));
        settings.push(("SOUK_INTERNAL_LISTEN".to_owned(), self.internal[process].to_string()));
        settings.push(("SOUK_SERVER_SERVICES".to_owned(), format!("{:?}", PROCESSES[process].1)));
        let data = self.data(process);
        // Shoppers go on meanwhile.
        spawn_blocking(move || Server::souk_part(&data, &borrowed(&settings)).unwrap()).await.unwrap()
    }

    pub fn kill(&mut self, process: usize) {
        self.processes[process].take().unwrap().kill().unwrap();
    }

    async fn stop(&mut self, process: usize) {
        let server = self.processes[process].take().unwrap();
        spawn_blocking(move || server.stop()).await.unwrap().unwrap();
    }

    pub async fn start_again(&mut self, process: usize) {
        self.processes[process] = Some(self.spawn(process).await);
    }

    pub fn front(&self) -> &Server {
        self.processes[FRONT].as_ref().unwrap()
    }

    pub fn client(&self) -> Client {
        Client::new(self.front().address)
    }

    /// Stops all processes and audits the books.
    pub fn close(mut self) -> String {
        for process in self.processes.drain(..).flatten() {
            process.stop().unwrap();
        }
        self.command(&["audit"])
    }
}

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// An empty database on the server; the server ends with the tests.
pub async fn new_database(server: &str) -> String {
    let name = format!("fleet_{}", u32::from_le_bytes(Env::system().random_bytes()));
    let made = Command::new("psql").args([server, "-qc", &format!("CREATE DATABASE {name}")]).status().unwrap();
    assert!(made.success());
    let (before, _) = server.rsplit_once('/').unwrap();
    format!("{before}/{name}")
}

/// Asks until the page has what it should.
pub async fn until(client: &mut Client, path: &str, wanted: &str) {
    let begun = Instant::now();
    loop {
        let answer = client.get(path, "text/html").await.unwrap();
        if answer.status == 200 && answer.text_all().contains(wanted) {
            return;
        }
        assert!(begun.elapsed() < SOON, "{path} still answers {} without {wanted}", answer.status);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_shop_of_several_processes_sells_as_one_does() {
    let Some(fleet) = Fleet::start().await else { return };
    let mut client = fleet.client();
    until(&mut client, "/products/thing-hot", "Add to cart").await;
    until(&mut client, "/search?q=thing", "/products/thing-cold").await;
    let Purchase::Ordered(order) = buy(&mut client).await.unwrap() else { panic!("sold out") };
    all_there_and_paid(fleet.front().address, std::slice::from_ref(&order)).await;
    // The cart ended with its order, on the other side.
    until(&mut client, "/cart", "Your cart is empty").await;
    let audit = fleet.close();
    assert!(audit.contains("1 orders looked at") && audit.contains("All books agree"), "{audit}");
}

#[tokio::test]
async fn one_order_is_one_trace_through_all_processes() {
    let collector = Collector::start();
    let more = format!("[telemetry]\notlp = \"http://{}\"\n", collector.address);
    let Some(fleet) = Fleet::start_with(&more).await else { return };
    let mut client = fleet.client();
    until(&mut client, "/products/thing-hot", "Add to cart").await;
    let Purchase::Ordered(_) = buy(&mut client).await.unwrap() else { panic!("sold out") };
    let trace = collector.trace_of(&OF_AN_ORDER);
    is_sound(&trace);
    for inside in ["inventory.reserve", "payments.authorise", "orders.placed cart.orders"] {
        let around = ancestors(&trace, inside);
        assert!(around.ends_with(&["orders.place", "POST /checkout"]), "{inside} is in {around:?}");
    }
    // The front, the goods, and one of those that keep the books; both when the other acts on events.
    let processes: BTreeSet<&str> = trace.iter().map(|told| told.process["service.instance.id"].as_str()).collect();
    assert!([3, 4].contains(&processes.len()), "{processes:?}");
    fleet.close();
}

#[tokio::test]
async fn the_services_are_for_the_shop_alone() {
    let Some(fleet) = Fleet::start().await else { return };
    let body = r#"{"slug": "thing-hot"}"#.to_owned();
    let inside =
        Client::new(fleet.internal[GOODS]).post_json("/rpc/catalog/product_by_slug", body.clone()).await.unwrap();
    assert_eq!(inside.status, 401);
    for process in fleet.processes.iter().flatten() {
        let mut outside = Client::new(process.address);
        let answer = outside.post_json("/rpc/catalog/product_by_slug", body.clone()).await.unwrap();
        assert!([404, 405].contains(&answer.status.as_u16()), "{}", answer.status);
    }
    fleet.close();
}

fn cx() -> Cx {
    Cx::new(Actor::service("test"), SOON, TraceId::generate(&Env::system()))
}

/// Waits until a search finds so many products.
async fn until_found(search: &SearchClient, text: &str, count: usize) {
    let begun = Instant::now();
    let query = || Query { text: text.to_owned(), limit: 20, ..Query::default() };
    loop {
        let found = search.search(&cx(), query()).await;
        if found.as_ref().is_ok_and(|found| found.total == count) {
            return;
        }
        assert!(begun.elapsed() < SOON, "{text}: {found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn until_copied(fleet: &Fleet) {
    let begun = Instant::now();
    let copies = fleet.folder.path().join("files/search");
    let is_copy = |found: fs::DirEntry| found.file_name().to_string_lossy().starts_with("copy-");
    while !fs::read_dir(&copies).into_iter().flatten().flatten().any(is_copy) {
        assert!(begun.elapsed() < SOON, "no copy in {}", copies.display());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn of_several_instances_of_search_each_finds_everything() {
    let Some(mut fleet) = Fleet::start().await else { return };
    let first = fleet.search_of(GOODS).await;
    until_found(&first, "thing", 2).await;
    until_copied(&fleet).await;
    fleet.start_again(MORE_SEARCH).await;
    let second = fleet.search_of(MORE_SEARCH).await;
    until_found(&second, "thing", 2).await;
    let said = fleet.processes[MORE_SEARCH].as_ref().unwrap().said();
    assert!(said.contains("the search index begins with a copy"), "{said}");

    fleet.import(&["WARM"]);
    until_found(&first, "thing", 3).await;
    until_found(&second, "thing", 3).await;
    // What happens while it is away it hears when it is back, and nobody misses it meanwhile.
    fleet.kill(MORE_SEARCH);
    fleet.import(&["COOL"]);
    until_found(&first, "thing", 4).await;
    until(&mut fleet.client(), "/search?q=cool", "/products/thing-cool").await;
    fleet.start_again(MORE_SEARCH).await;
    until_found(&second, "thing", 4).await;

    first.start_reindex(&cx()).await.unwrap();
    let begun = Instant::now();
    while second.status(&cx()).await.unwrap().rebuild.is_none_or(|rebuild| rebuild.ended_at.is_none()) {
        assert!(begun.elapsed() < SOON, "the second instance heard nothing of the rebuild");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    fleet.close();
}

/// What shoppers met.
struct Met {
    acknowledged: Vec<Acknowledged>,
    /// Times that one could not buy.
    failures: usize,
}

/// Shoppers buy, whatever happens, until they are told to go home.
async fn shop_while<F: Future<Output = Fleet>>(fleet: Fleet, happens: impl FnOnce(Fleet) -> F) -> (Fleet, Met) {
    let acknowledged: Rc<RefCell<Vec<Acknowledged>>> = Rc::default();
    let failures: Rc<Cell<usize>> = Rc::default();
    let over = Rc::new(Cell::new(false));
    let (address, local) = (fleet.front().address, LocalSet::new());
    for _ in 0..SHOPPERS {
        let (acknowledged, failures, over) = (Rc::clone(&acknowledged), Rc::clone(&failures), Rc::clone(&over));
        local.spawn_local(async move {
            let mut client = Client::new(address);
            while !over.get() {
                client.forget();
                let bought = buy(&mut client).await;
                if let Ok(Purchase::Ordered(order)) = bought {
                    acknowledged.borrow_mut().push(order);
                } else {
                    if failures.get() < TOLD_MAX {
                        println!("a shopper could not buy: {bought:?}");
                    }
                    failures.set(failures.get() + 1);
                    client = Client::new(address);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        });
    }
    let fleet = local.run_until(happens(fleet)).await;
    over.set(true);
    tokio::time::timeout(SOON * 2, local).await.expect("the shoppers did not come to an end");
    (fleet, Met { acknowledged: acknowledged.take(), failures: failures.get() })
}

async fn nothing_is_lost(fleet: Fleet, acknowledged: &[Acknowledged]) {
    assert!(acknowledged.len() > SHOPPERS, "{} orders", acknowledged.len());
    all_there_and_paid(fleet.front().address, acknowledged).await;
    let audit = fleet.close();
    assert!(audit.contains("All books agree"), "{audit}");
}

/// Waits until shoppers get on: this many seconds of buying.
async fn a_while() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}

#[tokio::test]
async fn whatever_dies_no_acknowledged_order_is_lost() {
    let Some(fleet) = Fleet::start().await else { return };
    let (fleet, Met { acknowledged, .. }) = shop_while(fleet, async |mut fleet: Fleet| {
        a_while().await;
        fleet.kill(BOOKS);
        fleet.kill(MORE_BOOKS);
        a_while().await;
        fleet.start_again(BOOKS).await;
        a_while().await;
        fleet.kill(GOODS);
        a_while().await;
        fleet.start_again(GOODS).await;
        a_while().await;
        fleet.nats.kill();
        a_while().await;
        fleet.nats.start_again();
        a_while().await;
        if let Some(redis) = &mut fleet.redis {
            redis.kill();
            a_while().await;
            redis.start_again();
            a_while().await;
        }
        fleet
    })
    .await;
    nothing_is_lost(fleet, &acknowledged).await;
    println!("{} acknowledged", acknowledged.len());
}

#[tokio::test]
async fn carts_outlive_their_instances_and_without_redis_only_they_are_away() {
    let Some(mut fleet) = Fleet::start().await else { return };
    let mut client = fleet.client();
    until(&mut client, "/products/thing-hot", "Add to cart").await;
    let added = add_to_cart(&mut client, "HOT", 2).await.unwrap();
    assert_eq!(added.status, 200, "{}", added.text());
    fleet.kill(BOOKS);
    until(&mut client, "/cart", "/products/thing-hot").await;
    if let Some(mut redis) = fleet.redis.take() {
        redis.kill();
        let away = client.get("/cart", "text/html").await.unwrap();
        assert_eq!(away.status, 503, "{}", away.text_all());
        // Whichever instance was asked last, and whether it was there itself.
        assert!(away.text_all().contains("Your cart and your orders are kept"), "{}", away.text_all());
        for path in ["/products/thing-hot", "/search?q=thing", "/"] {
            assert_eq!(client.get(path, "text/html").await.unwrap().status, 200, "{path}");
        }
        redis.start_again();
        until(&mut client, "/cart", "/products/thing-hot").await;
        fleet.redis = Some(redis);
    }
    fleet.start_again(BOOKS).await;
    fleet.stop(MORE_BOOKS).await;
    until(&mut client, "/cart", "/products/thing-hot").await;
    fleet.close();
}

#[tokio::test]
async fn of_two_instances_nobody_misses_one() {
    let Some(fleet) = Fleet::start().await else { return };
    let (fleet, Met { acknowledged, failures }) = shop_while(fleet, async |mut fleet: Fleet| {
        a_while().await;
        fleet.kill(BOOKS);
        a_while().await;
        fleet.start_again(BOOKS).await;
        a_while().await;
        fleet.stop(MORE_BOOKS).await;
        a_while().await;
        fleet.start_again(MORE_BOOKS).await;
        a_while().await;
        fleet
    })
    .await;
    nothing_is_lost(fleet, &acknowledged).await;
    println!("{} acknowledged, {failures} failures", acknowledged.len());
    // Whatever was under way where it was killed is asked for again. On a busy machine, a start may take longer than a
    // caller waits.
    assert!(failures <= SHOPPERS / 2, "{failures} failures");
}
