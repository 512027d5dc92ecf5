use souk_contracts::catalog::{BadRow, Error, Import, Upserted};
use souk_types::{ServiceError as _, limits};

use super::feed::{Chunk, Columns, Item, Lines, Place, by_line};
use crate::store::imports::Counters;

/// How far an import is, and what was wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Size of the file, bytes.
    pub bytes: u64,
    /// How much of it has been read, bytes.
    pub bytes_read: u64,
    /// The line that is read next, from 1.
    pub line: u64,
    /// Products added.
    pub created: u64,
    /// Products changed.
    pub updated: u64,
    /// Products that were the same already.
    pub unchanged: u64,
    /// Rows left out.
    pub refused: u64,
    /// The first bad rows; at most [`limits::IMPORT_ERRORS_KEPT_MAX`].
    pub bad_rows: Vec<BadRow>,
    /// Columns that were not understood, and kept aside.
    pub unknown_columns: Vec<String>,
}

impl Progress {
    pub(super) fn of(import: Import, line: u64) -> Self {
        Self {
            bytes: import.bytes,
            bytes_read: import.bytes_read,
            line,
            created: import.created,
            updated: import.updated,
            unchanged: import.unchanged,
            refused: import.refused,
            bad_rows: import.bad_rows,
            unknown_columns: import.unknown_columns,
        }
    }

    pub(super) fn place(&self) -> Place {
        Place { offset: self.bytes_read, line: self.line.max(1) }
    }

    /// Adds what became of a batch.
    pub(super) fn add(&mut self, chunk: &Chunk, outcomes: Vec<Upserted>) {
        let mut outcomes = outcomes.into_iter();
        for item in &chunk.items {
            match item {
                Item::Bad(bad, rows) => self.refuse(bad.clone(), *rows),
                Item::Product(prepared, lines) => match outcomes.next() {
                    Some(Upserted::Created(_)) => self.created += 1,
                    Some(Upserted::Updated(_)) => self.updated += 1,
                    Some(Upserted::Unchanged(_)) | None => self.unchanged += 1,
                    Some(Upserted::Refused(error)) => {
                        let skus = prepared.draft.variants.iter().map(|variant| variant.sku.as_str());
                        self.refuse(blame(&error, skus, lines), lines.rows);
                    }
                },
            }
        }
        self.add_columns(&chunk.columns);
        self.bytes_read = chunk.after.offset;
        self.line = chunk.after.line;
    }

    fn add_columns(&mut self, columns: &Columns) {
        let fresh: Vec<_> =
            columns.unknown.iter().filter(|name| !self.unknown_columns.contains(name)).cloned().collect();
        self.unknown_columns.extend(fresh);
    }

    fn refuse(&mut self, bad: Vec<BadRow>, rows: u64) {
        self.refused += rows;
        let room = limits::IMPORT_ERRORS_KEPT_MAX.saturating_sub(self.bad_rows.len());
        self.bad_rows.extend(bad.into_iter().take(room));
    }

    pub(super) fn counters(&self) -> Counters<'_> {
        Counters {
            bytes: self.bytes,
            bytes_read: self.bytes_read,
            line: self.line,
            created: self.created,
            updated: self.updated,
            unchanged: self.unchanged,
            refused: self.refused,
            bad_rows: &self.bad_rows,
            unknown_columns: &self.unknown_columns,
        }
    }
}

fn blame<'a>(error: &Error, mut skus: impl Iterator<Item = &'a str>, lines: &Lines) -> Vec<BadRow> {
    if let Error::SkuTaken { sku } = error {
        let line = skus.position(|other| other == sku).map_or(lines.first, |index| lines.of_variant(index));
        return by_line(vec![BadRow { line, reason: error.to_string() }], &lines.all);
    }
    lines.blame(error.fields(), &error.public_message())
}
