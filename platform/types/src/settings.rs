//! What staff set in the console in place of the configuration file.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What holds now, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings<T> {
    /// What holds.
    pub values: T,
    /// Rises with every change. Whoever replaces settings says on which they build, so that nobody overwrites what
    /// they have not seen.
    pub version: i64,
    /// Who saved them and when; `None`: those of the configuration file hold.
    pub saved: Option<Saved>,
}

impl<T> Settings<T> {
    /// The same with the values in another form.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Settings<U> {
        Settings { values: form(self.values), version: self.version, saved: self.saved }
    }
}

/// Who saved settings, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// When.
    pub at: Timestamp,
    /// Who, by id.
    pub by: String,
}
