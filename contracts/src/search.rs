//! Finding products: full text, filters, facets, suggestions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Cx, Event, Money, Page, PageRequest, Timestamp, text_enum};

use crate::{ProductId, catalog::Image, error::service_errors};

service_errors! {
    /// The page lies beyond what can be paged to.
    TooDeep { depth_max: usize } = Invalid, "too_deep", "only the first {depth_max} results can be paged to; narrow the search";
}

/// Keeps a searchable copy of the catalogue.
#[rpc]
pub trait Search {
    /// Finds products. Without text it lists all that pass the filters.
    #[read]
    async fn search(&self, cx: &Cx, query: Query) -> Result<Results, Error>;

    /// Lists the brands that have products, by slug.
    #[read]
    async fn brands(&self, cx: &Cx, page: PageRequest) -> Result<Page<Brand>, Error>;

    /// Finds a brand by the slug in its address.
    #[read]
    async fn brand(&self, cx: &Cx, slug: String) -> Result<Option<Brand>, Error>;

    /// Completes what is being typed; at most 10 of each kind.
    #[read]
    async fn suggest(&self, cx: &Cx, text: String) -> Result<Suggestions, Error>;

    /// Builds the whole index anew from the catalogue while the present one goes on serving.
    #[idempotent]
    async fn reindex(&self, cx: &Cx) -> Result<IndexStatus, Error>;

    /// Begins to build the whole index anew in the background, unless that is under way; [`status`](Self::status) tells
    /// how it goes.
    #[idempotent]
    async fn start_reindex(&self, cx: &Cx) -> Result<IndexStatus, Error>;

    /// Says what is in the index, and how building it anew goes or went.
    #[read]
    async fn status(&self, cx: &Cx) -> Result<IndexStatus, Error>;
}

/// What to find.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Words; may be empty.
    #[serde(default)]
    pub text: String,
    /// What must hold.
    #[serde(default)]
    pub filters: Filters,
    /// In which order.
    #[serde(default)]
    pub sort: Sort,
    /// How many results to skip; offset + limit is at most [`souk_types::limits::SEARCH_DEPTH_MAX`].
    #[serde(default)]
    pub offset: usize,
    /// How many results: 1 to 100.
    pub limit: usize,
    /// Whether to count facets.
    #[serde(default)]
    pub facets: bool,
}

/// What must hold for a product to be found. Values of one facet are alternatives; facets add up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Filters {
    /// In this category (by slug) or one below.
    #[serde(default)]
    pub category: Option<String>,
    /// Of one of these brands.
    #[serde(default)]
    pub brands: Vec<String>,
    /// Lowest price at least this, minor units.
    #[serde(default)]
    pub price_min: Option<i64>,
    /// Lowest price at most this, minor units.
    #[serde(default)]
    pub price_max: Option<i64>,
    /// Only what can be bought now.
    #[serde(default)]
    pub in_stock: bool,
    /// Attribute and option values, by name: `Colour` → `Blue`, `Green`.
    #[serde(default)]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// What the list is of before anything is chosen, as on the page of a brand or a collection: all must hold.
    #[serde(default)]
    pub scope: Vec<Scope>,
}

/// One condition on what a list is of. Facets count only what is within.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Of one of these brands.
    Brands(Vec<String>),
    /// In this category (by slug) or one below.
    Category(String),
    /// Has this tag.
    Tag(String),
    /// Its lowest price is under this many minor units.
    PriceUnder(i64),
    /// Its lowest price is at least this many minor units.
    PriceFrom(i64),
    /// One of its variants is reduced.
    OnSale,
    /// One of these, which without text are shown in this order; at most 1,000.
    Products(Vec<ProductId>),
}

text_enum! {
    /// The order of results.
    pub enum Sort {
        /// Best match first; without text, popularity.
        Relevance = "relevance",
        /// Cheapest first.
        PriceUp = "price_up",
        /// Dearest first.
        PriceDown = "price_down",
        /// Newest first.
        Newest = "newest",
        /// Most bought first.
        Popularity = "popularity",
    }
}

#[expect(clippy::derivable_impls, reason = "text_enum! declares the enum, so a default cannot be derived")]
impl Default for Sort {
    fn default() -> Self {
        Self::Relevance
    }
}

/// A brand with products that can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// Last part of its address, made of its name.
    pub slug: String,
    /// How products write it: several ways when they make the same slug, the most frequent first.
    pub names: Vec<String>,
    /// How many products it has.
    pub products: u32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The page of products.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
    /// Counts for narrowing down, when asked for.
    pub facets: Vec<Facet>,
    /// Another spelling that finds more.
    pub did_you_mean: Option<String>,
}

/// One product found, with what a product card shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The product.
    pub product: ProductId,
    /// Last part of its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Who makes it.
    pub brand: String,
    /// Lowest price of its variants.
    pub price_min: Money,
    /// Highest price of its variants.
    pub price_max: Money,
    /// The price before, when the cheapest variant is reduced.
    pub compare_at: Option<Money>,
    /// Its picture.
    pub image: Option<Image>,
    /// Whether any variant can be bought now.
    pub in_stock: bool,
    /// The SKU, when there is only one variant: can be put in the cart from a list.
    pub only_sku: Option<String>,
    /// A piece of the description around the words found; empty without text.
    pub snippet: Vec<Fragment>,
}

/// A piece of text, found words apart, so that whoever shows it does the escaping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Plain text.
    pub text: String,
    /// Whether it is one of the words looked for.
    pub found: bool,
}

/// A way to narrow down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// What kind of facet.
    pub kind: FacetKind,
    /// Its name: for attributes the attribute's.
    pub name: String,
    /// Its values, most frequent first (prices: cheapest first); at most 50.
    pub values: Vec<FacetValue>,
}

text_enum! {
    /// What a facet counts by.
    pub enum FacetKind {
        /// Category; values are slugs.
        Category = "category",
        /// Brand.
        Brand = "brand",
        /// Price range; values are `from-to` in minor units, `to` empty for the last.
        Price = "price",
        /// Availability; the one value is `in_stock`.
        Availability = "availability",
        /// An attribute or option.
        Attribute = "attribute",
    }
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetValue {
    /// What to filter by.
    pub value: String,
    /// How to show it.
    pub label: String,
    /// How many products would be found with it.
    pub count: usize,
    /// Whether the query filters by it.
    pub selected: bool,
}

/// Completions of what is being typed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Suggestions {
    /// Whole queries.
    pub queries: Vec<String>,
    /// Categories: name and slug.
    pub categories: Vec<(String, String)>,
    /// Products.
    pub products: Vec<Hit>,
}

/// What is in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexStatus {
    /// Products that can be found.
    pub documents: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Whether it has the whole catalogue and all news of it; a catalogue that is empty is whole.
    #[serde(default)]
    pub up_to_date: bool,
    /// The last time that it was built anew, since the service started.
    #[serde(default)]
    pub rebuild: Option<Rebuild>,
}

text_enum! {
    /// How building the index anew goes.
    pub enum RebuildState {
        /// Under way; the present index serves meanwhile.
        Running = "running",
        /// The new index serves.
        Finished = "finished",
        /// The old index goes on serving.
        Failed = "failed",
    }
}

/// Building the index anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuild {
    /// How it goes.
    pub state: RebuildState,
    /// Products read so far.
    pub done: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it failed, fit for staff.
    pub failure: Option<String>,
}

/// Somebody wants the index built anew, by every instance that has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildWanted {
    /// When.
    pub at: Timestamp,
}

impl Event for RebuildWanted {
    const TOPIC: &'static str = "search.rebuild_wanted";
    fn key(&self) -> String {
        "index".to_owned()
    }
}
