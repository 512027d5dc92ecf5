//! Forms that wait in the visitor's browser, sealed, while they are on another page.

use std::time::Duration;

use http::HeaderMap;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    cookies::{self, Cookie, Jar},
    signing,
    state::AppState,
};

/// How long they wait.
const KEPT: Duration = Duration::from_mins(30);
/// Browsers drop larger cookies.
const COOKIE_BYTES_MAX: usize = 3_800;

/// A place for one form.
#[derive(Debug)]
pub struct Kept {
    /// The cookie.
    pub cookie: &'static str,
    /// What it is sealed for: no other place opens it.
    pub purpose: &'static str,
    /// The pages that get it.
    pub path: &'static str,
}

impl Kept {
    /// Keeps what was entered; `false` when it is more than a browser keeps.
    pub fn keep(&self, state: &AppState, jar: &mut Jar, form: &impl Serialize) -> bool {
        let json = serde_json::to_vec(form).unwrap_or_default();
        let sealed = state.signer.seal(self.purpose, &json, signing::until(&state.env, KEPT));
        let fits = sealed.len() <= COOKIE_BYTES_MAX;
        if fits {
            jar.set(Cookie::new(self.cookie, &sealed).at(self.path).lasting(KEPT));
        }
        fits
    }

    /// What was kept.
    pub fn read<T: DeserializeOwned>(&self, state: &AppState, headers: &HeaderMap) -> Option<T> {
        let sealed = cookies::get(headers, self.cookie)?;
        let json = state.signer.open(self.purpose, sealed, state.env.now())?;
        serde_json::from_slice(&json).ok()
    }

    /// Forgets it.
    pub fn forget(&self, jar: &mut Jar) {
        jar.set(Cookie::gone(self.cookie).at(self.path));
    }
}
