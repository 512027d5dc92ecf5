use souk_contracts::{
    ActivityId,
    accounts::{Activity, ActivityFilter, ActivityKind, NewActivity},
};
use souk_store::{Row, Sql, Tx, params, sql};
use souk_types::{Fault, TimeOrder, Timestamp};

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

/// What was done behind an entry. What is filtered picks the statement, so that each walks an index in order.
pub fn page(
    tx: &mut Tx<'_>,
    filter: &ActivityFilter,
    sort: TimeOrder,
    behind: ActivityId,
    rows: i64,
) -> Result<Vec<Activity>, Fault> {
    match (&filter.actor, filter.kind.map(ActivityKind::as_str)) {
        (Some(actor), Some(kind)) => tx.query(of_actor_and_kind(sort), params![actor, kind, behind, rows], read),
        (Some(actor), None) => tx.query(of_actor(sort), params![actor, behind, rows], read),
        (None, Some(kind)) => tx.query(of_kind(sort), params![kind, behind, rows], read),
        (None, None) => tx.query(of_all(sort), params![behind, rows], read),
    }
}

fn of_actor_and_kind(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE actor = ?1 AND kind = ?2 AND activity_id < ?3 ORDER BY activity_id DESC LIMIT ?4"
        ),
        TimeOrder::Oldest => sql!(
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE actor = ?1 AND kind = ?2 AND activity_id > ?3 ORDER BY activity_id LIMIT ?4"
        ),
    }
}

fn of_actor(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE actor = ?1 AND activity_id < ?2 ORDER BY activity_id DESC LIMIT ?3"
        ),
        TimeOrder::Oldest => sql!(
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE actor = ?1 AND activity_id > ?2 ORDER BY activity_id LIMIT ?3"
        ),
    }
}

fn of_kind(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            fan_out
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE kind = ?1 AND activity_id < ?2 ORDER BY activity_id DESC LIMIT ?3"
        ),
        TimeOrder::Oldest => sql!(
            fan_out
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE kind = ?1 AND activity_id > ?2 ORDER BY activity_id LIMIT ?3"
        ),
    }
}

fn of_all(sort: TimeOrder) -> &'static Sql {
    match sort {
        TimeOrder::Newest => sql!(
            fan_out
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE activity_id < ?1 ORDER BY activity_id DESC LIMIT ?2"
        ),
        TimeOrder::Oldest => sql!(
            fan_out
            "SELECT activity_id, at, actor, name, kind, action, object FROM activity
             WHERE activity_id > ?1 ORDER BY activity_id LIMIT ?2"
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

#[cfg(test)]
mod tests {
    use souk_store::testing::TestEngine;
    use souk_types::{Cx, Env};

    use super::*;

    #[tokio::test]
    async fn the_log_is_read_along_an_index_in_both_orders_whatever_is_filtered() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        for (sort, by) in [(TimeOrder::Newest, "activity_id<?"), (TimeOrder::Oldest, "activity_id>?")] {
            for (sql, index, texts) in [
                (of_all(sort), format!("activity_newest ({by})"), 1),
                (of_kind(sort), format!("activity_of_kind (kind=? AND {by})"), 2),
                (of_actor(sort), format!("(actor=? AND {by})"), 2),
                (of_actor_and_kind(sort), format!("activity_of_actor (actor=? AND kind=? AND {by})"), 3),
            ] {
                let text = format!("EXPLAIN QUERY PLAN {}", sql.text());
                let sql: &'static Sql = Box::leak(Box::new(Sql::fan_out(Box::leak(text.into_boxed_str()))));
                let explain = move |tx: &mut Tx<'_>| match texts {
                    1 => tx.query(sql, params!["", 51], |row| row.get::<String>(3)),
                    2 => tx.query(sql, params!["", "", 51], |row| row.get::<String>(3)),
                    _ => tx.query(sql, params!["", "", "", 51], |row| row.get::<String>(3)),
                };
                let plan = store.read::<_, Fault>(&Cx::background("accounts", &env), explain).await.unwrap();
                assert!(plan.len() == 1 && plan[0].contains(&index), "{index}: {plan:#?}");
            }
        }
    }
}
