//! What a shopper does, through every call that a client makes.

use anyhow::{Context, Result};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Answer, Client};

/// The sandbox gateway's card that succeeds.
pub const GOOD_CARD: &str = "4242424242424242";

/// An order, as the shop acknowledged it.
#[derive(Debug, Clone, Deserialize)]
pub struct Acknowledged {
    /// Its number.
    pub number: String,
    /// Opens it without signing in.
    pub access_key: String,
    /// `placed`, `action_required` or `pending`.
    pub state: String,
}

/// How a purchase ended.
#[derive(Debug)]
pub enum Purchase {
    /// The shop acknowledged an order.
    Ordered(Acknowledged),
    /// There was not enough left.
    SoldOut,
}

/// Puts pieces of a variant into the cart.
///
/// # Errors
/// When there is no answer in time.
pub async fn add_to_cart(client: &mut Client, sku: &str, quantity: u32) -> Result<Answer> {
    client.post_json("/cart/lines", json!({ "sku": sku, "quantity": quantity }).to_string()).await
}

/// Buys what is in the cart: asks what it costs, gets a token for the card, and places the order.
///
/// # Errors
/// When a step is refused for any other reason than stock.
pub async fn check_out(client: &mut Client, card: &str) -> Result<Purchase> {
    match ask_for_order(client, card).await? {
        Some(order) => place(client, &order).await,
        None => Ok(Purchase::SoldOut),
    }
}

/// The same where nothing in front of the web sends the gateway's calls to payments.
///
/// # Errors
/// As [`check_out`].
pub async fn check_out_beside(client: &mut Client, gateway: &mut Client, card: &str) -> Result<Purchase> {
    let Some(quote) = quote(client).await? else { return Ok(Purchase::SoldOut) };
    let token = token(gateway, card).await?;
    place(client, &order(&quote, &token)).await
}

/// Asks what the cart costs and gets a token for the card; answers the order to place, `None` when there is not enough
/// left.
///
/// # Errors
/// When a step is refused for any other reason than stock.
pub async fn ask_for_order(client: &mut Client, card: &str) -> Result<Option<String>> {
    let Some(quote) = quote(client).await? else { return Ok(None) };
    let token = token(client, card).await?;
    Ok(Some(order(&quote, &token)))
}

/// What the cart costs; `None`: there is not enough of something in it.
async fn quote(client: &mut Client) -> Result<Option<Value>> {
    let quote = client.get("/checkout?country=DE", "application/json").await?;
    if quote.status == StatusCode::CONFLICT {
        return Ok(None);
    }
    quote.expect(StatusCode::OK)?.json().map(Some)
}

/// What the gateway gives for a card.
async fn token(gateway: &mut Client, card: &str) -> Result<String> {
    let card = json!({ "number": card, "exp": "12/40", "cvc": "123", "name": "Ann Example" });
    let answer = gateway.post_json("/sandbox-gateway/tokens", card.to_string()).await?;
    if !answer.status.is_success() {
        return Err(answer.refused()).context("the gateway refused the card");
    }
    let token: Value = answer.json()?;
    Ok(token["token"].as_str().context("the gateway gave no token")?.to_owned())
}

fn order(quote: &Value, token: &str) -> String {
    let order = json!({
        "cart": quote["cart"]["id"],
        "email": "ann@example.com",
        "address": {
            "name": "Ann Example", "line1": "Road 1", "city": "Berlin", "postal_code": "10115", "country": "DE"
        },
        "method": quote["method"],
        "expected_total": quote["totals"]["total"],
        "payment_token": token,
    });
    order.to_string()
}

/// Places an order. The same one again is the same order.
///
/// # Errors
/// When it is refused for any other reason than stock.
pub async fn place(client: &mut Client, order: &str) -> Result<Purchase> {
    let answer = client.post_json("/checkout", order.to_owned()).await?;
    match answer.status {
        StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED => Ok(Purchase::Ordered(answer.json()?)),
        StatusCode::CONFLICT if answer.text().contains("out_of_stock") => Ok(Purchase::SoldOut),
        _ => Err(answer.refused()).context("the order was refused"),
    }
}
