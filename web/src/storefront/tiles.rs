//! Tiles that lead to lists of products.

use serde::Serialize;
use souk_contracts::search::{Filters, Query, Sort};
use souk_types::ServiceError as _;

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
    /// A tile without picture and number, where search is away.
    fn plain(to: Link) -> Self {
        Self { name: to.name, url: to.url, image: None, count_text: None }
    }

    /// Whether search was away when it was made.
    pub fn is_plain(&self) -> bool {
        self.count_text.is_none()
    }

    /// A tile with the picture of what is bought most of a list.
    pub async fn of(state: &AppState, to: Link, filters: Filters) -> Result<Self, Failure> {
        let query = Query { filters, sort: Sort::Popularity, limit: 1, ..Query::default() };
        let results = match state.search.search(&state.shared_cx(), query).await {
            Ok(results) => results,
            Err(away) if away.kind().is_transient() => return Ok(Self::plain(to)),
            Err(error) => return Err(error.into()),
        };
        let image = results.hits.first().and_then(|hit| Some((hit.image.as_ref()?, &hit.title)));
        Ok(Self {
            name: to.name,
            url: to.url,
            image: image.map(|(image, title)| format::image(image, title)),
            count_text: Some(format::counted(results.total as u64, "product", "products")),
        })
    }
}
