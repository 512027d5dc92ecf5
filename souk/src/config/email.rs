//! How messages are sent.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use souk_notifications::MailConfig;

use super::Config;

/// How messages are sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Email {
    /// The mail server; without one messages are kept and shown in the admin console.
    pub smtp: Option<String>,
    /// The sender; without one `no-reply` at the shop's host.
    pub from: Option<String>,
    /// How long messages are kept, days.
    pub keep_days: u64,
}

impl Default for Email {
    fn default() -> Self {
        Self { smtp: None, from: None, keep_days: 90 }
    }
}

impl Email {
    /// How long messages are kept.
    pub fn keep(&self) -> Duration {
        Duration::from_hours(self.keep_days.saturating_mul(24))
    }
}

impl Config {
    /// By whom and from whom messages are sent; `None` when they are only kept.
    pub fn mail(&self) -> Option<MailConfig> {
        let smtp = self.email.smtp.clone()?;
        let from = self.email.from.clone().unwrap_or_else(|| no_reply(&self.shop.name, &self.shop.public_url));
        Some(MailConfig { smtp, from })
    }
}

/// `"Souk" <no-reply@shop.example>`.
fn no_reply(name: &str, public_url: &str) -> String {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    // An address of numbers is no domain.
    let host = if host.chars().any(char::is_alphabetic) { host } else { "localhost" };
    let name: String = name.chars().filter(|letter| !matches!(letter, '"' | '\\') && !letter.is_control()).collect();
    format!("\"{name}\" <no-reply@{host}>")
}

#[cfg(test)]
mod tests {
    use super::no_reply;

    #[test]
    fn the_sender_is_at_the_shops_host() {
        for (url, from) in [
            ("https://shop.example", "\"Anas & Co\" <no-reply@shop.example>"),
            ("http://localhost:8080", "\"Anas & Co\" <no-reply@localhost>"),
            ("http://127.0.0.1:8080/x", "\"Anas & Co\" <no-reply@localhost>"),
        ] {
            assert_eq!(no_reply("Ana\"s & Co", url), from);
        }
    }
}
