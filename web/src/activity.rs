//! What the activity log says of what staff and API keys do: one table of deeds, for every way in.

use std::time::Duration;

use souk_contracts::{
    ActivityId,
    accounts::{ActivityKind, NewActivity},
};
use souk_jobs::Background;
use souk_types::{Cx, Fault, limits::LINE_BYTES_MAX};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::state::AppState;

mod deeds;

pub use deeds::Deed;

/// How long recording may take: its own time, since the action's may be used up.
const RECORD_LIMIT: Duration = Duration::from_secs(5);

/// What is to be recorded once it is done.
pub struct Pending {
    /// All that handlers share.
    pub state: AppState,
    /// The context of who does it.
    pub cx: Cx,
    /// The name that they go by.
    pub name: String,
    /// By which address of the console or operation of the API.
    pub way: &'static str,
    /// To what, as far as the address says.
    pub object: Option<String>,
}

impl Pending {
    /// Records what was done. The action stands, whatever comes of it.
    pub async fn record(self) {
        let Self { state, cx, name, way, object } = self;
        let (kind, action) = match Deed::by_way(way) {
            Some(deed) => (deed.kind, deed.action.to_owned()),
            None => (ActivityKind::Settings, unnamed(way)),
        };
        let object = shortened(object.unwrap_or_default());
        let done = NewActivity { name: shortened(name), kind, action, object };
        let cx = Cx::new(cx.actor, RECORD_LIMIT, cx.trace);
        let recording = state.accounts.record_activity(&cx, ActivityId::generate(&state.env), done.clone());
        if let Err(error) = recording.await {
            let actor = cx.actor.label();
            tracing::error!(%error, actor, action = done.action, object = done.object, "an action is not in the log");
        }
    }
}

/// Works on to the end even when whoever asked goes away: nobody is to act and leave no trace of it.
///
/// # Errors
/// Internal: the work was given up.
pub async fn carried_through<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, Fault> {
    let (tell, told) = oneshot::channel();
    let work = async move {
        let answer = Box::pin(work).await;
        // Nobody may wait for it any more.
        drop(tell.send(answer));
    };
    Background::start(work.in_current_span()).detach();
    told.await.map_err(|_| Fault::internal("a request ended without an answer"))
}

/// A word for a way that has none yet: `/tax/{id}/rates` as `tax_rates`, `setTax` as `set_tax`.
fn unnamed(way: &str) -> String {
    let parts = way.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
    let words = parts.collect::<Vec<_>>().join("_").replace('-', "_");
    let snake = words.chars().flat_map(|letter| {
        let gap = letter.is_ascii_uppercase().then_some('_');
        gap.into_iter().chain(letter.to_lowercase())
    });
    snake.collect()
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LINE_BYTES_MAX));
    text
}
