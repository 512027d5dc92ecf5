//! The last part of an address, made of a name: the same everywhere, so that whoever knows the name knows the address.

use deunicode::deunicode_with_tofu_cow;

/// Bytes of a slug, at most.
pub const SLUG_BYTES_MAX: usize = 200;

/// The last part of an address for any text: `Crème brûlée (2 pcs)` becomes `creme-brulee-2-pcs`. Empty when
/// nothing in the text can be written in Latin letters.
pub fn slugify(text: &str) -> String {
    let latin = deunicode_with_tofu_cow(text, "-");
    let mut slug = String::with_capacity(latin.len().min(SLUG_BYTES_MAX));
    for byte in latin.bytes().filter(|byte| *byte != b'\'') {
        if slug.len() == SLUG_BYTES_MAX {
            break;
        }
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            slug.push(byte.to_ascii_lowercase() as char);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diacritics_become_plain_letters() {
        assert_eq!(slugify("Crème brûlée (2 pcs)"), "creme-brulee-2-pcs");
        assert_eq!(slugify("  Straße & Łódź!  "), "strasse-lodz");
        assert_eq!(slugify("Men's shirt"), "mens-shirt");
        assert_eq!(slugify("!!!"), "");
    }
}
