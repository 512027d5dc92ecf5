//! A list of products with what narrows it down: the body of category and search pages.

use serde::Serialize;
use souk_contracts::{
    catalog::{Product, ProductSummary},
    search::{self, FacetKind, Hit, Results, Sort},
};
use souk_types::{Currency, Money, Page};

use crate::{
    format,
    storefront::params::{ATTRIBUTE, PAGE_PRODUCTS, PAGES_MAX, Params, major},
    view::{Badge, Choice, ImageView, MoneyView, Pagination},
};

/// One product in a grid.
#[derive(Debug, Clone, Serialize)]
pub struct ProductCard {
    title: String,
    url: String,
    brand: Option<String>,
    price: MoneyView,
    compare_at: Option<MoneyView>,
    price_from: bool,
    image: Option<ImageView>,
    available: bool,
    badge: Option<Badge>,
    /// Can be put in the cart from here: there is nothing to choose.
    sku: Option<String>,
    snippet: Vec<SnippetPart>,
}

#[derive(Debug, Clone, Serialize)]
struct SnippetPart {
    text: String,
    hit: bool,
}

impl Listing {
    /// `128 products`.
    pub fn count_text(&self) -> &str {
        &self.count_text
    }
}

impl ProductCard {
    /// The card of a product that was found.
    pub fn of(hit: &Hit) -> Self {
        let snippet = hit.snippet.iter().map(|part| SnippetPart { text: part.text.clone(), hit: part.found });
        Self {
            title: hit.title.clone(),
            url: crate::pages_index::page_address(&hit.slug),
            brand: Some(hit.brand.clone()).filter(|brand| !brand.is_empty()),
            price: format::money(hit.price_min),
            compare_at: hit.compare_at.map(format::money),
            price_from: hit.price_min != hit.price_max,
            image: hit.image.as_ref().map(|image| format::image(image, &hit.title)),
            available: hit.in_stock,
            badge: hit.compare_at.and_then(|before| reduction(hit.price_min, before)),
            sku: hit.only_sku.clone().filter(|_| hit.in_stock),
            snippet: snippet.collect(),
        }
    }

    /// The card of a product as the catalogue lists it. Whether it is in stock shows on its page.
    pub fn plain(product: &ProductSummary) -> Self {
        Self {
            title: product.title.clone(),
            url: crate::pages_index::page_address(&product.slug),
            brand: Some(product.brand.clone()).filter(|brand| !brand.is_empty()),
            price: format::money(product.price_min),
            compare_at: None,
            price_from: product.price_min != product.price_max,
            image: product.image.as_ref().map(|image| format::image(image, &product.title)),
            available: true,
            badge: None,
            sku: None,
            snippet: Vec::new(),
        }
    }

    /// The same of a whole product; `None` of one without variants.
    pub fn of_product(product: &Product) -> Option<Self> {
        let prices = || product.variants.iter().map(|variant| variant.price);
        Some(Self::plain(&ProductSummary {
            id: product.id,
            slug: product.slug.clone(),
            title: product.title.clone(),
            brand: product.brand.clone(),
            status: product.status,
            variants: i64::try_from(product.variants.len()).ok()?,
            price_min: prices().min_by_key(|price| price.minor)?,
            price_max: prices().max_by_key(|price| price.minor)?,
            image: product.images.first().cloned(),
            updated_at: product.updated_at,
        }))
    }

    /// The product's picture.
    pub fn image(&self) -> Option<&ImageView> {
        self.image.as_ref()
    }
}

/// The cards of a page of products.
pub fn cards(hits: &[Hit]) -> Vec<ProductCard> {
    hits.iter().map(ProductCard::of).collect()
}

/// `-20%`, rounded down, so that it does not promise more than it keeps.
fn reduction(now: Money, before: Money) -> Option<Badge> {
    let saved = before.minus(now).ok()?.minor;
    let percent = saved.checked_mul(100)?.checked_div(before.minor)?;
    (percent >= 1).then(|| Badge::new(format!("-{percent}%"), "danger"))
}

/// A list of products with what narrows it down.
#[derive(Debug, Serialize)]
pub struct Listing {
    action: String,
    hidden: Vec<Hidden>,
    count: usize,
    count_text: String,
    products: Vec<ProductCard>,
    beyond: Option<Beyond>,
    facets: Vec<Facet>,
    chips: Vec<Chip>,
    clear_url: Option<String>,
    sort: SortView,
    pagination: Pagination,
    /// Search is away: this is all that there is, as the catalogue lists it.
    plain: bool,
}

/// Why a page behind the last one is empty.
#[derive(Debug, Serialize)]
struct Beyond {
    text: String,
    first_url: String,
}

#[derive(Debug, Serialize)]
struct Hidden {
    name: &'static str,
    value: String,
}

#[derive(Debug, Serialize)]
struct Facet {
    kind: &'static str,
    name: String,
    label: String,
    values: Vec<FacetValue>,
    min: Option<String>,
    max: Option<String>,
    bound_min: Option<String>,
    bound_max: Option<String>,
    unit: Option<String>,
}

#[derive(Debug, Serialize)]
struct FacetValue {
    value: String,
    label: String,
    count: usize,
    selected: bool,
}

#[derive(Debug, Serialize)]
struct Chip {
    label: String,
    remove_url: String,
}

#[derive(Debug, Serialize)]
struct SortView {
    selected: &'static str,
    options: Vec<Choice>,
}

/// Turns search results into a list below a path. `hides`: the list is of one value of this facet already.
pub fn listing(
    path: &str,
    params: &Params,
    results: &Results,
    hides: Option<FacetKind>,
    currency: Currency,
) -> Listing {
    let hidden = Some(&params.text).filter(|text| !text.is_empty());
    let shown = |facet: &&search::Facet| Some(facet.kind) != hides;
    let facets = results.facets.iter().filter(shown).filter_map(|facet| facet_view(facet, params, currency));
    let chips = chips(path, params, results);
    let beyond = beyond(path, params, results.total);
    Listing {
        action: path.to_owned(),
        hidden: hidden.map(|text| Hidden { name: "q", value: text.clone() }).into_iter().collect(),
        count: results.total,
        count_text: format::counted(results.total as u64, "product", "products"),
        products: if beyond.is_some() { Vec::new() } else { cards(&results.hits) },
        beyond,
        facets: facets.collect(),
        clear_url: (!chips.is_empty()).then(|| params.unfiltered().address(path)),
        chips,
        sort: sort_view(params),
        pagination: pagination(path, params, results.total),
        plain: false,
    }
}

/// A page of a list as the catalogue has it, where search is away: without filters, order and number of products.
pub fn plain_listing(path: &str, params: &Params, found: &Page<ProductSummary>) -> Listing {
    Listing {
        action: path.to_owned(),
        hidden: Vec::new(),
        count: found.items.len(),
        count_text: String::new(),
        products: found.items.iter().map(ProductCard::plain).collect(),
        beyond: None,
        facets: Vec::new(),
        chips: Vec::new(),
        clear_url: None,
        sort: SortView { selected: "", options: Vec::new() },
        pagination: Pagination {
            prev_url: params.after.is_some().then(|| params.plain(None).address(path)),
            next_url: found.next.clone().map(|next| params.plain(Some(next)).address(path)),
            label: String::new(),
        },
        plain: true,
    }
}

fn facet_view(facet: &search::Facet, params: &Params, currency: Currency) -> Option<Facet> {
    let mut view = Facet {
        kind: "choice",
        name: String::new(),
        label: facet.name.clone(),
        values: Vec::new(),
        min: None,
        max: None,
        bound_min: None,
        bound_max: None,
        unit: None,
    };
    view.name = match facet.kind {
        FacetKind::Category => "category".to_owned(),
        FacetKind::Brand => "brand".to_owned(),
        FacetKind::Availability => "available".to_owned(),
        FacetKind::Attribute => format!("{ATTRIBUTE}{}", facet.name),
        FacetKind::Price => {
            let bound = |text: &str| text.parse().ok().map(|minor| major(Money::new(minor, currency)));
            let first = facet.values.first().and_then(|range| range.value.split_once('-'));
            let last = facet.values.last().and_then(|range| range.value.split_once('-'));
            view.kind = "range";
            view.min = params.price_min.map(major);
            view.max = params.price_max.map(major);
            view.bound_min = first.and_then(|(from, _)| bound(from));
            view.bound_max = last.and_then(|(from, to)| bound(to).or_else(|| bound(from)));
            view.unit = Some(format::symbol(currency).map_or_else(|| currency.to_string(), ToOwned::to_owned));
            "price".to_owned()
        }
    };
    if view.kind == "choice" {
        let value = |value: &search::FacetValue| FacetValue {
            value: value.value.clone(),
            label: value.label.clone(),
            count: value.count,
            selected: value.selected,
        };
        view.values = facet.values.iter().map(value).collect();
    }
    (view.kind == "range" || !view.values.is_empty()).then_some(view)
}

fn chips(path: &str, params: &Params, results: &Results) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut add = |label: String, without: Params| chips.push(Chip { label, remove_url: without.address(path) });
    if let Some(slug) = &params.category {
        let label = label_of(results, FacetKind::Category, slug).unwrap_or_else(|| slug.clone());
        add(format!("Category: {label}"), params.but(|other| other.category = None));
    }
    for brand in &params.brands {
        add(format!("Brand: {brand}"), params.but(|other| other.brands.retain(|known| known != brand)));
    }
    if let Some(price) = params.price_min {
        add(format!("From {}", format::money_text(price)), params.but(|other| other.price_min = None));
    }
    if let Some(price) = params.price_max {
        add(format!("Up to {}", format::money_text(price)), params.but(|other| other.price_max = None));
    }
    if params.in_stock {
        add("In stock".to_owned(), params.but(|other| other.in_stock = false));
    }
    for (name, values) in &params.attributes {
        for value in values {
            let without = params.but(|other| {
                if let Some(values) = other.attributes.get_mut(name) {
                    values.retain(|known| known != value);
                }
            });
            add(format!("{name}: {value}"), without);
        }
    }
    chips
}

fn label_of(results: &Results, kind: FacetKind, value: &str) -> Option<String> {
    let facet = results.facets.iter().find(|facet| facet.kind == kind)?;
    facet.values.iter().find(|known| known.value == value).map(|known| known.label.clone())
}

fn sort_view(params: &Params) -> SortView {
    let label = |sort: Sort| match sort {
        Sort::Relevance if params.text.is_empty() => "Recommended",
        Sort::Relevance => "Best match",
        Sort::PriceUp => "Price: low to high",
        Sort::PriceDown => "Price: high to low",
        Sort::Newest => "Newest",
        Sort::Popularity => "Most bought",
    };
    // Without words the usual order is by popularity already.
    let offered = Sort::ALL.iter().filter(|sort| !(params.text.is_empty() && **sort == Sort::Popularity));
    SortView {
        selected: params.sort.unwrap_or_default().as_str(),
        options: offered.map(|sort| Choice::new(sort.as_str(), label(*sort))).collect(),
    }
}

fn beyond(path: &str, params: &Params, total: usize) -> Option<Beyond> {
    let pages = total.div_ceil(PAGE_PRODUCTS);
    if total == 0 || (params.page <= pages && !params.is_too_deep()) {
        return None;
    }
    let text = if pages > PAGES_MAX {
        let depth = format::count(souk_types::limits::SEARCH_DEPTH_MAX as u64);
        format!("Only the first {depth} results can be paged to. Narrow them down with filters or more words.")
    } else {
        format!("There is no such page: these results end on page {}.", format::count(pages as u64))
    };
    Some(Beyond { text, first_url: Params { page: 1, ..params.clone() }.address(path) })
}

fn pagination(path: &str, params: &Params, total: usize) -> Pagination {
    let pages = total.div_ceil(PAGE_PRODUCTS).min(PAGES_MAX);
    let page = |number: usize| Params { page: number, ..params.clone() }.address(path);
    Pagination {
        prev_url: (params.page > 1).then(|| page(params.page - 1)),
        next_url: (params.page < pages).then(|| page(params.page + 1)),
        label: if pages > 1 {
            format!("Page {} of {}", params.page, format::count(pages as u64))
        } else {
            String::new()
        },
    }
}
