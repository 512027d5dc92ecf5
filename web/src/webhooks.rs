//! Messages of payment gateways.

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::IntoResponse as _,
};
use http::{HeaderMap, StatusCode};
use souk_contracts::{catalog::Blob, payments::Webhook};
use souk_types::limits::LINE_BYTES_MAX;

use crate::{
    error::{Answer, Failure},
    state::AppState,
};

/// Bytes of one message.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// `POST /webhooks/payments/{gateway}`: takes a message as it is; payments checks its signature. An answer other
/// than 2xx makes the gateway send it again.
pub async fn payment(
    State(state): State<AppState>,
    Path(gateway): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if gateway.len() > LINE_BYTES_MAX {
        return Err(Failure::not_found());
    }
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(crate::body::too_large(MESSAGE_BYTES_MAX));
    }
    let text = |value: &http::HeaderValue| value.to_str().ok().map(ToOwned::to_owned);
    let headers = headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    let webhook = Webhook { gateway, headers, body: Blob(body.to_vec()) };
    state.payments.webhook(&state.shared_cx(), webhook).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
