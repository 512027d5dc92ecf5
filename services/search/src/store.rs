//! What must not be lost between an event and the index.

use std::collections::{BTreeMap, HashMap};

use souk_contracts::ProductId;
use souk_store::{Expect, Tx, json_list, params, sql};
use souk_types::Fault;

/// Adds pieces bought, by product.
pub fn add_sold(tx: &mut Tx<'_>, sold: &BTreeMap<ProductId, u64>) -> Result<(), Fault> {
    for (product, pieces) in sold {
        tx.send(
            sql!(
                "INSERT INTO popularity (product_id, sold, shown) VALUES (?1, ?2, 0)
                 ON CONFLICT (product_id) DO UPDATE SET sold = popularity.sold + excluded.sold"
            ),
            params![*product, *pieces],
            Expect::Any,
        )?;
    }
    Ok(())
}

/// How often these products were bought; those never bought are left out.
pub fn sold(tx: &mut Tx<'_>, products: &[ProductId]) -> Result<HashMap<ProductId, u64>, Fault> {
    let rows = tx.query(
        sql!("SELECT product_id, sold FROM popularity WHERE product_id IN {each:?1}"),
        params![&json_list(products)],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(rows.into_iter().collect())
}

/// Products that were bought noticeably more often than the index knows, and how often in all: the ranking takes the
/// logarithm, so that one piece more or less of a hundred changes no order.
pub fn popularity_news(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<(ProductId, u64)>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT product_id, sold FROM popularity WHERE sold - shown > shown / 8 ORDER BY product_id LIMIT ?1"
        ),
        params![limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Notes what the index was told.
pub fn popularity_shown(tx: &mut Tx<'_>, shown: &[(ProductId, u64)]) -> Result<(), Fault> {
    for (product, sold) in shown {
        let sql = sql!("UPDATE popularity SET shown = ?2 WHERE product_id = ?1");
        tx.send(sql, params![*product, *sold], Expect::Any)?;
    }
    Ok(())
}

/// Notes that a SKU became available or sold out.
pub fn note_stock(tx: &mut Tx<'_>, sku: &str, in_stock: bool) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO stock_news (sku, in_stock) VALUES (?1, ?2)
             ON CONFLICT (sku) DO UPDATE SET in_stock = excluded.in_stock"
        ),
        params![sku, in_stock],
    )?;
    Ok(())
}

/// SKUs that the index has not been told of.
pub fn stock_news(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<(String, bool)>, Fault> {
    tx.query(sql!(fan_out "SELECT sku, in_stock FROM stock_news ORDER BY sku LIMIT ?1"), params![limit], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Forgets what the index was told. What was heard meanwhile and differs stays.
pub fn stock_told(tx: &mut Tx<'_>, told: &[(String, bool)]) -> Result<(), Fault> {
    for in_stock in [true, false] {
        let skus = json_list(told.iter().filter(|(_, known)| *known == in_stock).map(|(sku, _)| sku));
        tx.exec(sql!("DELETE FROM stock_news WHERE sku IN {each:?1} AND in_stock = ?2"), params![&skus, in_stock])?;
    }
    Ok(())
}
