//! The page that says what went wrong, what was kept and what to do.

use serde::Serialize;

use crate::{
    assets::AssetUrls,
    error::{ErrorView, Failure},
    maintenance,
    state::AppState,
    storefront::context::Base,
    tree::{self, Tree},
    view::ShopView,
};

#[derive(Serialize)]
struct ShopPage {
    #[serde(flatten)]
    base: Base,
    error: ErrorView,
}

/// The same in the admin console, without the sidebar: who asks may not be staff.
#[derive(Serialize)]
struct AdminPage {
    shop: ShopView,
    assets: AssetUrls,
    path: String,
    notice: Option<()>,
    staff: Option<()>,
    section: &'static str,
    error: ErrorView,
}

/// Renders the page; a plain text when even that fails.
pub async fn render(state: &AppState, failure: &Failure, path: &str, trace: Option<String>) -> String {
    let error = failure.view(trace);
    let rendered = if path == "/admin" || path.starts_with("/admin/") {
        let page = AdminPage {
            shop: ShopView::of(&state.shop),
            assets: state.theme.assets().admin.clone(),
            path: path.to_owned(),
            notice: None,
            staff: None,
            section: "",
            error,
        };
        state.theme.render("admin/error.html", &page)
    } else if failure.code == maintenance::CODE {
        let base = Base::shared(state, &Tree::default(), path).await;
        state.theme.render("maintenance.html", &ShopPage { base, error })
    } else {
        let tree = tree::tree_or_none(state).await;
        state.theme.render("error.html", &ShopPage { base: Base::shared(state, &tree, path).await, error })
    };
    rendered.unwrap_or_else(|fault| {
        tracing::error!(%fault, "the error page could not be rendered");
        let title = failure.status.canonical_reason().unwrap_or("Error");
        format!("<!doctype html><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1><p><a href=\"/\">Back to the shop</a></p>")
    })
}
