//! A link by which somebody else's browser takes a cart to the checkout.

use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use souk_types::Fault;

use super::{
    caller::Access,
    cart::shopper,
    model::instant,
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Twice, Verb},
    schema,
};
use crate::{error::Failure, storefront::cart_link};

/// A link to the checkout.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckoutLink {
    /// To be opened in the shopper's browser. It shows what is in the cart and, when the shopper agrees, puts it in
    /// their own. It gives nobody the token.
    url: String,
    /// When it runs out.
    #[schemars(schema_with = "schema::instant")]
    expires_at: String,
}

/// Makes a link to the checkout.
pub struct CreateCheckoutLink;

impl Operation for CreateCheckoutLink {
    const NAME: &'static str = "createCheckoutLink";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/cart/checkout-links";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Makes a link that opens the caller's cart in the shopper's browser, to be bought at \
        the shop's own checkout.";
    const ACCESS: Access = Access::Shopper;
    const STATUS: StatusCode = StatusCode::CREATED;
    const TWICE: Twice = Twice::Harmless;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = CheckoutLink;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<CheckoutLink>, Failure> {
        let customer = shopper(&call)?;
        if call.state.cart.view(&call.cx, customer).await?.lines.is_empty() {
            return Err(Fault::conflict("the cart is empty: put something in first").into());
        }
        let (url, until) = cart_link::make(&call.state, customer);
        Ok(Reply::of(CheckoutLink { url, expires_at: instant(until) }))
    }
}
