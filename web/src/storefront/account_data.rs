//! What is kept about a customer: all of it as a file, and the end of the account.

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use souk_contracts::{
    CustomerId,
    accounts::Profile,
    delivery::Shipment,
    notifications::{MessageFilter, MessageSummary},
    orders::Order,
};
use souk_types::{Actor, Cx, Page, PageRequest};

use super::{account::too_long, account_profile::in_password_form, context::Base};
use crate::{
    body::Form,
    error::{Answer, Failure, retry_after},
    feeds::pages,
    flash::{self, Notice},
    session::{self, Visitor},
    state::{AppState, CALL_LIMIT},
    view::{Errors, Values},
};

const PATH: &str = "/account/data";
const SIGN_IN: &str = "/account/sign-in";
/// Orders or messages that are read at a time.
const PAGE_ITEMS: u32 = 20;

#[derive(Serialize)]
struct DataPage {
    #[serde(flatten)]
    base: Base,
    errors: Errors,
    values: Values,
}

/// `GET /account/data`.
pub async fn page(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    if let Err(elsewhere) = visitor.require_account(&state, PATH) {
        return Ok(visitor.jar.onto(*elsewhere));
    }
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    show(&state, visitor, notice, (StatusCode::OK, Errors::new())).await
}

async fn show(
    state: &AppState,
    visitor: Visitor,
    notice: Option<Notice>,
    (status, errors): (StatusCode, Errors),
) -> Answer {
    let page = DataPage { base: Base::of(state, PATH, &visitor, notice).await, errors, values: Values::new() };
    let html = state.theme.render("account/data.html", &page)?;
    Ok(visitor.jar.onto((status, Html(html)).into_response()))
}

/// `GET /account/data/export`: one JSON file, whose orders and messages are read while it is sent.
pub async fn export(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, PATH) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let token = session::session_token(&headers).unwrap_or_default().to_owned();
    let profile = state.accounts.profile(&visitor.cx, customer).await?.ok_or_else(Failure::not_found)?;
    let head = head(&state, &visitor.cx, customer, &profile, token).await?;
    let (reading, cx) = (state.clone(), visitor.cx.clone());
    let orders = pages(None, PAGE_ITEMS, move |request| orders(reading.clone(), cx.clone(), customer, request));
    let mut orders = Box::pin(array("orders", orders));
    // The first piece is waited for, so that a service that is away is told by the status.
    let first = orders.try_next().await?.unwrap_or_default();
    let (reading, cx) = (state.clone(), visitor.cx.clone());
    let messages =
        pages(None, PAGE_ITEMS, move |request| messages(reading.clone(), cx.clone(), profile.clone(), request));
    let pieces = stream::iter([Ok(head), Ok(first)]).chain(orders).chain(array("messages", messages));
    let bytes = pieces.chain(stream::iter([Ok("\n}\n".to_owned())])).map(|piece: Result<String, Failure>| {
        piece.map(Bytes::from).map_err(|failure| {
            tracing::warn!(%failure, "a customer's data could not be sent to their end");
            std::io::Error::other("cut off")
        })
    });
    Ok(visitor.jar.onto(file(Body::from_stream(bytes))))
}

/// A further member of the object: what comes by pages, as one array.
fn array<T: Serialize>(
    name: &'static str,
    pages: impl Stream<Item = Result<Vec<T>, Failure>>,
) -> impl Stream<Item = Result<String, Failure>> {
    let mut written = 0_usize;
    let items = pages.map(move |items| {
        let mut text = String::new();
        for item in items? {
            text.push_str(if written == 0 { "\n" } else { ",\n" });
            text.push_str(&serde_json::to_string(&item).map_err(souk_types::Fault::internal)?);
            written += 1;
        }
        Ok(text)
    });
    stream::iter([Ok(format!(",\n\"{name}\": ["))]).chain(items).chain(stream::iter([Ok("\n]".to_owned())]))
}

/// All but what comes by pages. The object is still open.
async fn head(
    state: &AppState,
    cx: &Cx,
    customer: CustomerId,
    profile: &Profile,
    token: String,
) -> Result<String, Failure> {
    let addresses = state.accounts.addresses(cx, customer).await?;
    let sessions = state.accounts.sessions(cx, customer, token).await?;
    let wishes = state.cart.wishes(cx, customer).await?;
    let cart = state.cart.view(cx, customer).await?;
    let lines: Vec<Value> = cart
        .lines
        .iter()
        .map(|line| json!({ "sku": line.sku, "title": line.title, "quantity": line.quantity }))
        .collect();
    let kept = json!({
        "customer": customer,
        "profile": { "name": profile.name, "email": profile.email, "email_verified": profile.email_verified },
        "consents": { "marketing_since": profile.marketing_since },
        "addresses": addresses,
        "sessions": sessions,
        "wish_list": wishes,
        "cart": lines,
    });
    let mut text = serde_json::to_string_pretty(&kept).map_err(souk_types::Fault::internal)?;
    text.truncate(text.trim_end_matches('}').trim_end().len());
    Ok(text)
}

/// An order with its parcels.
#[derive(Serialize)]
struct KeptOrder {
    #[serde(flatten)]
    order: Order,
    parcels: Vec<Shipment>,
}

/// A page of whole orders. Each has the time of a call anew: a long list is no reason to be cut off.
async fn orders(
    state: AppState,
    cx: Cx,
    customer: CustomerId,
    request: PageRequest,
) -> Result<Page<KeptOrder>, Failure> {
    let cx = Cx::new(cx.actor, CALL_LIMIT, cx.trace);
    let Page { items, next } = state.orders.of_customer(&cx, customer, request).await?;
    let mut whole = Vec::with_capacity(items.len());
    for summary in items {
        let (order, parcels) = tokio::join!(
            state.orders.order(&cx, summary.customer, summary.id, None),
            state.delivery.shipments(&cx, summary.customer, summary.id),
        );
        let parcels = parcels?;
        whole.extend(order?.map(|order| KeptOrder { order, parcels }));
    }
    Ok(Page { items: whole, next })
}

/// A page of what was written to the customer. An address that nobody has confirmed may be somebody else's.
async fn messages(
    state: AppState,
    cx: Cx,
    profile: Profile,
    request: PageRequest,
) -> Result<Page<MessageSummary>, Failure> {
    if !profile.email_verified {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let cx = Cx::new(Actor::service("web"), CALL_LIMIT, cx.trace);
    let filter = MessageFilter { text: Some(profile.email), ..MessageFilter::default() };
    Ok(state.notifications.list(&cx, filter, request).await?)
}

fn file(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"my-data.json\""));
    response
}

/// `POST /account/data/erase`: `password`.
pub async fn erase(State(state): State<AppState>, mut visitor: Visitor, form: Form) -> Answer {
    let customer = match visitor.require_account(&state, PATH) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    if let Some(errors) = too_long(&form) {
        return show(&state, visitor, None, (StatusCode::UNPROCESSABLE_ENTITY, errors)).await;
    }
    match state.accounts.erase(&visitor.cx, customer, form.raw("password").to_owned()).await {
        Ok(()) => {
            state.sessions.forget_all();
            visitor.sign_out();
            flash::leave(&state, &mut visitor.jar, Notice::success("Your account is erased."));
            Ok(visitor.jar.onto(Redirect::to(SIGN_IN).into_response()))
        }
        Err(error) => {
            let (status, errors, wait) = in_password_form(error, "password")?;
            Ok(retry_after(show(&state, visitor, None, (status, errors)).await?, wait))
        }
    }
}
