//! Files that are sent as they are.

use axum::body::{Body, to_bytes};
use futures::TryStreamExt as _;
use http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value, json};
use souk_contracts::{ImportId, catalog::FileFormat};
use souk_files::Received;
use souk_types::limits::{IMAGE_BYTES_MAX, IMPORT_BYTES_MAX};

use crate::{
    admin::imports::{Trouble, receive},
    body::{too_large, unsupported},
    error::Failure,
    state::AppState,
};

/// What is imported, and how it is read.
const IMPORTS: [(&str, FileFormat, &str); 2] =
    [("text/csv", FileFormat::ShopifyCsv, "csv"), ("application/x-ndjson", FileFormat::JsonLines, "jsonl")];
/// What may be a picture. Which of them it is, is told by what is in it.
const PICTURES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// What an operation wants sent along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A file to be imported.
    Import,
    /// A picture.
    Picture,
}

/// A file that came in.
pub enum Upload {
    /// A file in the import folder, on the disk before anything is done with it and never in memory as a whole. It is
    /// removed again unless it is kept.
    Import {
        /// Keeps it.
        received: Received,
        /// Its name in the import folder.
        file: String,
        /// How to read it.
        format: FileFormat,
    },
    /// A picture.
    Picture(Vec<u8>),
}

impl Upload {
    /// Takes a file in; the second is the digest of what is in it.
    ///
    /// # Errors
    /// It is of no kind that is taken, too large, empty, or does not come.
    pub async fn take(
        state: &AppState,
        wanted: Wanted,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Self, [u8; 32]), Failure> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        match wanted {
            Wanted::Import => import(state, kind, declared, body).await,
            Wanted::Picture => picture(kind, declared, body).await,
        }
    }
}

async fn import(
    state: &AppState,
    kind: &str,
    declared: Option<u64>,
    body: Body,
) -> Result<(Upload, [u8; 32]), Failure> {
    let known = IMPORTS.into_iter().find(|(name, ..)| kind.eq_ignore_ascii_case(name));
    let (_, format, ending) = known.ok_or_else(unsupported)?;
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
    Ok((Upload::Import { received, file, format }, *hasher.finalize().as_bytes()))
}

async fn picture(kind: &str, declared: Option<u64>, body: Body) -> Result<(Upload, [u8; 32]), Failure> {
    if !PICTURES.iter().any(|name| kind.eq_ignore_ascii_case(name)) {
        return Err(unsupported());
    }
    if declared.is_some_and(|bytes| bytes > IMAGE_BYTES_MAX as u64) {
        return Err(too_large(IMAGE_BYTES_MAX));
    }
    let bytes = to_bytes(body, IMAGE_BYTES_MAX).await.map_err(|error| {
        let limit = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<LengthLimitError>());
        if limit.is_some() { too_large(IMAGE_BYTES_MAX) } else { Failure::bad_request("The request broke off.") }
    })?;
    let digest = *blake3::hash(&bytes).as_bytes();
    Ok((Upload::Picture(bytes.into()), digest))
}

fn refused(trouble: Trouble) -> Failure {
    let refusal = match trouble.refusal() {
        Ok(refusal) => refusal,
        Err(failure) => return failure,
    };
    let code = match refusal.status {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::INSUFFICIENT_STORAGE => "disk_full",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "invalid",
    };
    Failure { code, ..refusal.into_failure() }
}

/// A file in the words of OpenAPI.
pub fn described(wanted: Wanted) -> Value {
    let (kinds, schema) = match wanted {
        Wanted::Import => (IMPORTS.map(|(kind, ..)| kind).to_vec(), json!({"type": "string"})),
        Wanted::Picture => (PICTURES.to_vec(), json!({"type": "string", "format": "binary"})),
    };
    let kinds = kinds.into_iter().map(|kind| (kind.to_owned(), json!({"schema": schema})));
    json!({"required": true, "content": kinds.collect::<Map<_, _>>()})
}
