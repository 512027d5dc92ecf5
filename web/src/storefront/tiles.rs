//! Tiles that lead to lists of products.

use serde::Serialize;
use souk_contracts::search::{Filters, Query, Sort};

use crate::{
    error::Failure,
    format,
    state::AppState,
    view::{ImageView, Link},
};

/// A tile that leads to a list of products.
#[derive(Debug, Serialize)]
pub struct Tile {
    name: String,
    url: String,
    image: Option<ImageView>,
    count_text: Option<String>,
}

impl Tile {
    /// A tile with the picture of what is bought most of a list.
    pub async fn of(state: &AppState, to: Link, filters: Filters) -> Result<Self, Failure> {
        let query = Query { filters, sort: Sort::Popularity, limit: 1, ..Query::default() };
        let results = state.search.search(&state.shared_cx(), query).await?;
        let image = results.hits.first().and_then(|hit| Some((hit.image.as_ref()?, &hit.title)));
        Ok(Self {
            name: to.name,
            url: to.url,
            image: image.map(|(image, title)| format::image(image, title)),
            count_text: Some(format::counted(results.total as u64, "product", "products")),
        })
    }
}
