//! Memory for one search, used again by the next.

use std::sync::{Mutex, PoisonError};

/// Searches whose memory is kept.
const KEPT_MAX: usize = 8;

/// Numbers per document of one segment.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Weighted occurrences of the word that is being counted.
    pub weight: Vec<f32>,
    /// Documents that have it.
    pub having: Vec<u32>,
    /// The score so far.
    pub score: Vec<f32>,
    /// Which words were found, a bit each.
    pub found: Vec<u32>,
    /// Documents that have any word.
    pub touched: Vec<u32>,
}

impl Scratch {
    /// Makes room for a segment. Everything is zero.
    pub fn fit(&mut self, docs: u32) {
        let docs = docs as usize;
        if self.weight.len() < docs {
            self.weight.resize(docs, 0.0);
            self.score.resize(docs, 0.0);
            self.found.resize(docs, 0);
        }
    }

    /// Sets everything back to zero.
    pub fn clear(&mut self) {
        for doc in self.touched.drain(..) {
            self.score[doc as usize] = 0.0;
            self.found[doc as usize] = 0;
        }
    }
}

/// Scratches that nobody uses at the moment.
#[derive(Debug, Default)]
pub struct Scratches(Mutex<Vec<Scratch>>);

impl Scratches {
    /// Lends a scratch. After a failure it is not clean and not lent again.
    pub fn with<T, E>(&self, work: impl FnOnce(&mut Scratch) -> Result<T, E>) -> Result<T, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = lock().pop().unwrap_or_default();
        let done = work(&mut scratch)?;
        let mut kept = lock();
        if kept.len() < KEPT_MAX {
            kept.push(scratch);
        }
        Ok(done)
    }
}
