use serde::Serialize;
use souk_contracts::catalog::{Image, ImageDraft, ImageSource, Product, ProductDraft};

use crate::{
    body::Form,
    format,
    view::{Errors, ImageView},
};

/// A picture of the form.
#[derive(Debug, Serialize)]
pub struct Row {
    /// `image[<hash>].`, before `alt`, `place` and `remove`.
    prefix: String,
    picture: ImageView,
    alt: String,
    place: String,
    removed: bool,
}

/// The form's field about a picture.
fn key(image: &Image, field: &str) -> String {
    format!("image[{}].{field}", image.hash)
}

/// The product's pictures with what the form says of them.
pub fn rows(product: &Product, form: &Form) -> Vec<Row> {
    let entered = |image: &Image, field: &str| sent(form, &key(image, field)).map(ToOwned::to_owned);
    let row = |(index, image): (usize, &Image)| Row {
        prefix: key(image, ""),
        picture: format::image(image, &product.title),
        alt: entered(image, "alt").unwrap_or_else(|| image.alt.clone()),
        place: entered(image, "place").unwrap_or_else(|| (index + 1).to_string()),
        removed: entered(image, "remove").is_some(),
    };
    product.images.iter().enumerate().map(row).collect()
}

/// A picture that the shop has already.
pub fn stored(image: &Image) -> ImageDraft {
    ImageDraft { source: ImageSource::Stored(image.hash.clone()), alt: image.alt.clone() }
}

/// Words, orders and takes out the pictures as the form says.
pub fn entered(draft: &mut ProductDraft, product: &Product, form: &Form, errors: &mut Errors) {
    let mut kept: Vec<(Place, usize, ImageDraft)> = Vec::new();
    for (index, image) in product.images.iter().enumerate() {
        if sent(form, &key(image, "remove")).is_some() {
            continue;
        }
        let alt = sent(form, &key(image, "alt")).unwrap_or(&image.alt);
        let place = Place::of(index + 1, sent(form, &key(image, "place")), errors);
        kept.push((place, index, ImageDraft { alt: alt.to_owned(), ..stored(image) }));
    }
    kept.sort_by_key(|(place, index, _)| (*place, *index));
    arrange(draft, kept.into_iter().map(|(_, index, image)| (Some(index), image)).collect());
}

/// Gives a product these pictures, each with the place that it had; the variants that showed one that goes show none.
pub fn arrange(draft: &mut ProductDraft, pictures: Vec<(Option<usize>, ImageDraft)>) {
    for variant in &mut draft.variants {
        let place = |shown: usize| pictures.iter().position(|(from, _)| *from == Some(shown));
        variant.image = variant.image.and_then(place);
    }
    draft.images = pictures.into_iter().map(|(_, picture)| picture).collect();
}

/// Where a picture goes. One that comes forward goes before the one whose number it takes, one that goes back behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    number: usize,
    moved: std::cmp::Ordering,
}

impl Place {
    fn of(stored: usize, entered: Option<&str>, errors: &mut Errors) -> Self {
        let number = entered.filter(|text| !text.is_empty()).map_or(Ok(stored), str::parse);
        let number = number.unwrap_or_else(|_| {
            errors.insert("images".to_owned(), "A picture’s place is a whole number, 1 for the first.".to_owned());
            stored
        });
        Self { number, moved: number.cmp(&stored) }
    }
}

fn sent<'f>(form: &'f Form, name: &str) -> Option<&'f str> {
    form.0.iter().any(|(key, _)| key == name).then(|| form.text(name))
}
