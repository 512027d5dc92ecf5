use souk_contracts::{
    CustomerId, StaffId,
    accounts::{Identity, Person, SESSIONS_LISTED_MAX, SessionSummary},
    permission::Role,
};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, Timestamp};

use crate::domain::Digest;

/// A session that has not run out.
pub struct Known {
    /// Whose it is.
    pub identity: Identity,
    /// When it was last made to last longer.
    pub touched_at: Timestamp,
}

/// Adds a session.
pub fn insert(tx: &mut Tx<'_>, digest: &Digest, identity: &Identity) -> Result<(), Fault> {
    let now = tx.now();
    let (customer, staff) = match identity.person {
        Person::Customer(id) => (Some(id), None),
        Person::Staff(id, _) => (None, Some(id)),
    };
    tx.exec(
        sql!(
            "INSERT INTO sessions (token_digest, customer_id, staff_id, email, name, created_at, touched_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)"
        ),
        params![digest.bytes(), customer, staff, &identity.email, &identity.name, now, identity.expires_at],
    )?;
    Ok(())
}

/// Finds a session. The role is read afresh: what somebody may do does not outlive their job.
pub fn find(tx: &mut Tx<'_>, digest: &Digest) -> Result<Option<Known>, Fault> {
    let now = tx.now();
    let found = tx.query_opt(
        sql!(
            "SELECT sessions.customer_id, sessions.staff_id, sessions.email, sessions.name, sessions.expires_at,
                 sessions.touched_at, staff.role
             FROM sessions LEFT JOIN staff ON staff.staff_id = sessions.staff_id
             WHERE sessions.token_digest = ?1 AND sessions.expires_at > ?2"
        ),
        params![digest.bytes(), now],
        read,
    )?;
    Ok(found.flatten())
}

/// Lets a session last until then, unless another process has just done so.
pub fn touch(tx: &mut Tx<'_>, digest: &Digest, touched_at: Timestamp, expires_at: Timestamp) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(
        sql!("UPDATE sessions SET touched_at = ?3, expires_at = ?4 WHERE token_digest = ?1 AND touched_at = ?2"),
        params![digest.bytes(), touched_at, now, expires_at],
    )?;
    Ok(())
}

/// Ends a session.
pub fn delete(tx: &mut Tx<'_>, digest: &Digest) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM sessions WHERE token_digest = ?1"), params![digest.bytes()])?;
    Ok(())
}

/// Ends all sessions of a customer.
pub fn delete_of_customer(tx: &mut Tx<'_>, customer: CustomerId) -> Result<(), Fault> {
    tx.exec(sql!(fan_out "DELETE FROM sessions WHERE customer_id = ?1"), params![customer])?;
    Ok(())
}

/// Ends all sessions of a customer but one.
pub fn delete_others(tx: &mut Tx<'_>, customer: CustomerId, keep: &Digest) -> Result<(), Fault> {
    tx.exec(
        sql!(fan_out "DELETE FROM sessions WHERE customer_id = ?1 AND token_digest <> ?2"),
        params![customer, keep.bytes()],
    )?;
    Ok(())
}

/// Ends one session of a customer.
pub fn delete_one(tx: &mut Tx<'_>, customer: CustomerId, digest: &Digest) -> Result<(), Fault> {
    tx.exec(
        sql!("DELETE FROM sessions WHERE token_digest = ?2 AND customer_id = ?1"),
        params![customer, digest.bytes()],
    )?;
    Ok(())
}

/// The sessions of a customer, those used last first.
pub fn of_customer(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    current: Option<&Digest>,
) -> Result<Vec<SessionSummary>, Fault> {
    let now = tx.now();
    tx.query(
        sql!(
            fan_out
            "SELECT token_digest, created_at, touched_at FROM sessions
             WHERE customer_id = ?1 AND expires_at > ?2 ORDER BY touched_at DESC, token_digest LIMIT ?3"
        ),
        params![customer, now, SESSIONS_LISTED_MAX],
        |row| {
            let digest: Vec<u8> = row.get(0)?;
            Ok(SessionSummary {
                id: Digest::id_of(&digest),
                begun_at: row.get(1)?,
                seen_at: row.get(2)?,
                is_current: current.is_some_and(|current| current.is(&digest)),
            })
        },
    )
}

/// Tells the sessions of a customer their new name.
pub fn rename(tx: &mut Tx<'_>, customer: CustomerId, name: &str) -> Result<(), Fault> {
    tx.exec(sql!(fan_out "UPDATE sessions SET name = ?2 WHERE customer_id = ?1"), params![customer, name])?;
    Ok(())
}

/// Ends all sessions of a member of staff.
pub fn delete_of_staff(tx: &mut Tx<'_>, member: StaffId) -> Result<(), Fault> {
    tx.exec(sql!(fan_out "DELETE FROM sessions WHERE staff_id = ?1"), params![member])?;
    Ok(())
}

/// Deletes sessions that have run out, so many at most; says how many.
pub fn delete_run_out(tx: &mut Tx<'_>, limit: usize) -> Result<u64, Fault> {
    let now = tx.now();
    let deleted = tx.exec(
        sql!(
            fan_out
            "DELETE FROM sessions WHERE token_digest IN (
                 SELECT token_digest FROM sessions WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)"
        ),
        params![now, limit],
    )?;
    Ok(deleted.rows())
}

fn read(row: &Row<'_>) -> Result<Option<Known>, Fault> {
    let customer: Option<CustomerId> = row.get(0)?;
    let staff: Option<StaffId> = row.get(1)?;
    let role: Option<Role> = row.parse_opt(6)?;
    let person = match (customer, staff.zip(role)) {
        (Some(id), _) => Person::Customer(id),
        (None, Some((id, role))) => Person::Staff(id, role),
        (None, None) => return Ok(None),
    };
    let identity = Identity { person, email: row.get(2)?, name: row.get(3)?, expires_at: row.get(4)? };
    Ok(Some(Known { identity, touched_at: row.get(5)? }))
}
