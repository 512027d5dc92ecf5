//! The pictures of a product. Each change of them is a new version of the product.

use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use souk_contracts::{
    ProductId, ProductKind,
    catalog::{Blob, Error, ImageDraft, Product},
    permission::Scope,
};
use souk_types::{Fault, FieldError, limits::PRODUCT_IMAGES_MAX};

use super::{product_model::StaffProduct, products::ProductPath};
use crate::{
    admin::products::{arrange, stored, unchanged},
    api::{
        caller::Access,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        schema,
        upload::{Upload, Wanted},
    },
    error::Failure,
};

/// Pictures as they are to be, each with its place among those that the product has.
type Pictures = Vec<(Option<usize>, ImageDraft)>;

/// The product, if it still is what the caller saw.
async fn seen(call: &Call, id: ProductId) -> Result<Product, Failure> {
    let product = call.state.catalog.product(&call.cx, id).await?.ok_or_else(|| Fault::not_found("the product"))?;
    match product.version == call.version {
        true => Ok(product),
        false => Err(Error::VersionConflict { current: product.version }.into()),
    }
}

fn pictures(product: &Product) -> Pictures {
    product.images.iter().enumerate().map(|(place, image)| (Some(place), stored(image))).collect()
}

fn place(product: &Product, hash: &str) -> Option<usize> {
    product.images.iter().position(|image| image.hash == hash)
}

async fn save(call: &Call, product: &Product, pictures: Pictures) -> Result<Reply<StaffProduct>, Failure> {
    let mut draft = unchanged(product);
    arrange(&mut draft, pictures);
    let product = call.state.catalog.update(&call.cx, product.id, product.version, draft).await?;
    Ok(Reply::versioned(StaffProduct::of(&product), product.version))
}

/// Names wrong fields as they are called here.
fn renamed(mut failure: Failure) -> Failure {
    for wrong in &mut failure.fields {
        if wrong.field == "bytes" {
            "body".clone_into(&mut wrong.field);
        } else if wrong.field.starts_with("images[") && wrong.field.ends_with("].alt") {
            "alt".clone_into(&mut wrong.field);
        }
    }
    failure
}

/// What is said of a picture.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PictureWish {
    /// What it shows, for those who cannot see it.
    #[serde(default)]
    #[schemars(length(max = 200))]
    alt: String,
    /// How many of the product's pictures stand before it; the last place, when it is left out.
    #[schemars(range(min = 0, max = 249))]
    position: Option<usize>,
}

/// Adds a picture.
pub struct AddProductImage;

impl Operation for AddProductImage {
    const NAME: &'static str = "addProductImage";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/products/{id}/images";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Adds the picture that is sent as the body (JPEG, PNG or WebP, 20 MB at most) to a \
        product, if that still is what the caller saw.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    const VERSIONED: bool = true;
    const UPLOAD: Option<Wanted> = Some(Wanted::Picture);
    type Path = ProductPath;
    type Query = PictureWish;
    type Body = Nothing;
    type Answer = StaffProduct;

    async fn run(mut call: Call, Asked { path, query: wish, .. }: Asked<Self>) -> Result<Reply<StaffProduct>, Failure> {
        let Some(Upload::Picture(bytes)) = call.upload.take() else {
            return Err(Fault::internal("a picture was not sent along").into());
        };
        let product = seen(&call, path.id).await?;
        if product.images.len() >= PRODUCT_IMAGES_MAX {
            return Err(Failure::invalid("body", &format!("a product has {PRODUCT_IMAGES_MAX} pictures at most")));
        }
        let added = call.state.catalog.add_image(&call.cx, Blob(bytes), wish.alt.clone()).await;
        let added = added.map_err(|error| renamed(error.into()))?;
        if place(&product, &added.hash).is_some() {
            return Err(Failure::invalid("body", "is a picture of this product already"));
        }
        let mut all = pictures(&product);
        let place = wish.position.map_or(all.len(), |position| position.min(all.len()));
        all.insert(place, (None, ImageDraft { alt: wish.alt, ..stored(&added) }));
        save(&call, &product, all).await
    }
}

/// The pictures of a product as they are to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductImages {
    /// The pictures that stay, the main one first.
    #[schemars(length(max = 250))]
    images: Vec<ProductImage>,
}

/// A picture that stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductImage {
    /// Its `hash`.
    #[schemars(length(min = 1, max = 100))]
    hash: String,
    /// What it shows, for those who cannot see it.
    #[serde(default)]
    #[schemars(length(max = 200))]
    alt: String,
}

/// Orders, words and takes out pictures.
pub struct ReplaceProductImages;

impl Operation for ReplaceProductImages {
    const NAME: &'static str = "replaceProductImages";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/products/{id}/images";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Says in which order a product's pictures stand and what they show, if it still is what \
        the caller saw. Those that are left out go.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    type Path = ProductPath;
    type Query = Nothing;
    type Body = ProductImages;
    type Answer = StaffProduct;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<StaffProduct>, Failure> {
        let product = seen(&call, path.id).await?;
        let mut all: Pictures = Vec::new();
        let mut wrong = Vec::new();
        for (index, ProductImage { hash, alt }) in body.images.into_iter().enumerate() {
            let tell = |text: &str| FieldError::new(format!("images[{index}].hash"), text);
            match place(&product, &hash) {
                None => wrong.push(tell("is no picture of this product")),
                Some(from) if all.iter().any(|(known, _)| *known == Some(from)) => {
                    wrong.push(tell("stands there twice"));
                }
                Some(from) => all.push((Some(from), ImageDraft { alt, ..stored(&product.images[from]) })),
            }
        }
        if wrong.is_empty() { save(&call, &product, all).await } else { Err(Fault::invalid_fields(wrong).into()) }
    }
}

/// Which picture of which product.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PicturePath {
    /// The product's id.
    #[schemars(schema_with = "schema::id::<ProductKind>")]
    id: ProductId,
    /// The picture's `hash`.
    image: String,
}

/// A picture as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureChange {
    /// What it shows, for those who cannot see it.
    #[schemars(length(max = 200))]
    alt: String,
    /// How many of the product's pictures stand before it; it stays where it is, when this is left out.
    #[schemars(range(min = 0, max = 249))]
    position: Option<usize>,
}

/// Words and moves a picture.
pub struct ReplaceProductImage;

impl Operation for ReplaceProductImage {
    const NAME: &'static str = "replaceProductImage";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/products/{id}/images/{image}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Says what a picture of a product shows and where it stands, if the product still is \
        what the caller saw.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    type Path = PicturePath;
    type Query = Nothing;
    type Body = PictureChange;
    type Answer = StaffProduct;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<StaffProduct>, Failure> {
        let product = seen(&call, path.id).await?;
        let from = place(&product, &path.image).ok_or_else(|| Fault::not_found("the picture"))?;
        let mut all = pictures(&product);
        let (_, picture) = all.remove(from);
        let to = body.position.unwrap_or(from).min(all.len());
        all.insert(to, (Some(from), ImageDraft { alt: body.alt, ..picture }));
        save(&call, &product, all).await.map_err(renamed)
    }
}

/// Takes a picture out.
pub struct RemoveProductImage;

impl Operation for RemoveProductImage {
    const NAME: &'static str = "removeProductImage";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/products/{id}/images/{image}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Takes a picture from a product, if that still is what the caller saw. A variant that \
        it showed has none then.";
    const ACCESS: Access = Access::Key(Scope::CatalogManage);
    const VERSIONED: bool = true;
    type Path = PicturePath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = StaffProduct;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<StaffProduct>, Failure> {
        let product = seen(&call, path.id).await?;
        let from = place(&product, &path.image).ok_or_else(|| Fault::not_found("the picture"))?;
        let mut all = pictures(&product);
        all.remove(from);
        save(&call, &product, all).await
    }
}
