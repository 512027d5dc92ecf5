//! Products and categories, as shoppers see them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    catalog,
    search::{self, Filters, Sort},
};
use souk_types::{Fault, limits::SEARCH_DEPTH_MAX};

use super::{
    model::{Category, Facet, Product, ProductSummary},
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    pages, schema,
};
use crate::{
    error::Failure,
    storefront::product::{Found, Lookup, is_slug, look_up},
    tree,
};

/// Products of one page, unless the caller says otherwise.
const PRODUCTS_USUAL: usize = 24;
/// Categories of one page, unless the caller says otherwise.
const CATEGORIES_USUAL: usize = 250;

schema::words! {
    sort: Sort;
}

/// Which products are wanted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Wish {
    /// Words to search for.
    #[serde(default)]
    #[schemars(length(max = 100))]
    q: String,
    /// In this category, by slug, or one below.
    #[schemars(length(max = 100))]
    category: Option<String>,
    /// Of one of these brands.
    #[serde(default)]
    #[schemars(length(max = 20), inner(length(max = 100)))]
    brand: Vec<String>,
    /// Attribute and option values, as `Colour:Blue`. Values of one attribute are alternatives.
    #[serde(default)]
    #[schemars(length(max = 40), inner(length(min = 3, max = 200), regex(pattern = "^[^:]+:.+$")))]
    attribute: Vec<String>,
    /// Lowest price at least this, minor units.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    price_min: Option<i64>,
    /// Lowest price at most this, minor units.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    price_max: Option<i64>,
    /// Only what can be bought now.
    #[serde(default)]
    in_stock: bool,
    /// The order.
    #[serde(default)]
    #[schemars(schema_with = "sort")]
    sort: Sort,
    /// Whether to count what the list can be narrowed down by.
    #[serde(default)]
    facets: bool,
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
    /// Where to go on: `next` of the page before.
    #[serde(skip_serializing)]
    #[schemars(length(max = 100))]
    cursor: Option<String>,
}

fn usual() -> usize {
    PRODUCTS_USUAL
}

impl Wish {
    fn query(&self, offset: usize) -> Result<search::Query, Failure> {
        let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (index, text) in self.attribute.iter().enumerate() {
            let (name, value) = text
                .split_once(':')
                .filter(|(name, value)| !name.is_empty() && !value.is_empty())
                .ok_or_else(|| Fault::invalid(format!("attribute[{index}]"), "must be like Colour:Blue"))?;
            attributes.entry(name.to_owned()).or_default().push(value.to_owned());
        }
        let filters = Filters {
            category: self.category.clone(),
            brands: self.brand.clone(),
            price_min: self.price_min,
            price_max: self.price_max,
            in_stock: self.in_stock,
            attributes,
            ..Filters::default()
        };
        let text = self.q.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(search::Query { text, filters, sort: self.sort, offset, limit: self.limit, facets: self.facets })
    }
}

/// A page of products.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProductPage {
    /// The products.
    items: Vec<ProductSummary>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
    /// Products in all.
    total: u64,
    /// What the list can be narrowed down by; empty unless asked for.
    facets: Vec<Facet>,
    /// Another spelling that finds more.
    did_you_mean: Option<String>,
}

/// Lists and finds products.
pub struct ListProducts;

impl Operation for ListProducts {
    const NAME: &'static str = "listProducts";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/products";
    const GROUP: Group = Group::Catalogue;
    const SUMMARY: &'static str = "Finds products by words and filters; without words lists all that pass the filters.";
    const SHARED: bool = true;
    type Path = Nothing;
    type Query = Wish;
    type Body = Nothing;
    type Answer = ProductPage;

    async fn run(call: Call, Asked { query: wish, .. }: Asked<Self>) -> Result<Reply<ProductPage>, Failure> {
        let offset = match &wish.cursor {
            Some(cursor) => pages::place(&wish, cursor)?.parse().map_err(|_| pages::lost())?,
            None => 0,
        };
        let found = call.state.search.search(&call.cx, wish.query(offset)?).await?;
        let after = offset + found.hits.len();
        let more = !found.hits.is_empty() && after < found.total && after + wish.limit <= SEARCH_DEPTH_MAX;
        let next = more.then(|| pages::cursor(&wish, &after.to_string()));
        let body = ProductPage {
            items: found.hits.iter().map(ProductSummary::from).collect(),
            next: next.clone(),
            total: found.total as u64,
            facets: found.facets.iter().map(Facet::from).collect(),
            did_you_mean: found.did_you_mean,
        };
        Ok(Reply::page(body, next))
    }
}

/// Which product.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Slug {
    /// Last part of the product's address.
    slug: String,
}

/// Reads a product.
pub struct ReadProduct;

impl Operation for ReadProduct {
    const NAME: &'static str = "readProduct";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/products/{slug}";
    const GROUP: Group = Group::Catalogue;
    const SUMMARY: &'static str = "Reads a product with its variants, prices and what can be bought now. \
        A slug that the product had before leads to its present one.";
    const SHARED: bool = true;
    type Path = Slug;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Product;

    async fn run(call: Call, Asked { path: Slug { slug }, .. }: Asked<Self>) -> Result<Reply<Product>, Failure> {
        if !is_slug(&slug) {
            return Err(absent());
        }
        match look_up(&call.state, &slug).await? {
            Lookup::Found(found) => {
                let Found { product, stocks } = *found;
                let stocks = stocks.ok_or_else(|| Fault::unavailable("the stock of a product cannot be asked"))?;
                Ok(Reply::of(Product::of(&product, &stocks)))
            }
            Lookup::Moved(slug) => Ok(Reply::Moved(format!("/api/v1/products/{slug}"))),
            Lookup::Absent => Err(absent()),
        }
    }
}

fn absent() -> Failure {
    Fault::not_found("the product").into()
}

/// Which categories.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CategoryWish {
    /// How many at most.
    #[serde(default = "usual_categories")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
    /// Where to go on: `next` of the page before.
    #[serde(skip_serializing)]
    #[schemars(length(max = 100))]
    cursor: Option<String>,
}

fn usual_categories() -> usize {
    CATEGORIES_USUAL
}

/// A page of categories.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CategoryPage {
    /// The categories.
    items: Vec<Category>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

impl CategoryWish {
    /// A page of all categories, and where the next one starts.
    ///
    /// # Errors
    /// Not found, when the cursor is not of this list.
    pub fn page<'a>(&self, all: &'a [catalog::Category]) -> Result<(&'a [catalog::Category], Option<String>), Failure> {
        let from: usize = match &self.cursor {
            Some(cursor) => pages::place(self, cursor)?.parse().map_err(|_| pages::lost())?,
            None => 0,
        };
        let rest = all.get(from..).unwrap_or_default();
        let items = &rest[..rest.len().min(self.limit)];
        let next = (items.len() < rest.len()).then(|| pages::cursor(self, &(from + items.len()).to_string()));
        Ok((items, next))
    }
}

/// Lists categories.
pub struct ListCategories;

impl Operation for ListCategories {
    const NAME: &'static str = "listCategories";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/categories";
    const GROUP: Group = Group::Catalogue;
    const SUMMARY: &'static str = "Lists the category tree, by place among siblings.";
    const SHARED: bool = true;
    type Path = Nothing;
    type Query = CategoryWish;
    type Body = Nothing;
    type Answer = CategoryPage;

    async fn run(call: Call, Asked { query: wish, .. }: Asked<Self>) -> Result<Reply<CategoryPage>, Failure> {
        let tree = tree::tree(&call.state).await?;
        let (items, next) = wish.page(tree.all())?;
        let items = items.iter().map(Category::from).collect();
        Ok(Reply::page(CategoryPage { items, next: next.clone() }, next))
    }
}

/// What is being typed.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Typed {
    /// What is there so far.
    #[schemars(length(min = 1, max = 100))]
    q: String,
}

/// Completions of what is being typed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Suggestions {
    /// Whole searches.
    queries: Vec<String>,
    /// Categories.
    categories: Vec<SuggestedCategory>,
    /// Products.
    products: Vec<ProductSummary>,
}

/// A category that fits what is being typed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SuggestedCategory {
    /// Its name.
    name: String,
    /// What to filter products by.
    slug: String,
}

/// Completes what is being typed.
pub struct Suggest;

impl Operation for Suggest {
    const NAME: &'static str = "suggest";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/suggestions";
    const GROUP: Group = Group::Catalogue;
    const SUMMARY: &'static str = "Completes what is being typed into a search box.";
    const SHARED: bool = true;
    type Path = Nothing;
    type Query = Typed;
    type Body = Nothing;
    type Answer = Suggestions;

    async fn run(call: Call, Asked { query: Typed { q }, .. }: Asked<Self>) -> Result<Reply<Suggestions>, Failure> {
        let found = call.state.search.suggest(&call.cx, q.to_lowercase()).await?;
        let categories = found.categories.into_iter().map(|(name, slug)| SuggestedCategory { name, slug });
        Ok(Reply::of(Suggestions {
            queries: found.queries,
            categories: categories.collect(),
            products: found.products.iter().map(ProductSummary::from).collect(),
        }))
    }
}
