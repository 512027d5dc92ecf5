use serde::{Deserialize, Serialize};
use souk_types::Event;

use crate::ProductId;

/// Products were added, changed or taken out of sight. Says which, not how: whoever keeps a copy reads the
/// present state, so that order and repetition do not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductsChanged {
    /// At most 500.
    pub products: Vec<ProductId>,
}

impl Event for ProductsChanged {
    const TOPIC: &'static str = "catalog.products_changed";
    fn key(&self) -> String {
        self.products.first().map(ToString::to_string).unwrap_or_default()
    }
}

/// New variants came with a stock figure, from an import or an editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockDeclared {
    /// At most 500.
    pub variants: Vec<DeclaredStock>,
}

/// The stock figure of one new variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredStock {
    /// Stock keeping unit.
    pub sku: String,
    /// Pieces on hand.
    pub quantity: i64,
}

impl Event for StockDeclared {
    const TOPIC: &'static str = "catalog.stock_declared";
    fn key(&self) -> String {
        self.variants.first().map(|variant| variant.sku.clone()).unwrap_or_default()
    }
}

/// The category tree changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoriesChanged {}

impl Event for CategoriesChanged {
    const TOPIC: &'static str = "catalog.categories_changed";
    fn key(&self) -> String {
        "categories".to_owned()
    }
}
