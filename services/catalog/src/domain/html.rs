use std::{collections::HashSet, sync::LazyLock};

use ammonia::Builder;

/// What a description may contain.
const TAGS: [&str; 16] =
    ["a", "br", "em", "h2", "h3", "h4", "li", "ol", "p", "strong", "table", "tbody", "td", "th", "thead", "tr"];
/// Cleaning what is clean must change nothing, else an export would not be the same when it comes back; nested tables
/// may need more than one pass.
const PASSES_MAX: usize = 4;

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::default();
    let tags: HashSet<&str> = TAGS.into_iter().chain(["ul"]).collect();
    cleaner
        .tags(tags)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .generic_attributes(HashSet::new())
        .tag_attributes([("a", HashSet::from(["href", "title"])), ("td", HashSet::from(["colspan", "rowspan"]))].into())
        .link_rel(Some("noopener nofollow"));
    cleaner
});

/// Takes out of a description everything that could do harm or break the page.
pub(crate) fn sanitise(html: &str) -> String {
    let mut html = html.replace("\r\n", "\n").replace(['\r', '\0'], "\n");
    if html.contains(['<', '&', '>']) {
        for _ in 0..PASSES_MAX {
            let cleaned = CLEANER.clean(&html).to_string();
            if cleaned == html {
                break;
            }
            html = cleaned;
        }
    }
    let trimmed = html.trim();
    if trimmed.len() == html.len() { html } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_do_harm_is_gone() {
        let html = r#"<p onclick="x()">Hi<script>alert(1)</script> <a href="javascript:x()">there</a><img src=x onerror=y></p>"#;
        assert_eq!(sanitise(html), r#"<p>Hi <a rel="noopener nofollow">there</a></p>"#);
    }

    #[test]
    fn what_a_description_needs_stays() {
        let html = "<h2>Care</h2><ul><li><strong>Wash</strong> at 30&nbsp;°C</li></ul><table><tbody><tr><td colspan=\"2\">x</td></tr></tbody></table>";
        assert_eq!(sanitise(html), html);
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("<p>"), Just("</p>"), Just("<table>"), Just("<tr>"), Just("<td>"), Just("</table>"), Just("<a href='/x'>"),
                    Just("</a>"), Just("<strong>"), Just("<ul><li>"), Just("<div>"), Just("a & b"), Just(" x < y "), Just("\r\n"),
                    Just("<svg><style>"), Just("&lt;b&gt;"), Just("\u{0}"), Just("<h2>")
                ],
                0..20,
            )
        ) {
            let once = sanitise(&parts.concat());
            prop_assert_eq!(sanitise(&once), once.clone());
        }
    }
}
