//! Compresses what is served many times, once.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::{CompressionLevel, compression::CompressionLayer};

/// The bytes, gzipped; `None` when that does not work out.
pub async fn gzip(plain: Bytes) -> Option<Bytes> {
    let service = CompressionLayer::new().quality(CompressionLevel::Default).layer(service_fn(
        |request: Request<Bytes>| async move {
            let mut response = Response::new(Full::new(request.into_body()));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            Ok::<_, Infallible>(response)
        },
    ));
    let mut request = Request::new(plain);
    request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let Ok(response) = service.oneshot(request).await;
    response.headers().contains_key(header::CONTENT_ENCODING).then_some(())?;
    response.into_body().collect().await.ok().map(http_body_util::Collected::to_bytes)
}
