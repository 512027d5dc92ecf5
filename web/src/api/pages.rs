//! Places in lists: opaque to callers, and good only for the list that they were made for.

use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use serde::Serialize;
use souk_types::FieldError;

use crate::error::Failure;

/// Bytes of the digest that ties a place to its list.
const TIE_BYTES: usize = 6;

/// The cursor of a place in a list. The list is told apart by all that was asked of it but the place.
pub fn cursor(list: &impl Serialize, place: &str) -> String {
    let mut bytes = tie(list).to_vec();
    bytes.extend_from_slice(place.as_bytes());
    BASE64URL_NOPAD.encode(&bytes)
}

/// The place that a cursor means in a list.
///
/// # Errors
/// Not found, when it was made for another list or by somebody else.
pub fn place(list: &impl Serialize, cursor: &str) -> Result<String, Failure> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    let found = bytes.as_deref().and_then(|bytes| bytes.split_first_chunk::<TIE_BYTES>());
    let place = found.filter(|(tied, _)| **tied == tie(list)).and_then(|(_, place)| std::str::from_utf8(place).ok());
    place.map(ToOwned::to_owned).ok_or_else(lost)
}

/// There is no such place in the list.
pub fn lost() -> Failure {
    let text = "This list has no such place. Ask for it again without a cursor.";
    let fields = vec![FieldError::new("cursor", "was made for another list, filter or order")];
    Failure { fields, ..Failure::new(StatusCode::NOT_FOUND, "cursor_unknown", text) }
}

fn tie(list: &impl Serialize) -> [u8; TIE_BYTES] {
    let mut hasher = blake3::Hasher::new_derive_key("souk web 2026 cursors");
    hasher.update(&serde_json::to_vec(list).unwrap_or_default());
    hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let made = cursor(&("products", "red"), "24");
        assert_eq!(place(&("products", "red"), &made).unwrap(), "24");
        assert_eq!(place(&("products", "blue"), &made).unwrap_err().code, "cursor_unknown");
        assert!(place(&("products", "red"), "garbage!").is_err());
        assert!(place(&("products", "red"), "").is_err());
    }
}
