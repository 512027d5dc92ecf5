//! Styles, scripts and icons under addresses that change with their content.

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use tokio::sync::OnceCell;

use crate::{
    error::{Answer, Failure},
    gzip::gzip,
    headers::IMMUTABLE,
    negotiate::accepts_gzip,
    state::AppState,
    theme::Files,
};

/// A file that is put together from several.
struct Recipe {
    name: &'static str,
    ending: &'static str,
    folder: &'static str,
    parts: &'static [&'static str],
}

const RECIPES: [Recipe; 4] = [
    Recipe {
        name: "store",
        ending: "css",
        folder: "styles",
        parts: &["tokens", "base", "layout", "components", "storefront"],
    },
    Recipe {
        name: "store",
        ending: "js",
        folder: "scripts",
        parts: &[
            "page",
            "submit-once",
            "search-suggest",
            "cart-count",
            "add-to-cart",
            "quantity",
            "cart",
            "gallery",
            "option-picker",
            "listing",
            "checkout",
            "tracking",
        ],
    },
    Recipe { name: "admin", ending: "css", folder: "styles", parts: &["tokens", "base", "layout", "components", "admin"] },
    Recipe { name: "admin", ending: "js", folder: "scripts", parts: &["page", "submit-once", "confirm", "refresh"] },
];

/// The addresses of a page's style sheet and script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssetUrls {
    /// `/assets/store.4f2a.css`.
    pub css: String,
    /// `/assets/store.91bc.js`.
    pub js: String,
}

/// Everything below `/assets`, and the icon.
pub struct Assets {
    /// For the shop's pages, and the sandbox gateway's.
    pub store: AssetUrls,
    /// For the admin console.
    pub admin: AssetUrls,
    files: Vec<Asset>,
    favicon: Asset,
}

struct Asset {
    /// The last part of its address.
    name: String,
    content_type: HeaderValue,
    etag: HeaderValue,
    plain: Bytes,
    gzip: OnceCell<Option<Bytes>>,
}

impl Assets {
    /// Puts the files together and names them by their content.
    pub fn new(theme: &Files) -> Self {
        let files: Vec<Asset> = RECIPES.iter().map(|recipe| recipe.make(theme)).collect();
        let url = |name: &str, ending: &str| {
            let wanted = |asset: &&Asset| asset.name.starts_with(name) && asset.name.ends_with(ending);
            files.iter().find(wanted).map(|asset| format!("/assets/{}", asset.name)).unwrap_or_default()
        };
        let urls = |name: &str| AssetUrls { css: url(name, ".css"), js: url(name, ".js") };
        let icon = theme.get("icons/favicon.svg").map(|bytes| Bytes::copy_from_slice(&bytes)).unwrap_or_default();
        let favicon = Asset::new("favicon.svg".to_owned(), "svg", icon);
        Self { store: urls("store."), admin: urls("admin."), files, favicon }
    }
}

impl Recipe {
    fn make(&self, theme: &Files) -> Asset {
        let mut text = Vec::new();
        for part in self.parts {
            let path = format!("{}/{part}.{}", self.folder, self.ending);
            if let Some(bytes) = theme.get(&path) {
                text.extend_from_slice(&bytes);
                text.push(b'\n');
            }
        }
        let hash = blake3::hash(&text).to_hex();
        Asset::new(format!("{}.{}.{}", self.name, &hash[..12], self.ending), self.ending, text.into())
    }
}

impl Asset {
    fn new(name: String, ending: &str, plain: Bytes) -> Self {
        let content_type = HeaderValue::from_static(match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        });
        let etag = etag(&plain);
        Self { name, content_type, etag, plain, gzip: OnceCell::new() }
    }

    async fn serve(&self, headers: &HeaderMap, keep: HeaderValue) -> Response {
        let mut response = Response::new(Body::empty());
        if headers.get(header::IF_NONE_MATCH) == Some(&self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            let zipped = match accepts_gzip(headers) {
                true => self.gzip.get_or_init(|| gzip(self.plain.clone())).await.clone(),
                false => None,
            };
            if zipped.is_some() {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            *response.body_mut() = Body::from(zipped.unwrap_or_else(|| self.plain.clone()));
        }
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, self.content_type.clone());
        answer.insert(header::CACHE_CONTROL, keep);
        answer.insert(header::ETAG, self.etag.clone());
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        response
    }
}

/// A strong tag for these bytes.
pub fn etag(bytes: &[u8]) -> HeaderValue {
    let hash = blake3::hash(bytes).to_hex();
    HeaderValue::try_from(format!("\"{}\"", &hash[..20])).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// `GET /assets/{name}`.
pub async fn asset(State(state): State<AppState>, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let found = state.theme.assets().files.iter().find(|asset| asset.name == name);
    Ok(found.ok_or_else(Failure::not_found)?.serve(&headers, IMMUTABLE).await)
}

/// `GET /favicon.svg`.
pub async fn favicon(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let keep = HeaderValue::from_static("public, max-age=86400");
    state.theme.assets().favicon.serve(&headers, keep).await
}
