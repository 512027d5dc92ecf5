use std::{
    fs::File,
    io::{Seek as _, SeekFrom},
    sync::Arc,
};

use souk_contracts::catalog::BadRow;
use souk_types::{Currency, limits::IMPORT_ROW_BYTES_MAX};

use super::{
    columns::Heading,
    feed::{Columns, FeedError, Found, Place, ProductFile, by_line},
    formula::unguard,
    group::{self, cell},
    rows::{Row, RowReader},
};

/// Malformed rows that are looked at together.
const MALFORMED_MAX: usize = 500;

/// A product CSV of Shopify: several rows a product, held together by the handle.
pub(super) struct ShopifyFile {
    rows: RowReader<File>,
    heading: Arc<Heading>,
    currency: Currency,
    /// Malformed rows that no product has been found for yet.
    malformed: Vec<Row>,
    /// The first row of the next product.
    held: Option<Row>,
    columns: Columns,
}

impl ShopifyFile {
    pub(super) fn open(file: File, currency: Currency, from: Place) -> Result<Self, FeedError> {
        let mut again = file.try_clone()?;
        let mut rows = RowReader::new(file)?;
        let heading = match rows.next_row()? {
            Some(Row { malformed: None, fields, .. }) => Heading::parse(&fields).map_err(FeedError::Unreadable)?,
            Some(Row { malformed: Some(reason), .. }) => {
                return Err(FeedError::Unreadable(format!("the heading {reason}")));
            }
            None => return Err(FeedError::Unreadable("the file is empty".to_owned())),
        };
        if from.offset > rows.place().0 {
            again.seek(SeekFrom::Start(from.offset))?;
            rows = RowReader::resume(again, from.offset, from.line, rows.delimiter());
        }
        let columns = Columns { kept: heading.kept(), unknown: heading.unknown.clone() };
        Ok(Self { rows, heading: Arc::new(heading), currency, malformed: Vec::new(), held: None, columns })
    }

    /// The next row; one with another number of columns than the heading is malformed.
    fn next_row(&mut self) -> Result<Option<Row>, FeedError> {
        let mut row = self.rows.next_row()?;
        if let Some(row) = row.as_mut().filter(|row| row.malformed.is_none()) {
            row.fields.iter_mut().for_each(unguard);
            let (have, want) = (row.fields.len(), self.heading.names.len());
            if have != want {
                row.malformed = Some(format!("has {have} columns where the heading has {want}"));
                let handle = self.handle(row).to_owned();
                row.fields = vec![handle];
            } else if self.handle(row).is_empty() && cell(row, self.heading.title).is_empty() {
                row.malformed = Some("has no handle and no title".to_owned());
            }
        }
        Ok(row)
    }

    fn handle<'a>(&self, row: &'a Row) -> &'a str {
        if row.malformed.is_some() {
            row.fields.first().map_or("", |cell| cell.trim())
        } else {
            cell(row, self.heading.handle)
        }
    }

    /// Finds the first row of the next product. Malformed rows before it that are not its own are answered instead.
    fn begin(&mut self) -> Result<Result<Row, Vec<Row>>, FeedError> {
        let first = match self.held.take() {
            Some(row) => Some(row),
            None => loop {
                match self.next_row()? {
                    Some(row) if row.malformed.is_some() && self.malformed.len() < MALFORMED_MAX => {
                        self.malformed.push(row);
                    }
                    row => break row,
                }
            },
        };
        match first {
            Some(row) if row.malformed.is_none() && self.are_of(self.handle(&row)) => Ok(Ok(row)),
            row => {
                match row {
                    Some(row) if row.malformed.is_some() => self.malformed.push(row),
                    row => self.held = row,
                }
                Ok(Err(std::mem::take(&mut self.malformed)))
            }
        }
    }

    /// Says whether all malformed rows at hand, if any, are of this product.
    fn are_of(&self, handle: &str) -> bool {
        self.malformed.iter().all(|row| !handle.is_empty() && self.handle(row) == handle)
    }

    fn gather(&mut self, first: Row) -> Result<Group, FeedError> {
        let mut group = Group { handle: self.handle(&first).to_owned(), ..Group::default() };
        group.damage(self.malformed.drain(..));
        group.add(first);
        loop {
            let Some(row) = self.next_row()? else { return Ok(group) };
            let is_same = !group.handle.is_empty() && self.handle(&row) == group.handle;
            match (row.malformed.is_some(), is_same) {
                (true, true) => group.damage([row]),
                (true, false) if self.malformed.len() < MALFORMED_MAX => self.malformed.push(row),
                (false, true) => {
                    // Rows of one product stand together, so what was malformed between them is its own, too.
                    group.damage(self.malformed.drain(..));
                    group.add(row);
                }
                (true | false, false) => {
                    self.held = Some(row);
                    return Ok(group);
                }
            }
        }
    }
}

impl ProductFile for ShopifyFile {
    fn next_product(&mut self) -> Result<Option<Found>, FeedError> {
        Ok(match self.begin()? {
            Ok(first) => Some(self.gather(first)?.into_found(&self.heading, self.currency)),
            Err(malformed) if malformed.is_empty() => None,
            Err(malformed) => Some(Found::Bad(malformed.iter().map(bad_row).collect(), malformed.len() as u64)),
        })
    }

    fn place(&self) -> Place {
        let waiting = self.malformed.iter().chain(&self.held).map(|row| (row.offset, row.line)).min();
        let (offset, line) = waiting.unwrap_or_else(|| self.rows.place());
        Place { offset, line }
    }

    fn take_columns(&mut self) -> Columns {
        std::mem::take(&mut self.columns)
    }
}

fn bad_row(row: &Row) -> BadRow {
    BadRow { line: row.line, reason: row.malformed.clone().unwrap_or_default() }
}

/// The rows of one product.
#[derive(Default)]
struct Group {
    handle: String,
    rows: Vec<Row>,
    bytes: usize,
    /// How many rows there are, those that were dropped included.
    count: u64,
    damage: Vec<BadRow>,
}

impl Group {
    fn add(&mut self, row: Row) {
        self.bytes += row.bytes;
        self.count += 1;
        if self.bytes <= IMPORT_ROW_BYTES_MAX {
            self.rows.push(row);
        } else if !self.rows.is_empty() {
            let reason = format!("the rows of {} are longer than {IMPORT_ROW_BYTES_MAX} bytes", self.handle);
            self.damage.push(BadRow { line: row.line, reason });
            self.rows.clear();
        }
    }

    /// A product with a row missing would be another product: it is left out whole.
    fn damage(&mut self, rows: impl IntoIterator<Item = Row>) {
        for row in rows {
            self.count += 1;
            if self.damage.len() < MALFORMED_MAX {
                self.damage.push(bad_row(&row));
            }
        }
    }

    fn into_found(self, heading: &Arc<Heading>, currency: Currency) -> Found {
        if !self.damage.is_empty() {
            let good: Vec<u64> = self.rows.iter().map(|row| row.line).collect();
            return Found::Bad(by_line(self.damage, &good), self.count);
        }
        match group::product(heading, &self.rows, currency) {
            Ok(draft) => Found::Draft(Box::new(draft)),
            Err(bad) => Found::Bad(bad, self.count),
        }
    }
}
