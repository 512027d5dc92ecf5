//! Conditional requests (RFC 9110, 13).

use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::error::Failure;

/// Said of a version that is not the present one.
pub const VERSION_CONFLICT: &str = "version_conflict";

/// The tag of a body: weak, because it may go out compressed or not.
pub fn tag(body: &[u8]) -> String {
    let hash = blake3::hash(body);
    let bytes = hash.as_bytes().first_chunk::<12>().copied().unwrap_or_default();
    format!("W/\"{}\"", data_encoding::HEXLOWER.encode(&bytes))
}

/// Says whether the caller has this already.
pub fn has_already(headers: &HeaderMap, tag: &str) -> bool {
    named(headers, &header::IF_NONE_MATCH).any(|known| known == "*" || weakly(&known) == weakly(tag))
}

/// The tag of a version.
pub fn version_tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version that the caller saw.
///
/// # Errors
/// Precondition required, when the caller names none; precondition failed, when that cannot be a version.
pub fn seen_version(headers: &HeaderMap) -> Result<i64, Failure> {
    let mut tags = named(headers, &header::IF_MATCH);
    let Some(tag) = tags.next() else {
        let text = "Send the ETag of what you saw as If-Match, so that nobody else's change is lost.";
        return Err(Failure::new(StatusCode::PRECONDITION_REQUIRED, "version_missing", text));
    };
    let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
    version.ok_or_else(|| {
        let text = "If-Match is not the ETag of a version of this. Read it again.";
        Failure::new(StatusCode::PRECONDITION_FAILED, VERSION_CONFLICT, text)
    })
}

/// What a service refuses because the version is another one by now was refused for the caller's precondition.
pub fn outdated(failure: Failure) -> Failure {
    match failure.code {
        VERSION_CONFLICT => Failure { status: StatusCode::PRECONDITION_FAILED, ..failure },
        _ => failure,
    }
}

fn weakly(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn named<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = String> + 'h {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_is_known_by_any_of_its_forms() {
        let tag = tag(b"hello");
        let asked = |text: &str| {
            has_already(&HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(text).unwrap())]), &tag)
        };
        assert!(asked(&tag) && asked("*") && asked(weakly(&tag)) && asked(&format!("\"a\", {tag}")));
        assert!(!asked("\"a\"") && !asked(&tag[..tag.len() - 2]));
        assert!(!has_already(&HeaderMap::new(), &tag));
    }
}
