//! Categories, as staff arrange them.

use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use souk_contracts::{CategoryId, CategoryKind, catalog::CategoryDraft, permission::Scope};
use souk_types::Fault;

use crate::{
    api::{
        caller::Access,
        catalogue::{self, CategoryPage, CategoryWish},
        model::Category,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        schema,
    },
    error::Failure,
};

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

async fn find(call: &Call, id: CategoryId) -> Result<Category, Failure> {
    let tree = call.state.catalog.categories(&call.cx).await?;
    let found = tree.iter().find(|category| category.id == id);
    found.map(Category::from).ok_or_else(|| Fault::not_found("the category").into())
}

async fn save(call: &Call, id: Option<CategoryId>, input: CategoryInput) -> Result<Reply<Category>, Failure> {
    let draft = CategoryDraft { id, parent: input.parent, name: input.name, position: input.position };
    let id = call.state.catalog.save_category(&call.cx, draft).await?;
    Ok(Reply::of(find(call, id).await?))
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
    type Answer = CategoryPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<CategoryPage>, Failure> {
        let all = call.state.catalog.categories(&call.cx).await?;
        catalogue::categories(&query, &all)
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
    type Answer = Category;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Category>, Failure> {
        Ok(Reply::of(find(&call, path.category).await?))
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
    type Answer = Category;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Category>, Failure> {
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
    const SUMMARY: &'static str = "Renames or moves a category; all below it comes along, and its slug stays.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    type Path = CategoryPath;
    type Query = Nothing;
    type Body = CategoryInput;
    type Answer = Category;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Category>, Failure> {
        save(&call, Some(path.category), body).await
    }
}

/// Removes a category.
pub struct DeleteCategory;

impl Operation for DeleteCategory {
    const NAME: &'static str = "deleteCategory";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/categories/{category}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Removes a category that nothing is in: neither products, nor categories, nor a \
        collection's rule.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = CategoryPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.catalog.delete_category(&call.cx, path.category).await?;
        Ok(Reply::of(Nothing {}))
    }
}
