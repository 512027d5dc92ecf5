//! A NATS server that wants a certificate and a password.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use souk_events::{Bus, Carrier, Config, Ends, Nats, NatsConfig};
use souk_tls::{
    IdentityFiles, ServerTrust,
    testing::{Authority, Holds},
};
use tempfile::TempDir;

use crate::rig::{Answer, Rig, SOON};

const SERVER: &str = "SOUK_TEST_NATS_SERVER";
/// How long nothing is waited for.
const A_WHILE: Duration = Duration::from_secs(1);

struct Server {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// `None`, and says so, when there is no program.
    fn start(files: &IdentityFiles) -> Option<Self> {
        let Some(program) = std::env::var(SERVER).ok().filter(|program| !program.is_empty()) else {
            println!("NOT RUN: {SERVER} names no NATS server");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new(program)
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
            .arg(folder.path())
            .args(["--user", "souk", "--pass", "s3cret@home", "--tlsverify", "--tlscert"])
            .arg(&files.certificate)
            .arg("--tlskey")
            .arg(&files.key)
            .arg("--tlscacert")
            .arg(&files.authorities)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { child, port, _folder: folder })
    }

    fn config(&self, scheme: &str, user: &str, trust: ServerTrust) -> NatsConfig {
        let urls = vec![format!("{scheme}://{user}127.0.0.1:{}", self.port)];
        NatsConfig { urls, trust, stream: "souk".to_owned(), replicas: 1 }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A shop and a depot, which act on what the server carries.
async fn bus(rig: &Rig, nats: NatsConfig) -> Bus {
    let consumers = vec![rig.consumer("depot.sales", |_, _| Answer::Effect)];
    let carrier = Carrier::Nats(Nats::connect(nats).await.unwrap());
    let ends = Ends { sources: vec![rig.shop.clone(), rig.depot.clone()], consumers, listeners: Vec::new(), carrier };
    let config = Config { lease: Some(Duration::from_secs(2)), ..rig.config };
    Bus::start_with(config, ends, rig.env.clone(), rig.stop.clone())
}

#[tokio::test]
async fn events_go_to_a_server_that_is_known_and_knows_us_and_to_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (Authority::new("shop"), Authority::new("other"));
    let files = own.issue_here(folder.path(), "nats");
    let stranger = other.issue_here(folder.path(), "stranger");
    let good = files.for_server();
    for engine in souk_store::testing::engines() {
        let Some(server) = Server::start(&files) else { return };
        let rig = Rig::on_the_clock(&engine).await;
        rig.sell("tea", 1).await;
        let nobody = ServerTrust { authorities: good.authorities.clone(), ..ServerTrust::default() };
        for (scheme, user, trust) in [
            ("tls", "souk:s3cret%40home@", stranger.for_server()),
            ("tls", "souk:s3cret%40home@", nobody),
            ("tls", "souk:wrong@", good.clone()),
            ("nats", "souk:s3cret%40home@", ServerTrust::default()),
        ] {
            let refused = Rig { stop: rig.stop.child_token(), ..rig.clone() };
            let bus = bus(&refused, server.config(scheme, user, trust)).await;
            assert!(!bus.drained(A_WHILE).await, "{scheme} {user}");
            refused.stop.cancel();
        }
        // With files, TLS is wanted whatever the address says.
        for (number, scheme) in [(2, "tls"), (3, "nats")] {
            let accepted = Rig { stop: rig.stop.child_token(), ..rig.clone() };
            let bus = bus(&accepted, server.config(scheme, "souk:s3cret%40home@", good.clone())).await;
            rig.sell("tea", number).await;
            assert!(bus.drained(SOON).await, "{scheme}");
            accepted.stop.cancel();
        }
        assert_eq!(rig.numbers_of("tea"), [1, 2, 3]);
        rig.stop.cancel();
    }
}

#[tokio::test]
async fn addresses_that_name_different_users_are_refused_without_their_passwords() {
    for other in
        ["nats://127.0.0.1:1", "nats://souk:0ther@127.0.0.1:1", "nats://another:s3cret@127.0.0.1:1", "s3cret://"]
    {
        let urls = vec!["nats://souk:s3cret@127.0.0.1:1".to_owned(), other.to_owned()];
        let config = NatsConfig { urls, trust: ServerTrust::default(), stream: "souk".to_owned(), replicas: 1 };
        let refused = Nats::connect(config).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "nats");
        assert!(!format!("{refused:?}").contains("s3cret"), "{refused:?}");
    }
}

#[tokio::test]
async fn files_that_are_of_no_use_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = Authority::new("shop").issue(folder.path(), "nats", &["localhost"], Holds::Now);
    let trust = ServerTrust { authorities: Some(files.key.clone()), ..files.for_server() };
    let urls = vec!["tls://127.0.0.1:1".to_owned()];
    let refused = Nats::connect(NatsConfig { urls, trust, stream: "souk".to_owned(), replicas: 1 }).await.unwrap_err();
    assert_eq!(refused.fields[0].field, "authorities");
}
