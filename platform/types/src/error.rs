//! The kinds of failure, and the failure that any part of the platform may answer with.

use std::{error, fmt};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What kind of failure this is: decides the HTTP status, whether a retry can help, and how loudly to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The thing that was named does not exist, or the caller may not know that it does. 404.
    NotFound,
    /// The input is wrong; the fields say where. 422.
    Invalid,
    /// The thing has changed since the caller looked, or the state forbids this. 409.
    Conflict,
    /// There is not enough of something. 409.
    OutOfStock,
    /// The payment was refused. 402.
    Declined,
    /// The caller may not do this. 403 (401 when not signed in).
    Denied,
    /// Something needed is away or too slow. A retry may help. 503.
    Unavailable,
    /// The caller asks too much. A later retry may help. 429.
    TooMany,
    /// A defect or a broken disk: nothing that the caller can mend. 500.
    Internal,
}

impl ErrorKind {
    /// The HTTP status for this kind.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Invalid => 422,
            Self::Conflict | Self::OutOfStock => 409,
            Self::Declined => 402,
            Self::Denied => 403,
            Self::Unavailable => 503,
            Self::TooMany => 429,
            Self::Internal => 500,
        }
    }

    /// Says whether the same call may succeed later, unchanged.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Unavailable | Self::TooMany)
    }
}

/// One wrong field of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's path, for example `lines[2].quantity`.
    pub field: String,
    /// What is wrong with it, for the person who filled it in.
    pub message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What is told where something is away, and no more is to be said of it.
const AWAY: &str = "this is not available right now, please try again";
/// What is told where time ran out.
const LATE: &str = "this took too long, please try again";

/// A failure that is not peculiar to one service: every service's error enum has a variant for it.
///
/// The public message may be shown to anybody. The internal one is for logs and stays inside the system:
/// the edge drops it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind of failure this is.
    pub kind: ErrorKind,
    /// What may be shown to the person who asked.
    pub public: String,
    /// What the logs should know beyond it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal: Option<String>,
    /// The wrong fields, when the input is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
}

impl Fault {
    /// A failure of a kind with a public message.
    pub fn new(kind: ErrorKind, public: impl Into<String>) -> Self {
        Self { kind, public: public.into(), internal: None, fields: Vec::new() }
    }

    /// `what` does not exist.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, format!("{what} was not found"))
    }

    /// One field is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError::new(field, message)])
    }

    /// Several fields are wrong.
    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let public =
            fields.iter().map(|wrong| format!("{}: {}", wrong.field, wrong.message)).collect::<Vec<_>>().join("; ");
        Self { fields, ..Self::new(ErrorKind::Invalid, public) }
    }

    /// The state forbids this, or has changed since the caller looked.
    pub fn conflict(public: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, public)
    }

    /// The caller may not do this.
    pub fn denied(public: impl Into<String>) -> Self {
        Self::new(ErrorKind::Denied, public)
    }

    /// Something needed is away; `internal` says what.
    pub fn unavailable(internal: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unavailable, AWAY).because(internal)
    }

    /// The deadline passed before the work was done.
    pub fn deadline() -> Self {
        Self::new(ErrorKind::Unavailable, LATE).because("deadline passed")
    }

    /// Says whether what is told names a cause, as a full disk, rather than that something is away or slow.
    pub fn names_cause(&self) -> bool {
        self.public != AWAY && self.public != LATE
    }

    /// A defect or a broken disk; `internal` says what.
    pub fn internal(internal: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Internal, "something went wrong on our side").because(internal)
    }

    /// Adds what the logs should know.
    #[must_use]
    pub fn because(mut self, internal: impl fmt::Display) -> Self {
        self.internal = Some(internal.to_string());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.internal {
            Some(internal) => write!(f, "{} ({internal})", self.public),
            None => f.write_str(&self.public),
        }
    }
}

impl error::Error for Fault {}

/// What every service's error enum offers, so that the edge, the wire and the retries treat all alike.
pub trait ServiceError: error::Error + From<Fault> + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What kind of failure this is.
    fn kind(&self) -> ErrorKind;
    /// What may be shown to the person who asked.
    fn public_message(&self) -> String;
    /// The wrong fields, when the input is wrong.
    fn fields(&self) -> &[FieldError] {
        &[]
    }
    /// A stable word for machines, for example `out_of_stock`.
    fn code(&self) -> &'static str;
    /// How many seconds to wait before it is worth trying again, where that is known.
    fn retry_after_s(&self) -> Option<u64> {
        None
    }
}

impl ServiceError for Fault {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
    fn public_message(&self) -> String {
        self.public.clone()
    }
    fn fields(&self) -> &[FieldError] {
        &self.fields
    }
    fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::NotFound => "not_found",
            ErrorKind::Invalid => "invalid",
            ErrorKind::Conflict => "conflict",
            ErrorKind::OutOfStock => "out_of_stock",
            ErrorKind::Declined => "declined",
            ErrorKind::Denied => "denied",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::TooMany => "too_many",
            ErrorKind::Internal => "internal",
        }
    }
}
