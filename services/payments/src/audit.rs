//! Checks the books: the ledger in itself, intents and refunds against it, and all against the gateway's own list.

use std::collections::{HashMap, HashSet};

use souk_contracts::payments::IntentState;
use souk_store::{Row, Store, Tx, json_list, params, sql};
use souk_types::{Cx, Fault};

use crate::{
    domain::{Charge, ChargeKey, ChargeStatus},
    gateways::{Found, Gateway},
};

/// More findings than this say nothing new.
const FINDINGS_MAX: usize = 1_000;
const PAGE: u32 = 500;

type Invariant = fn(&mut Tx<'_>) -> Result<Vec<String>, Fault>;

const INVARIANTS: &[Invariant] = &[
    ledger_balances,
    ledger_agrees_with_intents,
    refunds_agree_with_intents,
    refunds_within_captured,
    one_capture_per_paid_order,
    ended_orders_keep_nothing,
];

/// Everything that is wrong with the books, in words.
pub async fn findings(cx: &Cx, store: &Store, gateway: &dyn Gateway) -> Result<Vec<String>, Fault> {
    let mut findings: Vec<String> = store
        .scan(cx, |tx| {
            let mut found = Vec::new();
            for invariant in INVARIANTS {
                found.extend(invariant(tx)?);
            }
            Ok::<_, Fault>(found)
        })
        .await?;
    findings.extend(gateway_agrees(cx, store, gateway).await?);
    findings.truncate(FINDINGS_MAX);
    Ok(findings)
}

/// Every journal adds up to zero in every currency.
pub fn ledger_balances(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT order_id, journal, currency, CAST(SUM(amount_minor) AS BIGINT) FROM ledger
             GROUP BY customer_id, order_id, journal, currency HAVING SUM(amount_minor) <> 0 LIMIT 1000"
        ),
        params![],
        |row| {
            let (order, journal, currency, sum): (String, String, String, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(format!("ledger_balances: journal {journal} of {order} is off by {sum} {currency} (minor units)"))
        },
    )
}

/// What an intent says was captured and given back is what the ledger has booked with the gateway for it.
pub fn ledger_agrees_with_intents(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT order_id, attempt, CAST(SUM(captured) AS BIGINT), CAST(SUM(taken) AS BIGINT),
                 CAST(SUM(refunded) AS BIGINT), CAST(SUM(given) AS BIGINT)
             FROM (
                 SELECT customer_id, order_id, attempt, currency, captured_minor AS captured, 0 AS taken,
                     refunded_minor AS refunded, 0 AS given
                 FROM intents
                 UNION ALL
                 SELECT customer_id, order_id, attempt, currency, 0,
                     CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END, 0,
                     CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END
                 FROM ledger WHERE account = 'gateway_clearing'
             ) AS told
             GROUP BY customer_id, order_id, attempt, currency
             HAVING SUM(captured) <> SUM(taken) OR SUM(refunded) <> SUM(given)
             LIMIT 1000"
        ),
        params![],
        |row| {
            Ok(format!(
                "ledger_agrees_with_intents: {}:{} says captured {}, refunded {}; the ledger says {} and {}",
                row.get::<String>(0)?,
                row.get::<i64>(1)?,
                row.get::<i64>(2)?,
                row.get::<i64>(4)?,
                row.get::<i64>(3)?,
                row.get::<i64>(5)?,
            ))
        },
    )
}

/// The refunds of an intent add up to what it says of them, and no refund is without an intent.
pub fn refunds_agree_with_intents(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT order_id, attempt
             FROM (
                 SELECT customer_id, order_id, attempt, 1 AS charges, refunding_minor AS pending,
                     refunded_minor AS succeeded
                 FROM intents
                 UNION ALL
                 SELECT customer_id, order_id, attempt, 0, CASE WHEN state = 'pending' THEN -amount_minor ELSE 0 END,
                     CASE WHEN state = 'succeeded' THEN -amount_minor ELSE 0 END
                 FROM refunds
             ) AS told
             GROUP BY customer_id, order_id, attempt
             HAVING SUM(charges) = 0 OR SUM(pending) <> 0 OR SUM(succeeded) <> 0
             LIMIT 1000"
        ),
        params![],
        |row| charge_finding(row, "refunds_agree_with_intents", "its refunds do not add up to what it says"),
    )
}

/// No more is given back, or promised to be, than was captured, and no more is captured than was asked for.
pub fn refunds_within_captured(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT order_id, attempt FROM intents
             WHERE refunded_minor + refunding_minor > captured_minor OR captured_minor > amount_minor
                OR (state = 'captured') <> (captured_minor > 0)
             LIMIT 1000"
        ),
        params![],
        |row| charge_finding(row, "refunds_within_captured", "captured and refunded do not fit its amount and state"),
    )
}

/// No order keeps the money of two attempts.
pub fn one_capture_per_paid_order(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT order_id, CAST(COUNT(*) AS BIGINT) FROM intents
             WHERE captured_minor > refunded_minor + refunding_minor AND goal <> 'undo'
             GROUP BY customer_id, order_id HAVING COUNT(*) > 1 LIMIT 1000"
        ),
        params![],
        |row| {
            let (order, count): (String, i64) = (row.get(0)?, row.get(1)?);
            Ok(format!("one_capture_per_paid_order: {order} keeps the money of {count} attempts"))
        },
    )
}

/// What orders that will not be have paid is given back, or a step towards it is due.
pub fn ended_orders_keep_nothing(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT i.order_id, i.attempt FROM intents i
             JOIN ended_orders e ON e.customer_id = i.customer_id AND e.order_id = i.order_id
             WHERE i.ask_at IS NULL
               AND (i.state IN ('authorised', 'action_required') OR i.captured_minor > i.refunded_minor)
             LIMIT 1000"
        ),
        params![],
        |row| charge_finding(row, "ended_orders_keep_nothing", "its order has ended, and it keeps the money"),
    )
}

fn charge_finding(row: &Row<'_>, invariant: &str, what: &str) -> Result<String, Fault> {
    Ok(format!("{invariant}: {}:{}: {what}", row.get::<String>(0)?, row.get::<i64>(1)?))
}

/// What an intent says, as far as the gateway says it too.
struct Entry {
    key: ChargeKey,
    state: IntentState,
    amount_minor: i64,
    currency: String,
    captured_minor: i64,
    refunded_minor: i64,
    /// A step at the gateway is due or under way, so that the two sides may differ for a while.
    moving: bool,
}

/// Intents and the gateway's own list tell the same of every charge that rests, in both directions.
pub async fn gateway_agrees(cx: &Cx, store: &Store, gateway: &dyn Gateway) -> Result<Vec<String>, Fault> {
    let mut findings = Vec::new();
    let mut listed = HashSet::new();
    let mut after = None;
    loop {
        let charges = gateway.list(cx, after, PAGE).await?;
        let Some(last) = charges.last() else { break };
        after = Some(last.reference.clone());
        let entries = entries_of(cx, store, &charges).await?;
        for charge in &charges {
            listed.insert(charge.key);
            if let Some(finding) = disagreement(entries.get(&charge.key), charge) {
                findings.push(finding);
            }
        }
        if findings.len() >= FINDINGS_MAX {
            return Ok(findings);
        }
    }
    findings.extend(unknown_to_gateway(cx, store, gateway, &listed).await?);
    Ok(findings)
}

fn disagreement(entry: Option<&Entry>, charge: &Charge) -> Option<String> {
    let key = charge.key;
    let Some(entry) = entry else {
        return Some(format!("gateway_agrees: the gateway has a charge {key}, and no payment belongs to it"));
    };
    let state = match charge.status {
        ChargeStatus::Pending => IntentState::Processing,
        ChargeStatus::ActionRequired { .. } => IntentState::ActionRequired,
        ChargeStatus::Authorised => IntentState::Authorised,
        ChargeStatus::Captured => IntentState::Captured,
        ChargeStatus::Declined { .. } => IntentState::Failed,
        ChargeStatus::Voided => IntentState::Voided,
    };
    let same_money = charge.amount.minor == entry.amount_minor
        && charge.amount.currency.as_str() == entry.currency
        && charge.captured_minor == entry.captured_minor
        && charge.refunded_minor == entry.refunded_minor;
    if entry.moving || (state == entry.state && same_money) {
        return None;
    }
    Some(format!(
        "gateway_agrees: the gateway says {key} is {state} with {} captured and {} refunded; the payment says {} with \
         {} and {}",
        charge.captured_minor, charge.refunded_minor, entry.state, entry.captured_minor, entry.refunded_minor
    ))
}

/// Intents that speak of money or of a charge, and that the gateway did not list.
async fn unknown_to_gateway(
    cx: &Cx,
    store: &Store,
    gateway: &dyn Gateway,
    listed: &HashSet<ChargeKey>,
) -> Result<Vec<String>, Fault> {
    let mut findings = Vec::new();
    let mut after = (String::new(), String::new(), 0_i64);
    loop {
        let from = after.clone();
        let page = store.scan(cx, move |tx| entries_after(tx, &from)).await?;
        let Some(last) = page.last() else { return Ok(findings) };
        after = (last.key.customer.to_string(), last.key.order.to_string(), i64::from(last.key.attempt));
        for entry in page.iter().filter(|entry| !entry.moving && !listed.contains(&entry.key)) {
            // It may have been made after the gateway's list was read: asked for by name, it is there.
            if matches!(gateway.query(cx, entry.key).await, Found::NeverHeard) {
                findings.push(format!(
                    "gateway_agrees: the payment {} is {}, and the gateway has no such charge",
                    entry.key, entry.state
                ));
            }
        }
        if findings.len() >= FINDINGS_MAX {
            return Ok(findings);
        }
    }
}

async fn entries_of(cx: &Cx, store: &Store, charges: &[Charge]) -> Result<HashMap<ChargeKey, Entry>, Fault> {
    let customers = json_list(charges.iter().map(|charge| charge.key.customer));
    let orders = json_list(charges.iter().map(|charge| charge.key.order));
    let entries = store
        .scan(cx, move |tx| {
            tx.query(
                sql!(
                    "SELECT customer_id, order_id, attempt, state, amount_minor, currency, captured_minor,
                         refunded_minor, ask_at IS NOT NULL
                     FROM intents WHERE customer_id IN {each:?1} AND order_id IN {each:?2}"
                ),
                params![customers, orders],
                entry,
            )
        })
        .await?;
    Ok(entries.into_iter().map(|entry| (entry.key, entry)).collect())
}

fn entries_after(tx: &mut Tx<'_>, (customer, order, attempt): &(String, String, i64)) -> Result<Vec<Entry>, Fault> {
    tx.query(
        sql!(
            fan_out
            "SELECT customer_id, order_id, attempt, state, amount_minor, currency, captured_minor, refunded_minor,
                 ask_at IS NOT NULL
             FROM intents
             WHERE gateway_reference IS NOT NULL AND (customer_id, order_id, attempt) > (?1, ?2, ?3)
             ORDER BY customer_id, order_id, attempt LIMIT ?4"
        ),
        params![customer, order, attempt, PAGE],
        entry,
    )
}

fn entry(row: &Row<'_>) -> Result<Entry, Fault> {
    Ok(Entry {
        key: ChargeKey { customer: row.get(0)?, order: row.get(1)?, attempt: row.get(2)? },
        state: row.parse(3)?,
        amount_minor: row.get(4)?,
        currency: row.get(5)?,
        captured_minor: row.get(6)?,
        refunded_minor: row.get(7)?,
        moving: row.get(8)?,
    })
}
