//! Lets a sender finish whose request was answered before all of it had come.
//!
//! The answer goes out at once. But a connection that is closed on somebody who still sends is reset, and a browser
//! then shows that instead of the answer. So the rest is taken in and dropped for a while, as nginx does with the
//! times of its `lingering_time` and `lingering_timeout`.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody as _},
    extract::Request,
};
use futures::{Stream, StreamExt as _};
use http::{Version, header};
use tokio::{runtime::Handle, time::timeout};

/// How long the rest is taken in altogether.
const LINGER_MAX: Duration = Duration::from_secs(30);
/// How long the next piece may take to come.
const PIECE_WAIT: Duration = Duration::from_secs(5);

/// The request, whose body is taken in to its end even when nobody wants it.
pub fn around(request: Request) -> Request {
    // Above HTTP/1 one request is refused without its connection.
    if request.version() > Version::HTTP_11 || request.body().is_end_stream() {
        return request;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    request.map(|body| Body::from_stream(Pieces { rest: body.into_data_stream(), waits, over: false }))
}

struct Pieces {
    rest: BodyDataStream,
    /// The sender has sent nothing yet and waits to be told to go on.
    waits: bool,
    over: bool,
}

impl Stream for Pieces {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.waits = false;
        let piece = ready!(self.rest.poll_next_unpin(task));
        self.over = !matches!(piece, Some(Ok(_)));
        Poll::Ready(piece)
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        if self.over || self.waits {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let mut rest = mem::replace(&mut self.rest, Body::empty().into_data_stream());
            let drop_rest = async move { while let Ok(Some(Ok(_))) = timeout(PIECE_WAIT, rest.next()).await {} };
            runtime.spawn(timeout(LINGER_MAX, drop_rest));
        }
    }
}
