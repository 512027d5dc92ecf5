use souk_store::{Tx, params, sql};
use souk_types::Fault;

/// Columns that all imports together can leave behind.
pub(crate) const KEPT_COLUMNS_MAX: usize = 1_000;

/// The first `count` columns that imports brought along, in the order in which they came.
pub(crate) fn all(tx: &mut Tx<'_>, count: usize) -> Result<Vec<String>, Fault> {
    let sql = sql!("SELECT name FROM kept_columns ORDER BY position, name LIMIT ?1");
    tx.query(sql, params![count], |row| row.get(0))
}

/// Adds those that are new.
///
/// # Errors
/// [`ErrorKind::Invalid`](souk_types::ErrorKind::Invalid) when there would be too many.
pub(crate) fn add(tx: &mut Tx<'_>, names: &[String]) -> Result<(), Fault> {
    let known = all(tx, KEPT_COLUMNS_MAX)?;
    let fresh = names.iter().filter(|name| !known.contains(name));
    for (position, name) in (known.len()..).zip(fresh) {
        if position >= KEPT_COLUMNS_MAX {
            let message = format!("only {KEPT_COLUMNS_MAX} columns that are not understood can be kept aside");
            return Err(Fault::invalid("columns", message));
        }
        let sql = sql!("INSERT INTO kept_columns (position, name) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING");
        tx.exec(sql, params![position, name])?;
    }
    Ok(())
}
