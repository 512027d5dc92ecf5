use std::fmt;

use tokio::task::JoinHandle;

/// A task that goes on beside everything else until it is done, stopped or dropped: how services do what is neither a
/// call, an event nor a job.
#[must_use = "the task ends when this is dropped"]
pub struct Background(Option<JoinHandle<()>>);

impl Background {
    /// Starts it. Needs a Tokio runtime.
    #[expect(clippy::disallowed_methods, reason = "this is where services spawn")]
    pub fn start(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(tokio::spawn(work)))
    }

    /// Ends it where it waits, and returns when it has ended.
    pub async fn stop(mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
            // It was cut off, as asked.
            drop(task.await);
        }
    }

    /// Lets it go on to its own end.
    pub fn detach(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Background").finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc};

    use super::*;

    fn holding(held: &Arc<()>) -> Background {
        let held = Arc::clone(held);
        Background::start(async move {
            let _held = held;
            pending::<()>().await;
        })
    }

    #[tokio::test]
    async fn what_was_stopped_has_ended() {
        let held = Arc::new(());
        holding(&held).stop().await;
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test]
    async fn what_was_let_go_comes_to_its_own_end() {
        let (tell, told) = tokio::sync::oneshot::channel();
        Background::start(async move { tell.send(7).unwrap() }).detach();
        assert_eq!(told.await, Ok(7));
    }
}
