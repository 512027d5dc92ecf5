//! Files that are sent as they are: on the disk before anything is done with them, and never in memory as a whole.

use axum::body::Body;
use futures::TryStreamExt as _;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{ImportId, catalog::FileFormat};
use souk_types::limits::IMPORT_BYTES_MAX;

use crate::{
    admin::imports::{Received, Trouble, receive},
    body::unsupported,
    error::Failure,
    state::AppState,
};

/// What may be sent, and how it is read.
const KINDS: [(&str, FileFormat, &str); 2] =
    [("text/csv", FileFormat::ShopifyCsv, "csv"), ("application/x-ndjson", FileFormat::JsonLines, "jsonl")];

/// A file that came in. It is removed again unless it is kept.
pub struct Upload {
    /// Keeps it.
    pub received: Received,
    /// Its name in the import folder.
    pub file: String,
    /// How to read it.
    pub format: FileFormat,
}

impl Upload {
    /// Takes a file in; the second is the digest of what is in it.
    ///
    /// # Errors
    /// It is of no kind that is taken, too large, empty, or does not come.
    pub async fn take(state: &AppState, headers: &HeaderMap, body: Body) -> Result<(Self, [u8; 32]), Failure> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let known = KINDS.into_iter().find(|(name, ..)| kind.eq_ignore_ascii_case(name));
        let (_, format, ending) = known.ok_or_else(unsupported)?;
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if declared.is_some_and(|bytes| bytes > IMPORT_BYTES_MAX) {
            return Err(refused(Trouble::TooLarge));
        }
        let file = format!("{}.{ending}", ImportId::generate(&state.env));
        let mut hasher = blake3::Hasher::new();
        let pieces = body.into_data_stream().map_err(|_| Failure::bad_request("The request broke off."));
        let mut pieces = pieces.inspect_ok(|piece| {
            hasher.update(piece);
        });
        let received = receive(&state.shop.imports, &file, &mut pieces, IMPORT_BYTES_MAX).await.map_err(refused)?;
        drop(pieces);
        Ok((Self { received, file, format }, *hasher.finalize().as_bytes()))
    }
}

fn refused(trouble: Trouble) -> Failure {
    let refusal = match trouble.refusal() {
        Ok(refusal) => refusal,
        Err(failure) => return failure,
    };
    let code = match refusal.status {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::INSUFFICIENT_STORAGE => "disk_full",
        _ => "invalid",
    };
    Failure { code, ..refusal.into_failure() }
}

/// A file in the words of OpenAPI.
pub fn described() -> Value {
    let text = json!({"schema": {"type": "string"}});
    let kinds = KINDS.iter().map(|(kind, ..)| ((*kind).to_owned(), text.clone()));
    json!({"required": true, "content": kinds.collect::<serde_json::Map<_, _>>()})
}
