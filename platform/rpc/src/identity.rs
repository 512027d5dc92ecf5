//! How services know that a caller belongs to the shop.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header::AUTHORIZATION};
use souk_types::Fault;
use subtle::ConstantTimeEq as _;

use crate::WireFailure;

const SCHEME: &str = "Bearer ";

/// What all processes of one shop know, and nobody else.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Letters that it has at least.
    pub const CHARS_MIN: usize = 32;

    /// Takes a secret.
    ///
    /// # Errors
    /// Invalid on `secret`, when it is too short to be one or cannot stand in a header.
    pub fn try_new(text: &str) -> Result<Self, Fault> {
        if text.len() < Self::CHARS_MIN {
            return Err(Fault::invalid("secret", format!("must have at least {} characters", Self::CHARS_MIN)));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Fault::invalid("secret", "must be of visible ASCII characters without spaces"));
        }
        Ok(Self(text.into()))
    }

    /// The header that shows it. It is marked, so that nothing that prints headers prints it.
    pub(crate) fn header(&self) -> Result<HeaderValue, Fault> {
        let mut header = HeaderValue::try_from(format!("{SCHEME}{}", self.0)).map_err(Fault::internal)?;
        header.set_sensitive(true);
        Ok(header)
    }

    fn is_shown_by(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(SCHEME.as_bytes()));
        shown.is_some_and(|shown| shown.ct_eq(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The router, to callers who show the secret only.
pub fn guarded(router: Router, secret: Secret) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let known = secret.is_shown_by(request.headers());
        async move { if known { next.run(request).await } else { refusal() } }
    }))
}

fn refusal() -> Response {
    let failure = WireFailure::of(&Fault::denied("this is for services of the shop only"));
    (StatusCode::UNAUTHORIZED, failure.body).into_response()
}
