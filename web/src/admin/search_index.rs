//! The search index: what is in it, and building it anew.

use http::StatusCode;
use serde::Serialize;
use souk_contracts::search::{IndexStatus, Rebuild, RebuildState};

use super::desk::Desk;
use crate::{
    error::Answer,
    flash::Notice,
    format,
    view::{Badge, TimeView},
};

const PATH: &str = "/admin/search";

#[derive(Serialize)]
struct IndexPage {
    products: String,
    size_text: String,
    running: bool,
    fragment_url: String,
    rebuild: Option<RebuildView>,
}

#[derive(Serialize)]
struct RebuildView {
    state: Badge,
    done: String,
    started_at: TimeView,
    ended_at: Option<TimeView>,
    failure: Option<String>,
}

impl IndexPage {
    fn of(status: IndexStatus) -> Self {
        let running = |rebuild: &Rebuild| rebuild.state == RebuildState::Running;
        Self {
            products: format::counted(status.documents as u64, "product", "products"),
            size_text: size_text(status.bytes),
            running: status.rebuild.as_ref().is_some_and(running),
            fragment_url: format!("{PATH}/status"),
            rebuild: status.rebuild.map(RebuildView::of),
        }
    }
}

impl RebuildView {
    fn of(rebuild: Rebuild) -> Self {
        let state = match rebuild.state {
            RebuildState::Running => Badge::new("Running", "info"),
            RebuildState::Finished => Badge::new("Finished", "success"),
            RebuildState::Failed => Badge::new("Failed", "danger"),
        };
        Self {
            state,
            done: format::counted(rebuild.done, "product", "products"),
            started_at: format::time(rebuild.started_at),
            ended_at: rebuild.ended_at.map(format::time),
            failure: rebuild.failure,
        }
    }
}

fn size_text(bytes: u64) -> String {
    match bytes / 1024 {
        kilobytes if kilobytes < 1024 => format!("{kilobytes} KB"),
        kilobytes => format!("{} MB", kilobytes / 1024),
    }
}

/// `GET /admin/search`.
pub async fn page(desk: Desk) -> Answer {
    let status = desk.state.search.status(&desk.cx).await?;
    if desk.wants_json() {
        return Ok(desk.json(&status));
    }
    desk.show(StatusCode::OK, "search", "admin/search.html", IndexPage::of(status)).await
}

/// `GET /admin/search/status`: how it goes alone, for the page's script.
pub async fn status(desk: Desk) -> Answer {
    let status = desk.state.search.status(&desk.cx).await?;
    desk.fragment("admin/partials/search_status.html", &IndexPage::of(status))
}

/// `POST /admin/search/reindex`.
pub async fn reindex(desk: Desk) -> Answer {
    desk.state.search.start_reindex(&desk.cx).await?;
    Ok(desk.go(PATH, Notice::success("The index is being built anew. Until it is done, the present one answers.")))
}
