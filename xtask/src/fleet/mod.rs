//! A whole fleet on this machine: Postgres, NATS, nginx, and the shop in several processes. Everything listens on
//! loopback alone, and can be stopped, killed and started again by name.

mod links;
mod nats;
mod parts;
mod redis;
mod settings;
mod word;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::{
    link::Condition,
    nginx::{self, Site},
    process::{Process, free_address, run_within},
};

use self::{links::Links, parts::Place};
pub use links::{POSTGRES, Way};
pub use parts::{EVERY_SERVICE_APART, Part};
pub use settings::SECRET;
pub use word::run;

/// How long a command beside a fleet may take.
const COMMAND_WITHIN: Duration = Duration::from_mins(5);

/// What a fleet is made of.
#[derive(Debug, Clone)]
pub struct Plan<'p> {
    /// The shop's binary.
    pub souk: PathBuf,
    /// nginx's.
    pub nginx: PathBuf,
    /// The NATS server's.
    pub nats: PathBuf,
    /// NATS servers: 1, or a cluster of 3.
    pub nats_servers: usize,
    /// The Redis server's, for a cluster of three masters with a replica each.
    pub redis: Option<PathBuf>,
    /// An empty database.
    pub database: String,
    /// Which services are in which process.
    pub parts: &'p [Part],
    /// Products of the demo catalogue.
    pub demo_products: usize,
    /// Whether nginx limits callers as in `deploy/nginx`.
    pub limits: bool,
    /// Where nginx listens; left out: on a port that is free.
    pub listen: Option<SocketAddr>,
    /// More lines for souk.toml.
    pub settings: String,
}

/// A fleet that runs. When it is dropped, its processes are killed and its folder is removed.
pub struct Fleet {
    /// Where shoppers come in.
    pub address: SocketAddr,
    /// What the shop stands on.
    engines: Vec<Process>,
    /// Its own processes, and nginx.
    shop: Vec<Process>,
    places: Vec<Place>,
    /// Ways between them that can be disturbed.
    links: Links,
    // Last, so that it goes when nothing is in it any more.
    folder: TempDir,
}

impl Fleet {
    /// Starts everything, and waits until the shop is open.
    ///
    /// # Errors
    /// When something does not start; names it, with the end of its log.
    pub fn start(plan: &Plan<'_>) -> Result<Self> {
        Self::start_over(plan, &[])
    }

    /// The same, with ways that can be disturbed.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when nothing is at the end of such a way.
    pub fn start_over(plan: &Plan<'_>, ways: &[Way]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("souk-fleet-").tempdir()?;
        let address = plan.listen.map_or_else(free_address, Ok)?;
        let places = parts::places(plan.parts)?;
        let (engines, shop, links) = (Vec::new(), Vec::new(), Links::default());
        let mut fleet = Self { address, engines, shop, places, links, folder };
        let nats = nats::servers(&plan.nats, fleet.path(), plan.nats_servers)?;
        fleet.engines.extend(nats.processes);
        let redis = plan.redis.as_deref().map(|program| redis::servers(program, fleet.path())).transpose()?;
        let (nodes, processes) = redis.map(|redis| (redis.nodes, redis.processes)).unwrap_or_default();
        fleet.engines.extend(processes);
        begin(&mut fleet.engines)?;
        if !nodes.is_empty() {
            redis::join(&nodes)?;
        }
        settings::write(&settings::Settings {
            folder: fleet.path(),
            database: &plan.database,
            address,
            nats: &nats.urls,
            redis: &nodes,
            places: &fleet.places,
            more: &plan.settings,
        })?;
        if plan.demo_products > 0 {
            fleet.command(&plan.souk, &["demo", "--products", &plan.demo_products.to_string()])?;
        }
        fleet.links = Links::open(ways, &fleet.places, &plan.database)?;
        let process = |place: &Place| place.process(&plan.souk, fleet.path(), fleet.links.settings(place.services));
        fleet.shop = fleet.places.iter().map(process).collect();
        begin(&mut fleet.shop)?;
        let site = Site {
            listen: address,
            webs: parts::of(&fleet.places, "web"),
            payments: parts::of(&fleet.places, "payments"),
            limits: plan.limits,
        };
        let mut nginx = [nginx::process(&plan.nginx, fleet.path(), &site)?];
        begin(&mut nginx)?;
        fleet.shop.extend(nginx);
        Ok(fleet)
    }

    /// Its folder: configuration, data, logs.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the processes with a service answer shoppers and operators, without nginx.
    pub fn open(&self, service: &str) -> Vec<SocketAddr> {
        parts::of(&self.places, service)
    }

    /// Where they answer other processes of the shop that show [`SECRET`].
    pub fn internal(&self, service: &str) -> Vec<SocketAddr> {
        parts::within(&self.places, service)
    }

    /// Leaves the folder where it is.
    pub fn keep(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// The names of its processes.
    pub fn names(&self) -> Vec<&str> {
        self.engines.iter().chain(&self.shop).map(|process| process.name.as_str()).collect()
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Process> {
        self.engines.iter_mut().chain(&mut self.shop)
    }

    /// A process by its name.
    ///
    /// # Errors
    /// When there is none.
    pub fn process(&mut self, name: &str) -> Result<&mut Process> {
        let found = self.all().find(|process| process.name == name);
        found.with_context(|| format!("there is no process {name}"))
    }

    /// Ends a process at once, as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, name: &str) -> Result<()> {
        // Whoever is led to it finds nobody there, as without a way between.
        self.links.set_to(name, Condition::Refused)?;
        self.process(name)?.kill()
    }

    /// Makes a way so; it was named at the start.
    ///
    /// # Errors
    /// When there is no such way.
    pub fn set_way(&mut self, way: Way, condition: Condition) -> Result<()> {
        self.links.set(way, condition)
    }

    /// Starts a process that was stopped or killed, and waits until it is of use.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self, name: &str) -> Result<()> {
        let process = self.process(name)?;
        process.start()?;
        process.wait()?;
        self.links.set_to(name, Condition::Sound)
    }

    /// Stops a process in an orderly way and starts it again.
    ///
    /// # Errors
    /// When it does not stop or start.
    pub fn restart(&mut self, name: &str) -> Result<()> {
        self.process(name)?.stop()?;
        self.start_again(name)
    }

    /// Processes that do not run.
    pub fn ended(&mut self) -> Vec<String> {
        self.all().filter_map(|process| (!process.runs()).then(|| process.name.clone())).collect()
    }

    /// Runs a command of the shop on the fleet's databases; answers what it printed.
    ///
    /// # Errors
    /// With what it printed, when it fails.
    pub fn command(&self, souk: &Path, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(souk);
        command.arg("--config").arg(settings::file(self.path())).arg("--data").arg(self.path().join("command"));
        run_within(command.args(arguments), COMMAND_WITHIN).with_context(|| format!("souk {}", arguments.join(" ")))
    }

    /// All that each of the shop's processes has said.
    pub fn said(&self) -> Vec<String> {
        self.shop.iter().map(Process::said).collect()
    }

    /// The one-time link that makes the owner, once a process has printed it.
    pub fn owner_link(&self) -> Option<String> {
        let mut links = self.said().into_iter().filter_map(|said| {
            let query = said.split("/admin/setup?").nth(1)?.split_whitespace().next()?.to_owned();
            Some(format!("http://{}/admin/setup?{query}", self.address))
        });
        links.next()
    }

    /// Stops nginx and the shop's processes, and leaves the engines, for commands.
    ///
    /// # Errors
    /// When one does not stop; the others are stopped all the same.
    pub fn close(&mut self) -> Result<()> {
        stop(&mut self.shop)
    }

    /// Starts what [`close`](Self::close) has stopped, and what has ended by itself; waits until the shop is open.
    ///
    /// # Errors
    /// When something does not start.
    pub fn open_again(&mut self) -> Result<()> {
        let ended: Vec<&mut Process> =
            self.shop.iter_mut().filter_map(|process| (!process.runs()).then_some(process)).collect();
        begin(ended)
    }

    /// Stops everything.
    ///
    /// # Errors
    /// When something does not stop; all else is stopped all the same.
    pub fn stop(&mut self) -> Result<()> {
        let closed = self.close();
        closed.and(stop(&mut self.engines))
    }
}

fn begin<'p>(processes: impl IntoIterator<Item = &'p mut Process>) -> Result<()> {
    let mut processes: Vec<&mut Process> = processes.into_iter().collect();
    processes.iter_mut().try_for_each(|process| process.start())?;
    processes.iter_mut().try_for_each(|process| process.wait())
}

/// Stops those that run, all at the same time.
fn stop(processes: &mut [Process]) -> Result<()> {
    let mut running: Vec<&mut Process> = Vec::new();
    for process in processes {
        if process.runs() {
            process.ask_to_stop()?;
            running.push(process);
        }
    }
    running.into_iter().map(Process::wait_for_end).fold(Ok(()), Result::and)
}
