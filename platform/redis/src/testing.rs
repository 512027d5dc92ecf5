//! Redis servers of a test's own, on free ports, gone when the test is.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use souk_tls::{IdentityFiles, ServerTrust};

use crate::{Redis, RedisConfig, connection::certificates};

/// Names the program of the Redis server; without it, tests say that they were not run.
pub const REDIS_SERVER: &str = "SOUK_TEST_REDIS_SERVER";
const READY_WITHIN: Duration = Duration::from_secs(30);
const LOOKED_AT_EVERY: Duration = Duration::from_millis(20);
/// Hash slots of a cluster.
const SLOTS: u32 = 16_384;

/// A Redis server that has written down what it acknowledges.
pub struct RedisServer {
    node: Node,
    folder: TempDir,
}

/// A cluster of three servers, each with a third of the slots.
pub struct RedisCluster {
    nodes: Vec<Node>,
    _folder: TempDir,
}

struct Node {
    child: Child,
    port: u16,
    trust: ServerTrust,
}

impl RedisServer {
    /// Starts a server; `None`, and says so, when there is no program.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Option<Self> {
        let (program, folder) = (program()?, folder());
        let node = Node::start(&program, free_port(), folder.path(), &[]);
        Some(Self { node, folder })
    }

    /// The same, which speaks TLS alone and wants to see a certificate of the same authorities.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_secured(files: &IdentityFiles) -> Option<Self> {
        let (program, folder) = (program()?, folder());
        let node = Node::start_on(&program, free_port(), folder.path(), &[], Some(files));
        Some(Self { node, folder })
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.node.url()
    }

    /// A connection of its own.
    ///
    /// # Panics
    /// When the address is refused.
    pub fn client(&self) -> Redis {
        client(vec![self.url()], self.node.trust.clone())
    }

    /// Ends it as a crash does.
    ///
    /// # Panics
    /// When it has ended already.
    pub fn kill(&mut self) {
        let child = &mut self.node.child;
        child.kill().and_then(|()| child.wait()).unwrap_or_else(|error| panic!("Redis: {error}"));
    }

    /// Starts it on the same port, with what it had written down.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let program = program().unwrap_or_else(|| panic!("{REDIS_SERVER} is set no more"));
        self.node = Node::start(&program, self.node.port, self.folder.path(), &[]);
    }
}

impl RedisCluster {
    /// Starts a cluster; `None`, and says so, when there is no program.
    ///
    /// # Panics
    /// When it does not come together.
    pub fn start() -> Option<Self> {
        Self::start_with(None)
    }

    /// The same, which speaks TLS alone, also among its servers.
    ///
    /// # Panics
    /// When it does not come together.
    pub fn start_secured(files: &IdentityFiles) -> Option<Self> {
        Self::start_with(Some(files))
    }

    fn start_with(files: Option<&IdentityFiles>) -> Option<Self> {
        let (program, folder) = (program()?, folder());
        let nodes: Vec<Node> = (0..3)
            .map(|number| {
                let own = folder.path().join(number.to_string());
                std::fs::create_dir(&own).unwrap_or_else(|error| panic!("{}: {error}", own.display()));
                Node::start_on(&program, free_port(), &own, &["--cluster-enabled", "yes"], files)
            })
            .collect();
        for (number, node) in (0..).zip(&nodes) {
            let (first, last) = (number * SLOTS / 3, (number + 1) * SLOTS / 3 - 1);
            node.ask(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()]);
            node.ask(&["CLUSTER", "MEET", "127.0.0.1", &nodes[0].port.to_string()]);
        }
        let begun = Instant::now();
        let together = |node: &Node| {
            let info = node.ask(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        while !nodes.iter().all(together) {
            assert!(begun.elapsed() < READY_WITHIN, "the cluster does not come together");
            thread::sleep(LOOKED_AT_EVERY);
        }
        Some(Self { nodes, _folder: folder })
    }

    /// A connection of its own, told of two of the three.
    ///
    /// # Panics
    /// When an address is refused.
    pub fn client(&self) -> Redis {
        client(self.urls(), self.nodes[0].trust.clone())
    }

    /// The addresses of two of the three.
    pub fn urls(&self) -> Vec<String> {
        self.nodes[..2].iter().map(Node::url).collect()
    }
}

impl Node {
    fn start(program: &str, port: u16, folder: &Path, more: &[&str]) -> Self {
        Self::start_on(program, port, folder, more, None)
    }

    fn start_on(program: &str, port: u16, folder: &Path, more: &[&str], files: Option<&IdentityFiles>) -> Self {
        let mut command = Command::new(program);
        let port_text = port.to_string();
        match files {
            None => command.args(["--port", &port_text]),
            Some(IdentityFiles { certificate, key, authorities }) => command
                .args(["--port", "0", "--tls-port", &port_text, "--tls-cluster", "yes", "--tls-cert-file"])
                .arg(certificate)
                .arg("--tls-key-file")
                .arg(key)
                .arg("--tls-ca-cert-file")
                .arg(authorities),
        };
        let child = command
            .args(["--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
            .arg(folder)
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < READY_WITHIN, "{program} does not listen");
            thread::sleep(LOOKED_AT_EVERY);
        }
        Self { child, port, trust: files.map(IdentityFiles::for_server).unwrap_or_default() }
    }

    fn url(&self) -> String {
        let scheme = if self.trust.is_empty() { "redis" } else { "rediss" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    fn ask(&self, words: &[&str]) -> String {
        let mut cmd = redis::Cmd::new();
        cmd.arg(words);
        let client = match self.trust.is_empty() {
            true => redis::Client::open(self.url()),
            false => certificates(&self.trust).map_or_else(
                |fault| panic!("{fault}"),
                |certificates| redis::Client::build_with_tls(self.url(), certificates),
            ),
        };
        let connection = client.and_then(|client| client.get_connection());
        let answered = connection.and_then(|mut connection| cmd.query(&mut connection));
        answered.unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn client(urls: Vec<String>, trust: ServerTrust) -> Redis {
    let config = RedisConfig { urls, trust, prefix: "souk".to_owned() };
    Redis::try_new(&config).unwrap_or_else(|fault| panic!("{fault}"))
}

fn program() -> Option<String> {
    let program = std::env::var(REDIS_SERVER).ok().filter(|program| !program.is_empty());
    if program.is_none() {
        println!("NOT RUN: {REDIS_SERVER} names no Redis server");
    }
    program
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"))
}

fn free_port() -> u16 {
    // On this port, the nodes of a cluster talk to each other.
    const BUS_PORT_AFTER: u16 = 10_000;
    const PORT_MAX: u16 = u16::MAX - BUS_PORT_AFTER;
    loop {
        let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = bound.unwrap_or_else(|error| panic!("no free port: {error}")).port();
        if port <= PORT_MAX && TcpListener::bind(("127.0.0.1", port + BUS_PORT_AFTER)).is_ok() {
            return port;
        }
    }
}
