use serde::{Serialize, de::DeserializeOwned};
use souk_store::{Store, Tx, params, sql};
use souk_types::{Cx, Fault, Timestamp};

use crate::{
    Expired,
    decision::{After, decided, parsed},
};

/// Documents in the table `documents` of a store, which the service's migrations make.
#[derive(Debug, Clone)]
pub(crate) struct InStore {
    store: Store,
}

struct Kept {
    version: i64,
    content: String,
}

/// A document as it lies there, whole.
pub(crate) struct Row {
    pub(crate) key: String,
    version: i64,
    pub(crate) content: String,
    pub(crate) changed_at: Timestamp,
}

impl InStore {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    pub(crate) async fn read<T>(&self, cx: &Cx, key: &str) -> Result<T, Fault>
    where
        T: Default + DeserializeOwned + Send + 'static,
    {
        let key = key.to_owned();
        let work = move |tx: &mut Tx<'_>| {
            let kept = find(tx, &key)?;
            parsed(kept.as_ref().map(|kept| kept.content.as_str()))
        };
        self.store.read(cx, work).await
    }

    pub(crate) async fn change<T, R, E>(
        &self,
        cx: &Cx,
        key: &str,
        mut decide: impl FnMut(&mut T, Timestamp) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        T: Default + Serialize + DeserializeOwned + Send + 'static,
        R: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let key = key.to_owned();
        let work = move |tx: &mut Tx<'_>| {
            let kept = find(tx, &key)?;
            let before = kept.as_ref().map(|kept| kept.content.as_str());
            let (after, answer) = decided(before, tx.now(), &mut decide)?;
            match (after, &kept) {
                (After::Same, _) | (After::Gone, None) => {}
                (After::Content(content), None) => insert(tx, &key, &content)?,
                (After::Content(content), Some(kept)) => update(tx, &key, kept.version, &content)?,
                (After::Gone, Some(kept)) => delete(tx, &key, kept.version)?,
            }
            Ok(answer)
        };
        self.store.write(cx, work).await
    }

    pub(crate) async fn expire<T>(
        &self,
        cx: &Cx,
        since: Timestamp,
        limit: usize,
        mut tell: impl FnMut(&mut Tx<'_>, Expired<T>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<usize, Fault>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let work = move |tx: &mut Tx<'_>| {
            let due = due(tx, since, limit)?;
            let count = due.len();
            for Row { key, version, content, changed_at } in due {
                delete(tx, &key, version)?;
                let document = serde_json::from_str(&content).map_err(Fault::internal)?;
                tell(tx, Expired { key, document, changed_at })?;
            }
            Ok(count)
        };
        self.store.write(cx, work).await
    }

    /// The document under a key, if there is one.
    pub(crate) async fn row(&self, cx: &Cx, key: &str) -> Result<Option<Row>, Fault> {
        let key = key.to_owned();
        let work = move |tx: &mut Tx<'_>| {
            let sql = sql!("SELECT document_key, version, content, changed_at FROM documents WHERE document_key = ?1");
            tx.query_opt(sql, params![key], whole)
        };
        self.store.read(cx, work).await
    }

    /// Documents that were left alone the longest.
    pub(crate) async fn oldest(&self, cx: &Cx, limit: usize) -> Result<Vec<Row>, Fault> {
        self.store.read(cx, move |tx| due(tx, Timestamp::from_micros(i64::MAX), limit)).await
    }

    /// Takes documents away that are as they were seen. What was changed since stays.
    pub(crate) async fn remove(&self, cx: &Cx, rows: Vec<Row>) -> Result<(), Fault> {
        let work = move |tx: &mut Tx<'_>| {
            let sql = sql!("DELETE FROM documents WHERE document_key = ?1 AND version = ?2");
            rows.iter().try_for_each(|row| tx.exec(sql, params![&row.key, row.version]).map(drop))
        };
        self.store.write(cx, work).await
    }
}

fn find(tx: &mut Tx<'_>, key: &str) -> Result<Option<Kept>, Fault> {
    let sql = sql!("SELECT version, content FROM documents WHERE document_key = ?1");
    tx.query_opt(sql, params![key], |row| Ok(Kept { version: row.get(0)?, content: row.get(1)? }))
}

fn insert(tx: &mut Tx<'_>, key: &str, content: &str) -> Result<(), Fault> {
    let now = tx.now();
    let sql = sql!(
        "INSERT INTO documents (document_key, version, content, changed_at) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT DO NOTHING"
    );
    tx.exec(sql, params![key, content, now])?.expect_one()
}

fn update(tx: &mut Tx<'_>, key: &str, version: i64, content: &str) -> Result<(), Fault> {
    let now = tx.now();
    let sql = sql!(
        "UPDATE documents SET version = version + 1, content = ?3, changed_at = ?4
         WHERE document_key = ?1 AND version = ?2"
    );
    tx.exec(sql, params![key, version, content, now])?.expect_one()
}

fn delete(tx: &mut Tx<'_>, key: &str, version: i64) -> Result<(), Fault> {
    let sql = sql!("DELETE FROM documents WHERE document_key = ?1 AND version = ?2");
    tx.exec(sql, params![key, version])?.expect_one()
}

fn due(tx: &mut Tx<'_>, since: Timestamp, limit: usize) -> Result<Vec<Row>, Fault> {
    let sql = sql!(
        fan_out
        "SELECT document_key, version, content, changed_at FROM documents
         WHERE changed_at <= ?1 ORDER BY changed_at LIMIT ?2"
    );
    tx.query(sql, params![since, limit], whole)
}

fn whole(row: &souk_store::Row<'_>) -> Result<Row, Fault> {
    Ok(Row { key: row.get(0)?, version: row.get(1)?, content: row.get(2)?, changed_at: row.get(3)? })
}
