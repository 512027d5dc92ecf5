//! The one souk.toml of a fleet.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::parts::Place;

/// By what the processes of a fleet know each other. Nobody else can reach them: they listen on loopback alone.
pub const SECRET: &str = "only-for-the-processes-of-a-fleet-on-loopback";

/// What stands in it.
pub struct Settings<'s> {
    /// The fleet's folder.
    pub folder: &'s Path,
    /// Its database.
    pub database: &'s str,
    /// Where shoppers come in.
    pub address: SocketAddr,
    /// NATS servers.
    pub nats: &'s [String],
    /// Redis servers.
    pub redis: &'s [SocketAddr],
    /// Where the services are.
    pub places: &'s [Place],
    /// More lines.
    pub more: &'s str,
}

/// The file's place in a fleet's folder.
pub fn file(folder: &Path) -> PathBuf {
    folder.join("souk.toml")
}

/// Writes it, and the shop's key beside it.
///
/// # Errors
/// When that cannot be written.
pub fn write(settings: &Settings<'_>) -> Result<()> {
    let Settings { folder, database, address, nats, .. } = settings;
    let (files, key) = (folder.join("files"), folder.join("secret.key"));
    let mut text = format!(
        "[shop]\npublic_url = \"http://{address}\"\ndemo_products = 0\n\n\
         [data]\npostgres = \"{database}\"\nfiles = {files:?}\nsecret = {key:?}\n\n\
         [api]\nbehind_proxy = true\n\n\
         [internal]\nsecret = \"{SECRET}\"\n\n\
         [events]\nnats = {nats:?}\nreplicas = {}\n",
        nats.len()
    );
    text += &redis_lines(settings.redis);
    let mut urls: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for place in settings.places {
        for service in place.services.iter().filter(|service| **service != "web") {
            urls.entry(service).or_default().push(format!("http://{}", place.internal));
        }
    }
    for (service, urls) in urls {
        writeln!(text, "\n[services.{service}]\nurl = {urls:?}")?;
    }
    fs::write(file(folder), text + settings.more)?;
    fs::write(key, [7; 32])?;
    Ok(())
}

/// What the shop is told of Redis.
fn redis_lines(nodes: &[SocketAddr]) -> String {
    let urls: Vec<String> = nodes.iter().map(|node| format!("redis://{node}")).collect();
    if urls.is_empty() { String::new() } else { format!("\n[redis]\nurls = {urls:?}\n") }
}
