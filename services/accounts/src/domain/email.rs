/// RFC 5321, 4.5.3.1: a path of 256 bytes less its angle brackets.
const EMAIL_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;

/// An email address as it is kept and compared: trimmed and in lower case; `None` when it cannot be one.
///
/// Only what is certainly wrong is refused: whether an address exists, only a message to it can tell.
pub fn normalised(email: &str) -> Option<String> {
    let email = email.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let fits = email.len() <= EMAIL_BYTES_MAX && (1..=LOCAL_BYTES_MAX).contains(&local.len());
    let plain = !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c));
    let dotted = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let single = !local.contains('@') && !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    (fits && plain && dotted && single).then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_trimmed_and_in_lower_case() {
        assert_eq!(normalised(" Ann.Lee+Shop@Example.COM\n").as_deref(), Some("ann.lee+shop@example.com"));
        assert_eq!(normalised("ann@läden.example").as_deref(), Some("ann@läden.example"));
    }

    #[test]
    fn what_cannot_be_an_email_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for wrong in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "ann@example",
            "ann@.com",
            "ann@example..com",
            "a b@example.com",
            "ann@exa mple.com",
            "a@b@example.com",
            ".ann@example.com",
            "a..b@example.com",
            "<ann@example.com>",
            &long,
            "ann@example.com\r\nBcc: bob@example.com",
        ] {
            assert_eq!(normalised(wrong), None, "{wrong:?}");
        }
    }
}
