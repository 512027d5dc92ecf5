use souk_contracts::{CategoryId, catalog::Category};
use souk_store::{Tx, params, sql};
use souk_types::Fault;

use crate::domain::tree::Tree;

pub(crate) fn tree(tx: &mut Tx<'_>) -> Result<Tree, Fault> {
    let sql = sql!("SELECT category_id, parent_id, name, slug, position, version FROM categories");
    let categories = tx.query(sql, params![], |row| {
        let parent: String = row.get(1)?;
        Ok(Category {
            id: row.get(0)?,
            parent: if parent.is_empty() { None } else { Some(row.get(1)?) },
            name: row.get(2)?,
            slug: row.get(3)?,
            position: row.get(4)?,
            version: row.get(5)?,
        })
    })?;
    Ok(Tree::new(categories))
}

/// Adds a category or replaces it, all but its slug.
pub(crate) fn put(tx: &mut Tx<'_>, category: &Category) -> Result<(), Fault> {
    let parent = category.parent.map(|parent| parent.to_string()).unwrap_or_default();
    let sql = sql!(
        "INSERT INTO categories (category_id, parent_id, name, slug, position, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (category_id) DO UPDATE
         SET parent_id = excluded.parent_id, name = excluded.name, position = excluded.position,
             version = excluded.version"
    );
    tx.exec(sql, params![category.id, parent, category.name, category.slug, category.position, category.version])?
        .expect_one()
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: CategoryId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM categories WHERE category_id = ?1"), params![id])?.expect_one()
}

/// Says whether a product, in whatever status, is in a category itself.
pub(crate) fn has_products(tx: &mut Tx<'_>, id: CategoryId) -> Result<bool, Fault> {
    let sql = sql!(fan_out "SELECT product_id FROM products WHERE category_id = ?1 LIMIT 1");
    Ok(tx.query_opt(sql, params![id], |row| row.get::<String>(0))?.is_some())
}
