use std::collections::BTreeMap;

use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect},
};
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    LocationId,
    inventory::{LevelFilter, Location, Movement},
};
use souk_types::{
    PageRequest,
    limits::{LINE_BYTES_MAX, PAGE_ITEMS_MAX},
};

use super::{
    super::{
        desk::Desk,
        labels,
        lists::{self, Pager},
    },
    SECTION,
    levels::{self, location_name, movements_url},
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    format,
    view::{Badge, Link, TimeView},
};

/// Pieces on hand by place: at the top of the page, before the newest movement on it is undone.
type OnHand = BTreeMap<LocationId, i64>;

#[derive(Serialize)]
struct MovementsPage {
    sku: String,
    title: String,
    location_name: Option<String>,
    movements: Vec<Row>,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Row {
    at: TimeView,
    kind: Badge,
    quantity: i64,
    on_hand_after: i64,
    location_name: String,
    reason: String,
    reference: Option<Link>,
    actor: Option<String>,
}

/// `GET /admin/stock/{sku}/movements?after=`.
pub async fn movements(desk: Desk, Path(sku): Path<String>) -> Answer {
    if sku.len() > LINE_BYTES_MAX {
        return Err(Failure::not_found());
    }
    let path = movements_url(&sku);
    let request = lists::request(&desk.query)?;
    let mut on_hand = match (&request.after, told(&desk.query)) {
        (None, _) => present(&desk, &sku).await?,
        (Some(_), Some(on_hand)) => on_hand,
        // Without the sums of the page before, this one's cannot be told: begin anew.
        (Some(_), None) => return Ok(Redirect::to(&path).into_response()),
    };
    let page = desk.state.inventory.movements(&desk.cx, sku.clone(), request.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let locations = levels::locations(&desk).await?;
    let rows = page.items.iter().map(|movement| row(&desk, movement, &mut on_hand, &locations)).collect();
    let sums = on_hand.iter().map(|(place, pieces)| format!("{place}:{pieces}")).collect::<Vec<_>>().join(",");
    let mut pager = Pager::of(&path, &[("on_hand", &sums)], &page, &request);
    pager.begin_at(&path);
    let offers = levels::offers(&desk, vec![sku.clone()]).await;
    let content = MovementsPage {
        title: offers.get(&sku).map_or_else(|| sku.clone(), levels::title),
        location_name: (locations.len() == 1).then(|| locations[0].name.clone()),
        movements: rows,
        sku,
        pager,
    };
    desk.show(StatusCode::OK, SECTION, "admin/movements.html", content).await
}

/// What is on hand now.
async fn present(desk: &Desk, sku: &str) -> Result<OnHand, Failure> {
    let filter = LevelFilter { sku_prefix: Some(sku.to_owned()), ..LevelFilter::default() };
    let page = desk.state.inventory.levels(&desk.cx, filter, PageRequest::first(PAGE_ITEMS_MAX)).await?;
    let mine = page.items.into_iter().filter(|level| level.sku == sku);
    Ok(mine.map(|level| (level.location, level.on_hand)).collect())
}

/// What was on hand where the page before ended, from its link.
fn told(query: &Form) -> Option<OnHand> {
    let pair = |text: &str| {
        let (place, pieces) = text.split_once(':')?;
        Some((place.parse().ok()?, pieces.parse().ok()?))
    };
    query.text("on_hand").split(',').map(pair).collect()
}

fn row(desk: &Desk, movement: &Movement, on_hand: &mut OnHand, locations: &[Location]) -> Row {
    let sum = on_hand.entry(movement.location).or_default();
    let after = *sum;
    *sum -= movement.on_hand;
    let counters = [movement.on_hand, movement.reserved, movement.committed];
    let reason = match (movement.reason.as_str(), movement.order) {
        ("", Some(order)) => format!("Order {order}"),
        (reason, Some(order)) => format!("{reason} (order {order})"),
        (reason, None) => reason.to_owned(),
    };
    Row {
        at: format::time(movement.at),
        kind: labels::movement(movement.kind),
        quantity: counters.into_iter().find(|change| *change != 0).unwrap_or(0),
        on_hand_after: after,
        location_name: location_name(locations, movement.location),
        reason,
        reference: None,
        actor: Some(movement.actor.as_str()).filter(|actor| !actor.is_empty()).map(|actor| desk.actor_name(actor)),
    }
}
