use souk_contracts::{
    ActivityId,
    accounts::{Activity, ActivityFilter, NewActivity},
};
use souk_store::{Row, Tx, params, sql};
use souk_types::{Fault, PageRequest, Timestamp};

/// Notes something that was done; nothing when it was noted before.
pub fn add(tx: &mut Tx<'_>, activity: &Activity) -> Result<(), Fault> {
    let Activity { id, at, actor, done: NewActivity { name, kind, action, object } } = activity;
    tx.exec(
        sql!(
            "INSERT INTO activity (actor, activity_id, at, name, kind, action, object)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"
        ),
        params![actor, *id, *at, name, kind.as_str(), action, object],
    )?;
    Ok(())
}

/// What was done before an entry, newest first.
pub fn page(
    tx: &mut Tx<'_>,
    filter: &ActivityFilter,
    before: ActivityId,
    request: &PageRequest,
) -> Result<Vec<Activity>, Fault> {
    let rows = request.rows()?;
    let kind = filter.kind.map_or("", |kind| kind.as_str());
    match (&filter.actor, filter.kind) {
        (Some(actor), _) => tx.query(
            sql!(
                "SELECT activity_id, at, actor, name, kind, action, object FROM activity
                 WHERE actor = ?1 AND activity_id < ?2 AND (?3 = '' OR kind = ?3)
                 ORDER BY activity_id DESC LIMIT ?4"
            ),
            params![actor, before, kind, rows],
            read,
        ),
        (None, Some(_)) => tx.query(
            sql!(
                fan_out
                "SELECT activity_id, at, actor, name, kind, action, object FROM activity
                 WHERE kind = ?1 AND activity_id < ?2 ORDER BY activity_id DESC LIMIT ?3"
            ),
            params![kind, before, rows],
            read,
        ),
        (None, None) => tx.query(
            sql!(
                fan_out
                "SELECT activity_id, at, actor, name, kind, action, object FROM activity
                 WHERE activity_id < ?1 ORDER BY activity_id DESC LIMIT ?2"
            ),
            params![before, rows],
            read,
        ),
    }
}

/// Forgets what was done until then, so many entries at most; says how many.
pub fn forget_old(tx: &mut Tx<'_>, until: Timestamp, limit: usize) -> Result<u64, Fault> {
    let forgotten = tx.exec(
        sql!(
            fan_out
            "DELETE FROM activity WHERE (actor, activity_id) IN (
                 SELECT actor, activity_id FROM activity WHERE at <= ?1 ORDER BY at LIMIT ?2)"
        ),
        params![until, limit],
    )?;
    Ok(forgotten.rows())
}

fn read(row: &Row<'_>) -> Result<Activity, Fault> {
    let done = NewActivity { name: row.get(3)?, kind: row.parse(4)?, action: row.get(5)?, object: row.get(6)? };
    Ok(Activity { id: row.get(0)?, at: row.get(1)?, actor: row.get(2)?, done })
}
