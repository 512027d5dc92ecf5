//! The cart: lines, prices as they are now, warnings.

use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Cx, Event, Money, Timestamp, text_enum};

use crate::{CartChangeId, CartId, CustomerId, ProductId, catalog::Image, error::service_errors};

service_errors! {
    /// The SKU is unknown or not sold any more.
    UnknownSku { sku: String } = NotFound, "unknown_sku", "{sku} is not sold here";
    /// Nothing of it is left.
    SoldOut { sku: String, title: String } = OutOfStock, "sold_out", "{title} is sold out";
    /// An order is being made from the cart.
    Completing = Conflict, "cart_completing", "an order is being made from this cart; wait for it or start a new one";
    /// The cart is full.
    TooManyLines { lines_max: usize } = Invalid, "too_many_lines", "a cart holds at most {lines_max} different things";
    /// The wish list is full.
    TooManyWishes { wishes_max: usize } = Invalid, "too_many_wishes", "a wish list holds at most {wishes_max} products";
}

/// What is told where carts are out of reach, and no cause is to be named.
pub const OUT_OF_REACH: &str = "the cart cannot be reached right now; what is in it is kept, please try again";

/// Keeps each customer's cart. A customer, guest or not, has at most one open cart.
#[rpc]
pub trait Cart {
    /// Returns the open cart with present prices and warnings; an empty one when there is none.
    #[read]
    async fn view(&self, cx: &Cx, customer: CustomerId) -> Result<CartView, Error>;

    /// Applies all changes and recalculates once. A quantity above what is available is lowered, with a warning. Asked
    /// again with the same id, it changes nothing more, and that warning is not among those that the cart has then.
    #[idempotent]
    async fn change(
        &self,
        cx: &Cx,
        customer: CustomerId,
        id: CartChangeId,
        changes: Vec<Change>,
    ) -> Result<CartView, Error>;

    /// Ends a cart that an order was made from, so that nothing more is put into it. One that is not there any more stays
    /// away.
    #[idempotent]
    async fn complete(&self, cx: &Cx, customer: CustomerId, cart: CartId) -> Result<(), Error>;

    /// Puts a guest's lines into the customer's own cart and their wishes on the customer's list, as on signing in.
    #[idempotent]
    async fn merge(&self, cx: &Cx, guest: CustomerId, customer: CustomerId) -> Result<CartView, Error>;

    /// Returns the products on the customer's wish list, the last wish first; at most
    /// [`souk_types::limits::WISHES_MAX`].
    #[read]
    async fn wishes(&self, cx: &Cx, customer: CustomerId) -> Result<Vec<ProductId>, Error>;

    /// Puts a product on the customer's wish list, or takes it off.
    #[idempotent]
    async fn wish(&self, cx: &Cx, customer: CustomerId, product: ProductId, wanted: bool) -> Result<(), Error>;
}

/// One change of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Adds pieces.
    Add {
        /// Stock keeping unit.
        sku: String,
        /// 1 to [`souk_types::limits::LINE_QUANTITY_MAX`].
        quantity: u32,
    },
    /// Sets the number of pieces; 0 removes the line.
    Set {
        /// Stock keeping unit.
        sku: String,
        /// 0 to [`souk_types::limits::LINE_QUANTITY_MAX`].
        quantity: u32,
    },
}

text_enum! {
    /// Where a cart stands.
    pub enum CartState {
        /// Can be changed.
        Open = "open",
        /// An order is being made from it.
        Completing = "completing",
        /// An order was made from it.
        Completed = "completed",
        /// Was left alone for too long.
        Expired = "expired",
    }
}

/// A cart as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CartView {
    /// The cart; `None` when nothing was ever put in.
    pub id: Option<CartId>,
    /// Rises with every change.
    pub version: i64,
    /// Where it stands.
    pub state: CartState,
    /// Its lines, oldest first.
    pub lines: Vec<CartLine>,
    /// Pieces in all.
    pub pieces: u64,
    /// Sum of the lines that can be bought, before delivery and tax on top.
    pub subtotal: Money,
    /// Weight of those, grams.
    pub weight_g: i64,
}

/// One line of a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CartLine {
    /// Stock keeping unit.
    pub sku: String,
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
    /// Pieces.
    pub quantity: u32,
    /// Present price of one.
    pub unit_price: Money,
    /// The price before, when it is reduced.
    pub compare_at: Option<Money>,
    /// Present price of all.
    pub total: Money,
    /// What the shopper should know; some of it says that the line cannot be bought as it stands.
    pub warnings: Vec<Warning>,
}

impl CartLine {
    /// Says whether the line can be bought as it stands.
    pub fn can_be_bought(&self) -> bool {
        !self.warnings.iter().any(|warning| {
            matches!(warning, Warning::SoldOut | Warning::Gone | Warning::OnlyLeft { .. } | Warning::Unchecked)
        })
    }

    /// Says whether its price or its stock could not be asked.
    pub fn is_unchecked(&self) -> bool {
        self.warnings.contains(&Warning::Unchecked)
    }
}

/// What the shopper should know about a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The price changed since the line was put in.
    PriceChanged {
        /// What it was.
        was: Money,
        /// What it is.
        now: Money,
    },
    /// Fewer are left than the line wants.
    OnlyLeft {
        /// How many.
        available: u32,
    },
    /// Nothing is left.
    SoldOut,
    /// It is not sold any more.
    Gone,
    /// Fewer were put in than was asked.
    Lowered {
        /// What was asked.
        asked: u32,
    },
    /// Its price or its stock cannot be asked just now: it is shown as it was last seen.
    Unchecked,
}

/// A cart was left alone for too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartExpired {
    /// The cart.
    pub cart: CartId,
    /// Whose it was.
    pub customer: CustomerId,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl Event for CartExpired {
    const TOPIC: &'static str = "cart.expired";
    fn key(&self) -> String {
        self.cart.to_string()
    }
}
