use souk_contracts::{Address, AddressId, CustomerId, accounts::SavedAddress};
use souk_store::{Tx, params, sql};
use souk_types::Fault;

/// Rows that are read of one customer: more than there may be.
const ROWS_MAX: usize = 100;

/// A customer's addresses, the default first.
pub fn of_customer(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<SavedAddress>, Fault> {
    let mut found = tx.query(
        sql!(
            "SELECT address_id, address, version FROM addresses WHERE customer_id = ?1
             ORDER BY precedence DESC, address_id LIMIT ?2"
        ),
        params![customer, ROWS_MAX],
        |row| Ok(SavedAddress { id: row.get(0)?, address: row.json(1)?, is_default: false, version: row.get(2)? }),
    )?;
    if let Some(first) = found.first_mut() {
        first.is_default = true;
    }
    Ok(found)
}

/// Counts a change of a customer's addresses; `None` when there is no such customer. Of two at the same time, one waits
/// for the other or is run again.
pub fn count_change(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Option<i64>, Fault> {
    tx.query_opt(
        sql!(
            "UPDATE customers SET address_changes = address_changes + 1 WHERE customer_id = ?1
             RETURNING address_changes"
        ),
        params![customer],
        |row| row.get(0),
    )
}

/// Keeps an address, or replaces the one with its id in a new version, whose precedence stays.
pub fn put(tx: &mut Tx<'_>, customer: CustomerId, id: AddressId, address: &Address) -> Result<(), Fault> {
    let json = serde_json::to_string(address).map_err(Fault::internal)?;
    tx.exec(
        sql!(
            "INSERT INTO addresses (customer_id, address_id, address, precedence) VALUES (?1, ?2, ?3, 0)
             ON CONFLICT (customer_id, address_id) DO UPDATE
             SET address = excluded.address, version = addresses.version + 1"
        ),
        params![customer, id, json],
    )?;
    Ok(())
}

/// Gives an address a precedence.
pub fn prefer(tx: &mut Tx<'_>, customer: CustomerId, id: AddressId, precedence: i64) -> Result<(), Fault> {
    let sql = sql!("UPDATE addresses SET precedence = ?3 WHERE customer_id = ?1 AND address_id = ?2");
    tx.exec(sql, params![customer, id, precedence])?.expect_one()
}

/// Counts a change of an address, which has become the default or is so no longer.
pub fn count_version(tx: &mut Tx<'_>, customer: CustomerId, id: AddressId) -> Result<(), Fault> {
    let sql = sql!("UPDATE addresses SET version = version + 1 WHERE customer_id = ?1 AND address_id = ?2");
    tx.exec(sql, params![customer, id])?.expect_one()
}

/// Removes an address.
pub fn delete(tx: &mut Tx<'_>, customer: CustomerId, id: AddressId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM addresses WHERE customer_id = ?1 AND address_id = ?2"), params![customer, id])?;
    Ok(())
}

/// Removes all addresses of a customer.
pub fn delete_all(tx: &mut Tx<'_>, customer: CustomerId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM addresses WHERE customer_id = ?1"), params![customer])?;
    Ok(())
}
