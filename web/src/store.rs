//! Every SQL text of the gateway.

use souk_store::{Tx, params, sql};
use souk_types::{Fault, Timestamp};

/// A request that must not be carried out twice.
pub struct Kept {
    /// Of what was asked.
    pub content_digest: Vec<u8>,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// What was answered; `None` while it is under way.
    pub answer: Option<KeptAnswer>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The kind of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Notes that a request begins; `false` when it is known already.
pub fn begin(tx: &mut Tx<'_>, request: &[u8; 32], content: &[u8; 32]) -> Result<bool, Fault> {
    let now = tx.now();
    let added = tx.exec(
        sql!(
            "INSERT INTO idempotent_requests (request_digest, content_digest, begun_at, content_type)
             VALUES (?1, ?2, ?3, '') ON CONFLICT DO NOTHING"
        ),
        params![request, content, now],
    )?;
    Ok(added.rows() == 1)
}

/// A request that is known.
pub fn find(tx: &mut Tx<'_>, request: &[u8; 32]) -> Result<Option<Kept>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT content_digest, begun_at, status, content_type, answer FROM idempotent_requests
             WHERE request_digest = ?1"
        ),
        params![request],
        |row| {
            let status: Option<u16> = row.get(2)?;
            let body: Option<Vec<u8>> = row.get(4)?;
            let content_type = row.get(3)?;
            let answer = status.map(|status| KeptAnswer { status, content_type, body: body.unwrap_or_default() });
            Ok(Kept { content_digest: row.get(0)?, begun_at: row.get(1)?, answer })
        },
    )
}

/// Begins a request anew that was begun then and is over; `false` when somebody else has just done so.
pub fn begin_anew(tx: &mut Tx<'_>, request: &[u8; 32], content: &[u8; 32], begun_at: Timestamp) -> Result<bool, Fault> {
    let now = tx.now();
    let begun = tx.exec(
        sql!(
            "UPDATE idempotent_requests SET content_digest = ?2, begun_at = ?4, status = NULL, answer = NULL
             WHERE request_digest = ?1 AND begun_at = ?3"
        ),
        params![request, content, begun_at, now],
    )?;
    Ok(begun.rows() == 1)
}

/// Keeps what was answered to the request that was begun then.
pub fn finish(tx: &mut Tx<'_>, request: &[u8; 32], begun_at: Timestamp, answer: &KeptAnswer) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "UPDATE idempotent_requests SET status = ?3, content_type = ?4, answer = ?5
             WHERE request_digest = ?1 AND begun_at = ?2"
        ),
        params![request, begun_at, answer.status, &answer.content_type, &answer.body],
    )?;
    Ok(())
}

/// Forgets the request that was begun then: it may be tried again.
pub fn forget(tx: &mut Tx<'_>, request: &[u8; 32], begun_at: Timestamp) -> Result<(), Fault> {
    tx.exec(
        sql!("DELETE FROM idempotent_requests WHERE request_digest = ?1 AND begun_at = ?2"),
        params![request, begun_at],
    )?;
    Ok(())
}

/// Forgets requests that were begun before then, so many at most; says how many.
pub fn forget_old(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<u64, Fault> {
    let forgotten = tx.exec(
        sql!(
            fan_out
            "DELETE FROM idempotent_requests WHERE request_digest IN (
                 SELECT request_digest FROM idempotent_requests WHERE begun_at <= ?1 ORDER BY begun_at LIMIT ?2)"
        ),
        params![before, limit],
    )?;
    Ok(forgotten.rows())
}
