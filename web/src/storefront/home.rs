//! The front page.

use axum::extract::State;
use futures::{TryFutureExt as _, future::try_join_all};
use http::HeaderMap;
use serde::Serialize;
use souk_contracts::{
    catalog::Category,
    search::{Filters, Query, Results, Sort},
};

use crate::{
    error::{Answer, Failure},
    format,
    pages::Page,
    state::AppState,
    storefront::{
        context::Base,
        listing::{ProductCard, cards},
    },
    tree::{self, Tree},
    view::{ImageView, Link},
};

/// Products in each section.
const SECTION_PRODUCTS: usize = 8;
/// Category tiles.
const TILES_MAX: usize = 8;

#[derive(Serialize)]
struct HomePage {
    #[serde(flatten)]
    base: Base,
    hero: Option<Hero>,
    categories: Vec<Tile>,
    sections: Vec<Section>,
}

#[derive(Serialize)]
struct Hero {
    eyebrow: Option<String>,
    title: String,
    text: String,
    action: Link,
    image: Option<ImageView>,
}

#[derive(Serialize)]
struct Tile {
    name: String,
    url: String,
    image: Option<ImageView>,
    count_text: Option<String>,
}

#[derive(Serialize)]
struct Section {
    title: &'static str,
    url: Option<String>,
    products: Vec<ProductCard>,
}

/// `GET /`.
pub async fn home(State(state): State<AppState>, headers: HeaderMap) -> Answer {
    let making = state.clone();
    state.pages.serve("/".to_owned(), &headers, || async move { make(&making).await }).await
}

async fn make(state: &AppState) -> Result<Page, Failure> {
    let tree = tree::tree(state).await?;
    let tiles = try_join_all(tree.below(None).take(TILES_MAX).map(|category| tile(state, category)));
    let newest = found(state, None, Sort::Newest, SECTION_PRODUCTS);
    let popular = found(state, None, Sort::Popularity, SECTION_PRODUCTS);
    let (tiles, newest, popular) = futures::try_join!(tiles, newest, popular)?;
    // In a shop that has sold nothing yet, popularity is no more than newness said twice.
    let same = popular.hits == newest.hits;
    let popular = cards(&popular.hits);
    let shown_as_popular = if same { Vec::new() } else { popular.clone() };
    let sections = [("Popular right now", shown_as_popular), ("New in", cards(&newest.hits))];
    let page = HomePage {
        base: Base::shared(state, &tree, "/").await,
        hero: hero(state, &tree, &popular),
        categories: tiles,
        sections: sections
            .into_iter()
            .filter(|(_, products)| !products.is_empty())
            .map(|(title, products)| Section { title, url: None, products })
            .collect(),
    };
    Ok(Page::html(state.theme.render("home.html", &page)?))
}

fn hero(state: &AppState, tree: &Tree, popular: &[ProductCard]) -> Option<Hero> {
    let first = tree.nav().into_iter().next()?;
    let action = Link { name: format!("Discover {}", first.name), url: first.url };
    Some(Hero {
        eyebrow: None,
        title: format!("Welcome to {}", state.shop.name),
        text: "Find what you need among things that are made to last, and have it at your door in days.".to_owned(),
        action,
        image: popular.iter().find_map(|card| card.image().cloned()),
    })
}

async fn tile(state: &AppState, category: &Category) -> Result<Tile, Failure> {
    let results = found(state, Some(category.slug.clone()), Sort::Popularity, 1).await?;
    let image = results.hits.first().and_then(|hit| Some((hit.image.as_ref()?, &hit.title)));
    Ok(Tile {
        name: category.name.clone(),
        url: tree::url(&category.slug),
        image: image.map(|(image, title)| format::image(image, title)),
        count_text: Some(format::counted(results.total as u64, "product", "products")),
    })
}

async fn found(state: &AppState, category: Option<String>, sort: Sort, limit: usize) -> Result<Results, Failure> {
    let filters = Filters { category, ..Filters::default() };
    let query = Query { filters, sort, limit, ..Query::default() };
    state.search.search(&state.shared_cx(), query).map_err(Failure::from).await
}
