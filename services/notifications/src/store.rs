//! Every SQL text of the service.

use souk_contracts::{
    MessageId,
    notifications::{MessageFilter, MessageKind, MessageState, MessageSummary},
};
use souk_store::{Row, Sql, Tx, params, sql};
use souk_types::{Fault, TimeOrder, Timestamp};

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
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at, name, html, text,
                 link_until, failures, error
             FROM messages WHERE message_id = ?1"
        ),
        params![message],
        |row| {
            Ok(MessageRow {
                summary: summary(row)?,
                name: row.get(8)?,
                html: row.get(9)?,
                text: row.get(10)?,
                link_until: row.get(11)?,
                failures: row.get(12)?,
                error: row.get(13)?,
            })
        },
    )
}

/// Messages behind a place, in an order. The leading filter picks the statement, so that each walks an index in order.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &MessageFilter,
    sort: TimeOrder,
    behind: MessageId,
    rows: i64,
) -> Result<Vec<MessageSummary>, Fault> {
    let state = filter.state.map_or("", MessageState::as_str);
    match filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) if text.contains('@') => {
            tx.query(of_email(sort), params![text.to_lowercase(), state, behind, rows], summary)
        }
        Some(text) => tx.query(of_order(sort), params![text.to_uppercase(), state, behind, rows], summary),
        None if !state.is_empty() => tx.query(of_state(sort), params![state, behind, rows], summary),
        None => tx.query(of_all(sort), params![behind, rows], summary),
    }
}

fn of_email(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE email = ?1 AND (?2 = '' OR state = ?2) AND message_id < ?3
             ORDER BY message_id DESC LIMIT ?4"
        ),
        TimeOrder::Oldest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE email = ?1 AND (?2 = '' OR state = ?2) AND message_id > ?3
             ORDER BY message_id LIMIT ?4"
        ),
    }
}

fn of_order(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE order_number = ?1 AND order_number <> ''
               AND (?2 = '' OR state = ?2) AND message_id < ?3
             ORDER BY message_id DESC LIMIT ?4"
        ),
        TimeOrder::Oldest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE order_number = ?1 AND order_number <> ''
               AND (?2 = '' OR state = ?2) AND message_id > ?3
             ORDER BY message_id LIMIT ?4"
        ),
    }
}

fn of_state(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE state = ?1 AND message_id < ?2
             ORDER BY message_id DESC LIMIT ?3"
        ),
        TimeOrder::Oldest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE state = ?1 AND message_id > ?2
             ORDER BY message_id LIMIT ?3"
        ),
    }
}

fn of_all(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE message_id < ?1
             ORDER BY message_id DESC LIMIT ?2"
        ),
        TimeOrder::Oldest => sql!(
            fan_out
            "SELECT message_id, kind, email, order_number, subject, state, created_at, sent_at
             FROM messages WHERE message_id > ?1
             ORDER BY message_id LIMIT ?2"
        ),
    }
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

/// Deletes messages to an address, all or only links to an account, so many at most; says how many.
pub fn delete_to(tx: &mut Tx<'_>, email: &str, all: bool, limit: usize) -> Result<u64, Fault> {
    let deleted = tx.exec(
        sql!(
            fan_out
            "DELETE FROM messages WHERE message_id IN (
                 SELECT message_id FROM messages
                 WHERE email = ?1 AND (?2 OR kind IN ('email_verification', 'password_reset'))
                 ORDER BY message_id LIMIT ?3)"
        ),
        params![email, all, limit],
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
        sent_at: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use souk_store::testing::TestEngine;
    use souk_types::{Cx, Env};

    use super::*;

    #[tokio::test]
    async fn messages_are_read_along_an_index_in_both_orders_whatever_is_filtered() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        for (sort, by) in [(TimeOrder::Newest, "message_id<?"), (TimeOrder::Oldest, "message_id>?")] {
            for (sql, index, texts) in [
                (of_all(sort), format!("({by})"), 1),
                (of_state(sort), format!("messages_by_state (state=? AND {by})"), 2),
                (of_email(sort), format!("messages_to (email=? AND {by})"), 3),
                (of_order(sort), format!("messages_about (order_number=? AND {by})"), 3),
            ] {
                let text = format!("EXPLAIN QUERY PLAN {}", sql.text());
                let sql: &'static Sql = Box::leak(Box::new(Sql::fan_out(Box::leak(text.into_boxed_str()))));
                let explain = move |tx: &mut Tx<'_>| match texts {
                    1 => tx.query(sql, params!["", 51], |row| row.get::<String>(3)),
                    2 => tx.query(sql, params!["", "", 51], |row| row.get::<String>(3)),
                    _ => tx.query(sql, params!["", "", "", 51], |row| row.get::<String>(3)),
                };
                let plan = store.read::<_, Fault>(&Cx::background("notifications", &env), explain).await.unwrap();
                let along =
                    plan.len() == 1 && plan[0].starts_with("SEARCH messages USING INDEX") && plan[0].contains(&index);
                assert!(along, "{index}: {plan:#?}");
            }
        }
    }
}
