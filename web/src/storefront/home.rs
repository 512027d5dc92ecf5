//! The front page.

use axum::extract::State;
use futures::future::try_join_all;
use http::HeaderMap;
use serde::Serialize;
use souk_contracts::{
    catalog::{Category, Image},
    search::{Filters, Query, Results, Sort},
};
use souk_types::{PageRequest, ServiceError as _};

use crate::{
    error::{Answer, Failure},
    pages::Page,
    state::AppState,
    storefront::{
        context::Base,
        listing::{ProductCard, cards},
        structured,
        tiles::Tile,
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
    summary: String,
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
    let tile = |category: &Category| {
        let filters = Filters { category: Some(category.slug.clone()), ..Filters::default() };
        Tile::of(state, tree::link(category), filters)
    };
    let tiles = try_join_all(tree.below(None).take(TILES_MAX).map(tile));
    let (tiles, shelves) = futures::try_join!(tiles, Shelves::of(state))?;
    let told = vec![structured::organization(&state.shop), structured::website(&state.shop)];
    let page = HomePage {
        base: Base::shared(state, &tree, "/").await.telling(told).pictured(state, shelves.picture.as_ref()),
        summary: summary(state, &tree),
        hero: hero(state, &tree, &shelves.popular),
        categories: tiles,
        sections: shelves.sections,
    };
    let page = Page::html(state.theme.render("home.html", &page)?).made_of(tree.outdated);
    Ok(if shelves.lacks_search { page.lacking() } else { page })
}

/// The products of the front page.
struct Shelves {
    popular: Vec<ProductCard>,
    sections: Vec<Section>,
    picture: Option<Image>,
    lacks_search: bool,
}

impl Shelves {
    async fn of(state: &AppState) -> Result<Self, Failure> {
        let (newest, popular) = match futures::try_join!(found(state, Sort::Newest), found(state, Sort::Popularity)) {
            Ok(found) => found,
            Err(away) if away.kind().is_transient() => return Self::plain(state).await,
            Err(error) => return Err(error.into()),
        };
        let picture = newest.hits.iter().find_map(|hit| hit.image.clone());
        // In a shop that has sold nothing yet, popularity is no more than newness said twice.
        let same = popular.hits == newest.hits;
        let popular = cards(&popular.hits);
        let shown_as_popular = if same { Vec::new() } else { popular.clone() };
        let sections = [("Popular right now", shown_as_popular), ("New in", cards(&newest.hits))];
        let sections = sections.into_iter().filter(|(_, products)| !products.is_empty());
        let sections = sections.map(|(title, products)| Section { title, url: None, products }).collect();
        Ok(Self { popular, sections, picture, lacks_search: false })
    }

    /// What the catalogue knows by itself, where search is away.
    async fn plain(state: &AppState) -> Result<Self, Failure> {
        let page = PageRequest::first(u32::try_from(SECTION_PRODUCTS).unwrap_or(u32::MAX));
        let newest = state.catalog.newest(&state.shared_cx(), None, page).await?.items;
        let picture = newest.iter().find_map(|product| product.image.clone());
        let products: Vec<ProductCard> = newest.iter().map(ProductCard::plain).collect();
        let section = Section { title: "New in", url: None, products: products.clone() };
        Ok(Self { popular: products, sections: vec![section], picture, lacks_search: true })
    }
}

/// What search engines show of the shop.
fn summary(state: &AppState, tree: &Tree) -> String {
    let names: Vec<String> = tree.nav().into_iter().take(4).map(|link| link.name).collect();
    let what = match names.as_slice() {
        [] => "Everything in one place".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    format!("{what} at {}: honest stock, clear prices, and delivery that you can follow.", state.shop.name)
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

async fn found(state: &AppState, sort: Sort) -> Result<Results, souk_contracts::search::Error> {
    let query = Query { sort, limit: SECTION_PRODUCTS, ..Query::default() };
    state.search.search(&state.shared_cx(), query).await
}
