//! A Redis cluster of three.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::process::{Process, Ready, free_address};

const NODES: usize = 3;
const JOINED_WITHIN: Duration = Duration::from_secs(30);

/// Servers, not started yet.
pub struct Servers {
    /// The programs.
    pub processes: Vec<Process>,
    /// Where they listen.
    pub nodes: Vec<SocketAddr>,
}

/// Three servers that know nothing of each other.
///
/// # Errors
/// When there is no port.
pub fn servers(program: &Path, folder: &Path) -> Result<Servers> {
    let mut servers = Servers { processes: Vec::new(), nodes: Vec::new() };
    for number in 1..=NODES {
        let (address, others) = (free_address()?, free_address()?);
        let name = format!("redis-{number}");
        let data = folder.join(&name);
        std::fs::create_dir_all(&data)?;
        let arguments = [
            ("--bind", "127.0.0.1".to_owned()),
            ("--port", address.port().to_string()),
            ("--cluster-enabled", "yes".to_owned()),
            ("--cluster-port", others.port().to_string()),
            ("--appendonly", "yes".to_owned()),
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
    command.args(["--cluster", "create"]).args(nodes.iter().map(ToString::to_string)).arg("--cluster-yes");
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("the Redis servers did not become a cluster: {}", String::from_utf8_lossy(&output.stdout));
    }
    let begun = Instant::now();
    while begun.elapsed() < JOINED_WITHIN {
        if nodes.iter().all(|node| is_joined(*node)) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("the Redis cluster was not whole after {JOINED_WITHIN:?}")
}

fn is_joined(node: SocketAddr) -> bool {
    let mut command = Command::new("redis-cli");
    command.args(["-h", "127.0.0.1", "-p", &node.port().to_string(), "cluster", "info"]);
    command.output().is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("cluster_state:ok"))
}
