use souk_types::{Fault, FieldError, limits};

/// Wrong fields of one input that are named; whoever has more mends these first.
const ERRORS_MAX: usize = 50;

/// Collects what is wrong with an input.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<FieldError>);

impl Findings {
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < ERRORS_MAX {
            self.0.push(FieldError::new(field, message));
        }
    }

    pub(crate) fn into_result(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::invalid_fields(self.0)) }
    }

    /// Puts a single line of text into its normal form and checks it.
    pub(crate) fn line(&mut self, text: &mut String, presence: Presence, field: impl FnOnce() -> String) {
        tidy(text);
        if text.is_empty() {
            if presence == Presence::Required {
                self.add(field(), "must not be empty");
            }
        } else if text.len() > limits::LINE_BYTES_MAX {
            self.add(field(), format!("is longer than {} bytes", limits::LINE_BYTES_MAX));
        } else if text.contains(char::is_control) {
            self.add(field(), "must not contain control characters");
        }
    }

    /// Checks a number against its bounds.
    pub(crate) fn range(&mut self, number: i64, max: i64, field: impl FnOnce() -> String) {
        if number < 0 {
            self.add(field(), "must not be negative");
        } else if number > max {
            self.add(field(), format!("must be at most {max}"));
        }
    }

    /// Checks the length of a list.
    pub(crate) fn count(&mut self, count: usize, max: usize, field: &str) {
        if count > max {
            self.add(field, format!("must be at most {max}, not {count}"));
        }
    }
}

/// Whether a field may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// Line breaks and tabs become blanks; blanks around go.
fn tidy(text: &mut String) {
    if text.contains(['\n', '\r', '\t']) {
        *text = text.replace(['\n', '\r', '\t'], " ");
    }
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        *text = trimmed.to_owned();
    }
}

/// Says whether a text from outside can be looked up at all: no store holds what fails this.
pub(crate) fn is_lookup(text: &str) -> bool {
    !text.is_empty() && text.len() <= limits::LINE_BYTES_MAX && !text.contains(char::is_control)
}
