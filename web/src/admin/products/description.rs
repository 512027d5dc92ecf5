//! A description in a text box: paragraphs as plain text, anything richer as HTML.

/// The text for the box. Plain paragraphs lose their tags; whatever has others is shown as it is.
pub fn to_text(html: &str) -> String {
    plain_paragraphs(html).map_or_else(|| html.to_owned(), |paragraphs| paragraphs.join("\n\n"))
}

/// What the box means: HTML when it has tags, else paragraphs with empty lines between them.
pub fn to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    if text.contains("</") || text.contains("<br") {
        return text;
    }
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>", escape(paragraph))).collect()
}

fn plain_paragraphs(html: &str) -> Option<Vec<String>> {
    if !html.contains('<') {
        return Some(vec![unescape(html)]);
    }
    let mut paragraphs = Vec::new();
    let mut rest = html.trim();
    while !rest.is_empty() {
        let (inside, after) = rest.strip_prefix("<p>")?.split_once("</p>")?;
        if inside.contains('<') {
            return None;
        }
        paragraphs.push(unescape(inside));
        rest = after.trim_start();
    }
    Some(paragraphs)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paragraphs_are_text_in_the_box_and_come_back_the_same() {
        let html = "<p>Wash at 30 &amp; dry.</p><p>1 &lt; 2</p>";
        assert_eq!(to_text(html), "Wash at 30 & dry.\n\n1 < 2");
        assert_eq!(to_html(&to_text(html)), html);
        assert_eq!(to_html("a\r\n\r\nb"), "<p>a</p><p>b</p>");
    }

    #[test]
    fn richer_text_stays_html() {
        let html = "<h2>Care</h2><ul><li>Wash</li></ul>";
        assert_eq!(to_text(html), html);
        assert_eq!(to_html(html), html);
    }
}
