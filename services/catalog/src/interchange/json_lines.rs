use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use souk_contracts::catalog::{BadRow, ProductDraft};
use souk_types::limits::{IMPORT_ROW_BYTES_MAX, LINE_BYTES_MAX};

use super::{
    columns,
    feed::{Columns, FeedError, Found, Lines, Place, ProductFile},
};
use crate::{
    domain::extra::{self, Extra},
    store::kept_columns::KEPT_COLUMNS_MAX,
};

/// A line of the format, as it is written.
#[derive(Serialize)]
pub(super) struct LineOut<'a> {
    #[serde(flatten)]
    pub(super) draft: &'a ProductDraft,
    #[serde(skip_serializing_if = "Extra::is_empty")]
    pub(super) extra: &'a Extra,
}

#[derive(Deserialize)]
struct LineIn {
    #[serde(flatten)]
    draft: ProductDraft,
    #[serde(default)]
    extra: Extra,
}

/// Names that a line may have; others are kept aside.
const KNOWN: [&str; 12] = [
    "slug",
    "title",
    "description",
    "brand",
    "status",
    "category",
    "tags",
    "options",
    "variants",
    "attributes",
    "images",
    "extra",
];

/// A file with a product in JSON on every line.
pub(super) struct JsonLines {
    source: BufReader<File>,
    place: Place,
    known: HashSet<String>,
    columns: Columns,
}

impl JsonLines {
    pub(super) fn open(mut file: File, from: Place) -> Result<Self, FeedError> {
        let place = Place { offset: from.offset, line: from.line.max(1) };
        file.seek(SeekFrom::Start(place.offset))?;
        Ok(Self { source: BufReader::new(file), place, known: HashSet::new(), columns: Columns::default() })
    }

    /// The next line, without what ends it; `None` at the end. The inner error is a line that is too long.
    fn next_line(&mut self) -> Result<Option<Result<Vec<u8>, String>>, io::Error> {
        let mut line = Vec::new();
        let read = self.source.by_ref().take(IMPORT_ROW_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        self.place.offset += read as u64;
        self.place.line += 1;
        if line.ends_with(b"\n") || read <= IMPORT_ROW_BYTES_MAX {
            return Ok(Some(Ok(line)));
        }
        loop {
            let buffer = self.source.fill_buf()?;
            let newline = buffer.iter().position(|byte| *byte == b'\n');
            let (passed, is_end) = (newline.map_or(buffer.len(), |at| at + 1), newline.is_some() || buffer.is_empty());
            self.source.consume(passed);
            self.place.offset += passed as u64;
            if is_end {
                return Ok(Some(Err(format!("is longer than {IMPORT_ROW_BYTES_MAX} bytes"))));
            }
        }
    }

    fn parse(&mut self, line: &[u8]) -> Result<(ProductDraft, Extra), String> {
        let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8 text".to_owned())?;
        let mut object: Map<String, Value> = serde_json::from_str(text).map_err(|error| reason(&error))?;
        let unknown: Vec<String> = object.keys().filter(|key| !KNOWN.contains(&key.as_str())).cloned().collect();
        let aside: Vec<(String, Value)> =
            unknown.into_iter().filter_map(|key| object.remove(&key).map(|value| (key, value))).collect();
        let LineIn { draft, extra: brought } =
            serde_json::from_value(Value::Object(object)).map_err(|error| reason(&error))?;
        let mut kept = Extra::new();
        for (column, values) in brought {
            self.keep(&column, false)?;
            for (row, value) in values.iter().enumerate() {
                // The first row of such a column is an attribute.
                if row > 0 || columns::metafield(&column).is_none() {
                    extra::put(&mut kept, &column, row, value);
                }
            }
        }
        for (column, value) in aside {
            self.keep(&column, true)?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            extra::put(&mut kept, &column, 0, &text);
        }
        Ok((draft, kept))
    }

    /// Notes a column that is kept aside.
    fn keep(&mut self, column: &str, is_unknown: bool) -> Result<(), String> {
        if self.known.contains(column) {
            return Ok(());
        }
        let is_name = column.trim() == column && !column.is_empty() && column.len() <= LINE_BYTES_MAX;
        if !is_name || column.contains(char::is_control) || columns::is_taken(column) {
            return Err(format!("{column:?} cannot be kept aside under this name"));
        }
        if self.known.len() >= KEPT_COLUMNS_MAX {
            return Err(format!("more than {KEPT_COLUMNS_MAX} names are not understood"));
        }
        self.known.insert(column.to_owned());
        self.columns.kept.push(column.to_owned());
        if is_unknown {
            self.columns.unknown.push(column.to_owned());
        }
        Ok(())
    }
}

fn reason(error: &serde_json::Error) -> String {
    if error.is_syntax() || error.is_eof() {
        return format!("is not valid JSON from character {} on", error.column());
    }
    // The position within the line is noise for those who count lines of the file.
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

impl ProductFile for JsonLines {
    fn next_product(&mut self) -> Result<Option<Found>, FeedError> {
        loop {
            let number = self.place.line;
            let Some(line) = self.next_line()? else { return Ok(None) };
            let parsed = match line {
                Ok(line) => {
                    let line = line.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&line).trim_ascii();
                    if line.is_empty() {
                        continue;
                    }
                    self.parse(line)
                }
                Err(reason) => Err(reason),
            };
            return Ok(Some(match parsed {
                Ok((draft, extra)) => {
                    Found::Draft(Box::new((draft, extra, Lines { first: number, rows: 1, ..Lines::default() })))
                }
                Err(reason) => Found::Bad(vec![BadRow { line: number, reason }], 1),
            }));
        }
    }

    fn place(&self) -> Place {
        self.place
    }

    fn take_columns(&mut self) -> Columns {
        std::mem::take(&mut self.columns)
    }
}
