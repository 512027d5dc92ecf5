use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use bytes::Bytes;
use souk_types::Fault;
use tower::ServiceExt;

use crate::{RPC_BODY_BYTES_MAX, Wire, WireCall, WireError, protocol};

/// A wire that ends in a router of this process: all of the transport but the sockets.
pub fn loopback(router: Router) -> Arc<dyn Wire> {
    Arc::new(Loopback { router })
}

struct Loopback {
    router: Router,
}

#[async_trait]
impl Wire for Loopback {
    async fn call(&self, call: WireCall<'_>, arguments: Bytes) -> Result<Bytes, WireError> {
        let request = protocol::request(call, arguments).map_err(WireError::Lost)?.map(Body::from);
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, RPC_BODY_BYTES_MAX).await.map_err(|error| WireError::Lost(Fault::internal(error)))?;
        protocol::answer(head.status, body)
    }
}
