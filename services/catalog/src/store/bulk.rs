use std::time::Duration;

use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{
        BULK_EDIT_KEPT_DAYS, BulkChange, BulkEdit, BulkEditSort, BulkEditState, BulkOutcome, BulkProduct,
        BulkSelection, NewBulkEdit, ProductFilter, ProductStatus,
    },
};
use souk_store::{Row, Sql, Tx, params, sql};
use souk_types::{Fault, Timestamp};

use super::{started::Started, title_words::Wanted, to_json};
use crate::domain::bulk::OldValues;

/// How long an edit is kept and can be undone.
pub(crate) const KEEP: Duration = Duration::from_secs(BULK_EDIT_KEPT_DAYS * 24 * 60 * 60);

fn edit(row: &Row<'_>) -> Result<BulkEdit, Fault> {
    let created_at: Timestamp = row.get(11)?;
    Ok(BulkEdit {
        id: row.get(0)?,
        filter: filter(row, 1)?,
        change: row.json(2)?,
        state: row.parse(3)?,
        total: row.get(4)?,
        changed: row.get(5)?,
        unchanged: row.get(6)?,
        failed: row.get(7)?,
        restored: row.get(8)?,
        kept: row.get(9)?,
        failure: row.get(10)?,
        created_at,
        finished_at: row.get(12)?,
        actor: row.get(13)?,
        undo_until: created_at + KEEP,
    })
}

fn filter(row: &Row<'_>, index: usize) -> Result<Option<ProductFilter>, Fault> {
    let filter: Option<String> = row.get(index)?;
    filter.map(|filter| serde_json::from_str(&filter).map_err(Fault::internal)).transpose()
}

/// Adds an edit; false when there is one of this id already.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    id: BulkEditId,
    new: &NewBulkEdit,
    upto: &str,
    total: Option<u64>,
) -> Result<bool, Fault> {
    let (filter, chosen) = match &new.selection {
        BulkSelection::Matching(filter) => (Some(to_json(filter)?), None),
        BulkSelection::Chosen(ids) => (None, Some(to_json(ids)?)),
    };
    let sql = sql!(
        "INSERT INTO bulk_edits (bulk_edit_id, filter, chosen, change, upto, state, total, place, changed, unchanged,
             failed, restored, kept, actor, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', 0, 0, 0, 0, 0, ?8, ?9)
         ON CONFLICT (bulk_edit_id) DO NOTHING"
    );
    let (state, change) = (BulkEditState::Queued.as_str(), to_json(&new.change)?);
    let actor = tx.cx().actor.label().to_owned();
    let added = tx.exec(sql, params![id, filter, chosen, change, upto, state, total, actor, tx.now()])?;
    Ok(added.rows() == 1)
}

pub(crate) fn by_id(tx: &mut Tx<'_>, id: BulkEditId) -> Result<Option<BulkEdit>, Fault> {
    let sql = sql!(
        "SELECT bulk_edit_id, filter, change, state, total, changed, unchanged, failed, restored, kept, failure, created_at,
             finished_at, actor
         FROM bulk_edits WHERE bulk_edit_id = ?1"
    );
    tx.query_opt(sql, params![id], edit)
}

/// Edits by when they were asked for, of one state or of all.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    sort: BulkEditSort,
    state: Option<BulkEditState>,
    behind: &Started,
    rows: i64,
) -> Result<Vec<BulkEdit>, Fault> {
    let sql = list_sql(sort == BulkEditSort::Newest, state.is_some());
    match state {
        Some(state) => tx.query(sql, params![behind.at, behind.id, rows, state.as_str()], edit),
        None => tx.query(sql, params![behind.at, behind.id, rows], edit),
    }
}

pub(super) fn list_sql(descending: bool, by_state: bool) -> &'static Sql {
    match (descending, by_state) {
        (true, true) => sql!(
            "SELECT bulk_edit_id, filter, change, state, total, changed, unchanged, failed, restored, kept, failure,
                 created_at, finished_at, actor
             FROM bulk_edits WHERE state = ?4 AND (created_at, bulk_edit_id) < (?1, ?2)
             ORDER BY created_at DESC, bulk_edit_id DESC LIMIT ?3"
        ),
        (true, false) => sql!(
            "SELECT bulk_edit_id, filter, change, state, total, changed, unchanged, failed, restored, kept, failure,
                 created_at, finished_at, actor
             FROM bulk_edits WHERE (created_at, bulk_edit_id) < (?1, ?2)
             ORDER BY created_at DESC, bulk_edit_id DESC LIMIT ?3"
        ),
        (false, true) => sql!(
            "SELECT bulk_edit_id, filter, change, state, total, changed, unchanged, failed, restored, kept, failure,
                 created_at, finished_at, actor
             FROM bulk_edits WHERE state = ?4 AND (created_at, bulk_edit_id) > (?1, ?2)
             ORDER BY created_at, bulk_edit_id LIMIT ?3"
        ),
        (false, false) => sql!(
            "SELECT bulk_edit_id, filter, change, state, total, changed, unchanged, failed, restored, kept, failure,
                 created_at, finished_at, actor
             FROM bulk_edits WHERE (created_at, bulk_edit_id) > (?1, ?2)
             ORDER BY created_at, bulk_edit_id LIMIT ?3"
        ),
    }
}

/// What there is to do, and the last product that is done.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) edit: NewBulkEdit,
    pub(crate) upto: String,
    pub(crate) state: BulkEditState,
    pub(crate) place: String,
}

pub(crate) fn work(tx: &mut Tx<'_>, id: BulkEditId) -> Result<Option<Work>, Fault> {
    let sql = sql!("SELECT filter, chosen, change, upto, state, place FROM bulk_edits WHERE bulk_edit_id = ?1");
    tx.query_opt(sql, params![id], |row| {
        let selection = match filter(row, 0)? {
            Some(filter) => BulkSelection::Matching(filter),
            None => BulkSelection::Chosen(row.json(1)?),
        };
        let edit = NewBulkEdit { selection, change: row.json::<BulkChange>(2)? };
        Ok(Work { edit, upto: row.get(3)?, state: row.parse(4)?, place: row.get(5)? })
    })
}

/// Where an edit stands; whoever else works on it waits for the end of the transaction.
pub(crate) fn lock(tx: &mut Tx<'_>, id: BulkEditId) -> Result<Option<(BulkEditState, String, Timestamp)>, Fault> {
    let sql = sql!("SELECT state, place, created_at FROM bulk_edits WHERE bulk_edit_id = ?1 {for_update}");
    tx.query_opt(sql, params![id], |row| Ok((row.parse(0)?, row.get(1)?, row.get(2)?)))
}

pub(crate) fn begin_undo(tx: &mut Tx<'_>, id: BulkEditId) -> Result<(), Fault> {
    let sql = sql!("UPDATE bulk_edits SET state = ?2, failure = NULL, finished_at = NULL WHERE bulk_edit_id = ?1");
    tx.exec(sql, params![id, BulkEditState::Undoing.as_str()])?.expect_one()
}

/// What one step did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    pub(crate) failed: u64,
    pub(crate) restored: u64,
    pub(crate) kept: u64,
}

/// Adds what a step did, in state `state`, and keeps the place that it came to.
pub(crate) fn advance(
    tx: &mut Tx<'_>,
    id: BulkEditId,
    state: BulkEditState,
    place: &str,
    counts: Counts,
) -> Result<(), Fault> {
    let sql = sql!(
        "UPDATE bulk_edits SET state = ?2, place = ?3, changed = changed + ?4, unchanged = unchanged + ?5,
             failed = failed + ?6, restored = restored + ?7, kept = kept + ?8
         WHERE bulk_edit_id = ?1"
    );
    let Counts { changed, unchanged, failed, restored, kept } = counts;
    tx.exec(sql, params![id, state.as_str(), place, changed, unchanged, failed, restored, kept])?.expect_one()
}

/// Ends an edit that stands where `from` says.
pub(crate) fn finish(
    tx: &mut Tx<'_>,
    id: BulkEditId,
    from: [BulkEditState; 2],
    to: BulkEditState,
    failure: Option<&str>,
) -> Result<(), Fault> {
    let sql = sql!(
        "UPDATE bulk_edits SET state = ?2, failure = ?3, finished_at = ?4
         WHERE bulk_edit_id = ?1 AND (state = ?5 OR state = ?6)"
    );
    let [a, b] = from.map(BulkEditState::as_str);
    tx.exec(sql, params![id, to.as_str(), failure, tx.now(), a, b]).map(drop)
}

/// The next products by id that were there before `upto` and match.
pub(crate) fn matching(
    tx: &mut Tx<'_>,
    filter: &ProductFilter,
    after: &str,
    upto: &str,
    rows: u64,
) -> Result<Vec<ProductId>, Fault> {
    let status = filter.status.map_or("", ProductStatus::as_str);
    let id = |row: &Row<'_>| row.get(0);
    match &filter.text {
        Some(text) => {
            let (wanted, _) = Wanted::by(tx, text)?;
            let sql = sql!(fan_out
                "SELECT product_id FROM products {indexed_by:products_sort_keys}
                 WHERE product_id IN (
                         SELECT t.product_id FROM title_words t
                         WHERE t.word >= ?5 AND t.word < ?6
                             AND (?7 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?7 AND w.word < ?7 || ?11))
                             AND (?8 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?8 AND w.word < ?8 || ?11))
                             AND (?9 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?9 AND w.word < ?9 || ?11))
                             AND (?10 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?10 AND w.word < ?10 || ?11))
                         UNION ALL SELECT product_id FROM skus WHERE sku_key >= ?12 AND sku_key < ?13)
                     AND (?4 = '' OR status = ?4) AND product_id > ?1 AND product_id < ?2
                 ORDER BY product_id LIMIT ?3"
            );
            tx.query(sql, &[params![after, upto, rows, status], &wanted.found()].concat(), id)
        }
        None if filter.status.is_some() => {
            let sql = sql!(fan_out
                "SELECT product_id FROM products WHERE status = ?4 AND product_id > ?1 AND product_id < ?2
                 ORDER BY product_id LIMIT ?3"
            );
            tx.query(sql, params![after, upto, rows, status], id)
        }
        None => {
            let sql = sql!(fan_out
                "SELECT product_id FROM products WHERE product_id > ?1 AND product_id < ?2 ORDER BY product_id LIMIT ?3"
            );
            tx.query(sql, params![after, upto, rows], id)
        }
    }
}

/// What was done to one product.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) product: ProductId,
    pub(crate) title: String,
    /// The version that the edit left behind.
    pub(crate) version: i64,
    /// What it replaced, or why it left the product out.
    pub(crate) done: Result<OldValues, String>,
}

pub(crate) fn add_item(tx: &mut Tx<'_>, id: BulkEditId, item: &Item) -> Result<(), Fault> {
    let (outcome, old_values, reason) = match &item.done {
        Ok(old) => (BulkOutcome::Changed.as_str(), to_json(old)?, ""),
        Err(reason) => (BulkOutcome::Failed.as_str(), String::new(), reason.as_str()),
    };
    let sql = sql!(
        "INSERT INTO bulk_edit_items (product_id, bulk_edit_id, outcome, title, version, old_values, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    let params = params![item.product, id, outcome, item.title, item.version, old_values, reason];
    tx.exec(sql, params)?.expect_one()
}

/// A product that is to be given back what it had.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) product: ProductId,
    pub(crate) version: i64,
    pub(crate) old: OldValues,
}

pub(crate) fn changed(tx: &mut Tx<'_>, id: BulkEditId, rows: usize) -> Result<Vec<Changed>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, version, old_values FROM bulk_edit_items
         WHERE bulk_edit_id = ?1 AND outcome = ?2 ORDER BY product_id LIMIT ?3"
    );
    tx.query(sql, params![id, BulkOutcome::Changed.as_str(), rows], |row| {
        Ok(Changed { product: row.get(0)?, version: row.get(1)?, old: row.json(2)? })
    })
}

pub(crate) fn settle_item(
    tx: &mut Tx<'_>,
    id: BulkEditId,
    product: ProductId,
    outcome: BulkOutcome,
    reason: &str,
) -> Result<(), Fault> {
    let sql = sql!("UPDATE bulk_edit_items SET outcome = ?3, reason = ?4 WHERE product_id = ?1 AND bulk_edit_id = ?2");
    tx.exec(sql, params![product, id, outcome.as_str(), reason])?.expect_one()
}

/// The products with which an edit had this outcome, by id.
pub(crate) fn items(
    tx: &mut Tx<'_>,
    id: BulkEditId,
    outcome: BulkOutcome,
    after: &str,
    rows: i64,
) -> Result<Vec<BulkProduct>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, title, reason FROM bulk_edit_items
         WHERE bulk_edit_id = ?1 AND outcome = ?2 AND product_id > ?3 ORDER BY product_id LIMIT ?4"
    );
    tx.query(sql, params![id, outcome.as_str(), after, rows], |row| {
        Ok(BulkProduct { product: row.get(0)?, title: row.get(1)?, outcome, reason: row.get(2)? })
    })
}

/// The oldest edit from before a time that nobody works on.
pub(crate) fn expired(tx: &mut Tx<'_>, before: Timestamp) -> Result<Option<BulkEditId>, Fault> {
    let sql = sql!(
        "SELECT bulk_edit_id FROM bulk_edits
         WHERE created_at < ?1 AND state IN (?2, ?3, ?4, ?5) ORDER BY created_at, bulk_edit_id LIMIT 1"
    );
    let ended = [BulkEditState::Finished, BulkEditState::Stopped, BulkEditState::Failed, BulkEditState::Undone];
    let [a, b, c, d] = ended.map(BulkEditState::as_str);
    tx.query_opt(sql, params![before, a, b, c, d], |row| row.get(0))
}

/// Deletes so many of an edit's products at most; says how many.
pub(crate) fn delete_items(tx: &mut Tx<'_>, id: BulkEditId, rows: u64) -> Result<u64, Fault> {
    let sql = sql!(fan_out
        "DELETE FROM bulk_edit_items WHERE bulk_edit_id = ?1 AND product_id IN (
             SELECT product_id FROM bulk_edit_items WHERE bulk_edit_id = ?1 ORDER BY outcome, product_id LIMIT ?2)"
    );
    Ok(tx.exec(sql, params![id, rows])?.rows())
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: BulkEditId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM bulk_edits WHERE bulk_edit_id = ?1"), params![id]).map(drop)
}
