use souk_store::{Tx, params, sql};
use souk_types::{Fault, Timestamp};

use crate::domain::{Door, Tries};

/// The tries with an email at a door.
pub fn find(tx: &mut Tx<'_>, email: &str, door: Door) -> Result<Option<Tries>, Fault> {
    tx.query_opt(
        sql!("SELECT tries, last_at, blocked_until FROM sign_in_tries WHERE email = ?1 AND door = ?2"),
        params![email, door.as_str()],
        |row| Ok(Tries { count: row.get(0)?, last_at: row.get(1)?, blocked_until: row.get(2)? }),
    )
}

/// Keeps the tries with an email at a door.
pub fn put(tx: &mut Tx<'_>, email: &str, door: Door, tries: Tries) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO sign_in_tries (email, door, tries, last_at, blocked_until) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (email, door) DO UPDATE SET tries = excluded.tries, last_at = excluded.last_at,
                 blocked_until = excluded.blocked_until"
        ),
        params![email, door.as_str(), tries.count, tries.last_at, tries.blocked_until],
    )?;
    Ok(())
}

/// Forgets the tries with an email at a door: one went well.
pub fn forget(tx: &mut Tx<'_>, email: &str, door: Door) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM sign_in_tries WHERE email = ?1 AND door = ?2"), params![email, door.as_str()])?;
    Ok(())
}

/// Forgets tries that are older than this, so many at most; says how many.
pub fn forget_old(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<u64, Fault> {
    let forgotten = tx.exec(
        sql!(
            fan_out
            "DELETE FROM sign_in_tries WHERE (email, door) IN (
                 SELECT email, door FROM sign_in_tries WHERE last_at <= ?1 ORDER BY last_at LIMIT ?2)"
        ),
        params![before, limit],
    )?;
    Ok(forgotten.rows())
}
