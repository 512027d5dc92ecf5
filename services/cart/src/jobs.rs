use std::time::Duration;

use async_trait::async_trait;
use souk_contracts::cart::CartExpired;
use souk_jobs::Sweep;
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault};

use crate::store;

/// Carts that one transaction lets expire.
const BATCH_CARTS: usize = 200;
/// Batches of one sweep; the next sweep takes what is left.
const BATCHES_MAX: usize = 50;

/// Lets carts expire that were left alone for too long.
pub struct ExpirySweep {
    store: Store,
    expire_after: Duration,
}

impl ExpirySweep {
    pub fn new(store: Store, expire_after: Duration) -> Self {
        Self { store, expire_after }
    }
}

#[async_trait]
impl Sweep for ExpirySweep {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        let expire_after = self.expire_after;
        for _ in 0..BATCHES_MAX {
            let seen = self.store.write(cx, move |tx| expire(tx, expire_after)).await?;
            if seen < BATCH_CARTS {
                break;
            }
        }
        Ok(())
    }
}

fn expire(tx: &mut Tx<'_>, expire_after: Duration) -> Result<usize, Fault> {
    let idle = store::idle(tx, tx.now() - expire_after, BATCH_CARTS)?;
    for cart in &idle {
        if store::expire(tx, cart)? {
            tx.emit(&CartExpired { cart: cart.cart, customer: cart.customer, changed_at: cart.changed_at })?;
        }
    }
    Ok(idle.len())
}
