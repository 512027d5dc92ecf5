//! Whether the shop is closed to shoppers for a while, by configuration or by a file that operators make and remove.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use http::StatusCode;
use souk_types::Timestamp;

use crate::error::Failure;

/// The code of a refusal for this reason.
pub const CODE: &str = "maintenance";
/// How often the file is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// When shoppers and search engines may ask again, seconds.
const RETRY_AFTER_S: u64 = 300;

/// What closes the shop.
#[derive(Debug, Clone, Default)]
pub struct MaintenanceConfig {
    /// It is closed for as long as it runs.
    pub always: bool,
    /// It is closed while this file is there.
    pub file: Option<PathBuf>,
}

/// Whether the shop is closed now.
pub struct Maintenance {
    config: MaintenanceConfig,
    looked_us: AtomicI64,
    closed: AtomicBool,
}

impl Maintenance {
    pub fn new(config: MaintenanceConfig) -> Self {
        Self { closed: AtomicBool::new(config.always), config, looked_us: AtomicI64::new(i64::MIN) }
    }

    /// Says whether the shop is closed. Looks for the file once in a while: asking for it costs little, but every
    /// request asks.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        let Some(file) = self.config.file.as_ref().filter(|_| !self.config.always) else { return self.config.always };
        let looked_us = self.looked_us.load(Ordering::Acquire);
        let due = looked_us == i64::MIN || now >= Timestamp::from_micros(looked_us) + LOOK_EVERY;
        let swap = || self.looked_us.compare_exchange(looked_us, now.as_micros(), Ordering::AcqRel, Ordering::Acquire);
        if due && swap().is_ok() {
            self.closed.store(file.exists(), Ordering::Release);
        }
        self.closed.load(Ordering::Acquire)
    }
}

/// What is served all the same: the console and its pictures, gateways' messages, the way back of a shopper who was
/// paying, and what is the same whether the shop is open or not.
pub fn stays_open(path: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["/admin/", "/api/v1/admin/", "/webhooks/", "/assets/", "/images/"];
    const PATHS: [&str; 6] =
        ["/admin", "/checkout/return", "/checkout/pay-return", "/favicon.svg", "/favicon.ico", "/sw.js"];
    let confirmation = path.starts_with("/orders/") && path.ends_with("/confirmation");
    confirmation || PATHS.contains(&path) || BEGINNINGS.iter().any(|beginning| path.starts_with(beginning))
}

/// The refusal of everything else.
pub fn refusal() -> Failure {
    let text = "The shop is closed for a short while: it is being worked on.";
    Failure { retry_after_s: Some(RETRY_AFTER_S), ..Failure::new(StatusCode::SERVICE_UNAVAILABLE, CODE, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_millis(ms)
    }

    #[test]
    fn the_shop_is_closed_while_the_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("maintenance");
        let maintenance = Maintenance::new(MaintenanceConfig { always: false, file: Some(file.clone()) });
        assert!(!maintenance.is_closed(at(0)));
        std::fs::write(&file, "").unwrap();
        assert!(!maintenance.is_closed(at(999)), "it is not looked for at every request");
        assert!(maintenance.is_closed(at(1_000)));
        std::fs::remove_file(&file).unwrap();
        assert!(maintenance.is_closed(at(1_500)));
        assert!(!maintenance.is_closed(at(2_000)));
    }

    #[test]
    fn what_is_paid_for_goes_on_and_shopping_does_not() {
        for open in
            ["/admin", "/admin/orders", "/webhooks/payments/sandbox", "/checkout/return", "/orders/A/confirmation"]
        {
            assert!(stays_open(open), "{open}");
        }
        for closed in ["/", "/cart", "/checkout", "/products/a", "/api/v1/cart", "/administration", "/orders/A"] {
            assert!(!stays_open(closed), "{closed}");
        }
    }
}
