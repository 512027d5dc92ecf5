//! All products, in any status.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    ProductId, ProductKind,
    catalog::{ProductFilter, ProductSort, ProductStatus},
    permission::Scope,
};
use souk_types::Fault;

use super::product_model::{ProductInput, StaffProduct, StaffProductSummary, status};
use crate::{
    api::{
        caller::Access,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        orders::{next_of, page_of},
        schema, sorting,
    },
    error::Failure,
};

schema::words! {
    sort: ProductSort;
}

/// Which products.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProductWish {
    /// Only this status.
    #[serde(default)]
    #[schemars(schema_with = "status")]
    status: Option<ProductStatus>,
    /// Only products whose title has all words of this, each at least begun, or one of whose SKUs starts with it.
    #[schemars(length(max = 100))]
    text: Option<String>,
    /// In this order: by when they were changed, by title, or by the lowest price; with a minus, the other way round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "sort")]
    sort: Option<ProductSort>,
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 250))]
    limit: u32,
    /// Where to go on: `next` of the page before.
    #[serde(skip_serializing)]
    #[schemars(length(max = 1500))]
    cursor: Option<String>,
}

fn usual() -> u32 {
    50
}

/// A page of products.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaffProductPage {
    /// The products, newest change first or in the order that was asked for.
    items: Vec<StaffProductSummary>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Lists products in any status.
pub struct ListAllProducts;

impl Operation for ListAllProducts {
    const NAME: &'static str = "listAllProducts";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/products";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists products in any status, newest change first or as `sort` says.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = Nothing;
    type Query = ProductWish;
    type Body = Nothing;
    type Answer = StaffProductPage;

    async fn run(call: Call, Asked { query: mut wish, .. }: Asked<Self>) -> Result<Reply<StaffProductPage>, Failure> {
        wish.sort = sorting::order(wish.sort, ProductSort::ALL)?;
        let page = page_of(&wish, wish.limit, wish.cursor.as_deref())?;
        let text = wish.text.clone().filter(|text| !text.is_empty());
        let filter = ProductFilter { status: wish.status, text, sort: wish.sort };
        let found = call.state.catalog.list(&call.cx, filter, page).await?;
        let next = next_of(&wish, found.next);
        let items = found.items.iter().map(StaffProductSummary::from).collect();
        Ok(Reply::page(StaffProductPage { items, next: next.clone() }, next))
    }
}

/// Which product.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ProductPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    pub id: ProductId,
}

/// Reads a product in any status.
pub struct ReadAnyProduct;

impl Operation for ReadAnyProduct {
    const NAME: &'static str = "readAnyProduct";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/products/{id}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads a product in any status.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = ProductPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = StaffProduct;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<StaffProduct>, Failure> {
        let found = call.state.catalog.product(&call.cx, path.id).await?;
        let product = found.ok_or_else(|| Fault::not_found("the product"))?;
        Ok(Reply::versioned(StaffProduct::of(&product), product.version))
    }
}

/// Adds a product.
pub struct CreateProduct;

impl Operation for CreateProduct {
    const NAME: &'static str = "createProduct";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/products";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Adds a product.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = ProductInput;
    type Answer = StaffProduct;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<StaffProduct>, Failure> {
        let draft = body.into_draft(call.state.shop.currency)?;
        let product = call.state.catalog.create(&call.cx, draft).await?;
        Ok(Reply::versioned(StaffProduct::of(&product), product.version))
    }
}

/// Replaces a product.
pub struct ReplaceProduct;

impl Operation for ReplaceProduct {
    const NAME: &'static str = "replaceProduct";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/products/{id}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Replaces a product, all of it, if it still is what the caller saw.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    type Path = ProductPath;
    type Query = Nothing;
    type Body = ProductInput;
    type Answer = StaffProduct;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<StaffProduct>, Failure> {
        let draft = body.into_draft(call.state.shop.currency)?;
        let product = call.state.catalog.update(&call.cx, path.id, call.version, draft).await?;
        Ok(Reply::versioned(StaffProduct::of(&product), product.version))
    }
}
