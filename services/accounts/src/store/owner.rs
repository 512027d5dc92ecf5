use souk_store::{Tx, params, sql};
use souk_types::Fault;

use crate::domain::Digest;

/// Replaces the one-time token.
pub fn put(tx: &mut Tx<'_>, digest: &Digest) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(
        sql!(
            "INSERT INTO owner_tokens (slot, token_digest, created_at) VALUES (1, ?1, ?2)
             ON CONFLICT (slot) DO UPDATE SET token_digest = excluded.token_digest, created_at = excluded.created_at"
        ),
        params![digest.bytes(), now],
    )?;
    Ok(())
}

/// Says whether this is the newest one-time token and was not used.
pub fn is(tx: &mut Tx<'_>, digest: &Digest) -> Result<bool, Fault> {
    let kept: Option<Vec<u8>> =
        tx.query_opt(sql!("SELECT token_digest FROM owner_tokens WHERE slot = 1"), params![], |row| row.get(0))?;
    Ok(kept.is_some_and(|kept| digest.is(&kept)))
}

/// Takes the one-time token away. Of two who do so at the same time, one is run again and finds it gone.
pub fn take(tx: &mut Tx<'_>) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM owner_tokens WHERE slot = 1"), params![])?.expect_one()
}
