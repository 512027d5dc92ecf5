use std::fmt::Write as _;

use futures::FutureExt as _;
use souk_contracts::accounts::CustomerFilter;
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

const HEAD: &str = "name,email,registered_at\r\n";

/// `GET /admin/customers/export.csv?q=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = CustomerFilter { sort: None, ..filter(&desk.query)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.accounts.customers(&cx, filter, request).await?;
            let mut text = String::new();
            for customer in page.items {
                let (name, email) = (csv::cell(&customer.name), csv::cell(&customer.email));
                // Writing to a String cannot fail.
                let _ = write!(text, "{name},{email},{}\r\n", customer.created_at);
            }
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "customers.csv", HEAD, read).await
}
