//! Singular and plural of an English word are the same word to a searcher; other endings carry meaning
//! (a printer is not a print), so nothing but the plural is taken off.

use std::borrow::Cow;

/// Plurals that no rule finds, and singulars that look like plurals.
const IRREGULAR: &[(&str, &str)] = &[
    ("bras", "bra"),
    ("buses", "bus"),
    ("calves", "calf"),
    ("children", "child"),
    ("feet", "foot"),
    ("gases", "gas"),
    ("geese", "goose"),
    ("halves", "half"),
    ("heroes", "hero"),
    ("knives", "knife"),
    ("lens", "lens"),
    ("lenses", "lens"),
    ("loaves", "loaf"),
    ("men", "man"),
    ("mice", "mouse"),
    ("potatoes", "potato"),
    ("scarves", "scarf"),
    ("shelves", "shelf"),
    ("teeth", "tooth"),
    ("tomatoes", "tomato"),
    ("wolves", "wolf"),
    ("women", "woman"),
];

/// Takes the plural off a folded word. Extends the S-stemmer of Harman (1991, "How effective is
/// suffixing?") by the endings after hissing sounds, so that *switches* meets *switch*.
pub fn stem(word: &str) -> Cow<'_, str> {
    if let Ok(found) = IRREGULAR.binary_search_by(|(plural, _)| (*plural).cmp(word)) {
        return Cow::Borrowed(IRREGULAR[found].1);
    }
    if word.len() < 4 || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(word);
    }
    let singular = match word.strip_suffix('s') {
        Some(rest) if !(rest.ends_with('s') || rest.ends_with('u') || rest.ends_with('i')) => rest,
        _ => word,
    };
    if singular.len() > 4
        && let Some(root) = singular.strip_suffix("ie")
    {
        // batteries, battery; movies, movie.
        return Cow::Owned(format!("{root}y"));
    }
    for hissing in ["xe", "che", "she", "sse", "zze"] {
        if singular.ends_with(hissing) {
            return Cow::Borrowed(&singular[..singular.len() - 1]);
        }
    }
    Cow::Borrowed(singular)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural_meet() {
        for (singular, plural) in [
            ("battery", "batteries"),
            ("box", "boxes"),
            ("cache", "caches"),
            ("case", "cases"),
            ("glass", "glasses"),
            ("laptop", "laptops"),
            ("lens", "lenses"),
            ("movie", "movies"),
            ("mouse", "mice"),
            ("shoe", "shoes"),
            ("switch", "switches"),
            ("tie", "ties"),
            ("woman", "women"),
        ] {
            assert_eq!(stem(singular), stem(plural), "{singular}, {plural}");
        }
    }

    #[test]
    fn other_words_stay_apart() {
        for (one, other) in [("cap", "cape"), ("print", "printer"), ("tap", "tape"), ("ps4", "ps"), ("gas", "ga")] {
            assert_ne!(stem(one), stem(other), "{one}, {other}");
        }
    }

    #[test]
    fn irregular_words_can_be_found_by_bisection() {
        assert!(IRREGULAR.is_sorted_by_key(|(plural, _)| *plural));
    }
}
