//! The index as it was at one commit: what every search reads.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use souk_contracts::{ProductId, search::Brand};
use souk_types::Fault;
use tantivy::{
    DocAddress, DocSet, IndexReader, InvertedIndexReader, Searcher, SegmentReader, TERMINATED, TantivyDocument, Term,
    fieldnorm::FieldNormReader,
    index::SegmentId,
    postings::TermInfo,
    schema::{Field, IndexRecordOption},
};

use super::{
    brands::brands,
    columns::Columns,
    document, fault, io_fault,
    schema::{Fields, TEXT_FIELDS},
    values::{ValueKind, Values},
};
use crate::entry::{Card, Detail, Entry};

/// Values that nobody uses any more are dropped when there are this many times as many as were in use.
const VALUES_GROWTH_MAX: usize = 4;
/// Values below which nothing is dropped.
const VALUES_KEPT: usize = 100_000;

/// Where a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocAt {
    pub segment: u32,
    pub doc: u32,
}

/// One segment, ready to be searched.
pub struct Segment {
    pub reader: SegmentReader,
    pub columns: Arc<Columns>,
    pub words: [Arc<InvertedIndexReader>; TEXT_FIELDS],
    pub norms: [FieldNormReader; TEXT_FIELDS],
    pub vocabulary: Arc<InvertedIndexReader>,
    ids: Arc<InvertedIndexReader>,
    skus: Arc<InvertedIndexReader>,
}

/// The index as it was at one commit.
pub struct Snapshot {
    /// Rises with every commit.
    pub generation: u64,
    pub fields: Arc<Fields>,
    pub segments: Vec<Segment>,
    pub values: Arc<Values>,
    /// Documents that can be found.
    pub documents: usize,
    /// Average length of each field, words.
    pub average_words: [f32; TEXT_FIELDS],
    /// How many documents have each value.
    value_counts: OnceLock<Vec<u32>>,
    brands: OnceLock<Vec<Brand>>,
    searcher: Searcher,
    values_in_use: usize,
}

/// Where a word occurs.
#[derive(Debug, Clone, Default)]
pub struct Occurrences {
    /// Segment, field and list of documents.
    pub lists: Vec<(u32, usize, TermInfo)>,
    /// Documents that have it, in the field where most have it.
    pub documents: u32,
}

impl Snapshot {
    /// Reads the present state of the index. Columns of segments that the snapshot before had are taken over.
    pub fn load(reader: &IndexReader, fields: &Arc<Fields>, before: Option<&Self>) -> Result<Self, Fault> {
        reader.reload().map_err(fault)?;
        let searcher = reader.searcher();
        let grown = before
            .is_some_and(|before| before.values.len() > VALUES_KEPT.max(before.values_in_use * VALUES_GROWTH_MAX));
        let kept = before.filter(|_| !grown);
        let mut values = kept.map(|before| Arc::clone(&before.values)).unwrap_or_default();
        let known: HashMap<SegmentId, &Arc<Columns>> = kept
            .iter()
            .flat_map(|before| &before.segments)
            .map(|segment| (segment.reader.segment_id(), &segment.columns))
            .collect();
        let mut segments = Vec::with_capacity(searcher.segment_readers().len());
        for reader in searcher.segment_readers() {
            let columns = match known.get(&reader.segment_id()) {
                Some(columns) => Arc::clone(columns),
                None => Arc::new(Columns::load(reader, Arc::make_mut(&mut values))?),
            };
            segments.push(Segment::open(reader.clone(), columns, fields)?);
        }
        Ok(Self {
            generation: before.map_or(0, |before| before.generation + 1),
            fields: Arc::clone(fields),
            documents: segments.iter().map(|segment| segment.reader.num_docs() as usize).sum(),
            average_words: average_words(&segments),
            segments,
            value_counts: OnceLock::new(),
            brands: OnceLock::new(),
            values_in_use: kept.map_or(values.len(), |before| before.values_in_use),
            values,
            searcher,
        })
    }

    /// How many documents have each value, by the value's number. Counted once.
    pub fn value_counts(&self) -> &[u32] {
        self.value_counts.get_or_init(|| {
            let mut counts = vec![0; self.values.len()];
            for segment in &self.segments {
                for doc in segment.reader.doc_ids_alive() {
                    if let Some(count) = counts.get_mut(segment.columns.brand[doc as usize] as usize) {
                        *count += 1;
                    }
                    let lists = [&segment.columns.categories, &segment.columns.attributes];
                    for number in lists.into_iter().flat_map(|lists| lists.of(doc)) {
                        counts[*number as usize] += 1;
                    }
                }
            }
            counts
        })
    }

    /// The brands that have products, by slug. Put together once.
    pub fn brands(&self) -> &[Brand] {
        self.brands.get_or_init(|| {
            let counted = self.values.iter().zip(self.value_counts());
            brands(
                counted.filter(|(value, _)| value.kind == ValueKind::Brand).map(|(value, count)| (&*value.key, *count)),
            )
        })
    }

    /// Looks a word up in all fields that count for relevance.
    pub fn occurrences(&self, word: &str) -> Result<Occurrences, Fault> {
        let mut found = Occurrences::default();
        let mut documents = [0; TEXT_FIELDS];
        for (number, segment) in (0..).zip(&self.segments) {
            for (field, words) in segment.words.iter().enumerate() {
                if let Some(info) = words.terms().get(word.as_bytes()).map_err(io_fault)? {
                    documents[field] += info.doc_freq;
                    found.lists.push((number, field, info));
                }
            }
        }
        found.documents = documents.into_iter().max().unwrap_or(0);
        Ok(found)
    }

    /// The document of a product.
    pub fn find(&self, product: ProductId) -> Result<Option<DocAt>, Fault> {
        let term = document::id_term(&self.fields, product);
        Ok(self.documents_with(&term, |segment| &segment.ids)?.first().copied())
    }

    /// The documents of the products with a SKU.
    pub fn find_sku(&self, sku: &str) -> Result<Vec<DocAt>, Fault> {
        self.documents_with(&Term::from_field_text(self.fields.sku, sku), |segment| &segment.skus)
    }

    fn documents_with(
        &self,
        term: &Term,
        index: impl Fn(&Segment) -> &Arc<InvertedIndexReader>,
    ) -> Result<Vec<DocAt>, Fault> {
        let mut found = Vec::new();
        for (number, segment) in (0..).zip(&self.segments) {
            let postings = index(segment).read_postings(term, IndexRecordOption::Basic).map_err(io_fault)?;
            let Some(mut postings) = postings else { continue };
            let mut doc = postings.doc();
            while doc != TERMINATED {
                if !segment.reader.is_deleted(doc) {
                    found.push(DocAt { segment: number, doc });
                }
                doc = postings.advance();
            }
        }
        Ok(found)
    }

    /// The version of the product in a document.
    pub fn version(&self, at: DocAt) -> i64 {
        self.columns(at).version[at.doc as usize]
    }

    /// The columns of the segment that a document is in.
    pub fn columns(&self, at: DocAt) -> &Columns {
        &self.segments[at.segment as usize].columns
    }

    /// What a list shows of a document.
    pub fn card(&self, at: DocAt) -> Result<Card, Fault> {
        document::card(&self.fields, &self.stored(at)?)
    }

    /// What a list shows of a document, and its description.
    pub fn card_and_description(&self, at: DocAt) -> Result<(Card, String), Fault> {
        let stored = self.stored(at)?;
        Ok((document::card(&self.fields, &stored)?, document::description(&self.fields, &stored)?))
    }

    /// What a list shows of a document, and the rest.
    pub fn entry(&self, at: DocAt) -> Result<Entry, Fault> {
        let stored = self.stored(at)?;
        let (card, detail): (Card, Detail) =
            (document::card(&self.fields, &stored)?, document::detail(&self.fields, &stored)?);
        Ok(Entry { card, detail })
    }

    fn stored(&self, at: DocAt) -> Result<TantivyDocument, Fault> {
        self.searcher.doc(DocAddress::new(at.segment, at.doc)).map_err(fault)
    }
}

impl Segment {
    fn open(reader: SegmentReader, columns: Arc<Columns>, fields: &Fields) -> Result<Self, Fault> {
        let inverted = |field: Field| reader.inverted_index(field).map_err(fault);
        let mut words = Vec::with_capacity(TEXT_FIELDS);
        let mut norms = Vec::with_capacity(TEXT_FIELDS);
        for field in fields.text {
            words.push(inverted(field)?);
            norms.push(reader.get_fieldnorms_reader(field).map_err(fault)?);
        }
        let wrong = || Fault::internal("search index: a field is missing");
        Ok(Self {
            words: words.try_into().map_err(|_| wrong())?,
            norms: norms.try_into().map_err(|_| wrong())?,
            vocabulary: inverted(fields.vocabulary)?,
            ids: inverted(fields.id)?,
            skus: inverted(fields.sku)?,
            columns,
            reader,
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an average length needs no more precision than f32 has")]
fn average_words(segments: &[Segment]) -> [f32; TEXT_FIELDS] {
    let documents: u64 = segments.iter().map(|segment| u64::from(segment.reader.max_doc())).sum();
    std::array::from_fn(|field| {
        let words: u64 = segments.iter().map(|segment| segment.words[field].total_num_tokens()).sum();
        (words as f64 / documents.max(1) as f64).max(1.0) as f32
    })
}
