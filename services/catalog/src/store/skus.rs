use std::collections::HashMap;

use souk_contracts::{
    ProductId,
    catalog::{Offer, ProductStatus},
};
use souk_store::{Tx, json_list, params, sql};
use souk_types::Fault;

use super::{search_key, to_json};

/// What can be bought under these SKUs, in no particular order.
pub(crate) fn offers(tx: &mut Tx<'_>, skus: &[String]) -> Result<Vec<Offer>, Fault> {
    let sql = sql!("SELECT offer FROM skus WHERE sku IN {each:?1} AND is_active");
    tx.query(sql, params![json_list(skus)], |row| row.json(0))
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
    tx.exec(sql!("DELETE FROM skus WHERE sku IN {each:?1}"), params![json_list(skus)]).map(drop)
}

/// Adds or replaces the offer of a SKU, which must not be another product's.
pub(crate) fn put(tx: &mut Tx<'_>, offer: &Offer, status: ProductStatus) -> Result<(), Fault> {
    let sql = sql!(
        "INSERT INTO skus (sku, sku_key, product_id, is_active, offer) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (sku) DO UPDATE SET is_active = excluded.is_active, offer = excluded.offer
         WHERE skus.product_id = excluded.product_id"
    );
    let is_active = status == ProductStatus::Active;
    tx.exec(sql, params![offer.sku, search_key(&offer.sku), offer.product, is_active, to_json(offer)?])?.expect_one()
}
