use std::fmt::Write as _;

use futures::FutureExt as _;
use souk_contracts::catalog::{Import, ImportFilter};
use souk_types::{Cx, Timestamp};

use super::{
    super::{
        csv,
        desk::Desk,
        export::{self, Piece},
    },
    table::filter,
};
use crate::{error::Answer, state::AppState};

const HEAD: &str = "name,format,state,created,updated,unchanged,refused,created_at,finished_at\r\n";

/// `GET /admin/imports/export.csv?state=`.
pub async fn export(desk: Desk) -> Answer {
    let filter = ImportFilter { sort: None, ..filter(&desk.query)? };
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let page = state.catalog.imports(&cx, filter, request).await?;
            let mut text = String::new();
            page.items.iter().for_each(|import| row(&mut text, import));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "imports.csv", HEAD, read).await
}

fn row(text: &mut String, import: &Import) {
    let (name, format, state) = (csv::cell(&import.name), import.format, import.state);
    let counts = [import.created, import.updated, import.unchanged, import.refused].map(|count| count.to_string());
    let finished_at = import.finished_at.as_ref().map(Timestamp::to_string).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = write!(text, "{name},{format},{state},{},{},{finished_at}\r\n", counts.join(","), import.created_at);
}
