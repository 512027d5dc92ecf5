//! Webhooks are signed with HMAC-SHA256 over `<timestamp>.<body>`; the header says `t=<seconds>,v1=<hex>`.

use std::{collections::BTreeMap, time::Duration};

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use souk_types::Timestamp;
use subtle::ConstantTimeEq;

use super::response::ChargeBody;
use crate::gateways::WebhookRefusal;

/// Where the signature is.
pub const SIGNATURE_HEADER: &str = "sandbox-signature";
/// Older messages are refused, so that a message that was overheard is of no use for long.
const AGE_MAX: Duration = Duration::from_secs(300);

/// What a webhook says: the whole present state of a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The message's own id.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub charge: ChargeBody,
}

/// The signature of a body that is sent at this instant.
pub fn sign(key: &Hmac<Sha256>, body: &[u8], now: Timestamp) -> String {
    let seconds = now.as_secs();
    let digest = mac(key, seconds, body).finalize().into_bytes();
    format!("t={seconds},v1={}", HEXLOWER_PERMISSIVE.encode(&digest))
}

/// Refuses what the sandbox did not sign, or signed too long ago.
pub fn verify(
    key: &Hmac<Sha256>,
    headers: &BTreeMap<String, String>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), WebhookRefusal> {
    let header = headers.get(SIGNATURE_HEADER).ok_or(WebhookRefusal::BadSignature)?;
    let (seconds, claimed) = parse(header).ok_or(WebhookRefusal::BadSignature)?;
    let age_secs = now.as_secs().abs_diff(seconds);
    let digest = mac(key, seconds, body).finalize().into_bytes();
    let matches: bool = digest.as_slice().ct_eq(&claimed).into();
    if matches && age_secs <= AGE_MAX.as_secs() { Ok(()) } else { Err(WebhookRefusal::BadSignature) }
}

fn parse(header: &str) -> Option<(i64, Vec<u8>)> {
    let mut seconds = None;
    let mut digest = None;
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", text) => seconds = text.parse().ok(),
            ("v1", text) => digest = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
            _ => {}
        }
    }
    Some((seconds?, digest?))
}

fn mac(key: &Hmac<Sha256>, seconds: i64, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}
