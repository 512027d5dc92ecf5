//! A shop of several processes where nothing goes over the network in the clear: certificates between the processes, and
//! TLS to NATS, Redis and Postgres.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use souk::fleet::SERVICES;
use souk_bench::{
    client::Client,
    server::{Server, free_address, souk_command_with},
    shopper::Purchase,
};
use souk_contracts::accounts::AccountsClient;
use souk_redis::testing::RedisServer;
use souk_rpc::{RemoteConfig, remote};
use souk_store::testing::POSTGRES_URL;
use souk_testkit::simple_product;
use souk_tls::{
    Identity, IdentityFiles,
    testing::{Authority, Holds},
};
use souk_types::{Actor, Cx, Env, ErrorKind, ServiceError, TraceId};
use tempfile::TempDir;

use crate::{
    crashes::{all_there_and_paid, buy},
    fleet::{NATS_SERVER, TURN, new_database, until},
};

const PROCESSES: [&[&str]; 3] = [
    &["web", "payments", "delivery"],
    &["catalog", "inventory", "search"],
    &["orders", "accounts", "notifications", "cart"],
];
const FRONT: usize = 0;
const BOOKS: usize = 2;
const SOON: Duration = Duration::from_secs(30);
/// The authority that the tests' Postgres has its certificate from.
const POSTGRES_CA: &str = "SOUK_TEST_POSTGRES_CA";

struct Nats(Child);

impl Nats {
    fn start(folder: &Path, address: SocketAddr, files: &IdentityFiles) -> Option<Self> {
        let Some(program) = std::env::var(NATS_SERVER).ok().filter(|program| !program.is_empty()) else {
            println!("NOT RUN: {NATS_SERVER} names no NATS server");
            return None;
        };
        let mut command = Command::new(program);
        command.args(["-js", "-a", "127.0.0.1", "-p", &address.port().to_string(), "-sd"]).arg(folder.join("nats"));
        command.args(["--user", "souk", "--pass", "s3cret", "--tlsverify"]);
        command.arg("--tlscert").arg(&files.certificate).arg("--tlskey").arg(&files.key);
        command.arg("--tlscacert").arg(&files.authorities);
        Some(Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()))
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

struct Fleet {
    processes: Vec<Server>,
    internal: Vec<SocketAddr>,
    /// What all processes show; NATS and Redis have others.
    files: IdentityFiles,
    folder: TempDir,
    _servers: (Nats, Option<RedisServer>),
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Fleet {
    /// `None`, and says so, when there is no Postgres or no NATS.
    async fn start(authority: &Authority) -> Option<Self> {
        let Some(postgres) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) else {
            println!("NOT RUN: {POSTGRES_URL} names no Postgres");
            return None;
        };
        let turn = TURN.lock().await;
        let folder = tempfile::tempdir().unwrap();
        let own = authority.issue_here(folder.path(), "own");
        let servers = Authority::new("engines").issue_here(folder.path(), "servers");
        let nats_address = free_address().unwrap();
        let nats = Nats::start(folder.path(), nats_address, &servers)?;
        let redis = RedisServer::start_secured(&servers);
        let database = new_database(&postgres).await;
        let shown = |files: &IdentityFiles| {
            format!(
                "authorities = {:?}\ncertificate = {:?}\nkey = {:?}\n\n",
                files.authorities, files.certificate, files.key
            )
        };
        let mut config = format!(
            "[data]\npostgres = \"{database}\"\nfiles = {files:?}\nsecret = {key:?}\n\n\
             [internal]\n{own}[events]\nnats = \"tls://souk:s3cret@{nats_address}\"\n{servers}",
            files = folder.path().join("files"),
            key = folder.path().join("secret.key"),
            own = shown(&own),
            servers = shown(&servers),
        );
        if let Some(redis) = &redis {
            config += &format!("[redis]\nurls = \"{}\"\n{}", redis.url(), shown(&servers));
        }
        if let Ok(file) = std::env::var(POSTGRES_CA) {
            config += &format!("[postgres]\ntls = \"verify-full\"\ntls_ca = {file:?}\n\n");
        }
        let internal: Vec<SocketAddr> = PROCESSES.iter().map(|_| free_address().unwrap()).collect();
        for service in SERVICES.into_iter().filter(|service| *service != "web") {
            let at = PROCESSES.iter().position(|services| services.contains(&service)).unwrap();
            config += &format!("[services.{service}]\nurl = \"https://localhost:{}\"\n\n", internal[at].port());
        }
        fs::write(folder.path().join("souk.toml"), config).unwrap();
        fs::write(folder.path().join("secret.key"), [7; 32]).unwrap();
        let mut fleet =
            Self { processes: Vec::new(), internal, files: own, folder, _servers: (nats, redis), _turn: turn };
        let products = fleet.folder.path().join("products.jsonl");
        fs::write(&products, serde_json::to_string(&simple_product("HOT", 1_990, 1_000)).unwrap()).unwrap();
        fleet.command(&["import", &products.to_string_lossy()]);
        for process in 0..PROCESSES.len() {
            let server = fleet.spawn(process);
            fleet.processes.push(server);
        }
        Some(fleet)
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("SOUK_CONFIG", self.folder.path().join("souk.toml").display().to_string())]
    }

    fn command(&self, arguments: &[&str]) -> String {
        let settings = self.settings();
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        souk_command_with(&self.folder.path().join("command"), arguments, &settings).unwrap()
    }

    fn spawn(&self, process: usize) -> Server {
        let mut settings = self.settings();
        settings.push(("SOUK_INTERNAL_LISTEN", self.internal[process].to_string()));
        settings.push(("SOUK_SERVER_SERVICES", format!("{:?}", PROCESSES[process])));
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Server::souk_part(&self.folder.path().join(process.to_string()), &settings).unwrap()
    }

    fn front(&self) -> &Server {
        &self.processes[FRONT]
    }

    /// The accounts of the fleet, as somebody with these certificates calls them.
    async fn accounts_for(&self, files: IdentityFiles) -> AccountsClient {
        let url = format!("https://localhost:{}", self.internal[BOOKS].port()).parse().unwrap();
        let identity = Some(Identity::try_new(files, &Env::system()).unwrap());
        let config = RemoteConfig { service: "accounts".to_owned(), urls: vec![url], secret: None, identity };
        AccountsClient::over(remote(config, &Env::system()).await.unwrap())
    }
}

fn cx() -> Cx {
    Cx::new(Actor::service("test"), SOON, TraceId::generate(&Env::system()))
}

#[tokio::test]
async fn a_shop_sells_while_everything_is_encrypted_and_certificates_are_renewed() {
    let authority = Authority::new("shop");
    let Some(mut fleet) = Fleet::start(&authority).await else { return };
    let mut client = Client::new(fleet.front().address);
    until(&mut client, "/search?q=thing", "/products/thing-hot").await;
    let Purchase::Ordered(first) = buy(&mut client).await.unwrap() else { panic!("sold out") };
    until(&mut client, "/cart", "Your cart is empty").await;

    // A service is called by who has a certificate of the shop, and by nobody else.
    let folder = fleet.folder.path().to_owned();
    let known = authority.issue(&folder, "known", &["anybody"], Holds::Now);
    let stranger = Authority::new("other").issue_here(&folder, "stranger");
    let believing = IdentityFiles { authorities: folder.join("both.pem"), ..stranger.clone() };
    let both = [&known.authorities, &stranger.authorities].map(|file| fs::read(file).unwrap()).concat();
    fs::write(&believing.authorities, both).unwrap();
    fleet.accounts_for(known).await.owner_token(&cx()).await.unwrap();
    let refused = fleet.accounts_for(believing).await.owner_token(&cx()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
    let mut plain = Client::new(fleet.internal[BOOKS]);
    assert!(plain.get("/", "text/html").await.is_err(), "the internal listener speaks without TLS");

    // Renewed by another authority, all at once: whoever connects from now on shows the new one.
    let renewed = Authority::new("renewed").issue_here(&folder, "renewed");
    for (from, to) in [
        (&renewed.authorities, &fleet.files.authorities),
        (&renewed.certificate, &fleet.files.certificate),
        (&renewed.key, &fleet.files.key),
    ] {
        fs::copy(from, to).unwrap();
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    fleet.processes.remove(BOOKS).stop().unwrap();
    let again = fleet.spawn(BOOKS);
    fleet.processes.insert(BOOKS, again);
    let begun = Instant::now();
    let second = loop {
        match buy(&mut client).await {
            Ok(Purchase::Ordered(order)) => break order,
            other => assert!(begun.elapsed() < SOON, "{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    all_there_and_paid(fleet.front().address, &[first, second]).await;
    for process in fleet.processes.drain(..) {
        process.stop().unwrap();
    }
    let audit = fleet.command(&["audit"]);
    assert!(audit.contains("2 orders looked at") && audit.contains("All books agree"), "{audit}");
}
