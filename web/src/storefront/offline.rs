//! The page that browsers keep for when they are offline.

use axum::{
    extract::State,
    response::{Html, IntoResponse as _},
};
use http::header;

use crate::{error::Answer, headers, state::AppState, storefront::context::Base, tree::Tree};

/// `GET /offline`: the same for everybody.
pub async fn offline(State(state): State<AppState>) -> Answer {
    let page = Base::shared(&state, &Tree::default(), "/offline").await;
    let html = state.theme.render("offline.html", &page)?;
    Ok(([(header::CACHE_CONTROL, headers::SHARED)], Html(html)).into_response())
}
