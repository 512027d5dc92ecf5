use souk_contracts::{
    inventory::StockLine,
    orders::{ORDERS_AT_ONCE_MAX, Order},
};
use souk_types::ServiceError as _;

use super::{
    super::{desk::Desk, lists},
    PATH,
    ship::shipment_of,
    view::to_ship,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
};

/// Orders that were left out and are named with the reason; the rest are counted.
const NAMED_MAX: usize = 5;

/// The numbers that were ticked in the list.
///
/// # Errors
/// Invalid: none, or too many.
pub fn chosen(form: &Form) -> Result<Vec<String>, Failure> {
    let mut numbers: Vec<String> = Vec::new();
    for (_, number) in form.0.iter().filter(|(name, _)| name == "order") {
        if !numbers.contains(number) {
            numbers.push(number.clone());
        }
    }
    if numbers.is_empty() {
        return Err(Failure::invalid("order", "Choose at least one order in the list"));
    }
    if numbers.len() > ORDERS_AT_ONCE_MAX {
        return Err(Failure::invalid("order", &format!("Choose at most {ORDERS_AT_ONCE_MAX} orders at once")));
    }
    Ok(numbers)
}

/// `POST /admin/orders/ship`: `order` (several), `back`. Sends all that is left of each by its delivery method.
pub async fn ship_chosen(mut desk: Desk, form: Form) -> Answer {
    let back = lists::back(&form, PATH).to_owned();
    let numbers = match chosen(&form) {
        Ok(numbers) => numbers,
        Err(refused) if desk.wants_json() => return Err(refused),
        Err(refused) => {
            return Ok(desk.go(&back, Notice::error(refused.field_map().remove("order").unwrap_or_default())));
        }
    };
    let orders = desk.state.orders.many(&desk.cx, numbers).await?;
    let (mut sent, mut left_out) = (0_u64, Vec::new());
    for order in &orders {
        // Each by itself: one that cannot be sent must not keep the others from it, nor use up their time.
        desk.begin_calls();
        match ship(&desk, order).await {
            Ok(()) => sent += 1,
            Err(reason) => left_out.push(format!("{}: {reason}", order.number)),
        }
    }
    if sent > 0 {
        desk.acted();
    }
    Ok(desk.go(&back, told(sent, &left_out)))
}

async fn ship(desk: &Desk, order: &Order) -> Result<(), String> {
    let rest = order.lines.iter().map(|line| StockLine { sku: line.sku.clone(), quantity: to_ship(line) });
    let parcel: Vec<StockLine> = rest.filter(|line| line.quantity > 0).collect();
    if parcel.is_empty() {
        return Err("nothing is left to send".to_owned());
    }
    // The form has no version: what is left says as well which parcel is meant, so that sending it twice makes one.
    let shipment = shipment_of(order.id, &order.version.to_string(), &parcel);
    let shipped = desk.state.orders.ship(&desk.cx, order.customer, order.id, shipment, parcel, None).await;
    shipped.map(drop).map_err(|error| error.public_message())
}

fn told(sent: u64, left_out: &[String]) -> Notice {
    let sent_text =
        format!("{} being sent: the labels are being made.", format::counted(sent, "order is", "orders are"));
    if left_out.is_empty() {
        return Notice::success(sent_text);
    }
    let named: Vec<&str> = left_out.iter().take(NAMED_MAX).map(String::as_str).collect();
    let more = match left_out.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    let text = format!("Left out: {}{more}.", named.join("; "));
    if sent == 0 { Notice::error(text) } else { Notice::warning(format!("{sent_text} {text}")) }
}
