//! A product's form and the draft that it stands for. What a form does not have stays as it is.

use souk_contracts::catalog::{Product, ProductDraft, ProductStatus};
use souk_types::Currency;

use super::{
    attributes,
    categories::Categories,
    description, images,
    variants::{self, Drafts},
};
use crate::{
    body::Form,
    view::{Errors, Values},
};

/// What a form asks for.
pub struct Entered {
    /// The product as it is to be.
    pub draft: ProductDraft,
    /// The rows in which its variants stand.
    pub ids: Vec<String>,
}

/// The form's fields as they are stored.
pub fn stored_values(product: &Product) -> Values {
    let category = product.category.as_ref().map(|category| category.id.to_string());
    let options: Vec<&str> = product.options.iter().map(|option| option.name.as_str()).collect();
    Values::from(
        [
            ("title", product.title.clone()),
            ("handle", product.slug.clone()),
            ("description", description::to_text(&product.description)),
            ("brand", product.brand.clone()),
            ("status", product.status.as_str().to_owned()),
            ("category", category.unwrap_or_default()),
            ("tags", product.tags.join(", ")),
            ("option_names", options.join(", ")),
            ("attributes", attributes::to_text(&product.attributes)),
            ("image_alt", String::new()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

/// What the form asks to make of the product.
pub fn entered(
    product: &Product,
    form: &Form,
    categories: &Categories,
    currency: Currency,
    errors: &mut Errors,
) -> Entered {
    let Drafts { variants, ids } = variants::entered(product, form, currency, errors);
    if variants.is_empty() {
        errors
            .insert("form".to_owned(), "A product has at least one variant. Archive it to stop selling it.".to_owned());
    }
    let mut draft = unchanged(product);
    draft.variants = variants;
    images::entered(&mut draft, product, form, errors);
    about(&mut draft, form, product, categories, errors);
    Entered { draft, ids }
}

/// The product as it is.
pub fn unchanged(product: &Product) -> ProductDraft {
    ProductDraft {
        slug: product.slug.clone(),
        title: product.title.clone(),
        description: product.description.clone(),
        brand: product.brand.clone(),
        status: product.status,
        category: product.category.as_ref().map(|category| category.names.clone()).unwrap_or_default(),
        tags: product.tags.clone(),
        options: product.options.iter().map(|option| option.name.clone()).collect(),
        variants: product.variants.iter().map(variants::unchanged).collect(),
        attributes: product.attributes.clone(),
        images: product.images.iter().map(images::stored).collect(),
    }
}

fn about(draft: &mut ProductDraft, form: &Form, product: &Product, categories: &Categories, errors: &mut Errors) {
    let sent = |name: &str| form.0.iter().any(|(key, _)| key == name).then(|| form.text(name));
    if let Some(title) = sent("title") {
        title_of(draft, title, errors);
    }
    if let Some(handle) = sent("handle") {
        draft.slug = handle.to_owned();
    }
    if let Some(text) = sent("description") {
        let text = text.replace("\r\n", "\n");
        if text != description::to_text(&product.description) {
            draft.description = description::to_html(&text);
        }
    }
    if let Some(brand) = sent("brand") {
        draft.brand = brand.to_owned();
    }
    if let Some(status) = sent("status") {
        status_of(draft, status, errors);
    }
    if let Some(category) = sent("category") {
        category_of(draft, category, categories, errors);
    }
    if let Some(tags) = sent("tags") {
        draft.tags = listed(tags);
    }
    if let Some(options) = sent("option_names") {
        draft.options = listed(options);
    }
    if let Some(text) = sent("attributes") {
        match attributes::from_text(text, &product.attributes) {
            Ok(attributes) => draft.attributes = attributes,
            Err(line) => {
                errors.insert("attributes".to_owned(), format!("Write “Name: value”, one a line; “{line}” is not."));
            }
        }
    }
}

/// Sets the title.
pub fn title_of(draft: &mut ProductDraft, title: &str, errors: &mut Errors) {
    if title.is_empty() {
        errors.insert("title".to_owned(), "Enter a title.".to_owned());
    }
    draft.title = title.to_owned();
}

/// Sets who can see it.
pub fn status_of(draft: &mut ProductDraft, status: &str, errors: &mut Errors) {
    match status.parse::<ProductStatus>() {
        Ok(status) => draft.status = status,
        Err(_) => {
            errors.insert("status".to_owned(), "Choose a status.".to_owned());
        }
    }
}

/// Sets the category; an empty choice is none.
pub fn category_of(draft: &mut ProductDraft, category: &str, categories: &Categories, errors: &mut Errors) {
    if category.is_empty() {
        draft.category = Vec::new();
    } else if let Some(names) = categories.names(category) {
        draft.category = names.to_vec();
    } else {
        errors.insert("category".to_owned(), "This category is not there any more. Choose another.".to_owned());
    }
}

/// The entries of a list with commas.
pub fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(ToOwned::to_owned).collect()
}

/// The form's field for a field of the draft.
pub fn place(field: &str, ids: &[String]) -> Option<String> {
    if let Some((index, rest)) = field.strip_prefix("variants[").and_then(|rest| rest.split_once(']')) {
        let id = index.parse::<usize>().ok().and_then(|index| ids.get(index))?;
        let name = rest.trim_start_matches('.').split('[').next().unwrap_or_default();
        return Some(variants::key(id, if name == "weight_g" { "weight_grams" } else { name }));
    }
    let name = field.split(['[', '.']).next().unwrap_or_default();
    let name = match name {
        "slug" => "handle",
        "options" => "option_names",
        "title" | "description" | "brand" | "status" | "category" | "tags" | "attributes" | "images" => name,
        _ => return None,
    };
    Some(name.to_owned())
}
