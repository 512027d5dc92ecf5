use std::collections::{HashMap, HashSet};

use souk_contracts::{
    CollectionId, ProductId,
    catalog::{Collection, CollectionSort, CollectionSummary, Condition, Members},
};
use souk_store::{Expect, Row, Sql, Tx, json_list, params, sql};
use souk_types::{Fault, limits::LINE_BYTES_MAX};

use super::to_json;

/// Collections that a shop can have.
const COLLECTIONS_MAX: i64 = 10_000;

fn collection(row: &Row<'_>) -> Result<Collection, Fault> {
    Ok(Collection {
        id: row.get(0)?,
        title: row.get(1)?,
        slug: row.get(2)?,
        members: row.json(3)?,
        version: row.get(4)?,
    })
}

pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<Collection>, Fault> {
    let sql = sql!(
        "SELECT collection_id, title, slug, members, version FROM collections ORDER BY title, collection_id LIMIT ?1"
    );
    tx.query(sql, params![COLLECTIONS_MAX], collection)
}

fn summary(row: &Row<'_>) -> Result<CollectionSummary, Fault> {
    Ok(CollectionSummary {
        id: row.get(0)?,
        title: row.get(1)?,
        slug: row.get(2)?,
        by_rule: row.get(3)?,
        is_filling: row.get(4)?,
    })
}

/// Where a list of collections goes on: behind this title and id.
#[derive(Debug, Clone)]
pub(crate) struct Behind {
    pub(crate) title: String,
    pub(crate) id: String,
}

impl Behind {
    /// Before all collections.
    pub(crate) fn none(sort: CollectionSort) -> Self {
        let title = match sort {
            CollectionSort::Title => String::new(),
            // Longer than any title of the last code point alone could be.
            CollectionSort::TitleReversed => char::MAX.to_string().repeat(LINE_BYTES_MAX / char::MAX.len_utf8() + 1),
        };
        Self { title, id: String::new() }
    }
}

/// Collections behind a place, in order.
pub(crate) fn page(
    tx: &mut Tx<'_>,
    sort: CollectionSort,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<CollectionSummary>, Fault> {
    tx.query(page_sql(sort), params![behind.title, behind.id, rows], summary)
}

fn page_sql(sort: CollectionSort) -> &'static Sql {
    match sort {
        CollectionSort::Title => sql!(
            "SELECT collection_id, title, slug, is_rule, swept_to IS NOT NULL FROM collections
             WHERE (title, collection_id) > (?1, ?2) ORDER BY title, collection_id LIMIT ?3"
        ),
        CollectionSort::TitleReversed => sql!(
            "SELECT collection_id, title, slug, is_rule, swept_to IS NOT NULL FROM collections
             WHERE (title, collection_id) < (?1, ?2) ORDER BY title DESC, collection_id DESC LIMIT ?3"
        ),
    }
}

fn titles_sql(sort: CollectionSort) -> &'static Sql {
    match sort {
        CollectionSort::Title => sql!(
            "SELECT title, collection_id FROM collections
             WHERE (title, collection_id) > (?1, ?2) ORDER BY title, collection_id LIMIT ?3"
        ),
        CollectionSort::TitleReversed => sql!(
            "SELECT title, collection_id FROM collections
             WHERE (title, collection_id) < (?1, ?2) ORDER BY title DESC, collection_id DESC LIMIT ?3"
        ),
    }
}

/// Titles that are looked at one after the other: so many at a time, and in the end all that a shop can have.
const WALKED: [i64; 2] = [1_000, COLLECTIONS_MAX];

/// Collections behind a place whose title, in lower case, has all these words, in order. No index finds words within
/// titles, but one has all titles, and nothing else.
pub(crate) fn with_words(
    tx: &mut Tx<'_>,
    sort: CollectionSort,
    words: &[String],
    behind: &Behind,
    rows: usize,
) -> Result<Vec<CollectionSummary>, Fault> {
    let (mut met, mut behind) = (Vec::new(), behind.clone());
    for step in WALKED {
        let read = |row: &Row<'_>| Ok(Behind { title: row.get(0)?, id: row.get(1)? });
        let titles = tx.query(titles_sql(sort), params![behind.title, behind.id, step], read)?;
        let is_last = i64::try_from(titles.len()).is_ok_and(|count| count < step);
        let last = titles.last().cloned();
        let has_all = |title: &str| words.iter().all(|word| title.contains(word.as_str()));
        met.extend(titles.into_iter().filter(|place| has_all(&place.title.to_lowercase())).map(|place| place.id));
        if met.len() >= rows || is_last {
            break;
        }
        behind = last.unwrap_or(behind);
    }
    met.truncate(rows);
    if met.is_empty() {
        return Ok(Vec::new());
    }
    let sql = sql!(
        "SELECT collection_id, title, slug, is_rule, swept_to IS NOT NULL FROM collections
         WHERE collection_id IN {each:?1}"
    );
    let found = tx.query(sql, params![json_list(&met)], summary)?;
    let mut by_id: HashMap<String, CollectionSummary> =
        found.into_iter().map(|collection| (collection.id.to_string(), collection)).collect();
    Ok(met.iter().filter_map(|id| by_id.remove(id)).collect())
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: CollectionId) -> Result<(), Fault> {
    tx.exec(sql!("DELETE FROM collections WHERE collection_id = ?1"), params![id]).map(drop)
}

pub(crate) fn by_slug(tx: &mut Tx<'_>, slug: &str) -> Result<Option<Collection>, Fault> {
    let sql = sql!("SELECT collection_id, title, slug, members, version FROM collections WHERE slug = ?1");
    tx.query_opt(sql, params![slug], collection)
}

pub(crate) fn by_id(tx: &mut Tx<'_>, id: CollectionId) -> Result<Option<Collection>, Fault> {
    let sql = sql!("SELECT collection_id, title, slug, members, version FROM collections WHERE collection_id = ?1");
    tx.query_opt(sql, params![id], collection)
}

/// Adds a collection, or replaces it in a new version, all but its slug; answers the number of the sweep that its rule
/// needs.
pub(crate) fn put(tx: &mut Tx<'_>, collection: &Collection) -> Result<i64, Fault> {
    let is_rule = matches!(collection.members, Members::Rule(_));
    let sql = sql!(
        "INSERT INTO collections (collection_id, title, slug, members, is_rule, version, sweep, swept_to)
         VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, ?6)
         ON CONFLICT (collection_id) DO UPDATE
         SET title = excluded.title, members = excluded.members, is_rule = excluded.is_rule,
             version = collections.version + 1, sweep = collections.sweep + 1, swept_to = excluded.swept_to
         RETURNING sweep"
    );
    let members = to_json(&collection.members)?;
    let swept_to = is_rule.then_some("");
    tx.query_one(sql, params![collection.id, collection.title, collection.slug, members, is_rule, swept_to], |row| {
        row.get(0)
    })
}

/// The rules of all collections that have one.
pub(crate) fn rules(tx: &mut Tx<'_>) -> Result<Vec<(CollectionId, Vec<Condition>)>, Fault> {
    let sql = sql!("SELECT collection_id, title, slug, members, version FROM collections WHERE is_rule LIMIT ?1");
    let found = tx.query(sql, params![COLLECTIONS_MAX], collection)?;
    Ok(found
        .into_iter()
        .filter_map(|collection| rule_of(collection.members).map(|rule| (collection.id, rule)))
        .collect())
}

fn rule_of(members: Members) -> Option<Vec<Condition>> {
    match members {
        Members::Rule(rule) => Some(rule),
        Members::Picked(_) => None,
    }
}

/// How far a rule has been applied to all products.
pub(crate) struct Progress {
    pub(crate) rule: Vec<Condition>,
    pub(crate) sweep: i64,
    pub(crate) swept_to: String,
}

/// `None` when there is nothing left to apply.
pub(crate) fn progress(tx: &mut Tx<'_>, id: CollectionId) -> Result<Option<Progress>, Fault> {
    let sql = sql!(
        "SELECT members, sweep, swept_to FROM collections
         WHERE collection_id = ?1 AND is_rule AND swept_to IS NOT NULL {for_update}"
    );
    let found = tx.query_opt(sql, params![id], |row| Ok((row.json(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(found.and_then(|(members, sweep, swept_to)| Some(Progress { rule: rule_of(members)?, sweep, swept_to })))
}

pub(crate) fn set_progress(tx: &mut Tx<'_>, id: CollectionId, swept_to: Option<&str>) -> Result<(), Fault> {
    let sql = sql!("UPDATE collections SET swept_to = ?2 WHERE collection_id = ?1");
    tx.exec(sql, params![id, swept_to])?.expect_one()
}

/// Begins anew to apply a rule; answers the number of the sweep.
pub(crate) fn restart(tx: &mut Tx<'_>, id: CollectionId) -> Result<i64, Fault> {
    let sql = sql!("UPDATE collections SET swept_to = '', sweep = sweep + 1 WHERE collection_id = ?1 RETURNING sweep");
    tx.query_one(sql, params![id], |row| row.get(0))
}

pub(crate) fn clear(tx: &mut Tx<'_>, id: CollectionId) -> Result<(), Fault> {
    tx.exec(sql!(fan_out "DELETE FROM collection_members WHERE collection_id = ?1"), params![id]).map(drop)
}

pub(crate) fn add_member(tx: &mut Tx<'_>, product: ProductId, id: CollectionId, position: i64) -> Result<(), Fault> {
    let sql = sql!(
        "INSERT INTO collection_members (product_id, collection_id, position) VALUES (?1, ?2, ?3)
         ON CONFLICT (product_id, collection_id) DO NOTHING"
    );
    tx.send(sql, params![product, id, position], Expect::Any)
}

pub(crate) fn remove_member(tx: &mut Tx<'_>, product: ProductId, id: CollectionId) -> Result<(), Fault> {
    let sql = sql!("DELETE FROM collection_members WHERE product_id = ?1 AND collection_id = ?2");
    tx.send(sql, params![product, id], Expect::Any)
}

/// Which of these products are in which of these collections.
pub(crate) fn memberships(
    tx: &mut Tx<'_>,
    products: &[ProductId],
    collections: &[CollectionId],
) -> Result<HashSet<(ProductId, CollectionId)>, Fault> {
    let sql = sql!(
        "SELECT product_id, collection_id FROM collection_members
         WHERE product_id IN {each:?1} AND collection_id IN {each:?2}"
    );
    Ok(tx
        .query(sql, params![json_list(products), json_list(collections)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .into_iter()
        .collect())
}

pub(crate) fn has_slug(tx: &mut Tx<'_>, slug: &str) -> Result<bool, Fault> {
    let sql = sql!("SELECT COUNT(*) FROM collections WHERE slug = ?1");
    tx.query_one(sql, params![slug], |row| Ok(row.get::<i64>(0)? > 0))
}

#[cfg(test)]
mod tests {
    use souk_store::testing::TestEngine;
    use souk_types::{Cx, Env};

    use super::*;

    #[tokio::test]
    async fn every_order_is_read_along_its_index_and_words_are_looked_for_in_it_alone() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("catalog", &env);
        let statements = |sort: &CollectionSort| [(page_sql(*sort), ""), (titles_sql(*sort), "COVERING ")];
        for (sql, how) in CollectionSort::ALL.iter().flat_map(statements) {
            let text = format!("EXPLAIN QUERY PLAN {}", sql.text());
            let sql: &'static Sql = Box::leak(Box::new(Sql::new(Box::leak(text.into_boxed_str()))));
            let explain = move |tx: &mut Tx<'_>| tx.query(sql, params!["a", "", 51], |row| row.get::<String>(3));
            let plan = store.read::<_, Fault>(&cx, explain).await.unwrap();
            let along = format!("SEARCH collections USING {how}INDEX collections_title ((title,collection_id)");
            assert!(plan.len() == 1 && plan[0].starts_with(&along), "{along}: {plan:#?}");
        }
    }
}
