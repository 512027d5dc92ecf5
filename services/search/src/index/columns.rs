//! What filters, facets and sorting need of every document of a segment, read into memory once: a segment
//! never changes.

use souk_types::Fault;
use tantivy::{
    SegmentReader,
    columnar::{BytesColumn, Column, StrColumn},
};

use super::{
    fault, io_fault,
    values::{ValueKind, Values},
};

/// No value.
pub const NONE: u32 = u32::MAX;

/// Lists of numbers, one per document, in one piece of memory.
#[derive(Debug, Default)]
pub struct Lists {
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Lists {
    /// The list of a document.
    pub fn of(&self, doc: u32) -> &[u32] {
        let at = doc as usize;
        &self.numbers[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    fn build(docs: u32, mut list: impl FnMut(u32, &mut Vec<u32>)) -> Self {
        let mut lists = Self { starts: Vec::with_capacity(docs as usize + 1), numbers: Vec::new() };
        lists.starts.push(0);
        for doc in 0..docs {
            list(doc, &mut lists.numbers);
            lists.starts.push(u32::try_from(lists.numbers.len()).unwrap_or(u32::MAX));
        }
        lists.numbers.shrink_to_fit();
        lists
    }
}

/// The columns of one segment, by document.
#[derive(Debug)]
pub struct Columns {
    pub version: Vec<i64>,
    pub tie: Vec<u64>,
    pub price: Vec<i64>,
    pub created: Vec<i64>,
    pub sold: Vec<u32>,
    pub in_stock: Vec<bool>,
    pub on_sale: Vec<bool>,
    pub brand: Vec<u32>,
    pub categories: Lists,
    pub attributes: Lists,
    pub tags: Lists,
    pub title: Lists,
}

impl Columns {
    /// Reads the columns of a segment; values not seen before are added to `values`.
    pub fn load(segment: &SegmentReader, values: &mut Values) -> Result<Self, Fault> {
        let fast = segment.fast_fields();
        let docs = segment.max_doc();
        let brands = Strings::load(fast.str("brand_value").map_err(fault)?, ValueKind::Brand, values)?;
        let categories = Strings::load(fast.str("category_value").map_err(fault)?, ValueKind::Category, values)?;
        let attributes = Strings::load(fast.str("attribute_value").map_err(fault)?, ValueKind::Attribute, values)?;
        let tags = Strings::load(fast.str("tag_value").map_err(fault)?, ValueKind::Tag, values)?;
        let sold = first_values(&fast.u64("sold").map_err(fault)?, docs);
        Ok(Self {
            version: first_values(&fast.i64("version").map_err(fault)?, docs),
            tie: first_values(&fast.u64("tie").map_err(fault)?, docs),
            price: first_values(&fast.i64("price").map_err(fault)?, docs),
            created: first_values(&fast.i64("created").map_err(fault)?, docs),
            sold: sold.into_iter().map(|sold| u32::try_from(sold).unwrap_or(u32::MAX)).collect(),
            in_stock: first_values(&fast.bool("in_stock").map_err(fault)?, docs),
            on_sale: first_values(&fast.bool("on_sale").map_err(fault)?, docs),
            brand: (0..docs).map(|doc| brands.each(doc).next().unwrap_or(NONE)).collect(),
            categories: Lists::build(docs, |doc, list| list.extend(categories.each(doc))),
            attributes: Lists::build(docs, |doc, list| list.extend(attributes.each(doc))),
            tags: Lists::build(docs, |doc, list| list.extend(tags.each(doc))),
            title: titles(fast.bytes("title_words").map_err(fault)?, docs)?,
        })
    }
}

fn first_values<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + Default + 'static>(
    column: &Column<T>,
    docs: u32,
) -> Vec<T> {
    (0..docs).map(|doc| column.first(doc).unwrap_or_default()).collect()
}

/// A column of strings, each turned into its number.
struct Strings {
    column: Option<StrColumn>,
    numbers: Vec<u32>,
}

impl Strings {
    fn load(column: Option<StrColumn>, kind: ValueKind, values: &mut Values) -> Result<Self, Fault> {
        let mut numbers = Vec::new();
        if let Some(column) = &column {
            let mut terms = column.dictionary().stream().map_err(io_fault)?;
            while terms.advance() {
                numbers.push(values.intern(kind, &String::from_utf8_lossy(terms.key())));
            }
        }
        Ok(Self { column, numbers })
    }

    fn each(&self, doc: u32) -> impl Iterator<Item = u32> + '_ {
        self.column
            .iter()
            .flat_map(move |column| column.term_ords(doc))
            .filter_map(|ordinal| self.numbers.get(usize::try_from(ordinal).ok()?).copied())
    }
}

fn titles(column: Option<BytesColumn>, docs: u32) -> Result<Lists, Fault> {
    let Some(column) = column else {
        return Ok(Lists::build(docs, |_, _| {}));
    };
    let mut titles: Vec<Box<[u32]>> = Vec::with_capacity(column.num_terms());
    let mut terms = column.dictionary().stream().map_err(io_fault)?;
    while terms.advance() {
        let (words, _) = terms.key().as_chunks::<4>();
        titles.push(words.iter().map(|word| u32::from_le_bytes(*word)).collect());
    }
    Ok(Lists::build(docs, |doc, list| {
        for ordinal in column.term_ords(doc) {
            if let Some(title) = usize::try_from(ordinal).ok().and_then(|ordinal| titles.get(ordinal)) {
                list.extend_from_slice(title);
            }
        }
    }))
}
