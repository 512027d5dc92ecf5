use std::time::Duration;

use async_trait::async_trait;
use souk_contracts::{CustomerId, cart::CartExpired};
use souk_documents::Expired;
use souk_jobs::Sweep;
use souk_store::Tx;
use souk_types::{Cx, Env, Fault};

use crate::{domain::Carts, kept::KeptCarts};

/// Carts that one transaction lets expire, or takes away from where they lay before.
const BATCH_CARTS: usize = 200;
/// Batches of one sweep; the next sweep takes what is left.
const BATCHES_MAX: usize = 50;

/// Brings carts along that nobody has asked for since they lie elsewhere, and lets those expire that were left alone for
/// too long.
pub struct ExpirySweep {
    carts: KeptCarts,
    env: Env,
    expire_after: Duration,
}

impl ExpirySweep {
    pub fn new(carts: KeptCarts, env: Env, expire_after: Duration) -> Self {
        Self { carts, env, expire_after }
    }
}

#[async_trait]
impl Sweep for ExpirySweep {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        for _ in 0..BATCHES_MAX {
            if self.carts.bring_over(cx, BATCH_CARTS).await? < BATCH_CARTS {
                break;
            }
        }
        let since = self.env.now() - self.expire_after;
        for _ in 0..BATCHES_MAX {
            if self.carts.expire(cx, since, BATCH_CARTS, tell).await? < BATCH_CARTS {
                break;
            }
        }
        Ok(())
    }
}

fn tell(tx: &mut Tx<'_>, expired: Expired<Carts>) -> Result<(), Fault> {
    let Expired { key, document, changed_at } = expired;
    let Some(open) = document.open() else { return Ok(()) };
    let customer: CustomerId = key.parse().map_err(Fault::internal)?;
    tx.emit(&CartExpired { cart: open.id, customer, changed_at }).map(drop)
}
