use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use souk_types::{Cx, Fault};

use crate::{Method, WireFailure};

/// Carries calls to a service in another process.
///
/// The client waits for the call no longer than the deadline of its context, and drops the call's future
/// then; an implementation may stop earlier, and may repeat calls of idempotent methods.
#[async_trait]
pub trait Wire: Send + Sync + 'static {
    /// Carries the arguments (a JSON object) to the service, and its answer (JSON) back.
    async fn call(&self, call: WireCall<'_>, arguments: Bytes) -> Result<Bytes, WireError>;
}

/// Which method is called, and what goes along.
#[derive(Debug, Clone, Copy)]
pub struct WireCall<'a> {
    /// The method.
    pub method: Method,
    /// Deadline, actor, trace and idempotency key.
    pub cx: &'a Cx,
}

/// Why a call over a wire gave no answer.
#[derive(Debug, Clone)]
pub enum WireError {
    /// The service, or something on the way to it, answered with an error.
    Failed(WireFailure),
    /// No answer came.
    Lost(Fault),
}

/// Where a client's calls go.
pub enum Route<S: ?Sized> {
    /// To an implementation in this process, directly.
    Local(Arc<S>),
    /// Over a wire.
    Wire(Arc<dyn Wire>),
}

impl<S: ?Sized> Clone for Route<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Local(service) => Self::Local(Arc::clone(service)),
            Self::Wire(wire) => Self::Wire(Arc::clone(wire)),
        }
    }
}

impl<S: ?Sized> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local(_) => "local",
            Self::Wire(_) => "wire",
        })
    }
}
