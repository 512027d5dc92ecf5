//! What is printed: the list of what to take from the shelves, and a slip for each parcel.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;
use souk_contracts::orders::{Order, OrderLine};

use super::{super::desk::Desk, PATH, bulk::chosen, view::to_ship};
use crate::{
    error::{Answer, Failure},
    flash::Notice,
    format,
    storefront::order_view::address_lines,
    view::TimeView,
};

#[derive(Serialize)]
struct PickPage {
    title: String,
    made_at: TimeView,
    lines: Vec<PickLine>,
    pieces: String,
    orders: String,
}

/// What to take of one SKU, and for whom.
#[derive(Serialize)]
struct PickLine {
    sku: String,
    title: String,
    options_text: String,
    quantity: u32,
    /// `K7P2-9XQ4 × 2`.
    orders: Vec<String>,
}

#[derive(Serialize)]
struct SlipsPage {
    title: String,
    slips: Vec<Slip>,
}

#[derive(Serialize)]
struct Slip {
    number: String,
    placed_at: TimeView,
    address: Vec<String>,
    phone: String,
    delivery_method: String,
    lines: Vec<SlipLine>,
    pieces: String,
    /// A part was sent before: only the rest is on the slip.
    rest: bool,
}

#[derive(Serialize)]
struct SlipLine {
    sku: String,
    title: String,
    options_text: String,
    quantity: u32,
}

/// `GET /admin/orders/pick-list?order=&order=…`.
pub async fn pick_list(desk: Desk) -> Answer {
    let orders = match load(&desk).await {
        Ok(orders) => orders,
        Err(refused) => return go_back(desk, refused),
    };
    let lines = picks(&orders);
    let content = PickPage {
        title: "Pick list".to_owned(),
        made_at: format::time(desk.state.env.now()),
        pieces: format::counted(lines.iter().map(|line| u64::from(line.quantity)).sum(), "piece", "pieces"),
        orders: format::counted(orders.len() as u64, "order", "orders"),
        lines,
    };
    desk.show(StatusCode::OK, "orders", "admin/pick_list.html", content).await
}

/// `GET /admin/orders/packing-slips?order=&order=…`.
pub async fn packing_slips(desk: Desk) -> Answer {
    let orders = match load(&desk).await {
        Ok(orders) => orders,
        Err(refused) => return go_back(desk, refused),
    };
    let content = SlipsPage { title: "Packing slips".to_owned(), slips: orders.iter().map(Slip::of).collect() };
    desk.show(StatusCode::OK, "orders", "admin/packing_slips.html", content).await
}

async fn load(desk: &Desk) -> Result<Vec<Order>, Failure> {
    let numbers = chosen(&desk.query)?;
    let orders = desk.state.orders.many(&desk.cx, numbers).await?;
    if orders.is_empty() { Err(Failure::not_found()) } else { Ok(orders) }
}

/// To the list, when nothing was ticked there.
fn go_back(desk: Desk, refused: Failure) -> Answer {
    match refused.field_map().remove("order") {
        Some(message) if !desk.wants_json() => Ok(desk.go(PATH, Notice::error(format!("{message}.")))),
        _ => Err(refused),
    }
}

/// What is left to send of all orders, by SKU, so that one walks along the shelves once.
fn picks(orders: &[Order]) -> Vec<PickLine> {
    let mut by_sku: BTreeMap<&str, PickLine> = BTreeMap::new();
    for order in orders {
        for line in order.lines.iter().filter(|line| to_ship(line) > 0) {
            let pick = by_sku.entry(&line.sku).or_insert_with(|| PickLine {
                sku: line.sku.clone(),
                title: line.title.clone(),
                options_text: line.variant_title.clone(),
                quantity: 0,
                orders: Vec::new(),
            });
            pick.quantity = pick.quantity.saturating_add(to_ship(line));
            pick.orders.push(format!("{} × {}", order.number, to_ship(line)));
        }
    }
    by_sku.into_values().collect()
}

impl Slip {
    fn of(order: &Order) -> Self {
        let rest: u32 = order.lines.iter().map(to_ship).sum();
        let all: u32 = order.lines.iter().map(|line| line.quantity).sum();
        // When everything is on its way, the slip says what was in it.
        let quantity = |line: &OrderLine| if rest > 0 { to_ship(line) } else { line.quantity };
        let line = |line: &OrderLine| SlipLine {
            sku: line.sku.clone(),
            title: line.title.clone(),
            options_text: line.variant_title.clone(),
            quantity: quantity(line),
        };
        let lines: Vec<SlipLine> = order.lines.iter().filter(|line| quantity(line) > 0).map(line).collect();
        Self {
            number: order.number.clone(),
            placed_at: format::time(order.placed_at.unwrap_or(order.created_at)),
            address: address_lines(&order.address),
            phone: order.address.phone.clone(),
            delivery_method: order.delivery.name.clone(),
            pieces: format::counted(lines.iter().map(|line| u64::from(line.quantity)).sum(), "piece", "pieces"),
            rest: rest > 0 && rest < all,
            lines,
        }
    }
}
