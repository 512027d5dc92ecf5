//! The piece of a description that shows why it was found.

use std::collections::HashSet;

use souk_contracts::search::Fragment;
use souk_text::each_word;

use super::stem;

/// Bytes of a snippet, about.
const SNIPPET_BYTES: usize = 180;
/// Bytes of a description that are looked at.
const LOOKED_AT_BYTES: usize = 4 * 1024;

/// Cuts out of a text the piece with the most of the words looked for, and marks them.
pub fn snippet(text: &str, wanted: &HashSet<String>) -> Vec<Fragment> {
    let text = &text[..text.floor_char_boundary(LOOKED_AT_BYTES)];
    let mut words: Vec<(usize, usize)> = Vec::with_capacity(text.len() / 6);
    let mut found: Vec<(usize, String)> = Vec::new();
    each_word(text, |word, start, end, _| {
        let stemmed = stem(word);
        if wanted.contains(stemmed.as_ref()) {
            found.push((words.len(), stemmed.into_owned()));
        }
        words.push((start, end));
    });
    let (start, end) = window(text, &words, &found);
    let mut fragments = Vec::new();
    let mut push = |piece: &str, found: bool| {
        if !piece.is_empty() {
            fragments.push(Fragment { text: piece.to_owned(), found });
        }
    };
    let mut at = start;
    if start > 0 {
        push("… ", false);
    }
    for (index, _) in &found {
        let (word_start, word_end) = words[*index];
        if word_start >= at && word_end <= end {
            push(&text[at..word_start], false);
            push(&text[word_start..word_end], true);
            at = word_end;
        }
    }
    push(&text[at..end], false);
    if end < text.len() {
        push(" …", false);
    }
    fragments
}

/// Where the best piece starts and ends: most different words found, then most words, then earliest.
fn window(text: &str, words: &[(usize, usize)], found: &[(usize, String)]) -> (usize, usize) {
    let mut best = (0, 0, 0);
    for (place, (first, _)) in found.iter().enumerate() {
        let start = words[*first].0;
        let inside = found[place..].iter().take_while(|(index, _)| words[*index].1 <= start + SNIPPET_BYTES * 3 / 4);
        let mut different = HashSet::new();
        let count = inside.map(|(_, stemmed)| different.insert(stemmed)).count();
        if (different.len(), count) > (best.0, best.1) {
            best = (different.len(), count, *first);
        }
    }
    // A few words before the first one found, so that it can be understood.
    let mut first = best.2;
    let anchor = words.get(first).map_or(0, |word| word.0);
    while first > 0 && anchor - words[first - 1].0 < SNIPPET_BYTES / 4 {
        first -= 1;
    }
    let start = if first == 0 { 0 } else { words[first].0 };
    let end = if text.len() - start <= SNIPPET_BYTES {
        text.len()
    } else {
        let limit = start + SNIPPET_BYTES;
        words.iter().rev().find(|word| word.1 <= limit).map_or(text.floor_char_boundary(limit), |word| word.1)
    };
    (start, end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(words: &[&str]) -> HashSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn text_of(fragments: &[Fragment]) -> String {
        fragments.iter().map(|fragment| fragment.text.as_str()).collect()
    }

    #[test]
    fn found_words_are_marked_whatever_their_form() {
        let fragments = snippet("A case for LAPTOPS & more", &wanted(&["laptop", "case"]));
        let found: Vec<&str> =
            fragments.iter().filter(|fragment| fragment.found).map(|fragment| fragment.text.as_str()).collect();
        assert_eq!(found, ["case", "LAPTOPS"]);
        assert_eq!(text_of(&fragments), "A case for LAPTOPS & more");
    }

    #[test]
    fn the_piece_with_the_most_words_is_shown() {
        let text = format!("{} a blue case with a zip {}", "word ".repeat(200), "rest ".repeat(200));
        let fragments = snippet(&text, &wanted(&["blue", "zip"]));
        assert_eq!(fragments.iter().filter(|fragment| fragment.found).count(), 2);
        let shown = text_of(&fragments);
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.len() < 260, "{shown}");
    }

    #[test]
    fn without_a_find_the_beginning_is_shown() {
        assert_eq!(text_of(&snippet("Short text.", &wanted(&["other"]))), "Short text.");
        assert!(snippet("", &wanted(&["other"])).is_empty());
    }

    #[test]
    fn letters_of_several_bytes_are_not_cut() {
        let text = "ä€😀".repeat(300);
        assert!(!snippet(&text, &wanted(&["a"])).is_empty());
    }
}
