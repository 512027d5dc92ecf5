//! Reads a file on a thread of its own and hands over checked products in batches.

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
    sync::Arc,
};

use souk_contracts::catalog::{BadRow, FileFormat, ProductDraft};
use souk_types::{Currency, Fault};
use tokio::sync::mpsc::Sender;

use super::{columns::Heading, json_lines::JsonLines, shopify_read::ShopifyFile};
use crate::{
    domain::extra::{self, Extra},
    products::Prepared,
};

/// Products of one batch: the more, the fewer times a page of an index is written. Staff who save a product meanwhile wait
/// for it for a fifth of a second at most.
const BATCH_PRODUCTS: usize = 1_000;
/// Bytes of the file that one batch may span.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
/// Products of one file that are known again when they come a second time.
const SEEN_MAX: usize = 4_000_000;

/// Where the parts of a product stand in the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    pub(super) first: u64,
    /// Rows that the product takes.
    pub(super) rows: u64,
    pub(super) variants: Vec<u64>,
    pub(super) images: Vec<u64>,
    /// All rows of the product, where it has several.
    pub(super) all: Vec<u64>,
    /// What the columns are called, where there are any.
    pub(super) heading: Option<Arc<Heading>>,
}

impl Lines {
    /// The line that a field such as `variants[2].price` came from.
    fn of(&self, field: &str) -> u64 {
        let lines = match field.split_once('[') {
            Some(("variants", rest)) => self.variants.get(index(rest)),
            Some(("images", rest)) => self.images.get(index(rest)),
            _ => None,
        };
        lines.copied().filter(|line| *line > 0).unwrap_or(self.first)
    }

    /// The bad rows that a refusal of the product comes to.
    pub(super) fn blame(&self, fields: &[souk_types::FieldError], message: &str) -> Vec<BadRow> {
        let mut bad: Vec<BadRow> = Vec::new();
        for wrong in fields {
            let column = self.heading.as_deref().and_then(|heading| heading.name_of(&wrong.field));
            let reason = format!("{}: {}", column.unwrap_or(&wrong.field), wrong.message);
            bad.push(BadRow { line: self.of(&wrong.field), reason });
        }
        if bad.is_empty() {
            bad.push(BadRow { line: self.first, reason: message.to_owned() });
        }
        by_line(bad, &self.all)
    }

    /// The line of a variant.
    pub(super) fn of_variant(&self, index: usize) -> u64 {
        self.variants.get(index).copied().unwrap_or(self.first)
    }
}

/// One entry for each line: all that is wrong with it, or, for a good row of a product that was refused, why it is not
/// there either.
pub(super) fn by_line(bad: Vec<BadRow>, all: &[u64]) -> Vec<BadRow> {
    let mut reasons = BTreeMap::<u64, String>::new();
    for BadRow { line, reason } in bad {
        reasons.entry(line).and_modify(|before| *before = format!("{before}; {reason}")).or_insert(reason);
    }
    for line in all {
        reasons.entry(*line).or_insert_with(|| "left out with the other rows of its product".to_owned());
    }
    reasons.into_iter().map(|(line, reason)| BadRow { line, reason }).collect()
}

fn index(rest: &str) -> usize {
    rest.split(']').next().and_then(|index| index.parse().ok()).unwrap_or(usize::MAX)
}

/// What a file says about one product.
pub(super) enum Found {
    Draft(Box<(ProductDraft, Extra, Lines)>),
    /// Rows that were left out, and how many in all.
    Bad(Vec<BadRow>, u64),
}

/// A place in a file at which reading can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) line: u64,
}

/// A file that is read product by product.
pub(super) trait ProductFile {
    /// The next product; `None` at the end.
    fn next_product(&mut self) -> Result<Option<Found>, FeedError>;
    /// Where the next product begins.
    fn place(&self) -> Place;
    /// Columns that an export must write back, and those of them that nobody knows, since the last call.
    fn take_columns(&mut self) -> Columns;
}

/// Columns that are kept aside.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) kept: Vec<String>,
    pub(super) unknown: Vec<String>,
}

/// Why a file cannot be read on.
#[derive(Debug)]
pub(super) enum FeedError {
    /// It is no such file: trying again is no use.
    Unreadable(String),
    /// The disk refuses.
    Io(io::Error),
}

impl From<io::Error> for FeedError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Products to be written together.
pub(super) struct Chunk {
    pub(super) items: Vec<Item>,
    pub(super) columns: Columns,
    /// Where the file goes on.
    pub(super) after: Place,
}

/// A product to be written, or rows that were left out.
pub(super) enum Item {
    Product(Box<Prepared>, Lines),
    Bad(Vec<BadRow>, u64),
}

/// Reads a file from a place to its end, or until nobody listens any more. Blocks.
pub(super) fn feed(
    path: &Path,
    format: FileFormat,
    currency: Currency,
    from: Place,
    to: &Sender<Result<Chunk, FeedError>>,
) {
    let outcome = open(path, format, currency, from).and_then(|mut file| feed_all(&mut *file, currency, from, to));
    if let Err(error) = outcome {
        // Whoever has stopped listening does not need the reason.
        drop(to.blocking_send(Err(error)));
    }
}

fn open(path: &Path, format: FileFormat, currency: Currency, from: Place) -> Result<Box<dyn ProductFile>, FeedError> {
    let mut file = File::open(path)?;
    let mut beginning = [0; 2];
    let read = file.read(&mut beginning)?;
    if read == 0 {
        return Err(FeedError::Unreadable("the file is empty".to_owned()));
    }
    if matches!(beginning, [0xFE, 0xFF] | [0xFF, 0xFE]) {
        return Err(FeedError::Unreadable("the file is in UTF-16; save it as UTF-8".to_owned()));
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(match format {
        FileFormat::ShopifyCsv => Box::new(ShopifyFile::open(file, currency, from)?),
        FileFormat::JsonLines => Box::new(JsonLines::open(file, from)?),
    })
}

fn feed_all(
    file: &mut dyn ProductFile,
    currency: Currency,
    from: Place,
    to: &Sender<Result<Chunk, FeedError>>,
) -> Result<(), FeedError> {
    let mut seen = Seen::default();
    let mut begun = from.offset;
    let mut items = Vec::new();
    loop {
        let found = file.next_product()?;
        let is_end = found.is_none();
        items.extend(found.map(|found| seen.judge(found, currency)));
        let after = file.place();
        if is_end || items.len() >= BATCH_PRODUCTS || after.offset - begun >= BATCH_BYTES {
            let chunk = Chunk { items: std::mem::take(&mut items), columns: file.take_columns(), after };
            begun = after.offset;
            if to.blocking_send(Ok(chunk)).is_err() || is_end {
                return Ok(());
            }
        }
    }
}

/// The slugs that have come so far, by their hashes.
#[derive(Default)]
struct Seen(HashSet<u64>);

impl Seen {
    fn judge(&mut self, found: Found, currency: Currency) -> Item {
        let (draft, extra, lines) = match found {
            Found::Draft(draft) => *draft,
            Found::Bad(bad, rows) => return Item::Bad(bad, rows),
        };
        let prepared = extra::to_text(&extra).and_then(|extra| Prepared::new(draft, Some(extra), currency));
        match prepared {
            Ok(prepared) if self.is_new(&prepared.draft.slug) => Item::Product(Box::new(prepared), lines),
            Ok(prepared) => {
                let reason = format!("the product {} has come before in this file", prepared.draft.slug);
                Item::Bad(vec![BadRow { line: lines.first, reason }], lines.rows)
            }
            Err(Fault { fields, public, .. }) => Item::Bad(lines.blame(&fields, &public), lines.rows),
        }
    }

    fn is_new(&mut self, slug: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        slug.hash(&mut hasher);
        self.0.len() >= SEEN_MAX || self.0.insert(hasher.finish())
    }
}
