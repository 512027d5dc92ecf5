//! A notice for the next page: kept in a short-lived signed cookie between a form and the page it leads to.

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::{
    cookies::{self, Cookie, Jar},
    signing,
    state::AppState,
};

const COOKIE: &str = "souk_notice";
const PURPOSE: &str = "notice";
const LASTS: Duration = Duration::from_secs(60);
/// Bytes of a notice, so that a cookie holds it.
const TEXT_BYTES_MAX: usize = 1_000;

/// A message at the top of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    kind: String,
    text: String,
}

impl Notice {
    /// Something to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self::of("info", text)
    }

    /// Something went well.
    pub fn success(text: impl Into<String>) -> Self {
        Self::of("success", text)
    }

    /// Something to look at.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::of("warning", text)
    }

    /// Something failed.
    pub fn error(text: impl Into<String>) -> Self {
        Self::of("error", text)
    }

    /// Whether what it tells of was done.
    pub fn is_of_success(&self) -> bool {
        matches!(self.kind.as_str(), "info" | "success")
    }

    fn of(kind: &str, text: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), text: text.into() }
    }
}

/// Leaves a notice for the next page.
pub fn leave(state: &AppState, jar: &mut Jar, mut notice: Notice) {
    if notice.text.len() > TEXT_BYTES_MAX {
        let end = notice.text.floor_char_boundary(TEXT_BYTES_MAX);
        notice.text.truncate(end);
        notice.text.push('…');
    }
    if let Ok(json) = serde_json::to_vec(&notice) {
        let sealed = state.signer.seal(PURPOSE, &json, signing::until(&state.env, LASTS));
        jar.set(Cookie::new(COOKIE, &sealed).lasting(LASTS));
    }
}

/// Takes the notice that an earlier page left, so that it is shown once.
pub fn take(state: &AppState, headers: &HeaderMap, jar: &mut Jar) -> Option<Notice> {
    let sealed = cookies::get(headers, COOKIE)?;
    jar.set(Cookie::gone(COOKIE));
    let json = state.signer.open(PURPOSE, sealed, state.env.now())?;
    serde_json::from_slice(&json).ok()
}
