//! What search does on other services' events.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use souk_contracts::{
    ProductId,
    catalog::{CategoriesChanged, ProductsChanged},
    inventory::{AvailabilityChanged, StockListed},
    orders::OrderPlaced,
};
use souk_events::{Delivery, Handler};
use souk_store::Store;
use souk_types::{Cx, Event, Fault};
use tokio::time::sleep;

use crate::{keeper::Keeper, store};

/// Name of the consumer of orders, under which its inbox is kept.
pub const ORDERS: &str = "search.orders";

/// Name of the consumer of wishes to build the index anew, under which its inbox is kept.
pub const REBUILDS: &str = "search.rebuilds";

/// Whoever keeps the stock hears of new products at the same time. With this head start their stock is there when
/// they are indexed, and they need not be indexed once more for it.
const STOCK_FIRST: Duration = Duration::from_millis(100);

/// Indexes products that were changed. Done when they can be found.
pub struct OnCatalog(pub Arc<Keeper>);

#[async_trait]
impl Handler for OnCatalog {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        // It reads the present state, so that order and repetition do not matter.
        match delivery.topic.as_str() {
            ProductsChanged::TOPIC => {
                let changed: ProductsChanged = delivery.parse()?;
                sleep(STOCK_FIRST).await;
                self.0.refresh(cx, &changed.products).await
            }
            CategoriesChanged::TOPIC => self.0.refresh_categories(cx).await,
            other => Err(Fault::internal(format!("{other} is not expected here"))),
        }
    }

    fn caught_up(&self) {
        self.0.catch_up();
    }

    fn missed(&self) {
        self.0.make_up_for_lost_events();
    }
}

/// Has the index built anew when another instance was told to.
pub struct OnRebuilds(pub Arc<Keeper>, pub Store);

#[async_trait]
impl Handler for OnRebuilds {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let event = delivery.event;
        if self.1.write::<_, Fault>(cx, move |tx| tx.first_delivery(REBUILDS, event)).await? {
            self.0.want_rebuild();
        }
        Ok(())
    }
}

/// Notes what became available or sold out, and what stock was listed.
pub struct OnStock(pub Arc<Keeper>);

#[async_trait]
impl Handler for OnStock {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        match delivery.topic.as_str() {
            AvailabilityChanged::TOPIC => {
                let AvailabilityChanged { sku, in_stock } = delivery.parse()?;
                self.0.note_stock(cx, sku, in_stock).await
            }
            StockListed::TOPIC => self.0.refresh_stock(cx, delivery.parse::<StockListed>()?.skus).await,
            other => Err(Fault::internal(format!("{other} is not expected here"))),
        }
    }
}

/// Counts what was bought.
pub struct OnOrders(pub Store);

#[async_trait]
impl Handler for OnOrders {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let placed: OrderPlaced = delivery.parse()?;
        let mut sold: BTreeMap<ProductId, u64> = BTreeMap::new();
        for line in placed.lines {
            *sold.entry(line.product).or_default() += u64::from(line.quantity);
        }
        let event = delivery.event;
        self.0
            .write(cx, move |tx| {
                if tx.first_delivery(ORDERS, event)? {
                    store::add_sold(tx, &sold)?;
                }
                Ok(())
            })
            .await
    }
}
