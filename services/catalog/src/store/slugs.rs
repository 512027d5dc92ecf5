use std::collections::HashMap;

use souk_contracts::ProductId;
use souk_store::{Expect, Tx, json_list, params, sql};
use souk_types::Fault;

/// Whose slug it is, and whether it still is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) product: ProductId,
    pub(crate) is_current: bool,
}

pub(crate) fn owner(tx: &mut Tx<'_>, slug: &str) -> Result<Option<Owner>, Fault> {
    let sql = sql!("SELECT product_id, is_current FROM slugs WHERE slug = ?1");
    tx.query_opt(sql, params![slug], |row| Ok(Owner { product: row.get(0)?, is_current: row.get(1)? }))
}

pub(crate) fn owners<'a>(
    tx: &mut Tx<'_>,
    slugs: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, ProductId>, Fault> {
    let sql = sql!("SELECT slug, product_id FROM slugs WHERE slug IN {each:?1}");
    Ok(tx.query(sql, params![json_list(slugs)], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

/// Gives a product a slug that it has from now on; one that only redirected before is taken over.
pub(crate) fn claim(tx: &mut Tx<'_>, slug: &str, product: ProductId) -> Result<(), Fault> {
    let sql = sql!(
        "INSERT INTO slugs (slug, product_id, is_current) VALUES (?1, ?2, TRUE)
         ON CONFLICT (slug) DO UPDATE SET product_id = excluded.product_id, is_current = TRUE
         WHERE slugs.is_current = FALSE"
    );
    tx.send(sql, params![slug, product], Expect::Rows(1))
}

/// From now on the slug only leads to where the product is.
pub(crate) fn retire(tx: &mut Tx<'_>, slug: &str, product: ProductId) -> Result<(), Fault> {
    let sql = sql!("UPDATE slugs SET is_current = FALSE WHERE slug = ?1 AND product_id = ?2");
    tx.send(sql, params![slug, product], Expect::Any)
}
