use axum::{extract::Path, response::Response};
use souk_contracts::{OrderId, ShipmentId, delivery::ChosenCarrier, inventory::StockLine, orders::Order};

use super::{
    super::{desk::Desk, forms::Refusal},
    page,
    view::to_ship,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    view::Errors,
};

/// The carrier that the delivery method knows, and one of the staff's own choice.
pub const OF_METHOD: &str = "method";
pub const OWN: &str = "own";

/// `POST /admin/orders/{number}/ship`: `version`, `line[<sku>]`, `carrier`; of an own one also `carrier_name`,
/// `tracking_number`, `tracking_url`.
pub async fn ship(desk: Desk, Path(number): Path<String>, form: Form) -> Answer {
    let order = page::load(&desk, number).await?;
    let (parcel, carrier) = match parcel(&order, &form) {
        Ok(whole) => whole,
        Err(refusal) => return page::refuse(desk, order, "ship", refusal, &form).await,
    };
    let shipment = shipment_of(order.id, form.text("version"), &parcel);
    let pieces: u64 = parcel.iter().map(|line| u64::from(line.quantity)).sum();
    match desk.state.orders.ship(&desk.cx, order.customer, order.id, shipment, parcel, carrier.clone()).await {
        Ok(order) => Ok(shipped(desk, &order, pieces, carrier.as_ref())),
        Err(error) => {
            let refusal = Refusal::from_service(Failure::from(error), place)?;
            page::refuse(desk, order, "ship", refusal, &form).await
        }
    }
}

/// The form's field for the service's.
fn place(field: &str) -> Option<String> {
    let name = match field {
        "carrier.name" => "carrier_name",
        "carrier.tracking_number" => "tracking_number",
        "carrier.tracking_url" => "tracking_url",
        lines if lines.starts_with("lines") => "lines",
        _ => return None,
    };
    Some(name.to_owned())
}

fn shipped(desk: Desk, order: &Order, pieces: u64, carrier: Option<&ChosenCarrier>) -> Response {
    let next = match carrier {
        Some(carrier) => format!("Record its way by hand: {} is not asked.", carrier.name),
        None => "Its label is being made.".to_owned(),
    };
    let pieces = format::counted(pieces, "piece goes", "pieces go");
    let text = format!("{pieces} into a parcel. {next}");
    desk.go(&page::address(order), Notice::success(text))
}

/// What goes into the parcel and who carries it, as entered. How much is left is for the service to say: of a form
/// that comes twice, the second finds nothing left and is still right.
fn parcel(order: &Order, form: &Form) -> Result<(Vec<StockLine>, Option<ChosenCarrier>), Refusal> {
    if form.text("version").parse::<i64>().is_err() {
        return Err(Refusal::conflict("The form was not complete. Look at the order once more, then send it again."));
    }
    let mut errors = Errors::new();
    let mut parcel = Vec::new();
    for (sku, text) in form.keyed("line") {
        let Some(line) = order.lines.iter().find(|line| line.sku == sku) else {
            errors.insert("lines".to_owned(), format!("{sku} is not part of this order."));
            continue;
        };
        match text.parse::<u32>() {
            Ok(0) => {}
            Ok(quantity) => parcel.push(StockLine { sku: sku.to_owned(), quantity }),
            Err(_) if text.is_empty() => {}
            Err(_) => {
                let message = format!("Enter how many of {} go into the parcel: 0 to {}.", line.title, to_ship(line));
                errors.insert("lines".to_owned(), message);
            }
        }
    }
    if parcel.is_empty() {
        errors.entry("lines".to_owned()).or_insert_with(|| "Put at least one piece into the parcel.".to_owned());
    }
    let carrier = carrier(form, &mut errors);
    if errors.is_empty() { Ok((parcel, carrier)) } else { Err(Refusal::of(errors)) }
}

/// The carrier of the staff's own choice; `None`: the delivery method's.
fn carrier(form: &Form, errors: &mut Errors) -> Option<ChosenCarrier> {
    let filled = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let chosen = ChosenCarrier {
        name: form.text("carrier_name").to_owned(),
        tracking_number: filled("tracking_number"),
        tracking_url: filled("tracking_url"),
    };
    if form.text("carrier") == OWN {
        if chosen.name.is_empty() {
            errors.insert("carrier_name".to_owned(), "Say who carries it; the shopper reads this.".to_owned());
        }
        return Some(chosen);
    }
    // The fields are hidden then: what is wrong is said where it can be seen.
    if chosen != ChosenCarrier::default() {
        let message = "Choose another carrier to give its name, number or link: this one gives them with the label.";
        errors.insert("carrier".to_owned(), message.to_owned());
    }
    None
}

/// The shipment that a form stands for: the same whenever the same form is sent, so that sending it twice makes one
/// parcel; who carries it makes no other of it. The form's version changes with every parcel, so that the next one is
/// another.
pub fn shipment_of(order: OrderId, version: &str, parcel: &[StockLine]) -> ShipmentId {
    let mut lines: Vec<&StockLine> = parcel.iter().collect();
    lines.sort_by(|left, right| left.sku.cmp(&right.sku));
    let mut hasher = blake3::Hasher::new_derive_key("souk web 2026 shipment of a form");
    hasher.update(&order.bits().to_be_bytes());
    hasher.update(&(version.len() as u64).to_be_bytes()).update(version.as_bytes());
    for line in lines {
        hasher.update(&(line.sku.len() as u64).to_be_bytes()).update(line.sku.as_bytes());
        hasher.update(&line.quantity.to_be_bytes());
    }
    let bytes = hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default();
    ShipmentId::from_bits(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sku: &str, quantity: u32) -> StockLine {
        StockLine { sku: sku.to_owned(), quantity }
    }

    #[test]
    fn the_same_form_is_the_same_shipment_whatever_the_order_of_its_lines() {
        let order = OrderId::from_bits(7);
        let one = shipment_of(order, "3", &[line("A", 1), line("B", 2)]);
        assert_eq!(one, shipment_of(order, "3", &[line("B", 2), line("A", 1)]));
        assert_ne!(one, shipment_of(order, "4", &[line("A", 1), line("B", 2)]));
        assert_ne!(one, shipment_of(order, "3", &[line("A", 2), line("B", 1)]));
        assert_ne!(one, shipment_of(OrderId::from_bits(8), "3", &[line("A", 1), line("B", 2)]));
    }
}
