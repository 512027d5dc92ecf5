//! Changes of many products at once: asked for with a preview, done in the background step by step, and undone.
//!
//! A step is one transaction: it changes a batch of products, notes what they had, and moves the edit's place on. So a
//! step that is cut off or run twice is done once.

mod ask;
mod read;
mod run;
mod sweep;
mod undo;

pub(crate) use self::{
    ask::{preview, start, stop, undo},
    read::{by_id, items, list},
    run::run,
    sweep::sweep,
    undo::run_undo,
};

use std::time::Duration;

/// Products of one step.
const BATCH: usize = 100;
/// How long one run of a job goes on; the next one goes on where it stopped.
const RUN_MAX: Duration = Duration::from_secs(60);
