use std::time::Duration;

use souk_types::{Fault, limits};
use tokio::task;
use ureq::{
    Agent,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::address;

const FETCH_MAX: Duration = Duration::from_secs(30);
const CONNECT_MAX: Duration = Duration::from_secs(10);
const REDIRECTS_MAX: u32 = 4;

/// Fetches pictures from other people's servers.
pub(super) struct Fetcher {
    agent: Agent,
}

/// Why a picture could not be fetched.
#[derive(Debug)]
pub(super) enum FetchError {
    /// The next try may succeed.
    ForNow(String),
    /// No try will.
    ForGood(String),
}

impl Fetcher {
    pub(super) fn new(allow_private_hosts: bool) -> Self {
        let config = Config::builder()
            .timeout_global(Some(FETCH_MAX))
            .timeout_connect(Some(CONNECT_MAX))
            .max_redirects(REDIRECTS_MAX)
            .proxy(None)
            .user_agent("Souk")
            .accept("image/webp, image/png, image/jpeg")
            .build();
        let agent = if allow_private_hosts {
            Agent::with_parts(config, DefaultConnector::default(), DefaultResolver::default())
        } else {
            Agent::with_parts(config, DefaultConnector::default(), PublicOnly::default())
        };
        Self { agent }
    }

    /// The bytes behind an http or https address, at most [`limits::IMAGE_BYTES_MAX`].
    pub(super) async fn fetch(&self, url: String) -> Result<Vec<u8>, FetchError> {
        let agent = self.agent.clone();
        let fetched = task::spawn_blocking(move || fetch(&agent, &url)).await;
        fetched.map_err(|error| FetchError::ForNow(error.to_string()))?
    }
}

fn fetch(agent: &Agent, url: &str) -> Result<Vec<u8>, FetchError> {
    let mut response = agent.get(url).call().map_err(|error| judge(&error))?;
    // One byte more than allowed tells a full picture from a cut one.
    let limit = limits::IMAGE_BYTES_MAX as u64 + 1;
    let bytes = response.body_mut().with_config().limit(limit).read_to_vec().map_err(|error| judge(&error))?;
    if bytes.len() > limits::IMAGE_BYTES_MAX {
        return Err(too_large());
    }
    Ok(bytes)
}

fn too_large() -> FetchError {
    FetchError::ForGood(format!("the picture is larger than {} bytes", limits::IMAGE_BYTES_MAX))
}

fn judge(error: &ureq::Error) -> FetchError {
    use ureq::Error;
    match error {
        Error::StatusCode(408 | 425 | 429 | 500..) => FetchError::ForNow(error.to_string()),
        Error::StatusCode(_)
        | Error::BadUri(_)
        | Error::Http(_)
        | Error::TooManyRedirects
        | Error::RedirectFailed
        | Error::Other(_) => FetchError::ForGood(error.to_string()),
        Error::BodyExceedsLimit(_) => too_large(),
        _ => FetchError::ForNow(error.to_string()),
    }
}

/// Finds the addresses of a name and leaves out those of the inside, so that a file of products cannot make the shop
/// call its own network. It is asked anew for every redirect.
#[derive(Debug, Default)]
struct PublicOnly(DefaultResolver);

impl Resolver for PublicOnly {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut public = self.empty();
        for found in self.0.resolve(uri, config, timeout)?.iter().filter(|found| address::is_public(found.ip())) {
            public.push(*found);
        }
        if public.is_empty() {
            let refusal = Fault::denied("the address is not one of the open internet");
            return Err(ureq::Error::Other(Box::new(refusal)));
        }
        Ok(public)
    }
}
