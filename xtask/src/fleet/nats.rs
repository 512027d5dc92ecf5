//! NATS servers with JetStream.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::Result;

use crate::process::{Process, Ready, free_address};

/// Servers, not started yet.
pub struct Servers {
    /// The programs.
    pub processes: Vec<Process>,
    /// Where clients connect.
    pub urls: Vec<String>,
}

struct Node {
    name: String,
    clients: SocketAddr,
    others: SocketAddr,
    monitor: SocketAddr,
}

/// So many of them; more than one are a cluster.
///
/// # Errors
/// When a configuration cannot be written.
pub fn servers(program: &Path, folder: &Path, how_many: usize) -> Result<Servers> {
    let node = |number: usize| -> Result<Node> {
        let name = format!("nats-{number}");
        Ok(Node { name, clients: free_address()?, others: free_address()?, monitor: free_address()? })
    };
    let nodes: Vec<Node> = (1..=how_many).map(node).collect::<Result<_>>()?;
    let routes: Vec<String> = nodes.iter().map(|node| format!("\"nats-route://{}\"", node.others)).collect();
    let mut processes = Vec::new();
    for node in &nodes {
        let file = folder.join(format!("{}.conf", node.name));
        let store = folder.join(&node.name);
        let mut text = format!(
            "server_name: {}\nlisten: \"{}\"\nhttp: \"{}\"\njetstream {{ store_dir: {store:?} }}\n",
            node.name, node.clients, node.monitor
        );
        // A cluster is of use when it has chosen who leads it; a server by itself when it answers.
        let mut ready = Ready::Answers(node.monitor, "/healthz", "ok");
        if how_many > 1 {
            text +=
                &format!("cluster {{ name: souk, listen: \"{}\", routes: [{}] }}\n", node.others, routes.join(", "));
            ready = Ready::Answers(node.monitor, "/jsz", "\"leader\": \"nats-");
        }
        fs::write(&file, text)?;
        let arguments = vec!["-c".to_owned(), file.display().to_string()];
        processes.push(Process::new(&node.name, program, arguments, folder, ready));
    }
    let urls = nodes.iter().map(|node| format!("nats://{}", node.clients)).collect();
    Ok(Servers { processes, urls })
}
