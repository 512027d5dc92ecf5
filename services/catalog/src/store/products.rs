use std::collections::BTreeSet;

use souk_contracts::{
    ProductId,
    catalog::{Listed, ProductStatus},
};
use souk_store::{Expect, Row, Tx, json_list, params, sql};
use souk_types::Fault;

use super::{search_key, to_json};
use crate::domain::product::StoredProduct;

fn stored(row: &Row<'_>) -> Result<StoredProduct, Fault> {
    Ok(StoredProduct {
        id: row.get(0)?,
        version: row.get(1)?,
        slug: row.get(2)?,
        title: row.get(3)?,
        brand: row.get(4)?,
        status: row.parse(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        fingerprint: row.get(8)?,
        extra: row.get(9)?,
        document: row.json(10)?,
    })
}

pub(crate) fn by_id(tx: &mut Tx<'_>, id: ProductId) -> Result<Option<StoredProduct>, Fault> {
    let sql = sql!(
        "SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
         FROM products WHERE product_id = ?1"
    );
    tx.query_opt(sql, params![id], stored)
}

/// In no particular order.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[ProductId]) -> Result<Vec<StoredProduct>, Fault> {
    let sql = sql!(
        "SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
         FROM products WHERE product_id IN {each:?1}"
    );
    tx.query(sql, params![json_list(ids)], stored)
}

/// Locks the rows, in an order that all writers share; one by one, because no row of several shards can be locked by one
/// statement.
pub(crate) fn by_ids_to_change(tx: &mut Tx<'_>, ids: &[ProductId]) -> Result<Vec<StoredProduct>, Fault> {
    let sql = sql!(
        "SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
         FROM products WHERE product_id = ?1 {for_update}"
    );
    let mut found = Vec::with_capacity(ids.len());
    for id in BTreeSet::from_iter(ids) {
        found.extend(tx.query_opt(sql, params![id], stored)?);
    }
    Ok(found)
}

/// The next products by id, for those who go through all of them.
pub(crate) fn after(tx: &mut Tx<'_>, after: &str, rows: i64) -> Result<Vec<StoredProduct>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
         FROM products WHERE product_id > ?1 ORDER BY product_id LIMIT ?2"
    );
    tx.query(sql, params![after, rows], stored)
}

/// The same, with the rows locked.
pub(crate) fn after_to_change(tx: &mut Tx<'_>, after: &str, rows: i64) -> Result<Vec<StoredProduct>, Fault> {
    let ids = ids_after(tx, after, rows)?;
    by_ids_to_change(tx, &ids)
}

/// The products right before an id, the newest first.
pub(crate) fn newest_before(tx: &mut Tx<'_>, before: ProductId, rows: i64) -> Result<Vec<StoredProduct>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
         FROM products WHERE product_id < ?1 ORDER BY product_id DESC LIMIT ?2"
    );
    tx.query(sql, params![before, rows], stored)
}

pub(crate) fn ids_after(tx: &mut Tx<'_>, after: &str, rows: i64) -> Result<Vec<ProductId>, Fault> {
    let sql = sql!(fan_out "SELECT product_id FROM products WHERE product_id > ?1 ORDER BY product_id LIMIT ?2");
    tx.query(sql, params![after, rows], |row| row.get(0))
}

/// The next active products by id.
pub(crate) fn listed_after(tx: &mut Tx<'_>, after: &str, rows: i64) -> Result<Vec<Listed>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, slug, updated_at FROM products
         WHERE status = ?1 AND product_id > ?2 ORDER BY product_id LIMIT ?3"
    );
    tx.query(sql, params![ProductStatus::Active.as_str(), after, rows], |row| {
        Ok(Listed { id: row.get(0)?, slug: row.get(1)?, updated_at: row.get(2)? })
    })
}

/// The last of the next `count` active products by id, and the one behind it; fewer when there are no more.
pub(crate) fn listed_mark(tx: &mut Tx<'_>, after: &str, count: u32) -> Result<Vec<ProductId>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id FROM products
         WHERE status = ?1 AND product_id > ?2 ORDER BY product_id LIMIT 2 OFFSET ?3"
    );
    let skipped = i64::from(count.saturating_sub(1));
    tx.query(sql, params![ProductStatus::Active.as_str(), after, skipped], |row| row.get(0))
}

/// What tells whether a draft would change a product.
pub(crate) struct Digest {
    pub(crate) id: ProductId,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) extra: Option<String>,
}

pub(crate) fn digests(tx: &mut Tx<'_>, ids: &[ProductId]) -> Result<Vec<Digest>, Fault> {
    let sql = sql!("SELECT product_id, fingerprint, extra FROM products WHERE product_id IN {each:?1}");
    tx.query(sql, params![json_list(ids)], |row| {
        Ok(Digest { id: row.get(0)?, fingerprint: row.get(1)?, extra: row.get(2)? })
    })
}

pub(crate) fn missing(tx: &mut Tx<'_>, ids: &[ProductId]) -> Result<Option<ProductId>, Fault> {
    let sql = sql!("SELECT product_id FROM products WHERE product_id IN {each:?1}");
    let found: Vec<ProductId> = tx.query(sql, params![json_list(ids)], |row| row.get(0))?;
    Ok(ids.iter().find(|id| !found.contains(id)).copied())
}

pub(crate) fn insert(tx: &mut Tx<'_>, product: &StoredProduct) -> Result<(), Fault> {
    let facts = Facts::of(product)?;
    let sql = sql!(
        "INSERT INTO products (product_id, version, slug, title, title_key, brand, status, variants, price_min, price_max,
             currency, created_at, updated_at, fingerprint, image, extra, document, category_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    );
    tx.send(
        sql,
        params![
            product.id,
            product.version,
            product.slug,
            product.title,
            search_key(&product.title),
            product.brand,
            product.status.as_str(),
            product.document.variants.len(),
            facts.price_min,
            facts.price_max,
            facts.currency,
            product.created_at,
            product.updated_at,
            product.fingerprint,
            facts.image,
            product.extra,
            facts.document,
            product.document.category,
        ],
        Expect::Rows(1),
    )
}

/// Writes a product over its present row, which must have the version `was`.
pub(crate) fn replace(tx: &mut Tx<'_>, product: &StoredProduct, was: i64) -> Result<(), Fault> {
    let facts = Facts::of(product)?;
    let sql = sql!(
        "UPDATE products SET version = ?2, slug = ?3, title = ?4, title_key = ?5, brand = ?6, status = ?7, variants = ?8,
             price_min = ?9, price_max = ?10, currency = ?11, updated_at = ?12, fingerprint = ?13, image = ?14, extra = ?15,
             document = ?16, category_id = ?17
         WHERE product_id = ?1 AND version = ?18"
    );
    tx.send(
        sql,
        params![
            product.id,
            product.version,
            product.slug,
            product.title,
            search_key(&product.title),
            product.brand,
            product.status.as_str(),
            product.document.variants.len(),
            facts.price_min,
            facts.price_max,
            facts.currency,
            product.updated_at,
            product.fingerprint,
            facts.image,
            product.extra,
            facts.document,
            product.document.category,
            was,
        ],
        Expect::Rows(1),
    )
}

/// What a row repeats of its document, for lists.
struct Facts {
    price_min: i64,
    price_max: i64,
    currency: String,
    image: Option<String>,
    document: String,
}

impl Facts {
    fn of(product: &StoredProduct) -> Result<Self, Fault> {
        let (min, max) = product.document.price_range().ok_or_else(|| Fault::internal("a product has no variant"))?;
        Ok(Self {
            price_min: min.minor,
            price_max: max.minor,
            currency: min.currency.to_string(),
            image: product.document.main_image().map(|image| to_json(&image)).transpose()?,
            document: to_json(&product.document)?,
        })
    }
}
