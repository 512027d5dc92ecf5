//! Forms that bring files along.

use axum::{
    body::Body,
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
};
use futures::{StreamExt as _, stream};
use http::{StatusCode, header};
use souk_types::limits::{BODY_BYTES_MAX, IMAGE_BYTES_MAX, PRODUCT_VARIANTS_MAX};

use crate::{
    body::{Form, too_large},
    error::Failure,
    format::size,
};

/// Bytes of such a form. More than one picture takes, so that one that is a little too large can be refused in its
/// place and nothing else that was entered is lost.
pub const FORM_BYTES_MAX: usize = 3 * IMAGE_BYTES_MAX + BODY_BYTES_MAX;
/// Fields of such a form: eight for each variant, and the product's own.
const FIELDS_MAX: usize = 8 * PRODUCT_VARIANTS_MAX + 1_000;

/// The fields of a form that brings files along, one after the other.
pub struct Parts {
    /// The fields.
    pub multipart: Multipart,
    /// Bytes of the whole form, where its sender says so.
    pub bytes: Option<u64>,
}

impl<S: Send + Sync> FromRequest<S> for Parts {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        // The parser takes all that is there before it gives anything out. From a fast sender that would be the
        // whole file, in memory; so only one piece is ever there, and the end comes by itself.
        let one_by_one = |body: Body| {
            Body::from_stream(stream::unfold(body.into_data_stream(), |mut pieces| async {
                tokio::task::yield_now().await;
                pieces.next().await.map(|piece| (piece, pieces))
            }))
        };
        let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let bytes = declared.and_then(|length| length.parse().ok());
        let multipart = Multipart::from_request(request.map(one_by_one), state).await;
        multipart.map(|multipart| Self { multipart, bytes }).map_err(|_| {
            let text = "Send this as a form with files (multipart/form-data).";
            Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", text)
        })
    }
}

/// A form and its pictures.
#[derive(Debug, Default)]
pub struct Sent {
    /// The other fields.
    pub form: Form,
    /// The files that were chosen.
    pub files: Vec<Vec<u8>>,
    /// A file was larger than [`IMAGE_BYTES_MAX`] and is left out.
    pub file_too_large: bool,
}

/// Reads the whole form.
///
/// # Errors
/// Too large, or broken off.
pub async fn read(parts: Parts) -> Result<Sent, Failure> {
    let Parts { mut multipart, bytes } = parts;
    if bytes.is_some_and(|bytes| bytes > FORM_BYTES_MAX as u64) {
        return Err(form_too_large());
    }
    let mut sent = Sent::default();
    let mut text_bytes_left = BODY_BYTES_MAX;
    let mut fields = 0;
    while let Some(mut field) = multipart.next_field().await.map_err(|error| broken(&error))? {
        fields += 1;
        if fields > FIELDS_MAX {
            return Err(Failure::bad_request("The form has too many fields."));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            match collect(&mut field, IMAGE_BYTES_MAX).await? {
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) => sent.files.push(bytes),
                None => sent.file_too_large = true,
            }
        } else {
            let bytes = collect(&mut field, text_bytes_left).await?.ok_or_else(|| too_large(BODY_BYTES_MAX))?;
            text_bytes_left -= bytes.len();
            let text = String::from_utf8(bytes).map_err(|_| Failure::bad_request("The form is not UTF-8 text."))?;
            sent.form.0.push((name, text));
        }
    }
    Ok(sent)
}

/// The field's bytes; `None` when there are more than `bytes_max`, which are read and dropped.
async fn collect(field: &mut Field<'_>, bytes_max: usize) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        fits &= bytes.len() + chunk.len() <= bytes_max;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok(fits.then_some(bytes))
}

fn form_too_large() -> Failure {
    let mut failure = too_large(FORM_BYTES_MAX);
    let each = size(IMAGE_BYTES_MAX as u64);
    failure.message.push_str(&format!(" A picture may have {each} at most. Nothing was saved."));
    failure
}

/// What came in is no form, or is too large.
pub fn broken(error: &MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return form_too_large();
    }
    Failure::bad_request("The upload broke off or cannot be read. Nothing was saved; try again.")
}
