//! What people do to stock: receive, count, write off, transfer; and the stock that comes with a new product.

use souk_contracts::{
    LocationId,
    catalog::DeclaredStock,
    inventory::{Adjustment, Error, Level, MovementKind, StockListed, Transfer},
};
use souk_store::Tx;
use souk_types::{Fault, limits};

use crate::{
    DEFAULT_LOCATION,
    domain::{Delta, Entry, Refusal, check_sku, delta_of},
    store::{ledger, levels, locations},
};

/// Changes one level, and returns what it is then.
pub fn adjust(tx: &mut Tx<'_>, adjustment: &Adjustment, actor: &str) -> Result<Level, Error> {
    let Adjustment { sku, location, change, reason } = adjustment;
    check_sku(sku)?;
    check_reason(reason)?;
    check_location(tx, "location", *location)?;
    levels::ensure(tx, sku, *location)?;
    let level = locked(tx, sku, *location)?;
    let (kind, delta) = delta_of(&level, change).map_err(|refusal| refused(refusal, &level))?;
    let entry = Entry { sku, location: *location, kind, delta, order: None, reason, actor };
    ledger::post(tx, &[entry])?;
    Ok(Level { on_hand: level.on_hand + delta.on_hand, safety: level.safety + delta.safety, ..level })
}

/// Moves free stock between two places.
pub fn transfer(tx: &mut Tx<'_>, transfer: &Transfer, actor: &str) -> Result<(), Error> {
    let Transfer { sku, from, to, quantity, reason } = transfer;
    check_sku(sku)?;
    check_reason(reason)?;
    if *quantity == 0 {
        return Err(Fault::invalid("quantity", "must be at least 1").into());
    }
    if from == to {
        return Err(Fault::invalid("to", "must be another place").into());
    }
    check_location(tx, "from", *from)?;
    check_location(tx, "to", *to)?;
    levels::ensure(tx, sku, *to)?;
    let pieces = i64::from(*quantity);
    let available = levels::locked(tx, sku, *from)?.map_or(0, |level| level.available());
    if available < pieces {
        return Err(Error::WouldGoNegative { available });
    }
    let entry = |location, pieces| Entry {
        sku,
        location,
        kind: MovementKind::Transferred,
        delta: Delta::on_hand(pieces),
        order: None,
        reason,
        actor,
    };
    Ok(ledger::post(tx, &[entry(*from, -pieces), entry(*to, pieces)])?)
}

/// Receives the stock that came with new variants. What has a level already is left alone: the stock figure of
/// an import is not a count.
pub fn declare(tx: &mut Tx<'_>, declared: &[DeclaredStock], actor: &str) -> Result<(), Fault> {
    let wanted: Vec<(String, i64)> = declared
        .iter()
        .filter(|variant| check_sku(&variant.sku).is_ok())
        .map(|variant| (variant.sku.clone(), variant.quantity.clamp(0, i64::from(u32::MAX))))
        .collect();
    let added = levels::declare(tx, DEFAULT_LOCATION, &wanted)?;
    let entries: Vec<Entry<'_>> = added
        .iter()
        .filter(|(_, pieces)| *pieces > 0)
        .map(|(sku, pieces)| Entry {
            sku,
            location: DEFAULT_LOCATION,
            kind: MovementKind::Received,
            delta: Delta::on_hand(*pieces),
            order: None,
            reason: "declared with the product",
            actor,
        })
        .collect();
    ledger::write(tx, &entries)?;
    if !entries.is_empty() {
        tx.emit(&StockListed { skus: entries.iter().map(|entry| entry.sku.to_owned()).collect() })?;
    }
    Ok(())
}

fn locked(tx: &mut Tx<'_>, sku: &str, location: LocationId) -> Result<Level, Fault> {
    levels::locked(tx, sku, location)?.ok_or_else(|| Fault::internal("a level that was just added is not there"))
}

fn refused(refusal: Refusal, level: &Level) -> Error {
    match refusal {
        Refusal::Changed => Error::Changed { on_hand: level.on_hand },
        Refusal::NotEnough => Error::WouldGoNegative { available: level.available() },
        Refusal::Meaningless => Fault::invalid("change", "must change something, and be countable").into(),
    }
}

/// Refuses a place that takes no stock. Whoever wants to switch this one off finds that it was used.
fn check_location(tx: &mut Tx<'_>, field: &str, location: LocationId) -> Result<(), Fault> {
    // Before the lock that is shared: two who share it could not both change the row.
    locations::keep_open(tx, location)?;
    match locations::in_use(tx, location)? {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::invalid(field, "is switched off; choose another location, or switch it on again")),
        None => Err(Fault::invalid(field, "there is no such place")),
    }
}

fn check_reason(reason: &str) -> Result<(), Fault> {
    if reason.len() > limits::LINE_BYTES_MAX {
        return Err(Fault::invalid("reason", format!("must be at most {} bytes", limits::LINE_BYTES_MAX)));
    }
    Ok(())
}
