use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header::CONTENT_TYPE};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::timeout;

/// How long the collector may take to take a batch.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The collector, as an address to which batches are posted.
pub(super) struct Collector {
    http: Client<HttpConnector, Full<Bytes>>,
    address: String,
}

impl Collector {
    pub(super) fn new(base: &Uri) -> Self {
        let address = format!("{}/v1/traces", base.to_string().trim_end_matches('/'));
        Self { http: Client::builder(TokioExecutor::new()).build_http(), address }
    }

    /// Posts a batch; says why it was not taken.
    pub(super) async fn post(&self, batch: Bytes) -> Result<(), String> {
        let mut request = Request::post(&self.address).body(Full::new(batch)).map_err(|error| error.to_string())?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        match timeout(ANSWER_MAX, self.http.request(request)).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(format!("it answers {}", response.status())),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {ANSWER_MAX:?}")),
        }
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}
