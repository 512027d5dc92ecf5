use http::StatusCode;
use serde::Serialize;
use souk_contracts::inventory::{DEFAULT_LOCATION, Location};

use super::{
    super::{desk::Desk, lists},
    location::{CHANGE, address, section},
};
use crate::error::Answer;

pub(super) const PATH: &str = "/admin/settings/locations";
/// Locations on a page.
const ROWS: usize = 25;

#[derive(Serialize)]
struct LocationsPage {
    locations: Vec<Row>,
    first_url: Option<String>,
    next_url: Option<String>,
    may_change: bool,
}

#[derive(Serialize)]
struct Row {
    name: String,
    url: String,
    stock_url: String,
    priority: i64,
    active: bool,
    default: bool,
}

impl Row {
    fn of(location: &Location) -> Self {
        let id = location.id.to_string();
        Self {
            name: location.name.clone(),
            url: address(location.id),
            stock_url: lists::address("/admin/stock", &[("location", &id)], None),
            priority: location.priority,
            active: location.active,
            default: location.id == DEFAULT_LOCATION,
        }
    }
}

/// `GET /admin/settings/locations?after=`.
pub async fn page(desk: Desk) -> Answer {
    let all = desk.state.inventory.locations(&desk.cx).await?;
    if desk.wants_json() {
        return Ok(desk.json(&all));
    }
    let after = desk.query.text("after");
    let from = all.iter().position(|location| location.id.to_string() == after).map_or(0, |index| index + 1);
    let shown = &all[from..all.len().min(from + ROWS)];
    let last = shown.last().filter(|_| from + shown.len() < all.len());
    let content = LocationsPage {
        locations: shown.iter().map(Row::of).collect(),
        first_url: (from > 0).then(|| PATH.to_owned()),
        next_url: last.map(|last| lists::address(PATH, &[], Some(&last.id.to_string()))),
        may_change: desk.may(CHANGE),
    };
    let section = section(&desk);
    desk.show(StatusCode::OK, section, "admin/settings_locations.html", content).await
}
