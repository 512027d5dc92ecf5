//! A carrier that staff chose: what may be said of it.

use souk_contracts::delivery::ChosenCarrier;
use souk_types::{Fault, FieldError, limits::LINE_BYTES_MAX};

/// Characters of a carrier's name and of its number for a parcel.
const NAME_CHARS_MAX: usize = 80;
const SCHEME: &str = "https://";

/// Trims what was entered, and checks it.
///
/// # Errors
/// [`ErrorKind::Invalid`](souk_types::ErrorKind::Invalid) with every wrong field.
pub fn checked(chosen: ChosenCarrier) -> Result<ChosenCarrier, Fault> {
    let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let chosen = ChosenCarrier {
        name: chosen.name.trim().to_owned(),
        tracking_number: filled(chosen.tracking_number),
        tracking_url: filled(chosen.tracking_url),
    };
    let one_line = |text: &str| text.chars().count() <= NAME_CHARS_MAX && !text.chars().any(char::is_control);
    let mut wrong = Vec::new();
    if chosen.name.is_empty() || !one_line(&chosen.name) {
        wrong.push(FieldError::new("carrier.name", format!("must be 1 to {NAME_CHARS_MAX} characters on one line")));
    }
    if chosen.tracking_number.as_deref().is_some_and(|number| !one_line(number)) {
        let message = format!("must be at most {NAME_CHARS_MAX} characters on one line");
        wrong.push(FieldError::new("carrier.tracking_number", message));
    }
    if let Some(Err(reason)) = chosen.tracking_url.as_deref().map(check_url) {
        wrong.push(FieldError::new("carrier.tracking_url", reason));
    }
    if wrong.is_empty() { Ok(chosen) } else { Err(Fault::invalid_fields(wrong)) }
}

/// The shopper is sent there: only ever to a page of a host that is plain to read.
fn check_url(url: &str) -> Result<(), &'static str> {
    if url.len() > LINE_BYTES_MAX {
        return Err("is too long");
    }
    let scheme = url.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME));
    let Some(rest) = url.get(SCHEME.len()..).filter(|_| scheme) else {
        return Err("must begin with https://");
    };
    let forbidden = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'\\' | b'"' | b'<' | b'>');
    if url.bytes().any(forbidden) {
        return Err("must be an address without spaces, as the browser shows it");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let port = host.split_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok());
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let whole = name.contains('.') && !name.starts_with('.') && !name.contains("..");
    if letters && whole && port { Ok(()) } else { Err("must name a host, like https://carrier.example/track") }
}

/// For the order's history: `Post, RR123`.
pub fn in_words(carrier: &ChosenCarrier) -> String {
    let number = carrier.tracking_number.as_deref();
    [Some(carrier.name.as_str()), number].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, number: &str, url: &str) -> ChosenCarrier {
        ChosenCarrier {
            name: name.to_owned(),
            tracking_number: Some(number.to_owned()),
            tracking_url: Some(url.to_owned()),
        }
    }

    #[test]
    fn what_was_entered_is_trimmed_and_what_is_empty_is_left_out() {
        let bare = checked(chosen(" Post ", " ", "")).unwrap();
        assert_eq!(bare, ChosenCarrier { name: "Post".to_owned(), ..ChosenCarrier::default() });
        let whole = checked(chosen("Post", " RR 1 ", " https://post.example:8443/t?n=RR1#now ")).unwrap();
        assert_eq!(in_words(&whole), "Post, RR 1");
        assert_eq!(whole.tracking_url.as_deref(), Some("https://post.example:8443/t?n=RR1#now"));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let fault = checked(chosen(" ", "1\n2", "http://post.example")).unwrap_err();
        let fields: Vec<_> = fault.fields.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["carrier.name", "carrier.tracking_number", "carrier.tracking_url"]);
    }

    #[test]
    fn a_link_leads_to_a_plain_host_by_https_only() {
        for bad in [
            "post.example/t",
            "javascript:alert(1)",
            "//post.example",
            "https://",
            "https:///t",
            "https://post",
            "https://post.example@evil.example/",
            "https://post..example",
            "https://post.example:x/",
            "https://post.example/a b",
            "https://post.example/\"onclick",
            "https://póst.example/",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
        assert!(check_url(&format!("https://post.example/{}", "a".repeat(LINE_BYTES_MAX))).is_err());
        assert!(check_url("HTTPS://Post.Example").is_ok());
    }
}
