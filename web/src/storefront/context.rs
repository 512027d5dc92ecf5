//! What every page of the shop is given.

use serde::Serialize;
use serde_json::Value;
use souk_contracts::{accounts::Identity, catalog::Image};

use crate::{
    assets::AssetUrls,
    feeds,
    flash::Notice,
    format,
    session::Visitor,
    state::AppState,
    storefront::shared,
    tree::{self, Tree},
    view::{Link, ShopView},
};

/// What every page of the shop is given.
#[derive(Debug, Serialize)]
pub struct Base {
    shop: ShopView,
    nav: Vec<Link>,
    assets: AssetUrls,
    path: String,
    canonical: String,
    customer: Option<CustomerView>,
    notice: Option<Notice>,
    tax_note: Option<&'static str>,
    social_image: Option<SocialImage>,
    structured_data: Vec<Value>,
    news_url: &'static str,
}

/// The picture that is shown with a link to the page.
#[derive(Debug, Serialize)]
struct SocialImage {
    url: String,
    alt: String,
}

/// Pixels of the picture that is shown with a link to the page.
const SOCIAL_IMAGE_WIDTH: u32 = 800;

#[derive(Debug, Serialize)]
struct CustomerView {
    name: String,
    email: String,
}

impl CustomerView {
    fn of(identity: &Identity) -> Self {
        Self { name: identity.name.clone(), email: identity.email.clone() }
    }
}

impl Base {
    /// For a page that everybody gets: nothing about a visitor.
    pub async fn shared(state: &AppState, tree: &Tree, path: &str) -> Self {
        let taxes = shared::taxes(state).await.ok();
        Self {
            shop: ShopView::of(&state.shop),
            nav: tree.nav(),
            assets: state.theme.assets().store.clone(),
            canonical: format!("{}{path}", state.shop.public_url),
            path: path.to_owned(),
            customer: None,
            notice: None,
            tax_note: taxes.map(|taxes| match taxes.included {
                true => "tax included where it applies",
                false => "tax is added at checkout where it applies",
            }),
            social_image: None,
            structured_data: Vec::new(),
            news_url: feeds::NEWS,
        }
    }

    /// For a page that one visitor gets.
    pub async fn of(state: &AppState, path: &str, visitor: &Visitor, notice: Option<Notice>) -> Self {
        let tree = tree::tree_or_none(state).await;
        let customer = visitor.identity.as_ref().map(CustomerView::of);
        Self { customer, notice, ..Self::shared(state, &tree, path).await }
    }

    /// The same, telling search engines this.
    #[must_use]
    pub fn telling(mut self, structured_data: Vec<Value>) -> Self {
        self.structured_data = structured_data;
        self
    }

    /// The same with a picture for links to the page.
    #[must_use]
    pub fn pictured(mut self, state: &AppState, image: Option<&Image>) -> Self {
        self.social_image = image.map(|image| SocialImage {
            url: format!("{}{}", state.shop.public_url, format::plain_image_url(image, SOCIAL_IMAGE_WIDTH)),
            alt: image.alt.clone(),
        });
        self
    }

    /// The same with another canonical address, as a path.
    #[must_use]
    pub fn canonical(mut self, state: &AppState, path: &str) -> Self {
        self.canonical = format!("{}{path}", state.shop.public_url);
        self
    }
}
