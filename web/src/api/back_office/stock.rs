//! Stock levels.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    LocationId, LocationKind, MovementKind as MovementIdKind,
    inventory::{self, Adjustment, LevelChange, LevelFilter, LevelSort, MovementKind},
    permission::Scope,
};
use souk_types::PageRequest;

use crate::{
    api::{
        caller::Access,
        cart::Sku,
        model::instant,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        orders::{PageWish, next_of, page_of},
        schema, sorting,
        tagged::{self, Tagged},
    },
    error::Failure,
};

schema::words! {
    movement: MovementKind;
    sort: LevelSort;
}

/// The stock of one SKU at one location, pieces.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Level {
    /// Stock keeping unit.
    sku: String,
    /// Where.
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    location: String,
    /// In the house.
    on_hand: i64,
    /// Sold and not yet shipped.
    committed: i64,
    /// Set aside for orders that are being paid.
    reserved: i64,
    /// Never sold.
    safety: i64,
    /// Can be bought: on hand − committed − reserved − safety.
    available: i64,
}

impl From<&inventory::Level> for Level {
    fn from(level: &inventory::Level) -> Self {
        Self {
            sku: level.sku.clone(),
            location: level.location.to_string(),
            on_hand: level.on_hand,
            committed: level.committed,
            reserved: level.reserved,
            safety: level.safety,
            available: level.available(),
        }
    }
}

/// A page of levels.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LevelPage {
    /// The levels, by SKU or in the order that was asked for.
    items: Vec<Level>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Which levels.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct LevelWish {
    /// Only SKUs that start with this.
    #[schemars(length(max = 200))]
    sku: Option<String>,
    /// Only levels with at most this many available.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    available_max: Option<i64>,
    /// Only levels at this location.
    #[serde(default)]
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    location: Option<LocationId>,
    /// In this order: by SKU, or by what is available; with a minus, the other way round. The levels of one location, or
    /// with a beginning of the SKU, are listed by SKU alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "sort")]
    sort: Option<LevelSort>,
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 250))]
    limit: u32,
    /// Where to go on: `next` of the page before.
    #[serde(skip_serializing)]
    #[schemars(length(max = 1500))]
    cursor: Option<String>,
}

fn usual() -> u32 {
    50
}

/// Lists levels.
pub struct ListStock;

impl Operation for ListStock {
    const NAME: &'static str = "listStock";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/stock";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists stock levels by SKU and location, or as `sort` says.";
    const ACCESS: Access = Access::Key(Scope::StockRead);
    type Path = Nothing;
    type Query = LevelWish;
    type Body = Nothing;
    type Answer = LevelPage;

    async fn run(call: Call, Asked { query: mut wish, .. }: Asked<Self>) -> Result<Reply<LevelPage>, Failure> {
        let mut filter = LevelFilter {
            sku_prefix: wish.sku.clone().filter(|sku| !sku.is_empty()),
            available_max: wish.available_max,
            location: wish.location,
            sort: None,
        };
        wish.sort = sorting::order(wish.sort, filter.sorts())?;
        filter.sort = wish.sort;
        let page = page_of(&wish, wish.limit, wish.cursor.as_deref())?;
        let found = call.state.inventory.levels(&call.cx, filter, page).await?;
        let next = next_of(&wish, found.next);
        let items = found.items.iter().map(Level::from).collect();
        Ok(Reply::page(LevelPage { items, next: next.clone() }, next))
    }
}

/// A change of one level by hand.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdjustment {
    /// Stock keeping unit.
    #[schemars(length(min = 1, max = 200))]
    sku: String,
    /// Where.
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    location: LocationId,
    /// What to do.
    #[serde(deserialize_with = "tagged::one")]
    change: Change,
    /// Why, for the history.
    #[serde(default)]
    #[schemars(length(max = 100))]
    reason: String,
}

/// What to do with a level.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Pieces came in.
    Receive {
        /// Pieces.
        #[schemars(range(min = 1, max = 1_000_000_000))]
        pieces: u32,
    },
    /// Pieces more or fewer, as found.
    By {
        /// Pieces.
        #[schemars(range(min = -1_000_000_000, max = 1_000_000_000))]
        pieces: i64,
    },
    /// Counted: sets what is on hand, only if it still is what the counter saw.
    Count {
        /// What was on hand when the count began.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        expected: i64,
        /// What was counted.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        counted: i64,
    },
    /// Sets the pieces that are never sold.
    Safety {
        /// Pieces.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        pieces: u32,
    },
}

impl Tagged for Change {
    const TAG: &'static str = "kind";
}

impl From<Change> for LevelChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Receive { pieces } => Self::Receive(pieces),
            Change::By { pieces } => Self::By(pieces),
            Change::Count { expected, counted } => Self::Count { expected, counted },
            Change::Safety { pieces } => Self::Safety(pieces),
        }
    }
}

/// Changes a level.
pub struct AdjustStock;

impl Operation for AdjustStock {
    const NAME: &'static str = "adjustStock";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/stock/adjustments";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Changes a stock level: receives, counts, writes off, sets the safety stock.";
    const ACCESS: Access = Access::Key(Scope::StockManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = NewAdjustment;
    type Answer = Level;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Level>, Failure> {
        if !is_known(&call, &body.sku).await? {
            return Err(Failure::invalid("sku", "no product has this SKU"));
        }
        let adjustment =
            Adjustment { sku: body.sku, location: body.location, change: body.change.into(), reason: body.reason };
        let level = call.state.inventory.adjust(&call.cx, adjustment).await?;
        Ok(Reply::of(Level::from(&level)))
    }
}

/// Says whether there is such a thing: a product has it, in whatever status, or there is stock of it from when one had.
async fn is_known(call: &Call, sku: &str) -> Result<bool, Failure> {
    // The key may be for stock alone: whether a SKU is known is no secret of the catalogue's.
    let cx = call.cx.as_service("web");
    if !call.state.catalog.known_skus(&cx, vec![sku.to_owned()]).await?.is_empty() {
        return Ok(true);
    }
    let filter = LevelFilter { sku_prefix: Some(sku.to_owned()), ..LevelFilter::default() };
    let levels = call.state.inventory.levels(&cx, filter, PageRequest::first(1)).await?;
    Ok(levels.items.iter().any(|level| level.sku == sku))
}

/// A move of free stock between two locations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransfer {
    /// Stock keeping unit.
    #[schemars(length(min = 1, max = 200))]
    sku: String,
    /// From where.
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    from: LocationId,
    /// To where.
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    to: LocationId,
    /// Pieces.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    quantity: u32,
    /// Why, for the history.
    #[serde(default)]
    #[schemars(length(max = 100))]
    reason: String,
}

/// Moves stock.
pub struct TransferStock;

impl Operation for TransferStock {
    const NAME: &'static str = "transferStock";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/stock/transfers";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Moves free stock from one location to another.";
    const ACCESS: Access = Access::Key(Scope::StockManage);
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = Nothing;
    type Query = Nothing;
    type Body = NewTransfer;
    type Answer = Nothing;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        let NewTransfer { sku, from, to, quantity, reason } = body;
        let transfer = inventory::Transfer { sku, from, to, quantity, reason };
        call.state.inventory.transfer(&call.cx, transfer).await?;
        Ok(Reply::of(Nothing {}))
    }
}

/// One movement: what it did to each counter of a level.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Movement {
    /// Its id.
    #[schemars(schema_with = "schema::id::<MovementIdKind>")]
    id: String,
    /// Where.
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    location: String,
    /// Why.
    #[schemars(schema_with = "movement")]
    kind: MovementKind,
    /// Change of what is on hand.
    on_hand: i64,
    /// Change of what is committed.
    committed: i64,
    /// Change of what is reserved.
    reserved: i64,
    /// The order, if one caused it.
    order: Option<String>,
    /// The reason that was given.
    reason: String,
    /// Who did it.
    actor: String,
    /// When.
    #[schemars(schema_with = "schema::instant")]
    at: String,
}

/// A page of movements.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MovementPage {
    /// The movements, newest first.
    items: Vec<Movement>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Lists movements.
pub struct ListMovements;

impl Operation for ListMovements {
    const NAME: &'static str = "listMovements";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/stock/{sku}/movements";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists what happened to the stock of a SKU, newest first.";
    const ACCESS: Access = Access::Key(Scope::StockRead);
    type Path = Sku;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = MovementPage;

    async fn run(call: Call, Asked { path, query, .. }: Asked<Self>) -> Result<Reply<MovementPage>, Failure> {
        let list = ("movements", &path.sku);
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.inventory.movements(&call.cx, path.sku.clone(), page).await?;
        let next = next_of(&list, found.next);
        let movement = |movement: inventory::Movement| Movement {
            id: movement.id.to_string(),
            location: movement.location.to_string(),
            kind: movement.kind,
            on_hand: movement.on_hand,
            committed: movement.committed,
            reserved: movement.reserved,
            order: movement.order.map(|order| order.to_string()),
            reason: movement.reason,
            actor: movement.actor,
            at: instant(movement.at),
        };
        let items = found.items.into_iter().map(movement).collect();
        Ok(Reply::page(MovementPage { items, next: next.clone() }, next))
    }
}
