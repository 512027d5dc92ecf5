use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    catalog::{ProductFilter, ProductSort, ProductStatus, ProductSummary},
    permission::CATALOG_MANAGE,
};

use super::{
    super::{
        desk::Desk,
        forms::{choice, search_text},
        labels,
        lists::{self, Pager, Sorting},
    },
    PATH, SECTION, address,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    format,
    view::{Badge, Choice, ImageView, TimeView},
};

#[derive(Serialize)]
struct ProductsPage {
    filters: Filters,
    statuses: Vec<Choice>,
    products: Vec<Row>,
    count_text: Option<String>,
    may_change: bool,
    export_url: String,
    /// Changes all that match, not only this page.
    change_all_url: String,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Filters {
    q: String,
    status: String,
}

#[derive(Serialize)]
struct Row {
    id: String,
    url: String,
    title: String,
    image: Option<ImageView>,
    status: Badge,
    variants_text: String,
    price_text: String,
    brand: Option<String>,
    updated_at: TimeView,
}

impl Row {
    fn of(product: ProductSummary) -> Self {
        let (least, most) = (format::money_text(product.price_min), format::money_text(product.price_max));
        Self {
            id: product.id.to_string(),
            url: address(product.id),
            image: product.image.as_ref().map(|image| format::image(image, &product.title)),
            title: product.title,
            status: labels::product(product.status),
            variants_text: format::counted(u64::try_from(product.variants).unwrap_or(0), "variant", "variants"),
            price_text: if least == most { least } else { format!("{least} – {most}") },
            brand: Some(product.brand).filter(|brand| !brand.is_empty()),
            updated_at: format::time(product.updated_at),
        }
    }
}

/// What the address asks for.
pub fn filter(query: &Form) -> Result<ProductFilter, Failure> {
    Ok(ProductFilter { status: choice(query, "status")?, text: search_text(query, "q")?, sort: choice(query, "sort")? })
}

/// `GET /admin/products?q=&status=&sort=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let sort = filter.sort;
    let page = desk.state.catalog.list(&desk.cx, filter, request.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let filters = Filters { q: desk.query.text("q").to_owned(), status: desk.query.text("status").to_owned() };
    let kept = [("q", filters.q.as_str()), ("status", filters.status.as_str())];
    let sorting = Sorting::of(PATH, &kept, sort, ProductSort::ALL);
    let content = ProductsPage {
        may_change: desk.may(CATALOG_MANAGE),
        export_url: lists::address(&format!("{PATH}/export.csv"), &kept, None),
        change_all_url: lists::address("/admin/products/bulk", &[("all", "1"), kept[0], kept[1]], None),
        pager: Pager::of(PATH, &[kept[0], kept[1], ("sort", sorting.selected())], &page, &request),
        statuses: statuses(),
        count_text: Some(format!("{} shown", format::count(page.items.len() as u64))),
        products: page.items.into_iter().map(Row::of).collect(),
        filters,
        sorting,
    };
    desk.show(StatusCode::OK, SECTION, "admin/products.html", content).await
}

/// Who can see a product, to choose from.
pub fn statuses() -> Vec<Choice> {
    labels::choices(ProductStatus::ALL.iter().map(|status| status.as_str()))
}
