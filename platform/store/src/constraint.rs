//! Turns violated constraints into faults that are the same on both engines.

use std::collections::HashMap;

use souk_types::{ErrorKind, Fault, FieldError};

use crate::{
    Schema,
    lexer::{Token, tokens},
    outbox,
};

/// The name of every UNIQUE constraint and index of a schema by its columns, written as in SQLite's messages
/// (`variants.product_id, variants.sku`), because SQLite does not tell the name.
#[derive(Debug, Default)]
pub(crate) struct UniqueNames(HashMap<String, String>);

impl UniqueNames {
    pub(crate) fn of(schema: &Schema) -> Self {
        let mut names = Self::default();
        for migration in outbox::MIGRATIONS.iter().chain(schema.migrations) {
            names.collect(migration.sql);
        }
        names
    }

    pub(crate) fn name(&self, columns: &str) -> Option<&str> {
        self.0.get(columns).map(String::as_str)
    }

    fn collect(&mut self, ddl: &str) {
        let words: Vec<Token<'_>> = tokens(ddl).filter(|token| !matches!(token, Token::Blank(_))).collect();
        let mut table = "";
        for (at, word) in words.iter().enumerate() {
            let rest = &words[at + 1..];
            if word.is("TABLE") {
                table = name_after_if_not_exists(rest).map_or("", |(name, _)| name);
            } else if word.is("CONSTRAINT")
                && let [name, unique, columns @ ..] = rest
                && unique.is("UNIQUE")
            {
                self.insert(table, columns, name.text());
            } else if word.is("UNIQUE")
                && let [index, rest @ ..] = rest
                && index.is("INDEX")
                && let Some((name, [_on, on_table, columns @ ..])) = name_after_if_not_exists(rest)
            {
                self.insert(on_table.text(), columns, name);
            }
        }
    }

    fn insert(&mut self, table: &str, columns: &[Token<'_>], name: &str) {
        let inside: Vec<&str> =
            columns.iter().skip(1).map(|token| token.text()).take_while(|text| *text != ")").collect();
        let key: Vec<String> = inside
            .split(|text| *text == ",")
            .filter_map(|column| column.first())
            .map(|column| format!("{table}.{column}"))
            .collect();
        self.0.insert(key.join(", "), name.to_owned());
    }
}

fn name_after_if_not_exists<'a, 'b>(words: &'b [Token<'a>]) -> Option<(&'a str, &'b [Token<'a>])> {
    let words = match words {
        [first, _not, _exists, rest @ ..] if first.is("IF") => rest,
        other => other,
    };
    words.split_first().map(|(name, rest)| (name.text(), rest))
}

/// The field that a UNIQUE constraint speaks of: its name without `_unique`.
pub(crate) fn field_of(constraint: &str) -> &str {
    constraint.strip_suffix("_unique").unwrap_or(constraint)
}

/// A value that must be unique is there already.
pub(crate) fn not_unique(field: Option<&str>, internal: &str) -> Fault {
    let fault = match field {
        Some(field) => Fault {
            fields: vec![FieldError::new(field, "is already taken")],
            ..Fault::conflict(format!("{field}: is already taken"))
        },
        None => Fault::conflict("this exists already"),
    };
    fault.because(internal)
}

/// A CHECK constraint is violated; the internal message is its name.
pub(crate) fn check_failed(constraint: &str) -> Fault {
    Fault::conflict("the present state does not allow this").because(constraint)
}

/// A row refers to one that is not there, or is still referred to.
pub(crate) fn reference_failed(internal: &str) -> Fault {
    Fault::conflict("this refers to something that does not exist, or is still referred to").because(internal)
}

/// The disk has no room.
pub(crate) fn disk_full(internal: &str) -> Fault {
    Fault::new(ErrorKind::Unavailable, "the disk is full; nothing was saved").because(internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_columns() {
        let mut names = UniqueNames::default();
        names.collect(
            "-- CONSTRAINT not_this UNIQUE (x)
            CREATE TABLE IF NOT EXISTS variants (
                product_id TEXT NOT NULL,
                sku TEXT NOT NULL,
                PRIMARY KEY (product_id),
                CONSTRAINT sku_unique UNIQUE(product_id, sku),
                CONSTRAINT stock_valid CHECK (product_id <> '')
            );
            CREATE UNIQUE INDEX email_unique ON people (lower_email) WHERE lower_email <> '';",
        );
        assert_eq!(names.name("variants.product_id, variants.sku"), Some("sku_unique"));
        assert_eq!(names.name("people.lower_email"), Some("email_unique"));
        assert_eq!(names.name("variants.product_id"), None);
    }
}
