//! The filtered list as a file: read page by page while it is sent, so that it may have any length.

use std::fmt::Write as _;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use souk_contracts::orders::{Error, OrderFilter, OrderSummary};
use souk_types::{Cursor, Cx, PageRequest, limits::PAGE_ITEMS_MAX};

use super::{
    super::{csv, desk::Desk},
    list::filter,
};
use crate::{
    error::Answer,
    state::{AppState, CALL_LIMIT},
};

const HEAD: &str = "number,made_at,order,payment,fulfilment,name,email,items,currency,total\r\n";

/// Where the file has come to.
struct Piece {
    state: AppState,
    cx: Cx,
    filter: OrderFilter,
    after: Option<Cursor>,
    head: &'static str,
}

/// `GET /admin/orders/export.csv?q=&lifecycle=&payment=&fulfilment=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let start = Piece { state: desk.state.clone(), cx: desk.cx.clone(), filter, after: None, head: HEAD };
    // The first piece is read before the answer begins: what is wrong is then said on a page.
    let (first, rest) = start.read().await?;
    let rest = stream::unfold(rest, |piece| async move {
        match piece?.read().await {
            Ok((bytes, rest)) => Some((Ok(bytes), rest)),
            Err(error) => {
                tracing::warn!(%error, "an export of orders broke off");
                // The browser is to see a file that broke off, not a short one.
                Some((Err(std::io::Error::other("the export broke off")), None))
            }
        }
    });
    let file = futures::StreamExt::chain(stream::iter([Ok(first)]), rest);
    Ok(csv::file(Body::from_stream(file), "orders.csv"))
}

impl Piece {
    /// The next rows, and where they go on; nothing behind the last.
    async fn read(self) -> Result<(Bytes, Option<Self>), Error> {
        let cx = Cx::new(self.cx.actor.clone(), CALL_LIMIT, self.cx.trace);
        let request = PageRequest { limit: PAGE_ITEMS_MAX, after: self.after.clone() };
        let page = self.state.orders.list(&cx, self.filter.clone(), request).await?;
        let mut text = self.head.to_owned();
        page.items.iter().for_each(|order| row(&mut text, order));
        let rest = page.next.map(|next| Self { after: Some(next), head: "", ..self });
        Ok((text.into(), rest))
    }
}

fn row(text: &mut String, order: &OrderSummary) {
    let plain = [order.number.as_str(), &order.created_at.to_string()].join(",");
    let axes = [order.lifecycle.as_str(), order.payment.as_str(), order.fulfilment.as_str()].join(",");
    let (name, email) = (csv::cell(&order.name), csv::cell(&order.email));
    let (pieces, currency, total) = (order.pieces, order.total.currency, order.total.to_decimal());
    // Writing to a String cannot fail.
    let _ = write!(text, "{plain},{axes},{name},{email},{pieces},{currency},{total}\r\n");
}
