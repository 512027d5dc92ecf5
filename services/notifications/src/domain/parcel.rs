use serde::Serialize;
use souk_contracts::{inventory::StockLine, orders::Order};

/// What is in a parcel, by the words of its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The product's title.
    pub title: String,
    /// What was chosen; may be empty.
    pub variant_title: String,
    /// How many.
    pub quantity: u32,
}

/// Names the lines of a parcel as its order does.
pub fn pieces(order: &Order, lines: &[StockLine]) -> Vec<Piece> {
    let named = |line: &StockLine| {
        let ordered = order.lines.iter().find(|ordered| ordered.sku == line.sku);
        Piece {
            title: ordered.map_or_else(|| line.sku.clone(), |ordered| ordered.title.clone()),
            variant_title: ordered.map(|ordered| ordered.variant_title.clone()).unwrap_or_default(),
            quantity: line.quantity,
        }
    };
    lines.iter().map(named).collect()
}
