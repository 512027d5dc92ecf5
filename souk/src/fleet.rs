//! Which services run in this process, and how the others are reached.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Result, anyhow};
use souk_events::{Carrier, Nats, NatsConfig};
use souk_redis::Redis;
use souk_rpc::{Instances, RemoteConfig, Secret, Wire, remote};
use souk_tls::Identity;
use souk_types::Env;

use crate::config::Config;

/// Every service. The web is the gateway: it calls the others, and none calls it.
pub const SERVICES: [&str; 10] =
    ["catalog", "inventory", "search", "cart", "delivery", "payments", "orders", "notifications", "accounts", "web"];

/// The process among others.
pub struct Fleet {
    /// The way to each service that runs elsewhere; the web's is never asked for.
    wires: BTreeMap<&'static str, Arc<dyn Wire>>,
    /// The instances of each of these, one by one.
    instances: BTreeMap<&'static str, Arc<Instances>>,
    web: bool,
    /// This is a command, beside processes that serve.
    beside: bool,
    /// What carries events.
    pub carrier: Carrier,
    /// What instances of a service share; `None` when each is for itself.
    pub redis: Option<Redis>,
    /// By what others show that they may call the services of this process; `None` when nobody else is to.
    pub trust: Option<Trust>,
}

/// By what the processes of a shop know each other: one of these at least.
#[derive(Debug, Clone)]
pub struct Trust {
    /// What each of them knows.
    pub secret: Option<Secret>,
    /// What each of them has from the shop's authorities.
    pub identity: Option<Identity>,
}

impl Trust {
    fn of(config: &Config, env: &Env) -> Result<Self> {
        Ok(Self { secret: config.internal_secret()?, identity: config.internal_identity(env)? })
    }
}

impl Fleet {
    /// All services in this process, and nobody else.
    pub fn alone() -> Self {
        Self {
            wires: BTreeMap::new(),
            instances: BTreeMap::new(),
            web: true,
            beside: false,
            carrier: Carrier::InProcess,
            redis: None,
            trust: None,
        }
    }

    /// All services in this process, beside others that have them too: a command on a fleet's databases.
    ///
    /// # Errors
    /// When an address is none.
    pub async fn beside(config: &Config) -> Result<Self> {
        let (carrier, redis) = (carrier(config).await?, redis(config)?);
        Ok(Self { beside: config.events.nats.is_some(), carrier, redis, ..Self::alone() })
    }

    /// As configured.
    ///
    /// # Errors
    /// When an address is none.
    pub async fn of(config: &Config, env: &Env) -> Result<Self> {
        let (mut wires, mut instances) = (BTreeMap::new(), BTreeMap::new());
        let places = config.places()?;
        let is_called = config.internal.listen.is_some();
        let trust = (is_called || !places.is_empty()).then(|| Trust::of(config, env)).transpose()?;
        for (service, urls) in places {
            let Some(Trust { secret, identity }) = trust.clone() else { break };
            let remote_config = RemoteConfig { service: service.to_owned(), urls, secret, identity };
            instances.insert(service, Arc::new(Instances::new(remote_config.clone(), env)));
            let wire = remote(remote_config, env).await.map_err(|fault| anyhow!("services.{service}.{fault}"))?;
            wires.insert(service, wire);
        }
        let (carrier, redis) = (carrier(config).await?, redis(config)?);
        let trust = trust.filter(|_| is_called);
        Ok(Self { wires, instances, web: config.runs("web"), beside: false, carrier, redis, trust })
    }

    /// The way to a service that runs elsewhere.
    pub fn wire(&self, service: &str) -> Option<Arc<dyn Wire>> {
        self.wires.get(service).cloned()
    }

    /// The instances of a service that runs elsewhere, for what each of them has by itself.
    pub fn instances(&self, service: &str) -> Option<Arc<Instances>> {
        self.instances.get(service).cloned()
    }

    /// Says whether a service runs in this process.
    pub fn runs(&self, service: &str) -> bool {
        if service == "web" { self.web } else { !self.wires.contains_key(service) }
    }

    /// Says whether a consumer acts in this process. What keeps the search index acts where that is, and so not in a
    /// command beside the process that serves it.
    pub fn acts(&self, consumer: &str) -> bool {
        !(self.beside && consumer.starts_with("search."))
    }

    /// Says whether services are in several processes, each of which may be there more than once.
    pub fn is_spread(&self) -> bool {
        matches!(self.carrier, Carrier::Nats(_))
    }

    /// Says whether this is a command, beside processes that serve.
    pub fn is_beside(&self) -> bool {
        self.beside
    }

    /// Says whether all services do.
    pub fn is_whole(&self) -> bool {
        self.web && self.wires.is_empty()
    }
}

async fn carrier(config: &Config) -> Result<Carrier> {
    let Some(nats) = &config.events.nats else { return Ok(Carrier::InProcess) };
    let nats = NatsConfig {
        urls: nats.as_slice().to_vec(),
        stream: config.events.stream.clone(),
        replicas: config.events.replicas,
        trust: config.events.trust(),
    };
    Ok(Carrier::Nats(Nats::connect(nats).await.map_err(|fault| anyhow!("events.{fault}"))?))
}

fn redis(config: &Config) -> Result<Option<Redis>> {
    let connected = config.redis().map(|redis| Redis::try_new(&redis)).transpose();
    connected.map_err(|fault| anyhow!("redis.{fault}"))
}
