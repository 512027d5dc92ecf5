//! Collections, as staff put them together.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{CollectionId, CollectionKind, catalog::CollectionFilter, permission::Scope};
use souk_types::Fault;

use super::collection_model::{
    Collection, CollectionInput, CollectionPreview, CollectionSummary, MembersInput, refused,
};
use crate::{
    api::{
        caller::Access,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Twice, Verb},
        orders::{PageWish, next_of, page_of},
        schema,
    },
    error::Failure,
};

/// A page of collections.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CollectionPage {
    /// The collections, by title.
    items: Vec<CollectionSummary>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Which collection.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CollectionPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<CollectionKind>")]
    collection: CollectionId,
}

async fn shown(call: &Call, id: CollectionId) -> Result<Reply<Collection>, Failure> {
    let found = call.state.catalog.collection(&call.cx, id).await?;
    let found = found.ok_or_else(|| Fault::not_found("the collection"))?;
    let version = found.version;
    Ok(Reply::versioned(Collection::of(found, call.state.shop.currency), version))
}

/// Saves a collection, a new one or in place of the version that was seen.
async fn save(
    call: &Call,
    seen: Option<(CollectionId, i64)>,
    input: CollectionInput,
) -> Result<Reply<Collection>, Failure> {
    let draft = input.into_draft(seen, call.state.shop.currency)?;
    let id = call.state.catalog.save_collection(&call.cx, draft).await.map_err(refused)?;
    shown(call, id).await
}

/// Lists collections.
pub struct ListCollections;

impl Operation for ListCollections {
    const NAME: &'static str = "listCollections";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/collections";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists collections by title.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = Nothing;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = CollectionPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<CollectionPage>, Failure> {
        let list = "collections";
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.catalog.list_collections(&call.cx, CollectionFilter::default(), page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.into_iter().map(CollectionSummary::from).collect();
        Ok(Reply::page(CollectionPage { items, next: next.clone() }, next))
    }
}

/// Reads a collection.
pub struct ReadCollection;

impl Operation for ReadCollection {
    const NAME: &'static str = "readCollection";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/collections/{collection}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads a collection, and how it gets its products.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = CollectionPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Collection;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Collection>, Failure> {
        shown(&call, path.collection).await
    }
}

/// Adds a collection.
pub struct CreateCollection;

impl Operation for CreateCollection {
    const NAME: &'static str = "createCollection";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/collections";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Adds a collection. What a rule picks is found in the background.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = CollectionInput;
    type Answer = Collection;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Collection>, Failure> {
        save(&call, None, body).await
    }
}

/// Replaces a collection.
pub struct ReplaceCollection;

impl Operation for ReplaceCollection {
    const NAME: &'static str = "replaceCollection";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/collections/{collection}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Replaces a collection, all of it but its slug, if it still is what the caller saw.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    type Path = CollectionPath;
    type Query = Nothing;
    type Body = CollectionInput;
    type Answer = Collection;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Collection>, Failure> {
        save(&call, Some((path.collection, call.version)), body).await
    }
}

/// Removes a collection.
pub struct DeleteCollection;

impl Operation for DeleteCollection {
    const NAME: &'static str = "deleteCollection";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/collections/{collection}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Removes a collection, if it still is what the caller saw or gone already; its \
        products stay.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = CollectionPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.catalog.delete_collection(&call.cx, path.collection, Some(call.version)).await?;
        Ok(Reply::of(Nothing {}))
    }
}

/// Says what a collection would have in it.
pub struct PreviewCollection;

impl Operation for PreviewCollection {
    const NAME: &'static str = "previewCollection";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/collections/preview";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Says what a collection with these members would have in it, as far as a look at the \
        newest products tells. Changes nothing.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    const TWICE: Twice = Twice::Harmless;
    type Path = Nothing;
    type Query = Nothing;
    type Body = MembersInput;
    type Answer = CollectionPreview;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<CollectionPreview>, Failure> {
        let members = body.members.into_contract(call.state.shop.currency)?;
        let preview = call.state.catalog.preview_collection(&call.cx, members).await.map_err(refused)?;
        Ok(Reply::of(preview.into()))
    }
}
