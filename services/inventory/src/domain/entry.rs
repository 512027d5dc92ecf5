use std::ops::AddAssign;

use souk_contracts::{LocationId, OrderId, inventory::MovementKind};

/// What a movement does to the counters of a level, pieces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delta {
    /// To what is on hand.
    pub on_hand: i64,
    /// To what is committed.
    pub committed: i64,
    /// To what is reserved.
    pub reserved: i64,
    /// To the safety stock, which the ledger does not count.
    pub safety: i64,
}

impl Delta {
    /// Sets aside; given back when negative.
    pub const fn reserved(quantity: i64) -> Self {
        Self { reserved: quantity, ..Self::NONE }
    }

    /// Commits without having set aside; given back when negative.
    pub const fn committed(quantity: i64) -> Self {
        Self { committed: quantity, ..Self::NONE }
    }

    /// Comes in; goes out when negative.
    pub const fn on_hand(quantity: i64) -> Self {
        Self { on_hand: quantity, ..Self::NONE }
    }

    /// Turns what was set aside into a commitment.
    pub const fn placed(quantity: i64) -> Self {
        Self { reserved: -quantity, committed: quantity, ..Self::NONE }
    }

    /// Lets what was committed leave the house.
    pub const fn shipped(quantity: i64) -> Self {
        Self { on_hand: -quantity, committed: -quantity, ..Self::NONE }
    }

    /// Raises the safety stock.
    pub const fn safety(quantity: i64) -> Self {
        Self { safety: quantity, ..Self::NONE }
    }

    const NONE: Self = Self { on_hand: 0, committed: 0, reserved: 0, safety: 0 };

    /// What it does to what can be bought.
    pub const fn available(self) -> i64 {
        self.on_hand - self.committed - self.reserved - self.safety
    }

    /// Says whether it does nothing.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }
}

impl AddAssign for Delta {
    fn add_assign(&mut self, other: Self) {
        self.on_hand += other.on_hand;
        self.committed += other.committed;
        self.reserved += other.reserved;
        self.safety += other.safety;
    }
}

/// A movement that is about to be booked.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Stock keeping unit.
    pub sku: &'a str,
    /// Where.
    pub location: LocationId,
    /// Why.
    pub kind: MovementKind,
    /// What it does.
    pub delta: Delta,
    /// The order, if one caused it.
    pub order: Option<OrderId>,
    /// The reason that was given.
    pub reason: &'a str,
    /// Who does it.
    pub actor: &'a str,
}
