//! What a visitor has put aside or looked at: the wish list, and what was seen last.
//!
//! The wish list is kept by the shop, for guests under their cookie. What was seen last stays in the browser, which asks
//! for the cards by id: pages of products are the same for everybody and note nothing about who looks at them.

use axum::{
    Json,
    extract::{Query, State},
    response::{Html, IntoResponse as _, Redirect},
};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::json;
use souk_contracts::{
    ProductId,
    cart::Error,
    search::{self, Filters, Scope},
};
use souk_types::{ServiceError as _, limits::WISHES_MAX};

use crate::{
    body::Form,
    error::{Answer, Failure, sentence},
    flash::{self, Notice},
    negotiate::prefers_json,
    session::{Visitor, safe_next},
    state::AppState,
    storefront::{context::Base, listing::ProductCard},
};

/// Where the wish list is.
const PATH: &str = "/wish-list";
/// Products that are shown of those seen last.
const SEEN_MAX: usize = 8;
/// Bytes of their ids in an address.
const IDS_BYTES_MAX: usize = 1_024;

#[derive(Serialize)]
struct WishListPage {
    #[serde(flatten)]
    base: Base,
    wishes: Vec<Wish>,
    gone: usize,
}

#[derive(Serialize)]
struct Wish {
    id: String,
    card: ProductCard,
}

/// `GET /wish-list`.
pub async fn wish_list(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    let ids = match visitor.customer() {
        Some(customer) => state.cart.wishes(&visitor.cx, customer).await?,
        None => Vec::new(),
    };
    if prefers_json(&headers) {
        return Ok(visitor.jar.onto(Json(json!({"products": ids})).into_response()));
    }
    let shown = shown(&state, ids.clone()).await?;
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    let page = WishListPage {
        base: Base::of(&state, PATH, &visitor, notice).await,
        gone: ids.len() - shown.len().min(ids.len()),
        wishes: shown.into_iter().map(|(id, card)| Wish { id: id.to_string(), card }).collect(),
    };
    let html = state.theme.render("wish_list.html", &page)?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

/// `POST /wish-list` with `product`, and `remove` to take it off.
pub async fn wish(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor, form: Form) -> Answer {
    let product: ProductId =
        form.text("product").parse().map_err(|_| Failure::invalid("product", "is not a product of this shop"))?;
    let wanted = form.text("remove").is_empty();
    // Only what can be seen is put on the list; what is gone can still be taken off.
    if wanted && shown(&state, vec![product]).await?.is_empty() {
        return Err(Failure::invalid("product", "is not for sale"));
    }
    let customer = visitor.customer_or_new(&state);
    let notice = match state.cart.wish(&visitor.cx, customer, product, wanted).await {
        Ok(()) if wanted => Notice::success("It is on your wish list."),
        Ok(()) => Notice::info("It is no longer on your wish list."),
        Err(error @ Error::TooManyWishes { .. }) if !prefers_json(&headers) => {
            Notice::warning(sentence(&Failure::from(error).message))
        }
        Err(error) => return Err(error.into()),
    };
    if prefers_json(&headers) {
        return Ok(visitor.jar.onto(Json(json!({"wanted": wanted})).into_response()));
    }
    flash::leave(&state, &mut visitor.jar, notice);
    let back = safe_next(form.text("next"), PATH);
    Ok(visitor.jar.onto(Redirect::to(back).into_response()))
}

#[derive(Serialize)]
struct SeenFragment {
    products: Vec<ProductCard>,
}

/// Which products a browser says it has shown.
#[derive(Debug, Deserialize)]
pub struct Seen {
    #[serde(default)]
    ids: String,
}

/// `GET /recently-viewed?ids=`, with commas between: a part of a page, for its script.
pub async fn recently_viewed(State(state): State<AppState>, Query(seen): Query<Seen>) -> Answer {
    if seen.ids.len() > IDS_BYTES_MAX {
        return Err(Failure::invalid("ids", "are too many"));
    }
    let ids: Vec<ProductId> = seen.ids.split(',').filter_map(|id| id.parse().ok()).take(SEEN_MAX).collect();
    let products = shown(&state, ids).await?.into_iter().map(|(_, card)| card).collect();
    Ok(Html(state.theme.render("partials/recently_viewed.html", &SeenFragment { products })?).into_response())
}

/// The cards of those of these products that everybody sees, in their order.
async fn shown(state: &AppState, ids: Vec<ProductId>) -> Result<Vec<(ProductId, ProductCard)>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let cx = state.shared_cx();
    let filters = Filters { scope: vec![Scope::Products(ids.clone())], ..Filters::default() };
    let query = search::Query { filters, limit: WISHES_MAX, ..search::Query::default() };
    match state.search.search(&cx, query).await {
        Ok(found) => Ok(found.hits.iter().map(|hit| (hit.product, ProductCard::of(hit))).collect()),
        // The catalogue knows them too, but not what is in stock.
        Err(away) if away.kind().is_transient() => {
            let found = state.catalog.products(&cx, ids).await?;
            Ok(found.iter().filter_map(|product| Some((product.id, ProductCard::of_product(product)?))).collect())
        }
        Err(error) => Err(error.into()),
    }
}
