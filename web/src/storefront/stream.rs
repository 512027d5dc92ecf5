//! Live updates of a tracking page, by server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Path, Query, State},
    response::{
        IntoResponse as _,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use souk_contracts::orders::Order;
use souk_types::{Actor, Cx};
use tokio::{sync::OwnedSemaphorePermit, time};

use crate::{
    error::{Answer, Failure},
    format,
    listeners::Listener,
    session::Visitor,
    state::{AppState, CALL_LIMIT},
    storefront::{
        orders::{Key, find},
        timeline::Timeline,
    },
};

/// How often a silent stream shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long one stream lasts; the browser then opens another.
const LASTS: Duration = Duration::from_secs(600);

/// What the page is told.
#[derive(Serialize)]
struct Update<'a> {
    status: &'static str,
    label: &'a str,
    at: String,
}

/// `GET /orders/{number}/stream?key=`: a message whenever something about the order changes.
pub async fn stream(
    State(state): State<AppState>,
    Path(number): Path<String>,
    Query(key): Query<Key>,
    visitor: Visitor,
) -> Answer {
    let order = find(&state, &visitor.cx, &number, key.as_str()).await?;
    let permit = place(&state)?;
    // A stream that goes on would keep the shop from stopping; the browser comes back to the next one.
    let over = time::timeout(LASTS, state.leaving.clone().cancelled_owned());
    let updates = updates(state.clone(), order, permit).take_until(over);
    let mut response = Sse::new(updates).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // A proxy that collects answers would hold the messages back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(visitor.jar.onto(response))
}

/// A place among those who may listen.
///
/// # Errors
/// Unavailable, when there is none.
pub fn place(state: &AppState) -> Result<OwnedSemaphorePermit, Failure> {
    state.streams.clone().try_acquire_owned().map_err(|_| {
        let text = "Too many pages are listening right now; this one still updates when it is reloaded.";
        let full = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", text);
        Failure { retry_after_s: Some(30), ..full }
    })
}

struct Listening {
    state: AppState,
    order: Order,
    news: Listener,
    _permit: OwnedSemaphorePermit,
}

fn updates(
    state: AppState,
    order: Order,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    let news = state.listeners.listen(order.id);
    let listening = Listening { state, order, news, _permit: permit };
    stream::unfold(listening, |mut listening| async move {
        listening.news.next().await?;
        let event = listening.event().await;
        Some((Ok(event), listening))
    })
}

impl Listening {
    /// What the page is told; it asks for the rest itself.
    async fn event(&mut self) -> Event {
        let cx = Cx::new(Actor::service("web"), CALL_LIMIT, self.state.next_trace());
        let found = self.state.orders.order(&cx, self.order.customer, self.order.id, None).await;
        if let Ok(Some(order)) = found {
            self.order = order;
        }
        let timeline = Timeline::load(&self.state, &cx, &self.order).await;
        let label = timeline.as_ref().map_or("Your order was updated", Timeline::headline);
        let update =
            Update { status: self.order.lifecycle.as_str(), label, at: format::time(self.state.env.now()).iso };
        Event::default().json_data(update).unwrap_or_default()
    }
}
