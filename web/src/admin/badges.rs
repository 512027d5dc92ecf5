//! The counts in the sidebar.

use std::{sync::OnceLock, time::Duration};

use serde::Serialize;
use souk_cache::{Cache, CacheConfig};
use souk_contracts::{
    catalog::{ImportFilter, ImportState},
    operations::FailedFilter,
    permission::OPERATIONS,
};
use souk_types::{
    Actor, Cx, Fault, PageRequest,
    limits::{PAGE_ITEMS_MAX, STALE_IF_ERROR},
};

use crate::state::AppState;

/// Newest imports that are looked at for running ones.
const IMPORTS_SEEN: u32 = 20;

/// The counts in the sidebar; 0 is not shown. They are bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct NavBadges {
    orders: u64,
    /// Failed events and parked jobs.
    pub dead_letters: u64,
    imports: u64,
}

impl NavBadges {
    /// What somebody may know of them.
    pub fn seen_by(self, actor: &Actor) -> Self {
        Self { dead_letters: if actor.may(OPERATIONS) { self.dead_letters } else { 0 }, ..self }
    }
}

/// The counts, kept for a few seconds.
#[derive(Debug, Default)]
pub struct Kept(OnceLock<Cache<(), NavBadges>>);

impl Kept {
    /// The present counts; nothing where they cannot be had.
    pub async fn get(&self, state: &AppState, cx: &Cx) -> NavBadges {
        let config = CacheConfig {
            name: "web.admin_badges",
            capacity: 1,
            fresh: Duration::from_secs(5),
            stale: Duration::from_secs(60),
            stale_if_error: STALE_IF_ERROR,
        };
        let cache = self.0.get_or_init(|| Cache::new(config, state.env.clone()));
        let (state, cx) = (state.clone(), cx.as_service("web"));
        let load = || async move { Ok::<_, Fault>(count(&state, &cx).await) };
        cache.get(&(), load).await.unwrap_or_default()
    }
}

async fn count(state: &AppState, cx: &Cx) -> NavBadges {
    let (orders, letters, jobs, imports) = futures::join!(
        state.orders.waiting(cx),
        state.operations.dead_letters(cx, FailedFilter::default(), PageRequest::first(PAGE_ITEMS_MAX)),
        state.operations.parked_jobs(cx, FailedFilter::default(), PageRequest::first(PAGE_ITEMS_MAX)),
        state.catalog.imports(cx, ImportFilter::default(), PageRequest::first(IMPORTS_SEEN)),
    );
    let running = |state: ImportState| matches!(state, ImportState::Queued | ImportState::Running);
    NavBadges {
        orders: orders.map_or(0, |waiting| waiting.to_ship),
        dead_letters: letters.map_or(0, |page| page.items.len() as u64)
            + jobs.map_or(0, |page| page.items.len() as u64),
        imports: imports.map_or(0, |page| page.items.iter().filter(|import| running(import.state)).count() as u64),
    }
}
