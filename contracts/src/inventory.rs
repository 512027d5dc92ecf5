//! Stock: how much there is, what is spoken for, and every movement.

use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Cx, Event, Page, PageRequest, Timestamp, text_enum};

use crate::{LocationId, MovementId, OrderId, error::service_errors};

service_errors! {
    /// There is not enough to set aside all lines; nothing was set aside.
    OutOfStock { shortages: Vec<Shortage> } = OutOfStock, "out_of_stock", "not enough is left";
    /// The level is not what the caller thought.
    Changed { on_hand: i64 } = Conflict, "stock_changed", "the level changed meanwhile: {on_hand} are on hand now";
    /// Fewer are free than the change would take away.
    WouldGoNegative { available: i64 } = Conflict, "not_enough", "only {available} are free to take away";
    /// Somebody else has changed the location since the caller looked.
    VersionConflict { current: i64 } = Conflict, "version_conflict",
        "somebody else changed this meanwhile (it is now at version {current}); reload and try again";
    /// A location that still has stock cannot be switched off.
    StillStocked { skus: i64, pieces: i64, held: i64 } = Conflict, "location_stocked",
        "stock is still there (SKUs: {skus}, pieces: {pieces}, of these for orders: {held}); transfer or ship it first";
    /// The reservation ran out or was released.
    ReservationGone { order: OrderId } = Conflict, "reservation_gone", "the stock set aside for {order} was released";
}

/// Keeps stock levels. `available = on hand − committed − reserved − safety`, never below zero.
#[rpc]
pub trait Inventory {
    /// Says how many pieces can be bought, over all locations; unknown SKUs count as none.
    #[read]
    async fn availability(&self, cx: &Cx, skus: Vec<String>) -> Result<Vec<Availability>, Error>;

    /// Sets stock aside for an order, all lines or none, until `expires_at`. Units: pieces.
    #[idempotent]
    async fn reserve(&self, cx: &Cx, order: OrderId, lines: Vec<StockLine>, expires_at: Timestamp)
    -> Result<(), Error>;

    /// Turns a reservation into a commitment that does not run out: the order is placed.
    #[idempotent]
    async fn commit(&self, cx: &Cx, order: OrderId, lines: Vec<StockLine>) -> Result<(), Error>;

    /// Gives back what is set aside or committed for an order and has not left the house. It can reserve no more.
    #[idempotent]
    async fn release(&self, cx: &Cx, order: OrderId, lines: Vec<StockLine>) -> Result<(), Error>;

    /// Lists levels for staff, by itself by SKU.
    #[read]
    async fn levels(&self, cx: &Cx, filter: LevelFilter, page: PageRequest) -> Result<Page<Level>, Error>;

    /// Lists the movements of one SKU, newest first.
    #[read]
    async fn movements(&self, cx: &Cx, sku: String, page: PageRequest) -> Result<Page<Movement>, Error>;

    /// Lists the places where stock lies, at most [`LOCATIONS_MAX`].
    #[read]
    async fn locations(&self, cx: &Cx) -> Result<Vec<Location>, Error>;

    /// Adds a place (version 0), or changes the one of this id if it still is at this version: its name, its priority,
    /// whether it is in use. Only an empty place is switched off, and never [`DEFAULT_LOCATION`]. Returns it as it is then.
    #[idempotent]
    async fn save_location(&self, cx: &Cx, location: Location) -> Result<Location, Error>;

    /// Changes one level by hand, at a place in use: receives, counts, writes off, sets the safety stock.
    async fn adjust(&self, cx: &Cx, adjustment: Adjustment) -> Result<Level, Error>;

    /// Moves free stock from one place in use to another.
    async fn transfer(&self, cx: &Cx, transfer: Transfer) -> Result<(), Error>;

    /// Checks that movements, levels and reservations agree; says what does not.
    #[read]
    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error>;

    /// Lists what orders hold of stock and have taken from it, for the audit across services, in a stable order.
    #[read]
    async fn holdings(&self, cx: &Cx, page: PageRequest) -> Result<Page<Holding>, Error>;
}

/// How many pieces of a SKU can be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Stock keeping unit.
    pub sku: String,
    /// Pieces, over all locations.
    pub available: i64,
}

/// A number of pieces of a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    /// Stock keeping unit.
    pub sku: String,
    /// Pieces, at least 1.
    pub quantity: u32,
}

/// A line for which there is not enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// Stock keeping unit.
    pub sku: String,
    /// What was asked.
    pub wanted: u32,
    /// What is left.
    pub available: i64,
}

/// The place that every shop has from the start: stock that comes with a product is put there.
pub const DEFAULT_LOCATION: LocationId = LocationId::from_bits(1);

/// Places where stock lies.
pub const LOCATIONS_MAX: usize = 100;

/// A place where stock lies. Orders take from the lowest priority number first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// Rises with every change; 0 before it is stored.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Lower is used first.
    pub priority: i64,
    /// Whether it is in use. One that is switched off has no stock and gets none.
    pub active: bool,
}

/// With this many pieces or fewer to sell, a level is low. Lists of low levels are fast whatever the number of others.
pub const LOW_MAX: i64 = 5;

text_enum! {
    /// The orders of a list of levels.
    pub enum LevelSort {
        /// By SKU.
        Sku = "sku",
        /// By SKU, backwards.
        SkuReversed = "-sku",
        /// What runs out first comes first.
        Scarcest = "available",
        /// What there is most of comes first.
        Amplest = "-available",
    }
}

/// Which levels staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelFilter {
    /// Only SKUs that start with this.
    pub sku_prefix: Option<String>,
    /// Only levels with at most this many available.
    pub available_max: Option<i64>,
    /// Only levels at this place.
    #[serde(default)]
    pub location: Option<LocationId>,
    /// In this order, which must be one of [`sorts`](Self::sorts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<LevelSort>,
}

impl LevelFilter {
    /// The orders in which these levels can be listed; the first is that of the list by itself. The levels of one place
    /// or with a beginning of the SKU are found by SKU alone.
    pub fn sorts(&self) -> &'static [LevelSort] {
        if self.location.is_some() || self.sku_prefix.as_ref().is_some_and(|prefix| !prefix.is_empty()) {
            &[LevelSort::Sku, LevelSort::SkuReversed]
        } else {
            LevelSort::ALL
        }
    }
}

/// The stock of one SKU at one location, pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Stock keeping unit.
    pub sku: String,
    /// Where.
    pub location: LocationId,
    /// In the house.
    pub on_hand: i64,
    /// Sold and not yet shipped.
    pub committed: i64,
    /// Set aside for orders that are being paid.
    pub reserved: i64,
    /// Never sold.
    pub safety: i64,
}

impl Level {
    /// What can be bought.
    pub const fn available(&self) -> i64 {
        self.on_hand - self.committed - self.reserved - self.safety
    }
}

/// What an order holds of a SKU at one location, and has taken from there, pieces. What was given back stays as zeros.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Stock keeping unit.
    pub sku: String,
    /// The order.
    pub order: OrderId,
    /// Where.
    pub location: LocationId,
    /// Set aside until it is paid.
    pub reserved: i64,
    /// Sold and not yet shipped.
    pub committed: i64,
    /// Has left the house.
    pub shipped: i64,
}

text_enum! {
    /// Why stock moved.
    pub enum MovementKind {
        /// Came in.
        Received = "received",
        /// Was set aside for an order.
        Reserved = "reserved",
        /// What was set aside was given back.
        Released = "released",
        /// The order was placed.
        Committed = "committed",
        /// Left the house.
        Shipped = "shipped",
        /// Came back.
        Returned = "returned",
        /// Was counted or written off.
        Adjusted = "adjusted",
        /// Went to or came from another place.
        Transferred = "transferred",
    }
}

/// One movement: what it did to each counter of a level. The counters are the sums of their movements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Its id.
    pub id: MovementId,
    /// Stock keeping unit.
    pub sku: String,
    /// Where.
    pub location: LocationId,
    /// Why.
    pub kind: MovementKind,
    /// Change of what is on hand.
    pub on_hand: i64,
    /// Change of what is committed.
    pub committed: i64,
    /// Change of what is reserved.
    pub reserved: i64,
    /// The order, if one caused it.
    pub order: Option<OrderId>,
    /// The reason that was given.
    pub reason: String,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// A change of one level by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Stock keeping unit.
    pub sku: String,
    /// Where.
    pub location: LocationId,
    /// What to do.
    pub change: LevelChange,
    /// Why, for the history.
    pub reason: String,
}

/// What to do with a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelChange {
    /// Pieces came in.
    Receive(u32),
    /// Pieces more or fewer, as found.
    By(i64),
    /// Counted: sets what is on hand, only if it still is what the counter saw.
    Count {
        /// What was on hand when the count began.
        expected: i64,
        /// What was counted.
        counted: i64,
    },
    /// Sets the safety stock.
    Safety(u32),
}

/// A move of free stock between two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Stock keeping unit.
    pub sku: String,
    /// From where.
    pub from: LocationId,
    /// To where.
    pub to: LocationId,
    /// Pieces, at least 1.
    pub quantity: u32,
    /// Why.
    pub reason: String,
}

/// A SKU became available or sold out; nothing is said while it just becomes more or fewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailabilityChanged {
    /// Stock keeping unit.
    pub sku: String,
    /// Whether it can be bought.
    pub in_stock: bool,
}

impl Event for AvailabilityChanged {
    const TOPIC: &'static str = "inventory.availability_changed";
    fn key(&self) -> String {
        self.sku.clone()
    }
}

/// SKUs got their first stock. One event for many, so that a large import is no flood: whoever wants to know what can
/// be bought of them asks, and is then right whatever happened since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockListed {
    /// Stock keeping units, at least one.
    pub skus: Vec<String>,
}

impl Event for StockListed {
    const TOPIC: &'static str = "inventory.stock_listed";
    fn key(&self) -> String {
        self.skus.first().cloned().unwrap_or_default()
    }
}
