//! Following an order: the confirmation, the tracking page, and its live updates.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};
use souk_contracts::{
    orders::{Lifecycle, Order},
    payments::Intent,
};
use souk_types::{Cx, limits::LINE_BYTES_MAX};

use crate::{
    error::{Answer, Failure},
    flash,
    negotiate::prefers_json,
    session::Visitor,
    state::AppState,
    storefront::{
        context::Base,
        order_view::{OrderView, track_url},
        timeline::Timeline,
    },
};

/// The key in an order's address.
#[derive(Debug, Default, Deserialize)]
pub struct Key {
    #[serde(default)]
    key: String,
}

impl Key {
    /// The key; empty when the address has none.
    pub fn as_str(&self) -> &str {
        &self.key
    }
}

#[derive(Serialize)]
struct TrackPage {
    #[serde(flatten)]
    base: Base,
    order: OrderView,
    timeline: Timeline,
}

#[derive(Serialize)]
struct ConfirmationPage {
    #[serde(flatten)]
    base: Base,
    order: OrderView,
    next_steps: Vec<String>,
}

#[derive(Serialize)]
struct TimelineFragment {
    timeline: Timeline,
}

/// The order, if the visitor holds its key or it is theirs. Whoever does not is told nothing about it.
pub async fn find(state: &AppState, cx: &Cx, number: &str, key: &str) -> Result<Order, Failure> {
    if number.len() > LINE_BYTES_MAX || key.len() > LINE_BYTES_MAX {
        return Err(Failure::not_found());
    }
    let key = Some(key).filter(|key| !key.is_empty()).map(ToOwned::to_owned);
    let order = state.orders.by_number(cx, number.to_owned(), key).await?;
    order.ok_or_else(|| Failure {
        message: "There is no such order, or the link to it is not complete.".into(),
        ..Failure::not_found()
    })
}

/// `GET /orders/{number}?key=`: the tracking page, or the order as JSON.
pub async fn track(
    State(state): State<AppState>,
    Path(number): Path<String>,
    Query(key): Query<Key>,
    headers: HeaderMap,
    mut visitor: Visitor,
) -> Answer {
    let order = find(&state, &visitor.cx, &number, key.as_str()).await?;
    if prefers_json(&headers) {
        return Ok(visitor.jar.onto(Json(order).into_response()));
    }
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    let (timeline, payment) =
        futures::join!(Timeline::load(&state, &visitor.cx, &order), paid_with(&state, &visitor.cx, &order));
    let page = TrackPage {
        base: Base::of(&state, &format!("/orders/{}", order.number), &visitor, notice).await,
        timeline: timeline?,
        order: OrderView::of(&order, payment.as_ref()),
    };
    let html = state.theme.render("track.html", &page)?;
    Ok(visitor.jar.onto(secret(Html(html).into_response())))
}

/// `GET /orders/{number}/timeline?key=`: a part of the tracking page, for its script.
pub async fn timeline(
    State(state): State<AppState>,
    Path(number): Path<String>,
    Query(key): Query<Key>,
    visitor: Visitor,
) -> Answer {
    let order = find(&state, &visitor.cx, &number, key.as_str()).await?;
    let timeline = Timeline::load(&state, &visitor.cx, &order).await?;
    let html = state.theme.render("partials/timeline.html", &TimelineFragment { timeline })?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

/// `GET /orders/{number}/confirmation?key=`: thanks, and what comes next.
pub async fn confirmation(
    State(state): State<AppState>,
    Path(number): Path<String>,
    Query(key): Query<Key>,
    headers: HeaderMap,
    mut visitor: Visitor,
) -> Answer {
    let order = find(&state, &visitor.cx, &number, key.as_str()).await?;
    if matches!(order.lifecycle, Lifecycle::PendingPayment | Lifecycle::Cancelled | Lifecycle::Expired) {
        return Ok(visitor.jar.onto(Redirect::to(&track_url(&order)).into_response()));
    }
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    let payment = paid_with(&state, &visitor.cx, &order).await;
    let page = ConfirmationPage {
        base: Base::of(&state, &format!("/orders/{}/confirmation", order.number), &visitor, notice).await,
        order: OrderView::of(&order, payment.as_ref()),
        next_steps: vec![
            "Keep the link to the order’s page: it opens without signing in.".to_owned(),
            "We pack your order and hand it to the carrier.".to_owned(),
            "Follow it to your door on the same page.".to_owned(),
        ],
    };
    let html = state.theme.render("confirmation.html", &page)?;
    Ok(visitor.jar.onto(secret(Html(html).into_response())))
}

/// The address holds the order's key: search engines and other pages must not see it.
pub fn secret(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The last try to pay. Without payments the page is still good.
pub async fn paid_with(state: &AppState, cx: &Cx, order: &Order) -> Option<Intent> {
    let intents = state.payments.intents(&cx.as_service("web"), order.customer, order.id).await;
    intents.unwrap_or_default().pop()
}
