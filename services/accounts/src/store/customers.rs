use souk_contracts::{CustomerId, accounts::Profile};
use souk_store::{Tx, params, sql};
use souk_types::{Fault, Timestamp};

use super::Account;
use crate::domain::NewPerson;

/// Says whether somebody has registered with an email.
pub fn is_taken(tx: &mut Tx<'_>, email: &str) -> Result<bool, Fault> {
    Ok(id_of(tx, email)?.is_some())
}

/// The customer with an email.
pub fn by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Account<CustomerId>>, Fault> {
    let Some(customer) = id_of(tx, email)? else {
        return Ok(None);
    };
    tx.query_opt(sql!("SELECT name, password_hash FROM customers WHERE customer_id = ?1"), params![customer], |row| {
        Ok(Account { person: customer, name: row.get(0)?, password_hash: row.get(1)? })
    })
}

/// Adds a customer; `false` when the email is taken.
pub fn add(tx: &mut Tx<'_>, customer: CustomerId, new: &NewPerson, password_hash: &str) -> Result<bool, Fault> {
    let now = tx.now();
    let free = tx.exec(
        sql!("INSERT INTO customer_emails (email, customer_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING"),
        params![&new.email, customer],
    )?;
    if free.rows() == 0 {
        return Ok(false);
    }
    tx.exec(
        sql!(
            "INSERT INTO customers (customer_id, email, name, password_hash, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)"
        ),
        params![customer, &new.email, &new.name, password_hash, now],
    )?;
    Ok(true)
}

/// What is known of a customer.
pub fn profile(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Option<Profile>, Fault> {
    tx.query_opt(
        sql!("SELECT email, name, email_verified_at FROM customers WHERE customer_id = ?1"),
        params![customer],
        |row| {
            let verified_at: Option<Timestamp> = row.get(2)?;
            Ok(Profile { email: row.get(0)?, name: row.get(1)?, email_verified: verified_at.is_some() })
        },
    )
}

/// Sets a customer's password.
pub fn set_password(tx: &mut Tx<'_>, customer: CustomerId, password_hash: &str) -> Result<(), Fault> {
    tx.exec(sql!("UPDATE customers SET password_hash = ?2 WHERE customer_id = ?1"), params![customer, password_hash])?
        .expect_one()
}

/// Notes that a customer's email is theirs; `false` when that was known.
pub fn verify(tx: &mut Tx<'_>, customer: CustomerId) -> Result<bool, Fault> {
    let now = tx.now();
    let verified = tx.exec(
        sql!("UPDATE customers SET email_verified_at = ?2 WHERE customer_id = ?1 AND email_verified_at IS NULL"),
        params![customer, now],
    )?;
    Ok(verified.rows() == 1)
}

/// The customer who has registered with an email.
pub fn id_of(tx: &mut Tx<'_>, email: &str) -> Result<Option<CustomerId>, Fault> {
    tx.query_opt(sql!("SELECT customer_id FROM customer_emails WHERE email = ?1"), params![email], |row| row.get(0))
}
