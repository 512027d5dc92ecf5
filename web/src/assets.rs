//! Styles, scripts and icons under addresses that change with their content.

use std::{borrow::Cow, sync::OnceLock};

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use souk_types::Fault;

use crate::{
    error::{Answer, Failure},
    gzip::{SMALL, gzip},
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
        parts: &["tokens", "base", "layout", "components", "storefront", "own"],
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
            "shelf",
            "offline",
        ],
    },
    Recipe {
        name: "admin",
        ending: "css",
        folder: "styles",
        parts: &["tokens", "base", "layout", "components", "admin"],
    },
    Recipe {
        name: "admin",
        ending: "js",
        folder: "scripts",
        parts: &["page", "submit-once", "confirm", "refresh", "chosen", "pictures", "palette"],
    },
];

/// The addresses of a page's style sheet and script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssetUrls {
    /// `/assets/store.4f2a.css`.
    pub css: String,
    /// `/assets/store.91bc.js`.
    pub js: String,
}

/// Everything below `/assets`, the icon and the service worker.
pub struct Assets {
    /// For the shop's pages, and the sandbox gateway's.
    pub store: AssetUrls,
    /// For the admin console.
    pub admin: AssetUrls,
    files: Vec<Asset>,
    favicon: Asset,
    worker: Asset,
}

struct Asset {
    /// The last part of its address.
    name: String,
    content_type: HeaderValue,
    etag: HeaderValue,
    plain: Bytes,
    gzip: OnceLock<Bytes>,
}

impl Assets {
    /// Puts the files together and names them by their content.
    ///
    /// # Errors
    /// Internal: a file of the theme is missing; names it.
    pub fn try_new(theme: &Files) -> Result<Self, Fault> {
        let files: Vec<Asset> = RECIPES.iter().map(|recipe| recipe.make(theme)).collect::<Result<_, _>>()?;
        let url = |name: &str, ending: &str| {
            let wanted = |asset: &&Asset| asset.name.starts_with(name) && asset.name.ends_with(ending);
            files.iter().find(wanted).map(|asset| format!("/assets/{}", asset.name)).unwrap_or_default()
        };
        let urls = |name: &str| AssetUrls { css: url(name, ".css"), js: url(name, ".js") };
        let icon = Bytes::copy_from_slice(&needed(theme, "icons/favicon.svg")?);
        let favicon = Asset::new("favicon.svg".to_owned(), "svg", icon);
        let store = urls("store.");
        let worker = worker_of(theme, &store)?;
        Ok(Self { store, admin: urls("admin."), files, favicon, worker })
    }
}

/// The service worker, told what to keep. What it keeps is fetched anew when one of the files has changed.
fn worker_of(theme: &Files, store: &AssetUrls) -> Result<Asset, Fault> {
    let script = needed(theme, "scripts/worker.js")?;
    let kept = ["/offline", "/favicon.svg", &store.css, &store.js];
    let kept = serde_json::to_string(&kept).map_err(Fault::internal)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&script).update(kept.as_bytes());
    for path in ["templates/layout.html", "templates/partials/apart.html", "templates/offline.html"] {
        hasher.update(&needed(theme, path)?);
    }
    let hash = hasher.finalize().to_hex();
    let text =
        format!("const KEPT = {kept};\nconst CACHE = \"souk-{}\";\n{}", &hash[..12], String::from_utf8_lossy(&script));
    Ok(Asset::new("sw.js".to_owned(), "js", text.into()))
}

impl Recipe {
    fn make(&self, theme: &Files) -> Result<Asset, Fault> {
        let mut text = String::new();
        for path in self.paths() {
            let bytes = needed(theme, &path)?;
            let lines = String::from_utf8_lossy(&bytes);
            // Nothing in the theme's styles and scripts spans lines, so that its layout need not be sent.
            for line in lines.lines().map(str::trim).filter(|line| !is_comment(line)) {
                text.push_str(line);
                text.push('\n');
            }
        }
        let hash = blake3::hash(text.as_bytes()).to_hex();
        Ok(Asset::new(format!("{}.{}.{}", self.name, &hash[..12], self.ending), self.ending, text.into()))
    }

    fn paths(&self) -> impl Iterator<Item = String> {
        self.parts.iter().map(|part| format!("{}/{part}.{}", self.folder, self.ending))
    }
}

fn needed<'t>(theme: &'t Files, path: &str) -> Result<Cow<'t, [u8]>, Fault> {
    theme.get(path).ok_or_else(|| Fault::internal(format!("theme: {path} is missing")))
}

/// An empty line, or one that is a comment from its beginning to its end.
fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with("//") || (line.starts_with("/*") && line.find("*/") == Some(line.len() - 2))
}

impl Asset {
    fn new(name: String, ending: &str, plain: Bytes) -> Self {
        let content_type = HeaderValue::from_static(match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        });
        let etag = etag(&plain);
        Self { name, content_type, etag, plain, gzip: OnceLock::new() }
    }

    fn serve(&self, headers: &HeaderMap, keep: HeaderValue) -> Response {
        let mut response = Response::new(Body::empty());
        if headers.get(header::IF_NONE_MATCH) == Some(&self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            let mut body = &self.plain;
            if accepts_gzip(headers) {
                body = self.gzip.get_or_init(|| gzip(&self.plain, SMALL));
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            *response.body_mut() = Body::from(body.clone());
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
    Ok(found.ok_or_else(Failure::not_found)?.serve(&headers, IMMUTABLE))
}

/// `GET /favicon.svg`.
pub async fn favicon(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let keep = HeaderValue::from_static("public, max-age=86400");
    state.theme.assets().favicon.serve(&headers, keep)
}

/// `GET /sw.js`: browsers ask each time whether it has changed.
pub async fn worker(State(state): State<AppState>, headers: HeaderMap) -> Response {
    state.theme.assets().worker.serve(&headers, HeaderValue::from_static("no-cache"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    #[test]
    fn every_part_of_every_file_is_there() {
        Assets::try_new(&Files::read(None).unwrap()).map(drop).unwrap();
    }

    #[test]
    fn a_part_that_is_missing_is_named_at_the_start() {
        let recipe = Recipe { name: "store", ending: "css", folder: "styles", parts: &["tokens", "gone"] };
        let fault = recipe.make(&Files::read(None).unwrap()).err().unwrap();
        assert_eq!(fault.internal.as_deref(), Some("theme: styles/gone.css is missing"));
    }

    #[test]
    fn comments_and_layout_are_not_sent_and_nothing_else_is_lost() {
        assert!(is_comment("// why") && is_comment("/* why */") && is_comment(""));
        assert!(!is_comment("a { /* why */ }") && !is_comment("/* a */ b { c: d } /* e */"));
    }

    #[test]
    fn addresses_change_with_the_content() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("styles")).unwrap();
        std::fs::write(folder.path().join("styles/tokens.css"), "x { y: z }").unwrap();
        let (own, other) = (Theme::load(None).unwrap(), Theme::load(Some(folder.path())).unwrap());
        assert_ne!(own.assets().store.css, other.assets().store.css);
        assert_eq!(own.assets().store.js, other.assets().store.js);
    }
}
