//! One shop in every shape that it comes in: what it does for people, and what it keeps when a process dies, is the same
//! in all of them.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::ExitStatus,
    time::{Duration, Instant},
};

use souk::fleet::SERVICES;
use souk_bench::{
    client::Client,
    server::{Server, souk, souk_command},
    staff,
};
use souk_contracts::catalog::ProductDraft;
use souk_redis::testing::RedisServer;
use souk_store::testing::POSTGRES_URL;
use souk_xtask::fleet::{Fleet, Part, Plan};
use tempfile::TempDir;
use tokio::sync::MutexGuard;

use crate::{
    edge,
    fleet::{NATS_SERVER, TURN, new_database},
};

/// Orders that stand still are taken up so soon.
const RECOVER_AFTER_S: &str = "2";
const FOUND_WITHIN: Duration = Duration::from_secs(30);

/// How a shop is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One process on a data folder.
    Embedded,
    /// One process on Postgres, NATS and Redis, behind nginx.
    OnEngines,
    /// Several processes on the same engines, behind nginx.
    Fleet,
}

impl Shape {
    pub const ALL: [Self; 3] = [Self::Embedded, Self::OnEngines, Self::Fleet];

    /// Which services are in which process.
    fn parts(self) -> &'static [Part] {
        match self {
            Self::Embedded | Self::OnEngines => &[("shop", &SERVICES)],
            Self::Fleet => &[
                ("web", &["web"]),
                ("orders", &["orders"]),
                ("stock", &["inventory"]),
                ("goods", &["catalog", "search", "cart"]),
                ("money", &["payments", "delivery", "accounts", "notifications"]),
            ],
        }
    }

    /// The process with a service.
    fn part(self, service: &str) -> &'static str {
        self.parts().iter().find(|(_, services)| services.contains(&service)).unwrap().0
    }
}

/// A shop with real processes, on whatever it stands.
pub struct Shop {
    pub shape: Shape,
    runs: Runs,
}

enum Runs {
    Alone { server: Option<Server>, folder: TempDir },
    Together { fleet: Box<Fleet>, redis: RedisServer, turn: MutexGuard<'static, ()> },
}

impl Shop {
    /// Opens a shop in which these can be found and bought. `None`, and says so, when its engines are not at hand.
    pub async fn open(shape: Shape, products: &[ProductDraft]) -> Option<Self> {
        println!("── {shape:?}");
        let (runs, file) = match shape {
            Shape::Embedded => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("products.jsonl");
                (Runs::Alone { server: None, folder }, file)
            }
            Shape::OnEngines | Shape::Fleet => {
                let together = together(shape).await?;
                let Runs::Together { fleet, .. } = &together else { unreachable!() };
                let file = fleet.path().join("products.jsonl");
                (together, file)
            }
        };
        let mut shop = Self { shape, runs };
        let lines: Vec<String> = products.iter().map(|draft| serde_json::to_string(draft).unwrap()).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        if !lines.is_empty() {
            shop.command(&["import", &file.to_string_lossy()]).unwrap_or_else(|error| panic!("{error:#}"));
        }
        shop.start();
        for draft in products {
            shop.until_found(&draft.slug).await;
        }
        Some(shop)
    }

    /// Waits until a product can be found and bought; asks under addresses that no cache keeps.
    pub async fn until_found(&self, slug: &str) {
        let (mut client, begun) = (self.client(), Instant::now());
        for asked in 0.. {
            let page = client.get(&format!("/products/{slug}?asked={asked}"), "text/html").await.unwrap();
            let search = format!("/search?q=thing&price_max={}", 1_000_000 + asked);
            let found = client.get(&search, "text/html").await.unwrap();
            if page.text_all().contains("Add to cart") && found.text_all().contains("/products/thing-") {
                return;
            }
            assert!(begun.elapsed() < FOUND_WITHIN, "{slug} cannot be found and bought");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Where shoppers come in.
    pub fn address(&self) -> SocketAddr {
        match &self.runs {
            Runs::Alone { server, .. } => server.as_ref().unwrap().address,
            Runs::Together { fleet, .. } => fleet.address,
        }
    }

    pub fn client(&self) -> Client {
        Client::new(self.address())
    }

    /// Makes the owner: staff who are signed in.
    pub async fn owner(&self) -> Client {
        let said = || match &self.runs {
            Runs::Alone { server, .. } => server.as_ref().unwrap().said(),
            Runs::Together { fleet, .. } => fleet.said().concat(),
        };
        staff::owner_at(self.address(), said).await.unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// The data folder of the process with a service.
    pub fn data(&self, service: &str) -> PathBuf {
        match &self.runs {
            Runs::Alone { folder, .. } => folder.path().join("data"),
            Runs::Together { fleet, .. } => fleet.path().join(self.shape.part(service)),
        }
    }

    /// All that the process with a service has said.
    pub fn said(&mut self, service: &str) -> String {
        let part = self.shape.part(service);
        match &mut self.runs {
            Runs::Alone { server, .. } => server.as_ref().unwrap().said(),
            Runs::Together { fleet, .. } => fleet.process(part).unwrap().said(),
        }
    }

    /// A command of the shop, beside it or while it is closed.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        match &self.runs {
            Runs::Alone { .. } => souk_command(&self.data("web"), arguments),
            Runs::Together { fleet, .. } => fleet.command(&souk().unwrap(), arguments),
        }
    }

    /// Starts what does not run.
    pub fn start(&mut self) {
        self.start_with(None);
    }

    /// The same; the process with the failpoint's service ends when it has passed it so often.
    pub fn start_with(&mut self, failpoint: Option<(&str, usize)>) {
        let setting = failpoint.map(|(name, passes)| format!("{name}:{passes}"));
        let armed = failpoint.map(|(name, _)| self.shape.part(service_of(name)));
        let data = self.data("web");
        match &mut self.runs {
            Runs::Alone { server: Some(_), .. } => {}
            Runs::Alone { server, .. } => {
                let mut settings = vec![("SOUK_ORDERS_RECOVER_AFTER_S", RECOVER_AFTER_S)];
                settings.extend(setting.as_deref().map(|setting| ("SOUK_FAILPOINT", setting)));
                *server = Some(Server::souk(&data, &settings).unwrap());
            }
            Runs::Together { fleet, .. } => {
                for (part, _) in self.shape.parts() {
                    let setting = setting.as_deref().filter(|_| armed == Some(*part));
                    fleet.process(part).unwrap().set("SOUK_FAILPOINT", setting);
                }
                fleet.open_again().unwrap_or_else(|error| panic!("{error:#}"));
            }
        }
    }

    /// Waits until the process with the failpoint's service has ended by itself; `None` when it has not.
    pub fn ended_at(&mut self, failpoint: &str, within: Duration) -> Option<ExitStatus> {
        let part = self.shape.part(service_of(failpoint));
        match &mut self.runs {
            Runs::Alone { server, .. } => {
                let ended = server.as_mut().unwrap().wait_for_end(within).ok()?;
                *server = None;
                Some(ended)
            }
            Runs::Together { fleet, .. } => fleet.process(part).unwrap().ended_within(within).unwrap(),
        }
    }

    /// Stops the shop in an orderly way; what it stands on stays.
    pub fn stop(&mut self) {
        match &mut self.runs {
            Runs::Alone { server, .. } => server.take().into_iter().for_each(|server| server.stop().unwrap()),
            Runs::Together { fleet, .. } => fleet.close().unwrap_or_else(|error| panic!("{error:#}")),
        }
    }

    /// Ends all that still runs of the shop at once; what it stands on stays.
    pub fn kill(&mut self) {
        match &mut self.runs {
            Runs::Alone { server, .. } => server.take().into_iter().for_each(|server| server.kill().unwrap()),
            Runs::Together { fleet, .. } => {
                for (part, _) in self.shape.parts().iter().chain(&[("nginx", &[] as &[&str])]) {
                    let process = fleet.process(part).unwrap();
                    if process.runs() {
                        process.kill().unwrap();
                    }
                }
            }
        }
    }

    /// What an audit says of a shop that does not run; its books agree.
    pub fn audit(&self) -> String {
        let audit = self.command(&["audit"]).unwrap_or_else(|error| panic!("{error:#}"));
        assert!(audit.contains("All books agree"), "{audit}");
        audit
    }

    /// Stops the shop and audits its books.
    pub fn close(mut self) {
        self.stop();
        self.audit();
        // In this order: the turn is over when everything has ended.
        if let Runs::Together { fleet, redis, turn } = self.runs {
            drop((fleet, redis));
            drop(turn);
        }
    }
}

/// Failpoints are named `service.instant`.
fn service_of(failpoint: &str) -> &str {
    failpoint.split('.').next().unwrap()
}

/// What a fleet needs that is made of these processes; `None`, and says so, when something is not at hand.
pub async fn plan(parts: &'static [Part]) -> Option<Plan<'static>> {
    let nginx = edge::program()?;
    let variable = |name: &str| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.is_none().then(|| println!("NOT RUN: {name} names nothing"));
        value
    };
    let (postgres, nats) = (variable(POSTGRES_URL)?, variable(NATS_SERVER)?);
    Some(Plan {
        souk: souk().unwrap(),
        nginx,
        nats: PathBuf::from(nats),
        nats_servers: 1,
        redis: None,
        database: new_database(&postgres).await,
        parts,
        demo_products: 0,
        limits: false,
        listen: None,
        settings: String::new(),
    })
}

async fn together(shape: Shape) -> Option<Runs> {
    let (mut plan, redis) = (plan(shape.parts()).await?, RedisServer::start()?);
    plan.settings = format!("\n[redis]\nurls = \"{}\"\n\n[orders]\nrecover_after_s = {RECOVER_AFTER_S}\n", redis.url());
    let turn = TURN.lock().await;
    let fleet = Fleet::start(&plan).unwrap_or_else(|error| panic!("{error:#}"));
    Some(Runs::Together { fleet: Box::new(fleet), redis, turn })
}
