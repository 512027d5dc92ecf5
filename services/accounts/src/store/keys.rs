use souk_contracts::{ApiKeyId, StaffId, accounts::ApiKey, permission::Scope};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, PageRequest, Timestamp};

use crate::domain::Digest;

/// Adds a key.
pub fn add(tx: &mut Tx<'_>, key: &ApiKey, digest: &Digest) -> Result<(), Fault> {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    tx.exec(
        sql!(
            "INSERT INTO api_keys (key_id, token_digest, name, scopes, hint, created_by, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        ),
        params![key.id, digest.bytes(), &key.name, scopes.join(" "), &key.hint, &key.created_by, key.created_at],
    )?;
    Ok(())
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    tx.query_one(sql!("SELECT COUNT(*) FROM api_keys"), params![], |row| row.get(0))
}

/// The key with this secret.
pub fn find(tx: &mut Tx<'_>, digest: &Digest) -> Result<Option<ApiKey>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT key_id, name, scopes, hint, created_by, created_at, last_used_at FROM api_keys
             WHERE token_digest = ?1"
        ),
        params![digest.bytes()],
        read,
    )
}

/// Keys behind an id, in the order of their ids.
pub fn page(tx: &mut Tx<'_>, after: &str, request: &PageRequest) -> Result<Vec<ApiKey>, Fault> {
    tx.query(
        sql!(
            "SELECT key_id, name, scopes, hint, created_by, created_at, last_used_at FROM api_keys
             WHERE key_id > ?1 ORDER BY key_id LIMIT ?2"
        ),
        params![after, request.rows()?],
        read,
    )
}

/// Notes when a key was last used.
pub fn touch(tx: &mut Tx<'_>, id: ApiKeyId, at: Timestamp) -> Result<(), Fault> {
    tx.exec(sql!("UPDATE api_keys SET last_used_at = ?2 WHERE key_id = ?1"), params![id, at])?;
    Ok(())
}

/// Deletes a key.
pub fn delete(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM api_keys WHERE key_id = ?1"), params![id])?;
    Ok(())
}

/// Deletes the keys that a member of staff has made.
pub fn delete_of(tx: &mut Tx<'_>, member: StaffId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM api_keys WHERE created_by = ?1"), params![member.to_string()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ApiKey, Fault> {
    let scopes: String = row.get(2)?;
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        // A scope that a newer version of the program gave is none of this one's.
        scopes: scopes.split(' ').filter_map(|scope| scope.parse::<Scope>().ok()).collect(),
        hint: row.get(3)?,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        last_used_at: row.get(6)?,
    })
}
