use std::fmt::Write as _;

use futures::FutureExt as _;
use souk_contracts::catalog::CollectionFilter;
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

const HEAD: &str = "title,slug,kind,address\r\n";

/// `GET /admin/collections/export.csv?q=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = CollectionFilter { sort: None, ..filter(&desk.query)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.catalog.list_collections(&cx, filter, request).await?;
            let mut text = String::new();
            for collection in page.items {
                let (title, slug) = (csv::cell(&collection.title), csv::cell(&collection.slug));
                let kind = if collection.by_rule { "rule" } else { "manual" };
                let address = csv::cell(&format!("{}/collections/{}", state.shop.public_url, collection.slug));
                // Writing to a String cannot fail.
                let _ = write!(text, "{title},{slug},{kind},{address}\r\n");
            }
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "collections.csv", HEAD, read).await
}
