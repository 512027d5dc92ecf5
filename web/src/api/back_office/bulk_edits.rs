//! Changes of many products at once: asked for with a preview, done in the background, stopped and undone.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    BulkEditId, BulkEditKind,
    catalog::{BulkEditFilter, BulkOutcome},
    permission::Scope,
};
use souk_types::Fault;

use super::bulk_model::{BulkEdit, BulkEditInput, BulkPreview, BulkProduct, outcome, refused};
use crate::{
    api::{
        caller::Access,
        idempotency,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Twice, Verb},
        orders::{PageWish, next_of, page_of},
        schema,
    },
    error::Failure,
};

/// A page of changes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkEditPage {
    /// The changes, newest first.
    items: Vec<BulkEdit>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Which change of many products.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct BulkEditPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<BulkEditKind>")]
    edit: BulkEditId,
}

async fn find(call: &Call, id: BulkEditId) -> Result<Reply<BulkEdit>, Failure> {
    let found = call.state.catalog.bulk_edit(&call.cx, id).await?;
    Ok(Reply::of(found.ok_or_else(|| Fault::not_found("the bulk edit"))?.into()))
}

/// Lists changes of many products.
pub struct ListBulkEdits;

impl Operation for ListBulkEdits {
    const NAME: &'static str = "listBulkEdits";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/bulk-edits";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists changes of many products, newest first.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = Nothing;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = BulkEditPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<BulkEditPage>, Failure> {
        let list = "bulk edits";
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.catalog.bulk_edits(&call.cx, BulkEditFilter::default(), page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.into_iter().map(BulkEdit::from).collect();
        Ok(Reply::page(BulkEditPage { items, next: next.clone() }, next))
    }
}

/// Reads a change of many products.
pub struct ReadBulkEdit;

impl Operation for ReadBulkEdit {
    const NAME: &'static str = "readBulkEdit";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/bulk-edits/{edit}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Says how far a change of many products is.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = BulkEditPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = BulkEdit;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<BulkEdit>, Failure> {
        find(&call, path.edit).await
    }
}

/// Which products of a change.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct BulkProductWish {
    /// Those with which this was done: `failed` and `kept` say why.
    #[schemars(schema_with = "outcome")]
    outcome: BulkOutcome,
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 250))]
    limit: u32,
    /// Where to go on: `next` of the page before.
    #[schemars(length(max = 200))]
    cursor: Option<String>,
}

fn usual() -> u32 {
    50
}

/// A page of products of a change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkProductPage {
    /// The products.
    items: Vec<BulkProduct>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Lists what became of products.
pub struct ListBulkEditProducts;

impl Operation for ListBulkEditProducts {
    const NAME: &'static str = "listBulkEditProducts";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/bulk-edits/{edit}/products";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists the products that a change of many, or undoing it, has dealt with in one way.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = BulkEditPath;
    type Query = BulkProductWish;
    type Body = Nothing;
    type Answer = BulkProductPage;

    async fn run(call: Call, Asked { path, query: wish, .. }: Asked<Self>) -> Result<Reply<BulkProductPage>, Failure> {
        let list = ("products of a bulk edit", path.edit, wish.outcome);
        let page = page_of(&list, wish.limit, wish.cursor.as_deref())?;
        find(&call, path.edit).await?;
        let found = call.state.catalog.bulk_edit_products(&call.cx, path.edit, wish.outcome, page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.into_iter().map(BulkProduct::from).collect();
        Ok(Reply::page(BulkProductPage { items, next: next.clone() }, next))
    }
}

/// Says what a change would do.
pub struct PreviewBulkEdit;

impl Operation for PreviewBulkEdit {
    const NAME: &'static str = "previewBulkEdit";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/bulk-edits/preview";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Says how many products a change is for, and what it would do to the first few. \
        Changes nothing.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const TWICE: Twice = Twice::Harmless;
    const CHANGES: bool = false;
    type Path = Nothing;
    type Query = Nothing;
    type Body = BulkEditInput;
    type Answer = BulkPreview;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<BulkPreview>, Failure> {
        let (selection, change) = (body.selection.into(), body.change.into());
        let preview = call.state.catalog.preview_bulk_edit(&call.cx, selection, Some(change)).await;
        Ok(Reply::of(preview.map_err(refused)?.into()))
    }
}

/// Starts a change.
pub struct CreateBulkEdit;

impl Operation for CreateBulkEdit {
    const NAME: &'static str = "createBulkEdit";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/bulk-edits";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Changes many products, in the background.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = BulkEditInput;
    type Answer = BulkEdit;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<BulkEdit>, Failure> {
        let id =
            idempotency::id_bits(&call.cx).map_or_else(|| BulkEditId::generate(&call.state.env), BulkEditId::from_bits);
        call.state.catalog.start_bulk_edit(&call.cx, id, body.into()).await.map_err(refused)?;
        find(&call, id).await
    }
}

/// Stops a change.
pub struct StopBulkEdit;

impl Operation for StopBulkEdit {
    const NAME: &'static str = "stopBulkEdit";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/bulk-edits/{edit}/stop";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Stops a change of many products where it is. What it has changed stays, and can be \
        undone; one that does not run any more stays as it is.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    type Path = BulkEditPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = BulkEdit;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<BulkEdit>, Failure> {
        call.state.catalog.stop_bulk_edit(&call.cx, path.edit).await?;
        find(&call, path.edit).await
    }
}

/// Undoes a change.
pub struct UndoBulkEdit;

impl Operation for UndoBulkEdit {
    const NAME: &'static str = "undoBulkEdit";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/bulk-edits/{edit}/undo";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Stops a change of many products if it still runs, and gives the products back what \
        they had, in the background, unless they were changed since.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    type Path = BulkEditPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = BulkEdit;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<BulkEdit>, Failure> {
        call.state.catalog.undo_bulk_edit(&call.cx, path.edit).await?;
        find(&call, path.edit).await
    }
}
