use souk_contracts::{
    ProductId,
    catalog::{Error, ExportChunk, FileFormat, ProductFilter},
};
use souk_store::Tx;
use souk_types::{Cursor, Cx, Fault, PageRequest};

use super::{json_lines::LineOut, shopify_write::Table};
use crate::{
    core::Core,
    domain::{
        extra::{self, Extra},
        fields::is_lookup,
        product::StoredProduct,
        tree::Tree,
    },
    products, store,
    store::kept_columns::KEPT_COLUMNS_MAX,
};

/// The next piece of an export. The cursor says how many columns the heading had, for there may be more by now.
pub(crate) async fn export(
    core: &Core,
    cx: &Cx,
    format: FileFormat,
    mut filter: ProductFilter,
    page: PageRequest,
) -> Result<ExportChunk, Error> {
    let rows = page.rows()?;
    filter.text = filter.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    filter.sort = None;
    let place = match &page.after {
        Some(cursor) => Some(parse(&cursor.0).ok_or_else(products::bad_cursor)?),
        None => None,
    };
    let is_first = place.is_none();
    let (count, after) = place.unwrap_or((KEPT_COLUMNS_MAX, String::new()));
    let (columns, mut found) = core
        .store
        .scan::<_, Fault>(cx, move |tx| {
            Ok((store::kept_columns::all(tx, count)?, matching(tx, &filter, &after, rows)?))
        })
        .await?;
    let tree = core.tree(cx).await?;
    let limit = page.limit as usize;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|product| product.id).filter(|_| has_more);
    let next = last.map(|id| Cursor(format!("{}.{id}", columns.len())));
    let write = move || match format {
        FileFormat::ShopifyCsv => shopify(found, &columns, is_first, &tree),
        FileFormat::JsonLines => json_lines(found, &tree),
    };
    let text = tokio::task::spawn_blocking(write).await.map_err(Fault::internal)??;
    Ok(ExportChunk { text, next })
}

/// The next products by id: an order in which a change meanwhile moves nothing.
fn matching(tx: &mut Tx<'_>, filter: &ProductFilter, after: &str, rows: i64) -> Result<Vec<StoredProduct>, Fault> {
    if *filter == ProductFilter::default() {
        return store::products::after(tx, after, rows);
    }
    if filter.text.as_ref().is_some_and(|text| !is_lookup(text)) {
        return Ok(Vec::new());
    }
    let last = ProductId::from_bits(u128::MAX).to_string();
    let ids = store::bulk::matching(tx, filter, after, &last, rows.unsigned_abs())?;
    let mut found = store::products::by_ids(tx, &ids)?;
    found.sort_unstable_by_key(|product| product.id);
    Ok(found)
}

fn parse(cursor: &str) -> Option<(usize, String)> {
    let (count, after) = cursor.split_once('.')?;
    let count = count.parse().ok().filter(|count| *count <= KEPT_COLUMNS_MAX)?;
    is_lookup(after).then(|| (count, after.to_owned()))
}

fn shopify(products: Vec<StoredProduct>, columns: &[String], is_first: bool, tree: &Tree) -> Result<String, Fault> {
    let mut table = Table::new(columns);
    if is_first {
        table.heading()?;
    }
    for product in products {
        let kept = kept(&product)?;
        table.product(&product.into_draft(tree), &kept)?;
    }
    table.into_text()
}

fn json_lines(products: Vec<StoredProduct>, tree: &Tree) -> Result<String, Fault> {
    let mut text = String::new();
    for product in products {
        let kept = kept(&product)?;
        let line = LineOut { draft: &product.into_draft(tree), extra: &kept };
        text.push_str(&serde_json::to_string(&line).map_err(Fault::internal)?);
        text.push('\n');
    }
    Ok(text)
}

fn kept(product: &StoredProduct) -> Result<Extra, Fault> {
    extra::from_text(product.extra.as_deref())
}
