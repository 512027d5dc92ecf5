use std::error::Error as _;

use souk_types::{ErrorKind, Fault};
use tokio_postgres::{
    Error,
    error::{DbError, SqlState},
};

use super::pool::Connection;
use crate::{constraint, tx::Failure};

/// What an error of Postgres means to a caller, and to the connection.
pub(super) fn failure(error: &Error, connection: &mut Connection) -> Failure {
    match error.as_db_error() {
        Some(refusal) => refused(refusal, connection),
        None if error.is_closed() || connection.client.is_closed() || is_io(error) => {
            connection.broken = true;
            Failure::Again(Fault::unavailable(format!("Postgres: {}", text(error))))
        }
        None => Failure::Statement(Fault::internal(text(error))),
    }
}

fn refused(refusal: &DbError, connection: &mut Connection) -> Failure {
    let code = refusal.code();
    let message = refusal.message();
    let constraint = violated(refusal.constraint(), message);
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Failure::Again(busy(message));
    }
    if *code == SqlState::FEATURE_NOT_SUPPORTED && message.contains("cached plan") {
        // The tables were changed under a prepared statement.
        connection.prepared.clear();
        return Failure::Again(Fault::unavailable(message));
    }
    if matches!(code.code().get(..2), Some("08" | "57")) && *code != SqlState::QUERY_CANCELED {
        connection.broken = true;
        return Failure::Again(Fault::unavailable(message));
    }
    Failure::Statement(match *code {
        SqlState::UNIQUE_VIOLATION => not_unique(refusal, constraint),
        SqlState::CHECK_VIOLATION => constraint::check_failed(constraint),
        SqlState::FOREIGN_KEY_VIOLATION => constraint::reference_failed(constraint),
        SqlState::DISK_FULL => constraint::disk_full(message),
        SqlState::QUERY_CANCELED => Fault::deadline().because(message),
        // Only a NUL: everything else that is no text is refused before.
        SqlState::CHARACTER_NOT_IN_REPERTOIRE => {
            Fault::new(ErrorKind::Invalid, "a text holds a character that cannot be kept").because(message)
        }
        SqlState::LOCK_NOT_AVAILABLE => busy(message),
        SqlState::TOO_MANY_CONNECTIONS | SqlState::OUT_OF_MEMORY => Fault::unavailable(message),
        _ => Fault::internal(format!("{message} ({})", code.code())),
    })
}

fn busy(message: &str) -> Fault {
    Fault::new(ErrorKind::Unavailable, "too many people want this at once, please try again").because(message)
}

/// Names as SQLite's side does: `sku_unique` speaks of `sku`; the key of a table speaks of no field.
fn not_unique(refusal: &DbError, name: &str) -> Fault {
    let table = without_shard(refusal.table().unwrap_or(""));
    let unnamed = name.strip_prefix(table).and_then(|rest| rest.strip_prefix('_'));
    let field = match unnamed {
        // A node of Citus tells no table.
        _ if name.ends_with("_pkey") => None,
        Some(rest) if rest.ends_with("_key") => rest.strip_suffix("_key"),
        _ => Some(constraint::field_of(name)),
    };
    constraint::not_unique(field, name)
}

/// The constraint that is violated. Citus hands on what a node says without its fields, and a node speaks of shards: of
/// `sku_unique_102008`, which is `sku_unique` of one of them.
fn violated<'a>(constraint: Option<&'a str>, message: &'a str) -> &'a str {
    without_shard(constraint.or_else(|| message.rsplit('"').nth(1)).unwrap_or(""))
}

/// A name without the number of a shard, which has six digits or more.
fn without_shard(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((whole, shard)) if shard.len() >= 6 && shard.bytes().all(|digit| digit.is_ascii_digit()) => whole,
        Some(_) | None => name,
    }
}

fn is_io(error: &Error) -> bool {
    error.source().is_some_and(<dyn std::error::Error + 'static>::is::<std::io::Error>)
}

/// The error with its cause, which its own text leaves out.
pub(super) fn text(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(refusal), _) => format!("{} ({})", refusal.message(), refusal.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::violated;

    #[test]
    fn a_constraint_is_known_by_its_name_whichever_node_tells_it() {
        let message = "duplicate key value violates unique constraint \"sku_unique_102008\"";
        assert_eq!(violated(Some("sku_unique"), "duplicate …"), "sku_unique");
        assert_eq!(violated(Some("sku_unique_102008"), message), "sku_unique");
        assert_eq!(violated(None, message), "sku_unique");
        let message = "new row for relation \"levels_102010\" violates check constraint \"available_valid\"";
        assert_eq!(violated(None, message), "available_valid");
        assert_eq!(violated(None, "the disk is full"), "");
    }
}
