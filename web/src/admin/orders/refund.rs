//! Giving money back for some pieces, on a page of its own.

use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    inventory::StockLine,
    orders::{LineRefund, Order, OrderLine, Refundable},
};

use super::{
    super::{
        desk::Desk,
        forms::{self, Failed, Refusal},
    },
    page,
};
use crate::{
    body::Form,
    error::Answer,
    flash::Notice,
    format,
    view::{Errors, ImageView, MoneyView},
};

#[derive(Serialize)]
struct RefundPage {
    number: String,
    order_url: String,
    action: String,
    version: i64,
    lines: Vec<LineView>,
    /// What the delivery came to; nothing when it was free or given back.
    delivery: Option<MoneyView>,
    most: MoneyView,
    #[serde(flatten)]
    failed: Failed,
}

#[derive(Serialize)]
struct LineView {
    sku: String,
    title: String,
    options_text: String,
    image: Option<ImageView>,
    quantity: u32,
    amount: MoneyView,
}

impl LineView {
    fn all(order: &Order, refundable: &Refundable) -> Vec<Self> {
        let view = |line: &souk_contracts::orders::RefundableLine| {
            let known: Option<&OrderLine> = order.lines.iter().find(|known| known.sku == line.sku);
            Self {
                sku: line.sku.clone(),
                title: known.map_or_else(|| line.sku.clone(), |known| known.title.clone()),
                options_text: known.map(|known| known.variant_title.clone()).unwrap_or_default(),
                image: known.and_then(|known| Some(format::image(known.image.as_ref()?, &known.title))),
                quantity: line.quantity,
                amount: format::money(line.amount),
            }
        };
        refundable.lines.iter().map(view).collect()
    }
}

/// `GET /admin/orders/{number}/refund`.
pub async fn refund_page(desk: Desk, Path(number): Path<String>) -> Answer {
    let order = page::load(&desk, number).await?;
    show(desk, StatusCode::OK, &order, Failed::default()).await
}

async fn show(desk: Desk, status: StatusCode, order: &Order, failed: Failed) -> Answer {
    let refundable = desk.state.orders.refundable(&desk.cx, order.customer, order.id).await?;
    if desk.wants_json() {
        return Ok(desk.json(&refundable));
    }
    let content = RefundPage {
        number: order.number.clone(),
        order_url: page::address(order),
        action: format!("{}/refund-lines", page::address(order)),
        version: order.version,
        lines: LineView::all(order, &refundable),
        delivery: Some(refundable.delivery).filter(|delivery| delivery.minor > 0).map(format::money),
        most: format::money(refundable.most),
        failed,
    };
    desk.show(status, "orders", "admin/refund.html", content).await
}

/// `POST /admin/orders/{number}/refund-lines`: `version`, `line[<sku>]`, `delivery`, `reason`.
pub async fn refund_lines(desk: Desk, Path(number): Path<String>, form: Form) -> Answer {
    let order = page::load(&desk, number).await?;
    let refund = match entered(&order, &form) {
        Ok(refund) => refund,
        Err(refusal) => return refuse(desk, &order, refusal, &form).await,
    };
    // The same form sent twice is one refund; the version that it was made for tells the next one apart.
    let key = format!("refund-lines:{}:{}", order.id, form.text("version"));
    let cx = desk.cx.clone().with_idempotency_key(key);
    let before = order.money.refunded;
    match desk.state.orders.refund_lines(&cx, order.customer, order.id, refund).await {
        Ok(after) => {
            let back = after.money.refunded.minus(before).ok().filter(|amount| amount.minor > 0);
            let text = match back {
                Some(amount) => format!("{} goes back to the customer.", format::money_text(amount)),
                None => "The refund is under way.".to_owned(),
            };
            Ok(desk.go(&page::address(&after), Notice::success(text)))
        }
        Err(error) => {
            let refusal = Refusal::from_service(error.into(), place)?;
            refuse(desk, &order, refusal, &form).await
        }
    }
}

/// The form's field for the service's.
fn place(field: &str) -> Option<String> {
    let name = if field.starts_with("lines") || field == "amount" { "lines" } else { field };
    matches!(name, "lines" | "reason" | "delivery").then(|| name.to_owned())
}

async fn refuse(desk: Desk, order: &Order, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let status = refusal.status;
    show(desk, status, order, Failed::form("refund", refusal, form)).await
}

fn entered(order: &Order, form: &Form) -> Result<LineRefund, Refusal> {
    if form.text("version").parse::<i64>().is_err() {
        return Err(Refusal::conflict("The form was not complete. Look at the order once more, then send it again."));
    }
    let mut errors = Errors::new();
    let reason = forms::required(form, "reason", "Say why, for the history.", &mut errors);
    let mut lines = Vec::new();
    for (sku, text) in form.keyed("line") {
        match text.parse::<u32>() {
            Ok(0) => {}
            Ok(quantity) => lines.push(StockLine { sku: sku.to_owned(), quantity }),
            Err(_) if text.is_empty() => {}
            Err(_) => {
                let title = order.lines.iter().find(|line| line.sku == sku).map_or(sku, |line| line.title.as_str());
                errors.insert("lines".to_owned(), format!("Enter for how many of {title} the money goes back."));
            }
        }
    }
    let delivery = form.text("delivery") == "1";
    if lines.is_empty() && !delivery {
        errors.entry("lines".to_owned()).or_insert_with(|| "Choose at least one piece, or the delivery.".to_owned());
    }
    if errors.is_empty() { Ok(LineRefund { lines, delivery, reason }) } else { Err(Refusal::of(errors)) }
}
