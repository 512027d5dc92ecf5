//! The instances of a service one by one, for what each of them has by itself.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
    net::SocketAddr,
    sync::Arc,
};

use futures::future::try_join_all;
use souk_types::{Env, Fault};
use tokio::sync::Mutex;

use super::{
    RemoteConfig,
    resolve::{ADDRESSES_MAX, look_up, way},
    wire,
};
use crate::Wire;

/// All instances of a service in other processes, each reached by itself. Nothing is done until they are asked for.
pub struct Instances {
    config: RemoteConfig,
    env: Env,
    known: Mutex<BTreeMap<SocketAddr, Arc<dyn Wire>>>,
}

impl Instances {
    /// Those behind these addresses, whatever instances there will be.
    pub fn new(config: RemoteConfig, env: &Env) -> Self {
        Self { config, env: env.clone(), known: Mutex::default() }
    }

    /// A wire to each instance that there is now, 256 at most. Names are looked up each time, within two seconds.
    ///
    /// # Errors
    /// Unavailable when a name cannot be looked up, so that instances may be missing; invalid on `url`, when an address
    /// is none for callers like this.
    pub async fn wires(&self) -> Result<Vec<Arc<dyn Wire>>, Fault> {
        let identity = self.config.identity.as_ref();
        let name = |url| way(url, identity).map(|(name, _)| name);
        let names = self.config.urls.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        let found = try_join_all(names.iter().map(|name| async move {
            look_up(name).await.map_err(|why| Fault::unavailable(format!("{name} cannot be looked up: {why}")))
        }));
        let present: BTreeSet<SocketAddr> = found.await?.into_iter().flatten().take(ADDRESSES_MAX).collect();
        let mut known = self.known.lock().await;
        known.retain(|address, _| present.contains(address));
        for address in present {
            if let Entry::Vacant(new) = known.entry(address) {
                new.insert(wire(self.config.clone(), Some(address), &self.env).await?);
            }
        }
        Ok(known.values().cloned().collect())
    }
}

impl fmt::Debug for Instances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instances").field("config", &self.config).finish_non_exhaustive()
    }
}
