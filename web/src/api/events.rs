//! Changes as they happen, by server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse as _, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_types::{Actor, Cx};
use tokio::{sync::broadcast::error::RecvError, time};

use super::{
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    order_model::Order,
    orders::{AccessKey, Number},
};
use crate::{
    error::Failure,
    state::{AppState, CALL_LIMIT},
    storefront::{orders::find, stream::place},
};

/// How often a silent stream shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long one stream lasts; the caller then opens another.
const LASTS: Duration = Duration::from_secs(600);

/// Answers with events until the stream has lasted long enough, or the shop stops.
fn answer<E>(state: &AppState, events: impl Stream<Item = E> + Send + 'static) -> Result<Response, Failure>
where
    E: Serialize + Send + 'static,
{
    let permit = place(state)?;
    let over = time::timeout(LASTS, state.leaving.clone().cancelled_owned());
    let events = events.take_until(over).map(move |event| {
        // Held as long as the stream is.
        let _permit = &permit;
        Ok::<_, Infallible>(Event::default().json_data(event).unwrap_or_default())
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // A proxy that collects answers would hold the messages back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// Follows an order.
pub struct FollowOrder;

impl Operation for FollowOrder {
    const NAME: &'static str = "followOrder";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/orders/{number}/events";
    const GROUP: Group = Group::Buying;
    const SUMMARY: &'static str = "Tells the order as it is and then whenever it has changed, as server-sent events.";
    const STREAM: bool = true;
    type Path = Number;
    type Query = AccessKey;
    type Body = Nothing;
    type Answer = Order;

    async fn run(call: Call, Asked { path, query, .. }: Asked<Self>) -> Result<Reply<Order>, Failure> {
        let order = find(&call.state, &call.cx, &path.number, query.key()).await?;
        let state = call.state.clone();
        // Before the order is told, so that no change falls between.
        let news = state.listeners.listen(order.id);
        let (customer, id) = (order.customer, order.id);
        let first = stream::once(std::future::ready(Order::from(&order)));
        let changes = stream::unfold((state, news), move |(state, mut news)| async move {
            news.next().await?;
            let cx = Cx::new(Actor::service("web"), CALL_LIMIT, state.next_trace());
            let order = state.orders.order(&cx, customer, id, None).await.ok().flatten();
            Some((order.as_ref().map(Order::from), (state, news)))
        });
        let changes = changes.filter_map(std::future::ready);
        answer(&call.state, first.chain(changes)).map(Reply::Stream)
    }
}

/// Whose stock.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Watched {
    /// Stock keeping units.
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 200)))]
    sku: Vec<String>,
}

/// Whether something can be bought.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StockChange {
    /// Stock keeping unit.
    pub sku: String,
    /// Whether it can be bought now.
    pub in_stock: bool,
}

/// Follows stock.
pub struct FollowStock;

impl Operation for FollowStock {
    const NAME: &'static str = "followStock";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/stock/events";
    const GROUP: Group = Group::Catalogue;
    const SUMMARY: &'static str = "Tells whether things can be bought and then whenever that has changed, as \
        server-sent events.";
    const STREAM: bool = true;
    type Path = Nothing;
    type Query = Watched;
    type Body = Nothing;
    type Answer = StockChange;

    async fn run(call: Call, Asked { query, .. }: Asked<Self>) -> Result<Reply<StockChange>, Failure> {
        // Before the stock is read, so that no change falls between.
        let news = call.state.stock_changes.subscribe();
        let available = call.state.inventory.availability(&call.cx, query.sku.clone()).await?;
        let now = available.into_iter().map(|level| StockChange { in_stock: level.available > 0, sku: level.sku });
        let changes = stream::unfold(news, |mut news| async move {
            match news.recv().await {
                Ok(change) => Some((change, news)),
                // Changes were missed: the stream ends, and the caller opens another, which begins with what is.
                Err(RecvError::Lagged(_) | RecvError::Closed) => None,
            }
        });
        let watched = query.sku;
        let changes = changes.filter(move |change: &StockChange| std::future::ready(watched.contains(&change.sku)));
        answer(&call.state, stream::iter(now.collect::<Vec<_>>()).chain(changes)).map(Reply::Stream)
    }
}
