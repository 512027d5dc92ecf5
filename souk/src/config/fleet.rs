//! What is set when services are in several processes.

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use http::Uri;
use serde::{Deserialize, Serialize};
use souk_rpc::Secret;
use souk_tls::{Identity, IdentityFiles, ServerTrust};
use souk_types::Env;

use super::Config;
use crate::fleet::SERVICES;

/// Where other processes of the shop reach the services of this one.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Internal {
    /// Address and port; without one, nobody reaches them.
    pub listen: Option<SocketAddr>,
    /// What all processes of the shop know, and nobody else.
    pub secret: Option<String>,
    /// A file of the certificate by which this process is known to the others; with one, they speak TLS.
    pub certificate: Option<PathBuf>,
    /// The file of its key.
    pub key: Option<PathBuf>,
    /// A file of the authorities whose certificates the processes of the shop have, and nobody else.
    pub authorities: Option<PathBuf>,
}

impl fmt::Debug for Internal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Internal")
            .field("listen", &self.listen)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// Where a service is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its address, `http://host:port`, or several; with certificates, `https://host:port`.
    pub url: OneOrMore,
}

/// One text, or several.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

impl OneOrMore {
    /// All of them.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

/// What carries events between processes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// Addresses of NATS servers, `nats://host:4222`, or `tls://`; without any, events stay in the process.
    pub nats: Option<OneOrMore>,
    /// The name of the shop's stream there.
    pub stream: String,
    /// Servers that keep each event.
    pub replicas: usize,
    /// A file of the authorities that the servers' certificates have to come from; else those of the machine.
    pub authorities: Option<PathBuf>,
    /// A file of the certificate that is shown to the servers.
    pub certificate: Option<PathBuf>,
    /// The file of its key.
    pub key: Option<PathBuf>,
}

impl Events {
    /// By what the servers are known.
    pub fn trust(&self) -> ServerTrust {
        ServerTrust {
            authorities: self.authorities.clone(),
            certificate: self.certificate.clone(),
            key: self.key.clone(),
        }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self { nats: None, stream: "souk".to_owned(), replicas: 1, authorities: None, certificate: None, key: None }
    }
}

impl Config {
    /// The secret of the shop's processes; `None` when certificates are enough.
    ///
    /// # Errors
    /// Names `internal.secret` when it is too short, or missing with no certificate, either.
    pub fn internal_secret(&self) -> Result<Option<Secret>> {
        let Internal { secret, certificate, .. } = &self.internal;
        match secret {
            Some(text) => Secret::try_new(text).map(Some).map_err(|fault| anyhow!("internal.{fault}")),
            None if certificate.is_some() => Ok(None),
            None => bail!("internal.secret: is needed by services in several processes, or internal.certificate is"),
        }
    }

    /// By what the shop's processes know each other besides; `None` when they do not speak TLS. Its files are read.
    ///
    /// # Errors
    /// Names `internal.certificate`, `internal.key` or `internal.authorities`.
    pub fn internal_identity(&self, env: &Env) -> Result<Option<Identity>> {
        let Some(files) = self.internal.files()? else { return Ok(None) };
        Identity::try_new(files, env).map(Some).map_err(|fault| anyhow!("internal.{fault}"))
    }

    /// Says whether a service runs in this process.
    #[must_use]
    pub fn runs(&self, service: &str) -> bool {
        match self.server.services.as_slice() {
            [] => !self.services.contains_key(service),
            chosen => chosen.iter().any(|name| name == service),
        }
    }

    pub(super) fn check_fleet(&self) -> Result<()> {
        for name in self.services.keys().chain(&self.server.services) {
            if !SERVICES.contains(&name.as_str()) {
                bail!("{name:?} is no service; there are {}", SERVICES.join(", "));
            }
        }
        if self.services.contains_key("web") {
            bail!("services.web: no service calls the web; choose what runs here by server.services");
        }
        for (name, place) in &self.services {
            urls(name, place, self.internal.certificate.is_some())?;
        }
        self.internal.files()?;
        let elsewhere: Vec<&str> = SERVICES.into_iter().filter(|service| !self.runs(service)).collect();
        if elsewhere.iter().all(|service| *service == "web") && self.internal.listen.is_none() {
            return self.check_events();
        }
        self.internal_secret()?;
        if let Some(missing) = elsewhere.iter().find(|name| **name != "web" && !self.services.contains_key(**name)) {
            bail!("services.{missing}.url: is needed, since {missing} does not run in this process");
        }
        if self.events.nats.is_none() {
            bail!("events.nats: is needed by services in several processes");
        }
        self.check_events()
    }

    fn check_events(&self) -> Result<()> {
        let Events { nats, stream, replicas, .. } = &self.events;
        if !stream.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || stream.is_empty() {
            bail!("events.stream: must be of letters, digits and _");
        }
        if !(1..=5).contains(replicas) {
            bail!("events.replicas: must be 1 to 5");
        }
        if nats.as_ref().is_some_and(|nats| nats.as_slice().is_empty()) {
            bail!("events.nats: has no address");
        }
        self.events.trust().check().map_err(|fault| anyhow!("events.{fault}"))
    }

    /// Where services are that do not run in this process.
    ///
    /// # Errors
    /// Names the key of an address that is none.
    pub fn places(&self) -> Result<BTreeMap<&'static str, Vec<Uri>>> {
        let away = SERVICES.into_iter().filter(|service| !self.runs(service));
        away.filter_map(|service| Some((service, self.services.get(service)?)))
            .map(|(service, place)| Ok((service, urls(service, place, self.internal.certificate.is_some())?)))
            .collect()
    }
}

impl Internal {
    /// The files of certificates, all three or none.
    fn files(&self) -> Result<Option<IdentityFiles>> {
        let Self { certificate, key, authorities, .. } = self;
        if certificate.is_none() && key.is_none() && authorities.is_none() {
            return Ok(None);
        }
        let named = |name: &str, file: &Option<PathBuf>| {
            file.clone().with_context(|| format!("internal.{name}: certificate, key and authorities are set together"))
        };
        Ok(Some(IdentityFiles {
            certificate: named("certificate", certificate)?,
            key: named("key", key)?,
            authorities: named("authorities", authorities)?,
        }))
    }
}

fn urls(service: &str, place: &Place, secured: bool) -> Result<Vec<Uri>> {
    let (scheme, why) =
        if secured { ("https", "with internal.certificate") } else { ("http", "without internal.certificate") };
    let parsed = place.url.as_slice().iter().map(|url| match url.parse::<Uri>() {
        Ok(uri) if uri.scheme_str() == Some(scheme) && uri.authority().is_some() && uri.path() == "/" => Ok(uri),
        _ => Err(anyhow!("services.{service}.url: {url:?} is not of the form {scheme}://host:port, {why}")),
    });
    let parsed: Vec<Uri> = parsed.collect::<Result<_>>()?;
    if parsed.is_empty() {
        bail!("services.{service}.url: has no address");
    }
    Ok(parsed)
}
