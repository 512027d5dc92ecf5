//! The table `settings` of a service: what was saved last under a name.

use serde::{Serialize, de::DeserializeOwned};
use souk_store::{Tx, params, sql};
use souk_types::{Fault, settings::Saved};

pub struct Stored<T> {
    /// `None`: staff went back to the configuration file.
    pub values: Option<T>,
    pub version: i64,
    pub saved: Saved,
}

pub fn find<T: DeserializeOwned>(tx: &mut Tx<'_>, name: &str) -> Result<Option<Stored<T>>, Fault> {
    tx.query_opt(
        sql!("SELECT version, changed_at, changed_by, body FROM settings WHERE name = ?1"),
        params![name],
        |row| {
            let body: Option<String> = row.get(3)?;
            let values = body.map(|body| serde_json::from_str(&body)).transpose().map_err(Fault::internal)?;
            let saved = Saved { at: row.get(1)?, by: row.get(2)? };
            Ok(Stored { values, version: row.get(0)?, saved })
        },
    )
}

/// Puts values in place of those of a version; `false` when another one holds meanwhile.
pub fn replace(tx: &mut Tx<'_>, name: &str, version: i64, values: Option<&impl Serialize>) -> Result<bool, Fault> {
    let body = values.map(serde_json::to_string).transpose().map_err(Fault::internal)?;
    let (now, by) = (tx.now(), tx.cx().actor.label().to_owned());
    let changed = if version == 0 {
        tx.exec(
            sql!(
                "INSERT INTO settings (name, version, body, changed_at, changed_by) VALUES (?1, 1, ?2, ?3, ?4)
                 ON CONFLICT (name) DO NOTHING"
            ),
            params![name, body.as_deref(), now, by],
        )?
    } else {
        tx.exec(
            sql!(
                "UPDATE settings SET version = version + 1, body = ?3, changed_at = ?4, changed_by = ?5
                 WHERE name = ?1 AND version = ?2"
            ),
            params![name, version, body.as_deref(), now, by],
        )?
    };
    Ok(changed.rows() == 1)
}
