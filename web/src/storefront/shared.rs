//! Small answers of services that are the same for everybody, kept for a short while.

use std::{collections::HashSet, sync::Arc, time::Duration};

use souk_cache::{Cache, CacheConfig};
use souk_contracts::{orders::Taxes, payments::ClientConfig, places};
use souk_types::{Env, limits::STALE_IF_ERROR};

use crate::{error::Failure, state::AppState, view::Choice};

/// How long settings of delivery, taxes and payment are served without another look: staff may change them at any time.
const SETTINGS_FRESH: Duration = Duration::from_secs(5);

/// Small answers of services.
pub struct Shared {
    countries: Cache<(), Arc<Vec<Choice>>>,
    payment: Cache<(), Arc<ClientConfig>>,
    taxes: Cache<(), Arc<Taxes>>,
}

impl Shared {
    /// Nothing known yet.
    pub fn new(env: &Env) -> Self {
        let config = |name, fresh| CacheConfig {
            name,
            capacity: 1,
            fresh,
            stale: Duration::from_secs(600),
            stale_if_error: STALE_IF_ERROR,
        };
        Self {
            countries: Cache::new(config("web.countries", SETTINGS_FRESH), env.clone()),
            payment: Cache::new(config("web.payment", SETTINGS_FRESH), env.clone()),
            taxes: Cache::new(config("web.taxes", SETTINGS_FRESH), env.clone()),
        }
    }

    /// Asks anew how things are delivered, taxed and paid: staff changed it.
    pub async fn forget_settings(&self) {
        self.countries.invalidate(&()).await;
        self.taxes.invalidate(&()).await;
        self.payment.invalidate(&()).await;
    }
}

/// The countries that are delivered to, by name.
pub async fn countries(state: &AppState) -> Result<Arc<Vec<Choice>>, Failure> {
    let (delivery, cx) = (state.delivery.clone(), state.shared_cx());
    let load = || async move {
        let served: HashSet<String> = delivery.countries(&cx).await?.into_iter().collect();
        let choices = places::countries().filter(|(code, _)| served.contains(*code));
        let choices = choices.map(|(code, name)| Choice::new(code, name)).collect();
        Ok::<_, souk_contracts::delivery::Error>(Arc::new(choices))
    };
    let known = state.shared.countries.get(&(), load).await.map_err(Failure::from);
    known.map_err(|failure| failure.saying_away("Delivery cannot be worked out just now."))
}

/// How the shopper's browser pays.
pub async fn payment(state: &AppState) -> Result<Arc<ClientConfig>, Failure> {
    let (payments, cx) = (state.payments.clone(), state.shared_cx());
    let load = || async move { payments.client_config(&cx).await.map(Arc::new) };
    let known = state.shared.payment.get(&(), load).await.map_err(Failure::from);
    known.map_err(|failure| failure.saying_away("Payments cannot be taken just now."))
}

/// By which rules orders are taxed.
pub async fn taxes(state: &AppState) -> Result<Arc<Taxes>, Failure> {
    let (orders, cx) = (state.orders.clone(), state.shared_cx());
    let load = || async move { orders.taxes(&cx).await.map(Arc::new) };
    Ok(state.shared.taxes.get(&(), load).await?)
}
