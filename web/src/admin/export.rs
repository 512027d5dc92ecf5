//! Lists as files: read page by page while they are sent, so that they may have any length.

use axum::body::Body;
use futures::{StreamExt as _, future::BoxFuture, stream};
use souk_types::{Cursor, Cx, PageRequest, limits::PAGE_ITEMS_MAX};

use super::{csv, desk::Desk};
use crate::{
    error::{Answer, Failure},
    state::{AppState, CALL_LIMIT},
};

/// The rows of a page, and where they go on; nothing behind the last.
pub struct Piece {
    pub text: String,
    pub next: Option<Cursor>,
}

/// A page that is being read.
pub type Reading = BoxFuture<'static, Result<Piece, Failure>>;

/// Where the file has come to.
struct Place<F> {
    read: F,
    state: AppState,
    cx: Cx,
    after: Option<Cursor>,
}

/// A list as a file under this name, which begins with `head`.
///
/// # Errors
/// Why its first page cannot be read: that is then said on a page.
pub async fn stream<F>(desk: &Desk, name: &'static str, head: &str, read: F) -> Answer
where
    F: Fn(AppState, Cx, PageRequest) -> Reading + Send + 'static,
{
    let start = Place { read, state: desk.state.clone(), cx: desk.cx.clone(), after: None };
    let (first, rest) = start.next().await?;
    let rest = stream::unfold(rest, move |place| async move {
        match place?.next().await {
            Ok((text, rest)) => Some((Ok(text), rest)),
            Err(error) => {
                tracing::warn!(%error, name, "an export broke off");
                // The browser is to see a file that broke off, not a short one.
                Some((Err(std::io::Error::other("the export broke off")), None))
            }
        }
    });
    let file = stream::iter([Ok(format!("{head}{first}"))]).chain(rest);
    Ok(csv::file(Body::from_stream(file), name))
}

impl<F> Place<F>
where
    F: Fn(AppState, Cx, PageRequest) -> Reading,
{
    async fn next(self) -> Result<(String, Option<Self>), Failure> {
        let cx = Cx::new(self.cx.actor.clone(), CALL_LIMIT, self.cx.trace);
        let request = PageRequest { limit: PAGE_ITEMS_MAX, after: self.after.clone() };
        let Piece { text, next } = (self.read)(self.state.clone(), cx, request).await?;
        Ok((text, next.map(|next| Self { after: Some(next), ..self })))
    }
}
