use std::collections::HashMap;

use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    CollectionId, ProductId,
    catalog::{Collection, CollectionPreview, Error, Members, Product, ProductFilter, ProductSummary},
    permission::CATALOG_MANAGE,
};
use souk_types::{PageRequest, ServiceError as _, limits::LINE_BYTES_MAX};

use super::{
    super::{desk::Desk, forms::Refusal, labels, products::Categories},
    PATH, SECTION,
    entered::{ConditionRow, Entered, PICKED_SHOWN, kinds},
};
use crate::{
    body::Form,
    error::{Answer, Failure, sentence},
    flash::Notice,
    format,
    view::{Badge, Choice, Errors, ImageView},
};

/// Products that a look for some finds at most.
const FOUND_MAX: u32 = 12;

#[derive(Serialize)]
struct CollectionPage {
    /// The title that is stored; nothing for a new one.
    stored: Option<String>,
    version: i64,
    action: String,
    title: String,
    by_rule: bool,
    kinds: Vec<Choice>,
    categories: Vec<Choice>,
    conditions: Vec<ConditionRow>,
    picked: Vec<Picked>,
    picked_more: Option<String>,
    find: String,
    found: Option<Vec<ProductRow>>,
    preview: Option<Preview>,
    currency: String,
    may_change: bool,
    errors: Errors,
}

#[derive(Serialize)]
struct Picked {
    id: String,
    title: String,
    image: Option<ImageView>,
    status: Badge,
    number: usize,
}

#[derive(Serialize)]
struct ProductRow {
    id: String,
    url: String,
    title: String,
    image: Option<ImageView>,
    price: String,
    status: Badge,
}

#[derive(Serialize)]
struct Preview {
    text: String,
    products: Vec<ProductRow>,
}

impl ProductRow {
    fn of(product: ProductSummary) -> Self {
        Self {
            id: product.id.to_string(),
            url: format!("/admin/products/{}", product.id),
            image: product.image.as_ref().map(|image| format::image(image, &product.title)),
            title: product.title,
            price: format::money_text(product.price_min),
            status: labels::product(product.status),
        }
    }
}

impl Preview {
    fn of(preview: CollectionPreview) -> Self {
        let matched = format::counted(preview.matched, "product", "products");
        let looked_at = format::count(preview.looked_at);
        let text = match (preview.complete, preview.matched) {
            (true, _) => format!("{matched} would be in it."),
            (false, _) => {
                format!("{matched} of the newest {looked_at} would be in it; older ones are not looked at here.")
            }
        };
        Self { text, products: preview.items.into_iter().map(ProductRow::of).collect() }
    }
}

/// What the page is about, besides what was entered.
#[derive(Default)]
struct Around {
    stored: Option<Collection>,
    found: Option<Vec<ProductRow>>,
    preview: Option<Preview>,
    errors: Errors,
}

/// `GET /admin/collections/new?by=rule|hand`.
pub async fn new_page(desk: Desk) -> Answer {
    let entered = Entered { by_rule: desk.query.text("by") != "hand", ..Entered::default() };
    show(desk, StatusCode::OK, entered, Around::default()).await
}

/// `GET /admin/collections/{id}`.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    let stored = load(&desk, &id).await?;
    if desk.wants_json() {
        return Ok(desk.json(&stored));
    }
    let mut entered = Entered::of(stored.clone(), desk.state.shop.currency);
    let preview = preview(&desk, &mut entered).await.ok();
    show(desk, StatusCode::OK, entered, Around { stored: Some(stored), preview, ..Around::default() }).await
}

/// `POST /admin/collections`: `title`, `by`, `kind[n]`, `value[n]`, `category[n]`, `order[product]`,
/// `remove[product]`, `add`, `find`; `do` is `save`, `preview` or `find`.
pub async fn create(desk: Desk, form: Form) -> Answer {
    submit(desk, None, &form).await
}

/// `POST /admin/collections/{id}`: the same, and the `version` that was seen.
pub async fn change(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let stored = load(&desk, &id).await?;
    submit(desk, Some(stored), &form).await
}

/// `POST /admin/collections/{id}/delete`.
pub async fn delete(desk: Desk, Path(id): Path<String>) -> Answer {
    let id: CollectionId = id.parse().map_err(|_| Failure::not_found())?;
    desk.state.catalog.delete_collection(&desk.cx, id, None).await?;
    Ok(desk.go(PATH, Notice::success("The collection is deleted. Its products stay.")))
}

async fn load(desk: &Desk, id: &str) -> Result<Collection, Failure> {
    let id: CollectionId = id.parse().map_err(|_| Failure::not_found())?;
    desk.state.catalog.collection(&desk.cx, id).await?.ok_or_else(Failure::not_found)
}

async fn submit(desk: Desk, stored: Option<Collection>, form: &Form) -> Answer {
    let before = match stored.as_ref().map(|collection| &collection.members) {
        Some(Members::Picked(picked)) => picked.clone(),
        Some(Members::Rule(_)) | None => Vec::new(),
    };
    let mut entered = Entered::read(form, before);
    if form.text("do") == "save" {
        return save(desk, stored, entered, form).await;
    }
    let found = match form.text("do") {
        "find" => Some(find(&desk, &entered.find).await?),
        _ => None,
    };
    let (preview, errors) = match preview(&desk, &mut entered).await {
        Ok(preview) => (Some(preview), Errors::new()),
        Err(errors) => (None, if found.is_some() { Errors::new() } else { errors }),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    show(desk, status, entered, Around { stored, found, preview, errors }).await
}

async fn save(desk: Desk, stored: Option<Collection>, mut entered: Entered, form: &Form) -> Answer {
    let id = stored.as_ref().map(|collection| collection.id);
    let draft = match entered.draft(id, form, desk.state.shop.currency) {
        Ok(draft) => draft,
        Err(errors) if desk.wants_json() => return Err(Refusal::of(errors).into_failure()),
        Err(errors) => {
            return show(
                desk,
                StatusCode::UNPROCESSABLE_ENTITY,
                entered,
                Around { stored, errors, ..Around::default() },
            )
            .await;
        }
    };
    match desk.state.catalog.save_collection(&desk.cx, draft).await {
        Ok(id) => {
            let later = if entered.by_rule { " Its products are being found in the background." } else { "" };
            Ok(desk.go(&format!("{PATH}/{id}"), Notice::success(format!("The collection is saved.{later}"))))
        }
        Err(error) => {
            error.fields().iter().for_each(|wrong| entered.blame(&wrong.field, &wrong.message));
            let refusal = match error {
                Error::VersionConflict { current } => {
                    // Saving once more is a decision.
                    entered.version = current;
                    Refusal::outdated("collection")
                }
                error => Refusal::from_service(error.into(), place)?,
            };
            if desk.wants_json() {
                return Err(refusal.into_failure());
            }
            let (status, errors) = (refusal.status, refusal.errors);
            show(desk, status, entered, Around { stored, errors, ..Around::default() }).await
        }
    }
}

/// The form's field for the service's.
fn place(field: &str) -> Option<String> {
    let name = if field.starts_with("members.rule") {
        "rule"
    } else if field.starts_with("members.picked") {
        "picked"
    } else if field == "title" {
        field
    } else {
        return None;
    };
    Some(name.to_owned())
}

async fn preview(desk: &Desk, entered: &mut Entered) -> Result<Preview, Errors> {
    let members = entered.members(desk.state.shop.currency)?;
    match desk.state.catalog.preview_collection(&desk.cx, members).await {
        Ok(preview) => Ok(Preview::of(preview)),
        Err(error) => {
            error.fields().iter().for_each(|wrong| entered.blame(&wrong.field, &wrong.message));
            Err(Errors::from([("rule".to_owned(), sentence(&error.public_message()))]))
        }
    }
}

/// Products by the beginning of a SKU or the words of a title, to be picked.
async fn find(desk: &Desk, text: &str) -> Result<Vec<ProductRow>, Failure> {
    if text.is_empty() || text.len() > LINE_BYTES_MAX {
        return Ok(Vec::new());
    }
    let filter = ProductFilter { text: Some(text.to_owned()), ..ProductFilter::default() };
    let page = desk.state.catalog.list(&desk.cx, filter, PageRequest::first(FOUND_MAX)).await?;
    Ok(page.items.into_iter().map(ProductRow::of).collect())
}

async fn show(desk: Desk, status: StatusCode, entered: Entered, around: Around) -> Answer {
    let categories = if entered.by_rule { Categories::load(&desk).await?.choices() } else { Vec::new() };
    let picked = picked(&desk, &entered.picked).await?;
    let more = entered.picked.len().saturating_sub(PICKED_SHOWN);
    let id = around.stored.as_ref().map(|collection| collection.id);
    let content = CollectionPage {
        action: id.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}/{id}")),
        stored: around.stored.map(|collection| collection.title),
        version: entered.version,
        conditions: entered.with_spare(),
        title: entered.title,
        by_rule: entered.by_rule,
        kinds: kinds(),
        categories,
        picked,
        picked_more: (more > 0).then(|| format!("{} more stand behind these.", format::count(more as u64))),
        find: entered.find,
        found: around.found,
        preview: around.preview.filter(|_| entered.by_rule),
        currency: desk.state.shop.currency.to_string(),
        may_change: desk.may(CATALOG_MANAGE),
        errors: around.errors,
    };
    desk.show(status, SECTION, "admin/collection.html", content).await
}

/// The picked products, as many as the form shows.
async fn picked(desk: &Desk, ids: &[ProductId]) -> Result<Vec<Picked>, Failure> {
    let shown = &ids[..ids.len().min(PICKED_SHOWN)];
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let products = desk.state.catalog.products(&desk.cx, shown.to_vec()).await?;
    let by_id: HashMap<ProductId, &Product> = products.iter().map(|product| (product.id, product)).collect();
    let view = |(index, id): (usize, &ProductId)| {
        let product = by_id.get(id);
        Picked {
            id: id.to_string(),
            title: product.map_or_else(|| id.to_string(), |product| product.title.clone()),
            image: product.and_then(|product| Some(format::image(product.images.first()?, &product.title))),
            status: product.map_or_else(|| Badge::new("Gone", "danger"), |product| labels::product(product.status)),
            number: index + 1,
        }
    };
    Ok(shown.iter().enumerate().map(view).collect())
}
