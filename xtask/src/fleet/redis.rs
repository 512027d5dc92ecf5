//! A Redis cluster of three masters, each with a replica that takes over when its master is gone.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::process::{Process, Ready, free_address};

const MASTERS: usize = 3;
const REPLICAS_EACH: usize = 1;
/// So long a node is silent before the others take it for gone; a replica takes over about a second later. Shorter than
/// Redis's fifteen seconds, and longer than a machine under load is busy with others.
const SILENT_MAX: Duration = Duration::from_secs(3);
const JOINED_WITHIN: Duration = Duration::from_secs(30);

/// Servers, not started yet.
pub struct Servers {
    /// The programs.
    pub processes: Vec<Process>,
    /// Where they listen.
    pub nodes: Vec<SocketAddr>,
}

/// Servers that know nothing of each other yet: first those that will be masters, then their replicas.
///
/// # Errors
/// When there is no port.
pub fn servers(program: &Path, folder: &Path) -> Result<Servers> {
    let mut servers = Servers { processes: Vec::new(), nodes: Vec::new() };
    for number in 1..=MASTERS * (1 + REPLICAS_EACH) {
        let (address, others) = (free_address()?, free_address()?);
        let name = format!("redis-{number}");
        let data = folder.join(&name);
        std::fs::create_dir_all(&data)?;
        let arguments = [
            ("--bind", "127.0.0.1".to_owned()),
            ("--port", address.port().to_string()),
            ("--cluster-enabled", "yes".to_owned()),
            ("--cluster-port", others.port().to_string()),
            ("--cluster-node-timeout", SILENT_MAX.as_millis().to_string()),
            // While one master is gone, the others answer for what is theirs.
            ("--cluster-require-full-coverage", "no".to_owned()),
            ("--appendonly", "yes".to_owned()),
            ("--maxmemory", "64mb".to_owned()),
            ("--maxmemory-policy", "noeviction".to_owned()),
            ("--dir", data.display().to_string()),
        ];
        let arguments = arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
        servers.processes.push(Process::new(&name, program, arguments, folder, Ready::Listens(address)));
        servers.nodes.push(address);
    }
    Ok(servers)
}

/// Makes a cluster of them.
///
/// # Errors
/// When they do not come together in time.
pub fn join(nodes: &[SocketAddr]) -> Result<()> {
    let mut command = Command::new("redis-cli");
    command.args(["--cluster", "create"]).args(nodes.iter().map(ToString::to_string));
    command.args(["--cluster-replicas", &REPLICAS_EACH.to_string(), "--cluster-yes"]);
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("the Redis servers did not become a cluster: {}", String::from_utf8_lossy(&output.stdout));
    }
    let begun = Instant::now();
    while begun.elapsed() < JOINED_WITHIN {
        if nodes.iter().all(|node| is_joined(*node, nodes.len())) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("the Redis cluster was not whole after {JOINED_WITHIN:?}")
}

/// Says whether a node knows all others, and a replica has what its master has.
fn is_joined(node: SocketAddr, nodes: usize) -> bool {
    let known = format!("cluster_known_nodes:{nodes}\r");
    let whole =
        says(node, &["cluster", "info"]).is_some_and(|info| info.contains("cluster_state:ok") && info.contains(&known));
    whole && says(node, &["info", "replication"]).is_some_and(|info| !info.contains("master_link_status:down"))
}

fn says(node: SocketAddr, question: &[&str]) -> Option<String> {
    let mut command = Command::new("redis-cli");
    command.args(["-h", "127.0.0.1", "-p", &node.port().to_string()]).args(question);
    let output = command.stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
