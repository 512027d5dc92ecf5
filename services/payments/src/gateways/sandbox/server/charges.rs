//! Every SQL text of the sandbox.

use souk_store::{Row as SqlRow, Tx, params, sql};
use souk_types::{Fault, Money};

use super::http::challenge_path;
use crate::gateways::sandbox::response::{ChargeBody, Status};

/// A charge with what the merchant need not know.
#[derive(Debug, Clone)]
pub struct Row {
    pub capture: bool,
    pub return_path: String,
    pub body: ChargeBody,
}

/// Writes a new charge down; `false` when there is one of the same key.
pub fn insert(tx: &mut Tx<'_>, row: &Row) -> Result<bool, Fault> {
    let (body, now) = (&row.body, tx.now());
    let inserted = tx.exec(
        sql!(
            "INSERT INTO charges (reference, idempotency_key, customer, amount_minor, currency, capture, status,
                 captured_minor, card, code, reason, return_path, revision, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (reference) DO NOTHING"
        ),
        params![
            &body.reference,
            &body.idempotency_key,
            &body.customer,
            body.amount.minor,
            body.amount.currency,
            row.capture,
            body.status.as_str(),
            body.captured_minor,
            &body.card,
            body.code.as_deref(),
            body.reason.as_deref(),
            &row.return_path,
            body.revision,
            now,
        ],
    )?;
    Ok(inserted.rows() == 1)
}

pub fn by_reference(tx: &mut Tx<'_>, reference: &str) -> Result<Option<Row>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT reference, idempotency_key, customer, amount_minor, currency, status, captured_minor,
                 refunded_minor, card, code, reason, revision, capture, return_path
             FROM charges WHERE reference = ?1"
        ),
        params![reference],
        |row| Ok(Row { capture: row.get(12)?, return_path: row.get(13)?, body: body(row)? }),
    )
}

pub fn list(tx: &mut Tx<'_>, after: &str, limit: u32) -> Result<Vec<ChargeBody>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT reference, idempotency_key, customer, amount_minor, currency, status, captured_minor,
                 refunded_minor, card, code, reason, revision
             FROM charges WHERE reference > ?1 ORDER BY reference LIMIT ?2"
        ),
        params![after, limit],
        body,
    )
}

fn body(row: &SqlRow<'_>) -> Result<ChargeBody, Fault> {
    let reference: String = row.get(0)?;
    let status: Status = row.parse(5)?;
    Ok(ChargeBody {
        idempotency_key: row.get(1)?,
        customer: row.get(2)?,
        amount: Money::new(row.get(3)?, row.get(4)?),
        status,
        captured_minor: row.get(6)?,
        refunded_minor: row.get(7)?,
        card: row.get(8)?,
        code: row.get(9)?,
        reason: row.get(10)?,
        action_url: (status == Status::ActionRequired).then(|| challenge_path(&reference)),
        revision: row.get(11)?,
        reference,
    })
}

pub fn capture(tx: &mut Tx<'_>, reference: &str) -> Result<(), Fault> {
    let _ = tx.exec(
        sql!(
            "UPDATE charges SET status = 'captured', captured_minor = amount_minor, revision = revision + 1
             WHERE reference = ?1 AND status = 'authorised'"
        ),
        params![reference],
    )?;
    Ok(())
}

pub fn void(tx: &mut Tx<'_>, reference: &str) -> Result<(), Fault> {
    let _ = tx.exec(
        sql!(
            "UPDATE charges SET status = 'voided', revision = revision + 1
             WHERE reference = ?1 AND status IN ('pending', 'action_required', 'authorised')"
        ),
        params![reference],
    )?;
    Ok(())
}

/// What the bank decides at last on a charge that it left pending.
pub fn settle(tx: &mut Tx<'_>, reference: &str) -> Result<(), Fault> {
    let _ = tx.exec(
        sql!(
            "UPDATE charges SET status = CASE WHEN capture THEN 'captured' ELSE 'authorised' END,
                 captured_minor = CASE WHEN capture THEN amount_minor ELSE 0 END, revision = revision + 1
             WHERE reference = ?1 AND status = 'pending'"
        ),
        params![reference],
    )?;
    Ok(())
}

/// Notes the cardholder's answer; `false` when there was one before, or none is wanted.
pub fn answer_challenge(tx: &mut Tx<'_>, reference: &str, approved: bool) -> Result<bool, Fault> {
    let answered = if approved {
        tx.exec(
            sql!(
                "UPDATE charges SET status = CASE WHEN capture THEN 'captured' ELSE 'authorised' END,
                     captured_minor = CASE WHEN capture THEN amount_minor ELSE 0 END, revision = revision + 1
                 WHERE reference = ?1 AND status = 'action_required'"
            ),
            params![reference],
        )?
    } else {
        tx.exec(
            sql!(
                "UPDATE charges SET status = 'declined', code = 'challenge_failed',
                     reason = 'the payment was not confirmed at the bank', revision = revision + 1
                 WHERE reference = ?1 AND status = 'action_required'"
            ),
            params![reference],
        )?
    };
    Ok(answered.rows() == 1)
}

pub fn has_refund(tx: &mut Tx<'_>, reference: &str, refund_key: &str) -> Result<bool, Fault> {
    let found = tx.query_opt(
        sql!("SELECT amount_minor FROM charge_refunds WHERE reference = ?1 AND refund_key = ?2"),
        params![reference, refund_key],
        |row| row.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

/// Takes a refund off a charge; `false` when that much is not left.
pub fn refund(tx: &mut Tx<'_>, reference: &str, amount: Money) -> Result<bool, Fault> {
    let taken = tx.exec(
        sql!(
            "UPDATE charges SET refunded_minor = refunded_minor + ?2, revision = revision + 1
             WHERE reference = ?1 AND currency = ?3 AND status = 'captured' AND captured_minor - refunded_minor >= ?2"
        ),
        params![reference, amount.minor, amount.currency],
    )?;
    Ok(taken.rows() == 1)
}

pub fn insert_refund(tx: &mut Tx<'_>, reference: &str, refund_key: &str, amount: Money) -> Result<(), Fault> {
    let now = tx.now();
    tx.exec(
        sql!("INSERT INTO charge_refunds (reference, refund_key, amount_minor, created_at) VALUES (?1, ?2, ?3, ?4)"),
        params![reference, refund_key, amount.minor, now],
    )?
    .expect_one()
}
