//! Every SQL text of the service.

use souk_contracts::{
    MessageId,
    notifications::{MessageFilter, MessageKind, MessageState, MessageSummary},
};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, Timestamp};

/// A message as it is kept.
#[derive(Debug, Clone)]
pub struct MessageRow {
    pub summary: MessageSummary,
    pub name: String,
    pub html: String,
    pub text: String,
    pub link_until: Option<Timestamp>,
    pub failures: u32,
    pub error: String,
    pub sent_at: Option<Timestamp>,
}

/// Keeps a new message; `false` when it is known.
pub fn insert(tx: &mut Tx<'_>, row: &MessageRow) -> Result<bool, Fault> {
    let summary = &row.summary;
    let inserted = tx.exec(
        sql!(
            "INSERT INTO messages (message_id, kind, email, name, order_number, subject, html, text, link_until, state,
                 created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING"
        ),
        params![
            summary.id,
            summary.kind.as_str(),
            &summary.email,
            &row.name,
            &summary.order_number,
            &summary.subject,
            &row.html,
            &row.text,
            row.link_until,
            summary.state.as_str(),
            summary.created_at,
        ],
    )?;
    Ok(inserted.rows() == 1)
}

/// Says whether there is such a message.
pub fn is_known(tx: &mut Tx<'_>, message: MessageId) -> Result<bool, Fault> {
    let found = tx.query_opt(sql!("SELECT state FROM messages WHERE message_id = ?1"), params![message], |row| {
        row.get::<String>(0)
    })?;
    Ok(found.is_some())
}

pub fn by_id(tx: &mut Tx<'_>, message: MessageId) -> Result<Option<MessageRow>, Fault> {
    tx.query_opt(
        sql!(
            "SELECT message_id, kind, email, order_number, subject, state, created_at, name, html, text, link_until,
                 failures, error, sent_at
             FROM messages WHERE message_id = ?1"
        ),
        params![message],
        |row| {
            Ok(MessageRow {
                summary: summary(row)?,
                name: row.get(7)?,
                html: row.get(8)?,
                text: row.get(9)?,
                link_until: row.get(10)?,
                failures: row.get(11)?,
                error: row.get(12)?,
                sent_at: row.get(13)?,
            })
        },
    )
}

/// Messages before a place, newest first. The leading filter picks the statement, so that each walks an index in order.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &MessageFilter,
    before: Option<MessageId>,
    rows: i64,
) -> Result<Vec<MessageSummary>, Fault> {
    let state = filter.state.map(MessageState::as_str);
    let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let wanted = text.map(|text| if text.contains('@') { text.to_lowercase() } else { text.to_uppercase() });
    let sql = match &wanted {
        Some(email) if email.contains('@') => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at FROM messages
             WHERE email = ?3 AND (CAST(?1 AS TEXT) IS NULL OR message_id < ?1)
               AND (CAST(?2 AS TEXT) IS NULL OR state = ?2)
             ORDER BY message_id DESC LIMIT ?4"
        ),
        Some(_) => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at FROM messages
             WHERE order_number = ?3 AND order_number <> '' AND (CAST(?1 AS TEXT) IS NULL OR message_id < ?1)
               AND (CAST(?2 AS TEXT) IS NULL OR state = ?2)
             ORDER BY message_id DESC LIMIT ?4"
        ),
        None if state.is_some() => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at FROM messages
             WHERE state = ?2 AND (CAST(?1 AS TEXT) IS NULL OR message_id < ?1)
               AND (CAST(?3 AS TEXT) IS NULL OR email = ?3)
             ORDER BY message_id DESC LIMIT ?4"
        ),
        None => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at FROM messages
             WHERE (CAST(?1 AS TEXT) IS NULL OR message_id < ?1)
               AND (CAST(?2 AS TEXT) IS NULL OR state = ?2) AND (CAST(?3 AS TEXT) IS NULL OR email = ?3)
             ORDER BY message_id DESC LIMIT ?4"
        ),
    };
    tx.query(sql, params![before, state, wanted, rows], summary)
}

/// Lets a message be sent (again).
pub fn queue(tx: &mut Tx<'_>, message: MessageId) -> Result<(), Fault> {
    let state = MessageState::Queued.as_str();
    tx.exec(sql!("UPDATE messages SET state = ?2 WHERE message_id = ?1"), params![message, state])?.expect_one()
}

/// Notes that the mail server took a message. A link in it has done its part here.
pub fn sent(tx: &mut Tx<'_>, message: MessageId) -> Result<(), Fault> {
    let (state, now) = (MessageState::Sent.as_str(), tx.now());
    tx.exec(
        sql!(
            "UPDATE messages SET state = ?2, sent_at = ?3,
                 html = CASE WHEN link_until IS NULL THEN html ELSE '' END,
                 text = CASE WHEN link_until IS NULL THEN text ELSE '' END
             WHERE message_id = ?1"
        ),
        params![message, state, now],
    )?;
    Ok(())
}

/// Notes that a message was not sent, and what becomes of it.
pub fn not_sent(tx: &mut Tx<'_>, message: MessageId, state: MessageState, why: &str) -> Result<(), Fault> {
    tx.exec(
        sql!("UPDATE messages SET state = ?2, error = ?3, failures = failures + 1 WHERE message_id = ?1"),
        params![message, state.as_str(), why],
    )?;
    Ok(())
}

/// Notes that a message stays here: there is no mail server any more.
pub fn keep(tx: &mut Tx<'_>, message: MessageId) -> Result<(), Fault> {
    let state = MessageState::Kept.as_str();
    tx.exec(sql!("UPDATE messages SET state = ?2 WHERE message_id = ?1"), params![message, state])?;
    Ok(())
}

/// Deletes messages that are older than this, so many at most; says how many.
pub fn delete_old(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<u64, Fault> {
    let deleted = tx.exec(
        sql!(
            fan_out
            "DELETE FROM messages WHERE message_id IN (
                 SELECT message_id FROM messages WHERE created_at <= ?1 ORDER BY created_at LIMIT ?2)"
        ),
        params![before, limit],
    )?;
    Ok(deleted.rows())
}

/// Deletes messages to an address, so many at most; says how many.
pub fn delete_to(tx: &mut Tx<'_>, email: &str, limit: usize) -> Result<u64, Fault> {
    let deleted = tx.exec(
        sql!(
            fan_out
            "DELETE FROM messages WHERE message_id IN (
                 SELECT message_id FROM messages WHERE email = ?1 ORDER BY message_id LIMIT ?2)"
        ),
        params![email, limit],
    )?;
    Ok(deleted.rows())
}

/// Erases what is in messages whose link has run out, so many at most; says how many.
pub fn erase_run_out(tx: &mut Tx<'_>, limit: usize) -> Result<u64, Fault> {
    let now = tx.now();
    let erased = tx.exec(
        sql!(
            fan_out
            "UPDATE messages SET html = '', text = '' WHERE message_id IN (
                 SELECT message_id FROM messages
                 WHERE link_until IS NOT NULL AND html <> '' AND link_until <= ?1 ORDER BY link_until LIMIT ?2)"
        ),
        params![now, limit],
    )?;
    Ok(erased.rows())
}

fn summary(row: &Row<'_>) -> Result<MessageSummary, Fault> {
    Ok(MessageSummary {
        id: row.get(0)?,
        kind: row.parse::<MessageKind>(1)?,
        email: row.get(2)?,
        order_number: row.get(3)?,
        subject: row.get(4)?,
        state: row.parse(5)?,
        created_at: row.get(6)?,
    })
}
