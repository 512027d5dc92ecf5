use std::collections::HashMap;

use async_trait::async_trait;
use souk_contracts::{
    LocationId, MovementId, OrderId,
    inventory::{
        Adjustment, Availability, Error, Holding, Inventory, Level, LevelFilter, LevelSort, Location, Movement,
        StockLine, Transfer,
    },
    permission::{ORDERS_MANAGE, STOCK_MANAGE, STOCK_READ},
};
use souk_store::Store;
use souk_types::{Cursor, Cx, Fault, Page, PageRequest, Timestamp, failpoint, order_of};

use crate::{
    combiner::Combiner,
    domain::{Request, Verdict, check_sku, merged},
    hand, holding, locations,
    store::{self, audit, ledger, levels, lists},
};

/// SKUs of one question about availability.
const AVAILABILITY_SKUS_MAX: usize = 10_000;
/// More SKUs than this are looked up where they hold nobody up.
const AVAILABILITY_SKUS_INLINE_MAX: usize = 500;
/// Problems that an audit names.
const AUDIT_PROBLEMS_MAX: usize = 100;

pub struct InventoryService {
    store: Store,
    combiner: Combiner,
}

impl InventoryService {
    pub fn new(store: Store, combiner: Combiner) -> Self {
        Self { store, combiner }
    }
}

#[async_trait]
impl Inventory for InventoryService {
    async fn availability(&self, cx: &Cx, skus: Vec<String>) -> Result<Vec<Availability>, Error> {
        if skus.is_empty() {
            return Ok(Vec::new());
        }
        if skus.len() > AVAILABILITY_SKUS_MAX {
            return Err(Fault::invalid("skus", format!("must be at most {AVAILABILITY_SKUS_MAX}")).into());
        }
        let inline = skus.len() <= AVAILABILITY_SKUS_INLINE_MAX;
        let work = move |tx: &mut souk_store::Tx<'_>| {
            let known = levels::availability(tx, &skus)?;
            let known: HashMap<_, _> = known.into_iter().map(|known| (known.sku, known.available)).collect();
            let answer =
                skus.into_iter().map(|sku| Availability { available: known.get(&sku).copied().unwrap_or(0), sku });
            Ok::<_, Error>(answer.collect())
        };
        if inline { self.store.read(cx, work).await } else { self.store.scan(cx, work).await }
    }

    async fn reserve(
        &self,
        cx: &Cx,
        order: OrderId,
        lines: Vec<StockLine>,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        let lines = merged(lines)?;
        let request = Request { order, lines, expires_at, actor: cx.actor.label().to_owned() };
        match self.combiner.reserve(cx, request).await? {
            Verdict::Reserved => Ok(()),
            Verdict::Gone => Err(Error::ReservationGone { order }),
            Verdict::Short(shortages) => Err(Error::OutOfStock { shortages }),
        }
    }

    async fn commit(&self, cx: &Cx, order: OrderId, lines: Vec<StockLine>) -> Result<(), Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        let (lines, actor) = (merged(lines)?, cx.actor.label().to_owned());
        self.store.write(cx, move |tx| holding::commit(tx, order, &lines, &actor)).await?;
        failpoint("inventory.committed");
        Ok(())
    }

    async fn release(&self, cx: &Cx, order: OrderId, lines: Vec<StockLine>) -> Result<(), Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        let (lines, actor) = (merged(lines)?, cx.actor.label().to_owned());
        Ok(self.store.write(cx, move |tx| holding::release(tx, order, &lines, &actor)).await?)
    }

    async fn levels(&self, cx: &Cx, filter: LevelFilter, page: PageRequest) -> Result<Page<Level>, Error> {
        cx.actor.require(STOCK_READ)?;
        let sort = order_of(filter.sort, filter.sorts())?;
        let behind = page.after.as_ref().map(|cursor| behind(cursor, sort)).transpose()?;
        let wanted = lists::Wanted {
            sku_prefix: filter.sku_prefix.unwrap_or_default(),
            available_max: filter.available_max.unwrap_or(i64::MAX),
            location: filter.location,
            behind,
            rows: page.rows()?,
        };
        let work = move |tx: &mut souk_store::Tx<'_>| {
            let rows = lists::page(tx, sort, &wanted)?;
            Ok(Page::from_rows(rows, &page, |last| Cursor::in_order(sort.as_str(), last.location, key(sort, last))))
        };
        self.store.scan(cx, work).await
    }

    async fn movements(&self, cx: &Cx, sku: String, page: PageRequest) -> Result<Page<Movement>, Error> {
        cx.actor.require(STOCK_READ)?;
        check_sku(&sku)?;
        let before = match &page.after {
            Some(cursor) => cursor.0.parse().map_err(|_| bad_cursor())?,
            None => MovementId::from_bits(u128::MAX),
        };
        let work = move |tx: &mut souk_store::Tx<'_>| {
            let rows = ledger::page(tx, &sku, before, &page)?;
            Ok(Page::from_rows(rows, &page, |last| last.id.to_string()))
        };
        self.store.read(cx, work).await
    }

    async fn locations(&self, cx: &Cx) -> Result<Vec<Location>, Error> {
        cx.actor.require(STOCK_READ)?;
        Ok(self.store.read(cx, store::locations::all).await?)
    }

    async fn save_location(&self, cx: &Cx, location: Location) -> Result<Location, Error> {
        cx.actor.require(STOCK_MANAGE)?;
        locations::save(&self.store, cx, location).await
    }

    async fn adjust(&self, cx: &Cx, adjustment: Adjustment) -> Result<Level, Error> {
        cx.actor.require(STOCK_MANAGE)?;
        let actor = cx.actor.label().to_owned();
        self.store.write(cx, move |tx| hand::adjust(tx, &adjustment, &actor)).await
    }

    async fn transfer(&self, cx: &Cx, transfer: Transfer) -> Result<(), Error> {
        cx.actor.require(STOCK_MANAGE)?;
        let actor = cx.actor.label().to_owned();
        self.store.write(cx, move |tx| hand::transfer(tx, &transfer, &actor)).await
    }

    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error> {
        cx.actor.require(STOCK_READ)?;
        let work = |tx: &mut souk_store::Tx<'_>| {
            let mut problems = audit::stock_never_negative(tx, AUDIT_PROBLEMS_MAX)?;
            problems.extend(audit::counters_equal_movements(tx, AUDIT_PROBLEMS_MAX)?);
            problems.extend(audit::reservations_equal_counters(tx, AUDIT_PROBLEMS_MAX)?);
            problems.extend(audit::reservations_equal_movements(tx, AUDIT_PROBLEMS_MAX)?);
            problems.extend(audit::switched_off_is_empty(tx, AUDIT_PROBLEMS_MAX)?);
            problems.truncate(AUDIT_PROBLEMS_MAX);
            Ok(problems)
        };
        self.store.scan(cx, work).await
    }

    async fn holdings(&self, cx: &Cx, page: PageRequest) -> Result<Page<Holding>, Error> {
        cx.actor.require(STOCK_READ)?;
        let after = match &page.after {
            Some(cursor) => holding_place(cursor).ok_or_else(bad_cursor)?,
            None => (String::new(), OrderId::from_bits(0), LocationId::from_bits(0)),
        };
        let work = move |tx: &mut souk_store::Tx<'_>| {
            let rows = audit::holdings(tx, &after, &page)?;
            Ok(Page::from_rows(rows, &page, |last| format!("{} {} {}", last.order, last.location, last.sku)))
        };
        self.store.scan(cx, work).await
    }
}

/// The SKU stands last, because it may have spaces.
fn holding_place(cursor: &Cursor) -> Option<(String, OrderId, LocationId)> {
    let mut parts = cursor.0.splitn(3, ' ');
    let (order, location) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((parts.next()?.to_owned(), order, location))
}

/// What a level is sorted by. The SKU stands last, because it may have spaces.
fn key(sort: LevelSort, level: &Level) -> String {
    match sort {
        LevelSort::Sku | LevelSort::SkuReversed => level.sku.clone(),
        LevelSort::Scarcest | LevelSort::Amplest => format!("{} {}", level.available(), level.sku),
    }
}

fn behind(cursor: &Cursor, sort: LevelSort) -> Result<lists::Behind, Fault> {
    let place = cursor.place(sort.as_str())?;
    let (available, sku) = match sort {
        LevelSort::Sku | LevelSort::SkuReversed => (0, place.key),
        LevelSort::Scarcest | LevelSort::Amplest => {
            let (available, sku) = place.key.split_once(' ').ok_or_else(bad_cursor)?;
            (available.parse().map_err(|_| bad_cursor())?, sku)
        }
    };
    Ok(lists::Behind { available, sku: sku.to_owned(), location: place.id.to_owned() })
}

fn bad_cursor() -> Fault {
    Fault::invalid("after", "is not where a page ended")
}
