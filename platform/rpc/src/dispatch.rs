use std::future::Future;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;
use souk_types::{Cx, Fault, ServiceError};

use crate::{Method, RPC_BODY_BYTES_MAX, WireFailure};

/// The answer that is coming: JSON, or an error in its envelope.
pub type Dispatched<'a> = BoxFuture<'a, Result<Bytes, WireFailure>>;

/// Calls a service by method name, with JSON in and JSON out: what every transport ends in.
///
/// The deadline of the context is kept, and a command runs in its own task, as with a direct call.
pub trait Dispatch: Send + Sync + 'static {
    /// The methods that can be called.
    fn methods(&self) -> &'static [Method];

    /// Calls a method with a JSON object of its arguments.
    fn dispatch<'a>(&'a self, method: &'a str, cx: &'a Cx, arguments: Bytes) -> Dispatched<'a>;
}

/// Puts the outcome of a call into its form on the wire.
pub async fn encode<T, E>(outcome: impl Future<Output = Result<T, E>>) -> Result<Bytes, WireFailure>
where
    T: Serialize,
    E: ServiceError,
{
    let answer = outcome.await.map_err(|error| WireFailure::of(&error))?;
    match serde_json::to_vec(&answer) {
        Ok(json) if json.len() <= RPC_BODY_BYTES_MAX => Ok(json.into()),
        Ok(json) => Err(WireFailure::of(&Fault::internal(format!("an answer of {} bytes", json.len())))),
        Err(error) => Err(WireFailure::of(&Fault::internal(format!("an answer without a JSON form: {error}")))),
    }
}

/// Answers a call of a method that is not there: caller and service are of different versions.
pub fn no_such_method<'a>(known: &'static [Method], method: &'a str) -> Dispatched<'a> {
    let service = known.first().map_or("this service", |method| method.service);
    let failure = WireFailure::of(&Fault::internal(format!("{service} has no method {method:?}")));
    Box::pin(std::future::ready(Err(failure)))
}
