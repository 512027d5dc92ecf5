//! A service is a trait: a plain call in one process, HTTP between processes.
//!
//! [`rpc`] makes of a trait its object-safe form, a client and a router. The client behaves the same in
//! every mode: it refuses a call whose deadline has passed, stops waiting at the deadline, and hands over
//! the service's own error, whole.
//!
//! ```
//! use std::sync::Arc;
//! use souk_types::{Cx, Fault};
//!
//! #[souk_rpc::rpc]
//! pub trait Greeter {
//!     /// Greets somebody.
//!     #[read]
//!     async fn greet(&self, cx: &Cx, name: String) -> Result<String, Fault>;
//! }
//!
//! struct Polite;
//!
//! #[souk_rpc::async_trait]
//! impl Greeter for Polite {
//!     async fn greet(&self, _cx: &Cx, name: String) -> Result<String, Fault> {
//!         Ok(format!("Good day, {name}"))
//!     }
//! }
//!
//! let client = GreeterClient::local(Arc::new(Polite));
//! assert_eq!(GREETER_METHODS[0].name, "greet");
//! # drop(client);
//! ```

/// Makes of a trait a service.
///
/// Of `pub trait Inventory` it makes
/// - the trait itself, object-safe by [`macro@async_trait`], with `Send + Sync + 'static`;
/// - `InventoryClient` with the same methods, and the constructors `local`, `loopback` and `over`;
/// - `inventory_dispatch` and `inventory_router`, which serve an implementation;
/// - `INVENTORY_METHODS`, a table of the methods.
///
/// Every method is `async fn(&self, cx: &Cx, owned arguments…) -> Result<T, E>`, where the arguments and
/// `T` are serde types and `E` is a [`ServiceError`](souk_types::ServiceError). Arguments cross the wire by
/// name.
///
/// A method is a command unless it is marked. A command runs in its own task, so that a caller who goes
/// away cannot cut it in half.
/// - `#[read]`: changes nothing, and may therefore be cut off and repeated; runs in the caller's task.
/// - `#[idempotent]`: a command that has the same effect done once or several times; it may be retried.
///
/// `#[rpc(service = "name")]` gives the service another name than the trait's in snake case. Two traits
/// may share a service's name when their methods' names differ.
pub use souk_rpc_macros::rpc;

/// Makes an implementation of a service's trait fit its object-safe form.
pub use async_trait::async_trait;

mod arguments;
mod call;
mod dispatch;
mod envelope;
mod identity;
mod loopback;
mod meter;
mod method;
pub mod protocol;
mod remote;
mod router;
mod wire;

pub use dispatch::Dispatch;
pub use envelope::WireFailure;
pub use identity::{Secret, guarded};
pub use method::{Method, MethodKind};
pub use remote::{Instances, RemoteConfig, remote};
pub use router::router;
pub use wire::{Wire, WireCall, WireError};

/// Bytes of a request's or an answer's body, at most.
pub const RPC_BODY_BYTES_MAX: usize = souk_types::limits::BODY_BYTES_MAX * 4;

/// What the macro's expansion needs. No part of the public face.
#[doc(hidden)]
pub mod __private {
    pub use async_trait::async_trait;
    pub use axum::Router;
    pub use bytes::Bytes;
    use serde::{Serialize, de::DeserializeOwned};
    pub use souk_types::Cx;
    use souk_types::ServiceError;

    pub use crate::{
        arguments::{ArgumentsOut, argument, arguments},
        call::{in_own_task, inline, over_wire},
        dispatch::{Dispatched, encode, no_such_method},
        loopback::loopback,
        meter::Meter,
        wire::Route,
    };

    /// Compiles for what can be an argument or an answer.
    pub const fn crosses_the_wire<T: Serialize + DeserializeOwned + Send + 'static>() {}

    /// Compiles for what can be a service's error.
    pub const fn is_service_error<E: ServiceError>() {}
}
