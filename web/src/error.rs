//! What went wrong, on its way to the visitor.
//!
//! A handler returns a [`Failure`]; it travels in the answer's extensions to the edge, which knows whether the
//! visitor wants a page or `application/problem+json` and renders it there.

use std::fmt;

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use souk_types::{ErrorKind, FieldError, ServiceError};

/// Why a request was not done.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable word for machines.
    pub code: &'static str,
    /// What happened, for anybody.
    pub message: String,
    /// The wrong fields.
    pub fields: Vec<FieldError>,
    /// For the log only.
    pub internal: Option<String>,
    /// Seconds after which a retry makes sense.
    pub retry_after_s: Option<u64>,
    /// What its page says, when that is not what all of its status say.
    pub words: Option<&'static Words>,
}

/// A title, and what was kept and what to do.
pub type Words = (&'static str, &'static [&'static str]);

/// The result of a handler.
pub type Answer = Result<Response, Failure>;

impl Failure {
    /// A failure of the request itself, rather than of a service.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fields: Vec::new(),
            internal: None,
            retry_after_s: None,
            words: None,
        }
    }

    /// There is no such page.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.")
    }

    /// The request cannot be read.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// A parameter or field is wrong.
    pub fn invalid(field: &str, message: &str) -> Self {
        souk_types::Fault::invalid(field, message).into()
    }

    /// The same in other words, if it is that something is away.
    #[must_use]
    pub fn away_in(self, words: &'static Words) -> Self {
        let away = self.status == StatusCode::SERVICE_UNAVAILABLE;
        Self { words: self.words.or(away.then_some(words)), ..self }
    }

    /// The same saying what is away, if it is that something is.
    #[must_use]
    pub fn saying_away(self, message: &str) -> Self {
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => Self { message: message.to_owned(), ..self },
            _ => self,
        }
    }

    /// The wrong fields by name, the first message of each.
    pub fn field_map(&self) -> std::collections::BTreeMap<String, String> {
        let mut map = std::collections::BTreeMap::new();
        for wrong in &self.fields {
            map.entry(wrong.field.clone()).or_insert_with(|| wrong.message.clone());
        }
        map
    }

    /// The failure as RFC 9457 problem details.
    pub fn problem(&self, trace: &str) -> Value {
        let errors: Map<String, Value> =
            self.field_map().into_iter().map(|(field, text)| (field, text.into())).collect();
        let mut problem = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.message,
            "code": self.code,
            "request_id": trace,
        });
        if !errors.is_empty() {
            problem["errors"] = Value::Object(errors);
        }
        problem
    }

    /// The failure as the error page shows it.
    pub fn view(&self, trace: Option<String>) -> ErrorView {
        let (title, advice) = self.words.copied().unwrap_or_else(|| words(self.status));
        ErrorView {
            status: self.status.as_u16(),
            title: title.to_owned(),
            message: sentence(&self.message),
            advice: advice.iter().map(|text| (*text).to_owned()).collect(),
            request_id: trace,
        }
    }
}

impl<E: ServiceError> From<E> for Failure {
    fn from(error: E) -> Self {
        let kind = error.kind();
        let status = StatusCode::from_u16(kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            code: error.code(),
            message: error.public_message(),
            fields: error.fields().to_vec(),
            internal: matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable).then(|| error.to_string()),
            retry_after_s: error.retry_after_s().or_else(|| kind.is_transient().then_some(2)),
            words: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.internal.as_deref().unwrap_or(&self.message))
    }
}

/// Says in a header how many seconds to wait, where that is known.
pub fn retry_after(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = retry_after(self.status.into_response(), self.retry_after_s);
        response.extensions_mut().insert(self);
        response
    }
}

/// What `error.html` shows.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorView {
    status: u16,
    title: String,
    message: String,
    advice: Vec<String>,
    request_id: Option<String>,
}

/// What all failures of a status say.
fn words(status: StatusCode) -> Words {
    match status.as_u16() {
        401 => ("Please sign in", &["This page belongs to an account. Sign in and try again."]),
        402 => ("The payment did not go through", &["Nothing was taken. Your cart is kept.", "Try another card."]),
        403 => ("This is not allowed", &["Nothing was changed.", "Go back, reload the page and try again."]),
        404 => ("We can’t find that page", &["Check the address for typing mistakes.", "Search for what you need."]),
        405 => ("This cannot be done here", &["Nothing was changed.", "Go back and use the page’s own buttons."]),
        409 => ("Something changed meanwhile", &["Nothing was changed by this.", "Reload the page and look again."]),
        413 => ("That is too large", &["Nothing was saved.", "Send something smaller and try again."]),
        422 => ("Something in there is not right", &["Nothing was changed.", "Go back, correct it and try again."]),
        429 => ("That was a little too fast", &["Nothing is lost.", "Wait a moment and try again."]),
        400..=499 => {
            ("We did not understand that", &["Nothing was changed.", "Go back, reload the page and try again."])
        }
        503 => {
            ("This is taking a break", &["Your cart and your orders are kept.", "Wait a moment and reload the page."])
        }
        _ => (
            "Something went wrong on our side",
            &["Your cart and your orders are kept.", "Try again; if it stays, tell us the number below."],
        ),
    }
}

/// The text as a sentence: services speak in fragments.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let mut whole: String = first.to_uppercase().chain(chars).collect();
    if !whole.ends_with(['.', '!', '?', '…']) {
        whole.push('.');
    }
    whole
}
