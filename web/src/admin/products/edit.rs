use std::collections::HashMap;

use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::catalog::{Blob, Error, ImageDraft, Product, ProductStatus};
use souk_types::limits::IMAGE_BYTES_MAX;

use super::{
    super::{
        desk::Desk,
        forms::{self, Refusal},
        labels,
        multipart::{self, Parts, Sent},
    },
    SECTION, address,
    categories::Categories,
    draft::{self, Entered},
    images,
    list::statuses,
    load, variants,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    pages_index::page_address,
    view::{Badge, Choice, Errors, TimeView, Values},
};

#[derive(Serialize)]
struct ProductPage {
    product: ProductView,
    values: Values,
    errors: Errors,
    statuses: Vec<Choice>,
    categories: Vec<Choice>,
    currency: String,
}

#[derive(Serialize)]
struct ProductView {
    id: String,
    version: i64,
    title: String,
    status: Badge,
    shop_url: Option<String>,
    variants: Vec<variants::Row>,
    images: Vec<images::Row>,
    updated_at: TimeView,
}

/// `GET /admin/products/{id}`.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    let product = load(&desk, &id).await?;
    if desk.wants_json() {
        return Ok(desk.json(&product));
    }
    let values = draft::stored_values(&product);
    let categories = Categories::load(&desk).await?;
    show(desk, StatusCode::OK, &product, &categories, &Form::default(), values, Errors::new()).await
}

/// `POST /admin/products/{id}`: the fields of the page, all but `version` may be left out and then stay as they are.
pub async fn save(mut desk: Desk, Path(id): Path<String>, parts: Parts) -> Answer {
    let Sent { form, files, file_too_large } = multipart::read(parts).await?;
    desk.begin_calls();
    let product = load(&desk, &id).await?;
    let categories = Categories::load(&desk).await?;
    let version = form.text("version").parse::<i64>();
    if version != Ok(product.version) {
        return refuse(desk, &id, &categories, conflict(&files), &form).await;
    }
    let mut errors = Errors::new();
    let Entered { mut draft, ids } =
        draft::entered(&product, &form, &categories, desk.state.shop.currency, &mut errors);
    if file_too_large {
        let message =
            format!("A picture may have {} at most. Choose a smaller one.", format::size(IMAGE_BYTES_MAX as u64));
        errors.insert("images".to_owned(), message);
    }
    if !errors.is_empty() {
        return refuse(desk, &id, &categories, Refusal::of(errors), &form).await;
    }
    for bytes in files {
        let alt = form.text("image_alt").to_owned();
        match desk.state.catalog.add_image(&desk.cx, Blob(bytes), alt.clone()).await {
            Ok(image) => draft.images.push(ImageDraft { alt, ..images::stored(&image) }),
            Err(error) => {
                let refusal = Refusal::from_service(error.into(), |_| Some("images".to_owned()))?;
                return refuse(desk, &id, &categories, refusal, &form).await;
            }
        }
    }
    let skus: Vec<String> = draft.variants.iter().map(|variant| variant.sku.clone()).collect();
    match desk.state.catalog.update(&desk.cx, product.id, product.version, draft).await {
        Ok(saved) => Ok(desk.go(&address(saved.id), Notice::success("The product is saved."))),
        Err(error) => {
            let refusal = refusal_of(error, &ids, &skus)?;
            refuse(desk, &id, &categories, refusal, &form).await
        }
    }
}

fn refusal_of(error: Error, ids: &[String], skus: &[String]) -> Result<Refusal, Failure> {
    match &error {
        Error::VersionConflict { .. } => Ok(conflict(&[])),
        Error::SkuTaken { sku } => {
            let id = skus.iter().position(|known| known == sku).and_then(|index| ids.get(index));
            let field = id.map_or("form".to_owned(), |id| variants::key(id, "sku"));
            Ok(Refusal { status: StatusCode::CONFLICT, ..Refusal::field(&field, "Another product has this SKU.") })
        }
        Error::Fault(_) => Refusal::from_service(error.into(), |field| draft::place(field, ids)),
    }
}

/// Somebody else saved the product meanwhile. The page comes again with the new version, so that saving once more is
/// a decision.
fn conflict(files: &[Vec<u8>]) -> Refusal {
    let mut refusal = Refusal::outdated("product");
    if !files.is_empty() {
        refusal.errors.insert("images".to_owned(), "Choose the picture once more.".to_owned());
    }
    refusal
}

/// The page again, with what was entered and what is wrong with it.
async fn refuse(desk: Desk, id: &str, categories: &Categories, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let product = load(&desk, id).await?;
    let mut values = draft::stored_values(&product);
    values.extend(forms::values(form));
    show(desk, refusal.status, &product, categories, form, values, refusal.errors).await
}

async fn show(
    desk: Desk,
    status: StatusCode,
    product: &Product,
    categories: &Categories,
    form: &Form,
    values: Values,
    errors: Errors,
) -> Answer {
    let skus: Vec<String> = product.variants.iter().map(|variant| variant.sku.clone()).collect();
    // Stock is only told beside the form: without it, the form is still good.
    let available: HashMap<String, i64> = match desk.state.inventory.availability(&desk.cx, skus).await {
        Ok(levels) => levels.into_iter().map(|level| (level.sku, level.available)).collect(),
        Err(error) => {
            tracing::warn!(%error, "a product's stock cannot be read");
            HashMap::new()
        }
    };
    let shown = ProductView {
        id: product.id.to_string(),
        version: product.version,
        title: product.title.clone(),
        status: labels::product(product.status),
        shop_url: (product.status == ProductStatus::Active).then(|| page_address(&product.slug)),
        variants: variants::rows(product, form, &available),
        images: images::rows(product, form),
        updated_at: format::time(product.updated_at),
    };
    let content = ProductPage {
        product: shown,
        values,
        errors,
        statuses: statuses(),
        categories: categories.choices(),
        currency: desk.state.shop.currency.to_string(),
    };
    desk.show(status, SECTION, "admin/product.html", content).await
}
