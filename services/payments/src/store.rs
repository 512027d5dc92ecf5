//! Every SQL text of the service.

use souk_contracts::{
    CustomerId, OrderId, RefundId,
    payments::{IntentBooks, Refund, RefundState},
};
use souk_store::{Expect, Row, Tx, params, sql};
use souk_types::{Fault, Money, Timestamp};

use crate::domain::{ChargeKey, Failure, Intent, Journal};

/// Writes a new intent down; `false` when the attempt is known, another one is under way, or the order has ended.
pub fn insert_intent(tx: &mut Tx<'_>, intent: &Intent) -> Result<bool, Fault> {
    let key = intent.key;
    // Asked for the row, not for the number of rows: Citus tells how many were selected.
    let inserted = tx.query_opt(
        sql!(
            "INSERT INTO intents (customer_id, order_id, attempt, payment_id, amount_minor, currency, state, goal, live,
                 gateway, token, return_path, ask_at, version, created_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15
             WHERE NOT EXISTS (SELECT 1 FROM ended_orders WHERE customer_id = ?1 AND order_id = ?2)
             ON CONFLICT DO NOTHING
             RETURNING attempt"
        ),
        params![
            key.customer,
            key.order,
            key.attempt,
            intent.id,
            intent.amount.minor,
            intent.amount.currency,
            intent.state.as_str(),
            intent.goal.as_str(),
            intent.is_live(),
            &intent.gateway,
            &intent.token,
            &intent.return_path,
            intent.ask_at,
            intent.version,
            intent.created_at,
        ],
        |row| row.get::<i64>(0),
    )?;
    Ok(inserted.is_some())
}

/// Overwrites an intent; `false` when it is no more as it was `before`, or its order has ended meanwhile.
pub fn save_intent(tx: &mut Tx<'_>, before: &Intent, after: &Intent) -> Result<bool, Fault> {
    let key = after.key;
    let saved = tx.exec(
        sql!(
            "UPDATE intents SET state = ?4, goal = ?5, live = ?6, captured_minor = ?7, refunding_minor = ?8,
                 refunded_minor = ?9, late = ?10, gateway_reference = ?11, gateway_revision = ?12, action_url = ?13,
                 failure_code = ?14, failure_reason = ?15, instrument = ?16, ask_at = ?17, asks = ?18, version = ?19
             WHERE customer_id = ?1 AND order_id = ?2 AND attempt = ?3 AND version = ?20
               AND (?21 OR NOT EXISTS (SELECT 1 FROM ended_orders WHERE customer_id = ?1 AND order_id = ?2))"
        ),
        params![
            key.customer,
            key.order,
            key.attempt,
            after.state.as_str(),
            after.goal.as_str(),
            after.is_live(),
            after.captured_minor,
            after.refunding_minor,
            after.refunded_minor,
            after.late,
            after.reference.as_deref(),
            after.revision,
            after.action_url.as_deref(),
            after.failure.as_ref().map(|failure| failure.code.as_str()),
            after.failure.as_ref().map(|failure| failure.reason.as_str()),
            &after.instrument,
            after.ask_at,
            after.asks,
            after.version,
            before.version,
            before.unwanted.is_some(),
        ],
    )?;
    Ok(saved.rows() == 1)
}

/// An order's intents with their refunds, by attempt.
pub fn intents(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<Vec<Intent>, Fault> {
    let mut intents = tx.query(
        sql!(
            "SELECT payment_id, attempt, amount_minor, currency, state, goal, captured_minor, refunding_minor,
                 refunded_minor, late, gateway, gateway_reference, gateway_revision, token, return_path, action_url,
                 failure_code, failure_reason, instrument, ask_at, asks, version, created_at,
                 (SELECT reason FROM ended_orders WHERE customer_id = ?1 AND order_id = ?2)
             FROM intents WHERE customer_id = ?1 AND order_id = ?2 ORDER BY attempt"
        ),
        params![customer, order],
        |row| intent(row, customer, order),
    )?;
    if intents.iter().any(|intent| intent.captured_minor > 0) {
        for (attempt, refund) in refunds(tx, customer, order)? {
            let of_attempt = intents.iter_mut().filter(|intent| intent.key.attempt == attempt);
            of_attempt.for_each(|intent| intent.refunds.push(refund.clone()));
        }
    }
    let live = intents.iter().find(|intent| intent.is_live()).map(|intent| intent.key.attempt);
    if let Some(live) = live {
        for intent in intents.iter_mut().filter(|intent| intent.key.attempt != live && intent.unwanted.is_none()) {
            intent.unwanted = Some("the order is paid by another attempt".to_owned());
        }
    }
    Ok(intents)
}

fn intent(row: &Row<'_>, customer: CustomerId, order: OrderId) -> Result<Intent, Fault> {
    let failure_code: Option<String> = row.get(16)?;
    let failure_reason: Option<String> = row.get(17)?;
    Ok(Intent {
        id: row.get(0)?,
        key: ChargeKey { customer, order, attempt: row.get(1)? },
        amount: Money::new(row.get(2)?, row.get(3)?),
        state: row.parse(4)?,
        goal: row.parse(5)?,
        captured_minor: row.get(6)?,
        refunding_minor: row.get(7)?,
        refunded_minor: row.get(8)?,
        late: row.get(9)?,
        gateway: row.get(10)?,
        reference: row.get(11)?,
        revision: row.get(12)?,
        token: row.get(13)?,
        return_path: row.get(14)?,
        action_url: row.get(15)?,
        failure: failure_code.map(|code| Failure { code, reason: failure_reason.unwrap_or_default() }),
        instrument: row.get(18)?,
        ask_at: row.get(19)?,
        asks: row.get(20)?,
        version: row.get(21)?,
        created_at: row.get(22)?,
        refunds: Vec::new(),
        unwanted: row.get(23)?,
    })
}

fn refunds(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<Vec<(u32, Refund)>, Fault> {
    tx.query(
        sql!(
            "SELECT attempt, refund_id, amount_minor, currency, state, reason, created_at FROM refunds
             WHERE customer_id = ?1 AND order_id = ?2 ORDER BY created_at, refund_id"
        ),
        params![customer, order],
        |row| {
            let refund = Refund {
                id: row.get(1)?,
                amount: Money::new(row.get(2)?, row.get(3)?),
                state: row.parse(4)?,
                reason: row.get(5)?,
                created_at: row.get(6)?,
            };
            Ok((row.get(0)?, refund))
        },
    )
}

pub fn insert_refund(tx: &mut Tx<'_>, key: ChargeKey, refund: &Refund) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "INSERT INTO refunds (customer_id, order_id, refund_id, attempt, amount_minor, currency, state, reason,
                 created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        ),
        params![
            key.customer,
            key.order,
            refund.id,
            key.attempt,
            refund.amount.minor,
            refund.amount.currency,
            refund.state.as_str(),
            &refund.reason,
            refund.created_at,
        ],
    )?
    .expect_one()
}

pub fn settle_refund(tx: &mut Tx<'_>, key: ChargeKey, refund: RefundId, state: RefundState) -> Result<(), Fault> {
    tx.exec(
        sql!(
            "UPDATE refunds SET state = ?4
             WHERE customer_id = ?1 AND order_id = ?2 AND refund_id = ?3 AND state = 'pending'"
        ),
        params![key.customer, key.order, refund, state.as_str()],
    )?
    .expect_one()
}

/// Books a journal. Booking the same one twice violates the primary key.
pub fn book(tx: &mut Tx<'_>, key: ChargeKey, journal: &Journal) -> Result<(), Fault> {
    let now = tx.now();
    let [(debit, plus), (credit, minus)] = journal.lines();
    tx.send(
        sql!(
            "INSERT INTO ledger (customer_id, order_id, journal, account, attempt, amount_minor, currency, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8), (?1, ?2, ?3, ?9, ?5, ?10, ?7, ?8)"
        ),
        params![
            key.customer,
            key.order,
            &journal.name,
            debit.as_str(),
            key.attempt,
            plus,
            journal.amount.currency,
            now,
            credit.as_str(),
            minus,
        ],
        Expect::Any,
    )
}

/// Remembers that an order will not be.
pub fn end_order(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId, reason: &str) -> Result<(), Fault> {
    let now = tx.now();
    let _ = tx.exec(
        sql!(
            "INSERT INTO ended_orders (customer_id, order_id, reason, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (customer_id, order_id) DO NOTHING"
        ),
        params![customer, order, reason, now],
    )?;
    Ok(())
}

pub fn order_has_ended(tx: &mut Tx<'_>, customer: CustomerId, order: OrderId) -> Result<bool, Fault> {
    let ended = tx.query_opt(
        sql!("SELECT at FROM ended_orders WHERE customer_id = ?1 AND order_id = ?2"),
        params![customer, order],
        |row| row.get::<Timestamp>(0),
    )?;
    Ok(ended.is_some())
}

/// An intent for which the gateway is to be asked, and since when.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    pub key: ChargeKey,
    pub ask_at: Timestamp,
    pub asks: u32,
}

pub fn due(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Due>, Fault> {
    let now = tx.now();
    tx.query(
        sql!(
            fan_out
            "SELECT customer_id, order_id, attempt, ask_at, asks FROM intents
             WHERE ask_at IS NOT NULL AND ask_at <= ?1 ORDER BY ask_at LIMIT ?2"
        ),
        params![now, limit],
        |row| {
            let key = ChargeKey { customer: row.get(0)?, order: row.get(1)?, attempt: row.get(2)? };
            Ok(Due { key, ask_at: row.get(3)?, asks: row.get(4)? })
        },
    )
}

/// Says whether any intent is due until `latest` or before.
pub fn any_due(tx: &mut Tx<'_>, latest: Timestamp) -> Result<bool, Fault> {
    let due = tx.query_opt(
        sql!(
            fan_out
            "SELECT attempt FROM intents WHERE ask_at IS NOT NULL AND ask_at <= ?1 LIMIT 1"
        ),
        params![latest],
        |row| row.get::<u32>(0),
    )?;
    Ok(due.is_some())
}

/// Takes a due intent until `next`; `false` when somebody else has.
pub fn claim(tx: &mut Tx<'_>, due: &Due, next: Timestamp) -> Result<bool, Fault> {
    let claimed = tx.exec(
        sql!(
            "UPDATE intents SET ask_at = ?5, asks = asks + 1
             WHERE customer_id = ?1 AND order_id = ?2 AND attempt = ?3 AND ask_at = ?4"
        ),
        params![due.key.customer, due.key.order, due.key.attempt, due.ask_at, next],
    )?;
    Ok(claimed.rows() == 1)
}

/// Where a walk over all intents has come to: customer, order, attempt.
pub type Place = (String, String, i64);

/// Intents for the audit across services.
pub fn books(tx: &mut Tx<'_>, after: &Place, rows: i64) -> Result<Vec<IntentBooks>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT customer_id, order_id, attempt, state, currency, amount_minor, captured_minor, refunded_minor
             FROM intents WHERE (customer_id, order_id, attempt) > (?1, ?2, ?3)
             ORDER BY customer_id, order_id, attempt LIMIT ?4"
        ),
        params![&after.0, &after.1, after.2, rows],
        |row| {
            let currency = row.parse(4)?;
            Ok(IntentBooks {
                customer: row.get(0)?,
                order: row.get(1)?,
                attempt: row.get(2)?,
                state: row.parse(3)?,
                amount: Money::new(row.get(5)?, currency),
                captured: Money::new(row.get(6)?, currency),
                refunded: Money::new(row.get(7)?, currency),
            })
        },
    )
}
