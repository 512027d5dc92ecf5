use serde::{Deserialize, Serialize};
use souk_contracts::{
    CartChangeId, CartId, ProductId,
    cart::CartState,
    catalog::{Image, Offer},
};
use souk_types::{Money, Timestamp};

/// A cart that is open or being made into an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenCart {
    /// Its id.
    pub id: CartId,
    /// Open or completing.
    pub state: CartState,
    /// Rises with every change.
    pub version: i64,
    /// Oldest first, one a SKU.
    pub lines: Vec<Line>,
    /// Which wishes of the shopper are in it, of the last few, the last one last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<CartChangeId>,
}

/// A line as it is kept: what the shopper chose and what was seen then, so that it can still be shown when it
/// is no longer sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Stock keeping unit.
    pub sku: String,
    /// Pieces.
    pub quantity: u32,
    /// The price of one when the shopper last touched the line.
    pub price_seen: Money,
    /// When it was put in.
    pub added_at: Timestamp,
    /// Its product.
    pub product: ProductId,
    /// The product's slug.
    pub slug: String,
    /// The product's title.
    pub title: String,
    /// What was chosen, `Colour: Blue, Size: M`.
    pub variant_title: String,
    /// Its picture.
    pub image: Option<Image>,
}

impl Line {
    /// A new line for an offer.
    pub fn of(offer: &Offer, quantity: u32, now: Timestamp) -> Self {
        Self {
            sku: offer.sku.clone(),
            quantity,
            price_seen: offer.price,
            added_at: now,
            product: offer.product,
            slug: offer.slug.clone(),
            title: offer.title.clone(),
            variant_title: offer.variant_title.clone(),
            image: offer.image.clone(),
        }
    }

    /// The same line after the shopper saw the offer as it is now.
    #[must_use]
    pub fn seen(self, offer: &Offer, quantity: u32) -> Self {
        Self { quantity, ..Self::of(offer, quantity, self.added_at) }
    }
}
