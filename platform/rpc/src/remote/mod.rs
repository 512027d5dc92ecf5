//! A wire to a service in other processes, over HTTP.
//!
//! A call goes, from the outside in, through a retry within a budget, a balancer over all addresses of the service, and
//! one circuit breaker for each address; past the breakers when all of them are open, or when the one that was chosen is
//! not there. Which of these may try again is
//! decided by what is known of the attempt: one that was surely never sent may always be made again, one whose answer
//! was lost only when the method is idempotent.

mod anyway;
mod connect;
mod endpoint;
mod failure;
mod instances;
mod outage;
mod resolve;
mod retry;
mod watched;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use souk_tls::Identity;
use souk_types::{Env, Fault};
use tokio::time::Instant;
use tower::{
    BoxError, Service, ServiceBuilder, ServiceExt as _, balance::p2c::Balance, buffer::Buffer, load_shed::LoadShed,
    util::BoxCloneSyncService,
};

pub use self::instances::Instances;
use self::{
    anyway::Anyway,
    failure::SendFailure,
    outage::Outage,
    resolve::Addresses,
    retry::{Again, is_away},
};
use crate::{MethodKind, Wire, WireCall, WireError, identity::Secret, protocol};

/// Calls to one service that may wait for the balancer at the same time.
const QUEUE_MAX: usize = 1_024;
/// Calls that are made of one call at most, with the first.
const ATTEMPTS_MAX: u32 = 3;
/// A read is given no less than this each time, if its caller waits so long. Who is called calls others, and a third of a
/// third of a third would take a short pause of a machine for an instance that is gone.
const READ_MIN: Duration = Duration::from_secs(1);

/// Where a service is, and how to be known there.
#[derive(Debug, Clone)]
pub struct RemoteConfig {
    /// The service's name, for logs and metrics.
    pub service: String,
    /// Addresses as `http://host:port`, or `https://host:port` with an identity. All addresses that a host's name has
    /// take part, and so do all that are listed.
    pub urls: Vec<Uri>,
    /// What shows the service that its caller belongs to the shop, where it wants to hear that.
    pub secret: Option<Secret>,
    /// Who calls by TLS, and which services it believes.
    pub identity: Option<Identity>,
}

/// A wire to a service in other processes. Its addresses are looked up now, and again from time to time.
///
/// # Errors
/// Invalid on `url`, when one is no address with a host, or has TLS without an identity, or none with one.
pub async fn remote(config: RemoteConfig, env: &Env) -> Result<Arc<dyn Wire>, Fault> {
    wire(config, None, env).await
}

/// The same, to one of the addresses if it is named.
async fn wire(config: RemoteConfig, only: Option<SocketAddr>, env: &Env) -> Result<Arc<dyn Wire>, Fault> {
    let token = config.secret.as_ref().map(Secret::header).transpose()?;
    let addresses = Addresses::of(&config, only)?.looked_up().await;
    let everyone = addresses.everyone();
    let balance = LoadShed::new(Balance::new(Box::pin(addresses.changes())));
    let buffer = Buffer::new(balance, QUEUE_MAX).map_err(SendFailure::of as fn(BoxError) -> SendFailure);
    let anyway = Anyway::new(buffer, everyone);
    let stack = ServiceBuilder::new().retry(Again::new(&config.service, env)).service(anyway);
    let outage = Outage::new(config.service);
    Ok(Arc::new(Remote { stack: BoxCloneSyncService::new(stack), token, outage }))
}

struct Remote {
    outage: Outage,
    stack: BoxCloneSyncService<Attempt, Response<Bytes>, SendFailure>,
    token: Option<HeaderValue>,
}

/// One call on its way, the same for each time that it is made.
#[derive(Clone)]
struct Attempt {
    request: Request<Bytes>,
    /// It may be made again when its answer was lost.
    idempotent: bool,
    /// When the caller stops waiting.
    deadline: Instant,
    /// How long it may take each time.
    limit: Duration,
    /// How many times it was made again.
    retries: u32,
    /// The address that it was to be sent to last is not there.
    was_refused: bool,
}

/// How long a call may take each time that it is made, of the time that its caller still waits.
fn limit(kind: MethodKind, remaining: Duration) -> Duration {
    match kind {
        MethodKind::Read => (remaining / ATTEMPTS_MAX).max(READ_MIN.min(remaining)),
        MethodKind::Idempotent | MethodKind::Command => remaining,
    }
}

#[async_trait]
impl Wire for Remote {
    async fn call(&self, call: WireCall<'_>, arguments: Bytes) -> Result<Bytes, WireError> {
        let mut request = protocol::request(call, arguments).map_err(WireError::Lost)?;
        if let Some(token) = &self.token {
            request.headers_mut().insert(http::header::AUTHORIZATION, token.clone());
        }
        let remaining = call.cx.remaining();
        let attempt = Attempt {
            request,
            idempotent: call.method.kind.is_idempotent(),
            deadline: call.cx.deadline.into(),
            // A read that hangs at one address is still asked for at another in time.
            limit: limit(call.method.kind, remaining),
            retries: 0,
            was_refused: false,
        };
        let mut stack = self.stack.clone();
        let answered = async { stack.ready().await?.call(attempt).await };
        let response = answered.await.map_err(|failure: SendFailure| {
            self.outage.failed(&failure);
            WireError::Lost(failure.into())
        })?;
        let (head, body) = response.into_parts();
        match head.status {
            // 503 is the service's own word.
            status if is_away(status) && status != StatusCode::SERVICE_UNAVAILABLE => self.outage.failed(&status),
            _ => self.outage.answered(),
        }
        protocol::answer(head.status, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_leaves_time_to_ask_elsewhere_but_is_not_given_up_at_once() {
        let ms = Duration::from_millis;
        assert_eq!(limit(MethodKind::Read, ms(9_000)), ms(3_000));
        assert_eq!(limit(MethodKind::Read, ms(1_100)), ms(1_000));
        assert_eq!(limit(MethodKind::Read, ms(400)), ms(400));
        assert_eq!(limit(MethodKind::Command, ms(9_000)), ms(9_000));
    }
}
