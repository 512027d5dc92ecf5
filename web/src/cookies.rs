//! Reading and setting cookies.

use std::{fmt::Write as _, time::Duration};

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

/// Finds a cookie that the browser sent.
pub fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        })
}

/// A cookie to set. `SameSite=Lax`, for the whole shop and not readable by scripts, unless told otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Cookie<'a> {
    name: &'static str,
    value: &'a str,
    path: &'static str,
    age: Option<Duration>,
    scripts: bool,
    strict: bool,
}

impl<'a> Cookie<'a> {
    /// A cookie that the browser forgets when it is closed. The value must be fit for a cookie: letters, digits,
    /// `-`, `_`, `.`, `=`.
    pub const fn new(name: &'static str, value: &'a str) -> Self {
        Self { name, value, path: "/", age: None, scripts: false, strict: false }
    }

    /// Deletes a cookie of the whole shop.
    pub const fn gone(name: &'static str) -> Self {
        Self { age: Some(Duration::ZERO), ..Self::new(name, "") }
    }

    /// Sends it only below a path.
    pub const fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// Keeps it for a while.
    pub const fn lasting(self, age: Duration) -> Self {
        Self { age: Some(age), ..self }
    }

    /// Lets the page's scripts read it.
    pub const fn for_scripts(self) -> Self {
        Self { scripts: true, ..self }
    }

    /// Does not send it with a visit that another site began, not even by a plain link.
    pub const fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// The value of a `Set-Cookie` header.
    pub fn header(self, secure: bool) -> Option<HeaderValue> {
        let mut text = String::with_capacity(self.name.len() + self.value.len() + 80);
        let same_site = if self.strict { "Strict" } else { "Lax" };
        let _ = write!(text, "{}={}; Path={}; SameSite={same_site}", self.name, self.value, self.path);
        if let Some(age) = self.age {
            let _ = write!(text, "; Max-Age={}", age.as_secs());
        }
        if !self.scripts {
            text.push_str("; HttpOnly");
        }
        if secure {
            text.push_str("; Secure");
        }
        HeaderValue::try_from(text).ok()
    }
}

/// Cookies that the answer is to set.
#[derive(Debug, Default)]
pub struct Jar {
    secure: bool,
    headers: Vec<HeaderValue>,
}

impl Jar {
    /// No cookies yet; `secure` when visitors come by HTTPS only.
    pub const fn new(secure: bool) -> Self {
        Self { secure, headers: Vec::new() }
    }

    /// Adds a cookie.
    pub fn set(&mut self, cookie: Cookie<'_>) {
        self.headers.extend(cookie.header(self.secure));
    }

    /// Puts the cookies on an answer.
    pub fn onto(self, mut response: Response) -> Response {
        for header in self.headers {
            response.headers_mut().append(header::SET_COOKIE, header);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("xa=1; a=2; b=3=4"))]);
        assert_eq!(get(&headers, "a"), Some("2"));
        assert_eq!(get(&headers, "b"), Some("3=4"));
        assert_eq!(get(&headers, "c"), None);
    }

    #[test]
    fn cookies_are_closed_to_scripts_and_other_sites_unless_told_otherwise() {
        let text = |cookie: Cookie<'_>, secure| cookie.header(secure).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text(Cookie::new("a", "1"), true), "a=1; Path=/; SameSite=Lax; HttpOnly; Secure");
        assert_eq!(text(Cookie::new("a", "1").for_scripts(), false), "a=1; Path=/; SameSite=Lax");
        assert_eq!(text(Cookie::new("a", "1").strict(), true), "a=1; Path=/; SameSite=Strict; HttpOnly; Secure");
        assert_eq!(text(Cookie::gone("a").at("/x"), false), "a=; Path=/x; SameSite=Lax; Max-Age=0; HttpOnly");
    }

    #[test]
    fn a_value_that_would_break_the_header_is_not_sent() {
        assert!(Cookie::new("a", "1\r\nX: y").header(true).is_none());
    }
}
