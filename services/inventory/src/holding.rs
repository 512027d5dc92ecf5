//! What orders do to stock, as one transaction each: reserve, commit, release, ship, run out.

use std::collections::{BTreeMap, BTreeSet};

use souk_contracts::{
    OrderId,
    inventory::{Error, MovementKind, StockLine},
};
use souk_store::Tx;
use souk_types::{Fault, Timestamp};

use crate::{
    DEFAULT_LOCATION,
    domain::{self, Delta, Entry, HoldState, Request, Verdict},
    store::{
        ledger, levels,
        reservations::{self, Held, NewRow},
    },
};

/// Serves requests together: each all lines or nothing, in the order of their arrival.
pub fn reserve(tx: &mut Tx<'_>, requests: &[Request]) -> Result<Vec<Verdict>, Fault> {
    let wanted: Vec<(OrderId, &str)> = requests
        .iter()
        .flat_map(|request| request.lines.iter().map(|line| (request.order, line.sku.as_str())))
        .collect();
    let skus: BTreeSet<&str> = wanted.iter().map(|(_, sku)| *sku).collect();
    let holds = reservations::holds(tx, &wanted)?;
    let stock = levels::stock(tx, &skus.into_iter().collect::<Vec<_>>())?;
    let decisions = domain::decide(requests, holds, stock, tx.now());
    if !decisions.takes.is_empty() {
        let (rows, entries): (Vec<NewRow<'_>>, Vec<Entry<'_>>) = decisions
            .takes
            .iter()
            .map(|(index, take)| {
                let request = &requests[*index];
                let row = (take.sku.as_str(), request.order, take.location, take.quantity, request.expires_at);
                let entry = Entry {
                    sku: &take.sku,
                    location: take.location,
                    kind: MovementKind::Reserved,
                    delta: Delta::reserved(take.quantity),
                    order: Some(request.order),
                    reason: "",
                    actor: &request.actor,
                };
                (row, entry)
            })
            .unzip();
        reservations::add(tx, &rows, HoldState::Reserved)?;
        ledger::post(tx, &entries)?;
    }
    for (index, until) in decisions.extensions {
        let request = &requests[index];
        reservations::extend(tx, request.order, &skus_of(&request.lines), until)?;
    }
    Ok(decisions.verdicts)
}

/// Commits what an order has set aside. What has run out meanwhile is taken anew if it is still there.
pub fn commit(tx: &mut Tx<'_>, order: OrderId, lines: &[StockLine], actor: &str) -> Result<(), Error> {
    let held = reservations::commit(tx, order, &skus_of(lines))?;
    book(tx, MovementKind::Committed, Delta::placed, order, &held, actor)?;
    let done: BTreeSet<&str> = held.iter().map(|held| held.sku.as_str()).collect();
    let open: Vec<&StockLine> = lines.iter().filter(|line| !done.contains(line.sku.as_str())).collect();
    if open.is_empty() { Ok(()) } else { commit_anew(tx, order, &open, actor) }
}

fn commit_anew(tx: &mut Tx<'_>, order: OrderId, open: &[&StockLine], actor: &str) -> Result<(), Error> {
    let wanted: Vec<(OrderId, &str)> = open.iter().map(|line| (order, line.sku.as_str())).collect();
    let holds = reservations::holds(tx, &wanted)?;
    let gone: Vec<&StockLine> = open
        .iter()
        .copied()
        .filter(|line| holds.get(order, &line.sku).is_none_or(|hold| hold.state == HoldState::Released))
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    let skus: Vec<&str> = gone.iter().map(|line| line.sku.as_str()).collect();
    let takes = levels::stock(tx, &skus)?.take(gone.iter().copied()).map_err(|_| Error::ReservationGone { order })?;
    let now = tx.now();
    let rows: Vec<NewRow<'_>> =
        takes.iter().map(|take| (take.sku.as_str(), order, take.location, take.quantity, now)).collect();
    reservations::add(tx, &rows, HoldState::Committed)?;
    let entries: Vec<Entry<'_>> = takes
        .iter()
        .map(|take| Entry {
            sku: &take.sku,
            location: take.location,
            kind: MovementKind::Committed,
            delta: Delta::committed(take.quantity),
            order: Some(order),
            reason: "taken anew: the reservation had run out",
            actor,
        })
        .collect();
    Ok(ledger::post(tx, &entries)?)
}

/// Gives back what an order holds and has not shipped. What it holds nothing of, it cannot reserve any more: the order
/// has ended, and whoever still goes on with it must be told.
pub fn release(tx: &mut Tx<'_>, order: OrderId, lines: &[StockLine], actor: &str) -> Result<(), Fault> {
    let skus = skus_of(lines);
    let reserved = reservations::release(tx, order, &skus, HoldState::Reserved)?;
    let committed = reservations::release(tx, order, &skus, HoldState::Committed)?;
    let held: BTreeSet<&str> = reserved.iter().chain(&committed).map(|held| held.sku.as_str()).collect();
    if held.len() < skus.len() {
        reservations::shut(tx, order, &skus, DEFAULT_LOCATION)?;
    }
    book(tx, MovementKind::Released, |pieces| Delta::reserved(-pieces), order, &reserved, actor)?;
    book(tx, MovementKind::Released, |pieces| Delta::committed(-pieces), order, &committed, actor)
}

/// Lets lines of an order leave the house. They are committed first where the news that the order was placed
/// has not come yet.
pub fn ship(tx: &mut Tx<'_>, order: OrderId, lines: &[StockLine], actor: &str) -> Result<(), Error> {
    commit(tx, order, lines, actor)?;
    let committed = reservations::committed(tx, order, &skus_of(lines))?;
    let mut shipped = Vec::new();
    for line in lines {
        let mut wanted = i64::from(line.quantity);
        for held in committed.iter().filter(|held| held.sku == line.sku) {
            let quantity = held.quantity.min(wanted);
            if quantity > 0 {
                wanted -= quantity;
                shipped.push(Held { quantity, ..held.clone() });
            }
        }
        if wanted > 0 {
            return Err(Error::ReservationGone { order });
        }
    }
    for held in &shipped {
        reservations::ship(tx, order, held)?;
    }
    Ok(book(tx, MovementKind::Shipped, Delta::shipped, order, &shipped, actor)?)
}

/// Releases reservations that ran out by then, whole orders at a time, from about `limit` rows; says how many
/// rows it looked at.
pub fn run_out(tx: &mut Tx<'_>, by: Timestamp, limit: usize) -> Result<usize, Fault> {
    let mut rows = reservations::run_out(tx, by, limit)?;
    let seen = rows.len();
    // The rows of an order stand together; the last order of a full batch may have been cut in two.
    if seen == limit
        && let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last())
        && first != last
    {
        let cut = *last;
        rows.retain(|(order, _)| *order != cut);
    }
    let actor = tx.cx().actor.label().to_owned();
    let mut released = Vec::with_capacity(rows.len());
    for (order, held) in rows {
        if reservations::release_run_out(tx, order, &held, by)? {
            released.push((order, held));
        }
    }
    let entries: Vec<Entry<'_>> = released
        .iter()
        .map(|(order, held)| Entry {
            sku: &held.sku,
            location: held.location,
            kind: MovementKind::Released,
            delta: Delta::reserved(-held.quantity),
            order: Some(*order),
            reason: "ran out",
            actor: &actor,
        })
        .collect();
    ledger::post(tx, &entries)?;
    Ok(seen)
}

fn book(
    tx: &mut Tx<'_>,
    kind: MovementKind,
    delta: impl Fn(i64) -> Delta,
    order: OrderId,
    held: &[Held],
    actor: &str,
) -> Result<(), Fault> {
    // One movement a level, in the order in which levels are locked everywhere.
    let sorted: BTreeMap<_, _> = held.iter().map(|held| ((&held.sku, held.location), held.quantity)).collect();
    let entries: Vec<Entry<'_>> = sorted
        .into_iter()
        .map(|((sku, location), quantity)| Entry {
            sku,
            location,
            kind,
            delta: delta(quantity),
            order: Some(order),
            reason: "",
            actor,
        })
        .collect();
    ledger::post(tx, &entries)
}

fn skus_of(lines: &[StockLine]) -> Vec<&str> {
    lines.iter().map(|line| line.sku.as_str()).collect()
}
