//! Where a request comes from.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};

/// The caller's address as text; empty when it is not known. A proxy in front is believed if there is one.
pub fn of(headers: &HeaderMap, extensions: &Extensions, behind_proxy: bool) -> String {
    let forwarded = behind_proxy.then(|| forwarded(headers)).flatten();
    let direct = || extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip().to_string());
    forwarded.map(ToOwned::to_owned).or_else(direct).unwrap_or_default()
}

/// The address that the proxy in front saw: it stands last.
fn forwarded(headers: &HeaderMap) -> Option<&str> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim).filter(|address| !address.is_empty())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_proxy_in_front_is_believed_and_nobody_before_it() {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("x-forwarded-for"),
            HeaderValue::from_static("1.1.1.1, 2.2.2.2"),
        )]);
        assert_eq!(of(&headers, &Extensions::new(), true), "2.2.2.2");
        assert_eq!(of(&headers, &Extensions::new(), false), "");
    }
}
