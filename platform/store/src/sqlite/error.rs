use rusqlite::{ErrorCode, ffi};
use souk_types::{ErrorKind, Fault};

use crate::{constraint, core::Core};

/// What an error of SQLite means to a caller.
pub(super) fn fault(error: &rusqlite::Error, core: &Core) -> Fault {
    let (failure, message) = match error {
        rusqlite::Error::SqliteFailure(failure, message) => (*failure, message.as_deref().unwrap_or("")),
        rusqlite::Error::SqlInputError { error, msg, .. } => (*error, msg.as_str()),
        _ => return Fault::internal(error),
    };
    match failure.code {
        ErrorCode::ConstraintViolation => violation(failure.extended_code, message, core),
        ErrorCode::DiskFull => constraint::disk_full(message),
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => {
            Fault::new(ErrorKind::Unavailable, "the disk could not be read or written; nothing was saved")
                .because(error)
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Fault::unavailable(format!("another process holds the database: {message}"))
        }
        ErrorCode::OperationInterrupted => Fault::deadline(),
        _ => Fault::internal(error),
    }
}

/// The message is `UNIQUE constraint failed: variants.product_id, variants.sku` or `CHECK constraint failed: name`.
fn violation(extended_code: i32, message: &str, core: &Core) -> Fault {
    let subject = message.split_once(": ").map_or("", |(_, subject)| subject);
    match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE => match core.unique_names.name(subject) {
            Some(name) => constraint::not_unique(Some(constraint::field_of(name)), name),
            None => constraint::not_unique(subject.rsplit('.').next(), subject),
        },
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => constraint::not_unique(None, subject),
        ffi::SQLITE_CONSTRAINT_CHECK => constraint::check_failed(subject),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => constraint::reference_failed(message),
        _ => Fault::internal(message),
    }
}
