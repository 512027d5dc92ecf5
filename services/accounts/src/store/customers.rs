use souk_contracts::{
    CustomerId,
    accounts::{Customer, CustomerSort, Profile},
};
use souk_store::{Row, Tx, params, sql};
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

fn customer(row: &Row<'_>) -> Result<Customer, Fault> {
    Ok(Customer { id: row.get(0)?, email: row.get(1)?, name: row.get(2)?, created_at: row.get(3)? })
}

/// One customer.
pub fn by_id(tx: &mut Tx<'_>, id: CustomerId) -> Result<Option<Customer>, Fault> {
    tx.query_opt(
        sql!("SELECT customer_id, email, name, created_at FROM customers WHERE customer_id = ?1"),
        params![id],
        customer,
    )
}

/// Where a list of customers goes on: behind this one.
pub struct Behind {
    pub id: CustomerId,
    pub email: String,
}

/// Customers in an order, those whose email begins so; all of them where they are not ordered by email. An id begins
/// with the moment at which it was made.
pub fn page(
    tx: &mut Tx<'_>,
    sort: CustomerSort,
    beginning: &str,
    behind: Option<&Behind>,
    rows: i64,
) -> Result<Vec<Customer>, Fault> {
    // Texts sort by their bytes, and no email sorts behind its beginning and the last character.
    let end = format!("{beginning}{}", char::MAX);
    let id = |start: u128| behind.map_or(CustomerId::from_bits(start), |behind| behind.id);
    match sort {
        CustomerSort::Newest => {
            let sql = sql!(
                fan_out
                "SELECT customer_id, email, name, created_at FROM customers
                 WHERE customer_id < ?1 ORDER BY customer_id DESC LIMIT ?2"
            );
            tx.query(sql, params![id(u128::MAX), rows], customer)
        }
        CustomerSort::Oldest => {
            let sql = sql!(
                fan_out
                "SELECT customer_id, email, name, created_at FROM customers
                 WHERE customer_id > ?1 ORDER BY customer_id LIMIT ?2"
            );
            tx.query(sql, params![id(0), rows], customer)
        }
        CustomerSort::Email => {
            let after = behind.map_or("", |behind| behind.email.as_str());
            let sql = sql!(
                fan_out
                "SELECT customer_id, email, name, created_at FROM customers
                 WHERE email >= ?1 AND email < ?2 AND email > ?3 ORDER BY email LIMIT ?4"
            );
            tx.query(sql, params![beginning, end, after, rows], customer)
        }
        CustomerSort::EmailReversed => {
            let before = behind.map_or(end.as_str(), |behind| behind.email.as_str());
            let sql = sql!(
                fan_out
                "SELECT customer_id, email, name, created_at FROM customers
                 WHERE email >= ?1 AND email < ?2 AND email < ?3 ORDER BY email DESC LIMIT ?4"
            );
            tx.query(sql, params![beginning, end, before, rows], customer)
        }
    }
}

/// What is known of a customer.
pub fn profile(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Option<Profile>, Fault> {
    tx.query_opt(
        sql!("SELECT email, name, email_verified_at, marketing_since FROM customers WHERE customer_id = ?1"),
        params![customer],
        |row| {
            let verified_at: Option<Timestamp> = row.get(2)?;
            Ok(Profile {
                email: row.get(0)?,
                name: row.get(1)?,
                email_verified: verified_at.is_some(),
                marketing_since: row.get(3)?,
            })
        },
    )
}

/// Sets a customer's password.
pub fn set_password(tx: &mut Tx<'_>, customer: CustomerId, password_hash: &str) -> Result<(), Fault> {
    tx.exec(sql!("UPDATE customers SET password_hash = ?2 WHERE customer_id = ?1"), params![customer, password_hash])?
        .expect_one()
}

/// Sets a customer's name and consent. A consent that stands keeps its time.
pub fn set_profile(tx: &mut Tx<'_>, customer: CustomerId, name: &str, marketing: bool) -> Result<(), Fault> {
    let changed = if marketing {
        let now = tx.now();
        tx.exec(
            sql!(
                "UPDATE customers SET name = ?2, marketing_since = COALESCE(marketing_since, ?3)
                 WHERE customer_id = ?1"
            ),
            params![customer, name, now],
        )?
    } else {
        tx.exec(
            sql!("UPDATE customers SET name = ?2, marketing_since = NULL WHERE customer_id = ?1"),
            params![customer, name],
        )?
    };
    changed.expect_one()
}

/// Deletes a customer.
pub fn delete(tx: &mut Tx<'_>, customer: CustomerId, email: &str) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM customer_emails WHERE email = ?1 AND customer_id = ?2"), params![email, customer])?;
    tx.exec(sql!("DELETE FROM customers WHERE customer_id = ?1"), params![customer])?.expect_one()
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
