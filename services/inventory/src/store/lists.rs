//! The list of levels in each of its orders.

use souk_contracts::{
    LocationId,
    inventory::{LOW_MAX, Level, LevelSort},
};
use souk_store::{Sql, Tx, params, sql};
use souk_types::Fault;

use super::levels::read;

/// The level behind which a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// What can be sold, pieces; counts in the orders by that alone.
    pub available: i64,
    /// Stock keeping unit.
    pub sku: String,
    /// Where, as text.
    pub location: String,
}

/// Which levels a page shows.
#[derive(Debug)]
pub struct Wanted {
    /// SKUs start with this.
    pub sku_prefix: String,
    /// At most this many are available.
    pub available_max: i64,
    /// Only here; everywhere when there is none.
    pub location: Option<LocationId>,
    /// The last level of the page before.
    pub behind: Option<Behind>,
    /// How many at most.
    pub rows: i64,
}

/// Levels in an order. Those by what is available are of all SKUs at all places.
pub fn page(tx: &mut Tx<'_>, sort: LevelSort, wanted: &Wanted) -> Result<Vec<Level>, Fault> {
    match sort {
        LevelSort::Sku => by_sku(tx, false, wanted),
        LevelSort::SkuReversed => by_sku(tx, true, wanted),
        LevelSort::Scarcest => by_available(tx, false, wanted),
        LevelSort::Amplest => by_available(tx, true, wanted),
    }
}

fn by_sku(tx: &mut Tx<'_>, descending: bool, wanted: &Wanted) -> Result<Vec<Level>, Fault> {
    let Wanted { sku_prefix, available_max, location, behind, rows } = wanted;
    // Texts sort by their bytes, and no text with the prefix sorts behind it and the last character.
    let end = format!("{sku_prefix}{}", char::MAX);
    let here = location.map(|location| location.to_string()).unwrap_or_default();
    let first = if descending { (end.as_str(), "") } else { ("", "") };
    let (sku, place) = behind.as_ref().map_or(first, |behind| (behind.sku.as_str(), behind.location.as_str()));
    let params = params![sku, place, sku_prefix, end, available_max, here, rows];
    // Where the number stands in the text, the index of low levels is known to have them all.
    let sql = match (*available_max <= LOW_MAX, descending) {
        (true, false) => sql!(
            fan_out
            "SELECT sku, location_id, on_hand, committed, reserved, safety FROM levels
             WHERE (sku, location_id) > (?1, ?2) AND sku >= ?3 AND sku < ?4
                 AND on_hand - committed - reserved - safety <= 5
                 AND on_hand - committed - reserved - safety <= ?5
                 AND (?6 = '' OR location_id = ?6)
             ORDER BY sku, location_id LIMIT ?7"
        ),
        (true, true) => sql!(
            fan_out
            "SELECT sku, location_id, on_hand, committed, reserved, safety FROM levels
             WHERE (sku, location_id) < (?1, ?2) AND sku >= ?3 AND sku < ?4
                 AND on_hand - committed - reserved - safety <= 5
                 AND on_hand - committed - reserved - safety <= ?5
                 AND (?6 = '' OR location_id = ?6)
             ORDER BY sku DESC, location_id DESC LIMIT ?7"
        ),
        (false, false) => sql!(
            fan_out
            "SELECT sku, location_id, on_hand, committed, reserved, safety FROM levels
             WHERE (sku, location_id) > (?1, ?2) AND sku >= ?3 AND sku < ?4
                 AND on_hand - committed - reserved - safety <= ?5
                 AND (?6 = '' OR location_id = ?6)
             ORDER BY sku, location_id LIMIT ?7"
        ),
        (false, true) => sql!(
            fan_out
            "SELECT sku, location_id, on_hand, committed, reserved, safety FROM levels
             WHERE (sku, location_id) < (?1, ?2) AND sku >= ?3 AND sku < ?4
                 AND on_hand - committed - reserved - safety <= ?5
                 AND (?6 = '' OR location_id = ?6)
             ORDER BY sku DESC, location_id DESC LIMIT ?7"
        ),
    };
    tx.query(sql, params, read)
}

fn by_available(tx: &mut Tx<'_>, descending: bool, wanted: &Wanted) -> Result<Vec<Level>, Fault> {
    let (sku, location, available) = match &wanted.behind {
        Some(behind) => (behind.sku.as_str(), behind.location.as_str(), behind.available),
        None => ("", "", if descending { i64::MAX } else { i64::MIN }),
    };
    let params = params![available, sku, location, wanted.available_max, wanted.rows];
    tx.query(available_sql(descending), params, read)
}

/// Many levels have the same number. Those that have the last one of the page before are a list of their own, so that
/// the index is read from where that page ended.
fn available_sql(descending: bool) -> &'static Sql {
    if descending {
        sql!(
            fan_out
            "SELECT * FROM (
                 SELECT sku, location_id, on_hand, committed, reserved, safety, on_hand - committed - reserved - safety AS available
                 FROM levels
                 WHERE on_hand - committed - reserved - safety = ?1 AND (sku, location_id) < (?2, ?3)
                     AND on_hand - committed - reserved - safety <= ?4
                 ORDER BY sku DESC, location_id DESC LIMIT ?5) AS alike
             UNION ALL SELECT * FROM (
                 SELECT sku, location_id, on_hand, committed, reserved, safety, on_hand - committed - reserved - safety AS available
                 FROM levels
                 WHERE on_hand - committed - reserved - safety < ?1 AND on_hand - committed - reserved - safety <= ?4
                 ORDER BY on_hand - committed - reserved - safety DESC, sku DESC, location_id DESC LIMIT ?5) AS others
             ORDER BY available DESC, sku DESC, location_id DESC LIMIT ?5"
        )
    } else {
        sql!(
            fan_out
            "SELECT * FROM (
                 SELECT sku, location_id, on_hand, committed, reserved, safety, on_hand - committed - reserved - safety AS available
                 FROM levels
                 WHERE on_hand - committed - reserved - safety = ?1 AND (sku, location_id) > (?2, ?3)
                     AND on_hand - committed - reserved - safety <= ?4
                 ORDER BY sku, location_id LIMIT ?5) AS alike
             UNION ALL SELECT * FROM (
                 SELECT sku, location_id, on_hand, committed, reserved, safety, on_hand - committed - reserved - safety AS available
                 FROM levels
                 WHERE on_hand - committed - reserved - safety > ?1 AND on_hand - committed - reserved - safety <= ?4
                 ORDER BY on_hand - committed - reserved - safety, sku, location_id LIMIT ?5) AS others
             ORDER BY available, sku, location_id LIMIT ?5"
        )
    }
}

#[cfg(test)]
mod tests {
    use souk_store::testing::TestEngine;
    use souk_types::{Cx, Env};

    use super::*;

    #[tokio::test]
    async fn what_is_available_is_read_along_its_index() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("inventory", &env);
        for descending in [false, true] {
            let text = format!("EXPLAIN QUERY PLAN {}", available_sql(descending).text());
            let sql: &'static Sql = Box::leak(Box::new(Sql::fan_out(Box::leak(text.into_boxed_str()))));
            let explain = move |tx: &mut Tx<'_>| tx.query(sql, params![3, "a", "", 9, 51], |row| row.get::<String>(3));
            let plan = store.read::<_, Fault>(&cx, explain).await.unwrap();
            let along = |step: &&String| step.starts_with("SEARCH levels USING INDEX levels_available");
            assert_eq!(plan.iter().filter(along).count(), 2, "{plan:#?}");
            assert!(plan.iter().any(|step| step.contains("(<expr>=? AND (sku,location_id)")), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN levels")), "{plan:#?}");
        }
    }
}
