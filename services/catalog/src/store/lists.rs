use souk_contracts::{
    CategoryId, CollectionId, ProductId,
    catalog::{ProductStatus, ProductSummary},
};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Currency, Fault, Money};

pub(super) fn summary(row: &Row<'_>) -> Result<ProductSummary, Fault> {
    let currency: Currency = row.get(8)?;
    let image: Option<String> = row.get(9)?;
    Ok(ProductSummary {
        id: row.get(0)?,
        slug: row.get(1)?,
        title: row.get(2)?,
        brand: row.get(3)?,
        status: row.parse(4)?,
        variants: row.get(5)?,
        price_min: Money::new(row.get(6)?, currency),
        price_max: Money::new(row.get(7)?, currency),
        image: image.map(|image| serde_json::from_str(&image).map_err(Fault::internal)).transpose()?,
        updated_at: row.get(10)?,
    })
}

/// The place of a product in a collection.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) position: i64,
    pub(crate) id: String,
}

/// The products of a collection in order, each with its place; `status` narrows it when it is not empty.
pub(crate) fn in_collection(
    tx: &mut Tx<'_>,
    collection: CollectionId,
    status: &str,
    after: &Place,
    rows: i64,
) -> Result<Vec<(i64, ProductSummary)>, Fault> {
    let sql = sql!(fan_out
        "SELECT p.product_id, p.slug, p.title, p.brand, p.status, p.variants, p.price_min, p.price_max, p.currency, p.image,
             p.updated_at, m.position
         FROM collection_members m JOIN products p ON p.product_id = m.product_id
         WHERE m.collection_id = ?1 AND (m.position, m.product_id) > (?2, ?3) AND (?4 = '' OR p.status = ?4)
         ORDER BY m.position, m.product_id LIMIT ?5"
    );
    tx.query(sql, params![collection, after.position, after.id, status, rows], |row| Ok((row.get(11)?, summary(row)?)))
}

/// The active products with ids below one, the newest first.
pub(crate) fn newest(tx: &mut Tx<'_>, before: ProductId, rows: i64) -> Result<Vec<ProductSummary>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image, updated_at
         FROM products WHERE status = ?1 AND product_id < ?2 ORDER BY product_id DESC LIMIT ?3"
    );
    tx.query(sql, params![ProductStatus::Active.as_str(), before, rows], summary)
}

/// The same of those that are in a category itself.
pub(crate) fn newest_in(
    tx: &mut Tx<'_>,
    category: CategoryId,
    before: ProductId,
    rows: i64,
) -> Result<Vec<ProductSummary>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image, updated_at
         FROM products WHERE category_id = ?1 AND product_id < ?2 AND status = ?3 ORDER BY product_id DESC LIMIT ?4"
    );
    tx.query(sql, params![category, before, ProductStatus::Active.as_str(), rows], summary)
}

/// The status and present slug of a product.
pub(crate) fn slug_of(tx: &mut Tx<'_>, id: ProductId) -> Result<Option<(ProductStatus, String)>, Fault> {
    let sql = sql!("SELECT status, slug FROM products WHERE product_id = ?1");
    tx.query_opt(sql, params![id], |row| Ok((row.parse(0)?, row.get(1)?)))
}
