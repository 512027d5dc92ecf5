//! Somebody who buys, again and again, and remembers what was said.

use std::{net::SocketAddr, rc::Rc, time::Duration};

use anyhow::{Error, Result};
use hyper::StatusCode;
use souk_bench::{
    client::{Client, Refused},
    shopper::{GOOD_CARD, Purchase, add_to_cart, ask_for_order, place},
};
use tokio::time::{error::Elapsed, sleep};

use crate::market::{CameTo, Market};

/// What a shopper thinks between two purchases.
const THINKS: Duration = Duration::from_millis(500);
/// One who got no answer to an order asks again, so often and after such pauses, as a person who presses the button again.
const ASKED_AGAIN_MAX: u32 = 5;
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Buys until the market is over.
pub(crate) async fn shop(address: SocketAddr, market: Rc<Market>) {
    let mut client = Client::new(address);
    while let Some(sku) = market.turn().await {
        client.forget();
        match buy(&mut client, &sku).await {
            Ok(Purchase::Ordered(order)) => {
                market.note(CameTo::Ordered);
                market.keep(order, &sku);
            }
            Ok(Purchase::SoldOut) => market.note(CameTo::SoldOut),
            Err(Failed { error, order }) => {
                market.note(CameTo::Failed(kind(&error)));
                if let Some(order) = order {
                    ask_again(&mut client, &market, &sku, &order).await;
                }
                client = Client::new(address);
            }
        }
        market.leave();
        sleep(THINKS).await;
    }
}

/// Why nothing came of a purchase, and the order, when it was sent.
struct Failed {
    error: Error,
    order: Option<String>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, order: None }
    }
}

async fn buy(client: &mut Client, sku: &str) -> Result<Purchase, Failed> {
    let added = add_to_cart(client, sku, 1).await?;
    if added.status == StatusCode::CONFLICT {
        return Ok(Purchase::SoldOut);
    }
    added.expect(StatusCode::OK)?;
    let Some(order) = ask_for_order(client, GOOD_CARD).await? else { return Ok(Purchase::SoldOut) };
    place(client, &order).await.map_err(|error| Failed { error, order: Some(order) })
}

/// The same order again, of which nobody knows what became. That it is acknowledged late makes up for no failure, but
/// it is one that must be there.
async fn ask_again(client: &mut Client, market: &Market, sku: &str, order: &str) {
    for _ in 0..ASKED_AGAIN_MAX {
        sleep(ASKED_AGAIN_AFTER).await;
        client.connect_anew();
        match place(client, order).await {
            Ok(Purchase::Ordered(order)) => return market.keep(order, sku),
            Ok(Purchase::SoldOut) => return,
            Err(_) => {}
        }
    }
}

/// What a failure is counted as.
fn kind(error: &Error) -> String {
    if let Some(Refused { status, .. }) = error.downcast_ref::<Refused>() {
        return status.as_u16().to_string();
    }
    if error.chain().any(<dyn std::error::Error>::is::<Elapsed>) {
        return "no answer".to_owned();
    }
    "broken off".to_owned()
}
