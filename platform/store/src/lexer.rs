//! Splits SQL text into tokens, so that a translation never touches a literal or a comment.

/// A piece of SQL text; the pieces put together are the text again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Letters, digits and underscores: a keyword, a name or a number.
    Word(&'a str),
    /// One other character.
    Symbol(&'a str),
    /// A string literal or a quoted name.
    Quoted(&'a str),
    /// White space or a comment.
    Blank(&'a str),
}

impl<'a> Token<'a> {
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Symbol(text) | Self::Quoted(text) | Self::Blank(text) => text,
        }
    }

    /// Says whether this is the keyword, in any case.
    pub(crate) fn is(self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> Tokens<'_> {
    Tokens { rest: text }
}

pub(crate) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Takes up to and including `end`, looked for after the first `skip` bytes.
    fn take_through(&mut self, skip: usize, end: &str) -> &'a str {
        let bytes = self.rest[skip..].find(end).map_or(self.rest.len(), |at| skip + at + end.len());
        self.take(bytes)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let bytes = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        self.take(bytes)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let first = self.rest.chars().next()?;
        Some(if first.is_whitespace() {
            Token::Blank(self.take_while(char::is_whitespace))
        } else if self.rest.starts_with("--") {
            Token::Blank(self.take_while(|c| c != '\n'))
        } else if self.rest.starts_with("/*") {
            Token::Blank(self.take_through(2, "*/"))
        } else if first == '\'' || first == '"' {
            // A doubled quote inside a literal makes two tokens, which put together are the same text.
            Token::Quoted(self.take_through(1, if first == '"' { "\"" } else { "'" }))
        } else if is_word(first) {
            Token::Word(self.take_while(is_word))
        } else {
            Token::Symbol(self.take(first.len_utf8()))
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_put_together_are_the_text() {
        let text = "SELECT 'it''s ?1', \"a?\" -- ?2\n, x /* {y} */ FROM t WHERE é = ?10 AND 'open";
        assert_eq!(tokens(text).map(Token::text).collect::<String>(), text);
    }

    #[test]
    fn literals_and_comments_are_whole() {
        let found: Vec<_> = tokens("a '?1' --?2\n?3").collect();
        assert!(found.contains(&Token::Quoted("'?1'")));
        assert!(found.contains(&Token::Blank("--?2")));
        assert_eq!(found[found.len() - 2..], [Token::Symbol("?"), Token::Word("3")]);
    }
}
