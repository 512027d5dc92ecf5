//! Which addresses a service has, looked up again and again.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use futures::{Stream, stream};
use http::Uri;
use souk_tls::{Identity, Name};
use souk_types::Fault;
use tokio::{
    net::lookup_host,
    time::{sleep, timeout},
};
use tower::discover::Change;

use super::{
    RemoteConfig,
    anyway::Everyone,
    connect::Connector,
    endpoint::{Endpoint, Http},
    watched::Watched,
};

/// How often names are looked up again.
const LOOKED_UP_EVERY: Duration = Duration::from_secs(5);
/// How long a look-up may take.
const LOOK_UP_MAX: Duration = Duration::from_secs(2);
/// Addresses of one service; more are left out.
pub(super) const ADDRESSES_MAX: usize = 256;

/// A service's addresses as far as they are known.
pub(super) struct Addresses {
    service: String,
    /// Host and port of every URL, and the way there.
    names: BTreeMap<String, Http>,
    /// Where nobody else is meant, the one address that is.
    only: Option<SocketAddr>,
    /// The name of every address that takes part.
    known: BTreeMap<SocketAddr, String>,
    changes: VecDeque<Change<SocketAddr, Watched>>,
    /// The same addresses, for when all of them are left alone.
    everyone: Arc<Everyone>,
}

impl Addresses {
    /// None looked up yet; where one is named, only that one of them.
    ///
    /// # Errors
    /// Invalid on `url`, when there is none, or one is no address with a host for callers like this.
    pub(super) fn of(config: &RemoteConfig, only: Option<SocketAddr>) -> Result<Self, Fault> {
        if config.urls.is_empty() {
            return Err(Fault::invalid("url", format!("{} has no address", config.service)));
        }
        let names = config.urls.iter().map(|url| way(url, config.identity.as_ref()));
        Ok(Self {
            service: config.service.clone(),
            names: names.collect::<Result<_, Fault>>()?,
            only,
            known: BTreeMap::new(),
            changes: VecDeque::new(),
            everyone: Arc::new(Everyone::new()),
        })
    }

    /// The same after a look-up. What a name stood for stays when it cannot be looked up.
    pub(super) async fn looked_up(mut self) -> Self {
        let mut present = BTreeMap::new();
        for name in self.names.keys() {
            match look_up(name).await {
                Ok(found) => present.extend(found.into_iter().map(|address| (address, name.clone()))),
                Err(why) => self.keep(name, &why, &mut present),
            }
        }
        present.retain(|address, _| self.only.is_none_or(|only| only == *address));
        while present.len() > ADDRESSES_MAX {
            present.pop_last();
        }
        for address in self.known.keys().filter(|address| !present.contains_key(address)) {
            self.changes.push_back(Change::Remove(*address));
            self.everyone.left(address);
        }
        for (address, name) in present.iter().filter(|(address, _)| !self.known.contains_key(address)) {
            let Some(http) = self.names.get(name) else { continue };
            match Endpoint::new(http, *address, name).and_then(|endpoint| endpoint.watched(&self.service)) {
                Ok((guarded, open)) => {
                    self.changes.push_back(Change::Insert(*address, guarded));
                    self.everyone.came(*address, open);
                }
                Err(fault) => tracing::error!(service = self.service, %address, %fault, "an address is of no use"),
            }
        }
        self.known = present;
        self
    }

    fn keep(&self, name: &str, why: &str, present: &mut BTreeMap<SocketAddr, String>) {
        tracing::warn!(service = self.service, name, why, "an address cannot be looked up");
        let before = self.known.iter().filter(|(_, of)| *of == name);
        present.extend(before.map(|(address, of)| (*address, of.clone())));
    }

    /// All addresses that take part, now and later.
    pub(super) fn everyone(&self) -> Arc<Everyone> {
        Arc::clone(&self.everyone)
    }

    /// What changes: first all that are known, then whatever later look-ups bring.
    pub(super) fn changes(self) -> impl Stream<Item = Result<Change<SocketAddr, Watched>, Fault>> + Send {
        stream::unfold(self, |mut addresses| async move {
            loop {
                if let Some(change) = addresses.changes.pop_front() {
                    return Some((Ok(change), addresses));
                }
                sleep(LOOKED_UP_EVERY).await;
                addresses = addresses.looked_up().await;
            }
        })
    }
}

/// The host and port of a URL, and how connections are made there.
pub(super) fn way(url: &Uri, identity: Option<&Identity>) -> Result<(String, Http), Fault> {
    let (scheme, port) = if identity.is_some() { ("https", 443) } else { ("http", 80) };
    let wrong = || Fault::invalid("url", format!("{url} is not of the form {scheme}://host:port"));
    let host = url.authority().filter(|_| url.scheme_str() == Some(scheme) && url.path() == "/").ok_or_else(wrong)?;
    let secured = match identity {
        Some(identity) => Some((identity.clone(), Name::try_new(host.host())?)),
        None => None,
    };
    let http = Http::new(Connector::new(secured));
    Ok((format!("{}:{}", host.host(), host.port_u16().unwrap_or(port)), http))
}

/// The addresses that a name has now, or why they are not known.
pub(super) async fn look_up(name: &str) -> Result<Vec<SocketAddr>, String> {
    match timeout(LOOK_UP_MAX, lookup_host(name)).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("takes too long".to_owned()),
    }
}
