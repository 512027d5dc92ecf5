use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use futures::FutureExt as _;
use souk_contracts::{
    catalog::Offer,
    inventory::{Level, LevelFilter, Location},
};
use souk_types::Cx;

use super::{
    super::{
        csv,
        desk::Desk,
        export::{self, Piece},
    },
    levels::{Filters, location_name, locations, title},
};
use crate::{error::Answer, state::AppState};

const HEAD: &str = "sku,title,location,on_hand,committed,reserved,safety,available\r\n";

/// `GET /admin/stock/export.csv?q=&location=&low=1`.
pub async fn export(desk: Desk) -> Answer {
    let filter = LevelFilter { sort: None, ..Filters::read(&desk.query)?.of_levels()? };
    let places: Arc<[Location]> = locations(&desk).await?.into();
    let read = move |state: AppState, cx: Cx, request| {
        let (filter, places) = (filter.clone(), Arc::clone(&places));
        async move {
            let page = state.inventory.levels(&cx, filter, request).await?;
            let skus = page.items.iter().map(|level| level.sku.clone()).collect();
            let offers = state.catalog.offers(&cx, skus).await?;
            let offers: HashMap<&str, &Offer> = offers.iter().map(|offer| (offer.sku.as_str(), offer)).collect();
            let mut text = String::new();
            for level in &page.items {
                row(&mut text, level, offers.get(level.sku.as_str()).copied(), &places);
            }
            Ok(Piece { text, next: page.next })
        }
        .boxed()
    };
    export::stream(&desk, "stock.csv", HEAD, read).await
}

fn row(text: &mut String, level: &Level, offer: Option<&Offer>, places: &[Location]) {
    let title = offer.map_or_else(String::new, title);
    let texts = [&level.sku, &title, &location_name(places, level.location)].map(|text| csv::cell(text)).join(",");
    let Level { on_hand, committed, reserved, safety, .. } = level;
    // Writing to a String cannot fail.
    let _ = write!(text, "{texts},{on_hand},{committed},{reserved},{safety},{}\r\n", level.available());
}
