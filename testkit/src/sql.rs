//! Finds every SQL text of a service in its sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// An SQL text as it stands in the sources.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Where it stands: file and line.
    pub place: String,
    /// The text.
    pub text: String,
    /// It may do without the shard key.
    pub fan_out: bool,
}

impl Statement {
    /// Says whether a word stands in the text.
    pub fn mentions(&self, word: &str) -> bool {
        self.text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|found| found == word)
    }
}

/// Every `sql!` text below a folder of sources.
///
/// # Panics
/// When a file cannot be read, or a text is not a plain literal.
pub fn statements(folder: &Path) -> Vec<Statement> {
    let mut found = Vec::new();
    for file in rust_files(folder) {
        let source = fs::read_to_string(&file).unwrap();
        for (at, _) in source.match_indices("sql!(") {
            let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
            if source[line_start..at].trim_start().starts_with("//") {
                continue;
            }
            let place = format!("{}:{}", file.display(), source[..at].matches('\n').count() + 1);
            let rest = source[at + "sql!(".len()..].trim_start();
            let (fan_out, rest) = match rest.strip_prefix("fan_out") {
                Some(rest) => (true, rest.trim_start()),
                None => (false, rest),
            };
            let literal = rest.strip_prefix('"').unwrap_or_else(|| panic!("{place}: not a plain literal"));
            found.push(Statement { place, text: unescape(literal), fan_out });
        }
    }
    found
}

/// The content of a string literal whose opening quote is gone.
fn unescape(literal: &str) -> String {
    let mut text = String::new();
    let mut letters = literal.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('\n') => text.push(' '),
                Some(other) => text.push(other),
                None => break,
            },
            other => text.push(other),
        }
    }
    text
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
