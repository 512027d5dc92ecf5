use souk_types::slug::SLUG_BYTES_MAX;
pub(crate) use souk_types::slug::slugify;

/// Says whether a text can stand in an address as it is.
pub(crate) fn is_slug(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.len() <= SLUG_BYTES_MAX && text.bytes().all(fits)
}

/// The slug with a number behind it: for the second, third … of a name.
pub(crate) fn numbered(slug: &str, number: u32) -> String {
    let suffix = format!("-{number}");
    let room = SLUG_BYTES_MAX.saturating_sub(suffix.len()).min(slug.len());
    format!("{}{suffix}", slug[..room].trim_end_matches('-'))
}

/// A SKU for a variant that came without one: `t-shirt` and `Blue`, `M` make `T-SHIRT-BLUE-M`.
pub(crate) fn sku(slug: &str, options: &[String]) -> String {
    let parts = options.iter().map(|value| slugify(value)).filter(|part| !part.is_empty());
    std::iter::once(slug.to_owned()).chain(parts).collect::<Vec<_>>().join("-").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_finds_room() {
        assert_eq!(numbered("shirt", 2), "shirt-2");
        assert_eq!(numbered(&"a".repeat(SLUG_BYTES_MAX), 12).len(), SLUG_BYTES_MAX);
    }

    #[test]
    fn a_sku_is_made_of_slug_and_options() {
        assert_eq!(sku("t-shirt", &["Blue".to_owned(), "XL / tall".to_owned()]), "T-SHIRT-BLUE-XL-TALL");
    }

    proptest! {
        #[test]
        fn what_comes_out_is_a_slug_and_stays_as_it_is(text in ".{0,300}") {
            let slug = slugify(&text);
            prop_assert!(slug.is_empty() || is_slug(&slug));
            prop_assert_eq!(slugify(&slug), slug.clone());
        }
    }
}
