//! Imports of products: a file comes in, and how far it is.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    ImportId, ImportKind,
    catalog::{self, FileFormat, ImportState, NewImport},
    permission::Scope,
};
use souk_types::Fault;

use crate::{
    api::{
        caller::Access,
        model::instant,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        orders::{PageWish, next_of, page_of},
        schema,
        upload::{Upload, Wanted},
    },
    error::Failure,
};

schema::words! {
    format: FileFormat;
    state: ImportState;
}

/// How far an import is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportSummary {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ImportKind>")]
    id: String,
    /// What the file was called.
    name: String,
    /// How it is read.
    #[schemars(schema_with = "format")]
    format: FileFormat,
    /// Where it stands.
    #[schemars(schema_with = "state")]
    state: ImportState,
    /// Size of the file, bytes.
    bytes: u64,
    /// How much of it has been read, bytes.
    bytes_read: u64,
    /// Products added.
    created: u64,
    /// Products changed.
    updated: u64,
    /// Products that were the same already.
    unchanged: u64,
    /// Rows left out.
    refused: u64,
    /// Why it failed.
    failure: Option<String>,
    /// When it was asked for.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
    /// When it ended.
    #[schemars(schema_with = "schema::maybe_instant")]
    finished_at: Option<String>,
}

impl From<&catalog::Import> for ImportSummary {
    fn from(import: &catalog::Import) -> Self {
        Self {
            id: import.id.to_string(),
            name: import.name.clone(),
            format: import.format,
            state: import.state,
            bytes: import.bytes,
            bytes_read: import.bytes_read,
            created: import.created,
            updated: import.updated,
            unchanged: import.unchanged,
            refused: import.refused,
            failure: import.failure.clone(),
            created_at: instant(import.created_at),
            finished_at: import.finished_at.map(instant),
        }
    }
}

/// An import, and what was wrong with its file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Import {
    /// How far it is.
    #[serde(flatten)]
    summary: ImportSummary,
    /// The first rows that were left out; at most 1,000.
    bad_rows: Vec<BadRow>,
    /// Columns that were not understood, and kept aside.
    unknown_columns: Vec<String>,
}

/// A row that was left out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BadRow {
    /// Its line in the file, from 1.
    line: u64,
    /// Why.
    reason: String,
}

impl From<catalog::Import> for Import {
    fn from(import: catalog::Import) -> Self {
        let summary = ImportSummary::from(&import);
        let bad_row = |row: catalog::BadRow| BadRow { line: row.line, reason: row.reason };
        Self {
            summary,
            bad_rows: import.bad_rows.into_iter().map(bad_row).collect(),
            unknown_columns: import.unknown_columns,
        }
    }
}

/// A page of imports.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportPage {
    /// The imports, newest first.
    items: Vec<ImportSummary>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Lists imports.
pub struct ListImports;

impl Operation for ListImports {
    const NAME: &'static str = "listImports";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/imports";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists imports of products, newest first.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = Nothing;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = ImportPage;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<ImportPage>, Failure> {
        let list = "imports";
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.catalog.imports(&call.cx, catalog::ImportFilter::default(), page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.iter().map(ImportSummary::from).collect();
        Ok(Reply::page(ImportPage { items, next: next.clone() }, next))
    }
}

/// Which import.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ImportPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<ImportKind>")]
    import: ImportId,
}

async fn find(call: &Call, id: ImportId) -> Result<Reply<Import>, Failure> {
    let found = call.state.catalog.import(&call.cx, id).await?;
    Ok(Reply::of(found.ok_or_else(|| Fault::not_found("the import"))?.into()))
}

/// Reads an import.
pub struct ReadImport;

impl Operation for ReadImport {
    const NAME: &'static str = "readImport";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/imports/{import}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Says how far an import is, and which rows were left out.";
    const ACCESS: Access = Access::Key(Scope::CatalogRead);
    type Path = ImportPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Import;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Import>, Failure> {
        find(&call, path.import).await
    }
}

/// What is said of the file.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ImportWish {
    /// What the file is called, for people.
    #[serde(default = "unnamed")]
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

fn unnamed() -> String {
    "API".to_owned()
}

/// Imports a file.
pub struct CreateImport;

impl Operation for CreateImport {
    const NAME: &'static str = "createImport";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/imports";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Imports the file that is sent as the body, in the background: Shopify's product \
        CSV (text/csv) or a product in JSON a line (application/x-ndjson).";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    const UPLOAD: Option<Wanted> = Some(Wanted::Import);
    type Path = Nothing;
    type Query = ImportWish;
    type Body = Nothing;
    type Answer = Import;

    async fn run(mut call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<Import>, Failure> {
        let Some(Upload::Import { received, file, format }) = call.upload.take() else {
            return Err(Fault::internal("a file was not sent along").into());
        };
        let id = call.state.catalog.start_import(&call.cx, NewImport { file, name: query.name, format }).await?;
        received.keep();
        find(&call, id).await
    }
}
