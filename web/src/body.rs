//! Request bodies, with a limit and with errors that say what to do.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use souk_types::limits::BODY_BYTES_MAX;

use crate::{error::Failure, format::size, state::AppState};

/// Pairs of one form, so that nobody sends millions.
const PAIRS_MAX: usize = 4_000;

/// A form's fields in the order in which they were sent; a name may come several times.
#[derive(Debug, Clone, Default)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// The last value of a field, trimmed; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// The last value of a field as it was sent (passwords); empty when it was not sent.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The fields `name[key]`, by key.
    pub fn keyed<'f>(&'f self, name: &'f str) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.0.iter().filter_map(move |(key, value)| {
            let key = key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
            Some((key, value.trim()))
        })
    }
}

impl FromRequest<AppState> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        if kind(request.headers()) != Kind::Form {
            return Err(unsupported());
        }
        form(&bytes(request, state).await?)
    }
}

/// A body that is either a form or JSON.
#[derive(Debug)]
pub enum Payload<T> {
    /// From a page.
    Form(Form),
    /// From a program.
    Json(T),
}

impl<T: DeserializeOwned> FromRequest<AppState> for Payload<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        match kind(request.headers()) {
            Kind::Form => form(&bytes(request, state).await?).map(Self::Form),
            Kind::Json => {
                let body = bytes(request, state).await?;
                json(&body).map(Self::Json)
            }
            Kind::Other => Err(unsupported()),
        }
    }
}

/// Reads JSON; a value that does not fit is told by its field.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| match error.inner().is_data() {
        true => misfit(&error),
        false => Failure::bad_request(format!("The JSON cannot be read: {}", error.inner())),
    })
}

/// A value that does not fit, told by its field. Serde says where something is missing, and names it in words only.
pub fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let (place, message) = (error.path().to_string(), error.inner().to_string());
    let Some((missing, _)) = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) else {
        return Failure::invalid(&place, &message);
    };
    let field = if place == "." { missing.to_owned() } else { format!("{place}.{missing}") };
    Failure::invalid(&field, "must be given")
}

#[derive(PartialEq, Eq)]
enum Kind {
    Form,
    Json,
    Other,
}

fn kind(headers: &HeaderMap) -> Kind {
    let Some(given) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        // A form without fields has no body, and some programs then leave out its type.
        return Kind::Form;
    };
    match given.split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => Kind::Form,
        "application/json" => Kind::Json,
        _ => Kind::Other,
    }
}

/// Says whether a body is JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    kind(headers) == Kind::Json
}

/// Another kind of body is wanted.
pub fn unsupported() -> Failure {
    Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "This kind of content is not accepted here.",
    )
}

fn form(body: &[u8]) -> Result<Form, Failure> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body)
        .map_err(|error| Failure::bad_request(format!("The form cannot be read: {error}")))?;
    if pairs.len() > PAIRS_MAX {
        return Err(Failure::bad_request("The form has too many fields."));
    }
    Ok(Form(pairs))
}

/// Reads a body, up to the limit.
///
/// # Errors
/// Too large, or broken off.
pub async fn bytes(request: Request, state: &AppState) -> Result<Bytes, Failure> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(failed) if failed.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            too_large(BODY_BYTES_MAX)
        }
        _ => Failure::bad_request("The request broke off."),
    })
}

/// The body is larger than allowed.
pub fn too_large(bytes_max: usize) -> Failure {
    let message = format!("What was sent is larger than the {} that are taken here.", size(bytes_max as u64));
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
}
