use souk_contracts::{
    InvitationId,
    accounts::{Invitation, Invited},
};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, PageRequest, Timestamp};

/// Keeps an invitation, in place of one before to the same email; answers its id.
pub fn put(tx: &mut Tx<'_>, id: InvitationId, invited: &Invited, until: Timestamp) -> Result<InvitationId, Fault> {
    let now = tx.now();
    tx.query_one(
        sql!(
            "INSERT INTO invitations (invitation_id, email, name, role, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (email) DO UPDATE SET name = excluded.name, role = excluded.role,
                 created_at = excluded.created_at, expires_at = excluded.expires_at
             RETURNING invitation_id"
        ),
        params![id, &invited.email, &invited.name, invited.role.as_str(), now, until],
        |row| row.get(0),
    )
}

/// An invitation that has not run out.
pub fn by_id(tx: &mut Tx<'_>, id: InvitationId) -> Result<Option<Invitation>, Fault> {
    let now = tx.now();
    tx.query_opt(
        sql!(
            "SELECT invitation_id, email, name, role, created_at, expires_at FROM invitations
             WHERE invitation_id = ?1 AND expires_at > ?2"
        ),
        params![id, now],
        read,
    )
}

/// Invitations behind an id, in the order of their ids.
pub fn page(tx: &mut Tx<'_>, after: &str, request: &PageRequest) -> Result<Vec<Invitation>, Fault> {
    let now = tx.now();
    tx.query(
        sql!(
            "SELECT invitation_id, email, name, role, created_at, expires_at FROM invitations
             WHERE invitation_id > ?1 AND expires_at > ?2 ORDER BY invitation_id LIMIT ?3"
        ),
        params![after, now, request.rows()?],
        read,
    )
}

/// Takes an invitation away.
pub fn delete(tx: &mut Tx<'_>, id: InvitationId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM invitations WHERE invitation_id = ?1"), params![id])?;
    Ok(())
}

/// Deletes invitations that have run out.
pub fn delete_run_out(tx: &mut Tx<'_>) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(sql!("DELETE FROM invitations WHERE expires_at <= ?1"), params![now])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Invitation, Fault> {
    Ok(Invitation {
        id: row.get(0)?,
        invited: Invited { email: row.get(1)?, name: row.get(2)?, role: row.parse(3)? },
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
    })
}
