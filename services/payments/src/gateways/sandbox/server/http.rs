//! The sandbox's HTTP face: tokens for cards, the hosted card page and the bank's challenge page.

use std::{sync::Arc, time::Duration};

use axum::{
    Form, Json, Router,
    extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use souk_types::{Cx, Fault, Money, TraceId};

use super::{
    Sandbox,
    card::{Card, CardForm, Problems, TEST_CARDS},
    charges::Row,
    token,
};
use crate::{gateways::sandbox::response::Status, local_path::is_local_path};

const BODY_BYTES_MAX: usize = 8 * 1024;
const CALL_MAX: Duration = Duration::from_secs(10);
const PAY: &str = "/sandbox-gateway/pay";

/// The sandbox's pages and its tokeniser, all under `/sandbox-gateway`.
pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/sandbox-gateway/tokens", post(make_token))
        .route(PAY, get(show_pay).post(take_card))
        .route("/sandbox-gateway/challenge/{reference}", get(show_challenge).post(take_decision))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(sandbox)
}

/// Where the cardholder confirms a charge.
pub fn challenge_path(reference: &str) -> String {
    format!("/sandbox-gateway/challenge/{reference}")
}

#[derive(Serialize)]
struct TokenBody {
    token: String,
    brand: &'static str,
    last4: String,
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    title: &'static str,
    status: u16,
    detail: &'static str,
    errors: &'a Problems,
}

/// No CORS headers: only pages of the same origin can read the answer.
async fn make_token(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let form = if is_json {
        Json::<CardForm>::from_request(request, &()).await.map(|Json(form)| form).map_err(IntoResponse::into_response)
    } else {
        Form::<CardForm>::from_request(request, &()).await.map(|Form(form)| form).map_err(IntoResponse::into_response)
    };
    let answer = match form.map(|form| form.check(sandbox.now())) {
        Ok(Ok(card)) => Json(token_body(&sandbox, &card)).into_response(),
        Ok(Err(problems)) => refusal(StatusCode::UNPROCESSABLE_ENTITY, &problems),
        // The rejection's own text may quote what was sent, and that is card data.
        Err(rejection) => refusal(rejection.status(), &Problems::new()),
    };
    private(answer)
}

fn token_body(sandbox: &Sandbox, card: &Card) -> TokenBody {
    TokenBody {
        token: token::seal(&sandbox.keys, sandbox.store.env(), card),
        brand: card.brand.name(),
        last4: format!("{:04}", card.last4),
    }
}

fn refusal(status: StatusCode, problems: &Problems) -> Response {
    let body = ProblemBody {
        title: "The card cannot be used",
        status: status.as_u16(),
        detail: "Please check the card data. Nothing was charged.",
        errors: problems,
    };
    let mut response = (status, Json(body)).into_response();
    let problem_json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
    response
}

/// What the hosted page is asked to show.
#[derive(Deserialize, Default)]
struct PayQuery {
    #[serde(default, rename = "return")]
    return_path: String,
    /// Minor units.
    #[serde(default)]
    amount: String,
    #[serde(default)]
    currency: String,
}

#[derive(Deserialize)]
struct PayForm {
    #[serde(flatten)]
    query: PayQuery,
    #[serde(flatten)]
    card: CardForm,
}

async fn show_pay(State(sandbox): State<Arc<Sandbox>>, Query(query): Query<PayQuery>) -> Response {
    if !is_local_path(&query.return_path) {
        return bad_return(&sandbox);
    }
    pay_page(&sandbox, StatusCode::OK, &query, "", &Problems::new())
}

async fn take_card(State(sandbox): State<Arc<Sandbox>>, Form(form): Form<PayForm>) -> Response {
    if !is_local_path(&form.query.return_path) {
        return bad_return(&sandbox);
    }
    match form.card.check(sandbox.now()) {
        Ok(card) => {
            let token = token::seal(&sandbox.keys, sandbox.store.env(), &card);
            private(Redirect::to(&with_token(&form.query.return_path, &token)).into_response())
        }
        Err(problems) => pay_page(&sandbox, StatusCode::UNPROCESSABLE_ENTITY, &form.query, &form.card.name, &problems),
    }
}

/// The return path with `payment_token` in its query.
fn with_token(return_path: &str, token: &str) -> String {
    let (path, fragment) = match return_path.split_once('#') {
        Some((path, fragment)) => (path, format!("#{fragment}")),
        None => (return_path, String::new()),
    };
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}payment_token={token}{fragment}")
}

fn pay_page(sandbox: &Sandbox, status: StatusCode, query: &PayQuery, name: &str, problems: &Problems) -> Response {
    let amount = match (query.amount.parse(), query.currency.parse()) {
        (Ok(minor), Ok(currency)) => Some(Money::new(minor, currency).to_string()),
        _ => None,
    };
    let cards: Vec<_> =
        TEST_CARDS.iter().map(|card| context! { number => card.number, outcome => card.outcome }).collect();
    let shown = Value::from_pairs(problems.iter().map(|(field, problem)| (*field, problem.as_str())));
    let context = context! {
        action => PAY, return_path => query.return_path.as_str(), raw_amount => query.amount.as_str(),
        currency => query.currency.as_str(), amount, name, cards, problems => shown,
    };
    page(sandbox, status, "pay.html", context)
}

fn bad_return(sandbox: &Sandbox) -> Response {
    message(
        sandbox,
        StatusCode::BAD_REQUEST,
        "This link is broken",
        "It does not lead back to the shop. Nothing was charged.",
    )
}

async fn show_challenge(State(sandbox): State<Arc<Sandbox>>, Path(reference): Path<String>) -> Response {
    let found = sandbox.challenge(&sandbox.page_cx(), reference).await;
    challenge_answer(&sandbox, found)
}

#[derive(Deserialize)]
struct DecisionForm {
    decision: String,
}

async fn take_decision(
    State(sandbox): State<Arc<Sandbox>>,
    Path(reference): Path<String>,
    Form(form): Form<DecisionForm>,
) -> Response {
    let cx = sandbox.page_cx();
    let found = match form.decision.as_str() {
        "approve" => sandbox.answer_challenge(&cx, reference, true).await,
        "decline" => sandbox.answer_challenge(&cx, reference, false).await,
        _ => sandbox.challenge(&cx, reference).await,
    };
    challenge_answer(&sandbox, found)
}

/// The page while an answer is wanted; afterwards back to the shop.
fn challenge_answer(sandbox: &Sandbox, found: Result<Option<Row>, Fault>) -> Response {
    match found {
        Ok(Some(row)) if row.body.status == Status::ActionRequired => {
            let context = context! {
                action => challenge_path(&row.body.reference),
                amount => row.body.amount.to_string(),
                card => row.body.card,
            };
            page(sandbox, StatusCode::OK, "challenge.html", context)
        }
        Ok(Some(row)) if is_local_path(&row.return_path) => private(Redirect::to(&row.return_path).into_response()),
        Ok(_) => message(sandbox, StatusCode::NOT_FOUND, "There is no such payment", "Nothing was charged."),
        Err(fault) => {
            tracing::warn!(%fault, "the sandbox cannot show a challenge");
            let text = "Please try again in a moment. Your answer was not taken.";
            message(sandbox, StatusCode::SERVICE_UNAVAILABLE, "The bank does not answer", text)
        }
    }
}

fn message(sandbox: &Sandbox, status: StatusCode, title: &str, text: &str) -> Response {
    page(sandbox, status, "message.html", context! { title, text })
}

fn page(sandbox: &Sandbox, status: StatusCode, name: &str, context: Value) -> Response {
    let html = match sandbox.pages.render(name, context) {
        Ok(html) => html,
        Err(fault) => {
            tracing::error!(%fault, "a page of the sandbox cannot be rendered");
            return private(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        }
    };
    let mut response = (status, axum::response::Html(html)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, sandbox.pages.policy());
    private(response)
}

/// Card pages are for nobody but the one who asked, and tell nobody where that one came from.
fn private(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Sandbox {
    fn page_cx(&self) -> Cx {
        let env = self.store.env();
        Cx::new(souk_types::Actor::ANONYMOUS, CALL_MAX, TraceId::generate(env))
    }
}
