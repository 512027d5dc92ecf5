//! Pictures in all sizes.

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use souk_contracts::catalog::{IMAGE_WIDTHS, ImageFormat};

use crate::{
    assets::etag,
    error::{Answer, Failure},
    headers,
    state::AppState,
};

/// Digits of a picture's hash, at most.
const HASH_BYTES_MAX: usize = 128;
/// A placeholder stands in until the picture is there.
const PLACEHOLDER: HeaderValue = HeaderValue::from_static("public, max-age=30");
/// A drawing is a document: it may style itself and do nothing else.
const DRAWING_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// `GET /images/{hash}-{width}.{webp|jpg|svg}`.
pub async fn image(State(state): State<AppState>, Path(file): Path<String>, headers: HeaderMap) -> Answer {
    let (hash, width, format) = parse(&file).ok_or_else(Failure::not_found)?;
    // What is named by its content is still the same: no need to look.
    let named = HeaderValue::try_from(format!("\"{file}\"")).map_err(|_| Failure::not_found())?;
    if headers.get(header::IF_NONE_MATCH) == Some(&named) {
        return Ok(answer(StatusCode::NOT_MODIFIED, Body::empty(), headers::IMMUTABLE, named));
    }
    let cx = state.shared_cx();
    let found = state.catalog.rendition(&cx, hash.to_owned(), width, format).await?;
    let rendition = found.ok_or_else(Failure::not_found)?;
    let content_type = HeaderValue::from_static(match rendition.format {
        ImageFormat::Webp => "image/webp",
        ImageFormat::Jpeg => "image/jpeg",
        ImageFormat::Svg => "image/svg+xml",
    });
    let (keep, tag) = match rendition.placeholder {
        true => (PLACEHOLDER, etag(&rendition.bytes.0)),
        false => (headers::IMMUTABLE, named),
    };
    let mut response = answer(StatusCode::OK, Body::from(rendition.bytes.0), keep, tag);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    if rendition.format == ImageFormat::Svg {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, DRAWING_POLICY);
    }
    Ok(response)
}

fn answer(status: StatusCode, body: Body, keep: HeaderValue, tag: HeaderValue) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, keep);
    response.headers_mut().insert(header::ETAG, tag);
    response
}

fn parse(file: &str) -> Option<(&str, u32, ImageFormat)> {
    let (name, ending) = file.rsplit_once('.')?;
    let (hash, width) = name.rsplit_once('-')?;
    let width = IMAGE_WIDTHS.into_iter().find(|known| known.to_string() == width)?;
    let plain =
        !hash.is_empty() && hash.len() <= HASH_BYTES_MAX && hash.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then_some((hash, width, ending.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_known_form_reach_the_catalogue() {
        assert_eq!(parse("ab12-400.webp"), Some(("ab12", 400, ImageFormat::Webp)));
        assert_eq!(parse("ab12-1600.svg"), Some(("ab12", 1600, ImageFormat::Svg)));
        for wrong in ["ab12-401.webp", "ab12-400.png", "../x-400.webp", "-400.webp", "ab12.webp", "ab12-0400.webp"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
