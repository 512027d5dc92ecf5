//! The fields of the index.

use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{Index, IndexSettings, tokenizer::TextAnalyzer};

use crate::text::tokens::{Kind, Tokens};

/// Changes when an index built by an older version of the service must be built anew.
pub const SCHEMA_VERSION: u32 = 2;
/// Bytes of a compressed block of stored documents: small, since hits are read one by one.
const STORE_BLOCK_BYTES: usize = 4096;

/// A field whose words count for relevance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    Title,
    Brand,
    Category,
    Tags,
    Attributes,
    Code,
    Description,
    /// Neighbouring words of title and attributes in one.
    Pairs,
}

/// How many fields count for relevance.
pub const TEXT_FIELDS: usize = 8;

impl TextField {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; TEXT_FIELDS] = [
        Self::Title,
        Self::Brand,
        Self::Category,
        Self::Tags,
        Self::Attributes,
        Self::Code,
        Self::Description,
        Self::Pairs,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Brand => "brand",
            Self::Category => "category",
            Self::Tags => "tags",
            Self::Attributes => "attributes",
            Self::Code => "code",
            Self::Description => "description",
            Self::Pairs => "pairs",
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Code => Kind::Code,
            Self::Pairs => Kind::Pairs,
            _ => Kind::Words,
        }
    }
}

/// The fields by their purpose.
#[derive(Debug, Clone)]
pub struct Fields {
    pub schema: Schema,
    /// The product's id, to replace and remove it.
    pub id: Field,
    /// Every SKU, to find the product that one belongs to.
    pub sku: Field,
    pub text: [Field; TEXT_FIELDS],
    /// Words as written, for completing and correcting.
    pub vocabulary: Field,
    pub version: Field,
    /// Breaks ties the same way every time.
    pub tie: Field,
    pub price: Field,
    pub created: Field,
    pub sold: Field,
    pub in_stock: Field,
    /// Whether one of the variants is reduced.
    pub on_sale: Field,
    /// `brand`.
    pub brand_value: Field,
    /// `slug ␟ name`, of the category and of every one above it.
    pub category_value: Field,
    /// `name ␟ value`.
    pub attribute_value: Field,
    /// A tag.
    pub tag_value: Field,
    /// The words of the title as numbers, in order.
    pub title_words: Field,
    pub card: Field,
    pub detail: Field,
}

impl Fields {
    /// Declares the fields.
    pub fn new() -> Self {
        let mut schema = Schema::builder();
        let exact = || {
            TextOptions::default().set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer("raw")
                    .set_fieldnorms(false)
                    .set_index_option(IndexRecordOption::Basic),
            )
        };
        let words = |tokenizer: &str, fieldnorms: bool| {
            TextOptions::default().set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer(tokenizer)
                    .set_fieldnorms(fieldnorms)
                    .set_index_option(if fieldnorms { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic }),
            )
        };
        let value = || TextOptions::default().set_fast("raw");
        let number = || NumericOptions::default() | FAST;
        let bytes = || BytesOptions::default() | FAST;
        Self {
            id: schema.add_text_field("id", exact()),
            sku: schema.add_text_field("sku", exact()),
            text: TextField::ALL
                .map(|field| schema.add_text_field(field.name(), words(tokenizer_name(field.kind()), true))),
            vocabulary: schema.add_text_field("vocabulary", words(tokenizer_name(Kind::Vocabulary), false)),
            version: schema.add_i64_field("version", number()),
            tie: schema.add_u64_field("tie", number()),
            price: schema.add_i64_field("price", number()),
            created: schema.add_i64_field("created", number()),
            sold: schema.add_u64_field("sold", number()),
            in_stock: schema.add_bool_field("in_stock", number()),
            on_sale: schema.add_bool_field("on_sale", number()),
            brand_value: schema.add_text_field("brand_value", value()),
            category_value: schema.add_text_field("category_value", value()),
            attribute_value: schema.add_text_field("attribute_value", value()),
            tag_value: schema.add_text_field("tag_value", value()),
            title_words: schema.add_bytes_field("title_words", bytes()),
            card: schema.add_bytes_field("card", STORED),
            detail: schema.add_bytes_field("detail", STORED),
            schema: schema.build(),
        }
    }

    /// The field that holds the words of this kind of text.
    pub const fn of(&self, field: TextField) -> Field {
        self.text[field as usize]
    }
}

const fn tokenizer_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Words => "souk_words",
        Kind::Pairs => "souk_pairs",
        Kind::Vocabulary => "souk_vocabulary",
        Kind::Code => "souk_code",
    }
}

/// How an index is laid out on disk.
pub fn settings() -> IndexSettings {
    IndexSettings {
        docstore_blocksize: STORE_BLOCK_BYTES,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

/// Tells an index how to cut text.
pub fn register_tokenizers(index: &Index) {
    for kind in [Kind::Words, Kind::Pairs, Kind::Vocabulary, Kind::Code] {
        index.tokenizers().register(tokenizer_name(kind), TextAnalyzer::builder(Tokens(kind)).build());
    }
}
