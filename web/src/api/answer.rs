//! From a request to its answer, the same way for every operation.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts as _, RawPathParams, Request, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use souk_types::{Cx, Fault, TraceId};

use super::{
    caller::{Access, Caller},
    conditional, fields,
    idempotency::{self, Wish},
    limits::{self, Allowance},
    operation::{self, Asked, Call, Operation, Reply, Twice, Verb},
    parameters::{Known, Query, typed},
    schema,
    upload::Upload,
};
use crate::{
    activity::{self, Pending},
    body,
    error::{Answer, Failure},
    headers::SHARED,
    state::{AppState, CALL_LIMIT},
};

/// The content of answers of which only some fields were asked for.
pub const PARTIAL: &str = "application/vnd.souk.partial+json";
/// `Cache-Control` of what only one caller may see, and may ask for again by its tag.
const OWN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Answers a request.
///
/// # Errors
/// None: what is wrong with the request, and what the operation refuses, is an answer too.
pub async fn to<O: Operation>(State(state): State<AppState>, known: Arc<Known>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (allowance, caller) = admit(&state, &parts).await;
    let answer = match caller {
        Ok(caller) => Box::pin(take::<O>(state, &known, caller, parts, body)).await,
        Err(refused) => Err(refused),
    };
    let mut response = answer.unwrap_or_else(Failure::into_response);
    complete(&mut response, allowance);
    Ok(response)
}

/// Finds out who calls, and counts the call. What brings its allowance along was counted before.
pub async fn admit(state: &AppState, parts: &Parts) -> (Allowance, Result<Caller, Failure>) {
    let caller = Caller::of(state, &parts.headers).await;
    let allowance = match parts.extensions.get::<Allowance>() {
        Some(counted) => *counted,
        None => limits::take(state, caller.as_ref().ok(), parts).await,
    };
    (allowance, allowance.check().and(caller))
}

/// Adds what every answer says: how to show who calls, and how often one may.
pub fn complete(response: &mut Response, allowance: Allowance) {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    allowance.onto(response);
}

async fn take<O: Operation>(state: AppState, known: &Known, caller: Caller, mut parts: Parts, body: Body) -> Answer {
    caller.require(O::ACCESS)?;
    let path = parts_of_path(&mut parts, &state).await?;
    let object = path.values().next().and_then(Value::as_str).map(str::to_owned);
    let path = typed(Value::Object(path)).map_err(|_| Failure::not_found())?;
    let mut query = Query::parse(parts.uri.query().unwrap_or_default(), known)?;
    let chosen = query.fields.take();
    let query = query.read(&known.query)?;
    let version = if O::VERSIONED { conditional::seen_version(&parts.headers)? } else { 0 };
    let (content, upload) = sent::<O>(&state, known, &parts, body).await?;
    let asked = Asked::<O> { path, query, body: sent_along(known.body.as_ref(), &content)? };
    let trace = parts.extensions.get::<TraceId>().copied().unwrap_or_else(|| state.next_trace());
    let mut cx = Cx::new(caller.actor(), CALL_LIMIT, trace);
    let pending = pending::<O>(&state, &cx, &caller, object);
    if O::VERB != Verb::Post || O::TWICE == Twice::Harmless {
        let logged = pending.is_some();
        let work = run(Call { state, cx, caller, version, upload }, asked, chosen, (parts.uri, parts.headers), pending);
        return if logged { activity::carried_through(work).await? } else { work.await };
    }
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let wish = Wish::of(&parts.headers, cx.actor.label(), O::NAME, &[address.as_bytes(), &content])?;
    cx = cx.with_idempotency_key(wish.key());
    let (store, for_store) = (state.store.clone(), cx.clone());
    let work = run(Call { state, cx, caller, version, upload }, asked, chosen, (parts.uri, HeaderMap::new()), pending);
    idempotency::once(&store, &for_store, wish, work).await
}

async fn run<O: Operation>(
    call: Call,
    asked: Asked<O>,
    chosen: Option<Vec<String>>,
    (uri, headers): (Uri, HeaderMap),
    pending: Option<Pending>,
) -> Answer {
    let reply = Box::pin(O::run(call, asked)).await;
    let reply = reply.map_err(|failure| if O::VERSIONED { conditional::outdated(failure) } else { failure })?;
    if let Some(mut pending) = pending {
        pending.object = pending.object.or_else(|| made(&reply));
        pending.record().await;
    }
    shown::<O>(reply, chosen.as_deref(), &uri, &headers)
}

/// What a program of the house is about to change, for the activity log.
fn pending<O: Operation>(state: &AppState, cx: &Cx, caller: &Caller, object: Option<String>) -> Option<Pending> {
    let Caller::Key(key) = caller else { return None };
    let changes = matches!(O::ACCESS, Access::Key(scope) if !scope.only_sees()) && O::CHANGES;
    changes.then(|| Pending { state: state.clone(), cx: cx.clone(), name: key.name.clone(), way: O::NAME, object })
}

/// What an operation has made or changed, where its address does not say so.
fn made<T: Serialize>(reply: &Reply<T>) -> Option<String> {
    let Reply::Body(body) = reply else { return None };
    let value = serde_json::to_value(&body.content).ok()?;
    ["id", "sku"].iter().find_map(|name| value[name].as_str().map(str::to_owned))
}

/// What was sent along: JSON, or the digest of a file and the file.
async fn sent<O: Operation>(
    state: &AppState,
    known: &Known,
    parts: &Parts,
    body: Body,
) -> Result<(Bytes, Option<Upload>), Failure> {
    if let Some(wanted) = O::UPLOAD {
        // What cannot be carried out is refused before a long file has come in.
        Wish::of(&parts.headers, "", O::NAME, &[])?;
        let (upload, digest) = Upload::take(state, wanted, &parts.headers, body).await?;
        return Ok((Bytes::copy_from_slice(&digest), Some(upload)));
    }
    match known.body {
        Some(_) => Ok((content(parts, body, state).await?, None)),
        None => Ok((Bytes::new(), None)),
    }
}

async fn content(parts: &Parts, body: Body, state: &AppState) -> Result<Bytes, Failure> {
    if !body::is_json(&parts.headers) {
        return Err(body::unsupported());
    }
    body::bytes(Request::from_parts(parts.clone(), body), state).await
}

fn sent_along<T: DeserializeOwned>(schema: Option<&Value>, content: &[u8]) -> Result<T, Failure> {
    let Some(schema) = schema else { return typed(json!({})) };
    let value: Value = serde_json::from_slice(content)
        .map_err(|error| Failure::bad_request(format!("The JSON cannot be read: {error}")))?;
    let mut wrong = Vec::new();
    schema::check(schema, &value, "", &mut wrong);
    match wrong.is_empty() {
        true => typed(value),
        false => Err(Fault::invalid_fields(wrong).into()),
    }
}

async fn parts_of_path(parts: &mut Parts, state: &AppState) -> Result<Map<String, Value>, Failure> {
    let found = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())?;
    Ok(found.iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect())
}

fn shown<O: Operation>(reply: Reply<O::Answer>, chosen: Option<&[String]>, uri: &Uri, asked: &HeaderMap) -> Answer {
    let operation::Body { content, next, version, is_the_same } = match reply {
        Reply::Body(body) => body,
        Reply::Stream(response) => return Ok(response),
        Reply::Moved(url) => {
            let url = HeaderValue::try_from(url).map_err(Fault::internal)?;
            return Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, url)]).into_response());
        }
    };
    if O::STATUS == StatusCode::NO_CONTENT {
        return Ok(O::STATUS.into_response());
    }
    let bytes = match chosen {
        Some(chosen) => {
            let mut value = serde_json::to_value(&content).map_err(Fault::internal)?;
            fields::choose(&mut value, chosen);
            serde_json::to_vec(&value)
        }
        None => serde_json::to_vec(&content),
    };
    let bytes = bytes.map_err(Fault::internal)?;
    // A part of a thing is not its version.
    let version = version.filter(|_| chosen.is_none());
    let tag = version.map_or_else(|| conditional::tag(&bytes), conditional::version_tag);
    // What was chosen of it is told apart by what it is.
    let is_the_same = is_the_same || version.is_none();
    let mut response = match O::VERB == Verb::Get && is_the_same && conditional::has_already(asked, &tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => (O::STATUS, Body::from(bytes)).into_response(),
    };
    let kind = if chosen.is_some() { PARTIAL } else { "application/json" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, if O::SHARED { SHARED } else { OWN });
    if O::VERB == Verb::Get || version.is_some() {
        headers.insert(header::ETAG, HeaderValue::try_from(tag).map_err(Fault::internal)?);
    }
    if let Some(link) = next.and_then(|cursor| rest_of(uri, &cursor)) {
        headers.insert(header::LINK, link);
    }
    Ok(response)
}

/// Where the rest of a list is: a link of RFC 8288.
fn rest_of(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(uri.query().unwrap_or_default()).ok()?;
    let others = pairs.iter().filter(|(name, _)| name != "cursor").map(|(name, value)| (name.as_str(), value.as_str()));
    let query = serde_urlencoded::to_string(others.chain([("cursor", cursor)]).collect::<Vec<_>>()).ok()?;
    HeaderValue::try_from(format!("<?{query}>; rel=\"next\"")).ok()
}

/// An answer whose body is JSON that was made beforehand.
pub fn ready(body: &'static [u8], kind: &'static str, asked: &HeaderMap) -> Response {
    let tag = conditional::tag(body);
    let mut response = match conditional::has_already(asked, &tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(body).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, SHARED);
    headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (header::ETAG, tag)));
    response
}
