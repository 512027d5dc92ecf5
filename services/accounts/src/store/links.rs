use souk_store::{Tx, params, sql};
use souk_types::{Fault, Timestamp};

use crate::domain::{Digest, Purpose};

/// Keeps the newest link of somebody; those before do not work any more.
pub fn replace(
    tx: &mut Tx<'_>,
    purpose: Purpose,
    of_whom: &str,
    digest: &Digest,
    until: Timestamp,
) -> Result<(), Fault> {
    delete_of(tx, purpose, of_whom)?;
    tx.exec(
        sql!("INSERT INTO email_links (token_digest, purpose, of_whom, expires_at) VALUES (?1, ?2, ?3, ?4)"),
        params![digest.bytes(), purpose.as_str(), of_whom, until],
    )?;
    Ok(())
}

/// Whose link this is, if it works.
pub fn find(tx: &mut Tx<'_>, purpose: Purpose, digest: &Digest) -> Result<Option<String>, Fault> {
    let now = tx.now();
    tx.query_opt(
        sql!("SELECT of_whom FROM email_links WHERE token_digest = ?1 AND purpose = ?2 AND expires_at > ?3"),
        params![digest.bytes(), purpose.as_str(), now],
        |row| row.get(0),
    )
}

/// Uses a link up. Of two who do so at the same time, one is run again and finds it gone.
pub fn take(tx: &mut Tx<'_>, digest: &Digest) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM email_links WHERE token_digest = ?1"), params![digest.bytes()])?.expect_one()
}

/// Takes somebody's links of a purpose back.
pub fn delete_of(tx: &mut Tx<'_>, purpose: Purpose, of_whom: &str) -> Result<(), Fault> {
    tx.exec(
        sql!(fan_out "DELETE FROM email_links WHERE of_whom = ?1 AND purpose = ?2"),
        params![of_whom, purpose.as_str()],
    )?;
    Ok(())
}

/// Deletes links that have run out, so many at most; says how many.
pub fn delete_run_out(tx: &mut Tx<'_>, limit: usize) -> Result<u64, Fault> {
    let now = tx.now();
    let deleted = tx.exec(
        sql!(
            fan_out
            "DELETE FROM email_links WHERE token_digest IN (
                 SELECT token_digest FROM email_links WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)"
        ),
        params![now, limit],
    )?;
    Ok(deleted.rows())
}
