//! How many people are in the shop right now, as far as this process sees.
//!
//! A visitor is an address with a browser: no cookie is set for it. Both are kept as one number, by a key that ends
//! with the process, and for minutes only. Pages that a cache in front answers are not seen here.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
};

use axum::extract::Request;
use http::{HeaderMap, Method, header};
use souk_types::Timestamp;

use crate::address;

/// Seconds after the last page for which a visitor is still counted.
pub const PRESENT_S: i64 = 5 * 60;
/// Visitors that are counted; there may be more.
const VISITORS_MAX: usize = 100_000;
/// Seconds between two looks for those who have left.
const SWEEP_S: i64 = 60;
/// Words by which programs name themselves that walk through shops.
const ROBOTS: [&str; 5] = ["bot", "crawl", "spider", "slurp", "preview"];

/// Who was here lately.
#[derive(Default)]
pub struct Visitors {
    key: RandomState,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    visits: HashMap<u64, Visit>,
    swept_s: i64,
}

#[derive(Clone, Copy)]
struct Visit {
    at_s: i64,
    place: Place,
}

/// Where in the shop somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Shelves,
    Cart,
    Checkout,
}

/// How many are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Present {
    /// Before products, orders and all other pages.
    pub shelves: u64,
    /// Before their cart.
    pub cart: u64,
    /// At the checkout.
    pub checkout: u64,
    /// Whether there may be more.
    pub more: bool,
}

impl Present {
    /// All of them.
    pub fn all(self) -> u64 {
        self.shelves + self.cart + self.checkout
    }
}

impl Visitors {
    /// Notes that somebody looks at a page, if a person does.
    pub fn note(&self, request: &Request, behind_proxy: bool, now: Timestamp) {
        let Some(place) = place(request) else { return };
        let headers = request.headers();
        let browser = headers.get(header::USER_AGENT).map_or(&b""[..], |browser| browser.as_bytes());
        let who = self.key.hash_one((address::of(headers, request.extensions(), behind_proxy), browser));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.sweep(now.as_secs());
        if seen.visits.len() < VISITORS_MAX || seen.visits.contains_key(&who) {
            seen.visits.insert(who, Visit { at_s: now.as_secs(), place });
        }
    }

    /// Who is here.
    pub fn present(&self, now: Timestamp) -> Present {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget(now.as_secs());
        let mut present = Present { more: seen.visits.len() >= VISITORS_MAX, ..Present::default() };
        for visit in seen.visits.values() {
            *match visit.place {
                Place::Shelves => &mut present.shelves,
                Place::Cart => &mut present.cart,
                Place::Checkout => &mut present.checkout,
            } += 1;
        }
        present
    }
}

impl Seen {
    fn sweep(&mut self, now_s: i64) {
        if now_s - self.swept_s >= SWEEP_S {
            self.forget(now_s);
        }
    }

    fn forget(&mut self, now_s: i64) {
        self.visits.retain(|_, visit| now_s - visit.at_s < PRESENT_S);
        self.swept_s = now_s;
    }
}

/// Where a request shows somebody to be; `None` when it is no page, or not for a shopper who looks at it.
fn place(request: &Request) -> Option<Place> {
    let (path, headers) = (request.uri().path(), request.headers());
    let within = |part: &str| path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let page = request.method() == Method::GET && says(headers, header::ACCEPT, &["text/html"]);
    let shopping = !within("/admin") && !within("/api");
    // A page that is fetched ahead may never be looked at.
    let ahead = says(headers, header::HeaderName::from_static("sec-purpose"), &["prefetch"]);
    if !page || !shopping || ahead || says(headers, header::USER_AGENT, &ROBOTS) {
        return None;
    }
    Some(match () {
        () if within("/cart") => Place::Cart,
        () if within("/checkout") => Place::Checkout,
        () => Place::Shelves,
    })
}

fn says(headers: &HeaderMap, name: header::HeaderName, words: &[&str]) -> bool {
    let Some(text) = headers.get(name) else { return false };
    let text = text.as_bytes();
    words.iter().any(|word| text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes())))
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use axum::{body::Body, extract::ConnectInfo};

    use super::*;

    fn asked(path: &str, from: u8, headers: &[(&str, &str)]) -> Request {
        let mut request = http::Request::get(path).header("accept", "text/html,*/*;q=0.8");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, from], 4_000))));
        request
    }

    #[test]
    fn a_visitor_is_counted_once_where_they_are_and_until_they_have_left() {
        let (visitors, now) = (Visitors::default(), Timestamp::EPOCH + Duration::from_secs(1_000));
        for (path, from) in [("/", 1), ("/products/pot", 1), ("/cart", 1), ("/checkout", 2), ("/cartography", 3)] {
            visitors.note(&asked(path, from, &[("user-agent", "Firefox")]), false, now);
        }
        visitors.note(&asked("/", 1, &[("user-agent", "Safari")]), false, now + Duration::from_secs(10));
        let present = visitors.present(now + Duration::from_secs(10));
        assert_eq!(present, Present { shelves: 2, cart: 1, checkout: 1, more: false });
        assert_eq!(present.all(), 4);
        assert_eq!(visitors.present(now + Duration::from_secs(300)).all(), 1);
        assert_eq!(visitors.present(now + Duration::from_secs(310)).all(), 0);
    }

    #[test]
    fn staff_programs_robots_and_pages_fetched_ahead_are_no_visitors() {
        let (visitors, now) = (Visitors::default(), Timestamp::EPOCH);
        visitors.note(&asked("/admin", 1, &[]), false, now);
        visitors.note(&asked("/api/docs", 2, &[]), false, now);
        visitors.note(&asked("/", 3, &[("sec-purpose", "prefetch;anonymous-client-ip")]), false, now);
        visitors.note(&asked("/", 4, &[("user-agent", "Mozilla/5.0 (compatible; SomeBot/2.1)")]), false, now);
        let mut fragment = asked("/cart", 5, &[]);
        fragment.headers_mut().insert("accept", "application/json".parse().unwrap());
        visitors.note(&fragment, false, now);
        *fragment.method_mut() = Method::POST;
        visitors.note(&fragment, false, now);
        assert_eq!(visitors.present(now), Present::default());
    }

    #[test]
    fn more_visitors_than_are_counted_are_said_to_be_more() {
        let (visitors, now) = (Visitors::default(), Timestamp::EPOCH);
        for number in 0..=VISITORS_MAX {
            visitors.note(&asked("/", 1, &[("user-agent", &number.to_string())]), false, now);
        }
        let present = visitors.present(now);
        assert_eq!((present.all(), present.more), (VISITORS_MAX as u64, true));
        visitors.note(&asked("/", 2, &[]), false, now + Duration::from_secs(400));
        assert_eq!(visitors.present(now + Duration::from_secs(400)).all(), 1);
    }
}
