//! What the gateway does when something happens: tells tracking pages, and drops pages that are out of date.

use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    catalog::{CategoriesChanged, ProductsChanged},
    inventory::{AvailabilityChanged, StockListed},
};
use souk_events::{Consumer, Delivery, Handler};
use souk_types::{Cx, Event as _, Fault};

use crate::{OrderMoved, api::events::StockChange, state::AppState};

/// The gateway's consumers.
pub fn consumers(state: &AppState) -> Vec<Consumer> {
    vec![
        Consumer {
            name: "web.moves",
            topics: &["orders.*", "payments.changed", "delivery.shipment_moved"],
            handler: Arc::new(Moves(state.clone())),
        },
        Consumer {
            name: "web.pages",
            topics: &[ProductsChanged::TOPIC, CategoriesChanged::TOPIC, AvailabilityChanged::TOPIC, StockListed::TOPIC],
            handler: Arc::new(Stale(state.clone())),
        },
    ]
}

/// Tells tracking pages. Every event about an order has the order as its key.
struct Moves(AppState);

#[async_trait]
impl Handler for Moves {
    async fn handle(&self, _cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        if let Ok(order) = delivery.key.parse() {
            self.0.listeners.tell(order);
            // Without receivers there is nobody else to tell.
            drop(self.0.moves.send(OrderMoved { order }));
        }
        Ok(())
    }
}

/// Drops pages that show something old. Doing it twice does no harm.
struct Stale(AppState);

#[async_trait]
impl Handler for Stale {
    async fn handle(&self, _cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let pages = &self.0.pages;
        match delivery.topic.as_str() {
            ProductsChanged::TOPIC => {
                let changed: ProductsChanged = delivery.parse()?;
                pages.forget_products(&changed.products).await;
            }
            AvailabilityChanged::TOPIC => {
                let changed: AvailabilityChanged = delivery.parse()?;
                // Without receivers there is nobody to tell.
                drop(self.0.stock_changes.send(StockChange { sku: changed.sku.clone(), in_stock: changed.in_stock }));
                pages.outdate_skus(&[changed.sku]).await;
            }
            StockListed::TOPIC => {
                let listed: StockListed = delivery.parse()?;
                pages.outdate_skus(&listed.skus).await;
            }
            _ => {
                self.0.tree.outdate_all();
                pages.outdate_all();
            }
        }
        Ok(())
    }
}
