use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
    routing::post,
};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use souk_types::{Cx, Fault};
use tokio::time::timeout_at;

use crate::{Dispatch, Method, RPC_BODY_BYTES_MAX, WireFailure, protocol};

/// Serves a service at `POST /rpc/<service>/<method>`, in the form of [`protocol`].
///
/// For the internal listener only: it believes the `souk-actor` header.
pub fn router(dispatch: &Arc<dyn Dispatch>) -> Router {
    dispatch.methods().iter().fold(Router::new(), |router, method| {
        let dispatch = Arc::clone(dispatch);
        let serve = move |request: Request| {
            let dispatch = Arc::clone(&dispatch);
            async move { respond(serve(&*dispatch, method, request).await) }
        };
        router.route(&method.path(), post(serve))
    })
}

async fn serve(dispatch: &dyn Dispatch, method: &Method, request: Request) -> Result<Bytes, WireFailure> {
    let refuse = |fault: Fault| WireFailure::of(&fault);
    let (head, body) = request.into_parts();
    let cx = protocol::read_cx(&head.headers).map_err(refuse)?;
    let arguments = read_body(&cx, body).await.map_err(refuse)?;
    dispatch.dispatch(method.name, &cx, arguments).await
}

/// A caller who sends slowly is waited for no longer than it would itself wait for the answer.
async fn read_body(cx: &Cx, body: Body) -> Result<Bytes, Fault> {
    match timeout_at(cx.deadline.into(), to_bytes(body, RPC_BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            Err(Fault::invalid("body", format!("not read, of {RPC_BODY_BYTES_MAX} bytes at most: {error}")))
        }
        Err(_) => Err(Fault::deadline()),
    }
}

fn respond(outcome: Result<Bytes, WireFailure>) -> Response {
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(failure) => {
            (StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), failure.body)
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, protocol::JSON);
    response
}
