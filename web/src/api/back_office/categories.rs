//! Categories, as staff arrange them.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CategoryId, CategoryKind,
    catalog::{self, CategoryDraft},
    permission::Scope,
};
use souk_types::Fault;

use crate::{
    api::{
        caller::Access,
        catalogue::CategoryWish,
        model::Category,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        schema,
    },
    error::Failure,
};

/// A category as staff see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaffCategory {
    /// The category.
    #[serde(flatten)]
    category: Category,
    /// Rises with every change; the `ETag` of the whole category.
    version: i64,
}

impl From<&catalog::Category> for StaffCategory {
    fn from(category: &catalog::Category) -> Self {
        Self { category: category.into(), version: category.version }
    }
}

/// A page of categories as staff see them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaffCategoryPage {
    /// The categories.
    items: Vec<StaffCategory>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// A category as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryInput {
    /// Its name, unique among its siblings.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// The category above; null at the top.
    #[serde(default)]
    #[schemars(schema_with = "maybe_category")]
    parent: Option<CategoryId>,
    /// Place among its siblings, the lowest first.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000))]
    position: i64,
}

fn maybe_category(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let mut schema = schema::id::<CategoryKind>(generator);
    schema.insert("type".to_owned(), serde_json::json!(["string", "null"]));
    schema
}

/// Which category.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CategoryPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<CategoryKind>")]
    category: CategoryId,
}

async fn shown(call: &Call, id: CategoryId) -> Result<Reply<StaffCategory>, Failure> {
    let tree = call.state.catalog.categories(&call.cx).await?;
    let found = tree.iter().find(|category| category.id == id).ok_or_else(|| Fault::not_found("the category"))?;
    Ok(Reply::versioned(found.into(), found.version))
}

/// Saves a category, a new one or in place of the version that was seen.
async fn save(
    call: &Call,
    seen: Option<(CategoryId, i64)>,
    input: CategoryInput,
) -> Result<Reply<StaffCategory>, Failure> {
    let (id, version) = seen.unzip();
    let draft = CategoryDraft { id, version, parent: input.parent, name: input.name, position: input.position };
    let id = call.state.catalog.save_category(&call.cx, draft).await?;
    shown(call, id).await
}

/// Lists all categories.
pub struct ListAllCategories;

impl Operation for ListAllCategories {
    const NAME: &'static str = "listAllCategories";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/categories";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists the category tree as it is at this moment, parents before children.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = Nothing;
    type Query = CategoryWish;
    type Body = Nothing;
    type Answer = StaffCategoryPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<StaffCategoryPage>, Failure> {
        let all = call.state.catalog.categories(&call.cx).await?;
        let (items, next) = query.page(&all)?;
        let items = items.iter().map(StaffCategory::from).collect();
        Ok(Reply::page(StaffCategoryPage { items, next: next.clone() }, next))
    }
}

/// Reads a category.
pub struct ReadCategory;

impl Operation for ReadCategory {
    const NAME: &'static str = "readCategory";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/categories/{category}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads a category.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = CategoryPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = StaffCategory;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<StaffCategory>, Failure> {
        shown(&call, path.category).await
    }
}

/// Adds a category.
pub struct CreateCategory;

impl Operation for CreateCategory {
    const NAME: &'static str = "createCategory";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/categories";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Adds a category.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = CategoryInput;
    type Answer = StaffCategory;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<StaffCategory>, Failure> {
        save(&call, None, body).await
    }
}

/// Replaces a category.
pub struct ReplaceCategory;

impl Operation for ReplaceCategory {
    const NAME: &'static str = "replaceCategory";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/categories/{category}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Renames or moves a category, if it still is what the caller saw; all below it comes \
        along, and its slug stays.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    type Path = CategoryPath;
    type Query = Nothing;
    type Body = CategoryInput;
    type Answer = StaffCategory;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<StaffCategory>, Failure> {
        save(&call, Some((path.category, call.version)), body).await
    }
}

/// Removes a category.
pub struct DeleteCategory;

impl Operation for DeleteCategory {
    const NAME: &'static str = "deleteCategory";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/categories/{category}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Removes a category that nothing is in, neither products, nor categories, nor a \
        collection's rule, if it still is what the caller saw.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = CategoryPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.catalog.delete_category(&call.cx, path.category, Some(call.version)).await?;
        Ok(Reply::of(Nothing {}))
    }
}
