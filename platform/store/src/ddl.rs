//! Translates the shared dialect's CREATE TABLE to what each engine calls it.

use crate::{
    lexer::{Token, tokens},
    sql::{Dialect, expand},
};

/// Translates a migration.
///
/// SQLite: its own type names, and every table STRICT. Postgres: text columns in the "C" collation, so that texts sort
/// by their bytes on both engines and whatever the cluster's locale is.
pub(crate) fn translate(text: &str, dialect: Dialect) -> Result<String, String> {
    let expanded = expand(text, dialect)?;
    let all: Vec<Token<'_>> = tokens(&expanded).collect();
    let mut out = String::with_capacity(expanded.len() + 256);
    let mut statement = Statement::default();
    let mut at = 0;
    while let Some(token) = all.get(at).copied() {
        at += 1;
        if matches!(token, Token::Blank(_)) {
            out.push_str(token.text());
            continue;
        }
        statement.see(token);
        match (token, dialect) {
            (Token::Word("DOUBLE"), Dialect::Sqlite) if statement.defines_columns() => {
                at += all[at..].iter().position(|token| token.is("PRECISION")).map_or(0, |found| found + 1);
                out.push_str("REAL");
            }
            (Token::Word(word), Dialect::Sqlite) if statement.defines_columns() => out.push_str(sqlite_type(word)),
            (Token::Word("TEXT"), Dialect::Postgres) if statement.at_column_type() => {
                out.push_str("TEXT COLLATE \"C\"");
            }
            _ => out.push_str(token.text()),
        }
        if dialect == Dialect::Sqlite && statement.table_ends(token) {
            out.push_str(" STRICT");
        }
    }
    Ok(out)
}

fn sqlite_type(word: &str) -> &str {
    match word {
        "BIGINT" | "BOOLEAN" => "INTEGER",
        "BYTEA" => "BLOB",
        other => other,
    }
}

/// How far the reading of one statement has come.
#[derive(Default)]
struct Statement {
    verb: Verb,
    words: usize,
    depth: usize,
    follows_name: bool,
    previous_is_name: bool,
}

#[derive(Default, PartialEq)]
enum Verb {
    #[default]
    Other,
    Create,
    CreateTable,
    AlterTable,
}

impl Statement {
    fn see(&mut self, token: Token<'_>) {
        if token == Token::Symbol(";") {
            *self = Self::default();
            return;
        }
        self.words += 1;
        if self.words == 1 && (token.is("CREATE") || token.is("ALTER")) {
            self.verb = if token.is("CREATE") { Verb::Create } else { Verb::AlterTable };
        } else if self.words == 2 && self.verb == Verb::Create && token.is("TABLE") {
            self.verb = Verb::CreateTable;
        }
        match token {
            Token::Symbol("(") => self.depth += 1,
            Token::Symbol(")") => self.depth = self.depth.saturating_sub(1),
            Token::Word(_) | Token::Symbol(_) | Token::Quoted(_) | Token::Blank(_) => {}
        }
        self.follows_name = self.previous_is_name;
        self.previous_is_name = matches!(token, Token::Word(_) | Token::Quoted(_));
    }

    fn defines_columns(&self) -> bool {
        matches!(self.verb, Verb::CreateTable | Verb::AlterTable)
    }

    /// A type stands after the column's name, and not inside an expression.
    fn at_column_type(&self) -> bool {
        self.defines_columns() && self.depth <= 1 && self.follows_name
    }

    fn table_ends(&self, token: Token<'_>) -> bool {
        self.verb == Verb::CreateTable && self.depth == 0 && token == Token::Symbol(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "CREATE TABLE things (
        id TEXT PRIMARY KEY, -- a TEXT, BOOLEAN
        text TEXT NOT NULL DEFAULT 'TEXT (BIGINT)',
        size BIGINT NOT NULL, weight DOUBLE PRECISION, open BOOLEAN, raw BYTEA,
        CONSTRAINT size_valid CHECK (CAST(size AS TEXT) <> '')
    );
    CREATE INDEX by_size ON things (size);";

    #[test]
    fn sqlite_gets_its_types_and_strict_tables() {
        let sqlite = translate(TABLE, Dialect::Sqlite).unwrap();
        assert!(sqlite.contains("size INTEGER NOT NULL, weight REAL, open INTEGER, raw BLOB,"), "{sqlite}");
        assert!(sqlite.contains("-- a TEXT, BOOLEAN"), "{sqlite}");
        assert!(sqlite.contains("'TEXT (BIGINT)'"), "{sqlite}");
        assert!(sqlite.contains(") STRICT;"), "{sqlite}");
        assert_eq!(sqlite.matches("STRICT").count(), 1, "{sqlite}");
    }

    #[test]
    fn postgres_gets_texts_that_sort_by_bytes() {
        let postgres = translate(TABLE, Dialect::Postgres).unwrap();
        assert!(postgres.contains("id TEXT COLLATE \"C\" PRIMARY KEY"), "{postgres}");
        assert!(postgres.contains("text TEXT COLLATE \"C\" NOT NULL DEFAULT 'TEXT (BIGINT)'"), "{postgres}");
        assert!(postgres.contains("CAST(size AS TEXT)"), "{postgres}");
    }

    #[test]
    fn a_column_added_later_is_translated_too() {
        let text = "ALTER TABLE things ADD COLUMN note TEXT; ALTER TABLE things ADD COLUMN seen BOOLEAN;";
        assert!(translate(text, Dialect::Postgres).unwrap().contains("note TEXT COLLATE \"C\";"));
        assert!(translate(text, Dialect::Sqlite).unwrap().contains("seen INTEGER;"));
    }
}
