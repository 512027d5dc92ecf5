//! The page of a list of products: of a category, a brand or a collection.

use serde::Serialize;
use souk_contracts::{
    catalog::{Image, ProductSummary},
    search::{FacetKind, Results},
};

use crate::{
    error::Failure,
    pages::Page,
    state::AppState,
    storefront::{
        context::Base,
        listing::{Listing, listing, plain_listing},
        params::Params,
        structured,
    },
    tree::Known,
    view::{Crumb, Link},
};

/// Brands that search engines are told of.
const BRANDS_NAMED: usize = 3;

#[derive(Serialize)]
struct ListPage {
    #[serde(flatten)]
    base: Base,
    heading: Heading,
    breadcrumb: Vec<Crumb>,
    listing: Listing,
    noindex: bool,
}

#[derive(Serialize)]
struct Heading {
    title: String,
    summary: String,
    links: Vec<Link>,
}

/// What a list is of.
pub struct List {
    /// Which template shows it.
    pub template: &'static str,
    /// Where it is.
    pub path: String,
    /// Its name.
    pub title: String,
    /// The way down to it.
    pub above: Vec<Crumb>,
    /// Lists within it.
    pub links: Vec<Link>,
    /// The facet of which it is one value.
    pub hides: Option<FacetKind>,
}

impl List {
    /// Renders the page.
    pub async fn page(
        self,
        state: &AppState,
        tree: &Known,
        params: &Params,
        results: &Results,
    ) -> Result<Page, Failure> {
        let listing = listing(&self.path, params, results, self.hides, state.shop.currency);
        let shown = Shown {
            summary: summary(&self.title, &state.shop.name, listing.count_text(), results),
            picture: results.hits.iter().find_map(|hit| hit.image.as_ref()),
            noindex: params.is_filtered() || results.hits.is_empty(),
            listing,
        };
        self.render(state, tree, params, shown).await
    }

    /// Renders the page of a list for which search is away.
    pub async fn plain(
        self,
        state: &AppState,
        tree: &Known,
        params: &Params,
        found: &souk_types::Page<ProductSummary>,
    ) -> Result<Page, Failure> {
        let shown = Shown {
            summary: format!("{} at {}.", self.title, state.shop.name),
            picture: found.items.iter().find_map(|product| product.image.as_ref()),
            noindex: true,
            listing: plain_listing(&self.path, params, found),
        };
        Ok(self.render(state, tree, params, shown).await?.lacking())
    }

    async fn render(self, state: &AppState, tree: &Known, params: &Params, shown: Shown<'_>) -> Result<Page, Failure> {
        let Shown { listing, summary, picture, noindex } = shown;
        let here = Crumb { name: self.title.clone(), url: None };
        let breadcrumb: Vec<Crumb> = self.above.into_iter().chain([here]).collect();
        let base = Base::shared(state, tree, &self.path).await;
        let base = base.canonical(state, &params.canonical(&self.path)).pictured(state, picture);
        let page = ListPage {
            base: base.telling(vec![structured::breadcrumbs(&state.shop, &breadcrumb)]),
            heading: Heading { summary, title: self.title, links: self.links },
            breadcrumb,
            noindex,
            listing,
        };
        Ok(Page::html(state.theme.render(self.template, &page)?).made_of(tree.outdated))
    }
}

/// What a list shows, and what is told of it elsewhere.
struct Shown<'l> {
    listing: Listing,
    summary: String,
    picture: Option<&'l Image>,
    noindex: bool,
}

/// What search engines show of the list.
fn summary(title: &str, shop: &str, count_text: &str, results: &Results) -> String {
    let brands = results.facets.iter().find(|facet| facet.kind == FacetKind::Brand);
    let names: Vec<&str> =
        brands.iter().flat_map(|facet| &facet.values).take(BRANDS_NAMED).map(|brand| brand.label.as_str()).collect();
    let by = match names.len() {
        0 | 1 => String::new(),
        _ => format!(", by {} and others", names.join(", ")),
    };
    format!("{title} at {shop}: {count_text}{by}. Prices, stock and delivery are clear before you order.")
}
