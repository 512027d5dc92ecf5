//! Carries a request out once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).
//!
//! What was answered is kept for a day under the caller, the operation and the caller's key. A failure on our side is
//! not kept: the same request may then be tried again.

use std::time::Duration;

use async_trait::async_trait;
use axum::{
    body::{Body, to_bytes},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use souk_jobs::{Background, Sweep};
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, Timestamp};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::{
    error::{Answer, Failure},
    store::{self, KeptAnswer},
};

/// How long answers are kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// After so long, nobody works on a request any more that is said to be under way: requests end in half of it.
const UNDER_WAY_MAX: Duration = Duration::from_secs(60);
/// Characters of a key.
pub const KEY_CHARS_MAX: usize = 200;
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows that one transaction deletes, and transactions of one sweep.
const SWEEP_ROWS: usize = 500;
const SWEEPS_MAX: usize = 50;

/// The header that tells one wish from another.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What is to be carried out once.
#[derive(Clone, Copy)]
pub struct Wish {
    request: [u8; 32],
    content: [u8; 32],
}

impl Wish {
    /// The wish of a caller to have an operation carried out, under the caller's key.
    ///
    /// # Errors
    /// Bad request, without a key or with one that cannot be one.
    pub fn of(headers: &HeaderMap, caller: &str, operation: &str, content: &[&[u8]]) -> Result<Self, Failure> {
        let key = headers.get(KEY).map(HeaderValue::as_bytes).unwrap_or_default();
        if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.iter().all(u8::is_ascii_graphic) {
            let text = format!(
                "Send an Idempotency-Key of 1 to {KEY_CHARS_MAX} visible ASCII characters: a new one for every wish, \
                 the same one when you try again."
            );
            return Err(Failure::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", text));
        }
        let request = digest("souk web 2026 idempotent requests", &[caller.as_bytes(), operation.as_bytes(), key]);
        Ok(Self { request, content: digest("souk web 2026 contents of requests", content) })
    }

    /// The key under which services know the wish.
    pub fn key(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.request[..16])
    }
}

/// The bits of the id of what a caller wants to have done once, if they do: asked again under the same key, it is the same
/// thing even after a crash.
pub fn id_bits(cx: &Cx) -> Option<u128> {
    cx.idempotency_key.as_deref().and_then(|key| u128::from_str_radix(key, 16).ok())
}

fn digest(purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(purpose);
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}

enum Begun {
    /// At this instant, by us.
    Now(Timestamp),
    /// Before, and answered.
    Answered(KeptAnswer),
    /// By somebody who is at it.
    UnderWay,
    /// With another content.
    Differently,
}

/// Carries a wish out, or gives the answer that was given before.
///
/// # Errors
/// Conflict while the same is under way; invalid when the key was used for something else.
pub async fn once(store: &Store, cx: &Cx, wish: Wish, work: impl Future<Output = Answer> + Send + 'static) -> Answer {
    match store.write(cx, move |tx| begin(tx, wish)).await? {
        Begun::Now(begun_at) => carry_out(store.clone(), wish, begun_at, cx, work).await,
        Begun::Answered(answer) => Ok(replayed(answer)),
        Begun::UnderWay => {
            let text = "The same request is under way. Wait a moment and send it again for its answer.";
            let failure = Failure::new(StatusCode::CONFLICT, "request_under_way", text);
            Err(Failure { retry_after_s: Some(1), ..failure })
        }
        Begun::Differently => {
            let text = "This Idempotency-Key was used for another request. Take a new one.";
            Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", text))
        }
    }
}

fn begin(tx: &mut Tx<'_>, wish: Wish) -> Result<Begun, Fault> {
    let now = tx.now();
    if store::begin(tx, &wish.request, &wish.content)? {
        return Ok(Begun::Now(now));
    }
    let Some(kept) = store::find(tx, &wish.request)? else { return Ok(Begun::UnderWay) };
    let age = now.since(kept.begun_at);
    if age < KEPT {
        match kept.answer {
            _ if kept.content_digest != wish.content => return Ok(Begun::Differently),
            Some(answer) => return Ok(Begun::Answered(answer)),
            None if age < UNDER_WAY_MAX => return Ok(Begun::UnderWay),
            None => {}
        }
    }
    let ours = store::begin_anew(tx, &wish.request, &wish.content, kept.begun_at)?;
    Ok(if ours { Begun::Now(now) } else { Begun::UnderWay })
}

/// Works on to the end even when the caller goes away, so that the answer is there when they come back.
async fn carry_out(
    store: Store,
    wish: Wish,
    begun_at: Timestamp,
    cx: &Cx,
    work: impl Future<Output = Answer> + Send + 'static,
) -> Answer {
    let (tell, told) = oneshot::channel();
    let trace = cx.trace.to_string();
    let working = async move {
        let answer = Box::pin(work).await;
        // Nobody may wait for it any more.
        drop(tell.send(keep(&store, wish, begun_at, answer, &trace).await));
    };
    Background::start(working.in_current_span()).detach();
    told.await.map_err(|_| Fault::internal("a request ended without an answer"))?
}

async fn keep(store: &Store, wish: Wish, begun_at: Timestamp, answer: Answer, trace: &str) -> Answer {
    let cx = Cx::background("web", store.env());
    let (kept, answer) = match answer {
        Ok(response) => {
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(Fault::internal)?;
            let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kept = KeptAnswer {
                status: parts.status.as_u16(),
                content_type: kind.unwrap_or_default().to_owned(),
                body: body.to_vec(),
            };
            (kept, Ok(Response::from_parts(parts, Body::from(body))))
        }
        Err(failure) => {
            let kept = KeptAnswer {
                status: failure.status.as_u16(),
                content_type: "application/problem+json".to_owned(),
                body: failure.problem(trace).to_string().into_bytes(),
            };
            (kept, Err(failure))
        }
    };
    let again = kept.status >= 500 || kept.status == StatusCode::TOO_MANY_REQUESTS.as_u16();
    let noting = store.write(&cx, move |tx| match again {
        true => store::forget(tx, &wish.request, begun_at),
        false => store::finish(tx, &wish.request, begun_at, &kept),
    });
    if let Err(fault) = noting.await {
        tracing::warn!(%fault, "the answer to a request was not kept");
    }
    answer
}

fn replayed(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Body::from(answer.body)).into_response();
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    match HeaderValue::try_from(answer.content_type) {
        Ok(kind) if !kind.is_empty() => drop(headers.insert(header::CONTENT_TYPE, kind)),
        _ => drop(headers.remove(header::CONTENT_TYPE)),
    }
    response
}

/// Forgets old requests.
pub struct ForgetOld(pub Store);

#[async_trait]
impl Sweep for ForgetOld {
    async fn run(&self, cx: &Cx) -> Result<(), Fault> {
        for _ in 0..SWEEPS_MAX {
            let forgotten = self.0.write(cx, |tx| store::forget_old(tx, tx.now() - KEPT, SWEEP_ROWS)).await?;
            if usize::try_from(forgotten).is_ok_and(|forgotten| forgotten < SWEEP_ROWS) {
                break;
            }
        }
        Ok(())
    }
}
