//! What carries a client's questions to the server and its answers back.

use std::{
    future::Future,
    pin::{Pin, pin},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Either, select},
};
use tokio::runtime::Handle;
use tokio_postgres::Error;

use super::error;

/// The socket of a connection. Whoever waits for an answer reads it: on its way through a task of its own, each question
/// and each answer would wait for that task's turn.
pub(super) struct Wire {
    /// Ends with the connection; `None` afterwards.
    moving: Option<BoxFuture<'static, Result<(), Error>>>,
    runtime: Handle,
}

impl Wire {
    /// Must be made on the runtime that the socket belongs to.
    pub(super) fn new(moving: impl Future<Output = Result<(), Error>> + Send + 'static) -> Self {
        Self { moving: Some(moving.boxed()), runtime: Handle::current() }
    }

    /// Waits for something that the server has to answer.
    pub(super) async fn carry<T>(&mut self, answer: impl Future<Output = T>) -> T {
        let mut answer = pin!(answer);
        if let Some(moving) = &mut self.moving {
            match select(answer.as_mut(), Pin::new(moving)).await {
                Either::Left((answer, _)) => return answer,
                Either::Right((ended, _)) => self.end(ended),
            }
        }
        // Whatever is asked on a connection that has ended is refused at once.
        answer.await
    }

    /// Moves what can be moved without waiting; says whether the connection is still there.
    pub(super) fn nudge(&mut self) -> bool {
        if let Some(ended) = self.moving.as_mut().and_then(FutureExt::now_or_never) {
            self.end(ended);
        }
        self.moving.is_some()
    }

    fn end(&mut self, ended: Result<(), Error>) {
        self.moving = None;
        if let Err(error) = ended {
            tracing::warn!(error = error::text(&error), "a connection to Postgres was lost");
        }
    }
}

impl Drop for Wire {
    /// Takes leave of the server, once it has answered what it was asked.
    fn drop(&mut self) {
        if let Some(moving) = self.moving.take() {
            self.runtime.spawn(moving.map(drop));
        }
    }
}
