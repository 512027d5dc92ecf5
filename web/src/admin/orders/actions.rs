use axum::extract::Path;
use souk_contracts::{
    ShipmentId,
    delivery::{ShipmentStatus, TrackingEvent},
    orders::{Error, Order},
};
use souk_types::{Money, Timestamp};

use super::{
    super::{
        desk::Desk,
        forms::{self, Refusal},
    },
    page,
    view::refundable,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    view::Errors,
};

/// `POST /admin/orders/{number}/cancel`: `version`, `reason`.
pub async fn cancel(desk: Desk, Path(number): Path<String>, form: Form) -> Answer {
    let order = page::load(&desk, number).await?;
    let reason = match reason(&order, &form) {
        Ok(reason) => reason,
        Err(refusal) => return page::refuse(desk, order, "cancel", refusal, &form).await,
    };
    let outcome = desk.state.orders.cancel(&desk.cx, order.customer, order.id, reason).await;
    let text = "The order is cancelled. Stock and money are given back.";
    finish(desk, order, "cancel", outcome, text.to_owned(), &form).await
}

/// `POST /admin/orders/{number}/hold`: `version`, `reason`.
pub async fn hold(desk: Desk, Path(number): Path<String>, form: Form) -> Answer {
    let order = page::load(&desk, number).await?;
    let reason = match reason(&order, &form) {
        Ok(reason) => reason,
        Err(refusal) => return page::refuse(desk, order, "hold", refusal, &form).await,
    };
    let outcome = desk.state.orders.hold(&desk.cx, order.customer, order.id, true, reason).await;
    finish(desk, order, "hold", outcome, "The order is on hold: nothing is sent.".to_owned(), &form).await
}

/// `POST /admin/orders/{number}/release`: `version`.
pub async fn release(desk: Desk, Path(number): Path<String>, form: Form) -> Answer {
    let order = page::load(&desk, number).await?;
    if let Err(refusal) = unchanged(&order, &form) {
        return page::refuse(desk, order, "release", refusal, &form).await;
    }
    let outcome = desk.state.orders.hold(&desk.cx, order.customer, order.id, false, String::new()).await;
    finish(desk, order, "release", outcome, "The order goes on.".to_owned(), &form).await
}

/// `POST /admin/orders/{number}/note`: `text`, `notes` (how many there were).
pub async fn note(desk: Desk, Path(number): Path<String>, form: Form) -> Answer {
    let order = page::load(&desk, number).await?;
    let text = form.text("text").to_owned();
    if text.is_empty() {
        return page::refuse(desk, order, "note", Refusal::field("text", "Write something."), &form).await;
    }
    // The same form sent twice is one note.
    let digest = blake3::hash(text.as_bytes()).to_hex();
    let key = format!("note:{}:{}:{}", order.id, form.text("notes"), &digest[..16]);
    let cx = desk.cx.clone().with_idempotency_key(key);
    match desk.state.orders.note(&cx, order.customer, order.id, text).await {
        Ok(()) => Ok(desk.go(&page::address(&order), Notice::success("The note is in the history, for staff only."))),
        Err(error) => {
            let refusal = Refusal::from_service(error.into(), |field| (field == "text").then(|| field.to_owned()))?;
            page::refuse(desk, order, "note", refusal, &form).await
        }
    }
}

/// `POST /admin/orders/{number}/refund`: `version`, `amount`, `reason`.
pub async fn refund(desk: Desk, Path(number): Path<String>, form: Form) -> Answer {
    let order = page::load(&desk, number).await?;
    let (amount, reason) = match refund_of(&order, &form) {
        Ok(refund) => refund,
        Err(refusal) => return page::refuse(desk, order, "refund", refusal, &form).await,
    };
    // The same form sent twice is one refund; the version that it was made for tells the next one apart.
    let cx = desk.cx.clone().with_idempotency_key(format!("refund:{}:{}:{}", order.id, order.version, amount.minor));
    let outcome = desk.state.orders.refund(&cx, order.customer, order.id, amount, reason).await;
    let text = format!("{} goes back to the customer.", format::money_text(amount));
    finish(desk, order, "refund", outcome, text, &form).await
}

/// `POST /admin/orders/{number}/shipments/{shipment}/track`: `status`, `description`, `place`, `at` (microseconds; now
/// when it is left out).
pub async fn track(desk: Desk, Path((number, shipment)): Path<(String, String)>, mut form: Form) -> Answer {
    let shipment: ShipmentId = shipment.parse().map_err(|_| Failure::not_found())?;
    // Every parcel of the page has this form: the page is told in which one something is wrong.
    form.0.push(("shipment".to_owned(), shipment.to_string()));
    let order = page::load(&desk, number).await?;
    let event = match tracking_event(&form, desk.state.env.now()) {
        Ok(event) => event,
        Err(refusal) => return page::refuse(desk, order, "track", refusal, &form).await,
    };
    match desk.state.delivery.track(&desk.cx, order.customer, shipment, event).await {
        Ok(()) => Ok(desk.go(&page::address(&order), Notice::success("The parcel’s status is recorded."))),
        Err(error) => {
            let refusal = Refusal::from_service(error.into(), |field| Some(field.to_owned()))?;
            page::refuse(desk, order, "track", refusal, &form).await
        }
    }
}

async fn finish(
    desk: Desk,
    before: Order,
    name: &'static str,
    outcome: Result<Order, Error>,
    text: String,
    form: &Form,
) -> Answer {
    match outcome {
        Ok(order) => Ok(desk.go(&page::address(&order), Notice::success(text))),
        Err(error) => {
            let place = |field: &str| matches!(field, "reason" | "amount").then(|| field.to_owned());
            let refusal = Refusal::from_service(error.into(), place)?;
            Box::pin(page::refuse(desk, before, name, refusal, form)).await
        }
    }
}

/// Nobody has done anything to the order since the form was shown.
fn unchanged(order: &Order, form: &Form) -> Result<(), Refusal> {
    if form.text("version").parse() == Ok(order.version) {
        return Ok(());
    }
    Err(Refusal::conflict(
        "The order changed since this page was shown. Nothing was done; look at it and send this again.",
    ))
}

fn reason(order: &Order, form: &Form) -> Result<String, Refusal> {
    unchanged(order, form)?;
    let mut errors = Errors::new();
    let reason = forms::required(form, "reason", "Say why, for the history.", &mut errors);
    if errors.is_empty() { Ok(reason) } else { Err(Refusal::of(errors)) }
}

fn refund_of(order: &Order, form: &Form) -> Result<(Money, String), Refusal> {
    unchanged(order, form)?;
    let mut errors = Errors::new();
    let reason = forms::required(form, "reason", "Say why, for the history.", &mut errors);
    let most = refundable(order);
    let amount = match Money::parse_decimal(form.text("amount"), most.currency) {
        Ok(amount) if amount.minor > 0 && amount <= most => amount,
        Ok(_) => {
            let message = format!("Enter more than nothing and at most {}.", format::money_text(most));
            errors.insert("amount".to_owned(), message);
            most
        }
        Err(error) => {
            errors.insert("amount".to_owned(), crate::error::sentence(&error.to_string()));
            most
        }
    };
    if errors.is_empty() { Ok((amount, reason)) } else { Err(Refusal::of(errors)) }
}

fn tracking_event(form: &Form, now: Timestamp) -> Result<TrackingEvent, Refusal> {
    let mut errors = Errors::new();
    let status = forms::parsed::<ShipmentStatus>(form, "status", "Choose where the parcel is.", &mut errors);
    let description = forms::required(form, "description", "Say what happened.", &mut errors);
    let at = match form.text("at") {
        "" => Some(now),
        text => text.parse().ok().map(Timestamp::from_micros).filter(|at| *at <= now),
    };
    if at.is_none() {
        errors.insert("form".to_owned(), "The time of the form cannot be read. Send it again.".to_owned());
    }
    match (status, at) {
        (Some(status), Some(at)) if errors.is_empty() => {
            Ok(TrackingEvent { status, description, place: form.text("place").to_owned(), at })
        }
        _ => Err(Refusal::of(errors)),
    }
}
