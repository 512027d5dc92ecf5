//! The cart of whoever shops.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CartKind, CustomerId,
    cart::{self, CartState, Change, Warning},
    orders::{self, QuoteRequest},
};

use super::{
    caller::Access,
    model::{Image, Money},
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    schema,
};
use crate::{
    error::Failure,
    storefront::{cart::change, checkout::quote},
};

schema::words! {
    cart_state: CartState;
}

/// A cart as it is now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cart {
    /// The cart; null when nothing was ever put in. An order is made from it once.
    id: Option<String>,
    /// Rises with every change.
    version: i64,
    /// Where it stands.
    #[schemars(schema_with = "cart_state")]
    state: CartState,
    /// Its lines, oldest first.
    lines: Vec<CartLine>,
    /// Pieces in all.
    pieces: u64,
    /// Sum of the lines that can be bought, before delivery and tax on top.
    subtotal: Money,
}

/// A line of a cart.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CartLine {
    /// Stock keeping unit.
    sku: String,
    /// Slug of the product.
    slug: String,
    /// Title of the product.
    title: String,
    /// What was chosen, `Colour: Blue, Size: M`.
    variant_title: String,
    /// Its picture.
    image: Option<Image>,
    /// Pieces.
    quantity: u32,
    /// Present price of one.
    unit_price: Money,
    /// The price before, when it is reduced.
    compare_at: Option<Money>,
    /// Present price of all.
    total: Money,
    /// Whether it can be bought as it stands.
    can_be_bought: bool,
    /// What the shopper should know.
    warnings: Vec<LineWarning>,
}

/// What the shopper should know about a line.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum LineWarning {
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

impl From<&Warning> for LineWarning {
    fn from(warning: &Warning) -> Self {
        match warning {
            Warning::PriceChanged { was, now } => Self::PriceChanged { was: (*was).into(), now: (*now).into() },
            Warning::OnlyLeft { available } => Self::OnlyLeft { available: *available },
            Warning::SoldOut => Self::SoldOut,
            Warning::Gone => Self::Gone,
            Warning::Lowered { asked } => Self::Lowered { asked: *asked },
            Warning::Unchecked => Self::Unchecked,
        }
    }
}

impl From<cart::CartView> for Cart {
    fn from(cart: cart::CartView) -> Self {
        let line = |line: &cart::CartLine| CartLine {
            sku: line.sku.clone(),
            slug: line.slug.clone(),
            title: line.title.clone(),
            variant_title: line.variant_title.clone(),
            image: line.image.as_ref().map(|image| Image::of(image, &line.title)),
            quantity: line.quantity,
            unit_price: line.unit_price.into(),
            compare_at: line.compare_at.map(Money::from),
            total: line.total.into(),
            can_be_bought: line.can_be_bought(),
            warnings: line.warnings.iter().map(LineWarning::from).collect(),
        };
        Self {
            id: cart.id.map(|id| id.to_string()),
            version: cart.version,
            state: cart.state,
            lines: cart.lines.iter().map(line).collect(),
            pieces: cart.pieces,
            subtotal: cart.subtotal.into(),
        }
    }
}

/// Whoever shops; the router has let nobody else in.
pub fn shopper(call: &Call) -> Result<CustomerId, Failure> {
    call.caller.customer().ok_or_else(Failure::not_found)
}

/// Reads the cart.
pub struct ReadCart;

impl Operation for ReadCart {
    const NAME: &'static str = "readCart";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/cart";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Reads the caller's cart with present prices and warnings.";
    const ACCESS: Access = Access::Shopper;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Cart;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<Cart>, Failure> {
        Ok(Reply::of(call.state.cart.view(&call.cx, shopper(&call)?).await?.into()))
    }
}

/// Something to put in the cart.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// Stock keeping unit.
    #[schemars(length(min = 1, max = 200))]
    sku: String,
    /// Pieces.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 999))]
    quantity: u32,
}

fn one() -> u32 {
    1
}

/// Puts something in the cart.
pub struct AddCartLine;

impl Operation for AddCartLine {
    const NAME: &'static str = "addCartLine";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/cart/lines";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Puts pieces in the cart. When fewer are left than that, the line says so in its \
        warnings.";
    const ACCESS: Access = Access::Shopper;
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = NewLine;
    type Answer = Cart;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Cart>, Failure> {
        let wish = Change::Add { sku: body.sku, quantity: body.quantity };
        Ok(Reply::of(change(&call.state, &call.cx, shopper(&call)?, vec![wish]).await?.into()))
    }
}

/// Which line.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Sku {
    /// Stock keeping unit.
    pub sku: String,
}

/// How many.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// Pieces.
    #[schemars(range(min = 1, max = 999))]
    quantity: u32,
}

/// Sets the pieces of a line.
pub struct SetCartLine;

impl Operation for SetCartLine {
    const NAME: &'static str = "setCartLine";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/cart/lines/{sku}";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Sets the pieces of a line, and adds the line when it is not there.";
    const ACCESS: Access = Access::Shopper;
    type Path = Sku;
    type Query = Nothing;
    type Body = Quantity;
    type Answer = Cart;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Cart>, Failure> {
        let wish = Change::Set { sku: path.sku, quantity: body.quantity };
        Ok(Reply::of(change(&call.state, &call.cx, shopper(&call)?, vec![wish]).await?.into()))
    }
}

/// Takes a line out of the cart.
pub struct RemoveCartLine;

impl Operation for RemoveCartLine {
    const NAME: &'static str = "removeCartLine";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/cart/lines/{sku}";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Takes a line out of the cart.";
    const ACCESS: Access = Access::Shopper;
    type Path = Sku;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Cart;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Cart>, Failure> {
        let customer = shopper(&call)?;
        let cart = call.state.cart.view(&call.cx, customer).await?;
        if !cart.lines.iter().any(|line| line.sku == path.sku) {
            return Ok(Reply::of(cart.into()));
        }
        let wish = Change::Set { sku: path.sku, quantity: 0 };
        Ok(Reply::of(change(&call.state, &call.cx, customer, vec![wish]).await?.into()))
    }
}

/// Where the cart is to go.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Destination {
    /// ISO 3166-1 alpha-2; the shop's own country when it is left out.
    #[schemars(length(min = 2, max = 2))]
    country: Option<String>,
    /// State or province, where the country uses one: code or name.
    #[serde(default)]
    #[schemars(length(max = 100))]
    region: String,
    /// The delivery method; the cheapest when it is left out or does not serve the destination.
    #[schemars(length(max = 100))]
    method: Option<String>,
}

/// What the cart would cost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Quote {
    /// The cart with present prices.
    cart: Cart,
    /// All ways to deliver, cheapest first.
    rates: Vec<Rate>,
    /// The one that is counted in.
    method: String,
    /// What it costs.
    totals: Totals,
}

/// One way to deliver.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rate {
    /// The method's code.
    method: String,
    /// Its name.
    name: String,
    /// What it costs.
    price: Money,
    /// Working days at least.
    days_min: u32,
    /// Working days at most.
    days_max: u32,
}

/// What an order costs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Totals {
    /// Sum of the lines.
    subtotal: Money,
    /// Delivery.
    delivery: Money,
    /// Tax on lines and delivery.
    tax: Money,
    /// Whether the prices include the tax.
    tax_included: bool,
    /// What the tax is called there; empty when there is none.
    tax_name: String,
    /// What is paid.
    total: Money,
}

impl From<&orders::Totals> for Totals {
    fn from(totals: &orders::Totals) -> Self {
        Self {
            subtotal: totals.subtotal.into(),
            delivery: totals.delivery.into(),
            tax: totals.tax.into(),
            tax_included: totals.tax_included,
            tax_name: totals.tax_name.clone(),
            total: totals.total.into(),
        }
    }
}

/// Prices the cart.
pub struct ReadQuote;

impl Operation for ReadQuote {
    const NAME: &'static str = "readQuote";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/cart/quote";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Prices the cart for a destination: what an order of it would cost now.";
    const ACCESS: Access = Access::Shopper;
    type Path = Nothing;
    type Query = Destination;
    type Body = Nothing;
    type Answer = Quote;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<Quote>, Failure> {
        let request = QuoteRequest {
            customer: shopper(&call)?,
            country: query.country.unwrap_or_else(|| call.state.shop.country.clone()),
            region: query.region,
            method: query.method,
        };
        let quote = quote(&call.state, &call.cx, request).await?;
        let rate = |rate: souk_contracts::delivery::Rate| Rate {
            method: rate.method,
            name: rate.name,
            price: rate.price.into(),
            days_min: rate.days_min,
            days_max: rate.days_max,
        };
        Ok(Reply::of(Quote {
            cart: quote.cart.into(),
            rates: quote.rates.into_iter().map(rate).collect(),
            method: quote.method,
            totals: Totals::from(&quote.totals),
        }))
    }
}

/// The schema of a cart's id.
pub fn cart_id(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::id::<CartKind>(generator)
}
