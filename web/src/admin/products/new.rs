use http::StatusCode;
use serde::Serialize;
use souk_contracts::catalog::{Error, ProductDraft, ProductStatus, VariantDraft};
use souk_types::{Currency, Money};

use super::{
    super::{
        desk::Desk,
        forms::{self, Refusal},
    },
    SECTION, address, attributes,
    categories::Categories,
    description, draft,
    list::statuses,
    variants,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    view::{Choice, Errors, Values},
};

#[derive(Serialize)]
struct NewPage {
    product: Option<()>,
    values: Values,
    errors: Errors,
    statuses: Vec<Choice>,
    categories: Vec<Choice>,
    currency: String,
}

/// `GET /admin/products/new`.
pub async fn new_page(desk: Desk) -> Answer {
    let categories = Categories::load(&desk).await?;
    let values = Values::from([("status".to_owned(), ProductStatus::Draft.as_str().to_owned())]);
    show(desk, StatusCode::OK, &categories, values, Errors::new()).await
}

/// `POST /admin/products`: `title`, `handle`, `description`, `brand`, `status`, `category`, `sku`, `price`, and if need
/// be `option_names` with `options`, `tags`, `attributes`, `stock`.
pub async fn create(desk: Desk, form: Form) -> Answer {
    let categories = Categories::load(&desk).await?;
    let mut errors = Errors::new();
    let draft = entered(&form, &categories, desk.state.shop.currency, &mut errors);
    if !errors.is_empty() {
        return refuse(desk, &categories, Refusal::of(errors), &form).await;
    }
    match desk.state.catalog.create(&desk.cx, draft).await {
        Ok(product) => Ok(desk.go(&address(product.id), Notice::success("The product is added."))),
        Err(error) => {
            let refusal = refusal_of(error)?;
            refuse(desk, &categories, refusal, &form).await
        }
    }
}

fn refusal_of(error: Error) -> Result<Refusal, Failure> {
    if let Error::SkuTaken { .. } = error {
        return Ok(Refusal { status: StatusCode::CONFLICT, ..Refusal::field("sku", "Another product has this SKU.") });
    }
    // There is one variant, whose fields stand among the product's own.
    let place = |field: &str| match field.strip_prefix("variants[0].") {
        Some(field @ ("sku" | "price" | "stock" | "options")) => Some(field.to_owned()),
        _ => draft::place(field, &[]),
    };
    Refusal::from_service(error.into(), place)
}

fn entered(form: &Form, categories: &Categories, currency: Currency, errors: &mut Errors) -> ProductDraft {
    let mut price = Money::zero(currency);
    match variants::money(form.text("price"), currency) {
        Ok(entered) => price = entered,
        Err(message) => {
            errors.insert("price".to_owned(), message);
        }
    }
    let variant = VariantDraft {
        sku: form.text("sku").to_owned(),
        barcode: String::new(),
        options: form
            .text("options")
            .split('/')
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(ToOwned::to_owned)
            .collect(),
        price,
        compare_at: None,
        weight_g: 0,
        image: None,
        stock: match form.text("stock") {
            "" => None,
            _ => forms::parsed(form, "stock", "Enter a whole number of pieces.", errors),
        },
    };
    let mut product = ProductDraft {
        slug: form.text("handle").to_owned(),
        title: String::new(),
        description: description::to_html(form.text("description")),
        brand: form.text("brand").to_owned(),
        status: ProductStatus::Draft,
        category: Vec::new(),
        tags: draft::listed(form.text("tags")),
        options: draft::listed(form.text("option_names")),
        variants: vec![variant],
        attributes: attributes::from_text(form.text("attributes"), &[]).unwrap_or_else(|line| {
            errors.insert("attributes".to_owned(), format!("Write “Name: value”, one a line; “{line}” is not."));
            Vec::new()
        }),
        images: Vec::new(),
    };
    draft::title_of(&mut product, form.text("title"), errors);
    draft::status_of(&mut product, form.text("status"), errors);
    draft::category_of(&mut product, form.text("category"), categories, errors);
    product
}

async fn refuse(desk: Desk, categories: &Categories, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    show(desk, refusal.status, categories, forms::values(form), refusal.errors).await
}

async fn show(desk: Desk, status: StatusCode, categories: &Categories, values: Values, errors: Errors) -> Answer {
    let content = NewPage {
        product: None,
        values,
        errors,
        statuses: statuses(),
        categories: categories.choices(),
        currency: desk.state.shop.currency.to_string(),
    };
    desk.show(status, SECTION, "admin/product_new.html", content).await
}
