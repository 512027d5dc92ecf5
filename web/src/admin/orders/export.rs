use std::fmt::Write as _;

use futures::FutureExt as _;
use souk_contracts::orders::{OrderFilter, OrderSummary};
use souk_types::Cx;

use super::{
    super::{
        csv,
        desk::Desk,
        export::{self, Piece},
    },
    list::filter,
};
use crate::{error::Answer, state::AppState};

const HEAD: &str = "number,made_at,order,payment,fulfilment,name,email,items,currency,total\r\n";

/// `GET /admin/orders/export.csv?q=&lifecycle=&payment=&fulfilment=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = OrderFilter { sort: None, ..filter(&desk.query)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.orders.list(&cx, filter, request).await?;
            let mut text = String::new();
            page.items.iter().for_each(|order| row(&mut text, order));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "orders.csv", HEAD, read).await
}

fn row(text: &mut String, order: &OrderSummary) {
    let plain = [order.number.as_str(), &order.created_at.to_string()].join(",");
    let axes = [order.lifecycle.as_str(), order.payment.as_str(), order.fulfilment.as_str()].join(",");
    let (name, email) = (csv::cell(&order.name), csv::cell(&order.email));
    let (pieces, currency, total) = (order.pieces, order.total.currency, order.total.to_decimal());
    // Writing to a String cannot fail.
    let _ = write!(text, "{plain},{axes},{name},{email},{pieces},{currency},{total}\r\n");
}
