use std::collections::HashMap;

use souk_contracts::{ProductId, catalog::ProductStatus};
use souk_store::{Expect, Tx, json_list, params, sql};
use souk_types::Fault;

use super::search_key;

/// Which products have these SKUs and can be bought.
pub(crate) fn active_owners(tx: &mut Tx<'_>, skus: &[String]) -> Result<Vec<ProductId>, Fault> {
    let sql = sql!("SELECT DISTINCT product_id FROM skus WHERE sku IN {each:?1} AND is_active");
    tx.query(sql, params![json_list(skus)], |row| row.get(0))
}

/// Whose SKUs these are.
pub(crate) fn owners<'a>(
    tx: &mut Tx<'_>,
    skus: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, ProductId>, Fault> {
    let sql = sql!("SELECT sku, product_id FROM skus WHERE sku IN {each:?1}");
    Ok(tx.query(sql, params![json_list(skus)], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

pub(crate) fn remove(tx: &mut Tx<'_>, skus: &[String]) -> Result<(), Fault> {
    if skus.is_empty() {
        return Ok(());
    }
    tx.send(sql!("DELETE FROM skus WHERE sku IN {each:?1}"), params![json_list(skus)], Expect::Any)
}

/// Adds a SKU, which must not be another product's, or says anew whether it can be bought.
pub(crate) fn put(tx: &mut Tx<'_>, sku: &str, product: ProductId, status: ProductStatus) -> Result<(), Fault> {
    let statement = sql!(
        "INSERT INTO skus (sku, sku_key, product_id, is_active) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (sku) DO UPDATE SET is_active = excluded.is_active
         WHERE skus.product_id = excluded.product_id"
    );
    let is_active = status == ProductStatus::Active;
    tx.send(statement, params![sku, search_key(sku), product, is_active], Expect::Rows(1))
}
