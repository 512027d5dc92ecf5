//! Every SQL text of the service. Carts are documents, whose texts stand in platform/documents.

use souk_contracts::{CustomerId, ProductId};
use souk_store::{Tx, params, sql};
use souk_types::{Fault, limits::WISHES_MAX};

/// The products on a customer's wish list, the last wish first.
pub fn wishes(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<ProductId>, Fault> {
    tx.query(
        sql!(
            "SELECT product_id FROM wishes WHERE customer_id = ?1
             ORDER BY wished_at DESC, product_id DESC LIMIT ?2"
        ),
        params![customer, WISHES_MAX],
        |row| row.get(0),
    )
}

/// Puts a product on a customer's wish list, where it may be already.
pub fn add_wish(tx: &mut Tx<'_>, customer: CustomerId, product: ProductId) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(
        sql!(
            "INSERT INTO wishes (customer_id, product_id, wished_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (customer_id, product_id) DO NOTHING"
        ),
        params![customer, product, now],
    )
    .map(drop)
}

/// Takes a product off a customer's wish list.
pub fn remove_wish(tx: &mut Tx<'_>, customer: CustomerId, product: ProductId) -> Result<(), Fault> {
    let sql = sql!("DELETE FROM wishes WHERE customer_id = ?1 AND product_id = ?2");
    tx.exec(sql, params![customer, product]).map(drop)
}

/// Forgets a customer's wishes.
pub fn forget_wishes(tx: &mut Tx<'_>, customer: CustomerId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM wishes WHERE customer_id = ?1"), params![customer]).map(drop)
}
