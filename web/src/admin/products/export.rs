use futures::FutureExt as _;
use souk_contracts::catalog::FileFormat;
use souk_types::Cx;

use super::{
    super::{
        desk::Desk,
        export::{self, Piece},
    },
    list::filter,
};
use crate::{error::Answer, state::AppState};

/// `GET /admin/products/export.csv?q=&status=`: what an import reads.
pub async fn export(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let read = move |state: AppState, cx: Cx, request| {
        let filter = filter.clone();
        async move {
            let chunk = state.catalog.export(&cx, FileFormat::ShopifyCsv, filter, request).await?;
            Ok(Piece { text: chunk.text, next: chunk.next })
        }
        .boxed()
    };
    export::stream(&desk, "products.csv", "", read).await
}
