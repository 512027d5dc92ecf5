use std::{fmt::Write as _, sync::Arc};

use futures::FutureExt as _;
use souk_contracts::catalog::{BulkEdit, BulkEditFilter};
use souk_types::{Cx, Timestamp};

use super::{
    super::{
        csv,
        desk::Desk,
        export::{self, Piece},
    },
    list::filter,
    words,
};
use crate::{error::Answer, state::AppState};

const HEAD: &str = "change,state,changed,unchanged,failed,restored,kept,by,created_at,finished_at\r\n";

/// `GET /admin/bulk-edits/export.csv?state=`.
pub async fn export(mut desk: Desk) -> Answer {
    let filter = BulkEditFilter { sort: None, ..filter(&desk.query)? };
    desk.learn_names().await;
    let desk = Arc::new(desk);
    let reader = Arc::clone(&desk);
    let read = move |state: AppState, cx: Cx, request| {
        let (filter, desk) = (filter.clone(), Arc::clone(&reader));
        async move {
            let page = state.catalog.bulk_edits(&cx, filter, request).await?;
            let mut text = String::new();
            page.items.iter().for_each(|edit| row(&mut text, edit, &desk.actor_name(&edit.actor)));
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "bulk-edits.csv", HEAD, read).await
}

fn row(text: &mut String, edit: &BulkEdit, by: &str) {
    let (change, state, by) = (csv::cell(&words::change(&edit.change)), edit.state, csv::cell(by));
    let counts = [edit.changed, edit.unchanged, edit.failed, edit.restored, edit.kept].map(|count| count.to_string());
    let finished_at = edit.finished_at.as_ref().map(Timestamp::to_string).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = write!(text, "{change},{state},{},{by},{},{finished_at}\r\n", counts.join(","), edit.created_at);
}
