//! The names of staff, for histories: what is stored is who it was by id.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use souk_cache::{Cache, CacheConfig};
use souk_types::{
    Cx, Fault, PageRequest,
    limits::{PAGE_ITEMS_MAX, STALE_IF_ERROR},
};

use crate::state::AppState;

/// Names by id.
pub type Names = Arc<HashMap<String, String>>;

/// The names, kept for a minute.
#[derive(Debug, Default)]
pub struct Kept(OnceLock<Cache<(), Names>>);

impl Kept {
    /// The present names; nobody's where they cannot be had. Of a very large staff, those who came first.
    pub async fn get(&self, state: &AppState, cx: &Cx) -> Names {
        let config = CacheConfig {
            name: "web.staff_names",
            capacity: 1,
            fresh: Duration::from_secs(60),
            stale: Duration::from_secs(600),
            stale_if_error: STALE_IF_ERROR,
        };
        let cache = self.0.get_or_init(|| Cache::new(config, state.env.clone()));
        // Whoever may see a history may know who wrote it; the list of staff itself is not for everybody.
        let (accounts, cx) = (state.accounts.clone(), cx.as_service("web"));
        let load = || async move {
            let page = accounts.staff(&cx, PageRequest::first(PAGE_ITEMS_MAX)).await;
            let staff = page.map_err(|error| Fault::unavailable(error.to_string()))?.items;
            Ok::<_, Fault>(Arc::new(staff.into_iter().map(|member| (member.id.to_string(), member.name)).collect()))
        };
        cache.get(&(), load).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the names of staff cannot be read");
            Names::default()
        })
    }
}
