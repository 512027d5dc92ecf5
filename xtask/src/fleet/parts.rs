//! Which services are in which process, and where they listen.

use std::{net::SocketAddr, path::Path};

use anyhow::Result;

use super::settings;
use crate::process::{Process, Ready, free_address};

/// A process of the shop: its name and its services.
pub type Part = (&'static str, &'static [&'static str]);

/// Every service in a process of its own, and two of those that shoppers wait for first.
pub const EVERY_SERVICE_APART: &[Part] = &[
    ("web-1", &["web"]),
    ("web-2", &["web"]),
    ("orders-1", &["orders"]),
    ("orders-2", &["orders"]),
    ("catalog", &["catalog"]),
    ("inventory", &["inventory"]),
    ("search-1", &["search"]),
    ("search-2", &["search"]),
    ("cart", &["cart"]),
    ("payments", &["payments"]),
    ("delivery", &["delivery"]),
    ("accounts", &["accounts"]),
    ("notifications", &["notifications"]),
];

/// A part with the addresses that it has.
pub struct Place {
    /// Its name among the processes.
    pub name: &'static str,
    /// Its services.
    pub services: &'static [&'static str],
    /// Where it answers shoppers and operators.
    pub open: SocketAddr,
    /// Where it answers the others.
    pub internal: SocketAddr,
}

/// Gives every part its addresses.
///
/// # Errors
/// When there is no port.
pub fn places(parts: &[Part]) -> Result<Vec<Place>> {
    let place = |(name, services): &Part| -> Result<Place> {
        Ok(Place { name, services, open: free_address()?, internal: free_address()? })
    };
    parts.iter().map(place).collect()
}

/// Where the processes with a service answer shoppers.
pub fn of(places: &[Place], service: &str) -> Vec<SocketAddr> {
    places.iter().filter(|place| place.services.contains(&service)).map(|place| place.open).collect()
}

/// Where they answer the others.
pub fn within(places: &[Place], service: &str) -> Vec<SocketAddr> {
    places.iter().filter(|place| place.services.contains(&service)).map(|place| place.internal).collect()
}

impl Place {
    /// The process with settings of its own, not started yet.
    pub fn process(&self, souk: &Path, folder: &Path, mut own: Vec<(String, String)>) -> Process {
        let path = |path: &Path| path.display().to_string();
        let arguments = vec![
            "--config".to_owned(),
            path(&settings::file(folder)),
            "--data".to_owned(),
            path(&folder.join(self.name)),
            "serve".to_owned(),
            "--services".to_owned(),
            self.services.join(","),
            "--listen".to_owned(),
            self.open.to_string(),
        ];
        let ready = Ready::Answers(self.open, "/readyz", "");
        own.push(("SOUK_INTERNAL_LISTEN".to_owned(), self.internal.to_string()));
        Process::new(self.name, souk, arguments, folder, ready).with(own)
    }
}
