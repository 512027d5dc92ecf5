use souk_contracts::{StaffId, accounts::StaffMember, permission::Role};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, PageRequest};

use super::Account;
use crate::domain::NewPerson;

/// The member of staff with an email.
pub fn by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Account<(StaffId, Role)>>, Fault> {
    tx.query_opt(
        sql!("SELECT staff_id, role, name, password_hash FROM staff WHERE email = ?1"),
        params![email],
        |row| {
            let person = (row.get(0)?, row.parse(1)?);
            Ok(Account { person, name: row.get(2)?, password_hash: row.get(3)? })
        },
    )
}

/// Adds a member of staff; `false` when the email is taken.
pub fn add(tx: &mut Tx<'_>, id: StaffId, new: &NewPerson, role: Role, password_hash: &str) -> Result<bool, Fault> {
    let now = tx.now();
    let added = tx.exec(
        sql!(
            "INSERT INTO staff (staff_id, email, name, role, password_hash, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"
        ),
        params![id, &new.email, &new.name, role.as_str(), password_hash, now],
    )?;
    Ok(added.rows() == 1)
}

/// Says whether there is an owner.
pub fn has_owner(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    let owner = Role::Owner.as_str();
    tx.query_one(sql!("SELECT COUNT(*) FROM staff WHERE role = ?1"), params![owner], |row| Ok(row.get::<i64>(0)? > 0))
}

/// Says whether somebody is a member of staff by this email.
pub fn is_taken(tx: &mut Tx<'_>, email: &str) -> Result<bool, Fault> {
    Ok(by_email(tx, email)?.is_some())
}

/// The owners. Of two who change who they are at the same time, one is run again and sees what the other did.
pub fn owners(tx: &mut Tx<'_>) -> Result<Vec<StaffId>, Fault> {
    let owner = Role::Owner.as_str();
    tx.query(sql!("SELECT staff_id FROM staff WHERE role = ?1 ORDER BY staff_id {for_update}"), params![owner], |row| {
        row.get(0)
    })
}

/// Removes a member of staff.
pub fn delete(tx: &mut Tx<'_>, member: StaffId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM staff WHERE staff_id = ?1"), params![member])?;
    Ok(())
}

/// Gives a member of staff another role; `false` when there is no such.
pub fn set_role(tx: &mut Tx<'_>, member: StaffId, role: Role) -> Result<bool, Fault> {
    let changed = tx.exec(sql!("UPDATE staff SET role = ?2 WHERE staff_id = ?1"), params![member, role.as_str()])?;
    Ok(changed.rows() == 1)
}

/// Sets the password of a member of staff.
pub fn set_password(tx: &mut Tx<'_>, member: StaffId, password_hash: &str) -> Result<(), Fault> {
    tx.exec(sql!("UPDATE staff SET password_hash = ?2 WHERE staff_id = ?1"), params![member, password_hash])?
        .expect_one()
}

/// A member of staff.
pub fn by_id(tx: &mut Tx<'_>, member: StaffId) -> Result<Option<StaffMember>, Fault> {
    tx.query_opt(sql!("SELECT staff_id, email, name, role FROM staff WHERE staff_id = ?1"), params![member], read)
}

/// Staff behind an id, in the order of their ids.
pub fn page(tx: &mut Tx<'_>, after: &str, request: &PageRequest) -> Result<Vec<StaffMember>, Fault> {
    tx.query(
        sql!(
            "SELECT staff_id, email, name, role FROM staff
             WHERE staff_id > ?1 ORDER BY staff_id LIMIT ?2"
        ),
        params![after, request.rows()?],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<StaffMember, Fault> {
    Ok(StaffMember { id: row.get(0)?, email: row.get(1)?, name: row.get(2)?, role: row.parse(3)? })
}
